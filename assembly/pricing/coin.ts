/**
 * Values in coin. An inverse option is worth V = P/u coins, P its value in quote currency and u the underlying; since
 * P = u V, Leibniz' rule gives the derivatives of V one after the other:
 *
 *     P' = V + u V',  P'' = 2 V' + u V'',  P''' = 3 V'' + u V'''
 *
 * and the same with a derivative in volatility or time before. `perUnder` is 1/u.
 */
import { both, mul, read, sub, write } from '../lanes/f64x2';
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

/** The n-th derivative in u, from the one of P and the one below of V: (P^(n) - n V^(n-1))/u. */
// @ts-ignore: decorator
@inline
function derivative(value: v128, n: f64, below: v128, perUnder: v128): v128 {
  return mul(sub(value, mul(both(n), below)), perUnder);
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
export function coinRows(from: usize, to: usize, i: usize, perUnder: v128, order: i32): void {
  const price = mul(read(column(from, PRICE) + i), perUnder);
  const vega = mul(read(column(from, VEGA) + i), perUnder);
  const theta = mul(read(column(from, THETA) + i), perUnder);
  const delta = derivative(read(column(from, DELTA) + i), 1, price, perUnder);
  const gamma = derivative(read(column(from, GAMMA) + i), 2, delta, perUnder);
  write(column(to, PRICE) + i, price);
  write(column(to, DELTA) + i, delta);
  write(column(to, GAMMA) + i, gamma);
  write(column(to, VEGA) + i, vega);
  write(column(to, THETA) + i, theta);
  write(column(to, RHO) + i, mul(read(column(from, RHO) + i), perUnder));
  if (order == 1) return;
  const vanna = derivative(read(column(from, VANNA) + i), 1, vega, perUnder);
  const charm = derivative(read(column(from, CHARM) + i), 1, theta, perUnder);
  write(column(to, VANNA) + i, vanna);
  write(column(to, VOLGA) + i, mul(read(column(from, VOLGA) + i), perUnder));
  write(column(to, CHARM) + i, charm);
  if (order == 2) return;
  write(column(to, SPEED) + i, derivative(read(column(from, SPEED) + i), 3, gamma, perUnder));
  write(column(to, ZOMMA) + i, derivative(read(column(from, ZOMMA) + i), 2, vanna, perUnder));
  write(column(to, COLOR) + i, derivative(read(column(from, COLOR) + i), 2, charm, perUnder));
}
