/** The workers' side. The build bundles it into one classic script, which runs in web workers and worker threads. */
import workerpool from 'workerpool';
import type { Book } from '../book.js';
import type { Chain } from '../chain.js';
import { Core } from '../core.js';
import { FullCore } from '../full/core.js';
import { simulatedComparison } from '../rebalance/path.js';
import { sensitivitiesOf } from '../sensitivity.js';
import type { BookSource, BookTicket, Replay, Tasks } from './tasks.js';

let core: Core | undefined;
const coreOf = (module: WebAssembly.Module): Core => (core ??= new Core(new WebAssembly.Instance(module)));

let full: FullCore | undefined;
const fullOf = (module: WebAssembly.Module): FullCore =>
  (full ??= new FullCore(new WebAssembly.Instance(module)));

/** The book that was asked for last. */
let kept: { number: number; chain: Chain; book: Book } | undefined;

function bookOf(core: Core, [number, source]: BookTicket): typeof kept {
  if (kept?.number === number) return kept;
  if (source === undefined) return undefined;
  kept?.book.dispose();
  kept?.chain.dispose();
  kept = undefined;
  const { expiries, order, positions }: BookSource = source;
  const chain = core.chain(expiries, order) as unknown as Chain;
  try {
    kept = { number, chain, book: core.book(chain, positions) as unknown as Book };
  } catch (error) {
    chain.dispose();
    throw error;
  }
  return kept;
}

const copyOf = <K extends string>(columns: Readonly<Record<K, Float64Array>>): Record<K, Float64Array> =>
  Object.fromEntries(
    Object.entries<Float64Array>(columns).map(([name, column]) => [name, column.slice()]),
  ) as Record<K, Float64Array>;

const tasks: Tasks = {
  mark(module, expiries, order) {
    const chain = coreOf(module).chain(expiries, order);
    try {
      return { call: copyOf(chain.call), put: copyOf(chain.put) };
    } finally {
      chain.dispose();
    }
  },

  scan(module, ticket, request) {
    const at = bookOf(coreOf(module), ticket);
    if (!at) return undefined;
    const scan = at.book.scan(request);
    try {
      const { profit, value, sensitivities, taylor } = scan;
      return {
        profit: profit.slice(),
        value,
        sensitivities: sensitivities && copyOf(sensitivities),
        taylor: taylor?.slice(),
      };
    } finally {
      scan.dispose();
    }
  },

  replay(module, ticket, forward, options) {
    const at = bookOf(coreOf(module), ticket);
    if (!at) return undefined;
    const { chain, book } = at;
    const wide = chain.expiries.length;
    const names = sensitivitiesOf(chain.order);
    const ticks = forward.length / wide;
    const columns = Object.fromEntries(names.map((name) => [name, new Float64Array(ticks)])) as Replay;
    const before = chain.forward.slice();
    try {
      for (let tick = 0; tick < ticks; tick++) {
        chain.tick(forward.subarray(tick * wide, (tick + 1) * wide));
        const exposure: Partial<Record<string, number>> = book.exposure(options);
        for (const name of names) columns[name as keyof Replay][tick] = exposure[name]!;
      }
    } finally {
      chain.tick(before);
    }
    return columns;
  },

  solve(module, shape, problem, problems, options) {
    const hedger = coreOf(module).hedger(shape);
    try {
      hedger.update(problem);
      const batch = hedger.solveMany(problems, options);
      const { trades, exposure, multipliers, cost, objective, bound, gap, violation, iterations } = batch;
      const columns = { trades, exposure, multipliers, cost, objective, bound, gap, violation, iterations };
      return { status: batch.status.slice(), ...copyOf(columns) };
    } finally {
      hedger.dispose();
    }
  },

  compare(module, options, path) {
    const { market } = options;
    const stream = (market.stream ?? 0) + path;
    const comparison = simulatedComparison(fullOf(module), { ...options, market: { ...market, stream } });
    try {
      comparison.runPath();
      const { version, policies, done, outcomes, counts } = comparison.save();
      return { version, policies, done, outcomes, counts };
    } finally {
      comparison.dispose();
    }
  },
};

/** The arrays of a result, which change hands without a copy. */
const buffersOf = (result: unknown): ArrayBuffer[] =>
  ArrayBuffer.isView(result)
    ? [result.buffer as ArrayBuffer]
    : typeof result === 'object' && result !== null
      ? Object.values(result).flatMap(buffersOf)
      : [];

const withTransfer = Object.entries(tasks as unknown as Record<string, (...given: unknown[]) => unknown>).map(
  ([name, task]) =>
    [
      name,
      (...given: unknown[]): unknown => {
        try {
          const result = task(...given);
          return new workerpool.Transfer(result as object, buffersOf(result));
        } catch (error) {
          // What crosses is an error's own properties, and the name of a RangeError is its kind's.
          if (error instanceof Error) Object.defineProperty(error, 'name', { value: error.name });
          throw error;
        }
      },
    ] as const,
);

workerpool.worker(Object.fromEntries(withTransfer));
