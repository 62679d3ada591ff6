/** A state that is damaged in any field is refused, and nothing has changed then: marks, sizes, forecaster. */
import fc from 'fast-check';
import { createSync } from 'greekfire/full';
import {
  ewmaForecaster,
  harForecaster,
  impliedRealisedForecaster,
  jumpForecaster,
  momentumForecaster,
  rebalancer,
  solverPolicy,
  type Forecaster,
} from 'greekfire/rebalance';
import { afterAll, describe, expect, test } from 'vitest';

const core = createSync();
const DAY = 86_400_000;
const strike = [80, 90, 100, 110];
const chain = core.chain(
  [0.2, 0.5].map((years) => ({
    underlying: 'A',
    years,
    forward: 100,
    strike,
    // a row without a mark, which nobody holds
    volatility: strike.map((k) => (k === 80 ? NaN : 0.5)),
  })),
  2,
);
const book = core.book(chain, [{ expiry: 0, strike: 90, type: 'put', quantity: -10 }]);
const har = harForecaster(core, { days: 42 });
const forecaster = impliedRealisedForecaster(core, { realised: har });
const loop = rebalancer({
  core,
  chain,
  book,
  policy: solverPolicy({
    riskAversion: 1e-3,
    horizon: DAY,
    risk: { volatility: 0.5 },
    intents: [{ sensitivity: 'delta', target: 1, by: 9 * DAY, urgency: 1 }],
  }),
  instruments: [
    {
      name: 'A',
      position: { kind: 'perpetual', underlying: 'A', quantity: 1 },
      quote: { price: 0.001, size: 100 },
      venue: 0,
    },
  ],
  venues: [{ name: 'v', equity: 1e5, scenarios: [{ move: -0.1 }] }],
  instant: 0,
  margin: 'span-16',
  forecaster,
});
forecaster.setImplied(0.6);
for (let day = 1; day <= 4; day++) loop.step({ instant: day * DAY, forward: 100 + day });

const state = JSON.parse(JSON.stringify(loop.save())) as ReturnType<typeof loop.save>;
const marks = (): unknown =>
  [chain.forward, chain.years, chain.volatility, chain.call.price, chain.put.delta].map((column) => [
    ...column,
  ]);
const marked = marks();

type Path = readonly (string | number)[];
const leavesOf = (value: unknown, path: Path = []): Path[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, each]) =>
        leavesOf(each, [...path, Array.isArray(value) ? Number(key) : key]),
      )
    : [path];
const branchesOf = (value: unknown, path: Path = []): Path[] =>
  typeof value === 'object' && value !== null
    ? [
        ...(path.length > 0 ? [path] : []),
        ...Object.entries(value).flatMap(([key, each]) => branchesOf(each, [...path, key])),
      ]
    : [];
function withAt(value: unknown, [key, ...rest]: Path, put: unknown): unknown {
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<
    string,
    unknown
  >;
  copy[key] = rest.length === 0 ? put : withAt(copy[key], rest, put);
  return copy;
}
const refuse = (bad: unknown): Error => {
  let found: unknown;
  try {
    loop.restore(bad as never);
  } catch (error) {
    found = error;
  }
  expect(found).toBeInstanceOf(Error);
  expect(JSON.parse(JSON.stringify(loop.save()))).toEqual(state);
  expect(marks()).toEqual(marked);
  return found as Error;
};

afterAll(() => {
  for (const object of [loop, har, book, chain]) object.dispose();
  expect(core.bytesInUse).toBe(0);
});

test('every number of a state is looked at: what is none is refused by its name', () => {
  // the volatility of a row that nobody holds may be none
  const leaves = leavesOf(state).filter((path) => state.volatility[path[1] as number] !== null);
  expect(leaves.length).toBeGreaterThan(80);
  fc.assert(
    fc.property(
      fc.constantFrom(...leaves),
      fc.constantFrom(NaN, Infinity, 'x', undefined, {}, 1n),
      (path, bad) => {
        const inUse = core.bytesInUse;
        const error = refuse(withAt(state, path, bad));
        expect(['TypeError', 'RangeError']).toContain(error.name);
        expect(error.message).toContain('state');
        expect(error.message).not.toMatch(/Cannot|is not a function|not iterable|BigInt/);
        expect(core.bytesInUse).toBe(inUse);
      },
    ),
    { numRuns: 400 },
  );
});

test('every array and object of a state is looked at', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...branchesOf(state)),
      fc.constantFrom(undefined, 1, [], {}, 'x'),
      (path, bad) => {
        const error = refuse(withAt(state, path, bad));
        expect(['TypeError', 'RangeError']).toContain(error.name);
        expect(error.message).not.toMatch(/Cannot|is not a function|not iterable/);
      },
    ),
    { numRuns: 200 },
  );
});

test('numbers that are some, but of no market, are refused after the marks were tried, which are put back', () => {
  expect(refuse({ ...state, volatility: state.volatility.map(() => null) }).message).toBe(
    'state: position 0 of the book has no price',
  );
  expect(refuse({ ...state, forward: [1e308, 1e308], sizes: [1e308, 1e308] }).message).toMatch(
    /^state: position 0 of the book has no price$/,
  );
  expect(refuse({ ...state, volatility: [-1, ...state.volatility.slice(1)] }).message).toBe(
    'state.volatility[0] must not be negative, got -1',
  );
});

test('what the forecaster refuses comes last, and the marks are put back', () => {
  const changed = {
    ...state,
    forward: [50, 51],
    sizes: [3, 4],
    forecaster: { ...(state.forecaster as object), numbers: [0, 2] },
  };
  expect(refuse(changed).message).toBe('state.numbers[1] must be in [0, 1], got 2');
  // and a state that is right is taken
  loop.restore({ ...state, sizes: [3, 4] });
  expect(loop.save().sizes).toEqual([3, 4]);
  loop.restore(state);
});

describe('forecasters refuse damaged states whole', () => {
  const realised = harForecaster(core, { days: 42 });
  const jumps = jumpForecaster(core);
  const makers: [string, Forecaster][] = [
    ['ewma', ewmaForecaster(core)],
    ['har', realised],
    ['jumps', jumps],
    ['momentum', momentumForecaster(core, { base: jumps })],
    ['implied less realised', impliedRealisedForecaster(core, { realised })],
  ];
  test.each(makers)('%s', (_, one) => {
    one.update(0.01, 1 / 365);
    one.update(-0.02, 1 / 365);
    const saved = JSON.parse(JSON.stringify(one.save!())) as object;
    fc.assert(
      fc.property(
        fc.constantFrom(...leavesOf(saved)),
        fc.constantFrom(NaN, -Infinity, 'x', undefined, {}, 1n),
        (path, bad) => {
          expect(() => {
            one.restore!(withAt(saved, path, bad));
          }).toThrow(/state/);
          expect(JSON.parse(JSON.stringify(one.save!()))).toEqual(saved);
        },
      ),
    );
    one.restore!(saved);
    expect(JSON.parse(JSON.stringify(one.save!()))).toEqual(saved);
  });
  afterAll(() => {
    realised.dispose();
    jumps.dispose();
  });
});
