import { create, DisposedError, type OptionColumns } from 'greekfire';
import { describe, expect, it } from 'vitest';

const core = await create();

const option = { type: 'call', spot: 100, strike: 110, years: 0.5, volatility: 0.4 } as const;

/** Calls with an argument the types forbid, as plain JavaScript can. */
const evaluateAnything = core.evaluate.bind(core) as (options: unknown, order?: unknown) => unknown;
const batchOfAnything = core.batch.bind(core) as (capacity: unknown, options?: unknown) => unknown;

interface Refusal {
  readonly what: string;
  readonly options: unknown;
  readonly order?: unknown;
  readonly kind: typeof TypeError | typeof RangeError;
  /** What the message must name. */
  readonly names: RegExp[];
}

const REFUSALS: Refusal[] = [
  { what: 'no options', options: undefined, kind: TypeError, names: [/options/, /undefined/] },
  { what: 'null options', options: null, kind: TypeError, names: [/options/, /null/] },
  {
    what: 'no strike',
    options: { ...option, strike: undefined },
    kind: TypeError,
    names: [/strike/, /undefined/],
  },
  {
    what: 'a text for a strike',
    options: { ...option, strike: '110' },
    kind: TypeError,
    names: [/strike/, /110/],
  },
  { what: 'null years', options: { ...option, years: null }, kind: TypeError, names: [/years/, /null/] },
  {
    what: 'no volatility',
    options: { ...option, volatility: undefined },
    kind: TypeError,
    names: [/volatility/],
  },
  { what: 'an object for a rate', options: { ...option, rate: {} }, kind: TypeError, names: [/rate/] },
  { what: 'no type', options: { ...option, type: undefined }, kind: TypeError, names: [/type/, /undefined/] },
  {
    what: 'no underlying',
    options: { ...option, spot: undefined },
    kind: TypeError,
    names: [/spot/, /forward/],
  },
  {
    what: 'spot and forward',
    options: { ...option, forward: 100 },
    kind: TypeError,
    names: [/spot/, /forward/],
  },
  {
    what: 'a dividend on a forward',
    options: { ...option, spot: undefined, forward: 100, dividend: 0.01 },
    kind: TypeError,
    names: [/dividend/],
  },
  {
    what: 'columns of two lengths',
    options: { ...option, strike: [90, 100, 110], volatility: [0.4, 0.5] },
    kind: RangeError,
    names: [/volatility|strike/, /3/, /2/],
  },
  {
    what: 'types of another length',
    options: { ...option, type: ['call', 'put'], strike: [90, 100, 110] },
    kind: RangeError,
    names: [/type|strike/, /3/, /2/],
  },
  { what: 'order 4', options: option, order: 4, kind: RangeError, names: [/order/, /4/] },
  { what: 'order 0', options: option, order: 0, kind: RangeError, names: [/order/, /0/] },
  { what: 'order 1.5', options: option, order: 1.5, kind: RangeError, names: [/order/, /1\.5/] },
  { what: 'a text for an order', options: option, order: '2', kind: TypeError, names: [/order/, /2/] },
  {
    what: 'an unknown settlement',
    options: { ...option, settlement: 'coin' },
    kind: RangeError,
    names: [/settlement/, /coin/],
  },
  {
    what: 'an unknown model',
    options: { ...option, model: 'heston' },
    kind: RangeError,
    names: [/model/, /heston/],
  },
  {
    what: 'an unknown payoff',
    options: { ...option, payoff: 'asian' },
    kind: RangeError,
    names: [/payoff/, /asian/],
  },
];

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

describe('evaluate refuses, naming the argument and the value', () => {
  it.each(REFUSALS)('$what', ({ options, order, kind, names }) => {
    const error = errorOf(() => evaluateAnything(options, order ?? 1));
    expect(error).toBeInstanceOf(kind);
    for (const name of names) expect(error.message).toMatch(name);
  });

  it('leaves no memory taken', () => {
    const before = core.bytesInUse;
    for (const { options, order } of REFUSALS) errorOf(() => evaluateAnything(options, order ?? 1));
    expect(core.bytesInUse).toBe(before);
  });
});

describe('evaluate accepts', () => {
  it('plain arrays, typed arrays and numbers together', () => {
    const input: OptionColumns = {
      type: ['call', 'put'],
      spot: Float32Array.of(100, 100),
      strike: [90, 100],
      years: 0.5,
      volatility: Float64Array.of(0.4, 0.5),
    };
    expect(core.evaluate(input).price).toHaveLength(2);
  });

  it('no rows at all', () => {
    expect(core.evaluate({ ...option, strike: [] }).price).toHaveLength(0);
  });

  it('one row from scalars, in arrays of its own', () => {
    const first = core.evaluate(option);
    const second = core.evaluate({ ...option, strike: 120 });
    expect(first.price).toHaveLength(1);
    expect(first.price[0]).toBeGreaterThan(second.price[0]);
  });
});

describe('batch refuses, naming the argument and the value', () => {
  it.each([
    ['a text', '8', TypeError],
    ['nothing', undefined, TypeError],
    ['a fraction', 1.5, RangeError],
    ['a negative number', -1, RangeError],
    ['NaN', NaN, RangeError],
    ['Infinity', Infinity, RangeError],
  ])('%s for a capacity', (_, capacity, kind) => {
    const error = errorOf(() => batchOfAnything(capacity));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toMatch(/capacity/);
    expect(error.message).toContain(String(capacity));
  });

  it('more rows than memory can hold', () => {
    const before = core.bytesInUse;
    const error = errorOf(() => core.batch(2 ** 40));
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toContain(String(2 ** 40));
    expect(core.bytesInUse).toBe(before);
  });

  it.each([
    ['order', { order: 5 }, /5/, RangeError],
    ['order', { order: '3' }, /3/, TypeError],
    ['underlier', { underlier: 'future' }, /future/, RangeError],
  ])('an unknown %s', (name, options, value, kind) => {
    const error = errorOf(() => batchOfAnything(4, options));
    expect(error).toBeInstanceOf(kind);
    expect(error.message).toContain(name);
    expect(error.message).toMatch(value);
  });

  it.each([5, -1, 1.5, NaN])('evaluate(%d) of a capacity of 4', (n) => {
    const batch = core.batch(4);
    const error = errorOf(() => {
      batch.evaluate(n);
    });
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toContain(String(n));
    batch.dispose();
  });

  it('evaluate(n) leaves the rows beyond n as they were', () => {
    const batch = core.batch(4, { underlier: 'forward' });
    batch.type.fill(1);
    batch.forward.fill(100);
    batch.strike.fill(100);
    batch.years.fill(1);
    batch.volatility.fill(0.5);
    batch.evaluate();
    const before = batch.result.price.slice();
    batch.volatility.fill(0.6);
    batch.evaluate(3);
    const after = batch.result.price;
    expect(after[2]).toBeGreaterThan(before[2]);
    expect(after[3]).toBe(before[3]);
    batch.dispose();
  });

  it('the columns of the other underlier', () => {
    const onForward = core.batch(2, { underlier: 'forward' });
    const onSpot = core.batch(2);
    expect(() => onForward.spot).toThrow(/spot/);
    expect(() => onForward.dividend).toThrow(/dividend/);
    expect(() => onSpot.forward).toThrow(/forward/);
    onForward.dispose();
    onSpot.dispose();
  });

  it('any use after dispose', () => {
    const batch = core.batch(4);
    batch.dispose();
    batch.dispose();
    for (const use of [
      () => {
        batch.evaluate();
      },
      () => batch.result,
      () => batch.type,
      () => batch.spot,
      () => batch.strike,
      () => batch.years,
      () => batch.volatility,
      () => batch.rate,
    ]) {
      expect(use).toThrow(DisposedError);
    }
  });
});
