/** The main ratios once more on another harness, `benchmark`, which times and averages in its own way. */
import Benchmark from 'benchmark';
import { createSync } from 'greekfire';
import { filledBatch } from './columns.js';
import { digits, times, type Findings, type Suite } from './harness/findings.js';
import type { Effort } from './harness/measure.js';
import { listResult, priceForwards, priceForwardsPlainly } from './peers/javascript.js';
import { OPTIONS, seededGrid, seededTicks, shuffledList } from './workload.js';

function run({ rounds, slice }: Effort): Findings {
  const core = createSync();
  const grid = seededGrid(16, OPTIONS / 32);
  const { forwards } = shuffledList(grid);
  const batch = filledBatch(core, forwards, 'forward', 1);
  const chain = core.chain(grid, 2);
  const ticks = seededTicks(grid);
  const result = listResult(OPTIONS);
  let turn = 0;

  const cases: Record<string, () => void> = {
    'JavaScript, plain loop': () => {
      priceForwardsPlainly(forwards, result, OPTIONS);
    },
    'JavaScript, tuned': () => {
      priceForwards(forwards, result, OPTIONS);
    },
    'batch on forward, order 1': () => {
      batch.evaluate();
    },
    'chain tick, order 2': () => {
      chain.tick(ticks[(turn = (turn + 1) % ticks.length)]);
    },
  };
  const suite = new Benchmark.Suite();
  // As much time a case as the first harness gives it.
  const maxTime = (rounds * slice) / 1000;
  for (const [name, fn] of Object.entries(cases)) suite.add(name, fn, { maxTime });
  suite.run({ async: false });

  const measured = suite.map((bench: Benchmark) => bench) as Benchmark[];
  const failed = measured.find(({ error }) => error as Error | undefined);
  if (failed) throw failed.error;
  const rate = (name: string): number => measured.find((bench) => bench.name === name)!.hz;
  return {
    tables: [
      {
        title: `The main ratios on a second harness, benchmark ${Benchmark.version}`,
        note: 'Means, with the margin of error at 95 % that it reports.',
        head: ['', 'ns per option', 'margin', 'speed against JavaScript, plain loop', 'JavaScript, tuned'],
        rows: measured.map(({ name = '', hz, stats }) => [
          name,
          digits(1e9 / hz / OPTIONS),
          `${stats.rme.toFixed(2)} %`,
          times(hz / rate('JavaScript, plain loop')),
          times(hz / rate('JavaScript, tuned')),
        ]),
      },
    ],
  };
}

export const crosscheck: Suite = { name: 'crosscheck', title: 'Crosscheck', run };
