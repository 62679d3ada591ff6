import type { ExpirySpec, OptionType, Position } from 'greekfire';
import { expect } from 'vitest';
import { SENSITIVITIES } from '../oracle/greeks.js';
import { drawFrom } from '../oracle/regimes.js';
import type { Sums } from './reference.js';

export const UNDERLYINGS = ['BTC', 'ETH'] as const;

/** Two underlyings, expiries out of order, odd and even counts of strikes; all data seeded. */
export function specsOf(seed: number, counts: readonly number[] = [9, 4, 7, 1, 12]): ExpirySpec[] {
  const draw = drawFrom(seed);
  return counts.map((count, e) => {
    const forward = draw.between(90, 110);
    return {
      underlying: UNDERLYINGS[e % 2],
      years: draw.between(0.05, 2),
      forward,
      rate: draw.between(-0.03, 0.08),
      settlement: e % 2 === 0 ? ('inverse' as const) : ('linear' as const),
      // whole numbers, none twice
      strike: Array.from({ length: count }, (_, k) => Math.round(forward * 0.6) + 7 * k),
      volatility: Array.from({ length: count }, () => draw.between(0.3, 1.2)),
    };
  });
}

/** Positions of every kind; several on one cell. */
export function positionsOf(specs: readonly ExpirySpec[], count: number, seed: number): Position[] {
  const draw = drawFrom(seed);
  const below = (limit: number): number => Math.floor(draw.between(0, limit));
  const listed = specs.flatMap(({ strike }, e) => (strike.length > 0 ? [e] : []));
  return Array.from({ length: count }, (): Position => {
    const quantity = draw.between(-20, 20);
    const expiry = listed[below(listed.length)];
    const kind = below(10);
    if (kind === 0) return { kind: 'future', expiry, quantity, multiplier: 0.1 };
    if (kind === 1) return { kind: 'perpetual', underlying: draw.either(...UNDERLYINGS), quantity };
    if (kind === 2) return { kind: 'spot', underlying: draw.either(...UNDERLYINGS), quantity };
    const { strike } = specs[expiry];
    const type: OptionType = draw.either('call', 'put');
    const position = { expiry, strike: strike[below(strike.length)], type, quantity };
    return kind < 5 ? { ...position, kind: 'option', multiplier: draw.either(0.01, 100) } : position;
  });
}

/**
 * What the rows' own rounding (within 4 eps (1 + D^2) terms, and D is below 10 here) and that of the sums may come to,
 * in parts of the sum of absolute values.
 */
const SLACK = 1e-12;

/** Fails at the first sensitivity that is not its plain sum to rounding. */
export function expectSums(
  found: Readonly<Record<string, number>>,
  sums: Sums,
  names: readonly string[],
): void {
  expect(Object.keys(found)).toEqual(names);
  for (const name of SENSITIVITIES.filter((each) => names.includes(each))) {
    const { value, terms } = sums[name];
    expect(Math.abs(found[name] - value), `${name}: ${found[name]}, not ${value}`).toBeLessThanOrEqual(
      SLACK * terms,
    );
  }
}
