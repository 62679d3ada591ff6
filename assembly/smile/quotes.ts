/**
 * Prices to intervals of volatility. A price is monotone in volatility, so that a slice prices inside a bid and ask
 * exactly where its volatility lies between theirs, and the fit needs no prices; the weight by vega is in it as well,
 * since a half-spread in volatility is the half-spread in price over vega.
 */
import { logRatio } from '../math/scalar';
import { impliedColumn, impliedSolve } from '../book/implied';
import { layQuote, STATUS, VOLATILITY } from '../book/quotes';
import { ASK_ONLY, BID_ONLY, stateOf, TWO_SIDED } from '../pricing/quote';
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
      const type = load<i8>(quoteColumn(smile, TYPE) + quote);
      const strike = load<f64>(quoteColumn(smile, STRIKE) + i);
      for (let side = 0; side < 2; side++) {
        const price = unit * load<f64>(quoteColumn(smile, side ? ASK : BID) + i);
        layQuote(at, 2 * quote + side, type, forward, strike, years, rate, price);
      }
    }
  }
}

/** Fills moneyness, volatilities and states of all quotes. */
export function readQuotes(smile: Smile): void {
  layIn(smile);
  impliedSolve(smile.impliedAt, 2 * smile.quotes, 0, 0, 0);
  const volatilityAt = impliedColumn(smile.impliedAt, VOLATILITY);
  const statusAt = impliedColumn(smile.impliedAt, STATUS);
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
