/**
 * Exponential, logarithm and normal distribution of one number, for what is not worth lanes: functions of their own,
 * so that the kernels of exp.ts, log.ts and tail.ts stand once for all who call.
 */
import { both, low } from '../lanes/f64x2';
import { expX2 } from './exp';
import { logRatioX2 } from './log';
import { bellX2, tailX2 } from './tail';

/**
 * No number of a hedge problem is larger: products of five of them, which a proof sums, stay far inside the range of
 * doubles.
 */
export const LARGEST: f64 = 1e30;

/** exp(x), as `expX2`. */
export function exp(x: f64): f64 {
  return low(expX2(both(x)));
}

/** ln(u/v) of positive numbers, as `logRatioX2`. */
export function logRatio(u: f64, v: f64): f64 {
  return low(logRatioX2(both(u), both(v)));
}

/** ln(x) of a positive number. */
// @ts-ignore: decorator
@inline
export function log(x: f64): f64 {
  return logRatio(x, 1);
}

/** exp(-x^2/2), as `bellX2`. */
export function bell(x: f64): f64 {
  return low(bellX2(both(x)));
}

/** The normal distribution, N(x). */
export function normal(x: f64): f64 {
  const size = abs(x);
  const tail = low(tailX2(both(size), both(bell(size))));
  return x > 0 ? 1 - tail : tail;
}
