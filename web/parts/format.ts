import { columnFormat, fixed, priceFormat, scientific, type Format } from '../../cli/report/format.js';
import { moneySign, unitOf } from '../../cli/report/shown.js';
import type { DeskView, Watched } from '../protocol.js';

export { columnFormat, fixed, moneySign, priceFormat, scientific, unitOf, type Format };

/** Volatility as the desk says it: in points. */
export const percent = (decimals: number): Format => {
  const format = fixed(decimals);
  return (value) => format(value * 100);
};

/** The unit of a sensitivity with the names of coin and currency. */
export function unit(name: Watched, { coin, currency }: Pick<DeskView, 'coin' | 'currency'>): string {
  return unitOf(name, coin, currency);
}

/** An instant as desks write it. */
export function instantText(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Signed money in whole units. */
export const money = fixed(0);

const compactFormat = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** Money beside an axis: 200K, -1.5M. */
export const compact: Format = (value) => compactFormat.format(value);
