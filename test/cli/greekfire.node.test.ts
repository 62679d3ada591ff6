import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { dataPath, hasData, needsData } from '../deribit/data.js';
import { orderBook } from '../deribit/samples.js';
import { COMMAND, greekfire, inputFile } from './command.js';

interface Exposure {
  readonly [sensitivity: string]: number;
}

interface Section {
  readonly underlying: string;
  readonly positions: number;
  readonly unpriced: readonly { readonly instrument: string; readonly status: string }[];
  readonly expiries: readonly { readonly label: string; readonly exposure: Exposure }[];
  readonly perpetual: Exposure;
  readonly total: Exposure;
  readonly hedge: {
    readonly trades: readonly {
      readonly instrument: string;
      readonly quantity: number;
      readonly amount: number;
      readonly amountCurrency: string;
      readonly price: number;
      readonly side: string;
    }[];
    readonly before: Exposure;
    readonly after: Exposure;
    readonly riskBefore: number;
    readonly riskAfter: number;
    readonly cost: number;
    readonly spread: number;
    readonly fee: number;
    readonly proof: { readonly status: string; readonly gap: number; readonly iterations: number };
    readonly rounding: number | null;
  };
  readonly timings: Readonly<Record<'tick' | 'exposures' | 'solve' | 'lots' | 'tickToHedge', number>>;
}

interface Json {
  readonly schema: string;
  readonly synthetic: boolean;
  readonly instant: string;
  readonly units: Readonly<Record<string, string>>;
  readonly rows: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly underlyings: readonly Section[];
}

function json(...flags: readonly string[]): Json {
  const { code, out, error } = greekfire('--json', ...flags);
  expect(error).toBe('');
  expect(code).toBe(0);
  return JSON.parse(out) as Json;
}

const HEDGED = ['delta', 'gamma', 'vega'];

function checkSection(section: Section): void {
  const { hedge, total, expiries, perpetual, timings } = section;
  expect(hedge.proof.status).toBe('optimal');
  expect(Math.abs(hedge.proof.gap)).toBeLessThanOrEqual(1e-6);
  expect(hedge.spread + hedge.fee).toBeCloseTo(hedge.cost, 6);
  expect(hedge.riskAfter).toBeLessThan(hedge.riskBefore);
  expect(hedge.before).toEqual(total);
  for (const name of ['price', 'vega', 'theta']) {
    const sum = expiries.reduce((all, { exposure }) => all + exposure[name], perpetual[name]);
    expect(sum).toBeCloseTo(total[name], 4);
  }
  for (const name of HEDGED) expect(Number.isFinite(hedge.after[name])).toBe(true);
  for (const time of Object.values(timings)) expect(time).toBeGreaterThan(0);
  expect(hedge.rounding).toBeGreaterThanOrEqual(-1e-6 * hedge.cost);
  const step = { BTC: 0.1, ETH: 1, USD: section.underlying === 'BTC' ? 10 : 1 };
  for (const { amount, amountCurrency, instrument } of hedge.trades) {
    const lots = amount / step[amountCurrency as keyof typeof step];
    expect(lots, instrument).toBeCloseTo(Math.round(lots), 6);
  }
}

describe('greekfire: the report', () => {
  it('trades whole lots at a stated price, and any size where asked to', () => {
    const [{ hedge }] = json().underlyings;
    const lots = hedge.trades
      .filter(({ instrument }) => /-[CP]$/.test(instrument))
      .map(({ quantity }) => quantity / 0.1);
    expect(lots.length).toBeGreaterThan(3);
    for (const lot of lots) expect(lot).toBeCloseTo(Math.round(lot), 9);
    expect(hedge.rounding).toBeGreaterThanOrEqual(0);
    const [free] = json('--no-lots').underlyings;
    expect(free.hedge.rounding).toBeNull();
    expect(free.hedge.proof).toEqual(hedge.proof);
    const sizes = free.hedge.trades.map(({ quantity }) => quantity / 0.1);
    expect(sizes.some((lot) => Math.abs(lot - Math.round(lot)) > 1e-3)).toBe(true);
  });

  it('runs on the synthetic market and says so', () => {
    const { code, out, error } = greekfire();
    expect(error).toBe('');
    expect(code).toBe(0);
    for (const part of [
      'SYNTHETIC MARKET AND BOOK',
      'Net Greeks by expiry',
      'Net Greeks by structure',
      'short strangle',
      '$/vol pt',
      'Hedge',
      'Exposures',
      'target',
      'relative duality gap',
      'iterations',
      'solve',
      'tick to hedge',
    ]) {
      expect(out).toContain(part);
    }
  });

  it('is plain text in a pipe, at most 100 columns wide', () => {
    const { out } = greekfire('report', '--seed', '3');
    expect(out).not.toContain('\u001b');
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
  });

  it('gives the same to machines', () => {
    const report = json();
    expect(report).toMatchObject({ schema: 'greekfire.report/1', synthetic: true });
    expect(report.instant).toMatch(/^2026-01-16T10:\d\d:\d\d\.\d{3}Z$/);
    expect(Object.values(report.counts).reduce((sum, count) => sum + count, 0)).toBe(report.rows);
    expect(report.underlyings).toHaveLength(1);
    expect(report.units).toMatchObject({ vega: 'quote currency per 1.00 of volatility', years: 'ACT/365' });
    expect(Object.keys(report.underlyings[0].total)).not.toContain('speed');
    checkSection(report.underlyings[0]);
  });

  it('repeats itself but for its times', () => {
    const strip = ({ underlyings, ...rest }: Json): unknown => ({
      ...rest,
      underlyings: underlyings.map(({ timings, ...section }) => ({
        ...section,
        timings: Object.keys(timings),
      })),
    });
    expect(strip(json('--seed', '5'))).toEqual(strip(json('--seed', '5')));
  });

  it('carries bad rows with a status and a position on one of them as unpriced', () => {
    const rows = [45_000, 50_000, 55_000].flatMap((strike) =>
      ['C', 'P'].map((type) =>
        orderBook({
          instrument_name: `BTC-27MAR26-${strike}-${type}`,
          mark_price:
            type === 'C' ? 0.06 + Math.max(0, 1 - strike / 50_000) : 0.06 + Math.max(0, strike / 50_000 - 1),
        }),
      ),
    );
    const chain = inputFile('odd.json', [
      ...rows,
      orderBook({
        instrument_name: 'BTC-27MAR26-60000-C',
        mark_iv: null,
        mark_price: null,
        best_bid_price: null,
        bids: [],
      }),
      orderBook({ instrument_name: 'BTC-27MAR26-40000-P', mark_iv: null, mark_price: 0.01 }),
      orderBook({ instrument_name: 'BTC-27MAR26-40000-C', mark_iv: 60, mark_price: 0.1 }),
      orderBook({ instrument_name: 'BTC-FS-27MAR26_PERP' }),
      rows[0],
    ]);
    const book = inputFile(
      'odd.csv',
      'instrument,quantity\nBTC-27MAR26-60000-C,1\nBTC-27MAR26-40000-P,-2\nBTC-PERPETUAL,5000',
    );
    const report = json('--chain', chain, '--book', book);
    expect(report.counts).toMatchObject({
      ok: 6,
      noVolatility: 1,
      volatilityImplied: 1,
      belowIntrinsic: 1,
      unrecognised: 1,
      duplicate: 1,
    });
    expect(report.underlyings[0]).toMatchObject({
      positions: 2,
      unpriced: [{ instrument: 'BTC-27MAR26-60000-C', quantity: 1, status: 'noVolatility' }],
    });
    const { out } = greekfire('--chain', chain, '--book', book);
    expect(out).toContain('BTC-27MAR26-60000-C (1.00): no volatility');
    expect(out).toContain('1 volatility implied');
    expect(out).not.toContain('NaN');
  });

  it('survives a chain with nothing to come, and one with nothing to hedge with', () => {
    const past = orderBook({ timestamp: Date.UTC(2026, 3, 1) });
    const expired = json('--chain', inputFile('expired.json', [past]));
    expect(expired).toMatchObject({ underlyings: [], withoutPositions: ['BTC'], counts: { expired: 1 } });
    const book = inputFile('expired.csv', 'instrument,quantity\nBTC-27MAR26-60000-C,2');
    const held = json('--chain', inputFile('expired.json', [past]), '--book', book);
    expect(held.underlyings[0]).toMatchObject({ positions: 1, unpriced: [], total: { delta: 0, vega: 0 } });
    expect(greekfire('--chain', inputFile('one.json', [orderBook()])).code).toBe(0);
  });

  it('keeps its width whatever a book says', () => {
    const rows = [45_000, 50_000, 55_000].map((strike) =>
      orderBook({
        instrument_name: `BTC-27MAR26-${strike}-P`,
        mark_price: 0.05 + Math.max(0, strike / 50_000 - 1),
      }),
    );
    const book = inputFile('odd-names.json', [
      { instrument: 'BTC-27MAR26-45000-P', quantity: -1e14, structure: 'a name that goes on and on and on' },
      { instrument: 'BTC-27MAR26-50000-P', quantity: 3, structure: '\u001b[31mred' },
      { instrument: 'BTC-27MAR26-50000-P', quantity: 3, structure: '\u001b[31mred' },
    ]);
    const { code, out } = greekfire('--chain', inputFile('odd-names-chain.json', rows), '--book', book);
    expect(code).toBe(0);
    expect(out).toContain('a name that goe…');
    expect(out).toContain('\\x1b[31mred');
    expect(out).not.toContain('\u001b');
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
  });

  it('counts orders of inverse futures in USD', () => {
    const [{ hedge }] = json().underlyings;
    const perpetual = hedge.trades.find(({ instrument }) => instrument === 'BTC-PERPETUAL')!;
    expect(perpetual.amountCurrency).toBe('USD');
    expect(perpetual.amount % 10).toBe(0);
    expect(greekfire().out).toContain(`${perpetual.amount.toLocaleString('en-US')} USD`);
  });

  it('describes itself', () => {
    expect(greekfire('--help')).toMatchObject({ code: 0, error: '' });
    expect(greekfire('--help').out).toContain('--chain <file>');
    expect(greekfire('--version').out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('ends quietly when its reader goes away', async () => {
    const child = spawn(process.execPath, [COMMAND, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    let error = '';
    child.stderr.on('data', (chunk: Buffer) => (error += chunk.toString()));
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(error).toBe('');
    expect(code).toBe(0);
  });
});

describe('greekfire: mistakes end with one line and exit code 2', () => {
  const chain = inputFile('chain.json', [orderBook()]);
  const book = inputFile('book.csv', 'instrument,quantity\nBTC-27MAR26-60000-C,1');

  it.each<[string, readonly string[], RegExp]>([
    ['a flag that does not exist', ['--chian', 'x'], /unknown option '--chian'/],
    ['a flag without its value', ['--chain'], /'--chain <file>' argument missing/],
    ['a command that does not exist', ['reprot'], /'reprot' is no command/],
    ['help as a command', ['help', 'reprot'], /'help' is no command \(see --help\)/],
    ['a seed beside a chain', ['--seed', '2', '--chain', 'x.json'], /'--seed <number>' cannot be used with/],
    ['a seed that is no number', ['--seed', 'one'], /'--seed <number>' argument 'one' is invalid/],
    [
      'a missing chain',
      ['--chain', '/nowhere/chain.json'],
      /cannot read \/nowhere\/chain.json: no such file/,
    ],
    [
      'a missing book',
      ['--chain', chain, '--book', '/nowhere/book.csv'],
      /cannot read \/nowhere\/book.csv: no such file/,
    ],
    ['a folder', ['--chain', tmpdir()], /it is a folder/],
    [
      'a binary file',
      ['--chain', inputFile('binary', 'a\u0000b')],
      /cannot read .*binary: it is no UTF-8 text/,
    ],
    ['a name that is empty', ['--chain', ''], /cannot read a file without a name/],
    [
      'JSON of another kind',
      ['--chain', inputFile('other.json', { foo: 1, bar: 2 })],
      /other.json: row 1: instrument_name is missing; the row has foo, bar/,
    ],
    [
      'a CSV without the columns',
      ['--chain', inputFile('columns.csv', 'a,b\n1,2')],
      /columns.csv: row 1: instrument_name is missing; the row has a, b/,
    ],
    [
      'a CSV without a header',
      ['--chain', chain, '--book', inputFile('bare.csv', 'BTC-27MAR26-60000-C,1')],
      /bare.csv: the input has no rows/,
    ],
    [
      'an instant beyond the calendar',
      ['--chain', inputFile('instant.json', [orderBook({ timestamp: 1e300 })])],
      /instant.json: row 1 .*timestamp is not an instant/,
    ],
    [
      'a quantity in hexadecimal',
      ['--chain', chain, '--book', inputFile('hex.csv', 'instrument,quantity\nBTC-27MAR26-60000-C,0x10')],
      /hex.csv: row 1: quantity is not a finite number: "0x10"/,
    ],
    [
      'a quantity beyond all there is',
      ['--chain', chain, '--book', inputFile('huge.csv', 'instrument,quantity\nBTC-27MAR26-60000-C,1e300')],
      /huge.csv: row 1: quantity is beyond/,
    ],
    [
      'a name that would steer the terminal',
      ['--chain', chain, '--book', inputFile('steer.csv', 'instrument,quantity\n\u001b[31mX,1')],
      /does not know \\x1b\[31mX/,
    ],
    ['an empty chain', ['--chain', inputFile('empty.json', '')], /empty.json: the input is empty/],
    ['broken JSON', ['--chain', inputFile('broken.json', '[{"a": 1')], /broken.json: not valid JSON/],
    [
      'a broken field',
      ['--chain', inputFile('field.json', [orderBook({ mark_iv: 'x' })])],
      /field.json: row 1 \(BTC-.*mark_iv/,
    ],
    [
      'a broken book',
      ['--chain', chain, '--book', inputFile('b.csv', 'instrument,quantity\nBTC-PERPETUAL,x')],
      /b.csv: row 1/,
    ],
    [
      'a chain as a futures file',
      ['--futures', chain],
      /chain.json: row 1 .*neither a future nor a perpetual/,
    ],
    [
      'a currency that is not there',
      ['--chain', chain, '--book', book, '--currency', 'ETH'],
      /--currency ETH: .*BTC/,
    ],
  ])('%s', (_, flags, message) => {
    const { code, out, error } = greekfire(...flags);
    expect(error).toMatch(message);
    expect(error).toMatch(/^greekfire: [^\n]+\n$/);
    expect(out).toBe('');
    expect(code).toBe(2);
  });

  it('a book that names unknown instruments: all of them', () => {
    const unknown = inputFile('unknown.json', [
      { instrument: 'BTC-27MAR26-1-C', quantity: 1 },
      { instrument: 'BTC-27MAR26-60000-C', quantity: 1 },
      { instrument: 'gold', quantity: 1 },
    ]);
    const { code, error } = greekfire('--chain', chain, '--book', unknown);
    expect(error).toMatch(/unknown.json: the chain does not know BTC-27MAR26-1-C, gold\n$/);
    expect(code).toBe(2);
  });
});

describe.skipIf(!hasData)(`greekfire: real chains${needsData}`, () => {
  it.each([
    ['chains/deribit_btc_order_books_20200912.json', ['BTC'], 358],
    ['chains/deribit_btc_booksummary_20260313.json', ['BTC'], 964],
    ['chains/deribit_btc_ticker_20260120.csv', ['BTC'], 648],
    ['chains/deribit_btc_eth_20260421T215503Z.csv', ['BTC', 'ETH'], 1610],
    ['chains/deribit_btc_eth_20260822T153351Z.csv', ['BTC', 'ETH'], 1970],
  ] as const)('%s', (file, underlyings, rows) => {
    const report = json('--chain', dataPath(file));
    expect(report.rows).toBe(rows);
    expect(report.underlyings.map(({ underlying }) => underlying)).toEqual(underlyings);
    for (const section of report.underlyings) {
      expect(section.unpriced).toEqual([]);
      checkSection(section);
    }
    const { out } = greekfire('--chain', dataPath(file));
    expect(out).not.toMatch(/NaN|undefined|null/);
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
  });

  it('a book of ours: a hedge with a proved gap', () => {
    const book = inputFile(
      'ours.csv',
      'instrument,quantity,structure\nBTC-25SEP20-10000-P,-40,strangle\nBTC-25SEP20-11000-C,-40,strangle\n' +
        'BTC-25DEC20-12000-C,15,calls\nBTC-26MAR21-8000-P,10,tail\nBTC-PERPETUAL,-50000,hedge',
    );
    const flags = ['--chain', dataPath('chains/deribit_btc_order_books_20200912.json'), '--book', book];
    const [section] = json(...flags).underlyings;
    expect(section).toMatchObject({ positions: 5, unpriced: [] });
    expect(section.hedge.trades.length).toBeGreaterThan(0);
    checkSection(section);
    expect(greekfire(...flags).out).toMatch(
      /optimal after \d+ iterations · relative duality gap \d\.\de-\d\d/,
    );
  });

  it('a real book on the chain that has it, and real futures', () => {
    const report = json(
      '--chain',
      dataPath('chains/deribit_btc_eth_20260822T153351Z.csv'),
      '--book',
      dataPath('books/deribit_short_puts_positions.json'),
    );
    expect(report).toMatchObject({ synthetic: false, withoutPositions: ['ETH'] });
    expect(report.underlyings[0]).toMatchObject({ underlying: 'BTC', positions: 6, unpriced: [] });
    checkSection(report.underlyings[0]);
    const quoted = json(
      '--chain',
      dataPath('chains/deribit_btc_ticker_20260120.csv'),
      '--futures',
      dataPath('chains/deribit_btc_futures_20260120.csv'),
    );
    expect(quoted).toMatchObject({ futuresQuoted: 8 });
  });
});
