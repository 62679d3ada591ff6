import type { Abi } from './abi.js';
import type { ChainExpiry } from './chain.js';
import { type Column, fillColumn, requireNumbers, requireFields } from './checks.js';
import { taken, View } from './memory.js';

/**
 * What became of a quote: the values of {@link Smile.state} and {@link QuotedOptions.state}.
 *
 * - `twoSided`: bid and ask have volatilities, and the slice is pulled between them.
 * - `askOnly`, `bidOnly`: one side binds; the other is missing, or a bid at or below intrinsic value.
 * - `noQuote`: neither side says anything. `crossed`: the bid is above the ask.
 * - `noVolatility`: no volatility gives the ask (at or below intrinsic value) or the bid (above the maximum).
 * - `badInput`: not an option, or a strike or forward that is none.
 */
export const QuoteState = {
  /** Bid and ask both bound the volatility. */
  twoSided: 0,
  /** The ask alone bounds it. */
  askOnly: 1,
  /** The bid alone bounds it. */
  bidOnly: 2,
  /** Neither side says anything. */
  noQuote: 3,
  /** The bid is above the ask. */
  crossed: 4,
  /** No volatility gives the prices. */
  noVolatility: 5,
  /** Not an option. */
  badInput: 6,
} as const;

/** Best prices of a chain's calls or puts, one per row, or one for all; what is left out stays as it is. */
export interface SidePrices {
  /** Best bids, in quote currency or, of an inverse expiry, in coin; 0 or NaN where there is none. */
  bid?: Column;
  /** Best asks, likewise. */
  ask?: Column;
}

/** Best prices of a chain's options. */
export interface ChainPrices {
  /** Of the calls. */
  call?: SidePrices;
  /** Of the puts. */
  put?: SidePrices;
}

/**
 * A chain's calls or puts as they are quoted: live views owned by the chain, one element per row. Volatilities are per
 * 1.00 and root year.
 */
export class QuotedOptions {
  readonly #guard: () => void;
  readonly #bid: View<'f64'>;
  readonly #ask: View<'f64'>;
  readonly #spread: View<'f64'>;
  readonly #state: View<'u8'>;
  readonly #volatilities: readonly View<'f64'>[];

  /** @internal */
  constructor(abi: Abi, at: number, side: number, rows: number, guard: () => void) {
    const column = (index: number): number => abi.quotesColumn(at, 2 * index + side);
    this.#guard = guard;
    this.#bid = new View(abi, 'f64', column(0), rows);
    this.#ask = new View(abi, 'f64', column(1), rows);
    this.#spread = new View(abi, 'f64', column(2), rows);
    this.#state = new View(abi, 'u8', column(3), rows);
    const first = abi.quotesVolatility(at) + 24 * rows * side;
    this.#volatilities = [0, 1, 2].map((price) => new View(abi, 'f64', first + 8 * rows * price, rows));
  }

  /** Best bids as in {@link SidePrices}. Writable; the next {@link Chain.setPrices} reads them. */
  get bid(): Float64Array {
    return this.#read(this.#bid);
  }

  /** Best asks, likewise. */
  get ask(): Float64Array {
    return this.#read(this.#ask);
  }

  /** Volatilities of the bids; NaN where no volatility gives the bid. Not to be written. */
  get bidVolatility(): Float64Array {
    return this.#read(this.#volatilities[0]);
  }

  /** Volatilities of the mid prices; NaN where there is none, or bid and ask cross. Not to be written. */
  get midVolatility(): Float64Array {
    return this.#read(this.#volatilities[1]);
  }

  /** Volatilities of the asks; NaN where no volatility gives the ask. Not to be written. */
  get askVolatility(): Float64Array {
    return this.#read(this.#volatilities[2]);
  }

  /** Volatility of the ask less that of the bid; NaN where not both bind. Not to be written. */
  get spread(): Float64Array {
    return this.#read(this.#spread);
  }

  /** Values of {@link QuoteState}. Not to be written. */
  get state(): Uint8Array {
    this.#guard();
    return this.#state.array;
  }

  #read(view: View<'f64'>): Float64Array {
    this.#guard();
    return view.array;
  }
}

/** A chain as it is quoted. */
export class ChainQuotes {
  readonly #abi: Abi;
  readonly #at: number;
  /** The calls. */
  readonly call: QuotedOptions;
  /** The puts. */
  readonly put: QuotedOptions;

  /** @internal */
  constructor(abi: Abi, chain: number, rows: number, expiries: readonly ChainExpiry[], guard: () => void) {
    const at = taken(abi.quotesCreate(chain), "chain's quotes");
    this.#abi = abi;
    this.#at = at;
    this.call = new QuotedOptions(abi, at, 0, rows, guard);
    this.put = new QuotedOptions(abi, at, 1, rows, guard);
    for (const { bid, ask } of [this.call, this.put]) {
      bid.fill(NaN);
      ask.fill(NaN);
    }
    const coin = new View(abi, 'u8', abi.quotesColumn(at, COIN), expiries.length);
    coin.array.set(expiries.map(({ settlement }) => (settlement === 'inverse' ? 1 : 0)));
  }

  /** @internal */
  fill({ call, put }: ChainPrices): void {
    if (call !== undefined) fillSide(this.call, call);
    if (put !== undefined) fillSide(this.put, put);
  }

  /**
   * The first expiry whose forward is bad, nothing having changed; -1 if none.
   * @internal
   */
  mark(): number {
    return this.#abi.quotesMark(this.#at);
  }

  /** @internal */
  release(): void {
    this.#abi.quotesGive(this.#at);
  }
}

/** Where the module has the flags of coin. */
const COIN = 8;

const priceNames: ReadonlySet<string> = new Set<keyof ChainPrices>(['call', 'put']);
const sideNames: ReadonlySet<string> = new Set<keyof SidePrices>(['bid', 'ask']);

function fillSide(side: QuotedOptions, { bid, ask }: SidePrices): void {
  if (bid !== undefined) fillColumn(side.bid, bid);
  if (ask !== undefined) fillColumn(side.ask, ask);
}

/** @throws TypeError where prices are no numbers, RangeError where a length differs */
export function requirePrices(prices: ChainPrices, rows: number): void {
  requireFields('prices', prices, priceNames);
  if (prices.call !== undefined) requireSide('prices.call', prices.call, rows);
  if (prices.put !== undefined) requireSide('prices.put', prices.put, rows);
}

function requireSide(name: string, side: SidePrices, rows: number): void {
  requireFields(name, side, sideNames);
  if (side.bid !== undefined && typeof side.bid !== 'number') requireNumbers(`${name}.bid`, side.bid, rows);
  if (side.ask !== undefined && typeof side.ask !== 'number') requireNumbers(`${name}.ask`, side.ask, rows);
}
