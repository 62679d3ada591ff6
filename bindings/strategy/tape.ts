import type { Position } from '../book.js';
import type { ExpirySpec } from '../chain.js';
import type { Core } from '../core.js';
import type { OptionTrade, TradeEvent } from '../deribit/index.js';
import { MILLISECONDS_PER_YEAR } from '../time.js';
import { recogniseStructures, type RecognisedStructure } from './recognition.js';

/** What a tape's trades of one kind come to. */
export interface TradedVolume {
  /** Trades: one per leg and fill. */
  readonly trades: number;
  /** Units of the underlying. */
  readonly amount: number;
  /** Their worth: amount x index price, in quote currency; trades without an index price are left out. */
  readonly notional: number;
  /** Paid for them, in quote currency, likewise. */
  readonly premium: number;
}

/** Volumes of a tape, or of one of its expiries. */
export interface TapeVolumes extends TradedVolume {
  /** Of calls. */
  readonly calls: TradedVolume;
  /** Of puts. */
  readonly puts: TradedVolume;
  /** Of trades that took by buying. */
  readonly bought: TradedVolume;
  /** Of blocks, those of combos with them. */
  readonly blocks: TradedVolume;
  /** Of combos that are no blocks. */
  readonly combos: TradedVolume;
}

/** What a tape says of one expiry. */
export interface TapeExpiry extends TapeVolumes {
  /** `BTC`. */
  readonly underlying: string;
  /** `27MAR26`. */
  readonly label: string;
  /** When it is over, milliseconds since 1970. */
  readonly instant: number;
  /** Strikes that traded, ascending, in quote currency. */
  readonly strikes: readonly number[];
}

/** A structure that was traded, over the whole tape. */
export interface TradedStructure {
  /** Which. */
  readonly name: RecognisedStructure['name'];
  /** Events in which it was. */
  readonly count: number;
  /** Of them, blocks. */
  readonly blocks: number;
  /** Structures bought, in units of the underlying. */
  readonly bought: number;
  /** Structures sold. */
  readonly sold: number;
}

/** An event of several legs, and what they make. */
export interface RecognisedEvent {
  /** The event. */
  readonly event: TradeEvent;
  /** What its legs make, the most specific first; indexes of expiries are the event's, nearest first. */
  readonly structures: readonly RecognisedStructure[];
}

/** What a tape holds. */
export interface TapeReport extends TapeVolumes {
  /** Instant of the first event; NaN without one. */
  readonly from: number;
  /** Instant of the last. */
  readonly to: number;
  /** Events: a structure of several legs is one. */
  readonly events: number;
  /** Part of the amount that traded in blocks, 0 to 1; NaN without trades. */
  readonly blockShare: number;
  /** By underlying, then by time. */
  readonly expiries: readonly TapeExpiry[];
  /** Structures of combos and blocks, the most frequent first. */
  readonly structures: readonly TradedStructure[];
}

const volumeKinds = ['calls', 'puts', 'bought', 'blocks', 'combos'] as const;
type Volume = { -readonly [K in keyof TradedVolume]: TradedVolume[K] };

/** Adds up trades. */
class Volumes {
  readonly whole: Volume = noVolume();
  readonly parts = Object.fromEntries(volumeKinds.map((kind) => [kind, noVolume()])) as Record<
    (typeof volumeKinds)[number],
    Volume
  >;

  add(trade: OptionTrade, { kind }: TradeEvent): void {
    const { parts } = this;
    addTo(this.whole, trade);
    addTo(trade.instrument.type === 'call' ? parts.calls : parts.puts, trade);
    if (trade.direction === 'buy') addTo(parts.bought, trade);
    if (kind === 'block') addTo(parts.blocks, trade);
    else if (kind === 'combo') addTo(parts.combos, trade);
  }

  get report(): TapeVolumes {
    return structuredClone({ ...this.whole, ...this.parts });
  }
}

function noVolume(): Volume {
  return { trades: 0, amount: 0, notional: 0, premium: 0 };
}

function addTo(volume: Volume, { amount, index, price, instrument }: OptionTrade): void {
  volume.trades++;
  volume.amount += amount;
  if (Number.isNaN(index)) return;
  volume.notional += amount * index;
  volume.premium += amount * price * (instrument.settlement === 'inverse' ? index : 1);
}

/** What is kept of an expiry. */
interface ExpiryTally {
  readonly trade: OptionTrade;
  readonly volumes: Volumes;
  readonly strikes: Set<number>;
}

/** Adds up a tape, event by event: what it keeps grows with the instruments that traded, not with the trades. */
export class TapeSummary {
  readonly #core: Core;
  readonly #volumes = new Volumes();
  readonly #expiries = new Map<string, ExpiryTally>();
  readonly #structures = new Map<string, { -readonly [K in keyof TradedStructure]: TradedStructure[K] }>();
  #from = NaN;
  #to = NaN;
  #events = 0;

  /** @param core - makes the small chains that structures are recognised on */
  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Takes an event.
   * @returns what its legs make; undefined where it has one
   */
  add(event: TradeEvent): RecognisedEvent | undefined {
    this.#events++;
    if (Number.isNaN(this.#from)) this.#from = event.instant;
    this.#to = event.instant;
    for (const trade of event.trades) {
      this.#volumes.add(trade, event);
      const tally = this.#tallyOf(trade);
      tally.volumes.add(trade, event);
      tally.strikes.add(trade.instrument.strike);
    }
    if (event.kind === 'single') return undefined;
    const structures = recogniseEvent(this.#core, event);
    if (new Set(event.trades.map(({ name }) => name)).size < 2) return undefined;
    const names = new Set<string>();
    for (const { name, quantity } of structures) {
      const found = this.#structures.get(name) ?? { name, count: 0, blocks: 0, bought: 0, sold: 0 };
      this.#structures.set(name, found);
      if (!names.has(name)) {
        found.count++;
        if (event.kind === 'block') found.blocks++;
      }
      names.add(name);
      if (quantity > 0) found.bought += quantity;
      else found.sold -= quantity;
    }
    return { event, structures };
  }

  /** All so far: a copy. */
  get report(): TapeReport {
    const volumes = this.#volumes.report;
    const expiries = [...this.#expiries.values()].map(({ trade, volumes: own, strikes }): TapeExpiry => {
      const { underlying, label, expiry } = trade.instrument;
      const ascending = [...strikes].sort((a, b) => a - b);
      return { underlying, label, instant: expiry, strikes: ascending, ...own.report };
    });
    return {
      from: this.#from,
      to: this.#to,
      events: this.#events,
      ...volumes,
      blockShare: volumes.blocks.amount / volumes.amount,
      expiries: expiries.sort((a, b) => compare(a.underlying, b.underlying) || a.instant - b.instant),
      structures: [...this.#structures.values()]
        .map((structure) => ({ ...structure }))
        .sort((a, b) => b.count - a.count || compare(a.name, b.name)),
    };
  }

  #tallyOf(trade: OptionTrade): ExpiryTally {
    const { underlying, label } = trade.instrument;
    const key = `${underlying}-${label}`;
    const found = this.#expiries.get(key) ?? { trade, volumes: new Volumes(), strikes: new Set<number>() };
    this.#expiries.set(key, found);
    return found;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * What the legs of an event make: {@link recogniseStructures} of its buys and sells, by the side that took.
 * @param core - makes the small chain that they are recognised on
 * @returns the structures; indexes of expiries are those of the event's own, by underlying and then nearest first
 */
export function recogniseEvent(core: Core, { instant, trades }: TradeEvent): RecognisedStructure[] {
  const instruments = trades.map(({ instrument }) => instrument);
  const expiries = [...new Set(instruments.map(({ underlying, expiry }) => `${underlying} ${expiry}`))].map(
    (key) => instruments.filter(({ underlying, expiry }) => `${underlying} ${expiry}` === key),
  );
  expiries.sort(([a], [b]) => compare(a.underlying, b.underlying) || a.expiry - b.expiry);
  const specs = expiries.map((options): ExpirySpec => {
    const strike = [...new Set(options.map((option) => option.strike))].sort((a, b) => a - b);
    const [{ underlying, label, expiry }] = options;
    const years = (expiry - instant) / MILLISECONDS_PER_YEAR;
    // recognition looks at strikes and times alone: any forward and volatilities do
    return { underlying, label, years, forward: strike[0], strike, volatility: strike.map(() => 1) };
  });
  const chain = core.chain(specs);
  try {
    const positions = trades.map(
      ({ instrument: { strike, type, underlying, expiry }, direction, amount }): Position => {
        const place = expiries.findIndex(
          ([first]) => first.underlying === underlying && first.expiry === expiry,
        );
        return { expiry: place, strike, type, quantity: direction === 'buy' ? amount : -amount };
      },
    );
    return recogniseStructures(chain, positions);
  } finally {
    chain.dispose();
  }
}

/**
 * What a tape holds: volume, the blocks' part in it, the structures that traded in combos and blocks, by expiry.
 * @param core - makes the small chains that structures are recognised on
 * @param events - of `tradeTape`, in their order
 */
export async function summariseTape(
  core: Core,
  events: Iterable<TradeEvent> | AsyncIterable<TradeEvent>,
): Promise<TapeReport> {
  const summary = new TapeSummary(core);
  for await (const event of events) summary.add(event);
  return summary.report;
}
