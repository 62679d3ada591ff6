import { createSync } from 'greekfire';

/** Every sensitivity of a surface from seconds to years and far out on both sides: its bytes, in hexadecimal. */
export function surfaceBits(): string {
  const core = createSync();
  const strike = Float64Array.from({ length: 61 }, (_, i) => 100 * 1.08 ** (i - 30));
  const expiries = [1e-6, 1 / 365, 7 / 365, 0.25, 1, 5].map((years, i) => ({
    years,
    forward: 100 + i,
    rate: 0.01 * i,
    strike,
    volatility: strike.map((k) => 0.5 + 0.1 * Math.abs(k / 100 - 1)),
  }));
  const chain = core.chain(expiries, 3);
  const columns = [...Object.values(chain.call), ...Object.values(chain.put)];
  const bytes = columns.flatMap((column) => [...new Uint8Array(column.slice().buffer)]);
  chain.dispose();
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
