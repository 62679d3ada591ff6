import { create, type SmileFollower, type SmileRule } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { quotesOf, varianceOf, volatilityOf } from './svi.js';

const core = await create();
const slice = { a: 0.01, b: 0.12, rho: -0.4, m: 0.02, sigma: 0.15 };
const years = 0.5;
const strike = [60, 80, 90, 100, 110, 125, 160];
const expiry = { underlying: 'A', years, forward: 100, strike, volatility: strike.map(() => 0.5) };
const smile = core.smile([quotesOf(core, volatilityOf(slice, years), { years, half: 0.001 })]);
const [found] = smile.slices;
const RULES: readonly SmileRule[] = ['sticky-strike', 'sticky-moneyness', 'sticky-delta'];

describe('a chain that follows its smile', () => {
  it.each(RULES)('takes its volatilities: %s', (rule) => {
    using chain = core.chain([expiry], 2);
    using follower = smile.follow(chain, { rule });
    strike.forEach((k, i) => {
      expect(chain.volatility[i]).toBeCloseTo(Math.sqrt(varianceOf(found, Math.log(k / 100)) / years), 13);
    });
    follower.tick(108);
    const against = rule === 'sticky-strike' ? 100 : 108;
    strike.forEach((k, i) => {
      expect(chain.volatility[i]).toBeCloseTo(
        Math.sqrt(varianceOf(found, Math.log(k / against)) / years),
        12,
      );
    });
    expect(chain.forward[0]).toBe(108);
  });

  it('keeps the volatility of a delta as time passes', () => {
    using chain = core.chain([expiry], 2);
    using follower = smile.follow(chain, { rule: 'sticky-delta' });
    chain.setYears([0.2]);
    follower.tick(95);
    const { delta } = chain.call;
    strike.forEach((_, i) => {
      // the strike that had this delta when the smile was fitted had this volatility
      let [low, high] = [-3, 3];
      for (let n = 0; n < 70; n += 1) {
        const k = (low + high) / 2;
        const volatility = volatilityOf(found, years)(k);
        const then = core.evaluate({ type: 'call', forward: 1, strike: Math.exp(k), years, volatility })
          .delta[0];
        if (then > delta[i]) low = k;
        else high = k;
      }
      expect(chain.volatility[i]).toBeCloseTo(volatilityOf(found, years)(low), 8);
    });
  });

  it.each(RULES.flatMap((rule) => [0.5, 0.2].map((left) => [rule, left] as const)))(
    'has the skew delta that differences of its prices have: %s, %f years left',
    (rule, left) => {
      using chain = core.chain([expiry], 2);
      using book = core.book(chain, [
        { expiry: 0, strike: 80, type: 'put', quantity: -3 },
        { expiry: 0, strike: 125, type: 'call', quantity: 2 },
      ]);
      using follower = smile.follow(chain, { rule });
      chain.setYears([left]);
      const h = 1e-3;
      const pricesAt = (forward: number): Float64Array[] => {
        follower.tick(forward);
        return [chain.call.price.slice(), chain.put.price.slice()];
      };
      const up = pricesAt(104 + h);
      const down = pricesAt(104 - h);
      follower.tick(104);
      const difference = (type: number, i: number): number => (up[type][i] - down[type][i]) / (2 * h);
      strike.forEach((_, i) => {
        expect(follower.callDelta[i]).toBeCloseTo(difference(0, i), 6);
        expect(follower.putDelta[i]).toBeCloseTo(difference(1, i), 6);
      });
      const total = book.exposure().delta + follower.skewDelta(book)[0];
      expect(total).toBeCloseTo(-3 * difference(1, 1) + 2 * difference(0, 5), 5);
      if (rule === 'sticky-strike') expect(follower.callDelta).toEqual(chain.call.delta);
      else expect(follower.callDelta[1]).not.toBeCloseTo(chain.call.delta[1], 3);
    },
  );

  it('puts the skew delta into the exposures of a book: by expiry, in total, in coin', () => {
    const second = { ...expiry, years: 0.7, forward: 105 };
    using chain = core.chain([expiry, second], 2);
    using book = core.book(chain, [
      { expiry: 0, strike: 80, type: 'put', quantity: -3 },
      { expiry: 1, strike: 125, type: 'call', quantity: 2 },
      { kind: 'future', expiry: 1, quantity: 1 },
      { kind: 'perpetual', underlying: 'A', quantity: -1 },
    ]);
    using follower = smile.follow(chain, { expiries: [0, 0] });
    follower.tick([104, 110]);
    const added = follower.skewDelta(book);
    expect(added.every((shift) => Math.abs(shift) > 1e-3)).toBe(true);
    for (const delta of ['plain', 'premium-adjusted'] as const) {
      const black = book.exposureByExpiry({ delta });
      const skew = book.exposureByExpiry({ delta, smile: follower });
      skew.delta.forEach((value, e) => {
        expect(value).toBeCloseTo(black.delta[e] + added[e], 12);
      });
      expect(skew.vega).toEqual(black.vega);
      const total = book.exposure({ delta, smile: follower });
      expect(total.delta).toBeCloseTo(book.exposure({ delta }).delta + added[0] + (110 / 104) * added[1], 12);
    }
    const coin = book.exposureByExpiry({ currency: 'coin' });
    const skewCoin = book.exposureByExpiry({ currency: 'coin', smile: follower });
    [104, 110].forEach((forward, e) => {
      expect(skewCoin.delta[e]).toBeCloseTo(coin.delta[e] + added[e] / forward, 14);
    });
    // and Black's is what it was
    expect(book.exposure().delta).not.toBeCloseTo(book.exposure({ smile: follower }).delta, 3);
  });

  it('keeps its own volatilities where an expiry follows none', () => {
    using chain = core.chain([expiry, { ...expiry, years: 0.7 }], 2);
    using follower = smile.follow(chain, { expiries: [-1, 0] });
    expect([...chain.volatility.slice(0, 7)]).toEqual(expiry.volatility);
    expect(chain.volatility[9]).not.toBe(0.5);
    expect([...follower.slope.slice(0, 7)]).toEqual(strike.map(() => 0));
  });

  it('changes nothing at a bad forward', () => {
    using chain = core.chain([expiry], 2);
    using follower = smile.follow(chain);
    follower.tick(101);
    const before = [chain.volatility.slice(), chain.call.price.slice()];
    expect(() => {
      follower.tick([-1]);
    }).toThrow('forward[0] must be positive and finite, got -1');
    expect([chain.volatility, chain.call.price]).toEqual(before);
    expect(chain.forward[0]).toBe(101);
    expect(() => smile.follow(chain, { expiries: [1] })).toThrow('options.expiries[0]');
    expect(() => smile.follow(chain, { rule: 'sticky' as SmileRule })).toThrow('options.rule');
  });

  it('belongs to one chain', () => {
    using chain = core.chain([expiry], 2);
    using other = core.chain([expiry], 2);
    using book = core.book(other, [{ expiry: 0, strike: 100, type: 'call', quantity: 1 }]);
    using follower = smile.follow(chain);
    expect(() => follower.skewDelta(book)).toThrow(RangeError);
    expect(() => book.exposure({ smile: follower })).toThrow(
      'options.smile must be a follower of the chain that the book is on',
    );
    expect(() => book.exposure({ smile: smile as unknown as SmileFollower })).toThrow(TypeError);
  });
});
