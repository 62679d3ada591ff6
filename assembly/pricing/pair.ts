/**
 * Two rows of results on their way out, for the models that are not worth a kernel of their own: lane pairs in the
 * order of sensitivity.ts.
 */
import { or, read, write } from '../lanes/f64x2';

export const pairAt: usize = memory.data(12 * 16, 16);

// @ts-ignore: decorator
@inline
export function setPair(sensitivity: usize, x: v128): void {
  write(pairAt + (sensitivity << 4), x);
}

// @ts-ignore: decorator
@inline
export function getPair(sensitivity: usize): v128 {
  return read(pairAt + (sensitivity << 4));
}

/** NaN where the mask is set (all its bits are), `x` elsewhere. */
// @ts-ignore: decorator
@inline
export function undefinedAt(mask: v128, x: v128): v128 {
  return or(mask, x);
}
