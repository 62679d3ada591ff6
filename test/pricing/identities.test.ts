import fc from 'fast-check';
import { create, type Columns, type OptionColumns } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { DERIVATIVES, slopeOf } from '../oracle/differences.js';
import { EPSILON, SENSITIVITIES, valueInDoubleDouble, type Row } from '../oracle/greeks.js';

const core = await create();

/** float32 inputs: few bits, so that doubling, halving and small steps of them are exact. */
const between = (min: number, max: number): fc.Arbitrary<number> =>
  fc.float({ min: Math.fround(min), max: Math.fround(max), noNaN: true });

/** At most 25 deviations from the money: beyond, values near the smallest doubles scale no more exactly. */
const option = fc.record({
  underlier: fc.constantFrom('spot' as const, 'forward' as const),
  type: fc.constantFrom('call' as const, 'put' as const),
  underlying: between(50, 200),
  strike: between(50, 200),
  years: between(0.05, 3),
  volatility: between(0.25, 1.5),
  rate: between(-0.05, 0.1),
  dividend: between(-0.05, 0.1),
});
type Option = Row;

function inputsOf({ underlier, underlying, dividend, ...shared }: Option): OptionColumns {
  return underlier === 'spot'
    ? { ...shared, spot: underlying, dividend }
    : { ...shared, forward: underlying };
}

function evaluate(row: Option): Columns<3> {
  return core.evaluate(inputsOf(row), 3);
}

/** What rounding may do to a price: the bar of the exactness tests. */
function slackOf(row: Option): number {
  const { sensitivity, D } = valueInDoubleDouble(row);
  return 4 * EPSILON * (1 + D * D) * sensitivity.price.terms;
}

function growthOf({ underlier, years, rate, dividend }: Option): number {
  return Math.exp(-(underlier === 'spot' ? dividend : rate) * years);
}

describe('identities', () => {
  it('call - put = underlying x growth - strike x discount', () => {
    fc.assert(
      fc.property(option, (row) => {
        const call = { ...row, type: 'call' as const };
        const put = { ...row, type: 'put' as const };
        const difference = evaluate(call).price[0] - evaluate(put).price[0];
        const parity = row.underlying * growthOf(row) - row.strike * Math.exp(-row.rate * row.years);
        expect(Math.abs(difference - parity)).toBeLessThanOrEqual(slackOf(call) + slackOf(put));
      }),
      { seed: 1 },
    );
  });

  it('delta of call - delta of put = growth', () => {
    fc.assert(
      fc.property(option, (row) => {
        const call = evaluate({ ...row, type: 'call' }).delta[0];
        const put = evaluate({ ...row, type: 'put' }).delta[0];
        const { D } = valueInDoubleDouble(row);
        expect(Math.abs(call - put - growthOf(row))).toBeLessThanOrEqual(
          4 * EPSILON * (1 + D * D) * growthOf(row),
        );
      }),
      { seed: 2 },
    );
  });

  it('gamma and vega of a call and a put are the same doubles', () => {
    fc.assert(
      fc.property(option, (row) => {
        const call = evaluate({ ...row, type: 'call' });
        const put = evaluate({ ...row, type: 'put' });
        expect(call.gamma[0]).toBe(put.gamma[0]);
        expect(call.vega[0]).toBe(put.vega[0]);
      }),
      { seed: 3 },
    );
  });

  it('a call falls with its strike, a put rises', () => {
    fc.assert(
      fc.property(option, between(0.001, 20), (row, step) => {
        const higher = { ...row, strike: row.strike + step };
        const rise = evaluate(higher).price[0] - evaluate(row).price[0];
        const slack = slackOf(row) + slackOf(higher);
        expect(row.type === 'call' ? -rise : rise).toBeGreaterThanOrEqual(-slack);
      }),
      { seed: 4 },
    );
  });

  it('prices are convex in the strike', () => {
    fc.assert(
      fc.property(option, between(0.001, 20), (row, step) => {
        const [low, middle, high] = [-step, 0, step].map((shift) => ({ ...row, strike: row.strike + shift }));
        const butterfly = evaluate(low).price[0] - 2 * evaluate(middle).price[0] + evaluate(high).price[0];
        expect(butterfly).toBeGreaterThanOrEqual(-slackOf(low) - 2 * slackOf(middle) - slackOf(high));
      }),
      { seed: 5 },
    );
  });

  it('scaling underlying and strike by a power of two scales every column exactly', () => {
    // The power of the scale each sensitivity carries: a derivative in the underlying divides by it once.
    const POWER = { delta: 0, vanna: 0, charm: 0, gamma: -1, zomma: -1, color: -1, speed: -2 } as const;
    fc.assert(
      fc.property(option, fc.integer({ min: -24, max: 24 }), (row, exponent) => {
        const scale = 2 ** exponent;
        const base = evaluate(row);
        const scaled = evaluate({ ...row, underlying: row.underlying * scale, strike: row.strike * scale });
        for (const name of SENSITIVITIES) {
          const power = name in POWER ? POWER[name as keyof typeof POWER] : 1;
          expect(scaled[name][0], name).toBe(base[name][0] * scale ** power);
        }
      }),
      { seed: 6 },
    );
  });

  it('a spot row that yields its rate is a forward row, rho apart', () => {
    fc.assert(
      fc.property(option, (row) => {
        const spot = evaluate({ ...row, underlier: 'spot', dividend: row.rate });
        const forward = evaluate({ ...row, underlier: 'forward' });
        const exact = valueInDoubleDouble({ ...row, underlier: 'spot', dividend: row.rate });
        const bar = 8 * EPSILON * (1 + exact.D * exact.D);
        for (const name of SENSITIVITIES) {
          if (name === 'rho') continue;
          const slack = bar * exact.sensitivity[name].terms;
          expect(Math.abs(spot[name][0] - forward[name][0]), name).toBeLessThanOrEqual(slack);
        }
      }),
      { seed: 7 },
    );
  });

  it('every Greek is the slope of the exact value it derives from', () => {
    fc.assert(
      fc.property(option, fc.constantFrom('linear' as const, 'inverse' as const), (row, settlement) => {
        fc.pre(Math.abs(row.rate) > 1e-4);
        const computed = core.evaluate({ ...inputsOf(row), settlement }, 3);
        const { sensitivity, D } = valueInDoubleDouble(row, { settlement });
        for (const derivative of DERIVATIVES) {
          const slope = slopeOf(row, derivative, { settlement });
          const slack =
            sensitivity[derivative.name].terms * (1e-10 + 5 * EPSILON * (1 + D * D)) + slope.noise;
          const error = Math.abs(computed[derivative.name][0] - slope.value);
          expect(error, derivative.name).toBeLessThanOrEqual(slack);
        }
      }),
      { seed: 8, numRuns: 50 },
    );
  });
});
