import type { Abi } from './abi.js';
import type { Settlement } from './batch.js';
import { type Column, fillColumn, requireRows, requireWord } from './checks.js';
import { taken, View } from './memory.js';
import { fillTypes, readUnderlier, requireTypes, type TypeColumn, type Underlier } from './option.js';

/**
 * What became of a quote: the values of {@link ImpliedVolatility.status}. Only an `ok` row has a volatility.
 *
 * - `ok`: the volatility gives the price.
 * - `belowIntrinsic`: the price is less than at volatility 0, by more than rounding.
 * - `aboveMaximum`: the price is at or above what it tends to as volatility grows (the discounted underlying of a call,
 *   the discounted strike of a put), or an expired option's price is above its intrinsic value.
 * - `noTimeValue`: the price is its value at volatility 0, to rounding.
 * - `badInput`: not an option, not a number, not a price.
 */
export const ImpliedStatus = {
  /** The volatility is found, to the attainable accuracy. */
  ok: 0,
  /** The price is below the intrinsic value. */
  belowIntrinsic: 1,
  /** The price is at or above what no volatility exceeds. */
  aboveMaximum: 2,
  /** The price is the intrinsic value: any small volatility explains it. */
  noTimeValue: 3,
  /** The row is no option: unknown type, a value that is not finite or not positive. */
  badInput: 4,
} as const;

/** Quotes to invert, column by column; every array has one element per row. */
export type QuoteColumns = Underlier & {
  /** Call or put. */
  type: TypeColumn;
  /** Strike in quote currency. */
  strike: Column;
  /** Time to expiry in years of 365 days. */
  years: Column;
  /** Price in quote currency, in coin with settlement 'inverse'. */
  price: Column;
  /** Continuous rate per 1.00 and year; 0 where absent. */
  rate?: Column;
  /**
   * Volatilities to start from, the last tick's say. They change no digit that counts, only the work, and only where
   * the built-in guess is coarse: volatility sqrt(years) above 1.2 or |ln(forward/strike)| above 2.5. Any value goes,
   * NaN too.
   */
  guess?: Column;
  /** 'inverse' where prices are in coin; 'linear', the default, in quote currency. */
  settlement?: Settlement;
  /** 'lognormal' (Black), the default, or 'normal' (Bachelier: volatility in units of the underlying). */
  model?: 'lognormal' | 'normal';
};

const columnNames: ReadonlySet<string> = new Set([
  'type',
  'spot',
  'forward',
  'dividend',
  'strike',
  'years',
  'price',
  'rate',
  'guess',
  'settlement',
  'model',
]);

/** Implied volatilities, row by row; the arrays are the caller's. */
export interface ImpliedVolatility {
  /** Per 1.00 and root year, in units of the underlying for the normal model; NaN where the status is not `ok`. */
  volatility: Float64Array;
  /** Values of {@link ImpliedStatus}. */
  status: Uint8Array;
}

/** Columns in the module's order. */
const column = {
  type: 0,
  under: 1,
  strike: 2,
  years: 3,
  price: 4,
  rate: 5,
  dividend: 6,
  guess: 7,
  volatility: 8,
  status: 9,
} as const;

/** The work of `core.impliedVolatility`: columns laid in, solved, copied out and given back. */
export function impliedColumns(abi: Abi, quotes: QuoteColumns): ImpliedVolatility {
  const { forward, under, dividend } = readUnderlier('quotes', quotes, columnNames);
  const { type, strike, years, price, rate = 0, guess } = quotes;
  requireTypes('quotes.type', type);
  const columns = { [forward ? 'forward' : 'spot']: under, dividend, strike, years, price, rate };
  const given = guess === undefined ? columns : { ...columns, guess };
  const rows = requireRows(typeof type === 'string' ? given : { type, ...given }, 'quotes.');
  const model = requireWord('quotes.model', quotes.model ?? 'lognormal', ['lognormal', 'normal']);
  const settlement = requireWord('quotes.settlement', quotes.settlement ?? 'linear', ['linear', 'inverse']);
  if (rows === 0) return { volatility: new Float64Array(0), status: new Uint8Array(0) };

  const at = taken(abi.impliedCreate(rows, forward ? 1 : 0), 'quotes');
  try {
    const view = (index: number): Float64Array =>
      new View(abi, 'f64', abi.impliedColumn(at, index), rows).array;
    fillTypes(new View(abi, 'i8', abi.impliedColumn(at, column.type), rows).array, type);
    fillColumn(view(column.under), under);
    fillColumn(view(column.strike), strike);
    fillColumn(view(column.years), years);
    fillColumn(view(column.price), price);
    fillColumn(view(column.rate), rate);
    if (!forward) fillColumn(view(column.dividend), dividend);
    if (guess !== undefined) fillColumn(view(column.guess), guess);
    abi.impliedSolve(
      at,
      rows,
      model === 'normal' ? 1 : 0,
      settlement === 'inverse' ? 1 : 0,
      guess === undefined ? 0 : 1,
    );
    return {
      volatility: view(column.volatility).slice(),
      status: new View(abi, 'u8', abi.impliedColumn(at, column.status), rows).array.slice(),
    };
  } finally {
    abi.give(at);
  }
}
