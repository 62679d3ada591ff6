/**
 * Is there calendar arbitrage between neighbouring expiries? There is none where total variance does not fall with time
 * at any k = ln(K/F) (Gatheral and Jacquier 2014, lemma 2.1).
 *
 * The gain from one slice to the next is looked at evenly over the strikes that either quotes, and over all k on grids
 * centre + scale sinh(t) about either slice; its lowest valleys are followed to their bottom.
 */
import { OK, Report, reportOf, Smile } from './smile';
import { Slice, variance } from './svi';

const EVEN: i32 = 200;
const REACH: i32 = 130;
/** exp of the step in t, 0.1. */
const STEP: f64 = 1.1051709180756477;
const NARROWINGS: i32 = 40;
/** Variance is free of arbitrage down to the rounding of its sums. */
const ROUNDING: f64 = 1e-13;

let least: f64 = 0;
let leastAt: f64 = 0;

// @ts-ignore: decorator
@inline
function gain(near: Slice, far: Slice, k: f64): f64 {
  return variance(far, k) - variance(near, k);
}

function look(near: Slice, far: Slice, k: f64): void {
  const value = gain(near, far, k);
  if (value < least) {
    least = value;
    leastAt = k;
  }
}

/** Follows the lowest point so far to the bottom of its valley, within [from, to]. */
function settle(near: Slice, far: Slice, from: f64, to: f64): void {
  for (let i = 0; i < NARROWINGS; i++) {
    const third = (to - from) / 3;
    if (gain(near, far, from + third) < gain(near, far, to - third)) to -= third;
    else from += third;
  }
  look(near, far, 0.5 * (from + to));
}

function sweep(near: Slice, far: Slice, centre: f64, scale: f64): void {
  let e: f64 = 1;
  for (let i = 0; i < REACH; i++) {
    const reach = 0.5 * scale * (e - 1 / e);
    look(near, far, centre + reach);
    look(near, far, centre - reach);
    e *= STEP;
  }
}

function compare(report: Report, near: Report): void {
  const early = changetype<Slice>(changetype<usize>(near));
  const late = changetype<Slice>(changetype<usize>(report));
  const from = Math.min(near.leftmost, report.leftmost);
  const to = Math.max(near.rightmost, report.rightmost);
  const gap = (to - from) / <f64>EVEN;
  least = Infinity;
  leastAt = from;
  for (let i = 0; i <= EVEN; i++) look(early, late, from + gap * <f64>i);
  settle(early, late, Math.max(from, leastAt - gap), Math.min(to, leastAt + gap));
  report.leastCalendar = least;
  report.leastCalendarAt = leastAt;
  sweep(early, late, early.m, early.sigma);
  sweep(early, late, late.m, late.sigma);
  const width = Math.max(gap, 0.2 * Math.abs(leastAt - late.m));
  settle(early, late, leastAt - width, leastAt + width);
  report.isCalendarFree = least >= -ROUNDING ? 1 : 0;
}

/** Compares every slice with the one before that there is. @param surface - 1 for the slices of the surface */
export function checkCalendar(smile: Smile, surface: i32): void {
  let before: Report | null = null;
  for (let expiry = 0; expiry < smile.expiries; expiry++) {
    const report = reportOf(smile, expiry, surface);
    if (report.status != OK) continue;
    if (before) compare(report, before);
    before = report;
  }
}
