/**
 * Jumps of a price from its returns. Realised variance sums squares, bipower variation products of neighbours:
 *
 *     RV = sum r(i)^2,   BV = pi/2 sum |r(i)| |r(i-1)|
 *
 * without jumps both tend to the integrated variance, with jumps RV alone takes them up, so that max(RV - BV, 0) is
 * what jumps add (Barndorff-Nielsen and Shephard 2004, Power and bipower variation with stochastic volatility and
 * jumps, Journal of Financial Econometrics 2). How often: a return beyond so many standard deviations of
 * the bipower variation before it is one (Mancini 2009, Non-parametric threshold estimation for models with stochastic
 * diffusion coefficient and jumps). Returns are taken per root year and weigh by their time, less the older they are.
 */
import { takeLarge } from '../memory/arena';
import { forecastDecay } from './har';

/** Doubles, in the order of the binding. */
@unmanaged
class Jumps {
  /** Weighted sums: of squares, of products of neighbours, of jumps per year. */
  squares: f64;
  products: f64;
  jumps: f64;
  /** The weight that no return has yet, and that no pair has. */
  left: f64;
  pairsLeft: f64;
  /** The last return's size per root year, and how many there were. */
  last: f64;
  returns: f64;
  lambda: f64;
  threshold: f64;
  /** What was asked for last: variance without jumps, jumps per year, their mean square. */
  variance: f64;
  rate: f64;
  square: f64;
}

const HALF_PI: f64 = 1.5707963267948966;
/** Fewer returns tell no variance by which one would stand out. */
const LEAST_RETURNS: f64 = 20;

/**
 * @param lambda what a day leaves of the weight of the days before it, in (0, 1)
 * @param threshold standard deviations, above 0
 * @returns the estimator, 0 where memory is exhausted
 */
export function jumpsCreate(lambda: f64, threshold: f64): usize {
  const at = takeLarge(offsetof<Jumps>());
  if (!at) return 0;
  const jumps = changetype<Jumps>(at);
  jumps.left = jumps.pairsLeft = 1;
  jumps.lambda = lambda;
  jumps.threshold = threshold;
  return at;
}

/** Takes a return of the log price over a time. */
export function jumpsUpdate(at: usize, change: f64, years: f64): void {
  const jumps = changetype<Jumps>(at);
  const size = Math.abs(change) / sqrt<f64>(years);
  const decay = forecastDecay(jumps.lambda, 365 * years);
  const weight = 1 - decay;
  const bipower = jumps.products / (1 - jumps.pairsLeft);
  const stands = jumps.returns >= LEAST_RETURNS && bipower > 0;
  const isJump = stands && size > jumps.threshold * sqrt<f64>(bipower);
  jumps.squares = decay * jumps.squares + weight * size * size;
  jumps.jumps = decay * jumps.jumps + (isJump ? weight / years : 0);
  jumps.left *= decay;
  if (jumps.returns > 0) {
    jumps.products = decay * jumps.products + weight * HALF_PI * size * jumps.last;
    jumps.pairsLeft *= decay;
  }
  jumps.last = size;
  jumps.returns += 1;
}

/**
 * Fills in what is asked for: variance without jumps per year, jumps per year, and their mean square, under which both
 * variances make up what was realised. Without a jump all of that is variance.
 */
export function jumpsForecast(at: usize): void {
  const jumps = changetype<Jumps>(at);
  jumps.variance = jumps.rate = jumps.square = 0;
  const seen = 1 - jumps.left;
  if (!(seen > 0)) return;
  jumps.variance = jumps.squares / seen;
  if (!(jumps.jumps > 0)) return;
  const bipower = Math.min(jumps.products / (1 - jumps.pairsLeft), jumps.variance);
  jumps.rate = jumps.jumps / seen;
  jumps.square = (jumps.variance - bipower) / jumps.rate;
  jumps.variance = bipower;
}
