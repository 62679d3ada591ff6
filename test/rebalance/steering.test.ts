import type { Book, Chain, HedgeDepth } from 'greekfire';
import { createSync } from 'greekfire/full';
import {
  rebalancer,
  solverPolicy,
  type Forecast,
  type Forecaster,
  type Intent,
  type Rebalancer,
  type RebalancerOptions,
  type Tradable,
  type Transfer,
  type Venue,
} from 'greekfire/rebalance';
import { describe, expect, test } from 'vitest';

const core = createSync();
const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;
const T0 = Date.UTC(2026, 0, 16, 8);
const SPOT = 50_000;

const makeChain = (): Chain<2> =>
  core.chain(
    [30, 60].map((days) => ({
      underlying: 'BTC',
      years: days / 365,
      forward: SPOT,
      strike: [45_000, 50_000, 55_000],
      volatility: [0.55, 0.5, 0.52],
    })),
    2,
  );

const perpetual = (more: Partial<Tradable> = {}): Tradable => ({
  name: 'perpetual',
  position: { kind: 'perpetual', underlying: 'BTC', quantity: 1 },
  quote: { price: 0.0001, size: 100 },
  ...more,
});
const option = (expiry: number, strike: number): Tradable => ({
  name: `call ${strike}`,
  position: { expiry, strike, type: 'call', quantity: 1 },
  quote: { volatility: 0.005, size: 100 },
});

interface Made {
  readonly loop: Rebalancer;
  readonly book: Book<2>;
  readonly chain: Chain<2>;
}

/** A desk whose aversion to risk is next to none unless told: what it does, its intents and forecasts do. */
function make(
  {
    intents,
    forecast,
    riskAversion = 1e-12,
    ...more
  }: Partial<RebalancerOptions> & {
    intents?: readonly Intent[];
    forecast?: 'terms' | 'targets';
    riskAversion?: number;
  },
  positions: Parameters<typeof core.book>[1] = [],
): Made {
  const chain = makeChain();
  const book = core.book(chain, positions);
  const policy = solverPolicy({
    riskAversion,
    horizon: 24 * HOUR,
    risk: { volatility: 0.5, volatilityOfVolatility: 0.8 },
    ...(intents && { intents }),
    ...(forecast && { forecast }),
  });
  const loop = rebalancer({ core, chain, book, policy, instruments: [perpetual()], instant: T0, ...more });
  return { loop, book, chain };
}

describe('intents', () => {
  test.each([0, 0.3, 1, 5, 50])('urgency %f: the band narrows as Almgren and Chriss have it', (urgency) => {
    const hours = 10;
    const { loop } = make({
      intents: [{ sensitivity: 'delta', target: -5, by: T0 + hours * HOUR, urgency, hold: true }],
    });
    // taken up at the first tick, an hour after the start: the gap is that of then
    for (let hour = 1; hour <= hours + 3; hour++) {
      const step = loop.step({ instant: T0 + hour * HOUR, forward: SPOT })!;
      const left = Math.max(0, 1 - hour / hours);
      const remaining = urgency === 0 ? left : Math.sinh(urgency * left) / Math.sinh(urgency);
      // half-spreads and risk keep it at the edge of the band
      expect(step.exposure.delta).toBeCloseTo(-5 + 5 * remaining, 7);
    }
    expect(loop.counts.conflicts + loop.counts.unproved).toBe(0);
  });

  test('one that does not hold ends at the first tick when it is due', () => {
    const { loop } = make({
      intents: [{ sensitivity: 'delta', target: 5, by: T0 + HOUR, urgency: 1, tolerance: 0.25 }],
      riskAversion: 1e-3,
    });
    expect(loop.step({ instant: T0 + 2 * HOUR, forward: SPOT })!.exposure.delta).toBeCloseTo(4.75, 7);
    // risk is dear: the delta goes, but for what is not worth its spread
    expect(loop.step({ instant: T0 + 3 * HOUR, forward: SPOT })!.exposure.delta).toBeLessThan(1);
  });

  test('reaches a Greek of one expiry, beside others', () => {
    const { loop, book } = make(
      {
        instruments: [perpetual(), option(0, 50_000), option(1, 50_000)],
        intents: [
          { sensitivity: 'vega', expiry: 1, target: 0, by: T0 + 4 * HOUR, urgency: 2 },
          { sensitivity: 'delta', target: 0, by: T0 + 4 * HOUR, urgency: 2, tolerance: 0.5 },
        ],
      },
      [{ expiry: 1, strike: 55_000, type: 'put', quantity: -20 }],
    );
    const before = book.exposureByExpiry().vega[1];
    expect(before).toBeLessThan(-1000);
    for (let hour = 1; hour <= 4; hour++)
      loop.step({ instant: T0 + hour * HOUR, forward: SPOT * (1 + hour / 100) });
    const after = book.exposureByExpiry();
    expect(Math.abs(after.vega[1])).toBeLessThan(1e-6 * Math.abs(before));
    expect(Math.abs(book.exposure().delta)).toBeLessThan(0.5 + 1e-6);
    // the other expiry was not asked for
    expect(Math.abs(after.vega[0])).toBeLessThan(1e-6);
  });

  test('what order books do not hold comes as close as it can, and is counted', () => {
    const { loop } = make({
      instruments: [perpetual({ quote: { price: 0.0001, size: 3 } })],
      intents: [{ sensitivity: 'delta', target: 8, by: T0 + HOUR, urgency: 0, hold: true }],
    });
    const deltas = [1, 2, 3].map(
      (hour) => loop.step({ instant: T0 + hour * HOUR, forward: SPOT })!.exposure.delta,
    );
    expect(deltas[0]).toBeCloseTo(3, 7);
    expect(deltas[1]).toBeCloseTo(6, 7);
    expect(deltas[2]).toBeCloseTo(8, 7);
    expect(loop.counts.conflicts).toBe(2);
  });
});

class Fixed implements Forecaster {
  readonly returns: number[] = [];
  constructor(readonly told: Forecast) {}
  update(change: number, years: number): void {
    this.returns.push(change, years);
  }
  forecast(): Forecast {
    return this.told;
  }
}

describe('forecasts', () => {
  const hold = (24 * HOUR) / YEAR;
  const riskAversion = 1e-6;
  const variance = 0.25 * SPOT * SPOT * hold;

  test('a drift trades to where its gain, the cost and the risk are even', () => {
    const forecaster = new Fixed({ drift: 0.6, volatility: 0.5, confidence: 0.7 });
    const { loop } = make({ forecaster, riskAversion });
    const { exposure } = loop.step({ instant: T0 + HOUR, forward: SPOT })!;
    // minimise riskAversion variance e^2 / 2 + halfSpread |e| - gain e
    const gain = 0.7 * 0.6 * SPOT * hold;
    expect(exposure.delta).toBeCloseTo((gain - 0.0001 * SPOT) / (riskAversion * variance), 6);
    expect(exposure.delta).toBeGreaterThan(1);
    loop.step({ instant: T0 + 2 * HOUR, forward: SPOT * 1.01 });
    expect(forecaster.returns[0]).toBe(0);
    expect(forecaster.returns[2]).toBeCloseTo(Math.log(1.01), 14);
    expect(forecaster.returns[3]).toBeCloseTo(HOUR / YEAR, 18);
  });

  test('as a target it is the same before costs', () => {
    const forecaster = new Fixed({ drift: -0.6, volatility: 0.5, confidence: 1 });
    const { loop } = make({
      forecaster,
      forecast: 'targets',
      riskAversion,
      instruments: [perpetual({ quote: { price: 0, size: 100 } })],
    });
    const { exposure } = loop.step({ instant: T0 + HOUR, forward: SPOT })!;
    expect(exposure.delta).toBeCloseTo(-0.6 / (riskAversion * 0.25 * SPOT), 6);
  });

  test('volatility that is to rise is bought, and sold where it is to fall; without confidence nothing is done', () => {
    const vegaAt = (volatility: number, volatilityMove: number, confidence: number): number => {
      const { loop } = make({
        forecaster: new Fixed({ drift: 0, volatility, volatilityMove, confidence }),
        riskAversion: 1e-7,
        instruments: [perpetual(), option(0, 50_000)],
      });
      return loop.step({ instant: T0 + HOUR, forward: SPOT })!.exposure.vega;
    };
    expect(vegaAt(0.5, 0.05, 1)).toBeGreaterThan(100);
    expect(vegaAt(0.5, -0.05, 1)).toBeLessThan(-100);
    // implied is 0.5: realised at 1.2 pays more in gamma than theta takes, even over a day
    expect(vegaAt(1.2, 0, 1)).toBeGreaterThan(100);
    expect(vegaAt(1.2, 0.05, 0)).toBe(0);
  });
});

/** Cost of taking `size` from a ladder. */
function costOf(size: number, sizes: readonly number[], costs: readonly number[], fee: number): number {
  let left = size;
  let cost = 0;
  for (const [level, depth] of sizes.entries()) {
    const taken = Math.min(left, depth);
    cost += taken * (costs[level] + fee);
    left -= taken;
  }
  return left > 1e-9 ? Infinity : cost;
}

describe('venues', () => {
  const margin = 0.1;
  const fees = [0.0002, 0.0005];
  const sizes = [
    [4, 6],
    [5, 9],
  ];
  const costs = [
    [5, 30],
    [2, 12],
  ];
  const instruments = fees.map((taker, venue) =>
    perpetual({ name: `venue ${venue}`, venue, fee: { taker } }),
  );
  const depth: HedgeDepth = {
    bidSize: sizes.flat(),
    bidCost: costs.flat(),
    askSize: sizes.flat(),
    askCost: costs.flat(),
  };
  const venuesOf = (equity: readonly number[]): Venue[] =>
    equity.map((value, v) => ({
      name: `venue ${v}`,
      equity: value,
      scenarios: [{ move: margin }, { move: -margin }],
    }));

  /** Sells `size` in one step. */
  function sell(size: number, equity: readonly number[], transfers: readonly Transfer[]) {
    const { loop } = make({
      instruments,
      levels: 2,
      venues: venuesOf(equity),
      transfers,
      intents: [{ sensitivity: 'delta', target: -size, by: T0 + HOUR, urgency: 0, hold: true }],
    });
    const step = structuredClone(loop.step({ instant: T0 + HOUR, forward: SPOT, depth })!);
    return { loop, step, holding: loop.holding };
  }

  /** The exact optimum: every split on a grid that has all kinks, with the least transfers that the margins need. */
  function bruteForce(size: number, equity: readonly number[], transfers: readonly Transfer[]): number {
    const grid = 0.005;
    let best = Infinity;
    for (let c = 0; c <= Math.round(size / grid); c++) {
      const split = [c * grid, size - c * grid];
      const trade = split.reduce((sum, x, v) => sum + costOf(x, sizes[v], costs[v], fees[v] * SPOT), 0);
      const short = split.map((x, v) => x * SPOT * margin - equity[v]);
      let moved = 0;
      let fails = short[0] > 1e-6 && short[1] > 1e-6;
      for (const [v, need] of short.entries()) {
        if (need <= 1e-6) continue;
        const way = transfers.find(({ to }) => to === v);
        if (!way || need > way.limit + 1e-6) fails = true;
        else {
          const cost = way.cost ?? 0;
          moved += need * cost;
          if (need * (1 + cost) > -short[1 - v] + 1e-6) fails = true;
        }
      }
      if (!fails) best = Math.min(best, trade + moved);
    }
    return best;
  }

  const both = (limit: number, cost: number): Transfer[] => [
    { from: 0, to: 1, limit, cost },
    { from: 1, to: 0, limit, cost },
  ];

  test.each([
    { name: 'rich venues', size: 10, equity: [1e6, 1e6], transfers: [] },
    { name: 'deeper than one', size: 20, equity: [1e6, 1e6], transfers: [] },
    { name: 'the cheap one poor', size: 10, equity: [15_000, 1e6], transfers: [] },
    { name: 'a transfer that pays', size: 10, equity: [15_000, 1e6], transfers: both(1e6, 0.0002) },
    { name: 'a transfer that costs too much', size: 10, equity: [15_000, 1e6], transfers: both(1e6, 0.01) },
    { name: 'a transfer that is bounded', size: 10, equity: [15_000, 1e6], transfers: both(2_500, 0.0002) },
    { name: 'a transfer that must be', size: 12, equity: [55_000, 10_000], transfers: both(50_000, 0.001) },
  ])('$name: the split is the cheapest', ({ size, equity, transfers }) => {
    const { step, loop, holding } = sell(size, equity, transfers);
    expect(loop.counts.conflicts + loop.counts.unproved).toBe(0);
    expect(step.exposure.delta).toBeCloseTo(-size, 6);
    // on the grid lie all kinks of these problems: the two are the same but for the solver's tolerance
    expect(Math.abs(step.cost / bruteForce(size, equity, transfers) - 1)).toBeLessThan(1e-6);
    holding.forEach((held, v) => {
      const loss = Math.abs(held) * SPOT * margin;
      // costs of the trade come off the equity after it
      expect(loop.venueEquity[v] + step.cost).toBeGreaterThan(loss * (1 - 1e-7));
    });
  });

  test('a transfer limit binds, and its price falls with it', () => {
    const at = (limit: number) => sell(10, [15_000, 1e6], both(limit, 0));
    const [none, some, more] = [0, 2_500, 5_000].map(at);
    // every 5,000 of equity bears one more unit on the cheap venue
    expect(some.holding[0]).toBeCloseTo(none.holding[0] - 0.5, 6);
    expect(more.holding[0]).toBeCloseTo(none.holding[0] - 1, 6);
    expect(some.step.cost).toBeLessThan(none.step.cost);
    expect(more.step.cost).toBeLessThan(some.step.cost);
    const drawn = some.loop.venueEquity;
    expect(drawn[0] + drawn[1]).toBeCloseTo(15_000 + 1e6 - some.step.cost, 4);
  });

  test('what no venue can margin is not traded, and counted', () => {
    const { step, loop, holding } = sell(10, [10_000, 15_000], both(0, 0));
    expect(loop.counts.conflicts).toBe(1);
    expect(step.exposure.delta).toBeGreaterThan(-10);
    expect(Math.abs(holding[0])).toBeLessThanOrEqual(10);
  });

  test('equity of the venues follows holdings, funding and costs', () => {
    const { loop } = sell(10, [1e6, 1e6], []);
    const before = loop.venueEquity;
    const held = loop.holding;
    const step = loop.step({ instant: T0 + 25 * HOUR, forward: SPOT + 400, depth, fundingRate: 0.1 })!;
    const paid = (SPOT * 0.1 * 24 * HOUR) / YEAR;
    expect(step.trades).toBe(0);
    loop.venueEquity.forEach((equity, v) => {
      expect(equity).toBeCloseTo(before[v] + held[v] * (400 - paid), 6);
    });
    expect(loop.venueEquity.reduce((sum, x) => sum + x, 0) - 2e6).toBeCloseTo(loop.totals.profit, 6);
  });

  test('goes on from a saved state to the bit', () => {
    const start = (): Rebalancer =>
      make({
        instruments,
        levels: 2,
        venues: venuesOf([40_000, 40_000]),
        transfers: both(3_000, 0.0002),
        intents: [{ sensitivity: 'delta', target: -9, by: T0 + 8 * HOUR, urgency: 2, hold: true }],
      }).loop;
    const tick = (hour: number) => ({ instant: T0 + hour * HOUR, forward: SPOT * (1 + 0.002 * hour), depth });
    const [whole, first, second] = [start(), start(), start()];
    for (let hour = 1; hour <= 4; hour++) {
      whole.step(tick(hour));
      first.step(tick(hour));
    }
    second.restore(JSON.parse(JSON.stringify(first.save())) as ReturnType<Rebalancer['save']>);
    for (let hour = 5; hour <= 9; hour++) {
      expect(structuredClone(second.step(tick(hour)))).toEqual(structuredClone(whole.step(tick(hour))));
      expect(second.venueEquity).toEqual(whole.venueEquity);
    }
  });
});

describe('hostile input', () => {
  const intent: Intent = { sensitivity: 'delta', target: 0, by: T0 + HOUR, urgency: 1 };
  const venue: Venue = { name: 'A', equity: 1, scenarios: [{ move: 0.1 }] };
  const on = [perpetual({ venue: 0 }), perpetual({ venue: 1 })];
  const two = [venue, venue];
  const cases: [Parameters<typeof make>[0], string][] = [
    [{ intents: [intent, { ...intent, target: NaN }] }, 'action.intents[1].target must be finite, got NaN'],
    [
      { intents: [{ ...intent, by: T0 }] },
      `policy.action.intents[0].by must be after the start, ${T0}, got ${T0}`,
    ],
    [{ intents: [{ ...intent, by: Infinity }] }, 'action.intents[0].by must be finite, got Infinity'],
    [{ intents: [{ ...intent, urgency: -1 }] }, 'action.intents[0].urgency must be in [0, 100], got -1'],
    [{ intents: [{ ...intent, urgency: 101 }] }, 'action.intents[0].urgency must be in [0, 100], got 101'],
    [{ intents: [{ ...intent, tolerance: -2 }] }, 'action.intents[0].tolerance must not be negative, got -2'],
    [{ intents: [{ ...intent, expiry: 7 }] }, 'policy.action.intents[0].expiry'],
    [{ intents: [{ ...intent, underlying: 'XYZ' }] }, 'policy.action.intents[0].underlying'],
    [
      { venues: [{ ...venue, equity: -3 }], instruments: on },
      'options.venues[0].equity must not be negative, got -3',
    ],
    [
      { venues: [venue], instruments: [perpetual()] },
      'options.venues[0] has no instrument: none has venue 0',
    ],
    [
      { venues: [{ ...venue, scenarios: [] }], instruments: on },
      'options.venues[0].scenarios.length must be an integer in [1, 64], got 0',
    ],
    [
      { venues: [{ ...venue, scenarios: [{ move: -1 }] }], instruments: on },
      'options.venues[0].scenarios[0].move must be above -1, got -1',
    ],
    [
      { venues: [venue], instruments: on },
      'options.instruments[1].venue must be an integer in [0, 0], got 1',
    ],
    [
      { venues: two, instruments: on, transfers: [{ from: 0, to: 1, limit: -5 }] },
      'options.transfers[0].limit must not be negative, got -5',
    ],
    [
      { venues: two, instruments: on, transfers: [{ from: 1, to: 1, limit: 5 }] },
      'options.transfers[0].to must be another venue than from, got 1',
    ],
    [
      { venues: two, instruments: on, transfers: [{ from: 0, to: 2, limit: 5 }] },
      'options.transfers[0].to must be an integer in [0, 1], got 2',
    ],
  ];
  test.each(cases)('%#', (options, message) => {
    expect(() => make(options)).toThrow(message);
  });

  test('a venue without depth is not traded', () => {
    const { loop } = make({
      instruments: [perpetual({ venue: 0 }), perpetual({ venue: 1, quote: { price: 0, size: 0 } })],
      venues: [
        { ...venue, equity: 1e6 },
        { ...venue, equity: 1e6 },
      ],
      intents: [{ ...intent, target: 2 }],
    });
    loop.step({ instant: T0 + HOUR, forward: SPOT });
    expect(loop.holding[0]).toBeCloseTo(2, 7);
    expect(loop.holding[1]).toBe(0);
    expect(loop.counts.missingDepth).toBe(1);
  });

  test('a forecast that is none is refused at the step', () => {
    const { loop } = make({ forecaster: new Fixed({ drift: NaN, volatility: 0.5, confidence: 1 }) });
    expect(() => loop.step({ instant: T0 + HOUR, forward: SPOT })).toThrow(
      'forecast.drift must be finite, got NaN',
    );
  });
});
