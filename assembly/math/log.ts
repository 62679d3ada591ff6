/**
 * Logarithms in lanes: of a ratio, to the last digit where it is near one; and of a number, in two doubles.
 *
 * Method: u/v = 2^k m with m in [2/3, 3/2]; ln m = 2 atanh(s), s = (m - 1)/(m + 1), formed as (u' - v)/(u' + v) with
 * u' = 2^-k u. The difference is exact there (Sterbenz), so one division gives s to half an ulp even where u is next
 * to v; dividing first and taking the logarithm after would lose all digits of a short-dated option at the money.
 * Series: 2 atanh(s) = 2 s + s^3 (2/3 + 2/5 t + t^2 r(t)), t = s^2 <= 0.0408.
 */
import { add, and, both, div, entry, head, madd, mul, step, sub, write } from '../lanes/f64x2';

/** r of degree 5, highest first, then 2/5 and 2/3. Relative error of r 1.03e-12: 9e-18 of the logarithm. */
const R: usize = memory.data<f64>(
  [
    0.1312272011059836, 0.13271189525290117, 0.15385891213057343, 0.1818180680609014, 0.22222222255073343,
    0.2857142857142857, 0.4, 0.6666666666666666,
  ],
  16,
);
/** r of degree 8, relative error 5.1e-17, for the logarithm in two doubles. */
const FINE: usize = memory.data<f64>(
  [
    0.10308815483067248, 0.09397554182943346, 0.10531540901026686, 0.11764581281400983, 0.13333335058917722,
    0.15384615371421376, 0.18181818181866904, 0.2222222222222216, 0.2857142857142857,
  ],
  16,
);
const PARTS: usize = memory.data<f64>(
  [
    0.6931471803691238, // ln 2, the upper 32 bits
    1.9082149292705877e-10, // ln 2, the rest
    6755399441055744.0, // 1.5 x 2^52: an integer added to its bits is added to its value
    6755399441057792.0, // the same + 2048
    0.4, // 2/5 in two doubles
    -2.2204460492503132e-17,
    0.6666666666666666, // 2/3 in two doubles
    3.700743415417188e-17,
  ],
  16,
);
/** Masks and biases of the exponent's bits. */
const BITS: usize = memory.data<i64>(
  [
    1 << 51, // half of an exponent's unit
    0xfff << 52, // sign and exponent
    2048 << 52,
  ],
  16,
);
const HALF_UNIT: usize = 0;
const EXPONENT: usize = 1;
const EXPONENT_OFFSET: usize = 2;
const LN2_HIGH: usize = 0;
const LN2_LOW: usize = 1;
const INTEGER: usize = 2;
const INTEGER_OFFSET: usize = 3;
const TWO_FIFTHS: usize = 4;
const TWO_FIFTHS_LOW: usize = 5;
const TWO_THIRDS: usize = 6;
const TWO_THIRDS_LOW: usize = 7;

/** The exponent bits of 2^k, k the integer next to log2(u/v) to within 0.59: bits of doubles are nearly logarithms. */
// @ts-ignore: decorator
@inline
function exponentX2(u: v128, v: v128): v128 {
  return and(i64x2.add(i64x2.sub(u, v), entry(BITS, HALF_UNIT)), entry(BITS, EXPONENT));
}

/** k as a double. The offset keeps the shift, which has no signed form in hardware, from the sign. */
// @ts-ignore: decorator
@inline
function integerX2(exponent: v128): v128 {
  const k = i64x2.shr_u(i64x2.add(exponent, entry(BITS, EXPONENT_OFFSET)), 52);
  return sub(i64x2.add(k, entry(PARTS, INTEGER)), entry(PARTS, INTEGER_OFFSET));
}

/**
 * ln(u/v) of numbers in [1e-300, 1e300], to 2 ulp; 0 exactly where u = v.
 */
// @ts-ignore: decorator
@inline
export function logRatioX2(u: v128, v: v128): v128 {
  const k = exponentX2(u, v);
  const a = i64x2.sub(u, k);
  const s = div(sub(a, v), add(a, v));
  const t = mul(s, s);
  let r = step(entry(R, 0), t, R, 1);
  r = step(r, t, R, 2);
  r = step(r, t, R, 3);
  r = step(r, t, R, 4);
  r = step(r, t, R, 5);
  r = step(r, t, R, 6);
  r = step(r, t, R, 7);
  const n = integerX2(k);
  const low = madd(n, entry(PARTS, LN2_LOW), mul(mul(s, t), r));
  return madd(n, entry(PARTS, LN2_HIGH), add(low, add(s, s)));
}

/** What p = a b lost in rounding (Dekker 1971). */
// @ts-ignore: decorator
@inline
export function lostX2(a: v128, b: v128, p: v128): v128 {
  const ah = head(a);
  const al = sub(a, ah);
  const bh = head(b);
  const bl = sub(b, bh);
  return madd(al, bl, add(add(sub(mul(ah, bh), p), mul(ah, bl)), mul(al, bh)));
}

/** ln(x) of a positive normal number as the sum of two doubles, stored at `highAt` and `lowAt`; error below 2e-21. */
// @ts-ignore: decorator
@inline
export function logInto(highAt: usize, lowAt: usize, x: v128): void {
  logRatioInto(highAt, lowAt, x, both(1));
}

/** ln(a/b) of positive normal numbers, likewise; relative error below 1e-25 where a is next to b. */
// @ts-ignore: decorator
@inline
export function logRatioInto(highAt: usize, lowAt: usize, a: v128, b: v128): void {
  writeLogRatio(highAt, lowAt, a, b);
}

/** `logRatioInto` as a function of its own, since it is on no hot path; asc warns where such a one is exported. */
function writeLogRatio(highAt: usize, lowAt: usize, a: v128, b: v128): void {
  const k = exponentX2(a, b);
  const m = i64x2.sub(a, k);
  const above = sub(m, b);
  const below = add(m, b);
  const part = sub(below, m);
  const belowLow = add(sub(m, sub(below, part)), sub(b, part));
  const s = div(above, below);
  const sb = mul(s, below);
  const sLow = div(sub(sub(sub(above, sb), lostX2(s, below, sb)), mul(s, belowLow)), below);
  const t = mul(s, s);
  const tLow = add(lostX2(s, s, t), mul(add(s, s), sLow));
  let r = step(entry(FINE, 0), t, FINE, 1);
  r = step(r, t, FINE, 2);
  r = step(r, t, FINE, 3);
  r = step(r, t, FINE, 4);
  r = step(r, t, FINE, 5);
  r = step(r, t, FINE, 6);
  r = step(r, t, FINE, 7);
  r = step(r, t, FINE, 8);
  // 2/5 + t r, times t, 2/3 + ..., times t, times s: each a sum of two doubles
  const u = mul(t, r);
  const w = add(entry(PARTS, TWO_FIFTHS), u);
  const wLow = add(add(sub(entry(PARTS, TWO_FIFTHS), w), u), entry(PARTS, TWO_FIFTHS_LOW));
  const v = mul(t, w);
  const vLow = add(lostX2(t, w, v), madd(t, wLow, mul(tLow, w)));
  const z = add(entry(PARTS, TWO_THIRDS), v);
  const zLow = add(add(sub(entry(PARTS, TWO_THIRDS), z), v), add(vLow, entry(PARTS, TWO_THIRDS_LOW)));
  const y = mul(t, z);
  const yLow = add(lostX2(t, z, y), madd(t, zLow, mul(tLow, z)));
  const g = mul(s, y);
  const gLow = add(lostX2(s, y, g), madd(s, yLow, mul(sLow, y)));
  const twice = add(s, s);
  const atanh = add(twice, g);
  const atanhLow = add(add(sub(twice, atanh), g), add(gLow, add(sLow, sLow)));
  const n = integerX2(k);
  const base = mul(n, entry(PARTS, LN2_HIGH));
  const sum = add(base, atanh);
  const from = sub(sum, base);
  const lost = add(sub(base, sub(sum, from)), sub(atanh, from));
  const rest = add(lost, madd(n, entry(PARTS, LN2_LOW), atanhLow));
  const result = add(sum, rest);
  write(highAt, result);
  write(lowAt, add(sub(sum, result), rest));
}
