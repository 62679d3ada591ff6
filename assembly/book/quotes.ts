/**
 * A chain from its quotes: bids, mids and asks of all calls and puts to volatilities, the width of every quote in
 * volatility, and the mark of every strike.
 */
import { give, takeLarge } from '../memory/arena';
import { headerOf, strideOf } from '../memory/layout';
import { stateOf, TWO_SIDED } from '../pricing/quote';
import {
  Chain,
  chainForward,
  chainRate,
  chainVarianceYears,
  chainVolatility,
  chainYears,
  firstRow,
  rowColumn,
  STRIKE,
} from './chain';
import { impliedColumn, impliedCreate, impliedSolve } from './implied';

// Columns of implied.ts.
const TYPE: i32 = 0;
const UNDER: i32 = 1;
const IMPLIED_STRIKE: i32 = 2;
const YEARS: i32 = 3;
const PRICE: i32 = 4;
const RATE: i32 = 5;
const GUESS: i32 = 7;
export const VOLATILITY: i32 = 8;
export const STATUS: i32 = 9;

// @ts-ignore: decorator
@inline
function put(at: usize, column: i32, row: i32, value: f64): void {
  store<f64>(impliedColumn(at, column) + ((<usize>row) << 3), value);
}

/** Lays a quote on a forward into a row of implied.ts. */
export function layQuote(
  at: usize,
  row: i32,
  type: i8,
  forward: f64,
  strike: f64,
  years: f64,
  rate: f64,
  price: f64,
): void {
  store<i8>(impliedColumn(at, TYPE) + row, type);
  put(at, UNDER, row, forward);
  put(at, IMPLIED_STRIKE, row, strike);
  put(at, YEARS, row, years);
  put(at, RATE, row, rate);
  put(at, PRICE, row, price);
}


@unmanaged
class ChainQuotes {
  chain: usize;
  /** Bids, mids and asks of all calls, then of all puts: an object of implied.ts. */
  impliedAt: usize;
  stride: usize;
}

// Columns of rows, each of the calls and then of the puts; of states each row is a byte.
const BID: usize = 0;
const ASK: usize = 2;
const SPREAD: usize = 4;
const STATE: usize = 6;
/** Of expiries, a byte each: 1 where prices are in coin. */
const COIN: usize = 8;

/** Bid, mid, ask. */
const PRICES: i32 = 3;

// @ts-ignore: decorator
@inline
function columnOf(quotes: ChainQuotes, column: usize, side: usize): usize {
  return changetype<usize>(quotes) + headerOf<ChainQuotes>() + (column + side) * quotes.stride;
}

/** @returns the quotes of a chain, 0 where memory is exhausted; there is no price yet */
export function quotesCreate(chainAt: usize): usize {
  const chain = changetype<Chain>(chainAt);
  const stride = strideOf(chain.rows);
  const at = takeLarge(headerOf<ChainQuotes>() + COIN * <u64>stride + strideOf(chain.expiries));
  if (!at) return 0;
  const quotes = changetype<ChainQuotes>(at);
  quotes.chain = chainAt;
  quotes.stride = stride;
  quotes.impliedAt = impliedCreate(2 * PRICES * chain.rows, 1);
  if (quotes.impliedAt) return at;
  give(at);
  return 0;
}

/** Gives the memory back. */
export function quotesGive(at: usize): void {
  give(changetype<ChainQuotes>(at).impliedAt);
  give(at);
}

/** Address of column 0..8: bids, asks, spreads, states (bytes), of calls and of puts each; coin (bytes, by expiry). */
export function quotesColumn(at: usize, column: i32): usize {
  return columnOf(changetype<ChainQuotes>(at), <usize>column, 0);
}

/** Address of the volatilities: bids, mids and asks of all calls, then of all puts. */
export function quotesVolatility(at: usize): usize {
  return impliedColumn(changetype<ChainQuotes>(at).impliedAt, VOLATILITY);
}

/** Row of implied.ts of a price of a row. */
// @ts-ignore: decorator
@inline
function placeOf(rows: i32, side: usize, price: i32, row: i32): i32 {
  return (PRICES * <i32>side + price) * rows + row;
}

/** Lays the prices of an expiry in. The volatility is per year of variance, the discount by years of time. */
function layExpiry(quotes: ChainQuotes, chain: Chain, expiry: i32): void {
  const place = (<usize>expiry) << 3;
  const forward = load<f64>(chainForward(quotes.chain) + place);
  const time = load<f64>(chainYears(quotes.chain) + place);
  const years = load<f64>(chainVarianceYears(quotes.chain) + place);
  const rate = load<f64>(chainRate(quotes.chain) + place);
  const carried = years == time ? rate : (rate * time) / years;
  const unit = load<u8>(columnOf(quotes, COIN, 0) + expiry) ? forward : 1;
  for (let row = firstRow(chain, expiry); row < firstRow(chain, expiry + 1); row++) {
    const i = (<usize>row) << 3;
    const strike = load<f64>(rowColumn(chain, STRIKE) + i);
    for (let side: usize = 0; side < 2; side++) {
      const bid = load<f64>(columnOf(quotes, BID, side) + i);
      const ask = load<f64>(columnOf(quotes, ASK, side) + i);
      const mid = bid > 0 && ask >= bid ? 0.5 * (bid + ask) : NaN;
      for (let price = 0; price < PRICES; price++) {
        const quoted = price == 0 ? bid : price == 1 ? mid : ask;
        const at = placeOf(chain.rows, side, price, row);
        layQuote(quotes.impliedAt, at, side ? -1 : 1, forward, strike, years, carried, unit * quoted);
      }
    }
  }
}

/** The volatility of a price of a row. */
// @ts-ignore: decorator
@inline
function volatilityOf(quotes: ChainQuotes, rows: i32, side: usize, price: i32, row: i32): f64 {
  const i = (<usize>placeOf(rows, side, price, row)) << 3;
  return load<f64>(impliedColumn(quotes.impliedAt, VOLATILITY) + i);
}

/** What is quoted of a row's call or put: its state, and its spread in volatility. */
function readQuote(quotes: ChainQuotes, rows: i32, side: usize, row: i32): u8 {
  const i = (<usize>row) << 3;
  const statusAt = impliedColumn(quotes.impliedAt, STATUS);
  const state = stateOf(
    true,
    load<f64>(columnOf(quotes, BID, side) + i),
    load<f64>(columnOf(quotes, ASK, side) + i),
    load<u8>(statusAt + placeOf(rows, side, 0, row)),
    load<u8>(statusAt + placeOf(rows, side, 2, row)),
  );
  const isWide = state == TWO_SIDED;
  const ask = volatilityOf(quotes, rows, side, 2, row);
  store<u8>(columnOf(quotes, STATE, side) + row, state);
  store<f64>(
    columnOf(quotes, SPREAD, side) + i,
    isWide ? ask - volatilityOf(quotes, rows, side, 0, row) : NaN,
  );
  return state;
}

/**
 * The quotes laid in to volatilities, at the forwards, years and rates that the chain's next tick reads, and to the
 * chain's own: a strike has that of the mid of its option out of the money, of the other one where that has none from
 * both sides, NaN where neither has. An expiry that is over has 0.
 * @returns the first expiry whose forward is not positive and finite, nothing having changed; -1 if none
 */
export function quotesMark(at: usize): i32 {
  const quotes = changetype<ChainQuotes>(at);
  const chain = changetype<Chain>(quotes.chain);
  for (let expiry = 0; expiry < chain.expiries; expiry++) {
    const forward = load<f64>(chainForward(quotes.chain) + ((<usize>expiry) << 3));
    if (!(forward > 0 && forward < Infinity)) return expiry;
  }
  const rows = chain.rows;
  const all = 2 * PRICES * rows;
  for (let expiry = 0; expiry < chain.expiries; expiry++) layExpiry(quotes, chain, expiry);
  // the last volatilities are where to start
  memory.copy(impliedColumn(quotes.impliedAt, GUESS), quotesVolatility(at), (<usize>all) << 3);
  impliedSolve(quotes.impliedAt, all, 0, 0, 1);
  for (let expiry = 0; expiry < chain.expiries; expiry++) {
    const forward = load<f64>(chainForward(quotes.chain) + ((<usize>expiry) << 3));
    const isOver = load<f64>(chainYears(quotes.chain) + ((<usize>expiry) << 3)) == 0;
    for (let row = firstRow(chain, expiry); row < firstRow(chain, expiry + 1); row++) {
      const i = (<usize>row) << 3;
      const callState = readQuote(quotes, rows, 0, row);
      const putState = readQuote(quotes, rows, 1, row);
      const isCall = load<f64>(rowColumn(chain, STRIKE) + i) >= forward;
      const isWide = (isCall ? callState : putState) == TWO_SIDED;
      const isOtherWide = (isCall ? putState : callState) == TWO_SIDED;
      const side: usize = isCall == isWide ? 0 : 1;
      const mid = isWide || isOtherWide ? volatilityOf(quotes, rows, side, 1, row) : NaN;
      store<f64>(chainVolatility(quotes.chain) + i, isOver ? 0 : mid);
    }
  }
  return -1;
}
