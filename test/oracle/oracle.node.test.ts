import type { Decimal } from 'decimal.js';
import { describe, expect, it } from 'vitest';
import { decimalArithmetic, exactly, millsRatio as millsInDecimal } from './decimal.js';
import { DERIVATIVES, slopeOf } from './differences.js';
import { doubleDoubleArithmetic, millsRatio, multiply, type DoubleDouble } from './double-double.js';
import { SENSITIVITIES, valueInDecimal, valueInDoubleDouble, type Contract, type Row } from './greeks.js';
import { impliedVolatility } from './implied.js';
import { drawFrom, normalRowOf, REGIMES, rowsOf } from './regimes.js';

/** |double-double - decimal| / scale. */
function distance(approximation: DoubleDouble, exact: Decimal, scale: Decimal | number): number {
  return exactly(approximation.high)
    .plus(exactly(approximation.low))
    .minus(exact)
    .div(scale)
    .abs()
    .toNumber();
}

const CONTRACTS: Contract[] = (['lognormal', 'normal'] as const).flatMap((model) =>
  (['vanilla', 'digital'] as const).flatMap((payoff) =>
    (['linear', 'inverse'] as const).map((settlement) => ({ model, payoff, settlement })),
  ),
);
const UNDERLIERS = ['spot', 'forward'] as const;

const fitTo = (row: Row, { model }: Contract): Row => (model === 'normal' ? normalRowOf(row) : row);

describe('double-double functions against 100 digits', () => {
  const draw = drawFrom(11);
  const sample = (low: number, high: number): number[] =>
    Array.from({ length: 200 }, () => draw.between(low, high));

  it('exp over [-700, 20]', () => {
    for (const x of sample(-620, 20)) {
      const exact = exactly(x).exp();
      expect(distance(doubleDoubleArithmetic.exp({ high: x, low: 0 }), exact, exact)).toBeLessThan(1e-30);
    }
  });

  it('ln(a / b), near 1 relative to itself', () => {
    for (const a of [
      ...sample(0.999, 1.001),
      ...sample(1e-12, 1e-9),
      ...sample(0.5, 2),
      ...sample(1e9, 1e12),
    ]) {
      const exact = decimalArithmetic.logRatio(a, 1.0000000001);
      const found = doubleDoubleArithmetic.logRatio(a, 1.0000000001);
      expect(distance(found, exact, exact)).toBeLessThan(1e-30);
    }
  });

  it('Mills ratio over [0, 45]', () => {
    for (const x of [0, 1 / 16, 4, 12, 39.95, ...sample(0, 45)]) {
      const exact = millsInDecimal(x);
      expect(distance(millsRatio({ high: x, low: 0 }), exact, exact)).toBeLessThan(1e-30);
    }
  });

  it('density and both tails over [-35, 35]', () => {
    for (const x of sample(-35, 35)) {
      const exact = decimalArithmetic.normal(exactly(x));
      const found = doubleDoubleArithmetic.normal({ high: x, low: 0 });
      for (const part of ['density', 'below', 'above'] as const) {
        expect(distance(found[part], exact[part], exact[part])).toBeLessThan(1e-30);
      }
    }
  });
});

describe('the two continued values of the 100-digit tail', () => {
  it('series and continued fraction meet where one hands over to the other', () => {
    // M' = x M - 1: a Taylor step of the series' side must land on the fraction's side.
    const below = 12 - 2 ** -40;
    const h = exactly(2 ** -40);
    const at = millsInDecimal(below);
    let [older, newer] = [at, at.times(exactly(below)).minus(1)];
    let sum = at.plus(newer.times(h));
    let power = h;
    for (let n = 1; n <= 8; n++) {
      const next = newer.times(exactly(below)).plus(older.times(n));
      [older, newer] = [newer, next];
      power = power.times(h).div(n + 1);
      sum = sum.plus(next.times(power));
    }
    expect(sum.minus(millsInDecimal(12)).div(sum).abs().toNumber()).toBeLessThan(1e-60);
  });
});

describe('double-double Greeks against 100 digits, relative to the terms', () => {
  it.each(REGIMES)('%s', (regime) => {
    for (const underlier of UNDERLIERS) {
      for (const contract of CONTRACTS) {
        for (const plain of rowsOf(regime, 2, 5, underlier)) {
          const row = fitTo(plain, contract);
          const exact = valueInDecimal(row, contract);
          const found = valueInDoubleDouble(row, contract);
          expect(found.D).toBeCloseTo(exact.D, 12);
          for (const name of SENSITIVITIES) {
            const { value, terms } = exact.sensitivity[name];
            const error = distance(found.sensitivity[name].value, value, terms);
            expect(error, `${name} of ${JSON.stringify({ ...row, ...contract })}`).toBeLessThan(5e-30);
          }
        }
      }
    }
  });
});

describe('every Greek is the derivative it is named for', () => {
  const cases = UNDERLIERS.flatMap((underlier) => CONTRACTS.map((contract) => ({ underlier, ...contract })));
  it.each(cases)('$underlier $model $payoff $settlement', ({ underlier, ...contract }) => {
    for (const type of ['call', 'put'] as const) {
      // Inputs of few bits, so that x (1 + k 2^-20) is a double and the step is exact.
      const row: Row = {
        type,
        underlier,
        underlying: 104,
        strike: 97,
        years: 0.75,
        volatility: contract.model === 'normal' ? 40 : 0.375,
        rate: 0.0625,
        dividend: 0.03125,
      };
      for (const derivative of DERIVATIVES) {
        const slope = slopeOf(row, derivative, contract);
        const { value, terms } = valueInDoubleDouble(row, contract).sensitivity[derivative.name];
        expect(Math.abs(slope.value - value.high) / terms, `${type} ${derivative.name}`).toBeLessThan(1e-13);
      }
    }
  });
});

describe('implied volatility', () => {
  it.each(REGIMES)(
    '%s: the volatility of a rounded price is off by no more than the rounding allows',
    (regime) => {
      let solved = 0;
      for (const settlement of ['linear', 'inverse'] as const) {
        for (const row of rowsOf(regime, 100, 21, 'forward')) {
          const price = valueInDoubleDouble(row, { settlement }).sensitivity.price.value.high;
          const implied = impliedVolatility({ ...row, price, settlement });
          if (!implied || implied.conditioning > 1e12) continue;
          solved++;
          // The quote is the rounded price of row.volatility: half an ulp of price apart, times the conditioning.
          const apart = Math.abs(implied.volatility.high - row.volatility) / row.volatility;
          expect(apart).toBeLessThanOrEqual((1 + implied.conditioning) * 2 ** -52);
        }
      }
      expect(solved).toBeGreaterThan(80);
    },
  );

  it('the price of the volatility found is the quote', () => {
    const quote = {
      type: 'put',
      underlier: 'forward',
      underlying: 104,
      strike: 97,
      years: 0.75,
      rate: 0.0625,
      dividend: 0,
      price: 9.3125,
    } as const;
    const { volatility } = impliedVolatility(quote)!;
    const exact = exactly(volatility.high).plus(exactly(volatility.low));
    // One decimal Newton step at the double nearest the solution, by the independent oracle.
    const at = valueInDecimal({ ...quote, volatility: volatility.high }).sensitivity;
    const step = exactly(quote.price).minus(at.price.value).div(at.vega.value);
    const volga = at.volga.value.times(step).times(step).div(at.vega.value).div(2);
    const expected = exactly(volatility.high).plus(step).minus(volga);
    expect(expected.minus(exact).abs().toNumber()).toBeLessThan(1e-30);
  });

  it.each([
    ['below intrinsic', 6.9],
    ['at the maximum', 104],
    ['worthless', 0],
  ])('none %s', (_, price) => {
    const quote = {
      type: 'call',
      underlier: 'forward',
      underlying: 104,
      strike: 97,
      years: 1,
      rate: 0,
      dividend: 0,
    } as const;
    expect(impliedVolatility({ ...quote, price })).toBeUndefined();
  });

  it('normal model', () => {
    const row: Row = {
      type: 'call',
      underlier: 'forward',
      underlying: -0.25,
      strike: 0.5,
      years: 0.5,
      volatility: 1.5,
      rate: 0.03125,
      dividend: 0,
    };
    const { price, vega } = valueInDoubleDouble(row, { model: 'normal' }).sensitivity;
    const implied = impliedVolatility({ ...row, price: price.value.high, model: 'normal' })!;
    // The quote misses the low part of the price.
    const missing = multiply(price.value, { high: 1, low: 0 }).low / vega.value.high;
    expect(Math.abs(implied.volatility.high - 1.5 + implied.volatility.low + missing)).toBeLessThan(1e-30);
  });
});
