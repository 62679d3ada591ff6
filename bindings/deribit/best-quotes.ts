import type { BestQuotes, Quote, QuoteSides } from '../strategy/quotes.js';
import type { Market } from './market.js';
import { findPerpetual, type ChainInput } from './positions.js';
import { isUsable } from './quote.js';

/**
 * The best prices of a market by row of its chain, as `greekfire/strategy` takes them: options in the currency they are
 * quoted in, futures and perpetuals in quote currency. NaN where nobody bids or offers.
 *
 * @param market - what `readChain` returned
 * @param input - what `chainInput` made of it
 */
export function bestQuotes(market: Market, input: ChainInput): BestQuotes {
  const offsets = [0];
  for (const { strike } of input.expiries) offsets.push(offsets[offsets.length - 1] + strike.length);
  const sides = (length: number): Record<keyof QuoteSides, Float64Array> => ({
    bid: new Float64Array(length).fill(NaN),
    ask: new Float64Array(length).fill(NaN),
  });
  const rows = offsets[input.expiries.length];
  const [call, put, future] = [sides(rows), sides(rows), sides(input.expiries.length)];
  for (const quote of market.quotes) {
    const expiry = input.expiryIndex[quote.expiry];
    if (expiry < 0 || !isUsable(quote)) continue;
    const place = Array.prototype.indexOf.call(input.expiries[expiry].strike, quote.strike);
    if (place < 0) continue;
    const side = quote.type === 'call' ? call : put;
    side.bid[offsets[expiry] + place] = quote.bid;
    side.ask[offsets[expiry] + place] = quote.ask;
  }
  for (const { instrument, bid, ask } of market.futures) {
    if (instrument.kind !== 'future') continue;
    const index = market.expiries.findIndex(
      (expiry) => expiry.underlying === instrument.underlying && expiry.instant === instrument.expiry,
    );
    const expiry = input.expiryIndex[index] ?? -1;
    if (expiry < 0) continue;
    future.bid[expiry] = bid;
    future.ask[expiry] = ask;
  }
  const perpetual: Record<string, Quote> = {};
  for (const underlying of market.underlyings) {
    const quote = findPerpetual(market, underlying);
    if (quote) perpetual[underlying] = { bid: quote.bid, ask: quote.ask };
  }
  return { call, put, future, perpetual };
}
