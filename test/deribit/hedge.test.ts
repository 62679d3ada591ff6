import { chainInput, DERIBIT_FEES, hedgeInstruments, readChain, spreadCost } from 'greekfire/deribit';
import { describe, expect, it } from 'vitest';
import { orderBook, summaryRow } from './samples.js';

describe('chainInput', () => {
  it('gives a strike the volatility of its out-of-the-money option', () => {
    const rows = [40_000, 60_000].flatMap((strike) => [
      orderBook({ instrument_name: `BTC-27MAR26-${strike}-P`, mark_iv: 50, mark_price: 0.3 }),
      orderBook({ instrument_name: `BTC-27MAR26-${strike}-C`, mark_iv: 60, mark_price: 0.3 }),
    ]);
    const [expiry] = chainInput(readChain(JSON.stringify(rows))).expiries;
    expect([...(expiry.strike as Float64Array)]).toEqual([40_000, 60_000]);
    expect([...(expiry.volatility as Float64Array)]).toEqual([0.5, 0.6]);
  });

  it('falls back to the other option, and to NaN', () => {
    const none = { mark_iv: null, mark_price: null };
    const rows = [
      orderBook({ instrument_name: 'BTC-27MAR26-60000-C', ...none }),
      orderBook({ instrument_name: 'BTC-27MAR26-60000-P', mark_iv: 55, mark_price: 0.3 }),
      orderBook({ instrument_name: 'BTC-27MAR26-70000-C', ...none }),
    ];
    const [expiry] = chainInput(readChain(JSON.stringify(rows))).expiries;
    expect([...(expiry.volatility as Float64Array)]).toEqual([0.55, NaN]);
  });

  it('leaves out an expiry without a forward', () => {
    const rows = [
      orderBook({ instrument_name: 'BTC-26JUN26-60000-C' }),
      orderBook({ underlying_price: null, index_price: null }),
    ];
    const { expiries, expiryIndex } = chainInput(readChain(JSON.stringify(rows)));
    expect(expiries.map(({ label }) => label)).toEqual(['26JUN26']);
    expect([...expiryIndex]).toEqual([-1, 0]);
  });
});

describe('hedgeInstruments', () => {
  const options = { underlying: 'BTC' };

  it('turns coin quotes into quote currency at the forward', () => {
    const [, option] = hedgeInstruments(readChain(JSON.stringify([orderBook()])), options);
    expect(option).toMatchObject({
      name: 'BTC-27MAR26-60000-C',
      position: { kind: 'option', expiry: 0, strike: 60_000, type: 'call', quantity: 1 },
      sellLimit: 14,
      buyLimit: 19,
      assumed: 'nothing',
    });
    expect(option.mid).toBeCloseTo(0.02 * 50_000, 9);
    expect(option.halfSpread).toBeCloseTo(0.0005 * 50_000, 9);
    expect(option.asks.map(([cost, units]) => [Math.round(cost), units])).toEqual([
      [25, 6],
      [75, 12],
      [500, 1],
    ]);
    expect(option.fee).toBeCloseTo(DERIBIT_FEES.option * 50_000, 9);
  });

  it('sorts levels, and takes none for better than the best price', () => {
    const asks = [
      [0.04, 1],
      [0.0205, 6],
      [0.015, 2],
    ];
    const text = JSON.stringify([orderBook({ best_ask_price: 0.0205, asks })]);
    const [, option] = hedgeInstruments(readChain(text), options);
    expect(option.asks.map(([cost, units]) => [Math.round(cost), units])).toEqual([
      [25, 2],
      [25, 6],
      [1000, 1],
    ]);
  });

  it('costs a trade level by level', () => {
    const [, option] = hedgeInstruments(readChain(JSON.stringify([orderBook()])), options);
    expect(spreadCost(option, 4)).toBeCloseTo(4 * 25, 9);
    expect(spreadCost(option, 10)).toBeCloseTo(6 * 25 + 4 * 75, 9);
    expect(spreadCost(option, -5)).toBeCloseTo(4 * 25 + 1 * 50, 9);
  });

  it('caps the fee of a cheap option at 12.5 % of its price', () => {
    const cheap = orderBook({ best_bid_price: 0.0004, best_ask_price: 0.0006, bids: [], asks: [] });
    const [, option] = hedgeInstruments(readChain(JSON.stringify([cheap])), options);
    expect(option.fee).toBeCloseTo(0.125 * 0.0005 * 50_000, 9);
  });

  it('assumes a perpetual at the index where none is quoted, and says so', () => {
    const [perpetual] = hedgeInstruments(readChain(JSON.stringify([orderBook()])), options);
    expect(perpetual).toMatchObject({ name: 'BTC-PERPETUAL', mid: 49_900, assumed: 'quote' });
    const quoted = orderBook({
      instrument_name: 'BTC-PERPETUAL',
      mark_price: 50_000,
      bids: [[49_999, 100_000]],
      asks: [[50_001, 50_000]],
      best_bid_price: 49_999,
      best_ask_price: 50_001,
    });
    const [real] = hedgeInstruments(readChain(JSON.stringify([orderBook(), quoted])), options);
    expect(real).toMatchObject({ mid: 50_000, halfSpread: 1, sellLimit: 2, buyLimit: 1, assumed: 'nothing' });
    expect(real.fee).toBeCloseTo(25, 9);
  });

  it('assumes sizes where an input gives none, and says so', () => {
    const rows = [summaryRow({ ask_price: 0.0205 })];
    const [, option] = hedgeInstruments(readChain(JSON.stringify(rows)), { ...options, size: 7 });
    expect(option).toMatchObject({ sellLimit: 7, buyLimit: 7, assumed: 'size' });
  });

  it('leaves out what expires too soon', () => {
    const market = readChain(JSON.stringify([orderBook()]));
    const { years } = market.quotes[0];
    const named = (leastYears: number): string[] =>
      hedgeInstruments(market, { ...options, leastYears }).map(({ name }) => name);
    expect(named(years)).toEqual(['BTC-PERPETUAL', 'BTC-27MAR26-60000-C']);
    expect(named(years * 1.001)).toEqual(['BTC-PERPETUAL']);
  });

  it('leaves out what is one-sided, crossed, too wide or not priced', () => {
    const rows = [
      { best_bid_price: 0, bids: [] },
      { best_bid_price: 0.03 },
      { best_bid_price: 0.005 },
      { mark_iv: null, mark_price: null },
    ].map((fields, index) => orderBook({ instrument_name: `BTC-27MAR26-${60_000 + index}-C`, ...fields }));
    const names = hedgeInstruments(readChain(JSON.stringify(rows)), options).map(({ name }) => name);
    expect(names).toEqual(['BTC-PERPETUAL']);
  });
});
