/**
 * Values in coin. An inverse option is worth V = P/u coins, P its value in quote currency and u the underlying; since
 * P = u V, Leibniz' rule gives the derivatives of V one after the other:
 *
 *     P' = V + u V',  P'' = 2 V' + u V'',  P''' = 3 V'' + u V'''
 *
 * and the same with a derivative in volatility or time before.
 *
 * For a single option the first derivative cancels: u P' = A N(d1) for a call, so that V' = B N(d2)/u^2. In coin the
 * terms of A and B, d1 and d2, change places; the kernels take delta, vanna and charm from that, the rest from the rule.
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

/** Entry s of a table of column addresses. */
// @ts-ignore: decorator
@inline
function column(table: usize, sensitivity: usize): usize {
  return load<usize>(table + sensitivity * sizeof<usize>());
}

/**
 * Turns the two rows at byte `i` of the columns into coin. `from` and `to` are tables of column addresses in the order
 * of sensitivity.ts, and may be the same.
 */
// @ts-ignore: decorator
@inline
export function coinRows(from: usize, to: usize, i: usize, under: v128, order: i32): void {
  const price = div(read(column(from, PRICE) + i), under);
  const vega = div(read(column(from, VEGA) + i), under);
  const theta = div(read(column(from, THETA) + i), under);
  const delta = coinX2(read(column(from, DELTA) + i), 1, price, under);
  const gamma = coinX2(read(column(from, GAMMA) + i), 2, delta, under);
  write(column(to, PRICE) + i, price);
  write(column(to, DELTA) + i, delta);
  write(column(to, GAMMA) + i, gamma);
  write(column(to, VEGA) + i, vega);
  write(column(to, THETA) + i, theta);
  write(column(to, RHO) + i, div(read(column(from, RHO) + i), under));
  if (order == 1) return;
  const vanna = coinX2(read(column(from, VANNA) + i), 1, vega, under);
  const charm = coinX2(read(column(from, CHARM) + i), 1, theta, under);
  write(column(to, VANNA) + i, vanna);
  write(column(to, VOLGA) + i, div(read(column(from, VOLGA) + i), under));
  write(column(to, CHARM) + i, charm);
  if (order == 2) return;
  write(column(to, SPEED) + i, coinX2(read(column(from, SPEED) + i), 3, gamma, under));
  write(column(to, ZOMMA) + i, coinX2(read(column(from, ZOMMA) + i), 2, vanna, under));
  write(column(to, COLOR) + i, coinX2(read(column(from, COLOR) + i), 2, charm, under));
}
