/** Exposures of a book after a tick, against the tick itself. */
import { createSync, type Chain, type ExpirySpec, type Position } from 'greekfire';
import { seededRandom } from '../example/random.js';
import { demandAgreement } from './harness/agreement.js';
import { headline, timingTable, whole, type Findings, type Suite } from './harness/findings.js';
import { compare, type Effort } from './harness/measure.js';
import { seededGrid, seededTicks } from './workload.js';

const POSITIONS = 1500;

/** One position in 25 is a future, the others are options, anywhere on the grid; quantities of either sign. */
function seededPositions(grid: readonly ExpirySpec[], seed = 4): Position[] {
  const random = seededRandom(seed);
  return Array.from({ length: POSITIONS }, (_, i): Position => {
    const expiry = random.whole(0, grid.length - 1);
    const { strike } = grid[expiry];
    const quantity = random.uniform(-50, 50);
    if (i % 25 === 0) return { kind: 'future', expiry, quantity };
    return {
      expiry,
      strike: strike[random.whole(0, strike.length - 1)],
      type: random.whole(0, 1) === 0 ? 'call' : 'put',
      quantity,
    };
  });
}

/** The book's vega or delta by expiry, summed here from the chain's columns. */
function summedByHand(
  chain: Chain<2>,
  positions: readonly Position[],
  name: 'vega' | 'delta',
): { sum: Float64Array; size: Float64Array } {
  const sum = new Float64Array(chain.offset.length - 1);
  const size = new Float64Array(sum.length);
  for (const position of positions) {
    if (position.kind === 'perpetual' || position.kind === 'spot') continue;
    let unit: number;
    if (position.kind === 'future') unit = name === 'delta' ? 1 : 0;
    else unit = chain[position.type][name][chain.index(position.expiry, position.strike)];
    sum[position.expiry] += position.quantity * unit;
    size[position.expiry] += Math.abs(position.quantity * unit);
  }
  return { sum, size };
}

function run(effort: Effort): Findings {
  const core = createSync();
  const grid = seededGrid(10, 50);
  const chain = core.chain(grid, 2);
  const positions = seededPositions(grid);
  const book = core.book(chain, positions);
  const ticks = seededTicks(grid);

  const exposures = book.exposureByExpiry();
  for (const name of ['delta', 'vega'] as const) {
    const { sum, size } = summedByHand(chain, positions, name);
    demandAgreement(`exposure, ${name}`, exposures[name], sum, 1e-13, size);
  }

  let turn = 0;
  const next = (): Float64Array => ticks[(turn = (turn + 1) % ticks.length)];
  const TICK = 'tick';
  const BOTH = 'tick, then exposures in total';
  const timings = compare(
    [
      {
        name: TICK,
        items: 1,
        run: () => {
          chain.tick(next());
        },
      },
      {
        name: BOTH,
        items: 1,
        run: () => {
          chain.tick(next());
          book.exposure();
        },
      },
      {
        name: 'tick, then exposures by expiry',
        items: 1,
        run: () => {
          chain.tick(next());
          book.exposureByExpiry();
        },
      },
      {
        name: 'tick, then exposures in coin',
        items: 1,
        run: () => {
          chain.tick(next());
          book.exposure({ currency: 'coin', delta: 'premium-adjusted' });
        },
      },
    ],
    effort,
  );
  return {
    tables: [
      timingTable(
        `Exposures of ${whole(POSITIONS)} positions on a chain of 1,000 options, order 2`,
        timings,
        {
          unit: 'call',
          base: TICK,
          as: 'cost',
          note: 'Nine sensitivities of calls and puts and futures over 10 expiries x 50 strikes.',
        },
      ),
    ],
    headlines: [
      headline('tick and exposures of 1,500 positions, cost against the tick alone', timings, BOTH, TICK),
    ],
  };
}

export const exposures: Suite = { name: 'exposures', title: 'Exposures of a book', run };
