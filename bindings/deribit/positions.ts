import type { ExpirySpec, Position } from '../index.js';
import type { BookLine } from './book.js';
import { clip, ReadError } from './decode.js';
import type { Expiry, Market } from './market.js';
import { firstNumber, type FutureQuote, type OptionQuote } from './quote.js';
import type { QuoteStatus } from './status.js';

/** Rows under these statuses say nothing about a price today. */
const UNUSED: ReadonlySet<QuoteStatus> = new Set([
  'duplicate',
  'expired',
  'implausible',
  'noForward',
  'noVolatility',
  'unrecognised',
]);

/** Whether the row can be priced: it has a forward, a volatility and time left, is plausible and no duplicate. */
export function isPriced(quote: OptionQuote): boolean {
  return !UNUSED.has(quote.status);
}

/** A market as `core.chain` takes it. */
export interface ChainInput {
  /** One per expiry that has a forward, in the order of `Market.expiries`. */
  readonly expiries: ExpirySpec[];
  /** By index of `Market.expiries`: index into `expiries`, -1 where the expiry has no forward. */
  readonly expiryIndex: Int32Array;
}

/**
 * The expiries of a market for `core.chain`: every strike the input names, ascending, with one volatility each.
 *
 * A strike takes the volatility of its out-of-the-money option, whose price carries it, and of the other one where
 * that has none; NaN where neither has one: its rows are then NaN in the chain, and its neighbours right.
 */
export function chainInput(market: Market): ChainInput {
  const expiryIndex = new Int32Array(market.expiries.length).fill(-1);
  const expiries: ExpirySpec[] = [];
  market.expiries.forEach((expiry, index) => {
    if (Number.isNaN(expiry.forward)) return;
    expiryIndex[index] = expiries.length;
    expiries.push(expirySpec(market, expiry, index));
  });
  return { expiries, expiryIndex };
}

function expirySpec(market: Market, expiry: Expiry, index: number): ExpirySpec {
  const strikes = new Map<number, number>();
  for (const quote of market.quotes) {
    if (quote.expiry !== index) continue;
    const volatility = volatilityOf(quote, expiry);
    const known = strikes.get(quote.strike) ?? NaN;
    const outOfTheMoney =
      quote.type === 'call' ? quote.strike >= expiry.forward : quote.strike < expiry.forward;
    strikes.set(
      quote.strike,
      outOfTheMoney ? firstNumber(volatility, known) : firstNumber(known, volatility),
    );
  }
  const ascending = [...strikes].sort(([a], [b]) => a - b);
  return {
    underlying: expiry.underlying,
    label: expiry.label,
    years: expiry.years,
    forward: expiry.forward,
    settlement: expiry.settlement,
    strike: Float64Array.from(ascending, ([strike]) => strike),
    volatility: Float64Array.from(ascending, ([, volatility]) => volatility),
  };
}

/** What the chain prices a row with: NaN is no price; an expired row needs none for its intrinsic value. */
function volatilityOf(quote: OptionQuote, expiry: Expiry): number {
  if (expiry.years === 0) return firstNumber(quote.volatility, 0);
  return isPriced(quote) ? quote.volatility : NaN;
}

/** A book as `core.book` takes it. */
export interface BookInput {
  /** In the order of the lines, quantities in units of the underlying. */
  readonly positions: Position[];
  /** The line each position came from. */
  readonly lines: BookLine[];
  /** Lines of instruments the input names but cannot price, and why; they have no position. */
  readonly unpriced: {
    /** The line of the book. */
    readonly line: BookLine;
    /** Why it cannot be priced. */
    readonly status: QuoteStatus;
  }[];
}

/**
 * The positions of a book over a market, for `core.book` on the chain of {@link chainInput}.
 *
 * USD amounts of inverse futures become units of the underlying: USD / price, with the contract's own mark where it is
 * quoted, else its expiry's forward, else (a perpetual) the index, else the nearest forward.
 *
 * @throws ReadError listing every name the market does not know
 */
export function bookPositions(lines: readonly BookLine[], market: Market, input: ChainInput): BookInput {
  const options = new Map<string, OptionQuote>();
  for (const quote of market.quotes) if (quote.status !== 'duplicate') options.set(quote.name, quote);
  const unknown = lines.filter((line) => !isKnown(line, market, options)).map((line) => line.name);
  if (unknown.length > 0) {
    throw new ReadError(
      `the chain does not know ${[...new Set(unknown)].map((name) => clip(name)).join(', ')}`,
    );
  }
  const result: BookInput = { positions: [], lines: [], unpriced: [] };
  for (const line of lines) {
    const position = positionOf(line, market, input, options.get(line.name));
    if (typeof position === 'string') {
      result.unpriced.push({ line, status: position });
    } else {
      result.positions.push(position);
      result.lines.push(line);
    }
  }
  return result;
}

function isKnown(line: BookLine, market: Market, options: ReadonlyMap<string, OptionQuote>): boolean {
  const instrument = line.instrument;
  if (instrument === undefined) return false;
  if (instrument.kind === 'option') return options.has(line.name);
  if (!market.underlyings.includes(instrument.underlying)) return false;
  return instrument.kind === 'perpetual' || expiryOf(market, instrument.underlying, instrument.expiry) >= 0;
}

function expiryOf(market: Market, underlying: string, instant: number): number {
  return market.expiries.findIndex(
    (expiry) => expiry.underlying === underlying && expiry.instant === instant,
  );
}

function positionOf(
  line: BookLine,
  market: Market,
  input: ChainInput,
  quote: OptionQuote | undefined,
): Position | QuoteStatus {
  const instrument = line.instrument!;
  if (instrument.kind === 'perpetual') {
    const price = perpetualPrice(market, instrument.underlying);
    if (Number.isNaN(price)) return 'noForward';
    return { kind: 'perpetual', underlying: instrument.underlying, quantity: coins(line, price) };
  }
  const expiry = expiryOf(market, instrument.underlying, instrument.expiry);
  const index = input.expiryIndex[expiry];
  if (index < 0) return 'noForward';
  if (instrument.kind === 'future') {
    const future = market.futures.find((candidate) => candidate.name === instrument.name);
    const price = firstNumber(future?.mark, market.expiries[expiry].forward);
    return { kind: 'future', expiry: index, quantity: coins(line, price) };
  }
  // Expired options stay in the book: the chain gives them their intrinsic value and no sensitivities.
  const { strike, type } = instrument;
  if (quote !== undefined && !isPriced(quote) && quote.status !== 'expired') {
    const spec = input.expiries[index];
    const row = Array.prototype.indexOf.call(spec.strike, strike);
    if (Number.isNaN(spec.volatility[row])) return quote.status;
  }
  return { kind: 'option', expiry: index, strike, type, quantity: line.quantity };
}

function coins(line: BookLine, price: number): number {
  return line.unit === 'usd' ? line.quantity / price : line.quantity;
}

/** The perpetual's mark, else the index, else the forward of the nearest expiry; NaN where the market has none. */
export function perpetualPrice(market: Market, underlying: string): number {
  const perpetual = findPerpetual(market, underlying);
  const quote = market.quotes.find(
    ({ instrument, index }) => instrument.underlying === underlying && index > 0,
  );
  const nearest = market.expiries.find((expiry) => expiry.underlying === underlying && expiry.forward > 0);
  return firstNumber(perpetual?.mark, perpetual?.index, quote?.index, nearest?.forward);
}

/** The quotes of an underlying's perpetual, if the market has them. */
export function findPerpetual(market: Market, underlying: string): FutureQuote | undefined {
  return market.futures.find(
    ({ instrument }) => instrument.kind === 'perpetual' && instrument.underlying === underlying,
  );
}
