/**
 * Strikes x expiries: a grid, not a list. The object, its columns and what sets them; mark.ts fills the results.
 */
import { give, take } from '../memory/arena';
import { headerOf, strideOf } from '../memory/layout';
import { read } from '../lanes/f64x2';
import { logInto } from '../math/log';
import { sensitivitiesOf } from '../pricing/sensitivity';


@unmanaged
export class Chain {
  expiries: i32;
  rows: i32;
  order: i32;
  /** Set where the last tick had rows that the lanes could not do: there may be NaN among the results. */
  mended: i32;
  /** Set where rates or years have changed since the last tick. */
  stale: i32;
  /** The block of coin columns, 0 until they are first asked for. */
  coin: usize;
  /** Bytes between columns of expiries, and of rows. */
  expiryStride: usize;
  stride: usize;
}

// Columns of expiries.
export const FORWARD: usize = 0;
/** Where a tick's forwards are laid before they are looked at. */
export const NEXT_FORWARD: usize = 1;
export const YEARS: usize = 2;
export const RATE: usize = 3;
export const ROOT_YEARS: usize = 4;
export const DISCOUNT: usize = 5;
export const LOG_FORWARD: usize = 6;
export const LOG_FORWARD_LOW: usize = 7;
/** Years of variance to the expiry, and how many of them pass in a year of time at this moment. */
export const VARIANCE_YEARS: usize = 8;
export const PACE: usize = 9;
/** First row of each expiry and, after the last, the number of rows: integers. */
const OFFSET: usize = 10;
const EXPIRY_COLUMNS: usize = 11;

// Columns of rows.
export const STRIKE: usize = 0;
export const VOLATILITY: usize = 1;
export const LOG_STRIKE: usize = 2;
export const LOG_STRIKE_LOW: usize = 3;
export const RESULTS: usize = 4;

// Results. What call and put have in common stands once; an order's columns stand before the next order's.
export const CALL_PRICE: usize = 0;
export const PUT_PRICE: usize = 1;
export const CALL_DELTA: usize = 2;
export const PUT_DELTA: usize = 3;
export const CALL_THETA: usize = 4;
export const PUT_THETA: usize = 5;
export const CALL_RHO: usize = 6;
export const PUT_RHO: usize = 7;
export const GAMMA: usize = 8;
export const VEGA: usize = 9;
export const VANNA: usize = 10;
export const VOLGA: usize = 11;
export const CALL_CHARM: usize = 12;
export const PUT_CHARM: usize = 13;
export const SPEED: usize = 14;
export const ZOMMA: usize = 15;
export const COLOR: usize = 16;

/** Result column of each sensitivity, of calls and then of puts. */
const CALL_COLUMNS: usize = memory.data<usize>([
  CALL_PRICE,
  CALL_DELTA,
  GAMMA,
  VEGA,
  CALL_THETA,
  CALL_RHO,
  VANNA,
  VOLGA,
  CALL_CHARM,
  SPEED,
  ZOMMA,
  COLOR,
]);
const PUT_COLUMNS: usize = memory.data<usize>([
  PUT_PRICE,
  PUT_DELTA,
  GAMMA,
  VEGA,
  PUT_THETA,
  PUT_RHO,
  VANNA,
  VOLGA,
  PUT_CHARM,
  SPEED,
  ZOMMA,
  COLOR,
]);

// @ts-ignore: decorator
@inline
function resultsOf(order: i32): usize {
  return order == 1 ? 10 : order == 2 ? 14 : 17;
}

// @ts-ignore: decorator
@inline
export function expiryColumn(chain: Chain, column: usize): usize {
  return changetype<usize>(chain) + headerOf<Chain>() + column * chain.expiryStride;
}

// @ts-ignore: decorator
@inline
export function rowColumn(chain: Chain, column: usize): usize {
  return expiryColumn(chain, EXPIRY_COLUMNS) + column * chain.stride;
}

/** First row of an expiry; of the one after the last, the number of rows. */
// @ts-ignore: decorator
@inline
export function firstRow(chain: Chain, expiry: i32): i32 {
  return load<i32>(expiryColumn(chain, OFFSET) + ((<usize>expiry) << 2));
}

/** Address of the column of a sensitivity, of calls or of puts. */
export function resultColumn(chain: Chain, sensitivity: usize, put: bool): usize {
  return rowColumn(chain, RESULTS + load<usize>((put ? PUT_COLUMNS : CALL_COLUMNS) + (sensitivity << 2)));
}

// @ts-ignore: decorator
@inline
function bytesOf(order: i32, expiryStride: usize, stride: usize): usize {
  return headerOf<Chain>() + EXPIRY_COLUMNS * expiryStride + (RESULTS + resultsOf(order)) * stride;
}

/** Bytes of a chain's block. A copy of them is a chain as good as the first, but for the coin columns. */
export function chainBytes(chain: Chain): usize {
  return bytesOf(chain.order, chain.expiryStride, chain.stride);
}

/** @returns the chain, 0 where memory is exhausted; its columns are to be filled, then `chainPrepare` called */
export function chainCreate(expiries: i32, rows: i32, order: i32): usize {
  const expiryStride = strideOf(expiries + 1);
  const stride = strideOf(rows);
  const at = take(bytesOf(order, expiryStride, stride));
  if (at) {
    const chain = changetype<Chain>(at);
    chain.expiries = expiries;
    chain.rows = rows;
    chain.order = order;
    chain.expiryStride = expiryStride;
    chain.stride = stride;
  }
  return at;
}

/** Address of the forwards that the next tick takes up, one per expiry. */
export function chainForward(at: usize): usize {
  return expiryColumn(changetype<Chain>(at), NEXT_FORWARD);
}

/** Address of the years, one per expiry; `chainRetime` after a change. */
export function chainYears(at: usize): usize {
  return expiryColumn(changetype<Chain>(at), YEARS);
}

/** Address of the years of variance, one per expiry; `chainRetime` after a change. */
export function chainVarianceYears(at: usize): usize {
  return expiryColumn(changetype<Chain>(at), VARIANCE_YEARS);
}

/** Address of the years of variance that pass in a year, one per expiry; `chainRetime` after a change. */
export function chainPace(at: usize): usize {
  return expiryColumn(changetype<Chain>(at), PACE);
}

/** Address of the rates, one per expiry; `chainRetime` after a change. */
export function chainRate(at: usize): usize {
  return expiryColumn(changetype<Chain>(at), RATE);
}

/** Address of the offsets, unsigned integers of 32 bits, one more than expiries. */
export function chainOffset(at: usize): usize {
  return expiryColumn(changetype<Chain>(at), OFFSET);
}

/** Address of the strikes. */
export function chainStrike(at: usize): usize {
  return rowColumn(changetype<Chain>(at), STRIKE);
}

/** Address of the volatilities, which the next tick reads. */
export function chainVolatility(at: usize): usize {
  return rowColumn(changetype<Chain>(at), VOLATILITY);
}

/** Address of the results of a sensitivity, of calls (put = 0) or of puts. */
export function chainResult(at: usize, sensitivity: i32, put: i32): usize {
  return resultColumn(changetype<Chain>(at), sensitivity, put != 0);
}

/** The row of a strike of an expiry, -1 where it has none such. */
export function chainIndex(at: usize, expiry: i32, strike: f64): i32 {
  const chain = changetype<Chain>(at);
  let from = firstRow(chain, expiry);
  let to = firstRow(chain, expiry + 1);
  while (from < to) {
    const row = (from + to) >> 1;
    const here = load<f64>(rowColumn(chain, STRIKE) + ((<usize>row) << 3));
    if (here == strike) return row;
    if (here < strike) from = row + 1;
    else to = row;
  }
  return -1;
}

/** Takes up the strikes. @returns the first row whose strike is bad or not above the one before, -1 if none */
export function chainPrepare(at: usize): i32 {
  const chain = changetype<Chain>(at);
  for (let expiry = 0; expiry < chain.expiries; expiry++) {
    let before: f64 = 0;
    for (let row = firstRow(chain, expiry); row < firstRow(chain, expiry + 1); row++) {
      const strike = load<f64>(rowColumn(chain, STRIKE) + ((<usize>row) << 3));
      if (!(strike > before && strike < Infinity)) return row;
      before = strike;
    }
  }
  for (let i: usize = 0; i < (<usize>chain.rows) << 3; i += 16) {
    const strike = read(rowColumn(chain, STRIKE) + i);
    logInto(rowColumn(chain, LOG_STRIKE) + i, rowColumn(chain, LOG_STRIKE_LOW) + i, strike);
  }
  chain.stale = 1;
  return -1;
}

/** Says that years or rates have changed; the next tick takes them up. */
export function chainRetime(at: usize): void {
  changetype<Chain>(at).stale = 1;
}

/** Lets time pass, and variance at its pace; an expiry that is over stays at 0 years of both. */
export function chainAdvance(at: usize, years: f64): void {
  const chain = changetype<Chain>(at);
  for (let i: usize = 0; i < (<usize>chain.expiries) << 3; i += 8) {
    const yearsAt = expiryColumn(chain, YEARS) + i;
    const left = Math.max(0, load<f64>(yearsAt) - years);
    store<f64>(yearsAt, left);
    const varianceAt = expiryColumn(chain, VARIANCE_YEARS) + i;
    const variance = load<f64>(varianceAt) - years * load<f64>(expiryColumn(chain, PACE) + i);
    store<f64>(varianceAt, left == 0 ? 0 : Math.max(0, variance));
  }
  chain.stale = 1;
}

/** Address of a coin column: those of the calls, then those of the puts. */
// @ts-ignore: decorator
@inline
export function coinColumn(chain: Chain, column: usize, put: bool): usize {
  return chain.coin + (put ? sensitivitiesOf(chain.order) + column : column) * chain.stride;
}

/** Address of the coin results of a sensitivity; `chainCoin` makes and fills them. */
export function chainCoinResult(at: usize, sensitivity: i32, put: i32): usize {
  return coinColumn(changetype<Chain>(at), sensitivity, put != 0);
}

/** Takes a block for the coin columns where there is none yet. @returns 0 where memory is exhausted */
export function chainTakeCoin(at: usize): bool {
  const chain = changetype<Chain>(at);
  if (!chain.coin) chain.coin = take(2 * sensitivitiesOf(chain.order) * chain.stride);
  return chain.coin != 0;
}

/** Gives the chain's memory back. */
export function chainGive(at: usize): void {
  give(changetype<Chain>(at).coin);
  give(at);
}
