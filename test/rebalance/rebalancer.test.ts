import { createSync } from 'greekfire/full';
import {
  deltaBand,
  fixedInterval,
  greekByGreek,
  rebalancer,
  solverPolicy,
  unhedged,
  whalleyWilmott,
  type Policy,
  type Rebalancer,
  type Step,
} from 'greekfire/rebalance';
import { describe, expect, test } from 'vitest';
import { REPLAY_STEP, REPLAY_STEPS, replayDesk, type ReplayDesk } from '../../example/replay.js';

const core = createSync();
const DAY = 86_400_000;
const policies: Policy[] = [
  unhedged(),
  fixedInterval(DAY),
  deltaBand(1),
  whalleyWilmott(1e-5),
  greekByGreek(DAY, [
    { sensitivity: 'vega', instrument: 5 },
    { sensitivity: 'gamma', instrument: 2 },
    { sensitivity: 'delta', instrument: 0 },
  ]),
  solverPolicy({
    riskAversion: 1e-5,
    horizon: 7 * DAY,
    risk: { volatility: 0.5, volatilityOfVolatility: 0.8 },
  }),
];

function loopOf(desk: ReplayDesk, policy: Policy): Rebalancer {
  const { chain, instruments, market } = desk;
  return rebalancer({
    core,
    chain,
    book: desk.book(),
    policy,
    instruments,
    levels: 3,
    instant: market.instant,
    cash: 1e6,
  });
}

/** A path under a policy: every step, copied. */
function run(policy: Policy, seed = 5): { steps: Step[]; loop: Rebalancer } {
  const desk = replayDesk(core, 'heston', 'sticky-delta', seed, 0);
  const loop = loopOf(desk, policy);
  const steps = Array.from({ length: REPLAY_STEPS }, () => {
    desk.market.next(REPLAY_STEP);
    return structuredClone(loop.step({ instant: desk.market.instant, fundingRate: 0.1 })!);
  });
  return { steps, loop };
}

describe.each(policies)('$name', (policy) => {
  const { steps, loop } = run(policy);

  test('cash and positions are equity; what is explained, funding and costs are profit', () => {
    let equity = NaN;
    let profit = 0;
    for (const step of steps) {
      const scale = 1e-9 * Math.max(Math.abs(step.cash), Math.abs(step.value), 1e5);
      expect(Math.abs(step.cash + step.value - step.equity)).toBeLessThan(scale);
      const { total, rest, delta, gamma, vega, theta, rho, vanna, volga } = step.explained;
      expect(Math.abs(delta + gamma + vega + theta + rho + vanna + volga + rest - total)).toBeLessThan(scale);
      expect(Math.abs(total + step.funding - step.cost - step.profit)).toBeLessThan(scale);
      if (!Number.isNaN(equity)) expect(Math.abs(step.equity - equity - step.profit)).toBeLessThan(scale);
      ({ equity } = step);
      profit += step.profit;
    }
    expect(Math.abs(loop.totals.profit - profit)).toBeLessThan(1e-6);
    expect(steps.some((step) => step.settled !== 0)).toBe(true);
  });

  test('the same seed makes the same bits', () => {
    expect(run(policy).steps).toEqual(steps);
    expect(run(policy, 6).steps).not.toEqual(steps);
  });

  test('trades cost, and those who trade nothing pay nothing', () => {
    expect(loop.totals.trades > 0).toBe(policy.action.kind !== 'none');
    expect(loop.totals.cost > 0).toBe(policy.action.kind !== 'none');
  });
});

test('the no-trade band is that of Whalley and Wilmott', () => {
  const { steps } = run(whalleyWilmott(1e-5));
  let acted = 0;
  for (const { trigger, exposure, spot } of steps) {
    const cost = 0.00055;
    const band = Math.cbrt((3 * cost * exposure.gamma ** 2 * spot) / (2 * 1e-5));
    expect(Math.abs(exposure.delta)).toBeLessThan(band * (1 + 1e-9));
    if (trigger < 0) continue;
    acted++;
    expect(Math.abs(exposure.delta)).toBeCloseTo(band, 8);
  }
  expect(acted).toBeGreaterThan(3);
});

test('a hostile stream is counted and hurts nothing', () => {
  const desk = replayDesk(core, 'brownian', 'sticky-delta', 1, 0);
  const { chain, instruments, market } = desk;
  const loop = rebalancer({
    core,
    chain,
    book: desk.book(),
    policy: fixedInterval(1),
    instruments,
    levels: 1,
    instant: market.instant,
    longestGap: 2 * DAY,
  });
  const t0 = market.instant;
  const forward = 100_000;
  expect(loop.step({ instant: t0 + 1000, forward })).toBeDefined();
  expect(loop.step({ instant: t0 + 1000, forward })).toBeUndefined();
  expect(loop.step({ instant: t0 + 500, forward })).toBeUndefined();
  expect(loop.step({ instant: t0 + 2000, forward: NaN })).toBeUndefined();
  expect(loop.step({ instant: NaN, forward })).toBeUndefined();
  expect(() => loop.step({ instant: t0 + 2000, forward: [1, 2] })).toThrow(/tick\.forward must have 3/);
  const { volatility } = chain;
  const kept = volatility[3];
  const bad = volatility.slice();
  bad[3] = NaN;
  const ladder = (value: number): Float64Array => new Float64Array(instruments.length).fill(value);
  const depth = { bidSize: ladder(1), bidCost: ladder(5), askSize: ladder(1), askCost: ladder(5) };
  depth.bidCost[0] = -9;
  depth.askSize[1] = NaN;
  const before = structuredClone(loop.last);
  expect(loop.fault).toBe(`tick.instant must be finite, got NaN`);
  // a chain that another hand marks: something that is held has no price
  const forwards = chain.forward.slice();
  const marks = chain.volatility.slice();
  const held = chain.index(0, 95_000);
  chain.volatility[held] = NaN;
  chain.tick();
  expect(loop.step({ instant: t0 + 2500 })).toBeUndefined();
  expect(loop.fault).toBe('tick: position 0 of the book has no price');
  chain.volatility.set(marks);
  chain.tick(forwards);
  // forwards so large that marks overflow
  expect(loop.step({ instant: t0 + 2500, forward: 1e308, volatility: marks.map(() => 0.9) })).toBeUndefined();
  expect(loop.fault).toMatch(/has no price|is not finite/);
  expect(chain.forward).toEqual(forwards);
  expect(chain.volatility).toEqual(marks);
  expect(loop.last).toEqual(before);
  const step = loop.step({ instant: t0 + 3 * DAY, forward: 104_000, volatility: bad, depth })!;
  expect(chain.volatility[3]).toBe(kept);
  expect(step.trades).toBe(0);
  expect(step.unfilled).toBeGreaterThan(0);
  expect(step.equity).toBeCloseTo(step.cash + step.value, 6);
  expect(loop.counts).toEqual({
    ticks: 2,
    duplicate: 1,
    outOfOrder: 1,
    malformed: 2,
    unpriced: 2,
    gaps: 1,
    unpricedInstruments: 0,
    missingDepth: 1,
    crossedBooks: 1,
    badVolatility: 1,
    unproved: 0,
    conflicts: 0,
  });
});

test('an instrument without a price is not traded; its neighbours are', () => {
  const desk = replayDesk(core, 'brownian', 'sticky-delta', 1, 0);
  const { chain, instruments, market } = desk;
  const book = core.book(chain, [{ expiry: 1, strike: 100_000, type: 'call', quantity: -10 }]);
  const loop = rebalancer({
    core,
    chain,
    book,
    policy: greekByGreek(1, [
      { sensitivity: 'vega', instrument: 1 },
      { sensitivity: 'delta', instrument: 0 },
    ]),
    instruments,
    instant: market.instant,
  });
  chain.volatility[chain.index(0, 95_000)] = NaN;
  chain.tick();
  const step = loop.step({ instant: market.instant + 1000 })!;
  expect(loop.counts.unpricedInstruments).toBe(1);
  expect([step.trades, loop.holding[1]]).toEqual([1, 0]);
  expect(step.exposure.delta).toBeCloseTo(0, 9);
});

test('a limit bounds every trade', () => {
  const desk = replayDesk(core, 'brownian', 'sticky-delta', 1, 0);
  const { chain, market } = desk;
  const loop = rebalancer({
    core,
    chain,
    book: core.book(chain, [{ kind: 'perpetual', underlying: 'BTC', quantity: -5 }]),
    policy: fixedInterval(1),
    instruments: [{ ...desk.instruments[0], limit: 3 }],
    instant: market.instant,
  });
  const step = loop.step({ instant: market.instant + 1 })!;
  expect([...loop.holding, step.unfilled]).toEqual([3, 2]);
});

test('the margin is that of the margin engine, and a ratio below 1 is counted once', () => {
  const desk = replayDesk(core, 'brownian', 'sticky-delta', 1, 0);
  const { chain, instruments, market } = desk;
  const book = desk.book();
  const loop = rebalancer({
    core,
    chain,
    book,
    policy: unhedged(),
    instruments,
    instant: market.instant,
    cash: 400_000,
    margin: 'deribit-portfolio',
  });
  const account = core.margin(book, { model: 'deribit-portfolio' });
  let [least, falls, wasBelow] = [Infinity, 0, loop.last.marginRatio < 1];
  for (const forward of [100_000, 104_000, 112_000, 113_000, 101_000, 115_000]) {
    const step = loop.step({ instant: loop.last.instant + 1000, forward })!;
    account.setCollateral({ cash: step.cash });
    const { equity, maintenance } = account.figures();
    expect(step.margin).toBe(maintenance);
    expect(step.marginRatio).toBeCloseTo(equity / maintenance, 9);
    least = Math.min(least, step.marginRatio);
    const isBelow = step.marginRatio < 1;
    if (isBelow && !wasBelow) falls++;
    wasBelow = isBelow;
  }
  expect(falls).toBe(2);
  expect(loop.totals).toMatchObject({ worstMarginRatio: least, liquidations: falls });
});

test('fills walk the ladder and pay the fees', () => {
  const desk = replayDesk(core, 'brownian', 'sticky-delta', 1, 0);
  const { chain, market } = desk;
  const perpetual = { ...desk.instruments[0], fee: { taker: 0.001 }, perTrade: 7 };
  const loop = rebalancer({
    core,
    chain,
    book: core.book(chain, [{ kind: 'perpetual', underlying: 'BTC', quantity: -5 }]),
    policy: fixedInterval(1),
    instruments: [perpetual],
    levels: 2,
    instant: market.instant,
  });
  const depth = { bidSize: [9, 9], bidCost: [1, 2], askSize: [2, 2], askCost: [10, 30] };
  const step = loop.step({ instant: market.instant + 1, forward: 50_000, depth })!;
  expect(step.spread).toBe(2 * 10 + 2 * 30);
  expect(step.unfilled).toBe(1);
  expect(step.fees).toBeCloseTo(4 * 50, 9);
  expect(step.gas).toBe(7);
  expect([...loop.holding]).toEqual([4]);
  expect(step.exposure.delta).toBe(-1);
});

test('memory is bounded, and given back', () => {
  const before = core.bytesInUse;
  const desk = replayDesk(core, 'jumps', 'sticky-strike', 2, 0);
  const book = desk.book();
  const { chain, instruments, market } = desk;
  const loop = rebalancer({
    core,
    chain,
    book,
    policy: policies[5],
    instruments,
    levels: 3,
    instant: market.instant,
  });
  const sizes = new Set<number>();
  for (let s = 0; s < 300; s++) {
    market.next(60_000);
    loop.step({ instant: market.instant });
    sizes.add(core.bytesInUse);
  }
  expect(sizes.size).toBe(1);
  loop.dispose();
  book.dispose();
  desk.dispose();
  expect(core.bytesInUse).toBe(before);
});
