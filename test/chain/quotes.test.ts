import { create, type Chain, type ExpirySpec, QuoteState } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { drawFrom } from '../oracle/regimes.js';

const core = await create();
const strike = [60, 80, 90, 100, 110, 125, 160];

/** Expiries in quote currency and in coin, with a rate, and with fewer years of variance than of time. */
function expiries(volatility: (k: number) => number): ExpirySpec[] {
  const smile = (forward: number): number[] => strike.map((k) => volatility(Math.log(k / forward)));
  return [
    { years: 0.02, forward: 101, rate: 0.03, strike: [...strike], volatility: smile(101) },
    { years: 0.4, forward: 103, rate: 0.05, settlement: 'inverse', strike, volatility: smile(103) },
    { years: 1.3, varianceYears: 1.1, forward: 99, rate: 0.02, strike, volatility: smile(99) },
  ];
}

const SMILE = (k: number): number => 0.4 - 0.2 * k + 0.5 * k * k;
const HALF = 0.01;

/** Prices of a chain's calls or puts at its volatilities and a shift, as the exchange quotes them. */
function pricesAt(shift: number, type: 'call' | 'put'): Float64Array {
  using chain = core.chain(expiries((k) => SMILE(k) + shift));
  const { price } = chain[type];
  return price.map((value, row) =>
    row >= chain.offset[1] && row < chain.offset[2] ? value / chain.forward[1] : value,
  );
}

const quoted = {
  call: { bid: pricesAt(-HALF, 'call'), ask: pricesAt(HALF, 'call') },
  put: { bid: pricesAt(-HALF, 'put'), ask: pricesAt(HALF, 'put') },
};

/** A chain whose volatilities are yet to be told. */
const unmarked = (): Chain<2> =>
  core.chain(
    expiries(() => 1),
    2,
  );

describe('a chain marked from its quotes', () => {
  it('has the volatilities of bid, mid and ask that impliedVolatility finds', () => {
    using chain = unmarked();
    const quotes = chain.setPrices(quoted);
    const specs = expiries(SMILE);
    for (const type of ['call', 'put'] as const) {
      const { bid, ask } = quoted[type];
      const mid = bid.map((value, row) => (value + ask[row]) / 2);
      const sides = [
        [bid, quotes[type].bidVolatility],
        [mid, quotes[type].midVolatility],
        [ask, quotes[type].askVolatility],
      ] as const;
      specs.forEach(({ forward, years, varianceYears = years, rate = 0, settlement = 'linear' }, e) => {
        for (const [price, found] of sides) {
          const range = [chain.offset[e], chain.offset[e + 1]] as const;
          const alone = core.impliedVolatility({
            type,
            forward,
            strike,
            years: varianceYears,
            rate: varianceYears === years ? rate : (rate * years) / varianceYears,
            price: price.slice(...range),
            settlement,
          });
          // coin becomes quote currency by a product that rounds; below intrinsic value both find none
          found.slice(...range).forEach((volatility, i) => {
            if (Number.isNaN(alone.volatility[i])) expect(volatility).toBeNaN();
            else if (settlement === 'inverse') expect(volatility).toBeCloseTo(alone.volatility[i], 8);
            else expect(volatility).toBe(alone.volatility[i]);
          });
        }
      });
    }
  });

  it('is at the mid of what is out of the money, its spread in volatility', () => {
    using chain = unmarked();
    const { call, put } = chain.setPrices(quoted);
    chain.forward.forEach((forward, e) => {
      for (let row = chain.offset[e]; row < chain.offset[e + 1]; row += 1) {
        const side = chain.strike[row] >= forward ? call : put;
        if (side.state[row] !== QuoteState.twoSided) continue;
        expect(chain.volatility[row]).toBe(side.midVolatility[row]);
        expect(side.spread[row]).toBe(side.askVolatility[row] - side.bidVolatility[row]);
        expect(side.spread[row]).toBeCloseTo(2 * HALF, 9);
        expect(chain.volatility[row]).toBeGreaterThan(side.bidVolatility[row]);
        expect(chain.volatility[row]).toBeLessThan(side.askVolatility[row]);
      }
    });
    // and it is marked: results are those of the volatilities found
    using again = core.chain(expiries(SMILE), 2);
    again.volatility.set(chain.volatility);
    again.tick();
    expect(chain.call.price).toEqual(again.call.price);
    expect(chain.put.vanna).toEqual(again.put.vanna);
  });

  it('takes what is quoted of the other option, and says why where there is nothing', () => {
    using chain = core.chain([{ years: 0.4, forward: 100, strike, volatility: strike.map(() => 1) }], 2);
    const price = (type: 'call' | 'put', shift: number): Float64Array =>
      core.evaluate({ type, forward: 100, strike, years: 0.4, volatility: 0.5 + shift }).price;
    const call = { bid: price('call', -HALF), ask: price('call', HALF) };
    const put = { bid: price('put', -HALF), ask: price('put', HALF) };
    put.bid[0] = 0; // no bid out of the money: the call is quoted
    [call.bid[3], put.bid[3]] = [NaN, 0]; // asks alone
    [put.ask[2], call.ask[2]] = [0, NaN]; // bids alone
    [call.bid[4], put.bid[4]] = [call.ask[4] * 1.5, put.ask[4] * 1.5]; // crossed
    [call.bid[5], call.ask[5]] = [150, 160]; // above the forward
    [put.bid[5], put.ask[5]] = [0, 0];
    call.ask[6] = Infinity; // nobody asks
    put.ask[1] = Infinity;
    const quotes = chain.setPrices({ call, put });
    const states = ({ state }: { state: Uint8Array }): (keyof typeof QuoteState)[] =>
      [...state].map((code) => Object.keys(QuoteState)[code] as keyof typeof QuoteState);
    expect(states(quotes.call)).toEqual([
      'twoSided',
      'twoSided',
      'bidOnly',
      'askOnly',
      'crossed',
      'noVolatility',
      'bidOnly',
    ]);
    expect(states(quotes.put)).toEqual([
      'askOnly',
      'bidOnly',
      'bidOnly',
      'askOnly',
      'crossed',
      'noQuote',
      'twoSided',
    ]);
    expect(chain.volatility[0]).toBe(quotes.call.midVolatility[0]);
    expect(chain.volatility[1]).toBe(quotes.call.midVolatility[1]);
    expect(chain.volatility[6]).toBe(quotes.put.midVolatility[6]);
    for (const row of [2, 3, 4, 5]) {
      expect(chain.volatility[row]).toBeNaN();
      expect(chain.call.price[row]).toBeNaN();
      expect(quotes.call.spread[row]).toBeNaN();
    }
    for (const row of [0, 1, 6]) expect(chain.call.price[row]).toBeGreaterThan(0);
    expect(quotes.put.midVolatility[0]).toBeNaN();
  });

  it('keeps the prices that are left out, and reads those written into its views', () => {
    using chain = unmarked();
    const quotes = chain.setPrices(quoted, [101, 103, 99]);
    const before = chain.volatility.slice();
    expect(chain.setPrices({})).toBe(quotes);
    expect(chain.volatility).toEqual(before);
    chain.setPrices({ call: { bid: 0 } });
    expect(quotes.call.state[10]).toBe(QuoteState.askOnly);
    expect(quotes.put.state[10]).toBe(QuoteState.twoSided);
    quotes.call.bid.set(quoted.call.bid);
    chain.setPrices({});
    expect(chain.volatility).toEqual(before);
    // at other forwards the same prices have other volatilities
    chain.setPrices({}, [101.5, 103.5, 99.5]);
    expect(chain.forward).toEqual(Float64Array.of(101.5, 103.5, 99.5));
    expect(chain.volatility[10]).not.toBe(before[10]);
  });

  it('starts from its last volatilities, and finds the same as afresh', () => {
    const draw = drawFrom(5);
    using chain = core.chain(
      [{ years: 1, forward: 100, strike: [20, 60, 100, 150, 500], volatility: [1, 1, 1, 1, 1] }],
      1,
    );
    for (let i = 0; i < 20; i += 1) {
      // far out too: volatility sqrt(years) up to 4
      const volatility = Array.from({ length: 5 }, () => draw.between(0.3, 4));
      const terms = { forward: 100, strike: chain.strike, years: 1, volatility };
      const call = core.evaluate({ ...terms, type: 'call' }).price;
      const put = core.evaluate({ ...terms, type: 'put' }).price;
      const prices = { call: { bid: call, ask: call }, put: { bid: put, ask: put } };
      chain.setPrices(prices);
      chain.volatility.forEach((found, row) => {
        expect(Math.abs(found / volatility[row] - 1)).toBeLessThan(1e-13);
      });
    }
  });

  it('leaves an expiry that is over at its intrinsic value', () => {
    using chain = core.chain([{ years: 0, forward: 100, strike, volatility: strike.map(() => 0.5) }], 1);
    chain.setPrices({ call: { bid: 1, ask: 2 } });
    expect([...chain.call.price]).toEqual(strike.map((k) => Math.max(0, 100 - k)));
  });

  it('refuses wrong lengths and forwards, and has not changed then', () => {
    using chain = unmarked();
    const quotes = chain.setPrices(quoted);
    const before = [chain.volatility.slice(), chain.call.price.slice(), chain.forward.slice()];
    expect(() => chain.setPrices({ put: { ask: [1, 2] } })).toThrow(
      'prices.put.ask must have 21 elements, got 2',
    );
    expect(() => chain.setPrices({ call: 'none' as never })).toThrow(TypeError);
    expect(() => chain.setPrices(null as never)).toThrow('prices must be an object');
    expect(() => chain.setPrices({}, [1, 2])).toThrow('forward must have 3 elements');
    expect(() => chain.setPrices({}, [101, -1, 99])).toThrow(
      'forward[1] must be positive and finite, got -1',
    );
    expect([chain.volatility, chain.call.price, chain.forward]).toEqual(before);
    chain.dispose();
    expect(() => quotes.call.spread).toThrow('the chain is disposed');
    expect(() => chain.setPrices({})).toThrow('the chain is disposed');
  });

  it('gives back what it took', () => {
    const used = core.bytesInUse;
    for (let i = 0; i < 50; i += 1) {
      using chain = unmarked();
      chain.setPrices(quoted);
    }
    expect(core.bytesInUse).toBe(used);
  });
});
