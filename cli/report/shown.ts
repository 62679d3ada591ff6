import { DESK_UNITS, toDesk } from 'greekfire';
import { printable } from '../failure.js';
import { wrap } from './format.js';
import type { Exposure, Shown } from './model.js';
import type { Paint } from './paint.js';

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

/** Columns of a line of names. */
const LINE = 96;

/** Lines that name the positions that count nowhere; none where all have a price. */
export function unpricedLines(names: readonly string[], paint: Paint): string[] {
  if (names.length === 0) return [];
  const [first, ...rest] = names.map(printable);
  return wrap([`  without a price, left out of every figure: ${first}`, ...rest], LINE).map((line, i) =>
    paint.warn(i === 0 ? line : `  ${line}`),
  );
}
