/**
 * The smiles of an underlying, one slice per expiry, and the quotes they are fitted to: the object and its columns.
 * quotes.ts turns prices into intervals of volatility, fit.ts fits a slice, figures.ts says what a desk asks of it.
 */
import { give, take } from '../memory/arena';
import { headerOf, strideOf } from '../memory/layout';
import { FIT_COLUMNS } from './descent';


@unmanaged
export class Smile {
  expiries: i32;
  quotes: i32;
  /** Bytes between columns of expiries, of quotes, and of the quotes that a slice is fitted to. */
  expiryStride: usize;
  stride: usize;
  fitStride: usize;
  /** Implied volatilities of bids and asks: an object of book/implied.ts. */
  impliedAt: usize;
  /** Set where slices are kept from crossing their neighbours. */
  isParted: i32;
  /** A report of every expiry's own slice, then one of its slice of the surface. */
  reportsAt: usize;
  /** The surface (SSVI). */
  rho: f64;
  eta: f64;
  gamma: f64;
}

/** What became of an expiry. */
export const OK: f64 = 0;
/** Fewer two-sided strikes than a slice has parameters: it has none. */
export const FEW_QUOTES: f64 = 1;
export const EXPIRED: f64 = 2;

/** What a fit found, all numbers: `SmileSlice` of the bindings, field by field. The parameters come first: a Slice. */
@unmanaged
export class Report {
  a: f64;
  b: f64;
  rho: f64;
  m: f64;
  sigma: f64;
  status: f64;
  atmVolatility: f64;
  skew: f64;
  riskReversal: f64;
  butterfly: f64;
  leastDurrleman: f64;
  leastDurrlemanAt: f64;
  twoSided: f64;
  inside: f64;
  rmsError: f64;
  rmsOutside: f64;
  /** Quotes of each state of quotes.ts, in their order. */
  states0: f64;
  states1: f64;
  states2: f64;
  states3: f64;
  states4: f64;
  states5: f64;
  states6: f64;
  outliers: f64;
  steps: f64;
  /** Least total variance gained from the expiry before, over the strikes quoted at either, and where. */
  leastCalendar: f64;
  leastCalendarAt: f64;
  /** 1 where there is no gain below 0 over all k. */
  isCalendarFree: f64;
  /** Least gain relative to the expiry before, over all k, and where. */
  leastGain: f64;
  leastGainAt: f64;
  /** Moneyness of the outermost quotes that bound the slice. */
  leftmost: f64;
  rightmost: f64;
}

// Columns of expiries.
export const YEARS: usize = 0;
export const FORWARD: usize = 1;
export const RATE: usize = 2;
/** 1 where prices are in coin. */
export const COIN: usize = 3;
/** First quote of each expiry and, after the last, the number of quotes: integers. */
export const OFFSET: usize = 4;
/** Rows of the columns that a slice is fitted to, integers: 0 where no quote bounds it from both sides. */
export const FIT_ROWS: usize = 5;
/** Total volatility near the money, by which a slice is scaled. */
export const SCALE: usize = 6;
const EXPIRY_COLUMNS: usize = 7;

// Columns of quotes; of `TYPE` and `STATE` each row is a byte.
export const TYPE: usize = 0;
export const STRIKE: usize = 1;
/** The forward that a quote was made at. */
export const QUOTE_FORWARD: usize = 2;
export const BID: usize = 3;
export const ASK: usize = 4;
/** ln(K/F). */
export const LOG_MONEYNESS: usize = 5;
/** Volatilities of bid and ask; 0 and Infinity where that side does not bind. */
export const BID_VOLATILITY: usize = 6;
export const ASK_VOLATILITY: usize = 7;
export const STATE: usize = 8;
const QUOTE_COLUMNS: usize = 9;

// @ts-ignore: decorator
@inline
export function expiryColumn(smile: Smile, column: usize): usize {
  return changetype<usize>(smile) + headerOf<Smile>() + column * smile.expiryStride;
}

// @ts-ignore: decorator
@inline
export function quoteColumn(smile: Smile, column: usize): usize {
  return expiryColumn(smile, EXPIRY_COLUMNS) + column * smile.stride;
}

/** Address of the columns that an expiry is fitted to, and after them the column of weights: an even first row. */
// @ts-ignore: decorator
@inline
export function fitColumns(smile: Smile, expiry: i32): usize {
  return quoteColumn(smile, QUOTE_COLUMNS) + ((<usize>((firstQuote(smile, expiry) + 2 * expiry) & ~1)) << 3);
}

// @ts-ignore: decorator
@inline
export function firstQuote(smile: Smile, expiry: i32): i32 {
  return load<i32>(expiryColumn(smile, OFFSET) + ((<usize>expiry) << 2));
}

// @ts-ignore: decorator
@inline
export function reportOf(smile: Smile, expiry: i32, surface: i32 = 0): Report {
  return changetype<Report>(
    smile.reportsAt + <usize>(surface * smile.expiries + expiry) * offsetof<Report>(),
  );
}

/** A slice that is none. */
export function clearReport(report: Report): void {
  for (let i: usize = 0; i < offsetof<Report>(); i += 8) store<f64>(changetype<usize>(report) + i, NaN);
}

/** @returns the smiles, 0 where memory is exhausted; their columns are to be filled, then `smileFit` called */
export function smileCreate(expiries: i32, quotes: i32, isParted: i32): usize {
  const expiryStride = strideOf(expiries + 1);
  const stride = strideOf(quotes);
  const columns = headerOf<Smile>() + EXPIRY_COLUMNS * expiryStride + QUOTE_COLUMNS * stride;
  const fitStride = strideOf(quotes + 2 * expiries);
  const fits = (FIT_COLUMNS + 1) * fitStride;
  const at = take(columns + fits + 2 * <usize>expiries * offsetof<Report>());
  if (at) {
    const smile = changetype<Smile>(at);
    smile.expiries = expiries;
    smile.quotes = quotes;
    smile.isParted = isParted;
    smile.expiryStride = expiryStride;
    smile.stride = stride;
    smile.fitStride = fitStride;
    smile.reportsAt = at + columns + fits;
  }
  return at;
}

/** Address of a column of expiries: years, forwards, rates, 1 where prices are in coin, offsets (32-bit integers). */
export function smileExpiry(at: usize, column: i32): usize {
  return expiryColumn(changetype<Smile>(at), <usize>column);
}

/**
 * Address of a column of quotes: type (bytes, 1 call, -1 put), strike, forward, bid, ask; ln(K/F), volatility of bid
 * and of ask, state (bytes).
 */
export function smileQuote(at: usize, column: i32): usize {
  return quoteColumn(changetype<Smile>(at), <usize>column);
}

/** Address of the reports, one after the other: of every expiry's own slice, then of its slice of the surface. */
export function smileReport(at: usize): usize {
  return changetype<Smile>(at).reportsAt;
}

/** Address of the surface's rho, eta and gamma. */
export function smileSurface(at: usize): usize {
  return at + offsetof<Smile>('rho');
}

/** Gives the memory back. */
export function smileGive(at: usize): void {
  give(changetype<Smile>(at).impliedAt);
  give(at);
}
