/** Smiles: a chain's quotes to slices and a surface, and what following them adds to a tick. */
import { createSync, type Core, type SmileExpiry } from 'greekfire';
import { seededRandom } from '../example/random.js';
import { timingTable, type Findings, type Suite } from './harness/findings.js';
import { compare, type Effort } from './harness/measure.js';
import { seededGrid, seededTicks } from './workload.js';

const EXPIRIES = 12;
const STRIKES = 40;

/** The grid's calls and puts, quoted a seeded half-spread of 0.2 to 1.5 volatility points about its smile. */
function seededQuotes(core: Core): SmileExpiry[] {
  const random = seededRandom(4);
  return seededGrid(EXPIRIES, STRIKES).map(({ label = '', years, forward, rate = 0, strike, volatility }) => {
    const rows = Array.from({ length: 2 * STRIKES }, (_, i) => i >> 1);
    const half = rows.map(() => random.uniform(0.002, 0.015));
    const terms = {
      type: rows.map((_, i) => (i % 2 === 0 ? ('call' as const) : ('put' as const))),
      strike: rows.map((row) => strike[row]),
      forward,
      years,
      rate,
    };
    const price = (side: number): Float64Array =>
      core.evaluate({ ...terms, volatility: rows.map((row, i) => volatility[row] + side * half[i]) }).price;
    return { label, ...terms, bid: price(-1), ask: price(1) };
  });
}

function run(effort: Effort): Findings {
  const core = createSync();
  const expiries = seededQuotes(core);
  const alone = core.smile(expiries, { calendar: 'reported' });
  const apart = core.smile(expiries);
  if (apart.slices.some(({ isCalendarFree, leastDurrleman }) => !isCalendarFree || !(leastDurrleman >= 0))) {
    throw new Error('a slice has arbitrage');
  }
  const fits = compare(
    [
      {
        name: 'every expiry for itself',
        items: 1,
        run: () => {
          alone.fit();
        },
      },
      {
        name: 'without calendar arbitrage',
        items: 1,
        run: () => {
          apart.fit();
        },
      },
    ],
    effort,
  );
  const grid = seededGrid(EXPIRIES, STRIKES);
  const ticks = seededTicks(grid);
  const chain = core.chain(grid);
  const follower = apart.follow(core.chain(grid));
  let turn = 0;
  const next = (): Float64Array => ticks[(turn = (turn + 1) % ticks.length)];
  const options = 2 * EXPIRIES * STRIKES;
  const moves = compare(
    [
      {
        name: 'chain tick',
        items: options,
        run: () => {
          chain.tick(next());
        },
      },
      {
        name: 'chain tick, following the smile',
        items: options,
        run: () => {
          follower.tick(next());
        },
      },
    ],
    effort,
  );
  return {
    tables: [
      timingTable('Fit of a chain to its quotes: slices, surface, checks and figures', fits, {
        unit: 'fit',
        base: 'every expiry for itself',
        as: 'cost',
        note: `${EXPIRIES} expiries, ${options} quotes with a bid and an ask.`,
      }),
      timingTable('A tick that moves the smile', moves, { unit: 'option', base: 'chain tick', as: 'cost' }),
    ],
  };
}

export const smile: Suite = { name: 'smile', title: 'Smiles', run };
