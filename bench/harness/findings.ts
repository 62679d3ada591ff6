/** What a suite found, ready for a terminal or for BENCHMARKS.md. */
import { ratio, type Effort, type Ratio, type Timing } from './measure.js';

/** A table. Its first column is text, the others align to the right. */
export interface Table {
  readonly title: string;
  /** What was measured, and on what, in a sentence or two. */
  readonly note?: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A ratio to quote, with what it says: "chain tick against hand-tuned JavaScript". */
export interface Headline {
  readonly claim: string;
  readonly ratio: Ratio;
}

export interface Findings {
  readonly tables: readonly Table[];
  readonly headlines?: readonly Headline[];
  /** What could not be measured here, and why. */
  readonly skipped?: readonly string[];
}

/** A set of measurements that `npm run bench -- NAME` runs. */
export interface Suite {
  readonly name: string;
  readonly title: string;
  run(effort: Effort): Findings | Promise<Findings>;
}

/**
 * A table of timings that were compared, with their ratios to one of them.
 *
 * @param unit - what an item is: 'option', 'quote', 'solve'
 * @param base - the name of the timing that ratios are against
 * @param as - 'speed': 2 x is twice as fast; 'cost': 2 x takes twice as long
 */
export function timingTable(
  title: string,
  timings: readonly Timing[],
  { unit, base, note, as = 'speed' }: { unit: string; base?: string; note?: string; as?: 'speed' | 'cost' },
): Table {
  const against = base === undefined ? undefined : timingOf(timings, base);
  const scale = timings.every(({ median }) => median >= 10_000) ? 1000 : 1;
  const head = ['', `${scale === 1 ? 'ns' : 'us'} per ${unit}`, 'min', 'spread'];
  return {
    title,
    ...(note === undefined ? {} : { note }),
    head: against === undefined ? head : [...head, `${as} against ${against.name}`],
    rows: timings.map((timing) => {
      const cells = [
        timing.name,
        digits(timing.median / scale),
        digits(timing.min / scale),
        `${digits(timing.low / scale)}-${digits(timing.high / scale)}`,
      ];
      if (against === undefined) return cells;
      if (timing === against) return [...cells, '1'];
      const [from, to] = as === 'speed' ? [against, timing] : [timing, against];
      return [...cells, times(ratio(from, to).median)];
    }),
  };
}

/** The timing of a name. */
export function timingOf(timings: readonly Timing[], name: string): Timing {
  const timing = timings.find((candidate) => candidate.name === name);
  if (timing === undefined) throw new Error(`nothing timed under the name '${name}'`);
  return timing;
}

/** The ratio of two timings of one comparison, to quote. */
export function headline(claim: string, timings: readonly Timing[], base: string, of: string): Headline {
  return { claim, ratio: ratio(timingOf(timings, base), timingOf(timings, of)) };
}

/** Three significant digits, no exponent. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const rounded = Number(value.toPrecision(3));
  const places = rounded === 0 ? 0 : Math.min(12, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded)))));
  return rounded.toLocaleString('en-US', { minimumFractionDigits: places, maximumFractionDigits: places });
}

/** '3.1 x', or '1/2.5 x' where it is below one. */
export function times(value: number): string {
  return value < 1 ? `1/${digits(1 / value)} x` : `${digits(value)} x`;
}

/** Thousands apart. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
