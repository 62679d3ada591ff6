import { create, type Order, type Settlement } from 'greekfire';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { expect, it } from 'vitest';
import type { Computed } from '../oracle/errors.js';
import { SENSITIVITIES } from '../oracle/greeks.js';

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

const { underlying, dividend, ...shared } = inputs();
const ORDERS = [1, 2, 3] as const;

function hashOfGroups(groups: readonly Computed[]): string {
  // Copies, since reading the coin columns may grow memory and so end the views read before.
  const columns = groups.flatMap((group) => SENSITIVITIES.flatMap((name) => group[name]?.slice() ?? []));
  // The bits of a NaN are the host's to choose, so there must be none.
  for (const column of columns) expect(column.every(Number.isFinite)).toBe(true);
  return hashOf(columns);
}

function hashOfEvaluate(order: Order, settlement: Settlement): string {
  const spot = core.evaluate({ ...shared, spot: underlying, dividend, settlement }, order);
  const forward = core.evaluate({ ...shared, forward: underlying, settlement }, order);
  return hashOfGroups([spot, forward]);
}

function hashOfBatch(order: Order, underlier: 'spot' | 'forward'): string {
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
  const hash = hashOfGroups([batch.result]);
  batch.dispose();
  return hash;
}

function hashOfChain(order: Order): string {
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
  const hash = hashOfGroups([chain.call, chain.put, chain.coin.call, chain.coin.put]);
  chain.dispose();
  return hash;
}

/**
 * Output columns of a fixed case, hashed, against constants that Node and Chromium share. A deliberate change of a
 * kernel changes the hashes (`npx vitest run test/pricing/bits --project node -u` rewrites them); a difference between
 * the two hosts never is deliberate. Inputs come from arithmetic that IEEE 754 fixes, since Math.exp may differ between
 * engines.
 */
it('gives the same bits in every host', () => {
  const hashes = Object.fromEntries(
    ORDERS.flatMap((order) => [
      [`evaluate ${order} linear`, hashOfEvaluate(order, 'linear')],
      [`evaluate ${order} inverse`, hashOfEvaluate(order, 'inverse')],
      [`batch ${order} spot`, hashOfBatch(order, 'spot')],
      [`batch ${order} forward`, hashOfBatch(order, 'forward')],
      [`chain ${order}`, hashOfChain(order)],
    ]),
  );
  expect(hashes).toMatchInlineSnapshot(`
    {
      "batch 1 forward": "25217a1a",
      "batch 1 spot": "c9a98620",
      "batch 2 forward": "139da61d",
      "batch 2 spot": "ada20dd5",
      "batch 3 forward": "06b1dd17",
      "batch 3 spot": "5b8eb57d",
      "chain 1": "c7808169",
      "chain 2": "00135dfa",
      "chain 3": "ada87af1",
      "evaluate 1 inverse": "d07ffb47",
      "evaluate 1 linear": "369d6247",
      "evaluate 2 inverse": "c7d141ba",
      "evaluate 2 linear": "5e7b656d",
      "evaluate 3 inverse": "a7752417",
      "evaluate 3 linear": "6ca3e82f",
    }
  `);
});
