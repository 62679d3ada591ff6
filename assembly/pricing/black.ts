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
 *     nearTerm = base N(h - z),  farTerm = bell R(far)
 *
 * so that one exponential serves both tails (math/tail.ts), and price = nearTerm - farTerm. The other side follows by
 * parity. `density` below is A times the normal density at d1.
 */
import { add, and, both, lessThan, madd, mul, neg, select, sub } from '../lanes/f64x2';
import { DENSITY_AT_ZERO } from '../math/tail';

/** The series below serves where s/2 and z s/2 are less than these. */
const SMALL_HALF_DEVIATION: f64 = 0.2;
const NEAR_MONEY: f64 = 0.5;

/** Set where R(z - h) and R(z + h) are so close that their difference would lose digits which the series keeps. */
// @ts-ignore: decorator
@inline
export function cancelsX2(z: v128, h: v128): v128 {
  return and(lessThan(h, both(SMALL_HALF_DEVIATION)), lessThan(mul(z, h), both(NEAR_MONEY)));
}

/** base N(h - z) from the tail bell R(|z - h|) of the near argument. */
// @ts-ignore: decorator
@inline
export function nearTermX2(z: v128, h: v128, base: v128, tail: v128): v128 {
  return select(lessThan(z, h), sub(base, tail), tail);
}

/**
 * R(z - h) - R(z + h) from R(z) by Taylor's series, -2 sum over odd n of h^n R^(n)(z)/n!, where
 * R' = z R - 1/sqrt(2 pi) and R^(n+1) = z R^(n) + n R^(n-1). To n = 13, what is left out is below 1e-17 of the sum
 * for h < 0.2. Subtracting the two tails instead errs by 1/h ulp.
 */
// @ts-ignore: decorator
@inline
export function tailDifferenceX2(z: v128, h: v128, tail: v128): v128 {
  const r1 = sub(mul(z, tail), both(DENSITY_AT_ZERO));
  const r2 = madd(z, r1, tail);
  const r3 = madd(z, r2, add(r1, r1));
  const r4 = madd(z, r3, mul(both(3), r2));
  const r5 = madd(z, r4, mul(both(4), r3));
  const r6 = madd(z, r5, mul(both(5), r4));
  const r7 = madd(z, r6, mul(both(6), r5));
  const r8 = madd(z, r7, mul(both(7), r6));
  const r9 = madd(z, r8, mul(both(8), r7));
  const r10 = madd(z, r9, mul(both(9), r8));
  const r11 = madd(z, r10, mul(both(10), r9));
  const r12 = madd(z, r11, mul(both(11), r10));
  const r13 = madd(z, r12, mul(both(12), r11));
  const t = mul(h, h);
  let sum = madd(mul(r13, both(1.0 / 156)), t, r11);
  sum = madd(mul(sum, both(1.0 / 110)), t, r9);
  sum = madd(mul(sum, both(1.0 / 72)), t, r7);
  sum = madd(mul(sum, both(1.0 / 42)), t, r5);
  sum = madd(mul(sum, both(1.0 / 20)), t, r3);
  sum = madd(mul(sum, both(1.0 / 6)), t, r1);
  return mul(mul(both(-2), h), sum);
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

/** d delta / d volatility = -A density(d1) d2 / (u volatility), with 1/volatility = sqrt(T)/s. Haug 2.4. */
// @ts-ignore: decorator
@inline
export function vannaX2(vega: v128, perUnder: v128, perDeviation: v128, d2: v128): v128 {
  return neg(mul(mul(vega, perUnder), mul(perDeviation, d2)));
}

/** d vega / d volatility = vega d1 d2 / volatility. Haug 2.9. */
// @ts-ignore: decorator
@inline
export function volgaX2(vega: v128, rootYears: v128, perDeviation: v128, d1d2: v128): v128 {
  return mul(mul(vega, d1d2), mul(rootYears, perDeviation));
}

/**
 * d d1 / d T = carry/s - d2/(2 T), the carry being r - q. 1/T = (volatility/s)^2 spares a division.
 */
// @ts-ignore: decorator
@inline
export function driftX2(carry: v128, d2: v128, volatility: v128, perDeviation: v128): v128 {
  const perRoot = mul(volatility, perDeviation);
  return sub(mul(carry, perDeviation), mul(mul(d2, both(0.5)), mul(perRoot, perRoot)));
}

/** d gamma / d u = -gamma (1 + d1/s) / u. Haug 2.13. */
// @ts-ignore: decorator
@inline
export function speedX2(gamma: v128, perUnder: v128, perDeviation: v128, d1: v128): v128 {
  return neg(mul(mul(gamma, perUnder), madd(d1, perDeviation, both(1))));
}

/** d gamma / d volatility = gamma (d1 d2 - 1) / volatility. Haug 2.14. */
// @ts-ignore: decorator
@inline
export function zommaX2(gamma: v128, rootYears: v128, perDeviation: v128, d1d2: v128): v128 {
  return mul(mul(gamma, sub(d1d2, both(1))), mul(rootYears, perDeviation));
}

/** d gamma / d t = gamma (q + d1 d(d1)/dT + 1/(2 T)). Haug 2.15, with the sign of calendar time. */
// @ts-ignore: decorator
@inline
export function colorX2(
  gamma: v128,
  dividend: v128,
  d1: v128,
  drift: v128,
  volatility: v128,
  perDeviation: v128,
): v128 {
  const perRoot = mul(volatility, perDeviation);
  const half = mul(both(0.5), mul(perRoot, perRoot));
  return mul(gamma, add(add(dividend, half), mul(d1, drift)));
}
