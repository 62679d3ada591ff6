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
  TradeReader,
  tradeTape,
  type TradeEvent,
  type Market,
} from 'greekfire/deribit';
import type { FullCore } from 'greekfire/full';
import { tapeChain } from 'greekfire/rebalance';
import { EXAMPLE_INSTANT, exampleBook, exampleMarket } from '../../example/index.js';
import type { Source, TextFile } from '../protocol.js';

/** The embedded market: ten expiries of 75 strikes, 1,500 options. */
const EXAMPLE = { seed: 1, strikes: 75 } as const;

/** What a desk stands on. */
export interface Inputs {
  readonly market: Market;
  readonly lines: readonly BookLine[];
  readonly chain: Source;
  readonly book: Source;
  /** What moves the market, where it is a tape; a seeded walk does otherwise. */
  readonly tape?: Tape;
}

/** A tape of trades, all of it. */
export interface Tape {
  readonly events: readonly TradeEvent[];
  /** Carry per year of each expiry at the start, by underlying and label. */
  readonly carry: ReadonlyMap<string, number>;
}

/** Inputs, and what is to be said about them beyond that they were read; '' for nothing. */
export interface Opened {
  readonly inputs: Inputs;
  readonly remark: string;
}

/** What one file turned out to be. */
type Content =
  | { readonly kind: 'tape'; readonly text: string }
  | { readonly kind: 'chain'; readonly text: string; readonly market: Market }
  | { readonly kind: 'futures'; readonly quotes: readonly FutureQuote[] }
  | { readonly kind: 'book'; readonly lines: readonly BookLine[] };

const STRUCTURES: Source = { name: 'synthetic structures', synthetic: true };

/** The embedded market with its book. */
export function exampleInputs(core: FullCore): Inputs {
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
 * The inputs after some files were dropped on them: a chain or a tape of trades, futures and a book, in any order and
 * number up to one each. A new chain keeps the user's book where it fits; without one the synthetic structures are laid
 * over it.
 *
 * @throws ReadError of one line that names the file and what is wrong in it
 */
export async function openFiles(core: FullCore, before: Inputs, files: readonly TextFile[]): Promise<Opened> {
  const contents = files.map((file) => ({ ...file, ...recognise(file) }));
  const single = <K extends Content['kind']>(kind: K) => {
    const found = contents.filter((content) => content.kind === kind);
    if (found.length > 1) {
      throw new ReadError(`${found.map(({ name }) => name).join(' and ')}: one ${kind} at a time`);
    }
    return found[0] as (Extract<Content, { kind: K }> & TextFile) | undefined;
  };
  const tapeFile = single('tape');
  const chainFile = single('chain');
  const futures = single('futures');
  const bookFile = single('book');
  if (tapeFile !== undefined) {
    if (contents.length > (bookFile === undefined ? 1 : 2)) {
      throw new ReadError(`${tapeFile.name}: a tape is its own chain: drop it alone, or with a book`);
    }
    return overMarket(core, before, tapeFile.name, await readTape(core, tapeFile), bookFile);
  }
  if (futures !== undefined && chainFile === undefined) {
    throw new ReadError(`${futures.name}: futures are read together with their chain: drop both at once`);
  }
  if (chainFile === undefined) {
    const { name, lines } = bookFile!;
    requireFit(name, lines, before.market);
    return { inputs: { ...before, lines, book: { name, synthetic: false } }, remark: '' };
  }
  const read = futures
    ? named(chainFile.name, () => readChain(chainFile.text, { futures: futures.quotes }))
    : chainFile.market;
  const market = implyVolatilities(core, read);
  if (chainInput(market).expiries.length === 0) {
    throw new ReadError(`${chainFile.name}: no expiry has a forward`);
  }
  return overMarket(core, before, chainFile.name, { market }, bookFile);
}

/** Lays a book over a market: the one given, else that of before where it is the user's and fits, else structures. */
function overMarket(
  core: FullCore,
  before: Inputs,
  name: string,
  read: Pick<Inputs, 'market' | 'tape'>,
  bookFile: (Extract<Content, { kind: 'book' }> & TextFile) | undefined,
): Opened {
  const { market } = read;
  const chain = { name, synthetic: false };
  if (bookFile !== undefined) {
    requireFit(bookFile.name, bookFile.lines, market);
    const book = { name: bookFile.name, synthetic: false };
    return { inputs: { ...read, chain, lines: bookFile.lines, book }, remark: '' };
  }
  if (!before.book.synthetic && fits(before.lines, market)) {
    return { inputs: { ...read, chain, lines: before.lines, book: before.book }, remark: '' };
  }
  const remark = before.book.synthetic
    ? ''
    : `${before.book.name} does not fit ${name}: synthetic structures stand in its place.`;
  return { inputs: { ...read, chain, lines: structuresOver(core, market), book: STRUCTURES }, remark };
}

/** Reads a tape, and the market that it trades as of its first trade: strikes, volatilities, forwards; no quotes. */
async function readTape(
  core: FullCore,
  { name, text }: TextFile,
): Promise<{ readonly market: Market; readonly tape: Tape }> {
  const events: TradeEvent[] = [];
  try {
    for await (const event of tradeTape(text, { window: Infinity })) events.push(event);
    const { instant, expiries, carry } = await tapeChain(core, events);
    const rows = expiries.flatMap(({ underlying, label, forward, strike, volatility }) =>
      Array.from(strike).flatMap((price, i) =>
        (['C', 'P'] as const).map((type) => ({
          instrument_name: `${underlying}-${label}-${price}-${type}`,
          mark_iv: volatility[i] * 100,
          underlying_price: forward,
        })),
      ),
    );
    const market = implyVolatilities(core, readChain(JSON.stringify(rows), { instant }));
    const carries = expiries.map(({ underlying, label }, e) => [`${underlying} ${label}`, carry[e]] as const);
    return { market, tape: { events, carry: new Map(carries) } };
  } catch (error) {
    if (error instanceof ReadError || error instanceof RangeError) {
      throw new ReadError(`${name}: ${error.message}`);
    }
    throw error;
  }
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

function structuresOver(core: FullCore, market: Market): BookLine[] {
  const legs = market.underlyings.flatMap((underlying) => exampleBook(core, market, underlying));
  return legs.length === 0 ? [] : readBook(JSON.stringify(legs));
}

/** Tells what a file is by reading it as each: a chain, futures, a book. */
function recognise({ name, text }: TextFile): Content {
  if (text.includes('\0') || text.includes('\ufffd')) throw new ReadError(`${name}: it is no UTF-8 text`);
  // A tape's columns would make a chain as well: it comes first.
  if (isTape(text)) return { kind: 'tape', text };
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

/** Whether the first line has a tape's columns. */
function isTape(text: string): boolean {
  const [header] = text.split('\n', 1);
  if (header.trim() === '' || /^\s*[[{]/.test(header)) return false;
  return typeof attempt(() => new TradeReader().read(`${header}\n`)) !== 'string';
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
