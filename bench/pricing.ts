/** Price and Greeks of 4,096 options: JavaScript and npm's packages against batch, chain and evaluate. */
import { createSync, type Chain, type Order } from 'greekfire';
import { filledBatch, gridColumns } from './columns.js';
import { demandAgreement } from './harness/agreement.js';
import { headline, timingTable, whole, type Findings, type Suite } from './harness/findings.js';
import { compare, type Case, type Effort } from './harness/measure.js';
import {
  gridResult,
  listResult,
  priceForwards,
  priceForwardsPlainly,
  priceSpots,
  tickGrid,
  type GridResult,
  type ListColumns,
  type ListResult,
} from './peers/javascript.js';
import { priceByBlackScholes, priceByUqee, uqeeDouble, uqeeSingle } from './peers/npm.js';
import { OPTIONS, seededGrid, seededTicks, shuffledList } from './workload.js';

const grid = seededGrid(16, OPTIONS / 32);
const list = shuffledList(grid);
const ticks = seededTicks(grid);

/** npm's packages take so long that a part of the list says it. */
const FEW = 128;

const FIRST_ORDER = ['price', 'delta', 'gamma', 'vega', 'theta', 'rho'] as const;

/** What a sensitivity is measured in, so that errors of all of them compare: a row's own size of each. */
function scaleOf(options: ListColumns, name: (typeof FIRST_ORDER)[number]): Float64Array {
  const { under, volatility, years } = options;
  return under.map((u, i) => {
    const deviation = volatility[i] * Math.sqrt(years[i]);
    if (name === 'delta') return 1;
    if (name === 'gamma') return 1 / (u * deviation);
    if (name === 'vega') return u * Math.sqrt(years[i]);
    if (name === 'theta') return (u * volatility[i]) / Math.sqrt(years[i]);
    return name === 'rho' ? u * years[i] : u;
  });
}

/** Demands that a peer's numbers are ours, to its digits. */
function demandList(
  peer: string,
  tolerance: number,
  options: ListColumns,
  actual: ListResult,
  ours: ListResult,
): void {
  for (const name of FIRST_ORDER) {
    demandAgreement(`${peer}, ${name}`, actual[name], ours[name], tolerance, scaleOf(options, name), FEW);
  }
}

function demandGrid(actual: GridResult, chain: Chain<2>): void {
  const { call, put } = chain;
  const scale = { gamma: 1e-4, delta: 1, price: 6e4, vega: 6e4, theta: 6e5, rho: 6e4 };
  for (const name of FIRST_ORDER) {
    demandAgreement(`JavaScript grid, call ${name}`, actual.call[name], call[name], 1e-12, scale[name]);
    if (name === 'gamma' || name === 'vega') continue;
    demandAgreement(`JavaScript grid, put ${name}`, actual.put[name], put[name], 1e-12, scale[name]);
  }
  demandAgreement('JavaScript grid, vanna', actual.vanna, call.vanna, 1e-12);
  demandAgreement('JavaScript grid, volga', actual.volga, call.volga, 1e-12, 6e4);
  demandAgreement('JavaScript grid, call charm', actual.callCharm, call.charm, 1e-12, 100);
  demandAgreement('JavaScript grid, put charm', actual.putCharm, put.charm, 1e-12, 100);
}

/** Demands that a list's results are those of the chain's rows. */
function demandChain(list: { row: Uint32Array; type: Int8Array }, ours: ListResult, chain: Chain): void {
  const { call, put } = chain;
  const scale = { gamma: 1e-4, delta: 1, price: 6e4, vega: 6e4, theta: 6e5, rho: 6e4 };
  for (const name of FIRST_ORDER) {
    const calls = call[name];
    const puts = put[name];
    const expected = Float64Array.from(list.row, (row, i) => (list.type[i] > 0 ? calls[row] : puts[row]));
    demandAgreement(`batch against chain, ${name}`, ours[name], expected, 1e-12, scale[name]);
  }
}

const TUNED = 'JavaScript, tuned';
const PLAIN = 'JavaScript, plain loop';
const TUNED_SPOT = 'JavaScript, tuned, spot';
const JS_GRID = 'JavaScript, tuned, as a chain, order 2';
const batchName = (underlier: string, order: Order): string => `batch on ${underlier}, order ${order}`;
const tickName = (order: Order): string => `chain tick, order ${order}`;

function run(effort: Effort): Findings {
  const core = createSync();
  const { forwards, spots, bareSpots } = list;

  const spotBatches = ([1, 2, 3] as const).map((order) => filledBatch<Order>(core, spots, 'spot', order));
  const forwardBatches = ([1, 2, 3] as const).map((order) =>
    filledBatch<Order>(core, forwards, 'forward', order),
  );
  const bare = filledBatch(core, bareSpots, 'spot', 1);
  const [chain1, chain2, chain3] = [core.chain(grid, 1), core.chain(grid, 2), core.chain(grid, 3)] as const;
  const forwardResult = listResult(OPTIONS);
  const plainResult = listResult(OPTIONS);
  const spotResult = listResult(OPTIONS);
  const npmResult = listResult(FEW);
  const uqeeResult = listResult(OPTIONS);
  const columns = gridColumns(grid, chain1);
  const tickResult = gridResult(OPTIONS / 2);
  const evaluated = {
    type: forwards.type,
    forward: forwards.under,
    strike: forwards.strike,
    years: forwards.years,
    volatility: forwards.volatility,
    rate: forwards.rate,
  };

  // Numbers first: what disagrees is not timed.
  for (const batch of [...spotBatches, ...forwardBatches, bare]) batch.evaluate();
  demandChain({ row: list.row, type: forwards.type }, forwardBatches[0].result, chain1);
  priceForwards(forwards, forwardResult, OPTIONS);
  demandList(TUNED, 1e-14, forwards, forwardResult, forwardBatches[0].result);
  priceForwardsPlainly(forwards, plainResult, OPTIONS);
  demandList(PLAIN, 1e-14, forwards, plainResult, forwardBatches[0].result);
  priceSpots(spots, spotResult, OPTIONS);
  demandList(TUNED_SPOT, 1e-14, spots, spotResult, spotBatches[0].result);
  tickGrid(
    columns,
    Float64Array.from(grid, ({ forward }) => forward),
    tickResult,
  );
  demandGrid(tickResult, chain2);
  priceByBlackScholes(bareSpots, npmResult, FEW);
  demandList('black-scholes', 1e-10, bareSpots, npmResult, bare.result);
  priceByUqee(uqeeDouble, bareSpots, uqeeResult, OPTIONS);
  demandList('@uqee/black-scholes, double', 1e-13, bareSpots, uqeeResult, bare.result);
  priceByUqee(uqeeSingle, bareSpots, uqeeResult, OPTIONS);
  demandList('@uqee/black-scholes, single', 1e-6, bareSpots, uqeeResult, bare.result);
  demandList('evaluate', 0, forwards, core.evaluate(evaluated), forwardBatches[0].result);

  let turn = 0;
  const next = (): Float64Array => ticks[(turn = (turn + 1) % ticks.length)];
  const cases: Case[] = [
    {
      name: 'npm black-scholes + greeks',
      items: FEW,
      run: () => {
        priceByBlackScholes(bareSpots, npmResult, FEW);
      },
    },
    {
      name: 'npm @uqee/black-scholes, 7 digits',
      items: OPTIONS,
      run: () => {
        priceByUqee(uqeeSingle, bareSpots, uqeeResult, OPTIONS);
      },
    },
    {
      name: 'npm @uqee/black-scholes, double',
      items: OPTIONS,
      run: () => {
        priceByUqee(uqeeDouble, bareSpots, uqeeResult, OPTIONS);
      },
    },
    {
      name: PLAIN,
      items: OPTIONS,
      run: () => {
        priceForwardsPlainly(forwards, plainResult, OPTIONS);
      },
    },
    {
      name: TUNED,
      items: OPTIONS,
      run: () => {
        priceForwards(forwards, forwardResult, OPTIONS);
      },
    },
    {
      name: TUNED_SPOT,
      items: OPTIONS,
      run: () => {
        priceSpots(spots, spotResult, OPTIONS);
      },
    },
    {
      name: JS_GRID,
      items: OPTIONS,
      run: () => {
        tickGrid(columns, next(), tickResult);
      },
    },
    {
      name: 'evaluate, order 1',
      items: OPTIONS,
      run: () => {
        core.evaluate(evaluated);
      },
    },
    ...spotBatches.map((batch, i) => ({
      name: batchName('spot', (i + 1) as Order),
      items: OPTIONS,
      run: () => {
        batch.evaluate();
      },
    })),
    ...forwardBatches.map((batch, i) => ({
      name: batchName('forward', (i + 1) as Order),
      items: OPTIONS,
      run: () => {
        batch.evaluate();
      },
    })),
    ...[chain1, chain2, chain3].map((chain, i) => ({
      name: tickName((i + 1) as Order),
      items: OPTIONS,
      run: () => {
        chain.tick(next());
      },
    })),
  ];
  const timings = compare(cases, effort);
  return {
    tables: [
      timingTable(`Price and Greeks of ${whole(OPTIONS)} options`, timings, {
        unit: 'option',
        base: TUNED,
        note:
          'Order 1 is price, delta, gamma, vega, theta and rho, which is what all peers compute; order 2 adds vanna, ' +
          'volga and charm, order 3 speed, zomma and color. The same options for all: 16 expiries x 128 strikes, call ' +
          'and put; lists in random order; on forwards where nothing else is said, npm on spot without a dividend. A ' +
          'tick takes new forwards for all expiries. `evaluate` allocates its results, nothing else of ours does.',
      }),
    ],
    headlines: [
      headline('chain tick, order 2, against tuned JavaScript', timings, TUNED, tickName(2)),
      headline('chain tick, order 2, against the plain loop', timings, PLAIN, tickName(2)),
      headline(
        'chain tick, order 2, against the same sharing in tuned JavaScript',
        timings,
        JS_GRID,
        tickName(2),
      ),
      headline('batch on forwards against tuned JavaScript', timings, TUNED, batchName('forward', 1)),
      headline('batch on spot against tuned JavaScript on spot', timings, TUNED_SPOT, batchName('spot', 1)),
      headline(
        'chain tick, order 2, against npm black-scholes + greeks',
        timings,
        'npm black-scholes + greeks',
        tickName(2),
      ),
    ],
  };
}

export const pricing: Suite = { name: 'pricing', title: 'Price and Greeks', run };
