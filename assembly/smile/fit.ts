/** The smiles to their quotes: every expiry its own slice, free of butterfly arbitrage. */
import { impliedCreate } from '../book/implied';
import { checkCalendar } from './calendar';
import { isFree, leastAt, leastDurrleman } from './butterfly';
import {
  descend,
  HIGH,
  LOW,
  MIDDLE,
  MONEYNESS,
  NODES,
  nodesAt,
  PER_HALF,
  PULL,
  restart,
  steps,
  UNBOUNDED,
} from './descent';
import { writeFigures } from './figures';
import { ASK_ONLY, BID_ONLY, readQuotes, TWO_SIDED } from './quotes';
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
    layRow(at, stride, rows++, k, least + EDGE * half, most - EDGE * half, middle, 1 / half, INSIDE / half);
  }
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
    if (isFree(slice) && round > 0) return;
    placeNodes(slice);
    descend(slice, at, stride, rows, scale, weight, MARGIN, 30);
    weight *= 10;
  }
  if (!isFree(slice)) flatten(slice);
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
    writeFigures(smile, expiry, report);
  }
  fitSurface(smile);
  checkCalendar(smile, 0);
  checkCalendar(smile, 1);
  return true;
}
