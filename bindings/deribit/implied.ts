import type { Core } from '../index.js';
import { countRows, type Market } from './market.js';
import type { OptionQuote } from './quote.js';

/**
 * Gives rows without a volatility the one their mark price implies; status `volatilityImplied` says so. A row whose
 * mark implies none (below intrinsic, no time value) keeps `noVolatility`.
 *
 * @param core - computes the implied volatilities
 * @param market - what {@link readChain} returned; unchanged
 * @returns the market with the rows filled in, and counted anew
 */
export function implyVolatilities(core: Core, market: Market): Market {
  const replaced = new Map<OptionQuote, OptionQuote>();
  for (const settlement of ['inverse', 'linear'] as const) {
    const rows = market.quotes.filter(
      (quote) =>
        quote.status === 'noVolatility' && quote.mark > 0 && quote.instrument.settlement === settlement,
    );
    if (rows.length === 0) continue;
    const { volatility } = core.impliedVolatility({
      settlement,
      type: rows.map((row) => row.type),
      forward: rows.map((row) => (row.forwardGiven ? row.forward : market.expiries[row.expiry].forward)),
      strike: rows.map((row) => row.strike),
      years: rows.map((row) => row.years),
      price: rows.map((row) => row.mark),
    });
    rows.forEach((row, index) => {
      const implied = volatility[index];
      if (implied > 0) replaced.set(row, { ...row, volatility: implied, status: 'volatilityImplied' });
    });
  }
  if (replaced.size === 0) return market;
  const quotes = market.quotes.map((quote) => replaced.get(quote) ?? quote);
  return { ...market, quotes, counts: countRows(quotes, market.unrecognised) };
}
