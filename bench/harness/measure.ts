/**
 * Timing of several cases against each other.
 *
 * A machine is never quiet, so cases are interleaved: a round runs every case for a short slice, each round starting
 * with another, and a ratio is taken within each round, where both sides met the same weather. What is quoted is the
 * median over rounds, with the quartiles as its spread. tinybench times the slices.
 */
import { Bench } from 'tinybench';

/** Something to time in this process. */
export interface Case {
  readonly name: string;
  /** What one call of `run` works through (options, quotes, solves): times are per item. */
  readonly items: number;
  /** Leaves its results in memory that outlives it, so that no compiler may drop the work. */
  readonly run: () => void;
}

/** Something that times itself, a native program say. */
export interface OutsideCase {
  readonly name: string;
  readonly items: number;
  /** Measures for so many milliseconds. @returns nanoseconds per item */
  readonly measure: (slice: number) => { readonly median: number; readonly min: number };
}

/** How long to measure. */
export interface Effort {
  /** Default 15. */
  readonly rounds: number;
  /** Milliseconds of each case in each round. Default 20. */
  readonly slice: number;
}

export const DEFAULT_EFFORT: Effort = { rounds: 15, slice: 20 };

/** What one case took, in nanoseconds per item. */
export interface Timing {
  readonly name: string;
  readonly items: number;
  readonly median: number;
  readonly min: number;
  /** Quartiles of the rounds' medians. */
  readonly low: number;
  readonly high: number;
  /** The median of each round: round i of every case of a comparison was run at the same time. */
  readonly rounds: readonly number[];
}

/** A number with the quartiles of the rounds that it is the median of. */
export interface Ratio {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Milliseconds for the compilers to settle on each case. */
const WARM = 150;
/** Milliseconds that one sample takes at least, so that the clock's own cost (some 50 ns) does not count. */
const SAMPLE = 0.05;

/** Times the cases against each other; one timing for each, in their order. */
export function compare(cases: readonly (Case | OutsideCase)[], effort: Effort = DEFAULT_EFFORT): Timing[] {
  const entries = cases.map((entry) => ({
    name: entry.name,
    items: entry.items,
    measure: 'measure' in entry ? entry.measure : stopwatch(entry),
    rounds: [] as number[],
    min: Infinity,
  }));
  for (let round = 0; round < effort.rounds; round += 1) {
    for (let i = 0; i < entries.length; i += 1) {
      const entry = entries[(i + round) % entries.length];
      const { median, min } = entry.measure(effort.slice);
      entry.rounds.push(median);
      entry.min = Math.min(entry.min, min);
    }
  }
  return entries.map(({ name, items, rounds, min }) => ({ name, items, ...quartiles(rounds), min, rounds }));
}

/** Warms a case and makes it one that times itself, by tinybench. */
function stopwatch({ name, items, run }: Case): OutsideCase['measure'] {
  const repeats = Math.max(1, Math.ceil(SAMPLE / settle(run)));
  const perItem = 1e6 / (repeats * items);
  const fn = (): void => {
    for (let i = 0; i < repeats; i += 1) run();
  };
  return (slice) => {
    const bench = new Bench({ time: slice, iterations: 3, warmup: false, throws: true });
    const { result } = bench.add(name, fn).runSync()[0];
    if (result.state !== 'completed') throw new Error(`${name} did not complete`);
    return { median: result.latency.p50 * perItem, min: result.latency.min * perItem };
  };
}

/** Runs until the compilers have had their time. @returns milliseconds of one call then */
function settle(run: () => void): number {
  const start = performance.now();
  let last = Infinity;
  let before = start;
  do {
    run();
    const now = performance.now();
    last = Math.min(last, now - before);
    before = now;
  } while (before - start < WARM);
  return last;
}

/** How many times `of` goes into `base`, round by round: above 1, `of` is the faster. */
export function ratio(base: Timing, of: Timing): Ratio {
  return quartiles(base.rounds.map((time, round) => time / of.rounds[round]));
}

/** The median of values, and their quartiles. */
export function quartiles(values: readonly number[]): Ratio {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number): number => {
    const place = part * (sorted.length - 1);
    const below = sorted[Math.floor(place)];
    return below + (sorted[Math.ceil(place)] - below) * (place % 1);
  };
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}
