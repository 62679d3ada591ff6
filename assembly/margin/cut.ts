/**
 * Margin and worst loss as bands of the hedge problem.
 *
 * The profit of a scenario is linear in the trades, so that the worst loss over scenarios is a maximum of linear
 * functions; what a margin adds (|delta|, short units) is convex and piecewise linear, but for the delta shock near its
 * threshold and for offsetting futures. A cut is the linear function that such a limit has at one point for one
 * scenario of each underlying: where all is convex it is nowhere above the limit's own function (Kelley 1960), so that
 * a hedge within the cuts made so far is a relaxation, and cuts where the answer is still over the limit make it exact
 * there.
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
  get,
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
  set,
  SHORT_CONTINGENCY,
  underlyingOf,
} from './account';
import { addedTo, lossOf, measure, rollOf, shockSlopeOf, totalOf } from './requirement';

/** What is limited: the worst loss of one scenario for all underlyings, or a margin. */
const LOSS: i32 = 0;
const INITIAL_LIMIT: i32 = 1;


@unmanaged
class Limit {
  account: Account;
  kind: i32;
  /** Rows of the problem before the cuts, rows in all, and the cut that is made next, in a ring. */
  base: i32;
  rows: i32;
  next: i32;
  instruments: i32;
  /** [instrument x row], [instrument x base row], by row, by [scenario x underlying]. */
  sensitivity: usize;
  baseSensitivity: usize;
  exposure: usize;
  ranks: usize;
}

/** @returns room for cuts, 0 where memory is exhausted */
export function limitCreate(accountAt: usize, kind: i32, base: i32, room: i32): usize {
  const account = changetype<Account>(accountAt);
  const instruments = account.legs - account.positions;
  const rows = base + room;
  const ranks = account.scenarios * account.underlyings;
  const at = takeLarge(headerOf<Limit>() + 8 * (<u64>(rows + base) * instruments + rows + ranks));
  if (!at) return 0;
  const limit = changetype<Limit>(at);
  limit.account = account;
  limit.kind = kind;
  limit.base = base;
  limit.rows = rows;
  limit.next = base;
  limit.instruments = instruments;
  limit.sensitivity = at + headerOf<Limit>();
  limit.baseSensitivity = limit.sensitivity + ((<usize>(rows * instruments)) << 3);
  limit.exposure = limit.baseSensitivity + ((<usize>(base * instruments)) << 3);
  limit.ranks = limit.exposure + ((<usize>rows) << 3);
  return at;
}

/** Address of the problem's sensitivities, of those of its base rows alone, or of its exposures. */
export function limitColumn(at: usize, column: i32): usize {
  const limit = changetype<Limit>(at);
  return column == 0 ? limit.sensitivity : column == 1 ? limit.baseSensitivity : limit.exposure;
}

/** Lays the base rows into the problem. */
export function limitSpread(at: usize): void {
  const limit = changetype<Limit>(at);
  const bytes = (<usize>limit.base) << 3;
  for (let i: usize = 0; i < <usize>limit.instruments; i++) {
    memory.copy(limit.sensitivity + i * ((<usize>limit.rows) << 3), limit.baseSensitivity + i * bytes, bytes);
  }
}

/** The losses of a scenario that count together: of an underlying, or of all. */
function rankedLoss(limit: Limit, underlying: i32, scenario: i32): f64 {
  const account = limit.account;
  if (limit.kind != LOSS) return lossOf(account, underlying, scenario);
  let loss: f64 = 0;
  for (let u = 0; u < account.underlyings; u++) loss += lossOf(account, u, scenario);
  return loss;
}

/** The limited quantity at the trades, by full valuation; the sizes on trial are then those after them. */
export function limitMeasure(at: usize, tradesAt: usize): f64 {
  const limit = changetype<Limit>(at);
  const account = limit.account;
  memory.copy(account.trial, account.sizes, (<usize>account.positions) << 3);
  memory.copy(account.trial + ((<usize>account.positions) << 3), tradesAt, (<usize>limit.instruments) << 3);
  measure(account, account.trial);
  let worst: f64 = 0;
  for (let i = 0; i < account.scenarios * account.underlyings; i++) {
    const loss = rankedLoss(limit, i % account.underlyings, i / account.underlyings);
    set(limit.ranks, i, loss);
    worst = Math.max(worst, loss);
  }
  if (limit.kind == LOSS) return worst;
  return totalOf(account, limit.kind == INITIAL_LIMIT ? INITIAL : MAINTENANCE);
}

/** The scenario of the greatest loss left in a ranking, which leaves it. */
function takeWorst(limit: Limit, underlying: i32): i32 {
  const underlyings = limit.account.underlyings;
  let worst = 0;
  for (let scenario = 1; scenario < limit.account.scenarios; scenario++) {
    const here = get(limit.ranks, scenario * underlyings + underlying);
    if (here > get(limit.ranks, worst * underlyings + underlying)) worst = scenario;
  }
  set(limit.ranks, worst * underlyings + underlying, -Infinity);
  return worst;
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

/**
 * Makes the cuts of the worst scenarios at the trades that were measured last.
 * @param count how many, at most the scenarios
 */
export function limitCut(at: usize, tradesAt: usize, count: i32): void {
  const limit = changetype<Limit>(at);
  const account = limit.account;
  const isLoss = limit.kind == LOSS;
  const margin = limit.kind == INITIAL_LIMIT ? INITIAL_FACTOR : MAINTENANCE_FACTOR;
  while (count--) {
    if (limit.next == limit.rows) limit.next = limit.base;
    const k = limit.next++;
    let value: f64 = 0;
    let scenario = 0;
    for (let u = 0; u < account.underlyings; u++) {
      if (!isLoss || u == 0) scenario = takeWorst(limit, u);
      const factor = isLoss ? 1 : parameter(account, u, margin);
      const edge = scenarioOf(account, u, scenario, EDGE);
      const units = account.units + ((<usize>scenario * <usize>account.cells) << 3);
      value += factor * (lossOf(account, u, scenario) + (isLoss ? 0 : addedTo(account, u)));
      for (let i = 0; i < limit.instruments; i++) {
        const cell = cellOf(account, account.positions + i);
        if (underlyingOf(account, placeOf(account, cell)) != u) continue;
        const slope = factor * ((isLoss ? 0 : addedBy(account, u, cell)) - get(units, cell) / edge);
        set(limit.sensitivity, i * limit.rows + k, slope);
        value -= slope * get(tradesAt, i);
      }
    }
    set(limit.exposure, k, value);
  }
}
