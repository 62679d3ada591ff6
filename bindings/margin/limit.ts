import type { FullAbi } from '../abi.js';
import { createBinding, type ExposurePlace, type InstrumentPlace } from '../binding.js';
import type { ExposureRow, Position } from '../book.js';
import { requireArray, requireInteger, requireNotNegative, requireObject, shown } from '../checks.js';
import { type Hedge, type HedgeOptions, type HedgeProblem, Hedger, type HedgeStatus } from '../hedger.js';
import { taken, View } from '../memory.js';
import type { EncodedUnderlying, MarginModel } from './model.js';
import { type AnyBook, MarginRoom, requireRuled } from './room.js';

/** What a hedge keeps within: one of them, in quote currency, at least 0. */
export type MarginLimit =
  | {
      /** Most that any scenario of the model may lose. */
      worstLoss: number;
    }
  | {
      /** Most initial margin. */
      initial: number;
    }
  | {
      /** Most maintenance margin. */
      maintenance: number;
    };

/** A hedge under a margin or loss limit. */
export interface MarginHedgeRequest {
  /** The limit: a worst loss over the model's scenarios, all underlyings in the same one; or a margin. */
  limit: MarginLimit;
  /** What may be traded; quantities are not looked at, units are the chain's. */
  instruments: readonly Position[];
  /** Exposures of the problem beside the limit, as of `Hedger.bind`; none where absent. */
  rows?: readonly ExposureRow[];
  /**
   * Costs and limits by instrument, targets, weights and bands by row of `rows`. With no rows the trades are the
   * cheapest that keep the limit.
   */
  problem: Omit<HedgeProblem, 'sensitivity' | 'exposure'>;
  /** How each problem is solved. */
  options?: HedgeOptions;
  /** Rows for cuts, 1 to 64; 64 where absent. */
  cuts?: number;
  /** Most problems to solve; 50 where absent. */
  rounds?: number;
  /** By how much the limit may be missed, relative to 1 + limit; 1e-7 where absent. */
  tolerance?: number;
}

/** The answer: what was traded, what it costs, and the limit by full valuation. Arrays are fresh. */
export interface MarginHedge {
  /** What the last solve came to, under the cuts made. */
  readonly status: HedgeStatus;
  /** Whether the limit is kept by full valuation, to the tolerance. */
  readonly isKept: boolean;
  /** Units to buy, negative to sell, one per instrument. */
  readonly trades: Float64Array;
  /** Exposures of `rows` after them. */
  readonly exposure: Float64Array;
  /** Spread or depth, and impact. */
  readonly cost: number;
  /** What was minimised, under the cuts made: a relaxation, so that no hedge within the limit costs less. */
  readonly objective: number;
  /** Its relative duality gap. */
  readonly gap: number;
  /** The limited quantity before the trades, by full valuation. */
  readonly before: number;
  /** The limited quantity after them, by full valuation. */
  readonly after: number;
  /** What the rows of the problem said it would be. */
  readonly linearised: number;
  /** after - linearised: what full valuation finds that the rows did not. */
  readonly difference: number;
  /** What one unit less of the limit costs: the multipliers of the cuts, summed. */
  readonly priceOfLimit: number;
  /** Problems solved. */
  readonly rounds: number;
}

const kinds = ['worstLoss', 'initial', 'maintenance'] as const;
/** Cuts at the start and in every round after. */
const FIRST_CUTS = 8;
const MORE_CUTS = 4;
const rowFields = ['target', 'weight', 'lower', 'upper'] as const;
const absent = { target: 0, weight: 0, lower: -Infinity, upper: Infinity } as const;

function readLimit(limit: MarginLimit): { kind: number; most: number } {
  requireObject('request.limit', limit);
  const given = kinds.filter((name) => name in limit);
  if (given.length !== 1 || Object.keys(limit).length !== 1) {
    throw new TypeError(`request.limit must have one of ${kinds.map(shown).join(', ')}`);
  }
  const name = given[0];
  const most = requireNotNegative(`request.limit.${name}`, (limit as Record<string, unknown>)[name]);
  return { kind: kinds.indexOf(name), most };
}

/** A limit of a hedge problem: of an account, or of a scan's worst loss. @internal */
export interface LimitSource {
  /** Most of it, at least 0; Infinity for none, when it is only measured. */
  readonly most: number;
  /** Where its account stands and what of it is limited; or live views of a scan's profits, and a unit's. */
  readonly of:
    | { readonly room: MarginRoom; readonly kind: number }
    | { readonly profit: () => Float64Array; readonly unit: () => Float64Array };
}

/** What became of a limit. @internal */
export interface LimitOutcome {
  /** By full valuation, before the trades and after. */
  readonly before: number;
  readonly after: number;
  /** What the rows of the problem said it would be. */
  readonly linearised: number;
  /** What one unit less of it costs. */
  readonly price: number;
  /** Losses by [scenario x underlying] after the trades: a fresh array. */
  readonly losses: Float64Array;
}

/** A hedge under limits. Arrays are fresh. @internal */
export interface LimitedHedge
  extends
    Pick<Hedge, 'status' | 'cost' | 'objective' | 'bound' | 'gap' | 'violation' | 'iterations' | 'conflict'>,
    Pick<MarginHedge, 'isKept' | 'trades' | 'exposure' | 'rounds'> {
  /** Of the bound rows before the trades. */
  readonly before: Float64Array;
  /** Of the bound rows. */
  readonly multipliers: Float64Array;
  readonly limits: readonly LimitOutcome[];
  /** The limit that each row after the bound ones is of. */
  readonly limitOfRow: readonly number[];
}

/** A hedge problem under limits, checked. @internal */
export interface LimitedProblem extends Pick<
  MarginHedgeRequest,
  'problem' | 'options' | 'rounds' | 'tolerance' | 'cuts'
> {
  /** What the fields are called in messages: that of instruments, of rows, of rows' bands. */
  readonly name: string;
  readonly places: readonly InstrumentPlace[];
  readonly rows: readonly ExposurePlace[];
  readonly limits: readonly LimitSource[];
  /** What a bound row and a column make over some years is gained. */
  readonly collect?: { readonly row: number; readonly carry: Float64Array; readonly years: number };
}

/** Rows that a hedger takes. */
const MOST_ROWS = 256;
/** Problems with lots and the like after those without. */
const MOST_WHOLE = 8;
/** Rows for the cuts of a limit. */
const MOST_CUTS = 64;

/**
 * Solves a hedge problem under limits, whose cuts are rows of it: where the answer is over a limit by full valuation,
 * cuts are made there and it is solved again.
 * @internal
 */
export function solveLimited(abi: FullAbi, book: AnyBook, limited: LimitedProblem): LimitedHedge {
  const { name, places, rows, problem, limits, options = {}, collect } = limited;
  const count = places.length;
  const isLimited = limits.map(({ most }) => most < Infinity);
  const limitedCount = isLimited.filter(Boolean).length;
  const base = requireInteger(`${name}.rows.length`, rows.length, 0, MOST_ROWS - limitedCount);
  const room = Math.min(
    limited.cuts ?? MOST_CUTS,
    Math.floor((MOST_ROWS - base) / Math.max(1, limitedCount)),
  );
  // what is only measured has no rows
  const rooms = isLimited.map((is) => (is ? room : 0));
  const firsts = rooms.map((_, l) => base + rooms.slice(0, l).reduce((sum, each) => sum + each, 0));
  const mostRounds = requireInteger(`${name}.rounds`, limited.rounds ?? 50, 1, 10_000);
  const tolerance = requireNotNegative(`${name}.tolerance`, limited.tolerance ?? 1e-7);
  // a problem without rows still has one, without a band
  const all = Math.max(1, base + limitedCount * room);
  const bands = rowFields.map((field) => {
    const own = problem[field] ?? new Array<number>(base).fill(absent[field]);
    requireArray(`${name}.problem.${field}`, own, base);
    const cuts = limits.flatMap(({ most }, l) =>
      new Array<number>(rooms[l]).fill(field === 'upper' ? most : absent[field]),
    );
    return [
      field,
      [...Array.from(own), ...cuts, ...(base + cuts.length === 0 ? [absent[field]] : [])],
    ] as const;
  });
  const sizes = problem.depth?.bidSize.length;
  const levels = sizes === undefined ? 1 : Math.max(1, Math.floor(sizes / count));
  const at = taken(abi.limitedCreate(count, base, all), 'hedge problem');
  const made: number[] = [];
  let hedger: Hedger | undefined;
  try {
    const view = (column: number, length: number): View<'f64'> =>
      new View(abi, 'f64', abi.limitedColumn(at, column), length);
    const sensitivity = view(0, count * all);
    const exposure = view(2, all);
    const linear = view(3, count);
    const none = abi.limitedColumn(at, 4);
    hedger = new Hedger(abi, { instruments: count, exposures: all, levels });
    if (base > 0) readRows(abi, book, name, places, rows, abi.limitedColumn(at, 1), exposure.at);
    abi.limitedSpread(at);
    const before = exposure.array.slice(0, base);
    if (collect) {
      view(4, count).array.set(collect.carry);
      abi.limitedCollect(at, collect.row, none, collect.years);
      view(4, count).array.fill(0);
    }
    const scenarios = limits.map(({ of }) => ('room' in of ? of.room.scenarios : of.profit().length));
    limits.forEach(({ of }, l) => {
      const first = firsts[l];
      if ('room' in of) abi.accountMeasure(of.room.at, 1, 0, -1);
      made.push(
        taken(
          'room' in of
            ? abi.limitCreate(at, of.room.at, of.kind, first, rooms[l])
            : abi.limitScan(at, first, rooms[l], scenarios[l], of.profit().byteOffset, of.unit().byteOffset),
          'limit',
        ),
      );
    });
    const start = made.map((limit, l) => {
      const measured = abi.limitMeasure(limit, none);
      if (isLimited[l]) abi.limitCut(limit, none, Math.min(FIRST_CUTS, scenarios[l], room));
      return measured;
    });
    // lots and the like are imposed on the cuts that the problem without them needs
    const { lots, maxInstruments, ...relaxed } = options;
    let isWhole = lots !== true && maxInstruments === undefined;
    let last = mostRounds;
    let given: Partial<HedgeProblem> = { ...problem, ...Object.fromEntries(bands) };
    for (let round = 1; ; round++) {
      const costs = collect ? { linear: linear.array } : {};
      hedger.update({ ...given, ...costs, sensitivity: sensitivity.array, exposure: exposure.array });
      given = {};
      const hedge = hedger.solve(isWhole ? options : relaxed);
      const trades = hedge.trades;
      const after = made.map((limit) => abi.limitMeasure(limit, trades.byteOffset));
      const over = made.filter((_, l) => {
        const { most } = limits[l];
        return isLimited[l] && !(after[l] <= most + tolerance * (1 + most));
      });
      if (hedge.status !== 'infeasible' && !isWhole && (over.length === 0 || round >= last)) {
        isWhole = true;
        last = round + MOST_WHOLE;
        continue;
      }
      if (over.length > 0 && round < last && hedge.status !== 'infeasible') {
        for (const limit of over) {
          const l = made.indexOf(limit);
          abi.limitCut(limit, trades.byteOffset, Math.min(MORE_CUTS, scenarios[l], room));
        }
        continue;
      }
      const { status, cost, objective, bound, gap, violation, iterations, conflict } = hedge;
      const linearised = hedge.exposure;
      const prices = hedge.multipliers;
      return {
        status,
        cost,
        objective,
        bound,
        gap,
        violation,
        iterations,
        conflict,
        isKept: over.length === 0,
        trades: trades.slice(),
        exposure: linearised.slice(0, base),
        multipliers: prices.slice(0, base),
        before,
        limits: limits.map(({ of }, l): LimitOutcome => {
          const [from, to] = [firsts[l], firsts[l] + rooms[l]];
          const losses = scenarios[l] * ('room' in of && of.kind !== 0 ? book.underlyings.length : 1);
          return {
            before: start[l],
            after: after[l],
            linearised: linearised.subarray(from, to).reduce((a, b) => Math.max(a, b), 0),
            price: prices.subarray(from, to).reduce((a, b) => a + b, 0),
            losses: new View(abi, 'f64', abi.limitLosses(made[l]), losses).array.slice(),
          };
        }),
        limitOfRow: rooms.flatMap((each, l) => new Array<number>(each).fill(l)),
        rounds: round,
      };
    }
  } finally {
    hedger?.dispose();
    for (const limit of made) abi.give(limit);
    abi.give(at);
  }
}

/**
 * Hedges under a limit.
 * @throws as {@link MarginAccount.hedge}
 * @internal
 */
export function limitedHedge(
  abi: FullAbi,
  book: AnyBook,
  model: MarginModel,
  encoded: readonly EncodedUnderlying[],
  request: MarginHedgeRequest,
): MarginHedge {
  requireObject('request', request);
  const { kind, most } = readLimit(request.limit);
  requireScenarios(model);
  const { instruments, rows = [], problem } = request;
  requireArray('request.instruments', instruments);
  requireArray('request.rows', rows);
  requireObject('request.problem', problem);
  requireInteger('request.instruments.length', instruments.length, 1, 65_536);
  requireInteger('request.cuts', request.cuts ?? MOST_CUTS, 1, MOST_CUTS);
  const places = instruments.map((position, i) => book.locate(`request.instruments[${i}]`, position));
  const exposures = rows.map((row, k) => book.locateExposure(`request.rows[${k}]`, row));
  const cells = places.map(({ cell }) => cell);
  requireRuled(model, book, cells, 'request.instruments');
  const room = new MarginRoom(abi, book, model, encoded, cells);
  try {
    const limits: LimitSource[] = [{ most, of: { room, kind } }];
    const found = solveLimited(abi, book, { ...request, name: 'request', places, rows: exposures, limits });
    const { status, isKept, trades, exposure, cost, objective, gap, rounds } = found;
    const [{ before, after, linearised, price }] = found.limits;
    return {
      status,
      isKept,
      trades,
      exposure,
      cost,
      objective,
      gap,
      before,
      after,
      linearised,
      difference: after - linearised,
      priceOfLimit: price,
      rounds,
    };
  } finally {
    room.dispose();
  }
}

/** @throws RangeError where a model has no scenarios @internal */
export function requireScenarios(model: MarginModel): void {
  if (model.rule === 'scenario') return;
  throw new RangeError(`model ${shown(model.name)} has no scenarios that a hedge could keep within`);
}

/** Sensitivities and exposures of the problem's own rows, from the book's chain. */
function readRows(
  abi: FullAbi,
  book: AnyBook,
  name: string,
  places: LimitedProblem['places'],
  rows: LimitedProblem['rows'],
  sensitivityAt: number,
  exposureAt: number,
): void {
  const binding = createBinding(abi, 'binding', places, rows);
  try {
    const bad = abi.bindingRead(binding, book.at, sensitivityAt, exposureAt);
    if (bad >= places.length) {
      throw new RangeError(`${name}.rows[${bad - places.length}]: the book's exposure is not finite`);
    }
    if (bad >= 0) throw new RangeError(`${name}.instruments[${bad}] has no price: its row is not finite`);
  } finally {
    abi.give(binding);
  }
}
