import { createSync, displayTheta, yearsBetween, type Core } from 'greekfire';
import { expiryLabel } from 'greekfire/deribit';
import { askLadder, bidLadder, type PriceLevel } from './ladder.js';
import { seededRandom, type Random } from './random.js';
import { ssviSurface, type Surface } from './surface.js';

/** One row of the synthetic market, with the fields of the exchange's `public/get_order_book`. */
export interface OrderBook {
  readonly instrument_name: string;
  readonly timestamp: number;
  readonly state: 'open';
  readonly underlying_price?: number;
  readonly underlying_index?: string;
  readonly index_price: number;
  readonly interest_rate?: number;
  readonly mark_price: number;
  readonly mark_iv?: number;
  readonly best_bid_price: number;
  readonly best_bid_amount: number;
  readonly best_ask_price: number;
  readonly best_ask_amount: number;
  readonly bids: readonly PriceLevel[];
  readonly asks: readonly PriceLevel[];
  readonly greeks?: Readonly<Record<'delta' | 'gamma' | 'vega' | 'theta' | 'rho', number>>;
}

/** A synthetic market in the shape of the exchange's answers. */
export interface ExampleMarket {
  /** Option rows. */
  readonly chain: readonly OrderBook[];
  /** The perpetual and the dated futures. */
  readonly futures: readonly OrderBook[];
}

/** What makes one synthetic market differ from another. */
export interface ExampleOptions {
  /** Same seed, same market. Default 1. */
  readonly seed?: number;
  /** Prices the marks; a core of its own by default. */
  readonly core?: Core;
  /** Strikes of each expiry, about. Default 50. */
  readonly strikes?: number;
}

/** A Friday, 10:30 UTC: the weekly, monthly and quarterly expiries below are then Fridays of the exchange's cycle. */
export const EXAMPLE_INSTANT = Date.UTC(2026, 0, 16, 10, 30);

const DAY = 86_400_000;
const EXPIRY_DAYS = [1, 2, 7, 14, 21, 42, 70, 161, 252, 343];
const FUTURE_DAYS = [7, 14, 42, 70, 161, 252, 343];
/** Strikes reach this many standard deviations to either side of the forward. */
const REACH = 3.2;

/**
 * Makes a synthetic, lifelike market of coin-settled BTC options: ten expiries of about fifty strikes, a skewed smile
 * free of arbitrage, forwards with a rising basis, quotes with five levels of depth, a perpetual and dated futures.
 * Nothing in it was ever quoted anywhere.
 */
export function exampleMarket({
  seed = 1,
  core = createSync(),
  strikes = 50,
}: ExampleOptions = {}): ExampleMarket {
  const random = seededRandom(seed);
  const index = round(random.uniform(92_000, 98_000), 2);
  const surface = ssviSurface({
    index,
    basis: [random.uniform(0.03, 0.045), random.uniform(0.055, 0.07)],
    level: [random.uniform(0.38, 0.46), random.uniform(0.48, 0.54)],
    reversion: 2.5,
    rho: random.uniform(-0.32, -0.22),
    eta: random.uniform(1, 1.2),
    gamma: 0.46,
  });
  const midnight = EXAMPLE_INSTANT - (EXAMPLE_INSTANT % DAY);
  const expiries = EXPIRY_DAYS.map((days) => midnight + days * DAY + DAY / 3);
  const chain = expiries.flatMap((expiry) => optionRows(core, random, surface, index, expiry, strikes));
  const dated = expiries.filter((_, position) => FUTURE_DAYS.includes(EXPIRY_DAYS[position]));
  const futures = [
    futureRow(random, 'BTC-PERPETUAL', index * (1 + random.uniform(-1e-4, 1e-4)), index, 0.5, 1_500_000),
    ...dated.map((expiry) => {
      const forward = round(surface.forward(yearsBetween(EXAMPLE_INSTANT, expiry)), 2);
      return futureRow(random, `BTC-${expiryLabel(expiry)}`, forward, index, 2.5, 400_000);
    }),
  ];
  return { chain, futures };
}

function optionRows(
  core: Core,
  random: Random,
  surface: Surface,
  index: number,
  expiry: number,
  count: number,
): OrderBook[] {
  const years = yearsBetween(EXAMPLE_INSTANT, expiry);
  const forward = round(surface.forward(years), 2);
  const label = expiryLabel(expiry);
  const strike = strikeGrid(forward, surface.deviation(years), count).flatMap((value) => [value, value]);
  const type = strike.map((_, row) => (row % 2 === 0 ? 'call' : 'put'));
  // The exchange prints its mark volatility to 0.01 point: rounding it first makes the marks reprice exactly.
  const volatility = strike.map((value) => round(surface.volatility(value, years), 4));
  const columns = { type, forward, strike, years, volatility };
  const usd = core.evaluate(columns);
  return strike.map((value, row): OrderBook => {
    const price = usd.price[row];
    const mark = round(price / forward, 6);
    // Makers quote a width in volatility, wider where the option carries little of it and wider in the money, where
    // hedging them takes the future; never under a tick or two.
    const inTheMoney = Math.max(0, Math.abs(usd.delta[row]) - 0.5);
    const width =
      (random.uniform(0.004, 0.009) * usd.vega[row]) / forward +
      random.uniform(0.003, 0.008) * inTheMoney +
      random.uniform(0.5, 1.5) * 1e-4;
    const bids = bidLadder(random, mark - width);
    const asks = askLadder(random, mark + width);
    return {
      instrument_name: `BTC-${label}-${value}-${type[row] === 'call' ? 'C' : 'P'}`,
      timestamp: EXAMPLE_INSTANT - random.whole(0, 900),
      state: 'open',
      underlying_price: forward,
      underlying_index: `SYN.BTC-${label}`,
      index_price: index,
      interest_rate: 0,
      mark_price: mark,
      mark_iv: round(volatility[row] * 100, 2),
      ...bestOf(bids, asks),
      bids,
      asks,
      greeks: {
        delta: round(usd.delta[row], 5),
        gamma: round(usd.gamma[row], 5),
        vega: round(usd.vega[row] / 100, 5),
        theta: round(displayTheta(usd.theta[row], price, years), 5),
        // The exchange holds the index, not the forward, when it moves the rate.
        rho: round((years * (forward * usd.delta[row] - price)) / 100, 5),
      },
    };
  });
}

/** Round strikes about evenly spread in log-moneyness, so that every expiry lists its liquid range. */
function strikeGrid(forward: number, deviation: number, count: number): number[] {
  const spacing = (2 * REACH * deviation) / (count - 1);
  const strikes = Array.from({ length: count }, (_, position) => {
    const raw = forward * Math.exp((position - (count - 1) / 2) * spacing);
    const step = roundStep(raw * spacing);
    return Math.round(raw / step) * step;
  });
  return [...new Set(strikes)].sort((a, b) => a - b);
}

/** The largest of 1, 2, 2.5, 5 x 10^n that is not above the spacing; 50 at least. */
function roundStep(spacing: number): number {
  const decade = 10 ** Math.floor(Math.log10(spacing));
  const leading = [5, 2.5, 2, 1].find((digit) => digit * decade <= spacing) ?? 1;
  return Math.max(50, leading * decade);
}

function futureRow(
  random: Random,
  name: string,
  price: number,
  index: number,
  tick: number,
  depth: number,
): OrderBook {
  const touch = Math.floor(price / tick) * tick;
  // Amounts of inverse futures are USD, in tens.
  const amount = (level: number): number => 10 * random.whole(depth / 40, (depth * (level + 1)) / 10);
  const side = (start: number, sign: 1 | -1): PriceLevel[] => {
    const levels: PriceLevel[] = [];
    for (let level = 0, at = start; level < 5; level += 1) {
      levels.push([at, amount(level)]);
      at += sign * tick * random.whole(1, 4);
    }
    return levels;
  };
  const bids = side(touch, -1);
  const asks = side(touch + tick, 1);
  return {
    instrument_name: name,
    timestamp: EXAMPLE_INSTANT - random.whole(0, 900),
    state: 'open',
    index_price: index,
    mark_price: round(price, 2),
    ...bestOf(bids, asks),
    bids,
    asks,
  };
}

/** The exchange writes 0 where nobody bids or offers. */
function bestOf(
  bids: readonly PriceLevel[],
  asks: readonly PriceLevel[],
): Pick<OrderBook, 'best_bid_price' | 'best_bid_amount' | 'best_ask_price' | 'best_ask_amount'> {
  const [best_bid_price, best_bid_amount] = bids[0] ?? [0, 0];
  const [best_ask_price, best_ask_amount] = asks[0] ?? [0, 0];
  return { best_bid_price, best_bid_amount, best_ask_price, best_ask_amount };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
