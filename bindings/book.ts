import type { Abi } from './abi.js';
import { createBinding, type ExposurePlace, type InstrumentPlace } from './binding.js';
import { Chain } from './chain.js';
import {
  requireList,
  requireFields,
  requireFinite,
  requireInteger,
  requireObject,
  requireOwn,
  requireWord,
  shown,
} from './checks.js';
import { Owner, taken, View } from './memory.js';
import type { OptionType } from './option.js';
import { SmileFollower } from './smile.js';
import { Scan, type ScanRequest } from './scan.js';
import {
  type Order,
  recordOf,
  type Sensitivity,
  sensitivitiesOf,
  type SensitivityOf,
} from './sensitivity.js';

/** What every position has. Its size, in units of the underlying, is `quantity` x `multiplier`; negative is short. */
export interface Holding {
  /** Contracts held, negative for a short position. */
  quantity: number;
  /** Units of the underlying per contract; 1 where absent. */
  multiplier?: number;
}

/** A holding of a call or put. */
export interface OptionPosition extends Holding {
  /** 'option' where absent. */
  kind?: 'option';
  /** Index of the expiry in the chain. */
  expiry: number;
  /** A strike of that expiry, in quote currency. */
  strike: number;
  /** Call or put. */
  type: OptionType;
}

/** A holding of the future that expires with an expiry's options. */
export interface FuturePosition extends Holding {
  /** Tells it from options. */
  kind: 'future';
  /** Index of the expiry in the chain. */
  expiry: number;
}

/** A holding of the perpetual future. */
export interface PerpetualPosition extends Holding {
  /** Tells it from options. */
  kind: 'perpetual';
  /** An underlying of the chain. */
  underlying: string;
}

/** A holding of the underlying itself. */
export interface SpotPosition extends Holding {
  /** Tells it from options. */
  kind: 'spot';
  /** An underlying of the chain. */
  underlying: string;
}

/** A holding. */
export type Position = OptionPosition | FuturePosition | PerpetualPosition | SpotPosition;

/** A position as far as it says what is held: quantity and multiplier may be there and are not looked at. */
export type ChainInstrument = Position extends infer P
  ? P extends Position
    ? Omit<P, 'quantity'> & {
        /** Not looked at. */
        quantity?: number;
      }
    : never
  : never;

/** How exposures are measured. */
export interface ExposureOptions {
  /** 'quote' (default), or 'coin': value / forward, every sensitivity the derivative of that. */
  currency?: 'quote' | 'coin';
  /** 'premium-adjusted' takes for delta the plain delta less the value in coin, in units of the underlying. */
  delta?: 'plain' | 'premium-adjusted';
  /**
   * Follower of the book's chain, as of its last tick: what its smile's motion makes of delta is in delta then, the
   * skew delta. Absent: volatilities stand as the forward moves, and delta is Black's.
   */
  smile?: SmileFollower;
}

const exposureNames: ReadonlySet<string> = new Set(['currency', 'delta', 'smile', 'underlying']);

/** An exposure of a book: in total, or of one expiry. */
export interface ExposureRow {
  /** Which, of the chain's order; in quote currency, delta plain. */
  sensitivity: Sensitivity;
  /** Index of an expiry, whose own forward it is then against; the total of the underlying where absent. */
  expiry?: number;
  /** The underlying of a total; needed where the chain has several. */
  underlying?: string;
  /** Factor of the exposure, 1 where absent. */
  scale?: number;
}

/**
 * Profit and loss in quote currency, and what made it: the parts and the rest add up to the total. On a chain of
 * order 1 vanna and volga are 0 and in the rest.
 */
export interface Explained {
  /** What the positions made. */
  readonly total: number;
  /** By moves of the forwards, and all that futures, perpetuals and spot made. */
  readonly delta: number;
  /** By their squares. */
  readonly gamma: number;
  /** By moves of volatility. */
  readonly vega: number;
  /** By the time that passed. */
  readonly theta: number;
  /** By moves of the rate. */
  readonly rho: number;
  /** By moves of forward and volatility together. */
  readonly vanna: number;
  /** By squares of moves of volatility. */
  readonly volga: number;
  /** What is left unexplained: third order and other cross terms. */
  readonly rest: number;
}

/** A book's positions and its chain's marks at one moment, for {@link Book.explain}. Owns memory until disposed. */
export class Snapshot extends Owner {
  readonly #abi: Abi;
  /** @internal */
  readonly at: number;
  /** @internal */
  readonly book: object;

  /** @internal */
  constructor(abi: Abi, at: number, book: object) {
    super('snapshot');
    this.#abi = abi;
    this.at = taken(at, 'snapshot');
    this.book = book;
  }

  /** @internal For the book. */
  override guard(): void {
    super.guard();
  }

  protected override release(): void {
    this.#abi.give(this.at);
  }
}

/** The linear map from trades to exposures. */
export interface SensitivityMap {
  /** Exposure k of one unit of instrument i, `[i * rows + k]`. */
  readonly sensitivity: Float64Array;
  /** Exposures of the book, one per row. */
  readonly exposure: Float64Array;
}

/** Chains of every order. */
type AnyChain = Chain | Chain<2> | Chain<3>;

/**
 * Positions on a chain and their exposures since its last tick. Futures and perpetuals are marked to market (value 0,
 * delta 1 a unit); spot is worth its underlying. An expiry at 0 years is over: its options have their intrinsic value
 * and no sensitivities.
 */
export class Book<O extends Order = Order> extends Owner {
  readonly #abi: Abi;
  readonly #chain: AnyChain;
  /** @internal */
  readonly at: number;
  readonly #underlyings: readonly string[];
  readonly #names: readonly Sensitivity[];
  readonly #exposures: readonly View<'f64'>[];
  readonly #totals: readonly View<'f64'>[];
  readonly #multipliers: number[] = [];
  /** The cell of every position. @internal */
  readonly cells: number[] = [];

  /** @internal */
  constructor(abi: Abi, chain: AnyChain, positions: readonly Position[]) {
    super('book');
    requireOwn('chain', chain, Chain, abi);
    requireList('positions', positions);
    this.#abi = abi;
    this.#chain = chain;
    this.#underlyings = [...new Set(chain.expiries.map(({ underlying }) => underlying))];
    const cells = positions.map((position, i) => this.#cellOf(`positions[${i}]`, position));
    const at = taken(abi.bookCreate(chain.at, this.#underlyings.length), 'book');
    this.at = at;
    new View(abi, 'u32', abi.bookUnderlying(at), chain.expiries.length).array.set(
      chain.expiries.map(({ underlying }) => this.#underlyings.indexOf(underlying)),
    );
    this.#names = sensitivitiesOf(chain.order);
    this.#exposures = this.#names.map(
      (_, s) => new View(abi, 'f64', abi.bookExposure(at, s), chain.expiries.length),
    );
    this.#totals = this.#underlyings.map(
      (_, u) => new View(abi, 'f64', abi.bookTotal(at, u), this.#names.length),
    );
    try {
      positions.forEach((position, i) => this.#add(cells[i], position));
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** How many positions there are. */
  get length(): number {
    return this.#multipliers.length;
  }

  /** Names of the chain's underlyings, in the order of their first expiries. */
  get underlyings(): readonly string[] {
    return this.#underlyings;
  }

  /**
   * The book's net sensitivities, those of the chain's order, in the units of {@link Sensitivity}.
   *
   * Totals over expiries take the underlying's forwards F to move by one ratio: each is the derivative in the forward f
   * of the nearest expiry that is not over, d/df = F/f d/dF. Perpetuals and spot count as f.
   * @throws RangeError where the chain has several underlyings and none is named, since their deltas do not add, or the
   * smile's follower is of another chain
   */
  exposure(options: ExposureOptions & { underlying?: string } = {}): Record<SensitivityOf<O>, number> {
    this.#expose(options);
    const totals = this.#totals[this.#underlying('options.underlying', options.underlying)].array;
    return recordOf(this.#chain.order, totals);
  }

  /**
   * Net sensitivities by expiry, each against its own forward: fresh arrays, one element per expiry of the chain.
   * Perpetuals and spot have no expiry and are not in them.
   * @throws RangeError where the smile's follower is of another chain
   */
  exposureByExpiry(options: ExposureOptions = {}): Record<SensitivityOf<O>, Float64Array> {
    this.#expose(options);
    const record = {} as Record<Sensitivity, Float64Array>;
    this.#names.forEach((name, s) => (record[name] = this.#exposures[s].array.slice()));
    return record;
  }

  /**
   * Adds a position, a fill say.
   * @returns its index
   * @throws TypeError or RangeError where it is none of the chain's instruments; nothing has changed then
   */
  add(position: Position): number {
    this.guard();
    return this.#add(this.#cellOf('position', position), position);
  }

  /**
   * Changes the quantity of a position.
   * @throws RangeError where there is no such position or the quantity is not finite
   */
  setQuantity(position: number, quantity: number): void {
    this.guard();
    requireInteger('position', position, 0, this.length - 1);
    const size = requireFinite('quantity', quantity) * this.#multipliers[position];
    this.#abi.bookResize(this.at, position, requireFinite('quantity x multiplier', size));
  }

  /**
   * Keeps the positions and the chain's marks as they stand.
   * @throws RangeError where memory is exhausted
   */
  snapshot(): Snapshot {
    this.guard();
    return new Snapshot(this.#abi, this.#abi.snapshotCreate(this.at), this);
  }

  /**
   * Profit and loss of the positions held at a snapshot, to the chain's last tick: by the Greeks of that moment and the
   * moves since of each expiry's forward, volatility, time and rate, to second order in forward and volatility.
   * Positions that were or are unpriced are left out.
   * @throws RangeError where the snapshot is of another book
   */
  explain(before: Snapshot): Explained {
    this.guard();
    if (!(before instanceof Snapshot)) throw new TypeError(`before must be a snapshot, got ${shown(before)}`);
    before.guard();
    if (before.book !== this) throw new RangeError('before must be a snapshot of this book');
    const parts = new Float64Array(this.#abi.memory.buffer, this.#abi.snapshotExplain(before.at) >>> 0, 9);
    const [total, delta, gamma, vega, theta, rho, vanna, volga, rest] = parts;
    return { total, delta, gamma, vega, theta, rho, vanna, volga, rest };
  }

  /**
   * What the book makes in scenarios, every option revalued in full: a grid of spot x volatility x time, or a list.
   * @returns the scan, run once: it can run again after every tick, and is to be disposed
   * @throws TypeError or RangeError that names the field, the index and the value: a spot move of -1 or less say
   */
  scan(request: ScanRequest): Scan<O> {
    return new Scan<O>(this.#abi, this, this.#chain.order as O, request);
  }

  /** Indexes of positions on rows that are NaN: they are left out of the exposures. */
  get unpriced(): readonly number[] {
    this.guard();
    return [...this.#multipliers.keys()].filter((i) => this.#abi.bookIsPriced(this.at, i) === 0);
  }

  #expose(options: ExposureOptions): void {
    this.guard();
    requireFields('options', options, exposureNames);
    const { currency = 'quote', delta = 'plain', smile } = options;
    const coin = requireWord('options.currency', currency, ['quote', 'coin']) === 'coin';
    const adjusted =
      requireWord('options.delta', delta, ['plain', 'premium-adjusted']) === 'premium-adjusted';
    if (smile !== undefined && !(smile instanceof SmileFollower)) {
      throw new TypeError(`options.smile must be a smile's follower, got ${shown(smile)}`);
    }
    const follower = smile?.requireOn(this.#chain);
    this.#abi.bookExpose(this.at, coin ? 1 : 0, adjusted ? 1 : 0);
    if (follower !== undefined) this.#abi.followerExpose(follower, this.at, coin ? 1 : 0);
  }

  #underlying(name: string, underlying: string | undefined): number {
    if (underlying === undefined && this.#underlyings.length === 1) return 0;
    const known = this.#underlyings.map(shown).join(', ');
    if (underlying === undefined)
      throw new RangeError(`${name} must name one of ${known}: their deltas do not add`);
    const index = this.#underlyings.indexOf(underlying);
    if (index >= 0) return index;
    throw new RangeError(`${name} must be one of ${known}, got ${shown(underlying)}`);
  }

  #cellOf(name: string, position: Position): number {
    const { cell } = this.locate(name, position);
    requireFinite(`${name}.quantity`, position.quantity);
    requireFinite(`${name}.multiplier`, position.multiplier ?? 1);
    requireFinite(`${name}.quantity x multiplier`, position.quantity * (position.multiplier ?? 1));
    return cell;
  }

  #add(cell: number, { quantity, multiplier = 1 }: Position): number {
    const index = this.#abi.bookAdd(this.at, cell, quantity * multiplier);
    if (index < 0) taken(0, 'position');
    this.#multipliers.push(multiplier);
    this.cells.push(cell);
    return index;
  }

  /**
   * Where a position stands in the module.
   * @internal
   */
  locate(name: string, position: ChainInstrument): InstrumentPlace {
    requireObject(name, position);
    const chain = this.#chain;
    const rows = chain.length;
    requireWord(`${name}.kind`, position.kind ?? 'option', ['option', 'future', 'perpetual', 'spot']);
    if (position.kind === 'perpetual' || position.kind === 'spot') {
      const place = chain.expiries.length + this.#underlying(`${name}.underlying`, position.underlying);
      const cell = 2 * rows + place;
      return { cell: position.kind === 'perpetual' ? cell : cell + this.#underlyings.length, place };
    }
    const place = chain.requireExpiry(`${name}.expiry`, position.expiry);
    if (position.kind === 'future') return { cell: 2 * rows + place, place };
    requireWord(`${name}.type`, position.type, ['call', 'put']);
    const row = chain.index(place, requireFinite(`${name}.strike`, position.strike));
    if (row < 0) {
      throw new RangeError(`${name}.strike must be one of expiry ${place}, got ${position.strike}`);
    }
    return { cell: position.type === 'call' ? row : rows + row, place };
  }

  /**
   * Where an exposure stands in the module.
   * @internal
   */
  locateExposure(name: string, row: ExposureRow): ExposurePlace {
    requireObject(name, row);
    const { sensitivity, expiry, underlying, scale = 1 } = row;
    requireWord(`${name}.sensitivity`, sensitivity, this.#names);
    requireFinite(`${name}.scale`, scale);
    const s = this.#names.indexOf(sensitivity);
    if (expiry === undefined) {
      return {
        sensitivity: s,
        expiry: -1,
        underlying: this.#underlying(`${name}.underlying`, underlying),
        scale,
      };
    }
    const index = this.#chain.requireExpiry(`${name}.expiry`, expiry);
    return { sensitivity: s, expiry: index, underlying: 0, scale };
  }

  /** @internal */
  get chain(): AnyChain {
    this.guard();
    return this.#chain;
  }

  /**
   * The linear map of a hedge, as of the chain's last tick: what a {@link Hedger} that is bound to the book reads
   * inside WebAssembly, for problems that add rows of their own (scenarios, cash, margin) to it.
   * @param instruments - what may be traded, in the chain's units
   * @param rows - what is watched, 1 to 256
   * @returns fresh arrays as `HedgeProblem` takes them
   * @throws TypeError or RangeError that names the instrument or row, the field and the value
   */
  sensitivities(instruments: readonly ChainInstrument[], rows: readonly ExposureRow[]): SensitivityMap {
    this.guard();
    requireList('instruments', instruments);
    requireList('rows', rows);
    const [n, m] = [instruments.length, rows.length];
    requireInteger('rows.length', m, 1, 256);
    const places = instruments.map((position, i) => this.locate(`instruments[${i}]`, position));
    const exposures = rows.map((row, k) => this.locateExposure(`rows[${k}]`, row));
    const abi = this.#abi;
    const binding = createBinding(abi, 'map', places, exposures);
    const at = abi.take(8 * (n + 1) * m);
    try {
      taken(at, 'map');
      const exposureAt = at + 8 * n * m;
      const bad = abi.bindingRead(binding, this.at, at, exposureAt);
      if (bad >= n) throw new RangeError(`rows[${bad - n}]: the book's exposure is not finite or above 1e30`);
      if (bad >= 0)
        throw new RangeError(
          `instruments[${bad}] has no price: its row of the chain is not finite or above 1e30`,
        );
      return {
        sensitivity: new View(abi, 'f64', at, n * m).array.slice(),
        exposure: new View(abi, 'f64', exposureAt, m).array.slice(),
      };
    } finally {
      abi.give(binding);
      if (at !== 0) abi.give(at);
    }
  }

  /**
   * Which underlying a name means, and whether all its expiries settle in coin.
   * @internal
   */
  locateUnderlying(name: string, underlying: string | undefined): { index: number; isInverse: boolean } {
    const index = this.#underlying(name, underlying);
    const expiries = this.#chain.expiries.filter((expiry) => expiry.underlying === this.#underlyings[index]);
    return { index, isInverse: expiries.every(({ settlement }) => settlement === 'inverse') };
  }

  /** @internal Whether it stands in a core's memory. */
  isOf(abi: Abi): boolean {
    return abi === this.#abi;
  }

  /** @internal For what stands on the book. */
  override guard(): void {
    super.guard();
    this.#chain.guard();
  }

  protected override release(): void {
    this.#abi.bookGive(this.at);
  }
}
