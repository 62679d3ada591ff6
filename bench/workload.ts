/** The options that suites price: seeded, the same for every peer, on a grid and as a list. */
import type { ExpirySpec } from 'greekfire';
import { seededRandom, type Random } from '../example/random.js';
import type { ListColumns } from './peers/javascript.js';

/** Options of the main comparisons: 2,048 strikes, calls and puts. */
export const OPTIONS = 4096;

/**
 * A chain of coin-like options: expiries from days to two years, strikes to 2.5 deviations on either side, a smile,
 * forwards with basis, rates from 1 to 5 %.
 *
 * @param expiries - how many
 * @param strikes - of each expiry
 */
export function seededGrid(expiries: number, strikes: number, seed = 1): ExpirySpec[] {
  const random = seededRandom(seed);
  const index = 60_000;
  return Array.from({ length: expiries }, (_, e) => {
    const years = (3 + 727 * ((e + random.uniform(0.2, 0.8)) / expiries) ** 2) / 365;
    const forward = index * Math.exp(0.05 * years);
    const level = random.uniform(0.45, 0.6);
    const reach = 2.5 * level * Math.sqrt(years);
    const moneyness = Array.from({ length: strikes }, (_, i) => reach * ((2 * i + 1) / strikes - 1));
    return {
      underlying: 'BTC',
      label: `expiry ${e}`,
      years,
      forward,
      rate: random.uniform(0.01, 0.05),
      strike: moneyness.map((k) => forward * Math.exp(k)),
      volatility: moneyness.map(
        (k) => level + 0.3 * (k / reach) ** 2 - 0.05 * (k / reach) + random.uniform(0, 0.02),
      ),
    };
  });
}

/** The grid's calls and puts one by one, in seeded random order, as a book of independent options would come. */
export interface ShuffledList {
  /** On forwards. `dividend` is not read. */
  readonly forwards: ListColumns;
  /** The same options on spot: the spot price of each carries a dividend yield to its forward. */
  readonly spots: ListColumns;
  /** The same options on spot without a dividend, for peers that know none. */
  readonly bareSpots: ListColumns;
  /** Row of the grid of each option. */
  readonly row: Uint32Array;
}

/** Lists the calls and puts of a grid. */
export function shuffledList(grid: readonly ExpirySpec[], seed = 2): ShuffledList {
  const random = seededRandom(seed);
  const strikes = grid.flatMap((spec) => Array.from(spec.strike, (strike, i) => ({ spec, strike, i })));
  const order = shuffledOrder(2 * strikes.length, random);
  const columns = (): ListColumns => ({
    type: new Int8Array(order.length),
    under: new Float64Array(order.length),
    strike: new Float64Array(order.length),
    years: new Float64Array(order.length),
    volatility: new Float64Array(order.length),
    rate: new Float64Array(order.length),
    dividend: new Float64Array(order.length),
  });
  const forwards = columns();
  const spots = columns();
  const bareSpots = columns();
  const row = new Uint32Array(order.length);
  order.forEach((from, to) => {
    const at = from >> 1;
    const { spec, strike, i } = strikes[at];
    const rate = spec.rate ?? 0;
    const dividend = random.uniform(0, 0.03);
    row[to] = at;
    for (const [list, yieldOf] of [
      [forwards, rate],
      [spots, dividend],
      [bareSpots, 0],
    ] as const) {
      list.type[to] = from % 2 === 0 ? 1 : -1;
      list.under[to] = spec.forward * Math.exp((yieldOf - rate) * spec.years);
      list.strike[to] = strike;
      list.years[to] = spec.years;
      list.volatility[to] = spec.volatility[i];
      list.rate[to] = rate;
      list.dividend[to] = yieldOf;
    }
  });
  return { forwards, spots, bareSpots, row };
}

/** A seeded permutation of 0..length-1 (Fisher and Yates). */
function shuffledOrder(length: number, random: Random): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i -= 1) {
    const j = random.whole(0, i);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Forwards of successive ticks: the grid's own, moved by up to 0.5 % either way; `ticks` of them, one per expiry. */
export function seededTicks(grid: readonly ExpirySpec[], ticks = 16, seed = 3): Float64Array[] {
  const random = seededRandom(seed);
  return Array.from({ length: ticks }, () => {
    const move = Math.exp(random.uniform(-0.005, 0.005));
    return Float64Array.from(grid, ({ forward }) => forward * move);
  });
}
