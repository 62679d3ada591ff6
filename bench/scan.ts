/** Scans of a book: prices alone, of every strike in every scenario, against tuned JavaScript that shares as much. */
import { createSync, type Position } from 'greekfire';
import { seededRandom } from '../example/random.js';
import { gridColumns } from './columns.js';
import { allocationOf, allocationTable } from './harness/allocation.js';
import { demandAgreement } from './harness/agreement.js';
import { headline, timingTable, whole, type Findings, type Suite } from './harness/findings.js';
import { compare, type Effort } from './harness/measure.js';
import { valueGrid, valueGridPlainly } from './peers/scan.js';
import { seededGrid } from './workload.js';

const EXPIRIES = 10;
const STRIKES = 50;
const OPTIONS = 2 * EXPIRIES * STRIKES;
const HISTORY = 1000;

const between = (low: number, high: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));

const SPOT = between(-0.3, 0.3, 21);
const VOLATILITY = between(-0.2, 0.3, 11);
const NODES = SPOT.length * VOLATILITY.length;

function run(effort: Effort): Findings {
  const core = createSync();
  const grid = seededGrid(EXPIRIES, STRIKES);
  const chain = core.chain(grid);
  const random = seededRandom(5);
  const rows = chain.length;
  const weights = {
    call: Float64Array.from({ length: rows }, () => random.uniform(-50, 50)),
    put: Float64Array.from({ length: rows }, () => random.uniform(-50, 50)),
  };
  const positions = grid.flatMap(({ strike }, expiry) =>
    Array.from(strike).flatMap((K, i): Position[] => {
      const row = chain.offset[expiry] + i;
      return (['call', 'put'] as const).map((type) => {
        return { expiry, strike: K, type, quantity: weights[type][row] };
      });
    }),
  );
  const book = core.book(chain, positions);
  const scan = book.scan({ spot: SPOT, volatility: VOLATILITY });
  const past = book.scan({
    scenarios: {
      spot: Array.from({ length: HISTORY }, () => random.uniform(-0.1, 0.1)),
      volatility: Array.from({ length: HISTORY }, () => random.uniform(-0.1, 0.1)),
    },
  });
  const columns = gridColumns(grid, chain);
  const forwards = Float64Array.from(grid, ({ forward }) => forward);
  const value = new Float64Array(NODES);
  const byPeer = (): void => {
    valueGrid(columns, forwards, weights, SPOT, VOLATILITY, value);
  };

  const plainly = (): void => {
    valueGridPlainly(columns, forwards, weights, SPOT, VOLATILITY, value);
  };

  const held = weights.call.reduce((sum, call, i) => sum + Math.abs(call) + Math.abs(weights.put[i]), 0);
  const found = scan.profit.map((profit) => profit + scan.value);
  for (const peer of [byPeer, plainly]) {
    peer();
    demandAgreement('value in scenarios', found, value, 1e-12, held * grid[0].forward);
  }

  const OURS = 'scan of a grid';
  const PEER = 'JavaScript, tuned, all shared';
  const PLAIN = 'JavaScript, plain';
  const strikes = compare(
    [
      {
        name: OURS,
        items: rows * NODES,
        run: () => {
          scan.run();
        },
      },
      { name: PEER, items: rows * NODES, run: byPeer },
      { name: PLAIN, items: rows * NODES, run: plainly },
      {
        name: 'scan of a list, every volatility another',
        items: rows * HISTORY,
        run: () => {
          past.run();
        },
      },
    ],
    effort,
  );
  const BARE = 'profits';
  const calls = compare(
    [
      {
        name: BARE,
        items: 1,
        run: () => {
          scan.run();
        },
      },
      {
        name: 'profits and the worst case with its contributions',
        items: 1,
        run: () => {
          scan.run();
          scan.worst();
        },
      },
      {
        name: 'profits and expected shortfall at 97.5 % with its contributions',
        items: 1,
        run: () => {
          scan.run();
          scan.expectedShortfall(0.975);
        },
      },
      {
        name: 'profits by position',
        items: 1,
        run: () => {
          scan.run();
          scan.profitByPosition();
        },
      },
    ],
    effort,
  );
  const allocations = allocationOf(
    core,
    () => {
      scan.run();
    },
    200,
  );
  const what = `${whole(positions.length)} positions on a chain of ${whole(OPTIONS)} options`;
  return {
    tables: [
      timingTable(`Revaluation of ${what}`, strikes, {
        unit: 'strike',
        base: PLAIN,
        note:
          'A strike is its call and its put in one scenario. The grid is 21 spots x 11 volatilities; the list ' +
          `${whole(HISTORY)} seeded moves.`,
      }),
      timingTable(`A scan of ${what}, 21 spots x 11 volatilities`, calls, {
        unit: 'scan',
        base: BARE,
        as: 'cost',
      }),
      allocationTable('What 200 scans allocate', allocations),
    ],
    headlines: [
      headline('revaluation of a strike against plain JavaScript, prices alone', strikes, PLAIN, OURS),
      headline('revaluation of a strike against tuned JavaScript that shares as much', strikes, PEER, OURS),
    ],
  };
}

export const scan: Suite = { name: 'scan', title: 'Scans', run };
