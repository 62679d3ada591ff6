import {
  chainInput,
  hedgeInstruments,
  QUOTE_STATUS,
  ReadError,
  readChain,
  smileInput,
  type QuoteStatus,
} from 'greekfire/deribit';
import { yearsBetween } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { csv, NOW, orderBook, summaryRow } from './samples.js';

const EXPIRY = Date.UTC(2026, 2, 27, 8);

function statusesOf(...rows: Record<string, unknown>[]): QuoteStatus[] {
  return readChain(JSON.stringify(rows)).quotes.map((quote) => quote.status);
}

describe('readChain: formats', () => {
  it('reads a list of order books', () => {
    const market = readChain(JSON.stringify([orderBook()]));
    expect(market).toMatchObject({ format: 'order books', instant: NOW, underlyings: ['BTC'] });
    expect(market.expiries).toEqual([
      {
        underlying: 'BTC',
        label: '27MAR26',
        instant: EXPIRY,
        years: yearsBetween(NOW, EXPIRY),
        settlement: 'inverse',
        forward: 50_000,
        forwardSource: 'given',
        forwardSpread: 0,
      },
    ]);
    expect(market.quotes[0]).toMatchObject({
      row: 1,
      strike: 60_000,
      type: 'call',
      volatility: 0.6,
      bidVolatility: 0.59,
      bid: 0.0195,
      ask: 0.0205,
      bidSize: 4,
      askSize: 6,
      asks: [
        [0.0205, 6],
        [0.0215, 12],
        [0.03, 1],
      ],
      greeks: { delta: 0.2, gamma: 0.00002, vega: 40, theta: -30, rho: 5 },
      status: 'ok',
    });
  });

  it('reads a book summary in its envelope, and without it', () => {
    const rows = [summaryRow()];
    const answer = readChain(JSON.stringify({ jsonrpc: '2.0', result: rows, usDiff: 1 }));
    expect(answer).toMatchObject({ format: 'book summary', instant: NOW });
    expect(answer.quotes[0]).toMatchObject({
      bid: 0.0195,
      ask: NaN,
      bidSize: NaN,
      volatility: 0.6,
      greeks: undefined,
    });
    expect(readChain(JSON.stringify(rows))).toEqual(answer);
  });

  it('reads one order book, and a list of answers in their envelopes', () => {
    const alone = readChain(JSON.stringify({ jsonrpc: '2.0', result: orderBook() }));
    expect(readChain(JSON.stringify([{ jsonrpc: '2.0', result: orderBook() }]))).toEqual(alone);
  });

  it('reads ticker fields as CSV, volatility in percent', () => {
    const row: Record<string, unknown> = { ...orderBook(), creation_timestamp: 1 };
    for (const [name, value] of Object.entries(row['greeks'] as object))
      row[`greeks_${name}`] = value as number;
    for (const name of ['greeks', 'bids', 'asks']) Reflect.deleteProperty(row, name);
    const market = readChain(csv([row]));
    expect(market).toMatchObject({ format: 'tickers', instant: NOW });
    expect(market.quotes[0]).toMatchObject({
      volatility: 0.6,
      bidSize: 4,
      greeks: { vega: 40, theta: -30 },
      bids: [],
    });
  });

  it('reads the derived CSV, volatility as a fraction, years from the expiry and not from its column', () => {
    const row = {
      timestamp: '2026-03-01T12:00:00.000000+00:00',
      instrument_name: 'ETH-27MAR26-2500-P',
      underlying: 2400,
      underlying_name: 'ETH-27MAR26',
      time_to_maturity: 0.0707,
      bid_price: 0.05,
      ask_price: 0.06,
      mark_price: 0.055,
      futures_price: 2401,
      implied_volatility: 0.7,
      delta: -0.6,
      vega: 2,
      index_price: 2390,
    };
    const market = readChain(csv([row]));
    expect(market.expiries[0]).toMatchObject({ forward: 2401, forwardSource: 'given' });
    expect(market.expiries[0].years).toBe(yearsBetween(NOW, EXPIRY));
    expect(market.quotes[0]).toMatchObject({ volatility: 0.7, greeks: { delta: -0.6, vega: 2, theta: NaN } });
  });

  it('keeps currencies apart and sorts expiries', () => {
    const names = [
      'ETH-26JUN26-3000-C',
      'BTC-26JUN26-60000-C',
      'ETH-27MAR26-3000-C',
      'BTC_USDC-27MAR26-60000-C',
    ];
    const market = readChain(JSON.stringify(names.map((instrument_name) => orderBook({ instrument_name }))));
    expect(market.underlyings).toEqual(['ETH', 'BTC', 'BTC_USDC']);
    expect(market.expiries.map(({ underlying, label }) => `${underlying}-${label}`)).toEqual([
      'ETH-27MAR26',
      'ETH-26JUN26',
      'BTC-26JUN26',
      'BTC_USDC-27MAR26',
    ]);
    expect(market.quotes.map(({ expiry }) => expiry)).toEqual([1, 2, 0, 3]);
    expect(market.expiries[3].settlement).toBe('linear');
  });

  it('takes futures out of the rows', () => {
    const perpetual = {
      ...orderBook({ instrument_name: 'BTC-PERPETUAL', mark_price: 50_000, best_bid_amount: 100_000 }),
    };
    const market = readChain(JSON.stringify([orderBook(), perpetual]));
    expect(market.quotes).toHaveLength(1);
    expect(market.futures[0]).toMatchObject({ name: 'BTC-PERPETUAL', mark: 50_000, bidSize: 2 });
  });
});

describe('readChain: statuses', () => {
  it('carries every row under its gravest status and counts it', () => {
    const odd: Record<QuoteStatus, Record<string, unknown>> = {
      ok: {},
      noBid: { best_bid_price: 0, bids: [] },
      noAsk: { best_ask_price: null, asks: [] },
      noQuote: { best_bid_price: 0, bids: [], best_ask_price: 0, asks: [] },
      crossed: { best_bid_price: 0.03 },
      forwardBlank: { underlying_price: null },
      volatilityImplied: {},
      noMark: { mark_price: 0, best_bid_price: 0 },
      belowIntrinsic: { strike: 40_000, mark_price: 0.19 },
      noVolatility: { mark_iv: null },
      noForward: {},
      implausible: { mark_iv: 9e11 },
      expired: { timestamp: EXPIRY },
      duplicate: {},
      unrecognised: {},
    };
    const rows = Object.entries(odd)
      .filter(([status]) => !['volatilityImplied', 'noForward', 'duplicate', 'unrecognised'].includes(status))
      .map(([, { strike = 60_000, ...fields }], index) =>
        orderBook({ instrument_name: `BTC-27MAR26-${Number(strike) + index}-C`, ...fields }),
      );
    rows.push(rows[0], orderBook({ instrument_name: 'BTC-CS-27MAR26-1_2' }));
    const market = readChain(JSON.stringify(rows));
    expect(market.quotes.map((quote) => quote.status)).toEqual([
      'ok',
      'noBid',
      'noAsk',
      'noQuote',
      'crossed',
      'forwardBlank',
      'noMark',
      'belowIntrinsic',
      'noVolatility',
      'implausible',
      'expired',
      'duplicate',
    ]);
    expect(market.unrecognised).toEqual([{ row: rows.length, name: 'BTC-CS-27MAR26-1_2' }]);
    expect(Object.keys(market.counts)).toEqual(Object.keys(QUOTE_STATUS));
    expect(Object.values(market.counts).reduce((sum, count) => sum + count, 0)).toBe(rows.length);
  });

  it('leaves out what cannot be: volatilities, prices and instants', () => {
    const other = { instrument_name: 'BTC-27MAR26-70000-C' };
    const put = { instrument_name: 'BTC-27MAR26-60000-P' };
    for (const slip of [
      { mark_iv: 9e11 },
      { timestamp: -86_400_000 },
      { timestamp: NOW - 8 * 86_400_000 },
      { best_bid_price: 1e11, best_ask_price: 2e11 },
      { mark_price: 1.1 },
      { ...put, mark_price: 1.3 },
    ]) {
      const market = readChain(JSON.stringify([orderBook(other), orderBook(slip)]));
      const statuses = market.quotes.map(({ status }) => status);
      expect(statuses, JSON.stringify(slip)).toEqual(['ok', 'implausible']);
      expect(market.instant).toBe(NOW);
      expect(market.counts.implausible).toBe(1);
      const { expiries } = chainInput(market);
      expect(Array.from(expiries[0].strike)).toEqual([60_000, 70_000]);
      expect(Array.from(expiries[0].volatility)).toEqual([NaN, 0.6]);
      expect(hedgeInstruments(market, { underlying: 'BTC' }).map(({ name }) => name)).toEqual([
        'BTC-PERPETUAL',
        other.instrument_name,
      ]);
      const smiles = smileInput(market, 'BTC');
      expect(Array.from(smiles.expiries[0].strike as number[])).toEqual([70_000]);
    }
    // a deep put in coin is worth more than a coin
    expect(statusesOf(orderBook({ ...put, strike: 60_000, mark_price: 1.2, best_ask_price: 1.21 }))).toEqual([
      'ok',
    ]);
  });

  it('does not take its time from a row of an option that was over, and takes the row that was not', () => {
    const late = Date.UTC(2099, 0, 1);
    const rows = [orderBook(), orderBook({ timestamp: late })];
    const market = readChain(JSON.stringify(rows));
    expect(market.instant).toBe(NOW);
    expect(market.quotes.map(({ status }) => status)).toEqual(['ok', 'duplicate']);
    // of an input that is all of the past, the last instant is the market's
    expect(readChain(JSON.stringify([orderBook({ timestamp: late })])).instant).toBe(late);
  });

  it('keeps the later of two rows of one instrument', () => {
    expect(statusesOf(orderBook(), orderBook({ timestamp: NOW + 1 }))).toEqual(['duplicate', 'ok']);
    expect(statusesOf(orderBook(), orderBook())).toEqual(['ok', 'duplicate']);
  });

  it('measures years from the latest row, and each row from its own instant', () => {
    const market = readChain(
      JSON.stringify([
        orderBook(),
        orderBook({ instrument_name: 'BTC-27MAR26-61000-C', timestamp: NOW + 60_000 }),
      ]),
    );
    expect(market.instant).toBe(NOW + 60_000);
    expect(market.quotes[0].years - market.quotes[1].years).toBeCloseTo(60_000 / 31_536_000_000, 15);
    expect(market.expiries[0].years).toBe(market.quotes[1].years);
  });
});

describe('readChain: forwards', () => {
  const blank = { underlying_price: null, underlying_index: 'index_price' };

  it('takes the median where rows disagree, and says by how much', () => {
    const prices = [50_000, 50_010, 50_030];
    const rows = prices.map((underlying_price, index) =>
      orderBook({ instrument_name: `BTC-27MAR26-${60_000 + index}-C`, underlying_price }),
    );
    const [expiry] = readChain(JSON.stringify(rows)).expiries;
    expect(expiry).toMatchObject({ forward: 50_010, forwardSource: 'given' });
    expect(expiry.forwardSpread).toBeCloseTo(30 / 50_010, 12);
  });

  it('takes put-call parity of the marks where the rows carry the index', () => {
    const forward = 50_100;
    const rows = [45_000, 50_000, 55_000].flatMap((strike) => [
      orderBook({
        instrument_name: `BTC-27MAR26-${strike}-C`,
        mark_price: 0.1 + 1 - strike / forward,
        ...blank,
      }),
      orderBook({
        instrument_name: `BTC-27MAR26-${strike}-P`,
        mark_price: 0.1,
        ...blank,
        underlying_price: 49_900,
      }),
    ]);
    const [expiry] = readChain(JSON.stringify(rows)).expiries;
    expect(expiry.forwardSource).toBe('parity');
    expect(expiry.forward).toBeCloseTo(forward, 6);
  });

  it('takes the mark of the future before parity, and the index last', () => {
    const row = orderBook(blank);
    const future = orderBook({ instrument_name: 'BTC-27MAR26', mark_price: 50_200 });
    expect(readChain(JSON.stringify([row, future])).expiries[0]).toMatchObject({
      forward: 50_200,
      forwardSource: 'future',
    });
    expect(readChain(JSON.stringify([row])).expiries[0]).toMatchObject({
      forward: 49_900,
      forwardSource: 'index',
    });
  });

  it('has none where nothing gives one', () => {
    const market = readChain(JSON.stringify([orderBook({ ...blank, index_price: null })]));
    expect(market.expiries[0]).toMatchObject({ forward: NaN, forwardSource: 'none' });
    expect(market.quotes[0].status).toBe('noForward');
  });
});

describe('readChain: what cannot be read', () => {
  it.each<[string, string, string]>([
    ['nothing', ' \n', 'the input is empty'],
    ['an empty list', '[]', 'the input has no rows'],
    ['broken JSON', '[{"a":', 'not valid JSON'],
    ['a broken table', 'instrument_name,mark_iv\n"BTC', 'not valid CSV'],
    ['a column twice', 'instrument_name,mark_iv,mark_iv\nBTC-27MAR26-60000-C,50,60', 'named "mark_iv"'],
    ['another table', '[STRIKE],[IV]\n1,2', 'row 1: instrument_name is missing'],
    [
      'a number in a list',
      '[{"instrument_name":"BTC-PERPETUAL","timestamp":1}, 7]',
      'row 2: must be an object, not 7',
    ],
    [
      'an error answer',
      '{"jsonrpc":"2.0","error":{"code":1,"message":"too_many_requests"}}',
      'too_many_requests',
    ],
    ['no options', JSON.stringify([orderBook({ instrument_name: 'BTC-PERPETUAL' })]), 'has no option rows'],
    [
      'words for numbers',
      JSON.stringify([orderBook({ mark_iv: 'high' })]),
      'row 1 (BTC-27MAR26-60000-C): mark_iv is not',
    ],
    [
      'an overflow',
      '[{"instrument_name":"BTC-27MAR26-1-C","timestamp":1,"mark_price":1e999}]',
      'mark_price is not a finite',
    ],
    ['bad levels', JSON.stringify([orderBook({ bids: [[1]] })]), 'bids[0] must be [price, size]'],
    ['a huge price', JSON.stringify([orderBook({ underlying_price: 1e300 })]), 'underlying_price must be'],
    [
      'a tiny price',
      JSON.stringify([orderBook({ index_price: 5e-324 })]),
      'index_price must be 0, or between',
    ],
    ['a huge size', JSON.stringify([orderBook({ bids: [[0.02, 1e300]] })]), 'bids[0] must be 0, or between'],
    [
      'no decimal',
      JSON.stringify([orderBook({ mark_iv: '0x10' })]),
      'mark_iv is not a finite number: "0x10"',
    ],
    ['no day there is', JSON.stringify([orderBook({ timestamp: 1e300 })]), 'is not an instant: 1e+300'],
    ['no instant', JSON.stringify([orderBook({ timestamp: undefined })]), 'timestamp is missing'],
    [
      'a bad instant',
      JSON.stringify([orderBook({ timestamp: 'noon' })]),
      'timestamp is not an instant: "noon"',
    ],
    ['no marks', '[{"instrument_name":"BTC-27MAR26-1-C","timestamp":1}]', 'none of mark_price'],
  ])('%s is an error of one line', (_, text, message) => {
    expect(() => readChain(text)).toThrow(ReadError);
    expect(() => readChain(text)).toThrow(message);
    try {
      readChain(text);
    } catch (error) {
      expect((error as Error).message).not.toContain('\n');
    }
  });
});
