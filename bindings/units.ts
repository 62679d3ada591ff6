import { requireNumber, requireWord } from './checks.js';
import { type Sensitivity, sensitivities } from './sensitivity.js';
import { DAYS_PER_YEAR } from './time.js';

/** How a desk shows one raw sensitivity: shown = raw x `scale` x forward ^ `moves`. */
export interface DeskUnit {
  /** Factor from the raw value (per 1.00 of volatility or rate, per year) to the desk's. */
  readonly scale: number;
  /** How many times the unit is "per 1 % move" instead of "per 1 of quote currency": each needs the forward once. */
  readonly moves: 0 | 1 | 2;
  /** Unit of the shown value; `$` stands for the quote currency, `coin` for the underlying. */
  readonly unit: string;
}

const POINT = 0.01;
const DAY = 1 / DAYS_PER_YEAR;
const MOVE = 0.01;

/**
 * The one place where raw numbers become desk units: volatility and rate per point (0.01), time per day, second and
 * third derivatives in the underlying per move of 1 %.
 *
 * Raw units are those of the library: `vega` per 1.00 of volatility, `theta` per year, `rho` per 1.00 of rate, `gamma`
 * per 1 of quote currency.
 */
export const DESK_UNITS: Readonly<Record<Sensitivity, DeskUnit>> = {
  price: { scale: 1, moves: 0, unit: '$' },
  delta: { scale: 1, moves: 0, unit: 'coin' },
  gamma: { scale: MOVE, moves: 1, unit: 'coin/1%' },
  vega: { scale: POINT, moves: 0, unit: '$/vol pt' },
  theta: { scale: DAY, moves: 0, unit: '$/day' },
  rho: { scale: POINT, moves: 0, unit: '$/1% rate' },
  vanna: { scale: POINT, moves: 0, unit: 'coin/vol pt' },
  volga: { scale: POINT * POINT, moves: 0, unit: '$/vol pt²' },
  charm: { scale: DAY, moves: 0, unit: 'coin/day' },
  speed: { scale: MOVE * MOVE, moves: 2, unit: 'coin/1%²' },
  zomma: { scale: POINT * MOVE, moves: 1, unit: 'coin/1%/vol pt' },
  color: { scale: DAY * MOVE, moves: 1, unit: 'coin/1%/day' },
};

/**
 * A raw sensitivity in the desk's unit.
 *
 * @param forward - price of the underlying in quote currency; only read where the unit is per 1 % move
 * @throws TypeError where an argument is not of its kind, RangeError where there is no such sensitivity
 */
export function toDesk(sensitivity: Sensitivity, raw: number, forward: number): number {
  const { scale, moves } = DESK_UNITS[requireWord('sensitivity', sensitivity, sensitivities)];
  return requireNumber('raw', raw) * scale * (moves === 0 ? 1 : requireNumber('forward', forward) ** moves);
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
 * @throws TypeError where one is not a number
 */
export function displayTheta(theta: number, price: number, years: number): number {
  const left = Math.min(1, requireNumber('years', years) * DAYS_PER_YEAR);
  const decay = (Math.abs(requireNumber('theta', theta)) / DAYS_PER_YEAR) * left;
  return -Math.min(decay, requireNumber('price', price));
}
