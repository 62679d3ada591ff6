/**
 * The exact answer of one column to a value: the trade that minimises
 *
 *     cost(x) + 1/2 pull (x - centre)^2 - value x      over the column's box.
 *
 * The cost is piecewise quadratic, so the answer moves along alternating pieces as the value rises: it rests on a
 * kink while the value crosses the jump of the marginal cost, and slides to the next kink at the rate 1 /
 * (curvature + pull). (The proximal mapping of a soft threshold with a ladder; with one level a side it is
 * clamp(shrink(value, halfSpread) / (curvature + pull), -sell, buy).)
 */
import { Hedger } from './problem';
import { get, getInt, set, setInt } from '../memory/column';

// @ts-ignore: decorator
@inline
export function kinksOf(h: Hedger, i: i32): usize {
  return h.kinkAt + ((<usize>(i * h.slots)) << 3);
}

// @ts-ignore: decorator
@inline
export function slopesOf(h: Hedger, i: i32): usize {
  return h.slopeAt + ((<usize>(i * (h.slots + 1))) << 3);
}

/** Puts column i on a piece: the interval of values on which it holds, and the response there. */
export function enter(h: Hedger, i: i32, piece: i32): void {
  const j = piece >> 1;
  const kinks = kinksOf(h, i);
  const slopes = slopesOf(h, i);
  const pull = get(h.pullAt, i);
  const stiffness = get(h.curvatureAt, i) + pull;
  const offset = get(h.linearAt, i) - pull * get(h.centreAt, i);
  const start = stiffness * get(kinks, j) + offset;
  setInt(h.pieceAt, i, piece);
  if (piece & 1) {
    const slope = get(slopes, j + 1);
    set(h.fromAt, i, slope + start);
    set(h.toAt, i, slope + (stiffness * get(kinks, j + 1) + offset));
    set(h.responseAt, i, 1 / stiffness);
  } else {
    set(h.fromAt, i, get(slopes, j) + start);
    set(h.toAt, i, get(slopes, j + 1) + start);
    set(h.responseAt, i, 0);
  }
}

/** The trade of a free piece, kept on it. */
// @ts-ignore: decorator
@inline
export function keepOnPiece(h: Hedger, i: i32, piece: i32, x: f64): f64 {
  const kinks = kinksOf(h, i);
  return min(max(x, get(kinks, piece >> 1)), get(kinks, (piece >> 1) + 1));
}

/** Finds the piece that holds at the column's value, starting from the one it is on, and the trade there. */
export function locate(h: Hedger, i: i32): void {
  const value = get(h.valueAt, i);
  const last = 2 * (getInt(h.kinkCountAt, i) - 1);
  let piece = min(getInt(h.pieceAt, i), last);
  enter(h, i, piece);
  while (value > get(h.toAt, i) && piece < last) enter(h, i, ++piece);
  while (value < get(h.fromAt, i) && piece > 0) enter(h, i, --piece);
  const kinks = kinksOf(h, i);
  let x = get(kinks, piece >> 1);
  if (piece & 1) {
    if (x > -Infinity) {
      x += (value - get(h.fromAt, i)) * get(h.responseAt, i);
    } else {
      // the exposure of a row without lower bound: solve for it from the value itself
      const pull = get(h.pullAt, i);
      x = (value - get(h.linearAt, i) + pull * get(h.centreAt, i)) * get(h.responseAt, i);
    }
    x = keepOnPiece(h, i, piece, x);
  }
  set(h.tradeAt, i, x);
}

/** Cost of the column's trade without the linear term: spread or depth, and impact. */
export function costOf(h: Hedger, i: i32): f64 {
  const piece = getInt(h.pieceAt, i);
  const j = piece >> 1;
  const x = get(h.tradeAt, i);
  let cost = get(h.paidAt, i * h.slots + j);
  if (piece & 1) cost += get(slopesOf(h, i), j + 1) * (x - get(kinksOf(h, i), j));
  return cost + 0.5 * get(h.curvatureAt, i) * x * x;
}

/** The piece that trade x lies on. */
export function pieceOf(h: Hedger, i: i32, x: f64): i32 {
  const kinks = kinksOf(h, i);
  const last = getInt(h.kinkCountAt, i) - 1;
  let j = 0;
  while (j < last && get(kinks, j + 1) <= x) j++;
  return x > get(kinks, j) ? 2 * j + 1 : 2 * j;
}

/**
 * What the column loses by trade x, on its piece, against its best one at `value`: cost(x) - value x + max over x' of
 * (value x' - cost(x')), the Fenchel-Young gap, summed as the integral of the marginal gain from x to the best x',
 * so that nothing cancels.
 */
export function regret(h: Hedger, i: i32, x: f64, piece: i32, value: f64): f64 {
  const kinks = kinksOf(h, i);
  const slopes = slopesOf(h, i);
  const curvature = get(h.curvatureAt, i);
  const last = getInt(h.kinkCountAt, i) - 1;
  const net = value - get(h.linearAt, i);
  let loss = 0.0;
  // buy more while one more unit gains
  let j = piece >> 1;
  while (j < last) {
    const gain = net - get(slopes, j + 1) - curvature * x;
    if (!(gain > 0)) break;
    const span = get(kinks, j + 1) - x;
    if (gain < curvature * span) return loss + (0.5 * gain * gain) / curvature;
    loss += span * (gain - 0.5 * curvature * span);
    x = get(kinks, ++j);
  }
  if (loss > 0) return loss;
  // or sell
  j = (piece + 1) >> 1;
  while (j > 0) {
    const gain = get(slopes, j) + curvature * x - net;
    if (!(gain > 0)) break;
    const span = x - get(kinks, j - 1);
    if (gain < curvature * span) return loss + (0.5 * gain * gain) / curvature;
    loss += span * (gain - 0.5 * curvature * span);
    x = get(kinks, --j);
  }
  return loss;
}

/** Cost of any trade in the box, with the linear term. */
export function costAt(h: Hedger, i: i32, x: f64): f64 {
  const piece = pieceOf(h, i, x);
  const j = piece >> 1;
  const cost = get(h.paidAt, i * h.slots + j) + (get(h.linearAt, i) + 0.5 * get(h.curvatureAt, i) * x) * x;
  return piece & 1 ? cost + get(slopesOf(h, i), j + 1) * (x - get(kinksOf(h, i), j)) : cost;
}

/** Holds the column at x, which must lie in its box. `shapeInstrument` lets it go. */
export function hold(h: Hedger, i: i32, x: f64): void {
  const linear = get(h.linearAt, i) * x;
  const paid = costAt(h, i, x) - linear - 0.5 * get(h.curvatureAt, i) * x * x;
  setInt(h.kinkCountAt, i, 1);
  set(kinksOf(h, i), 0, x);
  set(h.paidAt, i * h.slots, paid);
  set(slopesOf(h, i), 1, Infinity);
}
