import type { ExpirySpec, HedgeDepth, Position } from 'greekfire';
import { create, type MarginAccount, marginPresets } from 'greekfire/full';
import { describe, expect, it } from 'vitest';

const core = await create();

const specs: ExpirySpec[] = [
  {
    underlying: 'BTC',
    settlement: 'inverse',
    years: 14 / 365,
    forward: 60_000,
    strike: [50_000, 60_000, 70_000],
    volatility: [0.65, 0.55, 0.58],
  },
  {
    underlying: 'BTC',
    settlement: 'inverse',
    years: 70 / 365,
    forward: 60_600,
    strike: [45_000, 80_000],
    volatility: [0.7, 0.6],
  },
];
const chain = core.chain(specs);
const strangle: Position[] = [
  { expiry: 0, strike: 50_000, type: 'put', quantity: -20 },
  { expiry: 0, strike: 70_000, type: 'call', quantity: -15 },
  { expiry: 1, strike: 45_000, type: 'put', quantity: 5 },
  { kind: 'perpetual', underlying: 'BTC', quantity: -1 },
];
const book = core.book(chain, strangle);
const models = ['deribit-portfolio', 'deribit-standard', 'span-16'] as const;
const fund = { cash: 30_000, coins: { BTC: 3.5 } };

/** The first state of a fine grid in which an account is insolvent. */
function firstInsolvent(account: MarginAccount, states: readonly { move?: number; shift?: number }[]) {
  return states.find((state) => !account.figures(state).isSolvent);
}

describe('liquidation levels', () => {
  it.each(models)('%s: are where a fine scan has them', (model) => {
    const account = core.margin(book, { model, ...fund });
    expect(account.figures().isSolvent).toBe(true);
    const { down, up, volatilityUp } = account.liquidation();
    const fine = 2_000;
    const around = (level: number, width: number): number[] =>
      Array.from({ length: fine + 1 }, (_, i) => level + width * ((2 * i) / fine - 1));
    for (const level of [down!, up!]) {
      const outward = around(level.move, Math.sign(level.move) * 0.005);
      const first = firstInsolvent(
        account,
        outward.map((move) => ({ move })),
      )!;
      expect(Math.abs(first.move! - level.move)).toBeLessThanOrEqual((2 * 0.005) / fine);
      // nothing nearer, on a grid finer than the search's own
      const nearer = Array.from({ length: 500 }, (_, i) => ({ move: (level.move * i) / 500 }));
      expect(firstInsolvent(account, nearer)).toBeUndefined();
    }
    const shifts = around(volatilityUp!.shift, 0.005).map((shift) => ({ shift }));
    const first = firstInsolvent(account, shifts)!;
    expect(Math.abs(first.shift! - volatilityUp!.shift)).toBeLessThanOrEqual((2 * 0.005) / fine);
  });

  it.each(models)('%s: are the states in which equity meets the maintenance margin', (model) => {
    const account = core.margin(book, { model, ...fund });
    const { down, up, volatilityUp } = account.liquidation();
    for (const { figures, ...state } of [down!, up!, volatilityUp!]) {
      expect(Math.abs(figures.equity - figures.maintenance)).toBeLessThan(1e-6 * figures.maintenance);
      expect(figures).toEqual(account.figures({ move: state.move, shift: state.shift }));
      expect(
        account.figures({ move: state.move * (1 - 1e-9), shift: state.shift * (1 - 1e-9) }).isSolvent,
      ).toBe(true);
      expect(state.price).toBeCloseTo(60_000 * (1 + state.move), 6);
    }
  });

  it('are as a future and cash have them in closed form', () => {
    // linear, long q at F with cash c and maintenance m of value: c + q F x = q F (1 + x) m
    const linear = core.chain([{ underlying: 'X', years: 1, forward: 100, strike: [], volatility: [] }]);
    const own = core.book(linear, [{ kind: 'future', expiry: 0, quantity: 10 }]);
    const preset = marginPresets['deribit-standard'];
    const rates = { optionInitial: 0, optionLeast: 0, optionMaintenance: 0, futureSlope: 0 };
    const model = {
      ...preset,
      rule: 'position' as const,
      parameters: { '*': { ...rates, futureInitial: 0.2, futureMaintenance: 0.1 } },
    };
    const account = core.margin(own, { model, cash: 300 });
    const { down, up } = account.liquidation();
    // 300 + 1000 x = 100 (1 + x)
    expect(down!.move).toBeCloseTo(-200 / 900, 12);
    expect(up).toBeUndefined();
  });

  it('find none for who owns what it owes', () => {
    const covered = core.book(chain, [{ expiry: 0, strike: 70_000, type: 'call', quantity: -1 }]);
    const account = core.margin(covered, { model: 'deribit-standard', coins: { BTC: 3 } });
    expect(account.liquidation()).toMatchObject({ down: undefined, up: undefined });
  });

  it('look no further than they are told', () => {
    const account = core.margin(book, { model: 'deribit-portfolio', ...fund });
    const { down, up } = account.liquidation();
    const nearer = account.liquidation({ down: down!.move * 0.9, up: up!.move * 0.9, shift: 0 });
    expect(nearer).toMatchObject({ down: undefined, up: undefined, volatilityUp: undefined });
    const further = account.liquidation({ down: down!.move * 1.0001, up: up!.move * 1.0001 });
    expect(further.down!.move).toBeCloseTo(down!.move, 10);
    expect(further.up!.move).toBeCloseTo(up!.move, 10);
  });
});

describe('a liquidation in steps', () => {
  const levels = 2;
  const depthOf = (size: number): HedgeDepth => ({
    bidSize: strangle.flatMap(() => [size, 10 * size]),
    bidCost: strangle.flatMap(() => [20, 200]),
    askSize: strangle.flatMap(() => [size, 10 * size]),
    askCost: strangle.flatMap(() => [20, 200]),
  });
  /** An account a little short of its maintenance margin. */
  const shortOf = (amount: number): MarginAccount => {
    const account = core.margin(book, { model: 'deribit-portfolio', cash: 0 });
    const { equity, maintenance } = account.figures();
    account.setCollateral({ cash: maintenance - equity - amount });
    return account;
  };

  it('ends solvent, and its books are right at every step', () => {
    const account = shortOf(10_000);
    const before = account.figures();
    expect(before.isSolvent).toBe(false);
    const { status, steps, equity, maintenance, cost } = account.unwind({ depth: depthOf(5) });
    expect(status).toBe('solvent');
    expect(steps.length).toBeGreaterThan(0);
    expect(equity).toBeGreaterThanOrEqual(maintenance);
    const held = strangle.map(({ quantity }) => quantity);
    let paid = 0;
    let gap = before.equity - before.maintenance;
    for (const step of steps) {
      held[step.position] += step.trade;
      paid += step.cost;
      const now = strangle.map((position, i) => ({ ...position, quantity: held[i] }));
      const own = core.margin(core.book(chain, now), { model: 'deribit-portfolio' });
      expect(step.maintenance).toBeCloseTo(own.figures().maintenance, 5);
      // trades at the mark change nothing but by what they cost
      expect(step.equity).toBeCloseTo(before.equity - paid, 5);
      expect(step.equity - step.maintenance).toBeGreaterThan(gap);
      gap = step.equity - step.maintenance;
      expect(Math.abs(step.trade)).toBeLessThanOrEqual(
        0.1 * Math.abs(strangle[step.position].quantity) + 1e-12,
      );
    }
    expect(cost).toBeCloseTo(paid, 8);
    expect(account.figures()).toEqual(before);
    expect(held.every((size, i) => size * strangle[i].quantity >= 0)).toBe(true);
  });

  it('takes the best of each level first, and no more than there is', () => {
    const { steps } = shortOf(25_000).unwind({ depth: depthOf(0.5) });
    const traded = new Map<number, number>();
    for (const { position, trade, cost } of steps) {
      const units = Math.abs(trade);
      const so = traded.get(position) ?? 0;
      expect(cost / units).toBeCloseTo(so < 0.5 - 1e-12 ? 20 : 200, 8);
      traded.set(position, so + units);
      expect(so + units).toBeLessThanOrEqual(5.5 + 1e-12);
    }
    expect(steps.some(({ cost, trade }) => cost / Math.abs(trade) > 100)).toBe(true);
  });

  it('does nothing where the account is solvent', () => {
    const account = core.margin(book, { model: 'deribit-portfolio', ...fund });
    const { equity, maintenance } = account.figures();
    expect(account.unwind({ depth: depthOf(1) })).toEqual({
      status: 'solvent',
      steps: [],
      equity,
      maintenance,
      cost: 0,
    });
  });

  it('is stuck without depth, and says where its steps end', () => {
    const account = shortOf(10_000);
    expect(account.unwind({ depth: depthOf(0) })).toMatchObject({ status: 'stuck', steps: [] });
    const { status, steps, equity, maintenance } = account.unwind({ depth: depthOf(5), steps: 1 });
    expect(status).toBe('step-limit');
    expect(steps).toHaveLength(1);
    expect(equity).toBeLessThan(maintenance);
  });

  it('moves the market against itself: a cascade costs more, and may not end solvent', () => {
    const calm = shortOf(40_000).unwind({ depth: depthOf(50) });
    const impact = shortOf(40_000).unwind({ depth: depthOf(50), impact: 0.01 });
    expect(impact.steps[0].move).not.toBe(0);
    // calls bought back: delta is bought, and the forward rises, which is where the account loses
    expect(impact.steps[0].position).toBe(1);
    expect(impact.steps[0].move).toBeGreaterThan(0);
    expect(calm.steps.every(({ move }) => move === 0)).toBe(true);
    expect(impact.steps.length).toBeGreaterThanOrEqual(calm.steps.length);
    expect(impact.equity).toBeLessThan(calm.equity);
  });

  it('can end bankrupt', () => {
    const account = core.margin(book, { model: 'deribit-portfolio', cash: 0 });
    account.setCollateral({ cash: -account.figures().equity + 100 });
    const { equity, status } = account.unwind({ depth: depthOf(50), fraction: 1 });
    expect(status).not.toBe('step-limit');
    expect(equity).toBeLessThan(0);
  });

  it('keeps its books in coin where forwards move', () => {
    // everything closed in one step each: what is left is cash and coins, whatever the order
    const account = shortOf(1e6);
    const { steps, equity } = account.unwind({ depth: depthOf(1e3), fraction: 1, impact: 0.001 });
    expect(Number.isFinite(equity)).toBe(true);
    expect(new Set(steps.map(({ position }) => position)).size).toBe(steps.length);
  });

  it('refuses ladders and options that are none', () => {
    const account = shortOf(1);
    const depth = depthOf(1);
    expect(levels * strangle.length).toBe(depth.bidSize.length);
    expect(() => account.unwind({ depth: { ...depth, askSize: [1] } })).toThrow(
      new RangeError('depth.askSize must have 8 elements, got 1'),
    );
    expect(() =>
      account.unwind({ depth: { ...depth, bidCost: [...Array<number>(7).fill(1), NaN] } }),
    ).toThrow(new RangeError('depth.bidCost[7] must be finite, got NaN'));
    const odd = { bidSize: [1], bidCost: [1], askSize: [1], askCost: [1] };
    expect(() => account.unwind({ depth: odd })).toThrow(
      'depth.bidSize must have one row for each of 4 positions, got 1 elements',
    );
    expect(() => account.unwind({ depth, fraction: 0 })).toThrow(
      new RangeError('fraction must be in (0, 1], got 0'),
    );
    expect(() => account.unwind({ depth, impact: -1 })).toThrow(RangeError);
  });
});
