import { create } from 'greekfire';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';

/**
 * The same bits in Node and in Chromium: output columns of a fixed case, hashed, against one constant. A deliberate
 * change of a kernel changes the hashes (the failure prints the new ones); a difference between the two hosts never
 * is deliberate. Inputs come from arithmetic that IEEE 754 fixes, since Math.exp may differ between engines.
 */
const EXPECTED: Record<string, string> = {};

const core = await create();
const ROWS = 1001;

/** FNV-1a, 32 bits, over the bytes of the columns (little-endian, as WebAssembly's memory is). */
function hashOf(columns: Iterable<Float64Array>): string {
  let hash = 0x811c9dc5;
  for (const column of columns) {
    const bytes = new Uint8Array(column.buffer, column.byteOffset, column.byteLength);
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

function inputs() {
  const generator = xoroshiro128plus(7);
  const column = (low: number, high: number): Float64Array =>
    Float64Array.from({ length: ROWS }, () => low + (high - low) * uniformFloat64(generator));
  return {
    type: Int8Array.from({ length: ROWS }, (_, row) => (row % 3 === 0 ? -1 : 1)),
    underlying: column(50, 150),
    strike: column(40, 200),
    years: column(0.001, 3),
    volatility: column(0.05, 2),
    rate: column(-0.05, 0.1),
    dividend: column(-0.02, 0.05),
  };
}

describe('bits', () => {
  const { underlying, dividend, ...shared } = inputs();
  const orders = [1, 2, 3] as const;

  function expectHash(name: string, columns: Readonly<Record<string, Float64Array>>[]): void {
    const all = columns.flatMap((group) =>
      Object.keys(group)
        .sort()
        .map((key) => group[key]),
    );
    for (const column of all) expect(column.every(Number.isFinite)).toBe(true);
    expect({ [name]: hashOf(all) }).toEqual({ [name]: EXPECTED[name] });
  }

  it.each(orders)('evaluate, order %d', (order) => {
    for (const settlement of ['linear', 'inverse'] as const) {
      const spot = core.evaluate({ ...shared, spot: underlying, dividend, settlement }, order);
      const forward = core.evaluate({ ...shared, forward: underlying, settlement }, order);
      expectHash(`evaluate ${order} ${settlement}`, [spot, forward]);
    }
  });

  it.each(orders)('batch, order %d', (order) => {
    for (const underlier of ['spot', 'forward'] as const) {
      const batch = core.batch(ROWS, { order, underlier });
      if (underlier === 'spot') {
        batch.spot.set(underlying);
        batch.dividend.set(dividend);
      } else {
        batch.forward.set(underlying);
      }
      batch.type.set(shared.type);
      batch.strike.set(shared.strike);
      batch.years.set(shared.years);
      batch.volatility.set(shared.volatility);
      batch.rate.set(shared.rate);
      batch.evaluate();
      expectHash(`batch ${order} ${underlier}`, [batch.result]);
      batch.dispose();
    }
  });

  it.each(orders)('chain, order %d', (order) => {
    const expiries = Array.from({ length: 7 }, (_, expiry) => {
      const rows = [expiry * 143, (expiry + 1) * 143] as const;
      return {
        years: shared.years[expiry],
        forward: 100,
        rate: shared.rate[expiry],
        settlement: 'inverse' as const,
        strike: shared.strike.slice(...rows).sort(),
        volatility: shared.volatility.slice(...rows),
      };
    });
    const chain = core.chain(expiries, order);
    chain.tick(underlying.subarray(0, 7));
    chain.advance(0.0005);
    chain.tick();
    expectHash(`chain ${order}`, [chain.call, chain.put, chain.coin.call, chain.coin.put]);
    chain.dispose();
  });
});
