import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blocksOf } from './markdown.js';
import { installStranger, type Stranger } from './stranger.js';

/** Every block of JavaScript in the guides. */
const blocks = (
  await Promise.all(
    (await readdir('docs/guides')).sort().map(async (guide) => {
      const text = await readFile(`docs/guides/${guide}`, 'utf8');
      return blocksOf(text, 'js').map((code, i) => ({ name: `${guide}, ${i + 1}`, code }));
    }),
  )
).flat();

describe('the guides', () => {
  let stranger: Stranger;
  beforeAll(async () => {
    stranger = await installStranger();
  });
  afterAll(() => stranger.remove());

  test.each(blocks)('$name', async ({ code }) => {
    const printed = await stranger.node(code);
    expect(printed).not.toBe('');
    expect(printed).not.toMatch(/NaN|undefined|infeasible|iteration-limit/);
  });
});
