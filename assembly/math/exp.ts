/**
 * exp in lanes.
 *
 * Method: x = k ln 2 + r with |r| <= ln(2)/2 (Cody and Waite: ln 2 in two parts, the first with 21 trailing zeros, so
 * that k times it is exact); exp(r) = 1 + r + r^2 q(r); 2^k is added to the exponent bits.
 * Polynomial: q of degree 9 on |r| <= ln(2)/2, relative error 2.5e-16 of q, 1.6e-17 of the result.
 * Accuracy: below 1 ulp. Exact zero below 2^-1022 (no subnormal results), Infinity above the largest double. NaN in,
 * anything out: rows with NaN are found before.
 */
import { add, both, drop, entry, lessThan, madd, mul, select, step, sub } from '../lanes/f64x2';

/** q, highest degree first. */
const Q: usize = memory.data<f64>(
  [
    2.5066080292505047e-8, 2.7618481857170916e-7, 2.755735938046254e-6, 2.4801525583534883e-5,
    1.984126978365594e-4, 1.3888888913424723e-3, 8.333333333355073e-3, 4.1666666666636355e-2,
    0.1666666666666665, 0.5,
  ],
  16,
);

const REDUCTION: usize = memory.data<f64>(
  [
    1.4426950408889634, // 1/ln 2
    6755399441055744.0, // 1.5 x 2^52: adding it rounds to an integer, which then stands in the low bits of the sum
    0.6931471803691238, // ln 2, the upper 32 bits
    1.9082149292705877e-10, // ln 2, the rest
    -708.3964185322641, // ln of the least normal double
    709.782712893384, // ln of the greatest double
  ],
  16,
);
const PER_LN2: usize = 0;
const ROUND: usize = 1;
const LN2_HIGH: usize = 2;
const LN2_LOW: usize = 3;
const LOWEST: usize = 4;
const HIGHEST: usize = 5;

/** exp(r) - 1 = r + r^2 q(r), |r| <= ln(2)/2. */
// @ts-ignore: decorator
@inline
function reducedX2(r: v128): v128 {
  let q = step(entry(Q, 0), r, Q, 1);
  q = step(q, r, Q, 2);
  q = step(q, r, Q, 3);
  q = step(q, r, Q, 4);
  q = step(q, r, Q, 5);
  q = step(q, r, Q, 6);
  q = step(q, r, Q, 7);
  q = step(q, r, Q, 8);
  q = step(q, r, Q, 9);
  return add(r, mul(mul(r, r), q));
}

/** x/(ln 2), rounded, in the low bits of a double. */
// @ts-ignore: decorator
@inline
function shiftedX2(x: v128): v128 {
  return madd(x, entry(REDUCTION, PER_LN2), entry(REDUCTION, ROUND));
}

/** x - k ln 2. */
// @ts-ignore: decorator
@inline
function restX2(x: v128, shifted: v128): v128 {
  const k = sub(shifted, entry(REDUCTION, ROUND));
  return sub(sub(x, mul(k, entry(REDUCTION, LN2_HIGH))), mul(k, entry(REDUCTION, LN2_LOW)));
}

/** exp(x + low), |low| <= 1e-4 a part of the argument below the last bit of x. */
// @ts-ignore: decorator
@inline
export function expSumX2(x: v128, low: v128): v128 {
  const shifted = shiftedX2(x);
  const e = add(reducedX2(add(restX2(x, shifted), low)), both(1));
  const scaled = i64x2.add(e, i64x2.shl(shifted, 52));
  return drop(lessThan(x, entry(REDUCTION, LOWEST)), scaled);
}

/** exp(x). */
// @ts-ignore: decorator
@inline
export function expX2(x: v128): v128 {
  return select(lessThan(entry(REDUCTION, HIGHEST), x), both(Infinity), expSumX2(x, both(0)));
}

/** exp(x) - 1, 0 <= x <= 709, to 2 ulp of itself also where x is small. */
// @ts-ignore: decorator
@inline
export function expm1X2(x: v128): v128 {
  const shifted = shiftedX2(x);
  const scale = i64x2.add(both(1), i64x2.shl(shifted, 52));
  return madd(scale, reducedX2(restX2(x, shifted)), sub(scale, both(1)));
}
