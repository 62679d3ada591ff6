/** Smiles at any strike and time: volatilities, and the risk-neutral density. */
import { add, both, div, greatest, madd, mul, read, sqrt, sub, write } from '../lanes/f64x2';
import { logRatioX2 } from '../math/log';
import { bellX2, DENSITY_AT_ZERO } from '../math/tail';
import { OK, Report, reportOf, Smile, expiryColumn, YEARS } from './smile';
import { durrlemanX2, LEAST_VARIANCE, Slice, varianceX2 } from './svi';

// The slices on either side of a time and their weights, as the last `bracket` found.
let near: Slice | null = null;
let far: Slice | null = null;
let nearWeight: f64 = 0;
let farWeight: f64 = 0;

/**
 * Total variance is linear in time between slices at every k, which keeps the order of the two; before the first and
 * beyond the last volatility is constant. An expiry without a slice takes it from its neighbours.
 */
function bracket(smile: Smile, years: f64, surface: i32): bool {
  near = null;
  far = null;
  let from: f64 = 0;
  let to: f64 = 0;
  for (let expiry = 0; expiry < smile.expiries; expiry++) {
    const report = reportOf(smile, expiry, surface);
    if (report.status != OK) continue;
    const time = load<f64>(expiryColumn(smile, YEARS) + ((<usize>expiry) << 3));
    if (time <= years) {
      near = changetype<Slice>(changetype<usize>(report));
      from = time;
    } else if (!far) {
      far = changetype<Slice>(changetype<usize>(report));
      to = time;
    }
  }
  if (!near && !far) return false;
  if (!near) near = far;
  if (!far) far = near;
  if (from == 0) {
    nearWeight = 0;
    farWeight = years / to;
  } else if (to == 0) {
    nearWeight = years / from;
    farWeight = 0;
  } else {
    farWeight = (years - from) / (to - from);
    nearWeight = 1 - farWeight;
  }
  return true;
}

/**
 * Volatilities at strikes, in lanes: an even number of them, the last perhaps for nothing.
 * @param years - any time to expiry; NaN comes out where it is not above 0 or there is no slice at all
 * @param forward - the forward of that time
 */
export function smileVolatility(
  at: usize,
  surface: i32,
  years: f64,
  forward: f64,
  strikeAt: usize,
  volatilityAt: usize,
  rows: i32,
): void {
  const hasSlices = bracket(changetype<Smile>(at), years, surface) && years > 0;
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    if (!hasSlices) {
      write(volatilityAt + i, both(NaN));
      continue;
    }
    const k = logRatioX2(read(strikeAt + i), both(forward));
    const w = madd(varianceX2(near!, k), both(nearWeight), mul(varianceX2(far!, k), both(farWeight)));
    write(volatilityAt + i, sqrt(div(greatest(w, both(LEAST_VARIANCE)), both(years))));
  }
}

/**
 * The risk-neutral density of the underlying at strikes, per unit of quote currency, in lanes as above:
 *
 *     p(K) = g(k) exp(-d2^2/2) / (K sqrt(2 pi w)),  d2 = -k/sqrt(w) - sqrt(w)/2
 *
 * (Gatheral and Jacquier 2014, section 2.2), the second derivative of the undiscounted call in its strike.
 */
export function smileDensity(
  at: usize,
  surface: i32,
  expiry: i32,
  forward: f64,
  strikeAt: usize,
  densityAt: usize,
  rows: i32,
): void {
  const report: Report = reportOf(changetype<Smile>(at), expiry, surface);
  const slice = changetype<Slice>(changetype<usize>(report));
  const square = both(slice.sigma * slice.sigma);
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const strike = read(strikeAt + i);
    const k = logRatioX2(strike, both(forward));
    const x = sub(k, both(slice.m));
    const z = sqrt(madd(x, x, square));
    const w = greatest(varianceX2(slice, k), both(LEAST_VARIANCE));
    const w1 = mul(both(slice.b), add(both(slice.rho), div(x, z)));
    const w2 = div(mul(both(slice.b), square), mul(mul(z, z), z));
    const s = sqrt(w);
    const d2 = madd(both(0.5), s, div(k, s));
    const bell = mul(both(DENSITY_AT_ZERO), bellX2(d2));
    const density = div(mul(durrlemanX2(k, w, w1, w2), bell), mul(strike, s));
    write(densityAt + i, report.status == OK ? density : both(NaN));
  }
}
