import { type TradeEvent, tradeTape } from 'greekfire/deribit';
import { createSync } from 'greekfire/full';
import { recogniseEvent, summariseTape, TapeSummary } from 'greekfire/strategy';
import { describe, expect, it } from 'vitest';
import { SAMPLE, type SampleTrade, START, tapeOf } from './samples.js';

const core = createSync();

async function eventsOf(trades: readonly SampleTrade[]): Promise<TradeEvent[]> {
  const events: TradeEvent[] = [];
  for await (const event of tradeTape(tapeOf(trades))) events.push(event);
  return events;
}

describe('the summary of a tape', () => {
  it('adds up volumes, by kind and by expiry', async () => {
    const report = await summariseTape(core, await eventsOf(SAMPLE));
    expect(report).toMatchObject({ from: START, to: START + 600_000, events: 7, trades: 9, amount: 56 });
    expect(report.blockShare).toBeCloseTo(50 / 56, 14);
    const premium = SAMPLE.reduce(
      (sum, { price = 0.05, amount = 1, index = 90_000 }) => sum + price * amount * Number(index),
      0,
    );
    expect(report.premium / premium).toBeCloseTo(1, 14);
    expect(report.expiries).toMatchObject([
      { underlying: 'BTC', label: '30JAN26', strikes: [90_000, 95_000, 100_000], trades: 4, amount: 3 },
      { underlying: 'BTC', label: '27MAR26', strikes: [80_000, 90_000], trades: 5, amount: 53 },
    ]);
    expect(report.puts).toMatchObject({ trades: 3, amount: 27 });
    expect(report.bought).toMatchObject({ trades: 7, amount: 54.5 });
    expect(report.structures).toEqual([
      { name: 'bull-call-spread', count: 1, blocks: 0, bought: 0.5, sold: 0 },
      { name: 'straddle', count: 1, blocks: 1, bought: 25, sold: 0 },
    ]);
  });

  it('leaves trades without an index price out of what is in quote currency', async () => {
    const report = await summariseTape(core, await eventsOf([{ id: 1, at: 0, index: '', amount: 3 }]));
    expect(report).toMatchObject({ amount: 3, notional: 0, premium: 0, blockShare: 0 });
  });

  it('counts premiums of linear options as they are', async () => {
    const trade = { id: 1, at: 0, name: 'BTC_USDC-27MAR26-90000-C', price: 4000, amount: 2 };
    expect(await summariseTape(core, await eventsOf([trade]))).toMatchObject({
      premium: 8000,
      notional: 180_000,
    });
  });

  it('says what an event of several legs makes: from the side that took, over expiries and fills', async () => {
    const leg = { at: 0, block: 'B', legs: 4 };
    const [calendar] = await eventsOf([
      { ...leg, id: 1, name: 'BTC-30JAN26-90000-C', direction: 'sell', amount: 2 },
      { ...leg, id: 2, name: 'BTC-27MAR26-90000-C', amount: 1.5 },
      { ...leg, id: 3, name: 'BTC-27MAR26-90000-C', amount: 0.5 },
    ]);
    expect(calendar.isComplete).toBe(false);
    const [only, ...others] = recogniseEvent(core, calendar);
    expect(only).toMatchObject({ name: 'call-calendar', quantity: 2, strikes: [90_000], expiries: [0, 1] });
    expect(others).toEqual([]);
    const summary = new TapeSummary(core);
    expect(summary.add(calendar)?.structures).toHaveLength(1);
    expect(summary.add((await eventsOf(SAMPLE))[0])).toBeUndefined();
    expect(summary.report).toMatchObject({ events: 2, structures: [{ name: 'call-calendar', bought: 2 }] });
    const before = core.bytesInUse;
    recogniseEvent(core, calendar);
    expect(core.bytesInUse).toBe(before);
  });

  it('is empty before any event', () => {
    const { report } = new TapeSummary(core);
    expect(report).toMatchObject({
      events: 0,
      trades: 0,
      from: NaN,
      blockShare: NaN,
      expiries: [],
      structures: [],
    });
  });
});
