import { createSync, yearsBetween } from 'greekfire';
import { bookPositions, chainInput, readBook, readChain, readFutures } from 'greekfire/deribit';
import { describe, expect, it } from 'vitest';
import { EXAMPLE_INSTANT, exampleBook, exampleMarket } from '../../example/index.js';
import { ssviSurface } from '../../example/surface.js';

const core = createSync();
const example = exampleMarket({ seed: 7, core });
const futures = readFutures(JSON.stringify(example.futures));
const market = readChain(JSON.stringify(example.chain), { futures });

describe('exampleMarket', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(exampleMarket({ seed: 7 })).toEqual(example);
    expect(exampleMarket({ seed: 8 }).chain[0]).not.toEqual(example.chain[0]);
  });

  it('has ten expiries of about fifty strikes, a perpetual and dated futures', () => {
    expect(market.expiries).toHaveLength(10);
    for (const { strike } of chainInput(market).expiries) {
      expect(strike.length).toBeGreaterThan(40);
      expect(strike.length).toBeLessThanOrEqual(50);
    }
    expect(futures.map(({ name }) => name)[0]).toBe('BTC-PERPETUAL');
    expect(futures).toHaveLength(8);
  });

  it('reads without a grave status, and reprices to the printed digits', () => {
    const { ok, noBid, belowIntrinsic, noMark } = market.counts;
    expect(ok + noBid + belowIntrinsic + noMark).toBe(market.quotes.length);
    expect(ok / market.quotes.length).toBeGreaterThan(0.9);
    const { price } = core.evaluate({
      settlement: 'inverse',
      type: market.quotes.map(({ type }) => type),
      forward: market.quotes.map(({ forward }) => forward),
      strike: market.quotes.map(({ strike }) => strike),
      // The marks are of one instant, whatever second a row was sent in.
      years: market.quotes.map(({ instrument }) => yearsBetween(EXAMPLE_INSTANT, instrument.expiry)),
      volatility: market.quotes.map(({ volatility }) => volatility),
    });
    for (const [index, { mark, name }] of market.quotes.entries()) {
      expect(Math.abs(price[index] - (mark > 0 ? mark : 0)), name).toBeLessThanOrEqual(0.51e-6);
    }
  });

  it('quotes around the mark, with levels that get worse', () => {
    for (const { bid, ask, mark, bids, asks, name } of [...market.quotes, ...futures]) {
      if (bid > 0) expect(bid, name).toBeLessThan(mark);
      if (mark > 0) expect(ask, name).toBeGreaterThan(mark);
      expect(asks, name).toHaveLength(5);
      for (let level = 1; level < bids.length; level += 1)
        expect(bids[level][0]).toBeLessThan(bids[level - 1][0]);
      for (let level = 1; level < asks.length; level += 1)
        expect(asks[level][0]).toBeGreaterThan(asks[level - 1][0]);
    }
  });

  it('has rising forwards and a smile with skew', () => {
    const inputs = chainInput(market).expiries;
    for (let index = 1; index < inputs.length; index += 1) {
      expect(inputs[index].forward).toBeGreaterThan(inputs[index - 1].forward);
    }
    for (const { volatility } of inputs) {
      const smile = Array.from(volatility);
      expect(smile[0]).toBeGreaterThan(smile[smile.length - 1]);
      expect(Math.min(...smile)).toBeLessThan(smile[smile.length - 1]);
    }
  });
});

describe('ssviSurface', () => {
  const surface = ssviSurface({
    index: 95_000,
    basis: [0.03, 0.07],
    level: [0.38, 0.54],
    reversion: 2.5,
    rho: -0.32,
    eta: 1.2,
    gamma: 0.46,
  });

  it('is free of butterfly arbitrage: call prices are convex in the strike', () => {
    for (const years of [1 / 365, 0.1, 1]) {
      const forward = surface.forward(years);
      const step = 0.009 * surface.deviation(years);
      const strike = Array.from({ length: 201 }, (_, i) => forward * (1 + (i - 100) * step));
      const { price } = core.evaluate({
        type: 'call',
        forward,
        strike,
        years,
        volatility: strike.map((value) => surface.volatility(value, years)),
      });
      for (let i = 1; i < strike.length - 1; i += 1) {
        expect(price[i - 1] - 2 * price[i] + price[i + 1]).toBeGreaterThan(-1e-9 * forward);
      }
    }
  });

  it('is free of calendar arbitrage: total variance rises at every log-moneyness', () => {
    const total = (k: number, years: number): number =>
      surface.volatility(surface.forward(years) * Math.exp(k), years) ** 2 * years;
    for (let k = -1.5; k <= 1.5; k += 0.1) {
      for (let years = 0.01; years < 1.5; years *= 1.3) {
        expect(total(k, years * 1.3)).toBeGreaterThan(total(k, years));
      }
    }
  });
});

describe('exampleBook', () => {
  it('names its structures and stands on the market', () => {
    const legs = exampleBook(core, market);
    expect([...new Set(legs.map(({ structure }) => structure))]).toEqual([
      'short strangle',
      'iron condor',
      'calendar',
      'covered call',
      'risk reversal',
    ]);
    const { positions, unpriced } = bookPositions(readBook(JSON.stringify(legs)), market, chainInput(market));
    expect(unpriced).toEqual([]);
    expect(positions).toHaveLength(legs.length);
    const future = positions.find(({ kind }) => kind === 'future')!;
    // 50 coins, in tens of USD: half a lot of rounding.
    expect(Math.abs(future.quantity - 50)).toBeLessThan(1e-3);
  });
});
