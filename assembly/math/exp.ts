/**
 * exp in lanes.
 *
 * Method: x = k ln 2 + r with |r| <= ln(2)/2 (Cody and Waite: ln 2 in two parts, the first with 21 trailing zeros, so
 * that k times it is exact); exp(r) = 1 + r + r^2 q(r); 2^k is added to the exponent bits.
 * Polynomial: q of degree 9 on |r| <= ln(2)/2, relative error 2.5e-16 of q, 1.6e-17 of the result.
 * Accuracy: below 1 ulp. Exact zero below 2^-1022 (no subnormal results), Infinity above the largest double. NaN in, anything
 * out: rows with NaN are found before.
 */
import { add, both, drop, lessThan, mul, select, step, sub } from '../lanes/f64x2';

const LOG2_E: f64 = 1.4426950408889634;
const LN2_HIGH: f64 = 0.6931471803691238;
const LN2_LOW: f64 = 1.9082149292705877e-10;
/** Adding it rounds to an integer, which then stands in the low bits of the sum: 1.5 x 2^52. */
const ROUND: f64 = 6755399441055744.0;
/** ln of the least normal and of the greatest double. */
const LOWEST: f64 = -708.3964185322641;
const HIGHEST: f64 = 709.782712893384;

/** exp(x + low), |low| <= 1e-4 a part of the argument below the last bit of x. */
// @ts-ignore: decorator
@inline
export function expSumX2(x: v128, low: v128): v128 {
  const shifted = step(x, both(LOG2_E), ROUND);
  const k = sub(shifted, both(ROUND));
  const r = add(sub(sub(x, mul(k, both(LN2_HIGH))), mul(k, both(LN2_LOW))), low);
  let q = step(both(2.5066080292505047e-8), r, 2.7618481857170916e-7);
  q = step(q, r, 0.000002755735938046254);
  q = step(q, r, 0.000024801525583534883);
  q = step(q, r, 0.0001984126978365594);
  q = step(q, r, 0.0013888888913424723);
  q = step(q, r, 0.008333333333355073);
  q = step(q, r, 0.041666666666636355);
  q = step(q, r, 0.1666666666666665);
  q = step(q, r, 0.5);
  const e = add(add(r, mul(mul(r, r), q)), both(1));
  const scaled = i64x2.add(e, i64x2.shl(shifted, 52));
  return drop(lessThan(x, both(LOWEST)), scaled);
}

/** exp(x). */
// @ts-ignore: decorator
@inline
export function expX2(x: v128): v128 {
  return select(lessThan(both(HIGHEST), x), both(Infinity), expSumX2(x, both(0)));
}
