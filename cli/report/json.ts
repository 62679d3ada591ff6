import type { Report } from './model.js';

/** What the numbers of the JSON report mean, so that a reader need not guess. */
const UNITS = {
  price: 'quote currency',
  delta: 'units of the underlying',
  gamma: 'units of the underlying per 1 of quote currency',
  vega: 'quote currency per 1.00 of volatility',
  theta: 'quote currency per year',
  rho: 'quote currency per 1.00 of rate, forward held',
  vanna: 'units of the underlying per 1.00 of volatility',
  volga: 'quote currency per 1.00 of volatility squared',
  charm: 'units of the underlying per year',
  volatility: 'per 1.00 and root year; risk reversal, butterfly and errors too',
  skew: 'volatility per 1.00 of ln(strike/forward)',
  years: 'ACT/365',
  quantity: 'units of the underlying',
  cost: 'quote currency',
  timings: 'microseconds, median',
  scan: 'profits in scan.unit, the spot running fastest, then volatility, then days; moves per 1.00',
} as const;

/**
 * The report for machines: the data of the text report, sensitivities raw, instants in ISO 8601. A number that does
 * not exist is null.
 */
export function renderJson(report: Report): string {
  const { instant, chain, book, futures, ...rest } = report;
  return JSON.stringify(
    {
      schema: 'greekfire.report/1',
      synthetic: chain.synthetic || book.synthetic,
      instant: new Date(instant).toISOString(),
      source: { chain, book, futures: futures ?? null },
      units: UNITS,
      ...rest,
    },
    (_, value: unknown) => {
      if (value === undefined) return null;
      return value instanceof Float64Array ? Array.from(value) : value;
    },
    2,
  );
}
