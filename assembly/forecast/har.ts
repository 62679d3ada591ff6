/**
 * The heterogeneous autoregression of realised variance (Corsi 2009, A simple approximate long-memory model of realized
 * volatility, Journal of Financial Econometrics 7, equation 12):
 *
 *     RV(t) = b0 + b1 short(t) + b2 middle(t) + b3 long(t) + error
 *
 * where short, middle and long are means of RV over so many days before t. Least squares over the days kept, on centred
 * columns, by Cholesky. A one-day forecast outside what was seen becomes the mean of what was seen (the insanity filter
 * of Swanson and White 1997, as in Bollerslev, Patton and Quaedvlieg 2016); the recursion runs on for later days.
 */
import { exp, logRatio } from '../math/scalar';
import { takeLarge } from '../memory/arena';

/** Figures first, doubles, in the order of the binding. */
@unmanaged
class Har {
  /** Years gone of the day that is not over, and its squared returns. */
  elapsed: f64;
  squares: f64;
  /** Days that are over, since the start. */
  days: f64;
  /** b0, b1, b2, b3; the days at which they were fitted; the adjusted share of variance they explain, 0 for no fit. */
  b0: f64;
  b1: f64;
  b2: f64;
  b3: f64;
  fittedDays: f64;
  explained: f64;
  /** Of the days kept. */
  least: f64;
  most: f64;
  mean: f64;
  short: i32;
  middle: i32;
  long: i32;
  capacity: i32;
  // realised variance per year of the days kept, a ring; then as many of the recursion as the long window
}

const DAY: f64 = 1.0 / 365;
/** A day that lacks less than this part of it is over: steps of a day's fraction do not add up to the bit. */
const ROUNDING: f64 = 1e-9;
/** Least rows of a regression of four coefficients. */
const LEAST_ROWS: i32 = 20;

const RING: usize = (offsetof<Har>() + 7) & ~7;

/** lambda^days. @param lambda in (0, 1] */
export function forecastDecay(lambda: f64, days: f64): f64 {
  return exp(days * logRatio(lambda, 1));
}

/** Return of the log price. */
export function forecastReturn(from: f64, to: f64): f64 {
  return logRatio(to, from);
}

/** @returns a regression on windows of so many days, that keeps `capacity` days; 0 where memory is exhausted */
export function harCreate(short: i32, middle: i32, long: i32, capacity: i32): usize {
  const at = takeLarge(RING + 8 * (<u64>capacity + <u64>long));
  if (!at) return 0;
  const har = changetype<Har>(at);
  har.short = short;
  har.middle = middle;
  har.long = long;
  har.capacity = capacity;
  return at;
}

// @ts-ignore: decorator
@inline
function dayAt(har: Har, day: i32): usize {
  return changetype<usize>(har) + RING + ((<usize>(day % har.capacity)) << 3);
}

function endDay(har: Har): void {
  store<f64>(dayAt(har, <i32>har.days), har.squares / har.elapsed);
  har.days += 1;
  har.elapsed = 0;
  har.squares = 0;
}

/** Takes a return of the log price over a time. One over several days is spread evenly over them. */
export function harUpdate(at: usize, change: f64, years: f64): void {
  const har = changetype<Har>(at);
  const rate = (change * change) / years;
  // what is older than the days kept has no bearing
  let left = Math.min(years, (<f64>har.capacity + 1) * DAY);
  while (left > 0) {
    const part = Math.min(left, DAY - har.elapsed);
    har.squares += rate * part;
    har.elapsed += part;
    left -= part;
    if (har.elapsed >= DAY * (1 - ROUNDING)) {
      endDay(har);
      if (left < DAY * ROUNDING) break;
    }
  }
}

/** Mean of the days from `day - window` to the one before `day`. */
function meanBefore(har: Har, day: i32, window: i32): f64 {
  let sum: f64 = 0;
  for (let d = day - window; d < day; d++) sum += load<f64>(dayAt(har, d));
  return sum / <f64>window;
}

/** Pivots below this part of their column's own square are none. */
const PIVOT: f64 = 1e-12;

/** Fits the coefficients anew if a day has ended since; without enough days, or variation, they are none. */
function fit(har: Har): void {
  if (har.fittedDays == har.days) return;
  har.fittedDays = har.days;
  const end = <i32>har.days;
  const kept = min(end, har.capacity);
  const first = end - kept;
  har.b0 = har.b1 = har.b2 = har.b3 = har.explained = 0;
  har.least = Infinity;
  har.most = 0;
  let sum: f64 = 0;
  for (let d = first; d < end; d++) {
    const variance = load<f64>(dayAt(har, d));
    sum += variance;
    har.least = Math.min(har.least, variance);
    har.most = Math.max(har.most, variance);
  }
  har.mean = sum / <f64>kept;
  const rows = kept - har.long;
  if (rows < LEAST_ROWS) return;
  // two passes: means, then squares about them
  let mean1: f64 = 0;
  let mean2: f64 = 0;
  let mean3: f64 = 0;
  let meanY: f64 = 0;
  for (let d = first + har.long; d < end; d++) {
    mean1 += meanBefore(har, d, har.short);
    mean2 += meanBefore(har, d, har.middle);
    mean3 += meanBefore(har, d, har.long);
    meanY += load<f64>(dayAt(har, d));
  }
  mean1 /= <f64>rows;
  mean2 /= <f64>rows;
  mean3 /= <f64>rows;
  meanY /= <f64>rows;
  let a11: f64 = 0;
  let a12: f64 = 0;
  let a13: f64 = 0;
  let a22: f64 = 0;
  let a23: f64 = 0;
  let a33: f64 = 0;
  let y1: f64 = 0;
  let y2: f64 = 0;
  let y3: f64 = 0;
  let yy: f64 = 0;
  for (let d = first + har.long; d < end; d++) {
    const x1 = meanBefore(har, d, har.short) - mean1;
    const x2 = meanBefore(har, d, har.middle) - mean2;
    const x3 = meanBefore(har, d, har.long) - mean3;
    const y = load<f64>(dayAt(har, d)) - meanY;
    a11 += x1 * x1;
    a12 += x1 * x2;
    a13 += x1 * x3;
    a22 += x2 * x2;
    a23 += x2 * x3;
    a33 += x3 * x3;
    y1 += x1 * y;
    y2 += x2 * y;
    y3 += x3 * y;
    yy += y * y;
  }
  // L D L' of the three by three
  const p1 = a11;
  const l2 = a12 / p1;
  const l3 = a13 / p1;
  const p2 = a22 - l2 * a12;
  const m3 = (a23 - l2 * a13) / p2;
  const p3 = a33 - l3 * a13 - m3 * m3 * p2;
  // a column without variation, or two that are one
  if (!(p1 > 0 && p2 > PIVOT * a22 && p3 > PIVOT * a33 && yy > 0)) return;
  const z2 = y2 - l2 * y1;
  const z3 = y3 - l3 * y1 - m3 * z2;
  har.b3 = z3 / p3;
  har.b2 = z2 / p2 - m3 * har.b3;
  har.b1 = y1 / p1 - l2 * har.b2 - l3 * har.b3;
  har.b0 = meanY - har.b1 * mean1 - har.b2 * mean2 - har.b3 * mean3;
  const missed = yy - (har.b1 * y1 + har.b2 * y2 + har.b3 * y3);
  const adjusted = 1 - ((missed / yy) * <f64>(rows - 1)) / <f64>(rows - 4);
  har.explained = Math.max(0, adjusted);
}

/**
 * Variance per year that is expected over a horizon from the end of the last day that is over: the mean of its days'
 * forecasts, or, without a fit, of the days kept, or, without a day, of the part of it so far; 0 without that.
 * @param horizon in years, above 0
 */
export function harForecast(at: usize, horizon: f64): f64 {
  const har = changetype<Har>(at);
  if (har.days == 0) return har.elapsed > 0 ? har.squares / har.elapsed : 0;
  fit(har);
  if (har.b0 == 0 && har.b1 == 0 && har.b2 == 0 && har.b3 == 0) return har.mean;
  const long = har.long;
  const recentAt = at + RING + ((<usize>har.capacity) << 3);
  for (let d = 0; d < long; d++) {
    store<f64>(recentAt + ((<usize>d) << 3), load<f64>(dayAt(har, <i32>har.days - long + d)));
  }
  let sum: f64 = 0;
  let left = horizon / DAY;
  const whole = left;
  for (let step = 0; left > 0; step++) {
    let expected =
      har.b0 +
      har.b1 * meanOfRecent(recentAt, step, long, har.short) +
      har.b2 * meanOfRecent(recentAt, step, long, har.middle) +
      har.b3 * meanOfRecent(recentAt, step, long, long);
    if (!(expected >= har.least && expected <= har.most)) expected = har.mean;
    store<f64>(recentAt + ((<usize>(step % long)) << 3), expected);
    sum += expected * Math.min(left, 1);
    left -= 1;
  }
  return sum / whole;
}

/** Mean of the `window` days before the one that is to stand at `step`, in a ring of `long`. */
function meanOfRecent(recentAt: usize, step: i32, long: i32, window: i32): f64 {
  let sum: f64 = 0;
  for (let d = step + long - window; d < step + long; d++)
    sum += load<f64>(recentAt + ((<usize>(d % long)) << 3));
  return sum / <f64>window;
}
