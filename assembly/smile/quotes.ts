/**
 * Prices to intervals of volatility. A price is monotone in volatility, so that a slice prices inside a bid and ask
 * exactly where its volatility lies between theirs, and the fit needs no prices; the weight by vega is in it as well,
 * since a half-spread in volatility is the half-spread in price over vega.
 */
import { logRatio } from '../math/scalar';
import { impliedColumn, impliedSolve } from '../book/implied';
import { BELOW_INTRINSIC, NO_TIME_VALUE, OK as SOLVED } from '../pricing/implied';
import {
  ASK,
  ASK_VOLATILITY,
  BID,
  BID_VOLATILITY,
  COIN,
  expiryColumn,
  firstQuote,
  LOG_MONEYNESS,
  QUOTE_FORWARD,
  quoteColumn,
  RATE,
  Smile,
  STATE,
  STRIKE,
  TYPE,
  YEARS,
} from './smile';

// What a quote is to the fit: `SmileQuoteState` of the bindings.
export const TWO_SIDED: u8 = 0;
/** Bounded above: there is no bid, or none above intrinsic value. */
export const ASK_ONLY: u8 = 1;
export const BID_ONLY: u8 = 2;
export const NO_QUOTE: u8 = 3;
/** The bid is above the ask. */
export const CROSSED: u8 = 4;
/** No volatility gives a price that low (ask at or below intrinsic value) or that high (bid above the maximum). */
export const NO_VOLATILITY: u8 = 5;
export const BAD_INPUT: u8 = 6;
export const STATES: i32 = 7;

// Columns of book/implied.ts.
const IMPLIED_TYPE: i32 = 0;
const IMPLIED_UNDER: i32 = 1;
const IMPLIED_STRIKE: i32 = 2;
const IMPLIED_YEARS: i32 = 3;
const IMPLIED_PRICE: i32 = 4;
const IMPLIED_RATE: i32 = 5;
const IMPLIED_VOLATILITY: i32 = 8;
const IMPLIED_STATUS: i32 = 9;

// @ts-ignore: decorator
@inline
function put(at: usize, column: i32, row: i32, value: f64): void {
  store<f64>(impliedColumn(at, column) + ((<usize>row) << 3), value);
}

/** Bids, then asks, one after the other, into the columns of the solver. */
function layIn(smile: Smile): void {
  const at = smile.impliedAt;
  for (let expiry = 0; expiry < smile.expiries; expiry++) {
    const place = (<usize>expiry) << 3;
    const years = load<f64>(expiryColumn(smile, YEARS) + place);
    const rate = load<f64>(expiryColumn(smile, RATE) + place);
    const isCoin = load<f64>(expiryColumn(smile, COIN) + place) != 0;
    for (let quote = firstQuote(smile, expiry); quote < firstQuote(smile, expiry + 1); quote++) {
      const i = (<usize>quote) << 3;
      const forward = load<f64>(quoteColumn(smile, QUOTE_FORWARD) + i);
      const unit = isCoin ? forward : 1;
      for (let side = 0; side < 2; side++) {
        const row = 2 * quote + side;
        store<i8>(impliedColumn(at, IMPLIED_TYPE) + row, load<i8>(quoteColumn(smile, TYPE) + quote));
        put(at, IMPLIED_UNDER, row, forward);
        put(at, IMPLIED_STRIKE, row, load<f64>(quoteColumn(smile, STRIKE) + i));
        put(at, IMPLIED_YEARS, row, years);
        put(at, IMPLIED_RATE, row, rate);
        put(at, IMPLIED_PRICE, row, unit * load<f64>(quoteColumn(smile, side ? ASK : BID) + i));
      }
    }
  }
}

/** What a quote is, from its prices and what became of their volatilities. */
function stateOf(isSound: bool, bid: f64, ask: f64, bidStatus: u8, askStatus: u8): u8 {
  if (!isSound) return BAD_INPUT;
  // a price that nobody gives is 0, or not a number
  const hasBid = bid > 0;
  const hasAsk = ask > 0 && ask < Infinity;
  if (!hasBid && !hasAsk) return NO_QUOTE;
  if (hasBid && hasAsk && bid > ask) return CROSSED;
  const isFree = bidStatus == BELOW_INTRINSIC || bidStatus == NO_TIME_VALUE;
  if (hasBid && bidStatus != SOLVED && !isFree) return NO_VOLATILITY;
  if (hasAsk && (askStatus == BELOW_INTRINSIC || askStatus == NO_TIME_VALUE)) return NO_VOLATILITY;
  const bidBinds = hasBid && !isFree;
  const askBinds = hasAsk && askStatus == SOLVED;
  if (bidBinds) return askBinds ? TWO_SIDED : BID_ONLY;
  return askBinds ? ASK_ONLY : NO_QUOTE;
}

/** Fills moneyness, volatilities and states of all quotes. */
export function readQuotes(smile: Smile): void {
  layIn(smile);
  impliedSolve(smile.impliedAt, 2 * smile.quotes, 0, 0, 0);
  const volatilityAt = impliedColumn(smile.impliedAt, IMPLIED_VOLATILITY);
  const statusAt = impliedColumn(smile.impliedAt, IMPLIED_STATUS);
  for (let quote = 0; quote < smile.quotes; quote++) {
    const i = (<usize>quote) << 3;
    const type = load<i8>(quoteColumn(smile, TYPE) + quote);
    const strike = load<f64>(quoteColumn(smile, STRIKE) + i);
    const forward = load<f64>(quoteColumn(smile, QUOTE_FORWARD) + i);
    const isSound =
      (type == 1 || type == -1) && strike > 0 && strike < Infinity && forward > 0 && forward < Infinity;
    const state = stateOf(
      isSound,
      load<f64>(quoteColumn(smile, BID) + i),
      load<f64>(quoteColumn(smile, ASK) + i),
      load<u8>(statusAt + 2 * quote),
      load<u8>(statusAt + 2 * quote + 1),
    );
    store<u8>(quoteColumn(smile, STATE) + quote, state);
    const k = isSound ? logRatio(strike, forward) : NaN;
    store<f64>(quoteColumn(smile, LOG_MONEYNESS) + i, k);
    const hasBid = state == TWO_SIDED || state == BID_ONLY;
    const hasAsk = state == TWO_SIDED || state == ASK_ONLY;
    store<f64>(quoteColumn(smile, BID_VOLATILITY) + i, hasBid ? load<f64>(volatilityAt + 2 * i) : 0);
    store<f64>(
      quoteColumn(smile, ASK_VOLATILITY) + i,
      hasAsk ? load<f64>(volatilityAt + 2 * i + 8) : Infinity,
    );
  }
}
