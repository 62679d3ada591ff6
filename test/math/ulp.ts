import type { DoubleDouble } from '../oracle/double-double.js';
import { errorOf } from '../oracle/errors.js';

const bits = new DataView(new ArrayBuffer(8));

/** The exponent e of a normal double in [2^e, 2^(e + 1)). */
export function exponentOf(x: number): number {
  bits.setFloat64(0, x);
  return ((bits.getUint32(0) >>> 20) & 0x7ff) - 1023;
}

/** Distance of a normal double's neighbours. */
export function ulpOf(x: number): number {
  return 2 ** Math.max(exponentOf(x) - 52, -1074);
}

/** Error in units of the last place of the exact value. */
export function ulpsOf(computed: number, exact: DoubleDouble): number {
  const ulps = errorOf(computed, exact) / ulpOf(exact.high);
  return Number.isNaN(ulps) ? Infinity : ulps;
}

export interface Summary {
  readonly median: number;
  readonly worst: number;
  /** Where the worst is. */
  readonly at: number;
}

/** Errors of a column against its exact values. */
export function summaryOf(
  x: Float64Array,
  computed: Float64Array,
  exact: (x: number, index: number) => DoubleDouble,
): Summary {
  const ulps = Float64Array.from(x, (at, i) => ulpsOf(computed[i], exact(at, i)));
  const worst = ulps.reduce((most, ulp) => Math.max(most, ulp), 0);
  return { median: ulps.slice().sort()[ulps.length >> 1], worst, at: x[ulps.indexOf(worst)] };
}
