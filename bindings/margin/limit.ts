import type { FullAbi } from '../abi.js';
import type { ExposureRow, Position } from '../book.js';
import { requireArray, requireInteger, requireNotNegative, requireObject, shown } from '../checks.js';
import { type HedgeOptions, type HedgeProblem, Hedger, type HedgeStatus } from '../hedger.js';
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
  if (model.rule !== 'scenario') {
    throw new RangeError(`model ${shown(model.name)} has no scenarios that a hedge could keep within`);
  }
  const { instruments, rows = [], problem, options = {} } = request;
  requireArray('request.instruments', instruments);
  requireArray('request.rows', rows);
  requireObject('request.problem', problem);
  const count = requireInteger('request.instruments.length', instruments.length, 1, 65_536);
  const base = rows.length;
  const room = requireInteger('request.cuts', request.cuts ?? 64, 1, 64);
  const mostRounds = requireInteger('request.rounds', request.rounds ?? 50, 1, 10_000);
  const tolerance = requireNotNegative('request.tolerance', request.tolerance ?? 1e-7);
  const places = instruments.map((position, i) => book.locate(`request.instruments[${i}]`, position));
  const exposures = rows.map((row, k) => book.locateExposure(`request.rows[${k}]`, row));
  const cells = places.map(({ cell }) => cell);
  requireRuled(model, book, cells, 'request.instruments');
  const bands = rowFields.map((name) => {
    const values = problem[name];
    const own = values === undefined ? new Array<number>(base).fill(absent[name]) : values;
    requireArray(`request.problem.${name}`, own, base);
    const cut = new Array<number>(room).fill(name === 'upper' ? most : absent[name]);
    return [name, [...Array.from(own), ...cut]] as const;
  });
  const sizes = problem.depth?.bidSize.length;
  const levels = sizes === undefined ? 1 : Math.max(1, Math.floor(sizes / count));
  const account = new MarginRoom(abi, book, model, encoded, cells);
  let limit = 0;
  let hedger: Hedger | undefined;
  try {
    limit = taken(abi.limitCreate(account.at, kind, base, room), 'limit');
    const view = (column: number, length: number): View<'f64'> =>
      new View(abi, 'f64', abi.limitColumn(limit, column), length);
    const sensitivity = view(0, count * (base + room));
    const exposure = view(2, base + room);
    hedger = new Hedger(abi, { instruments: count, exposures: base + room, levels });
    if (base > 0) readRows(abi, book, places, exposures, abi.limitColumn(limit, 1), exposure.at);
    abi.limitSpread(limit);
    abi.accountMeasure(account.at, 1, 0, -1);
    // no trades yet: an array of zeros in the module
    const none = account.trial;
    none.array.fill(0);
    const zeros = none.at + 8 * account.positions;
    const before = abi.limitMeasure(limit, zeros);
    const first = Math.min(FIRST_CUTS, account.scenarios, room);
    abi.limitCut(limit, zeros, first);
    let given: Partial<HedgeProblem> = { ...problem, ...Object.fromEntries(bands) };
    for (let rounds = 1; ; rounds++) {
      hedger.update({ ...given, sensitivity: sensitivity.array, exposure: exposure.array });
      given = {};
      const hedge = hedger.solve(options);
      const trades = hedge.trades;
      const after = abi.limitMeasure(limit, trades.byteOffset);
      const isKept = after <= most + tolerance * (1 + most);
      if (!isKept && rounds < mostRounds && hedge.status !== 'infeasible') {
        abi.limitCut(limit, trades.byteOffset, Math.min(MORE_CUTS, account.scenarios, room));
        continue;
      }
      const linearised = hedge.exposure.subarray(base).reduce((a, b) => Math.max(a, b), 0);
      return {
        status: hedge.status,
        isKept,
        trades: trades.slice(),
        exposure: hedge.exposure.slice(0, base),
        cost: hedge.cost,
        objective: hedge.objective,
        gap: hedge.gap,
        before,
        after,
        linearised,
        difference: after - linearised,
        priceOfLimit: hedge.multipliers.subarray(base).reduce((a, b) => a + b, 0),
        rounds,
      };
    }
  } finally {
    hedger?.dispose();
    if (limit !== 0) abi.give(limit);
    account.dispose();
  }
}

/** Sensitivities and exposures of the problem's own rows, from the book's chain. */
function readRows(
  abi: FullAbi,
  book: AnyBook,
  places: readonly { cell: number; place: number }[],
  exposures: readonly { sensitivity: number; expiry: number; underlying: number; scale: number }[],
  sensitivityAt: number,
  exposureAt: number,
): void {
  const binding = taken(abi.bindingCreate(places.length, exposures.length), 'binding');
  try {
    places.forEach(({ cell, place }, i) => {
      abi.bindingInstrument(binding, i, cell, place);
    });
    exposures.forEach(({ sensitivity, expiry, underlying, scale }, k) => {
      abi.bindingRow(binding, k, sensitivity, expiry, underlying, scale);
    });
    const bad = abi.bindingRead(binding, book.at, sensitivityAt, exposureAt);
    if (bad >= places.length) {
      throw new RangeError(`request.rows[${bad - places.length}]: the book's exposure is not finite`);
    }
    if (bad >= 0) throw new RangeError(`request.instruments[${bad}] has no price: its row is not finite`);
  } finally {
    abi.give(binding);
  }
}
