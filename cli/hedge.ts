import {
  type Book,
  type Core,
  DAYS_PER_YEAR,
  type ExpirySpec,
  type Hedge,
  type HedgeProblem,
} from 'greekfire';
import {
  hedgeInstruments,
  spreadCost,
  type ChainInput,
  type HedgeInstrument,
  type Level,
  type Market,
  type Settlement,
} from 'greekfire/deribit';
import type { TradeLine } from './report/model.js';

/** The exposures that are hedged, in this order; the target of each is 0. */
export const HEDGED = ['delta', 'gamma', 'vega'] as const;

/** A sensitivity with a target. */
export type Hedged = (typeof HEDGED)[number];

/** What an exposure of one raw unit can gain or lose in a day, in quote currency. */
export type DailyMove = Readonly<Record<Hedged, number>>;

/** What the solver proves of its answer. */
export type Proof = Readonly<
  Pick<Hedge, 'status' | 'objective' | 'bound' | 'gap' | 'violation' | 'iterations'>
>;

/** A solved hedge with everything needed to show it. */
export interface HedgeResult {
  readonly instruments: readonly HedgeInstrument[];
  /** The trades; in whole lots where these were asked for. */
  readonly solution: Hedge;
  /** Of the problem without lots. */
  readonly proof: Proof;
  /** What whole lots add to the proved objective; undefined where the trades are not rounded. */
  readonly rounding: number | undefined;
  readonly dailyMove: DailyMove;
  /** Solves the same problem again from a cold start. */
  readonly solveAgain: () => void;
  /** Finds the whole lots again, from the optimum that stands; undefined where the trades are not rounded. */
  readonly roundAgain: (() => void) | undefined;
  /** Hedges anew, from the answer that stands, after a tick of the chain. */
  readonly follow: () => void;
  readonly dispose: () => void;
}

/** One standard deviation of a day's change of a volatility, relative to its level. */
const VOLATILITY_OF_VOLATILITY = 0.05;
/** Levels of depth of an order book that a hedge may take. */
const LEVELS = 5;
/** Days to the expiry whose at-the-money volatility stands for the day's move. */
const REFERENCE_DAYS = 30;
/** Days that an option must outlive: one that ends within the day whose risk is hedged is no hedge of the next. */
export const LEAST_DAYS = 2;
/** The day's risk that is borne without a wish to pay for less, relative to the unhedged risk. */
const TOLERATED_RISK = 0.1;
/** The least of it, in quote currency: a book without risk has nothing to hedge. */
const LEAST_RISK = 0.01;

/**
 * One standard deviation of a day's profit and loss per unit of each exposure: what makes a delta, a gamma and a vega
 * comparable.
 *
 * @param forward - the forward that deltas are counted in, that of the nearest expiry
 * @param volatility - at-the-money volatility per 1.00
 */
export function dailyMove(forward: number, volatility: number): DailyMove {
  const move = forward * volatility * Math.sqrt(1 / DAYS_PER_YEAR);
  return { delta: move, gamma: move ** 2 / 2, vega: volatility * VOLATILITY_OF_VOLATILITY };
}

/**
 * Volatility of the strike nearest to the forward, at the expiry nearest to thirty days that has one; NaN where none
 * has.
 */
export function referenceVolatility(expiries: readonly ExpirySpec[]): number {
  const distance = ({ years }: ExpirySpec): number => Math.abs(years * DAYS_PER_YEAR - REFERENCE_DAYS);
  const nearest = [...expiries].sort((a, b) => distance(a) - distance(b));
  return nearest.map(atTheMoney).find((candidate) => candidate > 0) ?? NaN;
}

function atTheMoney({ strike, volatility, forward }: ExpirySpec): number {
  let nearest = NaN;
  let away = Infinity;
  for (let row = 0; row < strike.length; row += 1) {
    const gap = Math.abs(strike[row] - forward);
    if (gap < away && volatility[row] > 0) [nearest, away] = [volatility[row], gap];
  }
  return nearest;
}

/** One trade of a hedge as it is shown: what is ordered, at which price, and what that costs. */
export function tradeLine(
  instrument: HedgeInstrument,
  trade: number,
  money: { readonly settlement: Settlement; readonly coin: string; readonly quote: string },
): TradeLine {
  const { settlement, coin, quote } = money;
  const quantity = Math.abs(trade);
  const spread = spreadCost(instrument, trade);
  return {
    instrument: instrument.name,
    side: trade > 0 ? 'buy' : 'sell',
    quantity,
    // Whole lots, but for the last bits of lot and price.
    amount: Number((quantity * instrument.orderUnit).toPrecision(12)),
    amountCurrency: instrument.orderUnit === 1 ? coin : quote,
    price: (instrument.mid + spread / trade) / instrument.unit,
    priceCurrency: instrument.position.kind === 'option' && settlement === 'inverse' ? coin : quote,
    spread,
    fee: quantity * instrument.fee,
    assumed: instrument.assumed,
  };
}

/** One standard deviation of a day's profit and loss, the exposures taken as independent. */
export function dailyRisk(exposure: Readonly<Record<Hedged, number>>, move: DailyMove): number {
  return Math.hypot(...HEDGED.map((name) => exposure[name] * move[name]));
}

/**
 * The hedge problem of one underlying, but for the exposures, which the hedger reads from the book: delta, gamma and
 * vega to zero as soft targets, within what is quoted, at the price of each level of depth plus the exchange's taker
 * fee.
 *
 * With risk = the day's standard deviation and B = 10 % of the unhedged one, the penalty is risk^2 / (2 B): reducing
 * the risk by one unit of currency is worth risk / B of cost, so hedging goes on until the next unit costs more than
 * that, and a book that is almost flat is left alone.
 */
export function hedgeProblem(
  instruments: readonly HedgeInstrument[],
  exposure: Readonly<Record<Hedged, number>>,
  move: DailyMove,
): Omit<HedgeProblem, 'sensitivity' | 'exposure'> {
  const tolerated = Math.max(TOLERATED_RISK * dailyRisk(exposure, move), LEAST_RISK);
  return {
    target: new Float64Array(HEDGED.length),
    weight: Float64Array.from(HEDGED, (name) => move[name] ** 2 / tolerated),
    ...tradeTerms(instruments),
  };
}

/** What can be traded and at what cost: each level of depth and the taker fee, in whole lots. */
export function tradeTerms(
  instruments: readonly HedgeInstrument[],
): Required<Pick<HedgeProblem, 'sellLimit' | 'buyLimit' | 'depth' | 'lot' | 'minimumSize'>> {
  const lot = Float64Array.from(instruments, (instrument) => instrument.lot);
  return {
    sellLimit: Float64Array.from(instruments, ({ bids }) => totalSize(bids)),
    buyLimit: Float64Array.from(instruments, ({ asks }) => totalSize(asks)),
    depth: {
      bidSize: ladder(instruments, ({ bids }) => bids, levelSize),
      bidCost: ladder(instruments, ({ bids }) => bids, levelCost),
      askSize: ladder(instruments, ({ asks }) => asks, levelSize),
      askCost: ladder(instruments, ({ asks }) => asks, levelCost),
    },
    lot,
    minimumSize: lot,
  };
}

function totalSize(levels: readonly Level[]): number {
  return levels.slice(0, LEVELS).reduce((sum, [, size]) => sum + size, 0);
}

/** One column of the depth of all instruments; a ladder with fewer levels ends in empty ones at its last cost. */
function ladder(
  instruments: readonly HedgeInstrument[],
  side: (instrument: HedgeInstrument) => readonly Level[],
  value: (levels: readonly Level[], level: number, fee: number) => number,
): Float64Array {
  return Float64Array.from({ length: instruments.length * LEVELS }, (_, index) => {
    const instrument = instruments[Math.floor(index / LEVELS)];
    return value(side(instrument), index % LEVELS, instrument.fee);
  });
}

function levelSize(levels: readonly Level[], level: number): number {
  return level < levels.length ? levels[level][1] : 0;
}

function levelCost(levels: readonly Level[], level: number, fee: number): number {
  return levels[Math.min(level, levels.length - 1)][0] + fee;
}

/** Chooses the hedge of one underlying, in whole `lots` or not; undefined where nothing is quoted to hedge with. */
export function solveHedge(
  core: Core,
  book: Book<2>,
  market: Market,
  input: ChainInput,
  underlying: string,
  move: DailyMove,
  lots: boolean,
): HedgeResult | undefined {
  const instruments = hedgeInstruments(market, { underlying, leastYears: LEAST_DAYS / DAYS_PER_YEAR }, input);
  if (instruments.length === 0) return undefined;
  const hedger = core.hedger({ instruments: instruments.length, exposures: HEDGED.length, levels: LEVELS });
  hedger.bind({
    book,
    instruments: instruments.map(({ position }) => position),
    rows: HEDGED.map((sensitivity) => ({ sensitivity, underlying })),
  });
  hedger.update(hedgeProblem(instruments, book.exposure({ underlying }), move));
  const { status, objective, bound, gap, violation, iterations } = hedger.solve({ warmStart: false });
  const isRounded = lots && status === 'optimal';
  const roundLots = { lots: true };
  const solution = isRounded ? hedger.solve(roundLots) : hedger.solve();
  return {
    instruments,
    solution,
    proof: { status, objective, bound, gap, violation, iterations },
    rounding: isRounded ? solution.objective - objective : undefined,
    dailyMove: move,
    solveAgain: () => void hedger.solve({ warmStart: false }),
    roundAgain: isRounded ? () => void hedger.solve(roundLots) : undefined,
    follow: () => {
      hedger.refresh();
      hedger.solve();
    },
    dispose: () => {
      hedger.dispose();
    },
  };
}
