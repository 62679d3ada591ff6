import type { FullAbi } from '../abi.js';
import { createBinding } from '../binding.js';
import type { Book, Position } from '../book.js';
import { requireFinite, requireInteger, requireNotNegative, requireObject, requireText } from '../checks.js';
import type { HedgeDepth } from '../hedger.js';
import { Owner, taken, View } from '../memory.js';
import { partViews } from './parts.js';
import type { RiskModel } from './policy.js';

/** Something a rebalancer may trade, on one venue. */
export interface Tradable {
  /** For people. */
  name: string;
  /** One unit of it; quantity and multiplier are not looked at: units are the chain's. */
  position: Position;
  /** Fees of the exchange; none where absent. */
  fee?: {
    /** Of a trade that takes from the order book: part of the underlying's price per unit. */
    taker: number;
    /** Where a resting order is filled, likewise; negative for a rebate, `taker` where absent. */
    maker?: number;
    /** Most of it, as part of the instrument's own price; no cap where absent. */
    cap?: number;
  };
  /** Paid for every trade whatever its size, in quote currency (gas); 0 where absent. */
  perTrade?: number;
  /** A synthetic order book, for ticks that bring none. */
  quote?: {
    /** Half-spread in volatility per 1.00: times vega, in quote currency. */
    volatility?: number;
    /** Half-spread as part of the underlying's price. */
    price?: number;
    /** Units on every level. */
    size: number;
  };
  /** Most units in one trade; as deep as the order book where absent. */
  limit?: number;
  /** Venue, as an index of the rebalancer's venues; none where absent. */
  venue?: number;
}

/** In the order of the module. */
const partNames = [
  'place',
  'position',
  'feeRate',
  'feeCap',
  'perTrade',
  'widthByVega',
  'widthByPrice',
  'depth',
  'venue',
  'limit',
  'kind',
  'makerRate',
  'fee',
  'holding',
  'trade',
  'linear',
  'paid',
  'order',
  'orderPrice',
  'orderSince',
  'sellLimit',
  'buyLimit',
  'bidSize',
  'bidCost',
  'askSize',
  'askCost',
  'bidTotal',
  'askTotal',
  'sensitivity',
  'exposure',
  'wanted',
  'risk',
  'loaded',
  'combination',
  'weight',
  'combined',
  'combinedExposure',
  'forecast',
  'figures',
  'lastForward',
  'lastReference',
  'newVolatility',
] as const;
type Part = (typeof partNames)[number];
const figureNames = [
  'premium',
  'spread',
  'fees',
  'gas',
  'trades',
  'passive',
  'unfilled',
  'moved',
  'variation',
  'funding',
  'settled',
  'roll',
  'missing',
  'crossed',
  'unpriced',
  'largestGamma',
] as const;
type Figure = (typeof figureNames)[number];
/** Rows of a solver's problem: delta with what volatility adds to it, gamma, vega. */
export const SOLVER_ROWS = 3;
/** What is assumed of the market, in the module's order. */
const riskNames = [
  'volatility',
  'volatilityOfVolatility',
  'correlation',
  'jumpRate',
  'jumpSize',
  'reversion',
] as const;

/** What is read of the book and of every instrument, in this order. */
export const READ = ['price', 'delta', 'gamma', 'vega', 'theta'] as const;
/** Where they stand. */
export const READ_PLACE = { price: 0, delta: 1, gamma: 2, vega: 3, theta: 4 } as const;
/** Kinds of instruments without a price of their own. */
const kinds: Partial<Record<string, number>> = { future: 1, perpetual: 2 };
/** Levels of a synthetic order book lie so many half-spreads apart. */
const LEVEL_STEP = 0.5;

/** Units in one trade where there is no limit. */
const UNLIMITED = 1e12;

/** The module's side of a rebalancer: instruments, order books, fills. */
export class Desk extends Owner {
  readonly #abi: FullAbi;
  /** @internal */
  readonly at: number;
  readonly #views: Readonly<Record<Part, View<'f64'>>>;
  readonly #quotes: boolean;

  /** It is of use from {@link Desk.join} on. */
  constructor(
    abi: FullAbi,
    book: Book<1> | Book<2> | Book<3>,
    instruments: readonly Tradable[],
    underlying: string,
    levels: number,
  ) {
    super('desk');
    const n = instruments.length;
    const places = instruments.map((instrument, i) => {
      return book.locate(`options.instruments[${i}].position`, { ...instrument.position, quantity: 0 });
    });
    const read = READ.map((sensitivity) => book.locateExposure('options', { sensitivity, underlying }));
    const binding = createBinding(abi, 'desk', places, read);
    const at = abi.deskCreate(book.at, binding, n, levels, book.underlyings.indexOf(underlying));
    if (at === 0) abi.give(binding);
    this.at = taken(at, 'desk');
    this.#abi = abi;
    this.#quotes = instruments.some(({ quote }) => quote !== undefined);
    this.#views = partViews(abi, this.at, partNames);
    this.#fill('place', places, ({ place }) => place);
    this.#fill('feeRate', instruments, ({ fee }) => fee?.taker ?? 0);
    this.#fill('feeCap', instruments, ({ fee }) => fee?.cap ?? 0);
    this.#fill('perTrade', instruments, ({ perTrade = 0 }) => perTrade);
    this.#fill('widthByVega', instruments, ({ quote }) => quote?.volatility ?? 0);
    this.#fill('widthByPrice', instruments, ({ quote }) => quote?.price ?? 0);
    this.#fill('depth', instruments, ({ quote }) => quote?.size ?? 0);
    this.#fill('venue', instruments, ({ venue = -1 }) => venue);
    this.#fill('limit', instruments, ({ limit = UNLIMITED }) => limit);
    this.#fill('kind', instruments, ({ position }) => kinds[position.kind ?? 'option'] ?? 0);
    this.#fill('makerRate', instruments, ({ fee }) => fee?.maker ?? fee?.taker ?? 0);
  }

  /** Adds a position of quantity 0 to the book for every instrument. */
  join(book: Book<1> | Book<2> | Book<3>, instruments: readonly Tradable[]): void {
    this.#fill('position', instruments, ({ position }) =>
      book.add({ ...position, quantity: 0, multiplier: 1 }),
    );
    this.remember();
  }

  #fill<T>(part: Part, from: readonly T[], read: (one: T) => number): void {
    // the book may grow memory as it takes positions: the view is looked up after
    const values = from.map(read);
    this.#views[part].array.set(values);
  }

  /** A live view of a part. */
  view(part: Part): Float64Array {
    this.guard();
    return this.#views[part].array;
  }

  figure(name: Figure): number {
    return this.view('figures')[figureNames.indexOf(name)];
  }

  /** Reference forward of the underlying at the last settlement. */
  get spot(): number {
    this.guard();
    return this.#abi.deskSpot(this.at);
  }

  remember(): void {
    this.#abi.deskRemember(this.at);
  }

  /** Settles futures and expiries. @param funding - rate x years */
  settle(funding: number): void {
    this.#abi.deskSettle(this.at, funding);
    this.#abi.deskRemember(this.at);
  }

  set largestGamma(value: number) {
    this.view('figures')[figureNames.indexOf('largestGamma')] = value;
  }

  /** Takes the order books, or makes synthetic ones, and reads all sensitivities. */
  read(depth: HedgeDepth | undefined): void {
    if (depth !== undefined) {
      for (const name of ['bidSize', 'bidCost', 'askSize', 'askCost'] as const) {
        this.view(name).set(depth[name]);
      }
    } else if (this.#quotes) this.#abi.deskQuote(this.at, LEVEL_STEP);
    else for (const name of ['bidSize', 'askSize'] as const) this.view(name).fill(0);
    this.reread();
  }

  /** Reads the sensitivities again. */
  reread(): void {
    this.#abi.deskRead(this.at);
  }

  /** Gives the chain volatilities for its next tick. @returns how many are none: their rows keep the last one */
  takeVolatility(volatility: ArrayLike<number>): number {
    this.view('newVolatility').set(volatility);
    return this.#abi.deskTakeVolatility(this.at);
  }

  /** Index of the first position held that the last tick has no price for, or more where their sum is none; or -1. */
  check(): number {
    return this.#abi.deskCheck(this.at);
  }

  /** Sizes of the book's positions; to be looked at, or written, at once. */
  sizes(positions: number): Float64Array {
    return new View(this.#abi, 'f64', this.#abi.deskSizes(this.at), positions).array;
  }

  /** Half-width of the no-trade band in delta, units of the underlying. */
  band(riskAversion: number): number {
    return this.#abi.deskBand(this.at, riskAversion);
  }

  /** Wants the trade that brings a Greek, with all that is wanted so far, to a value. */
  aim(instrument: number, sensitivity: keyof typeof READ_PLACE, value: number): void {
    this.#abi.deskAim(this.at, instrument, READ_PLACE[sensitivity], value);
  }

  /**
   * States the hedge problem.
   * @param hold - years to the horizon
   * @param years - from one look at the book to the next
   * @param fundingRate - per year
   */
  weigh(
    risk: Required<RiskModel>,
    riskAversion: number,
    hold: number,
    years: number,
    fundingRate: number,
  ): void {
    const assumed = this.view('risk');
    riskNames.forEach((name, k) => (assumed[k] = risk[name]));
    this.#abi.deskWeigh(this.at, riskAversion, hold, years, fundingRate);
  }

  /** Fills the resting orders that the order books have reached. */
  match(): void {
    this.#abi.deskMatch(this.at);
  }

  /** Rests the trades wanted, but for those that have waited long enough. @returns orders that rest */
  rest(instant: number, patience: number, isDecided: boolean): number {
    return this.#abi.deskRest(this.at, instant, patience, Number(isDecided));
  }

  /** Closes a part of every position. @param required - maintenance margin times the buffer @returns the part */
  liquidate(equity: number, required: number, fee: number): number {
    return this.#abi.deskLiquidate(this.at, equity, required, fee);
  }

  fill(): void {
    this.#abi.deskFill(this.at);
  }

  protected override release(): void {
    this.#abi.deskGive(this.at);
  }
}

/** A part of a price, or what is paid back of it. */
function requireFee(name: string, fee: number): void {
  if (!(Math.abs(requireFinite(name, fee)) < 1))
    throw new RangeError(`${name} must be in (-1, 1), got ${fee}`);
}

/** @throws TypeError or RangeError that names the instrument's field and the value */
export function requireTradable(name: string, instrument: Tradable, venues: number): void {
  requireObject(name, instrument);
  requireText(`${name}.name`, instrument.name);
  requireObject(`${name}.position`, instrument.position);
  const { fee, perTrade = 0, quote, limit = 0, venue } = instrument;
  if (fee !== undefined) {
    requireObject(`${name}.fee`, fee);
    requireFee(`${name}.fee.taker`, fee.taker);
    requireFee(`${name}.fee.maker`, fee.maker ?? 0);
    requireNotNegative(`${name}.fee.cap`, fee.cap ?? 0);
  }
  requireNotNegative(`${name}.perTrade`, perTrade);
  requireNotNegative(`${name}.limit`, limit);
  if (quote !== undefined) {
    requireObject(`${name}.quote`, quote);
    requireNotNegative(`${name}.quote.volatility`, quote.volatility ?? 0);
    requireNotNegative(`${name}.quote.price`, quote.price ?? 0);
    requireNotNegative(`${name}.quote.size`, quote.size);
  }
  if (venue !== undefined) requireInteger(`${name}.venue`, venue, 0, venues - 1);
}
