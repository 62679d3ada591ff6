import { createSync, type Position } from 'greekfire';
import { createParallel, type Parallel } from 'greekfire/parallel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const core = createSync();
let parallel: Parallel;
beforeAll(async () => {
  parallel = await createParallel({ workers: 2 });
});
afterAll(() => parallel.close());

const strike = Float64Array.from({ length: 37 }, (_, i) => 50 + 3 * i);
const expiries = [0.02, 0.25, 1].map((years, e) => ({
  years,
  forward: 100 + e,
  rate: 0.01 * e,
  settlement: e === 1 ? ('inverse' as const) : ('linear' as const),
  strike,
  volatility: strike.map((k) => 0.4 + 0.002 * Math.abs(k - 100)),
}));
const positions: Position[] = Array.from({ length: 400 }, (_, i) => ({
  expiry: i % 3,
  strike: strike[(7 * i) % strike.length],
  type: i % 2 === 0 ? 'call' : 'put',
  quantity: (i % 11) - 5,
}));
positions.push({ kind: 'perpetual', underlying: '', quantity: 2.5 });

/** What one core finds. */
function onOneCore<T>(
  find: (book: ReturnType<typeof core.book<2>>, chain: ReturnType<typeof core.chain<2>>) => T,
): T {
  const chain = core.chain(expiries, 2);
  const book = core.book(chain, positions);
  try {
    return find(book, chain);
  } finally {
    book.dispose();
    chain.dispose();
  }
}

describe('finds what one core finds, to the last bit', () => {
  test('the marks of a chain', async () => {
    const marks = await parallel.chain(expiries, 2);
    onOneCore((_, chain) => {
      for (const side of ['call', 'put'] as const) {
        expect(Object.keys(marks[side])).toEqual(Object.keys(chain[side]));
        for (const [name, column] of Object.entries<Float64Array>(chain[side])) {
          expect(marks[side][name as 'price'], `${side} ${name}`).toEqual(column.slice());
        }
      }
    });
  });

  const axis = (length: number, from: number, to: number): Float64Array =>
    Float64Array.from({ length }, (_, i) => from + ((to - from) * i) / (length - 1));
  test.each([
    ['a grid, longest in spot', { spot: axis(41, -0.5, 0.5), volatility: [-0.1, 0, 0.1], time: [0, 0.01] }],
    [
      'a grid, longest in volatility',
      { spot: [-0.1, 0, 0.1], volatility: axis(30, -0.2, 0.2), time: [0, 0.1] },
    ],
    ['a grid, longest in time', { spot: [-0.1, 0, 0.1], volatility: [0, 0.1], time: axis(17, 0, 0.3) }],
    ['a list', { scenarios: { spot: axis(101, -0.6, 1.5), volatility: axis(101, 0.2, -0.2) } }],
    ['one scenario', { spot: [0.1] }],
  ])('%s of scenarios', async (_, request) => {
    const sweep = await parallel.book(expiries, positions).scan(request);
    onOneCore((book) => {
      const scan = book.scan(request);
      expect(sweep.profit).toEqual(scan.profit.slice());
      expect(sweep.value).toBe(scan.value);
      scan.dispose();
    });
  });

  test('a replay of ticks', async () => {
    const ticks = 50;
    const forward = Float64Array.from({ length: 3 * ticks }, (_, i) => 90 + ((i * 37) % 200) / 10);
    const replay = await parallel.book(expiries, positions, 2).replay(forward);
    onOneCore((book, chain) => {
      for (let tick = 0; tick < ticks; tick++) {
        chain.tick(forward.subarray(3 * tick, 3 * tick + 3));
        for (const [name, value] of Object.entries(book.exposure())) {
          expect(replay[name as 'delta'][tick], `${name} at ${tick}`).toBe(value);
        }
      }
    });
  });

  test('many hedges', async () => {
    const shape = { instruments: 6, exposures: 3 };
    const count = 40;
    const problem = {
      sensitivity: Float64Array.from({ length: 18 }, (_, i) => ((i * 7) % 13) / 13 - 0.4),
      exposure: [0, 0, 0],
      weight: [1, 2, 0.5],
      lower: [-Infinity, -1, -Infinity],
      upper: [Infinity, 1, Infinity],
      sellLimit: new Float64Array(6).fill(4),
      buyLimit: new Float64Array(6).fill(4),
      halfSpread: new Float64Array(6).fill(0.02),
    };
    const exposure = Float64Array.from({ length: 3 * count }, (_, i) => ((i * 29) % 31) / 10 - 1.5);
    const answers = await parallel.solveMany(shape, problem, { count, exposure });
    const hedger = core.hedger(shape);
    hedger.update(problem);
    const batch = hedger.solveMany({ count, exposure }, { warmStart: false });
    for (const name of Object.keys(answers) as (keyof typeof answers)[]) {
      expect(answers[name], name).toEqual(batch[name].slice());
    }
    hedger.dispose();
  });
});

describe('a job', () => {
  const request = { spot: Float64Array.from({ length: 2000 }, (_, i) => i / 1000) };

  test('tells of its progress, up to the whole', async () => {
    const told: [number, number][] = [];
    await parallel.book(expiries, positions).scan(request, {
      progress: (done, total) => told.push([done, total]),
    });
    expect(told).toHaveLength(8);
    expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).sort((a, b) => a - b));
    expect(told.at(-1)).toEqual([2000, 2000]);
  });

  test('is broken off by its signal, before and while it runs, and the workers go on', async () => {
    const book = parallel.book(expiries, positions);
    const reason = new Error('no longer wanted');
    await expect(book.scan(request, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const broken = book.scan(request, {
      signal: controller.signal,
      progress: () => {
        controller.abort(reason);
      },
    });
    await expect(broken).rejects.toBe(reason);
    await expect(book.scan(request)).resolves.toMatchObject({ profit: { length: 2000 } });
  });

  test('says what is wrong as one core does', async () => {
    const spot = request.spot.slice();
    spot[1500] = -1;
    const book = parallel.book(expiries, positions);
    await expect(book.scan({ spot })).rejects.toThrow(
      expect.objectContaining({
        name: 'RangeError',
        message: expect.stringContaining('spot[1500]') as string,
      }),
    );
    const bad = [...positions];
    bad[77] = { expiry: 0, strike: 51.5, type: 'call', quantity: 1 };
    await expect(parallel.book(expiries, bad).scan(request)).rejects.toThrow(/positions\[77\]\.strike/);
    const unsorted = expiries.map((spec, e) =>
      e === 1 ? { ...spec, strike: strike.slice().reverse() } : spec,
    );
    await expect(parallel.chain(unsorted)).rejects.toThrow(RangeError);
    await expect(parallel.chain(unsorted)).rejects.toThrow(/expiries\[1\]\.strike/);
    await expect(parallel.book(expiries, positions).replay([1, 2])).rejects.toThrow(/multiple of 3/);
    await expect(createParallel({ workers: 0 })).rejects.toThrow(RangeError);
  });

  test('is refused once the workers are closed, and those under way end', async () => {
    const other = await createParallel({ workers: 1 });
    const running = other.book(expiries, positions).scan(request);
    const ended = expect(running).rejects.toThrow();
    await other.close();
    await ended;
    await expect(other.chain(expiries)).rejects.toThrow('closed');
    await other.close();
  });
});
