/**
 * Newton on the identified face.
 *
 * At multipliers y every column answers with its best trade (project.ts); the columns on a free piece are the face. The
 * dual function is concave and continuously differentiable, with
 *
 *     gradient   e0 + A x(y) - s(y) - damping (y - centre)
 *     -Hessian   A_F D_F^-1 A_F' + diag(1 / d_s on free exposures + damping),
 *
 * the Woodbury form of the Newton system of the trades on the face: m x m whatever the number of instruments
 * (semismooth Newton on the dual: Li, Sun, Toh 2018; face and subspace Newton: Bertsekas 1982, More and Toraldo 1991).
 *
 * Along the step the derivative of the dual is piecewise linear and decreasing, so that its zero is found exactly: the
 * kinks that the columns meet are its breaks (the long-step ratio test of the dual simplex method). That makes the
 * method ascend strictly, whatever the start, and end after finitely many steps.
 */
import { add, any, both, equal, low, high, madd, mul, not, read, write } from '../lanes/f64x2';
import { BLOCK, field, get, getInt, Hedger, isIdle, put, putInt, SENSITIVITY } from './problem';
import { enter, keepOnPiece, kinksOf, slopesOf } from './project';

/** out = -A'v for every instrument, and v for every exposure. */
export function worth(h: Hedger, vAt: usize, outAt: usize): void {
  const m = h.exposures;
  const blockBytes = <usize>BLOCK << 3;
  const end = <usize>h.firstRow << 3;
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
  memory.copy(outAt + end, vAt, <usize>m << 3);
}

/** H += response a a' for one instrument: the lower triangle, in pairs. */
function addOuter(h: Hedger, aAt: usize, response: f64): void {
  const m = h.exposures;
  let rowAt = h.matrixAt;
  for (let r = 0; r < m; r++) {
    const scaled = response * get(aAt, r);
    if (scaled != 0) {
      const factor = both(scaled);
      const end = <usize>(r & ~1) << 3;
      for (let at: usize = 0; at < end; at += 16) write(rowAt + at, madd(factor, read(aAt + at), read(rowAt + at)));
      if (!(r & 1)) put(rowAt, r, get(rowAt, r) + scaled * get(aAt, r));
      else write(rowAt + end, madd(factor, read(aAt + end), read(rowAt + end)));
    }
    rowAt += h.matrixStride;
  }
}

/** The matrix on the present face; lists the free instruments. */
function assemble(h: Hedger): void {
  const m = h.exposures;
  const sensitivityAt = field(h, SENSITIVITY);
  const end = <usize>h.firstRow << 3;
  const zero = both(0);
  memory.fill(h.matrixAt, 0, <usize>m * h.matrixStride);
  h.freeCount = 0;
  for (let at: usize = 0; at < end; at += 16) {
    if (!any(not(equal(read(h.responseAt + at), zero)))) continue;
    for (let i = <i32>(at >> 3); i < <i32>(at >> 3) + 2; i++) {
      const response = get(h.responseAt, i);
      if (response == 0) continue;
      putInt(h.freeAt, h.freeCount++, i);
      addOuter(h, sensitivityAt + (<usize>(i * m) << 3), response);
    }
  }
  let diagonalAt = h.matrixAt;
  for (let k = 0; k < m; k++) {
    put(diagonalAt, k, get(diagonalAt, k) + get(h.responseAt, h.firstRow + k) + get(h.dampingAt, k));
    diagonalAt += h.matrixStride;
  }
}

// @ts-ignore: decorator
@inline
function dot(aAt: usize, bAt: usize, count: i32): f64 {
  let sum = both(0);
  const end = <usize>(count & ~1) << 3;
  for (let at: usize = 0; at < end; at += 16) sum = madd(read(aAt + at), read(bAt + at), sum);
  const pairs = low(sum) + high(sum);
  return count & 1 ? pairs + get(aAt, count - 1) * get(bAt, count - 1) : pairs;
}

/** A pivot below this part of its diagonal entry is rounding: the direction is left out of the step. */
const PIVOT: f64 = 1e-15;

/** Cholesky in place, with reciprocal diagonal; then the step, H direction = residual. */
function solveStep(h: Hedger): void {
  const m = h.exposures;
  const step = h.directionAt;
  let rowAt = h.matrixAt;
  for (let r = 0; r < m; r++) {
    let columnAt = h.matrixAt;
    for (let c = 0; c < r; c++) {
      put(rowAt, c, (get(rowAt, c) - dot(rowAt, columnAt, c)) * get(columnAt, c));
      columnAt += h.matrixStride;
    }
    const diagonal = get(rowAt, r);
    const pivot = diagonal - dot(rowAt, rowAt, r);
    put(rowAt, r, pivot > PIVOT * diagonal && !isIdle(h, r) ? 1 / sqrt(pivot) : 0);
    put(step, r, (get(h.residualAt, r) - dot(rowAt, step, r)) * get(rowAt, r));
    rowAt += h.matrixStride;
  }
  for (let r = m - 1; r >= 0; r--) {
    rowAt -= h.matrixStride;
    const x = get(step, r) * get(rowAt, r);
    put(step, r, x);
    for (let c = 0; c < r; c++) put(step, c, get(step, c) - x * get(rowAt, c));
  }
}

/** Gradient of the dual at the present trades. */
export function setResidual(h: Hedger): void {
  for (let k = 0; k < h.exposures; k++) {
    const proximal = get(h.dampingAt, k) * (get(h.multiplierAt, k) - get(h.multiplierCentreAt, k));
    put(h.residualAt, k, get(h.currentAt, k) - get(h.tradeAt, h.firstRow + k) - proximal);
  }
}

/** The Newton step of the multipliers from the residual, and what it changes in every column's value. */
export function setDirection(h: Hedger): void {
  assemble(h);
  solveStep(h);
  worth(h, h.directionAt, h.changeAt);
}

/** Length of the column's present piece ahead of it, in units of its value. */
// @ts-ignore: decorator
@inline
function roomAhead(h: Hedger, i: i32, piece: i32, isUp: bool): f64 {
  const j = piece >> 1;
  if (piece & 1) {
    const kinks = kinksOf(h, i);
    const stiffness = get(h.curvatureAt, i) + get(h.pullAt, i);
    const x = get(h.tradeAt, i);
    return stiffness * (isUp ? get(kinks, j + 1) - x : x - get(kinks, j));
  }
  return isUp ? get(h.toAt, i) - get(h.valueAt, i) : get(h.valueAt, i) - get(h.fromAt, i);
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
  let t = max(0, roomAhead(h, i, piece, isUp)) * perValue;
  while (t < reach) {
    put(h.breakAt, count, t);
    put(h.bendAt, count, piece & 1 ? bend : -bend);
    count++;
    piece += isUp ? 1 : -1;
    t += lengthOf(h, i, piece) * perValue;
  }
  return count;
}

/** Moves column i by `t` along the step, over the kinks that it meets; what its trade changes by. */
function cross(h: Hedger, i: i32, t: f64): f64 {
  const change = get(h.changeAt, i);
  const isUp = change > 0;
  const perValue = 1 / abs(change);
  const before = get(h.tradeAt, i);
  let piece = getInt(h.pieceAt, i);
  let entered = 0.0;
  let left = max(0, roomAhead(h, i, piece, isUp)) * perValue;
  if (!(left < t)) {
    // not as far as the first kink
    const x = before + t * change * get(h.responseAt, i);
    put(h.valueAt, i, get(h.valueAt, i) + t * change);
    put(h.tradeAt, i, piece & 1 ? keepOnPiece(h, i, piece, x) : x);
    return get(h.tradeAt, i) - before;
  }
  while (left < t) {
    piece += isUp ? 1 : -1;
    entered = left;
    left += lengthOf(h, i, piece) * perValue;
  }
  enter(h, i, piece);
  put(h.valueAt, i, get(h.valueAt, i) + t * change);
  const kinks = kinksOf(h, i);
  const start = get(kinks, (piece >> 1) + (piece & 1 && !isUp ? 1 : 0));
  const x = start + (t - entered) * change * get(h.responseAt, i);
  put(h.tradeAt, i, piece & 1 ? keepOnPiece(h, i, piece, x) : x);
  return get(h.tradeAt, i) - before;
}

// @ts-ignore: decorator
@inline
function swapBreaks(h: Hedger, i: i32, j: i32): void {
  const t = get(h.breakAt, i);
  const bend = get(h.bendAt, i);
  put(h.breakAt, i, get(h.breakAt, j));
  put(h.bendAt, i, get(h.bendAt, j));
  put(h.breakAt, j, t);
  put(h.bendAt, j, bend);
}

/**
 * Zero of the decreasing piecewise linear function that starts at `rate` with slope -rate and bends at the breaks listed:
 * bisection over the breaks by partition, so that only the half with the zero is looked at again.
 */
function zeroAlong(h: Hedger, rate: f64, count: i32): f64 {
  // on the part that is left: rate at `start`, slope there
  let start = 0.0;
  let slope = -rate;
  let first = 0;
  let end = count;
  while (first < end) {
    const pivot = get(h.breakAt, (first + end) >> 1);
    let mid = first;
    let value = rate + slope * (pivot - start);
    let slopeAfter = slope;
    let equals = 0;
    for (let j = first; j < end; j++) {
      const t = get(h.breakAt, j);
      if (t > pivot) continue;
      value += get(h.bendAt, j) * (pivot - t);
      slopeAfter += get(h.bendAt, j);
      equals += t == pivot ? 1 : 0;
      swapBreaks(h, mid++, j);
    }
    if (value > 0) {
      rate = value;
      start = pivot;
      slope = slopeAfter;
      first = mid;
    } else {
      // the zero lies before the pivot: drop the breaks at it
      end = mid;
      if (equals) {
        let kept = first;
        for (let j = first; j < end; j++) {
          if (get(h.breakAt, j) < pivot) swapBreaks(h, kept++, j);
        }
        end = kept;
      }
    }
  }
  return slope < 0 ? start - rate / slope : start;
}

/** Takes the step as far as the dual rises. @returns whether it was taken whole, on the face it was made for */
export function takeStep(h: Hedger): bool {
  const m = h.exposures;
  let rate = 0.0;
  for (let k = 0; k < m; k++) rate += get(h.directionAt, k) * get(h.residualAt, k);
  if (!(rate > 0)) return true;
  let crossings = 0;
  let breaks = 0;
  for (let i = 0; i < h.columns; i++) {
    const ahead = get(h.valueAt, i) + get(h.changeAt, i);
    if (ahead <= get(h.toAt, i) && ahead >= get(h.fromAt, i)) continue;
    const listed = listBreaks(h, i, 1, breaks);
    if (listed == breaks) continue;
    breaks = listed;
    putInt(h.crossingAt, crossings++, i);
  }
  const t = breaks ? min(zeroAlong(h, rate, breaks), 1) : 1;
  for (let k = 0; k < m; k++) put(h.multiplierAt, k, get(h.multiplierAt, k) + t * get(h.directionAt, k));
  for (let c = 0; c < crossings; c++) {
    const i = getInt(h.crossingAt, c);
    addToExposure(h, i, cross(h, i, t));
    put(h.changeAt, i, 0);
  }
  for (let f = 0; f < h.freeCount; f++) {
    const i = getInt(h.freeAt, f);
    const change = get(h.changeAt, i);
    if (change != 0) addToExposure(h, i, t * change * get(h.responseAt, i));
  }
  const step = both(t);
  const end = <usize>h.columns << 3;
  for (let at: usize = 0; at < end; at += 16) {
    const move = mul(step, read(h.changeAt + at));
    write(h.valueAt + at, add(read(h.valueAt + at), move));
    write(h.tradeAt + at, madd(move, read(h.responseAt + at), read(h.tradeAt + at)));
  }
  return breaks == 0;
}

/** The exposure after a change of one trade. */
function addToExposure(h: Hedger, i: i32, change: f64): void {
  if (i >= h.firstRow || change == 0) return;
  const m = h.exposures;
  const aAt = field(h, SENSITIVITY) + (<usize>(i * m) << 3);
  for (let k = 0; k < m; k++) put(h.currentAt, k, get(h.currentAt, k) + change * get(aAt, k));
}

