import { createSync } from 'greekfire/full';
import { expect, test } from 'vitest';
import { Engine } from '../../web/engine/engine.js';
import { inTurn } from '../../web/engine/turns.js';
import type { Request, Response } from '../../web/protocol.js';

test('a request that fails is answered, and those after it are too, in their order', async () => {
  const order: string[] = [];
  const sent: string[] = [];
  const take = inTurn(
    async (request: string) => {
      order.push(`begin ${request}`);
      await Promise.resolve();
      order.push(`end ${request}`);
      if (request === 'bad') throw new RangeError('no such thing');
      return request;
    },
    (request, message) => `${request}: ${message}`,
    (response) => {
      if (response === 'unsendable') throw new TypeError('cannot be cloned');
      sent.push(response);
    },
  );
  await Promise.all(['a', 'bad', 'b', 'unsendable', 'c'].map(take));
  expect(sent).toEqual(['a', 'bad: no such thing', 'b', 'unsendable: cannot be cloned', 'c']);
  expect(order.map((line) => line.split(' ')[0])).toEqual(Array(5).fill(['begin', 'end']).flat());
});

test('the desk goes on after a request that it cannot answer', async () => {
  const engine = new Engine(createSync());
  const answers: Response[] = [];
  const take = inTurn(
    (request: Request) => engine.answer(request),
    (_, message): Response => ({ kind: 'failed', message }),
    (response) => answers.push(response),
  );
  await take({ kind: 'choose', underlying: 'NONE' });
  await take({ kind: 'advance', ticks: 1, show: false });
  await take({ kind: 'rewind' });
  expect(answers.map(({ kind }) => kind)).toEqual(['failed', 'tick', 'frame']);
});
