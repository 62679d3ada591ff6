import { create, type FullCore } from 'greekfire/full';
import { describe, expect, it } from 'vitest';

const STRIKES = [90, 100, 110];
const SPEC = { years: 0.5, forward: 100, strike: STRIKES, volatility: [0.5, 0.6, 0.7] };

/** A batch too large for the memory there is: making it grows memory and detaches every buffer. */
function growMemory(core: FullCore): void {
  core.batch(500_000).dispose();
}

/** One of each object, and a look at every array that it shows. */
function objectsOf(core: FullCore) {
  const batch = core.batch(3, { order: 3 });
  batch.strike.set(STRIKES);
  const chain = core.chain([SPEC, SPEC], 3);
  const book = core.book(chain, [{ expiry: 1, strike: 110, type: 'put', quantity: 2 }]);
  const hedger = core.hedger({ instruments: 1, exposures: 1 });
  hedger.update({ sensitivity: [1], exposure: [5], weight: [1], sellLimit: [9], buyLimit: [9] });
  const hedge = hedger.solve();
  const many = hedger.solveMany({ count: 2, exposure: [3, 4] });
  const look = (): (Float64Array | Int8Array | Uint8Array | Uint32Array)[] => [
    batch.type,
    batch.spot,
    batch.dividend,
    batch.strike,
    batch.years,
    batch.volatility,
    batch.rate,
    ...Object.values(batch.result),
    chain.offset,
    chain.strike,
    chain.volatility,
    chain.forward,
    chain.years,
    ...[chain.call, chain.put, chain.coin.call, chain.coin.put].flatMap((columns) => Object.values(columns)),
    hedge.trades,
    hedge.exposure,
    hedge.multipliers,
    hedge.ray,
    many.status,
    many.trades,
    many.exposure,
    many.multipliers,
    many.cost,
    many.objective,
    many.bound,
    many.gap,
    many.violation,
    many.iterations,
  ];
  look();
  return { batch, chain, book, look };
}

describe('views', () => {
  it('of a property are live after memory has grown, with their content', async () => {
    const core = await create();
    const { book, look } = objectsOf(core);
    const before = look().map((array) => [...array]);
    const kept = look();
    const exposure = book.exposure();
    growMemory(core);
    for (const array of kept) expect(array.length).toBe(0);
    expect(look().map((array) => [...array])).toEqual(before);
    expect(book.exposure()).toEqual(exposure);
  });

  it('are the same arrays as long as memory does not grow', async () => {
    const core = await create();
    const { chain, look } = objectsOf(core);
    const before = look();
    chain.tick(101);
    look().forEach((array, i) => {
      expect(array).toBe(before[i]);
    });
  });

  it('write into module memory', async () => {
    const core = await create();
    const { chain } = objectsOf(core);
    const price = chain.call.price[2];
    chain.volatility[2] = 1.4;
    chain.tick();
    expect(chain.call.price[2]).toBeGreaterThan(price);
  });
});

describe('reserve', () => {
  it('lets later objects fit, so that views taken before stay attached', async () => {
    const bytes = await create().then((other) => {
      other.batch(50_000);
      other.chain([SPEC]);
      return other.bytesInUse;
    });
    const core = await create();
    const { look } = objectsOf(core);
    core.reserve(bytes);
    const before = look();
    core.batch(50_000);
    core.chain([SPEC]);
    for (const array of before) expect(array.length).toBeGreaterThan(0);
    look().forEach((array, i) => {
      expect(array).toBe(before[i]);
    });
  });

  it('takes nothing into use', async () => {
    const core = await create();
    core.reserve(1_000_000);
    expect(core.bytesInUse).toBe(0);
  });

  it.each([-1, 1.5, NaN, Infinity, 2 ** 32])('refuses %d bytes, naming them', async (bytes) => {
    const core = await create();
    expect(() => {
      core.reserve(bytes);
    }).toThrow(RangeError);
    expect(() => {
      core.reserve(bytes);
    }).toThrow(String(bytes));
  });
});
