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
import { bookPositions, chainInput, type ChainInput } from 'greekfire/deribit';
import { InputError, oneLine } from './failure.js';
import { inFile, type Inputs } from './inputs.js';
import { laddersOf, partsOf } from './unwinding.js';

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
  { market, lines, chainSource, bookSource }: Inputs,
  currencies: readonly string[],
  { model, cash, coins }: AccountFlags,
): MarginReport {
  const missing = currencies.filter((currency) => !market.underlyings.includes(currency));
  if (missing.length > 0) {
    throw new InputError(`--currency ${missing.join(', ')}: the chain has ${market.underlyings.join(', ')}`);
  }
  const wanted = lines.filter(({ instrument }) => {
    return currencies.length === 0 || currencies.includes(instrument?.underlying ?? '');
  });
  // only what is held: a model need not know the chain's other underlyings
  const named = new Set([...wanted.map(({ instrument }) => instrument?.underlying), ...Object.keys(coins)]);
  const isHeld = (underlying = ''): boolean => named.size === 0 || named.has(underlying);
  const whole = chainInput(market);
  const expiries = whole.expiries.filter(({ underlying }) => isHeld(underlying));
  if (expiries.length === 0)
    throw new InputError(`${chainSource.name}: no expiry of the book's has a forward`);
  let next = 0;
  const expiryIndex = whole.expiryIndex.map((index, i) => {
    return index >= 0 && isHeld(market.expiries[i].underlying) ? next++ : -1;
  });
  const input: ChainInput = { expiries, expiryIndex };
  const held = inFile(bookSource.name, () => bookPositions(wanted, market, input));
  const chain = core.chain(expiries);
  const book = core.book(chain, held.positions);
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
  const depth = laddersOf(market, input, held);
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
  book.dispose();
  chain.dispose();
  return report;
}
