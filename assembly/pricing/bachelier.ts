/**
 * The normal model, for spreads, rates and other underlyings that may be negative: the forward F ends normally
 * distributed with standard deviation s = volatility sqrt(T), the volatility in quote currency per root year. Bachelier
 * (1900); Haug, The Complete Guide to Option Pricing Formulas (2007), 1.3.1, with a discount factor D:
 *
 *     d = (F - K)/s,   vanilla  D (+-(F - K) N(+-d) + s density(d)),   digital  D N(+-d)
 *
 * The sensitivities are the derivatives of that; on spot rows F = a S with a = exp((r - q) T), and the chain rule.
 */
import { abs, add, and, both, div, equal, lessThan, mul, neg, select, sqrt, sub, xor } from '../lanes/f64x2';
import { expX2 } from '../math/exp';
import { bellX2, DENSITY_AT_ZERO, tailX2 } from '../math/tail';
import { getPair, setPair, undefinedAt } from './pair';
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
 * Sets the pair of results. Where s = 0 they are the limits: off the money the density is 0, and 1 stands for what it
 * would be divided by; at the money NaN where there is none.
 * @param sign 1 call, -1 put
 * @param carry r - q, 0 on a forward
 */
// @ts-ignore: decorator
@inline
export function bachelier(
  sign: v128,
  under: v128,
  strike: v128,
  years: v128,
  volatility: v128,
  rate: v128,
  carry: v128,
  forward: bool,
  isDigital: bool,
): void {
  const zero = both(0);
  const one = both(1);
  const rootYears = sqrt(years);
  const deviation = mul(volatility, rootYears);
  const isLimit = equal(deviation, zero);
  const isOver = equal(years, zero);
  const s = select(isLimit, one, deviation);
  const perVolatility = div(one, select(equal(volatility, zero), one, volatility));
  const halfPerYears = div(both(0.5), select(isOver, one, years));
  const growth = forward ? one : expX2(mul(carry, years));
  const forwards = mul(under, growth);
  const moneyness = sub(forwards, strike);
  const atLimit = and(isLimit, equal(moneyness, zero));
  const beyond = select(equal(moneyness, zero), zero, xor(both(64), and(moneyness, both(-0.0))));
  const d = select(isLimit, beyond, div(moneyness, s));
  const discount = expX2(neg(mul(rate, years)));
  const bell = mul(discount, bellX2(d));
  const tail = tailX2(abs(d), bell);
  const inside = select(lessThan(mul(sign, d), zero), tail, sub(discount, tail));
  const density = mul(bell, both(DENSITY_AT_ZERO));
  const dd = mul(d, d);
  const perS = div(one, s);
  if (isDigital) {
    const delta = mul(mul(sign, density), perS);
    const tilt = neg(mul(mul(sign, density), perVolatility));
    const cube = mul(dd, d);
    const gamma = neg(mul(mul(delta, d), perS));
    setPair(PRICE, inside);
    setPair(DELTA, undefinedAt(atLimit, delta));
    setPair(GAMMA, gamma);
    setPair(VEGA, mul(tilt, d));
    setPair(THETA, add(mul(rate, inside), mul(mul(mul(sign, density), d), halfPerYears)));
    setPair(RHO, neg(mul(years, inside)));
    setPair(VANNA, undefinedAt(atLimit, mul(mul(delta, perVolatility), sub(dd, one))));
    setPair(VOLGA, mul(mul(tilt, perVolatility), sub(cube, add(d, d))));
    setPair(CHARM, undefinedAt(atLimit, mul(delta, add(rate, mul(sub(one, dd), halfPerYears)))));
    setPair(SPEED, undefinedAt(atLimit, mul(mul(delta, mul(perS, perS)), sub(dd, one))));
    setPair(ZOMMA, mul(mul(tilt, mul(perS, perS)), sub(cube, mul(both(3), d))));
    setPair(COLOR, mul(gamma, add(rate, mul(sub(both(3), dd), halfPerYears))));
  } else {
    const price = add(mul(mul(sign, moneyness), inside), mul(deviation, density));
    const delta = mul(sign, inside);
    const gamma = mul(density, perS);
    const vega = mul(density, rootYears);
    const rootOrOne = select(isOver, one, rootYears);
    const decay = undefinedAt(and(atLimit, isOver), div(mul(mul(volatility, density), both(0.5)), rootOrOne));
    setPair(PRICE, price);
    setPair(DELTA, delta);
    setPair(GAMMA, undefinedAt(atLimit, gamma));
    setPair(VEGA, vega);
    setPair(THETA, sub(mul(rate, price), decay));
    setPair(RHO, neg(mul(years, price)));
    setPair(VANNA, neg(mul(mul(density, d), perVolatility)));
    setPair(VOLGA, mul(mul(vega, dd), perVolatility));
    setPair(CHARM, add(mul(rate, delta), mul(mul(density, d), halfPerYears)));
    setPair(SPEED, undefinedAt(atLimit, neg(mul(mul(gamma, d), perS))));
    setPair(ZOMMA, undefinedAt(atLimit, mul(mul(gamma, perVolatility), sub(dd, one))));
    setPair(COLOR, undefinedAt(atLimit, mul(gamma, add(rate, mul(sub(one, dd), halfPerYears)))));
  }
  if (!forward) fromForward(forwards, growth, carry, years);
}

/** The chain rule from the forward F = a S to the spot: each derivative in S brings a, and a itself moves in time. */
// @ts-ignore: decorator
@inline
function fromForward(forward: v128, growth: v128, carry: v128, years: v128): void {
  const squared = mul(growth, growth);
  const drift = mul(carry, forward);
  const delta = getPair(DELTA);
  const gamma = getPair(GAMMA);
  const speed = getPair(SPEED);
  setPair(DELTA, mul(growth, delta));
  setPair(GAMMA, mul(squared, gamma));
  setPair(THETA, sub(getPair(THETA), mul(drift, delta)));
  setPair(RHO, add(getPair(RHO), mul(mul(years, forward), delta)));
  setPair(VANNA, mul(growth, getPair(VANNA)));
  setPair(CHARM, mul(growth, sub(sub(getPair(CHARM), mul(carry, delta)), mul(drift, gamma))));
  setPair(SPEED, mul(mul(growth, squared), speed));
  setPair(ZOMMA, mul(squared, getPair(ZOMMA)));
  setPair(COLOR, mul(squared, sub(sub(getPair(COLOR), mul(add(carry, carry), gamma)), mul(drift, speed))));
}
