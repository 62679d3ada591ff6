import type { Random } from './random.js';

/** One level of an order book: price in coin (USD for a future), contracts (USD for a future). */
export type PriceLevel = readonly [price: number, amount: number];

const LEVELS = 5;
/** Tick of coin-settled BTC options: 0.0001 up to 0.005, 0.0005 above, in units of 0.0001. */
const FINE = 1;
const COARSE = 5;
const CHANGE = 50;

function tickAt(units: number): number {
  return units < CHANGE ? FINE : COARSE;
}

function amount(random: Random, level: number): number {
  return random.whole(5, 120 * (level + 1)) / 10;
}

/** Five levels at or below a price, best first; fewer, or none, where it is less than five ticks. */
export function bidLadder(random: Random, price: number): PriceLevel[] {
  const levels: PriceLevel[] = [];
  let units = Math.floor(price * 1e4 + 1e-9);
  units -= units >= CHANGE ? units % COARSE : 0;
  for (let level = 0; level < LEVELS && units > 0; level += 1) {
    levels.push([units / 1e4, amount(random, level)]);
    units -= tickAt(units - 1) * random.whole(1, 3);
  }
  return levels;
}

/** Five levels at or above a price, best first. */
export function askLadder(random: Random, price: number): PriceLevel[] {
  const levels: PriceLevel[] = [];
  let units = Math.max(1, Math.ceil(price * 1e4 - 1e-9));
  units += units > CHANGE ? (COARSE - (units % COARSE)) % COARSE : 0;
  for (let level = 0; level < LEVELS; level += 1) {
    levels.push([units / 1e4, amount(random, level)]);
    units += tickAt(units) * random.whole(1, 3);
    if (units > CHANGE) units += (COARSE - (units % COARSE)) % COARSE;
  }
  return levels;
}
