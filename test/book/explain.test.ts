import { create, DisposedError, type ExpirySpec, type Position } from 'greekfire';
import { describe, expect, it } from 'vitest';

const core = await create();

const specs: ExpirySpec[] = [
  {
    underlying: 'BTC',
    years: 0.08,
    forward: 60_000,
    rate: 0.02,
    strike: [50_000, 60_000, 75_000],
    volatility: [0.7, 0.6, 0.65],
  },
  {
    underlying: 'BTC',
    years: 0.5,
    forward: 61_000,
    rate: 0.03,
    strike: [40_000, 65_000],
    volatility: [0.75, 0.62],
  },
];
const positions: Position[] = [
  { expiry: 0, strike: 60_000, type: 'call', quantity: -3 },
  { expiry: 0, strike: 50_000, type: 'put', quantity: 5, multiplier: 0.5 },
  { expiry: 1, strike: 65_000, type: 'put', quantity: 2 },
  { kind: 'future', expiry: 1, quantity: 1.5 },
  { kind: 'perpetual', underlying: 'BTC', quantity: -0.7 },
  { kind: 'spot', underlying: 'BTC', quantity: 0.2 },
];
const parts = ['delta', 'gamma', 'vega', 'theta', 'rho', 'vanna', 'volga', 'rest'] as const;

function held(order: 1 | 2 | 3 = 2) {
  const chain = core.chain(specs, order);
  return { chain, book: core.book(chain, positions) };
}

describe('profit and loss explained', () => {
  it('is nothing where nothing moved', () => {
    const { chain, book } = held();
    const before = book.snapshot();
    chain.tick();
    expect(book.explain(before)).toEqual({
      total: 0,
      delta: 0,
      gamma: 0,
      vega: 0,
      theta: 0,
      rho: 0,
      vanna: 0,
      volga: 0,
      rest: 0,
    });
  });

  it('adds up to the change of the book’s value, futures and perpetuals with it', () => {
    const { chain, book } = held();
    const before = book.snapshot();
    const price = book.exposure().price;
    chain.advance(1 / 365);
    chain.setRate(1, 0.031);
    chain.setVolatility(0, [0.71, 0.59, 0.66]);
    chain.tick([60_900, 61_800]);
    const explained = book.explain(before);
    const sum = parts.reduce((total, part) => total + explained[part], 0);
    expect(sum).toBeCloseTo(explained.total, 8);
    // spot is in the price, futures and perpetuals are not: they are marked to market
    const linear = 1.5 * 800 - 0.7 * 900;
    expect(explained.total).toBeCloseTo(book.exposure().price - price + linear, 8);
    expect(Math.abs(explained.rest)).toBeLessThan(0.002 * Math.abs(explained.delta));
  });

  it.each([
    [
      'theta',
      (chain: ReturnType<typeof held>['chain']) => {
        chain.advance(1e-4);
      },
    ],
    [
      'rho',
      (chain: ReturnType<typeof held>['chain']) => {
        chain.setRate(0, 0.0201);
        chain.setRate(1, 0.0301);
      },
    ],
    [
      'vega',
      (chain: ReturnType<typeof held>['chain']) => {
        chain.setVolatility(0, [0.7001, 0.6001, 0.6501]);
      },
    ],
  ] as const)('gives a move of one cause to %s alone', (name, move) => {
    const { chain, book } = held();
    const before = book.snapshot();
    move(chain);
    chain.tick();
    const explained = book.explain(before);
    expect(explained[name] / explained.total).toBeCloseTo(1, 2);
    expect(explained.delta).toBe(0);
  });

  it('leaves a rest of third order in a move of the forwards', () => {
    const rest = (move: number): number => {
      const { chain, book } = held();
      const before = book.snapshot();
      chain.tick([60_000 + move, 61_000 + move]);
      return book.explain(before).rest;
    };
    expect(rest(800) / rest(400)).toBeGreaterThan(6);
    expect(rest(800) / rest(400)).toBeLessThan(10);
  });

  it('is of the positions held then, whatever was filled since', () => {
    const { chain, book } = held();
    const before = book.snapshot();
    book.add({ expiry: 0, strike: 75_000, type: 'call', quantity: 100 });
    book.setQuantity(0, 50);
    chain.tick(62_000);
    const other = held();
    const otherBefore = other.book.snapshot();
    other.chain.tick(62_000);
    expect(book.explain(before)).toEqual(other.book.explain(otherBefore));
  });

  it('leaves out what has no price, and keeps vanna and volga in the rest of order 1', () => {
    const { chain, book } = held(1);
    const before = book.snapshot();
    chain.volatility[1] = NaN;
    chain.tick(60_500);
    const explained = book.explain(before);
    expect(Object.values(explained).every(Number.isFinite)).toBe(true);
    expect(explained.vanna).toBe(0);
    const without = core.book(core.chain(specs, 1), positions.slice(1));
    expect(explained.delta).toBeCloseTo(
      without
        .exposureByExpiry()
        .delta.reduce((sum, delta, e) => sum + delta * (60_500 - [60_000, 61_000][e]), 0) +
        (0.2 - 0.7) * 500,
      6,
    );
  });

  it('refuses a snapshot of another book, and a disposed one', () => {
    const { book } = held();
    const before = held().book.snapshot();
    expect(() => book.explain(before)).toThrow(/snapshot of this book/);
    const own = book.snapshot();
    own.dispose();
    expect(() => book.explain(own)).toThrow(DisposedError);
  });
});
