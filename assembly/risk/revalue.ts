/**
 * Prices alone, of the held rows of an expiry, in scenario after scenario. Call and put of a strike share all: one
 * price out of the money, and parity. A block of rows stays in the cache while scenarios pass over it, and what
 * depends on volatility and time alone is worked out where they change: on a grid once for all spots.
 */
import {
  add,
  and,
  any,
  both,
  div,
  equal,
  greatest,
  high,
  least as lesser,
  lessThan,
  low,
  madd,
  mul,
  neg,
  not,
  read,
  select,
  sub,
  write,
} from '../lanes/f64x2';
import { LEAST_DEVIATION, MOST_DEVIATION, MOST_PRICE } from '../pricing/limit';
import {
  A,
  BASE,
  BLOCK,
  FINE,
  HALF,
  OUT_PRICE,
  PER_DEVIATION,
  priceBlock,
  refineBlock,
  scratchAt,
  Z,
} from '../book/block';
import { SMALL } from '../book/mark';
import {
  CALL_WEIGHT,
  cellColumn,
  firstHeld,
  LOG_FORWARD,
  LOG_FORWARD_LOW,
  LOG_STRIKE,
  MOVED_FORWARD,
  PROFIT,
  PUT_WEIGHT,
  ROW,
  rowColumn,
  Scan,
  scenarioColumn,
  STRIKE,
  TIME,
  UNIT,
  VOLATILITY,
  VOLATILITY_MOVE,
} from './scan';
import { discount, factor, least, moveForward, moveVolatility, passTime, rootYears, shift } from './scenario';

/** What `deviate` finds in a block: rows that the lanes cannot do, and rows whose prices cancel. */
const RARE: i32 = 1;
const CANCELS: i32 = 2;

/** What depends on volatility and time alone: HALF, PER_DEVIATION, FINE, and the discounted strikes in A. */
function deviate(scan: Scan, first: i32, rows: i32): i32 {
  const root = both(rootYears);
  const factors = both(factor);
  const shifts = both(shift);
  const floor = both(least);
  const discounts = both(discount);
  // bounds of the deviation that are bounds of the volatility as well
  const lowest = both(Math.max(LEAST_DEVIATION, LEAST_DEVIATION * rootYears));
  const highest = both(Math.min(MOST_DEVIATION, MOST_DEVIATION * rootYears));
  let at = rowColumn(scan, STRIKE) + ((<usize>first) << 3);
  let fine = equal(both(0), both(0));
  let smallest = both(1);
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const scratch = scratchAt + i;
    const volatility = madd(read(at + VOLATILITY * scan.rowStride), factors, shifts);
    const deviation = mul(greatest(floor, volatility), root);
    // comparisons with NaN are false, so that NaN fails as well
    const isFine = and(lessThan(lowest, deviation), lessThan(deviation, highest));
    write(scratch, mul(deviation, both(0.5)), HALF);
    write(scratch, div(both(1), deviation), PER_DEVIATION);
    write(scratch, isFine, FINE);
    write(scratch, mul(discounts, read(at)), A);
    fine = and(fine, isFine);
    smallest = lesser(smallest, deviation);
    at += 16;
  }
  return (any(not(fine)) ? RARE : 0) | (any(lessThan(smallest, both(2 * SMALL))) ? CANCELS : 0);
}

/** The arguments of the tails. */
function place(scan: Scan, first: i32, rows: i32, scenario: usize): void {
  const logForward = both(load<f64>(scenarioColumn(scan, LOG_FORWARD) + scenario));
  const logForwardLow = both(load<f64>(scenarioColumn(scan, LOG_FORWARD_LOW) + scenario));
  const a = both(discount * load<f64>(scenarioColumn(scan, MOVED_FORWARD) + scenario));
  let at = rowColumn(scan, LOG_STRIKE) + ((<usize>first) << 3);
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const scratch = scratchAt + i;
    const x = add(sub(logForward, read(at)), sub(logForwardLow, read(at + scan.rowStride)));
    const signed = mul(x, read(scratch, PER_DEVIATION));
    write(scratch, signed, Z);
    write(scratch, select(lessThan(signed, both(0)), a, read(scratch, A)), BASE);
    at += 16;
  }
}

/**
 * Prices of the rows that the lanes could not do. Without deviation an option out of the money is worth nothing, and
 * parity says the rest; what is no option, or out of the range of doubles, is NaN.
 */
function limitBlock(rows: i32, value: f64): void {
  const inRange = both(value < MOST_PRICE && discount < MOST_DEVIATION ? 0 : NaN);
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const scratch = scratchAt + i;
    const isLimit = lessThan(read(scratch, HALF), both(LEAST_DEVIATION));
    const limit = select(isLimit, both(0), both(NaN));
    write(scratch, add(inRange, select(read(scratch, FINE), read(scratch, OUT_PRICE), limit)), OUT_PRICE);
  }
}

/** The value of the weights of a block. */
function sumBlock(scan: Scan, first: i32, rows: i32, forward: f64): f64 {
  const forwards = both(forward);
  const discounts = both(discount);
  const stride = scan.rowStride;
  let at = rowColumn(scan, STRIKE) + ((<usize>first) << 3);
  let sum = both(0);
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const scratch = scratchAt + i;
    const call = read(at + CALL_WEIGHT * stride);
    const put = read(at + PUT_WEIGHT * stride);
    const callIsOut = lessThan(read(scratch, Z), both(0));
    const parity = mul(discounts, sub(forwards, read(at)));
    const held = mul(parity, select(callIsOut, neg(put), call));
    sum = add(sum, madd(add(call, put), read(scratch, OUT_PRICE), held));
    at += 16;
  }
  return low(sum) + high(sum);
}

/** What a unit of each call and put of a block is worth, in quote currency or coin, laid out by cell. */
function spreadBlock(scan: Scan, first: i32, rows: i32, forward: f64): void {
  const unit = scan.isCoin ? forward : 1;
  for (let row = 0; row < rows; row++) {
    const i = (<usize>row) << 3;
    const index = (<usize>(first + row)) << 3;
    const out = load<f64>(scratchAt + i, OUT_PRICE);
    const callIsOut = load<f64>(scratchAt + i, Z) < 0;
    const parity = discount * (forward - load<f64>(rowColumn(scan, STRIKE) + index));
    const cell = (<usize>load<u32>(rowColumn(scan, ROW) + (index >> 1))) << 3;
    const calls = cellColumn(scan, UNIT) + cell;
    store<f64>(calls, (callIsOut ? out : out + parity) / unit);
    store<f64>(calls + ((<usize>scan.book.chain.rows) << 3), (callIsOut ? out - parity : out) / unit);
  }
}

/**
 * Prices an expiry's held rows in scenarios from..to, `from` even or `to` the next: adds what they are worth to PROFIT
 * or, where `spread`, lays the units out in UNIT, of the last scenario in the end.
 */
export function revalue(scan: Scan, expiry: i32, from: i32, to: i32, spread: bool): void {
  const end = firstHeld(scan, expiry + 1);
  moveForward(scan, expiry, from & ~1, to);
  for (let first = firstHeld(scan, expiry); first < end; first += BLOCK) {
    const rows = min(BLOCK, end - first);
    let found = 0;
    let time: f64 = NaN;
    let move: f64 = NaN;
    for (let s = (<usize>from) << 3; s < (<usize>to) << 3; s += 8) {
      const newTime = load<f64>(scenarioColumn(scan, TIME) + s);
      const newMove = load<f64>(scenarioColumn(scan, VOLATILITY_MOVE) + s);
      if (newTime != time || newMove != move) {
        if (newTime != time) passTime(scan, expiry, newTime);
        moveVolatility(scan, newMove);
        found = deviate(scan, first, rows);
        time = newTime;
        move = newMove;
      }
      const forward = load<f64>(scenarioColumn(scan, MOVED_FORWARD) + s);
      const value = discount * forward;
      place(scan, first, rows, s);
      priceBlock(rows);
      if (found & CANCELS) refineBlock(rows, SMALL);
      if (found & RARE || !(value < MOST_PRICE && discount < MOST_DEVIATION)) limitBlock(rows, value);
      if (spread) {
        spreadBlock(scan, first, rows, forward);
      } else {
        const profit = scenarioColumn(scan, PROFIT) + s;
        const sum = sumBlock(scan, first, rows, forward);
        store<f64>(profit, load<f64>(profit) + (scan.isCoin ? sum / forward : sum));
      }
    }
  }
}
