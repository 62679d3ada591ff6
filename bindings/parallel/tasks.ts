import type { ExposureOptions, Position } from '../book.js';
import type { ExpirySpec } from '../chain.js';
import type { HedgeOptions, HedgeProblem, HedgeProblems, HedgeShape } from '../hedger.js';
import type { ComparisonState } from '../rebalance/comparison.js';
import type { SimulatedComparisonOptions } from '../rebalance/path.js';
import type { ScanRequest } from '../scan.js';
import type { Order, SensitivityOf } from '../sensitivity.js';

/** Sensitivities of the rows of a chain, in fresh arrays. */
export interface ChainMarks<O extends Order = Order> {
  /** Of the calls, as `Chain.call`. */
  call: Record<SensitivityOf<O>, Float64Array>;
  /** Of the puts, as `Chain.put`. */
  put: Record<SensitivityOf<O>, Float64Array>;
}

/** What a book makes in scenarios. */
export interface Sweep<O extends Order = Order> {
  /** Profit of each scenario, in the order and the units of `Scan.profit`; a fresh array. */
  profit: Float64Array;
  /** What options and spot are worth at the marks, as `Scan.value`. */
  value: number;
  /** As `Scan.sensitivities`, in fresh arrays; undefined where the request asks for none. */
  sensitivities: Record<SensitivityOf<O>, Float64Array> | undefined;
  /** As `Scan.taylor`, a fresh array; undefined where the request asks for no sensitivities. */
  taylor: Float64Array | undefined;
}

/** Exposures of a book, one element per tick: fresh arrays in the units of `Book.exposure`. */
export type Replay<O extends Order = Order> = Record<SensitivityOf<O>, Float64Array>;

/** How exposures of a replay are measured. */
export interface ReplayOptions extends Omit<ExposureOptions, 'smile'> {
  /** The underlying whose exposures are wanted; may be absent where there is only one. */
  underlying?: string;
}

/** Answers to many hedge problems, problem by problem, in fresh arrays: as `HedgeBatch`, which says more of each. */
export interface HedgeAnswers {
  /** Places in `hedgeStatuses`. */
  status: Uint8Array;
  /** `[problem * instruments + i]`. */
  trades: Float64Array;
  /** `[problem * exposures + k]`. */
  exposure: Float64Array;
  /** `[problem * exposures + k]`. */
  multipliers: Float64Array;
  /** Spread or depth, and impact, per problem; and so the figures below. */
  cost: Float64Array;
  /** Primal value. */
  objective: Float64Array;
  /** Dual value. */
  bound: Float64Array;
  /** (objective - bound) / max(1, |objective|). */
  gap: Float64Array;
  /** Largest excess over a band / (1 + |exposure|). */
  violation: Float64Array;
  /** Steps of either kind. */
  iterations: Float64Array;
}

/** What the policies made on one path: as a comparison's `append` takes it over. */
export type PathOutcomes = Pick<ComparisonState, 'version' | 'policies' | 'done' | 'outcomes' | 'counts'>;

/** What a book is made of. */
export interface BookSource {
  readonly expiries: readonly ExpirySpec[];
  readonly order: Order;
  readonly positions: readonly Position[];
}

/** A book that a worker keeps: by its number, and what it is made of where the worker has to be told. */
export type BookTicket = readonly [number: number, source: BookSource | undefined];

/**
 * What the workers do, the same as one core does. Those that need a book answer undefined where the worker does not
 * have it and is not told it.
 */
export interface Tasks {
  mark(module: WebAssembly.Module, expiries: readonly ExpirySpec[], order: Order): ChainMarks;
  scan(module: WebAssembly.Module, book: BookTicket, request: ScanRequest): Sweep | undefined;
  replay(
    module: WebAssembly.Module,
    book: BookTicket,
    forward: Float64Array,
    options: ReplayOptions,
  ): Replay | undefined;
  solve(
    module: WebAssembly.Module,
    shape: HedgeShape,
    problem: HedgeProblem,
    problems: HedgeProblems,
    options: HedgeOptions,
  ): HedgeAnswers;
  compare(module: WebAssembly.Module, options: SimulatedComparisonOptions, path: number): PathOutcomes;
}
