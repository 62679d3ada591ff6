import type { Book, ExposureRow, Position } from '../book.js';
import type { Chain } from '../chain.js';
import {
  requireArray,
  requireFinite,
  requireInteger,
  requireNotNegative,
  requireObject,
  shown,
} from '../checks.js';
import type { FullCore } from '../full/core.js';
import type { HedgeProblem, HedgeStatus } from '../hedger.js';
import { type LimitedHedge, type LimitOutcome, type LimitSource, solveLimited } from '../margin/limit.js';
import type { MarginModel } from '../margin/model.js';
import type { MarginPreset } from '../margin/presets.js';
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

/** A margin that is limited, or only measured where neither limit is given. */
export interface HarvestMargin {
  /** A preset by name, or a model, with scenarios. */
  model: MarginPreset | MarginModel;
  /** Most initial margin of the book after the trades, in quote currency, at least 0; no limit where absent. */
  initial?: number;
  /** Most maintenance margin, likewise. */
  maintenance?: number;
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
  /** Limits of exposures after the trades; at most 250. */
  bands?: readonly HarvestBand[];
  /** Scenarios in which the loss of book and trades together is limited, each revalued in full. */
  scenarios?: ScanRequest;
  /** The most that may be lost in any of them, in quote currency (or the request's), at least 0; none where absent. */
  worstLoss?: number;
  /** The margin of the book and the trades together, of all its underlyings. */
  margin?: HarvestMargin;
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

/** A limited quantity in quote currency, by full valuation. */
export interface HarvestLimit {
  /** Before the trades. */
  readonly before: number;
  /** After them. */
  readonly after: number;
  /** What one unit more of the limit earns over the days, in quote currency; 0 where it is slack or there is none. */
  readonly price: number;
}

/** A ratio before and after the trades, per 1.00 and day. */
export interface HarvestRatio {
  /** Before them; NaN where what it is per is 0. */
  readonly before: number;
  /** After them. */
  readonly after: number;
}

/** The trades that collect most, and the proof. All arrays are fresh. */
export interface Harvest {
  /** As of the hedger; 'iteration-limit' also where a limit is not kept to 1e-8 in 50 rounds of cuts. */
  readonly status: HedgeStatus;
  /**
   * Whether bands and limits are kept, to 1e-6. Where the book keeps them before the trades, it does after them: with
   * `lots` or `maxInstruments` nothing is traded where no trades are found that do.
   */
  readonly isKept: boolean;
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
  /** The most that is lost in a scenario, at least 0; undefined without scenarios. */
  readonly worstLoss: HarvestLimit | undefined;
  /** The margins; undefined without a model. */
  readonly margin:
    | {
        /** Name of the model. */
        readonly model: string;
        /** Initial margin. */
        readonly initial: HarvestLimit;
        /** Maintenance margin. */
        readonly maintenance: HarvestLimit;
      }
    | undefined;
  /** Theta of the book per day and unit of its worst loss; NaN where there is none. */
  readonly thetaPerWorstLoss: HarvestRatio;
  /** Theta of the book per day and unit of its initial margin; NaN where there is none. */
  readonly thetaPerMargin: HarvestRatio;
  /** What is minimised: cost less what is collected over the days. */
  readonly objective: number;
  /** No trades within the limits do better than this (of margins, where they are convex). */
  readonly bound: number;
  /** (objective - bound) / max(1, |objective|). */
  readonly gap: number;
  /** Largest excess over a limit, relative. */
  readonly violation: number;
  /** Steps of the solver in the last round. */
  readonly iterations: number;
  /** Problems solved, each with more cuts of the limits. */
  readonly rounds: number;
  /** Limits that cannot be met together, where the status is 'infeasible'. */
  readonly conflict: readonly string[] | undefined;
}

const DEFAULT_DAYS = 7;
/** Rows that a hedger takes, less some for theta and the limits' cuts. */
const MOST_BANDS = 250;
/** By how much a limit may be missed, relative to 1 + limit. */
const TOLERANCE = 1e-8;
/** Relative duality gap and violation of an optimal answer: money, and hundreds of instruments nearly alike. */
const GAP = 1e-8;
/** Violation of a band that is none to speak of. */
const KEPT = 1e-6;
/** Further searches for trades within the limits, and by how much more than it was missed by a limit is narrowed. */
const ATTEMPTS = 2;
const MARGIN = 1.25;
/** Kinds of limits of an account. */
const INITIAL = 1;
const MAINTENANCE = 2;

/**
 * The trades that collect most theta (and carry) over some days, net of their costs, with the exposures of the book
 * after them inside bands, its loss in every scenario inside a limit and its margin inside another: one convex problem
 * for the hedger, whose duality gap proves the answer. Profit in a scenario is linear in quantities, so that the worst
 * loss is a maximum of linear functions: the rows of the scenarios that bind are found by full revaluation, and so are
 * the cuts of a margin (see `MarginAccount.hedge`).
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
  const {
    instruments,
    underlying,
    bands = [],
    scenarios,
    worstLoss,
    margin,
    carry,
    days,
    ...market
  } = problem;
  requireArray('problem.instruments', instruments);
  const n = instruments.length;
  if (n === 0) throw new RangeError('problem.instruments must not be empty');
  requireArray('problem.bands', bands);
  requireInteger('problem.bands.length', bands.length, 0, MOST_BANDS);
  const held = requireFinite('problem.days', days ?? DEFAULT_DAYS);
  if (!(held > 0)) throw new RangeError(`problem.days must be above 0, got ${held}`);
  const carries = Float64Array.from(
    carry === undefined ? { length: n } : requireArray('problem.carry', carry, n),
    (each, i) => (carry === undefined ? 0 : requireFinite(`problem.carry[${i}]`, each)),
  );
  const mostLoss = readLimit('problem.worstLoss', worstLoss);
  if (worstLoss !== undefined && scenarios === undefined) {
    throw new TypeError('problem.scenarios must be given where problem.worstLoss is');
  }
  requireBands(bands);
  if (margin !== undefined) requireObject('problem.margin', margin);
  const mostInitial = readLimit('problem.margin.initial', margin?.initial);
  const mostMaintenance = readLimit('problem.margin.maintenance', margin?.maintenance);

  const scope = underlying === undefined ? {} : { underlying };
  const places = instruments.map((position, i) => book.locate(`problem.instruments[${i}]`, position));
  const thetaRow: ExposureRow = { sensitivity: 'theta', ...scope };
  const rows = [...bands, thetaRow].map((row, k) =>
    book.locateExposure(`problem.bands[${k}]`, row.expiry === undefined ? { ...scope, ...row } : row),
  );
  const owners: { dispose(): void }[] = [];
  const owned = <T extends { dispose(): void }>(owner: T): T => {
    owners.push(owner);
    return owner;
  };
  try {
    const limits: LimitSource[] = [];
    if (scenarios !== undefined) {
      const ours = owned(book.scan(scenarios));
      const units = owned(
        core.book(
          chain,
          instruments.map((position) => ({ ...position, quantity: 1, multiplier: 1 })),
        ),
      );
      const theirs = owned(units.scan(scenarios));
      theirs.profitByPosition();
      limits.push({
        most: mostLoss,
        of: { profit: () => ours.profit, unit: () => theirs.profitByPosition() },
      });
    }
    const account = margin && owned(core.margin(book, { model: margin.model }));
    if (account) {
      const room = owned(account.roomFor(places.map(({ cell }) => cell)));
      limits.push({ most: mostInitial, of: { room, kind: INITIAL } });
      limits.push({ most: mostMaintenance, of: { room, kind: MAINTENANCE } });
    }
    const solve = ({ lower, upper, most }: Room, more: Partial<HedgeProblem>, how: HarvestOptions) =>
      solveLimited(core.abi, book, {
        name: 'problem',
        places,
        rows,
        limits: limits.map((limit, l) => ({ ...limit, most: most[l] })),
        problem: { ...market, ...more, lower: [...lower, -Infinity], upper: [...upper, Infinity] },
        options: { tolerance: GAP, ...how },
        tolerance: TOLERANCE,
        collect: { row: bands.length, carry: carries, years: held / DAYS_PER_YEAR },
      });
    const asked: Room = {
      lower: bands.map(({ lower = -Infinity }) => lower),
      upper: bands.map(({ upper = Infinity }) => upper),
      most: limits.map(({ most }) => most),
    };
    const first = solve(asked, {}, options);
    const isRestricted = options.lots === true || options.maxInstruments !== undefined;
    const found =
      isRestricted && first.status !== 'infeasible'
        ? withinRoom(first, asked, {
            tighter: (room) => solve(room, {}, options),
            nothing: () => solve(asked, { sellLimit: zeros(n), buyLimit: zeros(n) }, {}),
          })
        : first;
    const { trades, cost, objective, iterations } = found;
    const { bound } = first;
    const isFirst = found === first;
    // what stands in narrower limits is judged by those asked for
    const violation = isFirst ? first.violation : missOf(found, asked);
    const areLimitsKept = isFirst ? first.isKept : violation <= KEPT;
    const status = isFirst ? first.status : 'restricted';
    const gap = isFirst ? first.gap : (objective - bound) / Math.max(1, Math.abs(objective));
    const rounds = isFirst ? first.rounds : first.rounds + found.rounds;
    const outcomes = [...found.limits];
    const loss = scenarios === undefined ? undefined : outcomes.shift();
    const [initial, maintenance] = outcomes;
    const theta = {
      before: found.before[bands.length] / DAYS_PER_YEAR,
      after: found.exposure[bands.length] / DAYS_PER_YEAR,
    };
    // the objective is the cost less what is collected
    const collected = (cost - objective) / held;
    const names = [
      ...bands.map(({ sensitivity }, k) => `bands[${k}] (${sensitivity})`),
      'theta',
      ...first.limitOfRow.map((l) => (scenarios === undefined ? MARGINS : ['worstLoss', ...MARGINS])[l]),
    ];
    return {
      status: areLimitsKept || status === 'infeasible' ? status : 'iteration-limit',
      isKept: areLimitsKept && violation <= KEPT,
      trades,
      theta,
      collected,
      cost,
      paybackDays: cost / collected,
      exposures: bands.map((_, k) => ({
        before: found.before[k],
        after: found.exposure[k],
        price: Math.abs(first.multipliers[k]),
      })),
      scenarioProfit: loss ? loss.losses.map((each) => 0 - each) : new Float64Array(0),
      worstLoss: loss && limitOf(loss, first.limits[0]),
      margin: account && {
        model: account.model.name,
        initial: limitOf(initial, first.limits[first.limits.length - 2]),
        maintenance: limitOf(maintenance, first.limits[first.limits.length - 1]),
      },
      thetaPerWorstLoss: ratioOf(theta, loss),
      thetaPerMargin: ratioOf(theta, account && initial),
      objective,
      bound,
      gap,
      violation,
      iterations,
      rounds,
      conflict: first.conflict && [...new Set(first.conflict.map((k) => names[k]))],
    };
  } finally {
    for (const owner of owners.reverse()) owner.dispose();
  }
}

const MARGINS = ['margin.initial', 'margin.maintenance'];

function readLimit(name: string, limit: number | undefined): number {
  if (limit === undefined || limit === Infinity) return Infinity;
  return requireNotNegative(name, limit);
}

function requireBands(bands: readonly HarvestBand[]): void {
  bands.forEach((band, k) => {
    requireObject(`problem.bands[${k}]`, band);
    const { lower = -Infinity, upper = Infinity } = band;
    if (lower <= upper) return;
    throw new RangeError(
      `problem.bands[${k}].lower must be at most upper, got ${shown(lower)} > ${shown(upper)}`,
    );
  });
}

/** What the trades make of a limit, and what the limits that were asked for cost. */
function limitOf({ before, after }: LimitOutcome, { price }: LimitOutcome): HarvestLimit {
  return { before, after, price: Math.abs(price) };
}

/** What the trades have to stay inside: the bands, and the most of every limit. */
interface Room {
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  readonly most: readonly number[];
}

/** By how much a band or a limit is missed, relative to 1 + what stands there; 0 where all are kept. */
function missOf({ exposure, limits }: LimitedHedge, { lower, upper, most }: Room): number {
  const bands = lower.map(
    (low, k) => Math.max(low - exposure[k], exposure[k] - upper[k]) / (1 + Math.abs(exposure[k])),
  );
  const overs = limits.map(({ after }, l) => (after - most[l]) / (1 + most[l])).filter(Number.isFinite);
  return Math.max(0, ...bands, ...overs);
}

/**
 * Trades that rounding to lots or giving up instruments put outside the room are looked for again in a room that is
 * narrower by what they missed it by; where that finds none that pay, nothing is traded, if the book as it is fits.
 */
function withinRoom(
  first: LimitedHedge,
  room: Room,
  solve: { readonly tighter: (room: Room) => LimitedHedge; readonly nothing: () => LimitedHedge },
): LimitedHedge {
  const isInside = (found: LimitedHedge): boolean =>
    found.status !== 'infeasible' && missOf(found, room) <= KEPT;
  let best = first;
  let { lower, upper, most } = room;
  // where no trades of so few instruments were found, none will be in less room
  const attempts = first.status === 'iteration-limit' ? 0 : ATTEMPTS;
  for (let attempt = 0; attempt < attempts && !isInside(best); attempt++) {
    const { exposure, limits } = best;
    const [under, above] = [lower, upper].map((ends, side) =>
      ends.map(
        (_, k) =>
          MARGIN * Math.max(0, side === 0 ? room.lower[k] - exposure[k] : exposure[k] - room.upper[k]),
      ),
    );
    const middle = lower.map((low, k) => (low + upper[k]) / 2);
    lower = lower.map((low, k) => (under[k] > 0 ? Math.min(low + under[k], Math.max(low, middle[k])) : low));
    upper = upper.map((high, k) =>
      above[k] > 0 ? Math.max(high - above[k], Math.min(high, middle[k])) : high,
    );
    most = most.map((each, l) => Math.max(0, each - MARGIN * Math.max(0, limits[l].after - room.most[l])));
    const again = solve.tighter({ lower, upper, most });
    if (again.status === 'infeasible') break;
    best = again;
  }
  if (isInside(best) && best.objective <= 0) return best;
  const nothing = solve.nothing();
  if (isInside(nothing)) return nothing;
  return isInside(best) ? best : first;
}

function zeros(n: number): Float64Array {
  return new Float64Array(n);
}

function ratioOf(theta: HarvestRatio, limit: LimitOutcome | undefined): HarvestRatio {
  const ratio = (earned: number, of = 0): number => (of > 0 ? earned / of : NaN);
  return { before: ratio(theta.before, limit?.before), after: ratio(theta.after, limit?.after) };
}
