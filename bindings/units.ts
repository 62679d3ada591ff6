import type { Sensitivity } from './index.js';
import { DAYS_PER_YEAR } from './time.js';

/** How a desk shows one raw sensitivity: shown = raw x `scale`. */
export interface DeskUnit {
  /** Factor from the raw value (per 1.00 of volatility or rate, per year) to the desk's. */
  readonly scale: number;
  /** Unit of the shown value; `$` stands for the quote currency, `coin` for the underlying. */
  readonly unit: string;
}

const POINT = 0.01;

/**
 * The one place where raw numbers become desk units: volatility and rate per point (0.01), time per day.
 *
 * Raw units are those of the library: `vega` per 1.00 of volatility, `theta` per year, `rho` per 1.00 of rate.
 */
export const DESK_UNITS: Readonly<Record<Sensitivity, DeskUnit>> = {
  price: { scale: 1, unit: '$' },
  delta: { scale: 1, unit: 'coin' },
  gamma: { scale: 1, unit: 'coin/$' },
  vega: { scale: POINT, unit: '$/vol pt' },
  theta: { scale: 1 / DAYS_PER_YEAR, unit: '$/day' },
  rho: { scale: POINT, unit: '$/1% rate' },
  vanna: { scale: POINT, unit: 'coin/vol pt' },
  volga: { scale: POINT * POINT, unit: '$/vol pt²' },
  charm: { scale: 1 / DAYS_PER_YEAR, unit: 'coin/day' },
  speed: { scale: 1, unit: 'coin/$²' },
  zomma: { scale: POINT, unit: 'coin/$/vol pt' },
  color: { scale: 1 / DAYS_PER_YEAR, unit: 'coin/$/day' },
};

/** A raw sensitivity in the desk's unit, `raw * DESK_UNITS[sensitivity].scale`. */
export function toDesk(sensitivity: Sensitivity, raw: number): number {
  return raw * DESK_UNITS[sensitivity].scale;
}

/**
 * The theta an option screen of Deribit shows, in quote currency per day, never positive.
 *
 * The exchange shows the decay until expiry where less than a day is left, and never more than the premium:
 * -min(|theta| / 365 x min(1, days left), price). Found on the exchange's own rows, exact to the displayed digits.
 *
 * @param theta - Black-76 theta in quote currency per year, raw
 * @param price - model price in quote currency, unrounded
 * @param years - ACT/365 time to expiry
 */
export function displayTheta(theta: number, price: number, years: number): number {
  const decay = (Math.abs(theta) / DAYS_PER_YEAR) * Math.min(1, years * DAYS_PER_YEAR);
  return -Math.min(decay, price);
}
