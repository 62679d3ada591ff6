import { createSync } from 'greekfire/full';
import { simulator, type PriceModel } from 'greekfire/rebalance';
import { expect, test } from 'vitest';
import { REPLAY_MODELS } from '../../example/replay.js';

const core = createSync();
const YEARS = 0.25;

/** Log returns of many paths over a quarter, in 25 steps. */
function returns(model: PriceModel, paths: number): number[] {
  return Array.from({ length: paths }, (_, stream) => {
    const path = simulator(core, { spot: 1, model, seed: 7, stream });
    for (let s = 0; s < 25; s++) path.step(YEARS / 25);
    const { spot } = path;
    path.dispose();
    return Math.log(spot);
  });
}
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const moment = (values: readonly number[], order: number): number => {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** order));
};

test('a seed gives the same path, and its streams and neighbours others', () => {
  const draw = (seed: number, stream: number): number => {
    const path = simulator(core, { spot: 100, model: REPLAY_MODELS.brownian, seed, stream });
    path.step(0.1);
    return path.spot;
  };
  expect(draw(1, 2)).toBe(draw(1, 2));
  expect(new Set([draw(1, 2), draw(2, 1), draw(1, 3), draw(3, 0)]).size).toBe(4);
});

test('the generator is xoshiro256**', () => {
  const path = simulator(core, { spot: 100, model: REPLAY_MODELS.regimes, seed: 42 });
  const wordsOf = (): bigint[] => {
    const { words } = path.state;
    return [0, 1, 2, 3].map((i) => BigInt(words[2 * i]) | (BigInt(words[2 * i + 1]) << 32n));
  };
  const s = wordsOf();
  path.step(0.01);
  const after = wordsOf().join();
  // by its published definition, in big integers: a step of the regime and a normal take three draws or a few more
  const mask = (1n << 64n) - 1n;
  const reached = Array.from({ length: 20 }, () => {
    const shifted = (s[1] << 17n) & mask;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = ((s[3] << 45n) | (s[3] >> 19n)) & mask;
    return s.join();
  });
  expect(reached).toContain(after);
});

test.each(Object.values(REPLAY_MODELS))('the price has its drift: $kind', (model) => {
  const growth = returns({ ...model, drift: 0.2 }, 20_000).map(Math.exp);
  const error = Math.sqrt(moment(growth, 2) / growth.length);
  expect(Math.abs(mean(growth) - Math.exp(0.2 * YEARS))).toBeLessThan(4 * error);
});

test('log returns have the moments of their model', () => {
  const close = (values: number[], variance: number): void => {
    // standard error of a variance: sqrt((m4 - m2^2)/n)
    const m2 = moment(values, 2);
    const error = Math.sqrt((moment(values, 4) - m2 * m2) / values.length);
    expect(Math.abs(m2 - variance)).toBeLessThan(4 * error);
  };
  const n = 20_000;
  const brownian = returns({ kind: 'brownian', volatility: 0.5 }, n);
  close(brownian, 0.25 * YEARS);
  const m2 = moment(brownian, 2);
  expect(Math.abs(moment(brownian, 3) / m2 ** 1.5)).toBeLessThan(4 * Math.sqrt(6 / n));
  expect(Math.abs(moment(brownian, 4) / m2 ** 2 - 3)).toBeLessThan(4 * Math.sqrt(24 / n));
  const { jumps } = REPLAY_MODELS;
  close(returns(jumps, n), (0.42 ** 2 + 12 * (0.02 ** 2 + 0.07 ** 2)) * YEARS);
  const regimes = returns(REPLAY_MODELS.regimes, n);
  const longRun = (20 * 0.16 + 8 * 0.64) / 28;
  const share = (1 - Math.exp(-28 * YEARS)) / (28 * YEARS);
  // the regime in force is that of the step's end: half a step of the way is missed
  const bias = ((longRun - 0.16) * YEARS) / 25;
  expect(Math.abs(moment(regimes, 2) - (longRun + (0.16 - longRun) * share) * YEARS)).toBeLessThan(
    4 * Math.sqrt((moment(regimes, 4) - moment(regimes, 2) ** 2) / n) + bias,
  );
});

test("Heston's variance has its mean and variance", () => {
  const model: PriceModel = {
    kind: 'heston',
    volatility: 0.6,
    longRunVolatility: 0.4,
    reversion: 3,
    volatilityOfVariance: 0.9,
    correlation: -0.5,
  };
  const ends = Array.from({ length: 20_000 }, (_, stream) => {
    const path = simulator(core, { spot: 1, model, seed: 11, stream });
    for (let s = 0; s < 10; s++) path.step(YEARS / 10);
    const { variance } = path;
    path.dispose();
    return variance;
  });
  const kept = Math.exp(-3 * YEARS);
  // Cox, Ingersoll and Ross 1985
  const expected = 0.16 + (0.36 - 0.16) * kept;
  const spread = (0.81 / 3) * (0.36 * (kept - kept * kept) + 0.08 * (1 - kept) ** 2);
  const m2 = moment(ends, 2);
  expect(Math.abs(mean(ends) - expected)).toBeLessThan(4 * Math.sqrt(m2 / ends.length));
  expect(Math.abs(m2 - spread)).toBeLessThan(4 * Math.sqrt((moment(ends, 4) - m2 * m2) / ends.length));
  expect(Math.min(...ends)).toBeGreaterThanOrEqual(0);
});

test('a state that went through JSON continues to the bit', () => {
  for (const model of Object.values(REPLAY_MODELS)) {
    const path = simulator(core, { spot: 100, model, seed: 3 });
    for (let s = 0; s < 7; s++) path.step(0.01);
    const state = JSON.parse(JSON.stringify(path.state)) as typeof path.state;
    const other = simulator(core, { spot: 1, model, seed: 99 });
    other.restore(state);
    for (let s = 0; s < 50; s++) {
      path.step(0.01);
      other.step(0.01);
      expect(other.spot).toBe(path.spot);
    }
  }
});

test('a path has these bits on every host', () => {
  const ends = Object.values(REPLAY_MODELS).map((model) => {
    const path = simulator(core, { spot: 100, model, seed: 2026 });
    for (let s = 0; s < 1000; s++) path.step(0.001);
    return path.spot;
  });
  expect(ends).toEqual([95.80366235535784, 114.2807782053285, 121.37656170840867, 121.17529596077637]);
});

test('bad input is named', () => {
  const make =
    (model: object, seed = 1) =>
    (): unknown =>
      simulator(core, { spot: 100, model: model as PriceModel, seed });
  expect(make({ kind: 'brownian', volatility: -1 })).toThrow(/options\.model\.volatility .* -1/);
  expect(make({ kind: 'walk' })).toThrow(/options\.model\.kind/);
  expect(make({ kind: 'brownian', volatility: 1 }, 1.5)).toThrow(/options\.seed .* 1\.5/);
  const path = simulator(core, { spot: 100, model: REPLAY_MODELS.brownian, seed: 1 });
  expect(() => {
    path.step(-1);
  }).toThrow(/years .* -1/);
});
