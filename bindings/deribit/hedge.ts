import type { Position } from '../index.js';
import type { Market } from './market.js';
import { chainInput, findPerpetual, isPriced, perpetualPrice, type ChainInput } from './positions.js';
import type { FutureQuote, Level, OptionQuote } from './quote.js';

/** Fees of the exchange as its public schedule gives them; a fraction of the underlying's price per unit. */
export const DERIBIT_FEES = {
  /** Options: 0.03 % of the underlying ... */
  option: 0.0003,
  /** ... but at most 12.5 % of the option's price. */
  optionCap: 0.125,
  /** Futures and perpetuals: 0.05 % for one who takes ... */
  future: 0.0005,
  /** ... and nothing for a perpetual's resting order. An option's pays as one that takes. */
  perpetualMaker: 0,
} as const;

/** Smallest sizes of the contracts on one underlying; every size traded is a whole number of them. */
export interface DeribitLot {
  /** Of options, in units of the underlying. */
  readonly option: number;
  /** Of inverse futures and perpetuals, in USD. */
  readonly future: number;
}

/**
 * Steps of a trade, and its least size, as the exchange's contract specifications give them, by coin: options in coin,
 * inverse futures and perpetuals in USD.
 */
export const DERIBIT_LOTS: Readonly<Record<string, DeribitLot>> = {
  /** 0.1 BTC, and 10 USD. */
  BTC: { option: 0.1, future: 10 },
  /** 1 ETH, and 1 USD. */
  ETH: { option: 1, future: 1 },
};

/** Something to hedge with: what it costs to trade one unit of the underlying, and how much there is. */
export interface HedgeInstrument {
  /** The exchange's name. */
  readonly name: string;
  /** One unit bought, for `core.book` or the hedger. */
  readonly position: Position;
  /** Mid price in quote currency per unit. */
  readonly mid: number;
  /** Quote currency per 1 of the exchange's price: the forward for a price in coin, else 1. */
  readonly unit: number;
  /** Prices as quoted on the exchange: in coin for an inverse option, else in quote currency. */
  readonly bid: number;
  /** Best ask, in the same currency. */
  readonly ask: number;
  /** Units that can be sold and bought at the quotes (with `bids` and `asks`, the total of their levels). */
  readonly sellLimit: number;
  /** Units that can be bought at the quotes. */
  readonly buyLimit: number;
  /** (ask - bid) / 2 in quote currency per unit. */
  readonly halfSpread: number;
  /** Taker fee in quote currency per unit. */
  readonly fee: number;
  /** Levels as [cost beyond mid in quote currency per unit, units], best first; one level where no depth is known. */
  readonly bids: readonly Level[];
  /** Levels asked, likewise. */
  readonly asks: readonly Level[];
  /** Step of a trade and its least size, in units; 0 where the exchange's is not known and any size goes. */
  readonly lot: number;
  /** Orders are counted in USD for an inverse future or perpetual: USD of one unit, at mid. Else 1. */
  readonly orderUnit: number;
  /** What is not quoted by the exchange but taken from {@link HedgeOptions}. */
  readonly assumed: 'nothing' | 'size' | 'quote';
}

/** What to hedge with, and what to assume where an input does not say. */
export interface HedgeOptions {
  /** Underlying whose options, futures and perpetual are wanted. */
  readonly underlying: string;
  /** Widest spread of an option worth trading, relative to its mid. Default 0.5. */
  readonly widestSpread?: number;
  /** Shortest time to expiry of an option worth trading, in years. Default 0. */
  readonly leastYears?: number;
  /** Contracts at the best prices where an input gives quotes without sizes. Default 25. */
  readonly size?: number;
  /** Half-spread of a perpetual that is not quoted, relative to its price. Default 0.00005 (half a basis point). */
  readonly perpetualHalfSpread?: number;
  /** Units of a perpetual that is not quoted. Default 1,000. */
  readonly perpetualSize?: number;
}

/**
 * The instruments of one underlying that can be hedged with: its perpetual, its quoted futures, and every option that
 * is priced and quoted on both sides, within the spread and the time of the options.
 *
 * A perpetual that the input does not quote is assumed at the index (`assumed: 'quote'`): a chain of options alone
 * would otherwise leave its delta to options.
 */
export function hedgeInstruments(
  market: Market,
  options: HedgeOptions,
  input = chainInput(market),
): HedgeInstrument[] {
  const { underlying, widestSpread = 0.5, leastYears = 0 } = options;
  const result: HedgeInstrument[] = [];
  const perpetual = perpetualInstrument(market, options);
  if (perpetual !== undefined) result.push(perpetual);
  for (const future of market.futures) {
    const instrument = future.instrument;
    if (instrument.underlying !== underlying || instrument.kind !== 'future') continue;
    const expiry = market.expiries.findIndex(
      (e) => e.underlying === underlying && e.instant === instrument.expiry,
    );
    const index = input.expiryIndex[expiry] ?? -1;
    if (index >= 0 && isQuoted(future)) {
      result.push(futureInstrument(future, { kind: 'future', expiry: index, quantity: 1 }, options));
    }
  }
  for (const quote of market.quotes) {
    if (quote.instrument.underlying !== underlying || !isPriced(quote) || !isQuoted(quote)) continue;
    if ((quote.ask - quote.bid) * 2 > widestSpread * (quote.ask + quote.bid) || quote.years < leastYears)
      continue;
    result.push(optionInstrument(quote, market, input, options));
  }
  return result;
}

function isQuoted(quote: OptionQuote | FutureQuote): boolean {
  return quote.bid > 0 && quote.ask >= quote.bid;
}

function perpetualInstrument(market: Market, options: HedgeOptions): HedgeInstrument | undefined {
  const { underlying, perpetualHalfSpread = 0.00005, perpetualSize = 1000 } = options;
  const position: Position = { kind: 'perpetual', underlying, quantity: 1 };
  const quoted = findPerpetual(market, underlying);
  if (quoted !== undefined && isQuoted(quoted)) return futureInstrument(quoted, position, options);
  const price = perpetualPrice(market, underlying);
  if (Number.isNaN(price)) return undefined;
  const halfSpread = price * perpetualHalfSpread;
  const level: Level = [halfSpread, perpetualSize];
  return {
    name: `${underlying}-PERPETUAL`,
    position,
    mid: price,
    unit: 1,
    bid: price - halfSpread,
    ask: price + halfSpread,
    sellLimit: perpetualSize,
    buyLimit: perpetualSize,
    halfSpread,
    fee: price * DERIBIT_FEES.future,
    ...futureLot(underlying, price),
    bids: [level],
    asks: [level],
    assumed: 'quote',
  };
}

function futureInstrument(quote: FutureQuote, position: Position, options: HedgeOptions): HedgeInstrument {
  const mid = (quote.bid + quote.ask) / 2;
  const fee = mid * DERIBIT_FEES.future;
  return { ...quoted(quote, 1, options), position, mid, fee, ...futureLot(options.underlying, mid) };
}

/** The lot of a future or perpetual in units; the names of linear contracts are not among the coins. */
function futureLot(underlying: string, price: number): Pick<HedgeInstrument, 'lot' | 'orderUnit'> {
  const lots = lotsOf(underlying);
  return { lot: (lots?.future ?? 0) / price, orderUnit: underlying.includes('_') ? 1 : price };
}

function lotsOf(underlying: string): { readonly option: number; readonly future: number } | undefined {
  return Object.hasOwn(DERIBIT_LOTS, underlying) ? DERIBIT_LOTS[underlying] : undefined;
}

function optionInstrument(
  quote: OptionQuote,
  market: Market,
  input: ChainInput,
  options: HedgeOptions,
): HedgeInstrument {
  const { forward, settlement } = market.expiries[quote.expiry];
  // Coin prices become quote currency at the forward they were made with.
  const unit = settlement === 'inverse' ? forward : 1;
  const mid = ((quote.bid + quote.ask) / 2) * unit;
  const fee = Math.min(DERIBIT_FEES.option * forward, DERIBIT_FEES.optionCap * mid);
  const position: Position = {
    kind: 'option',
    expiry: input.expiryIndex[quote.expiry],
    strike: quote.strike,
    type: quote.type,
    quantity: 1,
  };
  const lot = lotsOf(options.underlying)?.option ?? 0;
  return { ...quoted(quote, unit, options), position, mid, fee, lot, orderUnit: 1 };
}

/** Limits, half-spread and ladders of a quoted instrument; `unit` turns its price into quote currency. */
function quoted(
  quote: OptionQuote | FutureQuote,
  unit: number,
  { size = 25 }: HedgeOptions,
): Omit<HedgeInstrument, 'position' | 'mid' | 'fee' | 'lot' | 'orderUnit'> {
  const mid = (quote.bid + quote.ask) / 2;
  const halfSpread = ((quote.ask - quote.bid) / 2) * unit;
  // No level is better than the best price: where an input contradicts itself, the dearer of the two counts.
  const ladder = (levels: readonly Level[], best: number, sign: 1 | -1): Level[] =>
    levels.length > 0
      ? levels.map(([price, amount]) => [Math.max(halfSpread, sign * (price - mid) * unit), amount])
      : [[halfSpread, best > 0 ? best : size]];
  const bids = ladder(quote.bids, quote.bidSize, -1);
  const asks = ladder(quote.asks, quote.askSize, 1);
  const total = (levels: readonly Level[]): number => levels.reduce((sum, [, amount]) => sum + amount, 0);
  const sized = (quote.bids.length > 0 || quote.bidSize > 0) && (quote.asks.length > 0 || quote.askSize > 0);
  return {
    name: quote.name,
    unit,
    bid: quote.bid,
    ask: quote.ask,
    sellLimit: total(bids),
    buyLimit: total(asks),
    halfSpread,
    bids,
    asks,
    assumed: sized ? 'nothing' : 'size',
  };
}

/**
 * What a trade costs beyond mid when it takes the levels from the best one on, in quote currency, without fees.
 *
 * @param instrument - what is traded
 * @param quantity - signed, in units of the underlying; beyond the depth that is known the last level is extended
 */
export function spreadCost(instrument: HedgeInstrument, quantity: number): number {
  const levels = quantity > 0 ? instrument.asks : instrument.bids;
  let left = Math.abs(quantity);
  let cost = 0;
  levels.forEach(([perUnit, size], level) => {
    const taken = level === levels.length - 1 ? left : Math.min(left, size);
    cost += taken * perUnit;
    left -= taken;
  });
  return cost;
}
