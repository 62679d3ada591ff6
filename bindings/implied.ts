import type { Abi } from './abi.js';
import type { Settlement } from './batch.js';
import type { Column } from './checks.js';
import type { TypeColumn, Underlier } from './option.js';

/** Quotes to invert, column by column; every array has one element per row. */
export type QuoteColumns = Underlier & {
  type: TypeColumn;
  strike: Column;
  years: Column;
  price: Column;
  rate?: Column;
  guess?: Column;
  settlement?: Settlement;
  model?: 'lognormal' | 'normal';
};

/** The work of `core.impliedVolatility`. */
export function impliedColumns(_abi: Abi, _quotes: QuoteColumns): { volatility: Float64Array; status: Uint8Array } {
  throw new Error('impliedVolatility is not supported yet');
}
