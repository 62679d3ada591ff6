import { create, ImpliedStatus } from 'greekfire';
import { describe, expect, it } from 'vitest';

const core = await create();

/** A ladder of strikes through zero, both types. */
const strike = Float64Array.from({ length: 401 }, (_, i) => (i - 200) / 1000);
const type = Int8Array.from(strike, (_, i) => (i % 2 ? 1 : -1));
const terms = { type, strike, forward: 0.0125, years: 2.5, rate: -0.01, model: 'normal' } as const;

describe('normal implied volatility', () => {
  it('comes back from the normal model’s prices, negative strikes and forwards included', () => {
    for (const forward of [0.0125, 0, -0.03]) {
      for (const volatility of [0.002, 0.01, 0.08]) {
        const { price, vega } = core.evaluate({ ...terms, forward, volatility });
        const implied = core.impliedVolatility({ ...terms, forward, price });
        let compared = 0;
        price.forEach((value, row) => {
          const whole = type[row] * (forward - strike[row]);
          // what the rounding of the price, and the price's own terms, leave of the volatility
          const conditioning = (value + Math.abs(whole)) / (volatility * vega[row]);
          if (!(conditioning < 1e8)) return;
          compared += 1;
          expect(implied.status[row]).toBe(ImpliedStatus.ok);
          const d = whole / (volatility * Math.sqrt(terms.years));
          const allowed = (4 + 4 * (2 + d * d) * conditioning) * 2 ** -52;
          expect(Math.abs(implied.volatility[row] / volatility - 1)).toBeLessThanOrEqual(allowed);
        });
        expect(compared).toBeGreaterThan(20);
      }
    }
  });

  it('at the money is price sqrt(2 pi / T), undiscounted', () => {
    const { volatility } = core.impliedVolatility({
      type: 'call',
      forward: 3,
      strike: 3,
      years: 4,
      rate: 0.05,
      price: 0.125,
      model: 'normal',
    });
    const exact = 0.125 * Math.exp(0.2) * Math.sqrt((2 * Math.PI) / 4);
    expect(Math.abs(volatility[0] / exact - 1)).toBeLessThan(2 ** -50);
  });

  it('tends to forward x lognormal volatility for small deviations', () => {
    const quote = { type: 'call', forward: 100, strike: 100, years: 1e-4 } as const;
    const { price } = core.evaluate({ ...quote, volatility: 0.2 });
    const { volatility } = core.impliedVolatility({ ...quote, price, model: 'normal' });
    expect(volatility[0]).toBeCloseTo(20, 4);
  });

  it('has no maximum', () => {
    const { status } = core.impliedVolatility({ ...terms, price: 1e6 });
    expect(status.every((code) => code === ImpliedStatus.ok)).toBe(true);
  });
});
