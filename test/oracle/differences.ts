import { subtract } from './double-double.js';
import { valueInDoubleDouble, type Contract, type Row, type Sensitivity } from './greeks.js';

/** A sensitivity as the derivative of another: `sign` times the slope of `of` in the input `by`. */
export interface Derivative {
  readonly name: Sensitivity;
  readonly of: Sensitivity;
  readonly by: 'underlying' | 'volatility' | 'years' | 'rate';
  readonly sign: 1 | -1;
}

/** Every sensitivity but the price. Calendar time runs against years to expiry. */
export const DERIVATIVES: readonly Derivative[] = [
  { name: 'delta', of: 'price', by: 'underlying', sign: 1 },
  { name: 'gamma', of: 'delta', by: 'underlying', sign: 1 },
  { name: 'vega', of: 'price', by: 'volatility', sign: 1 },
  { name: 'theta', of: 'price', by: 'years', sign: -1 },
  { name: 'rho', of: 'price', by: 'rate', sign: 1 },
  { name: 'vanna', of: 'delta', by: 'volatility', sign: 1 },
  { name: 'volga', of: 'vega', by: 'volatility', sign: 1 },
  { name: 'charm', of: 'delta', by: 'years', sign: -1 },
  { name: 'speed', of: 'gamma', by: 'underlying', sign: 1 },
  { name: 'zomma', of: 'gamma', by: 'volatility', sign: 1 },
  { name: 'color', of: 'gamma', by: 'years', sign: -1 },
];

export interface Slope {
  readonly value: number;
  /** What the oracle's own 31 digits leave uncertain: it matters where a whole hides a tiny slope. */
  readonly noise: number;
}

/**
 * The derivative from oracle values at +-h and +-2h, h = 2^-20 of the input, extrapolated: its error is of the order
 * h^4. The input must have few bits (a float32 does), so that its steps are doubles.
 */
export function slopeOf(row: Row, { of, by, sign }: Derivative, contract: Contract = {}): Slope {
  const h = row[by] * 2 ** -20;
  const at = (steps: number) =>
    valueInDoubleDouble({ ...row, [by]: row[by] + steps * h }, contract).sensitivity[of];
  const ahead = at(1);
  const near = subtract(ahead.value, at(-1).value);
  const far = subtract(at(2).value, at(-2).value);
  return {
    value: (sign * (8 * near.high - far.high + (8 * near.low - far.low))) / (12 * h),
    noise: Math.abs((ahead.terms * 1e-30) / h),
  };
}
