import { bookPositions, chainInput, ReadError, readBook, readChain, readFutures } from 'greekfire/deribit';
import { describe, expect, it } from 'vitest';
import { csv, NOW, orderBook } from './samples.js';

const market = readChain(
  JSON.stringify([
    orderBook(),
    orderBook({ instrument_name: 'BTC-27MAR26-60000-P', mark_price: 0.22 }),
    orderBook({ instrument_name: 'BTC-27MAR26-40000-P', mark_price: null, mark_iv: null }),
    orderBook({ instrument_name: 'BTC_USDC-27MAR26-60000-C', mark_price: 1000 }),
  ]),
);
const input = chainInput(market);

describe('readBook', () => {
  it('reads CSV with instrument and quantity, in any of their names', () => {
    const lines = readBook(
      'instrument_name,quantity,structure\nBTC-27MAR26-60000-C,-2.5,strangle\nBTC-27MAR26-60000-P,1,',
    );
    expect(
      lines.map(({ row, name, quantity, unit, structure }) => [row, name, quantity, unit, structure]),
    ).toEqual([
      [1, 'BTC-27MAR26-60000-C', -2.5, 'coin', 'strangle'],
      [2, 'BTC-27MAR26-60000-P', 1, 'coin', undefined],
    ]);
    expect(readBook('instrument,size\nBTC-PERPETUAL,-1000')[0]).toMatchObject({
      quantity: -1000,
      unit: 'usd',
    });
  });

  it('reads JSON: a list, or one under "positions" or "result"', () => {
    const positions = [{ instrument: 'BTC-27MAR26-60000-C', quantity: 3 }];
    const lines = readBook(JSON.stringify(positions));
    expect(lines).toHaveLength(1);
    expect(readBook(JSON.stringify({ positions }))).toEqual(lines);
    expect(readBook(JSON.stringify({ jsonrpc: '2.0', result: positions }))).toEqual(lines);
  });

  it('reads a record of short puts with its running hedge in coin', () => {
    const text = JSON.stringify({
      positions: [{ instrument_name: 'BTC-27MAR26-60000-P', contracts: 0.4, hedge_qty: -0.02 }],
      hedge: { qty: -0.05, avg_entry: 49_000 },
      history: [{ instrument_name: 'BTC-1JAN26-60000-P', contracts: 1 }],
    });
    expect(readBook(text).map(({ name, quantity, unit }) => [name, quantity, unit])).toEqual([
      ['BTC-27MAR26-60000-P', -0.4, 'coin'],
      ['BTC-PERPETUAL', -0.05, 'coin'],
    ]);
  });

  it.each([
    ['', 'the input is empty'],
    ['{"orders":[]}', 'a book is a list of positions'],
    ['[]', 'the input has no rows'],
    ['[1]', 'row 1: must be an object'],
    ['quantity\n1', 'row 1: instrument_name is missing'],
    ['instrument,quantity\nBTC-PERPETUAL,', 'row 1: quantity is missing'],
    [
      'instrument_name,quantity\nBTC-PERPETUAL,many',
      'row 1 (BTC-PERPETUAL): quantity is not a finite number: "many"',
    ],
    ['instrument,quantity\nBTC-PERPETUAL,1e300', 'quantity is beyond 1000000000000000: 1e+300'],
    ['instrument,quantity,unit\nBTC-PERPETUAL,1,eur', 'unit must be coin or usd, not eur'],
    ['instrument,quantity,unit\nBTC-27MAR26-60000-C,1,usd', 'unit must be coin for an option'],
  ])('refuses %j', (text, message) => {
    expect(() => readBook(text)).toThrow(ReadError);
    expect(() => readBook(text)).toThrow(message);
  });
});

describe('bookPositions', () => {
  it('makes positions on the chain, USD of inverse futures in coin at their price', () => {
    const lines = readBook(
      csv([
        { instrument: 'BTC-27MAR26-60000-C', quantity: -2 },
        { instrument: 'BTC-27MAR26', quantity: 100_000 },
        { instrument: 'BTC-PERPETUAL', quantity: -49_900 },
        { instrument: 'BTC_USDC-PERPETUAL', quantity: 3 },
      ]),
    );
    expect(bookPositions(lines, market, input).positions).toEqual([
      { kind: 'option', expiry: 0, strike: 60_000, type: 'call', quantity: -2 },
      { kind: 'future', expiry: 0, quantity: 2 },
      { kind: 'perpetual', underlying: 'BTC', quantity: -1 },
      { kind: 'perpetual', underlying: 'BTC_USDC', quantity: 3 },
    ]);
  });

  it('prefers the mark of the contract itself', () => {
    const futures = readFutures(
      csv([{ instrument_name: 'BTC-27MAR26', timestamp: NOW, mark_price: 40_000, best_bid_amount: 80_000 }]),
    );
    expect(futures[0].bidSize).toBe(2);
    const quoted = readChain(JSON.stringify([orderBook()]), { futures });
    const lines = readBook('instrument,quantity\nBTC-27MAR26,100000');
    expect(bookPositions(lines, quoted, chainInput(quoted)).positions).toEqual([
      { kind: 'future', expiry: 0, quantity: 2.5 },
    ]);
  });

  it('lists every unknown name in one error', () => {
    const names = [
      'BTC-27MAR26-99999-C',
      'BTC-27MAR26-60000-C',
      'ETH-PERPETUAL',
      'BTC-1JAN30',
      'gold',
      'gold',
    ];
    const lines = readBook(csv(names.map((instrument) => ({ instrument, quantity: 1 }))));
    expect(() => bookPositions(lines, market, input)).toThrow(
      new ReadError('the chain does not know BTC-27MAR26-99999-C, ETH-PERPETUAL, BTC-1JAN30, gold'),
    );
  });

  it('sets a known instrument without a price aside, with its status', () => {
    const lines = readBook('instrument,quantity\nBTC-27MAR26-40000-P,1\nBTC-27MAR26-60000-C,1');
    const { positions, unpriced } = bookPositions(lines, market, input);
    expect(positions).toHaveLength(1);
    expect(unpriced).toEqual([{ line: lines[0], status: 'noVolatility' }]);
  });
});

describe('readFutures', () => {
  it('refuses an option', () => {
    expect(() => readFutures(JSON.stringify([orderBook()]))).toThrow('is neither a future nor a perpetual');
  });
});
