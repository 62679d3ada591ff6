import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import type { Core } from 'greekfire';
import {
  implyVolatilities,
  readBook,
  readChain,
  ReadError,
  readFutures,
  type BookLine,
  type Market,
} from 'greekfire/deribit';
import { EXAMPLE_INSTANT, exampleBook, exampleMarket } from '../example/index.js';
import { InputError } from './failure.js';

/** Where the inputs come from; what is left out is synthetic. */
export interface InputPaths {
  readonly chain: string | undefined;
  readonly book: string | undefined;
  readonly futures: string | undefined;
  /** Of the synthetic market. */
  readonly seed: number;
}

/** One input: what to call it, and whether it was made up. */
export interface Source {
  readonly name: string;
  readonly synthetic: boolean;
}

/** What a report stands on. */
export interface Inputs {
  readonly market: Market;
  readonly lines: readonly BookLine[];
  readonly chainSource: Source;
  readonly bookSource: Source;
  /** Undefined where no futures are quoted. */
  readonly futuresSource: Source | undefined;
}

/**
 * Reads the market and the book. Without a chain the market is the synthetic one; without a book the synthetic
 * structures are laid over whatever the market is.
 *
 * @throws InputError naming the file and what is wrong in it
 */
export function readInputs(core: Core, paths: InputPaths): Inputs {
  const market = implyVolatilities(core, readMarket(core, paths));
  const { chain, book, futures, seed } = paths;
  const synthetic: Source = { name: `synthetic, seed ${seed}`, synthetic: true };
  let futuresSource = chain === undefined ? synthetic : undefined;
  if (futures !== undefined) futuresSource = { name: futures, synthetic: false };
  else if (futuresSource === undefined && market.futures.length > 0)
    futuresSource = { name: chain!, synthetic: false };
  return {
    market,
    lines:
      book === undefined
        ? inFile(`synthetic book over ${chain ?? synthetic.name}`, () => exampleLines(core, market))
        : readText(book, readBook),
    chainSource: chain === undefined ? synthetic : { name: chain, synthetic: false },
    bookSource:
      book === undefined
        ? { name: 'synthetic structures laid over the chain', synthetic: true }
        : { name: book, synthetic: false },
    futuresSource,
  };
}

function exampleLines(core: Core, market: Market): BookLine[] {
  const legs = market.underlyings.flatMap((underlying) => exampleBook(core, market, underlying));
  return legs.length === 0 ? [] : readBook(JSON.stringify(legs));
}

function readMarket(core: Core, { chain, futures, seed }: InputPaths): Market {
  if (chain === undefined) {
    const example = exampleMarket({ seed, core });
    const text = JSON.stringify(
      futures === undefined ? [...example.chain, ...example.futures] : example.chain,
    );
    const quotes = futures === undefined ? [] : readText(futures, (content) => readFutures(content));
    return readChain(text, { instant: EXAMPLE_INSTANT, futures: quotes });
  }
  const quotes = futures === undefined ? [] : readText(futures, (content) => readFutures(content));
  return readText(chain, (content) => readChain(content, { futures: quotes }));
}

/** Errors about an input name its file. */
export function readText<T>(path: string, read: (text: string) => T): T {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const reasons: Record<string, string> = {
      ENOENT: 'no such file',
      EISDIR: 'it is a folder',
      EACCES: 'permission denied',
    };
    throw new InputError(
      `cannot read ${path === '' ? 'a file without a name' : path}: ${reasons[code] ?? code}`,
    );
  }
  if (!isUtf8(content) || content.includes(0))
    throw new InputError(`cannot read ${path}: it is no UTF-8 text`);
  const text = new TextDecoder().decode(content);
  return inFile(path, () => read(text));
}

/** Runs `work`; an unreadable input becomes an error about that file. */
export function inFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ReadError) throw new InputError(`${path}: ${error.message}`);
    throw error;
  }
}
