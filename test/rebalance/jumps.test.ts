/** Jumps and drift: against slow sums, and on simulated paths whose jumps and drift are known. */
import { DisposedError } from 'greekfire';
import { createSync } from 'greekfire/full';
import {
  jumpForecaster,
  momentumForecaster,
  simulator,
  type Forecaster,
  type JumpForecaster,
  type PriceModel,
} from 'greekfire/rebalance';
import { afterAll, describe, expect, test } from 'vitest';
import { drawFrom } from '../oracle/regimes.js';

const core = createSync();
const DAY = 1 / 365;
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const living: JumpForecaster[] = [];
function make(options: Parameters<typeof jumpForecaster>[1] = {}): JumpForecaster {
  const one = jumpForecaster(core, options);
  living.push(one);
  return one;
}
afterAll(() => {
  for (const one of living) one.dispose();
  expect(core.bytesInUse).toBe(0);
});

/** Feeds a path's returns. */
function run(model: PriceModel, seed: number, days: number, perDay: number, one: Forecaster): void {
  const path = simulator(core, { spot: 100, model, seed });
  let before = path.spot;
  for (let step = 0; step < days * perDay; step++) {
    path.step(DAY / perDay);
    one.update(Math.log(path.spot / before), DAY / perDay);
    before = path.spot;
  }
  path.dispose();
}

interface Return {
  readonly change: number;
  readonly years: number;
}

/** The definition, all sums anew at every return. */
function slowJumps(returns: readonly Return[], lambda: number, threshold: number) {
  const ages = returns.map((_, i) => sum(returns.slice(i + 1).map(({ years }) => 365 * years)));
  const weights = returns.map(({ years }, i) => lambda ** ages[i] * (1 - lambda ** (365 * years)));
  const sizes = returns.map(({ change, years }) => Math.abs(change) / Math.sqrt(years));
  const mean = (values: readonly number[], from: number): number =>
    sum(values.map((value, i) => (i < from ? 0 : weights[i] * value))) / sum(weights.slice(from));
  const products = sizes.map((size, i) => (i === 0 ? 0 : (Math.PI / 2) * size * sizes[i - 1]));
  return {
    realised: mean(
      sizes.map((size) => size * size),
      0,
    ),
    bipower: mean(products, 1),
    weights,
    sizes,
    threshold,
  };
}

describe('jumps by bipower variation', () => {
  test('are the sums of their definition, over returns of any length', () => {
    const draw = drawFrom(3);
    const returns = Array.from({ length: 120 }, (_, i): Return => {
      const years = draw.between(0.1, 2) * DAY;
      const normal = draw.between(-1, 1) + draw.between(-1, 1) + draw.between(-1, 1);
      return { change: 0.5 * Math.sqrt(years) * normal + ([40, 77, 100].includes(i) ? 0.4 : 0), years };
    });
    const [lambda, threshold] = [0.97, 6];
    const one = make({ lambda, threshold });
    const isJump: boolean[] = [];
    returns.forEach(({ change, years }, i) => {
      if (i < 20) isJump.push(false);
      else {
        const { bipower } = slowJumps(returns.slice(0, i), lambda, threshold);
        isJump.push(Math.abs(change) / Math.sqrt(years) > threshold * Math.sqrt(bipower));
      }
      one.update(change, years);
    });
    expect(isJump.filter(Boolean)).toHaveLength(3);
    const { realised, bipower, weights } = slowJumps(returns, lambda, threshold);
    const rate = sum(weights.map((weight, i) => (isJump[i] ? weight / returns[i].years : 0))) / sum(weights);
    const { volatility, jump, confidence, drift } = one.forecast(0.1);
    expect(drift).toBe(0);
    expect(volatility).toBeCloseTo(Math.sqrt(bipower), 11);
    expect(jump!.rate).toBeCloseTo(rate, 9);
    expect(jump!.size).toBeCloseTo(Math.sqrt((realised - bipower) / rate), 11);
    expect(volatility ** 2 + jump!.rate * jump!.size ** 2).toBeCloseTo(realised, 11);
    expect(confidence).toBeCloseTo(sum(weights), 12);
  });

  // two years of five-minute returns, all of one weight
  const all = { lambda: 0.9999 };
  test.each([1, 2, 3])(
    'finds the rate and size of known jumps, and the volatility between (seed %d)',
    (seed) => {
      const one = make(all);
      run({ kind: 'jumps', volatility: 0.4, rate: 60, mean: -0.02, deviation: 0.04 }, seed, 730, 288, one);
      const { volatility, jump } = one.forecast(1);
      expect(Math.abs(volatility / 0.4 - 1)).toBeLessThan(0.03);
      // some 120 jumps, of which those under 5 deviations, 0.6 %, are missed: a tenth; their number errs by 9 %
      expect(Math.abs(jump!.rate / 60 - 0.92)).toBeLessThan(0.25);
      expect(Math.abs(jump!.size / Math.hypot(0.02, 0.04) - 1)).toBeLessThan(0.2);
    },
  );

  test.each([1, 2])('finds none on a Brownian path: all of it is volatility (seed %d)', (seed) => {
    const one = make(all);
    run({ kind: 'brownian', volatility: 0.5 }, seed, 365, 288, one);
    const { volatility, jump } = one.forecast(1);
    expect(Math.abs(volatility / 0.5 - 1)).toBeLessThan(0.02);
    expect((jump?.rate ?? 0) * (jump?.size ?? 0) ** 2).toBeLessThan(0.005 * 0.25);
  });

  test('continues to the bit after it was saved', () => {
    const [first, second] = [make(), make()];
    run({ kind: 'jumps', volatility: 0.4, rate: 60, mean: 0, deviation: 0.05 }, 4, 60, 24, first);
    second.restore(JSON.parse(JSON.stringify(first.save())));
    for (const one of [first, second]) one.update(0.2, DAY);
    expect(second.save()).toEqual(first.save());
    expect(second.forecast(1)).toEqual(first.forecast(1));
    expect(first.forecast(1).jump!.rate).toBeGreaterThan(0);
  });

  test('says nothing before the first return, and refuses what is none', () => {
    expect(make().forecast(1)).toEqual({ drift: 0, volatility: 0, confidence: 0 });
    const flat = make();
    for (let i = 0; i < 50; i++) flat.update(0, DAY);
    flat.update(0.1, DAY);
    // without any variance nothing stands out of it
    expect(flat.forecast(1)).not.toHaveProperty('jump');
    expect(() => make({ threshold: 0 })).toThrow('options.threshold must be positive, got 0');
    expect(() => make({ lambda: 1 })).toThrow('options.lambda must be in (0, 1), got 1');
    expect(() => {
      make().update(NaN, DAY);
    }).toThrow('change must be finite, got NaN');
    const gone = jumpForecaster(core);
    gone.dispose();
    expect(() => gone.forecast(1)).toThrow(DisposedError);
  });
});

describe('momentum', () => {
  test('is the weighted mean and its error, shrunk', () => {
    const draw = drawFrom(8);
    const returns = Array.from({ length: 60 }, (): Return => {
      const years = draw.between(0.2, 2) * DAY;
      return { change: 3 * years + draw.between(-0.02, 0.02), years };
    });
    const one = momentumForecaster(core, { base: make(), lambda: 0.95 });
    for (const { change, years } of returns) one.update(change, years);
    const ages = returns.map((_, i) => sum(returns.slice(i + 1).map(({ years }) => 365 * years)));
    const weights = ages.map((age) => 0.95 ** age);
    const time = sum(weights.map((weight, i) => weight * returns[i].years));
    const mean = sum(weights.map((weight, i) => weight * returns[i].change)) / time;
    const variance = sum(weights.map((weight, i) => weight * returns[i].change ** 2)) / time;
    const error =
      Math.sqrt(variance * sum(weights.map((weight, i) => weight ** 2 * returns[i].years))) / time;
    expect(one.drift.mean).toBeCloseTo(mean, 10);
    expect(one.drift.standardError).toBeCloseTo(error, 10);
    const share = 1 - (error / mean) ** 2;
    expect(share).toBeGreaterThan(0.3);
    expect(one.drift.confidence).toBeCloseTo(share, 10);
    expect(one.forecast(0.1).drift).toBeCloseTo(share * (mean + variance / 2), 10);
  });

  test('its error is that of means over many paths', () => {
    const tries = Array.from({ length: 200 }, (_, seed) => {
      const one = momentumForecaster(core, { base: make(), lambda: 0.97 });
      run({ kind: 'brownian', volatility: 0.5, drift: 0.4 }, seed, 200, 4, one);
      return one.drift;
    });
    // of the logarithm: half the variance below
    const errors = tries.map(({ mean, standardError }) => (mean - (0.4 - 0.125)) / standardError);
    const deviation = Math.sqrt(sum(errors.map((error) => error * error)) / errors.length);
    // 200 tries: it errs by 5 %
    expect(Math.abs(deviation - 1)).toBeLessThan(0.15);
    // a drift within the error of nothing is nothing
    expect(tries.filter(({ confidence }) => confidence === 0).length).toBeGreaterThan(50);
  });

  test('takes the rest from its base, and nothing for a drift before it has seen any', () => {
    const base = make();
    const one = momentumForecaster(core, { base });
    expect(one.drift).toEqual({ mean: 0, standardError: Infinity, confidence: 0 });
    expect(one.forecast(1)).toEqual(base.forecast(1));
    for (let day = 0; day < 60; day++) one.update(day % 2 === 0 ? 0.03 : -0.01, DAY);
    const { drift, ...rest } = one.forecast(1);
    expect(drift).toBeGreaterThan(1);
    expect({ ...rest, drift: 0 }).toEqual(base.forecast(1));
    const second = momentumForecaster(core, { base: make() });
    second.restore(JSON.parse(JSON.stringify(one.save())));
    for (const each of [one, second]) each.update(0.01, DAY);
    expect(second.forecast(1)).toEqual(one.forecast(1));
    expect(() => momentumForecaster(core, { base: undefined as never })).toThrow(
      'options.base must be an object',
    );
  });
});
