import { DAYS_PER_YEAR } from 'greekfire';
import {
  type FullCore,
  knowsUnderlying,
  type LiquidationLevels,
  type MarginAccount,
  type MarginEfficiency,
  type MarginFigures,
  type MarginHedge,
  type MarginLimit,
  marginPresets,
  type MarginPreset,
  type MarginShare,
  type Unwinding,
} from 'greekfire/full';
import { hedgeInstruments, spreadCost, type ChainInput, type Market } from 'greekfire/deribit';
import { InputError, oneLine } from './failure.js';
import { LEAST_DAYS, tradeTerms } from './hedge.js';
import { holdBook } from './held.js';
import type { Inputs } from './inputs.js';
import { laddersOf, partsOf } from './unwinding.js';

/** What an account holds, and the rule that it is looked at by. */
export interface AccountFlags {
  readonly model: MarginPreset;
  /** In quote currency. */
  readonly cash: number;
  /** By underlying. */
  readonly coins: Readonly<Record<string, number>>;
}

/** What a hedge is to keep within: an amount of quote currency, or a fraction of what it is now. */
export interface LimitChoice {
  readonly what: 'worstLoss' | 'initial' | 'maintenance';
  readonly amount: number;
  readonly isFraction: boolean;
}

/** What else is asked of an account. */
export interface MarginChoice {
  /** Relative move of all forwards that comes first. */
  readonly stress: number;
  /** Relative move of the forwards per unit of delta that a liquidation buys. */
  readonly impact: number;
  readonly limit: LimitChoice | undefined;
}

/** A trade that keeps a limit. */
export interface LimitTrade {
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  /** Units of the underlying, > 0. */
  readonly quantity: number;
  /** In quote currency. */
  readonly spread: number;
  readonly fee: number;
}

/** The cheapest trades within a limit, and the limit by full revaluation; in quote currency. */
export interface LimitReport extends Pick<
  MarginHedge,
  | 'status'
  | 'isKept'
  | 'cost'
  | 'before'
  | 'after'
  | 'linearised'
  | 'difference'
  | 'priceOfLimit'
  | 'rounds'
  | 'gap'
> {
  readonly what: LimitChoice['what'];
  readonly most: number;
  readonly instruments: number;
  readonly trades: readonly LimitTrade[];
}

/** A part of the book: a structure that the book names, or the positions that belong to none. */
export interface MarginPart extends MarginShare {
  readonly name: string;
  readonly legs: number;
}

/** Margin and solvency of a book, raw, in quote currency. */
export interface MarginReport {
  readonly model: MarginPreset;
  readonly source: string;
  readonly cash: number;
  readonly coins: Readonly<Record<string, number>>;
  /** Whether any collateral is given: without it there is no ratio and no liquidation. */
  readonly isFunded: boolean;
  readonly stress: number;
  /** Names of positions without a price, which count nowhere. */
  readonly unpriced: readonly string[];
  readonly figures: MarginFigures;
  readonly efficiency: Omit<MarginEfficiency, 'parts'>;
  readonly parts: readonly MarginPart[];
  /** Undefined where no collateral is given. */
  readonly levels: LiquidationLevels | undefined;
  /** What a liquidation would do now; undefined where the account is solvent or no collateral is given. */
  readonly liquidation:
    | (Unwinding & {
        readonly instruments: readonly string[];
        readonly impact: number;
        /** Before the first step. */
        readonly start: Pick<MarginFigures, 'equity' | 'maintenance'>;
      })
    | undefined;
  /** Undefined where no limit is asked for. */
  readonly limit: LimitReport | undefined;
}

/** In quote currency: more than any book loses. */
const NO_LIMIT = 1e15;
/** Units of the underlying that are no trade. */
const LEAST_TRADE = 1e-9;

/** Nothing more than the account as it is. */
const AS_IT_IS: MarginChoice = { stress: 0, impact: 0, limit: undefined };

/** The presets' names. */
export const PRESETS = Object.keys(marginPresets) as MarginPreset[];

/** Whether a model has parameters for every underlying that a book holds. */
export function isKnown(model: MarginPreset, { lines }: Inputs): boolean {
  return lines.every(({ instrument }) => knowsUnderlying(marginPresets[model], instrument?.underlying ?? ''));
}

/**
 * Looks at a book as an account: figures, cross against isolated margin by structure and, where collateral is given,
 * the levels at which it is liquidated and what a liquidation through the quoted depth would do now.
 *
 * @param currencies - underlyings to look at; all that are held where empty
 * @throws InputError where the book does not fit the chain, a currency is not in it, the model has no parameters for an
 * underlying, or the coins are of none
 */
export function marginReport(
  core: FullCore,
  inputs: Inputs,
  currencies: readonly string[],
  { model, cash, coins }: AccountFlags,
  { stress, impact, limit }: MarginChoice = AS_IT_IS,
): MarginReport {
  const holding = holdBook(core, inputs, currencies, Object.keys(coins));
  const { input, held, book, chain } = holding;
  const account = asInput(() => core.margin(book, { model, cash, coins }));
  let figures = account.figures();
  if (stress !== 0) {
    const moved = account.figures({ move: stress });
    chain.tick(chain.forward.map((forward) => forward * (1 + stress)));
    // what futures made on the way is settled in cash, and is the equity of their underlying
    account.setCollateral({ cash: cash + moved.equity - account.figures().equity, coins });
    figures = account.figures();
    const underlyings = figures.underlyings.map((each, u) => ({
      ...each,
      equity: moved.underlyings[u].equity,
    }));
    figures = { ...figures, underlyings };
  }
  const groups = partsOf(held);
  const { parts, ...efficiency } = account.efficiency([...groups.values()]);
  const isFunded = cash !== 0 || Object.keys(coins).length > 0;
  const depth = laddersOf(inputs.market, input, held);
  const report: MarginReport = {
    unpriced: holding.unpriced,
    model,
    source: account.model.source,
    cash,
    coins,
    isFunded,
    stress,
    figures,
    efficiency,
    parts: [...groups].map(([name, legs], i) => ({ name, legs: legs.length, ...parts[i] })),
    levels: isFunded && figures.isSolvent ? account.liquidation() : undefined,
    liquidation:
      !isFunded || figures.isSolvent
        ? undefined
        : {
            ...account.unwind({ depth, impact }),
            instruments: held.lines.map(({ name }) => name),
            impact,
            start: { equity: figures.equity, maintenance: figures.maintenance },
          },
    limit: limit && keepLimit(account, inputs.market, input, book.underlyings, limit),
  };
  account.dispose();
  holding.dispose();
  return report;
}

/** Runs `work`; what the library refuses becomes an error about the input. */
function asInput<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) throw new InputError(oneLine(error.message));
    throw error;
  }
}

/** The cheapest trades at the quoted depth that keep an account within a limit. */
function keepLimit(
  account: MarginAccount,
  market: Market,
  input: ChainInput,
  underlyings: readonly string[],
  { what, amount, isFraction }: LimitChoice,
): LimitReport {
  const leastYears = LEAST_DAYS / DAYS_PER_YEAR;
  const instruments = underlyings.flatMap((underlying) =>
    hedgeInstruments(market, { underlying, leastYears }, input),
  );
  if (instruments.length === 0) throw new InputError('--limit: nothing is quoted to trade');
  const { sellLimit, buyLimit, depth } = tradeTerms(instruments);
  const hedgeTo = (most: number): MarginHedge =>
    asInput(() =>
      account.hedge({
        limit: { [what]: most } as unknown as MarginLimit,
        instruments: instruments.map(({ position }) => position),
        problem: { sellLimit, buyLimit, depth },
      }),
    );
  const most = isFraction ? amount * hedgeTo(NO_LIMIT).before : amount;
  const { trades, ...hedge } = hedgeTo(most);
  const { status, isKept, cost, before, after, linearised, difference, priceOfLimit, rounds, gap } = hedge;
  return {
    ...{ what, most, instruments: instruments.length },
    ...{ status, isKept, cost, before, after, linearised, difference, priceOfLimit, rounds, gap },
    trades: instruments.flatMap((instrument, i): LimitTrade[] => {
      const trade = trades[i];
      // what is left of a trade that the solver takes back
      if (Math.abs(trade) < LEAST_TRADE) return [];
      const quantity = Math.abs(trade);
      return [
        {
          instrument: instrument.name,
          side: trade > 0 ? 'buy' : 'sell',
          quantity,
          spread: spreadCost(instrument, trade),
          fee: quantity * instrument.fee,
        },
      ];
    }),
  };
}
