import type { Book, ExposureRow, Position } from '../book.js';
import type { Chain } from '../chain.js';
import { requireArray, requireFinite, requireNotNegative, requireObject, shown } from '../checks.js';
import type { FullCore } from '../full/core.js';
import type { HedgeProblem, HedgeStatus } from '../hedger.js';
import type { ScanRequest } from '../scan.js';
import type { Order } from '../sensitivity.js';
import { DAYS_PER_YEAR } from '../time.js';

/** Limits of an exposure of the book after the trades. */
export interface HarvestBand extends ExposureRow {
  /** The least, in raw units x `scale`; none where absent. */
  lower?: number;
  /** The greatest; none where absent. */
  upper?: number;
}

/** What may be traded, at what cost, and inside which limits. */
export interface HarvestProblem extends Pick<
  HedgeProblem,
  'sellLimit' | 'buyLimit' | 'halfSpread' | 'depth' | 'impact' | 'lot' | 'minimumSize'
> {
  /** Instruments of one underlying; quantities are not looked at. */
  instruments: readonly Position[];
  /** Whose theta; needed where the chain has several underlyings. */
  underlying?: string;
  /** Limits of exposures after the trades. */
  bands?: readonly HarvestBand[];
  /** Scenarios in which the loss of book and trades together is limited, each revalued in full. */
  scenarios?: ScanRequest;
  /** The most that may be lost in any of them, in quote currency (or the request's), at least 0; none where absent. */
  worstLoss?: number;
  /** What holding a unit of an instrument earns a year beside its theta (funding, carry), n; 0 where absent. */
  carry?: ArrayLike<number>;
  /** For how many days theta is collected: what costs are weighed against, above 0; 7 where absent. */
  days?: number;
}

/** How to solve. */
export interface HarvestOptions {
  /** Trade whole lots and minimum sizes only. */
  lots?: boolean;
  /** Trade at most so many instruments. */
  maxInstruments?: number;
}

/** An exposure under a band. */
export interface HarvestExposure {
  /** Before the trades, in the band's unit. */
  readonly before: number;
  /** After them. */
  readonly after: number;
  /** The price of the band: what one unit more of room earns over the days, in quote currency; 0 where it is slack. */
  readonly price: number;
}

/** The trades that collect most, and the proof. All arrays are fresh. */
export interface Harvest {
  /** As of the hedger. */
  readonly status: HedgeStatus;
  /** Units to buy, negative to sell, n. */
  readonly trades: Float64Array;
  /** Theta of the book in quote currency per day: positive where time earns. */
  readonly theta: {
    /** Before the trades. */
    readonly before: number;
    /** After them. */
    readonly after: number;
  };
  /** Theta and carry that the trades add, in quote currency per day. */
  readonly collected: number;
  /** Spread or depth and impact of the trades, in quote currency, once. */
  readonly cost: number;
  /** Days until what is collected has paid for the trades; NaN where nothing is traded. */
  readonly paybackDays: number;
  /** The bands' exposures, in the order given. */
  readonly exposures: readonly HarvestExposure[];
  /** Profit of each scenario after the trades, costs aside; empty without scenarios. */
  readonly scenarioProfit: Float64Array;
  /** The most that is lost in a scenario, at least 0. */
  readonly worstLoss: {
    /** Before the trades. */
    readonly before: number;
    /** After them; NaN without scenarios. */
    readonly after: number;
    /** What one unit more of the limit earns over the days, in quote currency. */
    readonly price: number;
  };
  /** Theta of the book after the trades per day and unit of its worst loss; NaN where there is none. */
  readonly thetaPerWorstLoss: number;
  /** What is minimised: cost less what is collected over the days. */
  readonly objective: number;
  /** No trades within the limits do better than this. */
  readonly bound: number;
  /** (objective - bound) / max(1, |objective|). */
  readonly gap: number;
  /** Largest excess over a limit, relative. */
  readonly violation: number;
  /** Steps of the solver. */
  readonly iterations: number;
  /** Limits that cannot be met together, where the status is 'infeasible'. */
  readonly conflict: readonly string[] | undefined;
}

const DEFAULT_DAYS = 7;
/** Rows that a hedger takes. */
const MOST_ROWS = 256;

/**
 * The trades that collect most theta (and carry) over some days, net of their costs, with the exposures of the book
 * after them inside bands and its loss in every scenario inside a limit: one convex problem for the hedger, whose
 * duality gap proves the answer. Profit in a scenario is linear in quantities, so that full revaluation is exact in it:
 * a row per scenario.
 *
 * What is collected is theta as of now times the days; what gamma takes of it meanwhile is for the bands and the
 * scenarios to limit. Without any limit but depth, that is as short as the depth allows.
 * @param book - on the chain; it is not changed
 * @throws TypeError or RangeError that names the argument, the index and the value
 */
export function harvestTheta<O extends Order>(
  core: FullCore,
  chain: Chain<O>,
  book: Book<O>,
  problem: HarvestProblem,
  options: HarvestOptions = {},
): Harvest {
  requireObject('problem', problem);
  const { instruments, underlying, bands = [], scenarios, worstLoss, carry, ...market } = problem;
  const { days: givenDays, sellLimit, buyLimit, halfSpread, depth, impact, lot, minimumSize } = market;
  requireArray('problem.instruments', instruments);
  const n = instruments.length;
  if (n === 0) throw new RangeError('problem.instruments must not be empty');
  requireArray('problem.bands', bands);
  const days = requireFinite('problem.days', givenDays ?? DEFAULT_DAYS);
  if (!(days > 0)) throw new RangeError(`problem.days must be above 0, got ${days}`);
  const carries = carry === undefined ? new Float64Array(n) : requireArray('problem.carry', carry, n);
  const limit = worstLoss === undefined ? Infinity : requireNotNegative('problem.worstLoss', worstLoss);
  if (worstLoss !== undefined && scenarios === undefined) {
    throw new TypeError('problem.scenarios must be given where problem.worstLoss is');
  }
  bands.forEach((band, k) => {
    requireObject(`problem.bands[${k}]`, band);
    const { lower = -Infinity, upper = Infinity } = band;
    if (lower <= upper) return;
    throw new RangeError(
      `problem.bands[${k}].lower must be at most upper, got ${shown(lower)} > ${shown(upper)}`,
    );
  });

  const scope = underlying === undefined ? {} : { underlying };
  const thetaRow: ExposureRow = { sensitivity: 'theta', ...scope };
  const map = book.sensitivities(
    instruments,
    [...bands, thetaRow].map((row) => (row.expiry === undefined ? { ...scope, ...row } : row)),
  );
  const ours = scanBook(book, scenarios);
  const count = ours.length;
  const m = bands.length + count;
  if (m > MOST_ROWS) throw new RangeError(`bands and scenarios must be at most ${MOST_ROWS}, got ${m}`);
  const theirs = scanInstruments(core, chain, instruments, scenarios);
  const perDay = (i: number): number =>
    (map.sensitivity[i * (bands.length + 1) + bands.length] + carries[i]) / DAYS_PER_YEAR;
  // a problem of no limits still has one row, that of theta, without a band
  const rows = Math.max(1, m);
  const sensitivity = new Float64Array(n * rows);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < bands.length; k++) {
      sensitivity[i * rows + k] = map.sensitivity[i * (bands.length + 1) + k];
    }
    for (let s = 0; s < count; s++) sensitivity[i * rows + bands.length + s] = theirs[s * n + i];
  }
  const fill = (of: (band: HarvestBand) => number, scenario: number): Float64Array =>
    Float64Array.from({ length: rows }, (_, k) => (k < bands.length ? of(bands[k]) : k < m ? scenario : 0));
  const exposure = Float64Array.from({ length: rows }, (_, k) =>
    k < bands.length ? map.exposure[k] : k < m ? ours[k - bands.length] : 0,
  );
  const levels = depth === undefined ? 1 : depth.bidSize.length / n;
  const hedger = core.hedger({ instruments: n, exposures: rows, levels });
  try {
    hedger.update({
      sensitivity,
      exposure,
      lower: fill(({ lower = -Infinity }) => lower, -limit),
      upper: fill(({ upper = Infinity }) => upper, Infinity),
      sellLimit,
      buyLimit,
      linear: Float64Array.from({ length: n }, (_, i) => 0 - days * perDay(i)),
      ...(halfSpread && { halfSpread }),
      ...(depth && { depth }),
      ...(impact && { impact }),
      ...(lot && { lot }),
      ...(minimumSize && { minimumSize }),
    });
    const hedge = hedger.solve(options);
    const { status, cost, objective, bound, gap, violation, iterations } = hedge;
    const trades = hedge.trades.slice();
    const after = hedge.exposure.slice();
    const prices = hedge.multipliers.slice();
    const collected = trades.reduce((sum, trade, i) => sum + trade * perDay(i), 0);
    const thetaBefore = map.exposure[bands.length] / DAYS_PER_YEAR;
    const thetaTraded = trades.reduce(
      (sum, trade, i) => sum + trade * (perDay(i) - carries[i] / DAYS_PER_YEAR),
      0,
    );
    const scenarioProfit = after.slice(bands.length, m);
    const lossOf = (profits: Float64Array): number =>
      count === 0 ? NaN : profits.reduce((worst, profit) => Math.max(worst, -profit), 0);
    const lossAfter = lossOf(scenarioProfit);
    const nameOf = (k: number): string =>
      k < bands.length
        ? `bands[${k}] (${bands[k].sensitivity})`
        : `worstLoss in scenario ${k - bands.length}`;
    return {
      status,
      trades,
      theta: { before: thetaBefore, after: thetaBefore + thetaTraded },
      collected,
      cost,
      paybackDays: cost / collected,
      exposures: bands.map((_, k) => ({ before: exposure[k], after: after[k], price: Math.abs(prices[k]) })),
      scenarioProfit,
      worstLoss: {
        before: lossOf(ours),
        after: lossAfter,
        price: prices.slice(bands.length, m).reduce((sum, price) => sum + Math.abs(price), 0),
      },
      thetaPerWorstLoss: lossAfter > 0 ? (thetaBefore + thetaTraded) / lossAfter : NaN,
      objective,
      bound,
      gap,
      violation,
      iterations,
      conflict: hedge.conflict?.map(nameOf),
    };
  } finally {
    hedger.dispose();
  }
}

/** The book's own profit by scenario. */
function scanBook<O extends Order>(book: Book<O>, scenarios: ScanRequest | undefined): Float64Array {
  if (scenarios === undefined) return new Float64Array(0);
  const scan = book.scan(scenarios);
  const profit = scan.profit.slice();
  scan.dispose();
  return profit;
}

/** The profit of one unit of each instrument, `[scenario * instruments + i]`. */
function scanInstruments<O extends Order>(
  core: FullCore,
  chain: Chain<O>,
  instruments: readonly Position[],
  scenarios: ScanRequest | undefined,
): Float64Array {
  if (scenarios === undefined) return new Float64Array(0);
  const units = core.book(
    chain,
    instruments.map((position) => ({ ...position, quantity: 1, multiplier: 1 })),
  );
  try {
    const scan = units.scan(scenarios);
    try {
      return scan.profitByPosition().slice();
    } finally {
      scan.dispose();
    }
  } finally {
    units.dispose();
  }
}
