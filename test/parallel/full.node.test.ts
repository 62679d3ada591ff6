import { readFile } from 'node:fs/promises';
import type { Position } from 'greekfire';
import { create } from 'greekfire/full';
import { createParallel, type Parallel } from 'greekfire/parallel';
import { afterAll, beforeAll, expect, test } from 'vitest';

const module = await WebAssembly.compile(await readFile('dist/full.wasm'));
const core = await create({ module });
let parallel: Parallel;
beforeAll(async () => {
  parallel = await createParallel({ workers: 3, module });
});
afterAll(() => parallel.close());

const strike = Float64Array.from({ length: 21 }, (_, i) => 50 + 5 * i);
const expiries = [0.02, 0.25, 1].map((years, e) => ({
  years,
  forward: 100 + e,
  rate: 0.01 * e,
  strike,
  volatility: strike.map((k) => 0.4 + 0.002 * Math.abs(k - 100)),
}));
const positions: Position[] = Array.from({ length: 100 }, (_, i) => ({
  expiry: i % 3,
  strike: strike[(7 * i) % strike.length],
  type: i % 2 === 0 ? 'call' : 'put',
  quantity: (i % 11) - 5,
}));
const axis = (length: number, from: number, to: number): Float64Array =>
  Float64Array.from({ length }, (_, i) => from + ((to - from) * i) / (length - 1));

test.each([
  ['a grid, cut across spot', { spot: axis(41, -0.5, 0.5), volatility: [-0.1, 0, 0.1], time: [0, 0.01] }],
  ['a grid, cut across time', { spot: [-0.1, 0, 0.1], volatility: [0, 0.1], time: axis(17, 0, 0.3) }],
  ['a list', { scenarios: { spot: axis(101, -0.6, 1.5), volatility: axis(101, 0.2, -0.2) } }],
])('%s: sensitivities are those of one core, to the last bit', async (_, scenarios) => {
  const request = { ...scenarios, sensitivities: true };
  const sweep = await parallel.book(expiries, positions, 2).scan(request);
  const chain = core.chain(expiries, 2);
  const book = core.book(chain, positions);
  const scan = book.scan(request);
  expect(sweep.profit).toEqual(scan.profit.slice());
  expect(sweep.taylor).toEqual(scan.taylor!.slice());
  expect(Object.keys(sweep.sensitivities!)).toEqual(Object.keys(scan.sensitivities!));
  for (const [name, column] of Object.entries<Float64Array>(scan.sensitivities!)) {
    expect(
      column.some((value) => value !== 0),
      name,
    ).toBe(true);
    expect(sweep.sensitivities![name as 'delta'], name).toEqual(column.slice());
  }
  scan.dispose();
  book.dispose();
  chain.dispose();
});

test('a scan that asks for none has none, and workers on the core say what they lack', async () => {
  const plain = await parallel.book(expiries, positions).scan({ spot: [0, 0.1] });
  expect(plain).toMatchObject({ sensitivities: undefined, taylor: undefined });
  await using onCore = await createParallel({ workers: 1 });
  const refused = onCore.book(expiries, positions).scan({ spot: [0, 0.1], sensitivities: true });
  await expect(refused).rejects.toThrow(/greekfire\/full/);
});
