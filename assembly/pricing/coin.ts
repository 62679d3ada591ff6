/**
 * Values in coin. An inverse option is worth V = P/u coins, P its value in quote currency and u the underlying; since
 * P = u V, Leibniz' rule gives the derivatives of V one after the other:
 *
 *     P' = V + u V',  P'' = 2 V' + u V'',  P''' = 3 V'' + u V'''
 *
 * and the same with a derivative in volatility or time before.
 *
 * For a single option the first derivative cancels: u P' = A N(d1) for a call, so that V' = B N(d2)/u^2. In coin the
 * terms of A and B, d1 and d2, change places; the kernels take delta, vanna and charm from that, and the rest from
 * the rule.
 */
import { both, div, mul, read, sub, write } from '../lanes/f64x2';
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

/** The n-th derivative of V in u, from the one of P and the one below of V: (P^(n) - n V^(n-1))/u. */
// @ts-ignore: decorator
@inline
export function coinX2(value: v128, n: f64, below: v128, under: v128): v128 {
  return div(sub(value, mul(both(n), below)), under);
}

/**
 * Turns two rows of results into coin: twelve columns `stride` bytes apart, read from `from` on and written to `to` on,
 * which may be the same.
 */
// @ts-ignore: decorator
@inline
export function coinRows(from: usize, to: usize, stride: usize, under: v128): void {
  const price = div(read(from + PRICE * stride), under);
  const vega = div(read(from + VEGA * stride), under);
  const theta = div(read(from + THETA * stride), under);
  const delta = coinX2(read(from + DELTA * stride), 1, price, under);
  const gamma = coinX2(read(from + GAMMA * stride), 2, delta, under);
  const vanna = coinX2(read(from + VANNA * stride), 1, vega, under);
  const charm = coinX2(read(from + CHARM * stride), 1, theta, under);
  write(to + PRICE * stride, price);
  write(to + DELTA * stride, delta);
  write(to + GAMMA * stride, gamma);
  write(to + VEGA * stride, vega);
  write(to + THETA * stride, theta);
  write(to + RHO * stride, div(read(from + RHO * stride), under));
  write(to + VANNA * stride, vanna);
  write(to + VOLGA * stride, div(read(from + VOLGA * stride), under));
  write(to + CHARM * stride, charm);
  write(to + SPEED * stride, coinX2(read(from + SPEED * stride), 3, gamma, under));
  write(to + ZOMMA * stride, coinX2(read(from + ZOMMA * stride), 2, vanna, under));
  write(to + COLOR * stride, coinX2(read(from + COLOR * stride), 2, charm, under));
}
