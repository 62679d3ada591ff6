import { expect, inject, test } from 'vitest';
import { surfaceBits } from './surface.js';

test('a page computes the bits that Node computes', () => {
  expect(surfaceBits()).toBe(inject('nodeBits'));
});

test('a worker computes the bits that Node computes', async () => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  const bits = await new Promise((resolve, reject) => {
    worker.onmessage = (event: MessageEvent<string>) => {
      resolve(event.data);
    };
    worker.onerror = (event) => {
      reject(new Error(event.message));
    };
  });
  worker.terminate();
  expect(bits).toBe(inject('nodeBits'));
});
