import { createSync } from 'greekfire';
import { create } from 'greekfire/full';
import { describe, expect, test } from 'vitest';

const core = await create();
const option = { type: 'call', spot: 100, strike: 100, years: 1, volatility: 0.2 } as const;
const quote = { type: 'call', forward: 100, strike: 100, years: 1, price: 8 } as const;
const expiry = { years: 0.5, forward: 100, strike: [90, 100], volatility: [0.3, 0.2] };
const slice = {
  years: 0.5,
  forward: 100,
  type: 'call',
  strike: [80, 90, 100, 110, 120],
  bid: 1,
  ask: 2,
} as const;
const chain = core.chain([expiry]);
const book = core.book(chain, [{ expiry: 0, strike: 100, type: 'call', quantity: 1 }]);
const smile = core.smile([slice]);
const parity = { strike: [90, 100], callBid: 1, callAsk: 2, putBid: 1, putAsk: 2 };

/** A call with what it takes, and a slip of the pen added to that. */
const SLIPS: [string, (slip: object) => unknown][] = [
  ['createSync: options', (slip) => createSync({ ...slip })],
  ['evaluate: options', (slip) => core.evaluate({ ...option, ...slip })],
  ['batch: options', (slip) => core.batch(1, { ...slip })],
  ['impliedVolatility: quotes', (slip) => core.impliedVolatility({ ...quote, ...slip })],
  ['impliedForward: quotes', (slip) => core.impliedForward({ ...parity, ...slip })],
  ['chain: expiries[0]', (slip) => core.chain([{ ...expiry, ...slip }])],
  ['setPrices: prices', (slip) => chain.setPrices({ ...slip })],
  ['setPrices: prices.put', (slip) => chain.setPrices({ put: { bid: 1, ...slip } })],
  [
    'setYears: variance',
    (slip) => {
      chain.setYears([0.5], { ...slip });
    },
  ],
  ['exposure: options', (slip) => book.exposure({ ...slip })],
  ['exposureByExpiry: options', (slip) => book.exposureByExpiry({ ...slip })],
  ['scan: request', (slip) => book.scan({ spot: [0], ...slip })],
  ['scan: request.scenarios', (slip) => book.scan({ scenarios: { spot: [0], ...slip } })],
  ['scan: request.volatilityMove', (slip) => book.scan({ spot: [0], volatilityMove: { ...slip } })],
  ['smile: expiries[0]', (slip) => core.smile([{ ...slice, ...slip }])],
  ['smile: options', (slip) => core.smile([slice], { ...slip })],
  ['follow: options', (slip) => smile.follow(chain, { ...slip })],
  ['hedger: shape', (slip) => core.hedger({ instruments: 1, exposures: 1, ...slip })],
  ['margin: options', (slip) => core.margin(book, { model: 'span-16', ...slip })],
  ['payoff: options', (slip) => core.payoff(book, { ...slip })],
];

describe('a field that nothing reads is refused by its name, and nothing is kept', () => {
  test.each(SLIPS)('%s', (label, call) => {
    const name = label.split(': ')[1];
    const inUse = core.bytesInUse;
    expect(() => call({ volatilty: 1 })).toThrow(
      expect.objectContaining({ name: 'TypeError', message: `${name} has no field 'volatilty'` }),
    );
    expect(core.bytesInUse).toBe(inUse);
  });
});

/** Calls that take a column of numbers, and the name they have for it. */
const COLUMNS: [string, (column: ArrayLike<number>) => unknown][] = [
  ['options.strike', (column) => core.evaluate({ ...option, strike: column })],
  ['options.spot', (column) => core.evaluate({ ...option, spot: column })],
  ['quotes.price', (column) => core.impliedVolatility({ ...quote, price: column })],
  ['quotes.callBid', (column) => core.impliedForward({ ...parity, callBid: column })],
  ['expiries[0].strike', (column) => core.chain([{ ...expiry, strike: column }])],
  ['expiries[0].volatility', (column) => core.chain([{ ...expiry, volatility: column }])],
  ['prices.call.ask', (column) => chain.setPrices({ call: { ask: column } })],
  ['request.spot', (column) => book.scan({ spot: column })],
  ['request.weight', (column) => book.scan({ spot: [0, 0.1], weight: column })],
  ['expiries[0].bid', (column) => core.smile([{ ...slice, strike: [1, 2], bid: column }])],
  [
    'problem.exposure',
    (column) => {
      core.hedger({ instruments: 1, exposures: 2 }).update({ exposure: column });
    },
  ],
  ['strike', (column) => smile.volatility(0, column)],
];

describe('what is no number inside an array is refused by its place', () => {
  test.each(COLUMNS)('%s', (name, call) => {
    for (const [bad, text] of [
      ['100', "'100'"],
      [null, 'null'],
      [undefined, 'undefined'],
      [1n, '1n'],
      [[1], 'an array'],
    ] as const) {
      expect(() => call([1, bad] as never), text).toThrow(
        expect.objectContaining({ name: 'TypeError', message: `${name}[1] must be a number, got ${text}` }),
      );
    }
    expect(() => call(BigInt64Array.of(1n, 2n) as never)).toThrow(`${name}[0] must be a number, got 1n`);
  });
});

describe('a module that is none', () => {
  test.each([
    [{ module: null }, 'options.module must be a WebAssembly.Module or its bytes, got null'],
    [{ module: 'core.wasm' }, "options.module must be a WebAssembly.Module or its bytes, got 'core.wasm'"],
    [null, 'options must be an object, got null'],
  ])('%j', async (options, message) => {
    expect(() => createSync(options as never)).toThrow(new TypeError(message));
    await expect(create(options as never)).rejects.toThrow(new TypeError(message));
  });
});
