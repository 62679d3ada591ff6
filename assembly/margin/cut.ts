/**
 * Margin and worst loss as bands of the hedge problem.
 *
 * The profit of a scenario is linear in the trades, so that the worst loss over scenarios is a maximum of linear
 * functions; what a margin adds (|delta|, short units) is convex and piecewise linear but for the delta shock. A cut is
 * the linear function that such a limit has at one point for one scenario of each underlying: it is nowhere above the
 * limit's own function (Kelley 1960), so that a hedge within all cuts made so far is a relaxation, and one more cut
 * where the answer is still over the limit makes it exact there.
 *
 * A cut is a row of the hedge problem: e0 + g x <= limit, x the trades of the instruments.
 */
import { takeLarge } from '../memory/arena';
import { headerOf } from '../memory/layout';
import {
  Account,
  COIN,
  EDGE,
  forwardOf,
  get,
  INITIAL,
  INITIAL_FACTOR,
  isOver,
  MAINTENANCE,
  MAINTENANCE_FACTOR,
  parameter,
  placeOf,
  priceOf,
  scenarioOf,
  set,
  SHORT_CONTINGENCY,
  underlyingOf,
  WORST,
} from './account';
import { figureOf, lossOf, measure, rollOf, shockSlopeOf, totalOf } from './requirement';

/** What is limited: the worst loss of one scenario for all underlyings, or a margin. */
const LOSS: i32 = 0;
const INITIAL_LIMIT: i32 = 1;


@unmanaged
class Limit {
  account: Account;
  kind: i32;
  /** Trades, rows of the problem before the cuts, and cuts there is room for. */
  instruments: i32;
  base: i32;
  room: i32;
  cuts: i32;
  most: f64;
}

// Columns: the problem's sensitivities and exposures, with the cuts; then the base's own.
function sensitivityAt(limit: Limit): usize {
  return changetype<usize>(limit) + headerOf<Limit>();
}

function exposureAt(limit: Limit): usize {
  const rows = limit.base + limit.room;
  return sensitivityAt(limit) + ((<usize>(limit.instruments * rows)) << 3);
}

function upperAt(limit: Limit): usize {
  return exposureAt(limit) + ((<usize>(limit.base + limit.room)) << 3);
}

/** Losses that a ranking has left, by [scenario x underlying]; the derivative by place. */
function ranksAt(limit: Limit): usize {
  return upperAt(limit) + ((<usize>limit.room) << 3);
}

/** @returns room for cuts, 0 where memory is exhausted; the base rows of the sensitivities are to be filled */
export function limitCreate(accountAt: usize, kind: i32, base: i32, room: i32, most: f64): usize {
  const account = changetype<Account>(accountAt);
  const instruments = account.legs - account.positions;
  const rows = <u64>(base + room);
  const ranks = <u64>account.scenarios * account.underlyings + account.places;
  const at = takeLarge(headerOf<Limit>() + 8 * (rows * instruments + rows + room + ranks));
  if (!at) return 0;
  const limit = changetype<Limit>(at);
  limit.account = account;
  limit.kind = kind;
  limit.instruments = instruments;
  limit.base = base;
  limit.room = room;
  limit.most = most;
  for (let row = 0; row < room; row++) set(upperAt(limit), row, Infinity);
  return at;
}

/** Address of the sensitivities of the problem, [instrument x row]: the base rows, then the cuts. */
export function limitSensitivity(at: usize): usize {
  return sensitivityAt(changetype<Limit>(at));
}

/** Address of the exposures of the problem, by row; after them, by cut, the upper bounds. */
export function limitExposure(at: usize): usize {
  return exposureAt(changetype<Limit>(at));
}

/** Spreads base sensitivities, [instrument x base row], over the rows of the problem, from the last on. */
export function limitSpread(at: usize): void {
  const limit = changetype<Limit>(at);
  const rows = limit.base + limit.room;
  const sensitivity = sensitivityAt(limit);
  for (let i = limit.instruments - 1; i >= 0; i--) {
    for (let k = limit.base - 1; k >= 0; k--) {
      const value = get(sensitivity, i * limit.base + k);
      set(sensitivity, i * limit.base + k, 0);
      set(sensitivity, i * rows + k, value);
    }
  }
}

/** The limited quantity at the trades, by full valuation; the sizes on trial are then those after them. */
export function limitMeasure(at: usize, tradesAt: usize): f64 {
  const limit = changetype<Limit>(at);
  const account = limit.account;
  memory.copy(account.trial, account.sizes, (<usize>account.legs) << 3);
  for (let i = 0; i < limit.instruments; i++) set(account.trial, account.positions + i, get(tradesAt, i));
  measure(account, account.trial);
  if (limit.kind == INITIAL_LIMIT) return totalOf(account, INITIAL);
  if (limit.kind != LOSS) return totalOf(account, MAINTENANCE);
  let worst: f64 = 0;
  for (let scenario = 0; scenario < account.scenarios; scenario++) {
    let loss: f64 = 0;
    for (let u = 0; u < account.underlyings; u++) loss += lossOf(account, u, scenario);
    worst = Math.max(worst, loss);
  }
  return worst;
}

/** The scenario of the greatest loss left in a ranking, which leaves it. */
function takeWorst(limit: Limit, underlying: i32): i32 {
  const account = limit.account;
  let worst = 0;
  for (let scenario = 1; scenario < account.scenarios; scenario++) {
    const here = get(ranksAt(limit), scenario * account.underlyings + underlying);
    if (here > get(ranksAt(limit), worst * account.underlyings + underlying)) worst = scenario;
  }
  set(ranksAt(limit), worst * account.underlyings + underlying, -Infinity);
  return worst;
}

function signOf(x: f64): f64 {
  return x > 0 ? 1 : x < 0 ? -1 : 0;
}

/** What the additions to the worst loss change by with a unit on a cell, in the state of the sizes on trial. */
function addedBy(account: Account, underlying: i32, cell: i32, netDelta: f64): f64 {
  const place = placeOf(account, cell);
  if (isOver(account, place)) return 0;
  const rows = account.rows;
  const price = priceOf(account, underlying);
  const delta = get(account.deltas, cell) * price;
  let added = delta * signOf(get(account.placeDelta, place)) * rollOf(account, place);
  added += delta * signOf(netDelta) * shockSlopeOf(account, underlying, Math.abs(netDelta));
  if (cell < 2 * rows) {
    const row = cell < rows ? cell : cell - rows;
    const net = get(account.weights, row) + get(account.weights, rows + row);
    const inCoin = parameter(account, underlying, COIN) != 0;
    const rate = parameter(account, underlying, SHORT_CONTINGENCY);
    if (net < 0) added -= rate * (inCoin ? price : forwardOf(account, place));
  }
  return added;
}

/** The net delta of an underlying. */
function netDeltaOf(account: Account, underlying: i32): f64 {
  let delta: f64 = 0;
  for (let place = 0; place < account.places; place++) {
    if (underlyingOf(account, place) == underlying) delta += get(account.placeDelta, place);
  }
  return delta;
}

/** The row to fill: the next that is empty, or that of the cut with the most room at the trades. */
function rowFor(limit: Limit, tradesAt: usize): i32 {
  if (limit.cuts < limit.room) return limit.cuts++;
  const rows = limit.base + limit.room;
  let loosest = 0;
  let least: f64 = Infinity;
  for (let cut = 0; cut < limit.room; cut++) {
    const k = limit.base + cut;
    let value = get(exposureAt(limit), k);
    for (let i = 0; i < limit.instruments; i++) {
      value += get(sensitivityAt(limit), i * rows + k) * get(tradesAt, i);
    }
    if (value < least) {
      least = value;
      loosest = cut;
    }
  }
  return loosest;
}

/**
 * Makes the cuts of the worst scenarios at the trades that were measured last.
 * @param count most cuts to make
 */
export function limitCut(at: usize, tradesAt: usize, count: i32): void {
  const limit = changetype<Limit>(at);
  const account = limit.account;
  const underlyings = account.underlyings;
  const rows = limit.base + limit.room;
  for (let scenario = 0; scenario < account.scenarios; scenario++) {
    let all: f64 = 0;
    for (let u = 0; u < underlyings; u++) {
      const loss = lossOf(account, u, scenario);
      all += loss;
      set(ranksAt(limit), scenario * underlyings + u, loss);
    }
    if (limit.kind == LOSS) set(ranksAt(limit), scenario * underlyings, all);
  }
  for (let j = 0; j < count && j < account.scenarios; j++) {
    const k = limit.base + rowFor(limit, tradesAt);
    for (let i = 0; i < limit.instruments; i++) set(sensitivityAt(limit), i * rows + k, 0);
    let value: f64 = 0;
    let common = 0;
    for (let u = 0; u < underlyings; u++) {
      const scenario = limit.kind == LOSS && u > 0 ? common : takeWorst(limit, u);
      common = scenario;
      const isLoss = limit.kind == LOSS;
      let factor: f64 = 1;
      if (!isLoss)
        factor = parameter(account, u, limit.kind == INITIAL_LIMIT ? INITIAL_FACTOR : MAINTENANCE_FACTOR);
      const netDelta = netDeltaOf(account, u);
      const edge = scenarioOf(account, u, scenario, EDGE);
      const units = account.units + ((<usize>scenario * <usize>account.cells) << 3);
      let here = lossOf(account, u, scenario);
      // what is added stands in the figures beside the worst loss
      if (!isLoss)
        here +=
          figureOf(account, u, INITIAL) / parameter(account, u, INITIAL_FACTOR) - figureOf(account, u, WORST);
      value += factor * here;
      for (let i = 0; i < limit.instruments; i++) {
        const cell = load<i32>(account.legCell + ((<usize>(account.positions + i)) << 2));
        const place = placeOf(account, cell);
        if (place < 0 || underlyingOf(account, place) != u) continue;
        let slope = -get(units, cell) / edge;
        if (!isLoss) slope += addedBy(account, u, cell, netDelta);
        set(sensitivityAt(limit), i * rows + k, factor * slope);
        value -= factor * slope * get(tradesAt, i);
      }
    }
    set(exposureAt(limit), k, value);
    set(upperAt(limit), k - limit.base, limit.most);
  }
}
