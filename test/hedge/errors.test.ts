import { create, DisposedError, type HedgeProblem } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { deskProblem, fieldsOf } from './desk.js';

const core = await create();
const problem = deskProblem(1, { instruments: 20, levels: 3 });

function solvedHedger() {
  const hedger = core.hedger(problem.shape);
  hedger.update(fieldsOf(problem));
  hedger.solve();
  return hedger;
}

/** A copy of a field with one value changed. */
function withValue(values: ArrayLike<number>, index: number, value: number): Float64Array {
  const copy = Float64Array.from(values);
  copy[index] = value;
  return copy;
}

describe('the shape', () => {
  it.each([
    [
      { instruments: 0, exposures: 1 },
      RangeError,
      'shape.instruments must be an integer in [1, 65536], got 0',
    ],
    [
      { instruments: 1, exposures: 257 },
      RangeError,
      'shape.exposures must be an integer in [1, 256], got 257',
    ],
    [
      { instruments: 1, exposures: 1, levels: 0.5 },
      RangeError,
      'shape.levels must be an integer in [1, 64], got 0.5',
    ],
    [{ instruments: '3', exposures: 1 }, TypeError, "shape.instruments must be a number, got '3'"],
  ])('%j is refused', (shape, kind, message) => {
    const make = () => core.hedger(shape as { instruments: number; exposures: number });
    expect(make).toThrow(kind);
    expect(make).toThrow(message);
  });
});

describe('a bad value is refused by name, index and value, and nothing changes', () => {
  const depth = problem.depth!;
  const cases: [string, Partial<HedgeProblem>][] = [
    [
      'problem.sensitivity[13] (instrument 1, exposure 4) must be finite, got NaN',
      { sensitivity: withValue(problem.sensitivity, 13, NaN) },
    ],
    [
      'problem.exposure[2] must be at most 1e+30 in size, got 1e+308',
      { exposure: withValue(problem.exposure, 2, 1e308) },
    ],
    [
      'problem.sellLimit[19] must be at most 1e+30 in size, got 2e+30',
      { sellLimit: withValue(problem.sellLimit, 19, 2e30) },
    ],
    [
      'problem.lower[8] must be at most 1e+30 in size, got 1e+31',
      { lower: withValue(problem.lower, 8, 1e31), upper: withValue(problem.upper, 8, Infinity) },
    ],
    [
      'problem.exposure[2] must be finite, got Infinity',
      { exposure: withValue(problem.exposure, 2, Infinity) },
    ],
    [
      'problem.weight[0] must be finite and not negative, got -1',
      { weight: withValue(problem.weight, 0, -1) },
    ],
    [
      'problem.lower[3] must be below Infinity and at most the upper bound, got 2',
      { lower: withValue(problem.lower, 3, 2), upper: withValue(problem.upper, 3, 1) },
    ],
    [
      'problem.upper[3] must be above -Infinity and at least the lower bound, got NaN',
      { upper: withValue(problem.upper, 3, NaN) },
    ],
    [
      'problem.lower[8] must be below Infinity and at most the upper bound, got Infinity',
      { lower: withValue(problem.lower, 8, Infinity) },
    ],
    [
      'problem.sellLimit[19] must be finite and not negative, got -0.5',
      { sellLimit: withValue(problem.sellLimit, 19, -0.5) },
    ],
    [
      'problem.buyLimit[0] must be finite and not negative, got Infinity',
      { buyLimit: withValue(problem.buyLimit, 0, Infinity) },
    ],
    [
      'problem.halfSpread[4] must be finite and not negative, got -0.001',
      { halfSpread: withValue(problem.halfSpread, 4, -0.001) },
    ],
    ['problem.linear[4] must be finite, got NaN', { linear: withValue(problem.linear, 4, NaN) }],
    [
      'problem.impact[4] must be finite and not negative, got -1',
      { impact: withValue(problem.impact, 4, -1) },
    ],
    [
      'problem.depth.bidSize[7] (instrument 2, level 1) must be finite and not negative, got -1',
      { depth: { ...depth, bidSize: withValue(depth.bidSize, 7, -1) } },
    ],
    [
      'problem.depth.askCost[8] (instrument 2, level 2) must be finite, not negative and at least the cost of the level before, got 0.5',
      { depth: { ...depth, askCost: withValue(depth.askCost, 8, 0.5) } },
    ],
    ['problem.lot[1] must be finite and not negative, got -1', { lot: withValue(problem.lot, 1, -1) }],
  ];

  it.each(cases)('%s', (message, update) => {
    const hedger = solvedHedger();
    const { objective, trades } = hedger.solve();
    const before = trades.slice();
    // beside a good field, which must not come into force either
    const whole = { exposure: problem.exposure.map((e) => 2 * e), ...update };
    expect(() => {
      hedger.update(whole);
    }).toThrow(new RangeError(message));
    const again = hedger.solve();
    expect(again.objective).toBe(objective);
    expect(again.trades).toEqual(before);
    const cold = hedger.solve({ warmStart: false });
    expect(Math.abs(cold.objective - objective)).toBeLessThanOrEqual(1e-8 * objective);
    hedger.dispose();
  });

  it('skips levels of size 0 when it looks at the order of costs', () => {
    const hedger = solvedHedger();
    const askSize = withValue(depth.askSize, 8, 0);
    hedger.update({ depth: { ...depth, askSize, askCost: withValue(depth.askCost, 8, 0) } });
    expect(hedger.solve().status).toBe('optimal');
    hedger.dispose();
  });
});

describe('wrong kinds', () => {
  it.each([
    ['problem must be an object, got 3', 3, TypeError],
    ["problem has no field 'halfSpreads'", { halfSpreads: [] }, TypeError],
    ['problem.exposure must be an array of numbers, got 3', { exposure: 3 }, TypeError],
    ['problem.exposure must have 9 elements, got 2', { exposure: [1, 2] }, RangeError],
    ['problem must have either halfSpread or depth, got both', fieldsWithBoth(), TypeError],
    ['problem.depth.bidSize must be an array of numbers, got undefined', { depth: {} }, TypeError],
  ])('%s', (message, update, kind) => {
    const hedger = solvedHedger();
    const refuse = () => {
      hedger.update(update as Partial<HedgeProblem>);
    };
    expect(refuse).toThrow(kind);
    expect(refuse).toThrow(message);
    hedger.dispose();
  });

  function fieldsWithBoth() {
    return { halfSpread: problem.halfSpread, depth: problem.depth };
  }

  it('a first update needs sensitivity, exposure and limits, and a solve an update', () => {
    const hedger = core.hedger(problem.shape);
    expect(() => hedger.solve()).toThrow('the hedger has no problem yet: update it first');
    expect(() => {
      hedger.update({ exposure: problem.exposure });
    }).toThrow(
      new TypeError('the first update needs problem.sensitivity, problem.sellLimit, problem.buyLimit'),
    );
    expect(() => hedger.solve()).toThrow('the hedger has no problem yet');
    hedger.dispose();
  });

  it.each([
    [{ tolerance: -1 }, 'options.tolerance must not be negative, got -1'],
    [{ tolerance: NaN }, 'options.tolerance must be finite, got NaN'],
    [{ maxIterations: 1.5 }, 'options.maxIterations must be an integer in [0, 2147483647], got 1.5'],
    [{ maxInstruments: 0 }, 'options.maxInstruments must be an integer in [1, 65536], got 0'],
    [{ warm: true }, "options has no field 'warm'"],
    [{ method: 'simplex' }, "options.method must be 'newton' or 'gradient', got 'simplex'"],
  ])('options %j', (options, message) => {
    const hedger = solvedHedger();
    expect(() => hedger.solve(options as object)).toThrow(message);
    hedger.dispose();
  });
});

describe('memory', () => {
  it('gives everything back, and the answer dies with the hedger', () => {
    const before = core.bytesInUse;
    const hedger = solvedHedger();
    const hedge = hedger.solve({ lots: true, maxInstruments: 3 });
    const batch = hedger.solveMany({ count: 2, exposure: [...problem.exposure, ...problem.exposure] });
    hedger.dispose();
    hedger.dispose();
    expect(core.bytesInUse).toBe(before);
    expect(() => hedger.solve()).toThrow(DisposedError);
    expect(() => {
      hedger.update({});
    }).toThrow(DisposedError);
    expect(() => hedge.trades).toThrow(DisposedError);
    expect(() => batch.trades).toThrow(DisposedError);
  });

  it('a warm update and solve take no memory', () => {
    const hedger = solvedHedger();
    const before = core.bytesInUse;
    for (let round = 0; round < 50; round++) {
      hedger.update({ exposure: problem.exposure.map((e) => e * (1 + round / 1000)) });
      expect(hedger.solve().status).toBe('optimal');
    }
    expect(core.bytesInUse).toBe(before);
    hedger.dispose();
  });

  it('an answer stays readable when memory grows', () => {
    const hedger = solvedHedger();
    const hedge = hedger.solve();
    const before = hedge.trades.slice();
    core.reserve(2 ** 24);
    const other = core.hedger({ instruments: 4096, exposures: 64 });
    expect(hedge.trades).toEqual(before);
    other.dispose();
    hedger.dispose();
  });
});
