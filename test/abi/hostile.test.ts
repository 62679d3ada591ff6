/** Every argument of every call, and everything inside it, in turn replaced by values that are none of it. */
import { parseInstant, priceGaps, toDesk, displayTheta, VarianceCalendar, yearsBetween } from 'greekfire';
import { expiryInstant, parseInstrument, readBook, readChain, readFutures } from 'greekfire/deribit';
import { create, marginPresets } from 'greekfire/full';
import {
  deltaBand,
  ewmaForecaster,
  fixedInterval,
  forecastTargets,
  forecastTerms,
  greekByGreek,
  harForecaster,
  impliedRealisedForecaster,
  jumpForecaster,
  momentumForecaster,
  policyComparison,
  rebalancer,
  simulatedMarket,
  simulatedPath,
  simulator,
  solverPolicy,
  tapeMarket,
  whalleyWilmott,
} from 'greekfire/rebalance';
import { buildStructure, recogniseStructures } from 'greekfire/strategy';
import { expect, test } from 'vitest';

const core = await create();
const strike = [80, 90, 100, 110, 120];
const volatility = [0.4, 0.35, 0.3, 0.32, 0.34];
const expiry = (years: number, forward: number) => ({
  underlying: 'A',
  label: 'x',
  years,
  varianceYears: years,
  variancePace: 1,
  forward,
  rate: 0.01,
  settlement: 'linear',
  strike,
  volatility,
});
const slice = {
  label: 'x',
  years: 0.5,
  forward: 100,
  rate: 0.01,
  settlement: 'linear',
  type: 'call',
  strike,
  bid: [20, 12, 6, 3, 1],
  ask: [21, 13, 7, 3.5, 1.4],
  quoteForward: 100,
} as const;
const held = [
  { kind: 'option', expiry: 0, strike: 100, type: 'call', quantity: -2, multiplier: 1 },
  { kind: 'future', expiry: 1, quantity: 1 },
  { kind: 'perpetual', underlying: 'A', quantity: 1 },
] as const;
const chain = core.chain([expiry(0.1, 100), expiry(0.5, 101)] as never, 2);
const book = core.book(chain, held);
const snapshot = book.snapshot();
const smile = core.smile([slice]);
const follower = smile.follow(chain, { expiries: [0, 0] });
const batch = core.batch(3, { order: 2 });
const hedger = core.hedger({ instruments: 2, exposures: 1 });
const scan = book.scan({ spot: [-0.1, 0, 0.1], volatility: [0, 0.1] });
const account = core.margin(book, { model: 'span-16', cash: 1e4 });
const calendar = new VarianceCalendar();
const problem = {
  sensitivity: [1, 2],
  exposure: [3],
  target: [0],
  weight: [1],
  lower: [-1],
  upper: [1],
  sellLimit: [5, 5],
  buyLimit: [5, 5],
  linear: [0, 0],
  impact: [0, 0],
  lot: [0, 0],
  minimumSize: [0, 0],
};
const depth = { bidSize: [1, 1], bidCost: [0.1, 0.1], askSize: [1, 1], askCost: [0.1, 0.1] };
hedger.update(problem);

// what is made at the first look is made now: memory in use is compared
expect(chain.coin.call.price).toHaveLength(chain.length);
const DAY = 86_400_000;
const other = await create();
const otherChain = other.chain([expiry(0.1, 100)] as never, 2);
const path = simulator(core, { spot: 100, model: { kind: 'brownian', volatility: 0.5 }, seed: 1 });
const solve = {
  riskAversion: 1e-3,
  horizon: DAY,
  risk: {
    volatility: 0.5,
    volatilityOfVolatility: 0.5,
    reversion: 1,
    correlation: -0.5,
    jumpRate: 1,
    jumpSize: 0.1,
  },
  intents: [
    { sensitivity: 'delta', underlying: 'A', target: 1, by: DAY, urgency: 1, tolerance: 0.1, hold: true },
  ],
  forecast: 'targets',
} as const;
const tradable = {
  name: 'A',
  position: { kind: 'perpetual', underlying: 'A', quantity: 1 },
  fee: { taker: 0.0005, maker: 0, cap: 0.125 },
  perTrade: 1,
  quote: { price: 0.001, volatility: 0.01, size: 10 },
  limit: 100,
  venue: 0,
} as const;
const loopOptions = {
  policy: {
    name: 'x',
    triggers: [
      { kind: 'band', sensitivity: 'delta', halfWidth: 1 },
      { kind: 'move', relative: 0.1 },
    ],
    action: { kind: 'solve', ...solve },
    execution: { kind: 'rest', patience: 1000 },
  },
  instruments: [tradable],
  levels: 2,
  underlying: 'A',
  instant: 0,
  cash: 1,
  margin: 'span-16',
  liquidation: { fee: 0.001, buffer: 1.1 },
  venues: [{ name: 'v', equity: 100, scenarios: [{ move: -0.1, volatility: 0.1 }] }],
  transfers: [],
  longestGap: 1000,
};
/** Makes a rebalancer on a book of its own, which it must not have touched where it refuses. */
function makeLoop(options: object): void {
  const own = core.book(chain, held);
  try {
    rebalancer({ core, chain, book: own, ...options } as never).dispose();
  } catch (error) {
    expect(own.length).toBe(held.length);
    throw error;
  } finally {
    own.dispose();
  }
}
const loopBook = core.book(chain, held);
const loop = rebalancer({
  core,
  chain,
  book: loopBook,
  policy: fixedInterval(DAY),
  instruments: [{ name: 'A', position: tradable.position, quote: tradable.quote }],
  instant: 0,
});
const comparison = policyComparison({
  core,
  policies: [fixedInterval(DAY), deltaBand(1)],
  paths: 4,
  path: () =>
    simulatedPath({
      core,
      expiries: [expiry(0.5, 100)] as never,
      positions: [],
      instruments: [{ name: 'A', position: tradable.position }],
      spot: 100,
      model: { kind: 'brownian', volatility: 0.5 },
      seed: 1,
      instant: 0,
      step: DAY,
      steps: 1,
    }),
});
while (comparison.done < 2) comparison.step();
const ewma = ewmaForecaster(core);
const har = harForecaster(core, { days: 42 });
const jumps = jumpForecaster(core);

type Call = [name: string, on: object, arguments_: readonly unknown[]];
const calls: Call[] = [
  [
    'evaluate',
    core,
    [{ type: 'call', spot: [100, 101], dividend: 0, strike: 100, years: 1, volatility: 0.2, rate: 0.01 }, 2],
  ],
  [
    'batch',
    core,
    [4, { order: 2, underlier: 'spot', settlement: 'linear', model: 'normal', payoff: 'digital' }],
  ],
  [
    'impliedVolatility',
    core,
    [{ type: ['call', 'put'], forward: [100, 101], strike: 100, years: 1, price: 9, guess: 0.2, rate: 0 }],
  ],
  [
    'impliedForward',
    core,
    [
      {
        strike: [90, 100],
        callBid: 1,
        callAsk: 2,
        putBid: 1,
        putAsk: 2,
        settlement: 'linear',
        discount: 0.9,
      },
    ],
  ],
  ['chain', core, [[expiry(0.1, 100), expiry(0.5, 101)], 2]],
  ['book', core, [chain, held]],
  ['smile', core, [[slice], { calendar: 'free' }]],
  ['hedger', core, [{ instruments: 2, exposures: 1, levels: 2 }]],
  ['margin', core, [book, { model: structuredClone(marginPresets['span-16']), cash: 1, coins: { A: 1 } }]],
  ['payoff', core, [book, { underlying: 'A', currency: 'quote', premium: 1, slippage: 0 }]],
  ['reserve', core, [1000]],
  ['tick', chain, [[100, 101]]],
  ['index', chain, [0, 100]],
  ['setPrices', chain, [{ call: { bid: NaN, ask: NaN }, put: { bid: NaN, ask: NaN } }, [100, 101]]],
  ['setVolatility', chain, [0, volatility]],
  ['setRate', chain, [0, 0.01]],
  ['setYears', chain, [[0.1, 0.5], { years: [0.1, 0.5], pace: [1, 1] }]],
  ['advance', chain, [0]],
  ['exposure', book, [{ currency: 'coin', delta: 'plain', smile: follower, underlying: 'A' }]],
  ['exposureByExpiry', book, [{ currency: 'quote', delta: 'premium-adjusted', smile: follower }]],
  ['add', core.book(chain, []), [held[0]]],
  ['setQuantity', book, [0, -2]],
  ['explain', book, [snapshot]],
  [
    'scan',
    book,
    [
      {
        spot: [-0.1, 0.1],
        volatility: [0, 0.1],
        time: [0],
        weight: [1, 1, 1, 1],
        currency: 'quote',
        underlying: 'A',
        beta: { A: 1 },
        volatilityMove: {
          kind: 'relative',
          exponent: 0.3,
          longExponent: 0.1,
          referenceDays: 30,
          floorDays: 1,
          least: 0,
        },
        sensitivities: true,
      },
    ],
  ],
  ['scan', book, [{ scenarios: { spot: [0.1], volatility: [0.1], time: [0], weight: [1] } }]],
  ['sensitivities', book, [held, [{ sensitivity: 'delta', underlying: 'A', scale: 1 }]]],
  ['volatility', smile, [{ years: 0.3, forward: 100 }, [90, 100], 'svi']],
  ['density', smile, [0, [90, 100], 'ssvi']],
  ['distribution', smile, [0, [90, 100], 'svi']],
  ['follow', smile, [chain, { rule: 'sticky-strike', family: 'svi', expiries: [0, 0] }]],
  ['tick', follower, [[100, 101]]],
  ['skewDelta', follower, [book]],
  ['evaluate', batch, [2]],
  ['update', hedger, [{ ...problem, halfSpread: [0.1, 0.1] }]],
  ['update', hedger, [{ ...problem, depth }]],
  [
    'solve',
    hedger,
    [
      {
        tolerance: 1e-9,
        maxIterations: 9,
        warmStart: true,
        method: 'newton',
        closest: true,
        maxInstruments: 1,
      },
    ],
  ],
  ['solveMany', hedger, [{ count: 2, exposure: [1, 2], sellLimit: [1, 1, 1, 1] }, { maxIterations: 9 }]],
  [
    'bind',
    hedger,
    [{ book, instruments: [held[0], held[2]], rows: [{ sensitivity: 'delta', expiry: 0, scale: 1 }] }],
  ],
  ['index', scan, [1, 1, 0]],
  ['valueAtRisk', scan, [0.9]],
  ['expectedShortfall', scan, [0.9]],
  ['setCollateral', account, [{ cash: 1e4, coins: { A: 1 } }]],
  ['figures', account, [{ move: 0.1, shift: 0.1, underlying: 'A' }]],
  ['liquidation', account, [{ underlying: 'A', down: -0.5, up: 1, shift: 1 }]],
  ['efficiency', account, [[[0], [1]]]],
  ['varianceYears', calendar, [0, 1e10]],
  ['pace', calendar, [0]],
  [
    'construct',
    { construct: (options: object) => new VarianceCalendar(options) },
    [{ weekend: 0.5, days: { '2026-12-25': 0.1 }, events: [{ name: 'x', instant: 1e12, weekdays: 1 }] }],
  ],
  ['parseInstant', { parseInstant }, ['2026-08-28']],
  ['yearsBetween', { yearsBetween }, [0, 1]],
  ['toDesk', { toDesk }, ['gamma', 1, 100]],
  ['displayTheta', { displayTheta }, [-10, 1, 0.1]],
  ['priceGaps', { priceGaps }, [[-0.5, 0.5], { fall: 1, rise: 1 }]],
  ['parseInstrument', { parseInstrument }, ['BTC-27MAR26-60000-C']],
  ['expiryInstant', { expiryInstant }, ['27MAR26']],
  ['readChain', { readChain }, ['instrument_name,mark_iv\nBTC-27MAR26-60000-C,50', { instant: 1.7e12 }]],
  ['readBook', { readBook }, ['instrument_name,quantity\nBTC-27MAR26-60000-C,1']],
  ['readFutures', { readFutures }, ['instrument_name,mark_price,timestamp\nBTC-PERPETUAL,1,1']],
  [
    'buildStructure',
    { buildStructure },
    [
      chain,
      { name: 'strangle', expiry: 0, strikes: [90, { delta: 0.2, type: 'call' }], quantity: 1, ratio: 2 },
    ],
  ],
  ['recogniseStructures', { recogniseStructures }, [chain, held]],
  ['fixedInterval', { fixedInterval }, [1]],
  ['deltaBand', { deltaBand }, [1]],
  ['whalleyWilmott', { whalleyWilmott }, [1]],
  ['greekByGreek', { greekByGreek }, [1, [{ sensitivity: 'delta', instrument: 0 }]]],
  ['solverPolicy', { solverPolicy }, [solve, [{ kind: 'time', every: 1 }]]],
  ['makeLoop', { makeLoop }, [loopOptions]],
  [
    'makeLoop',
    { makeLoop },
    [{ ...loopOptions, hedger: core.hedger({ instruments: 1, exposures: 3, levels: 2 }), forecaster: ewma }],
  ],
  [
    'step',
    loop,
    [
      {
        instant: 1,
        forward: [100, 101],
        volatility: [...volatility, ...volatility],
        depth: { bidSize: [1], bidCost: [0.1], askSize: [1], askCost: [0.1] },
        fundingRate: 0.1,
      },
    ],
  ],
  [
    'simulator',
    { simulator },
    [
      core,
      {
        spot: 100,
        model: { kind: 'jumps', volatility: 0.5, rate: 1, mean: 0, deviation: 0.1 },
        seed: 1,
        stream: 2,
      },
    ],
  ],
  [
    'simulator',
    { simulator },
    [
      core,
      {
        spot: 100,
        model: {
          kind: 'heston',
          volatility: 0.5,
          longRunVolatility: 0.5,
          reversion: 1,
          volatilityOfVariance: 1,
          correlation: 0,
          drift: 0,
        },
        seed: 1,
      },
    ],
  ],
  [
    'simulator',
    { simulator },
    [
      core,
      { spot: 100, model: { kind: 'regimes', volatility: [0.3, 0.9], leaving: 1, returning: 2 }, seed: 1 },
    ],
  ],
  [
    'simulatedMarket',
    { simulatedMarket },
    [
      core,
      {
        simulator: path,
        chain,
        instant: 0,
        smile: { dynamics: 'sticky-strike', skew: 0.1, curvature: 1, premium: 1 },
        carry: 0.01,
      },
    ],
  ],
  [
    'simulatedPath',
    { simulatedPath },
    [
      {
        core,
        expiries: [expiry(0.5, 100)],
        positions: [held[0]],
        instruments: [tradable],
        spot: 100,
        model: { kind: 'brownian', volatility: 0.5 },
        seed: 1,
        stream: 0,
        instant: 0,
        step: DAY,
        steps: 1,
        levels: 1,
        cash: 0,
      },
    ],
  ],
  [
    'policyComparison',
    { policyComparison },
    [{ core, policies: [fixedInterval(1), deltaBand(1)], paths: 2, path: () => null, margin: 'span-16' }],
  ],
  ['report', comparison, [{ frontier: ['delta band'], seed: 1, resamples: 5, confidence: 0.9, tail: 0.1 }]],
  ['difference', comparison, ['delta band', 'fixed interval', 'cost', { seed: 1, resamples: 5 }]],
  ['append', comparison, [{ ...comparison.save(), done: 0, outcomes: [] }]],
  [
    'tapeMarket',
    { tapeMarket },
    [
      core,
      [],
      { chain, instant: 0, volatility: 'mark', forward: 'implied', carry: [0, 0], reach: 3, longestGap: 1 },
    ],
  ],
  ['ewmaForecaster', { ewmaForecaster }, [core, { lambda: 0.9, volatility: 0.5 }]],
  ['harForecaster', { harForecaster }, [core, { windows: [1, 5, 22], days: 50 }]],
  ['jumpForecaster', { jumpForecaster }, [core, { lambda: 0.9, threshold: 4 }]],
  [
    'impliedRealisedForecaster',
    { impliedRealisedForecaster },
    [core, { realised: ewma, reversion: 1, lambda: 0.9 }],
  ],
  ['momentumForecaster', { momentumForecaster }, [core, { base: ewma, lambda: 0.9 }]],
  ['update', ewma, [0.01, 0.01]],
  ['update', har, [0.01, 0.01]],
  ['update', jumps, [0.01, 0.01]],
  ['forecast', har, [0.1]],
  ['forecast', jumps, [0.1]],
  ['restore', ewma, [ewma.save()]],
  ['restore', har, [har.save().slice()]],
  ['restore', jumps, [jumps.save()]],
  ['restore', path, [path.state]],
  [
    'forecastTerms',
    { forecastTerms },
    [{ drift: 1, volatility: 1, volatilityMove: 0, jump: { rate: 1, size: 1 }, confidence: 1 }, 100, 1],
  ],
  [
    'forecastTargets',
    { forecastTargets },
    [{ drift: 1, volatility: 1, volatilityMove: 0, jump: { rate: 1, size: 1 }, confidence: 1 }, 100, 1, 1, 1],
  ],
];

const HOSTILE = [
  ...[undefined, null, NaN, Infinity, -Infinity, -1, 0, -0, 0.5, 1e308, 5e-324, 2 ** 31, 2 ** 32, 2 ** 53],
  ...['', '100', 'call', true, false, 1n, Symbol('s'), () => 1, new Date(0), /x/, new Map(), core, chain],
  ...[other, otherChain, new Array(2)],
  ...([{}, Object.create(null), { length: -1 }, { length: 2, 0: 1, 1: 2 }, new Proxy({}, {})] as object[]),
  ...([[], [NaN], ['1'], [null], [[]], new Float64Array(3), new BigInt64Array(2)] as object[]),
];

type Path = readonly (string | number)[];
const isPlain = (value: unknown): value is Record<string, unknown> =>
  Array.isArray(value) ||
  (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype);

/** Where something could stand in place of what does. */
const pathsOf = (value: unknown, path: Path = []): Path[] => [
  ...(path.length > 0 ? [path] : []),
  ...(isPlain(value) ? Object.keys(value).flatMap((key) => pathsOf(value[key], [...path, key])) : []),
];

function withAt(value: unknown, path: Path, put: unknown): unknown {
  if (path.length === 0) return put;
  const [key, ...rest] = path;
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
    string,
    unknown
  >;
  copy[key] = withAt(copy[key], rest, put);
  return copy;
}

const KINDS = ['TypeError', 'RangeError', 'Error', 'DisposedError', 'ReadError'];
/** What engines and WebAssembly say by themselves. */
const INTERNAL =
  /Cannot |is not a function|is not iterable|undefined is|Invalid|out of bounds|unreachable|BigInt value|primitive|of undefined|of null|is not a constructor/;

const stateOf = (): unknown => [
  ...[chain.forward, chain.years, chain.volatility, chain.call.delta].map((column) => column.slice()),
  book.length,
  smile.bid.slice(),
  book.exposure(),
  hedger.solve({ warmStart: false }).trades.slice(),
];
const restore = (): void => {
  chain.setYears([0.1, 0.5]);
  for (const e of [0, 1]) {
    chain.setVolatility(e, volatility);
    chain.setRate(e, 0.01);
  }
  chain.tick([100, 101]);
  for (const [i, { quantity }] of held.entries()) book.setQuantity(i, quantity);
  hedger.update({ ...problem, halfSpread: [0.1, 0.1] });
  account.setCollateral({ cash: 1e4 });
};

test.each(calls)('%s', (name, on, given) => {
  const call = (arguments_: unknown): unknown =>
    (on as Record<string, (...all: unknown[]) => unknown>)[name](...(arguments_ as unknown[]));
  restore();
  (call(given) as { dispose?(): void } | undefined)?.dispose?.();
  for (const path of pathsOf(given)) {
    for (const hostile of HOSTILE) {
      restore();
      const [before, inUse] = [stateOf(), core.bytesInUse];
      const what = `${path.join('.')} = ${Array.isArray(hostile) ? `[${hostile.map(String).join()}]` : typeof hostile}`;
      try {
        (call(withAt(given, path, hostile)) as { dispose?(): void } | undefined)?.dispose?.();
      } catch (error) {
        expect(error, what).toBeInstanceOf(Error);
        const { name: kind, message } = error as Error;
        expect(KINDS, `${what}: ${message}`).toContain(kind);
        expect(message, what).not.toMatch(INTERNAL);
        expect(stateOf(), `${what}: ${message}`).toEqual(before);
        expect(core.bytesInUse, `${what}: ${message}`).toBe(inUse);
      }
    }
  }
});
