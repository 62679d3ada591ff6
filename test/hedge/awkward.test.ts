import { create, type HedgeProblem } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { certificateOf, rayMargin } from './certificate.js';
import { degenerateProblem } from './degenerate.js';
import { type DeskProblem, deskProblem, fieldsOf, opened } from './desk.js';

const core = await create();

function expectSolved(problem: DeskProblem): { objective: number; trades: Float64Array } {
  const hedger = core.hedger(problem.shape);
  hedger.update(fieldsOf(problem));
  const hedge = hedger.solve();
  expect(hedge.status).toBe('optimal');
  const proof = certificateOf(problem, hedge.trades, hedge.multipliers);
  expect(Math.abs(proof.gap)).toBeLessThanOrEqual(1.001e-9);
  expect(proof.violation).toBeLessThanOrEqual(1e-9);
  expect(proof.excess).toBe(0);
  const answer = { objective: hedge.objective, trades: hedge.trades.slice() };
  hedger.dispose();
  return answer;
}

/** One exposure, a few instruments, by hand. */
function solveSmall(problem: HedgeProblem, exposures = 1) {
  const hedger = core.hedger({ instruments: problem.buyLimit.length, exposures });
  hedger.update(problem);
  const hedge = hedger.solve();
  const answer = {
    status: hedge.status,
    objective: hedge.objective,
    trades: [...hedge.trades],
    multipliers: [...hedge.multipliers],
    exposure: [...hedge.exposure],
  };
  hedger.dispose();
  return answer;
}

describe('by hand', () => {
  it('one instrument, soft target: half-spread against the weight', () => {
    // 1/2 (10 - x)^2 + 2 x at x = 8
    const answer = solveSmall({
      sensitivity: [1],
      exposure: [-10],
      weight: [1],
      sellLimit: [20],
      buyLimit: [20],
      halfSpread: [2],
    });
    expect(answer.trades[0]).toBeCloseTo(8, 9);
    expect(answer.objective).toBeCloseTo(18, 9);
    expect(answer.multipliers[0]).toBeCloseTo(-2, 9);
  });

  it('inside the no-trade zone nothing is traded', () => {
    const answer = solveSmall({
      sensitivity: [1, -1],
      exposure: [1.5],
      weight: [1],
      sellLimit: [20, 20],
      buyLimit: [20, 20],
      halfSpread: [2, 2],
    });
    expect(answer.trades).toEqual([0, 0]);
    expect(answer.multipliers[0]).toBe(1.5);
  });

  it('a band is met by the cheaper instrument first (a linear program)', () => {
    const answer = solveSmall({
      sensitivity: [1, 1],
      exposure: [-10],
      lower: [-2],
      sellLimit: [5, 20],
      buyLimit: [5, 20],
      halfSpread: [1, 3],
    });
    expect(answer.trades[0]).toBeCloseTo(5, 9);
    expect(answer.trades[1]).toBeCloseTo(3, 9);
    expect(answer.objective).toBeCloseTo(14, 9);
    expect(answer.multipliers[0]).toBeCloseTo(-3, 9);
  });

  it('a ladder is eaten level by level', () => {
    const hedger = core.hedger({ instruments: 1, exposures: 1, levels: 3 });
    hedger.update({
      sensitivity: [1],
      exposure: [0],
      lower: [4],
      sellLimit: [100],
      buyLimit: [100],
      depth: { bidSize: [1, 1, 1], bidCost: [1, 2, 3], askSize: [1, 2, 5], askCost: [1, 2, 5] },
    });
    const hedge = hedger.solve();
    expect(hedge.trades[0]).toBeCloseTo(4, 9);
    expect(hedge.cost).toBeCloseTo(1 + 2 * 2 + 5, 9);
    expect(hedge.multipliers[0]).toBeCloseTo(-5, 8);
    // the ladder's size bounds the trade
    hedger.update({ lower: [8.5] });
    expect(hedger.solve().status).toBe('infeasible');
    // and a half-spread replaces the ladder
    hedger.update({ halfSpread: [1] });
    expect(hedger.solve().trades[0]).toBeCloseTo(8.5, 9);
    hedger.dispose();
  });

  it('an alpha larger than the spread is taken to the limit', () => {
    const answer = solveSmall({
      sensitivity: [0, 0],
      exposure: [0],
      sellLimit: [3, 3],
      buyLimit: [4, 4],
      halfSpread: [1, 1],
      linear: [-1.5, 0.5],
    });
    expect(answer.trades).toEqual([4, 0]);
    expect(answer.objective).toBe(-2);
  });

  it('nothing to do: no weights, no bands, no costs', () => {
    const answer = solveSmall({ sensitivity: [1], exposure: [3], sellLimit: [1], buyLimit: [1] });
    expect(answer.status).toBe('optimal');
    expect(answer.objective).toBe(0);
    expect(answer.multipliers).toEqual([0]);
  });
});

describe('awkward members of the family', () => {
  const base = { instruments: 60, bands: true, levels: 3 };

  it('duplicate instruments', () => {
    const problem = opened(deskProblem(21, { ...base, levels: 1, impact: 0 }));
    const { instruments: n, exposures: m } = problem.shape;
    for (let i = 0; i < n; i += 2) {
      for (let k = 0; k < m; k++) {
        problem.sensitivity[(i + 1) * m + k] = problem.sensitivity[i * m + k];
      }
      for (const name of ['halfSpread', 'linear', 'sellLimit', 'buyLimit'] as const) {
        problem[name][i + 1] = problem[name][i];
      }
    }
    const { objective } = expectSolved(problem);
    // one instrument of twice the depth is the same market
    const joined = { ...problem, sellLimit: problem.sellLimit.slice(), buyLimit: problem.buyLimit.slice() };
    for (let i = 0; i < n; i++) {
      joined.sellLimit[i] *= i % 2 ? 0 : 2;
      joined.buyLimit[i] *= i % 2 ? 0 : 2;
    }
    expect(Math.abs(expectSolved(joined).objective - objective)).toBeLessThanOrEqual(
      2e-9 * Math.abs(objective),
    );
  });

  it('zero columns, zero rows, and empty or one-sided limits', () => {
    const problem = opened(deskProblem(22, base));
    const { exposures: m } = problem.shape;
    problem.sensitivity.fill(0, 3 * m, 6 * m);
    for (let at = 4; at < problem.sensitivity.length; at += m) problem.sensitivity[at] = 0;
    problem.sellLimit.fill(0, 10, 20);
    problem.buyLimit.fill(0, 15, 30);
    const { trades } = expectSolved(problem);
    expect([...trades.subarray(15, 20)]).toEqual([0, 0, 0, 0, 0]);
    problem.sellLimit.fill(0);
    problem.buyLimit.fill(0);
    expect(new Set(expectSolved(problem).trades)).toEqual(new Set([0]));
  });

  it('equal bounds: an exposure that is fixed', () => {
    const problem = deskProblem(23, { instruments: 100, soft: false, bands: true, impact: 0 });
    for (const k of problem.lower.keys()) problem.lower[k] = problem.upper[k] = problem.exposure[k] / 2;
    expectSolved(problem);
  });

  it('rows and columns of very different scale', () => {
    const problem = opened(deskProblem(24, base));
    const { exposures: m } = problem.shape;
    for (let k = 0; k < m; k++) {
      const factor = 10 ** (k - 4);
      for (let at = k; at < problem.sensitivity.length; at += m) problem.sensitivity[at] *= factor;
      for (const name of ['exposure', 'lower', 'upper'] as const) problem[name][k] *= factor;
      problem.weight[k] /= factor ** 2;
    }
    expectSolved(problem);
  });

  it('only bands, only targets, neither, and exposures that are only watched', () => {
    const problem = opened(deskProblem(25, { ...base, carry: 0.5 }));
    expectSolved({ ...problem, weight: problem.weight.map(() => 0) });
    const free = { lower: problem.lower.map(() => -Infinity), upper: problem.upper.map(() => Infinity) };
    expectSolved({ ...problem, ...free });
    expectSolved({ ...problem, ...free, weight: problem.weight.map(() => 0) });
    expectSolved({ ...problem, ...free, weight: problem.weight.map((w, k) => (k % 2 ? w : 0)) });
  });

  it('one instrument, one exposure; more exposures than instruments', () => {
    expectSolved(opened(deskProblem(26, { instruments: 1, exposures: 1, bands: true })));
    expectSolved(opened(deskProblem(27, { instruments: 3, exposures: 40, bands: true, levels: 2 })));
  });

  it('targets that cannot be reached, and weights from nothing to nearly hard', () => {
    const problem = deskProblem(28, { instruments: 60 });
    problem.target.fill(1e6);
    expectSolved(problem);
    expectSolved({ ...problem, weight: problem.weight.map((w, k) => w * 10 ** (2 * (k - 4))) });
  });

  it('the largest shape', () => {
    const problem = opened(deskProblem(29, { instruments: 4096, exposures: 64, bands: true }));
    expectSolved(problem);
  });
});

describe('a thousand degenerate problems', () => {
  it.each([0, 250, 500, 750])('each is solved or named, from seed %i', (first) => {
    const statuses = { optimal: 0, infeasible: 0 };
    for (let seed = first + 1; seed <= first + 250; seed++) {
      const { problem, isFeasible } = degenerateProblem(seed);
      const hedger = core.hedger(problem.shape);
      hedger.update(fieldsOf(problem));
      const hedge = hedger.solve();
      const { status } = hedge;
      const proof = certificateOf(problem, hedge.trades, hedge.multipliers);
      expect({ seed, status }).toEqual({
        seed,
        status: status === 'infeasible' && !isFeasible ? status : 'optimal',
      });
      expect(proof.excess).toBe(0);
      if (status === 'optimal') {
        // the bound written out term by term cancels where multipliers are huge
        const rounding =
          hedge.multipliers.reduce((sum, y, k) => sum + Math.abs(y * proof.exposure[k]), 0) * 1e-15;
        const unit = Math.max(1, Math.abs(proof.objective));
        expect(Math.abs(proof.gap) * unit).toBeLessThanOrEqual(1.001e-9 * unit + rounding);
        expect(proof.violation).toBeLessThanOrEqual(1.001e-9);
        statuses.optimal++;
      } else {
        expect(rayMargin(problem, hedge.ray)).toBeGreaterThan(0);
        expect(hedge.conflict!.length).toBeGreaterThan(0);
        statuses.infeasible++;
      }
      hedger.dispose();
    }
    expect(statuses.optimal).toBeGreaterThan(100);
    expect(statuses.infeasible).toBeGreaterThan(10);
  });
});
