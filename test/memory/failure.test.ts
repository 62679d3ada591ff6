import { create } from 'greekfire/full';
import { describe, expect, it } from 'vitest';

const core = await create();
const makeChain = core.chain.bind(core) as (expiries: unknown, order?: unknown) => unknown;
const makeBatch = core.batch.bind(core) as (capacity: unknown, options?: unknown) => unknown;
const makeHedger = core.hedger.bind(core) as (shape: unknown) => unknown;
const solve = core.impliedVolatility.bind(core) as (quotes: unknown) => unknown;
const makeBook = core.book.bind(core) as (...args: unknown[]) => unknown;

const spec = { years: 1, forward: 100, strike: [90, 100], volatility: [0.5, 0.5] };
const chain = core.chain([spec]);
const book = core.book(chain, [{ expiry: 0, strike: 90, type: 'call', quantity: 1 }]);
const option = { expiry: 0, strike: 90, type: 'call', quantity: 1 };
const quote = { type: 'call', forward: 100, strike: [90, 100], years: 1, price: 12 };

/** Arrays that fail only when their elements are read, after the object's memory was taken. */
const unreadable = [90, 100n];

const FAILURES: [string, () => unknown][] = [
  ['a batch of a bad order', () => makeBatch(3, { order: 4 })],
  ['a batch of a bad settlement', () => makeBatch(3, { settlement: 'coin' })],
  ['a chain of no expiries', () => makeChain([])],
  ['a chain of a bad order', () => makeChain([spec], 4)],
  ['a chain with a bad forward', () => makeChain([spec, { ...spec, forward: -1 }])],
  ['a chain with unsorted strikes', () => makeChain([spec, { ...spec, strike: [100, 90] }])],
  [
    'an inverse chain with unsorted strikes',
    () => makeChain([{ ...spec, settlement: 'inverse', strike: [2, 2] }]),
  ],
  ['a chain with an unreadable strike', () => makeChain([spec, { ...spec, strike: unreadable }])],
  ['a chain with an unreadable volatility', () => makeChain([spec, { ...spec, volatility: unreadable }])],
  ['a book with a bad strike', () => makeBook(chain, [option, { ...option, strike: 95 }])],
  ['a book with a bad quantity', () => makeBook(chain, [option, { ...option, quantity: NaN }])],
  ['a book without positions', () => makeBook(chain, undefined)],
  ['a scan of no scenarios', () => book.scan({ spot: [] })],
  ['a scan with a spot that falls to nothing', () => book.scan({ spot: [0, -1] })],
  ['a scan with an unreadable spot', () => book.scan({ spot: unreadable as never })],
  ['a scan out of range', () => book.scan({ spot: [0], volatility: [1e300] })],
  ['a payoff in no currency', () => core.payoff(book, { currency: 'yen' as never })],
  ['a payoff of an unknown underlying', () => core.payoff(book, { underlying: 'none' })],
  ['sensitivities of nothing', () => book.sensitivities([], [])],
  [
    'sensitivities of a bad strike',
    () => book.sensitivities([{ ...option, strike: 95 } as never], [{ sensitivity: 'delta' }]),
  ],
  ['a hedger of no instruments', () => makeHedger({ instruments: 0, exposures: 1 })],
  ['quotes with an unreadable strike', () => solve({ ...quote, strike: unreadable })],
  ['quotes with an unreadable guess', () => solve({ ...quote, guess: unreadable })],
  [
    'an evaluation with an unreadable strike',
    () => core.evaluate({ ...quote, volatility: 1, strike: unreadable } as never),
  ],
];

describe('a failure leaves no memory taken', () => {
  it.each(FAILURES)('%s', (_, fail) => {
    const before = core.bytesInUse;
    expect(fail).toThrow(/./);
    expect(core.bytesInUse).toBe(before);
  });
});

/** Nearly all that 32 bits address: beside another batch the host must refuse, before a byte is touched. */
const HUGE = 41_280_000;

describe('memory that does not suffice', () => {
  it('is a RangeError that names the object, and changes nothing', async () => {
    const fresh = await create();
    const batch = fresh.batch(100_000);
    batch.strike.fill(7);
    const { bytesInUse } = fresh;
    expect(() => fresh.batch(HUGE)).toThrow(RangeError);
    expect(() => fresh.batch(HUGE)).toThrow(/no memory left for the batch/);
    expect(fresh.bytesInUse).toBe(bytesInUse);
    expect(batch.strike.every((strike) => strike === 7)).toBe(true);
    expect(
      fresh.evaluate({ type: 'call', forward: 100, strike: 100, years: 1, volatility: 0.5 }).price[0],
    ).toBeGreaterThan(19);
  });

  it('is a RangeError too where the size exceeds 32 bits', async () => {
    const fresh = await create();
    expect(() => fresh.batch(41_300_000)).toThrow(RangeError);
    expect(fresh.bytesInUse).toBe(0);
  });

  it('is a RangeError of solveMany too, where the size exceeds 32 bits', async () => {
    const fresh = await create();
    const instruments = 65_536;
    const hedger = fresh.hedger({ instruments, exposures: 1 });
    const column = new Float64Array(instruments);
    hedger.update({ sensitivity: column, exposure: [0], sellLimit: column, buyLimit: column });
    expect(() => hedger.solveMany({ count: 8192 }, { maxIterations: 0 })).toThrow(RangeError);
  });

  it('to reserve is a RangeError that names the bytes', async () => {
    const fresh = await create();
    expect(() => {
      fresh.reserve(2 ** 32 - 1);
    }).toThrow(new RangeError(`no memory for ${2 ** 32 - 1} bytes more`));
  });
});
