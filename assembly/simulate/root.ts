/** A cube root that is the same on every host. */
import { exp, logRatio } from '../math/scalar';

/** Cube root of a number of at least 0: exp(ln(x)/3), then one step of Newton's. */
export function cubeRoot(x: f64): f64 {
  if (!(x > 0)) return 0;
  const root = exp(logRatio(x, 1) / 3);
  return root - (root - x / (root * root)) / 3;
}
