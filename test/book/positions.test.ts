import fc from 'fast-check';
import { create, type Book, type Position } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { SENSITIVITIES } from '../oracle/greeks.js';
import { positionsOf, specsOf } from './cases.js';

const core = await create();
const specs = specsOf(1);
const chain = core.chain(specs, 3);

/** All that a book says of its exposures, number by number. */
function exposuresOf(book: Book): number[] {
  return (['quote', 'coin'] as const).flatMap((currency) => [
    ...Object.values(book.exposureByExpiry({ currency })).flatMap((column) => [...column]),
    ...['BTC', 'ETH'].flatMap((underlying) => Object.values(book.exposure({ currency, underlying }))),
  ]);
}

function exposuresBy(positions: readonly Position[]): number[] {
  const book = core.book(chain, positions);
  const exposures = exposuresOf(book);
  book.dispose();
  return exposures;
}

/** The same with every quantity made positive: what the rounding of a sum scales with. */
const sizesBy = (positions: readonly Position[]): number[] => {
  const sizes = new Array<number>(exposuresBy([]).length).fill(0);
  for (const position of positions) {
    exposuresBy([position]).forEach((exposure, i) => {
      sizes[i] += Math.abs(exposure);
    });
  }
  return sizes;
};

function expectNear(found: number[], wanted: number[], sizes: number[]): void {
  found.forEach((value, i) => {
    expect(Math.abs(value - wanted[i])).toBeLessThanOrEqual(1e-12 * sizes[i]);
  });
}

/** Hundredths: the smallest doubles would test how products underflow, not how a book sums. */
const quantity = fc.integer({ min: -10_000, max: 10_000 }).map((hundredths) => hundredths / 100);
const option = fc.nat(specs.length - 1).chain((expiry) =>
  fc.record({
    expiry: fc.constant(expiry),
    strike: fc.constantFrom(...Array.from(specs[expiry].strike)),
    type: fc.constantFrom('call' as const, 'put' as const),
    quantity,
    multiplier: fc.constantFrom(0.01, 1, 50),
  }),
);
const future = fc.record({
  kind: fc.constant('future' as const),
  expiry: fc.nat(specs.length - 1),
  quantity,
});
const other = fc.record({
  kind: fc.constantFrom('perpetual' as const, 'spot' as const),
  underlying: fc.constantFrom('BTC', 'ETH'),
  quantity,
});
const book = fc.array(fc.oneof({ weight: 4, arbitrary: option }, future, other), { maxLength: 12 });

const scaledBy = (positions: readonly Position[], factor: number): Position[] =>
  positions.map((position) => ({ ...position, quantity: position.quantity * factor }));

describe('exposures are linear', () => {
  it('a book of two books has the sum of their exposures', () => {
    fc.assert(
      fc.property(book, book, (a, b) => {
        const [x, y] = [exposuresBy(a), exposuresBy(b)];
        const both = [...a, ...b];
        expectNear(
          exposuresBy(both),
          x.map((value, i) => value + y[i]),
          sizesBy(both),
        );
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('a book of every quantity times c has c times the exposures', () => {
    fc.assert(
      fc.property(book, quantity, (a, c) => {
        const wanted = exposuresBy(a).map((value) => c * value);
        const scaled = scaledBy(a, c);
        expectNear(exposuresBy(scaled), wanted, sizesBy(scaled));
      }),
      { seed: 2, numRuns: 60 },
    );
  });

  it('a power of two scales them to the bit', () => {
    fc.assert(
      fc.property(book, (a) => {
        // the sign of a zero is not told
        const wanted = exposuresBy(a).map((value) => 4 * value + 0);
        expect(exposuresBy(scaledBy(a, 4)).map((value) => value + 0)).toEqual(wanted);
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  it('the order of positions does not matter', () => {
    const shuffled = book.chain((a) =>
      fc.tuple(fc.constant(a), fc.shuffledSubarray(a, { minLength: a.length, maxLength: a.length })),
    );
    fc.assert(
      fc.property(shuffled, ([a, b]) => {
        expect(b).toHaveLength(a.length);
        expectNear(exposuresBy(b), exposuresBy(a), sizesBy(a));
      }),
      { seed: 4, numRuns: 60 },
    );
  });
});

describe('a book that changes has the bits of one made as it became', () => {
  const positions = positionsOf(specs, 70, 2);

  it('by add, whatever was asked between, past every growth of its table', () => {
    const grown = core.book(chain, []);
    positions.forEach((position, i) => {
      expect(grown.add(position)).toBe(i);
      if (i % 9 === 0) grown.exposure({ underlying: 'BTC' });
    });
    expect(grown.length).toBe(positions.length);
    expect(exposuresOf(grown)).toEqual(exposuresBy(positions));
  });

  it('by setQuantity, with the multiplier it had', () => {
    const changed = core.book(chain, positions);
    exposuresOf(changed);
    const becomes = positions.map((position, i) =>
      i % 3 === 0 ? { ...position, quantity: i - 30 } : position,
    );
    becomes.forEach((position, i) => {
      if (i % 3 === 0) changed.setQuantity(i, position.quantity);
    });
    expect(exposuresOf(changed)).toEqual(exposuresBy(becomes));
  });

  it('by quantities of 0, with nothing left', () => {
    const closed = core.book(chain, positions);
    for (let i = 0; i < positions.length; i++) closed.setQuantity(i, 0);
    expect(exposuresOf(closed).every((value) => value === 0)).toBe(true);
    expect(closed.length).toBe(positions.length);
  });

  it('and two books on one chain do not mix', () => {
    const first = core.book(chain, positions);
    const second = core.book(chain, positions.slice(0, 5));
    const before = exposuresOf(first);
    exposuresOf(second);
    second.add(positions[6]);
    expect(exposuresOf(first)).toEqual(before);
  });

  it('gives arrays by expiry that the next question does not overwrite', () => {
    const kept = core.book(chain, positions);
    const quote = kept.exposureByExpiry();
    const copy = SENSITIVITIES.map((name) => quote[name].slice());
    kept.exposureByExpiry({ currency: 'coin' });
    expect(SENSITIVITIES.map((name) => quote[name])).toEqual(copy);
  });
});

describe('a book refuses, naming the position, the field and the value, and changes nothing', () => {
  const good = { expiry: 0, strike: specs[0].strike[0], type: 'call', quantity: 1 } as const;
  type Kind = typeof TypeError | typeof RangeError;
  const makeAnything = core.book.bind(core) as (on: unknown, positions: unknown) => unknown;

  const REFUSALS: [string, unknown, Kind, RegExp][] = [
    ['nothing', undefined, TypeError, /undefined/],
    ['a text', 'BTC', TypeError, /'BTC'/],
    ['an unknown kind', { ...good, kind: 'swap' }, RangeError, /\.kind.*'swap'/],
    ['no quantity', { ...good, quantity: undefined }, TypeError, /\.quantity.*undefined/],
    ['a NaN quantity', { ...good, quantity: NaN }, RangeError, /\.quantity.*NaN/],
    ['an infinite multiplier', { ...good, multiplier: Infinity }, RangeError, /\.multiplier.*Infinity/],
    ['a text for a multiplier', { ...good, multiplier: '1' }, TypeError, /\.multiplier.*'1'/],
    ['no such expiry', { ...good, expiry: 5 }, RangeError, /\.expiry.*5/],
    ['a negative expiry', { ...good, expiry: -1 }, RangeError, /\.expiry.*-1/],
    ['a named expiry', { ...good, expiry: 'near' }, TypeError, /\.expiry.*'near'/],
    ['no such strike', { ...good, strike: 1.5 }, RangeError, /\.strike.*1\.5/],
    ['a NaN strike', { ...good, strike: NaN }, RangeError, /\.strike.*NaN/],
    ['no strike', { ...good, strike: undefined }, TypeError, /\.strike.*undefined/],
    ['an unknown type', { ...good, type: 'straddle' }, RangeError, /\.type.*'straddle'/],
    ['no type', { ...good, type: undefined }, TypeError, /\.type.*undefined/],
    ['a future of no such expiry', { kind: 'future', expiry: 9, quantity: 1 }, RangeError, /\.expiry.*9/],
    [
      'a perpetual of no such underlying',
      { kind: 'perpetual', underlying: 'X', quantity: 1 },
      RangeError,
      /\.underlying.*'BTC', 'ETH'.*'X'/,
    ],
    ['spot of no underlying', { kind: 'spot', quantity: 1 }, RangeError, /\.underlying.*'BTC', 'ETH'/],
  ];

  it.each(REFUSALS)('%s, when it is made', (_, position, kind, message) => {
    const bytes = core.bytesInUse;
    const make = (): unknown => makeAnything(chain, [good, position]);
    expect(make).toThrow(kind);
    expect(make).toThrow(message);
    expect(make).toThrow('positions[1]');
    expect(core.bytesInUse).toBe(bytes);
  });

  it.each(REFUSALS)('%s, when it is added', (_, position, kind, message) => {
    const held = core.book(chain, [good]);
    const before = exposuresOf(held);
    const add = (): unknown => held.add(position as Position);
    expect(add).toThrow(kind);
    expect(add).toThrow(message);
    expect(held.length).toBe(1);
    expect(exposuresOf(held)).toEqual(before);
  });

  it.each([
    ['no such position', [1, 5], RangeError, /position.*1/],
    ['position -1', [-1, 5], RangeError, /position.*-1/],
    ['a NaN quantity', [0, NaN], RangeError, /quantity.*NaN/],
    ['an infinite quantity', [0, Infinity], RangeError, /quantity.*Infinity/],
    ['a text', [0, '5'], TypeError, /quantity.*'5'/],
  ] as [string, [number, number], Kind, RegExp][])(
    'setQuantity of %s',
    (_, [position, value], kind, message) => {
      const held = core.book(chain, [good]);
      const before = exposuresOf(held);
      const set = (): void => {
        held.setQuantity(position, value);
      };
      expect(set).toThrow(kind);
      expect(set).toThrow(message);
      expect(exposuresOf(held)).toEqual(before);
    },
  );

  it.each([
    ['no underlying of several', {}, RangeError, /underlying.*'BTC', 'ETH'/],
    ['an unknown underlying', { underlying: 'X' }, RangeError, /underlying.*'X'/],
    ['an unknown currency', { underlying: 'BTC', currency: 'usd' }, RangeError, /currency.*'usd'/],
    ['an unknown delta', { underlying: 'BTC', delta: 'net' }, RangeError, /delta.*'net'/],
    ['a number for a currency', { underlying: 'BTC', currency: 1 }, TypeError, /currency.*1/],
  ] as [string, object, Kind, RegExp][])('exposure with %s', (_, options, kind, message) => {
    const held = core.book(chain, [good]);
    expect(() => held.exposure(options)).toThrow(kind);
    expect(() => held.exposure(options)).toThrow(message);
  });
});
