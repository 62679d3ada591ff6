import type { Position } from '../book.js';
import { requireArray, requireInteger, requireObject, requireWord } from '../checks.js';
import type { FullCore } from '../full/core.js';
import type { Order, SensitivityOf } from '../sensitivity.js';
import type { Smile, SmileFamily } from '../smile.js';
import type { Chain } from '../chain.js';
import type { PayoffProfile } from './payoff.js';
import { type BestQuotes, type LegPrices, type PriceBasis, pricesOf, requireQuotes } from './quotes.js';
import { isOption } from './structure.js';

/** How positions are analysed. */
export interface FigureOptions {
  /** Whose positions; needed where the chain has several underlyings. */
  underlying?: string;
  /** What profit and cost are measured in; as in `PayoffOptions` where absent. */
  currency?: 'quote' | 'coin';
  /** The market's prices. */
  quotes?: BestQuotes;
  /** At which prices the positions were taken; 'quotes' where absent and there are quotes, else 'mark'. */
  basis?: PriceBasis;
  /** The underlying's smile, for the probability of profit. */
  smile?: {
    /** Fitted to the quotes of the same underlying. */
    smile: Smile;
    /** The smile's expiry of each of the chain's, -1 for none; one to one where absent. */
    expiries?: ArrayLike<number>;
    /** 'svi' where absent. */
    family?: SmileFamily;
  };
}

/** One position, as analysed. */
export interface LegFigures extends LegPrices {
  /** What is held. */
  readonly position: Position;
  /** Units of the underlying: quantity x multiplier. */
  readonly size: number;
  /** What a unit is taken to cost, in the currency of the leg's quotes; NaN where its status leaves no price. */
  readonly price: number;
}

/** What there is to know of a set of positions. Numbers that a missing quote or mark leaves unknown are NaN. */
export interface StructureFigures<O extends Order = Order> {
  /** What costs and profits are in. */
  readonly currency: 'quote' | 'coin';
  /** At which prices gains, losses and break-evens are. */
  readonly basis: PriceBasis;
  /** The positions, in the order given. */
  readonly legs: readonly LegFigures[];
  /** Premium of options and spot, negative for a credit, and what futures cost beyond their marks. */
  readonly cost: Readonly<Record<PriceBasis, number>>;
  /** Net sensitivities in quote currency, as `book.exposure` gives them; of priced positions only. */
  readonly exposure: Record<SensitivityOf<O>, number>;
  /** Index of the expiry at whose end gains, losses and break-evens are: the nearest that is held. */
  readonly expiry: number;
  /** The most that can be gained there, Infinity where there is no bound. */
  readonly maximumGain: number;
  /** The most that can be lost there, Infinity where there is no bound; negative where even the worst gains. */
  readonly maximumLoss: number;
  /** Prices of the underlying there at which nothing is gained or lost, ascending: a fresh array. */
  readonly breakEvens: Float64Array;
  /** Risk-neutral probability of a profit, under the smile of that expiry; NaN without one. */
  readonly probabilityOfProfit: number;
  /** The profile itself: ready to give columns to plot. It is the caller's to dispose of; undefined without a cost. */
  readonly payoff: PayoffProfile | undefined;
}

/**
 * Analyses positions of one underlying: their cost at bid and ask, at mid and at the marks, their sensitivities, what
 * they can gain and lose at their nearest expiry, where they break even, and how likely a profit is.
 *
 * Options that outlive the nearest expiry are revalued there with their volatilities held: see {@link PayoffProfile}.
 * @param positions - a structure's legs, or any others of one underlying
 * @throws TypeError or RangeError that names the argument, the index and the value
 */
export function analyse<O extends Order>(
  core: FullCore,
  chain: Chain<O>,
  positions: readonly Position[],
  options: FigureOptions = {},
): StructureFigures<O> {
  requireObject('options', options);
  const { quotes } = options;
  if (quotes !== undefined) requireQuotes(chain, quotes);
  const absent = quotes === undefined ? 'mark' : 'quotes';
  const basis = requireWord('options.basis', options.basis ?? absent, ['quotes', 'mid', 'mark']);
  if (quotes === undefined && basis !== 'mark') {
    throw new TypeError(`options.quotes must be given where options.basis is '${basis}'`);
  }
  const book = core.book(chain, positions);
  try {
    const legs = positions.map((position): LegFigures => {
      const prices = pricesOf(chain, position, quotes);
      const size = position.quantity * (position.multiplier ?? 1);
      return { ...prices, position, size, price: priceAt(basis, position, prices, size) };
    });
    const scope = options.underlying === undefined ? {} : { underlying: options.underlying };
    const marked = core.payoff(book, { ...scope, ...(options.currency && { currency: options.currency }) });
    const { currency, expiry } = marked;
    marked.dispose();
    const horizon = chain.forward[expiry];
    const paid = (at: PriceBasis): Paid => sum(legs, at, currency, horizon);
    const { premium, slippage } = paid(basis);
    const payoff = Number.isFinite(premium + slippage)
      ? core.payoff(book, { ...scope, currency, premium, slippage })
      : undefined;
    let probability = NaN;
    try {
      if (payoff) probability = probabilityOf(payoff, horizon, options.smile);
    } catch (error) {
      payoff?.dispose();
      throw error;
    }
    const total = (at: PriceBasis): number => {
      const cost = paid(at);
      return cost.premium + cost.slippage / (currency === 'coin' ? horizon : 1);
    };
    return {
      currency,
      basis,
      legs,
      cost: { quotes: total('quotes'), mid: total('mid'), mark: total('mark') },
      exposure: book.exposure(scope),
      expiry,
      maximumGain: payoff?.maximumGain ?? NaN,
      maximumLoss: payoff?.maximumLoss ?? NaN,
      breakEvens: payoff?.breakEvens.slice() ?? new Float64Array(0),
      probabilityOfProfit: probability,
      payoff,
    };
  } finally {
    book.dispose();
  }
}

/** What was paid: a premium in the payoff's currency, and slippage in quote currency at the horizon's price. */
interface Paid {
  readonly premium: number;
  readonly slippage: number;
}

/** A future, perpetual or spot that is not quoted costs its mark; an option that is not has no price. */
function priceAt(basis: PriceBasis, position: Position, prices: LegPrices, size: number): number {
  const { bid, ask, mid, mark } = prices;
  if (basis === 'mark') return mark;
  const price = basis === 'mid' ? mid : size < 0 ? bid : ask;
  return !isOption(position) && prices.status === 'no-quote' ? mark : price;
}

function sum(
  legs: readonly LegFigures[],
  basis: PriceBasis,
  currency: 'quote' | 'coin',
  horizon: number,
): Paid {
  let premium = 0;
  let slippage = 0;
  for (const leg of legs) {
    const { position, size, isCoin, forward, mark } = leg;
    // nothing held costs nothing, whatever its quotes
    const price = size === 0 ? mark : priceAt(basis, position, leg, size);
    if (isOption(position) || position.kind === 'spot') {
      const inQuote = isCoin ? price * forward : price;
      const inCoin = isCoin ? price : price / forward;
      premium += size === 0 ? 0 : size * (currency === 'coin' ? inCoin : inQuote);
    } else {
      slippage += size * (price - mark) * (currency === 'coin' ? horizon / forward : 1);
    }
  }
  return { premium, slippage };
}

/** The probability that the underlying ends where the profit is above 0: digitals between the break-evens. */
function probabilityOf(payoff: PayoffProfile, forward: number, given: FigureOptions['smile']): number {
  if (given === undefined) return NaN;
  requireObject('options.smile', given);
  const { smile, expiries, family } = given;
  requireObject('options.smile.smile', smile);
  let expiry = payoff.expiry;
  if (expiries !== undefined) {
    requireArray('options.smile.expiries', expiries);
    expiry = requireInteger(
      `options.smile.expiries[${expiry}]`,
      expiries[expiry],
      -1,
      smile.offset.length - 2,
    );
  }
  if (expiry < 0) return NaN;
  const edges = [...payoff.breakEvens];
  const below = [0, ...(edges.length > 0 ? smile.distribution(expiry, edges, family) : []), 1];
  const inside = [0, ...edges].map((from, i) => {
    if (edges.length === 0) return forward;
    return i < edges.length ? (from + edges[i]) / 2 : 2 * from;
  });
  const profits = payoff.atExpiry(inside);
  return profits.reduce((total, profit, i) => total + (profit > 0 ? below[i + 1] - below[i] : 0), 0);
}
