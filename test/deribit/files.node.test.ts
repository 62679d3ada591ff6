import {
  bookPositions,
  chainInput,
  readBook,
  readChain,
  readFutures,
  type QuoteStatus,
} from 'greekfire/deribit';
import { describe, expect, it } from 'vitest';
import { dataText, hasData, needsData } from './data.js';

interface Expected {
  readonly file: string;
  readonly format: string;
  readonly rows: Readonly<Record<string, number>>;
  readonly expiries: Readonly<Record<string, number>>;
  readonly instant: string;
  readonly missingQuotes: number;
}

const CHAINS: readonly Expected[] = [
  {
    file: 'chains/deribit_btc_order_books_20200912.json',
    format: 'order books',
    rows: { BTC: 358 },
    expiries: { BTC: 9 },
    instant: '2020-09-12T23:08',
    missingQuotes: 117,
  },
  {
    file: 'chains/deribit_btc_booksummary_20260313.json',
    format: 'book summary',
    rows: { BTC: 964 },
    expiries: { BTC: 12 },
    instant: '2026-03-13T19:00',
    missingQuotes: 48,
  },
  {
    file: 'chains/deribit_btc_ticker_20260120.csv',
    format: 'tickers',
    rows: { BTC: 648 },
    expiries: { BTC: 11 },
    instant: '2026-01-20T12:31',
    missingQuotes: 36,
  },
  {
    file: 'chains/deribit_btc_eth_20260421T215503Z.csv',
    format: 'tickers',
    rows: { BTC: 872, ETH: 738 },
    expiries: { BTC: 11, ETH: 11 },
    instant: '2026-04-21T21:55',
    missingQuotes: 90,
  },
  {
    file: 'chains/deribit_btc_eth_20260822T153351Z.csv',
    format: 'tickers',
    rows: { BTC: 1038, ETH: 932 },
    expiries: { BTC: 12, ETH: 12 },
    instant: '2026-08-22T15:33',
    missingQuotes: 118,
  },
];

describe.skipIf(!hasData)(`real files${needsData}`, () => {
  it.each(CHAINS)('$file is read whole', ({ file, format, rows, expiries, instant, missingQuotes }) => {
    const market = readChain(dataText(file));
    const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
    expect(market.format).toBe(format);
    expect(new Date(market.instant).toISOString().slice(0, 16)).toBe(instant);
    expect(market.quotes).toHaveLength(total);
    expect(Object.values(market.counts).reduce((sum, count) => sum + count, 0)).toBe(total);
    for (const [underlying, count] of Object.entries(rows)) {
      expect(market.quotes.filter((quote) => quote.instrument.underlying === underlying)).toHaveLength(count);
      expect(market.expiries.filter((expiry) => expiry.underlying === underlying)).toHaveLength(
        expiries[underlying],
      );
    }
    const missing = market.quotes.flatMap(({ bid, ask }) => [bid, ask].filter(Number.isNaN));
    expect(missing).toHaveLength(missingQuotes);
    const unusable: readonly QuoteStatus[] = [
      'noForward',
      'noVolatility',
      'expired',
      'duplicate',
      'unrecognised',
    ];
    for (const status of unusable) expect(market.counts[status], status).toBe(0);
    for (const spec of chainInput(market).expiries) {
      expect(Array.from(spec.volatility).every((volatility) => volatility > 0.05 && volatility < 6)).toBe(
        true,
      );
    }
  });

  it('blank forwards come from parity, a few basis points off the index the rows carry', () => {
    const market = readChain(dataText('chains/deribit_btc_eth_20260421T215503Z.csv'));
    const blank = market.quotes.filter((quote) => !quote.forwardGiven);
    expect(blank).toHaveLength(294);
    for (const expiry of market.expiries.filter(({ forwardSource }) => forwardSource === 'parity')) {
      expect(expiry.forwardSpread).toBeLessThan(1e-5);
    }
    expect(market.expiries.filter(({ forwardSource }) => forwardSource === 'parity')).toHaveLength(6);
  });

  it('futures and the perpetual are quoted, in coin', () => {
    const futures = readFutures(dataText('chains/deribit_btc_futures_20260120.csv'));
    expect(futures).toHaveLength(8);
    const perpetual = futures.find(({ name }) => name === 'BTC-PERPETUAL')!;
    expect(perpetual.mark).toBe(91086.17);
    expect(perpetual.bidSize * perpetual.mark).toBeCloseTo(133280, 0);
  });

  it('the short-put book stands on the chain that has its instruments', () => {
    const market = readChain(dataText('chains/deribit_btc_eth_20260822T153351Z.csv'));
    const lines = readBook(dataText('books/deribit_short_puts_positions.json'));
    const { positions, unpriced } = bookPositions(lines, market, chainInput(market));
    expect(unpriced).toEqual([]);
    expect(positions).toHaveLength(6);
    expect(
      positions.reduce((sum, { kind, quantity }) => sum + (kind === 'option' ? quantity : 0), 0),
    ).toBeCloseTo(-1.6);
    expect(positions[5]).toEqual({ kind: 'perpetual', underlying: 'BTC', quantity: -0.04849 });
  });

  it('a chain of another vendor is refused in one line', () => {
    expect(() => readChain(dataText('chains/spy_optionsdx_eod_20221230.csv'))).toThrow(
      'row 1: instrument_name is missing',
    );
  });
});
