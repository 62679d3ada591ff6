/** What a bid and an ask say of a volatility, together. */
import { BELOW_INTRINSIC, NO_TIME_VALUE, OK as SOLVED } from './implied';

// `QuoteState` of the bindings.
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

/** What a quote is, from its prices and what became of their volatilities. */
export function stateOf(isSound: bool, bid: f64, ask: f64, bidStatus: u8, askStatus: u8): u8 {
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
