/** One number at a time, as calls: for code that is seldom run, where size counts more than time. */
import { both, low } from '../lanes/f64x2';
import { expX2 } from './exp';
import { logRatioX2 } from './log';
import { bellX2, tailX2 } from './tail';

/** exp(x). */
export function exponential(x: f64): f64 {
  return low(expX2(both(x)));
}

/** ln(u/v). */
export function logRatio(u: f64, v: f64): f64 {
  return low(logRatioX2(both(u), both(v)));
}

/** exp(-x^2/2). */
export function bell(x: f64): f64 {
  return low(bellX2(both(x)));
}

/** The normal distribution, N(d). */
export function normal(d: f64): f64 {
  const size = abs(d);
  const tail = low(tailX2(both(size), both(bell(size))));
  return d > 0 ? 1 - tail : tail;
}
