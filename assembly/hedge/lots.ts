/**
 * Whole lots: the relaxed trades are rounded, and then improved by moving one instrument, or two at once, by a lot,
 * as long as that helps. The bound of the relaxed problem stays, so the gap is the price of rounding.
 */
import { give, take } from '../memory/arena';
import { appraise, OPTIMAL } from './certificate';
import { field, Hedger, LOT, LOWER, MINIMUM, SENSITIVITY, TARGET, UPPER, WEIGHT } from './problem';
import { costAt, hold, kinksOf } from './project';
import { resume, writeTrades } from './solve';
import { get, getInt, set } from '../memory/column';

/** Moves that are tried in pairs: those that harm least by themselves. */
const PAIRED: i32 = 64;

/** What a unit of band excess costs in the search, in units of the multipliers and of all costs per range. */
const STRICTNESS: f64 = 1e3;

/** The search ends by itself; this only bounds its time. */
const MOVES: i32 = 1000;

/** Penalty of exposure k at e. */
function rowCost(h: Hedger, k: i32, e: f64): f64 {
  const miss = e - get(field(h, TARGET), k);
  const excess = max(0, max(get(field(h, LOWER), k) - e, e - get(field(h, UPPER), k)));
  const price = STRICTNESS * (abs(get(h.answerMultiplierAt, k)) + h.money / get(h.rangeAt, k));
  return 0.5 * get(field(h, WEIGHT), k) * miss * miss + (excess > 0 ? price * excess : 0);
}

// @ts-ignore: decorator
@inline
function lowest(h: Hedger, i: i32): f64 {
  return get(kinksOf(h, i), 0);
}

// @ts-ignore: decorator
@inline
function highest(h: Hedger, i: i32): f64 {
  return get(kinksOf(h, i), getInt(h.kinkCountAt, i) - 1);
}

/** Smallest whole number of lots that makes the minimum. */
function smallest(h: Hedger, i: i32): f64 {
  const lot = get(field(h, LOT), i);
  return max(1, ceil(get(field(h, MINIMUM), i) / lot - 1e-9)) * lot;
}

/** So many lots; the end of the box where they are beyond it by rounding alone (141 x 0.1 is more than 14.1). */
function sizeOf(h: Hedger, i: i32, lots: f64): f64 {
  const lot = get(field(h, LOT), i);
  const size = lots * lot;
  if (size > highest(h, i) && size <= highest(h, i) + 1e-9 * lot) return highest(h, i);
  if (size < lowest(h, i) && size >= lowest(h, i) - 1e-9 * lot) return lowest(h, i);
  return size;
}

/**
 * The whole lots next to x in a direction, over the gap between zero and the minimum; x itself at the end of the box.
 */
function neighbour(h: Hedger, i: i32, x: f64, direction: f64): f64 {
  const lot = get(field(h, LOT), i);
  const least = smallest(h, i);
  let next = sizeOf(h, i, nearest(x / lot) + direction);
  if (abs(next) < least * (1 - 1e-9)) next = x == 0 ? direction * least : 0;
  return next < lowest(h, i) || next > highest(h, i) ? x : next;
}

/** Whole lots near x, inside the box. */
function roundTrade(h: Hedger, i: i32, x: f64): f64 {
  const lot = get(field(h, LOT), i);
  const least = smallest(h, i);
  let lots = nearest(x / lot);
  if (sizeOf(h, i, lots) < lowest(h, i) || sizeOf(h, i, lots) > highest(h, i)) lots = trunc(x / lot);
  const rounded = sizeOf(h, i, lots);
  if (abs(rounded) >= least * (1 - 1e-9)) return rounded;
  const sized = x > 0 ? least : -least;
  const fits = sized >= lowest(h, i) && sized <= highest(h, i);
  return fits && abs(x) > 0.5 * least ? sized : 0;
}


@unmanaged
class Move {
  instrument: i32;
  to: f64;
  /** What it adds to the objective by itself. */
  harm: f64;
}

/** What the exposures' penalty gains from moving along one instrument, and along a second one. */
function penaltyChange(h: Hedger, i: i32, by: f64, j: i32, byJ: f64): f64 {
  const m = h.exposures;
  const aAt = field(h, SENSITIVITY) + ((<usize>(i * m)) << 3);
  const bAt = field(h, SENSITIVITY) + ((<usize>(j * m)) << 3);
  let change = 0.0;
  for (let k = 0; k < m; k++) {
    const e = get(h.currentAt, k);
    change += rowCost(h, k, e + by * get(aAt, k) + byJ * get(bAt, k)) - rowCost(h, k, e);
  }
  return change;
}

// @ts-ignore: decorator
@inline
function tradeChange(h: Hedger, move: Move): f64 {
  return move.to - get(h.answerAt, move.instrument);
}

// @ts-ignore: decorator
@inline
function costChange(h: Hedger, move: Move): f64 {
  return costAt(h, move.instrument, move.to) - costAt(h, move.instrument, get(h.answerAt, move.instrument));
}

function apply(h: Hedger, move: Move): void {
  const m = h.exposures;
  const by = tradeChange(h, move);
  const aAt = field(h, SENSITIVITY) + ((<usize>(move.instrument * m)) << 3);
  for (let k = 0; k < m; k++) set(h.currentAt, k, get(h.currentAt, k) + by * get(aAt, k));
  set(h.answerAt, move.instrument, move.to);
}

/** Keeps the `PAIRED` least harmful moves in ascending order. */
function offer(movesAt: usize, count: i32, instrument: i32, to: f64, harm: f64): i32 {
  const size = offsetof<Move>();
  if (count == PAIRED && harm >= changetype<Move>(movesAt + <usize>(count - 1) * size).harm) return count;
  let place = count < PAIRED ? count++ : count - 1;
  while (place > 0 && changetype<Move>(movesAt + <usize>(place - 1) * size).harm > harm) {
    memory.copy(movesAt + <usize>place * size, movesAt + <usize>(place - 1) * size, size);
    place--;
  }
  const move = changetype<Move>(movesAt + <usize>place * size);
  move.instrument = instrument;
  move.to = to;
  move.harm = harm;
  return count;
}

/** Makes the best move, or pair of moves, if one helps by more than rounding. */
function improve(h: Hedger, movesAt: usize, worth: f64): bool {
  const size = offsetof<Move>();
  let count = 0;
  for (let i = 0; i < h.instruments; i++) {
    if (!(get(field(h, LOT), i) > 0)) continue;
    const x = get(h.answerAt, i);
    for (let direction = -1; direction <= 1; direction += 2) {
      const to = neighbour(h, i, x, <f64>direction);
      if (to == x) continue;
      const harm = costAt(h, i, to) - costAt(h, i, x) + penaltyChange(h, i, to - x, i, 0);
      count = offer(movesAt, count, i, to, harm);
    }
  }
  if (!count) return false;
  let best = changetype<Move>(movesAt).harm;
  let first = 0;
  let second = -1;
  for (let a = 0; a < count; a++) {
    const one = changetype<Move>(movesAt + <usize>a * size);
    for (let b = a + 1; b < count; b++) {
      const other = changetype<Move>(movesAt + <usize>b * size);
      if (one.instrument == other.instrument) continue;
      const harm =
        costChange(h, one) +
        costChange(h, other) +
        penaltyChange(h, one.instrument, tradeChange(h, one), other.instrument, tradeChange(h, other));
      if (harm >= best) continue;
      best = harm;
      first = a;
      second = b;
    }
  }
  if (!(best < -worth)) return false;
  apply(h, changetype<Move>(movesAt + <usize>first * size));
  if (second >= 0) apply(h, changetype<Move>(movesAt + <usize>second * size));
  return true;
}

/** The best trades of the instruments without a lot, beside those in whole lots. */
function fitRest(h: Hedger, tolerance: f64, maxIterations: i32): void {
  let rest = 0;
  for (let i = 0; i < h.instruments; i++) {
    if (get(field(h, LOT), i) > 0) hold(h, i, get(h.answerAt, i));
    else if (lowest(h, i) < highest(h, i)) rest++;
  }
  if (rest && resume(h, tolerance, maxIterations) == OPTIMAL) writeTrades(h);
}

/**
 * Rounds the answer to whole lots and minimum sizes.
 * @returns whether any trade had to change
 */
export function round(h: Hedger, tolerance: f64, maxIterations: i32): bool {
  const movesAt = take(PAIRED * offsetof<Move>());
  if (!movesAt) return false;
  let isChanged = false;
  for (let i = 0; i < h.instruments; i++) {
    if (!(get(field(h, LOT), i) > 0)) continue;
    const x = get(h.answerAt, i);
    const rounded = roundTrade(h, i, x);
    isChanged = isChanged || rounded != x;
    set(h.answerAt, i, rounded);
  }
  if (isChanged) {
    appraise(h, h.answerAt);
    const worth = 1e-12 * max(1, abs(h.objective));
    let moves = 0;
    while (moves < MOVES && improve(h, movesAt, worth)) moves++;
    fitRest(h, tolerance, maxIterations);
  }
  give(movesAt);
  return isChanged;
}
