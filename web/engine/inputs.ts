import type { Core } from 'greekfire';
import {
  bookPositions,
  chainInput,
  implyVolatilities,
  readBook,
  readChain,
  ReadError,
  readFutures,
  type BookLine,
  type FutureQuote,
  type Market,
} from 'greekfire/deribit';
import { EXAMPLE_INSTANT, exampleBook, exampleMarket } from '../../example/index.js';
import type { Source, TextFile } from '../protocol.js';

/** The embedded market: ten expiries of 75 strikes, 1,500 options. */
export const EXAMPLE = { seed: 1, strikes: 75 } as const;

/** What a desk stands on. */
export interface Inputs {
  readonly market: Market;
  readonly lines: readonly BookLine[];
  readonly chain: Source;
  readonly book: Source;
}

/** Inputs, and what is to be said about them beyond that they were read; '' for nothing. */
export interface Opened {
  readonly inputs: Inputs;
  readonly remark: string;
}

/** What one file turned out to be. */
type Content =
  | { readonly kind: 'chain'; readonly text: string; readonly market: Market }
  | { readonly kind: 'futures'; readonly quotes: readonly FutureQuote[] }
  | { readonly kind: 'book'; readonly lines: readonly BookLine[] };

const STRUCTURES: Source = { name: 'synthetic structures', synthetic: true };

/** The embedded market with its book. */
export function exampleInputs(core: Core): Inputs {
  const { chain, futures } = exampleMarket({ ...EXAMPLE, core });
  const read = readChain(JSON.stringify([...chain, ...futures]), { instant: EXAMPLE_INSTANT });
  const market = implyVolatilities(core, read);
  return {
    market,
    lines: structuresOver(core, market),
    chain: { name: `synthetic, seed ${EXAMPLE.seed}`, synthetic: true },
    book: STRUCTURES,
  };
}

/**
 * The inputs after some files were dropped on them: a chain, futures and a book, in any order and number up to one
 * each. A new chain keeps the user's book where it fits; without one the synthetic structures are laid over it.
 *
 * @throws ReadError of one line that names the file and what is wrong in it
 */
export function openFiles(core: Core, before: Inputs, files: readonly TextFile[]): Opened {
  const contents = files.map((file) => ({ ...file, ...recognise(file) }));
  const single = <K extends Content['kind']>(kind: K) => {
    const found = contents.filter((content) => content.kind === kind);
    if (found.length > 1) {
      throw new ReadError(`${found.map(({ name }) => name).join(' and ')}: one ${kind} at a time`);
    }
    return found[0] as (Extract<Content, { kind: K }> & TextFile) | undefined;
  };
  const chainFile = single('chain');
  const futures = single('futures');
  const bookFile = single('book');
  if (futures !== undefined && chainFile === undefined) {
    throw new ReadError(`${futures.name}: futures are read together with their chain: drop both at once`);
  }
  if (chainFile === undefined) {
    const { market, chain } = before;
    const { name, lines } = bookFile!;
    requireFit(name, lines, market);
    return { inputs: { market, chain, lines, book: { name, synthetic: false } }, remark: '' };
  }
  const read = futures
    ? named(chainFile.name, () => readChain(chainFile.text, { futures: futures.quotes }))
    : chainFile.market;
  const market = implyVolatilities(core, read);
  if (chainInput(market).expiries.length === 0) {
    throw new ReadError(`${chainFile.name}: no expiry has a forward`);
  }
  const chain = { name: chainFile.name, synthetic: false };
  if (bookFile !== undefined) {
    requireFit(bookFile.name, bookFile.lines, market);
    const book = { name: bookFile.name, synthetic: false };
    return { inputs: { market, chain, lines: bookFile.lines, book }, remark: '' };
  }
  if (!before.book.synthetic && fits(before.lines, market)) {
    return { inputs: { market, chain, lines: before.lines, book: before.book }, remark: '' };
  }
  const remark = before.book.synthetic
    ? ''
    : `${before.book.name} does not fit ${chainFile.name}: synthetic structures stand in its place.`;
  return { inputs: { market, chain, lines: structuresOver(core, market), book: STRUCTURES }, remark };
}

/** The market of one underlying alone, expiries numbered anew. */
export function marketOf(market: Market, underlying: string): Market {
  const kept = market.expiries.filter((expiry) => expiry.underlying === underlying);
  return {
    ...market,
    underlyings: [underlying],
    expiries: kept,
    quotes: market.quotes
      .filter(({ instrument }) => instrument.underlying === underlying)
      .map((quote) => ({ ...quote, expiry: kept.indexOf(market.expiries[quote.expiry]) })),
    futures: market.futures.filter(({ instrument }) => instrument.underlying === underlying),
  };
}

function structuresOver(core: Core, market: Market): BookLine[] {
  const legs = market.underlyings.flatMap((underlying) => exampleBook(core, market, underlying));
  return legs.length === 0 ? [] : readBook(JSON.stringify(legs));
}

/** Tells what a file is by reading it as each: a chain, futures, a book. */
function recognise({ name, text }: TextFile): Content {
  if (text.includes('\0') || text.includes('\ufffd')) throw new ReadError(`${name}: it is no UTF-8 text`);
  const chain = attempt(() => readChain(text));
  if (typeof chain !== 'string') return { kind: 'chain', text, market: chain };
  const quotes = attempt(() => readFutures(text));
  if (typeof quotes !== 'string') return { kind: 'futures', quotes };
  const lines = attempt(() => readBook(text));
  if (typeof lines !== 'string') return { kind: 'book', lines };
  throw new ReadError(
    chain === lines ? `${name}: ${chain}` : `${name}: as a chain, ${chain}; as a book, ${lines}`,
  );
}

/** What `read` gives, or why it cannot. */
function attempt<T extends object>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof ReadError) return error.message;
    throw error;
  }
}

/** Errors of `read` name the file. */
function named<T extends object>(name: string, read: () => T): T {
  const result = attempt(read);
  if (typeof result === 'string') throw new ReadError(`${name}: ${result}`);
  return result;
}

function requireFit(name: string, lines: readonly BookLine[], market: Market): void {
  named(name, () => bookPositions(lines, market, chainInput(market)));
}

function fits(lines: readonly BookLine[], market: Market): boolean {
  return typeof attempt(() => bookPositions(lines, market, chainInput(market))) !== 'string';
}
