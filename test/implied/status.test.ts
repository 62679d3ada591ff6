import { create, ImpliedStatus, type QuoteColumns } from 'greekfire';
import { describe, expect, it } from 'vitest';

const core = await create();
const { ok, belowIntrinsic, aboveMaximum, noTimeValue, badInput } = ImpliedStatus;

/** Calls with an argument the types forbid, as plain JavaScript can. */
const imply = core.impliedVolatility.bind(core) as (
  quotes: unknown,
) => ReturnType<typeof core.impliedVolatility>;

const call = { type: 'call', forward: 100, strike: 110, years: 0.5, price: 5 } as const;
const put = { type: 'put', forward: 100, strike: 110, years: 0.5, price: 12 } as const;
const onSpot = {
  type: 'call',
  spot: 100,
  strike: 110,
  years: 0.5,
  price: 5,
  rate: 0.03,
  dividend: 0.01,
} as const;

interface Single {
  readonly what: string;
  readonly quote: unknown;
  readonly status: number;
}

const SINGLES: readonly Single[] = [
  { what: 'a call out of the money', quote: call, status: ok },
  { what: 'a put in the money', quote: put, status: ok },
  { what: 'a call on spot', quote: onSpot, status: ok },
  { what: 'a put at its intrinsic value', quote: { ...put, price: 10 }, status: noTimeValue },
  { what: 'a put one unit above it', quote: { ...put, price: 10 + 2 ** -49 }, status: ok },
  { what: 'a put one unit below it', quote: { ...put, price: 10 - 2 ** -49 }, status: noTimeValue },
  { what: 'a put below it', quote: { ...put, price: 9.999 }, status: belowIntrinsic },
  { what: 'a price of zero out of the money', quote: { ...call, price: 0 }, status: noTimeValue },
  { what: 'a price of zero in the money', quote: { ...put, price: 0 }, status: belowIntrinsic },
  { what: 'a negative price', quote: { ...call, price: -1e-9 }, status: belowIntrinsic },
  { what: 'a call at its maximum', quote: { ...call, price: 100 }, status: aboveMaximum },
  { what: 'a call above it', quote: { ...call, price: 101 }, status: aboveMaximum },
  { what: 'a call just below it', quote: { ...call, price: 99.9999 }, status: ok },
  { what: 'a put at its maximum', quote: { ...put, price: 110 }, status: aboveMaximum },
  {
    what: 'a discounted maximum',
    quote: { ...put, rate: 0.1, price: 110 * Math.exp(-0.05) },
    status: aboveMaximum,
  },
  {
    what: 'an inverse call at its maximum',
    quote: { ...call, settlement: 'inverse', price: 1 },
    status: aboveMaximum,
  },
  { what: 'an expired option above its intrinsic value', quote: { ...put, years: 0 }, status: aboveMaximum },
  { what: 'an expired option at it', quote: { ...put, years: 0, price: 10 }, status: noTimeValue },
  { what: 'an expired option below it', quote: { ...put, years: 0, price: 9 }, status: belowIntrinsic },
  { what: 'negative time', quote: { ...call, years: -1 }, status: badInput },
  { what: 'a price that is no number', quote: { ...call, price: NaN }, status: badInput },
  { what: 'an infinite price', quote: { ...call, price: Infinity }, status: badInput },
  { what: 'a strike that is no number', quote: { ...call, strike: NaN }, status: badInput },
  { what: 'a strike of zero', quote: { ...call, strike: 0 }, status: badInput },
  { what: 'a negative forward', quote: { ...call, forward: -100 }, status: badInput },
  { what: 'an infinite rate', quote: { ...call, rate: Infinity }, status: badInput },
  { what: 'a dividend that is no number', quote: { ...onSpot, dividend: NaN }, status: badInput },
  { what: 'no type', quote: { ...call, type: new Int8Array([0]) }, status: badInput },
  { what: 'an unknown type', quote: { ...call, type: ['straddle'] }, status: badInput },
  {
    what: 'a normal quote with a negative strike',
    quote: { ...call, strike: -10, price: 111, model: 'normal' },
    status: ok,
  },
  {
    what: 'a normal quote at its intrinsic value',
    quote: { ...call, strike: -10, price: 110, model: 'normal' },
    status: noTimeValue,
  },
  {
    what: 'a normal quote above what a lognormal one can be',
    quote: { ...call, price: 400, model: 'normal' },
    status: ok,
  },
  {
    what: 'a normal quote in coin of a negative forward',
    quote: { ...call, forward: -1, model: 'normal', settlement: 'inverse' },
    status: badInput,
  },
];

describe('status', () => {
  it('has five values', () => {
    expect(ImpliedStatus).toEqual({ ok: 0, belowIntrinsic: 1, aboveMaximum: 2, noTimeValue: 3, badInput: 4 });
  });

  it.each(SINGLES)('$what', ({ quote, status }) => {
    const result = imply(quote);
    expect([...result.status]).toEqual([status]);
    expect(Number.isFinite(result.volatility[0])).toBe(status === ok);
  });

  it('of a row is its own: its neighbours keep their bits', () => {
    const rows = 261;
    const strike = Float64Array.from({ length: rows }, (_, i) => 60 + (i % 87));
    const quote = { type: 'call', forward: 100, years: 0.75, strike } as const;
    const { price } = core.evaluate({ ...quote, volatility: 0.8 });
    const clean = core.impliedVolatility({ ...quote, price });
    expect(clean.status.every((code) => code === ok)).toBe(true);
    for (const bad of [NaN, -1, 0, 1e9, Infinity]) {
      for (const at of [0, 1, 126, 127, 128, 129, 255, 260]) {
        const spoilt = price.slice();
        spoilt[at] = bad;
        const { volatility, status } = core.impliedVolatility({ ...quote, price: spoilt });
        expect(status[at]).not.toBe(ok);
        expect(volatility[at]).toBeNaN();
        const expected = clean.volatility.slice();
        expected[at] = NaN;
        expect(volatility).toEqual(expected);
      }
    }
  });

  it('of a row depends on no other: the same in any place and company', () => {
    const forward = [100, 100, 100, 100, 100];
    const strike = [100, 130, 101, 1e4, 99.99];
    const years = [0.1, 2, 1e-6, 3, 1e-7];
    const volatility = [0.4, 0.9, 0.6, 4, 2];
    const quote = { type: 'put', forward, strike, years } as const;
    const { price } = core.evaluate({ ...quote, volatility });
    const all = core.impliedVolatility({ ...quote, price });
    price.forEach((value, i) => {
      const alone = core.impliedVolatility({
        type: 'put',
        forward: forward[i],
        strike: strike[i],
        years: years[i],
        price: value,
      });
      expect(alone.volatility[0]).toBe(all.volatility[i]);
    });
  });
});

describe('arguments', () => {
  it('no rows', () => {
    const none = core.impliedVolatility({ ...call, price: [] });
    expect(none).toEqual({ volatility: new Float64Array(0), status: new Uint8Array(0) });
  });

  it.each([
    ['nothing', undefined, TypeError, /quotes/],
    ['neither spot nor forward', { ...call, forward: undefined }, TypeError, /spot.*forward/],
    ['no price', { ...call, price: undefined }, TypeError, /price/],
    ['a price in words', { ...call, price: '5' }, TypeError, /price/],
    ['lengths that differ', { ...call, price: [1, 2], strike: [1, 2, 3] }, RangeError, /price|strike/],
    ['an unknown model', { ...call, model: 'sabr' }, RangeError, /model.*'sabr'/],
    ['an unknown settlement', { ...call, settlement: 'cash' }, RangeError, /settlement.*'cash'/],
    ['a guess of another length', { ...call, price: [1, 2], guess: [1, 2, 3] }, RangeError, /guess|price/],
  ])('%s', (_, quotes, kind, message) => {
    const held = core.bytesInUse;
    expect(() => imply(quotes)).toThrow(kind);
    expect(() => imply(quotes)).toThrow(message);
    expect(core.bytesInUse).toBe(held);
  });

  it('gives its memory back', () => {
    const held = core.bytesInUse;
    const quotes: QuoteColumns = { ...call, price: new Float64Array(1000).fill(5) };
    for (let i = 0; i < 10; i += 1) core.impliedVolatility(quotes);
    expect(core.bytesInUse).toBe(held);
  });
});
