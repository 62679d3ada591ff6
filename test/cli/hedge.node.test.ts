import { createSync } from 'greekfire';
import { chainInput, hedgeInstruments, readChain } from 'greekfire/deribit';
import { describe, expect, it } from 'vitest';
import { dailyMove, dailyRisk, HEDGED, hedgeProblem, solveHedge, type HedgeResult } from '../../cli/hedge.js';
import { orderBook } from '../deribit/samples.js';

const market = readChain(
  JSON.stringify([
    orderBook({ mark_price: 0.01 }),
    orderBook({ instrument_name: 'BTC-26JUN26-60000-C', underlying_price: 51_000, mark_price: 0.02 }),
  ]),
);
const input = chainInput(market);
const instruments = hedgeInstruments(market, { underlying: 'BTC' }, input);

describe('the hedge problem', () => {
  const exposure = { delta: 10, gamma: -0.001, vega: -30_000 };
  const move = dailyMove(50_000, 0.6);
  const problem = hedgeProblem(instruments, exposure, move);

  it('measures exposures by what a day can do to them', () => {
    expect(move.delta).toBeCloseTo((50_000 * 0.6) / Math.sqrt(365), 9);
    expect(move.gamma).toBeCloseTo(move.delta ** 2 / 2, 9);
    expect(move.vega).toBeCloseTo(0.03, 12);
    const risk = Math.hypot(10 * move.delta, 0.001 * move.gamma, 30_000 * move.vega);
    expect(dailyRisk(exposure, move)).toBeCloseTo(risk, 6);
  });

  it('weighs the targets so that the penalty is risk squared over twice a tenth of the unhedged risk', () => {
    const risk = dailyRisk(exposure, move);
    const penalty = HEDGED.reduce(
      (sum, name, row) => sum + 0.5 * problem.weight![row] * exposure[name] ** 2,
      0,
    );
    expect(penalty).toBeCloseTo(risk ** 2 / (2 * 0.1 * risk), 6);
    expect(Array.from(problem.target!)).toEqual([0, 0, 0]);
  });

  it('takes five levels of depth, fee included, and ends short ladders with empty levels', () => {
    const option = 1;
    const { askSize, askCost, bidSize, bidCost } = problem.depth!;
    const levels = (column: ArrayLike<number>): number[] =>
      Array.from(column).slice(option * 5, option * 5 + 5);
    const { fee } = instruments[option];
    expect(instruments[option].name).toBe('BTC-27MAR26-60000-C');
    expect(levels(askSize)).toEqual([6, 12, 1, 0, 0]);
    expect(levels(askCost).map((cost) => Math.round(cost - fee))).toEqual([25, 75, 500, 500, 500]);
    expect(levels(bidSize)).toEqual([4, 10, 0, 0, 0]);
    expect(levels(bidCost).map((cost) => Math.round(cost - fee))).toEqual([25, 50, 50, 50, 50]);
    expect(problem.buyLimit[option]).toBe(19);
    expect(problem.sellLimit[option]).toBe(14);
  });
});

describe('the hedge', () => {
  const core = createSync();
  const chain = core.chain(input.expiries, 2);
  const held = [{ expiry: 0, strike: 60_000, type: 'call' as const, quantity: -12.34 }];
  const book = core.book(chain, held);
  chain.tick();
  const solve = (lots: boolean): HedgeResult =>
    solveHedge(core, book, market, input, 'BTC', dailyMove(50_000, 0.6), lots)!;

  it.each([true, false])('leaves the exposures that a book of both has; whole lots: %s', (lots) => {
    const hedge = solve(lots);
    const { trades, exposure } = hedge.solution;
    expect(Math.abs(hedge.proof.gap)).toBeLessThanOrEqual(1e-9);
    expect(trades.some((trade) => trade !== 0)).toBe(true);
    const after = core.book(chain, [
      ...held,
      ...hedge.instruments.map(({ position }, index) => ({ ...position, quantity: trades[index] })),
    ]);
    const expected = after.exposure({ underlying: 'BTC' });
    HEDGED.forEach((name, row) => {
      expect(exposure[row]).toBeCloseTo(expected[name], 8);
    });
    after.dispose();
    hedge.dispose();
  });

  it('trades whole lots at a price that the optimum bounds', () => {
    const hedge = solve(true);
    const { trades, objective } = hedge.solution;
    hedge.instruments.forEach(({ lot }, index) => {
      expect(lot).toBeGreaterThan(0);
      expect(trades[index] / lot).toBeCloseTo(Math.round(trades[index] / lot), 6);
    });
    expect(objective).toBeGreaterThan(hedge.proof.bound);
    expect(hedge.rounding).toBeCloseTo(objective - hedge.proof.objective, 12);
    expect(hedge.rounding).toBeLessThan(0.05 * hedge.proof.objective);
    hedge.dispose();
  });

  it('follows the market: to and fro, it ends where it began', () => {
    const hedge = solve(false);
    const before = Array.from(hedge.solution.exposure);
    const forwards = chain.forward.slice();
    chain.tick(forwards.map((forward) => forward * 1.001));
    hedge.follow();
    expect(Array.from(hedge.solution.exposure)).not.toEqual(before);
    chain.tick(forwards);
    hedge.follow();
    hedge.solution.exposure.forEach((value, row) => {
      expect(value).toBeCloseTo(before[row], 6);
    });
    hedge.dispose();
  });

  it('has nothing to trade for a book without risk', () => {
    const empty = core.book(chain, [{ ...held[0], quantity: 1e-300 }]);
    const hedge = solveHedge(core, empty, market, input, 'BTC', dailyMove(50_000, 0.6), true)!;
    expect(hedge.proof.status).toBe('optimal');
    expect(hedge.solution.trades.every((trade) => trade === 0)).toBe(true);
    hedge.dispose();
    empty.dispose();
  });
});
