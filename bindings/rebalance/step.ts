import type { Explained } from '../book.js';
import type { Column } from '../checks.js';
import type { HedgeDepth } from '../hedger.js';
import type { Watched } from './watched.js';

/** News of the market. */
export interface MarketTick {
  /** Its time, in milliseconds since 1970. */
  instant: number;
  /** Forwards, one per expiry of the chain or one for all; absent where the chain is already marked. */
  forward?: Column;
  /** Volatilities per 1.00, one per row of the chain; one that is no positive number leaves its row as it was. */
  volatility?: ArrayLike<number>;
  /** Order books, as {@link HedgeDepth}, costs beyond the mark; synthetic where absent. */
  depth?: HedgeDepth;
  /** Funding that longs of perpetuals pay, per year and relative to the price; 0 where absent. */
  fundingRate?: number;
}

/** How often a stream was not as it should be. */
export interface StreamCounts {
  /** Ticks that were taken. */
  ticks: number;
  /** Ticks at the instant of the one before: left out. */
  duplicate: number;
  /** Ticks from before the last one: left out. */
  outOfOrder: number;
  /** Ticks with an instant, forward or funding rate that is none: left out. */
  malformed: number;
  /** Ticks at which something that is held has no price: left out. */
  unpriced: number;
  /** Ticks after a gap: taken. */
  gaps: number;
  /** Instruments that had no price at a tick: not traded at it. */
  unpricedInstruments: number;
  /** Order books of an instrument without levels on one of their sides: that side was not traded. */
  missingDepth: number;
  /** Order books whose best bid was above the best ask: not traded. */
  crossedBooks: number;
  /** Volatilities that were none: their rows kept the last one. */
  badVolatility: number;
  /** Solves that ended before they were proved; their trades are sound, but may not be the best. */
  unproved: number;
  /** Solves whose intents and margins could not all be met: the trades come as close as they can. */
  conflicts: number;
}

/** Before the first tick. @internal */
export const noCounts: Readonly<StreamCounts> = {
  ticks: 0,
  duplicate: 0,
  outOfOrder: 0,
  malformed: 0,
  unpriced: 0,
  gaps: 0,
  unpricedInstruments: 0,
  missingDepth: 0,
  crossedBooks: 0,
  badVolatility: 0,
  unproved: 0,
  conflicts: 0,
};

/** A book's accounts after a step: `equity = cash + value`, `profit = explained + funding - costs`. */
export interface Step {
  /** Time, in milliseconds since 1970. */
  instant: number;
  /** Forward of the nearest expiry, in quote currency. */
  spot: number;
  /** Cash, futures settled, in quote currency. */
  cash: number;
  /** Marks of options and spot. */
  value: number;
  /** Cash and value. */
  equity: number;
  /** Equity gained since the step before. */
  profit: number;
  /** What the positions made since the step before, by Greek, and the rest. */
  explained: Explained;
  /** Funding received, negative where paid. */
  funding: number;
  /** Half-spreads and depth paid, in quote currency; of a resting order, that of the quote that filled it. */
  spread: number;
  /** Fees paid. */
  fees: number;
  /** Paid per trade, and for transfers. */
  gas: number;
  /** Spread, fees and gas. */
  cost: number;
  /** Paid out for options that ended: moved from value to cash. */
  settled: number;
  /** Trades; an instrument whose order is filled and that is then taken counts twice. */
  trades: number;
  /** Of the trades, those of resting orders. */
  passive: number;
  /** Orders that rest from now on. */
  resting: number;
  /** Units wanted that the order books did not hold. */
  unfilled: number;
  /** Part of every position that was liquidated. */
  liquidated: number;
  /** Index of the trigger that made the policy act, -1 for none. */
  trigger: number;
  /** Exposures after the trades. */
  exposure: Record<Watched, number>;
  /** Maintenance margin, in quote currency. */
  margin: number;
  /**
   * Equity over maintenance margin (margin cover), at most 1e9; that where none is required, but 0
   * where equity is below 0. Below 1 a venue
   * liquidates. The inverse of what exchanges call margin ratio.
   */
  marginRatio: number;
}

/** Sums over all steps. */
export interface Totals {
  /** Equity gained since the start. */
  profit: number;
  /** Spread, fees and gas paid. */
  cost: number;
  /** Funding received. */
  funding: number;
  /** Instruments traded. */
  trades: number;
  /** Of them, those of resting orders. */
  passive: number;
  /** Steps with a trade. */
  rebalances: number;
  /** Least margin ratio, before what was liquidated. */
  worstMarginRatio: number;
  /** Liquidations; without {@link RebalancerOptions.liquidation}, how often the margin ratio fell below 1. */
  liquidations: number;
}

/** Where no margin is required; a number that JSON carries. @internal */
export const NO_RATIO = 1e9;

/** Before the first step. @internal */
export const noTotals: Readonly<Totals> = {
  profit: 0,
  cost: 0,
  funding: 0,
  trades: 0,
  passive: 0,
  rebalances: 0,
  worstMarginRatio: NO_RATIO,
  liquidations: 0,
};

/** The accounts before the first tick. @internal */
export function firstStep(instant: number, spot: number, cash: number, value: number): Step {
  return {
    instant,
    spot,
    cash,
    value,
    equity: cash + value,
    profit: 0,
    explained: { total: 0, delta: 0, gamma: 0, vega: 0, theta: 0, rho: 0, vanna: 0, volga: 0, rest: 0 },
    funding: 0,
    spread: 0,
    fees: 0,
    gas: 0,
    cost: 0,
    settled: 0,
    trades: 0,
    passive: 0,
    resting: 0,
    unfilled: 0,
    liquidated: 0,
    trigger: -1,
    exposure: { delta: 0, gamma: 0, vega: 0, theta: 0 },
    margin: 0,
    marginRatio: NO_RATIO,
  };
}
