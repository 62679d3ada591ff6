/**
 * Raw SVI (Gatheral 2004): the total variance w = volatility^2 T of one expiry at k = ln(K/F),
 *
 *     w(k) = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2))
 *
 * What it is made of is worked out with d = b rho in the place of rho, x = k - m and z = sqrt(x^2 + sigma^2):
 *
 *     w = a + d x + b z,  w' = d + b x/z,  w'' = b sigma^2/z^3
 */
import { add, both, div, madd, mul, sqrt, sub } from '../lanes/f64x2';

/** A slice: its parameters. Total variance, so that time is none of them. */
@unmanaged
export class Slice {
  a: f64;
  b: f64;
  rho: f64;
  m: f64;
  sigma: f64;
}

/** Total variance below which a slice counts as 0: sqrt(w) and 1/w stay finite. */
export const LEAST_VARIANCE: f64 = 1e-14;

/** w(k). */
export function variance(slice: Slice, k: f64): f64 {
  const x = k - slice.m;
  const root = Math.sqrt(x * x + slice.sigma * slice.sigma);
  return Math.max(LEAST_VARIANCE, slice.a + slice.b * (slice.rho * x + root));
}

/** dw/dk. */
export function slope(slice: Slice, k: f64): f64 {
  const x = k - slice.m;
  return slice.b * (slice.rho + x / Math.sqrt(x * x + slice.sigma * slice.sigma));
}

/** w(k) in lanes. */
// @ts-ignore: decorator
@inline
export function varianceX2(slice: Slice, k: v128): v128 {
  const x = sub(k, both(slice.m));
  const root = sqrt(madd(x, x, both(slice.sigma * slice.sigma)));
  return madd(both(slice.b), madd(both(slice.rho), x, root), both(slice.a));
}

/**
 * Durrleman's function (2005), which is the risk-neutral density of ln(S_T/F) but for a factor that is positive:
 *
 *     g = (1 - k w'/(2 w))^2 - w'^2/4 (1/w + 1/4) + w''/2
 *
 * A slice is free of butterfly arbitrage where g >= 0 everywhere and d1 falls to -Infinity (Gatheral and Jacquier 2014,
 * lemma 2.2).
 */
// @ts-ignore: decorator
@inline
export function durrlemanX2(k: v128, w: v128, w1: v128, w2: v128): v128 {
  const perW = div(both(1), w);
  const t = sub(both(1), mul(mul(mul(k, w1), perW), both(0.5)));
  const bend = mul(mul(w1, w1), madd(perW, both(0.25), both(0.0625)));
  return add(sub(mul(t, t), bend), mul(w2, both(0.5)));
}

/** g at one k. */
export function durrleman(slice: Slice, k: f64): f64 {
  const x = k - slice.m;
  const square = slice.sigma * slice.sigma;
  const root = Math.sqrt(x * x + square);
  const w = Math.max(LEAST_VARIANCE, slice.a + slice.b * (slice.rho * x + root));
  const w1 = slice.b * (slice.rho + x / root);
  const w2 = (slice.b * square) / (root * root * root);
  const t = 1 - (0.5 * k * w1) / w;
  return t * t - w1 * w1 * (0.25 / w + 0.0625) + 0.5 * w2;
}
