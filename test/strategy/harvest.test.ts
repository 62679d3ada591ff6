import type { Position } from 'greekfire';
import { create, type MarginModel, marginPresets } from 'greekfire/full';
import { type HarvestBand, type HarvestProblem, harvestTheta } from 'greekfire/strategy';
import { describe, expect, it } from 'vitest';
import { specsOf, STRIKES } from './market.js';

const core = await create();
const chain = core.chain(specsOf('linear'), 2);
const held: Position[] = [
  { expiry: 1, strike: 90, type: 'put', quantity: 5 },
  { kind: 'perpetual', underlying: 'X', quantity: -2 },
];

const instruments: Position[] = [
  { kind: 'perpetual', underlying: 'X', quantity: 1 },
  ...[0, 1].flatMap((expiry) =>
    STRIKES.slice(1, -1).flatMap((strike) =>
      (['call', 'put'] as const).map((type): Position => ({ expiry, strike, type, quantity: 1 })),
    ),
  ),
];
const n = instruments.length;
const DAY = 1 / 365;

const scenarios = {
  spot: [-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3],
  volatility: [-0.15, 0, 0.25],
  time: [0, 7 * DAY],
};
const problem: HarvestProblem = {
  instruments,
  sellLimit: new Float64Array(n).fill(10),
  buyLimit: new Float64Array(n).fill(10),
  halfSpread: Float64Array.from(instruments, ({ kind }) => (kind === 'perpetual' ? 0.005 : 0.03)),
  bands: [
    { sensitivity: 'delta', lower: -0.5, upper: 0.5 },
    { sensitivity: 'vega', scale: 0.01, lower: -0.5, upper: 0.5 },
    { sensitivity: 'gamma', lower: -0.4, upper: Infinity },
  ],
  scenarios,
  worstLoss: 40,
};

const standard: MarginModel = {
  ...(marginPresets['deribit-standard'] as MarginModel & { rule: 'position' }),
  name: 'by position',
  parameters: { X: (marginPresets['deribit-standard'] as MarginModel & { rule: 'position' }).parameters.BTC },
};

const positionsAfter = (trades: Float64Array): Position[] => [
  ...held,
  ...instruments.map((position, i) => ({ ...position, quantity: trades[i] })),
];

describe('theta harvest', () => {
  const book = core.book(chain, held);

  it('collects inside bands and scenarios, as the traded book itself says', () => {
    const harvest = harvestTheta(core, chain, book, problem);
    expect(harvest.status).toBe('optimal');
    expect(Math.abs(harvest.gap)).toBeLessThanOrEqual(1e-8);
    expect(harvest.theta.after).toBeGreaterThan(harvest.theta.before);
    // the exposures of a book that holds the trades
    using after = core.book(chain, positionsAfter(harvest.trades));
    const exposure = after.exposure();
    expect(harvest.theta.after).toBeCloseTo(exposure.theta * DAY, 9);
    expect(harvest.exposures.map((each) => each.after)).toEqual([
      expect.closeTo(exposure.delta, 9),
      expect.closeTo(exposure.vega * 0.01, 9),
      expect.closeTo(exposure.gamma, 9),
    ]);
    expect(Math.abs(exposure.delta)).toBeLessThanOrEqual(0.5 + 1e-7);
    expect(Math.abs(exposure.vega * 0.01)).toBeLessThanOrEqual(0.5 + 1e-7);
    expect(exposure.gamma).toBeGreaterThanOrEqual(-0.4 - 1e-7);
    // full revaluation of the book that holds the trades, scenario by scenario, by the chain's own kernel
    let worst = 0;
    const base = exposure.price;
    const moved = core.chain(specsOf('linear'), 2);
    using there = core.book(moved, positionsAfter(harvest.trades));
    let s = 0;
    for (const time of scenarios.time) {
      moved.setYears([0.1 - time, 0.35 - time]);
      for (const shift of scenarios.volatility) {
        moved.volatility.set(chain.volatility.map((value) => Math.max(0, value + shift)));
        for (const spot of scenarios.spot) {
          moved.tick([100 * (1 + spot), 101 * (1 + spot)]);
          const linear = (harvest.trades[0] - 2) * 100 * spot;
          const profit = there.exposure().price - base + linear;
          expect(harvest.scenarioProfit[s]).toBeCloseTo(profit, 7);
          worst = Math.max(worst, -profit);
          s += 1;
        }
      }
    }
    moved.dispose();
    expect(s).toBe(harvest.scenarioProfit.length);
    expect(harvest.worstLoss!.after).toBeCloseTo(worst, 7);
    expect(worst).toBeLessThanOrEqual(40 * (1 + 1e-7));
    expect(harvest.thetaPerWorstLoss.after).toBeCloseTo((exposure.theta * DAY) / worst, 9);
    // what it costs and gains
    const spread = harvest.trades.reduce(
      (sum, trade, i) => sum + Math.abs(trade) * (problem.halfSpread as Float64Array)[i],
      0,
    );
    expect(harvest.cost).toBeCloseTo(spread, 9);
    expect(harvest.objective).toBeCloseTo(harvest.cost - 7 * harvest.collected, 8);
    expect(harvest.paybackDays).toBeCloseTo(harvest.cost / harvest.collected, 9);
  });

  it('collects more where a limit is wider, by about its price', () => {
    const narrow = harvestTheta(core, chain, book, problem);
    expect(narrow.worstLoss!.price).toBeGreaterThan(0);
    const wide = harvestTheta(core, chain, book, { ...problem, worstLoss: 40.01 });
    const gained = narrow.objective - wide.objective;
    expect(gained).toBeGreaterThan(0);
    expect(gained / 0.01).toBeCloseTo(narrow.worstLoss!.price, 3);
    const [delta] = narrow.exposures;
    expect(delta.price).toBeGreaterThanOrEqual(0);
  });

  it('keeps margins and worst loss together, as the traded book itself says', () => {
    using margined = core.margin(book, { model: 'span-16' });
    const now = margined.figures();
    const free = harvestTheta(core, chain, book, { ...problem, margin: { model: 'span-16' } });
    expect(free.margin!.model).toBe('span-16');
    expect(free.margin!.initial.before).toBeCloseTo(now.initial, 9);
    expect(free.margin!.initial.price).toBe(0);
    const most = 0.8 * free.margin!.initial.after;
    const margin = { model: 'span-16', initial: most } as const;
    const harvest = harvestTheta(core, chain, book, { ...problem, margin });
    expect(harvest.status).toBe('optimal');
    expect(harvest.rounds).toBeGreaterThan(1);
    // the limit binds: by the margin of a book that holds the trades
    using after = core.book(chain, positionsAfter(harvest.trades));
    using account = core.margin(after, { model: 'span-16' });
    const figures = account.figures();
    expect(harvest.margin!.initial.after).toBeCloseTo(figures.initial, 7);
    expect(harvest.margin!.maintenance.after).toBeCloseTo(figures.maintenance, 7);
    expect(figures.initial).toBeLessThanOrEqual(most * (1 + 1e-7));
    expect(figures.initial).toBeGreaterThan(most * (1 - 1e-6));
    expect(harvest.worstLoss!.after).toBeLessThanOrEqual(40 * (1 + 1e-7));
    expect(harvest.thetaPerMargin.before).toBeCloseTo(harvest.theta.before / now.initial, 12);
    expect(harvest.thetaPerMargin.after).toBeCloseTo((after.exposure().theta * DAY) / figures.initial, 9);
    // no better than without it, by its price at the margin
    expect(harvest.objective).toBeGreaterThan(free.objective);
    const step = 1e-4 * most;
    const wide = harvestTheta(core, chain, book, { ...problem, margin: { ...margin, initial: most + step } });
    expect((harvest.objective - wide.objective) / step).toBeCloseTo(harvest.margin!.initial.price, 3);
    // maintenance is 1 x initial in this model: the same limit by another name
    const other = { model: 'span-16', maintenance: most } as const;
    expect(harvestTheta(core, chain, book, { ...problem, margin: other }).objective).toBeCloseTo(
      harvest.objective,
      6,
    );
  });

  it('finds the scenarios that bind among more than a hedger has rows', () => {
    const spot = Float64Array.from({ length: 601 }, (_, i) => -0.3 + i / 1000);
    const fine = { spot, volatility: [-0.15, 0, 0.25] };
    const harvest = harvestTheta(core, chain, book, { ...problem, scenarios: fine });
    expect(harvest.status).toBe('optimal');
    expect(harvest.scenarioProfit).toHaveLength(1803);
    using after = core.book(chain, positionsAfter(harvest.trades));
    using scan = after.scan(fine);
    expect(scan.worst().loss).toBeCloseTo(harvest.worstLoss!.after, 7);
    expect(scan.worst().loss).toBeCloseTo(40, 5);
    scan.profit.forEach((profit, s) => {
      if (Math.abs(profit - harvest.scenarioProfit[s]) > 1e-7) expect.fail(`scenario ${s}`);
    });
  });

  it('says which limits cannot be met together', () => {
    const harvest = harvestTheta(core, chain, book, {
      ...problem,
      bands: [{ sensitivity: 'gamma', lower: -Infinity, upper: -2 }],
      margin: { model: 'span-16', initial: 0 },
    });
    expect(harvest.status).toBe('infeasible');
    expect(harvest.conflict).toContain('margin.initial');
  });

  it('trades no more instruments than it may, for no more than all together collect', () => {
    const best = harvestTheta(core, chain, book, problem);
    const count = (trades: Float64Array): number => trades.filter((trade) => trade !== 0).length;
    const few = harvestTheta(core, chain, book, problem, { maxInstruments: 6 });
    expect(count(best.trades)).toBeGreaterThan(6);
    expect(few.status).toBe('restricted');
    expect(count(few.trades)).toBeLessThanOrEqual(6);
    expect(few.objective).toBeGreaterThanOrEqual(best.objective - 1e-6);
    expect(few.worstLoss!.after).toBeLessThanOrEqual(40 * (1 + 1e-7));
  });

  it('trades nothing where costs eat what is collected', () => {
    const dear = { ...problem, halfSpread: new Float64Array(n).fill(50) };
    const loose = { ...dear, bands: [], worstLoss: 1e6 };
    const harvest = harvestTheta(core, chain, book, loose);
    expect(harvest.trades.every((trade) => trade === 0)).toBe(true);
    expect(harvest.collected).toBe(0);
    expect(harvest.cost).toBe(0);
  });

  it('counts carry', () => {
    const carry = new Float64Array(n);
    // a perpetual whose funding pays its shorts 36.5 a year, far more than it costs to trade
    carry[0] = -36.5;
    const { trades, collected } = harvestTheta(core, chain, book, {
      instruments: instruments.slice(0, 1),
      sellLimit: [10],
      buyLimit: [10],
      halfSpread: [0.005],
      carry: carry.slice(0, 1),
      bands: [{ sensitivity: 'delta', lower: -6 }],
    });
    using alone = core.book(chain, held);
    const { delta } = alone.exposure();
    expect(trades[0]).toBeCloseTo(-6 - delta, 6);
    expect(collected).toBeCloseTo(-trades[0] * 0.1, 9);
  });

  it('names the limits that cannot be met together', () => {
    const harvest = harvestTheta(core, chain, book, {
      ...problem,
      bands: [
        { sensitivity: 'gamma', lower: 1e3 },
        { sensitivity: 'delta', lower: -0.5, upper: 0.5 },
      ],
    });
    expect(harvest.status).toBe('infeasible');
    expect(harvest.conflict).toContain('bands[0] (gamma)');
  });

  it('leaves no memory behind, whatever happens', () => {
    const before = core.bytesInUse;
    harvestTheta(core, chain, book, problem);
    const wrong: [Partial<HarvestProblem>, RegExp][] = [
      [{ instruments: [] }, /problem.instruments must not be empty/],
      [
        { instruments: [{ expiry: 0, strike: 1, type: 'call', quantity: 1 }] },
        /instruments\[0\].strike .* got 1/,
      ],
      [{ sellLimit: [1] }, /sellLimit/],
      [{ days: 0 }, /problem.days must be above 0, got 0/],
      [{ worstLoss: -1 }, /problem.worstLoss must not be negative, got -1/],
      [{ bands: [{ sensitivity: 'delta', lower: 1, upper: 0 }] }, /problem.bands\[0\].lower .* 1 > 0/],
      [{ bands: [{ sensitivity: 'delta', lower: NaN }] }, /problem.bands\[0\].lower .* NaN/],
      [{ bands: [{ sensitivity: 'speed' }] }, /bands\[0\].sensitivity must be/],
      [{ carry: [1] }, /problem.carry must have/],
      [{ scenarios: { spot: [-2] } }, /spot/],
      [{ margin: { model: 'reg-t' } }, /future or perpetual: model 'reg-t' has no rule/],
      [{ margin: { model: standard } }, /model 'by position' has no scenarios/],
      [{ margin: { model: 'deribit-portfolio' } }, /model 'deribit-portfolio' has no parameters for 'X'/],
      [{ margin: { model: 'span-16', initial: -1 } }, /problem.margin.initial must not be negative, got -1/],
      [
        { bands: new Array<HarvestBand>(251).fill({ sensitivity: 'delta' }) },
        /problem.bands.length .* got 251/,
      ],
    ];
    for (const [change, message] of wrong) {
      expect(() => harvestTheta(core, chain, book, { ...problem, ...change })).toThrow(message);
    }
    expect(() => {
      harvestTheta(core, chain, book, { instruments, sellLimit: [], buyLimit: [], worstLoss: 1 });
    }).toThrow(/problem.scenarios must be given/);
    expect(core.bytesInUse).toBe(before);
  });
});
