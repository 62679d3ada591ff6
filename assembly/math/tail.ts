/**
 * The tail of the normal distribution in lanes: N(-x) = exp(-x^2/2) R(x), x >= 0, with R(x) = M(x)/sqrt(2 pi) and M
 * the Mills ratio (1 - N)/density.
 *
 * R is one rational function P/Q of degrees 9 and 10 in x itself on [0, 38.6], relative error 8.4e-17. All its
 * coefficients are positive, so that Horner's rule cancels nothing, there is no branch, and P and Q run side by side;
 * beyond 38.6, where the density underflows, P/Q still falls like 1/x.
 */
import { add, both, head, mul, step, sub } from '../lanes/f64x2';
import { expSumX2 } from './exp';

/** 1/sqrt(2 pi): the density at 0. */
export const DENSITY_AT_ZERO: f64 = 0.3989422804014327;

/** P of R = P/Q. */
// @ts-ignore: decorator
@inline
export function tailOverX2(x: v128): v128 {
  let p = step(both(0.0000013758267841906483), x, 0.000037036639066229544);
  p = step(p, x, 0.0004880565009735648);
  p = step(p, x, 0.004073179390154382);
  p = step(p, x, 0.02354722813103549);
  p = step(p, x, 0.09745542410514162);
  p = step(p, x, 0.288793671813937);
  p = step(p, x, 0.5932977806298088);
  p = step(p, x, 0.7743618728945479);
  return step(p, x, 0.5);
}

/** Q of R = P/Q. */
// @ts-ignore: decorator
@inline
export function tailUnderX2(x: v128): v128 {
  let q = step(both(0.0000034486863182577676), x, 0.00009283708667848213);
  q = step(q, x, 0.0012268249114832644);
  q = step(q, x, 0.010302783702113037);
  q = step(q, x, 0.06024062711284037);
  q = step(q, x, 0.25430878201637347);
  q = step(q, x, 0.7805105149082218);
  q = step(q, x, 1.711965954419587);
  q = step(q, x, 2.5589180993413483);
  q = step(q, x, 2.3466083065919547);
  return step(q, x, 1);
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
