import workerpool from 'workerpool';
import type { Position } from '../book.js';
import type { ExpirySpec } from '../chain.js';
import { requireFields, requireInteger, requireList, requireNumbers, requireObject } from '../checks.js';
import type { CoreOptions } from '../core.js';
import { compileModule } from '../create.js';
import type { HedgeOptions, HedgeProblem, HedgeProblems, HedgeShape } from '../hedger.js';
import { DisposedError } from '../memory.js';
import type { SimulatedComparisonOptions } from '../rebalance/path.js';
import type { ScanRequest } from '../scan.js';
import type { Order, SensitivityOf } from '../sensitivity.js';
import {
  concatenateAll,
  joinScenarios,
  type Shard,
  shardExpiries,
  shardProblems,
  shardScan,
  shardTicks,
} from './shards.js';
import { source } from './source.js';
import type {
  BookSource,
  BookTicket,
  ChainMarks,
  HedgeAnswers,
  PathOutcomes,
  Replay,
  ReplayOptions,
  Sweep,
  Tasks,
} from './tasks.js';

/**
 * How many workers, and where they come from. Their module, the core's where `module` is absent, may be the full one
 * (`greekfire/full.wasm`): scans with sensitivities and comparisons of policies need it.
 */
export interface ParallelOptions extends CoreOptions {
  /** How many workers, at least 1; one per core of the machine where absent. */
  workers?: number;
  /**
   * Address of `greekfire/parallel/worker.js`, for a page whose content security policy lacks `worker-src blob:`. Where
   * absent, the workers' script travels inside this module.
   */
  script?: string | URL;
}

/** Watching a job and breaking it off. */
export interface JobOptions {
  /** Told after every shard how many of the job's items (scenarios, rows, problems, ticks) are done. */
  progress?: (done: number, total: number) => void;
  /** Breaks the job off at once: its promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** Which paths of a comparison are wanted. */
export interface PathsOptions {
  /** Index of the first: of those that are done already, how many; 0 where absent. */
  first?: number;
  /** Breaks the job off at once: the next path rejects with the signal's reason. */
  signal?: AbortSignal;
}

const parallelNames: ReadonlySet<string> = new Set<keyof ParallelOptions>(['module', 'workers', 'script']);
const jobNames: ReadonlySet<string> = new Set<keyof JobOptions>(['progress', 'signal']);
const pathsNames: ReadonlySet<string> = new Set<keyof PathsOptions>(['first', 'signal']);
const replayNames: ReadonlySet<string> = new Set<keyof (ReplayOptions & JobOptions)>([
  'currency',
  'delta',
  'underlying',
  ...(jobNames as ReadonlySet<keyof JobOptions>),
]);

const kinds: Partial<Record<string, new (message: string) => Error>> = { TypeError, RangeError };

/** What crossed from a worker is an Error of the right name alone. */
function revive(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const kind = kinds[error.name];
  return kind ? new kind(error.message) : error;
}

/** Paths under way per worker: the slowest one in front does not keep the others waiting. */
const AHEAD = 4;

let books = 0;

/** Greekfires on several cores. What they find is what one core finds, to the last bit, however many there are. */
export class Parallel {
  readonly #pool: ReturnType<typeof workerpool.pool>;
  readonly #module: WebAssembly.Module;
  readonly #release: () => void;
  #closed = false;
  /** How many workers there are. */
  readonly workers: number;

  /** @internal */
  constructor(module: WebAssembly.Module, options: ParallelOptions) {
    const cores = Math.max(1, Number(workerpool.cpus) || 1);
    this.workers = requireInteger('options.workers', options.workers ?? cores, 1, 1024);
    this.#module = module;
    const { script, release } = scriptOf(options.script);
    this.#release = release;
    this.#pool = workerpool.pool(script, {
      maxWorkers: this.workers,
      workerThreadOpts: { eval: options.script === undefined, name: 'greekfire' },
    });
  }

  /**
   * The marks of a chain: `core.chain(expiries, order)`, its strikes shared out.
   * @throws as `core.chain`; the signal's reason; DisposedError where this is closed
   */
  async chain<O extends Order = 1>(
    expiries: readonly ExpirySpec[],
    order: O = 1 as O,
    options: JobOptions = {},
  ): Promise<ChainMarks<O>> {
    requireFields('options', options, jobNames);
    const shards = shardExpiries(expiries, this.workers);
    const parts = await this.#run('mark', shards, expiries, (part) => [part, order], options);
    const side = (name: keyof ChainMarks): ChainMarks<O>[keyof ChainMarks] =>
      concatenateAll(parts.map((part) => part[name]));
    return { call: side('call'), put: side('put') };
  }

  /**
   * A book for the workers, to be scanned and replayed again and again: each is told it once. What is given must not
   * change as long as the book is in use; there is nothing to dispose.
   * @param order highest order of a replay's sensitivities, 1 where absent
   * @throws TypeError where one is no array; what is wrong inside them is thrown by the first job
   */
  book<O extends Order = 1>(
    expiries: readonly ExpirySpec[],
    positions: readonly Position[],
    order: O = 1 as O,
  ): ParallelBook<O> {
    requireList('expiries', expiries);
    requireList('positions', positions);
    return new ParallelBook<O>(
      (task, book, shards, whole, rest, options) =>
        this.#run(task, shards, whole, (part) => [book, part, ...rest], options),
      this.workers,
      { expiries, positions, order },
    );
  }

  /**
   * `hedger.solveMany` of a new hedger, the problems shared out. Each starts by itself, as with `warmStart: false`, so
   * that its answer does not depend on where it is solved.
   * @param problem what the problems share, and their defaults
   * @throws as `hedger.update` and `hedger.solveMany`; RangeError where `warmStart` is true; the signal's reason;
   * DisposedError where this is closed
   */
  async solveMany(
    shape: HedgeShape,
    problem: HedgeProblem,
    problems: HedgeProblems,
    options: HedgeOptions & JobOptions = {},
  ): Promise<HedgeAnswers> {
    requireObject('options', options);
    const { progress, signal, warmStart = false, ...rest } = options;
    if (warmStart) throw new RangeError('options.warmStart must be false: the problems are solved apart');
    const how = { ...rest, warmStart };
    const shards = shardProblems(problems, this.workers);
    const parts = await this.#run('solve', shards, problems, (part) => [shape, problem, part, how], {
      ...(progress && { progress }),
      ...(signal && { signal }),
    });
    return concatenateAll(parts);
  }

  /**
   * The paths of a comparison of policies, run on the workers and told in their order, each as what `append` of
   * `simulatedComparison(core, options)` takes over: what it holds then is what it finds by itself, to the last bit.
   * Only a few paths are under way at a time, as many as keep the workers busy, however many there are. Breaking off
   * the loop ends them.
   * @param options plain data; `module` of {@link ParallelOptions} must be the full one
   * @throws as `simulatedComparison` and its `step`, once the first path is asked for; TypeError where the module is
   * not the full one; the signal's reason; DisposedError where this is closed
   */
  async *comparePaths(
    options: SimulatedComparisonOptions,
    { first = 0, signal, ...rest }: PathsOptions = {},
  ): AsyncGenerator<PathOutcomes, void, undefined> {
    requireObject('options', options);
    requireFields('options', rest, pathsNames);
    const paths = requireInteger('options.paths', options.paths, 2, Number.MAX_SAFE_INTEGER);
    requireInteger('options.first', first, 0, paths);
    signal?.throwIfAborted();
    const tasks: ReturnType<typeof this.exec>[] = [];
    const stop = (): void => {
      for (const task of tasks.splice(0)) task.cancel();
    };
    let next = first;
    const start = (): void => {
      for (; next < paths && tasks.length < AHEAD * this.workers; next++) {
        if (this.#closed) throw new DisposedError('the workers are closed');
        tasks.push(this.exec('compare', [options, next]));
      }
    };
    signal?.addEventListener('abort', stop, { once: true });
    try {
      start();
      while (tasks.length > 0) {
        const found = (await tasks[0]) as PathOutcomes;
        tasks.shift();
        start();
        yield found;
        signal?.throwIfAborted();
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw revive(error);
    } finally {
      signal?.removeEventListener('abort', stop);
      stop();
    }
  }

  /** Ends the workers; what is under way rejects. Until then they keep a Node process alive. Again is no error. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#pool.terminate(true);
    this.#release();
  }

  /** The same as {@link Parallel.close}, for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * Runs a task on all shards. Where one of them is refused, the whole is given to one worker: what it says is wrong
   * has the caller's indexes.
   */
  async #run<K extends keyof Tasks, T>(
    name: K,
    shards: readonly Shard<T>[],
    whole: T,
    given: (part: T) => unknown[],
    { progress, signal }: JobOptions,
  ): Promise<NonNullable<ReturnType<Tasks[K]>>[]> {
    if (this.#closed) throw new DisposedError('the workers are closed');
    signal?.throwIfAborted();
    const running = new Set<ReturnType<typeof this.exec>>();
    const stop = (): void => {
      for (const task of running) task.cancel();
    };
    const execute = async (part: T): Promise<NonNullable<ReturnType<Tasks[K]>>> => {
      const start = async (params: unknown[]): Promise<unknown> => {
        const task = this.exec(name, params);
        running.add(task);
        try {
          return await task;
        } finally {
          running.delete(task);
        }
      };
      const params = given(part);
      let result = await start(params.map(withoutSource));
      // The worker does not have the book: it is told it.
      if (result === undefined || result === null) {
        signal?.throwIfAborted();
        result = await start(params.map(withSource));
      }
      return result as NonNullable<ReturnType<Tasks[K]>>;
    };
    const total = shards.reduce((sum, { size }) => sum + size, 0);
    let done = 0;
    signal?.addEventListener('abort', stop, { once: true });
    try {
      return await Promise.all(
        shards.map(async ({ part, size }) => {
          const result = await execute(part);
          done += size;
          progress?.(done, total);
          return result;
        }),
      );
    } catch (error) {
      stop();
      signal?.throwIfAborted();
      const known = revive(error);
      if (shards.length > 1 && error instanceof Error && error.name in kinds && known !== error) {
        await execute(whole).catch((reason: unknown) => {
          throw revive(reason);
        });
      }
      throw known;
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }

  /** @internal */
  private exec(name: keyof Tasks, params: unknown[]): ReturnType<ReturnType<typeof workerpool.pool>['exec']> {
    return this.#pool.exec(name, [this.#module, ...params]);
  }
}

/** A book as a parameter: a worker is told its number first, and what it is made of where it asks. */
class Ticket {
  constructor(
    readonly number: number,
    readonly source: BookSource,
  ) {}
}

const withoutSource = (value: unknown): unknown =>
  value instanceof Ticket ? ([value.number, undefined] satisfies BookTicket) : value;
const withSource = (value: unknown): unknown =>
  value instanceof Ticket ? ([value.number, value.source] satisfies BookTicket) : value;

type RunOnBook = <K extends 'scan' | 'replay', T>(
  task: K,
  book: Ticket,
  shards: readonly Shard<T>[],
  whole: T,
  rest: readonly unknown[],
  options: JobOptions,
) => Promise<NonNullable<ReturnType<Tasks[K]>>[]>;

/** A book that the workers keep. */
export class ParallelBook<O extends Order = 1> {
  readonly #run: RunOnBook;
  readonly #workers: number;
  readonly #ticket: Ticket;

  /** @internal */
  constructor(run: RunOnBook, workers: number, source: BookSource) {
    this.#run = run;
    this.#workers = workers;
    this.#ticket = new Ticket(books++, source);
  }

  /**
   * What the book makes in scenarios: the profits of `book.scan(request)`, and its sensitivities where they are asked
   * for and `options.module` is the full one; the scenarios shared out. Weights are not looked at.
   * @throws as `core.chain`, `core.book` and `book.scan`; the signal's reason; DisposedError where the workers are
   * closed
   */
  async scan(request: ScanRequest, options: JobOptions = {}): Promise<Sweep<O>> {
    requireFields('options', options, jobNames);
    const { shards, layout } = shardScan(request, this.#workers);
    const parts = await this.#run('scan', this.#ticket, shards, request, [], options);
    const join = (columnOf: (part: Sweep) => Float64Array): Float64Array =>
      joinScenarios(parts.map(columnOf), shards, layout);
    const [{ value, sensitivities }] = parts;
    if (!sensitivities) {
      return { profit: join(({ profit }) => profit), value, sensitivities: undefined, taylor: undefined };
    }
    const names = Object.keys(sensitivities) as SensitivityOf<O>[];
    return {
      profit: join(({ profit }) => profit),
      value,
      sensitivities: Object.fromEntries(
        names.map((name) => [name, join((part) => (part as Sweep<O>).sensitivities![name])]),
      ) as Record<SensitivityOf<O>, Float64Array>,
      taylor: join(({ taylor }) => taylor!),
    };
  }

  /**
   * The book's exposures along ticks: for each tick `chain.tick(forwards)` and `book.exposure(options)`, the ticks
   * shared out.
   * @param forward `[tick * expiries + e]`: forwards of every tick in quote currency
   * @throws as `core.chain`, `core.book`, `chain.tick` and `book.exposure`; RangeError where the length is no multiple
   * of the number of expiries; the signal's reason; DisposedError where the workers are closed
   */
  async replay(forward: ArrayLike<number>, options: ReplayOptions & JobOptions = {}): Promise<Replay<O>> {
    requireNumbers('forward', forward);
    requireFields('options', options, replayNames);
    const wide = this.#ticket.source.expiries.length;
    if (forward.length === 0 || forward.length % wide !== 0) {
      throw new RangeError(`forward must have a multiple of ${wide} elements, got ${forward.length}`);
    }
    const { progress, signal, ...how } = options;
    const shards = shardTicks(forward, wide, this.#workers);
    const whole = Float64Array.from(forward);
    const parts = await this.#run('replay', this.#ticket, shards, whole, [how], {
      ...(progress && { progress }),
      ...(signal && { signal }),
    });
    return concatenateAll(parts);
  }
}

/** Where the pool finds the workers' script, and what gives that place back. */
function scriptOf(given: string | URL | undefined): { script: string; release: () => void } {
  const nothing = (): void => undefined;
  if (given !== undefined) return { script: String(given), release: nothing };
  if (workerpool.platform === 'node') return { script: source, release: nothing };
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  return {
    script: url,
    release: () => {
      URL.revokeObjectURL(url);
    },
  };
}

/**
 * Starts workers as they are needed, in Node (worker threads) and in pages (web workers).
 * @returns to be closed
 * @throws RangeError where `workers` is no integer of at least 1, or as `create`
 */
export async function createParallel(options: ParallelOptions = {}): Promise<Parallel> {
  requireFields('options', options, parallelNames);
  const { module } = options;
  return new Parallel(await compileModule(module === undefined ? {} : { module }), options);
}
