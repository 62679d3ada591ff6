/** A rebalancer that is refused leaves nothing behind: no memory, and no position in its user's book. */
import { createSync } from 'greekfire/full';
import {
  fixedInterval,
  rebalancer,
  solverPolicy,
  type Intent,
  type Policy,
  type RebalancerOptions,
  type Tradable,
  type Venue,
} from 'greekfire/rebalance';
import { expect, test } from 'vitest';

const core = createSync();
const DAY = 86_400_000;
const spec = {
  underlying: 'A',
  years: 0.3,
  forward: 100,
  strike: [90, 100, 110],
  volatility: [0.5, NaN, 0.5],
};
const chain = core.chain([spec], 2);
const perpetual: Tradable = {
  name: 'A',
  position: { kind: 'perpetual', underlying: 'A', quantity: 1 },
  quote: { price: 0.001, size: 100 },
};
const venues = (count: number, scenarios: number): Venue[] =>
  Array.from({ length: count }, (_, v) => ({
    name: `v${v}`,
    equity: 1e5,
    scenarios: Array.from({ length: scenarios }, (_, s) => ({ move: 0.001 * s })),
  }));
const traded = (count: number): Tradable[] =>
  Array.from({ length: count }, (_, venue) => ({ ...perpetual, venue }));
const solver = (intents: readonly Partial<Intent>[] = []): Policy =>
  solverPolicy({
    riskAversion: 1e-3,
    horizon: DAY,
    risk: { volatility: 0.5 },
    intents: intents.map((intent): Intent => ({
      sensitivity: 'delta',
      target: 1,
      by: DAY,
      urgency: 1,
      ...intent,
    })),
  });
const other = createSync();

const REFUSED: [string, Partial<RebalancerOptions>, RegExp][] = [
  ['no instruments', { instruments: [] }, /options\.instruments must not be empty/],
  ['an instrument that is none', { instruments: [perpetual, null as never] }, /options\.instruments\[1\]/],
  [
    'an option that carries delta',
    { instruments: [{ name: 'x', position: { expiry: 0, strike: 90, type: 'call', quantity: 1 } }] },
    /options\.instruments\[0\]/,
  ],
  [
    'an instrument that the chain does not list',
    {
      instruments: [perpetual, { name: 'x', position: { expiry: 0, strike: 95, type: 'call', quantity: 1 } }],
    },
    /options\.instruments\[1\]\.position/,
  ],
  [
    'an instrument without a price',
    { instruments: [perpetual, { ...perpetual, name: 'b', perTrade: NaN }] },
    /options\.instruments\[1\]\.perTrade must be finite, got NaN/,
  ],
  [
    'a policy that is none',
    { policy: { name: 'x', triggers: [], action: { kind: 'x' } } as never },
    /policy/,
  ],
  ['too many levels', { levels: 65 }, /options\.levels must be an integer in \[1, 64\], got 65/],
  ['an instant that is none', { instant: NaN }, /options\.instant must be finite, got NaN/],
  ['a margin model that is none', { margin: 'x' as never }, /model must be one of/],
  ['cash that is none', { margin: 'span-16', cash: NaN }, /cash must be finite, got NaN/],
  ['an unknown underlying', { underlying: 'B', margin: 'span-16' }, /'B'/],
  ['a forecaster that is none', { forecaster: 1 as never, margin: 'span-16' }, /options\.forecaster/],
  [
    'a late intent',
    { policy: solver([{ by: 0 }]), margin: 'span-16' },
    /intents\[0\]\.by must be after the start/,
  ],
  ['an intent of no expiry', { policy: solver([{ expiry: 7 }]) }, /intents\[0\]/],
  ['an intent of no underlying', { policy: solver([{}, { underlying: 'B' }]) }, /intents\[1\]/],
  [
    'more rows than a hedger takes',
    { policy: solver(), instruments: traded(4), venues: venues(4, 64), margin: 'span-16' },
    /256/,
  ],
  ['more rows of intents', { policy: solver(new Array<object>(254).fill({})) }, /256/],
  [
    'a hedger of another core',
    { policy: solver(), hedger: other.hedger({ instruments: 1, exposures: 3 }) },
    /options\.hedger belongs to another core/,
  ],
  ['a hedger that is none', { policy: solver(), hedger: {} as never }, /options\.hedger must be a hedger/],
  [
    'a hedger of another size',
    { policy: solver(), hedger: core.hedger({ instruments: 2, exposures: 3 }) },
    /options\.hedger/,
  ],
  [
    'a book of another core',
    { book: other.book(other.chain([spec], 2), []) },
    /options\.book belongs to another core/,
  ],
  ['a chain of another core', { chain: other.chain([spec], 2) }, /options\.chain belongs to another core/],
  ['a chain that is not the book\u2019s', { chain: core.chain([spec], 2) }, /options\.chain/],
];

test.each(REFUSED)('refused with %s', (_, change, message) => {
  const book = core.book(chain, [{ expiry: 0, strike: 90, type: 'put', quantity: -10 }]);
  const inUse = core.bytesInUse;
  const options = { core, chain, book, policy: fixedInterval(DAY), instruments: [perpetual], instant: 0 };
  const make = (): unknown => rebalancer({ ...options, ...change });
  expect(make).toThrow(message);
  expect(book.length).toBe(1);
  expect(core.bytesInUse).toBe(inUse);
  book.dispose();
});

test('refused with a position without a price, which is named', () => {
  const book = core.book(chain, [{ expiry: 0, strike: 100, type: 'put', quantity: -10 }]);
  const inUse = core.bytesInUse;
  const make = (): unknown =>
    rebalancer({ core, chain, book, policy: fixedInterval(DAY), instruments: [perpetual], instant: 0 });
  expect(make).toThrow('options.book: position 0 of the book has no price');
  expect(book.length).toBe(1);
  expect(core.bytesInUse).toBe(inUse);
  book.dispose();
});
