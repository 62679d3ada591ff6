import type { SmileExpiry } from '../index.js';
import type { Market } from './market.js';
import { isUsable } from './quote.js';

/** A market's quotes of one underlying as `core.smile` takes them. */
export interface SmileInput {
  /** One per expiry that has a forward and time left, in the order of time. */
  readonly expiries: SmileExpiry[];
  /** By index of `Market.expiries`: index into `expiries`, -1 where it is not there. */
  readonly expiryIndex: Int32Array;
}

/**
 * The quotes of an underlying for `core.smile`: best bids and asks of calls and puts, each made at the forward of its
 * expiry. Rows that repeat an instrument are left out but for the latest.
 *
 * @param market - what {@link readChain} returned
 * @param underlying - one of `market.underlyings`
 */
export function smileInput(market: Market, underlying: string): SmileInput {
  const expiryIndex = new Int32Array(market.expiries.length).fill(-1);
  const expiries: SmileExpiry[] = [];
  market.expiries.forEach((expiry, index) => {
    if (expiry.underlying !== underlying || !(expiry.forward > 0 && expiry.years > 0)) return;
    const rows = market.quotes.filter((quote) => quote.expiry === index && isUsable(quote));
    expiryIndex[index] = expiries.length;
    expiries.push({
      label: expiry.label,
      years: expiry.years,
      forward: expiry.forward,
      settlement: expiry.settlement,
      type: rows.map((row) => row.type),
      strike: rows.map((row) => row.strike),
      bid: rows.map((row) => row.bid),
      ask: rows.map((row) => row.ask),
    });
  });
  return { expiries, expiryIndex };
}
