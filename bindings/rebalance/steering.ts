import type { FullAbi } from '../abi.js';
import { createBinding } from '../binding.js';
import type { Book } from '../book.js';
import {
  requireFinite,
  requireInteger,
  requireList,
  requireNotNegative,
  requireObject,
  shown,
} from '../checks.js';
import { type Hedge, Hedger } from '../hedger.js';
import { Owner, taken, type View } from '../memory.js';
import type { Desk, Tradable } from './desk.js';
import { partViews } from './parts.js';
import { requireWatched, type Watched } from './watched.js';

/**
 * An exposure to be reached by a time: a band about the target, as wide at first as the exposure is away from it, and
 * narrowing to nothing at the deadline. What may be left of the gap when a part x of the time is left is
 * sinh(urgency x) / sinh(urgency) of it (Almgren and Chriss 2000, Optimal execution of portfolio transactions): inside
 * the band the solver trades as it pays.
 */
export interface Intent {
  /** Which Greek. */
  sensitivity: Watched;
  /** Of this expiry of the chain alone; of the whole book in the underlying where absent. */
  expiry?: number;
  /** Of this underlying; the rebalancer's where absent. */
  underlying?: string;
  /** Wanted, in raw units. */
  target: number;
  /** When, in milliseconds since 1970, after the rebalancer's start. */
  by: number;
  /** From 0, evenly over the time, to 100, at once: 1 to 5 are usual. */
  urgency: number;
  /** Half-width of the band that is enough at the deadline, at least 0; 0 where absent. */
  tolerance?: number;
  /** Whether the band stays after the deadline; false, for an intent that ends once it is due, where absent. */
  hold?: boolean;
}

/** A move that a venue's margin must bear. */
export interface VenueScenario {
  /** Of the price, relative, above -1. */
  move: number;
  /** Of volatility, per 1.00; 0 where absent. */
  volatility?: number;
}

/**
 * Where instruments trade. Its equity must cover what the holdings traded there lose in each scenario, to second order:
 * of futures and perpetuals that is exact, and two moves of equal size are a margin on their net position.
 */
export interface Venue {
  /** For people. */
  name: string;
  /** Equity there, in quote currency, at least 0: it follows the holdings, their costs and the transfers. */
  equity: number;
  /** 1 to 64. */
  scenarios: readonly VenueScenario[];
}

/** A way to move equity from venue to venue. */
export interface Transfer {
  /** Index of a venue. */
  from: number;
  /** Index of another. */
  to: number;
  /** Most at a step, in quote currency, at least 0. */
  limit: number;
  /** Cost per unit, at least 0; 0 where absent. */
  cost?: number;
}

/** What steers a desk. */
export interface Steers {
  readonly intents: readonly Intent[];
  readonly venues: readonly Venue[];
  readonly transfers: readonly Transfer[];
}

/** What a steering's future depends on: plain data. */
export interface SteeringState {
  /** Equity of every venue, in quote currency. */
  readonly equity: readonly number[];
  /** Of every intent, how far its exposure was at first; -1 before. */
  readonly gap: readonly number[];
  /** Of every intent, when it was taken up, in milliseconds since 1970; after its deadline, one more than that. */
  readonly from: readonly number[];
}

const partNames = [
  'target',
  'from',
  'by',
  'urgency',
  'tolerance',
  'hold',
  'gap',
  'scenarioVenue',
  'move',
  'volatility',
  'transferFrom',
  'transferTo',
  'transferLimit',
  'transferCost',
  'equity',
  'lastMark',
  'lastHolding',
  'sensitivity',
  'exposure',
  'problemTarget',
  'weight',
  'lower',
  'upper',
  'linear',
  'sellLimit',
  'buyLimit',
  'bidSize',
  'bidCost',
  'askSize',
  'askCost',
] as const;
type Part = (typeof partNames)[number];

const MOST_URGENCY = 100;
/** Rows that a hedger takes. */
const MOST_ROWS = 256;

/** @throws TypeError or RangeError that names the intent's field and the value */
export function requireIntents(name: string, intents: readonly Intent[]): readonly Intent[] {
  requireList(name, intents);
  [...intents].forEach((intent, k) => {
    const label = `${name}[${k}]`;
    requireObject(label, intent);
    requireWatched(`${label}.sensitivity`, intent.sensitivity);
    requireFinite(`${label}.target`, intent.target);
    requireFinite(`${label}.by`, intent.by);
    const urgency = requireFinite(`${label}.urgency`, intent.urgency);
    if (!(urgency >= 0 && urgency <= MOST_URGENCY)) {
      throw new RangeError(`${label}.urgency must be in [0, ${MOST_URGENCY}], got ${urgency}`);
    }
    requireNotNegative(`${label}.tolerance`, intent.tolerance ?? 0);
    const { hold = false } = intent as { hold?: unknown };
    if (typeof hold !== 'boolean') throw new TypeError(`${label}.hold must be a boolean, got ${shown(hold)}`);
  });
  return intents;
}

/** @throws TypeError or RangeError that names the venue's or transfer's field and the value */
export function requireVenues(
  venues: readonly Venue[],
  transfers: readonly Transfer[],
  instruments: readonly Tradable[],
): void {
  requireList('options.venues', venues);
  requireList('options.transfers', transfers);
  [...venues].forEach((venue, v) => {
    const name = `options.venues[${v}]`;
    requireObject(name, venue);
    requireNotNegative(`${name}.equity`, venue.equity);
    requireList(`${name}.scenarios`, venue.scenarios);
    requireInteger(`${name}.scenarios.length`, venue.scenarios.length, 1, 64);
    [...venue.scenarios].forEach((scenario, s) => {
      requireObject(`${name}.scenarios[${s}]`, scenario);
      const { move, volatility = 0 } = scenario;
      if (!(requireFinite(`${name}.scenarios[${s}].move`, move) > -1)) {
        throw new RangeError(`${name}.scenarios[${s}].move must be above -1, got ${move}`);
      }
      requireFinite(`${name}.scenarios[${s}].volatility`, volatility);
    });
    if (!instruments.some((instrument) => instrument.venue === v)) {
      throw new RangeError(`${name} has no instrument: none has venue ${v}`);
    }
  });
  [...transfers].forEach((transfer, t) => {
    const name = `options.transfers[${t}]`;
    requireObject(name, transfer);
    requireInteger(`${name}.from`, transfer.from, 0, venues.length - 1);
    requireInteger(`${name}.to`, transfer.to, 0, venues.length - 1);
    if (transfer.from === transfer.to) {
      throw new RangeError(`${name}.to must be another venue than from, got ${transfer.to}`);
    }
    requireNotNegative(`${name}.limit`, transfer.limit);
    requireNotNegative(`${name}.cost`, transfer.cost ?? 0);
  });
}

/** The hedge problem of a desk with intents, venues and transfers; its numbers are made in the module. */
export class Steering extends Owner {
  readonly #abi: FullAbi;
  readonly #at: number;
  readonly #hedger: Hedger;
  readonly #instruments: number;
  readonly #rows: number;
  readonly #transfers: number;
  readonly #views: Readonly<Record<Part, View<'f64'>>>;

  constructor(
    abi: FullAbi,
    book: Book<2> | Book<3>,
    desk: Desk,
    instruments: readonly Tradable[],
    underlying: string,
    levels: number,
    rows: number,
    instant: number,
    { intents, venues, transfers }: Steers,
  ) {
    super('steering');
    intents.forEach(({ by }, k) => {
      if (!(by > instant)) {
        throw new RangeError(`policy.action.intents[${k}].by must be after the start, ${instant}, got ${by}`);
      }
    });
    const read = intents.map(({ sensitivity, expiry, underlying: own = underlying }, k) =>
      book.locateExposure(
        `policy.action.intents[${k}]`,
        expiry === undefined ? { sensitivity, underlying: own } : { sensitivity, expiry },
      ),
    );
    const places = instruments.map(({ position }, i) =>
      book.locate(`options.instruments[${i}].position`, { ...position, quantity: 0 }),
    );
    const scenarios = venues.flatMap((venue, v) => venue.scenarios.map((scenario) => ({ v, ...scenario })));
    const n = instruments.length;
    const { length: k } = intents;
    const { length: t } = transfers;
    this.#rows = rows + k + scenarios.length;
    if (this.#rows > MOST_ROWS) {
      throw new RangeError(
        `policy.action.intents and options.venues: ${k} intents and ${scenarios.length} scenarios make ` +
          `${this.#rows} rows of the hedge problem, of at most ${MOST_ROWS}`,
      );
    }
    const binding = read.length > 0 ? createBinding(abi, 'steering', places, read) : 0;
    const at = abi.steeringCreate(desk.at, binding, k, venues.length, scenarios.length, t);
    if (at === 0) abi.give(binding);
    this.#at = taken(at, 'steering');
    this.#abi = abi;
    this.#instruments = n;
    this.#transfers = t;
    try {
      this.#hedger = new Hedger(abi, { instruments: n + t, exposures: this.#rows, levels });
    } catch (error) {
      abi.steeringGive(at);
      throw error;
    }
    this.#views = partViews(abi, this.#at, partNames);
    const columns: Partial<Record<Part, readonly number[]>> = {
      target: intents.map(({ target }) => target),
      from: intents.map(() => instant),
      by: intents.map(({ by }) => by),
      urgency: intents.map(({ urgency }) => urgency),
      tolerance: intents.map(({ tolerance = 0 }) => tolerance),
      hold: intents.map(({ hold = false }) => Number(hold)),
      gap: intents.map(() => -1),
      scenarioVenue: scenarios.map(({ v }) => v),
      move: scenarios.map(({ move }) => move),
      volatility: scenarios.map(({ volatility = 0 }) => volatility),
      transferFrom: transfers.map(({ from }) => from),
      transferTo: transfers.map(({ to }) => to),
      transferLimit: transfers.map(({ limit }) => limit),
      transferCost: transfers.map(({ cost = 0 }) => cost),
      equity: venues.map(({ equity }) => equity),
    };
    for (const [name, values] of Object.entries(columns)) this.#views[name as Part].array.set(values);
  }

  #view(part: Part): Float64Array {
    this.guard();
    return this.#views[part].array;
  }

  /** Equity of every venue: a copy. */
  get equity(): Float64Array {
    return this.#view('equity').slice();
  }

  /** Keeps the marks and holdings by which venues are settled. */
  remember(): void {
    this.guard();
    this.#abi.steeringRemember(this.#at);
  }

  /** Settles the venues. @param funding - rate x years */
  settle(funding: number): void {
    this.guard();
    this.#abi.steeringSettle(this.#at, funding);
  }

  /** Books the costs of the desk's fills on their venues. */
  book(): void {
    this.guard();
    this.#abi.steeringBook(this.#at);
  }

  /**
   * Solves the desk's problem, which it has combined, with the targets and weights of its rows, and moves equity.
   * @returns the answer, of the instruments and then the transfers, and what the transfers cost
   */
  solve(
    instant: number,
    spot: number,
    target: Float64Array,
    weight: Float64Array,
  ): { hedge: Hedge; trades: Float64Array; cost: number } {
    this.guard();
    const bad = this.#abi.steeringCompose(this.#at, instant, spot);
    if (bad >= 0) throw new RangeError(`policy.action.intents[${bad}]: the book's exposure is not finite`);
    this.#view('problemTarget').set(target);
    this.#view('weight').set(weight);
    this.#hedger.update({
      sensitivity: this.#view('sensitivity'),
      exposure: this.#view('exposure'),
      target: this.#view('problemTarget'),
      weight: this.#view('weight'),
      lower: this.#view('lower'),
      upper: this.#view('upper'),
      linear: this.#view('linear'),
      sellLimit: this.#view('sellLimit'),
      buyLimit: this.#view('buyLimit'),
      depth: {
        bidSize: this.#view('bidSize'),
        bidCost: this.#view('bidCost'),
        askSize: this.#view('askSize'),
        askCost: this.#view('askCost'),
      },
    });
    const hedge = this.#hedger.solve({ warmStart: false, closest: true });
    const { trades } = hedge;
    const cost =
      this.#transfers === 0
        ? 0
        : this.#abi.steeringTransfer(this.#at, trades.byteOffset + 8 * this.#instruments);
    return { hedge, trades: trades.subarray(0, this.#instruments), cost };
  }

  /** What the future depends on: fresh. */
  save(): SteeringState {
    return {
      equity: [...this.#view('equity')],
      gap: [...this.#view('gap')],
      from: [...this.#view('from')],
    };
  }

  /** Takes up a state whose shape is right; after the desk has. */
  restore({ equity, gap, from }: SteeringState): void {
    this.#view('equity').set(equity);
    this.#view('gap').set(gap);
    this.#view('from').set(from);
    this.remember();
  }

  protected override release(): void {
    this.#hedger.dispose();
    this.#abi.steeringGive(this.#at);
  }
}
