import { isArrayLike } from '../checks.js';
import type { ExpirySpec } from '../chain.js';
import type { HedgeProblems } from '../hedger.js';
import type { ScanRequest } from '../scan.js';

// Each returns one shard, the whole, where what it is given is not of the right kind: the core says what is wrong.

/** A part of a job. */
export interface Shard<T> {
  readonly part: T;
  /** First of its items, and how many there are. */
  readonly first: number;
  readonly size: number;
}

/**
 * How many shards a job of so many items has: one per worker at least, more where each is large enough that what a
 * shard costs by itself does not count, and not more than progress needs.
 */
function shardCount(items: number, least: number, workers: number): number {
  return Math.min(16 * workers, Math.max(workers, Math.floor(items / least)));
}

/** Items that a shard has at the least where there are enough of them. */
const LEAST = { rows: 4096, scenarios: 250, problems: 16, ticks: 250 } as const;

/** Items 0 to `length` in at most `count` runs. */
function runsOf(length: number, count: number): { first: number; size: number }[] {
  const most = Math.max(1, Math.ceil(length / count));
  return Array.from({ length: Math.ceil(length / most) }, (_, i) => ({
    first: i * most,
    size: Math.min(most, length - i * most),
  }));
}

const numbers = (values: ArrayLike<number>): Float64Array =>
  values instanceof Float64Array ? values : Float64Array.from(values);

/** An expiry's strikes are cut where a shard is full: a row does not depend on its neighbours. */
export function shardExpiries(
  expiries: readonly ExpirySpec[],
  workers: number,
): Shard<readonly ExpirySpec[]>[] {
  if (!(isArrayLike(expiries) && Array.from<unknown>(expiries).every(isSorted)))
    return [{ part: expiries, first: 0, size: 1 }];
  const columns = expiries.map(({ strike, volatility }) => [numbers(strike), numbers(volatility)]);
  let rows = 0;
  const ends = columns.map(([strike]) => (rows += strike.length));
  return runsOf(rows, shardCount(rows, LEAST.rows, workers)).map(({ first, size }) => ({
    first,
    size,
    part: expiries.flatMap((spec, e) => {
      const start = ends[e] - columns[e][0].length;
      const [from, to] = [Math.max(first, start) - start, Math.min(first + size, ends[e]) - start];
      if (from >= to) return [];
      const [strike, volatility] = columns[e].map((column) => column.subarray(from, to));
      return [{ ...spec, strike, volatility }];
    }),
  }));
}

function isSorted(spec: unknown): boolean {
  const { strike, volatility } = (spec ?? {}) as Partial<ExpirySpec>;
  if (!isArrayLike(strike) || !isArrayLike(volatility) || strike.length !== volatility.length) return false;
  return strike.length > 0 && numbers(strike).every((value, i, all) => i === 0 || value > all[i - 1]);
}

const AXES = ['spot', 'volatility', 'time'] as const;

/** Where a shard's scenarios are in those of the whole: `outer` runs of `length` blocks of `inner` scenarios. */
export interface Layout {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/** A list is cut into runs, a grid across its longest axis. */
export function shardScan(
  request: ScanRequest,
  workers: number,
): { shards: Shard<ScanRequest>[]; layout: Layout } {
  const whole = { shards: [{ part: request, first: 0, size: 1 }], layout: { outer: 1, length: 1, inner: 0 } };
  if (typeof request !== 'object' || (request as unknown) === null) return whole;
  const { scenarios } = request;
  const given = (scenarios ?? request) as Partial<Record<(typeof AXES)[number], ArrayLike<number>>>;
  if (AXES.some((name) => given[name] !== undefined && !isArrayLike(given[name]))) return whole;
  const lengths = AXES.map((name) => given[name]?.length ?? 1);
  if (lengths.includes(0) || given.spot === undefined) return whole;
  if (scenarios) {
    const length = lengths[0];
    if (AXES.some((name) => given[name] !== undefined && given[name].length !== length)) return whole;
    const shards = runsOf(length, shardCount(length, LEAST.scenarios, workers)).map(({ first, size }) => {
      const columns = AXES.flatMap((name) =>
        given[name] === undefined ? [] : [[name, numbers(given[name]).subarray(first, first + size)]],
      );
      return {
        first,
        size,
        part: { ...request, scenarios: Object.fromEntries(columns) as typeof scenarios },
      };
    });
    return { shards, layout: { outer: 1, length, inner: 1 } };
  }
  const axis = lengths.indexOf(Math.max(...lengths));
  const name = AXES[axis];
  const product = (values: number[]): number => values.reduce((a, b) => a * b, 1);
  const count = shardCount(product(lengths), LEAST.scenarios, workers);
  const shards = runsOf(lengths[axis], count).map(({ first, size }) => {
    const cut = numbers(given[name] ?? [0]).subarray(first, first + size);
    return { first, size, part: { ...request, weight: undefined, [name]: cut } as unknown as ScanRequest };
  });
  const layout = {
    outer: product(lengths.slice(axis + 1)),
    length: lengths[axis],
    inner: product(lengths.slice(0, axis)),
  };
  return { shards, layout };
}

/** A column of the whole, an element per scenario, out of those of the shards. */
export function joinScenarios(
  parts: readonly Float64Array[],
  shards: readonly Shard<unknown>[],
  layout: Layout,
): Float64Array {
  const { outer, length, inner } = layout;
  if (inner === 0) return parts[0];
  const whole = new Float64Array(outer * length * inner);
  parts.forEach((part, s) => {
    const run = shards[s].size * inner;
    for (let o = 0; o < outer; o++) {
      whole.set(part.subarray(o * run, (o + 1) * run), (o * length + shards[s].first) * inner);
    }
  });
  return whole;
}

/** Runs of problems. */
export function shardProblems(problems: HedgeProblems, workers: number): Shard<HedgeProblems>[] {
  const whole = [{ part: problems, first: 0, size: 1 }];
  if (typeof problems !== 'object' || (problems as unknown) === null) return whole;
  const { count: total, ...fields } = problems;
  const columns = Object.entries(fields).filter(([, values]) => (values as unknown) !== undefined);
  const even = (values: unknown): boolean => isArrayLike(values) && values.length % total === 0;
  if (!(Number.isInteger(total) && total > 0) || !columns.every(([, values]) => even(values))) return whole;
  return runsOf(total, shardCount(total, LEAST.problems, workers)).map(({ first, size }) => {
    const cut = columns.map(([name, values]) => {
      const wide = values.length / total;
      return [name, numbers(values).subarray(first * wide, (first + size) * wide)];
    });
    return {
      first,
      size,
      part: { ...(Object.fromEntries(cut) as Omit<HedgeProblems, 'count'>), count: size },
    };
  });
}

/** Ticks of so many forwards each. */
export function shardTicks(forward: ArrayLike<number>, wide: number, workers: number): Shard<Float64Array>[] {
  const all = numbers(forward);
  const ticks = all.length / wide;
  return runsOf(ticks, shardCount(ticks, LEAST.ticks, workers)).map(({ first, size }) => ({
    first,
    size,
    part: all.subarray(first * wide, (first + size) * wide),
  }));
}

/** One array out of the parts, in their order. */
export function concatenate<T extends Float64Array | Uint8Array>(parts: readonly T[]): T {
  const [first] = parts;
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const all = new (first.constructor as new (length: number) => T)(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Records of arrays, name by name. */
export function concatenateAll<R extends object>(parts: readonly R[]): R {
  return Object.fromEntries(
    Object.keys(parts[0]).map((name) => [
      name,
      concatenate(parts.map((part) => part[name as keyof R] as Float64Array | Uint8Array)),
    ]),
  ) as R;
}
