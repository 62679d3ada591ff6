import { type Abi, requireFull } from './abi.js';
import type { Settlement } from './batch.js';
import {
  type Column,
  fillColumn,
  requireArray,
  requireFields,
  requireOwn,
  requireFinite,
  requireInteger,
  requireList,
  requireNumbers,
  requireNotNegative,
  requireObject,
  requireRows,
  requireText,
  requireWord,
} from './checks.js';
import type { Book } from './book.js';
import { Chain } from './chain.js';
import { Owner, taken, View } from './memory.js';
import { QuoteState } from './quotes.js';
import type { Order } from './sensitivity.js';
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

const expiryNames: ReadonlySet<string> = new Set<keyof SmileExpiry>([
  'label',
  'years',
  'forward',
  'rate',
  'settlement',
  'type',
  'strike',
  'bid',
  'ask',
  'quoteForward',
]);

/** How smiles are fitted. */
export interface SmileOptions {
  /**
   * Calendar arbitrage between the slices: 'free', the default, fits slices that cross once more until none does;
   * 'reported' fits every expiry to its own quotes alone and says where they cross.
   */
  calendar?: 'free' | 'reported';
}

const smileNames: ReadonlySet<string> = new Set<keyof SmileOptions>(['calendar']);

/** Names of the states, in the order of their numbers. */
const states = Object.keys(QuoteState) as (keyof typeof QuoteState)[];

/**
 * What became of an expiry. `few-quotes`: fewer than five strikes bound the volatility, or fewer than three of them
 * from
 * both sides, and there is no slice. `expired`: no time is left. Figures are NaN but where `ok`.
 */
export type SmileStatus = 'ok' | 'few-quotes' | 'expired';
const statuses: readonly SmileStatus[] = ['ok', 'few-quotes', 'expired'];

/**
 * Raw SVI (Gatheral 2004): total variance w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)), k =
 * ln(strike/forward).
 */
export interface SviParameters {
  /** Level of total variance. */
  readonly a: number;
  /** Slope of the wings together, at least 0. */
  readonly b: number;
  /** Correlation: how far the wings differ, in (-1, 1). */
  readonly rho: number;
  /** Log-moneyness of the vertex. */
  readonly m: number;
  /** Width of the vertex in log-moneyness, above 0. */
  readonly sigma: number;
}

/** The smile of one expiry and how it fits. */
export interface SmileSlice extends SviParameters {
  /** The expiry's name, as given. */
  readonly label: string;
  /** Time to expiry in years of 365 days. */
  readonly years: number;
  /** Forward in quote currency. */
  readonly forward: number;
  /** What became of the expiry. */
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
  readonly quotes: Readonly<Record<keyof typeof QuoteState, number>>;
  /** Steps of the descent; NaN on the surface. */
  readonly steps: number;
  /**
   * Least total variance gained from the slice before, over the strikes quoted at either; negative is calendar
   * arbitrage. NaN for the first.
   */
  readonly leastCalendar: number;
  /** Where it is: k = ln(strike/forward). */
  readonly leastCalendarAt: number;
  /** Whether total variance is nowhere below that of the slice before, over all k. */
  readonly isCalendarFree: boolean;
  /** Least gain over all k, relative to the slice before. NaN for the first. */
  readonly leastGain: number;
  /** Where it is: k = ln(strike/forward), infinite where it is of the wings' slopes. */
  readonly leastGainAt: number;
}

/**
 * One surface through all expiries: SSVI (Gatheral and Jacquier 2014), with theta an expiry's total variance at the
 * money, w(k) = theta/2 (1 + rho phi k + sqrt((phi k + rho)^2 + 1 - rho^2)), phi = eta theta^-gamma (1 +
 * theta)^(gamma - 1).
 * It has neither butterfly nor calendar arbitrage, and fewer parameters than the slices by themselves.
 */
export interface SmileSurface {
  /** Correlation: how far the wings differ, in (-1, 1). */
  readonly rho: number;
  /** Level of phi. */
  readonly eta: number;
  /** Decay of phi with the variance at the money. */
  readonly gamma: number;
  /** The surface at every expiry, as raw SVI; also where quotes are too few for a slice of its own. */
  readonly slices: readonly SmileSlice[];
}

/** Whose volatilities: each expiry's own slice ('svi'), or the surface ('ssvi'). */
export type SmileFamily = 'svi' | 'ssvi';

/**
 * How the smile moves with the forward: a volatility stays with its strike, with its distance from the forward
 * (ln(strike/forward)), or with its delta. The last two are one where no time passes.
 */
export type SmileRule = 'sticky-strike' | 'sticky-moneyness' | 'sticky-delta';

/** How a chain follows a smile. */
export interface FollowOptions {
  /** 'sticky-moneyness' where absent. */
  rule?: SmileRule;
  /** 'svi' where absent. */
  family?: SmileFamily;
  /** The smile's expiry of each of the chain's, -1 for none; one to one where absent. */
  expiries?: ArrayLike<number>;
}

const followNames: ReadonlySet<string> = new Set<keyof FollowOptions>(['rule', 'family', 'expiries']);

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
  leastCalendar: 25,
  leastCalendarAt: 26,
  isCalendarFree: 27,
  leastGain: 28,
  leastGainAt: 29,
} as const;
const FIELDS = 32;

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
 * The smiles of an underlying, fitted to its quotes: one slice of raw SVI per expiry, free of butterfly arbitrage and,
 * unless asked otherwise, of calendar arbitrage between them.
 *
 * A slice is fitted to intervals of volatility, [bid, ask]: being inside is nearly free, being outside costs by the
 * number of half-spreads, far out by its root (so that an outlier does not carry the slice away). A quote narrower than
 * those around it counts as wide as their median, lest one that is wrong and sure of itself outweigh them.
 */
export class Smile extends Owner {
  readonly #abi: Abi;
  /** @internal */
  readonly at: number;
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
  #surface: SmileSurface | undefined;
  /** First quote of each expiry and, after the last, the number of quotes. */
  readonly offset: readonly number[];

  /** @internal */
  constructor(abi: Abi, expiries: readonly SmileExpiry[], options: SmileOptions = {}) {
    super('smile');
    requireFields('options', options, smileNames);
    const calendar = requireWord('options.calendar', options.calendar ?? 'free', ['free', 'reported']);
    requireList('expiries', expiries);
    if (expiries.length === 0) throw new RangeError('expiries must not be empty');
    const offset = [0];
    expiries.forEach((expiry, e) => {
      offset.push(offset[e] + requireExpiry(`expiries[${e}]`, expiry));
      if (e > 0 && expiry.years < expiries[e - 1].years) {
        throw new RangeError(
          `expiries[${e}].years must not be less than the one before, got ${expiry.years}`,
        );
      }
    });
    const quotes = offset[expiries.length];
    const at = taken(abi.smileCreate(expiries.length, quotes, calendar === 'free' ? 1 : 0), 'smile');
    const byExpiry = (column: number): View<'f64'> =>
      new View(abi, 'f64', abi.smileExpiry(at, column), expiries.length);
    const byQuote = (column: number): View<'f64'> => new View(abi, 'f64', abi.smileQuote(at, column), quotes);
    this.#abi = abi;
    this.at = at;
    this.#labels = expiries.map(({ label = '' }) => label);
    this.offset = Object.freeze(offset);
    this.#years = byExpiry(expiryColumn.years);
    this.#forward = byExpiry(expiryColumn.forward);
    this.#reports = new View(abi, 'f64', abi.smileReport(at), 2 * expiries.length * FIELDS);
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

  /** Values of {@link QuoteState}. Not to be written. */
  get state(): Uint8Array {
    this.guard();
    return this.#state.array;
  }

  /** The slices of the last fit, one per expiry. */
  get slices(): readonly SmileSlice[] {
    this.guard();
    return (this.#slices ??= this.#labels.map((label, e) => this.#slice(label, e)));
  }

  /** The surface of the last fit. */
  get surface(): SmileSurface {
    this.guard();
    const count = this.#labels.length;
    const [rho, eta, gamma] = new View(this.#abi, 'f64', this.#abi.smileSurface(this.at), 3).array;
    return (this.#surface ??= {
      rho,
      eta,
      gamma,
      slices: this.#labels.map((label, e) => this.#slice(label, e, count)),
    });
  }

  #slice(label: string, e: number, first = 0): SmileSlice {
    const report = this.#reports.array.subarray((first + e) * FIELDS, (first + e + 1) * FIELDS);
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
      leastCalendar: report[field.leastCalendar],
      leastCalendarAt: report[field.leastCalendarAt],
      isCalendarFree: report[field.isCalendarFree] !== 0,
      leastGain: report[field.leastGain],
      leastGainAt: report[field.leastGainAt],
    };
  }

  /**
   * Fits every expiry to the quotes as they stand now.
   * @throws RangeError where memory is exhausted
   */
  fit(): void {
    this.guard();
    taken(this.#abi.smileFit(this.at), 'smile');
    this.#slices = undefined;
    this.#surface = undefined;
  }

  /**
   * Volatilities of strikes at an expiry, or at any other time: total variance is linear in time between slices at
   * every
   * ln(strike/forward), volatility constant before the first slice and beyond the last. An expiry without a slice takes
   * it from its neighbours.
   * @param when - index of an expiry, or years to expiry and the forward of that time
   * @param strike - in quote currency
   * @returns volatilities per 1.00 in a fresh array; NaN where there is no slice at all or no time is left
   * @throws RangeError where there is no such expiry
   */
  volatility(
    when: number | { years: number; forward: number },
    strike: Column,
    family: SmileFamily = 'svi',
  ): Float64Array {
    this.guard();
    const surface = surfaceOf(family);
    const { years, forward } =
      typeof when === 'number'
        ? {
            years: this.#years.array[this.#expiry(when)],
            forward: this.#forward.array[when],
          }
        : requireTime(when);
    return this.#atStrikes(strike, (strikeAt, resultAt, rows) => {
      this.#abi.smileVolatility(this.at, surface, years, forward, strikeAt, resultAt, rows);
    });
  }

  /**
   * The risk-neutral density of the underlying at an expiry, per unit of quote currency: not negative, and 1 in sum.
   * @param expiry - its index
   * @param strike - prices of the underlying in quote currency
   * @returns a fresh array; NaN where the expiry has no slice
   * @throws RangeError where there is no such expiry
   */
  density(expiry: number, strike: Column, family: SmileFamily = 'svi'): Float64Array {
    this.guard();
    const surface = surfaceOf(family);
    const forward = this.#forward.array[this.#expiry(expiry)];
    return this.#atStrikes(strike, (strikeAt, resultAt, rows) => {
      this.#abi.smileDensity(this.at, surface, expiry, forward, strikeAt, resultAt, rows);
    });
  }

  /**
   * The risk-neutral probability that the underlying ends below prices, the undiscounted digital put along the smile
   * (Breeden and Litzenberger 1978): what {@link Smile.density} sums to. `greekfire/full` only.
   * @param expiry - its index
   * @param strike - prices of the underlying in quote currency, above 0
   * @returns a fresh array; NaN where the expiry has no slice
   * @throws RangeError where there is no such expiry
   */
  distribution(expiry: number, strike: Column, family: SmileFamily = 'svi'): Float64Array {
    this.guard();
    const surface = surfaceOf(family);
    const forward = this.#forward.array[this.#expiry(expiry)];
    const full = requireFull(this.#abi, "a smile's distributions");
    return this.#atStrikes(strike, (strikeAt, resultAt, rows) => {
      full.smileDistribution(this.at, surface, expiry, forward, strikeAt, resultAt, rows);
    });
  }

  /**
   * Lets a chain take its volatilities from this smile.
   * @throws RangeError where the numbers of expiries differ and none are named, or a name is none
   */
  follow<O extends Order>(chain: Chain<O>, options: FollowOptions = {}): SmileFollower<O> {
    this.guard();
    return new SmileFollower(this.#abi, this, chain, options);
  }

  #expiry(expiry: number): number {
    return requireInteger('expiry', expiry, 0, this.#labels.length - 1);
  }

  /** Runs a kernel from a column of strikes to a fresh array; both have an even number of rows for its lanes. */
  #atStrikes(strike: Column, run: (strikeAt: number, resultAt: number, rows: number) => void): Float64Array {
    const rows = requireRows({ strike });
    const room = rows + (rows & 1);
    const at = taken(this.#abi.take(16 * room), 'strikes');
    try {
      fillColumn(new View(this.#abi, 'f64', at, rows).array, strike);
      run(at, at + 8 * room, room);
      return new View(this.#abi, 'f64', at + 8 * room, rows).array.slice();
    } finally {
      this.#abi.give(at);
    }
  }

  /** @internal */
  requireAlive(): void {
    this.guard();
  }

  /** @internal */
  protected override release(): void {
    this.#abi.smileGive(this.at);
  }
}

const families: readonly SmileFamily[] = ['svi', 'ssvi'];
const rules: readonly SmileRule[] = ['sticky-strike', 'sticky-moneyness', 'sticky-delta'];

function surfaceOf(family: SmileFamily): number {
  return families.indexOf(requireWord('family', family, families));
}

function requireTime(when: { years: number; forward: number }): { years: number; forward: number } {
  requireObject('when', when);
  const years = requireNotNegative('when.years', when.years);
  if (requireFinite('when.forward', when.forward) > 0) return { years, forward: when.forward };
  throw new RangeError(`when.forward must be positive, got ${when.forward}`);
}

/** A chain that follows a smile: its volatilities, and what the smile's motion does to delta. */
export class SmileFollower<O extends Order = Order> extends Owner {
  readonly #abi: Abi;
  readonly #at: number;
  readonly #smile: Smile;
  readonly #chain: Chain<O>;
  readonly #views: readonly View<'f64'>[];
  readonly #sums: View<'f64'>;

  /** @internal */
  constructor(abi: Abi, smile: Smile, chain: Chain<O>, options: FollowOptions) {
    super('smile follower');
    requireOwn('chain', chain, Chain, abi);
    requireFields('options', options, followNames);
    const rule = rules.indexOf(requireWord('options.rule', options.rule ?? 'sticky-moneyness', rules));
    const surface = surfaceOf(options.family ?? 'svi');
    const count = chain.expiries.length;
    const last = smile.offset.length - 2;
    const map = Array.from(
      requireArray('options.expiries', options.expiries ?? Array.from({ length: count }, (_, e) => e), count),
      (source, e) => requireInteger(`options.expiries[${e}]`, source, -1, last),
    );
    const at = taken(abi.followerCreate(smile.at, chain.at, rule, surface), 'smile follower');
    new View(abi, 'u32', abi.followerMap(at), count).array.set(map);
    this.#abi = abi;
    this.#at = at;
    this.#smile = smile;
    this.#chain = chain;
    this.#views = [0, 1, 2].map(
      (column) => new View(abi, 'f64', abi.followerColumn(at, column), chain.length),
    );
    this.#sums = new View(abi, 'f64', abi.followerSums(at), count);
    this.tick();
  }

  /**
   * Takes up new forwards, if given, moves the smile by its rule, and re-marks the chain.
   * @param forward one per expiry of the chain, or one for all, in quote currency
   * @throws RangeError where a forward is not positive and finite; nothing has changed then
   */
  tick(forward?: Column): void {
    this.#guard();
    if (forward !== undefined) {
      if (typeof forward !== 'number') requireNumbers('forward', forward, this.#chain.expiries.length);
      fillColumn(this.#chain.forward, forward);
    }
    const bad = this.#abi.followerMark(this.#at);
    if (bad >= 0) {
      const value = this.#chain.forward[bad];
      this.#abi.chainRevert(this.#chain.at);
      throw new RangeError(`forward[${bad}] must be positive and finite, got ${String(value)}`);
    }
    this.#chain.tick();
    this.#abi.followerDelta(this.#at);
  }

  /** d volatility / d forward of every row of the chain, by the rule; 0 where the row follows no slice. */
  get slope(): Float64Array {
    return this.#column(0);
  }

  /**
   * Skew deltas of the chain's calls, delta + vega x slope, in quote currency per unit. Black's are the chain's own.
   */
  get callDelta(): Float64Array {
    return this.#column(1);
  }

  /** Skew deltas of the chain's puts. */
  get putDelta(): Float64Array {
    return this.#column(2);
  }

  /**
   * What the smile's motion adds to a book's delta, by expiry: in units of the underlying, beside
   * `book.exposure().delta`.
   * @param book - on the same chain
   * @returns a fresh array
   * @throws RangeError where the book is on another chain
   */
  skewDelta(book: Book<O>): Float64Array {
    this.#guard();
    requireObject('book', book);
    if (
      (book.chain as object | undefined) !== this.#chain ||
      this.#abi.followerSum(this.#at, book.at) === 0
    ) {
      throw new RangeError('book must be on the chain that follows the smile');
    }
    return this.#sums.array.slice();
  }

  /**
   * The follower's address, for the book.
   * @internal
   */
  requireOn(chain: object): number {
    this.#guard();
    if (chain === this.#chain) return this.#at;
    throw new RangeError('options.smile must be a follower of the chain that the book is on');
  }

  #column(column: number): Float64Array {
    this.#guard();
    return this.#views[column].array;
  }

  #guard(): void {
    this.guard();
    this.#smile.requireAlive();
    this.#chain.guard();
  }

  /** @internal */
  protected override release(): void {
    this.#abi.followerGive(this.#at);
  }
}

/** Calls and puts of one expiry by strike; every array has one element per strike, 0 or NaN where nobody quotes. */
export interface ParityQuotes {
  /** Strike in quote currency. */
  strike: Column;
  /** Best bids of the calls, in the settlement currency; not positive where there is none. */
  callBid: Column;
  /** Best asks of the calls, likewise. */
  callAsk: Column;
  /** Best bids of the puts, likewise. */
  putBid: Column;
  /** Best asks of the puts, likewise. */
  putAsk: Column;
  /** 'inverse' where prices are in coin; 'linear', in quote currency, where absent. */
  settlement?: Settlement;
  /** Discount factor, above 0, where it is known; found from the quotes where absent. */
  discount?: number;
}

const parityNames: ReadonlySet<string> = new Set<keyof ParityQuotes>([
  'strike',
  'callBid',
  'callAsk',
  'putBid',
  'putAsk',
  'settlement',
  'discount',
]);

/** What put-call parity says of an expiry; numbers are NaN where the quotes do not say. */
export interface ImpliedForward {
  /** In quote currency. */
  readonly forward: number;
  /** Discount factor: given, or found. */
  readonly discount: number;
  /** Strikes whose call and put both have a bid and an ask. */
  readonly pairs: number;
  /** Root mean square of call less put about the line, in the currency of the prices. */
  readonly rmsError: number;
}

/** The work of `core.impliedForward`. */
export function impliedForward(abi: Abi, quotes: ParityQuotes): ImpliedForward {
  requireFields('quotes', quotes, parityNames);
  const { strike, callBid, callAsk, putBid, putAsk, discount } = quotes;
  const columns = { strike, callBid, callAsk, putBid, putAsk };
  const rows = requireRows(columns, 'quotes.');
  const word = requireWord('quotes.settlement', quotes.settlement ?? 'linear', ['linear', 'inverse']);
  if (discount !== undefined && !(requireFinite('quotes.discount', discount) > 0)) {
    throw new RangeError(`quotes.discount must be positive, got ${discount}`);
  }
  const at = taken(abi.parityCreate(rows), 'quotes');
  try {
    Object.values(columns).forEach((column, i) => {
      fillColumn(new View(abi, 'f64', at + 8 * rows * i, rows).array, column);
    });
    abi.paritySolve(at, rows, word === 'inverse' ? 1 : 0, discount ?? NaN);
    const [forward, found, pairs, rmsError] = new View(abi, 'f64', at + 40 * rows, 4).array;
    return { forward, discount: found, pairs, rmsError };
  } finally {
    abi.parityGive(at);
  }
}

/** @returns the number of quotes */
function requireExpiry(name: string, expiry: SmileExpiry): number {
  requireFields(name, expiry, expiryNames);
  requireText(`${name}.label`, expiry.label ?? '');
  requireNotNegative(`${name}.years`, expiry.years);
  if (!(requireFinite(`${name}.forward`, expiry.forward) > 0)) {
    throw new RangeError(`${name}.forward must be positive, got ${expiry.forward}`);
  }
  requireFinite(`${name}.rate`, expiry.rate ?? 0);
  requireWord(`${name}.settlement`, expiry.settlement ?? 'linear', ['linear', 'inverse']);
  const { type, strike, bid, ask, quoteForward = expiry.forward } = expiry;
  requireTypes(`${name}.type`, type);
  const columns = { strike, bid, ask, quoteForward };
  return requireRows(typeof type === 'string' ? columns : { type, ...columns }, `${name}.`);
}
