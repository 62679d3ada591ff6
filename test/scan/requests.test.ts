import { create, type ExpirySpec, type ScanRequest } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { positionsOf, specsOf } from '../book/cases.js';
import { profitOf } from './reference.js';

const core = await create();
const specs = specsOf(6);
const chain = core.chain(specs);
const positions = positionsOf(specs, 30, 7);
const book = core.book(chain, positions);
const scanOf = (request: unknown): (() => unknown) => {
  return () => book.scan(request as ScanRequest);
};

describe('a bad request is refused by name, index and value', () => {
  const CASES: [string, unknown, string, RegExp][] = [
    ['a fall of 100 %', { spot: [0, -1] }, 'RangeError', /request\.spot\[1\] must be above -1, got -1$/],
    ['a deeper fall', { spot: [-1.5] }, 'RangeError', /request\.spot\[0\] must be above -1, got -1\.5$/],
    [
      'a fall of 100 % by beta',
      { spot: [0, -0.5], beta: { ETH: 2 } },
      'RangeError',
      /request\.spot\[1\] x 2, the beta of 'ETH', must be above -1, got -0\.5$/,
    ],
    ['a move that is no number', { spot: [NaN] }, 'RangeError', /request\.spot\[0\] must be finite, got NaN/],
    ['an endless move', { spot: [1e308], beta: { BTC: 100 } }, 'RangeError', /request\.spot\[0\] x 100/],
    ['no moves', { spot: [] }, 'RangeError', /request\.spot must not be empty/],
    ['no spot', {}, 'TypeError', /request\.spot must be an array of numbers, got undefined/],
    ['no request', undefined, 'TypeError', /request must be an object, got undefined/],
    ['an empty axis', { spot: [0], volatility: [] }, 'RangeError', /request\.volatility must not be empty/],
    [
      'a volatility move without end',
      { spot: [0], volatility: [0, Infinity] },
      'RangeError',
      /request\.volatility\[1\] must be finite, got Infinity/,
    ],
    [
      'time that runs back',
      { spot: [0], time: [0, -1] },
      'RangeError',
      /request\.time\[1\] must be finite and not negative, got -1/,
    ],
    [
      'a negative weight',
      { scenarios: { spot: [0, 0], weight: [1, -1] } },
      'RangeError',
      /request\.scenarios\.weight\[1\] must be finite and not negative, got -1/,
    ],
    [
      'weights of nothing',
      { scenarios: { spot: [0, 0], weight: [0, 0] } },
      'RangeError',
      /request\.scenarios\.weight must have a sum above 0/,
    ],
    [
      'weights for other scenarios',
      { spot: [0, 1], volatility: [0, 1], weight: [1, 1] },
      'RangeError',
      /request\.weight must have 4 elements, got 2/,
    ],
    [
      'columns of two lengths',
      { scenarios: { spot: [0, 0], time: [0] } },
      'RangeError',
      /request\.scenarios\.time must have 2 elements, got 1/,
    ],
    ['an unknown currency', { spot: [0], currency: 'usd' }, 'RangeError', /request\.currency must be/],
    ['an unknown underlying', { spot: [0], underlying: 'SOL' }, 'RangeError', /request\.underlying must be/],
    ['coins of two kinds', { spot: [0], currency: 'coin' }, 'RangeError', /their coins do not add/],
    ['a beta of no underlying', { spot: [0], beta: { SOL: 1 } }, 'RangeError', /beta/],
    ['a beta that is no number', { spot: [0], beta: { ETH: NaN } }, 'RangeError', /request\.beta\.ETH/],
    ['an unknown move', { spot: [0], volatilityMove: 'sideways' }, 'RangeError', /volatilityMove must be/],
    [
      'a floor of no days',
      { spot: [0], volatilityMove: { exponent: 0.5, floorDays: 0 } },
      'RangeError',
      /request\.volatilityMove\.floorDays must be positive, got 0/,
    ],
    [
      'a move out of the range of numbers',
      { spot: [0], volatility: [0, 1e300] },
      'RangeError',
      /scenario 1 leads out of the range of numbers: spot 0, volatility 1e\+300, time 0/,
    ],
  ];

  it.each(CASES)('%s', (_, request, name, message) => {
    expect(scanOf(request)).toThrow(message);
    expect(scanOf(request)).toThrow(expect.objectContaining({ name }));
  });

  it('and so are levels and nodes that are none', () => {
    using scan = book.scan({ spot: [0, 0.1] });
    for (const level of [0, 1, -1, 2, NaN]) {
      expect(() => scan.valueAtRisk(level)).toThrow(RangeError);
      expect(() => scan.expectedShortfall(level)).toThrow(/level must be/);
    }
    expect(() => scan.index(2)).toThrow(/spot must be an integer in \[0, 1\], got 2/);
    expect(() => scan.index(0, 1)).toThrow(RangeError);
  });
});

describe('a scan', () => {
  it('of an empty book makes nothing', () => {
    using empty = core.book(chain, []);
    using scan = empty.scan({ spot: [-0.5, 0, 1], volatility: [0, 1] });
    expect([...scan.profit]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(scan.value).toBe(0);
    expect(scan.profitByPosition().length).toBe(0);
    expect(scan.worst()).toEqual({ scenario: 0, loss: 0, contribution: new Float64Array(0) });
    expect(scan.expectedShortfall(0.9).loss).toBe(0);
  });

  it('makes exactly nothing where nothing moves, and is worth what the book is', () => {
    using scan = book.scan({ spot: [0.1, 0, -0.1], volatility: [0, 0.1] });
    expect(scan.profit[scan.index(1)]).toBe(0);
    const wanted = book.exposureByExpiry().price.reduce((sum, price) => sum + price, 0);
    const spot = positions
      .filter((position) => position.kind === 'spot')
      .reduce((sum, p) => sum + p.quantity * book.exposure({ underlying: p.underlying }).price, 0);
    expect(Number.isFinite(spot)).toBe(true);
    const whole = (['BTC', 'ETH'] as const).reduce(
      (sum, underlying) => sum + book.exposure({ underlying }).price,
      0,
    );
    expect(scan.value).toBeCloseTo(whole, 6);
    expect(wanted).not.toBe(whole);
  });

  it('adds up over books, to rounding', () => {
    const request = { spot: [-0.3, 0.2], volatility: [-0.1, 0, 0.3], time: [0, 0.2] };
    using whole = book.scan(request);
    using first = core.book(chain, positions.slice(0, 11)).scan(request);
    using rest = core.book(chain, positions.slice(11)).scan(request);
    const sizes = whole.profitByPosition().reduce((sum, x) => sum + Math.abs(x), 0);
    whole.profit.forEach((profit, s) => {
      expect(Math.abs(first.profit[s] + rest.profit[s] - profit)).toBeLessThanOrEqual(1e-12 * sizes);
    });
  });

  it('of a part of the scenarios has the same bits, wherever it is cut', () => {
    const length = 23;
    const spot = Array.from({ length }, (_, i) => -0.5 + 0.07 * i);
    const volatility = spot.map((x, i) => (i % 3) * 0.1 - 0.2 * x);
    const time = spot.map((_, i) => (i % 4) * 0.05);
    const part = (from: number, to: number): ScanRequest => ({
      scenarios: {
        spot: spot.slice(from, to),
        volatility: volatility.slice(from, to),
        time: time.slice(from, to),
      },
    });
    using whole = book.scan(part(0, length));
    for (const cut of [1, 8, 11, 22]) {
      using head = book.scan(part(0, cut));
      using tail = book.scan(part(cut, length));
      expect([...head.profit, ...tail.profit]).toEqual([...whole.profit]);
      expect([...head.profitByPosition(), ...tail.profitByPosition()]).toEqual([...whole.profitByPosition()]);
    }
  });

  it('runs again after ticks and fills, as a new one would', () => {
    using own = core.chain(specs);
    using held = core.book(own, positions);
    const request = { spot: [-0.1, 0.1], volatility: [0, 0.1] };
    using scan = held.scan(request);
    own.volatility.fill(0.7);
    own.tick(own.forward.map((forward) => forward * 1.03));
    for (let i = 0; i < 40; i++) held.add(positions[i % positions.length]);
    held.setQuantity(0, 17);
    scan.run();
    using fresh = held.scan(request);
    expect([...scan.profit]).toEqual([...fresh.profit]);
    expect([...scan.profitByPosition()]).toEqual([...fresh.profitByPosition()]);
    expect(scan.profitByPosition().length).toBe(70 * 4);
  });

  it('keeps to the marks of its run until it runs again', () => {
    using own = core.chain(specs);
    using held = core.book(own, positions);
    using scan = held.scan({ spot: [-0.1, 0.1] });
    using same = held.scan({ spot: [-0.1, 0.1] });
    const wanted = [...same.profitByPosition()];
    own.tick(own.forward.map((forward) => forward * 1.1));
    held.setQuantity(0, 1000);
    expect([...scan.profitByPosition()]).toEqual(wanted);
  });

  it('leaves unpriced rows out, and their neighbours in', () => {
    const bad: ExpirySpec = {
      years: 0.5,
      forward: 100,
      strike: [90, 100, 110],
      volatility: [0.5, NaN, -0.2],
    };
    const held = [90, 100, 110].map((strike) => ({ expiry: 0, strike, type: 'call', quantity: 2 }) as const);
    using marked = core.book(core.chain([bad]), held);
    expect(marked.unpriced).toEqual([1, 2]);
    using scan = marked.scan({ spot: [-0.2, 0, 0.2], volatility: [0, 0.3] });
    const profits = scan.profitByPosition();
    scan.profit.forEach((profit, s) => {
      expect(profit).toBe(profits[3 * s]);
      expect([...profits.subarray(3 * s + 1, 3 * s + 3)]).toEqual([0, 0]);
      const scenario = { spot: scan.spot[s], volatility: scan.volatility[s] };
      const { value, bar } = profitOf(core, [bad], held[0], scenario);
      expect(Math.abs(profit - value)).toBeLessThanOrEqual(bar);
    });
  });

  it('moves nothing that is over, and prices what expires on the way at its intrinsic value', () => {
    const strike = [80, 100, 120];
    const volatility = [0.5, 0.5, 0.5];
    const over: ExpirySpec = { underlying: 'A', years: 0, forward: 105, strike, volatility };
    const terms = { years: 0.01, forward: 100, strike, volatility, rate: 0.05 };
    const near: ExpirySpec = { underlying: 'A', ...terms };
    const held = [0, 1].flatMap((expiry) =>
      strike.map((K) => ({ expiry, strike: K, type: 'call', quantity: 1 }) as const),
    );
    const all = [...held, { kind: 'future', expiry: 0, quantity: 3 } as const];
    using marked = core.book(core.chain([over, near]), all);
    using scan = marked.scan({ spot: [-0.1, 0, 0.3], time: [0.02] });
    expect(scan.value).toBeGreaterThan(30);
    const profits = scan.profitByPosition();
    scan.spot.forEach((move, s) => {
      const own = profits.subarray(s * 7, s * 7 + 7);
      expect([...own.subarray(0, 3), own[6]]).toEqual([0, 0, 0, 0]);
      const before = core.evaluate({ type: 'call', ...terms }).price;
      strike.forEach((K, i) => {
        expect(own[3 + i]).toBeCloseTo(Math.max(0, 100 * (1 + move) - K) - before[i], 11);
      });
    });
  });

  it('lets variance pass at its pace', () => {
    const strike = [90, 100, 115];
    const volatility = [0.6, 0.5, 0.55];
    const spec = { years: 0.2, forward: 100, strike, volatility, varianceYears: 0.15, variancePace: 2 };
    const held = strike.map((K) => ({ expiry: 0, strike: K, type: 'put', quantity: 1 }) as const);
    using own = core.chain([spec]);
    using marked = core.book(own, held);
    using scan = marked.scan({ spot: [0.05], volatility: [0.1], time: [0.05] });
    const before = own.put.price.slice();
    own.advance(0.05);
    own.volatility.set(volatility.map((v) => v + 0.1));
    own.tick(100 * 1.05);
    own.put.price.forEach((price, i) => {
      expect(scan.profitByPosition()[i]).toBeCloseTo(price - before[i], 11);
    });
  });

  it('weighs moves of volatility by term', () => {
    const days = [0.2, 1, 15, 30, 90];
    const term: ExpirySpec[] = days.map((d) => ({
      years: d / 365,
      forward: 100,
      strike: [100],
      volatility: [0.4],
    }));
    const held = days.map((_, expiry) => ({ expiry, strike: 100, type: 'put', quantity: 1 }) as const);
    using marked = core.book(core.chain(term), held);
    const volatilityMove = {
      kind: 'relative' as const,
      exponent: 0.3,
      longExponent: 0.13,
      floorDays: 1,
      least: 0.65,
    };
    using scan = marked.scan({ spot: [0.1], volatility: [-0.25, 0.5], volatilityMove });
    scan.volatility.forEach((move, s) => {
      held.forEach((position, p) => {
        const scenario = {
          spot: 0.1,
          volatility: move,
          moved: (volatility: number, by: number, left: number): number => {
            const until = Math.max(1, left * 365);
            const weight = (30 / until) ** (until > 30 ? 0.13 : 0.3);
            return Math.max(by > 0 ? 0.65 : 0, volatility * (1 + by * weight));
          },
        };
        const found = scan.profitByPosition()[s * days.length + p];
        expect(found).toBeCloseTo(profitOf(core, term, position, scenario).value, 12);
      });
    });
  });
});
