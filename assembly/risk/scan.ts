/**
 * A scan: what a book makes in scenarios, each a relative move of the spots, a move of the volatilities and a time
 * that passes. The object and its columns; scenario.ts says what a scenario makes of an expiry, revalue.ts what the
 * options are then worth, run.ts adds up.
 *
 * A run copies what it needs of the chain's last tick and of the book, so that what is asked of it later (by position,
 * a tail's contributions) is of the same moment.
 */
import { give, takeLarge } from '../memory/arena';
import { headerOf, strideOf } from '../memory/layout';
import { Book } from '../book/exposure';


@unmanaged
export class Scan {
  book: Book;
  /** Scenarios. Their columns have one element more, for the book unmoved. */
  scenarios: i32;
  /** Lengths of the axes of a grid, the spot running fastest; `scenarios` each where the scenarios are a list. */
  spots: i32;
  volatilities: i32;
  times: i32;
  isGrid: i32;
  /** The underlying whose positions count, -1 for all. */
  underlying: i32;
  isCoin: i32;
  /** What a move of volatility is: a factor less 1, or absolute; times (referenceYears / years to expiry)^exponent. */
  isRelative: i32;
  referenceYears: f64;
  /** The years to expiry count as no fewer than these. */
  floorYears: f64;
  exponent: f64;
  /** The exponent for expiries beyond the reference. */
  longExponent: f64;
  /** A move up leaves a volatility at no less than this. */
  leastVolatility: f64;
  /** What the book is worth unmoved. */
  value: f64;
  /** Bytes between columns of scenarios, of expiries, of held rows, and of cells. */
  scenarioStride: usize;
  expiryStride: usize;
  rowStride: usize;
  cellStride: usize;
  /** The book's positions as of the last run: how many, and a block of sizes and cells with room for `capacity`. */
  positions: i32;
  capacity: i32;
  table: usize;
  /** A block of scenarios x positions, 0 until it is asked for. */
  matrix: usize;
  matrixPositions: i32;
}

// Columns of scenarios: the axes as given (of a grid: at the start of the columns), then of each scenario.
export const SPOT_AXIS: usize = 0;
export const VOLATILITY_AXIS: usize = 1;
export const TIME_AXIS: usize = 2;
export const WEIGHT: usize = 3;
export const SPOT: usize = 4;
export const VOLATILITY_MOVE: usize = 5;
export const TIME: usize = 6;
export const PROFIT: usize = 7;
/** What each scenario counts in the figure asked for last. */
export const SHARE: usize = 8;
/** Scenarios from the worst on: integers. */
export const RANK: usize = 9;
/** Of the expiry at work: its forward in each scenario, and the logarithm in two doubles. */
export const MOVED_FORWARD: usize = 10;
export const LOG_FORWARD: usize = 11;
export const LOG_FORWARD_LOW: usize = 12;
const SCENARIO_COLUMNS: usize = 13;

// Columns of expiries, as of the last run.
export const FORWARD: usize = 0;
export const YEARS: usize = 1;
export const RATE: usize = 2;
export const VARIANCE_YEARS: usize = 3;
export const PACE: usize = 4;
/** First held row of each expiry and, after the last, their number: integers. */
export const FIRST_HELD: usize = 5;
const EXPIRY_COLUMNS: usize = 6;

// Columns of held rows, as of the last run: those on which there are positions. Each expiry's start at an even one.
export const STRIKE: usize = 0;
export const LOG_STRIKE: usize = 1;
export const LOG_STRIKE_LOW: usize = 2;
export const VOLATILITY: usize = 3;
export const CALL_WEIGHT: usize = 4;
export const PUT_WEIGHT: usize = 5;
/** The row of the chain: an integer. */
export const ROW: usize = 6;
const ROW_COLUMNS: usize = 7;

// Columns of cells, numbered as the book's: what a unit is worth unmoved, and in the scenario looked at last. Futures
// and perpetuals are worth what they have made.
export const UNIT_BEFORE: usize = 0;
export const UNIT: usize = 1;
const CELL_COLUMNS: usize = 2;

// @ts-ignore: decorator
@inline
export function scenarioColumn(scan: Scan, column: usize): usize {
  return changetype<usize>(scan) + headerOf<Scan>() + column * scan.scenarioStride;
}

// @ts-ignore: decorator
@inline
export function expiryColumn(scan: Scan, column: usize): usize {
  return scenarioColumn(scan, SCENARIO_COLUMNS) + column * scan.expiryStride;
}

// @ts-ignore: decorator
@inline
export function rowColumn(scan: Scan, column: usize): usize {
  return expiryColumn(scan, EXPIRY_COLUMNS) + column * scan.rowStride;
}

// @ts-ignore: decorator
@inline
export function cellColumn(scan: Scan, column: usize): usize {
  return rowColumn(scan, ROW_COLUMNS) + column * scan.cellStride;
}

/** What each underlying's spot moves by when the scenario's moves by 1. */
// @ts-ignore: decorator
@inline
export function betaAt(scan: Scan, underlying: usize): usize {
  return cellColumn(scan, CELL_COLUMNS) + (underlying << 3);
}

/** First held row of an expiry; of the one after the last, how many there are. */
// @ts-ignore: decorator
@inline
export function firstHeld(scan: Scan, expiry: i32): i32 {
  return load<i32>(expiryColumn(scan, FIRST_HELD) + ((<usize>expiry) << 2));
}

/**
 * @param grid 1 for every spot x volatility x time, 0 for a list, whose lengths are one
 * @returns a scan, 0 where memory is exhausted; axes, betas and terms are to be set, then `scanPrepare` called
 */
export function scanCreate(bookAt: usize, spots: i32, volatilities: i32, times: i32, grid: i32): usize {
  const book = changetype<Book>(bookAt);
  const chain = book.chain;
  // counted in doubles: the binding has bounded each
  const wide: f64 = grid ? <f64>spots * <f64>volatilities * <f64>times : <f64>spots;
  if (wide > 1e8) return 0;
  const scenarios = <i32>wide;
  const scenarioStride = strideOf(max(max(scenarios, spots), max(volatilities, times)) + 1);
  const expiryStride = strideOf(chain.expiries + 1);
  const rowStride = strideOf(chain.rows + chain.expiries);
  const cellStride = strideOf(book.cells);
  const at = takeLarge(
    headerOf<Scan>() +
      SCENARIO_COLUMNS * <u64>scenarioStride +
      EXPIRY_COLUMNS * <u64>expiryStride +
      ROW_COLUMNS * <u64>rowStride +
      CELL_COLUMNS * <u64>cellStride +
      ((<u64>book.underlyings) << 3),
  );
  if (!at) return 0;
  const scan = changetype<Scan>(at);
  scan.book = book;
  scan.scenarios = scenarios;
  scan.spots = spots;
  scan.volatilities = volatilities;
  scan.times = times;
  scan.isGrid = grid;
  scan.scenarioStride = scenarioStride;
  scan.expiryStride = expiryStride;
  scan.rowStride = rowStride;
  scan.cellStride = cellStride;
  return at;
}

/** How the scan measures: see {@link Scan}. */
export function scanMeasureIn(at: usize, underlying: i32, coin: i32): void {
  const scan = changetype<Scan>(at);
  scan.underlying = underlying;
  scan.isCoin = coin;
}

/** How volatilities move: see {@link Scan}. */
export function scanMoveBy(
  at: usize,
  relative: i32,
  exponent: f64,
  longExponent: f64,
  referenceYears: f64,
  floorYears: f64,
  leastVolatility: f64,
): void {
  const scan = changetype<Scan>(at);
  scan.isRelative = relative;
  scan.exponent = exponent;
  scan.longExponent = longExponent;
  scan.referenceYears = referenceYears;
  scan.floorYears = floorYears;
  scan.leastVolatility = leastVolatility;
}

/** Address of a column of scenarios: see the constants. */
export function scanColumn(at: usize, column: i32): usize {
  return scenarioColumn(changetype<Scan>(at), column);
}

/** Address of the betas, one per underlying. */
export function scanBeta(at: usize): usize {
  return betaAt(changetype<Scan>(at), 0);
}

/** What the book is worth unmoved, as of the last run. */
export function scanValue(at: usize): f64 {
  return changetype<Scan>(at).value;
}

/** Gives the scan's memory back. */
export function scanGive(at: usize): void {
  const scan = changetype<Scan>(at);
  give(scan.table);
  give(scan.matrix);
  give(at);
}
