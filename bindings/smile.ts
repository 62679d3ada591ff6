import type { Abi } from './abi.js';
import type { Settlement } from './batch.js';
import {
  type Column,
  fillColumn,
  requireArray,
  requireFinite,
  requireNotNegative,
  requireObject,
  requireRows,
  requireWord,
} from './checks.js';
import { Owner, taken, View } from './memory.js';
import { fillTypes, requireTypes, type TypeColumn } from './option.js';

/** The quotes of one expiry; every array has one element per quote. */
export interface SmileExpiry {
  /** Name of the expiry, for people. */
  label?: string;
  /** Time to expiry in years of 365 days, at least 0. */
  years: number;
  /** Forward price in quote currency, above 0. */
  forward: number;
  /** Continuous rate per 1.00 and year that discounts; 0 where absent. */
  rate?: number;
  /** 'inverse' where prices are in coin; 'linear', in quote currency, where absent. */
  settlement?: Settlement;
  /** Call or put. In the money or out of it: both bound the volatility. */
  type: TypeColumn;
  /** Strike in quote currency, in any order. */
  strike: Column;
  /** Best bid; 0 or NaN where there is none. */
  bid: Column;
  /** Best ask; 0 or NaN where there is none. */
  ask: Column;
  /** The forward that each quote was made at, where quotes are not of one instant; `forward` where absent. */
  quoteForward?: Column;
}

/**
 * What became of a quote: the values of {@link Smile.state}.
 *
 * - `twoSided`: bid and ask have volatilities, and the slice is pulled between them.
 * - `askOnly`, `bidOnly`: one side binds; the other is missing, or a bid at or below intrinsic value.
 * - `noQuote`: neither side says anything. `crossed`: the bid is above the ask.
 * - `noVolatility`: no volatility gives the ask (at or below intrinsic value) or the bid (above the maximum).
 * - `badInput`: not an option, or a strike or forward that is none.
 */
export const SmileQuoteState = {
  twoSided: 0,
  askOnly: 1,
  bidOnly: 2,
  noQuote: 3,
  crossed: 4,
  noVolatility: 5,
  badInput: 6,
} as const;

/** Names of the states, in the order of their numbers. */
const states = Object.keys(SmileQuoteState) as (keyof typeof SmileQuoteState)[];

/**
 * What became of an expiry. `few-quotes`: fewer than five strikes bound the volatility, or fewer than three of them from
 * both sides, and there is no slice. `expired`: no time is left. Figures are NaN but where `ok`.
 */
export type SmileStatus = 'ok' | 'few-quotes' | 'expired';
const statuses: readonly SmileStatus[] = ['ok', 'few-quotes', 'expired'];

/**
 * Raw SVI (Gatheral 2004): total variance w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)), k = ln(strike/forward).
 */
export interface SviParameters {
  readonly a: number;
  readonly b: number;
  readonly rho: number;
  readonly m: number;
  readonly sigma: number;
}

/** The smile of one expiry and how it fits. */
export interface SmileSlice extends SviParameters {
  readonly label: string;
  readonly years: number;
  readonly forward: number;
  readonly status: SmileStatus;
  /** Volatility at the forward, per 1.00. */
  readonly atmVolatility: number;
  /** d volatility / d ln(strike) at the forward. */
  readonly skew: number;
  /** Volatility of the 25-delta call less that of the 25-delta put; deltas are N(d1), against the forward. */
  readonly riskReversal: number;
  /** The mean of those two volatilities less the one at the forward. */
  readonly butterfly: number;
  /** Least value of Durrleman's g over all k: at least 0 where there is no butterfly arbitrage. */
  readonly leastDurrleman: number;
  /** Where it is: k = ln(strike/forward). */
  readonly leastDurrlemanAt: number;
  /** Quotes with a bid and an ask that is not below it. */
  readonly twoSided: number;
  /** How many of them the slice prices inside [bid, ask]. */
  readonly inside: number;
  /** Root mean square of slice less the middle of bid and ask, volatility per 1.00; where both have a volatility. */
  readonly rmsError: number;
  /** Root mean square of how far the slice lies outside bid and ask, volatility per 1.00. */
  readonly rmsOutside: number;
  /** Quotes that the slice misses by more than 5 half-spreads. */
  readonly outliers: number;
  /** Quotes of each state. */
  readonly quotes: Readonly<Record<keyof typeof SmileQuoteState, number>>;
  /** Steps of the descent. */
  readonly steps: number;
}

/** Where a report's numbers stand in the module. */
const field = {
  status: 5,
  atmVolatility: 6,
  skew: 7,
  riskReversal: 8,
  butterfly: 9,
  leastDurrleman: 10,
  leastDurrlemanAt: 11,
  twoSided: 12,
  inside: 13,
  rmsError: 14,
  rmsOutside: 15,
  states: 16,
  outliers: 23,
  steps: 24,
} as const;
const FIELDS = 25;

const expiryColumn = { years: 0, forward: 1, rate: 2, coin: 3, offset: 4 } as const;
const quoteColumn = {
  type: 0,
  strike: 1,
  forward: 2,
  bid: 3,
  ask: 4,
  moneyness: 5,
  bidVolatility: 6,
  askVolatility: 7,
  state: 8,
} as const;

/**
 * The smiles of an underlying, fitted to its quotes: one slice of raw SVI per expiry, free of butterfly arbitrage.
 *
 * A slice is fitted to intervals of volatility, [bid, ask]: being inside is nearly free, being outside costs by the
 * number of half-spreads, beyond one of them in proportion (so that an outlier does not carry the slice away).
 */
export class Smile extends Owner {
  readonly #abi: Abi;
  readonly #at: number;
  readonly #labels: readonly string[];
  readonly #years: View<'f64'>;
  readonly #forward: View<'f64'>;
  readonly #reports: View<'f64'>;
  readonly #bid: View<'f64'>;
  readonly #ask: View<'f64'>;
  readonly #bidVolatility: View<'f64'>;
  readonly #askVolatility: View<'f64'>;
  readonly #state: View<'u8'>;
  #slices: readonly SmileSlice[] | undefined;
  /** First quote of each expiry and, after the last, the number of quotes. */
  readonly offset: readonly number[];

  /** @internal */
  constructor(abi: Abi, expiries: readonly SmileExpiry[]) {
    super('smile');
    requireArray('expiries', expiries);
    if (expiries.length === 0) throw new RangeError('expiries must not be empty');
    const offset = [0];
    expiries.forEach((expiry, e) => offset.push(offset[e] + requireExpiry(`expiries[${e}]`, expiry)));
    const quotes = offset[expiries.length];
    const at = taken(abi.smileCreate(expiries.length, quotes), 'smile');
    const byExpiry = (column: number): View<'f64'> =>
      new View(abi, 'f64', abi.smileExpiry(at, column), expiries.length);
    const byQuote = (column: number): View<'f64'> => new View(abi, 'f64', abi.smileQuote(at, column), quotes);
    this.#abi = abi;
    this.#at = at;
    this.#labels = expiries.map(({ label = '' }) => label);
    this.offset = Object.freeze(offset);
    this.#years = byExpiry(expiryColumn.years);
    this.#forward = byExpiry(expiryColumn.forward);
    this.#reports = new View(abi, 'f64', abi.smileReport(at), expiries.length * FIELDS);
    this.#bid = byQuote(quoteColumn.bid);
    this.#ask = byQuote(quoteColumn.ask);
    this.#bidVolatility = byQuote(quoteColumn.bidVolatility);
    this.#askVolatility = byQuote(quoteColumn.askVolatility);
    this.#state = new View(abi, 'u8', abi.smileQuote(at, quoteColumn.state), quotes);
    const rate = byExpiry(expiryColumn.rate).array;
    const coin = byExpiry(expiryColumn.coin).array;
    const types = new View(abi, 'i8', abi.smileQuote(at, quoteColumn.type), quotes).array;
    const strike = byQuote(quoteColumn.strike).array;
    const quoteForward = byQuote(quoteColumn.forward).array;
    new View(abi, 'u32', abi.smileExpiry(at, expiryColumn.offset), expiries.length + 1).array.set(offset);
    expiries.forEach((expiry, e) => {
      const [from, to] = [offset[e], offset[e + 1]];
      this.#years.array[e] = expiry.years;
      this.#forward.array[e] = expiry.forward;
      rate[e] = expiry.rate ?? 0;
      coin[e] = expiry.settlement === 'inverse' ? 1 : 0;
      fillTypes(types.subarray(from, to), expiry.type);
      fillColumn(strike.subarray(from, to), expiry.strike);
      fillColumn(this.#bid.array.subarray(from, to), expiry.bid);
      fillColumn(this.#ask.array.subarray(from, to), expiry.ask);
      fillColumn(quoteForward.subarray(from, to), expiry.quoteForward ?? expiry.forward);
    });
    try {
      this.fit();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Best bids of all quotes, expiry after expiry. Writable; the next {@link Smile.fit} reads them. */
  get bid(): Float64Array {
    this.guard();
    return this.#bid.array;
  }

  /** Best asks, likewise. */
  get ask(): Float64Array {
    this.guard();
    return this.#ask.array;
  }

  /** Volatilities of the bids per 1.00, 0 where that side does not bind. Not to be written. */
  get bidVolatility(): Float64Array {
    this.guard();
    return this.#bidVolatility.array;
  }

  /** Volatilities of the asks per 1.00, Infinity where that side does not bind. Not to be written. */
  get askVolatility(): Float64Array {
    this.guard();
    return this.#askVolatility.array;
  }

  /** Values of {@link SmileQuoteState}. Not to be written. */
  get state(): Uint8Array {
    this.guard();
    return this.#state.array;
  }

  /** The slices of the last fit, one per expiry. */
  get slices(): readonly SmileSlice[] {
    this.guard();
    return (this.#slices ??= this.#labels.map((label, e) => this.#slice(label, e)));
  }

  #slice(label: string, e: number): SmileSlice {
    const report = this.#reports.array.subarray(e * FIELDS, (e + 1) * FIELDS);
    const [a, b, rho, m, sigma] = report;
    return {
      label,
      years: this.#years.array[e],
      forward: this.#forward.array[e],
      status: statuses[report[field.status]],
      a,
      b,
      rho,
      m,
      sigma,
      atmVolatility: report[field.atmVolatility],
      skew: report[field.skew],
      riskReversal: report[field.riskReversal],
      butterfly: report[field.butterfly],
      leastDurrleman: report[field.leastDurrleman],
      leastDurrlemanAt: report[field.leastDurrlemanAt],
      twoSided: report[field.twoSided],
      inside: report[field.inside],
      rmsError: report[field.rmsError],
      rmsOutside: report[field.rmsOutside],
      outliers: report[field.outliers],
      quotes: Object.fromEntries(
        states.map((state, i) => [state, report[field.states + i]]),
      ) as SmileSlice['quotes'],
      steps: report[field.steps],
    };
  }

  /**
   * Fits every expiry to the quotes as they stand now.
   * @throws RangeError where memory is exhausted
   */
  fit(): void {
    this.guard();
    taken(this.#abi.smileFit(this.#at), 'smile');
    this.#slices = undefined;
  }

  /** @internal */
  protected override release(): void {
    this.#abi.smileGive(this.#at);
  }
}

/** @returns the number of quotes */
function requireExpiry(name: string, expiry: SmileExpiry): number {
  requireObject(name, expiry);
  requireNotNegative(`${name}.years`, expiry.years);
  if (!(requireFinite(`${name}.forward`, expiry.forward) > 0)) {
    throw new RangeError(`${name}.forward must be positive, got ${expiry.forward}`);
  }
  requireFinite(`${name}.rate`, expiry.rate ?? 0);
  requireWord(`${name}.settlement`, expiry.settlement ?? 'linear', ['linear', 'inverse']);
  const { type, strike, bid, ask, quoteForward = expiry.forward } = expiry;
  requireTypes(`${name}.type`, type);
  const columns = { strike, bid, ask, quoteForward };
  return requireRows(typeof type === 'string' ? columns : { type, ...columns });
}
