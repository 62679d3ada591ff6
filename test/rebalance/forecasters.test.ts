import { createSync } from 'greekfire/full';
import {
  ewmaForecaster,
  forecastTargets,
  forecastTerms,
  harForecaster,
  impliedRealisedForecaster,
  simulator,
  type Forecast,
  type Forecaster,
  type PriceModel,
} from 'greekfire/rebalance';
import { describe, expect, test } from 'vitest';
import { drawFrom } from '../oracle/regimes.js';

const core = createSync();
const DAY = 1 / 365;

const meanOf = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** Feeds a path's returns; `daily` is called after every day. */
function run(
  model: PriceModel,
  seed: number,
  days: number,
  perDay: number,
  forecasters: readonly Forecaster[],
  daily: (variance: number, day: number) => void = () => undefined,
): void {
  const path = simulator(core, { spot: 100, model, seed });
  let before = path.spot;
  for (let day = 0; day < days; day++) {
    for (let step = 0; step < perDay; step++) {
      path.step(DAY / perDay);
      const change = Math.log(path.spot / before);
      before = path.spot;
      for (const one of forecasters) one.update(change, DAY / perDay);
    }
    daily(path.variance, day);
  }
  path.dispose();
}

describe('EWMA', () => {
  test('is the weighted sum of RiskMetrics, day by day', () => {
    const draw = drawFrom(1);
    const returns = Array.from({ length: 200 }, () => draw.between(-0.05, 0.05));
    const ewma = ewmaForecaster(core, { volatility: 0.3 });
    let variance = 0.09;
    for (const change of returns) {
      ewma.update(change, DAY);
      variance = 0.94 * variance + 0.06 * change * change * 365;
    }
    expect(ewma.forecast(0.1).volatility).toBeCloseTo(Math.sqrt(variance), 12);
    expect(ewma.forecast(2)).toEqual(ewma.forecast(0.1));
    expect(ewma.forecast(1).confidence).toBeCloseTo(1 - 0.94 ** 200, 12);
  });

  test('weighs by time: a day in four parts of one return each counts as the day', () => {
    const ewma = ewmaForecaster(core, { lambda: 0.9 });
    const parts = [0.01, -0.02, 0.015, 0.005];
    for (const change of parts) ewma.update(change, DAY / 4);
    let sum = 0;
    for (const change of parts) sum = 0.9 ** 0.25 * sum + (1 - 0.9 ** 0.25) * change * change * 4 * 365;
    const { volatility, confidence } = ewma.forecast(DAY);
    expect(confidence).toBeCloseTo(0.1, 12);
    expect(volatility).toBeCloseTo(Math.sqrt(sum / 0.1), 12);
  });

  test('finds the volatility of a Brownian path', () => {
    const ewma = ewmaForecaster(core);
    run({ kind: 'brownian', volatility: 0.5 }, 7, 100, 96, [ewma]);
    // weights of half-life 11 days: some 3,000 returns count, and the root errs by 1.3 %
    expect(Math.abs(ewma.forecast(1).volatility / 0.5 - 1)).toBeLessThan(0.05);
  });
});

/** Mean of the `window` days before `day`. */
const before = (variance: readonly number[], day: number, window: number): number =>
  meanOf(variance.slice(day - window, day));

describe('HAR', () => {
  const windows = [1, 5, 22] as const;
  const model: PriceModel = {
    kind: 'heston',
    volatility: 0.5,
    reversion: 8,
    volatilityOfVariance: 1.6,
    correlation: -0.4,
  };

  test('realised variance is the sum of squares of each day, however returns are cut', () => {
    const har = harForecaster(core, { days: 42 });
    har.update(0.02, DAY / 2);
    har.update(-0.01, DAY / 2);
    har.update(0.03, 3 * DAY);
    har.update(0.01, DAY / 2);
    const realised = har.realised;
    expect(realised).toHaveLength(4);
    expect(realised[0]).toBeCloseTo(0.0005 * 365, 12);
    for (const day of [1, 2, 3]) expect(realised[day]).toBeCloseTo(0.0003 * 365, 12);
    har.dispose();
  });

  test('the coefficients are those of least squares', () => {
    const har = harForecaster(core, { days: 300 });
    run(model, 3, 500, 24, [har]);
    har.forecast(DAY);
    const { coefficients, explained, days } = har.fit;
    const variance = [...har.realised];
    expect(days).toBe(500);
    expect(variance).toHaveLength(300);
    const rows = Array.from({ length: 300 - 22 }, (_, r) => {
      const day = r + 22;
      return { x: [1, ...windows.map((window) => before(variance, day, window))], y: variance[day] };
    });
    const missOf = (b: readonly number[]): number =>
      rows.reduce((sum, { x, y }) => sum + (y - x.reduce((e, xi, i) => e + xi * b[i], 0)) ** 2, 0);
    // the residuals are orthogonal to every column
    for (let column = 0; column < 4; column++) {
      let product = 0;
      let size = 0;
      for (const { x, y } of rows) {
        const miss = y - x.reduce((e, xi, i) => e + xi * coefficients[i], 0);
        product += miss * x[column];
        size += Math.abs(miss * x[column]);
      }
      expect(Math.abs(product)).toBeLessThan(1e-10 * size);
    }
    // and no other coefficients miss less
    const least = missOf(coefficients);
    const draw = drawFrom(5);
    for (let trial = 0; trial < 200; trial++) {
      expect(missOf(coefficients.map((b) => b + draw.between(-0.05, 0.05)))).toBeGreaterThan(least);
    }
    const meanY = meanOf(rows.map(({ y }) => y));
    const total = rows.reduce((sum, { y }) => sum + (y - meanY) ** 2, 0);
    expect(explained).toBeCloseTo(1 - ((least / total) * (rows.length - 1)) / (rows.length - 4), 10);
    expect(explained).toBeGreaterThan(0.1);
    har.dispose();
  });

  test('longer horizons run the recursion forward', () => {
    const har = harForecaster(core, { days: 200 });
    run(model, 4, 260, 24, [har]);
    const variance = [...har.realised];
    const ends = [Math.min(...variance), Math.max(...variance)];
    const mean = meanOf(variance);
    const [b0, ...b] = (har.forecast(DAY), har.fit.coefficients);
    const ahead = [...variance];
    for (let day = 0; day < 40; day++) {
      const x = windows.map((window) => before(ahead, ahead.length, window));
      const next = b0 + x.reduce((sum, xi, i) => sum + xi * b[i], 0);
      ahead.push(next >= ends[0] && next <= ends[1] ? next : mean);
    }
    const expected = ahead.slice(200);
    for (const days of [1, 2, 5, 30, 40]) {
      const wanted = Math.sqrt(meanOf(expected.slice(0, days)));
      expect(har.forecast(days * DAY).volatility).toBeCloseTo(wanted, 9);
    }
    const half = (expected[0] + expected[1] + 0.5 * expected[2]) / 2.5;
    expect(har.forecast(2.5 * DAY).volatility).toBeCloseTo(Math.sqrt(half), 9);
    har.dispose();
  });

  test('knows more of the variance to come than its mean does', () => {
    const har = harForecaster(core, { days: 500 });
    const misses: { har: number; mean: number }[] = [];
    run(model, 11, 1500, 48, [har], (variance, day) => {
      if (day < 300) return;
      // expected mean variance of the next five days: Heston's variance goes back at `reversion`
      const way = 8 * 5 * DAY;
      const expected = 0.25 + ((variance - 0.25) * (1 - Math.exp(-way))) / way;
      const forecast = har.forecast(5 * DAY).volatility ** 2;
      misses.push({
        har: (forecast - expected) ** 2,
        mean: (meanOf([...har.realised]) - expected) ** 2,
      });
    });
    expect(meanOf(misses.map((miss) => miss.har))).toBeLessThan(
      0.5 * meanOf(misses.map((miss) => miss.mean)),
    );
    har.dispose();
  });

  test('without enough days, or without variation, it is their mean at no confidence', () => {
    const har = harForecaster(core, { days: 100 });
    expect(har.forecast(1)).toEqual({ drift: 0, volatility: 0, confidence: 0 });
    har.update(0.01, DAY / 2);
    expect(har.forecast(1).volatility).toBeCloseTo(0.01 * Math.sqrt(730), 12);
    har.update(0.01, DAY / 2);
    for (let day = 0; day < 80; day++) har.update(0.02, DAY);
    // the same variance every day: nothing to fit once the first has gone out of the window
    for (let day = 0; day < 100; day++) har.update(0.02, DAY);
    const { volatility, confidence } = har.forecast(1);
    expect(volatility).toBeCloseTo(0.02 * Math.sqrt(365), 12);
    expect(confidence).toBe(0);
    expect(har.fit.coefficients).toEqual([0, 0, 0, 0]);
    har.update(0.5, 1e6);
    expect(Number.isFinite(har.forecast(1).volatility)).toBe(true);
    har.dispose();
  });
});

describe('implied less realised', () => {
  test('the spread is of variances, and implied goes back to the usual one', () => {
    const realised = ewmaForecaster(core, { volatility: 0.5 });
    const forecaster = impliedRealisedForecaster(core, { realised, reversion: 6 });
    expect(forecaster.spread(0.1)).toBeUndefined();
    const change = 0.5 * Math.sqrt(DAY);
    for (let day = 0; day < 400; day++) {
      forecaster.setImplied(0.6);
      forecaster.update(change, DAY);
    }
    expect(forecaster.premium).toBeCloseTo(0.36 - 0.25, 12);
    expect(forecaster.spread(0.1)).toBeCloseTo(0.36 - 0.25, 12);
    expect(forecaster.forecast(0.1).volatilityMove).toBeCloseTo(0, 12);
    // implied jumps: it is expected to come back
    forecaster.setImplied(0.8);
    const { volatilityMove, volatility } = forecaster.forecast(0.1);
    expect(volatilityMove).toBeCloseTo((0.6 - 0.8) * (1 - Math.exp(-0.6)), 12);
    expect(volatility).toBeCloseTo(0.5, 12);
  });
});

test.each([
  ['EWMA', () => ewmaForecaster(core)],
  ['HAR', () => harForecaster(core, { days: 60 })],
  [
    'implied less realised',
    () => {
      const forecaster = impliedRealisedForecaster(core, { realised: harForecaster(core, { days: 60 }) });
      forecaster.setImplied(0.55);
      return forecaster;
    },
  ],
])('%s goes on from a saved state to the bit', (_, make) => {
  const [whole, first, second]: Forecaster[] = [make(), make(), make()];
  run({ kind: 'brownian', volatility: 0.4 }, 9, 90, 7, [whole, first]);
  second.restore!(JSON.parse(JSON.stringify(first.save!())));
  run({ kind: 'brownian', volatility: 0.7 }, 10, 20, 7, [whole, second]);
  expect(second.forecast(0.05)).toEqual(whole.forecast(0.05));
  expect(first.forecast(0.05)).not.toEqual(whole.forecast(0.05));
});

describe('a forecast as terms and targets', () => {
  const forecast: Forecast = {
    drift: 0.4,
    volatility: 0.5,
    volatilityMove: -0.03,
    jump: { rate: 10, size: 0.05 },
    confidence: 0.6,
  };

  test('the terms are the expectation of the second-order profit', () => {
    const { delta, gamma, vega, theta } = forecastTerms(forecast, 200, 0.02);
    expect(delta).toBeCloseTo(0.6 * 0.4 * 200 * 0.02, 12);
    expect(gamma).toBeCloseTo(0.6 * 0.5 * (0.25 + 10 * 0.0025) * 200 ** 2 * 0.02, 10);
    expect(vega).toBeCloseTo(0.6 * -0.03, 15);
    expect(theta).toBeCloseTo(0.6 * 0.02, 15);
  });

  test('at the implied volatility an option is expected to make nothing', () => {
    const batch = core.evaluate({ type: 'call', forward: 200, strike: 220, years: 0.3, volatility: 0.5 });
    const { gamma, theta } = forecastTerms({ drift: 0, volatility: 0.5, confidence: 1 }, 200, 0.01);
    const gain = gamma * batch.gamma[0] + theta * batch.theta[0];
    expect(Math.abs(gain)).toBeLessThan(1e-12 * Math.abs(theta * batch.theta[0]));
  });

  test('the targets are of best mean less variance', () => {
    const { delta, vega } = forecastTargets(forecast, 200, 0.02, 1e-4, 0.8);
    const variance = 0.275 * 200 ** 2 * 0.02;
    const valueOf = (d: number): number => 0.6 * 0.4 * 200 * 0.02 * d - 0.5 * 1e-4 * variance * d * d;
    const vegaValue = (v: number): number => 0.6 * -0.03 * v - 0.5 * 1e-4 * 0.64 * 0.02 * v * v;
    for (const away of [-0.01, 0.01]) {
      expect(valueOf(delta)).toBeGreaterThan(valueOf(delta * (1 + away)));
      expect(vegaValue(vega)).toBeGreaterThan(vegaValue(vega * (1 + away)));
    }
    expect(forecastTargets({ ...forecast, confidence: 0 }, 200, 0.02, 1e-4, 0.8)).toEqual({
      delta: 0,
      vega: 0,
    });
  });
});

describe('hostile input', () => {
  const ewma = ewmaForecaster(core);
  const har = harForecaster(core);
  test.each([
    [
      () => {
        ewma.update(NaN, DAY);
      },
      'change must be finite, got NaN',
    ],
    [
      () => {
        ewma.update(0.1, 0);
      },
      'years must be positive, got 0',
    ],
    [
      () => {
        har.update(0.1, -1);
      },
      'years must be positive, got -1',
    ],
    [() => har.forecast(0), 'horizonYears must be in (0, 100], got 0'],
    [() => ewma.forecast(NaN), 'horizonYears must be finite, got NaN'],
    [() => ewmaForecaster(core, { lambda: 1 }), 'options.lambda must be in (0, 1), got 1'],
    [() => ewmaForecaster(core, { volatility: -1 }), 'options.volatility must not be negative, got -1'],
    [
      () => harForecaster(core, { windows: [5, 5, 22] }),
      'options.windows[1] must be an integer in [6, 1000], got 5',
    ],
    [() => harForecaster(core, { days: 30 }), 'options.days must be an integer in [42, 10000], got 30'],
    [
      () => {
        ewma.restore([1, 2]);
      },
      'state[1] must be in [0, 1], got 2',
    ],
    [
      () => {
        har.restore([1]);
      },
      'state must have 1003 elements, got 1',
    ],
    [
      () => {
        har.restore([1, ...new Array<number>(1002).fill(0)]);
      },
      'state[0] must be less than a day in years, got 1',
    ],
    [
      () => forecastTerms({ drift: 0, volatility: -1, confidence: 1 }, 1, 1),
      'forecast.volatility must not be negative, got -1',
    ],
    [
      () => forecastTerms({ drift: 0, volatility: 1, confidence: 1.5 }, 1, 1),
      'forecast.confidence must be in [0, 1], got 1.5',
    ],
    [() => forecastTerms({ drift: 0, volatility: 1, confidence: 1 }, 0, 1), 'spot must be positive, got 0'],
    [
      () => forecastTargets({ drift: 1, volatility: 0, confidence: 1 }, 1, 1, 1),
      'forecast.volatility must be positive where there is a drift, got 0',
    ],
  ])('%#', (act, message) => {
    expect(act).toThrow(message);
  });
});
