import { expect, inject, test } from 'vitest';
import { surfaceBits } from './surface.js';

/** The first few doubles that are not Node's. */
function differences(bits: readonly string[]): string[] {
  const node = new Set(inject('nodeBits'));
  return bits.filter((one) => !node.has(one)).slice(0, 5);
}

test('a page computes the bits that Node computes', () => {
  expect(surfaceBits()).toHaveLength(inject('nodeBits').length);
  expect(differences(surfaceBits())).toEqual([]);
});

test('a worker computes the bits that Node computes', async () => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const bits = await new Promise<string[]>((resolve, reject) => {
    worker.onmessage = (event: MessageEvent<string[]>) => {
      resolve(event.data);
    };
    worker.onerror = (event) => {
      reject(new Error(event.message));
    };
  });
  worker.terminate();
  expect(bits).toHaveLength(inject('nodeBits').length);
  expect(differences(bits)).toEqual([]);
});
