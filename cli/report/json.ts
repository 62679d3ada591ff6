import { SENSITIVITIES } from './build.js';
import type { Exposure, Report } from './model.js';

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
  years: 'ACT/365',
  quantity: 'units of the underlying',
  cost: 'quote currency',
  timings: 'microseconds, median',
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
    (_, value: unknown) => (isExposure(value) ? pickShown(value) : value === undefined ? null : value),
    2,
  );
}

function isExposure(value: unknown): value is Exposure {
  return (
    typeof value === 'object' && value !== null && SENSITIVITIES.every((name) => Object.hasOwn(value, name))
  );
}

/** Third-order sensitivities are not computed for a report, and would be noise in it. */
function pickShown(exposure: Exposure): Partial<Exposure> {
  return Object.fromEntries(SENSITIVITIES.map((name) => [name, exposure[name]]));
}
