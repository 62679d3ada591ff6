import type { Abi } from './abi.js';
import type { Settlement } from './batch.js';
import {
  type Column,
  fillColumn,
  requireNumber,
  requireNumbers,
  requireFields,
  requireFinite,
  requireInteger,
  requireList,
  requireNotNegative,
  requireText,
  requireWord,
} from './checks.js';
import { Owner, taken, View } from './memory.js';
import { type ChainPrices, ChainQuotes, requirePrices } from './quotes.js';
import { type Columns, columnsOf, type Order, sensitivitiesOf } from './sensitivity.js';

/** One expiry of a chain. */
export interface ExpirySpec {
  /** Name of the underlying; '' where absent. Expiries of one name move together in a book's totals. */
  underlying?: string;
  /** Name of the expiry, for people. */
  label?: string;
  /** Time to expiry in years of 365 days, at least 0. */
  years: number;
  /**
   * Years of variance to expiry, at least 0: what the volatility is per; `years`, by which the rate discounts, where
   * absent. A {@link VarianceCalendar} gives them.
   */
  varianceYears?: number;
  /** Years of variance that pass in a year at this moment: what theta, charm and color are by; 1 where absent. */
  variancePace?: number;
  /** Forward price in quote currency, above 0. */
  forward: number;
  /** Continuous rate per 1.00 and year that discounts; 0 where absent. */
  rate?: number;
  /** 'inverse' where the options settle in coin; 'linear' where absent. */
  settlement?: Settlement;
  /** Strikes in quote currency, ascending, above 0. */
  strike: ArrayLike<number>;
  /** Volatilities per 1.00 and root year, one per strike. A bad one makes its row NaN. */
  volatility: ArrayLike<number>;
}

const specNames: ReadonlySet<string> = new Set<keyof ExpirySpec>([
  'underlying',
  'label',
  'years',
  'varianceYears',
  'variancePace',
  'forward',
  'rate',
  'settlement',
  'strike',
  'volatility',
]);
const varianceNames: ReadonlySet<string> = new Set(['years', 'pace']);

/** An expiry as the chain keeps it. @internal */
export interface ChainExpiry {
  readonly underlying: string;
  readonly label: string;
  readonly settlement: Settlement;
}

/**
 * Strikes x expiries, call and put of a strike together: the hot path. All arrays are live views owned by the chain,
 * one element per strike over all expiries in the order given, and are read after the {@link Chain.tick} that fills
 * them.
 *
 * Black (1976) on each expiry's forward.
 */
export class Chain<O extends Order = 1> extends Owner {
  readonly #abi: Abi;
  readonly #forward: View<'f64'>;
  readonly #years: View<'f64'>;
  readonly #varianceYears: View<'f64'>;
  readonly #pace: View<'f64'>;
  readonly #rate: View<'f64'>;
  readonly #offset: View<'u32'>;
  readonly #strike: View<'f64'>;
  readonly #volatility: View<'f64'>;
  #coinIsBehind = true;
  #quotes: ChainQuotes | undefined;
  /** @internal */
  readonly at: number;
  /** Order of the sensitivities. */
  readonly order: O;
  /** Strikes over all expiries. */
  readonly length: number;
  /** What the chain knows of each expiry, in the order given. */
  readonly expiries: readonly ChainExpiry[];
  /** Calls: quote currency per unit, against the forward, in the units of {@link Sensitivity}. */
  readonly call: Columns<O>;
  /** Puts, likewise. Gamma, vega, vanna, volga, speed, zomma and color are the calls' own arrays. */
  readonly put: Columns<O>;
  /**
   * Calls and puts measured in coin, value / forward, every sensitivity the derivative of that value: what an inverse
   * option is worth to its holder. Worked out on the first look after a tick.
   */
  readonly coin: {
    /** Calls in coin. */
    readonly call: Columns<O>;
    /** Puts in coin. */
    readonly put: Columns<O>;
  };

  /** @internal */
  constructor(abi: Abi, specs: readonly ExpirySpec[], order: O) {
    super('chain');
    requireWord('order', order, [1, 2, 3]);
    requireList('expiries', specs);
    if (specs.length === 0) throw new RangeError('expiries must not be empty');
    specs.forEach(requireSpec);
    const count = specs.length;
    const rows = specs.reduce((sum, { strike }) => sum + strike.length, 0);
    const at = taken(abi.chainCreate(count, rows, order), 'chain');
    this.#abi = abi;
    this.at = at;
    this.order = order;
    this.length = rows;
    this.expiries = specs.map(({ underlying = '', label = '', settlement = 'linear' }) => {
      return Object.freeze({ underlying, label, settlement });
    });
    this.#forward = new View(abi, 'f64', abi.chainForward(at), count);
    this.#years = new View(abi, 'f64', abi.chainYears(at), count);
    this.#varianceYears = new View(abi, 'f64', abi.chainVarianceYears(at), count);
    this.#pace = new View(abi, 'f64', abi.chainPace(at), count);
    this.#rate = new View(abi, 'f64', abi.chainRate(at), count);
    this.#offset = new View(abi, 'u32', abi.chainOffset(at), count + 1);
    this.#strike = new View(abi, 'f64', abi.chainStrike(at), rows);
    this.#volatility = new View(abi, 'f64', abi.chainVolatility(at), rows);
    // what calls and puts have in common is one column of the module, and one array here
    const byAddress = new Map<number, View<'f64'>>();
    const viewAt = (address: number): View<'f64'> => {
      const view = byAddress.get(address) ?? new View(abi, 'f64', address, rows);
      byAddress.set(address, view);
      return view;
    };
    const results = (put: number): Columns<O> => {
      const views = sensitivitiesOf(order).map((_, s) => viewAt(abi.chainResult(at, s, put)));
      return columnsOf(order, (s) => {
        this.guard();
        return views[s].array;
      });
    };
    this.call = results(0);
    this.put = results(1);
    this.coin = { call: this.#coinColumns(0), put: this.#coinColumns(1) };
    try {
      // at once where they will be wanted, so that a look at them does not grow memory
      if (this.expiries.some(({ settlement }) => settlement === 'inverse')) this.#takeCoin();
      this.#fill(specs);
      this.tick();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  #fill(specs: readonly ExpirySpec[]): void {
    let row = 0;
    specs.forEach((spec, e) => {
      this.#forward.array[e] = spec.forward;
      this.#years.array[e] = spec.years;
      this.#varianceYears.array[e] = spec.years === 0 ? 0 : (spec.varianceYears ?? spec.years);
      this.#pace.array[e] = spec.variancePace ?? 1;
      this.#rate.array[e] = spec.rate ?? 0;
      this.#offset.array[e] = row;
      this.#strike.array.set(spec.strike, row);
      this.#volatility.array.set(spec.volatility, row);
      row += spec.strike.length;
    });
    this.#offset.array[specs.length] = row;
    const bad = this.#abi.chainPrepare(this.at);
    if (bad >= 0) {
      const expiry = this.#offset.array.findIndex(
        (first, e) => bad >= first && bad < this.#offset.array[e + 1],
      );
      const index = bad - this.#offset.array[expiry];
      const strike = this.#strike.array[bad];
      throw new RangeError(
        `expiries[${expiry}].strike[${index}] must be above 0 and the strike before, got ${String(strike)}`,
      );
    }
  }

  #takeCoin(): void {
    if (this.#abi.chainTakeCoin(this.at) === 0) taken(0, "chain's coin columns");
  }

  #coinColumns(put: number): Columns<O> {
    let views: View<'f64'>[] | undefined;
    return columnsOf(this.order, (s) => {
      this.guard();
      if (this.#coinIsBehind) {
        this.#takeCoin();
        this.#abi.chainCoin(this.at);
        this.#coinIsBehind = false;
      }
      views ??= sensitivitiesOf(this.order).map(
        (_, i) => new View(this.#abi, 'f64', this.#abi.chainCoinResult(this.at, i, put), this.length),
      );
      return views[s].array;
    });
  }

  /** First row of each expiry and, after the last, the number of rows. Not to be written. */
  get offset(): Uint32Array {
    this.guard();
    return this.#offset.array;
  }

  /** Strikes in quote currency. Not to be written. */
  get strike(): Float64Array {
    this.guard();
    return this.#strike.array;
  }

  /** Volatilities per 1.00 and root year. Writable; the next tick reads them. */
  get volatility(): Float64Array {
    this.guard();
    return this.#volatility.array;
  }

  /** Forwards of the last tick in quote currency, one per expiry. Not to be written: {@link Chain.tick} takes them. */
  get forward(): Float64Array {
    this.guard();
    return this.#forward.array;
  }

  /** Times to expiry in years of 365 days, one per expiry. Not to be written: {@link Chain.setYears} sets them. */
  get years(): Float64Array {
    this.guard();
    return this.#years.array;
  }

  /**
   * The row of a strike of an expiry, -1 where it has no such strike.
   * @throws RangeError where there is no such expiry
   */
  index(expiry: number, strike: number): number {
    this.guard();
    this.requireExpiry('expiry', expiry);
    return this.#abi.chainIndex(this.at, expiry, requireNumber('strike', strike));
  }

  /**
   * Takes up new forwards, if given, and re-marks every row. Allocates nothing.
   * @param forward one per expiry, or one for all, in quote currency
   * @throws RangeError where a forward is not positive and finite; nothing has changed then
   */
  tick(forward?: Column): void {
    this.guard();
    this.#giveForward(forward);
    requireGood(this.#abi.chainTick(this.at), forward);
    this.#coinIsBehind = true;
  }

  /**
   * Marks the chain from quotes: takes up prices and forwards, if given, finds the volatilities of bid, mid and ask of
   * every call and put, and ticks. A strike is marked at the volatility of the mid of its option out of the money (the
   * call where strike >= forward), of the other one where that is not bound from both sides; NaN where neither is,
   * and its rows then. Allocates nothing but, at the first call, the memory of the quotes.
   * @param prices what is left out stays as it is: at first there is none
   * @param forward one per expiry, or one for all, in quote currency
   * @returns volatilities, spreads and states of the quotes: the same object every time
   * @throws TypeError or RangeError where a length differs or a forward is not positive and finite; the chain has not
   * changed then
   */
  setPrices(prices: ChainPrices, forward?: Column): ChainQuotes {
    this.guard();
    requirePrices(prices, this.length);
    if (forward !== undefined && typeof forward !== 'number') {
      requireNumbers('forward', forward, this.expiries.length);
    }
    const quotes = (this.#quotes ??= this.#makeQuotes());
    quotes.fill(prices);
    this.#giveForward(forward);
    const bad = quotes.mark();
    if (bad >= 0) this.#abi.chainRevert(this.at);
    requireGood(bad, forward);
    this.tick();
    return quotes;
  }

  /** By itself: a closure over `this` in setPrices would cost an allocation a call. */
  #makeQuotes(): ChainQuotes {
    return new ChainQuotes(this.#abi, this.at, this.length, this.expiries, () => {
      this.guard();
    });
  }

  /** Lays forwards in for the next tick. */
  #giveForward(forward: Column | undefined): void {
    if (forward === undefined) return;
    if (typeof forward !== 'number') requireNumbers('forward', forward, this.expiries.length);
    try {
      fillColumn(this.#forward.array, forward);
    } catch (error) {
      this.#abi.chainRevert(this.at);
      throw error;
    }
  }

  /**
   * Sets an expiry's volatilities, per 1.00 and root year, one per strike; the next tick reads them.
   * @throws RangeError where there is no such expiry or the length differs
   */
  setVolatility(expiry: number, volatility: ArrayLike<number>): void {
    this.guard();
    this.requireExpiry('expiry', expiry);
    const first = this.#offset.array[expiry];
    requireNumbers('volatility', volatility, this.#offset.array[expiry + 1] - first);
    this.#volatility.array.set(volatility, first);
  }

  /**
   * Sets an expiry's continuous rate per 1.00 and year; the next tick reads it.
   * @throws RangeError where there is no such expiry or the rate is not finite
   */
  setRate(expiry: number, rate: number): void {
    this.guard();
    this.requireExpiry('expiry', expiry);
    this.#rate.array[expiry] = requireFinite('rate', rate);
    this.#abi.chainRetime(this.at);
  }

  /**
   * Sets the times to expiry in years of 365 days, one per expiry, and those of variance with their pace where a
   * calendar tells them apart; the next tick reads them.
   * @param years - of time, by which rates discount
   * @param variance - years of variance and the pace at which they pass, as in {@link ExpirySpec}; `years` and 1 where
   * absent
   * @throws RangeError where a length differs or a value is negative or not finite; nothing has changed then
   */
  setYears(
    years: ArrayLike<number>,
    variance: { years?: ArrayLike<number>; pace?: ArrayLike<number> } = {},
  ): void {
    this.guard();
    requireFields('variance', variance, varianceNames);
    const times = requireTimes('years', years, this.expiries.length);
    const variances = requireTimes('variance.years', variance.years ?? years, this.expiries.length);
    const paces = variance.pace && requireTimes('variance.pace', variance.pace, this.expiries.length);
    this.#years.array.set(times);
    this.#varianceYears.array.set(variances.map((value, e) => (times[e] === 0 ? 0 : value)));
    if (paces) this.#pace.array.set(paces);
    else this.#pace.array.fill(1);
    this.#abi.chainRetime(this.at);
  }

  /**
   * Lets time pass for every expiry, to 0 years at the least, and variance at its pace; the next tick reads it.
   * @param years in years of 365 days, at least 0
   * @throws RangeError where it is negative or not finite
   */
  advance(years: number): void {
    this.guard();
    this.#abi.chainAdvance(this.at, requireNotNegative('years', years));
  }

  /** @internal Whether variance does not pass with time. */
  get hasOwnVariance(): boolean {
    const { years } = this;
    const variance = this.#varianceYears.array;
    return this.#pace.array.some((pace, e) => pace !== 1 || variance[e] !== years[e]);
  }

  /** @internal */
  requireExpiry(name: string, expiry: unknown): number {
    return requireInteger(name, expiry, 0, this.expiries.length - 1);
  }

  /** @internal Whether it stands in a core's memory. */
  isOf(abi: Abi): boolean {
    return abi === this.#abi;
  }

  /** @internal For what stands on the chain. */
  override guard(): void {
    super.guard();
  }

  protected override release(): void {
    this.#quotes?.release();
    this.#abi.chainGive(this.at);
  }
}

/** @throws RangeError where a forward is `bad` */
function requireGood(bad: number, forward: Column | undefined): void {
  if (bad < 0) return;
  const value = typeof forward === 'object' ? forward[bad] : forward;
  throw new RangeError(`forward[${bad}] must be positive and finite, got ${String(value)}`);
}

function requireSpec(spec: ExpirySpec, e: number): void {
  const name = `expiries[${e}]`;
  requireFields(name, spec, specNames);
  requireText(`${name}.underlying`, spec.underlying ?? '');
  requireText(`${name}.label`, spec.label ?? '');
  requireNotNegative(`${name}.years`, spec.years);
  requireNotNegative(`${name}.varianceYears`, spec.varianceYears ?? 0);
  requireNotNegative(`${name}.variancePace`, spec.variancePace ?? 1);
  requireFinite(`${name}.rate`, spec.rate ?? 0);
  requireWord(`${name}.settlement`, spec.settlement ?? 'linear', ['linear', 'inverse']);
  if (!(requireFinite(`${name}.forward`, spec.forward) > 0)) {
    throw new RangeError(`${name}.forward must be positive, got ${spec.forward}`);
  }
  requireNumbers(`${name}.strike`, spec.strike);
  requireNumbers(`${name}.volatility`, spec.volatility, spec.strike.length);
}

function requireTimes(name: string, values: unknown, length: number): number[] {
  return Array.from(requireNumbers(name, values, length), (value, e) =>
    requireNotNegative(`${name}[${e}]`, value),
  );
}
