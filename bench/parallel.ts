/** The sweep: 100,000 positions in 1,000 scenarios, on one core and on all of them. */
import { availableParallelism } from 'node:os';
import { createSync, type Position } from 'greekfire';
import { createParallel } from 'greekfire/parallel';
import { seededRandom } from '../example/random.js';
import { demandAgreement } from './harness/agreement.js';
import { headline, timingTable, whole, type Findings, type Suite } from './harness/findings.js';
import { quartiles, type Effort, type Timing } from './harness/measure.js';
import { seededGrid } from './workload.js';

const EXPIRIES = 50;
const STRIKES = 1000;
const POSITIONS = 100_000;
const SCENARIOS = 1000;

/** As the harness compares, for jobs of a second that are waited for: turn about, one a round. */
async function compare(
  cases: readonly { name: string; run: () => unknown }[],
  { rounds }: Effort,
): Promise<Timing[]> {
  const times = cases.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < cases.length; i += 1) {
      const place = (i + round) % cases.length;
      const start = performance.now();
      await cases[place].run();
      times[place].push(1e6 * (performance.now() - start));
    }
  }
  return cases.map(({ name }, i) => {
    return { name, items: 1, ...quartiles(times[i]), min: Math.min(...times[i]), rounds: times[i] };
  });
}

async function run(effort: Effort): Promise<Findings> {
  const grid = seededGrid(EXPIRIES, STRIKES);
  const random = seededRandom(5);
  const positions = Array.from({ length: POSITIONS }, (_, i): Position => {
    const expiry = i % EXPIRIES;
    const strike = grid[expiry].strike[Math.floor(i / EXPIRIES / 2) % STRIKES];
    return { expiry, strike, type: i % 100 < EXPIRIES ? 'call' : 'put', quantity: random.uniform(-50, 50) };
  });
  const request = {
    scenarios: {
      spot: Array.from({ length: SCENARIOS }, () => random.uniform(-0.3, 0.3)),
      volatility: Array.from({ length: SCENARIOS }, () => random.uniform(-0.1, 0.2)),
    },
  };
  const core = createSync();
  const scan = core.book(core.chain(grid), positions).scan(request);
  const workers = availableParallelism();
  const parallel = await createParallel({ workers });
  try {
    const book = parallel.book(grid, positions);
    // The first sweep tells the workers the book.
    const first = performance.now();
    const { profit } = await book.scan(request);
    const telling = performance.now() - first;
    demandAgreement('profits of a sweep', profit, scan.profit.slice(), 0);
    const ONE = 'one core';
    const ALL = `${whole(workers)} workers`;
    const timings = await compare(
      [
        {
          name: ONE,
          run: () => {
            scan.run();
          },
        },
        { name: ALL, run: () => book.scan(request) },
      ],
      effort,
    );
    return {
      tables: [
        timingTable(`A sweep of ${whole(POSITIONS)} positions in ${whole(SCENARIOS)} scenarios`, timings, {
          unit: 'sweep',
          base: ONE,
          note:
            `${whole(EXPIRIES * STRIKES)} strikes, call and put, each held once and revalued in full in every ` +
            `scenario. The workers find the bits that one core finds. Their first sweep, which tells them the book ` +
            `and starts them, took ${whole(telling)} ms.`,
        }),
      ],
      headlines: [headline(`a sweep on ${whole(workers)} cores against one`, timings, ONE, ALL)],
    };
  } finally {
    await parallel.close();
  }
}

export const parallel: Suite = { name: 'parallel', title: 'All cores', run };
