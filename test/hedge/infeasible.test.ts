import { create } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { certificateOf, rayMargin } from './certificate.js';
import { type DeskProblem, deskProblem, fieldsOf } from './desk.js';

const core = await create();

/** Bands that instruments cannot reach: `rows` are asked for more than all trades together can give. */
function withUnreachable(problem: DeskProblem, rows: number[]): DeskProblem {
  const { instruments: n, exposures: m } = problem.shape;
  const lower = problem.lower.slice();
  const upper = problem.upper.slice();
  for (const k of rows) {
    let reach = 0;
    for (let i = 0; i < n; i++) {
      const a = problem.sensitivity[i * m + k];
      reach += Math.max(a * problem.buyLimit[i], -a * problem.sellLimit[i]);
    }
    lower[k] = problem.exposure[k] + 1.01 * reach;
    upper[k] = Infinity;
  }
  return { ...problem, lower, upper };
}

describe('infeasible bands', () => {
  it.each([[[4]], [[0, 8]]])('rows %j out of reach are proved so and named', (rows) => {
    for (let seed = 1; seed <= 8; seed++) {
      const problem = withUnreachable(deskProblem(seed, { instruments: 60 }), rows);
      const hedger = core.hedger(problem.shape);
      hedger.update(fieldsOf(problem));
      const hedge = hedger.solve();
      expect(hedge.status).toBe('infeasible');
      // one row suffices for a proof
      expect(hedge.conflict).toHaveLength(1);
      expect(rows).toContain(hedge.conflict![0]);
      expect(rayMargin(problem, hedge.ray)).toBeGreaterThan(0);
      expect(hedge.iterations).toBeLessThan(200);
      expect(hedge.bound).toBe(Infinity);
      expect(certificateOf(problem, hedge.trades, hedge.multipliers).excess).toBe(0);
      hedger.dispose();
    }
  });

  it('rows that are in conflict only together are all named, and no others', () => {
    // x1 + x2 >= 3 and x1 - x2 >= 3 with |x| <= 2 and x1 <= 2: either alone can be met; row 2 has nothing to do with it
    const hedger = core.hedger({ instruments: 3, exposures: 3 });
    hedger.update({
      sensitivity: [1, 1, 0, 1, -1, 0, 0, 0, 1],
      exposure: [0, 0, 5],
      lower: [3, 3, 4],
      sellLimit: [2, 2, 2],
      buyLimit: [2, 2, 2],
      halfSpread: [1, 1, 1],
    });
    const hedge = hedger.solve();
    expect(hedge.status).toBe('infeasible');
    expect(hedge.conflict).toEqual([0, 1]);
    hedger.update({ lower: [2, 2, 4] });
    const met = hedger.solve();
    expect(met.status).toBe('optimal');
    expect(met.conflict).toBeUndefined();
    expect([...met.trades].map((x) => Math.round(x * 1e6) / 1e6)).toEqual([2, 0, 0]);
    hedger.dispose();
  });

  it('bands that touch the reach are met', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const problem = withUnreachable(deskProblem(seed, { instruments: 60 }), [4]);
      const hedger = core.hedger(problem.shape);
      const e = problem.exposure[4];
      problem.lower[4] = e + (problem.lower[4] - e) / 1.01;
      hedger.update(fieldsOf(problem));
      expect(hedger.solve().status).toBe('optimal');
      hedger.dispose();
    }
  });

  it('the pure projected gradient proves it too', () => {
    const problem = withUnreachable(deskProblem(3, { instruments: 20 }), [4]);
    const hedger = core.hedger(problem.shape);
    hedger.update(fieldsOf(problem));
    const hedge = hedger.solve({ method: 'gradient' });
    expect(hedge.status).toBe('infeasible');
    expect(rayMargin(problem, hedge.ray)).toBeGreaterThan(0);
    hedger.dispose();
  });
});

describe('the closest feasible answer', () => {
  it('has the least violation: that of the exposure alone where one row is out of reach', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const problem = withUnreachable(deskProblem(seed, { instruments: 60 }), [4]);
      const { exposures: m } = problem.shape;
      const hedger = core.hedger(problem.shape);
      hedger.update(fieldsOf(problem));
      const hedge = hedger.solve({ closest: true });
      expect(hedge.status).toBe('infeasible');
      expect(hedge.conflict).toEqual([4]);
      // every instrument that moves row 4 is traded to its limit
      const reached = problem.exposure[4] + (problem.lower[4] - problem.exposure[4]) / 1.01;
      expect(hedge.exposure[4]).toBeCloseTo(reached, 4);
      for (let i = 0; i < problem.shape.instruments; i++) {
        const a = problem.sensitivity[i * m + 4];
        if (Math.abs(a) < 1e-9) continue;
        const limit = a > 0 ? problem.buyLimit[i] : -problem.sellLimit[i];
        expect(hedge.trades[i]).toBeCloseTo(limit, 5);
      }
      expect(Math.abs(hedge.gap)).toBeLessThanOrEqual(1e-9);
      const proof = certificateOf(problem, hedge.trades, hedge.multipliers);
      expect(hedge.violation).toBeCloseTo(proof.violation, 9);
      hedger.dispose();
    }
  });

  it('costs least among those: no worse than the answer for bands moved to where it reached', () => {
    const problem = deskProblem(1, { instruments: 20, soft: false, bands: true });
    const hedger = core.hedger(problem.shape);
    hedger.update(fieldsOf(problem));
    expect(hedger.solve().status).toBe('infeasible');
    const hedge = hedger.solve({ closest: true });
    const { objective } = hedge;
    const widened = {
      lower: problem.lower.map((limit, k) => Math.min(limit, hedge.exposure[k])),
      upper: problem.upper.map((limit, k) => Math.max(limit, hedge.exposure[k])),
    };
    hedger.update(widened);
    const again = hedger.solve();
    expect(again.status).toBe('optimal');
    expect(Math.abs(again.objective - objective)).toBeLessThanOrEqual(1e-7 * objective);
    hedger.dispose();
  });
});
