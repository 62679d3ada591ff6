/**
 * The hedge problem in memory: what the caller gave, and what the solver derives from it.
 *
 *     minimise  1/2 sum_k w_k (e_k - target_k)^2 + sum_i cost_i(x_i),   e = e0 + A x
 *     subject to lower <= e <= upper and the box of every trade x_i
 *
 * An exposure is a column too: its value s_k lies in the box [lower_k, upper_k] at the cost 1/2 w_k (s_k -
 * target_k)^2, and the problem reads "e0 + A x - s = 0". So instruments and exposures share one form, a convex
 * piecewise quadratic cost on an interval, and every pass of the solver runs over all columns alike: instruments
 * first (rounded up to whole blocks), then the exposures.
 */
import { headerOf, strideOf } from '../memory/layout';
import { LARGEST } from '../math/scalar';
import { take } from '../memory/arena';
import { get, getInt, set, setInt } from '../memory/column';

/** Instruments are swept in blocks of 8: four pairs of lanes hide the latency of an addition. */
export const BLOCK: i32 = 8;

// What the caller gives, in the order of the binding's table.
export const SENSITIVITY: i32 = 0;
export const EXPOSURE: i32 = 1;
export const TARGET: i32 = 2;
export const WEIGHT: i32 = 3;
export const LOWER: i32 = 4;
export const UPPER: i32 = 5;
export const SELL_LIMIT: i32 = 6;
export const BUY_LIMIT: i32 = 7;
export const HALF_SPREAD: i32 = 8;
export const LINEAR: i32 = 9;
export const IMPACT: i32 = 10;
export const BID_SIZE: i32 = 11;
export const BID_COST: i32 = 12;
export const ASK_SIZE: i32 = 13;
export const ASK_COST: i32 = 14;
export const LOT: i32 = 15;
export const MINIMUM: i32 = 16;
export const FIELDS: i32 = 17;

/** Figures of an answer: see `writeFigures`. */
export const FIGURES: i32 = 10;

// How to solve.
export const NEWTON: i32 = 0;
export const PROJECTED_GRADIENT: i32 = 1;


@unmanaged
export class Hedger {
  instruments: i32;
  exposures: i32;
  levels: i32;
  /** The column of exposure 0; instruments and their padding lie before it. */
  firstRow: i32;
  columns: i32;
  /** Kinks that a column may have: every level of both sides, and zero. */
  slots: i32;
  /** Bytes from a row of the matrix to the next. */
  matrixStride: usize;
  /** Bytes from a row of A to the next, and from a column of f64 to the next. */
  rowStride: usize;

  // What changed since the solver last looked.
  sensitivityChanged: bool;
  costChanged: bool;
  rowChanged: bool;
  /** The ladder is `depth`, not `halfSpread`. */
  laddered: bool;
  /** An answer stands that the next solve may start from. */
  solved: bool;
  /** How it was found. */
  method: i32;
  /** Some exposure has a hard bound. */
  banded: bool;

  /** Addresses of every field: the one in force, then the one being filled. */
  fieldsAt: usize;
  /** A by exposure: `rowStride` apart. */
  byRowAt: usize;

  // One per column.
  /** What one more unit is worth: -A'y for an instrument, y for an exposure. */
  valueAt: usize;
  tradeAt: usize;
  /** Where the proximal term pulls to. */
  centreAt: usize;
  /** Change of the value along the step. */
  changeAt: usize;
  /** The piece of the cost holds while the value is between these. */
  fromAt: usize;
  toAt: usize;
  curvatureAt: usize;
  /** Curvature of the proximal term. */
  pullAt: usize;
  /** Change of the trade per unit of value: 1 / (curvature + pull) on a free piece, 0 on a kink. */
  responseAt: usize;
  linearAt: usize;
  /** 2 j on kink j, 2 j + 1 between kinks j and j + 1. */
  pieceAt: usize;
  kinkCountAt: usize;
  /** `slots` per column: where the marginal cost jumps, and the ends of the box. */
  kinkAt: usize;
  /** `slots + 1` per column: marginal cost left of kink j (-Infinity left of the box, Infinity right of it). */
  slopeAt: usize;
  /** `slots` per column: the cost of trading up to kink j. */
  paidAt: usize;
  /** Columns that the step moves across a kink, and those that it moves on a free piece. */
  crossingAt: usize;
  crossingCount: i32;
  freeAt: usize;
  freeCount: i32;
  /** The first kink that the column meets, as a part of the step. */
  firstAt: usize;
  /** Where along the step a kink is met, and by how much the slope of the dual's derivative then changes. */
  breakAt: usize;
  bendAt: usize;

  // One per exposure.
  multiplierAt: usize;
  multiplierCentreAt: usize;
  directionAt: usize;
  /** Gradient of the dual: e0 + A x - s, less the proximal term. */
  residualAt: usize;
  currentAt: usize;
  /** Curvature of the proximal term on the multiplier. */
  dampingAt: usize;
  /** The farthest that trades can move it. */
  rangeAt: usize;
  matrixAt: usize;
  /** Pivots of the matrix had to be raised. */
  isSingular: bool;
  squareAt: usize;
  /** The proof that bands are infeasible. */
  rayAt: usize;

  // The best that was proved on the way: trades, exposures, multipliers, and the figures of the proof.
  bestTradesAt: usize;
  bestExposureAt: usize;
  bestMultiplierAt: usize;
  bestCost: f64;
  bestObjective: f64;
  bestBound: f64;
  bestGap: f64;
  bestViolation: f64;

  // The answer.
  answerAt: usize;
  answerExposureAt: usize;
  answerMultiplierAt: usize;
  /** What the binding reads, in the order of its table. */
  figuresAt: usize;
  cost: f64;
  objective: f64;
  bound: f64;
  gap: f64;
  /** Objective without lots and without a limit on the number of instruments. */
  relaxed: f64;
  /** What the trades lose at the multipliers, and the exposures. */
  columnLoss: f64;
  rowLoss: f64;
  violation: f64;
  iterations: i32;
  gradientSteps: i32;
  newtonSteps: i32;
  centreSteps: i32;

  /** Relative size of the proximal terms in force. */
  smoothing: f64;
  damping: f64;
  /** Unit of the proximal terms: a typical total cost. */
  money: f64;
}

/** The field in force. */
// @ts-ignore: decorator
@inline
export function field(h: Hedger, name: i32): usize {
  return load<usize>(h.fieldsAt + ((<usize>name) << 3));
}

// @ts-ignore: decorator
@inline
export function staged(h: Hedger, name: i32): usize {
  return load<usize>(h.fieldsAt + ((<usize>name) << 3), 4);
}

/** Numbers in a field. */
export function lengthOf(h: Hedger, name: i32): i32 {
  if (name == SENSITIVITY) return h.instruments * h.exposures;
  if (name <= UPPER) return h.exposures;
  return name >= BID_SIZE && name <= ASK_COST ? h.instruments * h.levels : h.instruments;
}

/** Sets every address of the block that starts at `at`; its end. */
function layOut(h: Hedger, at: usize): usize {
  const columns = strideOf(h.columns);
  const rows = strideOf(h.exposures + 1);
  const slots = strideOf(h.columns * (h.slots + 1));
  let next = at + headerOf<Hedger>();
  h.fieldsAt = next;
  next += strideOf(FIELDS);
  h.figuresAt = next;
  next += strideOf(FIGURES);
  for (let name = 0; name < FIELDS; name++) {
    const stride = strideOf(lengthOf(h, name));
    if (at) {
      store<usize>(h.fieldsAt + ((<usize>name) << 3), next);
      store<usize>(h.fieldsAt + ((<usize>name) << 3), next + stride, 4);
    }
    next += 2 * stride;
  }
  h.rowStride = strideOf(h.firstRow);
  h.byRowAt = next;
  next += <usize>h.exposures * h.rowStride;
  h.valueAt = next;
  h.tradeAt = next += columns;
  h.centreAt = next += columns;
  h.changeAt = next += columns;
  h.fromAt = next += columns;
  h.toAt = next += columns;
  h.curvatureAt = next += columns;
  h.pullAt = next += columns;
  h.responseAt = next += columns;
  h.linearAt = next += columns;
  h.pieceAt = next += columns;
  h.crossingAt = next += columns;
  h.freeAt = next += columns;
  h.firstAt = next += columns;
  h.answerAt = next += columns;
  h.kinkCountAt = next += columns;
  h.bestTradesAt = next += columns;
  h.kinkAt = next += columns;
  h.slopeAt = next += slots;
  h.paidAt = next += slots;
  h.breakAt = next += slots;
  h.bendAt = next += 2 * slots;
  h.multiplierAt = next += 2 * slots;
  h.multiplierCentreAt = next += rows;
  h.directionAt = next += rows;
  h.residualAt = next += rows;
  h.currentAt = next += rows;
  h.dampingAt = next += rows;
  h.rangeAt = next += rows;
  h.answerExposureAt = next += rows;
  h.answerMultiplierAt = next += rows;
  h.rayAt = next += rows;
  h.bestExposureAt = next += rows;
  h.bestMultiplierAt = next += rows;
  h.matrixAt = next += rows;
  h.matrixStride = rows;
  h.squareAt = next += <usize>h.exposures * rows;
  return next + <usize>h.exposures * rows;
}

const sketchAt: usize = memory.data(512, 16);

/** @returns the hedger, 0 where memory is exhausted */
export function hedgerCreate(instruments: i32, exposures: i32, levels: i32): usize {
  const sketch = changetype<Hedger>(sketchAt);
  sketch.instruments = instruments;
  sketch.exposures = exposures;
  sketch.levels = levels;
  sketch.firstRow = (instruments + BLOCK - 1) & -BLOCK;
  sketch.columns = sketch.firstRow + exposures;
  sketch.slots = 2 * levels + 1;
  const at = take(layOut(sketch, 0));
  if (!at) return 0;
  memory.copy(at, sketchAt, offsetof<Hedger>());
  const h = changetype<Hedger>(at);
  layOut(h, at);
  for (let k = 0; k < exposures; k++) {
    set(field(h, LOWER), k, -Infinity);
    set(field(h, UPPER), k, Infinity);
  }
  h.sensitivityChanged = h.costChanged = h.rowChanged = true;
  return at;
}

/** Where the caller writes a field; it comes into force by `hedgerCommit`. */
export function hedgerStage(at: usize, name: i32): usize {
  return staged(changetype<Hedger>(at), name);
}

/** The field in force. */
export function hedgerField(at: usize, name: i32): usize {
  return field(changetype<Hedger>(at), name);
}

/** The field that would be in force after a commit of `mask`. */
function candidate(h: Hedger, name: i32, mask: i32): usize {
  return (mask >> name) & 1 ? staged(h, name) : field(h, name);
}

/** Every bad value of a field is bad by itself, but for bands and ladders, which must be in order. */
function isBad(h: Hedger, name: i32, i: i32, mask: i32): bool {
  const x = get(staged(h, name), i);
  if (name == LOWER) return !(x <= LARGEST) || x > get(candidate(h, UPPER, mask), i);
  if (name == UPPER) return !(x >= -LARGEST) || x < get(candidate(h, LOWER, mask), i);
  if (!(abs(x) <= LARGEST)) return true;
  if (name == BID_COST || name == ASK_COST) {
    const sizes = staged(h, name - 1);
    if (!(get(sizes, i) > 0)) return false;
    if (x < 0) return true;
    for (let j = i - 1; j >= i - (i % h.levels); j--) {
      if (get(sizes, j) > 0) return x < get(staged(h, name), j);
    }
    return false;
  }
  return x < 0 && name != SENSITIVITY && name != EXPOSURE && name != TARGET && name != LINEAR;
}

/** The first bad index of a staged field, -1 where all is fine; `mask` has the bit of every staged field. */
export function hedgerCheck(at: usize, name: i32, mask: i32): i32 {
  const h = changetype<Hedger>(at);
  const length = lengthOf(h, name);
  for (let i = 0; i < length; i++) {
    if (isBad(h, name, i, mask)) return i;
  }
  return -1;
}

/** The staged field comes into force, and the one in force is staged. */
export function exchange(h: Hedger, name: i32): void {
  const pairAt = h.fieldsAt + ((<usize>name) << 3);
  const used = load<usize>(pairAt);
  store<usize>(pairAt, load<usize>(pairAt, 4));
  store<usize>(pairAt, used, 4);
}

/** Notes that a field in force has new values. */
export function markChanged(h: Hedger, name: i32): void {
  if (name == SENSITIVITY) h.sensitivityChanged = true;
  else if (name == EXPOSURE) return;
  else if (name <= UPPER) h.rowChanged = true;
  else if (name < LOT) h.costChanged = true;
}

/** Brings the staged fields of `mask` into force. */
export function hedgerCommit(at: usize, mask: i32): void {
  const h = changetype<Hedger>(at);
  for (let name = 0; name < FIELDS; name++) {
    if (!((mask >> name) & 1)) continue;
    exchange(h, name);
    markChanged(h, name);
    if (name == HALF_SPREAD) h.laddered = false;
    if (name == BID_SIZE) h.laddered = true;
  }
}

export function hedgerFigures(at: usize): usize {
  return changetype<Hedger>(at).figuresAt;
}

export function hedgerTrades(at: usize): usize {
  return changetype<Hedger>(at).answerAt;
}

export function hedgerExposure(at: usize): usize {
  return changetype<Hedger>(at).answerExposureAt;
}

/** The multipliers that prove the bands infeasible: 0 on every row that is not needed for it. */
export function hedgerRay(at: usize): usize {
  return changetype<Hedger>(at).rayAt;
}

export function hedgerMultipliers(at: usize): usize {
  return changetype<Hedger>(at).answerMultiplierAt;
}

/**
 * Ends the column's next piece at `end` with marginal cost `slope`; joins it to the piece before where that is equal.
 */
function append(h: Hedger, i: i32, slope: f64, end: f64): void {
  const kinks = h.kinkAt + <usize>(i * h.slots) * 8;
  const slopes = h.slopeAt + <usize>(i * (h.slots + 1)) * 8;
  let count = getInt(h.kinkCountAt, i);
  if (!(end > get(kinks, count - 1))) return;
  if (count == 1 || get(slopes, count - 1) != slope) {
    set(slopes, count, slope);
    count++;
    setInt(h.kinkCountAt, i, count);
  }
  set(kinks, count - 1, end);
}

// @ts-ignore: decorator
@inline
function levelSize(h: Hedger, side: i32, i: i32, level: i32): f64 {
  return h.laddered ? get(field(h, side), i * h.levels + level) : level ? 0 : Infinity;
}

// @ts-ignore: decorator
@inline
function levelCost(h: Hedger, side: i32, i: i32, level: i32): f64 {
  return h.laddered ? get(field(h, side + 1), i * h.levels + level) : get(field(h, HALF_SPREAD), i);
}

/** Size of the levels before `level` of a side, as far as the limit reaches. */
function sizeBefore(h: Hedger, side: i32, i: i32, level: i32, limit: f64): f64 {
  let size = 0.0;
  for (let l = 0; l < level; l++) size += levelSize(h, side, i, l);
  return min(size, limit);
}

/** Kinks and slopes of one instrument's cost, from the worst bid up to the worst ask. */
export function shapeInstrument(h: Hedger, i: i32): void {
  const kinks = h.kinkAt + <usize>(i * h.slots) * 8;
  const slopes = h.slopeAt + <usize>(i * (h.slots + 1)) * 8;
  const paid = h.paidAt + <usize>(i * h.slots) * 8;
  const sell = get(field(h, SELL_LIMIT), i);
  const buy = get(field(h, BUY_LIMIT), i);
  set(slopes, 0, -Infinity);
  set(kinks, 0, -sizeBefore(h, BID_SIZE, i, h.levels, sell));
  setInt(h.kinkCountAt, i, 1);
  for (let l = h.levels - 1; l >= 0; l--) {
    append(h, i, -levelCost(h, BID_SIZE, i, l), -sizeBefore(h, BID_SIZE, i, l, sell));
  }
  for (let l = 0; l < h.levels; l++) {
    append(h, i, levelCost(h, ASK_SIZE, i, l), sizeBefore(h, ASK_SIZE, i, l + 1, buy));
  }
  const count = getInt(h.kinkCountAt, i);
  set(slopes, count, Infinity);
  let zero = 0;
  while (zero + 1 < count && get(kinks, zero + 1) <= 0) zero++;
  set(paid, zero, zero + 1 < count ? get(slopes, zero + 1) * get(kinks, zero) : 0);
  if (get(kinks, zero) == 0) set(paid, zero, 0);
  for (let j = zero; j > 0; j--) {
    set(paid, j - 1, get(paid, j) - get(slopes, j) * (get(kinks, j) - get(kinks, j - 1)));
  }
  for (let j = zero; j + 1 < count; j++) {
    set(paid, j + 1, get(paid, j) + get(slopes, j + 1) * (get(kinks, j + 1) - get(kinks, j)));
  }
  set(h.curvatureAt, i, get(field(h, IMPACT), i));
  set(h.linearAt, i, get(field(h, LINEAR), i));
}

/** An exposure's box and quadratic. */
function shapeRow(h: Hedger, k: i32): void {
  const i = h.firstRow + k;
  const kinks = h.kinkAt + <usize>(i * h.slots) * 8;
  const slopes = h.slopeAt + <usize>(i * (h.slots + 1)) * 8;
  const lower = get(field(h, LOWER), k);
  const upper = get(field(h, UPPER), k);
  const weight = get(field(h, WEIGHT), k);
  set(kinks, 0, lower);
  set(slopes, 0, -Infinity);
  if (lower < upper) {
    set(slopes, 1, 0);
    set(kinks, 1, upper);
    set(slopes, 2, Infinity);
    setInt(h.kinkCountAt, i, 2);
  } else {
    set(slopes, 1, Infinity);
    setInt(h.kinkCountAt, i, 1);
  }
  set(h.curvatureAt, i, weight);
  set(h.linearAt, i, -weight * get(field(h, TARGET), k));
  if (lower > -Infinity || upper < Infinity) h.banded = true;
}

/** Neither wanted nor bounded: its multiplier is 0 and it is only reported. */
// @ts-ignore: decorator
@inline
export function isIdle(h: Hedger, k: i32): bool {
  return (
    !(get(h.curvatureAt, h.firstRow + k) > 0) &&
    get(field(h, LOWER), k) == -Infinity &&
    get(field(h, UPPER), k) == Infinity
  );
}

/** The largest trade of either side. */
// @ts-ignore: decorator
@inline
export function reach(h: Hedger, i: i32): f64 {
  const kinks = h.kinkAt + <usize>(i * h.slots) * 8;
  return max(-get(kinks, 0), get(kinks, getInt(h.kinkCountAt, i) - 1));
}

/** The largest marginal cost of an instrument over its box. */
function steepest(h: Hedger, i: i32): f64 {
  const slopes = h.slopeAt + <usize>(i * (h.slots + 1)) * 8;
  const last = getInt(h.kinkCountAt, i) - 1;
  const slope = last > 0 ? max(abs(get(slopes, 1)), abs(get(slopes, last))) : 0;
  return slope + abs(get(h.linearAt, i)) + get(h.curvatureAt, i) * reach(h, i);
}

/** The largest value of an instrument's exposures at the multipliers: what rounding of its value is relative to. */
function grossValue(h: Hedger, i: i32): f64 {
  const m = h.exposures;
  const aAt = field(h, SENSITIVITY) + ((<usize>(i * m)) << 3);
  let sum = 0.0;
  for (let k = 0; k < m; k++) sum += abs(get(aAt, k) * get(h.multiplierAt, k));
  return sum;
}

/** A typical total cost: of trading everything, else of missing the targets, else 1. */
function typicalCost(h: Hedger): f64 {
  let costs = 0.0;
  let penalty = 0.0;
  for (let i = 0; i < h.instruments; i++) costs += steepest(h, i) * reach(h, i);
  for (let k = 0; k < h.exposures; k++) {
    const distance = abs(get(field(h, EXPOSURE), k) - get(field(h, TARGET), k));
    const movable = min(distance, get(h.rangeAt, k));
    penalty += 0.5 * get(field(h, WEIGHT), k) * movable * movable;
  }
  return costs > 0 ? costs : penalty > 0 ? penalty : 1;
}

/**
 * Proximal terms in proportion to what they stand beside, so that the answer does not depend on units: a trade over its
 * whole depth changes its marginal cost by `smoothing` of its price, a multiplier of its whole size moves its exposure
 * by `damping` of its range. Prices are the costs at first, then what the multipliers make of them. A column that has
 * more curvature of its own needs no pull.
 */
export function setProximalTerms(h: Hedger, smoothing: f64, damping: f64): void {
  const least = (1e-3 * h.money) / <f64>h.instruments;
  for (let i = 0; i < h.instruments; i++) {
    const size = reach(h, i);
    const price = max(max(steepest(h, i), grossValue(h, i)), least / size);
    set(h.pullAt, i, size > 0 ? max(0, (smoothing * price) / size - get(h.curvatureAt, i)) : 1);
  }
  for (let k = 0; k < h.exposures; k++) {
    const range = get(h.rangeAt, k);
    const price = max(h.money / range, abs(get(h.multiplierAt, k)));
    const weight = get(h.curvatureAt, h.firstRow + k);
    const isBand = get(field(h, LOWER), k) > -Infinity || get(field(h, UPPER), k) < Infinity;
    const shift = (damping * range) / price;
    set(h.pullAt, h.firstRow + k, weight > 0 ? 0 : (smoothing * price) / range);
    set(h.dampingAt, k, isBand ? shift : weight > 0 ? max(0, shift - 1 / weight) : 0);
  }
  h.smoothing = smoothing;
  h.damping = damping;
}

/** A by exposure, for sweeps over instruments. */
function transpose(h: Hedger): void {
  const m = h.exposures;
  let from = field(h, SENSITIVITY);
  for (let i = 0; i < h.instruments; i++) {
    let to = h.byRowAt + ((<usize>i) << 3);
    for (let k = 0; k < m; k++) {
      store<f64>(to, load<f64>(from));
      from += 8;
      to += h.rowStride;
    }
  }
}

/** How far the trades can move each exposure. */
function setRanges(h: Hedger): void {
  for (let k = 0; k < h.exposures; k++) {
    const rowAt = h.byRowAt + <usize>k * h.rowStride;
    let range = 0.0;
    for (let i = 0; i < h.instruments; i++) range += abs(get(rowAt, i)) * reach(h, i);
    set(h.rangeAt, k, range > 0 ? range : 1);
  }
}

/** Brings everything derived up to date, and no more than that. */
export function prepare(h: Hedger): void {
  if (h.sensitivityChanged) transpose(h);
  if (h.costChanged) {
    for (let i = 0; i < h.instruments; i++) shapeInstrument(h, i);
    for (let i = h.instruments; i < h.firstRow; i++) {
      setInt(h.kinkCountAt, i, 1);
      set(h.slopeAt, i * (h.slots + 1), -Infinity);
      set(h.slopeAt, i * (h.slots + 1) + 1, Infinity);
    }
  }
  if (h.rowChanged) {
    h.banded = false;
    for (let k = 0; k < h.exposures; k++) shapeRow(h, k);
  }
  if (h.sensitivityChanged || h.costChanged) setRanges(h);
  if (h.sensitivityChanged || h.costChanged || h.rowChanged) h.money = typicalCost(h);
}

// What the solver stands on: every column, and the multipliers with their centre.

export function stateBytes(h: Hedger): usize {
  return h.crossingAt - h.valueAt + (h.directionAt - h.multiplierAt);
}

export function saveState(h: Hedger, at: usize): void {
  const columns = h.crossingAt - h.valueAt;
  memory.copy(at, h.valueAt, columns);
  memory.copy(at + columns, h.multiplierAt, h.directionAt - h.multiplierAt);
}

export function restoreState(h: Hedger, at: usize): void {
  const columns = h.crossingAt - h.valueAt;
  memory.copy(h.valueAt, at, columns);
  memory.copy(h.multiplierAt, at + columns, h.directionAt - h.multiplierAt);
}
