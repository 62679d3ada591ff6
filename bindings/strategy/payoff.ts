import type { FullAbi } from '../abi.js';
import { Book } from '../book.js';
import {
  type Column,
  fillColumn,
  LARGEST,
  requireBounded,
  requireFields,
  requireOwn,
  requireRows,
  requireWord,
} from '../checks.js';
import { Owner, taken, View } from '../memory.js';

/** How a payoff is measured, and what was paid. */
export interface PayoffOptions {
  /** Whose positions; needed where the book's chain has several underlyings. */
  underlying?: string;
  /**
   * 'coin': what is in the account of inverse contracts, profit in quote currency / price of the underlying. Where
   * absent, 'coin' if every expiry of the underlying settles inversely, else 'quote'.
   */
  currency?: 'quote' | 'coin';
  /** What was paid for options and spot in total, in that currency, negative for a credit; their marks where absent. */
  premium?: number;
  /**
   * What futures and perpetuals cost beyond their marks: sum of size x (price paid - mark), in quote currency; 0 where
   * absent.
   */
  slippage?: number;
}

const optionNames: ReadonlySet<string> = new Set<keyof PayoffOptions>([
  'underlying',
  'currency',
  'premium',
  'slippage',
]);

/**
 * Profit and loss of a book's positions of one underlying as a function of that underlying's price: at the horizon,
 * which is the nearest expiry that the book holds anything of, and today. It keeps the positions and marks as they
 * were when it was made. Owns memory until disposed.
 *
 * Options that end at the horizon are worth their intrinsic value there, and what is said of them is exact: profit is
 * piecewise linear in quote currency, and of the form a + b / price in coin. Options that outlive it are revalued by
 * Black-76 with their volatilities held; extremes and break-evens are then found on a grid of 512 prices and refined.
 * All forwards move by one ratio. Money paid is not charged interest; perpetuals pay no funding.
 */
export class PayoffProfile extends Owner {
  readonly #abi: FullAbi;
  readonly #at: number;
  readonly #breakEvens: View<'f64'>;
  /** What profit is measured in. */
  readonly currency: 'quote' | 'coin';
  /** Index of the expiry at whose end the payoff is, and whose forward its prices are. */
  readonly expiry: number;
  /** The most that can be gained, Infinity where there is no bound; negative where even the best loses. */
  readonly maximumGain: number;
  /** Where that is: a price of the underlying, or 0 or Infinity where it is the limit there. */
  readonly maximumGainAt: number;
  /** The most that can be lost, Infinity where there is no bound; negative where even the worst gains. */
  readonly maximumLoss: number;
  /** Where that is. */
  readonly maximumLossAt: number;

  /** @internal */
  constructor(abi: FullAbi, book: Book<1> | Book<2> | Book<3>, options: PayoffOptions) {
    super('payoff');
    requireFields('options', options, optionNames);
    requireOwn('book', book, Book, abi);
    const { index, isInverse } = book.locateUnderlying('options.underlying', options.underlying);
    const absent = isInverse ? 'coin' : 'quote';
    this.currency = requireWord('options.currency', options.currency ?? absent, ['quote', 'coin']);
    const premium = options.premium === undefined ? NaN : requireBounded('options.premium', options.premium);
    const slippage = requireBounded('options.slippage', options.slippage ?? 0);
    const coin = this.currency === 'coin' ? 1 : 0;
    const at = taken(abi.payoffCreate(book.at, index, coin, premium, slippage), 'payoff');
    this.#abi = abi;
    this.#at = at;
    const roots = abi.payoffSolve(at);
    const [gain, gainAt, loss, lossAt] = new View(abi, 'f64', abi.payoffFigures(at), 4).array;
    this.expiry = abi.payoffExpiry(at);
    this.maximumGain = gain;
    this.maximumGainAt = gainAt;
    this.maximumLoss = 0 - loss;
    this.maximumLossAt = lossAt;
    this.#breakEvens = new View(abi, 'f64', abi.payoffRoots(at), roots);
  }

  /**
   * Prices of the underlying at which the profit at the horizon is 0, ascending; where it is 0 over a range, the ends
   * of that. A live view. Empty where a position has no mark (all figures are then NaN).
   */
  get breakEvens(): Float64Array {
    this.guard();
    return this.#breakEvens.array;
  }

  /**
   * Profits at the horizon.
   * @param spot prices of the underlying in quote currency
   * @returns a fresh array in the payoff's currency
   * @throws TypeError where `spot` holds no numbers, RangeError where a price is not in (0, 1e30]
   */
  atExpiry(spot: Column): Float64Array {
    return this.#profit(0, spot);
  }

  /**
   * Profits if the underlying's forward were there now: every option revalued by Black-76, volatilities held.
   * @param spot prices of the forward of {@link PayoffProfile.expiry} in quote currency
   * @returns a fresh array in the payoff's currency
   * @throws TypeError where `spot` holds no numbers, RangeError where a price is not in (0, 1e30]
   */
  today(spot: Column): Float64Array {
    return this.#profit(1, spot);
  }

  /**
   * The probability of a profit at the horizon.
   * @param below - the probability that the underlying ends below each break-even
   * @internal
   */
  probability(below: Float64Array): number {
    this.guard();
    const at = taken(this.#abi.take(8 * Math.max(1, below.length)), 'probabilities');
    try {
      new View(this.#abi, 'f64', at, below.length).array.set(below);
      return this.#abi.payoffProbability(this.#at, at);
    } finally {
      this.#abi.give(at);
    }
  }

  #profit(today: number, spot: Column): Float64Array {
    this.guard();
    const rows = requireRows({ spot });
    const at = taken(this.#abi.take(16 * rows), 'prices');
    try {
      fillColumn(new View(this.#abi, 'f64', at, rows).array, spot);
      const bad = this.#abi.payoffProfit(this.#at, today, at, at + 8 * rows, rows);
      if (bad >= 0) {
        const [name, price] = typeof spot === 'number' ? ['spot', spot] : [`spot[${bad}]`, spot[bad]];
        throw new RangeError(`${name} must be above 0 and at most ${LARGEST}, got ${price}`);
      }
      return new View(this.#abi, 'f64', at + 8 * rows, rows).array.slice();
    } finally {
      this.#abi.give(at);
    }
  }

  protected override release(): void {
    this.#abi.give(this.#at);
  }
}
