/** The risk-neutral distribution of the underlying at an expiry. */
import { bell, logRatio, normal } from '../math/scalar';
import { DENSITY_AT_ZERO } from '../math/tail';
import { OK, reportOf, Smile } from './smile';
import { Slice, slope, variance } from './svi';

/**
 * The probability that the underlying ends below strikes,
 *
 *     P(S < K) = N(-d2) + density(d2) d sqrt(w)/dk,  d2 = -k/sqrt(w) - sqrt(w)/2
 *
 * the undiscounted digital put: the derivative of the put in its strike, along the smile (Breeden and Litzenberger
 * 1978). NaN where the expiry has no slice.
 */
export function smileDistribution(
  at: usize,
  surface: i32,
  expiry: i32,
  forward: f64,
  strikeAt: usize,
  probabilityAt: usize,
  rows: i32,
): void {
  const report = reportOf(changetype<Smile>(at), expiry, surface);
  const slice = changetype<Slice>(changetype<usize>(report));
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 8) {
    const k = logRatio(load<f64>(strikeAt + i), forward);
    const s = Math.sqrt(variance(slice, k));
    // -d2
    const d = k / s + 0.5 * s;
    const tilt = (0.5 * DENSITY_AT_ZERO * bell(d) * slope(slice, k)) / s;
    store<f64>(probabilityAt + i, report.status == OK ? normal(d) + tilt : NaN);
  }
}
