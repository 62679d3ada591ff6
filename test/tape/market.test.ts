import fc from 'fast-check';
import { DisposedError } from 'greekfire';
import { type TradeEvent, tradeTape } from 'greekfire/deribit';
import { createSync, type FullCore } from 'greekfire/full';
import type { TapeMarket } from 'greekfire/rebalance';
import {
  deltaBand,
  type MarketTick,
  rebalancer,
  tapeChain,
  tapeMarket,
  type TapeChain,
  type TapeMarketOptions,
} from 'greekfire/rebalance';
import { beforeAll, describe, expect, it } from 'vitest';
import { randomOf, type SampleTrade, START, tapeOf } from './samples.js';

const core: FullCore = createSync();
const CARRY = 0.08;
const YEAR = 31_536_000_000;
const EXPIRIES = [
  { label: '30JAN26', instant: Date.UTC(2026, 0, 30, 8), strikes: [85_000, 90_000, 95_000] },
  { label: '27MAR26', instant: Date.UTC(2026, 2, 27, 8), strikes: [80_000, 90_000, 100_000] },
];

/** Trades of a market whose index wanders, whose carry is constant, whose strikes have their own volatilities. */
function marketTrades(
  count: number,
  seed = 3,
): { trades: SampleTrade[]; traded: number[]; marked: number[] } {
  const random = randomOf(seed);
  let index = 90_000;
  const drawn = Array.from({ length: count }, (_, i) => {
    index *= 1 + 0.0005 * (random() - 0.5);
    const expiry = EXPIRIES[i % 2];
    const strike = expiry.strikes[Math.floor(3 * random())];
    // per cent with two decimals, as the exchange rounds: what the tape says is then what the price is of
    const iv = Math.round(100 * (40 + 20 * Math.abs(strike / 90_000 - 1) * 5 + 2 * (random() - 0.5))) / 100;
    const at = 30 * Math.floor(i / 2) + 30;
    return { at, expiry, strike, iv, markIv: iv + 0.5 * (random() - 0.5), index, isCall: random() < 0.5 };
  });
  const column = <T>(of: (draw: (typeof drawn)[number]) => T): T[] => drawn.map(of);
  const years = column(({ expiry, at }) => (expiry.instant - START - 1000 * at) / YEAR);
  const common = {
    settlement: 'inverse' as const,
    type: column(({ isCall }) => (isCall ? ('call' as const) : ('put' as const))),
    forward: drawn.map(({ index: spot }, i) => spot * (1 + CARRY * years[i])),
    strike: column(({ strike }) => strike),
    years,
  };
  const { price } = core.evaluate({ ...common, volatility: column(({ iv }) => iv / 100) });
  const { price: mark } = core.evaluate({ ...common, volatility: column(({ markIv }) => markIv / 100) });
  const trades = drawn.map(({ at, expiry, strike, iv, index: spot, isCall }, i): SampleTrade => {
    const name = `BTC-${expiry.label}-${strike}-${isCall ? 'C' : 'P'}`;
    return { id: 1000 + i, at, name, price: price[i], mark: mark[i], iv, index: spot };
  });
  return { trades, traded: column(({ iv }) => iv / 100), marked: column(({ markIv }) => markIv / 100) };
}

const sample = marketTrades(200);
const text = tapeOf(sample.trades);
let seen: TapeChain;

beforeAll(async () => {
  seen = await tapeChain(core, tradeTape(text));
});

function marketOf(
  source: string | string[],
  options: Partial<TapeMarketOptions> = {},
  window = 60_000,
): TapeMarket {
  const { instant, expiries, carry } = seen;
  return tapeMarket(core, tradeTape(source, { window }), {
    chain: core.chain(expiries, 2),
    instant,
    carry,
    ...options,
  });
}

async function ticksOf(market: TapeMarket, every?: number): Promise<MarketTick[]> {
  const ticks: MarketTick[] = [];
  for await (const tick of market.ticks(every)) ticks.push(tick);
  return ticks;
}

describe('the chain of a tape', () => {
  it('has what trades, at the first volatility and the carry that the trades imply', () => {
    expect(seen.instant).toBe(START + 30_000);
    expect(seen.expiries.map(({ label }) => label)).toEqual(EXPIRIES.map(({ label }) => label));
    seen.expiries.forEach(({ strike, volatility }, e) => {
      expect(strike).toEqual(EXPIRIES[e].strikes);
      EXPIRIES[e].strikes.forEach((wanted, i) => {
        const first = sample.trades.findIndex(({ name }) =>
          name!.includes(`${EXPIRIES[e].label}-${wanted}-`),
        );
        expect(volatility[i]).toBeCloseTo(sample.traded[first], 12);
      });
    });
    for (const carry of seen.carry) expect(carry).toBeCloseTo(CARRY, 9);
  });

  it('takes one underlying where asked, and refuses a tape without an index', async () => {
    const both = [{ id: 1, at: 1, name: 'ETH-27MAR26-3000-C', index: 3000, iv: '' }, ...sample.trades];
    expect((await tapeChain(core, tradeTape(tapeOf(both)))).expiries).toHaveLength(3);
    const { expiries } = await tapeChain(core, tradeTape(tapeOf(both)), 'ETH');
    expect(expiries.map(({ underlying, forward }) => [underlying, forward])).toEqual([['ETH', 3000]]);
    const bare = tapeOf([{ id: 1, at: 1, index: '' }]);
    await expect(tapeChain(core, tradeTape(bare))).rejects.toThrow(
      'the tape has no trade with an index price',
    );
  });
});

describe('a market on a tape', () => {
  it('says the forwards that the trades imply, and the volatilities of the mark prices or of the trades', async () => {
    for (const [mode, wanted] of [
      ['mark', sample.marked],
      ['trade', sample.traded],
    ] as const) {
      const market = marketOf(text, { volatility: mode });
      const ticks = await ticksOf(market);
      expect(ticks).toHaveLength(100);
      const last = ticks.at(-1);
      const index = sample.trades.at(-1).index as number;
      EXPIRIES.forEach(({ instant, label, strikes }, e) => {
        const years = (instant - last.instant) / YEAR;
        expect((last.forward as Float64Array)[e] / index - 1).toBeCloseTo(CARRY * years, 9);
        strikes.forEach((strike, i) => {
          const place = sample.trades.findLastIndex(({ name }) => name!.includes(`${label}-${strike}-`));
          expect(last.volatility![3 * e + i]).toBeCloseTo(wanted[place], 7);
        });
      });
      expect(market.counts).toMatchObject({ trades: 200, volatilities: 200, badForward: 0, unlisted: 0 });
      expect(market.counts.forwards).toBeGreaterThan(50);
    }
  });

  it('takes a given carry where asked', async () => {
    const market = marketOf(text, { forward: 'carry', carry: [0.02, 0.03] });
    const [tick] = (await ticksOf(market)).slice(-1);
    const index = sample.trades.at(-1).index as number;
    EXPIRIES.forEach(({ instant }, e) => {
      const years = (instant - tick.instant) / YEAR;
      expect((tick.forward as Float64Array)[e]).toBeCloseTo(index * (1 + (e === 0 ? 0.02 : 0.03) * years), 6);
    });
    expect(market.counts.forwards).toBe(0);
  });

  it('is the same to the bit for every order within the window and every cut of the text', async () => {
    const ticks = await ticksOf(marketOf(text));
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1e6 }),
        fc.integer({ min: 1, max: 4000 }),
        async (seed, size) => {
          const random = randomOf(seed);
          const window = 300_000;
          const rows = sample.trades.map((trade) => ({ trade, comes: trade.at * 1000 + window * random() }));
          const arrived = rows.sort((a, b) => a.comes - b.comes).map(({ trade }) => trade);
          const pieces = tapeOf(arrived).match(new RegExp(`[^]{1,${size}}`, 'g'))!;
          expect(await ticksOf(marketOf(pieces, {}, window))).toEqual(ticks);
        },
      ),
      { numRuns: 15 },
    );
  });

  it('continues to the bit after it was saved, on the tape from its start or from where it stood', async () => {
    const whole = await ticksOf(marketOf(text));
    const full = marketOf(text);
    await ticksOf(full);
    for (const stop of [1, 37, 99]) {
      const first = marketOf(text);
      const ticks: MarketTick[] = [];
      for await (const tick of first.ticks()) if (ticks.push(tick) === stop) break;
      expect(ticks).toEqual(whole.slice(0, stop));
      const saved = JSON.stringify(first.state);
      const rest = tapeOf(sample.trades.filter(({ at }) => START + 1000 * at > first.instant));
      for (const source of [text, rest]) {
        const second = marketOf(source);
        second.restore(JSON.parse(saved) as TapeMarket['state']);
        expect(second.instant).toBe(first.instant);
        expect(await ticksOf(second)).toEqual(whole.slice(stop));
        expect({ ...second.counts, before: 0 }).toEqual(full.counts);
        expect({ ...second.state, counts: undefined }).toEqual({ ...full.state, counts: undefined });
      }
    }
  });

  it('marks its chain as time passes, as the ticks would', async () => {
    const every = 600_000;
    const ticks = await ticksOf(marketOf(text), every);
    const chain = core.chain(seen.expiries, 2);
    const market = marketOf(text, { chain });
    let isLeft = true;
    for (const tick of ticks) {
      expect(isLeft).toBe(true);
      isLeft = await market.next(every);
      expect(market.instant).toBe(tick.instant);
      expect(chain.forward).toEqual(tick.forward);
      expect(chain.volatility).toEqual(tick.volatility);
      expect(chain.years[1]).toBe((EXPIRIES[1].instant - tick.instant) / YEAR);
    }
    expect(isLeft).toBe(false);
    expect(market.isOver).toBe(true);
    expect(ticks.map(({ instant }) => (instant - seen.instant) % every)).toEqual(ticks.map(() => 0));
  });

  it('counts what is hostile in its events, and goes on', async () => {
    const hostile: SampleTrade[] = [
      { id: 1, at: 40, name: 'BTC-27MAR26-70000-C', index: 90_000 }, // strike not listed
      { id: 2, at: 41, name: 'BTC-26JUN26-90000-C', index: 90_000 }, // expiry not listed
      { id: 3, at: 42, name: 'ETH-27MAR26-90000-C', index: 90_000 }, // underlying not listed
      { id: 4, at: 43, name: 'BTC-27MAR26-90000-C', iv: '' },
      { id: 5, at: 44, name: 'BTC-27MAR26-90000-C', iv: 5000, price: 0.07 },
      { id: 6, at: 45, name: 'BTC-27MAR26-90000-C', iv: 45, price: 0.2 }, // at 40 % above the index
      { id: 7, at: 46, name: 'BTC-27MAR26-90000-C', iv: 45, price: 0.9 }, // at no forward at all
      { id: 8, at: 47, name: 'BTC-27MAR26-90000-C', iv: 45, price: 0.07, index: '', mark: '' },
      { id: 9, at: 40_000, name: 'BTC-27MAR26-90000-C', iv: 45, price: 0.07 },
    ];
    const market = marketOf(tapeOf(hostile), { longestGap: 3_600_000 });
    const ticks = await ticksOf(market);
    expect(ticks).toHaveLength(9);
    const counts = { events: 9, trades: 9, unlisted: 3, noVolatility: 2, gaps: 1, before: 0 };
    expect(market.counts).toMatchObject(counts);
    for (const { forward, volatility } of ticks) {
      for (const value of forward as Float64Array) expect(value / 90_000).toBeCloseTo(1, 1);
      for (const value of Array.from(volatility!)) expect(value > 0.2 && value < 1.5).toBe(true);
    }
    // events that are out of order by themselves, not through a tape
    const events: TradeEvent[] = [];
    for await (const event of tradeTape(text)) events.push(event);
    const { instant, expiries, carry } = seen;
    const chain = core.chain(expiries, 2);
    const unordered = tapeMarket(core, [...events.slice(100), ...events.slice(0, 100)], {
      chain,
      instant,
      carry,
    });
    const after = await ticksOf(unordered);
    expect(after.map((tick) => tick.instant)).toEqual([...new Set(after.map((tick) => tick.instant))].sort());
    expect(unordered.counts).toMatchObject({ events: 100, before: 100 });
  });

  it('feeds a rebalancer, whose accounts hold', async () => {
    const chain = core.chain(seen.expiries, 2);
    const book = core.book(chain, [{ expiry: 1, strike: 90_000, type: 'call', quantity: -10 }]);
    const loop = rebalancer({
      core,
      chain,
      book,
      policy: deltaBand(0.05),
      instruments: [
        {
          name: 'perpetual',
          position: { kind: 'perpetual', underlying: 'BTC', quantity: 0 },
          quote: { price: 1e-4, size: 100 },
        },
      ],
      instant: seen.instant,
      cash: 1e6,
    });
    const market = marketOf(text, { chain });
    for await (const tick of market.ticks()) {
      const step = loop.step(tick);
      if (step)
        expect(Math.abs(step.explained.total + step.funding - step.cost - step.profit)).toBeLessThan(1e-6);
    }
    expect(loop.counts).toMatchObject({
      ticks: 99,
      duplicate: 1,
      outOfOrder: 0,
      malformed: 0,
      badVolatility: 0,
    });
    expect(loop.totals.trades).toBeGreaterThan(0);
    expect(chain.forward).toEqual((await ticksOf(marketOf(text))).at(-1).forward);
  });

  it('reads its tape no further than one event ahead', async () => {
    const events: TradeEvent[] = [];
    for await (const event of tradeTape(text)) events.push(event);
    let read = 0;
    let isReturned = false;
    function* source(): Generator<TradeEvent> {
      try {
        for (const event of events) {
          read++;
          yield event;
        }
      } finally {
        isReturned = true;
      }
    }
    const { instant, expiries, carry } = seen;
    const market = tapeMarket(core, source(), { chain: core.chain(expiries, 2), instant, carry });
    for await (const { instant: now } of market.ticks()) {
      expect(read).toBeLessThanOrEqual(events.filter((event) => event.instant <= now).length + 1);
      if (read > 50) break;
    }
    market.dispose();
    await Promise.resolve();
    expect(isReturned).toBe(true);
  });

  it('passes over an event that it holds already, where the state has taken it', async () => {
    const first = marketOf(text);
    for (let i = 0; i < 20; i++) await first.next(60_000);
    const behind = marketOf(text);
    await behind.next(0);
    await behind.next(30_000);
    behind.restore(first.state);
    const taken = first.counts.events;
    expect(behind.counts.events).toBe(taken);
    await behind.next(60_000);
    await first.next(60_000);
    expect(first.counts.events).toBeGreaterThan(taken);
    expect({ ...behind.state, counts: undefined }).toEqual({ ...first.state, counts: undefined });
    expect({ ...behind.counts, before: 0 }).toEqual({ ...first.counts, before: 0 });
  });

  it('refuses a state from before what it has read of its tape', async () => {
    const market = marketOf(text);
    const early = market.state;
    for (let i = 0; i < 20; i++) await market.next(60_000);
    const late = market.state;
    expect(() => {
      market.restore(early);
    }).toThrow(/^state\.instant is \d+: the tape was read beyond it, up to \d+$/);
    expect(market.state).toEqual(late);
    market.restore(late);
  });

  it('refuses a damaged state field by field, and nothing has changed then', async () => {
    const chain = core.chain(seen.expiries, 2);
    const market = marketOf(text, { chain });
    for (let i = 0; i < 10; i++) await market.next(60_000);
    const state = structuredClone(market.state);
    const marked = (): unknown => [chain.forward, chain.years, chain.volatility].map((column) => [...column]);
    const before = marked();
    const columns = [
      ...[0, 1].map((e) => ['expiry', e]),
      ...[2, 3].map((e) => ['coin', e]),
      ...[4, 5].map((e) => ['underlying', e]),
      ...[12, 13].map((e) => ['forward', e]),
      ...[8, 9].map((e) => ['count', e]),
    ] as [string, number][];
    fc.assert(
      fc.property(
        fc.constantFrom(...columns.map(([, i]) => i), 14, 6, 7),
        fc.constantFrom(-1, -Infinity, Infinity, NaN, 1e308, -1e31, '1', undefined, [], true),
        (i, bad) => {
          // a carry may be any bounded number
          if (typeof bad === 'number' && bad === -1 && (i === 6 || i === 7)) return;
          const marks: unknown[] = [...state.marks];
          marks[i] = bad;
          expect(() => {
            market.restore({ ...state, marks } as never);
          }).toThrow(`state.marks[${i}]`);
          expect(market.state).toEqual(state);
          expect(marked()).toEqual(before);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('refuses what is none, and a state of another market', async () => {
    const chain = core.chain(seen.expiries);
    const make = (options: object): (() => TapeMarket) => {
      return () => tapeMarket(core, [], { chain, instant: START, ...options });
    };
    expect(make({ instant: NaN })).toThrow('options.instant must be finite');
    expect(make({ volatility: 'smile' })).toThrow('options.volatility');
    expect(make({ forward: 'spot' })).toThrow('options.forward');
    expect(make({ carry: [0.1] })).toThrow('options.carry');
    expect(make({ carry: [0.1, NaN] })).toThrow('options.carry[1]');
    expect(make({ reach: 0 })).toThrow('options.reach');
    expect(make({ longestGap: -1 })).toThrow('options.longestGap');
    expect(() => tapeMarket(core, {} as never, { chain, instant: START })).toThrow('trades must be iterable');
    const market = make({})();
    await expect(market.next(-1)).rejects.toThrow('milliseconds');
    const { state } = market;
    const damaged: [object, string][] = [
      [{ version: 2 }, 'state.version'],
      [{ instant: NaN }, 'state.instant'],
      [{ last: 'x' }, 'state.last'],
      [{ marks: [1] }, 'state.marks'],
      [{ marks: state.marks.map(() => 0) }, "state.marks[0] is another chain's"],
      [{ marks: { length: state.marks.length } }, 'state.marks[0] must be a number, got undefined'],
      [{ counts: {} }, 'state.counts.events'],
    ];
    for (const [change, message] of damaged) {
      expect(() => {
        market.restore({ ...state, ...change });
      }).toThrow(message);
    }
    expect(market.state).toEqual(state);
    const before = core.bytesInUse;
    const other = make({})();
    expect(core.bytesInUse).toBeGreaterThan(before);
    other.dispose();
    expect(core.bytesInUse).toBe(before);
    await expect(other.next(1)).rejects.toThrow(DisposedError);
    chain.dispose();
    await expect(market.next(1)).rejects.toThrow(DisposedError);
  });
});
