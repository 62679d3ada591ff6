/**
 * Exponential and logarithm of one number, for what is not worth lanes: functions of their own, so that the kernels of
 * exp.ts and log.ts stand once for all who call.
 */
import { both, low } from '../lanes/f64x2';
import { expX2 } from './exp';
import { logRatioX2 } from './log';

/** exp(x), as `expX2`. */
export function exp(x: f64): f64 {
  return low(expX2(both(x)));
}

/** ln(u/v) of positive numbers, as `logRatioX2`. */
export function logRatio(u: f64, v: f64): f64 {
  return low(logRatioX2(both(u), both(v)));
}
