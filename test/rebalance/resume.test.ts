import { createSync } from 'greekfire/full';
import {
  deltaBand,
  greekByGreek,
  rebalancer,
  simulatedMarket,
  simulator,
  solverPolicy,
  whalleyWilmott,
  type Policy,
  type Rebalancer,
  type RebalancerState,
  type SimulatedMarketState,
} from 'greekfire/rebalance';
import { describe, expect, test } from 'vitest';
import {
  REPLAY_MODELS,
  REPLAY_STEP,
  REPLAY_STEPS,
  replayDesk,
  type ReplayDesk,
} from '../../example/replay.js';

const core = createSync();
const DAY = 86_400_000;
const policies: Policy[] = [
  deltaBand(1),
  whalleyWilmott(1e-5),
  greekByGreek(DAY, [
    { sensitivity: 'gamma', instrument: 2 },
    { sensitivity: 'delta', instrument: 0 },
  ]),
  solverPolicy({
    riskAversion: 1e-5,
    horizon: 7 * DAY,
    risk: { volatility: 0.5, volatilityOfVolatility: 0.8 },
  }),
  { ...whalleyWilmott(1e-5), name: 'resting', execution: { kind: 'rest', patience: DAY } },
];
const kinds = Object.keys(REPLAY_MODELS) as (keyof typeof REPLAY_MODELS)[];

const deskOf = (kind: (typeof kinds)[number], seed = 5): ReplayDesk =>
  replayDesk(core, kind, kind === 'jumps' ? 'sticky-strike' : 'sticky-delta', seed, 0);

function loopOf(desk: ReplayDesk, policy: Policy): Rebalancer {
  const { chain, instruments, market } = desk;
  const margin = 'deribit-portfolio';
  const { instant } = market;
  return rebalancer({
    core,
    chain,
    book: desk.book(),
    policy,
    instruments,
    levels: 3,
    instant,
    cash: 1e6,
    margin,
    liquidation: { fee: 0.001 },
  });
}

/** Takes ticks, some of them bad, and tells what came of each. */
function run(desk: ReplayDesk, loop: Rebalancer, from: number, to: number): unknown[] {
  return Array.from({ length: to - from }, (_, i) => {
    desk.market.next(REPLAY_STEP);
    if ((from + i) % 9 === 4) loop.step({ instant: desk.market.instant - DAY });
    return structuredClone(loop.step({ instant: desk.market.instant, fundingRate: 0.1 }));
  });
}

interface Checkpoint {
  readonly market: SimulatedMarketState;
  readonly loop: RebalancerState;
}

describe.each(kinds)('on %s', (kind) => {
  test.each(policies)('a crash of $name and a resume lose nothing', (policy) => {
    const desk = deskOf(kind);
    const loop = loopOf(desk, policy);
    const whole = run(desk, loop, 0, REPLAY_STEPS);
    expect(loop.totals.trades).toBeGreaterThan(0);
    for (const at of [0, 1, 37, REPLAY_STEPS - 1]) {
      const first = deskOf(kind);
      const broken = loopOf(first, policy);
      const before = run(first, broken, 0, at);
      const text = JSON.stringify({ market: first.market.state, loop: broken.save() } satisfies Checkpoint);
      // of what was, only the text is left
      const state = JSON.parse(text) as Checkpoint;
      const second = deskOf(kind);
      const resumed = loopOf(second, policy);
      second.market.restore(state.market);
      resumed.restore(state.loop);
      expect(resumed.save()).toEqual(broken.save());
      expect([...before, ...run(second, resumed, at, REPLAY_STEPS)]).toEqual(whole);
      expect(resumed.totals).toEqual(loop.totals);
      expect(resumed.counts).toEqual(loop.counts);
      expect(resumed.holding).toEqual(loop.holding);
    }
  });
});

test('a state that is damaged, or of another, is named, and changes nothing', () => {
  const desk = deskOf('heston');
  const loop = loopOf(desk, policies[0]);
  run(desk, loop, 0, 10);
  const state = loop.save();
  const market = desk.market.state;
  const refuse = (change: object, message: RegExp): void => {
    const bad = { ...structuredClone(state), ...change } as RebalancerState;
    expect(() => {
      loop.restore(bad);
    }).toThrow(message);
    expect(loop.save()).toEqual(state);
  };
  refuse({ version: 1 }, /state\.version is another's: 1, not 2/);
  refuse({ policy: policies[1] }, /state\.policy is another's/);
  refuse({ instruments: [] }, /state\.instruments/);
  refuse({ expiries: [1, 2, 3] }, /state\.expiries/);
  refuse({ sizes: state.sizes.slice(1) }, /state\.sizes must have 15 elements, got 14/);
  refuse(
    { sizes: state.sizes.map((size, i) => (i === 3 ? null : size)) },
    /state\.sizes\[3\] must be a number, got null/,
  );
  refuse({ forward: [1, 2, 0] }, /state\.forward\[2\] must be positive, got 0/);
  refuse({ volatility: [1] }, /state\.volatility must have 39 elements/);
  refuse({ totals: { ...state.totals, cost: 'x' } }, /state\.totals\.cost must be a number, got 'x'/);
  refuse(
    { last: { ...state.last, exposure: {} } },
    /state\.last\.exposure\.delta must be a number, got undefined/,
  );
  refuse({ counts: undefined }, /state\.counts must be an object/);
  const refuseMarket = (change: object, message: RegExp): void => {
    expect(() => {
      desk.market.restore({ ...structuredClone(market), ...change });
    }).toThrow(message);
    expect(desk.market.state).toEqual(market);
  };
  refuseMarket({ version: 0 }, /state\.version/);
  refuseMarket({ instant: NaN }, /state\.instant must be finite, got NaN/);
  refuseMarket({ marks: market.marks.slice(1) }, /state\.marks must have/);
  refuseMarket(
    { marks: market.marks.map((mark, i) => (i === 1 ? 0.5 : mark)) },
    /state\.marks\[0\.\.4\] is another's/,
  );
  refuseMarket(
    { simulator: { ...market.simulator, words: [1] } },
    /state\.simulator\.words must have 8 elements/,
  );
  const [spot, variance, , ...rest] = market.simulator.numbers;
  const withNumbers = (...numbers: number[]): object => ({ simulator: { ...market.simulator, numbers } });
  refuseMarket(withNumbers(0, variance, 0, ...rest), /state\.simulator\.numbers\[0\] must be positive/);
  refuseMarket(withNumbers(spot, -1, 0, ...rest), /state\.simulator\.numbers\[1\] must not be negative/);
  refuseMarket(withNumbers(spot, variance, 2, ...rest), /state\.simulator\.numbers\[2\] must be an integer/);
  const words = market.simulator.words.map((word, i) => (i === 2 ? -1 : word));
  refuseMarket(
    { simulator: { ...market.simulator, words } },
    /state\.simulator\.words\[2\] must be an integer/,
  );
  refuseMarket(
    { simulator: deskOf('jumps').market.state.simulator },
    /state\.simulator\.parameters is another's/,
  );
});

test('a market that a state would drive beyond all numbers stays as it was', () => {
  const own = core.chain(
    [{ underlying: 'A', years: 0.5, forward: 100, strike: [100], volatility: [0.5] }],
    2,
  );
  const path = simulator(core, { spot: 100, model: { kind: 'brownian', volatility: 0.5 }, seed: 1 });
  const market = simulatedMarket(core, { simulator: path, chain: own, instant: 0, carry: 0.5 });
  market.next(DAY);
  const state = market.state;
  const marks = [own.forward, own.years, own.volatility, own.call.price].map((column) => [...column]);
  expect(() => {
    market.restore({ ...state, instant: -1e17 });
  }).toThrow(new RangeError('state.instant -100000000000000000 and state.simulator make no market'));
  expect(market.state).toEqual(state);
  expect([own.forward, own.years, own.volatility, own.call.price].map((column) => [...column])).toEqual(
    marks,
  );
  for (const object of [market, path, own]) object.dispose();
});
