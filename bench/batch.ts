/** The batch: the cost of an option as batches grow, and what an evaluation allocates. */
import { createSync, type Core } from 'greekfire';
import { filledBatch } from './columns.js';
import { flatness, flatnessTable } from './flatness.js';
import { allocationOf, allocationTable } from './harness/allocation.js';
import type { Findings, Suite } from './harness/findings.js';
import type { Effort } from './harness/measure.js';
import { seededGrid, shuffledList } from './workload.js';

/** A batch of so many options evaluates itself. */
function evaluating(core: Core, options: number): () => void {
  const strikes = Math.min(128, options / 2);
  const { spots } = shuffledList(seededGrid(options / 2 / strikes, strikes));
  const batch = filledBatch(core, spots, 'spot', 1);
  return () => {
    batch.evaluate();
  };
}

function run(effort: Effort): Findings {
  const core = createSync();
  const sizes = flatness((options) => evaluating(core, options), effort);
  const allocations = allocationOf(core, evaluating(core, 1024), 10_000);
  return {
    tables: [
      flatnessTable('Cost of an option in a batch on spot, order 1', sizes),
      allocationTable('What 10,000 evaluations of 1,024 options allocate', allocations),
    ],
  };
}

export const batch: Suite = { name: 'batch', title: 'Batch', run };
