import fc from 'fast-check';
import { create, ImpliedStatus } from 'greekfire';
import { describe, expect, it } from 'vitest';

const core = await create();

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });

/** Terms of an option on a forward with its volatility; the strike is in deviations. */
const option = fc
  .record({
    type: fc.constantFrom('call' as const, 'put' as const),
    forward: between(1e-3, 1e6),
    deviations: between(-6, 6),
    years: between(1e-6, 10),
    volatility: between(1e-3, 5),
    rate: between(-0.05, 0.15),
  })
  .map(({ deviations, ...terms }) => ({
    ...terms,
    strike: terms.forward * Math.exp(deviations * terms.volatility * Math.sqrt(terms.years)),
  }));

describe('implied volatility', () => {
  it('is the volatility that gave the price, as far as the price says', () => {
    fc.assert(
      fc.property(option, ({ volatility, ...terms }) => {
        const { price, delta, vega } = core.evaluate({ ...terms, volatility });
        const weight = volatility * vega[0];
        if (!(price[0] / weight < 1e10)) return;
        const implied = core.impliedVolatility({ ...terms, price });
        expect(implied.status[0]).toBe(ImpliedStatus.ok);
        // the price may err by 4 eps (1 + D^2) of its terms, the volatility by 4 (1 + attainable) eps
        const s = volatility * Math.sqrt(terms.years);
        const D = Math.abs(Math.log(terms.forward / terms.strike)) / s + s / 2;
        const share = terms.forward * Math.abs(delta[0]);
        const sizes = share + Math.abs(share - (terms.type === 'call' ? price[0] : -price[0]));
        const allowed = 4 * (1 + price[0] / weight) + (4 * (1 + D * D) * sizes) / weight;
        expect(Math.abs(implied.volatility[0] / volatility - 1)).toBeLessThanOrEqual(allowed * 2 ** -52);
      }),
      { seed: 4, numRuns: 2000 },
    );
  });

  it('reprices to the quote', () => {
    fc.assert(
      fc.property(option, between(1e-6, 1 - 1e-6), (drawn, share) => {
        const { type, forward, strike, years, rate } = drawn;
        const terms = { type, forward, strike, years, rate };
        const discount = Math.exp(-terms.rate * terms.years);
        const sign = terms.type === 'call' ? 1 : -1;
        const intrinsic = Math.max(0, sign * (terms.forward - terms.strike)) * discount;
        const most = (sign > 0 ? terms.forward : terms.strike) * discount;
        const quoted = intrinsic + share * (most - intrinsic);
        // some time value must be left when the price is rounded
        if (!(share * (most - intrinsic) > 1e-10 * quoted)) return;
        if (!(quoted < most * (1 - 1e-10))) return;
        const { volatility, status } = core.impliedVolatility({ ...terms, price: quoted });
        expect(status[0]).toBe(ImpliedStatus.ok);
        const { price } = core.evaluate({ ...terms, volatility });
        const size = Math.max(terms.forward, terms.strike) * discount;
        expect(Math.abs(price[0] - quoted)).toBeLessThanOrEqual(64 * 2 ** -52 * size);
      }),
      { seed: 5, numRuns: 2000 },
    );
  });

  it('grows with the price', () => {
    fc.assert(
      fc.property(option, between(1e-9, 0.5), ({ volatility, ...terms }, more) => {
        const { price, vega } = core.evaluate({ ...terms, volatility });
        if (!(price[0] / (volatility * vega[0]) < 1e6)) return;
        const prices = [1, 1 + more / 3, 1 + more / 2, 1 + more].map((factor) => price[0] * factor);
        const implied = core.impliedVolatility({ ...terms, price: prices });
        for (let i = 1; i < prices.length && implied.status[i] === ImpliedStatus.ok; i += 1) {
          expect(implied.volatility[i]).toBeGreaterThan(implied.volatility[i - 1]);
        }
      }),
      { seed: 6, numRuns: 2000 },
    );
  });

  it('is the same in coin', () => {
    fc.assert(
      fc.property(option, ({ volatility, ...terms }) => {
        const { price, vega } = core.evaluate({ ...terms, volatility });
        const conditioning = price[0] / (volatility * vega[0]);
        if (!(conditioning < 1e6)) return;
        const linear = core.impliedVolatility({ ...terms, price });
        const coin = price.map((value) => value / terms.forward);
        const inverse = core.impliedVolatility({ ...terms, price: coin, settlement: 'inverse' });
        expect([...inverse.status]).toEqual([...linear.status]);
        const allowed = 10 * (1 + conditioning) * 2 ** -52;
        expect(Math.abs(inverse.volatility[0] / linear.volatility[0] - 1)).toBeLessThanOrEqual(allowed);
      }),
      { seed: 7, numRuns: 2000 },
    );
  });

  it('does not fail on what no market quotes', () => {
    const anything = fc.double();
    fc.assert(
      fc.property(
        fc.constantFrom(-1, 0, 1, 7),
        fc.array(anything, { minLength: 8, maxLength: 8 }),
        fc.boolean(),
        fc.constantFrom('lognormal' as const, 'normal' as const),
        fc.constantFrom('linear' as const, 'inverse' as const),
        (type, [under, strike, years, price, rate, dividend, guess, other], onSpot, model, settlement) => {
          const { volatility, status } = core.impliedVolatility({
            ...(onSpot ? { spot: [under, 100], dividend: [dividend, 0] } : { forward: [under, 100] }),
            type: Int8Array.of(type, 1),
            strike: [strike, 110],
            years: [years, 0.5],
            price: [price, settlement === 'inverse' ? 0.05 : 5],
            rate: [rate, 0],
            guess: [guess, other],
            model,
            settlement,
          });
          expect(status[0] === ImpliedStatus.ok).toBe(Number.isFinite(volatility[0]) && volatility[0] > 0);
          expect(status[1]).toBe(ImpliedStatus.ok);
          expect(volatility[1]).toBeCloseTo(model === 'normal' ? 31.5 : 0.31, model === 'normal' ? -1 : 1);
        },
      ),
      { seed: 8, numRuns: 5000 },
    );
  });
});
