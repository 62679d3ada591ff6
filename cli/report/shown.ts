import { DESK_UNITS, toDesk, type Sensitivity } from 'greekfire';
import type { Exposure } from './model.js';

/** One sensitivity of an exposure in desk units. */
export function desk(name: Sensitivity, exposure: Exposure, price: number): number {
  return toDesk(name, exposure[name], price);
}

/** The desk unit with the names of the coin and of the quote currency in it. */
export function unitOf(name: Sensitivity, coin: string, currency: string): string {
  const { unit } = DESK_UNITS[name];
  return unit.replace('coin', coin).replace('$', currency === 'USD' ? '$' : currency);
}
