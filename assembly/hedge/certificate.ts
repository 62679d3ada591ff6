/**
 * The proof that goes with an answer.
 *
 * For any multipliers y the separable dual bounds the optimum from below,
 *
 *     bound = y'e0 - sum_i cost_i*(-A_i'y) - sum_k row_k*(y_k),
 *
 * every conjugate in closed form because every box is finite. Objective and bound differ by the sum of what every
 * column loses against its own best answer to y (the Fenchel-Young gaps), and that is how the gap is summed: each
 * part is non-negative and small by itself, so that no digits are lost between two large numbers.
 */
import { add, both, high, low, madd, read } from '../lanes/f64x2';
import { EXPOSURE, field, Hedger, isIdle, LOWER, TARGET, UPPER, WEIGHT } from './problem';
import { costAt, costOf, kinksOf, regret } from './project';
import { worth } from './face';
import { get, getInt, set } from '../memory/column';

// Of a solve.
export const OPTIMAL: i32 = 0;
export const INFEASIBLE: i32 = 1;
export const ITERATION_LIMIT: i32 = 2;
/** Optimal before whole lots or a number of instruments were imposed. */
export const RESTRICTED: i32 = 3;

/** The exposure that trades bring, without what rounding has gathered on the way. */
export function setExposure(h: Hedger, tradesAt: usize): void {
  const end = (<usize>h.firstRow) << 3;
  for (let k = 0; k < h.exposures; k++) {
    const rowAt = h.byRowAt + <usize>k * h.rowStride;
    let a = both(0);
    let b = both(0);
    for (let at: usize = 0; at < end; at += 32) {
      a = madd(read(rowAt + at), read(tradesAt + at), a);
      b = madd(read(rowAt + at + 16), read(tradesAt + at + 16), b);
    }
    a = add(a, b);
    set(h.currentAt, k, get(field(h, EXPOSURE), k) + (low(a) + high(a)));
  }
}

/** The multiplier as the bounds allow it: none presses where the exposure is free of them, or where there is none. */
function admissible(h: Hedger, k: i32, y: f64): f64 {
  if (get(field(h, WEIGHT), k) > 0) return y;
  if (getInt(h.pieceAt, h.firstRow + k) & 1) return 0;
  if (y > 0 && get(field(h, UPPER), k) == Infinity) return 0;
  if (y < 0 && get(field(h, LOWER), k) == -Infinity) return 0;
  return y;
}

/** What exposure k costs more than its best answer to y: row(e) + row*(y) - y e. */
function rowRegret(h: Hedger, k: i32, e: f64, y: f64): f64 {
  if (isIdle(h, k)) return 0;
  const weight = get(field(h, WEIGHT), k);
  const target = get(field(h, TARGET), k);
  const lower = get(field(h, LOWER), k);
  const upper = get(field(h, UPPER), k);
  const best = weight > 0 ? min(max(target + y / weight, lower), upper) : y > 0 ? upper : y < 0 ? lower : e;
  return (e - best) * (0.5 * weight * (e - target + (best - target)) - y);
}

/** Objective and violation, of trades that cost `cost` and `linear` and bring the present exposure. */
function setObjective(h: Hedger, cost: f64, linear: f64): void {
  let penalty = 0.0;
  let violation = 0.0;
  for (let k = 0; k < h.exposures; k++) {
    const e = get(h.currentAt, k);
    const miss = e - get(field(h, TARGET), k);
    const excess = max(get(field(h, LOWER), k) - e, e - get(field(h, UPPER), k));
    penalty += 0.5 * get(field(h, WEIGHT), k) * miss * miss;
    violation = max(violation, excess / (1 + abs(e)));
  }
  h.cost = cost;
  h.objective = penalty + cost + linear;
  h.violation = violation;
}

/** Exposure, objective and violation of any trades in the box. */
export function appraise(h: Hedger, tradesAt: usize): void {
  let cost = 0.0;
  let linear = 0.0;
  setExposure(h, tradesAt);
  for (let i = 0; i < h.instruments; i++) {
    const x = get(tradesAt, i);
    const carry = get(h.linearAt, i) * x;
    linear += carry;
    cost += costAt(h, i, x) - carry;
  }
  setObjective(h, cost, linear);
}

/** The bound stays; the gap to it. */
export function setBound(h: Hedger, bound: f64): void {
  h.bound = bound;
  h.gap = (h.objective - bound) / max(1, abs(h.objective));
}

/** Proves the solver's trades: objective, bound and gap at its multipliers. */
export function certify(h: Hedger): void {
  const multipliers = h.answerMultiplierAt;
  setExposure(h, h.tradeAt);
  for (let k = 0; k < h.exposures; k++) set(multipliers, k, admissible(h, k, get(h.multiplierAt, k)));
  worth(h, multipliers, h.changeAt);
  let cost = 0.0;
  let linear = 0.0;
  let columnLoss = 0.0;
  let rowLoss = 0.0;
  for (let i = 0; i < h.instruments; i++) {
    cost += costOf(h, i);
    linear += get(h.linearAt, i) * get(h.tradeAt, i);
    columnLoss += regret(h, i, get(h.tradeAt, i), getInt(h.pieceAt, i), get(h.changeAt, i));
  }
  for (let k = 0; k < h.exposures; k++) rowLoss += rowRegret(h, k, get(h.currentAt, k), get(multipliers, k));
  setObjective(h, cost, linear);
  h.columnLoss = columnLoss;
  h.rowLoss = rowLoss;
  h.bound = h.objective - (columnLoss + rowLoss);
  h.gap = (columnLoss + rowLoss) / max(1, abs(h.objective));
}

/**
 * Whether multipliers v prove the bands infeasible: no trade in the box can raise v'A x above what the bands ask,
 *
 *     sum_i min over the box of (A_i'v) x_i  >  sum_k max(v_k, 0) (upper_k - e0_k) + min(v_k, 0) (lower_k - e0_k)
 *
 * (Farkas; 0 x Infinity = 0). No tolerance on A'v is needed since every box is finite. `v` is cleared where a bound
 * is missing; rounding is allowed for, so that what is called infeasible is.
 */
function isRay(h: Hedger, vAt: usize, scratchAt: usize): bool {
  let asked = 0.0;
  let size = 0.0;
  for (let k = 0; k < h.exposures; k++) {
    const v = get(vAt, k);
    const edge = v > 0 ? get(field(h, UPPER), k) : get(field(h, LOWER), k);
    if (v == 0 || abs(edge) == Infinity) {
      set(vAt, k, 0);
      continue;
    }
    asked += v * (edge - get(field(h, EXPOSURE), k));
    size += abs(v) * (abs(edge) + abs(get(field(h, EXPOSURE), k)));
  }
  worth(h, vAt, scratchAt);
  let least = 0.0;
  for (let i = 0; i < h.instruments; i++) {
    const value = get(scratchAt, i);
    if (value == 0) continue;
    const kinks = kinksOf(h, i);
    const end: i32 = value > 0 ? getInt(h.kinkCountAt, i) - 1 : 0;
    const part = -value * get(kinks, end);
    least += part;
    size += abs(part);
  }
  return least - asked > 1e-12 * size;
}

/** How much of the proof exposure k carries. */
// @ts-ignore: decorator
@inline
function weightInRay(h: Hedger, k: i32): f64 {
  return abs(get(h.rayAt, k)) * get(h.rangeAt, k);
}

/** Leaves rows out of the proof, the lightest first, as long as it holds: what remains is in conflict. */
function prune(h: Hedger): void {
  let floor = 0.0;
  while (true) {
    let lightest = -1;
    for (let k = 0; k < h.exposures; k++) {
      const weight = weightInRay(h, k);
      if (weight > floor && (lightest < 0 || weight < weightInRay(h, lightest))) lightest = k;
    }
    if (lightest < 0) return;
    floor = weightInRay(h, lightest);
    const v = get(h.rayAt, lightest);
    set(h.rayAt, lightest, 0);
    if (!isRay(h, h.rayAt, h.changeAt)) set(h.rayAt, lightest, v);
  }
}

/**
 * Whether the change of the multipliers since the last centre proves the bands infeasible; then the ray holds the
 * proof.
 */
export function provesInfeasible(h: Hedger, tolerance: f64): bool {
  if (!h.banded || h.violation <= tolerance) return false;
  for (let k = 0; k < h.exposures; k++) {
    set(h.directionAt, k, get(h.multiplierAt, k) - get(h.multiplierCentreAt, k));
  }
  if (!isRay(h, h.directionAt, h.changeAt)) return false;
  memory.copy(h.rayAt, h.directionAt, (<usize>h.exposures) << 3);
  prune(h);
  h.bound = Infinity;
  h.gap = -Infinity;
  return true;
}

/** Nothing has been proved yet. */
export function forgetBest(h: Hedger): void {
  h.bestGap = Infinity;
  h.bestViolation = Infinity;
}

/** Whether what was kept is nearer to a proof than what stands. */
export function isBestBetter(h: Hedger): bool {
  return max(abs(h.bestGap), h.bestViolation) < max(abs(h.gap), h.violation);
}

/** Keeps what stands, with its proof, where nothing better is kept. */
export function keepBest(h: Hedger): void {
  if (isBestBetter(h)) return;
  const rowBytes = (<usize>h.exposures) << 3;
  memory.copy(h.bestTradesAt, h.tradeAt, (<usize>h.instruments) << 3);
  memory.copy(h.bestExposureAt, h.currentAt, rowBytes);
  memory.copy(h.bestMultiplierAt, h.answerMultiplierAt, rowBytes);
  h.bestCost = h.cost;
  h.bestObjective = h.objective;
  h.bestBound = h.bound;
  h.bestGap = h.gap;
  h.bestViolation = h.violation;
}

/** Puts the multipliers and the figures of what was kept in the answer's place; its trades are written from there. */
export function recallBest(h: Hedger): void {
  memory.copy(h.answerMultiplierAt, h.bestMultiplierAt, (<usize>h.exposures) << 3);
  h.cost = h.bestCost;
  h.objective = h.bestObjective;
  h.bound = h.bestBound;
  h.gap = h.bestGap;
  h.violation = h.bestViolation;
}

/** Whether the proof stands to the tolerance. */
export function isProved(h: Hedger, tolerance: f64): bool {
  return abs(h.gap) <= tolerance && h.violation <= tolerance;
}
