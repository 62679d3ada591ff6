/**
 * Logarithms in lanes: of a ratio, to the last digit where it is near one; and of a number, in two doubles.
 *
 * Method: u/v = 2^k m with m in [2/3, 3/2]; ln m = 2 atanh(s), s = (m - 1)/(m + 1), formed as (u' - v)/(u' + v) with
 * u' = 2^-k u. The difference is exact there (Sterbenz), so one division gives s to half an ulp even where u is next
 * to v; dividing first and taking the logarithm after would lose all digits of a short-dated option at the money.
 * Series: 2 atanh(s) = 2 s + s^3 (2/3 + 2/5 t + t^2 r(t)), t = s^2 <= 0.0408.
 */
import { add, both, div, head, madd, mul, step, sub, write } from '../lanes/f64x2';

const LN2_HIGH: f64 = 0.6931471803691238;
const LN2_LOW: f64 = 1.9082149292705877e-10;
/** Adding an integer to the bits of 1.5 x 2^52 makes the double 1.5 x 2^52 + k. */
const INTEGER: f64 = 6755399441055744.0;
/** 2/3 and 2/5 as sums of two doubles. */
const TWO_THIRDS: f64 = 0.6666666666666666;
const TWO_THIRDS_LOW: f64 = 3.700743415417188e-17;
const TWO_FIFTHS: f64 = 0.4;
const TWO_FIFTHS_LOW: f64 = -2.2204460492503132e-17;

/** The integer next to log2(x), to within 0.59, from the bits of x (as an i64 lane). */
// @ts-ignore: decorator
@inline
function exponentX2(bits: v128): v128 {
  return i64x2.shr_s(i64x2.add(bits, i64x2.splat(1 << 51)), 52);
}

/** 2^k of an i64 lane, |k| <= 1022. */
// @ts-ignore: decorator
@inline
function powerOfTwoX2(k: v128): v128 {
  return i64x2.shl(i64x2.add(k, i64x2.splat(1023)), 52);
}

/** The double of a small i64 lane. */
// @ts-ignore: decorator
@inline
function integerX2(k: v128): v128 {
  return sub(i64x2.add(k, both(INTEGER)), both(INTEGER));
}

/**
 * ln(u/v) of positive normal numbers, to 2 ulp of itself or of ln 2, whichever is the smaller error; 0 exactly where
 * u = v.
 */
// @ts-ignore: decorator
@inline
export function logRatioX2(u: v128, v: v128): v128 {
  const k = exponentX2(i64x2.sub(u, v));
  // half of the scaling on each side: u/v may be as far from one as the range of doubles allows
  const half = i64x2.shr_s(k, 1);
  const a = mul(u, powerOfTwoX2(i64x2.neg(half)));
  const b = mul(v, powerOfTwoX2(i64x2.sub(k, half)));
  const s = div(sub(a, b), add(a, b));
  const t = mul(s, s);
  // r of degree 5, relative error 1.03e-12: 9e-18 of the result
  let r = step(both(0.1312272011059836), t, 0.13271189525290117);
  r = step(r, t, 0.15385891213057343);
  r = step(r, t, 0.1818180680609014);
  r = step(r, t, 0.22222222255073343);
  r = step(r, t, 0.2857142857142857);
  r = step(r, t, TWO_FIFTHS);
  r = step(r, t, TWO_THIRDS);
  const n = integerX2(k);
  const low = madd(n, both(LN2_LOW), mul(mul(s, t), r));
  return madd(n, both(LN2_HIGH), add(low, add(s, s)));
}

/** What p = a b lost in rounding (Dekker 1971). */
// @ts-ignore: decorator
@inline
function lostX2(a: v128, b: v128, p: v128): v128 {
  const ah = head(a);
  const al = sub(a, ah);
  const bh = head(b);
  const bl = sub(b, bh);
  return madd(al, bl, add(add(sub(mul(ah, bh), p), mul(ah, bl)), mul(al, bh)));
}

/** ln(x) of a positive normal number as the sum of two doubles, stored at `highAt` and `lowAt`; error below 1e-21. */
// @ts-ignore: decorator
@inline
export function logInto(highAt: usize, lowAt: usize, x: v128): void {
  const k = exponentX2(i64x2.sub(x, both(1)));
  const half = i64x2.shr_s(k, 1);
  const m = mul(mul(x, powerOfTwoX2(i64x2.neg(half))), powerOfTwoX2(i64x2.sub(half, k)));
  const above = sub(m, both(1));
  const below = add(m, both(1));
  const part = sub(below, m);
  const belowLow = add(sub(m, sub(below, part)), sub(both(1), part));
  const s = div(above, below);
  const sb = mul(s, below);
  const sLow = div(sub(sub(sub(above, sb), lostX2(s, below, sb)), mul(s, belowLow)), below);
  const t = mul(s, s);
  const tLow = add(lostX2(s, s, t), mul(add(s, s), sLow));
  // r of degree 8, relative error 5.1e-17
  let r = step(both(0.10308815483067248), t, 0.09397554182943346);
  r = step(r, t, 0.10531540901026686);
  r = step(r, t, 0.11764581281400983);
  r = step(r, t, 0.13333335058917722);
  r = step(r, t, 0.15384615371421376);
  r = step(r, t, 0.18181818181866904);
  r = step(r, t, 0.2222222222222216);
  r = step(r, t, 0.2857142857142857);
  // 2/5 + t r, times t, 2/3 + ..., times t, times s: each a sum of two doubles
  const u = mul(t, r);
  const w = add(both(TWO_FIFTHS), u);
  const wLow = add(add(sub(both(TWO_FIFTHS), w), u), both(TWO_FIFTHS_LOW));
  const v = mul(t, w);
  const vLow = add(lostX2(t, w, v), madd(t, wLow, mul(tLow, w)));
  const z = add(both(TWO_THIRDS), v);
  const zLow = add(add(sub(both(TWO_THIRDS), z), v), add(vLow, both(TWO_THIRDS_LOW)));
  const y = mul(t, z);
  const yLow = add(lostX2(t, z, y), madd(t, zLow, mul(tLow, z)));
  const g = mul(s, y);
  const gLow = add(lostX2(s, y, g), madd(s, yLow, mul(sLow, y)));
  const twice = add(s, s);
  const atanh = add(twice, g);
  const atanhLow = add(add(sub(twice, atanh), g), add(gLow, add(sLow, sLow)));
  const n = integerX2(k);
  const base = mul(n, both(LN2_HIGH));
  const sum = add(base, atanh);
  const from = sub(sum, base);
  const lost = add(sub(base, sub(sum, from)), sub(atanh, from));
  const rest = add(lost, madd(n, both(LN2_LOW), atanhLow));
  const result = add(sum, rest);
  write(highAt, result);
  write(lowAt, add(sub(sum, result), rest));
}
