/**
 * Cash-or-nothing options: one unit of quote currency if in the money at expiry, exp(-r T) N(+-d2). Reiner and
 * Rubinstein (1991), "Unscrambling the binary code"; Haug, The Complete Guide to Option Pricing Formulas (2007),
 * 4.19.5.
 * The sensitivities are the derivatives of that. A forward is an underlying with q = r, but for rho.
 */
import {
  abs,
  add,
  and,
  both,
  div,
  equal,
  lessThan,
  madd,
  mul,
  neg,
  not,
  or,
  select,
  sqrt,
  sub,
  xor,
} from '../lanes/f64x2';
import { expX2 } from '../math/exp';
import { logRatioX2 } from '../math/log';
import { bellX2, DENSITY_AT_ZERO, tailX2 } from '../math/tail';
import { setPair, undefinedAt } from './pair';
import {
  CHARM,
  COLOR,
  DELTA,
  GAMMA,
  PRICE,
  RHO,
  SPEED,
  THETA,
  VANNA,
  VEGA,
  VOLGA,
  ZOMMA,
} from './sensitivity';

/**
 * Sets the pair of results. Where s = volatility sqrt(T) = 0 they are the limits: off the money the density is 0, and 1
 * stands for what it would be divided by; at the money NaN where there is none.
 * @param sign 1 call, -1 put
 * @param carry r - q, 0 on a forward
 */
// @ts-ignore: decorator
@inline
export function digital(
  sign: v128,
  under: v128,
  strike: v128,
  years: v128,
  volatility: v128,
  rate: v128,
  carry: v128,
  forward: bool,
): void {
  const zero = both(0);
  const one = both(1);
  const rootYears = sqrt(years);
  const deviation = mul(volatility, rootYears);
  const isLimit = equal(deviation, zero);
  const s = select(isLimit, one, deviation);
  const perVolatility = div(one, select(equal(volatility, zero), one, volatility));
  const halfPerYears = div(both(0.5), select(equal(years, zero), one, years));
  const x = add(logRatioX2(under, strike), mul(carry, years));
  const atLimit = and(isLimit, equal(x, zero));
  const beyond = select(equal(x, zero), zero, xor(both(64), and(x, both(-0.0))));
  const z = div(x, s);
  const h = mul(deviation, both(0.5));
  const d1 = select(isLimit, beyond, add(z, h));
  const d2 = select(isLimit, beyond, sub(z, h));
  const discount = expX2(neg(mul(rate, years)));
  const bell = mul(discount, bellX2(d2));
  const tail = tailX2(abs(d2), bell);
  const price = select(lessThan(mul(sign, d2), zero), tail, sub(discount, tail));
  const density = mul(sign, mul(bell, both(DENSITY_AT_ZERO)));
  const d1PerYear = sub(div(carry, s), mul(d2, halfPerYears));
  const d2PerYear = sub(div(carry, s), mul(d1, halfPerYears));
  const d12 = mul(d1, d2);
  const delta = div(density, mul(under, s));
  const curvature = neg(div(density, mul(mul(under, s), mul(under, s))));
  const held = neg(mul(years, price));
  const noDrift = and(atLimit, or(equal(years, zero), not(equal(carry, zero))));
  // d1 falls to s/2 at the money
  const vega = select(
    atLimit,
    mul(neg(mul(density, both(0.5))), rootYears),
    neg(mul(mul(density, d1), perVolatility)),
  );
  setPair(PRICE, price);
  setPair(DELTA, undefinedAt(atLimit, delta));
  setPair(GAMMA, undefinedAt(atLimit, mul(curvature, d1)));
  setPair(VEGA, vega);
  setPair(THETA, undefinedAt(noDrift, sub(mul(rate, price), mul(density, d2PerYear))));
  setPair(RHO, forward ? held : undefinedAt(atLimit, add(held, div(mul(density, years), s))));
  setPair(VANNA, undefinedAt(atLimit, mul(mul(delta, perVolatility), sub(d12, one))));
  setPair(VOLGA, mul(neg(mul(density, mul(perVolatility, perVolatility))), sub(sub(mul(d12, d1), d1), d2)));
  const pace = add(add(rate, div(mul(carry, d2), s)), mul(sub(one, d12), halfPerYears));
  setPair(CHARM, undefinedAt(atLimit, mul(delta, pace)));
  const slope = sub(div(sub(one, d12), s), add(d1, d1));
  setPair(SPEED, undefinedAt(atLimit, mul(div(curvature, under), slope)));
  const bend = sub(sub(mul(d12, d1), d2), add(d1, d1));
  setPair(ZOMMA, undefinedAt(atLimit, mul(mul(curvature, perVolatility), bend)));
  const fade = add(madd(rate, d1, sub(mul(d12, d2PerYear), d1PerYear)), mul(add(d1, d1), halfPerYears));
  setPair(COLOR, undefinedAt(atLimit, mul(curvature, fade)));
}
