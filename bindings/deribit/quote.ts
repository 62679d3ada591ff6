import type { OptionType } from '../index.js';
import { yearsBetween } from '../time.js';
import type { Row } from './decode.js';
import type {
  FutureInstrument,
  Instrument,
  OptionInstrument,
  PerpetualInstrument,
  Settlement,
} from './instrument.js';
import type { QuoteStatus } from './status.js';

/** One level of an order book: price, and the amount offered at it. */
export type Level = readonly [price: number, size: number];

/** What every quoted instrument has. */
export interface MarketData {
  /** 1 for the first record of the input. */
  readonly row: number;
  /** The exchange's name. */
  readonly name: string;
  /** When the row was taken, milliseconds since 1970-01-01T00:00Z. */
  readonly instant: number;
  /** Best prices; NaN where nobody bids or offers. */
  readonly bid: number;
  /** Best price asked; NaN where nobody offers. */
  readonly ask: number;
  /** Amount at the best price, in units of the underlying; NaN where the input does not say. */
  readonly bidSize: number;
  /** Amount at the best ask, in units of the underlying; NaN where the input does not say. */
  readonly askSize: number;
  /** Every level the input shows, best first, sizes in units of the underlying; empty where it shows none. */
  readonly bids: readonly Level[];
  /** Every level asked, likewise. */
  readonly asks: readonly Level[];
  /** The exchange's mark price; NaN where missing or zero. */
  readonly mark: number;
  /** Price of the underlying index in quote currency; NaN where the input does not say. */
  readonly index: number;
}

/** Greeks in the exchange's own display units (vega per vol point, theta per day, rho per 1 %); NaN where not given. */
export interface ExchangeGreeks {
  /** In coin per coin of the underlying: N(d1) of a call, not premium-adjusted. */
  readonly delta: number;
  /** Change of delta per 1 of quote currency. */
  readonly gamma: number;
  /** In quote currency per volatility point (0.01). */
  readonly vega: number;
  /** In quote currency per day, capped at the price: see `displayTheta`. */
  readonly theta: number;
  /** In quote currency per 1 % of rate, the spot held. */
  readonly rho: number;
}

/**
 * One option row of an input. Prices are in the settlement currency: in coin for an inverse option, in quote currency
 * for a linear one.
 */
export interface OptionQuote extends MarketData {
  /** What the name stands for. */
  readonly instrument: OptionInstrument;
  /** In quote currency. */
  readonly strike: number;
  /** Call or put. */
  readonly type: OptionType;
  /** Index into `Market.expiries`. */
  readonly expiry: number;
  /** ACT/365 from this row's own instant to its expiry. */
  readonly years: number;
  /** The row's own price of the underlying at expiry, in quote currency; NaN where missing. */
  readonly forward: number;
  /** Whether `forward` is a forward; false where the exchange put the index in its place. */
  readonly forwardGiven: boolean;
  /** Mark volatility per 1.00; NaN where there is none. */
  readonly volatility: number;
  /** Volatilities of the best prices per 1.00; NaN where not given. */
  readonly bidVolatility: number;
  /** Volatility of the best ask per 1.00; NaN where not given. */
  readonly askVolatility: number;
  /** Undefined where the input has no Greeks at all. */
  readonly greeks: ExchangeGreeks | undefined;
  /** How far the row can be used. */
  readonly status: QuoteStatus;
}

/** A future or perpetual; prices in quote currency. */
export interface FutureQuote extends MarketData {
  /** What the name stands for. */
  readonly instrument: FutureInstrument | PerpetualInstrument;
}

const PERCENT = 0.01;

/** What a row says of an option before its expiry and status are known. */
export type OptionRow = Omit<OptionQuote, 'expiry' | 'status'>;

/**
 * Reads the option on one row. The exchange names one thing differently in its answers (`best_bid_price` in an order
 * book, `bid_price` in a summary, `greeks_delta` in a table); the first name the row has counts.
 *
 * @param row - the record
 * @param instrument - what its name stands for
 * @param fallbackInstant - instant of a row that has none of its own
 */
export function readOption(row: Row, instrument: OptionInstrument, fallbackInstant: number): OptionRow {
  const market = readMarket(row, instrument, fallbackInstant, 1);
  const future = row.positive('underlying_price', 'futures_price');
  // "index_price" in place of a future's name: no future and no synthetic forward stands behind the number.
  const named = row.text('underlying_index', 'underlying_name') !== 'index_price';
  return {
    ...market,
    instrument,
    strike: instrument.strike,
    type: instrument.type,
    years: yearsBetween(market.instant, instrument.expiry),
    forward: Number.isNaN(future) ? row.positive('underlying') : future,
    forwardGiven: named && !Number.isNaN(future),
    // Unit by field name: the exchange's own fields are percent, the derived column is a fraction.
    volatility: row.find('mark_iv') ? row.positive('mark_iv') * PERCENT : row.positive('implied_volatility'),
    bidVolatility: row.positive('bid_iv') * PERCENT,
    askVolatility: row.positive('ask_iv') * PERCENT,
    greeks: readGreeks(row),
  };
}

/** Reads the future or perpetual on one row; amounts of inverse contracts are USD and become coin at the mark. */
export function readFuture(
  row: Row,
  instrument: FutureInstrument | PerpetualInstrument,
  fallbackInstant: number,
): FutureQuote {
  const price = firstNumber(
    row.positive('mark_price'),
    row.positive('mid_price', 'last_price', 'last'),
    row.positive('index_price', 'estimated_delivery_price'),
  );
  const unit = instrument.settlement === 'inverse' ? 1 / price : 1;
  return { ...readMarket(row, instrument, fallbackInstant, unit), instrument };
}

function readMarket(row: Row, instrument: Instrument, fallbackInstant: number, unit: number): MarketData {
  const instant = firstNumber(row.instant('timestamp', 'creation_timestamp'), fallbackInstant);
  if (Number.isNaN(instant)) throw row.error('timestamp', 'is missing');
  const bids = levelsOf(row, 'bids', unit).sort(([a], [b]) => b - a);
  const asks = levelsOf(row, 'asks', unit).sort(([a], [b]) => a - b);
  return {
    row: row.number,
    name: instrument.name,
    instant,
    bid: firstNumber(row.positive('best_bid_price', 'bid_price'), bids[0]?.[0]),
    ask: firstNumber(row.positive('best_ask_price', 'ask_price'), asks[0]?.[0]),
    bidSize: firstNumber(row.positive('best_bid_amount') * unit, bids[0]?.[1]),
    askSize: firstNumber(row.positive('best_ask_amount') * unit, asks[0]?.[1]),
    bids,
    asks,
    mark: row.positive('mark_price'),
    index: row.positive('index_price', 'estimated_delivery_price'),
  };
}

function levelsOf(row: Row, field: string, unit: number): Level[] {
  const filled = row.levels(field).filter(([price, size]) => price > 0 && size > 0);
  return filled.map(([price, size]) => [price, size * unit]);
}

function readGreeks(row: Row): ExchangeGreeks | undefined {
  const nested = row.nested('greeks');
  const read = (name: string): number => nested?.numeric(name) ?? row.numeric(`greeks_${name}`, name);
  const greeks = {
    delta: read('delta'),
    gamma: read('gamma'),
    vega: read('vega'),
    theta: read('theta'),
    rho: read('rho'),
  };
  return Object.values(greeks).every(Number.isNaN) ? undefined : greeks;
}

/** The first that is a number; NaN where none is. */
export function firstNumber(...values: readonly (number | undefined)[]): number {
  return values.find((value) => value !== undefined && !Number.isNaN(value)) ?? NaN;
}

/** Whether the row is the one that counts of its instrument, and can be. */
export function isUsable({ status }: OptionQuote): boolean {
  return status !== 'duplicate' && status !== 'implausible';
}

/** The most that an option can pay, undiscounted, in the settlement currency. */
export function largestValue(
  type: OptionType,
  forward: number,
  strike: number,
  settlement: Settlement,
): number {
  if (settlement === 'inverse') return type === 'call' ? 1 : strike / forward;
  return type === 'call' ? forward : strike;
}

/** Value at expiry of an option if the forward stands, in the settlement currency. */
export function intrinsicValue(
  type: OptionType,
  forward: number,
  strike: number,
  settlement: Settlement,
): number {
  const payoff = Math.max(0, type === 'call' ? forward - strike : strike - forward);
  return settlement === 'inverse' ? payoff / forward : payoff;
}
