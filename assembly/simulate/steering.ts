/**
 * The hedge problem of a desk that is steered: the desk's own rows, then a band per intent, then per venue and scenario
 * the loss that its equity must cover; the desk's instruments, then a column per transfer between venues.
 */
import { readExposures, readInstrument } from '../book/bind';
import { Book, PLACE_FORWARD, placeColumn } from '../book/exposure';
import { give, takeLarge } from '../memory/arena';
import { intentRemaining } from '../forecast/schedule';
import * as desk from './desk';


@unmanaged
class Steering {
  desk: usize;
  /** Reads the exposures of the intents, of one unit of every instrument, and of the book. */
  binding: usize;
  intents: i32;
  venues: i32;
  scenarios: i32;
  transfers: i32;
  // addresses of the parts stand here
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

const TABLE: usize = offsetof<Steering>();

/** Address of a part. */
export function steeringPart(at: usize, part: usize): usize {
  return load<usize>(at + TABLE + (part << 2));
}

function sizeOf(steering: Steering, part: usize): u64 {
  const n = desk.deskInstruments(steering.desk);
  const columns = n + steering.transfers;
  const rows = rowsOf(steering);
  if (part <= GAP) return steering.intents;
  if (part <= VOLATILITY_MOVE) return steering.scenarios;
  if (part <= TRANSFER_COST) return steering.transfers;
  if (part == EQUITY) return steering.venues;
  if (part <= LAST_HOLDING) return n;
  if (part == SENSITIVITY) return <u64>columns * rows;
  if (part <= UPPER) return rows;
  if (part <= BUY_LIMIT) return columns;
  if (part < UNIT) return <u64>columns * desk.deskLevels(steering.desk);
  return steering.intents;
}

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
  const plan = changetype<Steering>(memory.data(<i32>TABLE));
  plan.desk = deskAt;
  plan.intents = intents;
  plan.venues = venues;
  plan.scenarios = scenarios;
  plan.transfers = transfers;
  let doubles: u64 = PARTS;
  for (let part: usize = 0; part < PARTS; part++) doubles += sizeOf(plan, part);
  const at = takeLarge(TABLE + 8 * doubles);
  if (!at) return 0;
  memory.copy(at, changetype<usize>(plan), TABLE);
  const steering = changetype<Steering>(at);
  steering.binding = binding;
  let place = (at + TABLE + (PARTS << 2) + 7) & ~7;
  for (let part: usize = 0; part < PARTS; part++) {
    store<usize>(at + TABLE + (part << 2), place);
    place += (<usize>sizeOf(steering, part)) << 3;
  }
  return at;
}

/** Gives the memory back, the binding's as well. */
export function steeringGive(at: usize): void {
  give(changetype<Steering>(at).binding);
  give(at);
}

// @ts-ignore: decorator
@inline
function get(at: usize, i: usize): f64 {
  return load<f64>(at + (i << 3));
}

// @ts-ignore: decorator
@inline
function set(at: usize, i: usize, value: f64): void {
  store<f64>(at + (i << 3), value);
}

/** Keeps the marks and holdings by which venues are settled next. */
export function steeringRemember(at: usize): void {
  const steering = changetype<Steering>(at);
  const n = <usize>desk.deskInstruments(steering.desk);
  for (let i: usize = 0; i < n; i++) set(steeringPart(at, LAST_MARK), i, desk.markOf(steering.desk, i));
  memory.copy(steeringPart(at, LAST_HOLDING), desk.deskPart(steering.desk, desk.HOLDING), n << 3);
}

/**
 * What a tick did to the venues' equity: holdings times the move of their marks, and funding on perpetuals.
 * @param funding rate x years
 */
export function steeringSettle(at: usize, funding: f64): void {
  const steering = changetype<Steering>(at);
  const equity = steeringPart(at, EQUITY);
  for (let i: usize = 0; i < <usize>desk.deskInstruments(steering.desk); i++) {
    const venue = get(desk.deskPart(steering.desk, desk.VENUE), i);
    if (venue < 0) continue;
    const last = get(steeringPart(at, LAST_MARK), i);
    const paid = desk.isPerpetual(steering.desk, i) ? last * funding : 0;
    const made = get(steeringPart(at, LAST_HOLDING), i) * (desk.markOf(steering.desk, i) - last - paid);
    set(equity, <usize>venue, get(equity, <usize>venue) + made);
  }
}

/** Books the costs of the desk's fills on their venues. */
export function steeringBook(at: usize): void {
  const steering = changetype<Steering>(at);
  const equity = steeringPart(at, EQUITY);
  for (let i: usize = 0; i < <usize>desk.deskInstruments(steering.desk); i++) {
    const venue = get(desk.deskPart(steering.desk, desk.VENUE), i);
    if (venue < 0) continue;
    const paid = get(desk.deskPart(steering.desk, desk.PAID), i);
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
  const equity = steeringPart(at, EQUITY);
  let paid: f64 = 0;
  for (let t: usize = 0; t < <usize>steering.transfers; t++) {
    const amount = get(amountAt, t);
    const cost = amount * get(steeringPart(at, TRANSFER_COST), t);
    const from = <usize>get(steeringPart(at, TRANSFER_FROM), t);
    const to = <usize>get(steeringPart(at, TRANSFER_TO), t);
    set(equity, from, get(equity, from) - amount - cost);
    set(equity, to, get(equity, to) + amount);
    paid += cost;
  }
  return paid;
}

/** Band of an intent: as wide as what may be left of the first gap. */
function bandIntent(at: usize, k: usize, row: usize, instant: f64): void {
  const target = get(steeringPart(at, TARGET), k);
  const exposure = get(steeringPart(at, READ), k);
  const by = get(steeringPart(at, BY), k);
  const from = get(steeringPart(at, FROM), k);
  const hold = get(steeringPart(at, HOLD), k) != 0;
  let gap = get(steeringPart(at, GAP), k);
  if (gap < 0) {
    gap = Math.abs(exposure - target);
    set(steeringPart(at, GAP), k, gap);
  }
  // the first tick at or after the deadline is still the intent's: it is marked by moving its start behind it
  const isOver = !hold && from > by;
  if (instant >= by) set(steeringPart(at, FROM), k, by + 1);
  const left = instant >= by ? 0 : (by - instant) / (by - from);
  const width = isOver
    ? Infinity
    : Math.max(
        get(steeringPart(at, TOLERANCE), k),
        gap * intentRemaining(get(steeringPart(at, URGENCY), k), left),
      );
  set(steeringPart(at, LOWER), row, target - width);
  set(steeringPart(at, UPPER), row, target + width);
}

/** What a scenario makes of a unit with these sensitivities, to second order, as a loss. */
function lossOf(at: usize, s: usize, sensitivityAt: usize, spot: f64): f64 {
  const move = get(steeringPart(at, MOVE), s) * spot;
  const delta = get(sensitivityAt, desk.OWN_DELTA);
  const gamma = get(sensitivityAt, desk.OWN_GAMMA);
  const vega = get(sensitivityAt, desk.OWN_VEGA);
  return -(delta * move + 0.5 * gamma * move * move + vega * get(steeringPart(at, VOLATILITY_MOVE), s));
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
  const exposure = steeringPart(at, EXPOSURE);
  const lower = steeringPart(at, LOWER);
  const upper = steeringPart(at, UPPER);
  if (steering.binding) {
    const bad = readExposures(steering.binding, book, steeringPart(at, READ));
    if (bad >= 0) return bad;
  }
  memory.fill(exposure, 0, rows << 3);
  memory.copy(exposure, desk.deskPart(deskAt, desk.COMBINED_EXPOSURE), own << 3);
  for (let k: usize = 0; k < own; k++) {
    set(lower, k, -Infinity);
    set(upper, k, Infinity);
  }
  memory.copy(exposure + (own << 3), steeringPart(at, READ), intents << 3);
  for (let k: usize = 0; k < intents; k++) bandIntent(at, k, own + k, instant);
  for (let s: usize = 0; s < <usize>steering.scenarios; s++) {
    set(lower, own + intents + s, -Infinity);
    set(
      upper,
      own + intents + s,
      get(steeringPart(at, EQUITY), <usize>get(steeringPart(at, SCENARIO_VENUE), s)),
    );
  }
  let rowAt = steeringPart(at, SENSITIVITY);
  memory.fill(rowAt, 0, ((n + <usize>steering.transfers) * rows) << 3);
  for (let i: usize = 0; i < n; i++) {
    memory.copy(rowAt, desk.deskPart(deskAt, desk.COMBINED) + ((i * own) << 3), own << 3);
    if (steering.binding && readInstrument(steering.binding, book, <i32>i, steeringPart(at, UNIT))) {
      memory.copy(rowAt + (own << 3), steeringPart(at, UNIT), intents << 3);
    }
    const venue = get(desk.deskPart(deskAt, desk.VENUE), i);
    const unitAt = desk.deskPart(deskAt, desk.SENSITIVITY) + ((i * <usize>desk.SENSITIVITIES) << 3);
    for (let s: usize = 0; s < <usize>steering.scenarios; s++) {
      if (get(steeringPart(at, SCENARIO_VENUE), s) != venue) continue;
      const row = own + intents + s;
      const loss = lossOf(at, s, unitAt, spot);
      set(rowAt, row, loss);
      set(exposure, row, get(exposure, row) + loss * get(desk.deskPart(deskAt, desk.HOLDING), i));
    }
    rowAt += rows << 3;
  }
  memory.copy(steeringPart(at, LINEAR), desk.deskPart(deskAt, desk.LINEAR), n << 3);
  memory.copy(steeringPart(at, SELL_LIMIT), desk.deskPart(deskAt, desk.SELL_LIMIT), n << 3);
  memory.copy(steeringPart(at, BUY_LIMIT), desk.deskPart(deskAt, desk.BUY_LIMIT), n << 3);
  copyLadder(at, deskAt, 0, desk.BID_SIZE, n * levels);
  copyLadder(at, deskAt, 1, desk.BID_TOTAL, n * levels);
  copyLadder(at, deskAt, 2, desk.ASK_SIZE, n * levels);
  copyLadder(at, deskAt, 3, desk.ASK_TOTAL, n * levels);
  for (let t: usize = 0; t < <usize>steering.transfers; t++) {
    const most = get(steeringPart(at, TRANSFER_MOST), t);
    const cost = get(steeringPart(at, TRANSFER_COST), t);
    for (let s: usize = 0; s < <usize>steering.scenarios; s++) {
      const venue = get(steeringPart(at, SCENARIO_VENUE), s);
      const row = own + intents + s;
      if (venue == get(steeringPart(at, TRANSFER_FROM), t)) set(rowAt, row, 1 + cost);
      if (venue == get(steeringPart(at, TRANSFER_TO), t)) set(rowAt, row, -1);
    }
    rowAt += rows << 3;
    set(steeringPart(at, BUY_LIMIT), n + t, most);
    const first = (n + t) * levels;
    set(steeringPart(at, LADDER + 2), first, most);
    for (let l: usize = 0; l < levels; l++) set(steeringPart(at, LADDER + 3), first + l, cost);
  }
  return -1;
}

function copyLadder(at: usize, deskAt: usize, side: usize, part: usize, count: usize): void {
  memory.copy(steeringPart(at, LADDER + side), desk.deskPart(deskAt, part), count << 3);
}
