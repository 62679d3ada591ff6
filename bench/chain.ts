/** The chain's tick: the cost of an option as chains grow, and what a tick allocates. */
import { createSync, type Core } from 'greekfire';
import { flatness, flatnessTable } from './flatness.js';
import { allocationOf, allocationTable } from './harness/allocation.js';
import type { Findings, Suite } from './harness/findings.js';
import type { Effort } from './harness/measure.js';
import { seededGrid, seededTicks } from './workload.js';

/** A chain of so many options ticks by itself. */
function ticking(core: Core, options: number): () => void {
  const strikes = Math.min(128, options / 2);
  const grid = seededGrid(options / 2 / strikes, strikes);
  const chain = core.chain(grid, 2);
  const ticks = seededTicks(grid);
  let turn = 0;
  return () => {
    chain.tick(ticks[(turn = (turn + 1) % ticks.length)]);
  };
}

function run(effort: Effort): Findings {
  const core = createSync();
  const sizes = flatness((options) => ticking(core, options), effort);
  const allocations = allocationOf(core, ticking(core, 1024), 10_000);
  return {
    tables: [
      flatnessTable('Cost of an option in a chain tick, order 2', sizes),
      allocationTable('What 10,000 ticks of 1,024 options allocate', allocations),
    ],
  };
}

export const chain: Suite = { name: 'chain', title: 'Chain', run };
