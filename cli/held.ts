import type { Book, Chain } from 'greekfire';
import type { FullCore } from 'greekfire/full';
import { bookPositions, chainInput, type BookInput, type ChainInput, type Market } from 'greekfire/deribit';
import { InputError } from './failure.js';
import { inFile, type Inputs } from './inputs.js';

/** A book on the part of the chain that it stands on. */
export interface HeldBook {
  readonly input: ChainInput;
  readonly held: BookInput;
  readonly chain: Chain<2>;
  readonly book: Book<2>;
  /** Names of positions that have no price, and count nowhere. */
  readonly unpriced: readonly string[];
  /** Frees book and chain. */
  readonly dispose: () => void;
}

/** The expiries of some underlyings alone: a margin model need not know the others. */
export function chainOf(market: Market, isWanted: (underlying?: string) => boolean): ChainInput {
  const whole = chainInput(market);
  let next = 0;
  return {
    expiries: whole.expiries.filter(({ underlying }) => isWanted(underlying)),
    expiryIndex: whole.expiryIndex.map((index, i) =>
      index >= 0 && isWanted(market.expiries[i].underlying) ? next++ : -1,
    ),
  };
}

/**
 * Puts the positions of the wanted underlyings on a chain of the expiries of these alone, marked once.
 *
 * @param currencies - underlyings to take; all that are held where empty
 * @param more - underlyings to take though nothing is held in them
 * @throws InputError where the book does not fit the chain, or a currency is not in it
 */
export function holdBook(
  core: FullCore,
  { market, lines, chainSource, bookSource }: Inputs,
  currencies: readonly string[],
  more: readonly string[] = [],
): HeldBook {
  const missing = currencies.filter((currency) => !market.underlyings.includes(currency));
  if (missing.length > 0) {
    throw new InputError(`--currency ${missing.join(', ')}: the chain has ${market.underlyings.join(', ')}`);
  }
  const wanted = lines.filter(({ instrument }) => {
    return currencies.length === 0 || currencies.includes(instrument?.underlying ?? '');
  });
  const named = new Set([...wanted.map(({ instrument }) => instrument?.underlying), ...more]);
  const isHeld = (underlying = ''): boolean => named.size === 0 || named.has(underlying);
  const input = chainOf(market, isHeld);
  if (input.expiries.length === 0)
    throw new InputError(
      `${bookSource.name}: ${chainSource.name} has no expiry with a forward of what it holds`,
    );
  const held = inFile(bookSource.name, () => bookPositions(wanted, market, input));
  const chain = core.chain(input.expiries, 2);
  const book = core.book(chain, held.positions);
  return {
    input,
    held,
    chain,
    book,
    unpriced: [
      ...held.unpriced.map(({ line }) => line.name),
      ...book.unpriced.map((place) => held.lines[place].name),
    ],
    dispose: () => {
      book.dispose();
      chain.dispose();
    },
  };
}
