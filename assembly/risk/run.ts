/**
 * A run of a scan: the book's positions laid on the rows that they hold, profit and loss in every scenario, and by
 * position. Futures, perpetuals and spot move with their forward.
 *
 * All sums run in one order, rows before positions, whatever scenarios stand beside: a scan of a part of the scenarios
 * has the same bits.
 */
import { give, takeLarge } from '../memory/arena';
import { cellColumn as bookCells, reference, weigh, weightAt } from '../book/exposure';
import * as marks from '../book/chain';
import {
  CALL_WEIGHT,
  cellColumn,
  expiryColumn,
  FIRST_HELD,
  firstHeld,
  FORWARD,
  LOG_STRIKE,
  LOG_STRIKE_LOW,
  MOVED_FORWARD,
  PACE,
  PROFIT,
  PUT_WEIGHT,
  RATE,
  ROW,
  rowColumn,
  Scan,
  scenarioColumn,
  SHARE,
  STRIKE,
  UNIT,
  UNIT_BEFORE,
  VARIANCE_YEARS,
  VOLATILITY,
  YEARS,
} from './scan';
import { counts, moveForward } from './scenario';
import { revalue } from './revalue';

/** Copies a column of the chain's expiries. */
function copyExpiries(scan: Scan, to: usize, from: usize): void {
  const chain = scan.book.chain;
  memory.copy(expiryColumn(scan, to), marks.expiryColumn(chain, from), (<usize>chain.expiries) << 3);
}

/** Copies an element of a row's column. */
function copyRow(scan: Scan, to: usize, held: i32, from: usize, row: i32): void {
  const value = load<f64>(marks.rowColumn(scan.book.chain, from) + ((<usize>row) << 3));
  store<f64>(rowColumn(scan, to) + ((<usize>held) << 3), value);
}

/** Copies the positions. @returns false where memory is exhausted */
function copyPositions(scan: Scan): bool {
  const book = scan.book;
  if (book.positions > scan.capacity) {
    const table = takeLarge(<u64>book.capacity * 12);
    if (!table) return false;
    give(scan.table);
    scan.table = table;
    scan.capacity = book.capacity;
  }
  scan.positions = book.positions;
  memory.copy(scan.table, book.table, (<usize>book.positions) << 3);
  memory.copy(positionCells(scan), bookCells(book), (<usize>book.positions) << 2);
  return true;
}

// @ts-ignore: decorator
@inline
function positionCells(scan: Scan): usize {
  return scan.table + ((<usize>scan.capacity) << 3);
}

/** Lays a row of the chain, with its weights, on a held row. */
function hold(scan: Scan, held: i32, row: i32, call: f64, put: f64): void {
  copyRow(scan, STRIKE, held, marks.STRIKE, row);
  copyRow(scan, LOG_STRIKE, held, marks.LOG_STRIKE, row);
  copyRow(scan, LOG_STRIKE_LOW, held, marks.LOG_STRIKE_LOW, row);
  copyRow(scan, VOLATILITY, held, marks.VOLATILITY, row);
  const at = (<usize>held) << 3;
  store<f64>(rowColumn(scan, CALL_WEIGHT) + at, call);
  store<f64>(rowColumn(scan, PUT_WEIGHT) + at, put);
  store<i32>(rowColumn(scan, ROW) + (at >> 1), row);
}

/** Finds the rows held, and what their options are worth unmoved. Those without a price are not held. */
function gather(scan: Scan): void {
  const book = scan.book;
  const chain = book.chain;
  const rows = <usize>chain.rows;
  const cells = (<usize>book.cells) << 3;
  weigh(book);
  // marks the cells that have positions, also where they net to nothing
  const isHeld = cellColumn(scan, UNIT);
  memory.fill(isHeld, 0, cells);
  for (let position: usize = 0; position < <usize>scan.positions; position++) {
    if (load<f64>(scan.table + (position << 3)) == 0) continue;
    store<f64>(isHeld + (load<u32>(positionCells(scan) + (position << 2)) << 3), 1);
  }
  let held = 0;
  for (let expiry = 0; expiry < chain.expiries; expiry++) {
    store<i32>(expiryColumn(scan, FIRST_HELD) + ((<usize>expiry) << 2), held);
    if (!counts(scan, expiry)) continue;
    for (let row = marks.firstRow(chain, expiry); row < marks.firstRow(chain, expiry + 1); row++) {
      const call = isHeld + ((<usize>row) << 3);
      if (load<f64>(call) == 0 && load<f64>(call + (rows << 3)) == 0) continue;
      const volatility = load<f64>(marks.rowColumn(chain, marks.VOLATILITY) + ((<usize>row) << 3));
      if (!(volatility >= 0)) continue;
      hold(scan, held++, row, load<f64>(weightAt(book, row)), load<f64>(weightAt(book, rows + row)));
    }
    // an odd last row is its own neighbour
    if (held & 1) {
      hold(scan, held, load<i32>(rowColumn(scan, ROW) + ((<usize>(held - 1)) << 2)), 0, 0);
      held++;
    }
  }
  store<i32>(expiryColumn(scan, FIRST_HELD) + ((<usize>chain.expiries) << 2), held);
  memory.fill(isHeld, 0, cells);
  memory.fill(cellColumn(scan, UNIT_BEFORE), 0, cells);
  spread(scan, scan.scenarios);
  memory.copy(cellColumn(scan, UNIT_BEFORE), cellColumn(scan, UNIT), cells);
  dropUnpriced(scan, held);
}

/** Takes the rows that have no price at the marks out of the sums: their volatility is out of range. */
function dropUnpriced(scan: Scan, held: i32): void {
  const rows = (<usize>scan.book.chain.rows) << 3;
  for (let i: usize = 0; i < (<usize>held) << 3; i += 8) {
    const call = cellColumn(scan, UNIT_BEFORE) + ((<usize>load<u32>(rowColumn(scan, ROW) + (i >> 1))) << 3);
    if (isFinite(load<f64>(call)) && isFinite(load<f64>(call + rows))) continue;
    store<f64>(rowColumn(scan, VOLATILITY) + i, 0);
    store<f64>(rowColumn(scan, CALL_WEIGHT) + i, 0);
    store<f64>(rowColumn(scan, PUT_WEIGHT) + i, 0);
    store<f64>(call, NaN);
    store<f64>(call + rows, NaN);
  }
}

/** What a unit is worth in a scenario, by cell, in quote currency or coin. */
function spread(scan: Scan, scenario: i32): void {
  const book = scan.book;
  const chain = book.chain;
  const unit = cellColumn(scan, UNIT);
  const futures = unit + ((<usize>chain.rows) << 4);
  for (let expiry = 0; expiry < chain.expiries; expiry++) {
    if (!counts(scan, expiry)) continue;
    revalue(scan, expiry, scenario, scenario + 1, true);
    store<f64>(futures + ((<usize>expiry) << 3), made(scan, expiry, scenario));
  }
  for (let u = 0; u < book.underlyings; u++) {
    if (scan.underlying >= 0 && u != scan.underlying) continue;
    const expiry = reference(book, chain, u);
    moveForward(scan, expiry, scenario & ~1, scenario + 1);
    const perpetual = futures + ((<usize>(chain.expiries + u)) << 3);
    store<f64>(perpetual, made(scan, expiry, scenario));
    store<f64>(perpetual + ((<usize>book.underlyings) << 3), worth(scan, scenario));
  }
}

// @ts-ignore: decorator
@inline
function movedForward(scan: Scan, scenario: i32): f64 {
  return load<f64>(scenarioColumn(scan, MOVED_FORWARD) + ((<usize>scenario) << 3));
}

/** What a future has made in a scenario: f' - f, in coin (f' - f)/f'. */
function made(scan: Scan, expiry: i32, scenario: i32): f64 {
  const forward = movedForward(scan, scenario);
  const move = forward - load<f64>(expiryColumn(scan, FORWARD) + ((<usize>expiry) << 3));
  return scan.isCoin ? move / forward : move;
}

/** What a unit of spot is worth in a scenario. */
function worth(scan: Scan, scenario: i32): f64 {
  return scan.isCoin ? 1 : movedForward(scan, scenario);
}

/** Adds to the profits what futures (with `spot` 0) or perpetuals and spot make. */
function addLinear(scan: Scan, expiry: i32, size: f64, spot: f64): void {
  if (size == 0 && spot == 0) return;
  moveForward(scan, expiry, 0, scan.scenarios + 1);
  for (let s = 0; s <= scan.scenarios; s++) {
    const profit = scenarioColumn(scan, PROFIT) + ((<usize>s) << 3);
    store<f64>(profit, load<f64>(profit) + size * made(scan, expiry, s) + spot * worth(scan, s));
  }
}

/**
 * Profit and loss of every scenario, from the chain's last tick and the book as it stands.
 * @returns -1; or the first scenario whose profit is not finite, -2 where memory is exhausted
 */
export function scanRun(at: usize): i32 {
  const scan = changetype<Scan>(at);
  const book = scan.book;
  const chain = book.chain;
  if (!copyPositions(scan)) return -2;
  copyExpiries(scan, FORWARD, marks.FORWARD);
  copyExpiries(scan, YEARS, marks.YEARS);
  copyExpiries(scan, RATE, marks.RATE);
  copyExpiries(scan, VARIANCE_YEARS, marks.VARIANCE_YEARS);
  copyExpiries(scan, PACE, marks.PACE);
  gather(scan);
  const scenarios = scan.scenarios;
  const futures = 2 * chain.rows;
  memory.fill(scenarioColumn(scan, PROFIT), 0, (<usize>scenarios + 1) << 3);
  for (let expiry = 0; expiry < chain.expiries; expiry++) {
    if (!counts(scan, expiry)) continue;
    if (firstHeld(scan, expiry) != firstHeld(scan, expiry + 1))
      revalue(scan, expiry, 0, scenarios + 1, false);
    addLinear(scan, expiry, load<f64>(weightAt(book, futures + expiry)), 0);
  }
  for (let u = 0; u < book.underlyings; u++) {
    if (scan.underlying >= 0 && u != scan.underlying) continue;
    const cell = futures + chain.expiries + u;
    const perpetual = load<f64>(weightAt(book, cell));
    const spot = load<f64>(weightAt(book, cell + book.underlyings));
    addLinear(scan, reference(book, chain, u), perpetual, spot);
  }
  const profits = scenarioColumn(scan, PROFIT);
  scan.value = load<f64>(profits + ((<usize>scenarios) << 3));
  let bad = -1;
  for (let s = scenarios - 1; s >= 0; s--) {
    const profit = load<f64>(profits + ((<usize>s) << 3)) - scan.value;
    store<f64>(profits + ((<usize>s) << 3), profit);
    if (!isFinite(profit)) bad = s;
  }
  return bad;
}

/** Adds to a row of numbers, one per position, `share` of what each makes in a scenario. */
function addPositions(scan: Scan, scenario: i32, share: f64, to: usize): void {
  spread(scan, scenario);
  const before = cellColumn(scan, UNIT_BEFORE);
  const now = cellColumn(scan, UNIT);
  for (let position: usize = 0; position < <usize>scan.positions; position++) {
    const cell = (<usize>load<u32>(positionCells(scan) + (position << 2))) << 3;
    const unit = load<f64>(before + cell);
    // without a price at the marks
    if (unit != unit) continue;
    const profit = load<f64>(scan.table + (position << 3)) * (load<f64>(now + cell) - unit);
    store<f64>(to + (position << 3), load<f64>(to + (position << 3)) + share * profit);
  }
}

/** How many positions there were at the last run. */
export function scanPositions(at: usize): i32 {
  return changetype<Scan>(at).positions;
}

/**
 * What each position makes in each scenario of the last run: scenario by scenario, one number per position.
 * @returns the address, 0 where memory is exhausted
 */
export function scanByPosition(at: usize): usize {
  const scan = changetype<Scan>(at);
  const positions = scan.positions;
  const bytes = ((<u64>scan.scenarios * <u64>positions) << 3) + 16;
  if (!scan.matrix || positions != scan.matrixPositions) {
    give(scan.matrix);
    scan.matrixPositions = positions;
    scan.matrix = takeLarge(bytes);
    if (!scan.matrix) return 0;
  } else {
    memory.fill(scan.matrix, 0, <usize>bytes);
  }
  for (let s = 0; s < scan.scenarios; s++) {
    addPositions(scan, s, 1, scan.matrix + ((<usize>s * <usize>positions) << 3));
  }
  return scan.matrix;
}

/** Adds what each position loses in the scenarios, by their SHARE, to a row of numbers at `to`. */
export function scanContribute(at: usize, to: usize): void {
  const scan = changetype<Scan>(at);
  for (let s = 0; s < scan.scenarios; s++) {
    const share = load<f64>(scenarioColumn(scan, SHARE) + ((<usize>s) << 3));
    if (share != 0) addPositions(scan, s, -share, to);
  }
}
