/**
 * One number at a time: the core's logarithm and exponential, and a cube root, for what is drawn or decided once a
 * tick. The host's own differ between engines. Not inlined: size counts here, not speed.
 */
import { both, low } from '../lanes/f64x2';
import { expX2 } from '../math/exp';
import { logRatioX2 } from '../math/log';

/** exp(x). */
export function exp(x: f64): f64 {
  return low(expX2(both(x)));
}

/** ln(a/b) of positive numbers. */
export function logRatio(a: f64, b: f64): f64 {
  return low(logRatioX2(both(a), both(b)));
}

/** Cube root of a number of at least 0: exp(ln(x)/3), then one step of Newton's. */
export function cubeRoot(x: f64): f64 {
  if (!(x > 0)) return 0;
  const root = exp(logRatio(x, 1) / 3);
  return root - (root - x / (root * root)) / 3;
}
