import { subtract, type DoubleDouble } from './double-double.js';
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

/**
 * The derivative from oracle values at +-h and +-2h, h = 2^-20 of the input, extrapolated: its error is of the order
 * h^4. The input must have few bits (a float32 does), so that its steps are doubles.
 */
export function slopeOf(row: Row, { of, by, sign }: Derivative, contract: Contract = {}): number {
  const h = row[by] * 2 ** -20;
  const at = (steps: number): DoubleDouble =>
    valueInDoubleDouble({ ...row, [by]: row[by] + steps * h }, contract).sensitivity[of].value;
  const near = subtract(at(1), at(-1));
  const far = subtract(at(2), at(-2));
  return (sign * (8 * near.high - far.high + (8 * near.low - far.low))) / (12 * h);
}
