import { create, type Chain, type ExpirySpec } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { copyOf } from './reference.js';

const core = await create();

const FIRST: ExpirySpec = {
  underlying: 'A',
  label: 'near',
  years: 0.25,
  forward: 100,
  rate: 0.03,
  strike: [80, 95, 100, 110, 130],
  volatility: [0.8, 0.6, 0.55, 0.6, 0.7],
};
const SECOND: ExpirySpec = {
  underlying: 'B',
  years: 1.5,
  forward: 104,
  rate: 0.01,
  settlement: 'inverse',
  strike: [90, 105],
  volatility: [0.5, 0.45],
};
const SPECS = [FIRST, SECOND];

const make = (specs = SPECS): Chain<3> => core.chain(specs, 3);

/** All that a chain says of its options. */
function resultsOf({ call, put, coin }: Chain<3>): unknown {
  // the coin columns first: a first look at them may grow memory
  const inCoin = [coin.call, coin.put].map(copyOf);
  return [...[call, put].map(copyOf), ...inCoin];
}

/** All that is to be seen of a chain. */
function stateOf(chain: Chain<3>): unknown {
  const { strike, volatility, forward, years, offset } = chain;
  return [resultsOf(chain), ...[strike, volatility, forward, years, offset].map((array) => [...array])];
}

describe('layout', () => {
  it('rows stand expiry by expiry in the order given', () => {
    const chain = make();
    expect(chain.length).toBe(7);
    expect(chain.offset).toEqual(Uint32Array.of(0, 5, 7));
    expect([...chain.strike]).toEqual([...SPECS.flatMap(({ strike }) => Array.from(strike))]);
    expect([...chain.volatility]).toEqual([...SPECS.flatMap(({ volatility }) => Array.from(volatility))]);
    expect([...chain.forward]).toEqual([100, 104]);
    expect([...chain.years]).toEqual([0.25, 1.5]);
  });

  it('expiries keep their names, with the defaults of what was left out', () => {
    expect(make().expiries).toEqual([
      { underlying: 'A', label: 'near', settlement: 'linear' },
      { underlying: 'B', label: '', settlement: 'inverse' },
    ]);
  });

  it('index finds every strike in its own expiry', () => {
    const chain = make();
    SPECS.forEach(({ strike }, e) => {
      Array.from(strike).forEach((value, k) => {
        expect(chain.index(e, value)).toBe(chain.offset[e] + k);
      });
    });
  });

  it.each([
    ['between two', 0, 96],
    ['below the first', 0, 1],
    ['above the last', 0, 1e9],
    ['of another expiry', 1, 100],
    ['NaN', 0, NaN],
  ])('index of a strike %s is -1', (_, expiry, strike) => {
    expect(make().index(expiry, strike)).toBe(-1);
  });

  it('a rate left out is 0', () => {
    const without = { ...FIRST };
    delete without.rate;
    expect(resultsOf(make([without]))).toEqual(resultsOf(make([{ ...FIRST, rate: 0 }])));
  });

  it('what it is made of is copied', () => {
    const strike = Float64Array.of(90, 100);
    const volatility = [0.5, 0.5];
    const chain = make([{ ...FIRST, strike, volatility }]);
    const before = resultsOf(chain);
    strike.fill(50);
    volatility.fill(2);
    chain.tick();
    expect(resultsOf(chain)).toEqual(before);
  });
});

describe('a tick gives the bits of a chain made of what it was told', () => {
  const [first, second] = [
    { ...FIRST, forward: 97 },
    { ...SECOND, forward: 101 },
  ];

  it.each([
    ['one forward per expiry', [97, 101], [first, second]],
    ['a typed array of them', Float64Array.of(97, 101), [first, second]],
    ['one forward for all', 97, [first, { ...second, forward: 97 }]],
    ['no forward', undefined, SPECS],
  ])('%s', (_, forward, specs) => {
    const chain = make();
    chain.tick(forward);
    expect(stateOf(chain)).toEqual(stateOf(make(specs)));
  });

  const changes: [string, (chain: Chain<3>) => void, ExpirySpec[]][] = [
    [
      'setVolatility',
      (chain) => {
        chain.setVolatility(1, [0.9, 0.8]);
      },
      [FIRST, { ...SECOND, volatility: [0.9, 0.8] }],
    ],
    [
      'a volatility written into the column',
      (chain) => {
        chain.volatility[5] = 0.9;
      },
      [FIRST, { ...SECOND, volatility: [0.9, 0.45] }],
    ],
    [
      'setRate',
      (chain) => {
        chain.setRate(0, -0.02);
      },
      [{ ...FIRST, rate: -0.02 }, SECOND],
    ],
    [
      'setYears',
      (chain) => {
        chain.setYears([0.1, 3]);
      },
      [
        { ...FIRST, years: 0.1 },
        { ...SECOND, years: 3 },
      ],
    ],
    [
      'advance',
      (chain) => {
        chain.advance(0.125);
      },
      [
        { ...FIRST, years: 0.125 },
        { ...SECOND, years: 1.375 },
      ],
    ],
    [
      'advance past an expiry, which stays at 0 years',
      (chain) => {
        chain.advance(1);
      },
      [
        { ...FIRST, years: 0 },
        { ...SECOND, years: 0.5 },
      ],
    ],
  ];

  it.each(changes)('%s', (_, change, specs) => {
    const chain = make();
    change(chain);
    chain.tick();
    expect(stateOf(chain)).toEqual(stateOf(make(specs)));
  });

  it.each(changes)('%s, which leaves calls and puts as they are until then', (_, change) => {
    const chain = make();
    const before = [copyOf(chain.call), copyOf(chain.put)];
    change(chain);
    expect([copyOf(chain.call), copyOf(chain.put)]).toEqual(before);
  });

  it.each(changes)(
    '%s, which leaves coin columns that were looked at as they are until then',
    (_, change) => {
      const chain = make();
      const before = resultsOf(chain);
      change(chain);
      expect(resultsOf(chain)).toEqual(before);
    },
  );

  it.each(changes)(
    '%s, which leaves coin columns not looked at before as they are until then',
    (_, change) => {
      const wanted = resultsOf(make());
      const chain = make();
      change(chain);
      expect(resultsOf(chain)).toEqual(wanted);
    },
  );

  it('many times over, into the same arrays, without taking memory', () => {
    const chain = make();
    const array = chain.call.delta;
    const bytes = core.bytesInUse;
    for (let i = 0; i < 1000; i++) chain.tick([90 + i / 50, 110 - i / 50]);
    expect(core.bytesInUse).toBe(bytes);
    chain.tick([100, 104]);
    expect(chain.call.delta).toBe(array);
    expect(stateOf(chain)).toEqual(stateOf(make()));
  });
});

/** The error a call throws; fails where it throws none. */
function errorOf(call: () => unknown): Error {
  try {
    call();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

type Kind = typeof TypeError | typeof RangeError;

describe('making refuses, naming the expiry, the field and the value', () => {
  const makeAnything = core.chain.bind(core) as (expiries: unknown, order?: unknown) => unknown;
  const second = (change: object): unknown[] => [FIRST, { ...SECOND, ...change }];

  it.each([
    ['no expiries', undefined, TypeError, /expiries.*undefined/],
    ['an empty list', [], RangeError, /expiries/],
    ['an expiry that is no object', [FIRST, 7], TypeError, /expiries\[1\].*7/],
    ['negative years', second({ years: -1 }), RangeError, /expiries\[1\]\.years.*-1/],
    ['NaN years', second({ years: NaN }), RangeError, /expiries\[1\]\.years.*NaN/],
    ['no years', second({ years: undefined }), TypeError, /expiries\[1\]\.years.*undefined/],
    ['a text for years', second({ years: '1' }), TypeError, /expiries\[1\]\.years.*'1'/],
    ['a forward of 0', second({ forward: 0 }), RangeError, /expiries\[1\]\.forward.*0/],
    ['a negative forward', second({ forward: -5 }), RangeError, /expiries\[1\]\.forward.*-5/],
    ['an infinite forward', second({ forward: Infinity }), RangeError, /expiries\[1\]\.forward.*Infinity/],
    ['a NaN rate', second({ rate: NaN }), RangeError, /expiries\[1\]\.rate.*NaN/],
    ['a null rate', second({ rate: 'x' }), TypeError, /expiries\[1\]\.rate.*'x'/],
    [
      'an unknown settlement',
      second({ settlement: 'coin' }),
      RangeError,
      /expiries\[1\]\.settlement.*'coin'/,
    ],
    ['no strikes', second({ strike: undefined }), TypeError, /expiries\[1\]\.strike.*undefined/],
    ['descending strikes', second({ strike: [105, 90] }), RangeError, /expiries\[1\]\.strike\[1\].*90/],
    ['a strike twice', second({ strike: [90, 90] }), RangeError, /expiries\[1\]\.strike\[1\].*90/],
    ['a strike of 0', second({ strike: [0, 90] }), RangeError, /expiries\[1\]\.strike\[0\].*0/],
    ['a NaN strike', second({ strike: [90, NaN] }), RangeError, /expiries\[1\]\.strike\[1\].*NaN/],
    [
      'an infinite strike',
      second({ strike: [90, Infinity] }),
      RangeError,
      /expiries\[1\]\.strike\[1\].*Infinity/,
    ],
    [
      'a bad strike after an empty expiry',
      [
        { ...FIRST, strike: [], volatility: [] },
        { ...FIRST, strike: [1, 2, 3, 5, 4] },
      ],
      RangeError,
      /expiries\[1\]\.strike\[4\].*4/,
    ],
    [
      'volatilities of another length',
      second({ volatility: [0.5] }),
      RangeError,
      /expiries\[1\]\.volatility.*2.*1/,
    ],
    ['no volatilities', second({ volatility: undefined }), TypeError, /expiries\[1\]\.volatility.*undefined/],
  ] as [string, unknown, Kind, RegExp][])('%s', (_, expiries, kind, message) => {
    const bytes = core.bytesInUse;
    const error = errorOf(() => makeAnything(expiries));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toMatch(message);
    expect(core.bytesInUse).toBe(bytes);
  });

  it.each([
    [0, RangeError],
    [4, RangeError],
    [1.5, RangeError],
    ['2', TypeError],
  ] as [unknown, Kind][])('order %s', (order, kind) => {
    const error = errorOf(() => makeAnything(SPECS, order));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toContain(`order`);
    expect(error.message).toContain(String(order));
  });
});

describe('a change refuses, naming the argument, the index and the value, and changes nothing', () => {
  type Anything = Record<
    'tick' | 'setVolatility' | 'setRate' | 'setYears' | 'advance' | 'index',
    (...args: unknown[]) => unknown
  >;

  it.each([
    ['a NaN forward', 'tick', [[101, NaN]], RangeError, /forward\[1\].*NaN/],
    ['a forward of 0', 'tick', [[0, 101]], RangeError, /forward\[0\].*0/],
    ['a negative forward', 'tick', [[101, -3]], RangeError, /forward\[1\].*-3/],
    ['an infinite forward', 'tick', [[101, Infinity]], RangeError, /forward\[1\].*Infinity/],
    ['a NaN forward for all', 'tick', [NaN], RangeError, /forward.*NaN/],
    ['an unreadable forward', 'tick', [[101, 1n]], TypeError, /forward\[1\] must be a number, got 1n/],
    ['a text for a number', 'tick', [[101, '102']], TypeError, /forward\[1\] must be a number, got '102'/],
    ['too few forwards', 'tick', [[101]], RangeError, /forward.*2.*1/],
    ['too many forwards', 'tick', [[101, 102, 103]], RangeError, /forward.*2.*3/],
    ['a text for a forward', 'tick', ['101'], TypeError, /forward.*'101'/],
    ['a null forward', 'tick', [null], TypeError, /forward.*null/],
    ['volatilities of no such expiry', 'setVolatility', [2, [0.5]], RangeError, /expiry.*2/],
    ['volatilities of expiry -1', 'setVolatility', [-1, [0.5]], RangeError, /expiry.*-1/],
    ['too few volatilities', 'setVolatility', [1, [0.5]], RangeError, /volatility.*2.*1/],
    ['one volatility for all', 'setVolatility', [1, 0.5], TypeError, /volatility.*0\.5/],
    ['a rate of no such expiry', 'setRate', [2, 0.01], RangeError, /expiry.*2/],
    ['a NaN rate', 'setRate', [0, NaN], RangeError, /rate.*NaN/],
    ['an infinite rate', 'setRate', [0, -Infinity], RangeError, /rate.*-Infinity/],
    ['no rate', 'setRate', [0], TypeError, /rate.*undefined/],
    ['too few years', 'setYears', [[1]], RangeError, /years.*2.*1/],
    ['negative years', 'setYears', [[1, -1]], RangeError, /years\[1\].*-1/],
    ['NaN years', 'setYears', [[NaN, 1]], RangeError, /years\[0\].*NaN/],
    ['a text for years', 'setYears', [[1, '1']], TypeError, /years\[1\].*'1'/],
    ['one number of years', 'setYears', [1], TypeError, /years.*1/],
    ['time that runs back', 'advance', [-0.1], RangeError, /years.*-0\.1/],
    ['NaN time', 'advance', [NaN], RangeError, /years.*NaN/],
    ['no time', 'advance', [], TypeError, /years.*undefined/],
    ['a row of no such expiry', 'index', [2, 100], RangeError, /expiry.*2/],
    ['a row of half an expiry', 'index', [0.5, 100], RangeError, /expiry.*0\.5/],
    ['a row of a named expiry', 'index', ['near', 100], TypeError, /expiry.*'near'/],
  ] as [string, keyof Anything, unknown[], Kind, RegExp][])('%s', (_, method, args, kind, message) => {
    const chain = make();
    const before = stateOf(chain);
    const error = errorOf(() => (chain as unknown as Anything)[method](...args));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toMatch(message);
    expect(stateOf(chain)).toEqual(before);
    // nothing waits for the next tick either
    chain.tick();
    expect(stateOf(chain)).toEqual(before);
  });
});

describe('coin columns', () => {
  it('follow every tick, looked at or not before', () => {
    const looked = make();
    const unlooked = make();
    for (const forward of [90, 95, 105]) {
      looked.tick(forward);
      expect(looked.coin.put.price[0] * forward).toBeCloseTo(looked.put.price[0], 12);
    }
    unlooked.tick(105);
    expect(resultsOf(looked)).toEqual(resultsOf(unlooked));
  });

  it('of a chain with an inverse expiry take no memory at the first look, of a linear one they do', () => {
    const inverse = make([SECOND]);
    const linear = make([FIRST]);
    const bytes = core.bytesInUse;
    expect(inverse.coin.call.price[0]).toBeGreaterThan(0);
    expect(core.bytesInUse).toBe(bytes);
    expect(linear.coin.call.price[0]).toBeGreaterThan(0);
    expect(core.bytesInUse).toBeGreaterThan(bytes);
  });
});
