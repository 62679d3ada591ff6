/** Whether the cost of an option stays what it is as more of them come. */
import { timingTable, whole, type Table } from './harness/findings.js';
import { compare, type Effort, type Timing } from './harness/measure.js';

const SIZES = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576];

/** Times the same work on each size. @param make - from a number of options to a call that works through them */
export function flatness(make: (options: number) => () => void, effort: Effort): Timing[] {
  return compare(
    SIZES.map((size) => ({ name: `${whole(size)} options`, items: size, run: make(size) })),
    effort,
  );
}

export function flatnessTable(title: string, timings: readonly Timing[]): Table {
  return timingTable(title, timings, {
    unit: 'option',
    base: `${whole(4096)} options`,
    as: 'cost',
    note: 'Powers of two, the bad case: columns that lie a power of two apart share the sets of a cache.',
  });
}
