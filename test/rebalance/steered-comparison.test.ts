import { createSync, type FullCore } from 'greekfire/full';
import {
  forecaster,
  type ForecastModel,
  policyComparison,
  rebalancer,
  simulatedComparison,
  type SimulatedComparisonOptions,
  simulatedPath,
  solverPolicy,
  unhedged,
  type ComparisonState,
  type ImpliedRealisedState,
  type Policy,
  type PriceModel,
  type RealisedModel,
  type Tradable,
} from 'greekfire/rebalance';
import { describe, expect, test } from 'vitest';

const core = createSync();
const DAY = 86_400_000;
const SPOT = 100_000;
const strike = [85_000, 90_000, 95_000, 100_000, 105_000, 110_000, 115_000];
const expiries = [14, 42].map((days) => ({
  underlying: 'BTC',
  years: days / 365,
  forward: SPOT,
  strike,
  volatility: strike.map(() => 0.5),
}));
const perpetual = (venue: number | undefined, taker: number): Tradable => ({
  name: `perpetual at ${taker}`,
  position: { kind: 'perpetual', underlying: 'BTC', quantity: 1 },
  fee: { taker },
  quote: { price: 0.00005, size: 4 },
  ...(venue !== undefined && { venue }),
});
const straddle: Tradable = {
  name: 'call at the money',
  position: { expiry: 1, strike: 100_000, type: 'call', quantity: 1 },
  fee: { taker: 0.0003, cap: 0.125 },
  quote: { volatility: 0.005, price: 0.00005, size: 10 },
};
const scenarios = [{ move: 0.1 }, { move: -0.1 }];
const risk = { volatility: 0.5, volatilityOfVolatility: 0.8 };
const solver = (riskAversion: number, forecast: 'terms' | 'targets' = 'terms'): Policy => ({
  ...solverPolicy({ riskAversion, horizon: 3 * DAY, risk, forecast }),
  name: `solver ${riskAversion} ${forecast}`,
});
const policies = [unhedged(), solver(1e-5), solver(1e-4), solver(1e-4, 'targets')];

const market: SimulatedComparisonOptions['market'] = {
  expiries,
  positions: [
    { expiry: 0, strike: 95_000, type: 'put', quantity: -10 },
    { expiry: 0, strike: 105_000, type: 'call', quantity: -10 },
  ],
  instruments: [0.0002, 0.0005].map((taker) => perpetual(undefined, taker)).concat(straddle),
  spot: SPOT,
  model: { kind: 'heston', volatility: 0.5, reversion: 4, volatilityOfVariance: 1.2, correlation: -0.3 },
  smile: { skew: -0.25, curvature: 0.9 },
  seed: 3,
  instant: Date.UTC(2026, 0, 16, 8),
  step: DAY / 4,
  steps: 20,
  levels: 2,
  cash: 1e6,
};
const venues: Partial<SimulatedComparisonOptions['market']> = {
  instruments: [perpetual(0, 0.0002), perpetual(1, 0.0005), straddle],
  venues: [
    { name: 'cheap', equity: 6_000, scenarios },
    { name: 'rich', equity: 400_000, scenarios },
  ],
  transfers: [{ from: 1, to: 0, limit: 2_000, cost: 0.0002 }],
};
const models: Record<string, ForecastModel> = {
  ewma: { kind: 'ewma', lambda: 0.9, volatility: 0.7 },
  // days are enough for a fit within the path
  har: { kind: 'har', windows: [1, 2, 3], days: 40 },
  'implied-realised': { kind: 'implied-realised', realised: { kind: 'ewma', lambda: 0.9 } },
};
/** Days of much and of little, which a regression can tell. */
const clustered: PriceModel = { kind: 'regimes', volatility: [0.2, 1.5], leaving: 30, returning: 60 };
const steered: [string, Partial<SimulatedComparisonOptions['market']>][] = [
  ...Object.entries(models).map(([kind, forecast]): [string, Partial<typeof market>] => [
    `a forecaster, ${kind}`,
    kind === 'har' ? { forecast, model: clustered, step: DAY / 8, steps: 320 } : { forecast },
  ]),
  ['venues', venues],
  ['venues and a forecaster', { ...venues, forecast: models['implied-realised'] }],
];

const make = (change: Partial<typeof market> = {}, own: FullCore = core, chosen = policies) =>
  simulatedComparison(own, { policies: chosen, paths: 2, market: { ...market, ...change } });

function outcomesOf(change: Partial<typeof market>, chosen = policies): readonly number[] {
  const comparison = make(change, core, chosen);
  while (comparison.step());
  const { outcomes } = comparison.save();
  comparison.dispose();
  return outcomes;
}

describe.each(steered)('a comparison with %s', (_, change) => {
  const whole = make(change);
  let steps = 0;
  do steps++;
  while (whole.step());
  const state = whole.save();
  whole.dispose();

  test('steers the solver, and nothing else', () => {
    const { model, step, steps } = { ...market, ...change };
    const plain = outcomesOf({ model, step, steps });
    const wide = state.outcomes.length / 2 / policies.length;
    expect(state.outcomes.slice(0, wide)).toEqual(plain.slice(0, wide));
    // by more than a rounding
    const changes = state.outcomes.slice(2 * wide, 4 * wide).map((own, i) => own / plain[2 * wide + i] - 1);
    expect(Math.max(...changes.filter(Number.isFinite).map(Math.abs))).toBeGreaterThan(1e-3);
  });

  test('goes on after a crash to the same bits, and gives its memory back', () => {
    for (const at of [1, Math.floor(steps / 3), steps - 2]) {
      const fresh = createSync();
      const before = fresh.bytesInUse;
      const broken = make(change);
      for (let s = 0; s < at; s++) broken.step();
      const text = JSON.stringify(broken.save());
      broken.dispose();
      const resumed = make(change, fresh);
      resumed.restore(JSON.parse(text) as ComparisonState);
      expect(JSON.stringify(resumed.save())).toBe(text);
      while (resumed.step());
      expect(resumed.save()).toEqual(state);
      resumed.dispose();
      expect(fresh.bytesInUse).toBe(before);
    }
  });

  test('gives each policy what is its own: none depends on those beside it', () => {
    const wide = state.outcomes.length / 2 / policies.length;
    policies.forEach((policy, p) => {
      const alone = outcomesOf(change, [policy]);
      for (const path of [0, 1]) {
        const place = (path * policies.length + p) * wide;
        expect(alone.slice(path * wide, (path + 1) * wide)).toEqual(
          state.outcomes.slice(place, place + wide),
        );
      }
    });
  });

  test('does as a rebalancer with the same does', () => {
    const path = simulatedPath({ ...market, ...change, core, stream: 1 });
    const book = path.book();
    const policy = policies[1];
    const own = path.forecaster?.(policy);
    const { chain, instruments, instant, cash, levels } = path;
    const loop = rebalancer({
      core,
      chain,
      book,
      policy,
      instruments,
      instant,
      levels: levels!,
      cash: cash!,
      ...(path.venues && { venues: path.venues, transfers: path.transfers! }),
      ...(own && { forecaster: own }),
    });
    for (let tick = path.next(); tick !== undefined; tick = path.next()) loop.step(tick);
    const wide = state.outcomes.length / 2 / policies.length;
    const place = (policies.length + 1) * wide;
    const { profit, cost, trades } = loop.totals;
    expect(state.outcomes.slice(place, place + 3)).toEqual([profit, cost, trades]);
    loop.dispose();
    own?.dispose?.();
    book.dispose();
    path.dispose();
  });
});

test('a liquidation is played where it is asked for', () => {
  const short = { ...market, cash: 150_000 };
  const lossesOf = (liquidation: object): readonly number[] => {
    const comparison = simulatedComparison(core, {
      policies: [unhedged()],
      paths: 8,
      market: short,
      margin: 'deribit-portfolio',
      ...liquidation,
    });
    while (comparison.step());
    const { policies: figures } = comparison.report();
    comparison.dispose();
    return [figures[0].liquidations.value, figures[0].cost.value];
  };
  const [counted, free] = lossesOf({});
  expect([counted > 0, free]).toEqual([true, 0]);
  const [played, cost] = lossesOf({ liquidation: { fee: 0.005 } });
  expect(played).toBeGreaterThan(0);
  expect(cost).toBeGreaterThan(0);
});

test('a state without a forecaster is none of a comparison with one', () => {
  const plain = make();
  for (let s = 0; s < 5; s++) plain.step();
  const other = make({ forecast: models.ewma });
  const before = core.bytesInUse;
  expect(() => {
    other.restore(plain.save());
  }).toThrow(/state must be an array/);
  expect(core.bytesInUse).toBe(before);
  plain.dispose();
  other.dispose();
});

test('a path that fails as it begins gives its forecasters back', () => {
  const before = core.bytesInUse;
  const comparison = policyComparison({
    core,
    policies,
    paths: 2,
    path: () => ({
      ...simulatedPath({ ...market, core, forecast: { kind: 'har' } }),
      venues: [{ name: 'nowhere', equity: 1, scenarios }],
    }),
  });
  expect(() => comparison.step()).toThrow(/options\.venues\[0\] has no instrument/);
  comparison.dispose();
  expect(core.bytesInUse).toBe(before);
});

describe('a forecaster by its model', () => {
  const chainOf = (specs: readonly [days: number, forward: number, volatility: readonly number[]][]) =>
    core.chain(
      specs.map(([days, forward, volatility]) => ({
        years: days / 365,
        forward,
        strike: [90, 110, 130].slice(0, volatility.length),
        volatility,
      })),
      2,
    );
  const impliedOf = (specs: Parameters<typeof chainOf>[0]): number | null => {
    const chain = chainOf(specs);
    const own = forecaster(core, { kind: 'implied-realised' }, chain);
    own.update(0.01, 1 / 365);
    const { implied } = own.save!() as ImpliedRealisedState;
    chain.dispose();
    return implied;
  };

  test('reads volatility at the money over 30 days off the chain', () => {
    // linear in strike, then total variance linear in time
    expect(impliedOf([[30, 100, [0.4, 0.6, 9]]])).toBeCloseTo(0.5, 14);
    expect(impliedOf([[30, 125, [0.4, 0.6, 0.7]]])).toBeCloseTo(0.675, 14);
    const between = Math.sqrt((0.5 ** 2 * 20 + (0.7 ** 2 * 60 - 0.5 ** 2 * 20) / 4) / 30);
    const near: [number, number, number[]] = [20, 100, [0.4, 0.6]];
    const far: [number, number, number[]] = [60, 110, [0.1, 0.7]];
    expect(impliedOf([near, far])).toBeCloseTo(between, 14);
    expect(impliedOf([far, near])).toBeCloseTo(between, 14);
    expect(impliedOf([[5, 1, [0.3, 9]], near])).toBeCloseTo(0.5, 14);
    expect(impliedOf([[5, 1, [0.3, 9]]])).toBeCloseTo(0.3, 14);
    expect(impliedOf([[90, 140, [9, 0.3]], far])).toBeCloseTo(0.7, 14);
    expect(impliedOf([[90, 140, [9, 0.3]]])).toBeCloseTo(0.3, 14);
    // an expiry that is over, or without a mark there, is left out
    expect(impliedOf([[0, 100, [9, 9]], near, [40, 100, [NaN, 0.5]]])).toBeCloseTo(0.5, 14);
    expect(impliedOf([[40, 100, [NaN, NaN]]])).toBeNull();
  });

  test('has learnt from the prices of its past', () => {
    const chain = chainOf([[30, 100, [0.5, 0.5]]]);
    const prices = Array.from({ length: 400 }, (_, i) => 100 + ((i * i) % 7) * (i % 40 < 20 ? 1 : 0.1));
    const history = { prices, years: 1 / 365 };
    const other = (realised: RealisedModel): ForecastModel => ({ kind: 'implied-realised', realised });
    for (const model of [{ kind: 'ewma' } as const, { kind: 'har', days: 300 } as const]) {
      const own = forecaster(core, { ...model, history }, chain);
      const fed = forecaster(core, model, chain);
      for (let i = 1; i < prices.length; i++) {
        fed.update(core.abi.forecastReturn(prices[i - 1], prices[i]), 1 / 365);
      }
      expect(own.forecast(0.1).confidence).toBeGreaterThan(0);
      expect(own.save!()).toEqual(fed.save!());
      const implied = forecaster(core, other({ ...model, history }), chain);
      expect(implied.forecast(0.1)).toEqual(own.forecast(0.1));
      for (const one of [own, fed, implied]) one.dispose?.();
    }
    chain.dispose();
  });

  test('expects a volatility above its usual premium to fall', () => {
    const chain = chainOf([[30, 100, [0.5, 0.5]]]);
    const own = forecaster(core, { kind: 'implied-realised', reversion: 6 }, chain);
    for (let day = 0; day < 200; day++) own.update(0.01 * (day % 2 === 0 ? 1 : -1), 1 / 365);
    chain.volatility.fill(0.8);
    chain.tick();
    own.update(0.01, 1 / 365);
    expect(own.forecast(1 / 12).volatilityMove).toBeLessThan(-0.05);
    chain.dispose();
    expect(() => {
      own.update(0.01, 1 / 365);
    }).toThrow(/disposed/);
  });

  test('names what is wrong', () => {
    const chain = chainOf([[30, 100, [0.5, 0.5]]]);
    const before = core.bytesInUse;
    const refuse = (model: object, message: RegExp): void => {
      expect(() => forecaster(core, model as ForecastModel, chain)).toThrow(message);
    };
    refuse({ kind: 'garch' }, /model\.kind must be .* got 'garch'/);
    refuse({ kind: 'ewma', lambda: 2 }, /options\.lambda .* 2/);
    refuse({ kind: 'ewma', history: { prices: [1, 0], years: 1 } }, /model\.history\.prices\[1\] .* 0/);
    refuse({ kind: 'har', history: { prices: [1, 2], years: 0 } }, /model\.history\.years .* 0/);
    refuse({ kind: 'implied-realised', realised: { kind: 'x' } }, /model\.realised\.kind must be .* got 'x'/);
    refuse(
      { kind: 'implied-realised', realised: { kind: 'har' }, reversion: -1 },
      /options\.reversion .* -1/,
    );
    expect(core.bytesInUse).toBe(before);
    expect(() => simulatedComparison(core, { policies, paths: 2 } as never)).toThrow(/options\.market/);
    expect(() => make({ stream: -1 })).toThrow(/options\.market\.stream .* -1/);
    chain.dispose();
  });
});
