import fc from 'fast-check';
import { createSync } from 'greekfire/full';
import {
  deltaBand,
  greekByGreek,
  rebalancer,
  solverPolicy,
  whalleyWilmott,
  type MarketTick,
  type Policy,
  type Rebalancer,
} from 'greekfire/rebalance';
import { expect, test } from 'vitest';
import { replayDesk } from '../../example/replay.js';

const core = createSync();
const DAY = 86_400_000;
const LEVELS = 2;
const policies: Policy[] = [
  deltaBand(0.2),
  whalleyWilmott(1e-4),
  greekByGreek(1, [
    { sensitivity: 'vega', instrument: 5 },
    { sensitivity: 'gamma', instrument: 2 },
    { sensitivity: 'delta', instrument: 0 },
  ]),
  solverPolicy({ riskAversion: 1e-4, horizon: DAY, risk: { volatility: 0.5, volatilityOfVolatility: 0.8 } }),
].flatMap((policy): Policy[] => [
  policy,
  { ...policy, name: `${policy.name}, resting`, execution: { kind: 'rest', patience: DAY } },
]);

/** A number, now and then one that is none. */
const number = (min: number, max: number): fc.Arbitrary<number> =>
  fc.oneof(
    { arbitrary: fc.double({ min, max, noNaN: true }), weight: 60 },
    { arbitrary: fc.constantFrom(NaN, Infinity, -1, 0), weight: 1 },
  );
const numbers = (length: number, min: number, max: number): fc.Arbitrary<number[]> =>
  fc.array(number(min, max), { minLength: length, maxLength: length });
const depths = numbers(40 * LEVELS, 0, 40).map((values) => {
  const n = 10 * LEVELS;
  const [bidSize, bidCost, askSize, askCost] = [0, 1, 2, 3].map((k) => values.slice(k * n, (k + 1) * n));
  return { bidSize, bidCost, askSize, askCost };
});
const ticks = fc.array(
  fc.record({
    after: fc.oneof(
      { arbitrary: fc.integer({ min: -DAY, max: 5 * DAY }), weight: 8 },
      { arbitrary: fc.constantFrom(0, NaN), weight: 1 },
    ),
    forward: fc.option(fc.oneof(number(60_000, 160_000), numbers(3, 80_000, 120_000)), { nil: undefined }),
    volatility: fc.option(numbers(39, 0.2, 1.5), { nil: undefined }),
    depth: fc.option(depths, { nil: undefined }),
    fundingRate: number(-0.5, 0.5),
  }),
  { minLength: 1, maxLength: 25 },
);

function expectSame(a: number, b: number, scale: number): void {
  expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-10 * scale);
}

/** One tick: what was left out changes nothing, what was taken adds up. */
function take(loop: Rebalancer, tick: MarketTick): void {
  const before = loop.save();
  const step = loop.step(tick);
  if (step === undefined) {
    const after = loop.save();
    expect({ ...after, counts: before.counts }).toEqual(before);
    expect(loop.fault).not.toBe('');
    const left = ({ malformed, duplicate, outOfOrder, unpriced }: typeof before.counts): number =>
      malformed + duplicate + outOfOrder + unpriced;
    expect(left(after.counts)).toBe(left(before.counts) + 1);
    return;
  }
  const { total, rest, delta, gamma, vega, theta, rho, vanna, volga } = step.explained;
  const scale = Math.abs(step.cash) + Math.abs(step.value) + Math.abs(before.last.cash) + 1e6;
  // the parts of a Taylor series may cancel by many digits
  const parts = [delta, gamma, vega, theta, rho, vanna, volga, rest];
  const sizes = parts.reduce((sum, part) => sum + Math.abs(part), scale);
  expectSame(step.cash + step.value, step.equity, scale);
  expectSame(step.equity - before.last.equity, step.profit, scale);
  expectSame(
    parts.reduce((sum, part) => sum + part, 0),
    total,
    sizes,
  );
  expectSame(total + step.funding - step.cost, step.profit, scale);
  expectSame(step.spread + step.fees + step.gas, step.cost, scale);
  expectSame(before.totals.profit + step.profit, loop.totals.profit, scale);
  expectSame(before.totals.cost + step.cost, loop.totals.cost, scale);
  for (const figure of [step.cash, step.value, step.equity, step.unfilled, step.marginRatio]) {
    expect(Number.isFinite(figure)).toBe(true);
  }
}

test.each(policies)('$name: every tick of any stream adds up, or changes nothing', (policy) => {
  const kinds = { taken: 0, left: 0, traded: 0 };
  fc.assert(
    fc.property(ticks, (stream) => {
      const desk = replayDesk(core, 'brownian', 'sticky-delta', 1, 0);
      const { chain, instruments, market } = desk;
      const book = desk.book();
      const { instant } = market;
      const margin = 'deribit-portfolio';
      const cash = 1e6;
      const loop = rebalancer({
        core,
        chain,
        book,
        policy,
        instruments,
        levels: LEVELS,
        instant,
        cash,
        margin,
        liquidation: { fee: 0.001 },
      });
      try {
        for (const { after, ...tick } of stream)
          take(loop, { ...tick, instant: loop.last.instant + after } as MarketTick);
        kinds.taken += loop.counts.ticks;
        kinds.left += loop.counts.malformed + loop.counts.outOfOrder + loop.counts.duplicate;
        kinds.traded += loop.totals.trades;
        // and it goes on as if nothing had been
        expect(loop.step({ instant: loop.last.instant + 1, forward: 100_000 })).toBeDefined();
      } finally {
        loop.dispose();
        book.dispose();
        desk.dispose();
      }
    }),
    { numRuns: 60, seed: 20261124 },
  );
  for (const count of Object.values(kinds)) expect(count).toBeGreaterThan(30);
});
