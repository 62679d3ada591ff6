import type { FullAbi } from '../abi.js';
import type { Book, Position } from '../book.js';
import { requireArray, requireInteger, requireObject, requireWord } from '../checks.js';
import type { FullCore } from '../full/core.js';
import type { MarginModel } from '../margin/model.js';
import type { MarginPreset } from '../margin/presets.js';
import { taken, View } from '../memory.js';
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
  /** The margin model, a preset by name or a model, for the positions in an account of their own; none where absent. */
  margin?: MarginPreset | MarginModel;
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

/** What a margin model asks for positions in an account of their own, beside the premium that was paid. */
export interface StructureMargin {
  /** Name of the model. */
  readonly model: string;
  /** Initial margin in quote currency. */
  readonly initial: number;
  /** Maintenance margin in quote currency. */
  readonly maintenance: number;
  /** Both in coin, at the price of the underlying's nearest forward. */
  readonly coin: {
    /** Initial margin. */
    readonly initial: number;
    /** Maintenance margin. */
    readonly maintenance: number;
  };
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
  /** Isolated margin of the positions; undefined where no model is given. */
  readonly margin: StructureMargin | undefined;
  /** The profile itself: ready to give columns to plot. It is the caller's to dispose of; undefined without a cost. */
  readonly payoff: PayoffProfile | undefined;
}

/**
 * Analyses positions of one underlying: their cost at bid and ask, at mid and at the marks, their sensitivities, what
 * they can gain and lose at their nearest expiry, where they break even, and how likely a profit is.
 *
 * Margin is that of the positions by themselves: `Book` and `MarginAccount` together say what they add to a book.
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
  const scope = options.underlying === undefined ? {} : { underlying: options.underlying };
  const { abi } = core;
  const book = core.book(chain, positions);
  const prices = positions.map((position) => pricesOf(chain, position, quotes));
  const table = new LegTable(abi, positions, prices);
  let payoff: PayoffProfile | undefined;
  try {
    const marked = core.payoff(book, { ...scope, ...(options.currency && { currency: options.currency }) });
    const { currency, expiry } = marked;
    marked.dispose();
    const horizon = chain.forward[expiry];
    const cost = table.cost(currency, horizon);
    const { premium, slippage } = cost[basis];
    payoff = Number.isFinite(premium + slippage)
      ? core.payoff(book, { ...scope, currency, premium, slippage })
      : undefined;
    const probabilityOfProfit = payoff ? probabilityOf(payoff, options.smile) : NaN;
    const { underlying } = chain.expiries[expiry];
    return {
      currency,
      basis,
      legs: positions.map((position, i): LegFigures => {
        return { ...prices[i], position, size: table.size(i), price: table.price(i, basis) };
      }),
      cost: { quotes: cost.quotes.total, mid: cost.mid.total, mark: cost.mark.total },
      exposure: book.exposure(scope),
      expiry,
      maximumGain: payoff?.maximumGain ?? NaN,
      maximumLoss: payoff?.maximumLoss ?? NaN,
      breakEvens: payoff?.breakEvens.slice() ?? new Float64Array(0),
      probabilityOfProfit,
      margin: options.margin && marginOf(core, book, underlying, options.margin),
      payoff,
    };
  } catch (error) {
    payoff?.dispose();
    throw error;
  } finally {
    table.dispose();
    book.dispose();
  }
}

/** What was paid: a premium in the payoff's currency, slippage in quote currency at the horizon's price, and both. */
interface Paid {
  readonly premium: number;
  readonly slippage: number;
  readonly total: number;
}

/** Doubles of a leg, and of a cost. */
const LEG_COLUMNS = 7;
const COST_COLUMNS = 3;
/** In the module's order. */
const bases: readonly PriceBasis[] = ['quotes', 'mid', 'mark'];

/** Legs and their prices in module memory. */
class LegTable {
  readonly #abi: FullAbi;
  readonly #at: number;
  readonly #rows: View<'f64'>;
  readonly #costs: View<'f64'>;
  readonly #count: number;

  constructor(abi: FullAbi, positions: readonly Position[], prices: readonly LegPrices[]) {
    const count = positions.length;
    const doubles = count * LEG_COLUMNS;
    const costs = bases.length * COST_COLUMNS;
    this.#abi = abi;
    this.#count = count;
    this.#at = taken(abi.take(8 * (doubles + costs)), 'legs');
    this.#rows = new View(abi, 'f64', this.#at, doubles);
    this.#costs = new View(abi, 'f64', this.#at + 8 * doubles, costs);
    const rows = this.#rows.array;
    positions.forEach((position, i) => {
      const { bid, ask, mark, forward, isCoin } = prices[i];
      const size = position.quantity * (position.multiplier ?? 1);
      const isPaid = isOption(position) || position.kind === 'spot';
      rows.set([size, bid, ask, mark, forward, Number(isCoin), Number(isPaid)], i * LEG_COLUMNS);
    });
  }

  /** Units of the underlying. */
  size(leg: number): number {
    return this.#rows.array[leg * LEG_COLUMNS];
  }

  /** What a unit is taken to cost. */
  price(leg: number, basis: PriceBasis): number {
    return this.#abi.legsPrice(this.#at, leg, bases.indexOf(basis));
  }

  cost(currency: 'quote' | 'coin', horizon: number): Readonly<Record<PriceBasis, Paid>> {
    this.#abi.legsCost(this.#at, this.#count, currency === 'coin' ? 1 : 0, horizon, this.#costs.at);
    const costs = this.#costs.array;
    const paid = (basis: PriceBasis): Paid => {
      const [premium, slippage, total] = costs.subarray(bases.indexOf(basis) * COST_COLUMNS);
      return { premium, slippage, total };
    };
    return { quotes: paid('quotes'), mid: paid('mid'), mark: paid('mark') };
  }

  dispose(): void {
    this.#abi.give(this.#at);
  }
}

function marginOf(
  core: FullCore,
  book: Book,
  underlying: string,
  model: MarginPreset | MarginModel,
): StructureMargin {
  const account = core.margin(book, { model });
  try {
    const { initial, maintenance, coin } = account
      .figures()
      .underlyings.find((each) => each.underlying === underlying)!;
    return {
      model: account.model.name,
      initial,
      maintenance,
      coin: { initial: coin.initial, maintenance: coin.maintenance },
    };
  } finally {
    account.dispose();
  }
}

/** The probability that the underlying ends where the profit is above 0: digitals between the break-evens. */
function probabilityOf(payoff: PayoffProfile, given: FigureOptions['smile']): number {
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
  const edges = payoff.breakEvens.slice();
  return payoff.probability(edges.length > 0 ? smile.distribution(expiry, edges, family) : edges);
}
