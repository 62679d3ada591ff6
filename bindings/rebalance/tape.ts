import type { FullAbi } from '../abi.js';
import { Chain, type ExpirySpec } from '../chain.js';
import {
  requireArray,
  requireBounded,
  requireFinite,
  requireFullCore,
  requireInteger,
  requireNotNegative,
  requireObject,
  requireOwn,
  requirePositive,
  requireWord,
} from '../checks.js';
import type { OptionInstrument, OptionTrade, TradeEvent } from '../deribit/index.js';
import type { FullCore } from '../full/core.js';
import { Owner, taken, View } from '../memory.js';
import { MILLISECONDS_PER_YEAR } from '../time.js';
import { expiryInstants, yearsLeft } from './market.js';
import { encodeMarks } from './state.js';
import type { MarketTick } from './step.js';

/** Events of a tape, in order, as `tradeTape` of `greekfire/deribit` gives them. */
export type TradeEvents = Iterable<TradeEvent> | AsyncIterable<TradeEvent>;

/** A market that follows a tape. */
export interface TapeMarketOptions {
  /** The chain to mark; trades of options that it does not list are counted and left out. */
  chain: Chain | Chain<2> | Chain<3>;
  /** The time now, in milliseconds since 1970; the chain's years count from here. */
  instant: number;
  /**
   * 'mark': a strike's volatility is that of the exchange's mark price at its last trade, which does not jump between
   * bid and ask; 'trade': that of the trade itself. 'mark' where absent; a trade without a mark price gives its own.
   */
  volatility?: 'mark' | 'trade';
  /**
   * 'implied': forwards lie above the index price by the carry that an expiry's trades imply, at which price and
   * volatility of a trade agree; 'carry': by `carry` throughout. 'implied' where absent.
   */
  forward?: 'implied' | 'carry';
  /** Forward over index price less 1, per year, of each expiry or of all, until a trade says it. 0 where absent. */
  carry?: number | ArrayLike<number>;
  /** Trades that the carry of an expiry averages over, at least 1; 30 where absent. */
  reach?: number;
  /** A longer time between two events is counted as a gap, in milliseconds; none where absent. */
  longestGap?: number;
}

/** What a market took from its tape. */
export interface TapeMarketCounts {
  /** Events taken. */
  readonly events: number;
  /** Trades in them. */
  readonly trades: number;
  /** Trades that gave their strike a volatility. */
  readonly volatilities: number;
  /** Trades that gave their expiry a forward. */
  readonly forwards: number;
  /** Trades whose price and volatility agree at no forward within 25 % of the index: it is not taken. */
  readonly badForward: number;
  /** Trades without a volatility, or with one above 10 (1,000 %): their strikes stand. */
  readonly noVolatility: number;
  /** Trades of options that the chain does not list, and of expiries that are over. */
  readonly unlisted: number;
  /** Events from before the market's instant: left out, as those are that a resumed market had taken. */
  readonly before: number;
  /** Events after a gap: taken. */
  readonly gaps: number;
}

/** What a market's future depends on besides its chain's strikes and the rest of the tape: plain data. */
export interface TapeMarketState {
  /** Of this layout. */
  readonly version: 1;
  /** The time; all events up to it have been taken. */
  readonly instant: number;
  /** Instant of the last event; null before any. */
  readonly last: number | null;
  /** What the module keeps; null for what is no number. */
  readonly marks: readonly (number | null)[];
  /** What it took. */
  readonly counts: TapeMarketCounts;
}

/** Numbers of the module per expiry, and of them those that the market looks for. */
const PER_EXPIRY = 7;
const part = { expiry: 0, coin: 1, underlying: 2, carry: 3, count: 4, index: 5, forward: 6 } as const;
const REACH = 30;
const TOOK_VOLATILITY = 1;
const TOOK_FORWARD = 2;
const BAD_FORWARD = 4;

type Counts = { -readonly [K in keyof TapeMarketCounts]: TapeMarketCounts[K] };

/**
 * A market built up from a tape of trades: each trade says the index price, its expiry's carry, and its strike's
 * volatility, which stands until the next (sticky strike). Reads its tape as time passes, and keeps one event ahead.
 */
export class TapeMarket extends Owner {
  readonly #abi: FullAbi;
  readonly #at: number;
  readonly #chain: TapeMarketOptions['chain'];
  readonly #expiries: readonly number[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #marks: View<'f64'>;
  readonly #events: AsyncIterator<TradeEvent> | Iterator<TradeEvent>;
  readonly #longestGap: number;
  #counts: Counts;
  #instant: number;
  /** Events up to here have been taken. */
  #done = -Infinity;
  /** Events up to here have been read off the tape and are gone. */
  #gone = -Infinity;
  /** Whether the tape is yet to come to where a state was. */
  #isResuming = false;
  #last = NaN;
  #next: TradeEvent | undefined;
  #isOver = false;

  /** @internal */
  constructor(core: FullCore, events: TradeEvents, options: TapeMarketOptions) {
    super('tape market');
    const abi = requireFullCore('core', core);
    requireObject('options', options);
    const { chain, instant, volatility = 'mark', forward = 'implied', carry = 0 } = options;
    const { reach = REACH, longestGap = Infinity } = options;
    requireOwn('options.chain', chain, Chain, abi);
    requireFinite('options.instant', instant);
    requireWord('options.volatility', volatility, ['mark', 'trade']);
    requireWord('options.forward', forward, ['implied', 'carry']);
    requireInteger('options.reach', reach, 1, 1e6);
    if (longestGap !== Infinity) requireNotNegative('options.longestGap', longestGap);
    const expiries = chain.expiries.length;
    const carries =
      typeof carry === 'number'
        ? new Array<number>(expiries).fill(carry)
        : Array.from(requireArray('options.carry', carry, expiries));
    carries.forEach((value, e) => requireFinite(`options.carry[${e}]`, value));
    this.#events = iteratorOf(events);
    this.#abi = abi;
    this.#chain = chain;
    this.#instant = instant;
    this.#longestGap = longestGap;
    this.#expiries = expiryInstants(chain, instant);
    const underlyings = [...new Set(chain.expiries.map(({ underlying }) => underlying))];
    this.#places = new Map(
      chain.expiries.map(({ underlying }, e) => [placeKey(underlying, this.#expiries[e]), e]),
    );
    const average = forward === 'implied' ? reach : 0;
    const at = abi.tapeCreate(expiries, chain.length, average, volatility === 'mark' ? 1 : 0);
    this.#at = taken(at, 'tape market');
    const first = abi.tapePart(this.#at, 0);
    this.#marks = new View(abi, 'f64', first, PER_EXPIRY * expiries + chain.length);
    this.#column(part.expiry).set(this.#expiries);
    this.#column(part.coin).set(chain.expiries.map(({ settlement }) => (settlement === 'inverse' ? 1 : 0)));
    this.#column(part.underlying).set(
      chain.expiries.map(({ underlying }) => underlyings.indexOf(underlying)),
    );
    this.#column(part.carry).set(carries);
    this.#column(part.forward).set(chain.forward);
    this.#volatility().set(chain.volatility);
    this.#counts = {
      events: 0,
      trades: 0,
      volatilities: 0,
      forwards: 0,
      badForward: 0,
      noVolatility: 0,
      unlisted: 0,
      before: 0,
      gaps: 0,
    };
  }

  /** The time, in milliseconds since 1970. */
  get instant(): number {
    return this.#instant;
  }

  /** Whether the tape has no event left: known from the first `next` on. */
  get isOver(): boolean {
    return this.#isOver && this.#next === undefined;
  }

  /** What it took so far: live. */
  get counts(): TapeMarketCounts {
    return this.#counts;
  }

  /** Carry of each expiry per year, forward over index price less 1: a copy. */
  get carry(): Float64Array {
    this.guard();
    return this.#column(part.carry).slice();
  }

  /**
   * Lets time pass, takes the events of that time, and marks the chain.
   * @param milliseconds - at least 0
   * @returns whether the tape has events left
   * @throws RangeError where it is negative or not finite; what reading the tape throws
   */
  async next(milliseconds: number): Promise<boolean> {
    this.guard();
    this.#chain.guard();
    await this.#advance(this.#instant + requireNotNegative('milliseconds', milliseconds));
    this.#mark();
    return !this.isOver;
  }

  /**
   * The rest of the tape as ticks for a rebalancer, which marks the chain itself: one at every instant with an event,
   * or one every so many milliseconds until the last event. Forwards and volatilities are copies.
   * @param every - milliseconds from tick to tick, 0 for every instant with an event
   * @throws RangeError where it is negative or not finite; what reading the tape throws
   */
  async *ticks(every = 0): AsyncGenerator<MarketTick, void, void> {
    this.guard();
    requireNotNegative('every', every);
    for (;;) {
      const event = await this.#peek();
      if (event === undefined) return;
      await this.#advance(every > 0 ? this.#instant + every : Math.max(event.instant, this.#instant));
      this.guard();
      this.#abi.tapeForwards(this.#at, this.#instant);
      yield {
        instant: this.#instant,
        forward: this.#column(part.forward).slice(),
        volatility: this.#volatility().slice(),
      };
    }
  }

  /** What the market's future depends on, to be restored on one made alike; between ticks. */
  get state(): TapeMarketState {
    this.guard();
    return {
      version: 1,
      instant: this.#instant,
      last: Number.isNaN(this.#last) ? null : this.#last,
      marks: encodeMarks(this.#marks.array),
      counts: { ...this.#counts },
    };
  }

  /**
   * Takes up a state of a market made alike, on the same tape from its start or from where it stood: events up to the
   * state's instant are passed over, and the continuation is the same to the bit. Marks the chain.
   * @throws TypeError or RangeError that names the field; RangeError where this market has read its tape beyond the
   * state's instant, since what it read would be lacking. Nothing has changed then
   */
  restore(state: TapeMarketState): void {
    this.guard();
    this.#chain.guard();
    requireObject('state', state);
    if ((state.version as number) !== 1) {
      throw new RangeError(`state.version must be 1, got ${String(state.version)}`);
    }
    const instant = requireBounded('state.instant', state.instant);
    if (instant < this.#gone) {
      throw new RangeError(`state.instant is ${instant}: the tape was read beyond it, up to ${this.#gone}`);
    }
    const last = state.last === null ? NaN : requireBounded('state.last', state.last);
    const marks = this.#requireMarks(state.marks);
    requireObject('state.counts', state.counts);
    const counts = { ...this.#counts };
    for (const name of Object.keys(counts) as (keyof TapeMarketCounts)[]) {
      counts[name] = requireInteger(`state.counts.${name}`, state.counts[name], 0, Number.MAX_SAFE_INTEGER);
    }
    this.#marks.array.set(marks);
    this.#instant = instant;
    this.#done = instant;
    this.#last = last;
    this.#counts = counts;
    this.#isResuming = true;
    if (this.#next !== undefined && this.#next.instant <= instant) this.#pass(this.#next);
    this.#mark();
  }

  /** Marks that came from outside: of this chain, and such that its forwards are some at any instant. */
  #requireMarks(given: TapeMarketState['marks']): Float64Array {
    const own = this.#marks.array;
    const values = Array.from<unknown>(requireArray('state.marks', given, own.length));
    const expiries = this.#expiries.length;
    return Float64Array.from(values, (value, i) => {
      const name = `state.marks[${i}]`;
      const column = Math.floor(i / expiries);
      // the index price before the first trade, and a strike's volatility, may be none
      if (value === null && (column === part.index || column >= PER_EXPIRY)) return NaN;
      const mark = requireBounded(name, value);
      if (column <= part.underlying && mark !== own[i]) {
        throw new RangeError(`${name} is another chain's: ${mark}, not ${own[i]}`);
      }
      if (column === part.forward) return requirePositive(name, mark);
      return column === part.carry ? mark : requireNotNegative(name, mark);
    });
  }

  /** Leaves an event out that is of the past. */
  #pass(event: TradeEvent): void {
    // what a state has taken is in its counts
    if (!this.#isResuming) this.#counts.before++;
    this.#gone = Math.max(this.#gone, event.instant);
    this.#next = undefined;
  }

  #column(index: number): Float64Array {
    const n = this.#expiries.length;
    return this.#marks.array.subarray(index * n, (index + 1) * n);
  }

  #volatility(): Float64Array {
    return this.#marks.array.subarray(PER_EXPIRY * this.#expiries.length);
  }

  async #advance(end: number): Promise<void> {
    for (let event = await this.#peek(); event && event.instant <= end; event = await this.#peek()) {
      // it may have been disposed of while the tape was read
      this.guard();
      this.#next = undefined;
      this.#take(event);
    }
    this.#instant = end;
    this.#done = end;
  }

  /** The next event that is not of the past. */
  async #peek(): Promise<TradeEvent | undefined> {
    while (this.#next === undefined && !this.#isOver) {
      const result = await this.#events.next();
      if (result.done === true) this.#isOver = true;
      else if (result.value.instant <= this.#done) this.#pass(result.value);
      else {
        this.#isResuming = false;
        this.#next = result.value;
      }
    }
    return this.#next;
  }

  #take(event: TradeEvent): void {
    const counts = this.#counts;
    counts.events++;
    if (event.instant - this.#last > this.#longestGap) counts.gaps++;
    this.#last = event.instant;
    this.#gone = Math.max(this.#gone, event.instant);
    for (const trade of event.trades) this.#takeTrade(trade);
  }

  #takeTrade(trade: OptionTrade): void {
    const counts = this.#counts;
    counts.trades++;
    const { underlying, expiry, strike, type } = trade.instrument;
    const place = this.#places.get(placeKey(underlying, expiry)) ?? -1;
    const row = place < 0 || trade.instant >= expiry ? -1 : this.#chain.index(place, strike);
    if (row < 0) {
      counts.unlisted++;
      return;
    }
    const did = this.#abi.tapeTrade(
      this.#at,
      place,
      row,
      type === 'call' ? 1 : -1,
      strike,
      trade.instant,
      trade.price,
      trade.volatility,
      trade.mark,
      trade.index,
    );
    if ((did & TOOK_VOLATILITY) === 0) counts.noVolatility++;
    else counts.volatilities++;
    if ((did & TOOK_FORWARD) !== 0) counts.forwards++;
    if ((did & BAD_FORWARD) !== 0) counts.badForward++;
  }

  #mark(): void {
    this.guard();
    const chain = this.#chain;
    chain.guard();
    this.#abi.tapeForwards(this.#at, this.#instant);
    chain.setYears(yearsLeft(this.#expiries, this.#instant));
    chain.volatility.set(this.#volatility());
    chain.tick(this.#column(part.forward));
  }

  protected override release(): void {
    this.#abi.give(this.#at);
    // a source that is not read to its end is told so; what that throws is nobody's any more
    void Promise.resolve(this.#events.return?.()).catch(() => undefined);
  }
}

/** Expiries to the second: a chain's are instants made of years. */
function placeKey(underlying: string, expiry: number): string {
  return `${underlying} ${Math.round(expiry / 1000)}`;
}

function iteratorOf(events: TradeEvents): AsyncIterator<TradeEvent> | Iterator<TradeEvent> {
  requireObject('trades', events);
  if (Symbol.asyncIterator in events) return events[Symbol.asyncIterator]();
  if (Symbol.iterator in events) return events[Symbol.iterator]();
  throw new TypeError('trades must be iterable');
}

/**
 * A market built up from a tape of trades: marks its chain as `next` lets time pass, as a simulated market does, or
 * gives the ticks for a rebalancer.
 * @param core - of the chain
 * @param trades - events in order, read as time passes
 * @throws TypeError or RangeError that names the field and the value
 */
export function tapeMarket(core: FullCore, trades: TradeEvents, options: TapeMarketOptions): TapeMarket {
  return new TapeMarket(core, trades, options);
}

/** The options that a tape trades, as a chain and a market take them. */
export interface TapeChain {
  /** Instant of the first event. */
  readonly instant: number;
  /** By underlying, then by time: strikes that traded, each at the volatility of its first trade. */
  readonly expiries: readonly ExpirySpec[];
  /** Carry of each expiry, of the first trade that implies one; 0 where none does. */
  readonly carry: readonly number[];
}

interface FirstSeen {
  readonly instrument: OptionInstrument;
  readonly volatility: Map<number, number>;
  carry: number;
}

/**
 * Reads a tape for the chain that it trades, to be replayed on from the start: options stand at their first trade's
 * volatility, and expiries at their first carry, until it comes. NaN where no trade of a strike has a volatility.
 * @param core - finds the forwards that trades imply
 * @param underlying - to take no other; all where absent
 * @throws RangeError where the tape has no trade with an index price
 */
export async function tapeChain(
  core: FullCore,
  trades: TradeEvents,
  underlying?: string,
): Promise<TapeChain> {
  const found = new Map<string, FirstSeen>();
  const index = new Map<string, number>();
  let instant = NaN;
  for await (const event of trades) {
    for (const trade of event.trades) {
      const { instrument } = trade;
      if (underlying !== undefined && instrument.underlying !== underlying) continue;
      if (Number.isNaN(instant)) instant = event.instant;
      if (trade.index > 0 && !index.has(instrument.underlying)) index.set(instrument.underlying, trade.index);
      const key = placeKey(instrument.underlying, instrument.expiry);
      const seen = found.get(key) ?? { instrument, volatility: new Map<number, number>(), carry: NaN };
      found.set(key, seen);
      const known = seen.volatility.get(instrument.strike) ?? NaN;
      if (Number.isNaN(known)) seen.volatility.set(instrument.strike, trade.volatility);
      if (Number.isNaN(seen.carry)) seen.carry = impliedCarry(core, trade);
    }
  }
  const priced = [...found.values()].filter(({ instrument }) => index.has(instrument.underlying));
  if (priced.length === 0) throw new RangeError('the tape has no trade with an index price');
  const names = [...index.keys()];
  priced.sort(
    ({ instrument: a }, { instrument: b }) =>
      names.indexOf(a.underlying) - names.indexOf(b.underlying) || a.expiry - b.expiry,
  );
  const carry = priced.map((seen) => (Number.isNaN(seen.carry) ? 0 : seen.carry));
  const expiries = priced.map(({ instrument, volatility }, e): ExpirySpec => {
    const ascending = [...volatility].sort(([a], [b]) => a - b);
    const years = (instrument.expiry - instant) / MILLISECONDS_PER_YEAR;
    return {
      underlying: instrument.underlying,
      label: instrument.label,
      years,
      forward: index.get(instrument.underlying)! * (1 + carry[e] * years),
      settlement: instrument.settlement,
      strike: ascending.map(([strike]) => strike),
      volatility: ascending.map(([, each]) => each),
    };
  });
  return { instant, expiries, carry };
}

/** Carry per year of the forward at which a trade's price and volatility agree; NaN where there is none. */
function impliedCarry(
  core: FullCore,
  { instrument, instant, price, volatility, index }: OptionTrade,
): number {
  const { type, strike, expiry, settlement } = instrument;
  const years = (expiry - instant) / MILLISECONDS_PER_YEAR;
  if (!(index > 0 && volatility > 0 && years > 0)) return NaN;
  const [sign, coin] = [type === 'call' ? 1 : -1, settlement === 'inverse' ? 1 : 0];
  const forward = core.abi.impliedForward(sign, strike, years, volatility, price, coin, index);
  return (forward / index - 1) / years;
}
