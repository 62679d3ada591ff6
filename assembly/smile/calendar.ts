/**
 * Is there calendar arbitrage between neighbouring expiries? There is none where total variance does not fall with time
 * at any k = ln(K/F) (Gatheral and Jacquier 2014, lemma 2.1).
 *
 * The gain from one slice to the next is looked at evenly over the strikes that either quotes, and, relative to the
 * first, over all k on grids centre + scale sinh(t) about the money and either slice; every valley is followed to its
 * bottom. Far out it tends to that of the wings' slopes.
 */
import { OK, Report, reportOf, Smile } from './smile';
import { Slice, variance } from './svi';

const EVEN: i32 = 200;
const REACH: i32 = 130;
/** exp of the step in t, 0.1. */
const STEP: f64 = 1.1051709180756477;
const NARROWINGS: i32 = 40;
/** Slices are apart down to the rounding of their sums. */
const ROUNDING: f64 = 1e-13;

let least: f64 = 0;
/** Where the last comparison found it. */
export let leastAt: f64 = 0;

/** Whether gains are relative to the variance of the slice before. */
let isRelative: bool = true;

/** What is gained from one slice to the next. */
// @ts-ignore: decorator
@inline
function gain(near: Slice, far: Slice, k: f64): f64 {
  const w = variance(near, k);
  return (variance(far, k) - w) / (isRelative ? w : 1);
}

function look(near: Slice, far: Slice, k: f64): void {
  const value = gain(near, far, k);
  if (value < least) {
    least = value;
    leastAt = k;
  }
}

/** Follows a valley to its bottom, within [from, to]. */
function settle(near: Slice, far: Slice, from: f64, to: f64): void {
  for (let i = 0; i < NARROWINGS; i++) {
    const third = (to - from) / 3;
    if (gain(near, far, from + third) < gain(near, far, to - third)) to -= third;
    else from += third;
  }
  look(near, far, 0.5 * (from + to));
}

/** Looks along k = centre + scale sinh(t), t of one sign, and follows every valley that shows between three places. */
function sweep(near: Slice, far: Slice, centre: f64, scale: f64): void {
  let e: f64 = 1;
  let before2 = centre;
  let before1 = centre;
  let gain2 = Infinity;
  let gain1 = Infinity;
  for (let i = 0; i < REACH; i++) {
    const k = centre + 0.5 * scale * (e - 1 / e);
    const value = gain(near, far, k);
    if (gain1 <= gain2 && gain1 <= value) settle(near, far, before2, k);
    if (value < least) {
      least = value;
      leastAt = k;
    }
    before2 = before1;
    before1 = k;
    gain2 = gain1;
    gain1 = value;
    e *= STEP;
  }
}

/** The least gain over [from, to]. */
function leastBetween(near: Slice, far: Slice, from: f64, to: f64): f64 {
  const gap = (to - from) / <f64>EVEN;
  least = Infinity;
  leastAt = from;
  for (let i = 0; i <= EVEN; i++) look(near, far, from + gap * <f64>i);
  settle(near, far, Math.max(from, leastAt - gap), Math.min(to, leastAt + gap));
  return least;
}

/** The gain of a wing at infinity: right is 1 or -1. */
// @ts-ignore: decorator
@inline
function lookFar(near: Slice, far: Slice, right: f64): void {
  const slope = near.b * (1 + right * near.rho);
  const value = (far.b * (1 + right * far.rho) - slope) / Math.max(1e-12, slope);
  if (value < least) {
    least = value;
    leastAt = right * Infinity;
  }
}

/** The least gain over all k, relative to the slice before; below 0 there is calendar arbitrage. */
export function leastGain(near: Slice, far: Slice): f64 {
  least = Infinity;
  leastAt = near.m;
  for (let side = -1; side <= 1; side += 2) {
    sweep(near, far, 0, <f64>side * near.sigma);
    sweep(near, far, near.m, <f64>side * near.sigma);
    sweep(near, far, far.m, <f64>side * far.sigma);
  }
  lookFar(near, far, -1);
  lookFar(near, far, 1);
  return least;
}

function compare(report: Report, near: Report): void {
  const early = changetype<Slice>(changetype<usize>(near));
  const late = changetype<Slice>(changetype<usize>(report));
  const from = Math.min(near.leftmost, report.leftmost);
  const to = Math.max(near.rightmost, report.rightmost);
  isRelative = false;
  report.leastCalendar = leastBetween(early, late, from, to);
  report.leastCalendarAt = leastAt;
  isRelative = true;
  report.leastGain = leastGain(early, late);
  report.leastGainAt = leastAt;
  report.isCalendarFree = report.leastGain >= -ROUNDING ? 1 : 0;
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
