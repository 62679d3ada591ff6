import { create, QuoteState, type SmileSlice, type SviParameters } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { drawFrom } from '../oracle/regimes.js';
import { durrlemanOf, quotesOf, varianceOf, volatilityOf } from './svi.js';

const core = await create();

const plain = { a: 0.01, b: 0.12, rho: -0.4, m: 0.02, sigma: 0.15 };
/** Two published slices: Vogt's, which has butterfly arbitrage (Gatheral and Jacquier 2014, example 5.1), at T = 1. */
const vogt = { a: -0.041, b: 0.1331, rho: 0.306, m: 0.3586, sigma: 0.4153 };

function fitted(slice: SviParameters, making: Parameters<typeof quotesOf>[2]): SmileSlice {
  using smile = core.smile([quotesOf(core, volatilityOf(slice, making.years), making)]);
  return smile.slices[0];
}

/** Fails where a slice has butterfly arbitrage on a grid of its own, or negative variance, or too steep a wing. */
function expectFree(slice: SmileSlice): void {
  expect(slice.b * (1 + Math.abs(slice.rho))).toBeLessThan(2);
  expect(slice.a + slice.b * slice.sigma * Math.sqrt(1 - slice.rho ** 2)).toBeGreaterThanOrEqual(-1e-15);
  expect(slice.leastDurrleman).toBeGreaterThanOrEqual(0);
  let least = Infinity;
  for (let i = -2000; i <= 2000; i += 1) {
    least = Math.min(least, durrlemanOf(slice, slice.m + slice.sigma * Math.sinh(i / 250)));
    least = Math.min(least, durrlemanOf(slice, (6 * i * slice.sigma) / 2000));
  }
  expect(least).toBeGreaterThan(-1e-9);
}

describe('a slice of SVI', () => {
  it.each([
    ['plain', plain, 0.5],
    ['short', { a: 0.0001, b: 0.012, rho: 0.1, m: 0, sigma: 0.02 }, 0.004],
    ['steep to the left', { a: 0.02, b: 0.3, rho: -0.8, m: -0.05, sigma: 0.2 }, 1],
    ['steep to the right', { a: 0.02, b: 0.3, rho: 0.7, m: 0.1, sigma: 0.25 }, 1],
  ])('is recovered from narrow quotes: %s', (_, slice, years) => {
    const found = fitted(slice, { years, half: 0.0005, reach: 3 });
    expect(found.status).toBe('ok');
    expect(found.inside).toBe(found.twoSided);
    expectFree(found);
    const scale = Math.sqrt(varianceOf(slice, 0));
    for (let k = -2.5 * scale; k <= 2.5 * scale; k += scale / 4) {
      const wanted = Math.sqrt(varianceOf(slice, k) / years);
      expect(Math.abs(Math.sqrt(varianceOf(found, k) / years) - wanted)).toBeLessThan(0.0005);
    }
  });

  it('says what a desk quotes, as differences of the smile say it', () => {
    const years = 0.5;
    const found = fitted(plain, { years, half: 0.0001 });
    const volatility = volatilityOf(found, years);
    expect(found.atmVolatility).toBeCloseTo(volatility(0), 12);
    expect(found.skew).toBeCloseTo((volatility(1e-5) - volatility(-1e-5)) / 2e-5, 6);
    // the strike of a delta by halving, on prices of the library
    const strikeOf = (type: 'call' | 'put', delta: number): number => {
      let [low, high] = [-2, 2];
      for (let i = 0; i < 60; i += 1) {
        const k = (low + high) / 2;
        const value = core.evaluate({
          type,
          forward: 1,
          strike: Math.exp(k),
          years,
          volatility: volatility(k),
        });
        if (value.delta[0] > delta) low = k;
        else high = k;
      }
      return low;
    };
    const call = volatility(strikeOf('call', 0.25));
    const put = volatility(strikeOf('put', -0.25));
    expect(found.riskReversal).toBeCloseTo(call - put, 9);
    expect(found.butterfly).toBeCloseTo((call + put) / 2 - volatility(0), 9);
  });

  it('has no butterfly arbitrage where the quotes have', () => {
    const years = 1;
    expect(Math.min(...Array.from({ length: 200 }, (_, i) => durrlemanOf(vogt, i / 100)))).toBeLessThan(
      -0.01,
    );
    for (const half of [0.0005, 0.01]) {
      const found = fitted(vogt, { years, half, reach: 5, strikes: 60 });
      expect(found.status).toBe('ok');
      expectFree(found);
      // what is left at the edge of arbitrage still follows the quotes
      expect(found.rmsError).toBeLessThan(0.02);
    }
  });

  it('never has arbitrage, whatever the quotes: 300 seeded smiles of noise, kinks and jumps', () => {
    const draw = drawFrom(20260820);
    for (let i = 0; i < 300; i += 1) {
      const years = draw.scale(0.002, 3);
      const [level, left, right] = [draw.scale(0.05, 3), draw.between(-0.8, 1.5), draw.between(-0.8, 1.5)];
      const scale = level * Math.sqrt(years);
      const rough = (k: number): number =>
        level * Math.max(0.05, 1 + ((k < 0 ? -left : right) * k) / (2 * scale) + 0.2 * draw.between(-1, 1));
      const half = level * draw.scale(1e-4, 0.3);
      const [reach, strikes, seed] = [draw.between(0.5, 6), Math.floor(draw.between(5, 60)), i];
      using smile = core.smile([quotesOf(core, rough, { years, half, reach, strikes, seed })]);
      const [found] = smile.slices;
      const [surface] = smile.surface.slices;
      if (found.status === 'ok') expectFree(found);
      if (surface.status === 'ok') expectFree(surface);
      for (const name of ['a', 'b', 'rho', 'm', 'sigma', 'rmsError'] as const) {
        expect(Number.isFinite(found[name])).toBe(found.status === 'ok');
      }
    }
  });
});

describe('dirty quotes', () => {
  const years = 0.25;
  const clean = quotesOf(core, volatilityOf(plain, years), { years, half: 0.004, noise: 0.5 });
  const edited = (change: (bid: Float64Array, ask: Float64Array) => void): SmileSlice => {
    const [bid, ask] = [
      Float64Array.from(clean.bid as Float64Array),
      Float64Array.from(clean.ask as Float64Array),
    ];
    change(bid, ask);
    using smile = core.smile([{ ...clean, bid, ask }]);
    return smile.slices[0];
  };
  const distance = (slice: SmileSlice): number => {
    const ks = [-0.2, -0.1, 0, 0.1, 0.2];
    return Math.max(
      ...ks.map((k) => Math.abs(volatilityOf(slice, years)(k) - volatilityOf(plain, years)(k))),
    );
  };

  it.each([20, -20])(
    'one in ten %d half-spreads off does not carry the slice away, and is counted',
    (shift) => {
      const found = edited((bid, ask) => {
        for (let i = 3; i < bid.length; i += 10) {
          const options = { type: (clean.type as ('call' | 'put')[])[i], forward: 100, years };
          const strike = (clean.strike as number[])[i];
          const middle = volatilityOf(plain, years)(Math.log(strike / 100)) + shift * 0.004;
          const { price } = core.evaluate({
            ...options,
            strike,
            volatility: [middle - 0.004, middle + 0.004],
          });
          [bid[i], ask[i]] = price;
        }
      });
      expect(distance(found)).toBeLessThan(0.004);
      expect(found.outliers).toBe(5);
    },
  );

  it.each([0.05, 0.15])('nor does one in ten that is %f off and fifty times as narrow', (off) => {
    const draw = drawFrom(11);
    const types = clean.type as ('call' | 'put')[];
    const strikes = clean.strike as number[];
    // the others are not all of one mind: their middles are off by up to 0.6 half-spreads
    const bent = types.map(() => draw.between(-0.006, 0.006));
    const price = (shift: number): Float64Array =>
      core.evaluate({
        type: types,
        forward: 100,
        strike: strikes,
        years,
        volatility: strikes.map((strike, i) => {
          const isOff = i % 10 === 3;
          const middle = volatilityOf(plain, years)(Math.log(strike / 100));
          return middle + (isOff ? off + 0.0002 * shift : bent[i] + 0.01 * shift);
        }),
      }).price;
    const found = edited((bid, ask) => {
      bid.set(price(-1));
      ask.set(price(1));
    });
    expect(distance(found)).toBeLessThan(0.01);
    expect(found.outliers).toBe(5);
  });

  it('one side alone is a bound: the slice keeps under the asks', () => {
    const found = edited((bid) => bid.fill(0, 0, 20));
    expect(found.quotes.askOnly).toBe(20);
    expect(distance(found)).toBeLessThan(0.03);
    const low = edited((bid, ask) => {
      bid.fill(0, 0, 10);
      // the left wing is offered two points lower than the smile
      const types = (clean.type as string[]).slice(0, 10);
      const strike = (clean.strike as number[]).slice(0, 10);
      const volatility = strike.map((value) => volatilityOf(plain, years)(Math.log(value / 100)) - 0.02);
      ask.set(
        core.evaluate({ type: types as ('call' | 'put')[], forward: 100, strike, years, volatility }).price,
      );
    });
    for (let i = 0; i < 10; i += 2) {
      const k = Math.log((clean.strike as number[])[i] / 100);
      expect(volatilityOf(low, years)(k)).toBeLessThan(volatilityOf(plain, years)(k) - 0.01);
    }
  });

  it('are left out by name', () => {
    const found = edited((bid, ask) => {
      [bid[0], ask[0]] = [NaN, NaN];
      [bid[1], ask[1]] = [0, 0];
      [bid[10], ask[10]] = [ask[10], bid[10]];
      // a call at half its intrinsic value
      [bid[2], ask[2]] = [1, 2];
    });
    expect(found.quotes).toMatchObject({ noQuote: 2, crossed: 1, noVolatility: 1, badInput: 0 });
    const sum = Object.values(found.quotes).reduce((total, count) => total + count, 0);
    expect(sum).toBe(clean.bid.valueOf() instanceof Float64Array ? (clean.bid as Float64Array).length : 0);
    using smile = core.smile([
      { ...clean, strike: (clean.strike as number[]).map((k, i) => (i === 4 ? -1 : k)) },
    ]);
    expect(smile.slices[0].quotes.badInput).toBe(1);
    expect(smile.state[4]).toBe(QuoteState.badInput);
    expect(distance(smile.slices[0])).toBeLessThan(0.004);
  });

  it('too few, or too late, are a status', () => {
    const few = {
      years,
      forward: 100,
      type: 'call',
      strike: [90, 100, 110],
      bid: [11, 4, 1],
      ask: [12, 5, 2],
    } as const;
    using smile = core.smile([
      { ...few, years: 0 },
      few,
      { years: 1, forward: 100, type: 'call', strike: [], bid: [], ask: [] },
    ]);
    expect(smile.slices.map(({ status }) => status)).toEqual(['expired', 'few-quotes', 'few-quotes']);
    expect(smile.slices.every(({ a, atmVolatility }) => Number.isNaN(a) && Number.isNaN(atmVolatility))).toBe(
      true,
    );
    // the surface has a slice where any strike is bounded from both sides
    expect(smile.surface.slices.map(({ status }) => status)).toEqual(['expired', 'ok', 'few-quotes']);
  });
});

describe('prices in coin', () => {
  it('give the slice that linear prices give', () => {
    const making = { years: 0.25, half: 0.005, forward: 50_000 };
    const volatility = volatilityOf(plain, making.years);
    using smile = core.smile([quotesOf(core, volatility, making)]);
    using coin = core.smile([quotesOf(core, volatility, { ...making, settlement: 'inverse' })]);
    expect(coin.slices[0].atmVolatility).toBeCloseTo(smile.slices[0].atmVolatility, 6);
    expect(coin.slices[0].inside).toBe(smile.slices[0].inside);
  });
});

describe('a bad argument', () => {
  const good = { years: 1, forward: 100, type: 'call', strike: [90, 100], bid: [1, 1], ask: [2, 2] } as const;
  it.each([
    ['expiries', []],
    ['expiries[0].years', [{ ...good, years: -1 }]],
    ['expiries[0].forward', [{ ...good, forward: 0 }]],
    ['expiries[0].settlement', [{ ...good, settlement: 'cash' as 'linear' }]],
    ['ask', [{ ...good, ask: [1] }]],
    ['expiries[1].years', [good, { ...good, years: 0.5 }]],
  ])('is named: %s', (name, expiries) => {
    const before = core.bytesInUse;
    expect(() => core.smile(expiries)).toThrow(RangeError);
    expect(() => core.smile(expiries)).toThrow(name);
    expect(core.bytesInUse).toBe(before);
  });
});
