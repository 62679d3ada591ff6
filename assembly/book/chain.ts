/**
 * Strikes x expiries: a grid, not a list. The object, its columns and what sets them; mark.ts fills the results.
 */
import { give, takeLarge } from '../memory/arena';
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

// Columns of expiries. What the host gives comes into force at a tick, all at once: first the columns that are given,
// then the same in force.
export const GIVEN_FORWARD: usize = 0;
export const GIVEN_YEARS: usize = 1;
const GIVEN_RATE: usize = 2;
export const GIVEN_VARIANCE_YEARS: usize = 3;
const GIVEN_PACE: usize = 4;
export const GIVEN: usize = 5;
export const FORWARD: usize = 5;
export const YEARS: usize = 6;
export const RATE: usize = 7;
/** Years of variance to the expiry, and how many of them pass in a year of time at this moment. */
export const VARIANCE_YEARS: usize = 8;
export const PACE: usize = 9;
export const ROOT_YEARS: usize = 10;
export const DISCOUNT: usize = 11;
export const LOG_FORWARD: usize = 12;
export const LOG_FORWARD_LOW: usize = 13;
/** First row of each expiry and, after the last, the number of rows: integers. */
const OFFSET: usize = 14;
const EXPIRY_COLUMNS: usize = 15;

// Columns of rows.
export const STRIKE: usize = 0;
/** As the host gives it, and as of the last tick. */
export const GIVEN_VOLATILITY: usize = 1;
export const VOLATILITY: usize = 2;
export const LOG_STRIKE: usize = 3;
export const LOG_STRIKE_LOW: usize = 4;
export const RESULTS: usize = 5;

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
function bytesOf(order: i32, expiryStride: usize, stride: usize): u64 {
  return headerOf<Chain>() + EXPIRY_COLUMNS * <u64>expiryStride + (RESULTS + resultsOf(order)) * <u64>stride;
}

/** Bytes of a chain's block. A copy of them is a chain as good as the first, but for the coin columns. */
export function chainBytes(chain: Chain): usize {
  return <usize>bytesOf(chain.order, chain.expiryStride, chain.stride);
}

/** @returns the chain, 0 where memory is exhausted; its columns are to be filled, then `chainPrepare` called */
export function chainCreate(expiries: i32, rows: i32, order: i32): usize {
  const expiryStride = strideOf(expiries + 1);
  const stride = strideOf(rows);
  const at = takeLarge(bytesOf(order, expiryStride, stride));
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

/** Address of the forwards that the next tick takes up, one per expiry. After it they are those in force. */
export function chainForward(at: usize): usize {
  return expiryColumn(changetype<Chain>(at), GIVEN_FORWARD);
}

/** Address of the years, one per expiry; `chainRetime` after a change. */
export function chainYears(at: usize): usize {
  return expiryColumn(changetype<Chain>(at), GIVEN_YEARS);
}

/** Address of the years of variance, one per expiry; `chainRetime` after a change. */
export function chainVarianceYears(at: usize): usize {
  return expiryColumn(changetype<Chain>(at), GIVEN_VARIANCE_YEARS);
}

/** Address of the years of variance that pass in a year, one per expiry; `chainRetime` after a change. */
export function chainPace(at: usize): usize {
  return expiryColumn(changetype<Chain>(at), GIVEN_PACE);
}

/** Address of the rates, one per expiry; `chainRetime` after a change. */
export function chainRate(at: usize): usize {
  return expiryColumn(changetype<Chain>(at), GIVEN_RATE);
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
  return rowColumn(changetype<Chain>(at), GIVEN_VOLATILITY);
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
  // an option that the lanes can do, where the odd last row spills
  const spill = (<usize>chain.rows) << 3;
  store<f64>(rowColumn(chain, STRIKE) + spill, 1);
  store<f64>(rowColumn(chain, VOLATILITY) + spill, 1);
  for (let i: usize = 0; i < (<usize>chain.rows) << 3; i += 16) {
    const strike = read(rowColumn(chain, STRIKE) + i);
    logInto(rowColumn(chain, LOG_STRIKE) + i, rowColumn(chain, LOG_STRIKE_LOW) + i, strike);
  }
  chain.stale = 1;
  return -1;
}

/** Takes back forwards that were given: those in force stand. */
export function chainRevert(at: usize): void {
  const chain = changetype<Chain>(at);
  memory.copy(expiryColumn(chain, GIVEN_FORWARD), expiryColumn(chain, FORWARD), (<usize>chain.expiries) << 3);
}

/** Says that years or rates have changed; the next tick takes them up. */
export function chainRetime(at: usize): void {
  changetype<Chain>(at).stale = 1;
}

/** Lets time pass, and variance at its pace; an expiry that is over stays at 0 years of both. */
export function chainAdvance(at: usize, years: f64): void {
  const chain = changetype<Chain>(at);
  for (let i: usize = 0; i < (<usize>chain.expiries) << 3; i += 8) {
    const yearsAt = expiryColumn(chain, GIVEN_YEARS) + i;
    const left = Math.max(0, load<f64>(yearsAt) - years);
    store<f64>(yearsAt, left);
    const varianceAt = expiryColumn(chain, GIVEN_VARIANCE_YEARS) + i;
    const variance = load<f64>(varianceAt) - years * load<f64>(expiryColumn(chain, GIVEN_PACE) + i);
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
  if (!chain.coin) chain.coin = takeLarge(2 * sensitivitiesOf(chain.order) * <u64>chain.stride);
  return chain.coin != 0;
}

/** Gives the chain's memory back. */
export function chainGive(at: usize): void {
  give(changetype<Chain>(at).coin);
  give(at);
}
