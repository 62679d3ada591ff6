import {
  create,
  type Book,
  type ExpirySpec,
  type ExposureOptions,
  type Order,
  type Position,
} from 'greekfire';
import { describe, expect, it } from 'vitest';
import { SENSITIVITIES } from '../oracle/greeks.js';
import { expectSums, positionsOf, specsOf, UNDERLYINGS } from './cases.js';
import { exposuresOf, referenceOf } from './reference.js';

const core = await create();

const namesOf = (order: Order): readonly string[] => SENSITIVITIES.slice(0, 3 + 3 * order);

const ASKED: [string, ExposureOptions][] = [
  ['in quote currency', {}],
  ['in coin', { currency: 'coin' }],
  ['premium-adjusted', { delta: 'premium-adjusted' }],
  ['in coin, premium-adjusted', { currency: 'coin', delta: 'premium-adjusted' }],
];

/** Holds a book's exposures by expiry, and its totals by underlying, against the plain sums. */
function expectExposures(
  book: Book,
  specs: readonly ExpirySpec[],
  positions: readonly Position[],
  asked: ExposureOptions = {},
  order: Order = 3,
): void {
  const { byExpiry, byUnderlying } = exposuresOf(core, specs, positions, asked);
  const found = book.exposureByExpiry(asked) as Record<string, Float64Array>;
  byExpiry.forEach((sums, e) => {
    const values = Object.fromEntries(Object.entries(found).map(([name, column]) => [name, column[e]]));
    expectSums(values, sums, namesOf(order));
  });
  for (const [underlying, sums] of byUnderlying) {
    expectSums(book.exposure({ ...asked, underlying }), sums, namesOf(order));
  }
}

describe.each(ASKED)('exposures %s are the plain sum of the positions', (_, asked) => {
  it.each([1, 2, 3] as const)('at order %d', (order) => {
    const specs = specsOf(1);
    const positions = positionsOf(specs, 200, 2);
    const book = core.book(core.chain(specs, order), positions);
    expectExposures(book, specs, positions, asked, order);
    expect(book.unpriced).toEqual([]);
    expect(book.length).toBe(200);
  });

  it('after a tick, new volatilities, and time', () => {
    const specs = specsOf(3).map((spec) => ({ ...spec, years: spec.years + 0.1 }));
    const positions = positionsOf(specs, 100, 4);
    const chain = core.chain(specs, 3);
    const book = core.book(chain, positions);
    book.exposure({ underlying: 'BTC' });
    const moved = specs.map((spec, e) => ({
      ...spec,
      forward: spec.forward * (1 + 0.01 * e),
      years: spec.years - 0.05,
      volatility: Array.from(spec.volatility, (volatility) => volatility + 0.02),
    }));
    moved.forEach(({ volatility }, e) => {
      chain.setVolatility(e, volatility);
    });
    chain.advance(0.05);
    chain.tick(moved.map(({ forward }) => forward));
    // as the chain has them: a subtraction by another route may round otherwise
    const specsNow = moved.map((spec, e) => ({ ...spec, years: chain.years[e] }));
    expectExposures(book, specsNow, positions, asked);
  });

  it('with expiries that have no strikes', () => {
    const specs = specsOf(5, [0, 5, 0, 6, 0]);
    const positions = positionsOf(specs, 80, 6);
    expectExposures(core.book(core.chain(specs, 3), positions), specs, positions, asked);
  });
});

describe('totals', () => {
  const spec = { years: 0.5, forward: 100, strike: [90, 100], volatility: [0.5, 0.5] };

  it('are what a move of all forwards by one ratio does to the value', () => {
    const specs = [spec, { ...spec, years: 1, forward: 120 }, { ...spec, years: 2, forward: 90 }];
    const positions: Position[] = [
      { expiry: 0, strike: 90, type: 'call', quantity: 3 },
      { expiry: 1, strike: 100, type: 'put', quantity: -7 },
      { expiry: 2, strike: 100, type: 'call', quantity: 5 },
      { kind: 'spot', underlying: '', quantity: 2 },
    ];
    const chain = core.chain(specs, 3);
    const book = core.book(chain, positions);
    const step = 1e-4;
    const at = (steps: number): Record<'price' | 'delta' | 'gamma', number> => {
      chain.tick(specs.map(({ forward }) => forward * (1 + steps * step)));
      return book.exposure();
    };
    const [up, down, here] = [at(1), at(-1), at(0)];
    const slope = (name: 'price' | 'delta'): number => (up[name] - down[name]) / (2 * step * 100);
    expect(here.delta).toBeCloseTo(slope('price'), 6);
    // the forward that measures moves along: d(delta)/df holds the ratios, and delta is measured by f itself
    expect(here.gamma).toBeCloseTo(slope('delta'), 6);
  });

  it('are measured by the nearest expiry that is not over, wherever it stands', () => {
    const specs = [
      { ...spec, years: 1, forward: 120 },
      { ...spec, years: 0, forward: 50 },
      { ...spec, years: 0.25, forward: 80 },
    ];
    const book = core.book(core.chain(specs), [{ kind: 'future', expiry: 0, quantity: 1 }]);
    expect(referenceOf(specs, '')).toBe(80);
    expect(book.exposure().delta).toBe(120 / 80);
    expect(book.exposureByExpiry().delta).toEqual(Float64Array.of(1, 0, 0));
  });

  it('of one underlying have nothing of another', () => {
    const specs = specsOf(7);
    const positions = positionsOf(specs, 60, 8);
    const own = positions.filter((position) =>
      'underlying' in position ? position.underlying === 'ETH' : specs[position.expiry].underlying === 'ETH',
    );
    expect(own.length).toBeLessThan(60);
    const chain = core.chain(specs, 3);
    const all = core.book(chain, positions).exposure({ underlying: 'ETH' });
    expect(all).toEqual(core.book(chain, own).exposure({ underlying: 'ETH' }));
  });

  it('need no underlying where there is one, and are the same with it named', () => {
    const specs = [{ ...spec, underlying: 'SOL' }];
    const book = core.book(
      core.chain(specs),
      positionsOf(specs, 20, 9).filter((position) => 'expiry' in position),
    );
    expect(book.underlyings).toEqual(['SOL']);
    expect(book.exposure()).toEqual(book.exposure({ underlying: 'SOL' }));
  });

  it('list the underlyings in the order of their first expiries', () => {
    expect(core.book(core.chain(specsOf(1)), []).underlyings).toEqual(UNDERLYINGS);
  });
});

describe('instruments', () => {
  const specs = [
    { underlying: 'BTC', years: 0.5, forward: 100, strike: [100], volatility: [0.5] },
    { underlying: 'BTC', years: 1, forward: 125, strike: [100], volatility: [0.5] },
  ];
  const chain = core.chain(specs, 3);
  const only = (position: Position): Book<3> => core.book(chain, [position]);
  const zero = Object.fromEntries(SENSITIVITIES.map((name) => [name, 0]));

  it('a future has a delta of 1 a unit against its own forward, F/f in total, and no value', () => {
    const book = only({ kind: 'future', expiry: 1, quantity: 3, multiplier: 2 });
    expect(book.exposure()).toEqual({ ...zero, delta: 6 * 1.25 });
    expect(book.exposureByExpiry().delta).toEqual(Float64Array.of(0, 6));
    expect(book.exposureByExpiry().price).toEqual(Float64Array.of(0, 0));
  });

  it('a perpetual has a delta of 1 a unit, no value, and no expiry', () => {
    const book = only({ kind: 'perpetual', underlying: 'BTC', quantity: -4 });
    expect(book.exposure()).toEqual({ ...zero, delta: -4 });
    expect(book.exposureByExpiry().delta).toEqual(Float64Array.of(0, 0));
  });

  it('spot is worth its underlying', () => {
    const book = only({ kind: 'spot', underlying: 'BTC', quantity: 2 });
    expect(book.exposure()).toEqual({ ...zero, price: 200, delta: 2 });
    expect(book.exposure({ currency: 'coin' })).toEqual({ ...zero, price: 2 });
    expect(book.exposure({ delta: 'premium-adjusted' })).toEqual({ ...zero, price: 200 });
  });

  it('an empty book has no exposures', () => {
    const book = core.book(chain, []);
    expect([book.length, book.unpriced]).toEqual([0, []]);
    expect(book.exposure()).toEqual(zero);
  });

  it('options of an expiry that is over are summed by their intrinsic value, beside those that live', () => {
    const seeded = specsOf(13).map((spec, e) => (e === 2 ? { ...spec, years: 0 } : spec));
    const positions = positionsOf(seeded, 100, 14).filter(({ kind = 'option' }) => kind !== 'future');
    expectExposures(core.book(core.chain(seeded, 3), positions), seeded, positions);
  });

  it.each(ASKED)('an expired option has no sensitivities %s', (_, asked) => {
    const expired = core.chain([{ ...specs[0], years: 0, strike: [90], volatility: [0.5] }, specs[1]], 3);
    const book = core.book(expired, [{ expiry: 0, strike: 90, type: 'call', quantity: 2 }]);
    expect(book.exposure(asked)).toEqual({ ...zero, price: asked.currency === 'coin' ? 0.2 : 20 });
  });

  it('an expired option is its intrinsic value, at the money too, and its future is over', () => {
    const expired = core.chain(
      [{ ...specs[0], years: 0, strike: [90, 100, 110], volatility: [0.5, 0.5, 0.5] }, specs[1]],
      3,
    );
    const book = core.book(expired, [
      { expiry: 0, strike: 90, type: 'call', quantity: 2 },
      { expiry: 0, strike: 100, type: 'call', quantity: 5 },
      { expiry: 0, strike: 110, type: 'put', quantity: 3 },
      { expiry: 0, strike: 110, type: 'call', quantity: 9 },
      { kind: 'future', expiry: 0, quantity: 7 },
    ]);
    expect(book.unpriced).toEqual([]);
    expect(book.exposure()).toEqual({ ...zero, price: 2 * 10 + 3 * 10 });
  });
});

describe('rows that are not priced', () => {
  const bad: [string, number][] = [
    ['NaN', NaN],
    ['negative', -0.1],
    ['infinite', Infinity],
  ];

  it.each(bad)(
    'with a %s volatility leave their positions out, listed, and all others in',
    (_, volatility) => {
      for (const count of [4, 5]) {
        const specs = specsOf(10, [count, count]);
        const broken = specs.map((spec, e) =>
          e === 1
            ? spec
            : { ...spec, volatility: Array.from(spec.volatility, (v, k) => (k === 1 ? volatility : v)) },
        );
        const positions = positionsOf(specs, 60, 11);
        const isOut = (position: Position): boolean =>
          'strike' in position && position.expiry === 0 && position.strike === specs[0].strike[1];
        const out = positions.flatMap((position, i) => (isOut(position) ? [i] : []));
        expect(out.length).toBeGreaterThan(2);
        const book = core.book(core.chain(broken, 3), positions);
        expect(book.unpriced).toEqual(out);
        for (const [, asked] of ASKED) {
          expectExposures(
            book,
            specs,
            positions.filter((position) => !isOut(position)),
            asked,
          );
        }
      }
    },
  );

  it('without volatility at the money have no gamma, so they are out', () => {
    const spec = { years: 1, forward: 100, strike: [90, 100], volatility: [0, 0] };
    const book = core.book(core.chain([spec], 3), [
      { expiry: 0, strike: 90, type: 'call', quantity: 1 },
      { expiry: 0, strike: 100, type: 'call', quantity: 1 },
    ]);
    expect(book.unpriced).toEqual([1]);
    expect(book.exposure()).toMatchObject({ price: 10, delta: 1, gamma: 0 });
  });

  it.each([4, 5])('for a discount factor out of range are out too, of %d', (rows) => {
    const specs = specsOf(15, [rows, rows]);
    const positions = positionsOf(specs, 60, 16).filter((position) => 'strike' in position);
    const chain = core.chain([{ ...specs[0], rate: -1e5 }, specs[1]], 3);
    const book = core.book(chain, positions);
    expect(book.unpriced).toEqual(positions.flatMap(({ expiry }, i) => (expiry === 0 ? [i] : [])));
    expectExposures(
      book,
      specs,
      positions.filter(({ expiry }) => expiry === 1),
    );
  });

  it.each([1e-310, 1e160])(
    'of a volatility of %d are out, or all their sensitivities are numbers',
    (volatility) => {
      const spec = { years: 1, forward: 100, strike: [90, 100], volatility: [0.5, volatility] };
      const book = core.book(core.chain([spec], 3), [{ expiry: 0, strike: 100, type: 'call', quantity: 1 }]);
      for (const [name, value] of Object.entries(book.exposure())) expect(value, name).not.toBeNaN();
    },
  );

  it('of an expiry that is over are listed as well as left out', () => {
    const spec = { years: 0, forward: 100, strike: [90], volatility: [NaN] };
    const book = core.book(core.chain([spec], 3), [{ expiry: 0, strike: 90, type: 'call', quantity: 1 }]);
    expect(book.exposure().price).toBe(0);
    expect(book.unpriced).toEqual([0]);
  });

  it('come back with a volatility', () => {
    const [spec] = specsOf(12);
    const chain = core.chain([{ ...spec, volatility: [NaN, ...Array.from(spec.volatility).slice(1)] }], 3);
    const positions: Position[] = [{ expiry: 0, strike: spec.strike[0], type: 'put', quantity: 1 }];
    const book = core.book(chain, positions);
    expect([book.unpriced, book.exposure().vega]).toEqual([[0], 0]);
    chain.setVolatility(0, spec.volatility);
    chain.tick();
    expect(book.unpriced).toEqual([]);
    expectExposures(book, [spec], positions);
  });
});
