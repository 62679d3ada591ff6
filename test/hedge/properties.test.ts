import fc from 'fast-check';
import { create } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { type DeskProblem, deskProblem, fieldsOf, opened, randomOf } from './desk.js';

const core = await create();

function solved(problem: DeskProblem) {
  const hedger = core.hedger(problem.shape);
  hedger.update(fieldsOf(problem));
  const { status, objective, trades, multipliers } = hedger.solve();
  const answer = { status, objective, trades: trades.slice(), multipliers: multipliers.slice() };
  hedger.dispose();
  expect(answer.status).toBe('optimal');
  return answer;
}

const seeds = fc.integer({ min: 1, max: 100_000 });
const choices = fc.record({
  instruments: fc.constantFrom(5, 20, 60),
  soft: fc.constant(true),
  bands: fc.boolean(),
  levels: fc.constantFrom(1, 3),
  // enough to make the optimum unique to the digits compared
  impact: fc.constantFrom(0.1, 1),
  carry: fc.constantFrom(0, 0.3),
});
const runs = { numRuns: 40 };

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, unit: ArrayLike<number>): void {
  for (let i = 0; i < expected.length; i++) {
    expect(Math.abs(actual[i] - expected[i])).toBeLessThanOrEqual(1e-4 * unit[i]);
  }
}

const sizes = (problem: DeskProblem): Float64Array =>
  problem.buyLimit.map((limit, i) => Math.max(limit, problem.sellLimit[i]));

describe('properties', () => {
  it('more depth never costs more', () => {
    fc.assert(
      fc.property(seeds, choices, (seed, chosen) => {
        const problem = opened(deskProblem(seed, chosen));
        const random = randomOf(seed + 1);
        const more = (values: Float64Array): Float64Array => values.map((value) => value * (1 + random()));
        const { depth } = problem;
        const deeper: DeskProblem = {
          ...problem,
          sellLimit: more(problem.sellLimit),
          buyLimit: more(problem.buyLimit),
          ...(depth && { depth: { ...depth, bidSize: more(depth.bidSize), askSize: more(depth.askSize) } }),
        };
        const { objective } = solved(problem);
        expect(solved(deeper).objective).toBeLessThanOrEqual(
          objective + 2e-9 * Math.max(1, Math.abs(objective)),
        );
      }),
      runs,
    );
  });

  it('one more instrument never makes the optimum worse', () => {
    fc.assert(
      fc.property(seeds, choices, (seed, chosen) => {
        const problem = opened(deskProblem(seed, chosen));
        const { instruments: n } = problem.shape;
        const without = {
          ...problem,
          sellLimit: problem.sellLimit.map((limit, i) => (i === n - 1 ? 0 : limit)),
          buyLimit: problem.buyLimit.map((limit, i) => (i === n - 1 ? 0 : limit)),
        };
        const { objective } = solved(without);
        expect(solved(problem).objective).toBeLessThanOrEqual(
          objective + 2e-9 * Math.max(1, Math.abs(objective)),
        );
      }),
      runs,
    );
  });

  it('the unit of an exposure does not matter: trades stay, its multiplier is in the inverse unit', () => {
    fc.assert(
      fc.property(seeds, choices, fc.constantFrom(1e-3, 0.1, 7, 1e4), (seed, chosen, factor) => {
        const problem = opened(deskProblem(seed, chosen));
        const { exposures: m } = problem.shape;
        const row = seed % m;
        const scale = (values: Float64Array, by: number): Float64Array =>
          values.map((value, k) => (k === row ? value * by : value));
        const rescaled: DeskProblem = {
          ...problem,
          sensitivity: problem.sensitivity.map((a, at) => (at % m === row ? a * factor : a)),
          exposure: scale(problem.exposure, factor),
          target: scale(problem.target, factor),
          lower: scale(problem.lower, factor),
          upper: scale(problem.upper, factor),
          weight: scale(problem.weight, factor ** -2),
        };
        const answer = solved(problem);
        const other = solved(rescaled);
        expectClose(other.trades, answer.trades, sizes(problem));
        const unit = 1e-4 * (1 + Math.abs(answer.multipliers[row]));
        expect(Math.abs(other.multipliers[row] * factor - answer.multipliers[row])).toBeLessThanOrEqual(unit);
      }),
      runs,
    );
  });

  it('the unit of an instrument does not matter: its trade is in the inverse unit, the others stay', () => {
    fc.assert(
      fc.property(seeds, choices, fc.constantFrom(1e-3, 0.1, 7, 1e4), (seed, chosen, factor) => {
        const problem = opened(deskProblem(seed, chosen));
        const { exposures: m, levels } = problem.shape;
        const column = seed % problem.shape.instruments;
        const scale = (values: Float64Array, by: number, each = 1): Float64Array =>
          values.map((value, at) => (Math.floor(at / each) === column ? value * by : value));
        const { depth } = problem;
        const rescaled: DeskProblem = {
          ...problem,
          sensitivity: scale(problem.sensitivity, factor, m),
          sellLimit: scale(problem.sellLimit, 1 / factor),
          buyLimit: scale(problem.buyLimit, 1 / factor),
          halfSpread: scale(problem.halfSpread, factor),
          linear: scale(problem.linear, factor),
          impact: scale(problem.impact, factor ** 2),
          ...(depth && {
            depth: {
              bidSize: scale(depth.bidSize, 1 / factor, levels),
              bidCost: scale(depth.bidCost, factor, levels),
              askSize: scale(depth.askSize, 1 / factor, levels),
              askCost: scale(depth.askCost, factor, levels),
            },
          }),
        };
        const answer = solved(problem);
        const other = scale(solved(rescaled).trades, factor);
        expectClose(other, answer.trades, sizes(problem));
      }),
      runs,
    );
  });

  it('the order of instruments does not matter', () => {
    fc.assert(
      fc.property(seeds, choices, (seed, chosen) => {
        const problem = opened(deskProblem(seed, chosen));
        const { instruments: n, exposures: m, levels } = problem.shape;
        const random = randomOf(seed + 2);
        const order = Array.from({ length: n }, (_, i) => ({ i, key: random() }))
          .sort((a, b) => a.key - b.key)
          .map(({ i }) => i);
        const permute = (values: Float64Array, each = 1): Float64Array =>
          values.map((_, at) => values[order[Math.floor(at / each)] * each + (at % each)]);
        const { depth } = problem;
        const permuted: DeskProblem = {
          ...problem,
          sensitivity: permute(problem.sensitivity, m),
          sellLimit: permute(problem.sellLimit),
          buyLimit: permute(problem.buyLimit),
          halfSpread: permute(problem.halfSpread),
          linear: permute(problem.linear),
          impact: permute(problem.impact),
          ...(depth && {
            depth: {
              bidSize: permute(depth.bidSize, levels),
              bidCost: permute(depth.bidCost, levels),
              askSize: permute(depth.askSize, levels),
              askCost: permute(depth.askCost, levels),
            },
          }),
        };
        const answer = solved(problem);
        expectClose(solved(permuted).trades, permute(answer.trades), permute(sizes(problem)));
      }),
      runs,
    );
  });

  it('the multiplier is the derivative of the optimum', () => {
    fc.assert(
      fc.property(seeds, choices, (seed, chosen) => {
        // bands would be crossed by the move
        const problem = deskProblem(seed, { ...chosen, bands: false, impact: 1 });
        const row = seed % 9;
        const { objective, multipliers } = solved(problem);
        const step = 1e-4 * (1 + Math.abs(problem.exposure[row]));
        const moved = (by: number): number => {
          const exposure = problem.exposure.map((e, k) => (k === row ? e + by : e));
          return solved({ ...problem, exposure }).objective;
        };
        const derivative = (moved(step) - moved(-step)) / (2 * step);
        const noise = (4e-9 * Math.max(1, Math.abs(objective))) / step;
        const error = Math.abs(derivative - multipliers[row]);
        expect(error).toBeLessThanOrEqual(noise + 0.05 * Math.abs(multipliers[row]));
      }),
      runs,
    );
  });

  it('is deterministic to the bit, whatever was solved before in the same core', () => {
    const problem = deskProblem(11, { instruments: 100, bands: true, levels: 5 });
    const first = solved(problem);
    solved(deskProblem(12, { instruments: 60, levels: 3 }));
    expect(solved(problem)).toEqual(first);
  });
});
