/**
 * Margin and worst loss as bands of the hedge problem.
 *
 * The profit of a scenario is linear in the trades, so that the worst loss over scenarios is a maximum of linear
 * functions; what a margin adds (|delta|, short units) is convex and piecewise linear, but for the delta shock near its
 * threshold and for offsetting futures. A cut is the linear function that such a limit has at one point for one
 * scenario of each underlying: where all is convex it is nowhere above the limit's own function (Kelley 1960), so that
 * a hedge within the cuts made so far is a relaxation, and cuts where the answer is still over the limit make it exact
 * there. Where every scenario of an underlying profits, its loss that counts is 0 and so is its slope.
 *
 * A cut is a row of the hedge problem: e0 + g x <= limit, x the trades of the instruments.
 */
import { takeLarge } from '../memory/arena';
import { headerOf } from '../memory/layout';
import {
  Account,
  cellOf,
  EDGE,
  figureOf,
  forwardOf,
  INITIAL,
  INITIAL_FACTOR,
  isOver,
  MAINTENANCE,
  MAINTENANCE_FACTOR,
  NET_DELTA,
  parameter,
  placeOf,
  priceOf,
  scenarioOf,
  SHORT_CONTINGENCY,
  underlyingOf,
} from './account';
import { addedTo, lossOf, measure, rollOf, shockSlopeOf, totalOf } from './requirement';
import { get, set } from '../memory/column';

/** What is limited: the worst loss of one scenario for all underlyings, a margin, or the worst loss of a scan. */
const LOSS: i32 = 0;
const INITIAL_LIMIT: i32 = 1;
const SCAN: i32 = 3;


@unmanaged
class Limited {
  instruments: i32;
  /** Rows of the problem: those that are bound to the book, and in all. */
  bound: i32;
  rows: i32;
  /** [instrument x row], [instrument x bound row], by row, by instrument, and zeros by instrument. */
  sensitivity: usize;
  boundSensitivity: usize;
  exposure: usize;
  linear: usize;
  zeros: usize;
}


@unmanaged
class Limit {
  problem: Limited;
  /** None of a scan's. */
  account: Account;
  kind: i32;
  /** Its rows of the problem, a ring, and the cut that is made next. */
  first: i32;
  end: i32;
  next: i32;
  scenarios: i32;
  /** Losses that are ranked together: 1 for all underlyings, or one for each. */
  underlyings: i32;
  /** By [scenario x underlying]. */
  ranks: usize;
  /** A scan's: profits of the book by scenario, and of a unit by [scenario x instrument]. */
  profits: usize;
  units: usize;
}

/**
 * A hedge problem whose last rows are for cuts.
 * @returns its address, 0 where memory is exhausted
 */
export function limitedCreate(instruments: i32, bound: i32, rows: i32): usize {
  const n = <u64>instruments;
  const at = takeLarge(headerOf<Limited>() + 8 * (<u64>(rows + bound) * n + rows + 2 * n));
  if (!at) return 0;
  const problem = changetype<Limited>(at);
  const column = (<usize>instruments) << 3;
  problem.instruments = instruments;
  problem.bound = bound;
  problem.rows = rows;
  problem.sensitivity = at + headerOf<Limited>();
  problem.boundSensitivity = problem.sensitivity + <usize>rows * column;
  problem.exposure = problem.boundSensitivity + <usize>bound * column;
  problem.linear = problem.exposure + ((<usize>rows) << 3);
  problem.zeros = problem.linear + column;
  return at;
}

/** Address of its sensitivities (0), of those of its bound rows alone (1), exposures (2), costs (3) or zeros (4). */
export function limitedColumn(at: usize, column: i32): usize {
  const problem = changetype<Limited>(at);
  if (column == 0) return problem.sensitivity;
  if (column == 1) return problem.boundSensitivity;
  if (column == 2) return problem.exposure;
  return column == 3 ? problem.linear : problem.zeros;
}

/** Lays the bound rows into the problem. */
export function limitedSpread(at: usize): void {
  const problem = changetype<Limited>(at);
  const bytes = (<usize>problem.bound) << 3;
  const row = (<usize>problem.rows) << 3;
  for (let i: usize = 0; i < <usize>problem.instruments; i++) {
    memory.copy(problem.sensitivity + i * row, problem.boundSensitivity + i * bytes, bytes);
  }
}

/**
 * Costs per unit bought: what a bound row and a column of the caller's make of it over some years, counted as gain.
 */
export function limitedCollect(at: usize, row: i32, carryAt: usize, years: f64): void {
  const problem = changetype<Limited>(at);
  for (let i = 0; i < problem.instruments; i++) {
    const earned = get(problem.boundSensitivity, i * problem.bound + row) + get(carryAt, i);
    set(problem.linear, i, 0 - years * earned);
  }
}

function limitOf(
  problemAt: usize,
  kind: i32,
  first: i32,
  room: i32,
  scenarios: i32,
  underlyings: i32,
): usize {
  const at = takeLarge(headerOf<Limit>() + 8 * (<u64>scenarios * underlyings));
  if (!at) return 0;
  const limit = changetype<Limit>(at);
  limit.problem = changetype<Limited>(problemAt);
  limit.kind = kind;
  limit.first = limit.next = first;
  limit.end = first + room;
  limit.scenarios = scenarios;
  limit.underlyings = underlyings;
  limit.ranks = at + headerOf<Limit>();
  return at;
}

/**
 * A limit of an account, its instruments those of the problem: of the worst loss (0), initial (1) or maintenance margin
 * (2).
 * @param first the problem's first row for its cuts
 * @param room how many there are
 * @returns its address, 0 where memory is exhausted
 */
export function limitCreate(problemAt: usize, accountAt: usize, kind: i32, first: i32, room: i32): usize {
  const account = changetype<Account>(accountAt);
  const underlyings = kind == LOSS ? 1 : account.underlyings;
  const at = limitOf(problemAt, kind, first, room, account.scenarios, underlyings);
  if (at) changetype<Limit>(at).account = account;
  return at;
}

/**
 * A limit of the worst loss over the scenarios of a scan.
 * @param profitAt profits of the book by scenario
 * @param unitAt profits of a unit, [scenario x instrument]
 * @returns its address, 0 where memory is exhausted
 */
export function limitScan(
  problemAt: usize,
  first: i32,
  room: i32,
  scenarios: i32,
  profitAt: usize,
  unitAt: usize,
): usize {
  const at = limitOf(problemAt, SCAN, first, room, scenarios, 1);
  if (!at) return 0;
  const limit = changetype<Limit>(at);
  limit.profits = profitAt;
  limit.units = unitAt;
  return at;
}

/** Address of the losses by [scenario x underlying], as they were measured last and until cuts are made. */
export function limitLosses(at: usize): usize {
  return changetype<Limit>(at).ranks;
}

/** The losses of a scenario that count together: of an underlying, or of all. */
function rankedLoss(limit: Limit, underlying: i32, scenario: i32): f64 {
  const account = limit.account;
  if (limit.kind != LOSS) return lossOf(account, underlying, scenario);
  let loss: f64 = 0;
  for (let u = 0; u < account.underlyings; u++) loss += lossOf(account, u, scenario);
  return loss;
}

/** Address of what a unit of each instrument makes in a scenario of a scan. */
function unitsIn(limit: Limit, scenario: i32): usize {
  return limit.units + ((<usize>scenario * <usize>limit.problem.instruments) << 3);
}

/** What the book and the trades lose in a scenario of a scan. */
function scanLoss(limit: Limit, scenario: i32, tradesAt: usize): f64 {
  const units = unitsIn(limit, scenario);
  let profit = get(limit.profits, scenario);
  for (let i = 0; i < limit.problem.instruments; i++) profit += get(units, i) * get(tradesAt, i);
  return 0 - profit;
}

/** The limited quantity at the trades, by full valuation; an account's sizes on trial are then those after them. */
export function limitMeasure(at: usize, tradesAt: usize): f64 {
  const limit = changetype<Limit>(at);
  const account = limit.account;
  const isScan = limit.kind == SCAN;
  if (!isScan) {
    const positions = (<usize>account.positions) << 3;
    memory.copy(account.trial, account.sizes, positions);
    memory.copy(account.trial + positions, tradesAt, (<usize>limit.problem.instruments) << 3);
    measure(account, account.trial);
  }
  let worst: f64 = 0;
  for (let i = 0; i < limit.scenarios * limit.underlyings; i++) {
    const loss = isScan
      ? scanLoss(limit, i, tradesAt)
      : rankedLoss(limit, i % limit.underlyings, i / limit.underlyings);
    set(limit.ranks, i, loss);
    worst = Math.max(worst, loss);
  }
  if (isScan || limit.kind == LOSS) return worst;
  return totalOf(account, limit.kind == INITIAL_LIMIT ? INITIAL : MAINTENANCE);
}

/** The scenario of the greatest loss left in a ranking, which leaves it. */
function takeWorst(limit: Limit, underlying: i32): i32 {
  const underlyings = limit.underlyings;
  let worst = 0;
  for (let scenario = 1; scenario < limit.scenarios; scenario++) {
    const here = get(limit.ranks, scenario * underlyings + underlying);
    if (here > get(limit.ranks, worst * underlyings + underlying)) worst = scenario;
  }
  set(limit.ranks, worst * underlyings + underlying, -Infinity);
  return worst;
}

/** Whether a scenario that is left in a ranking loses. */
function hasLoss(limit: Limit, underlying: i32): bool {
  for (let scenario = 0; scenario < limit.scenarios; scenario++) {
    if (get(limit.ranks, scenario * limit.underlyings + underlying) > 0) return true;
  }
  return false;
}

function signOf(x: f64): f64 {
  return x > 0 ? 1 : x < 0 ? -1 : 0;
}

/** What is added to the worst loss changes by so much with a unit on a cell, for the sizes measured last. */
function addedBy(account: Account, underlying: i32, cell: i32): f64 {
  const place = placeOf(account, cell);
  const net = figureOf(account, underlying, NET_DELTA);
  const roll = signOf(get(account.placeDelta, place)) * rollOf(account, place);
  const shock = signOf(net) * shockSlopeOf(account, underlying, Math.abs(net));
  const added = get(account.deltas, cell) * priceOf(account, underlying) * (roll + shock);
  const rows = account.rows;
  if (cell >= 2 * rows || isOver(account, place)) return added;
  const row = cell % rows;
  if (get(account.weights, row) + get(account.weights, rows + row) >= 0) return added;
  const unit = forwardOf(account, place) * get(account.rates, place);
  return added - unit * parameter(account, underlying, SHORT_CONTINGENCY);
}

/** The row of a scan's scenario, which is the same at every point. */
function cutScan(limit: Limit, k: i32, scenario: i32): void {
  const problem = limit.problem;
  const units = unitsIn(limit, scenario);
  for (let i = 0; i < problem.instruments; i++) {
    set(problem.sensitivity, i * problem.rows + k, 0 - get(units, i));
  }
  set(problem.exposure, k, 0 - get(limit.profits, scenario));
}

/**
 * The row of an account's worst scenarios at the trades that were measured last.
 * @param isFirst whether it must be exact there: the loss of an underlying that only profits is then 0. Cuts of lesser
 * scenarios lie below the limit as they are.
 */
function cutAccount(limit: Limit, k: i32, tradesAt: usize, isFirst: bool): void {
  const problem = limit.problem;
  const account = limit.account;
  const isLoss = limit.kind == LOSS;
  const margin = limit.kind == INITIAL_LIMIT ? INITIAL_FACTOR : MAINTENANCE_FACTOR;
  let value: f64 = 0;
  let scenario = 0;
  for (let u = 0; u < account.underlyings; u++) {
    const isFlat = isFirst && !isLoss && !hasLoss(limit, u);
    if (!isFlat && (!isLoss || u == 0)) scenario = takeWorst(limit, u);
    const factor = isLoss ? 1 : parameter(account, u, margin);
    const edge = scenarioOf(account, u, scenario, EDGE);
    const units = account.units + ((<usize>scenario * <usize>account.cells) << 3);
    const loss = isFlat ? 0 : lossOf(account, u, scenario);
    value += factor * (loss + (isLoss ? 0 : addedTo(account, u)));
    for (let i = 0; i < problem.instruments; i++) {
      const cell = cellOf(account, account.positions + i);
      if (underlyingOf(account, placeOf(account, cell)) != u) continue;
      const unit = isFlat ? 0 : get(units, cell) / edge;
      const slope = factor * ((isLoss ? 0 : addedBy(account, u, cell)) - unit);
      set(problem.sensitivity, i * problem.rows + k, slope);
      value -= slope * get(tradesAt, i);
    }
  }
  set(problem.exposure, k, value);
}

/**
 * Makes the cuts of the worst scenarios at the trades that were measured last.
 * @param count how many, at most the scenarios
 */
export function limitCut(at: usize, tradesAt: usize, count: i32): void {
  const limit = changetype<Limit>(at);
  for (let i = 0; i < count; i++) {
    if (limit.next == limit.end) limit.next = limit.first;
    const k = limit.next++;
    if (limit.kind == SCAN) cutScan(limit, k, takeWorst(limit, 0));
    else cutAccount(limit, k, tradesAt, i == 0);
  }
}
