import { createReadStream, readFileSync } from 'node:fs';
import type { TradeTape } from 'greekfire/deribit';
import { type TradeEvent, tradeTape } from 'greekfire/deribit';
import { createSync } from 'greekfire/full';
import { type MarketTick, tapeChain, tapeMarket, type TapeMarketState } from 'greekfire/rebalance';
import { recogniseEvent, summariseTape } from 'greekfire/strategy';
import { describe, expect, it } from 'vitest';
import { dataPath, hasData, needsData } from '../deribit/data.js';

const core = createSync();
const path = dataPath('books/deribit_btc_option_trades_20250526_with_blocks.csv');
const open = (): TradeTape => tradeTape(createReadStream(path), { window: Infinity });

/** The exchange's names of combos, and what they are here, from the side that took. */
const COMBOS: Readonly<Record<string, readonly string[]>> = {
  STRD: ['straddle'],
  STRG: ['strangle'],
  RR: ['risk-reversal'],
  CS: ['bull-call-spread', 'bear-call-spread'],
  PS: ['bull-put-spread', 'bear-put-spread'],
  CBUT: ['call-butterfly'],
  CCAL: ['call-calendar'],
  CDIAG: ['call-diagonal'],
  ICOND: ['iron-condor'],
  CSR12: ['call-ratio-spread'],
  PSR12: ['put-ratio-spread'],
};

/** Of a sorted list. */
const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.floor(part * (sorted.length - 1))];

describe.skipIf(!hasData)(`the tape of 2025-05-26${needsData}`, () => {
  it('is read to the last row, though its rows are by instrument, not by time', async () => {
    const tape = open();
    let blocks = 0;
    let before = -Infinity;
    for await (const { kind, instant } of tape) {
      if (kind === 'block') blocks++;
      expect(instant).toBeGreaterThanOrEqual(before);
      before = instant;
    }
    expect(tape.counts).toMatchObject({ rows: 11_589, trades: 11_459, duplicate: 130, late: 0, forced: 0 });
    expect(tape.counts.status).toMatchObject({ ok: 11_533, noMark: 4, noVolatility: 52, malformed: 0 });
    expect([blocks, tape.counts.incomplete]).toEqual([110, 15]);
    // the window that it says it needs leaves nothing out, and a smaller one does
    const { disorder } = tape.counts;
    for (const [window, late] of [
      [disorder, 0],
      [disorder - 1, 1],
    ]) {
      const again = tradeTape(createReadStream(path), { window });
      for await (const { trades } of again) expect(trades.length).toBeGreaterThan(0);
      expect(again.counts.late >= late && (late > 0 || again.counts.late === 0)).toBe(true);
    }
  });

  it('has the structures that the exchange names', async () => {
    let named = 0;
    for await (const event of open()) {
      if (event.combo === '' || !event.isComplete) continue;
      const names = recogniseEvent(core, event).map(({ name }) => name);
      expect(names, event.combo).toHaveLength(1);
      expect(COMBOS[event.combo.split('-')[1]], event.combo).toContain(names[0]);
      named++;
    }
    expect(named).toBeGreaterThan(100);
    const report = await summariseTape(core, open());
    expect(report.structures.slice(0, 2)).toMatchObject([
      { name: 'straddle', count: 21 },
      { name: 'risk-reversal', count: 20, blocks: 20 },
    ]);
    expect(report.blockShare).toBeCloseTo(0.45995, 5);
    expect(report.expiries.reduce((sum, { trades }) => sum + trades, 0)).toBe(report.trades);
    for (const key of ['amount', 'premium', 'notional'] as const) {
      expect(report.expiries.reduce((sum, each) => sum + each[key], 0) / report[key]).toBeCloseTo(1, 12);
      expect((report.calls[key] + report.puts[key]) / report[key]).toBeCloseTo(1, 12);
    }
  });

  it('makes a market whose marks are the exchange’s, the same from rows in order, and after a resume', async () => {
    const { instant, expiries, carry } = await tapeChain(core, open());
    const make = (source: TradeTape) =>
      tapeMarket(core, source, { chain: core.chain(expiries, 2), instant, carry });
    const ticks: MarketTick[] = [];
    const market = make(open());
    let saved: TapeMarketState | undefined;
    for await (const tick of market.ticks()) {
      if (ticks.push(tick) === 700) saved = JSON.parse(JSON.stringify(market.state)) as TapeMarketState;
    }
    expect(ticks).toHaveLength(1352);
    expect(market.counts).toMatchObject({ trades: 11_459, unlisted: 0, badForward: 0 });
    // a day's carry of dated futures: about 8 % a year, more near expiry
    for (const each of market.carry) expect(each > 0.07 && each < 0.13).toBe(true);

    const [header, ...rows] = readFileSync(path, 'utf8').trimEnd().split('\n');
    const id = (row: string): number => Number(row.slice(row.lastIndexOf(',') + 1));
    const sorted = [header, ...rows.sort((a, b) => id(a) - id(b))].join('\n');
    const again = make(tradeTape(sorted, { window: 0 }));
    let place = 0;
    for await (const tick of again.ticks()) expect(tick).toEqual(ticks[place++]);
    expect(place).toBe(ticks.length);

    const resumed = make(open());
    resumed.restore(saved!);
    place = 700;
    for await (const tick of resumed.ticks()) expect(tick).toEqual(ticks[place++]);
    expect(place).toBe(ticks.length);
    expect(resumed.counts).toEqual(market.counts);
  });

  it('marks what it trades as the exchange does', async () => {
    const { instant, expiries, carry } = await tapeChain(core, open());
    const chain = core.chain(expiries);
    const at = new Map(expiries.map(({ label }, e) => [label, e]));
    // instants are whole minutes: a minute's trades are compared with the marks at its end
    const events: TradeEvent[] = [];
    for await (const event of open()) events.push(event);
    const market = tapeMarket(core, events, { chain, instant, carry });
    const errors: number[] = [];
    let next = 0;
    while (next < events.length) {
      const now = events[next].instant;
      await market.next(now - market.instant);
      const last = new Map<string, (typeof events)[number]['trades'][number]>();
      for (; next < events.length && events[next].instant === now; next++) {
        for (const trade of events[next].trades)
          last.set(`${trade.instrument.label} ${trade.instrument.strike}`, trade);
      }
      for (const { instrument, mark, status } of last.values()) {
        if (status !== 'ok') continue;
        const row = chain.index(at.get(instrument.label)!, instrument.strike);
        errors.push(Math.abs(chain.coin[instrument.type].price[row] - mark));
      }
    }
    errors.sort((a, b) => a - b);
    expect(errors.length).toBeGreaterThan(6000);
    // in coin; the exchange's tick is 1e-4
    expect(quantile(errors, 0.5)).toBeLessThan(5e-5);
    expect(quantile(errors, 0.9)).toBeLessThan(3e-4);
    console.info(
      `marks: median ${quantile(errors, 0.5)}, 90 % ${quantile(errors, 0.9)}, worst ${errors.at(-1)}`,
    );
  });
});
