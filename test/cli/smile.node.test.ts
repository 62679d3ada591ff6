import type { QuoteState } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { dataPath, hasData, needsData } from '../deribit/data.js';
import { orderBook } from '../deribit/samples.js';
import { greekfire, inputFile } from './command.js';

interface Line {
  readonly label: string;
  readonly status: string;
  readonly atmVolatility: number | null;
  readonly rmsError: number | null;
  readonly twoSided: number;
  readonly inside: number | null;
  readonly insideSurface: number | null;
  readonly leastDurrleman: number | null;
  readonly hasButterflyArbitrage: boolean;
  readonly hasCalendarArbitrage: boolean;
  readonly quotes: Readonly<Record<keyof typeof QuoteState, number>>;
}

interface Deltas {
  readonly black: number;
  readonly skew: number;
}

interface SmileJson {
  readonly lines: readonly Line[];
  readonly leftOut: {
    readonly expiries: readonly { readonly label: string; readonly reason: string }[];
    readonly repeated: number;
  };
  readonly rule: string;
  readonly deltas: readonly (Deltas & { readonly label: string })[];
  readonly delta: Deltas;
  readonly deltaAfter: Deltas | null;
}

interface Section {
  readonly total: { readonly delta: number };
  readonly expiries: readonly { readonly label: string; readonly exposure: { readonly delta: number } }[];
  readonly hedge: { readonly after: { readonly delta: number } } | null;
  readonly smile: SmileJson | null;
}

function sections(...flags: readonly string[]): readonly Section[] {
  const { code, out, error } = greekfire('--json', ...flags);
  expect(error).toBe('');
  expect(code).toBe(0);
  return (JSON.parse(out) as { underlyings: readonly Section[] }).underlyings;
}

/** The part of the report that shows the smile. */
function smileBlock(...flags: readonly string[]): string {
  const { code, out } = greekfire(...flags);
  expect(code).toBe(0);
  expect(out).not.toMatch(/NaN|undefined|null|Infinity/);
  for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
  return out.slice(out.indexOf('  Smile  '), out.indexOf('  Hedge  '));
}

describe('the smile of the synthetic market', () => {
  it('is a row per expiry, free of arbitrage, and says what it left out and why', () => {
    const block = smileBlock();
    expect(block).toMatch(/^ {2}17JAN26 +\d\d\.\d\d +-\d+\.\d\d .* none$/m);
    expect(block).toMatch(/inside bid and ask: \d+ \(100\.0 %\) of \d+ two-sided quotes/);
    expect(block).toMatch(/bound from one side: \d+ whose bid is missing or below intrinsic value/);
    expect(block).toMatch(/least Durrleman g/);
    const [{ smile }] = sections();
    expect(smile!.lines).toHaveLength(10);
    for (const line of smile!.lines) {
      expect(line).toMatchObject({
        status: 'ok',
        hasButterflyArbitrage: false,
        hasCalendarArbitrage: false,
      });
      expect(line.inside).toBe(line.twoSided);
      // made of a volatility of 38 to 54 points, half-spreads of about half a point where it counts
      expect(line.atmVolatility).toBeGreaterThan(0.38);
      expect(line.atmVolatility).toBeLessThan(0.54);
      expect(line.rmsError).toBeLessThan(0.02);
    }
  });

  it('moves delta: beside Black’s by expiry, in total and after the hedge', () => {
    const [section] = sections();
    const { rule, deltas, delta, deltaAfter } = section.smile!;
    expect(rule).toBe('sticky-moneyness');
    expect(deltas.map(({ label }) => label)).toEqual(section.expiries.map(({ label }) => label));
    deltas.forEach(({ black, skew }, i) => {
      expect(black).toBe(section.expiries[i].exposure.delta);
      expect(skew).not.toBe(black);
    });
    expect(delta.black).toBe(section.total.delta);
    // the book is short vega, and volatility falls as the strike rises: at a higher forward a strike has more of it
    expect(delta.skew).toBeLessThan(delta.black - 1);
    expect(deltaAfter!.black).toBe(section.hedge!.after.delta);
    expect(smileBlock()).toMatch(/^ {2}after the hedge +-?\d\.\d\d +-?\d\.\d\d +-?\d\.\d\d$/m);
  });
});

/** A chain of three expiries, their quotes made by `quote`. */
function chainOf(name: string, strikes: number, quote: (row: number) => [bid: number, ask: number]): string {
  const rows = ['27MAR26', '24APR26', '26JUN26'].flatMap((label, e) =>
    Array.from({ length: strikes }, (_, i) => {
      const [bid, ask] = quote(e * strikes + i);
      return orderBook({
        instrument_name: `BTC-${label}-${45_000 + 1000 * i}-${i < 5 ? 'P' : 'C'}`,
        underlying_index: `BTC-${label}`,
        best_bid_price: bid,
        best_ask_price: ask,
        bids: bid > 0 ? [[bid, 5]] : [],
        asks: ask > 0 ? [[ask, 5]] : [],
      });
    }),
  );
  return inputFile(name, rows);
}

const STATES = ['twoSided', 'askOnly', 'bidOnly', 'noQuote', 'crossed', 'noVolatility', 'badInput'] as const;

describe('hostile chains', () => {
  it.each([
    ['one quote an expiry', chainOf('one.json', 1, () => [0.019, 0.021]), 'few-quotes'],
    ['no bids at all', chainOf('no-bids.json', 11, () => [0, 0.03]), 'few-quotes'],
    ['no quotes at all', chainOf('no-quotes.json', 11, () => [0, 0]), 'few-quotes'],
    ['bids above asks', chainOf('crossed.json', 11, () => [0.03, 0.02]), 'few-quotes'],
    ['asks below intrinsic value', chainOf('nothing.json', 11, (i) => [i % 2 ? 0 : 1e-9, 1e-8]), 'any'],
    ['everything at one price', chainOf('one-price.json', 11, () => [0.03, 0.03]), 'ok'],
    // implausible, so not quotes at all
    ['prices above the coin', chainOf('above.json', 11, () => [1.5, 1.6]), 'few-quotes'],
  ])('%s', (_, path, status) => {
    const block = smileBlock('--chain', path);
    const [{ smile }] = sections('--chain', path);
    expect(smile!.lines).toHaveLength(3);
    for (const line of smile!.lines) {
      if (status !== 'any') expect(line.status).toBe(status);
      expect(STATES.reduce((sum, state) => sum + line.quotes[state], 0)).toBe(
        path.includes('/one.') ? 1 : path.includes('/above.') ? 0 : 11,
      );
      expect(line.hasButterflyArbitrage || line.hasCalendarArbitrage).toBe(false);
      if (line.status === 'ok') expect(line.leastDurrleman).toBeGreaterThanOrEqual(0);
      else expect(line.atmVolatility).toBeNull();
    }
    if (status === 'few-quotes') {
      expect(block).toContain('no slice: 27MAR26 (too few quotes), 24APR26 (too few quotes)');
    }
  });

  it('names expiries that have no forward or are over, and rows that repeat', () => {
    const path = inputFile('over.json', [
      orderBook(),
      orderBook({ timestamp: Date.UTC(2026, 2, 1, 11) }),
      orderBook({ instrument_name: 'BTC-27FEB26-60000-C', underlying_index: 'BTC-27FEB26' }),
      orderBook({
        instrument_name: 'BTC-24APR26-60000-C',
        underlying_price: undefined,
        underlying_index: undefined,
        index_price: undefined,
      }),
    ]);
    const block = smileBlock('--chain', path);
    expect(block).toContain('left out: 1 repeated');
    expect(block).toContain('no slice: 27MAR26 (too few quotes), 27FEB26 (expired), 24APR26 (no forward)');
  });
});

describe.skipIf(!hasData)(`the smile of real chains${needsData}`, () => {
  it.each([
    'chains/deribit_btc_order_books_20200912.json',
    'chains/deribit_btc_booksummary_20260313.json',
    'chains/deribit_btc_ticker_20260120.csv',
    'chains/deribit_btc_eth_20260421T215503Z.csv',
    'chains/deribit_btc_eth_20260822T153351Z.csv',
  ])('%s: inside 95 per cent of the quotes of every underlying', (file) => {
    const block = smileBlock('--chain', dataPath(file));
    expect(block).toMatch(/inside bid and ask: \d/);
    for (const { smile } of sections('--chain', dataPath(file))) {
      const count = (part: (line: Line) => number): number =>
        smile!.lines.reduce((sum, line) => sum + part(line), 0);
      expect(count(({ inside }) => inside ?? 0) / count(({ twoSided }) => twoSided)).toBeGreaterThan(0.95);
      expect(smile!.lines.some((line) => line.hasButterflyArbitrage || line.hasCalendarArbitrage)).toBe(
        false,
      );
    }
  });
});
