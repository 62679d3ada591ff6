import { DESK_UNITS, toDesk } from 'greekfire';
import type { Exposure, Shown } from './model.js';

/** One sensitivity of an exposure in desk units, measured against a forward. */
export function desk(name: Shown, exposure: Exposure, forward: number): number {
  return toDesk(name, exposure[name], forward);
}

/** The desk unit with the names of the coin and of the quote currency in it. */
export function unitOf(name: Shown, coin: string, currency: string): string {
  const { unit } = DESK_UNITS[name];
  return unit.replace('coin', coin).replace('$', moneySign(currency));
}

/** How a column names the quote currency: dollars, in coins or not, by their sign. */
export function moneySign(currency: string): string {
  return currency.startsWith('USD') ? '$' : currency;
}
