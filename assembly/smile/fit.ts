/**
 * The smiles to their quotes: every expiry its own slice, free of butterfly arbitrage; then slices that cross a
 * neighbour are fitted once more between their neighbours, in sweeps, both sides giving way while the weight of
 * crossing grows. What crosses after that is lifted over the slice before.
 */
import { impliedCreate } from '../book/implied';
import { checkCalendar, leastAt as crossingAt, leastGain } from './calendar';
import { isFree, leastAt, leastDurrleman } from './butterfly';
import {
  boundCost,
  CROSSINGS,
  crossingsAt,
  descend,
  FIT_COLUMNS,
  HIGH,
  LOW,
  MIDDLE,
  MONEYNESS,
  NODES,
  nodesAt,
  PER_HALF,
  PULL,
  restart,
  stayBetween,
  steps,
  sumSlice,
  UNBOUNDED,
} from './descent';
import { writeFigures } from './figures';
import { ASK_ONLY, BID_ONLY, TWO_SIDED } from '../pricing/quote';
import { readQuotes } from './quotes';
import {
  ASK_VOLATILITY,
  BID_VOLATILITY,
  clearReport,
  EXPIRED,
  expiryColumn,
  FEW_QUOTES,
  firstQuote,
  FIT_ROWS,
  fitColumns,
  LOG_MONEYNESS,
  OK,
  quoteColumn,
  Report,
  reportOf,
  SCALE,
  Smile,
  STATE,
  YEARS,
} from './smile';
import { findStarts, STARTS } from './start';
import { fitSurface } from './surface';
import { Slice, variance } from './svi';

/** Strikes that must bound a slice, one for each parameter, and those of them that must do so from both sides. */
const LEAST_STRIKES: i32 = 5;
const LEAST_TWO_SIDED: i32 = 3;
/** q of descent.ts: at its edge a quote's own interval pulls like one that is missed by q^2 half-spreads. */
const INSIDE: f64 = 0.1;
/**
 * Intervals are aimed at less this share of their half-width: where quotes pull against each other the best slice
 * lies on
 * the edges of what it is aimed at, and should be inside the quotes by more than rounding.
 */
const EDGE: f64 = 0.1;
/** Half-spreads are at least this share of the volatility: a locked quote is no certainty. */
const LEAST_HALF: f64 = 2e-4;
/** And at least the median of so many quotes around, itself among them: one that is narrower is no surer. */
const AROUND: i32 = 9;

const slicesAt: usize = memory.data(4 * 40, 16);
const trialAt: usize = memory.data(40, 16);

/** Rows of the columns in hand, an even number; the scale of their volatilities; their extent. */
let rows: i32 = 0;
let scale: f64 = 0;
let leftmost: f64 = 0;
let rightmost: f64 = 0;

function layRow(
  at: usize,
  stride: usize,
  row: i32,
  k: f64,
  least: f64,
  most: f64,
  middle: f64,
  perHalf: f64,
  pull: f64,
): void {
  const i = at + ((<usize>row) << 3);
  store<f64>(i + MONEYNESS * stride, k);
  store<f64>(i + LOW * stride, least);
  store<f64>(i + HIGH * stride, most);
  store<f64>(i + MIDDLE * stride, middle);
  store<f64>(i + PER_HALF * stride, perHalf);
  store<f64>(i + PULL * stride, pull);
}

/** Moves the last row to its place by moneyness. */
function sortLast(at: usize, stride: usize): void {
  for (let i = at + ((<usize>(rows - 1)) << 3); i > at && load<f64>(i) < load<f64>(i - 8); i -= 8) {
    for (let column: usize = 0; column < FIT_COLUMNS; column++) {
      const here = i + column * stride;
      const value = load<f64>(here);
      store<f64>(here, load<f64>(here - 8));
      store<f64>(here - 8, value);
    }
  }
}

/** The median of 1/half-width over the rows around one. */
function medianAround(column: usize, row: i32): f64 {
  const count = min(AROUND, rows);
  const first = min(max(0, row - (AROUND >> 1)), rows - count);
  for (let i = first; i < first + count; i++) {
    const value = load<f64>(column + ((<usize>i) << 3));
    let less = 0;
    let same = 0;
    for (let j = first; j < first + count; j++) {
      const other = load<f64>(column + ((<usize>j) << 3));
      if (other < value) less++;
      else if (other == value) same++;
    }
    if (less <= count >> 1 && less + same > count >> 1) return value;
  }
  return NaN;
}

/** Widens what rows are measured by, where it is less than around them; their intervals stay. */
function widenNarrow(at: usize, stride: usize): void {
  const column = at + PER_HALF * stride;
  const widened = at + FIT_COLUMNS * stride;
  for (let row = 0; row < rows; row++) {
    const i = (<usize>row) << 3;
    store<f64>(widened + i, Math.min(load<f64>(column + i), medianAround(column, row)));
  }
  memory.copy(column, widened, (<usize>rows) << 3);
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 8) {
    store<f64>(at + PULL * stride + i, INSIDE * load<f64>(column + i));
  }
}

/** Whether no row so far has this moneyness. */
function isNew(at: usize, k: f64): bool {
  for (let row = 0; row < rows; row++) {
    if (load<f64>(at + ((<usize>row) << 3)) == k) return false;
  }
  return true;
}

/** Lays the usable quotes of an expiry into the columns. @returns whether they are enough for a slice */
function layQuotes(smile: Smile, expiry: i32): bool {
  const at = fitColumns(smile, expiry);
  const stride = smile.fitStride;
  const root = Math.sqrt(load<f64>(expiryColumn(smile, YEARS) + ((<usize>expiry) << 3)));
  const first = firstQuote(smile, expiry);
  const end = firstQuote(smile, expiry + 1);
  rows = 0;
  leftmost = Infinity;
  rightmost = -Infinity;
  let strikes = 0;
  let nearest = Infinity;
  let width: f64 = 0;
  for (let quote = first; quote < end; quote++) {
    if (load<u8>(quoteColumn(smile, STATE) + quote) != TWO_SIDED) continue;
    const i = (<usize>quote) << 3;
    const k = load<f64>(quoteColumn(smile, LOG_MONEYNESS) + i);
    const least = root * load<f64>(quoteColumn(smile, BID_VOLATILITY) + i);
    const most = root * load<f64>(quoteColumn(smile, ASK_VOLATILITY) + i);
    const middle = 0.5 * (least + most);
    const half = Math.max(0.5 * (most - least), LEAST_HALF * middle);
    if (isNew(at, k)) strikes++;
    width += half / middle;
    if (Math.abs(k) < nearest) {
      nearest = Math.abs(k);
      scale = middle;
    }
    leftmost = Math.min(leftmost, k);
    rightmost = Math.max(rightmost, k);
    layRow(at, stride, rows++, k, least + EDGE * half, most - EDGE * half, middle, 1 / half, 0);
    sortLast(at, stride);
  }
  widenNarrow(at, stride);
  const twoSided = strikes;
  // a bound has no width of its own: it counts as wide as the others are on average
  width = Math.max(0.01, width / Math.max(1, <f64>rows));
  for (let quote = first; quote < end; quote++) {
    const state = load<u8>(quoteColumn(smile, STATE) + quote);
    if (state != ASK_ONLY && state != BID_ONLY) continue;
    const i = (<usize>quote) << 3;
    const k = load<f64>(quoteColumn(smile, LOG_MONEYNESS) + i);
    const bound =
      root * load<f64>(quoteColumn(smile, state == ASK_ONLY ? ASK_VOLATILITY : BID_VOLATILITY) + i);
    if (isNew(at, k)) strikes++;
    const half = width * bound;
    if (state == ASK_ONLY) layRow(at, stride, rows++, k, 0, bound - EDGE * half, bound, 1 / half, 0);
    else layRow(at, stride, rows++, k, bound + EDGE * half, UNBOUNDED, bound, 1 / half, 0);
  }
  const place = (<usize>expiry) << 2;
  if (rows & 1) layRow(at, stride, rows++, 0, 0, UNBOUNDED, 1, 0, 0);
  store<i32>(expiryColumn(smile, FIT_ROWS) + place, twoSided ? rows : 0);
  store<f64>(expiryColumn(smile, SCALE) + (place << 1), scale);
  return twoSided >= LEAST_TWO_SIDED && strikes >= LEAST_STRIKES;
}

/** exp of the step, 0.25, in t of the nodes m + sigma sinh(t). */
const STEP: f64 = 1.2840254166877414;

/**
 * Nodes for what arbitrage costs: even over the quotes and beyond, dense about m, and at the place where g is least.
 */
function placeNodes(slice: Slice): void {
  let end = nodesAt;
  const margin = 0.5 * (rightmost - leftmost);
  const from = leftmost - margin;
  const gap = (rightmost + margin - from) / 47;
  for (let i = 0; i < 48; i++) {
    store<f64>(end, from + gap * <f64>i);
    end += 8;
  }
  let e: f64 = STEP;
  for (let i = 0; i < 20; i++) {
    const reach = 0.5 * slice.sigma * (e - 1 / e);
    store<f64>(end, slice.m - reach);
    store<f64>(end + 8, slice.m + reach);
    end += 16;
    e *= STEP;
  }
  const width = 0.1 * (Math.abs(leastAt - slice.m) + slice.sigma);
  while (end < nodesAt + ((<usize>NODES) << 3)) {
    store<f64>(end, leastAt + width * (<f64>((end - nodesAt) >> 3) - 91.5) * 0.25);
    end += 8;
  }
}

/** Rounds that drive arbitrage out, each at ten times the weight. */
const ROUNDS: i32 = 6;
const MARGIN: f64 = 1e-3;

/** Flattens a slice about the money just so far that it is free: w becomes t w + (1 - t) w(0). */
function flatten(slice: Slice): void {
  const a = slice.a;
  const b = slice.b;
  const centre = variance(slice, 0);
  let free: f64 = 0;
  let not: f64 = 1;
  for (let i = 0; i < 30; i++) {
    const t = 0.5 * (free + not);
    slice.a = t * a + (1 - t) * centre;
    slice.b = t * b;
    if (isFree(slice)) free = t;
    else not = t;
  }
  slice.a = free * a + (1 - free) * centre;
  slice.b = free * b;
}

function fitSlice(smile: Smile, expiry: i32, slice: Slice): void {
  const at = fitColumns(smile, expiry);
  const stride = smile.fitStride;
  const trial = changetype<Slice>(trialAt);
  findStarts(slicesAt, trial, at, stride, rows, at + 6 * stride, scale);
  let best = Infinity;
  let weight = 10 * <f64>rows;
  for (let i = 0; i < STARTS; i++) {
    const start = changetype<Slice>(slicesAt + <usize>i * offsetof<Slice>());
    leastDurrleman(start);
    placeNodes(start);
    const cost = descend(start, at, stride, rows, scale, weight, MARGIN, 25);
    if (cost < best) {
      best = cost;
      memory.copy(changetype<usize>(slice), changetype<usize>(start), offsetof<Slice>());
    }
  }
  for (let round = 0; round < ROUNDS; round++) {
    if (isFree(slice) && round > 0) break;
    placeNodes(slice);
    descend(slice, at, stride, rows, scale, weight, MARGIN, 30);
    weight *= 10;
  }
  if (!isFree(slice)) flatten(slice);
  sharpen(slice, at, stride, weight, null, null);
}

/** How many of an expiry's quotes hold a slice, by what it is aimed at. */
function countHeld(slice: Slice, at: usize, stride: usize): i32 {
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const i = at + ((<usize>row) << 3);
    const s = Math.sqrt(variance(slice, load<f64>(i + MONEYNESS * stride)));
    if (s >= load<f64>(i + LOW * stride) && s <= load<f64>(i + HIGH * stride)) count++;
  }
  return count;
}

/** Costs are bounded ever nearer to the interval; what a fit costs may grow by so much. */
const SHARPENINGS: i32 = 3;
const DEARER: f64 = 1.3;
const sharpAt: usize = memory.data(40, 16);

/** Lets quotes go that cannot be met, where that meets more of the others and brings no arbitrage. */
function sharpen(
  slice: Slice,
  at: usize,
  stride: usize,
  weight: f64,
  before: Slice | null,
  after: Slice | null,
): void {
  const sharp = changetype<Slice>(sharpAt);
  let most = countHeld(slice, at, stride);
  const limit = DEARER * sumSlice(slice, at, stride, rows);
  let reach: f64 = 1;
  for (let i = 0; i < SHARPENINGS; i++) {
    boundCost(reach);
    memory.copy(sharpAt, changetype<usize>(slice), offsetof<Slice>());
    descend(sharp, at, stride, rows, scale, weight, MARGIN, 25);
    boundCost(0);
    const held = countHeld(sharp, at, stride);
    const isCheap = sumSlice(sharp, at, stride, rows) <= limit;
    if (held > most && isCheap && isFree(sharp) && leastParting(sharp, before, after) >= 0) {
      most = held;
      memory.copy(changetype<usize>(slice), sharpAt, offsetof<Slice>());
    }
    reach *= 0.3;
  }
}

/** Sweeps that part slices, each at ten times the weight. */
const SWEEPS: i32 = 8;

// @ts-ignore: decorator
@inline
function sliceOf(report: Report): Slice {
  return changetype<Slice>(changetype<usize>(report));
}

/** The nearest expiry before (step -1) or after (1) that has a slice. */
function neighbourOf(smile: Smile, expiry: i32, step: i32): Slice | null {
  for (let i = expiry + step; i >= 0 && i < smile.expiries; i += step) {
    const report = reportOf(smile, i);
    if (report.status == OK) return sliceOf(report);
  }
  return null;
}

/** Lays nodes about the place where two slices last came closest. */
function placeCrossing(first: i32, slice: Slice): void {
  const isFar = Math.abs(crossingAt) == Infinity;
  const centre = isFar ? slice.m : crossingAt;
  const width = 0.05 * (Math.abs(centre - slice.m) + slice.sigma);
  for (let i = 0; i < CROSSINGS >> 1; i++) {
    store<f64>(crossingsAt + ((<usize>(first + i)) << 3), centre + width * (<f64>i - 1.5));
  }
}

/** How close a slice comes to its neighbours, the lesser gain; nodes are laid there. */
function leastParting(slice: Slice, before: Slice | null, after: Slice | null): f64 {
  let gain = Infinity;
  if (before) {
    gain = leastGain(before, slice);
    placeCrossing(0, slice);
  }
  if (after) {
    gain = Math.min(gain, leastGain(slice, after));
    placeCrossing(CROSSINGS >> 1, slice);
  }
  return gain;
}

/** Fits a slice that crosses a neighbour once more, between them. */
function fitBetween(
  smile: Smile,
  expiry: i32,
  before: Slice | null,
  after: Slice | null,
  crossing: f64,
): void {
  const report = reportOf(smile, expiry);
  const slice = sliceOf(report);
  rows = load<i32>(expiryColumn(smile, FIT_ROWS) + ((<usize>expiry) << 2));
  scale = load<f64>(expiryColumn(smile, SCALE) + ((<usize>expiry) << 3));
  leftmost = report.leftmost;
  rightmost = report.rightmost;
  restart();
  let weight = 100 * <f64>rows;
  leastDurrleman(slice);
  for (let round = 0; round < ROUNDS; round++) {
    placeNodes(slice);
    stayBetween(before, after, crossing * <f64>rows);
    descend(slice, fitColumns(smile, expiry), smile.fitStride, rows, scale, weight, MARGIN, 30);
    const isApart = leastParting(slice, before, after) >= 0;
    if (isFree(slice)) {
      if (isApart || crossing < 1e3) break;
    } else {
      weight *= 10;
    }
    if (crossing >= 1e3) crossing *= 10;
  }
  if (!isFree(slice)) flatten(slice);
  sharpen(slice, fitColumns(smile, expiry), smile.fitStride, weight, before, after);
  stayBetween(null, null, 0);
  report.steps += <f64>steps;
}

/** Parts the slices that cross. */
function part(smile: Smile): void {
  let crossing: f64 = 0.3;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let isDone = true;
    for (let expiry = 0; expiry < smile.expiries; expiry++) {
      const report = reportOf(smile, expiry);
      if (report.status != OK) continue;
      const before = neighbourOf(smile, expiry, -1);
      const after = neighbourOf(smile, expiry, 1);
      if (leastParting(sliceOf(report), before, after) >= 0) continue;
      isDone = false;
      fitBetween(smile, expiry, before, after, crossing);
    }
    if (isDone) return;
    crossing *= 10;
  }
}

/** Relative distance of what is lifted. */
const PARTED: f64 = 1e-9;

/**
 * Lifts a slice over the one before: first its wings, then all of it. Where that brings a negative density, the slice
 * before stands for both: it has none, and touches itself.
 */
function lift(slice: Slice, before: Slice): void {
  const left = Math.max(slice.b * (1 - slice.rho), before.b * (1 - before.rho) * (1 + PARTED));
  const right = Math.max(slice.b * (1 + slice.rho), before.b * (1 + before.rho) * (1 + PARTED));
  slice.b = 0.5 * (left + right);
  slice.rho = slice.b > 0 ? (right - left) / (left + right) : 0;
  for (let i = 0; i < 60 && leastGain(before, slice) < 0 && Math.abs(crossingAt) < Infinity; i++) {
    slice.a +=
      1.01 * (variance(before, crossingAt) - variance(slice, crossingAt)) +
      PARTED * variance(before, crossingAt);
  }
  if (isFree(slice) && leastGain(before, slice) >= 0) return;
  memory.copy(changetype<usize>(slice), changetype<usize>(before), offsetof<Slice>());
}

/** Keeps every slice from crossing the one before. */
function partAll(smile: Smile): void {
  part(smile);
  for (let expiry = 1; expiry < smile.expiries; expiry++) {
    const report = reportOf(smile, expiry);
    const before = neighbourOf(smile, expiry, -1);
    if (report.status == OK && before && leastGain(before, sliceOf(report)) < 0)
      lift(sliceOf(report), before);
  }
}

/** Fits every expiry. @returns 0 where memory is exhausted */
export function smileFit(at: usize): bool {
  const smile = changetype<Smile>(at);
  if (!smile.impliedAt) smile.impliedAt = impliedCreate(2 * smile.quotes, 1);
  if (!smile.impliedAt) return false;
  readQuotes(smile);
  for (let expiry = 0; expiry < smile.expiries; expiry++) {
    const report = reportOf(smile, expiry);
    const years = load<f64>(expiryColumn(smile, YEARS) + ((<usize>expiry) << 3));
    clearReport(report);
    restart();
    store<i32>(expiryColumn(smile, FIT_ROWS) + ((<usize>expiry) << 2), 0);
    if (!(years > 0)) report.status = EXPIRED;
    else if (!layQuotes(smile, expiry)) report.status = FEW_QUOTES;
    else {
      fitSlice(smile, expiry, changetype<Slice>(changetype<usize>(report)));
      report.status = OK;
    }
    report.steps = <f64>steps;
    report.leftmost = leftmost;
    report.rightmost = rightmost;
  }
  if (smile.isParted) partAll(smile);
  for (let expiry = 0; expiry < smile.expiries; expiry++)
    writeFigures(smile, expiry, reportOf(smile, expiry));
  fitSurface(smile);
  checkCalendar(smile, 0);
  checkCalendar(smile, 1);
  return true;
}
