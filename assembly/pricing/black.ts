/**
 * Black, Scholes and Merton (1973), Black (1976), Garman and Kohlhagen (1983): one strike in lanes.
 *
 * An underlying u pays the dividend yield q; discounting is at the rate r. With
 *
 *     A = u exp(-q T),  B = K exp(-r T),  s = volatility sqrt(T),  x = ln(A/B),  d1 = x/s + s/2,  d2 = x/s - s/2
 *
 * a call is worth A N(d1) - B N(d2), a put B N(-d2) - A N(-d1). A forward is an underlying with q = r, but for rho.
 *
 * All is said from the side that is out of the money, where nothing cancels that need not: z = |x|/s, h = s/2,
 *
 *     near = |z - h|,  far = z + h           the arguments d1 and d2 of that side, without their signs
 *     base = A or B, whichever is less       A for the call (x < 0), B for the put
 *     bell = base exp(-near^2/2)             = sqrt(2 pi) A density(d1) = sqrt(2 pi) B density(d2)
 *     nearTail = bell R(near),  farTail = bell R(far)
 *
 * so that one exponential serves both tails (math/tail.ts). The price is nearTail - farTail, or base - nearTail -
 * farTail where z < h; the other side follows by parity. `density` below is A times the normal density at d1.
 */
import { add, and, both, div, entry, lessThan, madd, mul, neg, sub } from '../lanes/f64x2';
import { DENSITY_AT_ZERO } from '../math/tail';

/** The series below serves for h below this; and where z h is below the next, else the tails differ enough. */
export const SMALL_HALF_DEVIATION: f64 = 0.16;
const NEAR_MONEY: f64 = 0.5;

/** Set where R(z - h) and R(z + h) are so close that their difference loses digits (1/h ulp), for h below `small`. */
// @ts-ignore: decorator
@inline
export function cancelsX2(z: v128, h: v128, small: f64): v128 {
  return and(lessThan(h, both(small)), lessThan(mul(z, h), both(NEAR_MONEY)));
}

/** Factors of the recurrence, and of the sum: quotients of factorials. */
const GROWTH: usize = memory.data<f64>([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], 16);
const QUOTIENTS: usize = memory.data<f64>(
  [1.0 / 156, 1.0 / 110, 1.0 / 72, 1.0 / 42, 1.0 / 20, 1.0 / 6, -2],
  16,
);

/**
 * R(z - h) - R(z + h) from R(z) by Taylor's series, -2 sum over odd n of h^n R^(n)(z)/n!, where
 * R' = z R - 1/sqrt(2 pi) and R^(n+1) = z R^(n) + n R^(n-1). To n = 13, what is left out is below 1e-17 of the sum
 * for h < 0.16. Subtracting the two tails instead errs by 1/h ulp.
 */
// @ts-ignore: decorator
@inline
export function tailDifferenceX2(z: v128, h: v128, tail: v128): v128 {
  const r1 = sub(mul(z, tail), both(DENSITY_AT_ZERO));
  const r2 = madd(z, r1, tail);
  const r3 = madd(z, r2, mul(entry(GROWTH, 0), r1));
  const r4 = madd(z, r3, mul(entry(GROWTH, 1), r2));
  const r5 = madd(z, r4, mul(entry(GROWTH, 2), r3));
  const r6 = madd(z, r5, mul(entry(GROWTH, 3), r4));
  const r7 = madd(z, r6, mul(entry(GROWTH, 4), r5));
  const r8 = madd(z, r7, mul(entry(GROWTH, 5), r6));
  const r9 = madd(z, r8, mul(entry(GROWTH, 6), r7));
  const r10 = madd(z, r9, mul(entry(GROWTH, 7), r8));
  const r11 = madd(z, r10, mul(entry(GROWTH, 8), r9));
  const r12 = madd(z, r11, mul(entry(GROWTH, 9), r10));
  const r13 = madd(z, r12, mul(entry(GROWTH, 10), r11));
  const t = mul(h, h);
  let sum = madd(mul(r13, entry(QUOTIENTS, 0)), t, r11);
  sum = madd(mul(sum, entry(QUOTIENTS, 1)), t, r9);
  sum = madd(mul(sum, entry(QUOTIENTS, 2)), t, r7);
  sum = madd(mul(sum, entry(QUOTIENTS, 3)), t, r5);
  sum = madd(mul(sum, entry(QUOTIENTS, 4)), t, r3);
  sum = madd(mul(sum, entry(QUOTIENTS, 5)), t, r1);
  return mul(mul(entry(QUOTIENTS, 6), h), sum);
}

/** d2 price / d u2 = A density(d1) / (u^2 s). Haug, The Complete Guide to Option Pricing Formulas (2007), 2.7. */
// @ts-ignore: decorator
@inline
export function gammaX2(density: v128, perUnder: v128, perDeviation: v128): v128 {
  return mul(mul(density, mul(perUnder, perUnder)), perDeviation);
}

/** d price / d volatility = A density(d1) sqrt(T). Haug 2.8. */
// @ts-ignore: decorator
@inline
export function vegaX2(density: v128, rootYears: v128): v128 {
  return mul(density, rootYears);
}

/** The decay of theta, -A density(d1) volatility / (2 sqrt(T)), with volatility/sqrt(T) = volatility^2/s. Haug 2.11. */
// @ts-ignore: decorator
@inline
export function decayX2(density: v128, volatility: v128, perDeviation: v128): v128 {
  return mul(mul(density, both(-0.5)), mul(mul(volatility, volatility), perDeviation));
}

/** d delta / d volatility = -vega d2 / (u volatility sqrt(T)). Haug 2.4. */
// @ts-ignore: decorator
@inline
export function vannaX2(vega: v128, perUnder: v128, perDeviation: v128, d2: v128): v128 {
  return neg(mul(mul(vega, perUnder), mul(perDeviation, d2)));
}

/** d vega / d volatility = vega d1 d2 / volatility. Haug 2.9. Divided, not multiplied: a rounding less. */
// @ts-ignore: decorator
@inline
export function volgaX2(vega: v128, volatility: v128, d1d2: v128): v128 {
  return div(mul(vega, d1d2), volatility);
}

/** d d1 / d T = carry/s - d2/(2 T), the carry being r - q; with d1 in the place of d2 it is d d2 / d T. */
// @ts-ignore: decorator
@inline
export function driftX2(carry: v128, d2: v128, halfPerYears: v128, perDeviation: v128): v128 {
  return sub(mul(carry, perDeviation), mul(d2, halfPerYears));
}

/** d gamma / d u = -gamma (1 + d1/s) / u. Haug 2.13. */
// @ts-ignore: decorator
@inline
export function speedX2(gamma: v128, perUnder: v128, perDeviation: v128, d1: v128): v128 {
  return neg(mul(mul(gamma, perUnder), madd(d1, perDeviation, both(1))));
}

/** d gamma / d volatility = gamma (d1 d2 - 1) / volatility, with 1/volatility = sqrt(T)/s. Haug 2.14. */
// @ts-ignore: decorator
@inline
export function zommaX2(gamma: v128, rootYears: v128, perDeviation: v128, d1d2: v128): v128 {
  return mul(mul(gamma, sub(d1d2, both(1))), mul(rootYears, perDeviation));
}

/** d gamma / d t = gamma (q + 1/(2 T) + d1 d(d1)/dT). Haug 2.15, with the sign of calendar time. */
// @ts-ignore: decorator
@inline
export function colorX2(gamma: v128, dividend: v128, d1: v128, drift: v128, halfPerYears: v128): v128 {
  return mul(gamma, add(add(dividend, halfPerYears), mul(d1, drift)));
}
