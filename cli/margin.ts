import {
  type FullCore,
  type LiquidationLevels,
  type MarginAccount,
  type MarginEfficiency,
  type MarginFigures,
  marginPresets,
  type MarginPreset,
  type MarginShare,
  type Unwinding,
} from 'greekfire/full';
import {
  hedgeInstruments,
  type BookInput,
  type ChainInput,
  type HedgeInstrument,
  type Market,
} from 'greekfire/deribit';
import { InputError, oneLine } from './failure.js';
import { holdBook } from './held.js';
import type { Inputs } from './inputs.js';

/** What an account holds, and the rule that it is looked at by. */
export interface AccountFlags {
  readonly model: MarginPreset;
  /** In quote currency. */
  readonly cash: number;
  /** By underlying. */
  readonly coins: Readonly<Record<string, number>>;
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
  readonly figures: MarginFigures;
  readonly efficiency: Omit<MarginEfficiency, 'parts'>;
  readonly parts: readonly MarginPart[];
  /** Undefined where no collateral is given. */
  readonly levels: LiquidationLevels | undefined;
  /** What a liquidation would do now; undefined where the account is solvent or no collateral is given. */
  readonly liquidation: (Unwinding & { readonly instruments: readonly string[] }) | undefined;
}

/** Levels of depth that a liquidation takes. */
const LEVELS = 5;

/** The presets' names. */
export const PRESETS = Object.keys(marginPresets) as MarginPreset[];

/** Whether a model has parameters for every underlying that a book holds. */
export function isKnown(model: MarginPreset, { lines }: Inputs): boolean {
  const { parameters } = marginPresets[model];
  return lines.every(({ instrument }) => {
    const name = instrument?.underlying ?? '';
    return [name, name.split('_')[0], '*'].some((key) => Object.hasOwn(parameters, key));
  });
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
): MarginReport {
  const holding = holdBook(core, inputs, currencies, Object.keys(coins));
  const { input, held, book } = holding;
  let account: MarginAccount;
  try {
    account = core.margin(book, { model, cash, coins });
  } catch (error) {
    if (error instanceof RangeError) throw new InputError(oneLine(error.message));
    throw error;
  }
  const figures = account.figures();
  const groups = partsOf(held);
  const { parts, ...efficiency } = account.efficiency([...groups.values()]);
  const isFunded = cash !== 0 || Object.keys(coins).length > 0;
  const depth = laddersOf(inputs.market, input, held);
  const report: MarginReport = {
    model,
    source: account.model.source,
    cash,
    coins,
    figures,
    efficiency,
    parts: [...groups].map(([name, legs], i) => ({ name, legs: legs.length, ...parts[i] })),
    levels: isFunded ? account.liquidation() : undefined,
    liquidation:
      !isFunded || figures.isSolvent
        ? undefined
        : { ...account.unwind({ depth }), instruments: held.lines.map(({ name }) => name) },
  };
  account.dispose();
  holding.dispose();
  return report;
}

/** Indexes of the positions of each structure; what belongs to none is a part under its instrument's name. */
function partsOf(held: BookInput): Map<string, number[]> {
  const parts = new Map<string, number[]>();
  held.lines.forEach((line, i) => {
    const name = line.structure ?? line.name;
    parts.set(name, [...(parts.get(name) ?? []), i]);
  });
  return parts;
}

/** The quoted depth of every position's instrument, fees included; none where it is not quoted. */
function laddersOf(market: Market, input: ChainInput, held: BookInput) {
  const quoted = new Map<string, HedgeInstrument>(
    market.underlyings
      .flatMap((underlying) => hedgeInstruments(market, { underlying, widestSpread: 2 }, input))
      .map((instrument) => [instrument.name, instrument]),
  );
  const column = (side: 'bids' | 'asks', part: 0 | 1): number[] =>
    held.lines.flatMap(({ name }) => {
      const instrument = quoted.get(name);
      const levels = instrument?.[side] ?? [];
      return Array.from({ length: LEVELS }, (_, l) => {
        if (part === 1) return levels[l]?.[1] ?? 0;
        return Math.max(0, (levels[l]?.[0] ?? 0) + (instrument?.fee ?? 0));
      });
    });
  return {
    bidSize: column('bids', 1),
    bidCost: column('bids', 0),
    askSize: column('asks', 1),
    askCost: column('asks', 0),
  };
}
