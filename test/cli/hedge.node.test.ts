import { chainInput, hedgeInstruments, readChain } from 'greekfire/deribit';
import { describe, expect, it } from 'vitest';
import { dailyMove, dailyRisk, HEDGED, hedgeProblem } from '../../cli/hedge.js';
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
