import type { Columns, Core, ExpirySpec, OptionType } from 'greekfire';
import { SENSITIVITIES } from '../oracle/greeks.js';

/** What `core.evaluate` says of an expiry's strikes, on its forward. */
export function evaluateExpiry(
  core: Core,
  { years, forward, rate = 0, strike, volatility }: ExpirySpec,
  type: OptionType,
  settlement: 'linear' | 'inverse',
): Columns<3> {
  return core.evaluate({ type, forward, strike, years, volatility, rate, settlement }, 3);
}

/** Copies of the columns there are: an order has the first of the twelve. */
export function copyOf(columns: object): Record<string, Float64Array> {
  const entries = Object.entries(columns as Record<string, Float64Array>);
  return Object.fromEntries(entries.map(([name, column]) => [name, column.slice()]));
}

/** The names of an order's columns. */
export const namesOf = (order: 1 | 2 | 3): readonly string[] => SENSITIVITIES.slice(0, 3 + 3 * order);
