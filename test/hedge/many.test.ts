import { create, hedgeStatuses } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { certificateOf } from './certificate.js';
import { type DeskProblem, deskProblem, fieldsOf, opened, randomOf } from './desk.js';

const core = await create();

describe('solveMany', () => {
  it('solves every problem with a proof, and leaves the hedger its own', () => {
    const problem = opened(deskProblem(31, { instruments: 60, bands: true, levels: 3 }));
    const { instruments: n, exposures: m } = problem.shape;
    const random = randomOf(32);
    const count = 25;
    const exposure = Float64Array.from(
      { length: count * m },
      (_, at) => problem.exposure[at % m] * (0.2 + random()),
    );
    const buyLimit = Float64Array.from(
      { length: count * n },
      (_, at) => problem.buyLimit[at % n] * (0.5 + random()),
    );
    const lower = Float64Array.from({ length: count * m }, (_, at) =>
      Math.min(problem.lower[at % m], exposure[at]),
    );
    const upper = Float64Array.from({ length: count * m }, (_, at) =>
      Math.max(problem.upper[at % m], exposure[at]),
    );
    const hedger = core.hedger(problem.shape);
    hedger.update(fieldsOf(problem));
    const own = hedger.solve().objective;
    const answers = hedger.solveMany({ count, exposure, buyLimit, lower, upper });
    for (let p = 0; p < count; p++) {
      expect(hedgeStatuses[answers.status[p]]).toBe('optimal');
      const rows = (values: Float64Array, length: number): Float64Array =>
        values.slice(p * length, (p + 1) * length);
      const one: DeskProblem = {
        ...problem,
        exposure: rows(exposure, m),
        buyLimit: rows(buyLimit, n),
        lower: rows(lower, m),
        upper: rows(upper, m),
      };
      const proof = certificateOf(one, rows(answers.trades, n), rows(answers.multipliers, m));
      expect(Math.abs(proof.gap)).toBeLessThanOrEqual(1.001e-9);
      expect(proof.violation).toBeLessThanOrEqual(1e-9);
      expect(proof.excess).toBe(0);
      expect(answers.objective[p]).toBeCloseTo(proof.objective, 5);
      expect(answers.gap[p]).toBeLessThanOrEqual(1e-9);
      expect(answers.exposure[p * m]).toBeCloseTo(proof.exposure[0], 6);
    }
    const again = hedger.solve();
    expect(again.status).toBe('optimal');
    expect(Math.abs(again.objective - own)).toBeLessThanOrEqual(2e-9 * own);
    hedger.dispose();
  });

  it('refuses a bad value of any problem before it solves one', () => {
    const problem = deskProblem(33, { instruments: 20 });
    const hedger = core.hedger(problem.shape);
    hedger.update(fieldsOf(problem));
    const { objective } = hedger.solve();
    const exposure = new Float64Array(3 * 9);
    exposure[2 * 9 + 4] = NaN;
    expect(() => hedger.solveMany({ count: 3, exposure })).toThrow(
      new RangeError('problems.exposure[22] must be finite, got NaN'),
    );
    expect(() => hedger.solveMany({ count: 3, exposure: [1] })).toThrow(
      'problems.exposure must have 27 elements',
    );
    expect(hedger.solve().objective).toBe(objective);
    hedger.dispose();
  });

  it('keeps its memory from call to call, and replaces the answers', () => {
    const problem = deskProblem(34, { instruments: 20 });
    const hedger = core.hedger(problem.shape);
    hedger.update(fieldsOf(problem));
    const exposure = Float64Array.from({ length: 5 * 9 }, (_, at) => problem.exposure[at % 9]);
    const first = hedger.solveMany({ count: 5, exposure });
    const used = core.bytesInUse;
    expect(hedger.solveMany({ count: 5, exposure })).toBe(first);
    expect(core.bytesInUse).toBe(used);
    hedger.solveMany({ count: 2, exposure: exposure.subarray(0, 18) });
    expect(() => first.trades).toThrow('a later solveMany has replaced these answers');
    hedger.dispose();
  });
});
