import { create } from 'greekfire/full';
import { expect, it } from 'vitest';
import { drawFrom } from '../oracle/regimes.js';
import { MAKERS, type Subject } from './subjects.js';

const STEPS = 900;
const MOST = 12;
const makers = Object.values(MAKERS);

it.each([1, 2, 3])(
  'objects made, changed and disposed of in any order keep their content (seed %d)',
  async (seed) => {
    const core = await create();
    const draw = drawFrom(seed);
    const below = (count: number): number => Math.floor(draw.between(0, count));
    const living: Subject[] = [];
    const made = new Map<string, number>();
    for (let step = 0; step < STEPS; step++) {
      const dies = living.length === MOST || (living.length > 0 && draw.between(0, 1) < 0.35);
      if (dies) {
        const [gone] = living.splice(below(living.length), 1);
        gone.check();
        gone.dispose();
      } else {
        const kind = below(makers.length);
        living.push(makers[kind](core, draw, Math.floor(draw.scale(1, 1500))));
        const name = Object.keys(MAKERS)[kind];
        made.set(name, (made.get(name) ?? 0) + 1);
      }
      if (living.length > 0) living[below(living.length)].change(draw);
      for (const subject of step % 10 === 0 ? living : living.slice(-2)) subject.check();
    }
    for (const name of Object.keys(MAKERS)) expect(made.get(name), name).toBeGreaterThan(10);
    for (const subject of living) {
      subject.check();
      subject.dispose();
    }
    expect(core.bytesInUse).toBe(0);
  },
);
