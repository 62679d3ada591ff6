import type { Position } from 'greekfire';
import { create } from 'greekfire/full';
import { buildStructure, recogniseStructures, structureNames, type StructureName } from 'greekfire/strategy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { specsOf, STRIKES } from './market.js';

const core = await create();
const chain = core.chain(specsOf('linear'), 2);

const isTwo = (name: StructureName): boolean => name.endsWith('calendar') || name.endsWith('diagonal');
const strikeCount: Readonly<Partial<Record<StructureName, number>>> = {
  'iron-condor': 4,
  'iron-butterfly': 3,
  'call-butterfly': 3,
  'put-butterfly': 3,
  straddle: 1,
  conversion: 1,
  reversal: 1,
  'synthetic-future': 1,
  'covered-call': 1,
  'protective-put': 1,
  'covered-put': 1,
  'protective-call': 1,
  'call-calendar': 1,
  'put-calendar': 1,
};
/** Names of structures that sold are called otherwise. */
const opposites: Readonly<Partial<Record<StructureName, StructureName>>> = {
  'bull-call-spread': 'bear-call-spread',
  'bear-call-spread': 'bull-call-spread',
  'bull-put-spread': 'bear-put-spread',
  'bear-put-spread': 'bull-put-spread',
  conversion: 'reversal',
  reversal: 'conversion',
  'covered-call': 'protective-call',
  'protective-call': 'covered-call',
  'protective-put': 'covered-put',
  'covered-put': 'protective-put',
};

const structures = fc
  .record({
    name: fc.constantFrom(...structureNames),
    strikes: fc.uniqueArray(fc.constantFrom(...STRIKES), { minLength: 4, maxLength: 4 }),
    quantity: fc.integer({ min: -50, max: 50 }).filter((quantity) => quantity !== 0),
    ratio: fc.constantFrom(2, 3),
    expiry: fc.constantFrom(0, 1),
    underlying: fc.constantFrom('future' as const, 'perpetual' as const, 'spot' as const),
  })
  .map(({ name, strikes, expiry, ...rest }) => ({
    name,
    expiry: isTwo(name) ? ([0, 1] as const) : expiry,
    strikes: strikes.slice(0, strikeCount[name] ?? 2).sort((a, b) => a - b),
    ...rest,
  }));

const positions = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('option' as const),
      expiry: fc.constantFrom(0, 1),
      strike: fc.constantFrom(...STRIKES),
      type: fc.constantFrom('call' as const, 'put' as const),
      quantity: fc.integer({ min: -5, max: 5 }),
      multiplier: fc.constantFrom(1, 0.1),
    }),
    fc.record({
      kind: fc.constant('future' as const),
      expiry: fc.constantFrom(0, 1),
      quantity: fc.integer({ min: -5, max: 5 }),
    }),
  ),
  { maxLength: 14 },
);

/** Sizes by instrument, those that cancel left out. */
function sizesOf(all: readonly Position[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const { quantity, multiplier = 1, ...rest } of all) {
    const { kind = 'option', ...place } = rest;
    const key = JSON.stringify(Object.entries({ kind, ...place }).sort());
    sizes.set(key, (sizes.get(key) ?? 0) + quantity * multiplier);
  }
  return new Map([...sizes].filter(([, size]) => Math.abs(size) > 1e-9).sort());
}

describe('recognition', () => {
  it('finds every structure that is built', () => {
    fc.assert(
      fc.property(structures, (spec) => {
        const built = buildStructure(chain, spec);
        const found = recogniseStructures(chain, built.legs);
        expect(found).toHaveLength(1);
        const isSold = spec.quantity < 0 && opposites[spec.name] !== undefined;
        expect(found[0].name).toBe(isSold ? opposites[spec.name] : spec.name);
        expect(found[0].quantity).toBeCloseTo(isSold ? -spec.quantity : spec.quantity, 12);
        expect(found[0].strikes).toEqual(built.strikes);
        expect(found[0].expiries).toEqual(built.expiries);
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it('adds up to the book, whatever the book and its order', () => {
    fc.assert(
      fc.property(positions, (book) => {
        const found = recogniseStructures(chain, book);
        const legs = found.flatMap((structure) => structure.legs);
        const sizes = sizesOf(book);
        const sum = sizesOf(legs);
        expect([...sum.keys()]).toEqual([...sizes.keys()]);
        for (const [key, size] of sizes) expect(sum.get(key)).toBeCloseTo(size, 9);
        expect(recogniseStructures(chain, [...book].reverse()).map(({ name }) => name)).toEqual(
          found.map(({ name }) => name),
        );
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  it('takes whole structures first, then what the scarcest leg allows', () => {
    const condor = buildStructure(chain, { name: 'iron-condor', expiry: 0, quantity: 7 }).legs;
    const strangle = buildStructure(chain, { name: 'strangle', expiry: 1, quantity: -12 }).legs;
    const found = recogniseStructures(chain, [...strangle, ...condor]);
    expect(found.map(({ name, quantity }) => [name, quantity])).toEqual([
      ['iron-condor', 7],
      ['strangle', -12],
    ]);
    const uneven: Position[] = [
      { expiry: 0, strike: 100, type: 'call', quantity: 5 },
      { expiry: 0, strike: 100, type: 'put', quantity: 3 },
    ];
    expect(recogniseStructures(chain, uneven).map(({ name, quantity }) => [name, quantity])).toEqual([
      ['straddle', 3],
      ['call', 2],
    ]);
  });

  it('knows a covered call whose future comes in lots', () => {
    const found = recogniseStructures(chain, [
      { kind: 'future', expiry: 0, quantity: 49.9996 },
      { expiry: 0, strike: 110, type: 'call', quantity: -50 },
    ]);
    expect(found.map(({ name }) => name)).toEqual(['covered-call']);
  });

  it('leaves nothing of what cancels, and nothing of no book', () => {
    const legs = buildStructure(chain, { name: 'box', expiry: 0 }).legs;
    const sold = legs.map((leg) => ({ ...leg, quantity: -leg.quantity }));
    expect(recogniseStructures(chain, [...legs, ...sold])).toEqual([]);
    expect(recogniseStructures(chain, [])).toEqual([]);
  });

  const wrong: readonly [object, RegExp][] = [
    [
      { expiry: 0, strike: 101, type: 'call', quantity: 1 },
      /positions\[0\].strike must be one of expiry 0, got 101/,
    ],
    [{ expiry: 9, strike: 100, type: 'call', quantity: 1 }, /positions\[0\].expiry must be an integer/],
    [
      { expiry: 0, strike: 100, type: 'fall', quantity: 1 },
      /positions\[0\].type must be 'call' or 'put', got 'fall'/,
    ],
    [
      { expiry: 0, strike: 100, type: 'call', quantity: NaN },
      /positions\[0\].quantity must be finite, got NaN/,
    ],
    [{ kind: 'perpetual', underlying: 'Y', quantity: 1 }, /positions\[0\].underlying must be 'X', got 'Y'/],
    [{ kind: 'swap', quantity: 1 }, /positions\[0\].kind must be/],
  ];
  it.each(wrong)('refuses %o', (position, message) => {
    expect(() => recogniseStructures(chain, [position as Position])).toThrow(message);
  });
});
