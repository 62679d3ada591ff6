import type { Position } from '../book.js';
import { isArrayLike, requireArray, requireObject } from '../checks.js';
import { type AnyChain, isOption } from './structure.js';

/** Best prices: one per row of a chain, or per expiry; NaN or 0 where nobody bids or offers. */
export interface QuoteSides {
  /** Best bids. */
  bid: ArrayLike<number>;
  /** Best asks. */
  ask: ArrayLike<number>;
}

/** A best bid and ask; NaN or 0 where nobody bids or offers. */
export interface Quote {
  /** Best bid. */
  bid: number;
  /** Best ask. */
  ask: number;
}

/** The quotes of a chain. */
export interface BestQuotes {
  /** Calls, one per row of the chain, as the market quotes them: in coin on inverse expiries. */
  call: QuoteSides;
  /** Puts, likewise. */
  put: QuoteSides;
  /** Futures, one per expiry, in quote currency; where one is missing a future costs its mark. */
  future?: QuoteSides;
  /** Perpetuals by underlying, in quote currency; where one is missing it costs its mark. */
  perpetual?: Readonly<Record<string, Quote>>;
  /** The underlyings themselves, in quote currency; where one is missing it costs its mark. */
  spot?: Readonly<Record<string, Quote>>;
}

/** At what price a leg is valued: the side of the quotes that it would trade at, their middle, or the model's mark. */
export type PriceBasis = 'quotes' | 'mid' | 'mark';

/**
 * What the quotes say of a leg: both sides; one is missing; neither is there; the bid is above the ask; or the chain
 * has no volatility for it and so no mark.
 */
export type LegStatus = 'ok' | 'no-bid' | 'no-ask' | 'no-quote' | 'crossed' | 'no-mark';

/** The prices of a leg, per unit of the underlying. */
export interface LegPrices {
  /** As quoted: in coin for an inverse option, else in quote currency; NaN where there is none. */
  readonly bid: number;
  /** Best ask, likewise. */
  readonly ask: number;
  /** Their middle; NaN where one is missing. */
  readonly mid: number;
  /** The model's: the chain's price of an option, the forward of a future; in the same currency. */
  readonly mark: number;
  /** Whether prices are in coin. */
  readonly isCoin: boolean;
  /** The forward that turns coin into quote currency. */
  readonly forward: number;
  /** What the quotes say of it. */
  readonly status: LegStatus;
}

/** @throws TypeError or RangeError where a side has not one price per row, or per expiry. @internal */
export function requireQuotes(chain: AnyChain, quotes: BestQuotes): void {
  requireObject('options.quotes', quotes);
  for (const name of ['call', 'put', 'future'] as const) {
    const sides = quotes[name];
    if (sides === undefined && name === 'future') continue;
    requireObject(`options.quotes.${name}`, sides);
    const length = name === 'future' ? chain.expiries.length : chain.length;
    for (const side of ['bid', 'ask'] as const) {
      requireArray(`options.quotes.${name}.${side}`, sides![side], length);
    }
  }
  for (const name of ['perpetual', 'spot'] as const) {
    const byName = quotes[name];
    if (byName === undefined) continue;
    requireObject(`options.quotes.${name}`, byName);
    for (const [key, quote] of Object.entries(byName)) requireObject(`options.quotes.${name}.${key}`, quote);
  }
}

/** The prices of a position that is one of the chain's. @internal */
export function pricesOf(chain: AnyChain, position: Position, quotes: BestQuotes | undefined): LegPrices {
  if (!isOption(position)) {
    const forward =
      position.kind === 'future' ? chain.forward[position.expiry] : referenceForward(chain, position);
    const quote =
      position.kind === 'future'
        ? quoteAt(quotes?.future, position.expiry)
        : quotes?.[position.kind]?.[position.underlying];
    return prices(quote, forward, false, forward);
  }
  const row = chain.index(position.expiry, position.strike);
  const forward = chain.forward[position.expiry];
  const isCoin = chain.expiries[position.expiry].settlement === 'inverse';
  const mark = chain[position.type].price[row] / (isCoin ? forward : 1);
  return prices(quoteAt(quotes?.[position.type], row), mark, isCoin, forward);
}

function quoteAt(sides: QuoteSides | undefined, index: number): Quote | undefined {
  return sides && isArrayLike(sides.bid) ? { bid: sides.bid[index], ask: sides.ask[index] } : undefined;
}

/** The forward of the nearest expiry to come: what a book marks perpetuals and spot at. */
function referenceForward(chain: AnyChain, { underlying }: { underlying: string }): number {
  const own = chain.expiries.flatMap((expiry, e) => (expiry.underlying === underlying ? [e] : []));
  const toCome = own.filter((e) => chain.years[e] > 0);
  const nearest = toCome.reduce(
    (best, e) => (chain.years[e] < chain.years[best] ? e : best),
    toCome[0] ?? own[0],
  );
  return chain.forward[nearest];
}

function prices(quote: Quote | undefined, mark: number, isCoin: boolean, forward: number): LegPrices {
  const bid = positive(quote?.bid);
  const ask = positive(quote?.ask);
  return { bid, ask, mid: (bid + ask) / 2, mark, isCoin, forward, status: statusOf(bid, ask, mark) };
}

function positive(price: number | undefined): number {
  return price !== undefined && price > 0 && price < Infinity ? price : NaN;
}

function statusOf(bid: number, ask: number, mark: number): LegStatus {
  if (Number.isNaN(mark)) return 'no-mark';
  if (Number.isNaN(bid)) return Number.isNaN(ask) ? 'no-quote' : 'no-bid';
  if (Number.isNaN(ask)) return 'no-ask';
  return bid > ask ? 'crossed' : 'ok';
}
