import type { ExpirySpec, Position } from 'greekfire';
import {
  create,
  marginPresets,
  type FullCore,
  type MarginHedgeRequest,
  type MarginLimit,
  type MarginModel,
} from 'greekfire/full';
import { describe, expect, it } from 'vitest';

const core: FullCore = await create();

const specs: ExpirySpec[] = [
  {
    underlying: 'BTC',
    settlement: 'inverse',
    years: 14 / 365,
    forward: 60_000,
    strike: [45_000, 50_000, 60_000, 70_000, 80_000],
    volatility: [0.75, 0.65, 0.55, 0.58, 0.66],
  },
  {
    underlying: 'BTC',
    settlement: 'inverse',
    years: 70 / 365,
    forward: 60_600,
    strike: [40_000, 60_000, 90_000],
    volatility: [0.74, 0.6, 0.65],
  },
];
const chain = core.chain(specs, 2);
const positions: Position[] = [
  { expiry: 0, strike: 50_000, type: 'put', quantity: -20 },
  { expiry: 0, strike: 70_000, type: 'call', quantity: -15 },
  { expiry: 1, strike: 60_000, type: 'call', quantity: 4 },
];
const instruments: Position[] = [
  { kind: 'perpetual', underlying: 'BTC', quantity: 1 },
  ...specs.flatMap(({ strike }, expiry) =>
    Array.from(strike, (k) =>
      (['call', 'put'] as const).map((type): Position => ({ expiry, strike: k, type, quantity: 1 })),
    ).flat(),
  ),
];
const n = instruments.length;
const problem: MarginHedgeRequest['problem'] = {
  sellLimit: new Array<number>(n).fill(12),
  buyLimit: new Array<number>(n).fill(12),
  halfSpread: instruments.map((_, i) => (i === 0 ? 6 : 30 + 4 * i)),
};
const book = core.book(chain, positions);
const model = 'deribit-portfolio';
const account = core.margin(book, { model });

/** Figures of the book after trades, in a book and an account of their own. */
function after(trades: ArrayLike<number>) {
  const traded = instruments.map((position, i) => ({ ...position, quantity: trades[i] }));
  const own = core.book(chain, [...positions, ...traded]);
  const look = core.margin(own, { model });
  const figures = look.figures();
  look.dispose();
  own.dispose();
  return figures;
}

const before = account.figures();
const worstBefore = before.underlyings[0].worstLoss;
const limits: MarginLimit[] = [
  { worstLoss: 0.6 * worstBefore },
  { worstLoss: 0.1 * worstBefore },
  { worstLoss: 0 },
  { initial: 0.7 * before.initial },
  { initial: 0.2 * before.initial },
  { maintenance: 0.5 * before.maintenance },
];

describe('a hedge under a limit', () => {
  it.each(limits)('%o is kept by full revaluation, at no more than it takes', (limit) => {
    const [[name, most]] = Object.entries<number>({ ...limit });
    const hedge = account.hedge({ limit, instruments, problem });
    expect(hedge.status).toBe('optimal');
    expect(hedge.isKept).toBe(true);
    const figures = after(hedge.trades);
    const quantities = { worstLoss: figures.underlyings[0].worstLoss, ...figures } as Record<string, unknown>;
    const reached = quantities[name] as number;
    expect(reached).toBeLessThanOrEqual(most + 1e-6 * (1 + most));
    expect(hedge.after).toBeCloseTo(reached, 4);
    expect(Math.abs(hedge.difference)).toBeLessThan(1e-6 * (1 + most));
    // the limit is what costs: all of it is used
    expect(reached).toBeGreaterThan(most - 1e-4 * (1 + most));
    expect(hedge.before).toBeCloseTo(name === 'worstLoss' ? worstBefore : before[name as 'initial'], 4);
    expect(hedge.priceOfLimit).toBeGreaterThan(0);
  });

  it('costs what the problem with every scenario as a row costs', () => {
    const most = 0.3 * worstBefore;
    const scenarios = account.scenarios();
    const profitsOf = (position: Position): Float64Array => {
      const own = core.book(chain, [position]);
      const look = core.margin(own, { model });
      const profits = look.profits();
      look.dispose();
      own.dispose();
      return profits;
    };
    const counted = (profits: Float64Array): number[] =>
      Array.from(profits, (p, s) => -p / scenarios[s].edge);
    const m = scenarios.length;
    const whole = core.hedger({ instruments: n, exposures: m });
    whole.update({
      ...problem,
      sensitivity: instruments.flatMap((position) => counted(profitsOf(position))),
      exposure: counted(account.profits()),
      upper: scenarios.map(({ dampening, edge }) => most + dampening / edge),
    });
    const all = whole.solve();
    expect(all.status).toBe('optimal');
    const hedge = account.hedge({ limit: { worstLoss: most }, instruments, problem });
    expect(hedge.objective / all.objective).toBeCloseTo(1, 8);
    expect(hedge.cost).toBeGreaterThan(0);
  });

  it('is the cheapest of margins too: the price of the limit is the slope of the cost', () => {
    const most = 0.4 * before.initial;
    const costAt = (initial: number): number =>
      account.hedge({ limit: { initial }, instruments, problem }).objective;
    const { priceOfLimit, objective } = account.hedge({ limit: { initial: most }, instruments, problem });
    const step = 1e-3 * most;
    const slope = (costAt(most - step) - costAt(most + step)) / (2 * step);
    expect(priceOfLimit / slope).toBeGreaterThan(0.8);
    expect(priceOfLimit / slope).toBeLessThan(1.25);
    // convex: the tighter the limit the dearer
    expect(costAt(0.5 * most)).toBeGreaterThan(objective);
    expect(costAt(2 * most)).toBeLessThan(objective);
  });

  it('trades nothing where nothing is over the limit', () => {
    const hedge = account.hedge({ limit: { initial: 2 * before.initial }, instruments, problem });
    expect([...hedge.trades]).toEqual(new Array(n).fill(0));
    expect(hedge).toMatchObject({ cost: 0, isKept: true, rounds: 1 });
  });

  it('keeps targets and bands of exposures beside it', () => {
    const rows = [{ sensitivity: 'delta' }, { sensitivity: 'vega', scale: 0.01 }] as const;
    const banded = { ...problem, lower: [-0.05, -200], upper: [0.05, 200] };
    const limit = { maintenance: 0.5 * before.maintenance };
    const hedge = account.hedge({ limit, instruments, rows, problem: banded });
    expect(hedge.status).toBe('optimal');
    expect(hedge.exposure).toHaveLength(2);
    expect(Math.abs(hedge.exposure[0])).toBeLessThanOrEqual(0.05 + 1e-8);
    expect(Math.abs(hedge.exposure[1])).toBeLessThanOrEqual(200 + 1e-5);
    const traded = instruments.map((position, i) => ({ ...position, quantity: hedge.trades[i] }));
    const exposure = core.book(chain, [...positions, ...traded]).exposure();
    expect(exposure.delta).toBeCloseTo(hedge.exposure[0], 7);
    expect(exposure.vega / 100).toBeCloseTo(hedge.exposure[1], 5);
    expect(after(hedge.trades).maintenance).toBeLessThanOrEqual(limit.maintenance * (1 + 1e-6));
    const unlimited = core.hedger({ instruments: n, exposures: 2 });
    unlimited.bind({ book, instruments, rows });
    unlimited.update(banded);
    expect(unlimited.solve().objective).toBeLessThanOrEqual(hedge.objective + 1e-9);
  });

  it('says so where it cannot be kept', () => {
    const tight = {
      ...problem,
      sellLimit: new Array<number>(n).fill(0.1),
      buyLimit: new Array<number>(n).fill(0.1),
    };
    const hedge = account.hedge({ limit: { worstLoss: 0 }, instruments, problem: tight });
    expect(hedge).toMatchObject({ status: 'infeasible', isKept: false });
    expect(hedge.after).toBeGreaterThan(0);
  });

  it('stays within depth, its limit met through the ladder', () => {
    const depth = {
      bidSize: instruments.flatMap(() => [2, 20]),
      bidCost: instruments.flatMap(() => [10, 80]),
      askSize: instruments.flatMap(() => [2, 20]),
      askCost: instruments.flatMap(() => [10, 80]),
    };
    const { sellLimit, buyLimit } = problem;
    const hedge = account.hedge({
      limit: { initial: 0.3 * before.initial },
      instruments,
      problem: { sellLimit, buyLimit, depth },
    });
    expect(hedge.isKept).toBe(true);
    const cost = hedge.trades.reduce(
      (sum, x) => sum + 10 * Math.min(2, Math.abs(x)) + 80 * Math.max(0, Math.abs(x) - 2),
      0,
    );
    expect(hedge.cost).toBeCloseTo(cost, 5);
  });

  it('limits the sum over underlyings', () => {
    const two = core.chain([
      ...specs,
      { underlying: 'ETH', years: 0.1, forward: 3_000, strike: [2_500, 3_500], volatility: [0.8, 0.8] },
    ]);
    const both: Position[] = [
      ...positions,
      { expiry: 2, strike: 2_500, type: 'put', quantity: -150 },
      { expiry: 2, strike: 3_500, type: 'call', quantity: -150 },
    ];
    const more: Position[] = [
      ...instruments,
      { kind: 'perpetual', underlying: 'ETH', quantity: 1 },
      { expiry: 2, strike: 2_500, type: 'put', quantity: 1 },
      { expiry: 2, strike: 3_500, type: 'call', quantity: 1 },
    ];
    const limitsOf = {
      sellLimit: more.map(() => 100),
      buyLimit: more.map(() => 100),
      halfSpread: more.map((_, i) => 1 + i),
    };
    const whole = core.margin(core.book(two, both), { model });
    const start = whole.figures();
    const initial = 0.4 * start.initial;
    const hedge = whole.hedge({ limit: { initial }, instruments: more, problem: limitsOf });
    expect(hedge.isKept).toBe(true);
    const traded = more.map((position, i) => ({ ...position, quantity: hedge.trades[i] }));
    const figures = core.margin(core.book(two, [...both, ...traded]), { model }).figures();
    expect(figures.initial).toBeLessThanOrEqual(initial * (1 + 1e-6));
    expect(figures.initial).toBeGreaterThan(initial * (1 - 1e-3));
    const loss = whole.hedge({
      limit: { worstLoss: 0.2 * start.initial },
      instruments: more,
      problem: limitsOf,
    });
    expect(loss.isKept).toBe(true);
  });

  it('is exact where every scenario of an underlying profits: a margin is then what is added to the loss', () => {
    const both = ['A', 'B'].map((underlying): ExpirySpec => ({
      underlying,
      years: 0.1,
      forward: 100,
      strike: [100],
      volatility: [0.4],
    }));
    const own = core.chain(both, 2);
    // gamma, hedged: B in a place of its own loses
    const long = core.book(own, [
      { expiry: 0, strike: 100, type: 'call', quantity: 20 },
      { kind: 'perpetual', underlying: 'A', quantity: -11 },
      { kind: 'perpetual', underlying: 'B', quantity: 1 },
    ]);
    const { parameters, ...span } = marginPresets['span-16'];
    const all = (parameters as Record<string, object>)['*'];
    const steep = {
      ...span,
      parameters: {
        '*': {
          ...all,
          priceRange: 0.3,
          prices: [1, -1],
          volatilities: ['same'],
          rollLeast: 0.05,
          tail: undefined,
        },
      },
    } as unknown as MarginModel;
    const look = core.margin(long, { model: steep });
    const [a, b] = look.figures().underlyings;
    expect(a).toMatchObject({ worstLoss: 0, scenario: -1 });
    expect(a.rollShock).toBeGreaterThan(100);
    expect(b.worstLoss).toBeCloseTo(30, 9);
    for (const name of ['initial', 'maintenance'] as const) {
      const most = 0.4 * look.figures()[name];
      const hedge = look.hedge({
        limit: { [name]: most } as unknown as MarginLimit,
        instruments: [
          { kind: 'perpetual', underlying: 'A', quantity: 1 },
          { expiry: 0, strike: 100, type: 'call', quantity: 1 },
        ],
        problem: { sellLimit: [50, 50], buyLimit: [50, 50], halfSpread: [0.01, 0.2] },
      });
      expect(hedge).toMatchObject({ status: 'optimal', isKept: true });
      expect(hedge.before).toBeGreaterThan(2 * most);
      // the limit binds, and the cuts say there what full valuation says
      expect(hedge.after).toBeCloseTo(most, 4);
      expect(Math.abs(hedge.difference)).toBeLessThan(1e-4);
    }
    for (const object of [look, long, own]) object.dispose();
  });

  it('gives its memory back, also where it throws', () => {
    const inUse = core.bytesInUse;
    account.hedge({ limit: { initial: 0.5 * before.initial }, instruments, problem });
    expect(core.bytesInUse).toBe(inUse);
    const bad = { ...problem, halfSpread: instruments.map(() => -1) };
    expect(() => account.hedge({ limit: { initial: 1 }, instruments, problem: bad })).toThrow(
      new RangeError('problem.halfSpread[0] must be finite and not negative, got -1'),
    );
    expect(core.bytesInUse).toBe(inUse);
  });

  it('refuses requests that are none', () => {
    const ask = (request: object) => (): unknown =>
      account.hedge({ limit: { initial: 1 }, instruments, problem, ...request });
    expect(ask({ limit: {} })).toThrow(TypeError);
    expect(ask({ limit: { initial: 1, worstLoss: 1 } })).toThrow(TypeError);
    expect(ask({ limit: { initial: -1 } })).toThrow(
      new RangeError('request.limit.initial must not be negative, got -1'),
    );
    expect(ask({ limit: { worstLoss: NaN } })).toThrow(
      new RangeError('request.limit.worstLoss must be finite, got NaN'),
    );
    expect(ask({ instruments: [] })).toThrow(RangeError);
    expect(ask({ instruments: [{ expiry: 0, strike: 1, type: 'put', quantity: 1 }] })).toThrow(
      'request.instruments[0].strike must be one of expiry 0, got 1',
    );
    expect(ask({ cuts: 65 })).toThrow(new RangeError('request.cuts must be an integer in [1, 64], got 65'));
    expect(ask({ problem: { ...problem, target: [1] } })).toThrow(
      new RangeError('request.problem.target must have 0 elements, got 1'),
    );
    const positionModel = core.margin(book, { model: 'deribit-standard' });
    expect(() => positionModel.hedge({ limit: { initial: 1 }, instruments, problem })).toThrow(
      new RangeError("model 'deribit-standard' has no scenarios that a hedge could keep within"),
    );
  });
});
