/**
 * Is a slice free of butterfly arbitrage? The least value of Durrleman's g over all k.
 *
 * In l = (k - m)/sigma a slice is b sigma N(l) with N = alpha + rho l + sqrt(l^2 + 1), and g varies on two scales: 1
 * about l = 0, and, where the least variance is small, the width of the valley of N about its lowest point. So g is
 * looked at on two grids, l = centre + scale sinh(t), each as fine at its centre as it reaches far out, and every
 * valley of g between grid points is followed to its bottom. Beyond the grids g tends to (1 - b^2 (1 +- rho)^2/4)/4,
 * which is positive under Lee's bound b (1 + |rho|) < 2 (Lee 2004).
 */
import {
  add,
  any,
  both,
  div,
  lessThan,
  madd,
  mul,
  greatest,
  low,
  high,
  pair,
  sqrt,
  sub,
} from '../lanes/f64x2';
import { durrleman, durrlemanX2, LEAST_VARIANCE, Slice } from './svi';

/** Pairs of grid points on either side of the centre. */
const PAIRS: i32 = 120;
/** exp of the step in t, 0.06; sinh(120 x 2 x 0.06) is 9e5. */
const STEP: f64 = 1.0618365465453596;
/** Lowering a valley to its bottom: thirds of the interval, to 1e-6 of a step. */
const NARROWINGS: i32 = 34;

/** Where g is least, as the last `leastDurrleman` found. */
export let leastAt: f64 = 0;

let least: f64 = 0;

function followValley(slice: Slice, from: f64, to: f64): void {
  for (let i = 0; i < NARROWINGS; i++) {
    const third = (to - from) / 3;
    if (durrleman(slice, from + third) < durrleman(slice, to - third)) to -= third;
    else from += third;
  }
  const k = 0.5 * (from + to);
  const g = durrleman(slice, k);
  if (g < least) {
    least = g;
    leastAt = k;
  }
}

/** Looks along k = centre + scale sinh(t), t of one sign. */
function sweep(slice: Slice, centre: f64, scale: f64): void {
  const square = both(slice.sigma * slice.sigma);
  const growth = both(STEP * STEP);
  let e = pair(1, STEP);
  let before2 = centre;
  let before1 = centre;
  let g2 = Infinity;
  let g1 = Infinity;
  for (let i = 0; i < PAIRS; i++) {
    const sinh = mul(both(0.5), sub(e, div(both(1), e)));
    const k = madd(both(scale), sinh, both(centre));
    const x = sub(k, both(slice.m));
    const root = sqrt(madd(x, x, square));
    const w = greatest(
      both(LEAST_VARIANCE),
      madd(both(slice.b), madd(both(slice.rho), x, root), both(slice.a)),
    );
    const w1 = mul(both(slice.b), add(both(slice.rho), div(x, root)));
    const w2 = div(mul(both(slice.b), square), mul(mul(root, root), root));
    const g = durrlemanX2(k, w, w1, w2);
    // a valley shows where the middle one of three is the lowest; one that may dip under the least so far is followed
    if (any(lessThan(g, both(1))) || g1 < 1) {
      if (g1 <= g2 && g1 <= low(g)) followValley(slice, before2, low(k));
      if (low(g) <= g1 && low(g) <= high(g)) followValley(slice, before1, high(k));
    }
    if (low(g) < least) {
      least = low(g);
      leastAt = low(k);
    }
    if (high(g) < least) {
      least = high(g);
      leastAt = high(k);
    }
    before2 = low(k);
    before1 = high(k);
    g2 = low(g);
    g1 = high(g);
    e = mul(e, growth);
  }
}

/** The least g of a slice over all k; `leastAt` says where. */
export function leastDurrleman(slice: Slice): f64 {
  leastAt = slice.m;
  least = durrleman(slice, slice.m);
  sweep(slice, slice.m, slice.sigma);
  sweep(slice, slice.m, -slice.sigma);
  const cosine = Math.sqrt(Math.max(0, 1 - slice.rho * slice.rho));
  const lowest = slice.a + slice.b * slice.sigma * cosine;
  if (slice.b > 0 && cosine > 1e-3 && lowest < 0.5 * slice.b * slice.sigma) {
    // N'' = cosine^3 at its lowest point
    const scale =
      slice.sigma *
      Math.sqrt(Math.max(1e-8, (2 * lowest) / (slice.b * slice.sigma * cosine * cosine * cosine)));
    const centre = slice.m - (slice.sigma * slice.rho) / cosine;
    sweep(slice, centre, scale);
    sweep(slice, centre, -scale);
  }
  return least;
}

/** No butterfly arbitrage: g >= 0 everywhere, wings within Lee's bound, no negative variance. */
export function isFree(slice: Slice): bool {
  const cosine = Math.sqrt(Math.max(0, 1 - slice.rho * slice.rho));
  return (
    slice.b >= 0 &&
    slice.b * (1 + Math.abs(slice.rho)) < 2 &&
    slice.a + slice.b * slice.sigma * cosine >= 0 &&
    leastDurrleman(slice) >= 0
  );
}
