import { readFile } from 'node:fs/promises';
import { createSync } from 'greekfire/full';
import { createParallel, type Parallel } from 'greekfire/parallel';
import {
  deltaBand,
  simulatedComparison,
  type SimulatedComparisonOptions,
  solverPolicy,
  unhedged,
} from 'greekfire/rebalance';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const module = await WebAssembly.compile(await readFile('dist/full.wasm'));
const core = createSync();
const DAY = 86_400_000;
const strike = [90_000, 95_000, 100_000, 105_000, 110_000];
const venue = { equity: 1e5, scenarios: [{ move: 0.1 }, { move: -0.1 }] };
const options: SimulatedComparisonOptions = {
  policies: [
    unhedged(),
    deltaBand(1),
    solverPolicy({ riskAversion: 1e-5, horizon: 3 * DAY, risk: { volatility: 0.5 } }),
  ],
  paths: 23,
  margin: 'deribit-portfolio',
  market: {
    expiries: [
      { underlying: 'BTC', years: 28 / 365, forward: 1e5, strike, volatility: strike.map(() => 0.5) },
    ],
    positions: [{ expiry: 0, strike: 1e5, type: 'call', quantity: -10 }],
    instruments: [0, 1].map((v) => ({
      name: `perpetual on ${v}`,
      position: { kind: 'perpetual', underlying: 'BTC', quantity: 1 },
      fee: { taker: 0.0003 },
      quote: { price: 0.00005, size: 3 },
      venue: v,
    })),
    venues: [
      { ...venue, name: 'one' },
      { ...venue, name: 'two' },
    ],
    forecast: { kind: 'implied-realised', realised: { kind: 'har' } },
    spot: 1e5,
    model: { kind: 'jumps', volatility: 0.4, rate: 12, mean: -0.02, deviation: 0.07 },
    seed: 5,
    stream: 40,
    instant: Date.UTC(2026, 0, 16, 8),
    step: DAY / 4,
    steps: 20,
    levels: 2,
    cash: 1e6,
  },
};
const whole = simulatedComparison(core, options);
while (whole.step());
const state = whole.save();

let parallel: Parallel;
beforeAll(async () => {
  parallel = await createParallel({ workers: 2, module });
});
afterAll(() => parallel.close());

describe('a comparison on workers', () => {
  test.each([1, 3])('on %i of them, finds what one core finds, to the last bit', async (workers) => {
    await using own = await createParallel({ workers, module });
    const comparison = simulatedComparison(core, options);
    for await (const outcomes of own.comparePaths(options)) comparison.append(outcomes);
    expect(comparison.save()).toEqual(state);
    expect(comparison.report()).toEqual(whole.report());
    comparison.dispose();
  });

  test('goes on from paths that are done, however they were', async () => {
    const broken = simulatedComparison(core, options);
    // one core has 5, and is in the sixth
    for (let step = 0; step < 5 * 21 + 8; step++) broken.step();
    const resumed = simulatedComparison(core, options);
    resumed.restore(JSON.parse(JSON.stringify(broken.save())) as typeof state);
    resumed.runPath();
    for await (const outcomes of parallel.comparePaths(options, { first: resumed.done })) {
      resumed.append(outcomes);
      if (resumed.done === 11) break;
    }
    expect(resumed.done).toBe(11);
    // and one core does the rest
    while (resumed.step());
    expect(resumed.save()).toEqual(state);
    for await (const outcomes of parallel.comparePaths(options, { first: 23 })) expect(outcomes).toBe(null);
    broken.dispose();
    resumed.dispose();
  });

  test('is broken off by its signal, before and while it runs, and the workers go on', async () => {
    const reason = new Error('no longer wanted');
    const refused = parallel.comparePaths(options, { signal: AbortSignal.abort(reason) });
    await expect(refused.next()).rejects.toBe(reason);
    const controller = new AbortController();
    const paths = parallel.comparePaths(options, { signal: controller.signal });
    await expect(paths.next()).resolves.toMatchObject({ value: { done: 1 } });
    const pending = paths.next();
    controller.abort(reason);
    // the second path may have been there already
    await pending.then(
      () => expect(paths.next()).rejects.toBe(reason),
      (error: unknown) => {
        expect(error).toBe(reason);
      },
    );
    const again = await parallel.comparePaths(options).next();
    expect(again.value).toMatchObject({ outcomes: state.outcomes.slice(0, 15) });
  });

  test('says what is wrong as one core does', async () => {
    const first = async (change: object): Promise<unknown> =>
      parallel.comparePaths({ ...options, ...change }).next();
    await expect(first({ paths: 1 })).rejects.toThrow(/options\.paths .* 1/);
    await expect(first({ policies: [unhedged(), unhedged()] })).rejects.toThrow(
      expect.objectContaining({
        name: 'RangeError',
        message: expect.stringContaining('options.policies[1].name is that of policies[0] too') as string,
      }),
    );
    const market = { ...options.market, venues: [] };
    await expect(first({ market })).rejects.toThrow(/options\.instruments\[0\]\.venue/);
    const unknown = parallel.comparePaths(options, { last: 3 } as object);
    await expect(unknown.next()).rejects.toThrow(/options.*last/);
    await expect(parallel.comparePaths(options, { first: 24 }).next()).rejects.toThrow(
      /options\.first .* 24/,
    );
  });

  test('needs the full module, and workers that are not closed', async () => {
    const onCore = await createParallel({ workers: 1 });
    await expect(onCore.comparePaths(options).next()).rejects.toThrow(/options\.module must be a module of/);
    const paths = onCore.comparePaths(options);
    await onCore.close();
    await expect(paths.next()).rejects.toThrow('closed');
    const other = await createParallel({ workers: 1, module });
    const running = other.comparePaths(options);
    await running.next();
    await other.close();
    await expect(running.next()).rejects.toThrow();
  });
});
