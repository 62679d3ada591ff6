/** Margin of a book: what an account costs beside a scan of as many scenarios. The scan is the easier work: its
 * volatilities stand, and it has no requirement to find. */
import type { Position } from 'greekfire';
import { createSync, marginPresets } from 'greekfire/full';
import { seededRandom } from '../example/random.js';
import { timingTable, whole, type Findings, type Suite } from './harness/findings.js';
import { compare, type Effort } from './harness/measure.js';
import { seededGrid } from './workload.js';

const POSITIONS = 1000;
/** Positions of one part of the book. */
const PART = 50;
/** Instruments that a hedge under a limit chooses among. */
const INSTRUMENTS = 100;

function run(effort: Effort): Findings {
  const core = createSync();
  const grid = seededGrid(10, 50).map((expiry) => ({ ...expiry, underlying: 'BTC' }));
  const chain = core.chain(grid);
  const random = seededRandom(6);
  const draw = (quantity: number): Position => {
    const expiry = random.whole(0, grid.length - 1);
    const { strike } = grid[expiry];
    const type = random.whole(0, 1) === 0 ? 'call' : 'put';
    return { expiry, strike: strike[random.whole(0, strike.length - 1)], type, quantity };
  };
  const book = core.book(
    chain,
    Array.from({ length: POSITIONS }, () => draw(random.uniform(-5, 5))),
  );
  const account = core.margin(book, { model: 'deribit-portfolio' });
  account.setCollateral({ cash: 2 * account.figures().initial });
  const { initial, underlyings } = account.figures();
  const scenarios = account.scenarios();
  const scan = book.scan({
    scenarios: {
      spot: scenarios.map(({ move }) => move),
      volatility: scenarios.map(() => 0),
    },
  });
  const parts = Array.from({ length: POSITIONS / PART }, (_, p) =>
    Array.from({ length: PART }, (_, i) => p * PART + i),
  );
  const instruments = Array.from({ length: INSTRUMENTS }, () => draw(1));
  const sizes = new Float64Array(INSTRUMENTS).fill(200);
  const halfSpread = Float64Array.from(
    { length: INSTRUMENTS },
    () => random.uniform(0.0005, 0.002) * grid[0].forward,
  );
  const limit = { worstLoss: underlyings[0].worstLoss / 2 };
  const hedgeOnce = () =>
    account.hedge({ limit, instruments, problem: { sellLimit: sizes, buyLimit: sizes, halfSpread } });
  if (!hedgeOnce().isKept) throw new Error('the hedge does not keep its limit');

  const SCAN = 'scan of as many moves of the spot';
  const timings = compare(
    [
      {
        name: SCAN,
        items: 1,
        run: () => {
          scan.run();
        },
      },
      {
        name: 'equity, initial and maintenance margin',
        items: 1,
        run: () => {
          account.figures();
        },
      },
      {
        name: 'the four liquidation levels',
        items: 1,
        run: () => {
          account.liquidation();
        },
      },
      {
        name: `isolated and marginal margins of ${whole(parts.length)} parts`,
        items: 1,
        run: () => {
          account.efficiency(parts);
        },
      },
      {
        name: `the cheapest of ${whole(INSTRUMENTS)} instruments that halve the worst loss`,
        items: 1,
        run: () => {
          hedgeOnce();
        },
      },
    ],
    effort,
  );
  return {
    tables: [
      timingTable(
        `Margin of ${whole(POSITIONS)} positions, ${marginPresets['deribit-portfolio'].name}`,
        timings,
        {
          unit: 'call',
          base: SCAN,
          as: 'cost',
          note:
            `${whole(scenarios.length)} scenarios over 10 expiries x 50 strikes; the account asks ` +
            `${whole(initial)} of initial margin. The hedge is checked by full revaluation.`,
        },
      ),
    ],
  };
}

export const margin: Suite = { name: 'margin', title: 'Margin of a book', run };
