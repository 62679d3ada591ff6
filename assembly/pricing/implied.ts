/**
 * Volatility from price in lanes: a guess from a closed form, then steps of Householder's method of fourth order.
 *
 * As in pricing/black.ts all is said from the side that is out of the money. With k = |ln(A/B)|, s = volatility
 * sqrt(T), z = k/s, h = s/2, R the ratio of math/tail.ts and c the price in units of the lesser of A and B (0 < c < 1),
 *
 *     c     = exp(-(z - h)^2/2) (R(z - h) - R(z + h))       lower form, z >= h
 *     1 - c = exp(-(z - h)^2/2) (R(h - z) + R(h + z))       upper form, z <= h
 *
 * The logarithm of either is a difference -(z - h)^2/2 + ln(R ...), so that a step needs no exponential, and the digits
 * of far tails and of small prices are kept alike. Which form serves is decided anew at every step; where z - h and
 * z + h are close the lower form is summed as a series that holds on both sides of z = h.
 *
 * The steps: with f(ln s) = ln c - ln(the price), n = -f/f', g = f''/f', w = f'''/f' (all relative to s)
 *
 *     ds/s = n (1 + g n/2) / (1 + n (g + w n/6))
 *
 * (Householder 1970; the use for implied volatility and the derivatives: Jaeckel, Let's Be Rational, 2013-2017).
 * The normal model (Bachelier 1900) is the limit h = 0 with k = |F - K| and c = price/discount.
 */
import {
  add,
  and,
  both,
  div,
  entry,
  flip,
  lessThan,
  madd,
  mul,
  neg,
  select,
  sqrt,
  step,
  sub,
} from '../lanes/f64x2';

/** What became of a quote; `ImpliedStatus` of the bindings. */
export const OK: u8 = 0;
export const BELOW_INTRINSIC: u8 = 1;
export const ABOVE_MAXIMUM: u8 = 2;
export const NO_TIME_VALUE: u8 = 3;
export const BAD_INPUT: u8 = 4;

/**
 * L/z = P/Q in q = sqrt(L), where L = ln(1 + 1/b) and b(z) = (density(z) - z N(-z))/z is the normal model's price in
 * units of |F - K|: degrees 6 and 5 on z in [1e-4, 38.5], relative error 3.2e-6. P, then Q, highest degree first
 * (scripts/fit-implied.mjs fits all tables of this file).
 */
const NORMAL: usize = memory.data<f64>(
  [
    0.0038662888835850106, 0.0038993360868765175, 0.03469661186102129, 0.03446518777220348,
    0.38045785147918504, -0.46173667990389816, 2.506642805902751, 0.005468670842534981, 0.005296016863731093,
    0.017346765152955735, 0.15047793283432775, -0.18401991814672106, 1,
  ],
  16,
);
const NORMAL_UNDER: usize = 7;

/**
 * s = s0 (1 + S (a0 + a1 S + a2 S^2 + K (b0 + b1 S) + c K^2)), s0 the normal model's answer k/z for the price over
 * |A - B|, S = s0^2, K = k^2: relative error 4.8e-6 for s0 < 1.2, k < 2.5. There is no term in K alone: the normal
 * model with |A - B| in the place of |F - K| is exact as s falls to 0 (a0 is near 1/24, b0 near -1/2880).
 */
const SKEW: usize = memory.data<f64>(
  [
    0.0005011712953101671, 0.003599827127864953, 0.04166355602555073, -7.290891029514895e-5,
    -0.00034482095216333794, 5.947482550971672e-6,
  ],
  16,
);
/** The guess is that good below both. */
const NEAR_DEVIATION: f64 = 1.2;
const NEAR_MONEYNESS: f64 = 2.5;

/** Below, ln(1 + x) = x to the digits of a guess. */
const TINY: f64 = 1.5e-8;

/**
 * k/z, the normal model's s, from L = ln(1 + 1/b); at the money, where k = L = 0, from `share`, the price itself.
 */
// @ts-ignore: decorator
@inline
export function normalGuessX2(k: v128, share: v128, log: v128): v128 {
  const q = sqrt(log);
  let p = step(entry(NORMAL, 0), q, NORMAL, 1);
  p = step(p, q, NORMAL, 2);
  p = step(p, q, NORMAL, 3);
  p = step(p, q, NORMAL, 4);
  p = step(p, q, NORMAL, 5);
  p = step(p, q, NORMAL, 6);
  let u = step(entry(NORMAL, NORMAL_UNDER), q, NORMAL, NORMAL_UNDER + 1);
  u = step(u, q, NORMAL, NORMAL_UNDER + 2);
  u = step(u, q, NORMAL, NORMAL_UNDER + 3);
  u = step(u, q, NORMAL, NORMAL_UNDER + 4);
  u = step(u, q, NORMAL, NORMAL_UNDER + 5);
  const isAtTheMoney = lessThan(log, both(TINY));
  return div(mul(select(isAtTheMoney, share, k), p), mul(select(isAtTheMoney, both(1), log), u));
}

/** The lognormal s from the normal model's. */
// @ts-ignore: decorator
@inline
export function skewX2(k: v128, s0: v128): v128 {
  const square = mul(s0, s0);
  const moneyness = mul(k, k);
  let a = step(entry(SKEW, 0), square, SKEW, 1);
  a = step(a, square, SKEW, 2);
  let b = step(entry(SKEW, 3), square, SKEW, 4);
  b = madd(entry(SKEW, 5), moneyness, b);
  return madd(mul(s0, square), madd(b, moneyness, a), s0);
}

/** Where the guess is good enough for one step. */
// @ts-ignore: decorator
@inline
export function isNearX2(k: v128, s0: v128): v128 {
  return and(lessThan(s0, both(NEAR_DEVIATION)), lessThan(k, both(NEAR_MONEYNESS)));
}

/** Quantile of the normal distribution for a guess (Hastings 1955, sheet 68): error 4.5e-4, from -2 ln p. */
const QUANTILE: usize = memory.data<f64>([0.010328, 0.802853, 2.515517, 0.001308, 0.189269, 1.432788, 1], 16);

/** -N^-1(p), 0 < p <= 1/2, from -2 ln p. */
// @ts-ignore: decorator
@inline
export function quantileX2(twice: v128): v128 {
  const t = sqrt(twice);
  const p = step(step(entry(QUANTILE, 0), t, QUANTILE, 1), t, QUANTILE, 2);
  const q = step(step(step(entry(QUANTILE, 3), t, QUANTILE, 4), t, QUANTILE, 5), t, QUANTILE, 6);
  return sub(t, div(p, q));
}

/** s from k and the distance |z - h|: (z + h)^2 = (z - h)^2 + 2 k. */
// @ts-ignore: decorator
@inline
export function deviationX2(k: v128, near: v128, upper: v128): v128 {
  const far = sqrt(madd(near, near, add(k, k)));
  return select(upper, add(far, near), div(add(k, k), add(far, near)));
}

/** The series serves below: further up the two tails are far enough apart. */
const SMALL_DEVIATION: f64 = 0.66;

/** Set where the series serves, among the rows whose guess is near. */
// @ts-ignore: decorator
@inline
export function isSmallX2(s: v128): v128 {
  return lessThan(s, both(SMALL_DEVIATION));
}

/**
 * R = P/Q once more, of degrees 10 and 11, such that also -R' = density(0) - z R = G/Q, where G = density(0) Q - z P is
 * of degree 9, keeps its digits; to subtract z R from density(0) would cost z^2 ulp. On [0, 40] the relative error is
 * 1.5e-16 of -R' and 1.5e-15 of R. All coefficients are positive; highest degree first.
 */
const SLOPE: usize = memory.data<f64>(
  [
    4.1120613098696356e-7, 1.1591624536589424e-5, 0.00016264459511620592, 0.0014656653630819038,
    0.00927438232576789, 0.042616042010777115, 0.14240602769223634, 0.33575461870103745, 0.5133796164482239,
    0.3989422804014327,
  ],
  16,
);
const RATIO: usize = memory.data<f64>(
  [
    4.1120613099056414e-7, 1.159162453579057e-5, 0.00016346700745839708, 0.0014888486072953408,
    0.009597204479170136, 0.04547781702204001, 0.15999633019676343, 0.4126771878420916, 0.7492393730055558,
    0.8711407193604335, 0.5,
  ],
  16,
);
const COMMON: usize = memory.data<f64>(
  [
    1.030740914642567e-6, 2.905589381031909e-5, 0.00041078176377916837, 0.0037610459095038097,
    0.02446431364573734, 0.1176698602561889, 0.4242987540759128, 1.1412508831972719, 2.2350235723337737,
    3.025237978905223, 2.5401659995238366, 1,
  ],
  16,
);

/** G of -R' = G/Q. */
// @ts-ignore: decorator
@inline
export function slopeOverX2(z: v128): v128 {
  let g = step(entry(SLOPE, 0), z, SLOPE, 1);
  g = step(g, z, SLOPE, 2);
  g = step(g, z, SLOPE, 3);
  g = step(g, z, SLOPE, 4);
  g = step(g, z, SLOPE, 5);
  g = step(g, z, SLOPE, 6);
  g = step(g, z, SLOPE, 7);
  g = step(g, z, SLOPE, 8);
  return step(g, z, SLOPE, 9);
}

/** P of R = P/Q. */
// @ts-ignore: decorator
@inline
export function ratioOverX2(z: v128): v128 {
  let p = step(entry(RATIO, 0), z, RATIO, 1);
  p = step(p, z, RATIO, 2);
  p = step(p, z, RATIO, 3);
  p = step(p, z, RATIO, 4);
  p = step(p, z, RATIO, 5);
  p = step(p, z, RATIO, 6);
  p = step(p, z, RATIO, 7);
  p = step(p, z, RATIO, 8);
  p = step(p, z, RATIO, 9);
  return step(p, z, RATIO, 10);
}

/** Q of both. */
// @ts-ignore: decorator
@inline
export function commonUnderX2(z: v128): v128 {
  let q = step(entry(COMMON, 0), z, COMMON, 1);
  q = step(q, z, COMMON, 2);
  q = step(q, z, COMMON, 3);
  q = step(q, z, COMMON, 4);
  q = step(q, z, COMMON, 5);
  q = step(q, z, COMMON, 6);
  q = step(q, z, COMMON, 7);
  q = step(q, z, COMMON, 8);
  q = step(q, z, COMMON, 9);
  q = step(q, z, COMMON, 10);
  return step(q, z, COMMON, 11);
}

/** The factors of the series, in the order of use. */
const SERIES: usize = memory.data<f64>(
  [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
    // 1/(16 17), 1/(14 15) ... 1/(2 3)
    0.003676470588235294, 0.004761904761904762, 0.00641025641025641, 0.00909090909090909, 0.01388888888888889,
    0.023809523809523808, 0.05, 0.16666666666666666,
  ],
  16,
);
const FRACTIONS: usize = 14;

/**
 * Q (R(z - h) - R(z + h)) as the series of `tailDifferenceX2` (pricing/black.ts): it is linear in R and so needs no
 * quotient. r0 = Q R(z), r1 = Q R'(z). To n = 17, what is left out is below 1e-17 of the sum for h < 0.33.
 */
// @ts-ignore: decorator
@inline
export function differenceX2(z: v128, s: v128, r0: v128, r1: v128): v128 {
  const r2 = madd(z, r1, r0);
  const r3 = madd(z, r2, add(r1, r1));
  const r4 = madd(z, r3, mul(entry(SERIES, 0), r2));
  const r5 = madd(z, r4, mul(entry(SERIES, 1), r3));
  const r6 = madd(z, r5, mul(entry(SERIES, 2), r4));
  const r7 = madd(z, r6, mul(entry(SERIES, 3), r5));
  const r8 = madd(z, r7, mul(entry(SERIES, 4), r6));
  const r9 = madd(z, r8, mul(entry(SERIES, 5), r7));
  const r10 = madd(z, r9, mul(entry(SERIES, 6), r8));
  const r11 = madd(z, r10, mul(entry(SERIES, 7), r9));
  const r12 = madd(z, r11, mul(entry(SERIES, 8), r10));
  const r13 = madd(z, r12, mul(entry(SERIES, 9), r11));
  const r14 = madd(z, r13, mul(entry(SERIES, 10), r12));
  const r15 = madd(z, r14, mul(entry(SERIES, 11), r13));
  const r16 = madd(z, r15, mul(entry(SERIES, 12), r14));
  const r17 = madd(z, r16, mul(entry(SERIES, 13), r15));
  const t = mul(mul(s, s), both(0.25));
  let sum = madd(mul(r17, entry(SERIES, FRACTIONS)), t, r15);
  sum = madd(mul(sum, entry(SERIES, FRACTIONS + 1)), t, r13);
  sum = madd(mul(sum, entry(SERIES, FRACTIONS + 2)), t, r11);
  sum = madd(mul(sum, entry(SERIES, FRACTIONS + 3)), t, r9);
  sum = madd(mul(sum, entry(SERIES, FRACTIONS + 4)), t, r7);
  sum = madd(mul(sum, entry(SERIES, FRACTIONS + 5)), t, r5);
  sum = madd(mul(sum, entry(SERIES, FRACTIONS + 6)), t, r3);
  sum = madd(mul(sum, entry(SERIES, FRACTIONS + 7)), t, r1);
  return neg(mul(s, sum));
}

/**
 * The step ds/s from Newton's n = -f/p, with p = s c'/c (or -s c'/(1 - c)), z^2 - h^2 = s c''/c', and `bend` = -3 z^2 -
 * h^2 its derivative times s^2.
 */
// @ts-ignore: decorator
@inline
export function householderX2(n: v128, p: v128, first: v128, bend: v128): v128 {
  const g = sub(first, p);
  const w = sub(madd(first, first, bend), mul(p, sub(mul(both(3), first), add(p, p))));
  const over = madd(mul(g, n), both(0.5), both(1));
  const under = madd(n, madd(mul(w, n), both(1.0 / 6), g), both(1));
  return div(mul(n, over), under);
}

/** The sign bit of the mask upon x: -x where it is set. */
// @ts-ignore: decorator
@inline
export function negateX2(mask: v128, x: v128): v128 {
  return flip(x, mask);
}
