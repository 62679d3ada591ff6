import { create } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { certificateOf } from './certificate.js';
import { deskProblem, fieldsOf } from './desk.js';

const core = await create();

describe('whole lots', () => {
  it.each([1, 5])(
    'trades are whole lots of at least the minimum, and the price of rounding is told (%i levels)',
    (levels) => {
      for (let seed = 1; seed <= 6; seed++) {
        const problem = deskProblem(seed, { instruments: 100, levels });
        problem.lot.fill(0.5);
        problem.minimumSize.fill(2);
        problem.lot[0] = 0;
        const hedger = core.hedger(problem.shape);
        hedger.update(fieldsOf(problem));
        const { objective: relaxed, bound } = hedger.solve();
        const hedge = hedger.solve({ lots: true });
        expect(hedge.status).toBe('restricted');
        for (let i = 1; i < problem.shape.instruments; i++) {
          const x = hedge.trades[i];
          expect(x / 0.5).toBe(Math.round(x / 0.5));
          if (x !== 0) expect(Math.abs(x)).toBeGreaterThanOrEqual(2);
        }
        const proof = certificateOf(problem, hedge.trades, hedge.multipliers);
        expect(proof.excess).toBe(0);
        expect(Math.abs(hedge.objective - proof.objective)).toBeLessThanOrEqual(1e-11 * proof.objective);
        expect(Math.abs(hedge.relaxedObjective - relaxed)).toBeLessThanOrEqual(1e-8 * relaxed);
        expect(Math.abs(hedge.bound - bound)).toBeLessThanOrEqual(1e-8 * relaxed);
        expect(hedge.gap).toBeCloseTo((hedge.objective - hedge.bound) / hedge.objective, 12);
        expect(hedge.objective).toBeGreaterThanOrEqual(relaxed * (1 - 1e-9));
        // no single lot more or less would help
        for (let i = 1; i < problem.shape.instruments; i++) {
          for (const step of [-0.5, 0.5]) {
            const trades = hedge.trades.slice();
            trades[i] += step;
            const size = Math.abs(trades[i]);
            if (
              (size > 0 && size < 2) ||
              trades[i] > problem.buyLimit[i] ||
              -trades[i] > problem.sellLimit[i]
            )
              continue;
            const other = certificateOf(problem, trades, hedge.multipliers);
            if (other.excess > 0) continue;
            expect(other.objective).toBeGreaterThanOrEqual(hedge.objective * (1 - 1e-9));
          }
        }
        // and the relaxed problem stands as it did
        expect(hedger.solve().iterations).toBeLessThanOrEqual(1);
        expect(hedger.solve().status).toBe('optimal');
        hedger.dispose();
      }
    },
  );

  it('lots so fine that nothing changes cost nothing to speak of', () => {
    const problem = deskProblem(3, { instruments: 50 });
    problem.lot.fill(2 ** -30);
    const hedger = core.hedger(problem.shape);
    hedger.update(fieldsOf(problem));
    const hedge = hedger.solve({ lots: true });
    expect(Math.abs(hedge.objective - hedge.relaxedObjective)).toBeLessThanOrEqual(
      1e-7 * hedge.relaxedObjective,
    );
    hedger.dispose();
  });

  it('a box that ends on a lot is not left by the rounding of the product: 141 x 0.1 is more than 14.1', () => {
    for (const limit of [14.1, 0.3, 0.7, 1.9, 35.9]) {
      const hedger = core.hedger({ instruments: 1, exposures: 1 });
      for (const side of [1, -1]) {
        hedger.update({
          sensitivity: [side],
          exposure: [-100],
          weight: [1],
          sellLimit: [limit],
          buyLimit: [limit],
          halfSpread: [1e-3],
          lot: [0.1],
          minimumSize: [0.1],
        });
        const hedge = hedger.solve({ lots: true });
        expect(hedge.trades[0]).toBe(side * limit);
        expect(hedge.cost).toBeCloseTo(limit * 1e-3, 12);
      }
      hedger.dispose();
    }
  });

  it('bands are kept where whole lots can keep them', () => {
    const problem = deskProblem(4, { instruments: 100, bands: true });
    problem.lot.fill(0.1);
    const hedger = core.hedger(problem.shape);
    hedger.update(fieldsOf(problem));
    const hedge = hedger.solve({ lots: true });
    expect(hedge.status).toBe('restricted');
    expect(hedge.violation).toBe(0);
    expect(hedge.gap).toBeLessThan(0.01);
    hedger.dispose();
  });
});

describe('few instruments', () => {
  it.each([10, 6, 3])('at most %i are traded, at a price that is told', (most) => {
    for (let seed = 1; seed <= 4; seed++) {
      const problem = deskProblem(seed, { instruments: 60 });
      const hedger = core.hedger(problem.shape);
      hedger.update(fieldsOf(problem));
      const { objective: relaxed } = hedger.solve();
      const hedge = hedger.solve({ maxInstruments: most });
      const count = hedge.trades.filter((x) => x !== 0).length;
      expect(count).toBeLessThanOrEqual(most);
      const proof = certificateOf(problem, hedge.trades, hedge.multipliers);
      expect(Math.abs(hedge.objective - proof.objective)).toBeLessThanOrEqual(1e-11 * proof.objective);
      expect(Math.abs(hedge.relaxedObjective - relaxed)).toBeLessThanOrEqual(1e-8 * relaxed);
      // among those that are traded the sizes are the best
      const held = (limits: Float64Array): Float64Array =>
        limits.map((x, i) => (hedge.trades[i] === 0 ? 0 : x));
      const chosen = { ...problem, sellLimit: held(problem.sellLimit), buyLimit: held(problem.buyLimit) };
      const { objective } = hedge;
      hedger.update({ sellLimit: chosen.sellLimit, buyLimit: chosen.buyLimit });
      expect(Math.abs(hedger.solve().objective - objective)).toBeLessThanOrEqual(1e-8 * objective);
      hedger.dispose();
    }
  });

  it('finds the best pair of ten, as trying all pairs does, or comes within a tenth of it', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const problem = deskProblem(seed, { instruments: 10, impact: 0.01 });
      const hedger = core.hedger(problem.shape);
      hedger.update(fieldsOf(problem));
      const found = hedger.solve({ maxInstruments: 2 }).objective;
      let best = Infinity;
      for (let a = 0; a < 10; a++) {
        for (let b = a; b < 10; b++) {
          const held = (limits: Float64Array): Float64Array =>
            limits.map((x, i) => (i === a || i === b ? x : 0));
          hedger.update({ sellLimit: held(problem.sellLimit), buyLimit: held(problem.buyLimit) });
          best = Math.min(best, hedger.solve().objective);
        }
      }
      expect(found).toBeGreaterThanOrEqual(best * (1 - 1e-8));
      expect(found).toBeLessThanOrEqual(best * 1.1);
      hedger.dispose();
    }
  });

  it('says so where the bands need more', () => {
    const hedger = core.hedger({ instruments: 2, exposures: 1 });
    hedger.update({ sensitivity: [1, 1], exposure: [0], lower: [3], sellLimit: [2, 2], buyLimit: [2, 2] });
    expect(hedger.solve({ maxInstruments: 1 }).status).toBe('iteration-limit');
    expect(hedger.solve({ maxInstruments: 2 }).status).toBe('optimal');
    hedger.dispose();
  });

  it('goes together with lots', () => {
    const problem = deskProblem(5, { instruments: 60 });
    problem.lot.fill(1);
    const hedger = core.hedger(problem.shape);
    hedger.update(fieldsOf(problem));
    const hedge = hedger.solve({ lots: true, maxInstruments: 4 });
    expect(hedge.status).toBe('restricted');
    const traded = [...hedge.trades].filter((x) => x !== 0);
    expect(traded.length).toBeLessThanOrEqual(4);
    expect(traded.every(Number.isInteger)).toBe(true);
    hedger.dispose();
  });
});
