import fc from 'fast-check';
import {
  isTrade,
  type OptionTrade,
  readTrades,
  type TapeOptions,
  type TapeRow,
  type TextSource,
  type TradeEvent,
  TradeSequence,
  tradeTape,
} from 'greekfire/deribit';
import { describe, expect, it } from 'vitest';
import { HEADER, line, randomOf, said, SAMPLE, START, tapeOf } from './samples.js';

async function rowsOf(source: TextSource): Promise<TapeRow[]> {
  const rows: TapeRow[] = [];
  for await (const row of readTrades(source)) rows.push(row);
  return rows;
}

async function eventsOf(source: TextSource, options?: TapeOptions): Promise<TradeEvent[]> {
  const events: TradeEvent[] = [];
  for await (const event of tradeTape(source, options)) events.push(event);
  return events;
}

/** Events without the places of their trades in the tape. */
const meaning = (events: readonly TradeEvent[]): unknown =>
  events.map(({ trades, ...event }) => ({ ...event, trades: trades.map(said) }));

/** Cuts a text at places given as parts of its length. */
function cut(text: string, places: readonly number[]): string[] {
  const ends = [...places.map((place) => Math.floor(place * text.length)), text.length].sort((a, b) => a - b);
  return ends.map((end, i) => text.slice(ends[i - 1] ?? 0, end));
}

const statusesOf = (rows: readonly TapeRow[]): string[] => rows.map(({ status }) => status);

describe('a tape of option trades', () => {
  it('is read by the names of its columns, in any order, others left alone', async () => {
    const page =
      'extra,Trade ID,Side,Instrument,Price (USD),Price (BTC),Mark Price (BTC),IV (%),Size,Underlying Price,' +
      'Entry Date,BlockTrade IDs,BlockTrade Count,Combo ID,ComboTrade IDs\r\n' +
      'x,7,SELL,BTC-27MAR26-90000-P,999,0.05,0.0504,44.5,0.2,90000.5,2026-01-20 12:01,BLOCK-9,2.0,BTC-X,\r\n';
    const [trade] = await rowsOf(page);
    expect(trade).toMatchObject({
      row: 1,
      name: 'BTC-27MAR26-90000-P',
      instant: START + 60_000,
      direction: 'sell',
      price: 0.05,
      amount: 0.2,
      mark: 0.0504,
      index: 90_000.5,
      id: '7',
      block: 'BLOCK-9',
      blockLegs: 2,
      combo: 'BTC-X',
      comboTrade: '',
      status: 'ok',
    });
    expect((trade as OptionTrade).volatility).toBeCloseTo(0.445, 12);
  });

  it('gives every hostile row a status and reads its neighbours', async () => {
    const good = line({ id: 1, at: 0 });
    const hostile: [row: string, status: string][] = [
      [line({ id: 2, at: 0, name: 'BTC-PERPETUAL' }), 'unrecognised'],
      [line({ id: 2, at: 0, name: 'BTC-31FEB26-90000-C' }), 'unrecognised'],
      [line({ id: 2, at: 0, name: '' }), 'malformed'],
      [line({ id: 2, at: 0, name: 'BTC-16JAN26-90000-C' }), 'expired'],
      [line({ id: 2, at: NaN }), 'malformed'],
      [line({ id: 2, at: 1e300 }), 'malformed'],
      [line({ id: 2, at: 0, price: NaN }), 'malformed'],
      [line({ id: 2, at: 0, price: 0 }), 'malformed'],
      [line({ id: 2, at: 0, price: -1 }), 'malformed'],
      [line({ id: 2, at: 0, price: 1e200 }), 'malformed'],
      [line({ id: 2, at: 0, amount: 0 }), 'malformed'],
      [line({ id: 2, at: 0, direction: 'held' as 'buy' }), 'malformed'],
      [line({ id: 2, at: 0, iv: 'high' }), 'malformed'],
      [line({ id: 2, at: 0, iv: 0 }), 'noVolatility'],
      [line({ id: 2, at: 0, iv: '' }), 'noVolatility'],
      [line({ id: 2, at: 0, index: '' }), 'noIndex'],
      [line({ id: 2, at: 0, mark: '' }), 'noMark'],
      ['a stray "quote,1,2', 'malformed'],
      ['"never closed', 'malformed'],
      ['\u0000\u0001', 'malformed'],
      [',,,,,', 'malformed'],
      ['x'.repeat(70_000), 'malformed'],
      [`"${'x'.repeat(70_000)}`, 'malformed'],
      [`${good},more,cells`, 'ok'],
      ['__proto__,constructor', 'malformed'],
    ];
    const text = [HEADER, good, ...hostile.flatMap(([row]) => [row, good])].join('\n');
    const expected = ['ok', ...hostile.flatMap(([, status]) => [status, 'ok'])];
    for (const size of [1e9, 1000, 7]) {
      const chunks = text.match(new RegExp(`[^]{1,${Math.min(size, 60_000)}}`, 'g'))!;
      const rows = await rowsOf(size > text.length ? text : chunks);
      expect(statusesOf(rows)).toEqual(expected);
      expect(rows.map(({ row }) => row)).toEqual(expected.map((_, i) => i + 1));
    }
    const problems = (await rowsOf(text)).flatMap((row) => (isTrade(row) ? [] : [row.problem]));
    expect(problems.every((problem) => /^row \d+/.test(problem) && problem.length <= 160)).toBe(true);
  });

  it('says what is wrong with a header', async () => {
    await expect(rowsOf('')).rejects.toThrow('the tape is empty');
    await expect(rowsOf('\n\n')).rejects.toThrow('the tape is empty');
    await expect(rowsOf('a,b\n1,2')).rejects.toThrow('the tape has no column instrument_name; it has a, b');
    await expect(rowsOf(`${HEADER},Price\n`)).rejects.toThrow(
      'columns "price" and "Price" both give the price',
    );
    await expect(rowsOf(`${HEADER}"\n`)).rejects.toThrow('the header is not valid CSV');
    await expect(rowsOf(7 as never)).rejects.toThrow(TypeError);
    expect(await rowsOf(`\uFEFF${HEADER}`)).toEqual([]);
  });

  it('reads the same from pieces cut anywhere: texts, bytes, streams', async () => {
    const text = tapeOf(SAMPLE);
    const whole = await rowsOf(text);
    expect(whole).toHaveLength(SAMPLE.length);
    const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(places, fc.boolean(), async (at, isCrLf) => {
        const pieces = cut(isCrLf ? text.replaceAll('\n', '\r\n') : text, at);
        expect(await rowsOf(pieces)).toEqual(whole);
        const bytes = pieces.map((piece) => new TextEncoder().encode(piece));
        expect(await rowsOf(new Blob(bytes).stream())).toEqual(whole);
      }),
      { numRuns: 30 },
    );
    // a character cut in two
    const [head, tail] = [new Uint8Array([0xc3]), new Uint8Array([0xa9])];
    const rows = await rowsOf([`${HEADER}\n`, head, tail, `\n${line(SAMPLE[0])}`]);
    expect(rows.map(({ name }) => name)).toEqual(['', 'BTC-27MAR26-90000-C']);
  });

  it('tells its source that it leaves early', async () => {
    let isOver = false;
    function* source(): Generator<string> {
      try {
        for (;;) yield tapeOf(SAMPLE);
      } finally {
        isOver = true;
      }
    }
    for await (const row of readTrades(source())) if (row.row === 3) break;
    expect(isOver).toBe(true);
  });
});

describe('events of a tape', () => {
  it('keep the legs of a block or combo together', async () => {
    const events = await eventsOf(tapeOf(SAMPLE));
    expect(events.map(({ kind, id, trades }) => [kind, id, trades.map((trade) => trade.id)])).toEqual([
      ['single', '100', ['100']],
      ['single', '101', ['101']],
      ['block', 'BLOCK-1', ['102', '103']],
      ['single', '104', ['104']],
      ['combo', '99', ['105', '106']],
      ['single', '107', ['107']],
      ['single', '108', ['108']],
    ]);
    expect(events.every(({ isComplete }) => isComplete)).toBe(true);
  });

  it('say where a block lacks legs', async () => {
    const tape = tradeTape(tapeOf(SAMPLE.filter(({ id }) => id !== 103 && id !== 106)));
    const incomplete: string[] = [];
    for await (const { id, isComplete } of tape) if (!isComplete) incomplete.push(id);
    expect(incomplete).toEqual(['BLOCK-1', '99']);
    expect(tape.counts.incomplete).toBe(2);
  });

  it('are the same for any order within the window, wherever the pieces are cut', async () => {
    const whole = meaning(await eventsOf(tapeOf(SAMPLE)));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 9, maxLength: 9 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }),
        async (jitter, places) => {
          const window = 250_000;
          // each row comes at most a window after its instant: never after one that is a window younger
          const rows = SAMPLE.map((trade, i) => ({ trade, comes: trade.at * 1000 + window * jitter[i] }));
          const arrived = rows.sort((a, b) => a.comes - b.comes).map(({ trade }) => trade);
          const tape = tradeTape(cut(tapeOf(arrived), places), { window });
          const events: TradeEvent[] = [];
          for await (const event of tape) events.push(event);
          expect(meaning(events)).toEqual(whole);
          expect(tape.counts).toMatchObject({ late: 0, trades: SAMPLE.length, rows: SAMPLE.length });
          expect(tape.counts.disorder).toBeLessThanOrEqual(window);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('leave out trades that repeat or come too late, and count them', async () => {
    const [first, second, ...rest] = SAMPLE;
    const hostile = [first, first, ...rest, second, { ...rest.at(-1), at: 601, price: 0.9 }];
    for (const pieces of [[1], [0.1, 0.4, 0.7], Array.from({ length: 40 }, (_, i) => i / 40)]) {
      const tape = tradeTape(cut(tapeOf(hostile), pieces), { window: 30_000 });
      const events: TradeEvent[] = [];
      for await (const event of tape) events.push(event);
      expect(meaning(events)).toEqual(meaning(await eventsOf(tapeOf([first, ...rest]))));
      expect(tape.counts).toMatchObject({
        rows: 11,
        trades: 8,
        duplicate: 2,
        outOfOrder: 1,
        disorder: 595_000,
        late: 1,
      });
      const { rows, trades, duplicate, late, status } = tape.counts;
      expect(trades + duplicate + late).toBe(rows - status.malformed - status.unrecognised - status.expired);
    }
  });

  it('order trades of one id by what they say: which one stays does not hang on who came first', async () => {
    const twins = [
      { id: 5, at: 1, price: 0.06 },
      { id: 5, at: 1, price: 0.05 },
    ];
    const [one, other] = [await eventsOf(tapeOf(twins)), await eventsOf(tapeOf([...twins].reverse()))];
    expect(one).toHaveLength(1);
    expect(meaning(one)).toEqual(meaning(other));
  });

  it('hold no more than the window, and never more than the limit', async () => {
    const random = randomOf(7);
    const rows = 20_000;
    let made = 0;
    let largest = 0;
    function* source(): Generator<string> {
      yield `${HEADER}\n`;
      while (made < rows) {
        const lines = Array.from({ length: 100 }, () => {
          made++;
          // late by up to 10 s, at 10 trades a second
          return line({ id: made, at: made / 10 - 10 * random(), name: 'BTC-27MAR26-90000-C' });
        });
        yield `${lines.join('\n')}\n`;
      }
    }
    const tape = tradeTape(source(), { window: 10_000 });
    let before = -Infinity;
    for await (const { instant } of tape) {
      expect(instant).toBeGreaterThanOrEqual(before);
      before = instant;
      largest = Math.max(largest, tape.held);
      // what was made beyond what came out is what is held: the source is not read ahead
      expect(made - tape.counts.trades - tape.counts.late).toBeLessThan(2000);
    }
    expect(tape.counts).toMatchObject({ trades: rows, late: 0, forced: 0 });
    expect(largest).toBeLessThan(1500);

    const sequence = new TradeSequence({ window: Infinity, limit: 50 });
    for await (const row of readTrades(
      tapeOf(Array.from({ length: 5000 }, (_, i) => ({ id: i, at: i / 10 }))),
    )) {
      sequence.add(row);
      expect(sequence.held).toBeLessThanOrEqual(50);
    }
    sequence.end();
    expect(sequence.counts).toMatchObject({ trades: 5000, late: 0 });
    expect(sequence.counts.forced).toBeGreaterThan(0);
  });

  it('refuse options that are none', () => {
    expect(() => tradeTape('', { window: -1 })).toThrow('options.window must be at least 0, got -1');
    expect(() => tradeTape('', { window: NaN })).toThrow(RangeError);
    expect(() => tradeTape('', { window: '1' as never })).toThrow(TypeError);
    expect(() => tradeTape('', { limit: 1 })).toThrow('options.limit must be a whole number from 2, got 1');
  });

  it('are read once', async () => {
    const tape = tradeTape(tapeOf(SAMPLE));
    for await (const { trades } of tape) expect(trades.length).toBeGreaterThan(0);
    await expect(tape[Symbol.asyncIterator]().next()).rejects.toThrow('the tape has been read');
  });
});
