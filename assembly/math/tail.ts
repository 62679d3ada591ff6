/**
 * The tail of the normal distribution in lanes: N(-x) = exp(-x^2/2) R(x), x >= 0, with R(x) = M(x)/sqrt(2 pi) and M
 * the Mills ratio (1 - N)/density.
 *
 * R is one rational function P/Q of degrees 9 and 10 in x itself on [0, 38.6], relative error 8.4e-17. All its
 * coefficients are positive, so that nothing cancels, there is no branch, and four short chains run side by side;
 * beyond 38.6, where the density underflows, P/Q still falls like 1/x.
 */
import { add, both, div, entry, head, least, madd, mul, step, sub } from '../lanes/f64x2';
import { expSumX2 } from './exp';

/** 1/sqrt(2 pi): the density at 0. */
export const DENSITY_AT_ZERO: f64 = 0.3989422804014327;

/** P of R = P/Q, highest degree first. */
const P: usize = memory.data<f64>(
  [
    1.3758267841906483e-6, 3.7036639066229544e-5, 4.880565009735648e-4, 4.073179390154382e-3,
    2.354722813103549e-2, 9.745542410514162e-2, 0.288793671813937, 0.5932977806298088, 0.7743618728945479,
    0.5,
  ],
  16,
);
/** Q of R = P/Q, highest degree first. */
const Q: usize = memory.data<f64>(
  [
    3.4486863182577676e-6, 9.283708667848213e-5, 1.2268249114832644e-3, 1.0302783702113037e-2,
    6.024062711284037e-2, 0.25430878201637347, 0.7805105149082218, 1.711965954419587, 2.5589180993413483,
    2.3466083065919547, 1,
  ],
  16,
);

/**
 * P of R = P/Q, its even and odd parts apart: half the roundings of one Horner chain, and those of xx = x^2 are in Q
 * as well and mostly cancel.
 */
// @ts-ignore: decorator
@inline
export function tailOverX2(x: v128): v128 {
  const xx = mul(x, x);
  let odd = step(entry(P, 0), xx, P, 2);
  let even = step(entry(P, 1), xx, P, 3);
  odd = step(odd, xx, P, 4);
  even = step(even, xx, P, 5);
  odd = step(odd, xx, P, 6);
  even = step(even, xx, P, 7);
  odd = step(odd, xx, P, 8);
  even = step(even, xx, P, 9);
  return madd(odd, x, even);
}

/** Q of R = P/Q, likewise. */
// @ts-ignore: decorator
@inline
export function tailUnderX2(x: v128): v128 {
  const xx = mul(x, x);
  let even = step(entry(Q, 0), xx, Q, 2);
  let odd = step(entry(Q, 1), xx, Q, 3);
  even = step(even, xx, Q, 4);
  odd = step(odd, xx, Q, 5);
  even = step(even, xx, Q, 6);
  odd = step(odd, xx, Q, 7);
  even = step(even, xx, Q, 8);
  odd = step(odd, xx, Q, 9);
  even = step(even, xx, Q, 10);
  return madd(odd, x, even);
}

/** bell R(x): the tail N(-x), x >= 0, of a normal distribution whose bell is exp(-x^2/2), times what the bell is. */
// @ts-ignore: decorator
@inline
export function tailX2(x: v128, bell: v128): v128 {
  // beyond 64 the bell is 0 and R has only to stay finite
  const bound = least(x, both(64));
  return div(mul(bell, tailOverX2(bound)), tailUnderX2(bound));
}

/**
 * exp(-x^2/2). The rounding of x^2 would cost x^2/2 ulp: x is split in a head h of 26 bits, whose square is exact, and
 * the rest, x^2 = h^2 + (x - h)(x + h), goes into the exponential below the argument's last bit.
 */
// @ts-ignore: decorator
@inline
export function bellX2(x: v128): v128 {
  const h = head(x);
  const rest = mul(mul(sub(x, h), add(x, h)), both(-0.5));
  return expSumX2(mul(mul(h, h), both(-0.5)), rest);
}
