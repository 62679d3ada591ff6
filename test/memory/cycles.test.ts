import { create } from 'greekfire/full';
import { describe, expect, it } from 'vitest';
import { drawFrom } from '../oracle/regimes.js';
import { MAKERS } from './subjects.js';

const CYCLES = 1000;
const core = await create();

/** Bytes of module memory: a view's buffer is all of it. */
function memorySize(): number {
  const batch = core.batch(1);
  const size = batch.strike.buffer.byteLength;
  batch.dispose();
  return size;
}

describe.each(Object.entries(MAKERS))('a thousand lives of a %s', (_, make) => {
  it('leave as many bytes in use as before, and reuse the memory of the first', () => {
    // something that lives on, so that free blocks stand between used ones
    const before = make(core, drawFrom(1), 100);
    const bytes = core.bytesInUse;
    make(core, drawFrom(2), 37).dispose();
    const size = memorySize();
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const subject = make(core, drawFrom(2), 37);
      if (cycle === 0) expect(core.bytesInUse).toBeGreaterThan(bytes);
      subject.dispose();
    }
    expect(core.bytesInUse).toBe(bytes);
    expect(memorySize()).toBe(size);
    before.check();
    before.dispose();
    expect(core.bytesInUse).toBe(0);
  });
});
