import { readChunks, type TextSource } from './chunks.js';
import {
  isTrade,
  type OptionTrade,
  type TapeRow,
  TRADE_STATUS,
  TradeReader,
  type TradeStatus,
} from './trades.js';

/** Trades that were made as one: a single option's, or the legs of a combo or a block. */
export interface TradeEvent {
  /** When, milliseconds since 1970-01-01T00:00Z. */
  readonly instant: number;
  /** A block was agreed off the order book; a combo has an order book of its own. A block may be one of a combo. */
  readonly kind: 'single' | 'combo' | 'block';
  /** The block's id, the combo's trade, or the trade's own; '' where the tape has none. */
  readonly id: string;
  /** The combo, `BTC-STRD-27MAY25-110000`; '' for none. */
  readonly combo: string;
  /** Its legs, by number of the trade. */
  readonly trades: readonly OptionTrade[];
  /** Whether it has the legs that the exchange counts; false where some are futures or on another tape. */
  readonly isComplete: boolean;
}

/** How to put a tape in order. */
export interface TapeOptions {
  /**
   * How much later than a younger trade one may come and still be put in its place, in milliseconds; later ones are
   * left out and counted. 60,000 where absent; Infinity holds the whole tape back until its end.
   */
  readonly window?: number;
  /** Most trades held back; beyond it the older half goes out before its time. 250,000 where absent. */
  readonly limit?: number;
}

/** What a tape was like so far. */
export interface TapeCounts {
  /** Rows after the header. */
  readonly rows: number;
  /** Rows of each status. */
  readonly status: Readonly<Record<TradeStatus, number>>;
  /** Trades that came in events. */
  readonly trades: number;
  /** Trades whose id had come before within the window: left out. */
  readonly duplicate: number;
  /** Trades that came after younger ones. */
  readonly outOfOrder: number;
  /** How much after, in milliseconds, at the most: a window of as much leaves nothing out. */
  readonly disorder: number;
  /** Trades that came later than the window allows: left out. */
  readonly late: number;
  /** How often `limit` let trades out before their time. */
  readonly forced: number;
  /** Events. */
  readonly events: number;
  /** Blocks without all their legs. */
  readonly incomplete: number;
}

const WINDOW = 60_000;
const LIMIT = 250_000;
/** As many more trades than were left the last time are held before it is looked for those that may go. */
const SLACK = 1024;

/** What the sequence itself writes. */
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Puts trades in order and together: by instant, then by number, each once, legs of one block or combo as one event.
 * What comes out depends on the trades alone: not on their order within the window, nor on when `take` is called.
 */
export class TradeSequence {
  readonly #window: number;
  readonly #limit: number;
  #held: OptionTrade[] = [];
  #least: number;
  /** Instant of the youngest trade. */
  #latest = -Infinity;
  /** Trades from before are late. */
  #floor = -Infinity;
  /** Ids that went out, with their instants, as far back as the window. */
  readonly #ids = new Map<string, number>();
  readonly #counts: Mutable<Omit<TapeCounts, 'status'>> & { readonly status: Record<TradeStatus, number> };

  /** @throws TypeError or RangeError that names the option and the value */
  constructor({ window = WINDOW, limit = LIMIT }: TapeOptions = {}) {
    if (typeof window !== 'number')
      throw new TypeError(`options.window must be a number, got ${String(window)}`);
    if (!(window >= 0)) throw new RangeError(`options.window must be at least 0, got ${window}`);
    if (!Number.isInteger(limit) || limit < 2) {
      throw new RangeError(`options.limit must be a whole number from 2, got ${limit}`);
    }
    this.#window = window;
    this.#limit = limit;
    this.#least = Math.min(SLACK, limit);
    const statuses = Object.keys(TRADE_STATUS).map((status) => [status, 0]);
    this.#counts = {
      rows: 0,
      status: Object.fromEntries(statuses) as Record<TradeStatus, number>,
      trades: 0,
      duplicate: 0,
      outOfOrder: 0,
      disorder: 0,
      late: 0,
      forced: 0,
      events: 0,
      incomplete: 0,
    };
  }

  /** What came so far: live. */
  get counts(): TapeCounts {
    return this.#counts;
  }

  /** Trades held back now. */
  get held(): number {
    return this.#held.length;
  }

  /**
   * Takes a row.
   * @returns the events that are now in order: often none, since they are looked for when enough has come
   */
  add(row: TapeRow): TradeEvent[] {
    const counts = this.#counts;
    counts.rows++;
    counts.status[row.status]++;
    if (!isTrade(row)) return [];
    const { instant } = row;
    if (instant < this.#latest) {
      counts.outOfOrder++;
      counts.disorder = Math.max(counts.disorder, this.#latest - instant);
    }
    this.#latest = Math.max(this.#latest, instant);
    this.#floor = Math.max(this.#floor, this.#latest - this.#window);
    if (instant < this.#floor) {
      counts.late++;
      return [];
    }
    this.#held.push(row);
    if (this.#held.length <= this.#least) return [];
    const events = this.take();
    return this.#held.length > this.#limit ? [...events, ...this.#force()] : events;
  }

  /** The events that are in order now: those that no trade inside the window can come before. */
  take(): TradeEvent[] {
    return this.#release(this.#floor);
  }

  /** All that is left, when the last row has come. */
  end(): TradeEvent[] {
    return this.#release(Infinity);
  }

  /** Lets the older half go. */
  #force(): TradeEvent[] {
    this.#counts.forced++;
    const instants = this.#held.map(({ instant }) => instant).sort((a, b) => a - b);
    this.#floor = Math.max(this.#floor, instants[instants.length >> 1] + 1);
    return this.take();
  }

  #release(floor: number): TradeEvent[] {
    const going = this.#held.filter(({ instant }) => instant < floor).sort(compareTrades);
    if (going.length > 0) this.#held = this.#held.filter(({ instant }) => instant >= floor);
    this.#least = Math.min(2 * this.#held.length + SLACK, this.#limit);
    const events = new Map<string, OptionTrade[]>();
    going.forEach((trade, i) => {
      if (this.#isRepeated(trade)) {
        this.#counts.duplicate++;
        return;
      }
      const key = `${trade.instant} ${groupOf(trade) ?? `trade ${i}`}`;
      const legs = events.get(key);
      if (legs) legs.push(trade);
      else events.set(key, [trade]);
    });
    if (Number.isFinite(this.#window)) {
      // in the order of instants: the first that is young enough ends the search
      for (const [id, instant] of this.#ids) {
        if (instant >= this.#floor - this.#window) break;
        this.#ids.delete(id);
      }
    }
    return [...events.values()].map((legs) => this.#eventOf(legs));
  }

  #isRepeated({ id, instant }: OptionTrade): boolean {
    if (id === '') return false;
    const before = this.#ids.get(id);
    if (before !== undefined && before >= instant - this.#window) return true;
    this.#ids.delete(id);
    this.#ids.set(id, instant);
    return false;
  }

  #eventOf(trades: readonly OptionTrade[]): TradeEvent {
    const [{ instant, id, block, combo, comboTrade, blockLegs }] = trades;
    const kind = block !== '' ? 'block' : combo !== '' || comboTrade !== '' ? 'combo' : 'single';
    const legs = new Set(trades.map(({ name }) => name)).size;
    const isComplete = kind === 'block' ? !(legs < blockLegs) : kind === 'single' || legs > 1;
    const counts = this.#counts;
    counts.events++;
    counts.trades += trades.length;
    if (!isComplete) counts.incomplete++;
    return { instant, kind, id: block || comboTrade || id, combo, trades, isComplete };
  }
}

/** What a trade is a leg of; undefined where it stands alone. */
function groupOf({ block, combo, comboTrade }: OptionTrade): string | undefined {
  if (block !== '') return `block ${block}`;
  if (comboTrade !== '') return `combo ${comboTrade}`;
  return combo === '' ? undefined : `combo ${combo}`;
}

/** By instant, then by the exchange's number, then by all else that a trade says: trades that differ have an order. */
function compareTrades(a: OptionTrade, b: OptionTrade): number {
  return (
    a.instant - b.instant ||
    a.id.length - b.id.length ||
    compareTexts(a.id, b.id) ||
    compareTexts(said(a), said(b))
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function said(trade: OptionTrade): string {
  const { name, direction, price, amount, volatility, mark, index, block, blockLegs, combo, comboTrade } =
    trade;
  return [
    name,
    direction,
    price,
    amount,
    volatility,
    mark,
    index,
    block,
    blockLegs,
    combo,
    comboTrade,
  ].join();
}

/**
 * A tape of option trades as a stream of events, in order: `for await (const event of tradeTape(file.stream()))`. It
 * holds a piece of the source and the window's trades; an event goes out when the window has passed it.
 */
export class TradeTape implements AsyncIterable<TradeEvent> {
  readonly #source: TextSource;
  readonly #sequence: TradeSequence;
  #isRead = false;

  /** @internal */
  constructor(source: TextSource, options: TapeOptions) {
    this.#source = source;
    this.#sequence = new TradeSequence(options);
  }

  /** What the tape was like so far: live. */
  get counts(): TapeCounts {
    return this.#sequence.counts;
  }

  /** Trades held back now. */
  get held(): number {
    return this.#sequence.held;
  }

  /** The events. @throws Error where they have been asked for before: a source is read once */
  async *[Symbol.asyncIterator](): AsyncGenerator<TradeEvent, void, void> {
    if (this.#isRead) throw new Error('the tape has been read: make another of the source');
    this.#isRead = true;
    const reader = new TradeReader();
    const sequence = this.#sequence;
    for await (const chunk of readChunks(this.#source)) {
      for (const row of reader.read(chunk)) yield* sequence.add(row);
      yield* sequence.take();
    }
    for (const row of reader.end()) yield* sequence.add(row);
    yield* sequence.end();
  }
}

/**
 * Opens a tape of option trades: CSV as the exchange's page exports it, or its API's fields by name.
 *
 * @param source - in pieces cut anywhere: strings, bytes, a file's stream
 * @throws TypeError or RangeError that names the option; reading throws ReadError where the header lacks a column
 */
export function tradeTape(source: TextSource, options: TapeOptions = {}): TradeTape {
  return new TradeTape(source, options);
}
