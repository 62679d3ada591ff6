/** What a hot path allocates, measured from the heap's own counters. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Core } from 'greekfire';
import { whole, type Table } from './findings.js';

/** Bytes that a number of calls left on each heap. */
export interface Allocations {
  readonly calls: number;
  /** JavaScript heap in use, with no collection between: what the calls, and the reading itself, allocated. */
  readonly javascript: number;
  /** The same between two full collections: what they leaked. */
  readonly retained: number;
  /** Module memory that objects hold. */
  readonly module: number;
}

/** The collector, without asking the user for a flag. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** The compilers leave a few kilobytes on the heap whenever they look at a loop again: the least of so many counts. */
const ATTEMPTS = 5;

/**
 * Runs `run` so many times, warm, and reads the heaps before and after.
 *
 * The young generation (16 MB by default) is empty before: as long as less than that is allocated, nothing is
 * collected and the difference is what was allocated.
 */
export function allocationOf(core: Core, run: () => void, calls: number): Allocations {
  const collect = collector();
  let javascript = Infinity;
  let retained = Infinity;
  const held = core.bytesInUse;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < calls; i += 1) run();
    javascript = Math.min(javascript, process.memoryUsage().heapUsed - before);
    collect();
    retained = Math.min(retained, Math.max(0, process.memoryUsage().heapUsed - before));
  }
  return { calls, javascript, retained, module: core.bytesInUse - held };
}

export function allocationTable(title: string, { calls, javascript, retained, module }: Allocations): Table {
  const row = (name: string, bytes: number): string[] => [name, whole(bytes), (bytes / calls).toFixed(3)];
  return {
    title,
    head: ['', 'bytes', 'bytes per call'],
    rows: [
      row('JavaScript heap, before collection', javascript),
      row('JavaScript heap, after collection', retained),
      row('module memory', module),
    ],
  };
}
