import { createSync, type Columns } from 'greekfire';

/**
 * Every sensitivity of a surface from seconds to years and far out on both sides, as the hexadecimal digits of its
 * doubles. The inputs are made by exact arithmetic: `Math.pow` and its kin differ from one engine to the next.
 */
export function surfaceBits(): string[] {
  const core = createSync();
  const strike = Float64Array.from({ length: 45 }, (_, i) => ((i + 1) * (i + 1)) / 4);
  const expiries = [1e-6, 1 / 365, 7 / 365, 0.25, 1, 5].map((years, i) => ({
    years,
    forward: 100 + i,
    rate: 0.01 * i,
    strike,
    volatility: strike.map((k) => 0.5 + 0.1 * Math.abs(k / 100 - 1)),
  }));
  const chain = core.chain(expiries, 3);
  const bits = (side: 'call' | 'put'): string[] =>
    (Object.entries(chain[side]) as [keyof Columns<3>, Float64Array][]).flatMap(([name, column]) =>
      Array.from(
        new BigUint64Array(column.slice().buffer),
        (word, row) => `${side} ${name}[${row}] ${word.toString(16)}`,
      ),
    );
  const all = [...bits('call'), ...bits('put')];
  chain.dispose();
  return all;
}
