/**
 * The closest feasible answer of an infeasible problem: least violation of the bands first, then least cost.
 *
 * The violation is itself a hedge: every exposure gets an instrument that moves it alone, at a quadratic cost. That
 * hedge problem is always feasible; its optimum minimises the sum of squared excesses, each in units of its
 * exposure's range, and reaches bands that are then just wide enough. Within those the trades of least cost are
 * found.
 */
import { give } from '../memory/arena';
import { certify } from './certificate';
import {
  BUY_LIMIT,
  exchange,
  EXPOSURE,
  field,
  Hedger,
  hedgerCreate,
  IMPACT,
  LOWER,
  NEWTON,
  SELL_LIMIT,
  SENSITIVITY,
  staged,
  UPPER,
} from './problem';
import { kinksOf } from './project';
import { solve } from './solve';
import { get, getInt, set } from '../memory/column';

/** The objective of the violation problem before it is solved: what its tolerance is relative to. */
const SCALE: f64 = 1e3;

/** The trades of least violation, as the exposures that they reach in `reachedAt`. @returns false out of memory */
function leastViolation(h: Hedger, reachedAt: usize, maxIterations: i32): bool {
  const n = h.instruments;
  const m = h.exposures;
  const at = hedgerCreate(n + m, m, 1);
  if (!at) return false;
  const violation = changetype<Hedger>(at);
  memory.copy(field(violation, SENSITIVITY), field(h, SENSITIVITY), (<usize>(n * m)) << 3);
  memory.copy(field(violation, EXPOSURE), field(h, EXPOSURE), (<usize>m) << 3);
  memory.copy(field(violation, LOWER), field(h, LOWER), (<usize>m) << 3);
  memory.copy(field(violation, UPPER), field(h, UPPER), (<usize>m) << 3);
  for (let i = 0; i < n; i++) {
    set(field(violation, SELL_LIMIT), i, -get(kinksOf(h, i), 0));
    set(field(violation, BUY_LIMIT), i, get(kinksOf(h, i), getInt(h.kinkCountAt, i) - 1));
  }
  // excess of every exposure without trades, in units of its range: the optimum is no worse
  let squares = 0.0;
  for (let k = 0; k < m; k++) {
    const e = get(field(h, EXPOSURE), k);
    const excess = max(0, max(get(field(h, LOWER), k) - e, e - get(field(h, UPPER), k))) / get(h.rangeAt, k);
    squares += excess * excess;
  }
  for (let k = 0; k < m; k++) {
    const range = get(h.rangeAt, k);
    const farthest = range * sqrt(squares);
    set(field(violation, SENSITIVITY), (n + k) * m + k, 1);
    set(field(violation, SELL_LIMIT), n + k, farthest);
    set(field(violation, BUY_LIMIT), n + k, farthest);
    set(field(violation, IMPACT), n + k, (2 * SCALE) / (squares * range * range));
  }
  solve(violation, 1e-12, maxIterations, false, NEWTON);
  for (let k = 0; k < m; k++) {
    set(reachedAt, k, get(violation.currentAt, k) - get(violation.tradeAt, n + k));
  }
  h.newtonSteps += violation.newtonSteps;
  give(at);
  return true;
}

/** Replaces the trades by the closest feasible ones; bound and gap are those of the problem with widened bands. */
export function approach(h: Hedger, tolerance: f64, maxIterations: i32): void {
  const spent = h.newtonSteps;
  if (!leastViolation(h, h.answerExposureAt, maxIterations)) return;
  for (let k = 0; k < h.exposures; k++) {
    const e = get(h.answerExposureAt, k);
    set(staged(h, LOWER), k, min(get(field(h, LOWER), k), e));
    set(staged(h, UPPER), k, max(get(field(h, UPPER), k), e));
  }
  exchange(h, LOWER);
  exchange(h, UPPER);
  h.rowChanged = true;
  solve(h, tolerance, maxIterations, false, NEWTON);
  h.newtonSteps += spent;
  const bound = h.bound;
  const gap = h.gap;
  exchange(h, LOWER);
  exchange(h, UPPER);
  h.rowChanged = true;
  h.solved = false;
  // the violation is that of the bands as they were given
  certify(h);
  h.bound = bound;
  h.gap = gap;
}
