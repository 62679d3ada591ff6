import { requireFields, requireFinite } from '../checks.js';
import { DAYS_PER_YEAR, yearsBetween } from '../time.js';
import { decodeRows, ReadError, type Row } from './decode.js';
import { estimateForward, type ForwardEstimate, type ForwardSource } from './forward.js';
import { parseInstrument, type Settlement } from './instrument.js';
import {
  firstNumber,
  intrinsicValue,
  largestValue,
  readFuture,
  readOption,
  type FutureQuote,
  type OptionQuote,
  type OptionRow,
} from './quote.js';
import { countStatuses, type QuoteStatus, type StatusCounts } from './status.js';

/** Which of the exchange's answers an input is. */
export type ChainFormat = 'order books' | 'book summary' | 'tickers';

/** The options of one underlying that expire together. */
export interface Expiry {
  /** `BTC`, or the pair of a linear contract, `BTC_USDC`. */
  readonly underlying: string;
  /** `27MAR26`. */
  readonly label: string;
  /** 08:00 UTC of the expiry day, milliseconds since 1970-01-01T00:00Z. */
  readonly instant: number;
  /** ACT/365 from the market's instant; 0 once expired. */
  readonly years: number;
  /** What its options settle in. */
  readonly settlement: Settlement;
  /** In quote currency; NaN where no source gives one. */
  readonly forward: number;
  /** Where `forward` comes from. */
  readonly forwardSource: ForwardSource;
  /** Relative range of the values behind `forward`: how far the rows disagree. */
  readonly forwardSpread: number;
}

/** A name on a row that stands for neither an option nor a future. */
export interface UnrecognisedRow {
  /** 1 for the first record of the input. */
  readonly row: number;
  /** The name, as given. */
  readonly name: string;
}

/** What one input says of a market: every row is here, under a status. */
export interface Market {
  /** Which of the exchange's answers the input is. */
  readonly format: ChainFormat;
  /** Latest instant of the option rows: what `Expiry.years` is measured from. */
  readonly instant: number;
  /** In order of first appearance. */
  readonly underlyings: readonly string[];
  /** By underlying, then by expiry. */
  readonly expiries: readonly Expiry[];
  /** Every option row, in the input's order. */
  readonly quotes: readonly OptionQuote[];
  /** Futures and perpetuals: those among the rows and those of `ChainOptions.futures`. */
  readonly futures: readonly FutureQuote[];
  /** Rows whose names stand for no instrument: counted, and not read further. */
  readonly unrecognised: readonly UnrecognisedRow[];
  /** Rows of each status; sums to the option rows and the unrecognised ones. */
  readonly counts: StatusCounts;
}

/** How to read a chain. */
export interface ChainOptions {
  /** Instant of rows that carry none, milliseconds since 1970-01-01T00:00Z; without it such a row is an error. */
  readonly instant?: number;
  /** Quotes of futures and perpetuals from an input of their own. */
  readonly futures?: readonly FutureQuote[];
}

const optionNames: ReadonlySet<string> = new Set<keyof ChainOptions>(['instant', 'futures']);

/**
 * Reads an option chain as Deribit gives it: a list of `public/get_order_book` or `public/ticker` results, the answer
 * of `public/get_book_summary_by_currency`, or ticker fields as CSV. Several currencies may share one input.
 *
 * Missing quotes, blank forwards, zero or null prices and marks below intrinsic are normal: the row is kept and its
 * status says so. Futures among the rows become `Market.futures`.
 *
 * @param text - the file or answer, JSON or CSV
 * @throws ReadError where the text cannot be read; one line that names row and field
 */
export function readChain(text: string, options: ChainOptions = {}): Market {
  requireFields('options', options, optionNames);
  if (options.instant !== undefined) requireFinite('options.instant', options.instant);
  const rows = decodeRows(text);
  const found: OptionRow[] = [];
  const futures: FutureQuote[] = [...(options.futures ?? [])];
  const unrecognised: UnrecognisedRow[] = [];
  for (const row of rows) {
    const name = row.required('instrument_name');
    const instrument = parseInstrument(name);
    if (instrument === undefined) unrecognised.push({ row: row.number, name });
    else if (instrument.kind === 'option') found.push(readOption(row, instrument, options.instant ?? NaN));
    else futures.push(readFuture(row, instrument, options.instant ?? NaN));
  }
  if (found.length === 0) throw new ReadError('the input has no option rows');
  if (!rows.some((row) => row.find('mark_price', 'mark_iv', 'implied_volatility') !== undefined)) {
    throw new ReadError('row 1: has none of mark_price, mark_iv, implied_volatility');
  }
  const timely = found.filter((row) => !isLate(row));
  const instants = (timely.length > 0 ? timely : found).map((row) => row.instant).sort((a, b) => a - b);
  const instant = instants[instants.length - 1];
  const expiries = groupExpiries(found, futures, instant);
  const quotes = placeQuotes(found, expiries, instants[instants.length >> 1]);
  return {
    format: formatOf(rows[0]),
    instant,
    underlyings: [...new Set(found.map((row) => row.instrument.underlying))],
    expiries,
    quotes,
    futures,
    unrecognised,
    counts: countRows(quotes, unrecognised),
  };
}

/** Counts the rows of a market by status. */
export function countRows(
  quotes: readonly OptionQuote[],
  unrecognised: readonly UnrecognisedRow[],
): StatusCounts {
  return countStatuses([
    ...quotes.map((quote) => quote.status),
    ...unrecognised.map(() => 'unrecognised' as const),
  ]);
}

function formatOf(row: Row): ChainFormat {
  if (row.find('bids', 'asks') !== undefined) return 'order books';
  return row.find('timestamp') === undefined ? 'book summary' : 'tickers';
}

const expiryKey = (underlying: string, instant: number): string => `${underlying} ${instant}`;

function groupExpiries(found: readonly OptionRow[], futures: readonly FutureQuote[], now: number): Expiry[] {
  const groups = new Map<string, OptionRow[]>();
  for (const row of found) {
    const key = expiryKey(row.instrument.underlying, row.instrument.expiry);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  const expiries = [...groups.values()].map((group): Expiry => {
    const { underlying, label, expiry, settlement } = group[0].instrument;
    const future = futures.find(
      ({ instrument }) =>
        instrument.kind === 'future' && instrument.underlying === underlying && instrument.expiry === expiry,
    );
    const estimate: ForwardEstimate = estimateForward(group, settlement, future);
    return {
      underlying,
      label,
      instant: expiry,
      years: Math.max(0, yearsBetween(now, expiry)),
      settlement,
      forward: estimate.forward,
      forwardSource: estimate.source,
      forwardSpread: estimate.spread,
    };
  });
  const rank = [...new Set(expiries.map((expiry) => expiry.underlying))];
  return expiries.sort(
    (a, b) => rank.indexOf(a.underlying) - rank.indexOf(b.underlying) || a.instant - b.instant,
  );
}

function placeQuotes(
  found: readonly OptionRow[],
  expiries: readonly Expiry[],
  middle: number,
): OptionQuote[] {
  const position = new Map(
    expiries.map((expiry, index) => [expiryKey(expiry.underlying, expiry.instant), index]),
  );
  const latest = new Map<string, OptionRow>();
  for (const row of found) {
    const standing = latest.get(row.name);
    if (standing === undefined || isNewer(row, standing)) latest.set(row.name, row);
  }
  return found.map((row) => {
    const expiry = position.get(expiryKey(row.instrument.underlying, row.instrument.expiry))!;
    const status = latest.get(row.name) === row ? statusOf(row, expiries[expiry], middle) : 'duplicate';
    return { ...row, expiry, status };
  });
}

/** A row of an option a day after its end has a wrong instant, unless the whole input is of the past. */
function isLate(row: OptionRow): boolean {
  return row.years < -1 / DAYS_PER_YEAR;
}

function isNewer(row: OptionRow, standing: OptionRow): boolean {
  return isLate(row) === isLate(standing) ? row.instant > standing.instant : isLate(standing);
}

/** Per 1.00: far above what is ever marked; recorded chains of the exchange stay below 2. */
const LARGEST_VOLATILITY = 50;
/** Rows of one market are taken within minutes of each other. */
const OLDEST_YEARS = 7 / DAYS_PER_YEAR;
/** Prices are rounded to ticks, and forwards of rows differ. */
const PRICE_ROOM = 1.05;

function isImplausible(row: OptionRow, forward: number, settlement: Settlement, middle: number): boolean {
  const most = PRICE_ROOM * largestValue(row.type, forward, row.strike, settlement);
  return (
    yearsBetween(row.instant, middle) > OLDEST_YEARS ||
    row.volatility > LARGEST_VOLATILITY ||
    row.bid > most ||
    row.mark > most
  );
}

/** The gravest status of a row that is not a duplicate; `middle` is the instant in the middle of the rows'. */
function statusOf(row: OptionRow, expiry: Expiry, middle: number): QuoteStatus {
  if (row.years <= 0) return 'expired';
  if (isImplausible(row, expiry.forward, expiry.settlement, middle)) return 'implausible';
  if (Number.isNaN(expiry.forward)) return 'noForward';
  if (Number.isNaN(row.volatility)) return 'noVolatility';
  const forward = row.forwardGiven ? firstNumber(row.forward, expiry.forward) : expiry.forward;
  if (row.mark < intrinsicValue(row.type, forward, row.strike, expiry.settlement)) return 'belowIntrinsic';
  if (Number.isNaN(row.mark)) return 'noMark';
  if (!row.forwardGiven) return 'forwardBlank';
  if (row.bid > row.ask) return 'crossed';
  if (Number.isNaN(row.bid)) return Number.isNaN(row.ask) ? 'noQuote' : 'noBid';
  return Number.isNaN(row.ask) ? 'noAsk' : 'ok';
}
