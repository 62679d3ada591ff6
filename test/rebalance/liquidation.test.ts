import { VarianceCalendar } from 'greekfire';
import { createSync, marginPresets, type MarginPreset } from 'greekfire/full';
import {
  fixedInterval,
  rebalancer,
  simulatedMarket,
  simulator,
  unhedged,
  type Liquidation,
  type Rebalancer,
} from 'greekfire/rebalance';
import { describe, expect, test } from 'vitest';
import { replayDesk } from '../../example/replay.js';

const core = createSync();
const HOUR = 3_600_000;

function make(
  margin: MarginPreset | undefined,
  liquidation: Liquidation | undefined,
  cash = 400_000,
  policy = unhedged(),
): Rebalancer {
  const desk = replayDesk(core, 'brownian', 'sticky-delta', 1, 0);
  const { chain, instruments, market } = desk;
  const { instant } = market;
  const book = desk.book();
  return rebalancer({
    core,
    chain,
    book,
    policy,
    instruments,
    instant,
    cash,
    ...(margin && { margin }),
    ...(liquidation && { liquidation }),
  });
}

const sizes = (loop: Rebalancer): readonly number[] => loop.save().sizes;

// Regulation T has no rule for the perpetual
describe.each((Object.keys(marginPresets) as MarginPreset[]).filter((name) => name !== 'reg-t'))(
  'liquidation under %s',
  (margin) => {
    test('closes the same part of every position, until equity covers margin with the buffer', () => {
      const fee = 0.002;
      const cash = 1.02 * make(margin, undefined, 0).last.margin - make(margin, undefined, 0).last.value;
      const loop = make(margin, { fee, buffer: 1.2 }, cash);
      const before = sizes(loop);
      const start = loop.last.equity;
      expect(loop.last.marginRatio).toBeGreaterThan(1);
      const step = loop.step({ instant: loop.last.instant + HOUR, forward: 103_000 })!;
      expect(step.liquidated).toBeGreaterThan(0);
      expect(step.liquidated).toBeLessThan(1);
      sizes(loop).forEach((size, i) => {
        expect(size).toBeCloseTo(before[i] * (1 - step.liquidated), 12);
      });
      expect(step.marginRatio).toBeCloseTo(1.2, 9);
      const gross = before.reduce((sum, size) => sum + Math.abs(size), 0);
      expect(step.fees).toBeCloseTo(fee * 103_000 * gross * step.liquidated, 6);
      expect(step.equity).toBeCloseTo(step.cash + step.value, 6);
      expect(step.equity - start).toBeCloseTo(step.explained.total - step.cost, 6);
      expect(loop.totals).toMatchObject({ liquidations: 1 });
      expect(loop.totals.worstMarginRatio).toBeLessThan(1);
      // and at once again, where the market goes on
      const again = loop.step({ instant: loop.last.instant + HOUR, forward: 112_000 })!;
      expect(again.liquidated).toBeGreaterThan(0);
      expect(loop.totals.liquidations).toBe(2);
    });
  },
);

test('a jump past equity closes everything, and nothing is traded after it', () => {
  const loop = make('deribit-portfolio', { fee: 0.002 }, 400_000, fixedInterval(1));
  const step = loop.step({ instant: loop.last.instant + HOUR, forward: 400_000 })!;
  expect(step.liquidated).toBe(1);
  // equity was used up before the policy could act
  expect([step.trigger, step.trades]).toEqual([-1, 0]);
  expect(sizes(loop).every((size) => size === 0)).toBe(true);
  expect(step.equity).toBeLessThan(0);
  expect(step.equity).toBe(step.cash);
  const next = loop.step({ instant: loop.last.instant + HOUR, forward: 90_000 })!;
  expect([next.trigger, next.trades, next.profit]).toEqual([-1, 0, 0]);
});

test('what is no liquidation is named', () => {
  expect(() => make('deribit-portfolio', { fee: -1 })).toThrow(
    /options\.liquidation\.fee must not be negative, got -1/,
  );
  expect(() => make('deribit-portfolio', { fee: 0, buffer: 0.5 })).toThrow(
    'options.liquidation.buffer must be at least 1, got 0.5',
  );
  expect(() => make(undefined, { fee: 0 })).toThrow('options.liquidation needs options.margin');
});

describe('a calendar', () => {
  const FRIDAY = Date.UTC(2026, 0, 16, 8);
  const calendar = new VarianceCalendar({ weekend: 0.25 });
  const years = 14 / 365;
  const due = FRIDAY + 14 * 24 * HOUR;
  const spec = {
    underlying: 'BTC',
    years,
    varianceYears: calendar.varianceYears(FRIDAY, due),
    variancePace: calendar.pace(FRIDAY),
    forward: 100_000,
    strike: [100_000],
    volatility: [0.5],
  };
  const perpetual = {
    name: 'perpetual',
    position: { kind: 'perpetual', underlying: 'BTC', quantity: 1 },
  } as const;

  test('lets variance pass as the chain was made with it', () => {
    const chain = core.chain([spec], 2);
    chain.tick();
    const book = core.book(chain, [{ expiry: 0, strike: 100_000, type: 'call', quantity: 1 }]);
    const loop = rebalancer({
      core,
      chain,
      book,
      policy: unhedged(),
      instruments: [perpetual],
      instant: FRIDAY,
      calendar,
    });
    const sunday = FRIDAY + 48 * HOUR;
    loop.step({ instant: sunday, forward: 100_000 });
    const left = { years: 12 / 365, varianceYears: calendar.varianceYears(sunday, due) };
    const fresh = core.chain([{ ...spec, ...left, variancePace: calendar.pace(sunday) }], 2);
    fresh.tick();
    expect(chain.call.price[0]).toBe(fresh.call.price[0]);
    expect(chain.call.theta[0]).toBe(fresh.call.theta[0]);
    const state = loop.save();
    const price = chain.call.price[0];
    loop.step({ instant: sunday + 24 * HOUR, forward: 101_000 });
    loop.restore(state);
    expect(chain.call.price[0]).toBe(price);
  });

  test('is asked for where variance does not pass with time', () => {
    const chain = core.chain([spec], 2);
    chain.tick();
    const book = core.book(chain, [{ expiry: 0, strike: 100_000, type: 'call', quantity: 1 }]);
    expect(() =>
      rebalancer({ core, chain, book, policy: unhedged(), instruments: [perpetual], instant: FRIDAY }),
    ).toThrow(/options\.calendar is needed/);
    const path = simulator(core, { spot: 1, model: { kind: 'brownian', volatility: 0.5 }, seed: 1 });
    expect(() => simulatedMarket(core, { simulator: path, chain, instant: FRIDAY })).toThrow(
      /options\.chain must have no years of variance of its own/,
    );
  });
});
