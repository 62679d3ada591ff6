/**
 * The hedge problem of a desk that is steered: the desk's own rows, then a band per intent, then per venue and scenario
 * the loss that its equity must cover; the desk's instruments, then a column per transfer between venues.
 */
import { readExposures, readInstrument } from '../book/bind';
import { give } from '../memory/arena';
import { intentRemaining } from '../forecast/schedule';
import * as desk from './desk';
import { get, set } from '../memory/column';
import { layFrom, partAt, takeParts } from '../memory/parts';


@unmanaged
class Steering {
  desk: usize;
  /** Reads the exposures of the intents, of one unit of every instrument, and of the book. */
  binding: usize;
  intents: i32;
  venues: i32;
  scenarios: i32;
  transfers: i32;
}

// Parts, in the order of the binding. Per intent: what is wanted, when it was taken up and is due, how it hurries, the
// half-width that is enough, whether it stays when it is due, and how far it was at first (negative: not known yet).
const TARGET: usize = 0;
const FROM: usize = 1;
const BY: usize = 2;
const URGENCY: usize = 3;
const TOLERANCE: usize = 4;
const HOLD: usize = 5;
const GAP: usize = 6;
// Per scenario: its venue, the move of the price, relative, and of volatility.
const SCENARIO_VENUE: usize = 7;
const MOVE: usize = 8;
const VOLATILITY_MOVE: usize = 9;
// Per transfer: from venue to venue, the most at a time, and the cost per unit.
const TRANSFER_FROM: usize = 10;
const TRANSFER_TO: usize = 11;
const TRANSFER_MOST: usize = 12;
const TRANSFER_COST: usize = 13;
/** Per venue. */
const EQUITY: usize = 14;
// Per instrument, its mark and holding when last settled.
const LAST_MARK: usize = 15;
const LAST_HOLDING: usize = 16;
// The problem.
const SENSITIVITY: usize = 17;
const EXPOSURE: usize = 18;
// targets and weights, which the host fills, lie between
const LOWER: usize = 21;
const UPPER: usize = 22;
const LINEAR: usize = 23;
const SELL_LIMIT: usize = 24;
const BUY_LIMIT: usize = 25;
/** Sizes and costs of both sides, as the desk's. */
const LADDER: usize = 26;
/** What the intents read. */
const UNIT: usize = 30;
const READ: usize = 31;
const PARTS: usize = 32;

function rowsOf(steering: Steering): i32 {
  return desk.ROWS + steering.intents + steering.scenarios;
}

/**
 * @param binding of the instruments to the intents' exposures, 0 where there are none; the steering's from now on
 * @returns the steering, 0 where memory is exhausted; the first parts are to be filled
 */
export function steeringCreate(
  deskAt: usize,
  binding: usize,
  intents: i32,
  venues: i32,
  scenarios: i32,
  transfers: i32,
): usize {
  const n = desk.deskInstruments(deskAt);
  const columns = n + transfers;
  const rows = desk.ROWS + intents + scenarios;
  layFrom(TARGET, intents);
  layFrom(SCENARIO_VENUE, scenarios);
  layFrom(TRANSFER_FROM, transfers);
  layFrom(EQUITY, venues);
  layFrom(LAST_MARK, n);
  layFrom(SENSITIVITY, <u64>columns * rows);
  layFrom(EXPOSURE, rows);
  layFrom(LINEAR, columns);
  layFrom(LADDER, <u64>columns * desk.deskLevels(deskAt));
  layFrom(UNIT, intents);
  const at = takeParts(PARTS);
  if (!at) return 0;
  const steering = changetype<Steering>(at);
  steering.desk = deskAt;
  steering.binding = binding;
  steering.intents = intents;
  steering.venues = venues;
  steering.scenarios = scenarios;
  steering.transfers = transfers;
  return at;
}

/** Gives the memory back, the binding's as well. */
export function steeringGive(at: usize): void {
  give(changetype<Steering>(at).binding);
  give(at);
}

/** Keeps the marks and holdings by which venues are settled next. */
export function steeringRemember(at: usize): void {
  const steering = changetype<Steering>(at);
  const n = <usize>desk.deskInstruments(steering.desk);
  for (let i: usize = 0; i < n; i++) set(partAt(at, LAST_MARK), i, desk.markOf(steering.desk, i));
  memory.copy(partAt(at, LAST_HOLDING), partAt(steering.desk, desk.HOLDING), n << 3);
}

/**
 * What a tick did to the venues' equity: holdings times the move of their marks, and funding on perpetuals.
 * @param funding rate x years
 */
export function steeringSettle(at: usize, funding: f64): void {
  const steering = changetype<Steering>(at);
  const equity = partAt(at, EQUITY);
  for (let i: usize = 0; i < <usize>desk.deskInstruments(steering.desk); i++) {
    const venue = get(partAt(steering.desk, desk.VENUE), i);
    if (venue < 0) continue;
    const last = get(partAt(at, LAST_MARK), i);
    const isPerpetual = desk.isPerpetual(steering.desk, i);
    const paid = isPerpetual ? last * funding + get(partAt(steering.desk, desk.FIGURES), desk.ROLL) : 0;
    const made = get(partAt(at, LAST_HOLDING), i) * (desk.markOf(steering.desk, i) - last - paid);
    set(equity, <usize>venue, get(equity, <usize>venue) + made);
  }
}

/** Books the costs of the desk's fills on their venues. */
export function steeringBook(at: usize): void {
  const steering = changetype<Steering>(at);
  const equity = partAt(at, EQUITY);
  for (let i: usize = 0; i < <usize>desk.deskInstruments(steering.desk); i++) {
    const venue = get(partAt(steering.desk, desk.VENUE), i);
    if (venue < 0) continue;
    const paid = get(partAt(steering.desk, desk.PAID), i);
    set(equity, <usize>venue, get(equity, <usize>venue) - paid);
  }
  steeringRemember(at);
}

/**
 * Moves equity between venues.
 * @param amountAt one per transfer
 * @returns what it costs, paid where it comes from
 */
export function steeringTransfer(at: usize, amountAt: usize): f64 {
  const steering = changetype<Steering>(at);
  const equity = partAt(at, EQUITY);
  let paid: f64 = 0;
  for (let t: usize = 0; t < <usize>steering.transfers; t++) {
    const amount = get(amountAt, t);
    const cost = amount * get(partAt(at, TRANSFER_COST), t);
    const from = <usize>get(partAt(at, TRANSFER_FROM), t);
    const to = <usize>get(partAt(at, TRANSFER_TO), t);
    set(equity, from, get(equity, from) - amount - cost);
    set(equity, to, get(equity, to) + amount);
    paid += cost;
  }
  return paid;
}

/** Band of an intent: as wide as what may be left of the first gap. */
function bandIntent(at: usize, k: usize, row: usize, instant: f64): void {
  const target = get(partAt(at, TARGET), k);
  const exposure = get(partAt(at, READ), k);
  const by = get(partAt(at, BY), k);
  const from = get(partAt(at, FROM), k);
  const hold = get(partAt(at, HOLD), k) != 0;
  let gap = get(partAt(at, GAP), k);
  if (gap < 0) {
    gap = Math.abs(exposure - target);
    set(partAt(at, GAP), k, gap);
  }
  // the first tick at or after the deadline is still the intent's: it is marked by moving its start behind it
  const isOver = !hold && from > by;
  if (instant >= by) set(partAt(at, FROM), k, by + 1);
  const left = instant >= by ? 0 : (by - instant) / (by - from);
  const width = isOver
    ? Infinity
    : Math.max(get(partAt(at, TOLERANCE), k), gap * intentRemaining(get(partAt(at, URGENCY), k), left));
  set(partAt(at, LOWER), row, target - width);
  set(partAt(at, UPPER), row, target + width);
}

/** What a scenario makes of a unit with these sensitivities, to second order, as a loss. */
function lossOf(at: usize, s: usize, sensitivityAt: usize, spot: f64): f64 {
  const move = get(partAt(at, MOVE), s) * spot;
  const delta = get(sensitivityAt, desk.OWN_DELTA);
  const gamma = get(sensitivityAt, desk.OWN_GAMMA);
  const vega = get(sensitivityAt, desk.OWN_VEGA);
  return -(delta * move + 0.5 * gamma * move * move + vega * get(partAt(at, VOLATILITY_MOVE), s));
}

/**
 * States the problem, from the desk's (see `deskCombine`), all but targets and weights.
 * @param instant in milliseconds since 1970
 * @param spot the price that scenarios move
 * @returns -1, or the first intent whose exposure is not finite
 */
export function steeringCompose(at: usize, instant: f64, spot: f64): i32 {
  const steering = changetype<Steering>(at);
  const deskAt = steering.desk;
  const n = <usize>desk.deskInstruments(deskAt);
  const own = <usize>desk.ROWS;
  const intents = <usize>steering.intents;
  const rows = <usize>rowsOf(steering);
  const levels = <usize>desk.deskLevels(deskAt);
  const book = desk.deskBook(deskAt);
  const exposure = partAt(at, EXPOSURE);
  const lower = partAt(at, LOWER);
  const upper = partAt(at, UPPER);
  if (steering.binding) {
    const bad = readExposures(steering.binding, book, partAt(at, READ));
    if (bad >= 0) return bad;
  }
  memory.fill(exposure, 0, rows << 3);
  memory.copy(exposure, partAt(deskAt, desk.COMBINED_EXPOSURE), own << 3);
  for (let k: usize = 0; k < own; k++) {
    set(lower, k, -Infinity);
    set(upper, k, Infinity);
  }
  memory.copy(exposure + (own << 3), partAt(at, READ), intents << 3);
  for (let k: usize = 0; k < intents; k++) bandIntent(at, k, own + k, instant);
  for (let s: usize = 0; s < <usize>steering.scenarios; s++) {
    set(lower, own + intents + s, -Infinity);
    set(upper, own + intents + s, get(partAt(at, EQUITY), <usize>get(partAt(at, SCENARIO_VENUE), s)));
  }
  let rowAt = partAt(at, SENSITIVITY);
  memory.fill(rowAt, 0, ((n + <usize>steering.transfers) * rows) << 3);
  for (let i: usize = 0; i < n; i++) {
    memory.copy(rowAt, partAt(deskAt, desk.COMBINED) + ((i * own) << 3), own << 3);
    if (steering.binding && readInstrument(steering.binding, book, <i32>i, partAt(at, UNIT))) {
      memory.copy(rowAt + (own << 3), partAt(at, UNIT), intents << 3);
    }
    const venue = get(partAt(deskAt, desk.VENUE), i);
    const unitAt = partAt(deskAt, desk.SENSITIVITY) + ((i * <usize>desk.SENSITIVITIES) << 3);
    for (let s: usize = 0; s < <usize>steering.scenarios; s++) {
      if (get(partAt(at, SCENARIO_VENUE), s) != venue) continue;
      const row = own + intents + s;
      const loss = lossOf(at, s, unitAt, spot);
      set(rowAt, row, loss);
      set(exposure, row, get(exposure, row) + loss * get(partAt(deskAt, desk.HOLDING), i));
    }
    rowAt += rows << 3;
  }
  memory.copy(partAt(at, LINEAR), partAt(deskAt, desk.LINEAR), n << 3);
  memory.copy(partAt(at, SELL_LIMIT), partAt(deskAt, desk.SELL_LIMIT), n << 3);
  memory.copy(partAt(at, BUY_LIMIT), partAt(deskAt, desk.BUY_LIMIT), n << 3);
  copyLadder(at, deskAt, 0, desk.BID_SIZE, n * levels);
  copyLadder(at, deskAt, 1, desk.BID_TOTAL, n * levels);
  copyLadder(at, deskAt, 2, desk.ASK_SIZE, n * levels);
  copyLadder(at, deskAt, 3, desk.ASK_TOTAL, n * levels);
  for (let t: usize = 0; t < <usize>steering.transfers; t++) {
    const most = get(partAt(at, TRANSFER_MOST), t);
    const cost = get(partAt(at, TRANSFER_COST), t);
    for (let s: usize = 0; s < <usize>steering.scenarios; s++) {
      const venue = get(partAt(at, SCENARIO_VENUE), s);
      const row = own + intents + s;
      if (venue == get(partAt(at, TRANSFER_FROM), t)) set(rowAt, row, 1 + cost);
      if (venue == get(partAt(at, TRANSFER_TO), t)) set(rowAt, row, -1);
    }
    rowAt += rows << 3;
    set(partAt(at, BUY_LIMIT), n + t, most);
    const first = (n + t) * levels;
    set(partAt(at, LADDER + 2), first, most);
    for (let l: usize = 0; l < levels; l++) set(partAt(at, LADDER + 3), first + l, cost);
  }
  return -1;
}

function copyLadder(at: usize, deskAt: usize, side: usize, part: usize, count: usize): void {
  memory.copy(partAt(at, LADDER + side), partAt(deskAt, part), count << 3);
}
