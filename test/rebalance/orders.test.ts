import { createSync } from 'greekfire/full';
import {
  fixedInterval,
  rebalancer,
  solverPolicy,
  type MarketTick,
  type Policy,
  type Rebalancer,
  type Tradable,
  unhedged,
  whalleyWilmott,
} from 'greekfire/rebalance';
import { afterAll, describe, expect, test } from 'vitest';
import { REPLAY_STEP, REPLAY_STEPS, replayDesk } from '../../example/replay.js';

const core = createSync();
const DAY = 86_400_000;
const HOUR = DAY / 24;
const T0 = Date.UTC(2026, 0, 16, 8);
const FEE = { taker: 0.001, maker: -0.0001 };
const opened: { dispose(): void }[] = [];

afterAll(() => {
  for (const one of opened) one.dispose();
});

interface Scene {
  policy: Policy;
  quantity?: number;
  instruments?: readonly Tradable[];
  levels?: number;
}

const perpetual: Tradable = {
  name: 'perpetual',
  position: { kind: 'perpetual', underlying: 'BTC', quantity: 1 },
  fee: FEE,
};

/** A desk that is short 5 of the perpetual at 50,000, and may trade it. */
function make({ policy, quantity = -5, instruments = [perpetual], levels = 1 }: Scene): Rebalancer {
  const expiry = { underlying: 'BTC', years: 30 / 365, forward: 50_000, strike: [50_000], volatility: [0.5] };
  const chain = core.chain([expiry], 2);
  const book = core.book(chain, [{ kind: 'perpetual', underlying: 'BTC', quantity }]);
  chain.tick();
  const loop = rebalancer({ core, chain, book, policy, instruments, levels, instant: T0 });
  opened.unshift(loop, book, chain);
  return loop;
}

const rest = (policy: Policy, patience: number): Policy => ({
  ...policy,
  execution: { kind: 'rest', patience },
});

/** A tick with one level of 9 units, 10 beyond the mark on either side. */
const at = (seconds: number, forward: number, depth = {}): MarketTick => ({
  instant: T0 + 1000 * seconds,
  forward,
  depth: { bidSize: [9], bidCost: [10], askSize: [9], askCost: [10], ...depth },
});

describe('a resting order', () => {
  test('joins the best bid, and is filled at its price where the ask comes to it', () => {
    const loop = make({ policy: rest(fixedInterval(1), HOUR) });
    const first = loop.step(at(1, 50_000))!;
    expect([first.trades, first.resting, first.cost]).toEqual([0, 1, 0]);
    expect([...loop.orders.quantity, ...loop.orders.price]).toEqual([5, 49_990]);
    // the ask is 49,995, above it: the order is placed anew at the bid
    loop.step(at(2, 49_985));
    expect([...loop.orders.price]).toEqual([49_975]);
    const { equity } = loop.last;
    const step = loop.step(at(3, 49_965))!;
    expect([step.trades, step.passive, step.resting]).toEqual([1, 1, 0]);
    expect(step.spread).toBe(5 * 10);
    expect(step.fees).toBeCloseTo(-0.0001 * 49_965 * 5, 9);
    expect(step.cost).toBe(step.spread + step.fees);
    expect(step.exposure.delta).toBe(0);
    // short 5 from 49,985 to 49,965, and 5 bought at 49,975 that are marked at 49,965
    expect(step.equity - equity).toBeCloseTo(5 * 20 - 5 * 10 - step.fees, 6);
    expect(loop.totals).toMatchObject({ trades: 1, passive: 1, rebalances: 1 });
  });

  test('sells at the ask, and where the bid goes through it', () => {
    const loop = make({ policy: rest(fixedInterval(1), HOUR), quantity: 5 });
    loop.step(at(1, 50_000));
    expect([...loop.orders.quantity, ...loop.orders.price]).toEqual([-5, 50_010]);
    const step = loop.step(at(2, 50_100))!;
    expect([step.passive, step.spread, step.exposure.delta]).toEqual([1, 5 * 10, 0]);
    // the bid came to 50,010 with the mark 10 above: from there on the sale has lost 80 a unit, the 5 held gained 100
    expect(step.explained.total).toBeCloseTo(5 * 100 - 5 * 80, 6);
  });

  test('gives way to a trade when its side has been wanted for the patience', () => {
    const loop = make({ policy: rest(fixedInterval(1), 2000) });
    for (const second of [1, 2]) expect(loop.step(at(second, 50_000 + second))!.trades).toBe(0);
    const step = loop.step(at(3, 50_010))!;
    expect([step.trades, step.passive, step.resting]).toEqual([1, 0, 0]);
    expect(step.spread).toBe(5 * 10);
    expect(step.fees).toBeCloseTo(0.001 * 50_010 * 5, 9);
  });

  test('waits anew where the other side is wanted', () => {
    const loop = make({ policy: rest(fixedInterval(1), 2000), quantity: 0.5 });
    const other = (quantity: number): void => {
      loop.restore({ ...loop.save(), sizes: [quantity, 0] });
    };
    loop.step(at(1, 50_000));
    other(-0.5);
    loop.step(at(2, 50_000));
    expect([...loop.orders.quantity]).toEqual([0.5]);
    expect(loop.step(at(3, 50_000))!.trades).toBe(0);
    expect(loop.step(at(4, 50_000))!.trades).toBe(1);
  });

  test('stays at its price between decisions', () => {
    const policy: Policy = {
      ...fixedInterval(1),
      triggers: [{ kind: 'move', relative: 0.01 }],
      execution: { kind: 'rest', patience: 3000 },
    };
    const stand = (): Rebalancer => {
      const loop = make({ policy });
      loop.step(at(1, 51_000));
      expect(loop.step(at(2, 50_995))).toMatchObject({ trigger: 0, resting: 1 });
      expect([...loop.orders.price]).toEqual([50_985]);
      return loop;
    };
    const filled = stand();
    expect(filled.step(at(3, 50_400))).toMatchObject({ trigger: -1, passive: 1, spread: 5 * 10 });
    const taken = stand();
    // inside the move since the start, but not through the order
    taken.restore({ ...taken.save(), lastTrade: { instant: T0, spot: 50_990 } });
    expect(taken.step(at(3, 50_990))).toMatchObject({ trigger: -1, trades: 0, resting: 1 });
    expect([...taken.orders.price]).toEqual([50_985]);
    expect(taken.step(at(4, 50_990))).toMatchObject({ trigger: -1, trades: 1, passive: 0, spread: 50 });
  });

  test('is not filled by a book without an ask, and is not placed where there is no bid to join', () => {
    const loop = make({ policy: rest(fixedInterval(1), HOUR) });
    loop.step(at(1, 50_000));
    expect(loop.step(at(2, 40_000, { askSize: [0] }))).toMatchObject({ trades: 0, resting: 1 });
    expect(loop.step(at(3, 40_000, { bidSize: [0] }))).toMatchObject({ trades: 1, passive: 0 });
  });

  test('is withdrawn where its instrument is over, or a crossed book tells nothing', () => {
    const option: Tradable = {
      name: 'call',
      position: { expiry: 0, strike: 50_000, type: 'call', quantity: 1 },
    };
    const policy: Policy = rest(
      {
        name: 'delta by the call',
        triggers: [{ kind: 'time', every: 1 }],
        action: { kind: 'greek-by-greek', steps: [{ sensitivity: 'delta', instrument: 1 }] },
      },
      HOUR,
    );
    const loop = make({ policy, instruments: [perpetual, option] });
    const depth = { bidSize: [9, 9], bidCost: [10, 5], askSize: [9, 9], askCost: [10, 5] };
    loop.step(at(1, 50_000, depth));
    expect(loop.orders.quantity[1]).toBeGreaterThan(5);
    const crossed = { ...depth, askCost: [10, -900] };
    expect(loop.step(at(2, 50_000, crossed))).toMatchObject({ passive: 0 });
    loop.step(at(3, 50_000, depth));
    expect(loop.orders.quantity[1]).toBeGreaterThan(5);
    expect(loop.step(at(31 * 86_400, 30_000, depth))).toMatchObject({ passive: 0, resting: 0 });
    expect([...loop.holding]).toEqual([0, 0]);
  });

  test('is no larger than the limit of a trade', () => {
    const loop = make({ policy: rest(fixedInterval(1), HOUR), instruments: [{ ...perpetual, limit: 2 }] });
    loop.step(at(1, 50_000));
    expect([...loop.orders.quantity]).toEqual([2]);
    expect(loop.step(at(2, 49_000))!.exposure.delta).toBe(-3);
  });

  test('is saved, and resumed to the bit', () => {
    const [whole, first, second] = [0, 1, 2].map(() => make({ policy: rest(fixedInterval(1), HOUR) }));
    for (const loop of [whole, first]) loop.step(at(1, 50_000));
    second.restore(JSON.parse(JSON.stringify(first.save())) as ReturnType<Rebalancer['save']>);
    expect(second.step(at(2, 49_900))).toEqual(whole.step(at(2, 49_900)));
    expect(second.last.passive).toBe(1);
  });
});

test('without patience orders are trades, to the bit', () => {
  const run = (policy: Policy): unknown[] => {
    const desk = replayDesk(core, 'heston', 'sticky-delta', 5, 0);
    const { chain, instruments, market } = desk;
    const book = desk.book();
    const loop = rebalancer({ core, chain, book, policy, instruments, levels: 3, instant: market.instant });
    const steps = Array.from({ length: REPLAY_STEPS }, () => {
      market.next(REPLAY_STEP);
      return structuredClone(loop.step({ instant: market.instant }));
    });
    opened.unshift(loop, book, desk);
    return steps;
  };
  const policy = solverPolicy({ riskAversion: 1e-5, horizon: 3 * DAY, risk: { volatility: 0.5 } });
  expect(run(rest(policy, 0))).toEqual(run(policy));
  const resting = run(rest(policy, REPLAY_STEP)) as { passive: number; trades: number }[];
  expect(resting.some(({ passive }) => passive > 0)).toBe(true);
  expect(resting.some(({ passive, trades }) => trades > passive)).toBe(true);
});

test('an execution that is none is named', () => {
  const bad = (execution: object): (() => Rebalancer) =>
    make.bind(undefined, { policy: { ...fixedInterval(1), execution } as Policy });
  expect(bad({ kind: 'peg' })).toThrow(/policy\.execution\.kind must be 'take' or 'rest', got 'peg'/);
  expect(bad({ kind: 'rest', patience: NaN })).toThrow(/policy\.execution\.patience must .*got NaN/);
  expect(
    make.bind(undefined, {
      policy: fixedInterval(1),
      instruments: [{ ...perpetual, fee: { taker: 0, maker: NaN } }],
    }),
  ).toThrow(/options\.instruments\[0\]\.fee\.maker must be finite, got NaN/);
});

test('funding until the horizon moves the hedge from the perpetual to the future', () => {
  const future: Tradable = {
    name: 'future',
    position: { kind: 'future', expiry: 0, quantity: 1 },
    fee: { taker: 0.001 },
  };
  const policy = solverPolicy({ riskAversion: 1, horizon: 10 * DAY, risk: { volatility: 0.5 } });
  const held = (fundingRate: number): number[] => {
    const loop = make({ policy, instruments: [perpetual, future] });
    // the future costs 20 more a unit to trade
    const depth = { bidSize: [9, 9], bidCost: [10, 30], askSize: [9, 9], askCost: [10, 30] };
    loop.step({ instant: T0 + 1000, forward: 50_000, depth, fundingRate });
    return [...loop.holding].map((units) => Math.round(units * 1e3) / 1e3);
  };
  // 20 are a funding of 50,000 x 10/365 x r, r = 1.46 %
  expect(held(0.0145)).toEqual([5, 0]);
  expect(held(0.0147)).toEqual([0, 5]);
  // longs are paid enough for both trades: buying one and selling the other is worth its costs
  expect(held(-0.2)[0]).toBeGreaterThan(5);
});

describe('where the nearest expiry ends', () => {
  const days = (count: number) => count / 365;
  const forward = [100_000, 101_000];
  const spec = (years: number, price: number) => ({
    underlying: 'BTC',
    years,
    forward: price,
    strike: [100_000],
    volatility: [0.5],
  });
  const start = (options: Partial<Parameters<typeof rebalancer>[0]>): Rebalancer => {
    const chain = core.chain([spec(days(1), forward[0]), spec(days(30), forward[1])], 2);
    chain.tick();
    const book = core.book(chain, [{ kind: 'perpetual', underlying: 'BTC', quantity: 5 }]);
    const instruments = [{ ...perpetual, fee: { taker: 0 }, quote: { price: 0.00005, size: 50 } }];
    const policy = unhedged();
    const loop = rebalancer({ core, chain, book, policy, instruments, instant: T0, ...options });
    opened.unshift(loop, book, chain);
    return loop;
  };
  const before = { instant: T0 + DAY - HOUR, forward };
  const after = { instant: T0 + DAY + HOUR, forward };

  test('an order on the perpetual is not filled by the basis', () => {
    const loop = start({ policy: rest(fixedInterval(1), 10 * DAY) });
    loop.step(before);
    expect([...loop.orders.price]).toEqual([100_005]);
    const step = loop.step(after)!;
    expect([step.passive, step.profit]).toEqual([0, 0]);
    expect(loop.orders.price[0]).toBeCloseTo(101_000 * 1.00005, 6);
  });

  test('a venue makes what the account makes, and a forecaster sees no return', () => {
    const returns: number[] = [];
    const forecaster = {
      update: (change: number) => void returns.push(change),
      forecast: () => ({ drift: 0, volatility: 0.5, confidence: 0 }),
    };
    const loop = start({
      forecaster,
      policy: solverPolicy({ riskAversion: 1, horizon: DAY, risk: { volatility: 0.5 } }),
      instruments: [{ ...perpetual, fee: { taker: 0 }, venue: 0, quote: { price: 0.00005, size: 50 } }],
      venues: [{ name: 'a', equity: 1e6, scenarios: [{ move: -0.1 }, { move: 0.1 }] }],
    });
    loop.step(before);
    const [equity] = loop.venueEquity;
    expect(loop.holding[0]).toBeLessThan(-4);
    const step = loop.step(after)!;
    expect(step.profit + step.cost).toBeCloseTo(0, 6);
    expect(loop.venueEquity[0] + step.cost).toBeCloseTo(equity, 6);
    expect(returns).toEqual([0, 0]);
  });

  test('options that end within the horizon are closed, those of the book as well, and not opened', () => {
    const option = (strike: number, quantity: number) =>
      ({ expiry: 0, strike, type: 'call', quantity }) as const;
    const bought = (quantity: number, horizon: number): number => {
      const chain = core.chain(
        [{ ...spec(days(2), 100_000), strike: [99_000, 100_000], volatility: [0.5, 0.5] }],
        2,
      );
      chain.tick();
      const book = core.book(chain, [
        option(99_000, -10),
        ...(quantity === 0 ? [] : [option(100_000, quantity)]),
      ]);
      const instruments: Tradable[] = [
        { ...perpetual, quote: { price: 0.00005, size: 50 } },
        { name: 'call', position: option(100_000, 1), quote: { volatility: 1e-6, size: 50 } },
      ];
      const policy = solverPolicy({ riskAversion: 1, horizon, risk: { volatility: 0.5 } });
      const loop = rebalancer({ core, chain, book, policy, instruments, instant: T0 });
      loop.step({ instant: T0 + 1000, forward: 100_000 });
      opened.unshift(loop, book, chain);
      return loop.holding[1];
    };
    expect(bought(0, DAY)).toBeGreaterThan(5);
    expect(bought(0, 3 * DAY)).toBe(0);
    expect(bought(-4, 3 * DAY)).toBeCloseTo(4, 6);
  });
});

test('an ask that is missing leaves the band as wide as the bid makes it', () => {
  const loop = make({ policy: whalleyWilmott(1e-9), quantity: 0.5 });
  const depth = { askCost: [NaN] };
  // without gamma the band is nothing; with a call it is wide
  const chain = core.chain(
    [{ underlying: 'BTC', years: 30 / 365, forward: 50_000, strike: [50_000], volatility: [0.5] }],
    2,
  );
  chain.tick();
  const book = core.book(chain, [{ expiry: 0, strike: 50_000, type: 'call', quantity: 1 }]);
  const wide = rebalancer({
    core,
    chain,
    book,
    policy: whalleyWilmott(1e-9),
    instruments: [perpetual],
    instant: T0,
  });
  opened.unshift(wide, book, chain);
  expect(wide.step(at(1, 50_000))!.trades).toBe(0);
  expect(wide.step(at(2, 50_000, depth))!.trades).toBe(0);
  expect(loop.step(at(1, 50_000, depth))!.trades).toBe(1);
});

test('a limit of nothing lets no order rest', () => {
  const loop = make({ policy: rest(fixedInterval(1), HOUR), instruments: [{ ...perpetual, limit: 0 }] });
  expect(loop.step(at(1, 50_000))).toMatchObject({ resting: 0, trades: 0, unfilled: 5 });
});

test('nobody bids nothing or less: an option is not sold, and no order to buy it rests below 0', () => {
  const call: Tradable = {
    name: 'call',
    position: { expiry: 0, strike: 50_000, type: 'call', quantity: 1 },
    fee: { taker: 0 },
    // wider than the option is worth
    quote: { price: 0.5, size: 50 },
  };
  const byCall = (execution: Policy['execution']): Policy => ({
    name: 'delta by the call',
    triggers: [{ kind: 'always' }],
    action: { kind: 'greek-by-greek', steps: [{ sensitivity: 'delta', instrument: 1 }] },
    ...(execution && { execution }),
  });
  const sold = make({ policy: byCall(undefined), quantity: 5, instruments: [perpetual, call] });
  const tick = { instant: T0 + 1000, forward: 50_000 };
  expect(sold.step(tick)).toMatchObject({ trades: 0 });
  const bids = make({ policy: byCall({ kind: 'rest', patience: HOUR }), instruments: [perpetual, call] });
  expect(bids.step(tick)).toMatchObject({ resting: 0, trades: 1 });
});
