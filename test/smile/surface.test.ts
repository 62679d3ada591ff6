import { create, type SviParameters } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { quotesOf, varianceOf, volatilityOf } from './svi.js';

const core = await create();

/** A slice of SSVI, as Gatheral and Jacquier write it. */
function surfaceVariance(theta: number, rho: number, eta: number, gamma: number, k: number): number {
  const phi = eta * theta ** -gamma * (1 + theta) ** (gamma - 1);
  return (theta / 2) * (1 + rho * phi * k + Math.sqrt((phi * k + rho) ** 2 + 1 - rho ** 2));
}

describe('the surface', () => {
  const [rho, eta, gamma] = [-0.3, 0.9, 0.35];
  const times = [0.01, 0.05, 0.2, 0.6, 1.2];
  const thetas = times.map((years) => 0.36 * years * (1 + 0.1 * years));
  const expiries = times.map((years, e) =>
    quotesOf(core, (k) => Math.sqrt(surfaceVariance(thetas[e], rho, eta, gamma, k) / years), {
      years,
      half: 0.0005,
    }),
  );

  it('is recovered from quotes of its own', () => {
    using smile = core.smile(expiries);
    const { surface } = smile;
    expect(surface.rho).toBeCloseTo(rho, 2);
    expect(surface.eta).toBeCloseTo(eta, 1);
    expect(surface.gamma).toBeCloseTo(gamma, 1);
    surface.slices.forEach((slice, e) => {
      expect(slice.inside).toBe(slice.twoSided);
      expect(varianceOf(slice, 0)).toBeCloseTo(thetas[e], 4);
      expect(slice.leastDurrleman).toBeGreaterThanOrEqual(0);
      expect(slice.isCalendarFree).toBe(true);
    });
  });

  it('has no calendar arbitrage where the slices have', () => {
    const near = { a: 0.04, b: 0.1, rho: -0.3, m: 0, sigma: 0.2 };
    const far = { a: 0.035, b: 0.06, rho: -0.3, m: 0, sigma: 0.3 };
    using smile = core.smile(
      [
        quotesOf(core, volatilityOf(near, 0.25), { years: 0.25, half: 0.001 }),
        quotesOf(core, volatilityOf(far, 0.5), { years: 0.5, half: 0.001 }),
      ],
      { calendar: 'reported' },
    );
    const [first, second] = smile.slices;
    expect(first.leastCalendar).toBeNaN();
    expect(first.isCalendarFree).toBe(true);
    expect(second.isCalendarFree).toBe(false);
    // planted: where the far slice falls farthest below the near one, on a grid of our own
    const at = (slice: SviParameters): number => varianceOf(slice, second.leastCalendarAt);
    expect(second.leastCalendar).toBeLessThan(-1e-3);
    expect(second.leastCalendar).toBeCloseTo(at(second) - at(first), 12);
    const [, late] = smile.surface.slices;
    expect(late.isCalendarFree).toBe(true);
    expect(late.leastCalendar).toBeGreaterThanOrEqual(-1e-13);
  });
});

describe('time between expiries', () => {
  const times = [0.1, 0.3];
  const slices = [
    { a: 0.01, b: 0.05, rho: -0.3, m: 0, sigma: 0.1 },
    { a: 0.05, b: 0.1, rho: -0.2, m: 0, sigma: 0.2 },
  ];
  const quoted = slices.map((slice, e) =>
    quotesOf(core, volatilityOf(slice, times[e]), { years: times[e], half: 0.001 }),
  );

  it('is linear in total variance, and constant in volatility outside', () => {
    using smile = core.smile(quoted);
    const [near, far] = smile.slices;
    const k = 0.05;
    const strike = [100 * Math.exp(k)];
    const total = (years: number): number =>
      years * smile.volatility({ years, forward: 100 }, strike)[0] ** 2;
    expect(total(0.1)).toBeCloseTo(varianceOf(near, k), 14);
    expect(total(0.15)).toBeCloseTo(0.75 * varianceOf(near, k) + 0.25 * varianceOf(far, k), 14);
    expect(total(0.05)).toBeCloseTo(varianceOf(near, k) / 2, 14);
    expect(total(0.9)).toBeCloseTo(3 * varianceOf(far, k), 13);
    expect(smile.volatility(1, strike)[0]).toBeCloseTo(Math.sqrt(varianceOf(far, k) / 0.3), 14);
    expect(smile.volatility({ years: 0, forward: 100 }, strike)[0]).toBeNaN();
    expect(() => smile.volatility(2, strike)).toThrow(RangeError);
  });

  it('gives an expiry without a slice that of its neighbours', () => {
    const bare = { years: 0.2, forward: 100, type: 'call', strike: [100], bid: 0, ask: 0 } as const;
    using smile = core.smile([quoted[0], bare, quoted[1]]);
    expect(smile.slices[1].status).toBe('few-quotes');
    const [near, , far] = smile.slices;
    const wanted = Math.sqrt((varianceOf(near, 0) + varianceOf(far, 0)) / 2 / 0.2);
    expect(smile.volatility(1, 100)[0]).toBeCloseTo(wanted, 13);
    expect(smile.density(1, 100)[0]).toBeNaN();
  });

  it('has a density that is not negative, sums to one, and prices the forward and the calls', () => {
    using smile = core.smile(quoted);
    const step = 0.05;
    const strike = Float64Array.from({ length: 12_001 }, (_, i) => 1 + step * i);
    const density = smile.density(1, strike);
    expect(density.every((value) => value >= 0)).toBe(true);
    const integral = (payoff: (s: number) => number): number =>
      density.reduce((sum, value, i) => sum + value * payoff(strike[i]) * step, 0);
    expect(integral(() => 1)).toBeCloseTo(1, 3);
    expect(integral((s) => s) / 100).toBeCloseTo(1, 3);
    for (const k of [80, 100, 125]) {
      const volatility = smile.volatility(1, k);
      const [call] = core.evaluate({ type: 'call', forward: 100, strike: k, years: 0.3, volatility }).price;
      expect(integral((s) => Math.max(0, s - k))).toBeCloseTo(call, 1);
    }
  });
});

describe('the forward of put-call parity', () => {
  const strike = [70, 80, 90, 100, 110, 120, 130];
  const quotes = (
    settlement: 'linear' | 'inverse',
    rate: number,
  ): Parameters<typeof core.impliedForward>[0] => {
    const options = { forward: 104, strike, years: 0.5, volatility: 0.6, rate, settlement };
    const call = core.evaluate({ ...options, type: 'call' }).price;
    const put = core.evaluate({ ...options, type: 'put' }).price;
    const around = (prices: Float64Array, share: number): Float64Array =>
      prices.map((price) => price * share);
    return {
      strike,
      settlement,
      callBid: around(call, 0.99),
      callAsk: around(call, 1.01),
      putBid: around(put, 0.99),
      putAsk: around(put, 1.01),
    };
  };

  it.each(['linear', 'inverse'] as const)('and its discount factor are found: %s', (settlement) => {
    const found = core.impliedForward(quotes(settlement, 0.05));
    expect(found.forward).toBeCloseTo(104, 8);
    expect(found.discount).toBeCloseTo(Math.exp(-0.025), 8);
    expect(found.pairs).toBe(7);
    expect(core.impliedForward({ ...quotes(settlement, 0), discount: 1 }).forward).toBeCloseTo(104, 8);
  });

  it('is not turned by one bad quote', () => {
    const bad = quotes('linear', 0.05);
    const callBid = Float64Array.from(bad.callBid as Float64Array);
    const callAsk = Float64Array.from(bad.callAsk as Float64Array);
    callBid[2] *= 1.4;
    callAsk[2] *= 1.4;
    const found = core.impliedForward({ ...bad, callBid, callAsk });
    expect(Math.abs(found.forward - 104)).toBeLessThan(0.2);
  });

  it('is not a number where there are no pairs', () => {
    const none = core.impliedForward({ strike, callBid: 0, callAsk: 1, putBid: 1, putAsk: 2 });
    expect(none).toMatchObject({ pairs: 0, forward: NaN, discount: NaN });
  });
});
