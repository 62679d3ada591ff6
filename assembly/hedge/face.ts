/**
 * Newton on the identified face.
 *
 * At multipliers y every column answers with its best trade (project.ts); the columns on a free piece are the face.
 * The dual function is concave and continuously differentiable, with
 *
 *     gradient   e0 + A x(y) - s(y) - damping (y - centre)
 *     -Hessian   A_F D_F^-1 A_F' + diag(1 / d_s on free exposures + damping),
 *
 * the Woodbury form of the Newton system of the trades on the face: m x m whatever the number of instruments
 * (semismooth Newton on the dual: Li, Sun, Toh 2018; face and subspace Newton: Bertsekas 1982, More and Toraldo
 * 1991).
 *
 * Along the step the derivative of the dual is piecewise linear and decreasing, so that its zero is found exactly:
 * the kinks that the columns meet are its breaks (the long-step ratio test of the dual simplex method). That makes
 * the method ascend strictly, whatever the start, and end after finitely many steps.
 */
import {
  any,
  both,
  div,
  equal,
  high,
  least,
  lessThan,
  low,
  madd,
  not,
  read,
  select,
  sub,
  write,
} from '../lanes/f64x2';
import { BLOCK, field, Hedger, isIdle, SENSITIVITY } from './problem';
import { enter, keepOnPiece, kinksOf, slopesOf } from './project';
import { get, getInt, set, setInt } from '../memory/column';

/** out = -A'v for every instrument, and v for every exposure. */
export function worth(h: Hedger, vAt: usize, outAt: usize): void {
  const m = h.exposures;
  const blockBytes = (<usize>BLOCK) << 3;
  const end = (<usize>h.firstRow) << 3;
  for (let at: usize = 0; at < end; at += blockBytes) {
    let a = both(0);
    let b = both(0);
    let c = both(0);
    let d = both(0);
    let rowAt = h.byRowAt + at;
    for (let k = 0; k < m; k++) {
      const v = both(-get(vAt, k));
      a = madd(v, read(rowAt), a);
      b = madd(v, read(rowAt + 16), b);
      c = madd(v, read(rowAt + 32), c);
      d = madd(v, read(rowAt + 48), d);
      rowAt += h.rowStride;
    }
    write(outAt + at, a);
    write(outAt + at + 16, b);
    write(outAt + at + 32, c);
    write(outAt + at + 48, d);
  }
  memory.copy(outAt + end, vAt, (<usize>m) << 3);
}

/** H += response a a' + other b b': the lower triangle, in pairs, of two instruments at once. */
function addOuter(h: Hedger, aAt: usize, response: f64, bAt: usize, other: f64): void {
  const m = h.exposures;
  let rowAt = h.matrixAt;
  for (let r = 0; r < m; r++) {
    const a = response * get(aAt, r);
    const b = other * get(bAt, r);
    const byA = both(a);
    const byB = both(b);
    const end = (<usize>((r + 1) & ~1)) << 3;
    for (let at: usize = 0; at < end; at += 16) {
      write(rowAt + at, madd(byB, read(bAt + at), madd(byA, read(aAt + at), read(rowAt + at))));
    }
    if (!(r & 1)) set(rowAt, r, get(rowAt, r) + a * get(aAt, r) + b * get(bAt, r));
    rowAt += h.matrixStride;
  }
}

/** Lists the columns of the face, instruments first. @returns how many instruments it has */
function listFree(h: Hedger): i32 {
  const end = (<usize>h.firstRow) << 3;
  const zero = both(0);
  let count = 0;
  for (let at: usize = 0; at < end; at += 16) {
    if (!any(not(equal(read(h.responseAt + at), zero)))) continue;
    const i = <i32>(at >> 3);
    if (get(h.responseAt, i) != 0) setInt(h.freeAt, count++, i);
    if (get(h.responseAt, i + 1) != 0) setInt(h.freeAt, count++, i + 1);
  }
  h.freeCount = count;
  for (let i = h.firstRow; i < h.columns; i++) {
    if (get(h.responseAt, i) != 0) setInt(h.freeAt, h.freeCount++, i);
  }
  return count;
}

/** The matrix on the present face. */
function assemble(h: Hedger): void {
  const m = h.exposures;
  const sensitivityAt = field(h, SENSITIVITY);
  memory.fill(h.matrixAt, 0, <usize>m * h.matrixStride);
  const instruments = listFree(h);
  for (let f = 0; f < instruments; f += 2) {
    const i = getInt(h.freeAt, f);
    // the last of an odd number goes beside itself, without weight
    const isPair = f + 1 < instruments;
    const j = isPair ? getInt(h.freeAt, f + 1) : i;
    const aAt = sensitivityAt + ((<usize>(i * m)) << 3);
    const bAt = sensitivityAt + ((<usize>(j * m)) << 3);
    addOuter(h, aAt, get(h.responseAt, i), bAt, isPair ? get(h.responseAt, j) : 0);
  }
  let diagonalAt = h.matrixAt;
  for (let k = 0; k < m; k++) {
    set(diagonalAt, k, get(diagonalAt, k) + get(h.responseAt, h.firstRow + k) + get(h.dampingAt, k));
    diagonalAt += h.matrixStride;
  }
}

// @ts-ignore: decorator
@inline
export function dot(aAt: usize, bAt: usize, count: i32): f64 {
  let sum = both(0);
  const end = (<usize>(count & ~1)) << 3;
  for (let at: usize = 0; at < end; at += 16) sum = madd(read(aAt + at), read(bAt + at), sum);
  const pairs = low(sum) + high(sum);
  return count & 1 ? pairs + get(aAt, count - 1) * get(bAt, count - 1) : pairs;
}

/**
 * A pivot below this part of its diagonal entry is rounding, and is raised to it: the step still ascends, and goes far
 * where the face has no curvature (Levenberg).
 */
const PIVOT: f64 = 1e-14;

/** Entry [r][c] of the factor, for the four rows from `rowAt` on: four dots at once hide the latency of each. */
function factorFour(h: Hedger, rowAt: usize, columnAt: usize, c: i32, perPivot: f64): void {
  const second = rowAt + h.matrixStride;
  const third = second + h.matrixStride;
  const fourth = third + h.matrixStride;
  const end = (<usize>(c & ~1)) << 3;
  let p = both(0);
  let q = both(0);
  let r = both(0);
  let s = both(0);
  for (let at: usize = 0; at < end; at += 16) {
    const l = read(columnAt + at);
    p = madd(l, read(rowAt + at), p);
    q = madd(l, read(second + at), q);
    r = madd(l, read(third + at), r);
    s = madd(l, read(fourth + at), s);
  }
  const odd = c & 1 ? get(columnAt, c - 1) : 0;
  const last = c & 1 ? c - 1 : 0;
  set(rowAt, c, (get(rowAt, c) - (low(p) + high(p) + odd * get(rowAt, last))) * perPivot);
  set(second, c, (get(second, c) - (low(q) + high(q) + odd * get(second, last))) * perPivot);
  set(third, c, (get(third, c) - (low(r) + high(r) + odd * get(third, last))) * perPivot);
  set(fourth, c, (get(fourth, c) - (low(s) + high(s) + odd * get(fourth, last))) * perPivot);
}

/** Cholesky in place, column by column, with reciprocal diagonal. Idle exposures stand still. */
function factor(h: Hedger): void {
  const m = h.exposures;
  const stride = h.matrixStride;
  let columnAt = h.matrixAt;
  h.isSingular = false;
  for (let c = 0; c < m; c++) {
    const diagonal = get(columnAt, c);
    const least = PIVOT * diagonal;
    let pivot = diagonal - dot(columnAt, columnAt, c);
    if (!(pivot > least)) {
      pivot = least;
      h.isSingular = true;
    }
    const perPivot = pivot > 0 && !isIdle(h, c) ? 1 / sqrt(pivot) : 0;
    set(columnAt, c, perPivot);
    let r = c + 1;
    let rowAt = columnAt + stride;
    for (; r + 3 < m; r += 4) {
      factorFour(h, rowAt, columnAt, c, perPivot);
      rowAt += 4 * stride;
    }
    for (; r < m; r++) {
      set(rowAt, c, (get(rowAt, c) - dot(rowAt, columnAt, c)) * perPivot);
      rowAt += stride;
    }
    columnAt += stride;
  }
}

/** The step, H direction = residual. */
function solveStep(h: Hedger): void {
  const step = h.directionAt;
  let rowAt = h.matrixAt;
  for (let r = 0; r < h.exposures; r++) {
    set(step, r, (get(h.residualAt, r) - dot(rowAt, step, r)) * get(rowAt, r));
    rowAt += h.matrixStride;
  }
  for (let r = h.exposures - 1; r >= 0; r--) {
    rowAt -= h.matrixStride;
    const x = get(step, r) * get(rowAt, r);
    const by = both(-x);
    const end = (<usize>(r & ~1)) << 3;
    set(step, r, x);
    for (let at: usize = 0; at < end; at += 16) write(step + at, madd(by, read(rowAt + at), read(step + at)));
    if (r & 1) set(step, r - 1, get(step, r - 1) - x * get(rowAt, r - 1));
  }
}

/** Gradient of the dual at the present trades. */
export function setResidual(h: Hedger): void {
  for (let k = 0; k < h.exposures; k++) {
    const proximal = get(h.dampingAt, k) * (get(h.multiplierAt, k) - get(h.multiplierCentreAt, k));
    set(h.residualAt, k, get(h.currentAt, k) - get(h.tradeAt, h.firstRow + k) - proximal);
  }
}

/** The Newton step of the multipliers from the residual, and what it changes in every column's value. */
export function setDirection(h: Hedger): void {
  assemble(h);
  factor(h);
  solveStep(h);
  worth(h, h.directionAt, h.changeAt);
}

/**
 * The first kink of every column along the step, as a part of the step; the nearest of all.
 * A column that stands still meets none.
 */
function setFirstBreaks(h: Hedger): f64 {
  const end = (<usize>h.columns) << 3;
  let nearest = both(Infinity);
  for (let at: usize = 0; at < end; at += 16) {
    const change = read(h.changeAt + at);
    const edge = select(lessThan(both(0), change), read(h.toAt + at), read(h.fromAt + at));
    const met = div(sub(edge, read(h.valueAt + at)), change);
    const first = select(equal(change, both(0)), both(Infinity), met);
    write(h.firstAt + at, first);
    nearest = least(first, nearest);
  }
  return max(0, min(low(nearest), high(nearest)));
}

/** Where column i meets its first kink. */
// @ts-ignore: decorator
@inline
function firstBreak(h: Hedger, i: i32): f64 {
  return max(0, get(h.firstAt, i));
}

/** Length of a whole piece, in units of value. */
// @ts-ignore: decorator
@inline
function lengthOf(h: Hedger, i: i32, piece: i32): f64 {
  const j = piece >> 1;
  if (piece & 1) {
    const kinks = kinksOf(h, i);
    return (get(h.curvatureAt, i) + get(h.pullAt, i)) * (get(kinks, j + 1) - get(kinks, j));
  }
  const slopes = slopesOf(h, i);
  return get(slopes, j + 1) - get(slopes, j);
}

/** Records where column i meets kinks before `reach`, from break `count` on; the new count. */
function listBreaks(h: Hedger, i: i32, reach: f64, count: i32): i32 {
  const change = get(h.changeAt, i);
  const isUp = change > 0;
  const perValue = 1 / abs(change);
  const bend = (change * change) / (get(h.curvatureAt, i) + get(h.pullAt, i));
  let piece = getInt(h.pieceAt, i);
  let t = firstBreak(h, i);
  while (t < reach) {
    set(h.breakAt, count, t);
    set(h.bendAt, count, piece & 1 ? bend : -bend);
    count++;
    piece += isUp ? 1 : -1;
    t += lengthOf(h, i, piece) * perValue;
  }
  return count;
}

/** Lists the columns that meet a kink before `reach`, and all breaks before it; how many breaks. */
function listCrossings(h: Hedger, reach: f64): i32 {
  const end = (<usize>h.columns) << 3;
  const limit = both(reach);
  let breaks = 0;
  h.crossingCount = 0;
  for (let at: usize = 0; at < end; at += 16) {
    const isMet = lessThan(read(h.firstAt + at), limit);
    if (!any(isMet)) continue;
    for (let i = <i32>(at >> 3); i < <i32>(at >> 3) + 2; i++) {
      if (!(get(h.firstAt, i) < reach)) continue;
      setInt(h.crossingAt, h.crossingCount++, i);
      breaks = listBreaks(h, i, reach, breaks);
    }
  }
  return breaks;
}

/** The column's trade at `t` on the piece that it entered at kink `start`, `since` along the step. */
// @ts-ignore: decorator
@inline
function slide(h: Hedger, i: i32, piece: i32, start: f64, since: f64): f64 {
  if (!(piece & 1)) return start;
  return keepOnPiece(h, i, piece, start + since * get(h.changeAt, i) * get(h.responseAt, i));
}

/** Moves column i by `t` along the step, over the kinks that it meets. */
function cross(h: Hedger, i: i32, t: f64): void {
  const change = get(h.changeAt, i);
  const isUp = change > 0;
  const perValue = 1 / abs(change);
  let piece = getInt(h.pieceAt, i);
  let start = get(h.tradeAt, i);
  let entered = 0.0;
  let left = firstBreak(h, i);
  if (left < t) {
    do {
      piece += isUp ? 1 : -1;
      entered = left;
      left += lengthOf(h, i, piece) * perValue;
    } while (left < t);
    enter(h, i, piece);
    start = get(kinksOf(h, i), (piece >> 1) + (piece & 1 && !isUp ? 1 : 0));
  }
  setTrade(h, i, slide(h, i, piece, start, t - entered));
}

/** A new trade, and the exposure that it brings. */
function setTrade(h: Hedger, i: i32, x: f64): void {
  const change = x - get(h.tradeAt, i);
  set(h.tradeAt, i, x);
  if (i >= h.firstRow || change == 0) return;
  const m = h.exposures;
  const aAt = field(h, SENSITIVITY) + ((<usize>(i * m)) << 3);
  for (let k = 0; k < m; k++) set(h.currentAt, k, get(h.currentAt, k) + change * get(aAt, k));
}

// @ts-ignore: decorator
@inline
function swapBreaks(h: Hedger, i: i32, j: i32): void {
  const t = get(h.breakAt, i);
  const bend = get(h.bendAt, i);
  set(h.breakAt, i, get(h.breakAt, j));
  set(h.bendAt, i, get(h.bendAt, j));
  set(h.breakAt, j, t);
  set(h.bendAt, j, bend);
}

/**
 * Zero of the dual's derivative along the step: decreasing, piecewise linear, `rate` at 0 with slope -rate, bent at
 * the listed breaks. Bisection over the breaks by partition, so that only the part with the zero is looked at again.
 */
function zeroAlong(h: Hedger, rate: f64, count: i32): f64 {
  let start = 0.0;
  let slope = -rate;
  let first = 0;
  let end = count;
  while (first < end) {
    const pivot = get(h.breakAt, (first + end) >> 1);
    let rateThere = rate + slope * (pivot - start);
    let slopeThere = slope;
    // [first, before): ahead of the pivot, [before, upTo): at it
    let before = first;
    let upTo = first;
    for (let j = first; j < end; j++) {
      const t = get(h.breakAt, j);
      if (t > pivot) continue;
      rateThere += get(h.bendAt, j) * (pivot - t);
      slopeThere += get(h.bendAt, j);
      swapBreaks(h, upTo, j);
      if (t < pivot) swapBreaks(h, before++, upTo);
      upTo++;
    }
    if (rateThere > 0) {
      rate = rateThere;
      slope = slopeThere;
      start = pivot;
      first = upTo;
    } else {
      end = before;
    }
  }
  return slope < 0 ? start - rate / slope : Infinity;
}

/** How far the first look for the zero goes at least, and how much farther each goes than the one before. */
const NEAR: f64 = 1e-12;
const WIDER: f64 = 8;

/** Takes the step as far as the dual rises. @returns whether it was taken whole, on the face it was made for */
export function takeStep(h: Hedger): bool {
  let rate = 0.0;
  for (let k = 0; k < h.exposures; k++) rate += get(h.directionAt, k) * get(h.residualAt, k);
  if (!(rate > 0)) return true;
  let t = 1.0;
  let reach = setFirstBreaks(h);
  const isWhole = reach >= 1;
  if (isWhole) {
    h.crossingCount = 0;
  } else {
    do {
      reach = min(1, max(WIDER * reach, NEAR));
      t = zeroAlong(h, rate, listCrossings(h, reach));
    } while (t > reach && reach < 1);
    t = min(t, 1);
  }
  for (let c = 0; c < h.crossingCount; c++) cross(h, getInt(h.crossingAt, c), t);
  for (let f = 0; f < h.freeCount; f++) {
    const i = getInt(h.freeAt, f);
    if (get(h.firstAt, i) < reach) continue;
    setTrade(h, i, slide(h, i, getInt(h.pieceAt, i), get(h.tradeAt, i), t));
  }
  const step = both(t);
  const end = (<usize>h.columns) << 3;
  for (let at: usize = 0; at < end; at += 16) {
    write(h.valueAt + at, madd(step, read(h.changeAt + at), read(h.valueAt + at)));
  }
  for (let k = 0; k < h.exposures; k++)
    set(h.multiplierAt, k, get(h.multiplierAt, k) + t * get(h.directionAt, k));
  return isWhole;
}
