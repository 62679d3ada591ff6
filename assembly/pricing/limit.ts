/**
 * One row by the letter of its limits: where volatility sqrt(T) = 0, or where the input is no option at all. Rare, so
 * scalar; the kernels call it for the rows that their lanes cannot do.
 */
import { low, both } from '../lanes/f64x2';
import { DENSITY_AT_ZERO } from '../math/tail';
import { logRatioX2 } from '../math/log';
import { expX2 } from '../math/exp';
import {
  CHARM,
  COLOR,
  DELTA,
  GAMMA,
  PRICE,
  RHO,
  SPEED,
  THETA,
  VANNA,
  VEGA,
  VOLGA,
  ZOMMA,
} from './sensitivity';

/** Twelve results, in the order of sensitivity.ts. */
export const limitAt: usize = memory.data(12 * 8, 16);

// @ts-ignore: decorator
@inline
function set(sensitivity: usize, value: f64): void {
  store<f64>(limitAt + (sensitivity << 3), value);
}

/**
 * Fills the row at `limitAt`: all NaN for bad input (and where the numbers leave the range of doubles), else the limit
 * of each sensitivity as volatility sqrt(T) falls to 0, NaN where it has none.
 *
 * The option is then a forward contract in the money and nothing out of it. At the money (A = B) it is half of each:
 * the one-sided delta is half its jump, gamma and what contains it grow without bound.
 * @param sign 1 call, -1 put, anything else bad input
 * @param dividend the rate itself where `under` is a forward
 */
export function limit(
  sign: f64,
  under: f64,
  strike: f64,
  years: f64,
  volatility: f64,
  rate: f64,
  dividend: f64,
  forward: bool,
): void {
  const fine =
    abs(sign) == 1 &&
    under > 0 &&
    under < Infinity &&
    strike > 0 &&
    strike < Infinity &&
    years >= 0 &&
    years < Infinity &&
    volatility >= 0 &&
    volatility < Infinity &&
    abs(rate) < Infinity &&
    abs(dividend) < Infinity &&
    volatility * sqrt(years) == 0;
  if (!fine) {
    for (let i = PRICE; i <= COLOR; i++) set(i, NaN);
    return;
  }
  const yieldFactor = low(expX2(both(-dividend * years)));
  const a = under * yieldFactor;
  const b = strike * low(expX2(both(-rate * years)));
  const carry = rate - dividend;
  const x = low(logRatioX2(both(under), both(strike))) + carry * years;
  const atTheMoney = x == 0;
  const holds: f64 = atTheMoney ? 0.5 : sign * x > 0 ? 1 : 0;
  const price = atTheMoney ? 0 : holds * sign * (a - b);
  set(PRICE, price);
  set(DELTA, holds * sign * yieldFactor);
  set(GAMMA, atTheMoney ? NaN : 0);
  set(VEGA, atTheMoney ? a * DENSITY_AT_ZERO * sqrt(years) : 0);
  // at the money and at expiry the decay has no bound; before it, it falls with the volatility
  set(THETA, atTheMoney && years == 0 ? NaN : holds * sign * (dividend * a - rate * b));
  set(RHO, forward ? -years * price : holds * sign * years * b);
  set(VANNA, atTheMoney ? 0.5 * yieldFactor * DENSITY_AT_ZERO * sqrt(years) : 0);
  set(VOLGA, 0);
  set(CHARM, atTheMoney && (years == 0 || carry != 0) ? NaN : holds * sign * dividend * yieldFactor);
  set(SPEED, atTheMoney ? NaN : 0);
  set(ZOMMA, atTheMoney ? NaN : 0);
  set(COLOR, atTheMoney ? NaN : 0);
}
