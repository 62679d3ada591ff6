/**
 * One row by the letter of its limits: where volatility sqrt(T) = 0, or where the input is no option at all. Rare, so
 * scalar; the kernels call it for the rows that their lanes cannot do.
 */
import { DENSITY_AT_ZERO } from '../math/tail';
import { exp, logRatio } from '../math/scalar';
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

/** What lanes can do without leaving the range of doubles: underlyings and strikes, and volatilities and deviations. */
export const LEAST_PRICE: f64 = 1e-300;
export const MOST_PRICE: f64 = 1e300;
export const LEAST_DEVIATION: f64 = 1e-150;
export const MOST_DEVIATION: f64 = 1e150;

/** Twelve results, in the order of sensitivity.ts. */
export const limitAt: usize = memory.data(12 * 8, 16);

// @ts-ignore: decorator
@inline
function set(sensitivity: usize, value: f64): void {
  store<f64>(limitAt + (sensitivity << 3), value);
}

/**
 * Fills the row at `limitAt`: all NaN for bad input (and where the numbers leave the range of doubles), else the limit
 * of each sensitivity as volatility sqrt(T) falls to 0, NaN where it has none.
 *
 * The option is then a forward contract in the money and nothing out of it. At the money (A = B) it is half of each:
 * the one-sided delta is half its jump, gamma and what contains it grow without bound.
 * @param sign 1 call, -1 put, anything else bad input
 * @param dividend the rate itself where `under` is a forward
 * @param rootYears sqrt of the years of variance, which are the years unless a calendar says otherwise
 * @param inverse whether the results are wanted in coin (coin.ts)
 */
export function limit(
  sign: f64,
  under: f64,
  strike: f64,
  years: f64,
  rootYears: f64,
  volatility: f64,
  rate: f64,
  dividend: f64,
  forward: bool,
  inverse: bool,
): void {
  const isOption =
    abs(sign) == 1 &&
    under > LEAST_PRICE &&
    under < MOST_PRICE &&
    strike > LEAST_PRICE &&
    strike < MOST_PRICE &&
    years >= 0 &&
    years < Infinity &&
    volatility >= 0 &&
    volatility < Infinity &&
    abs(rate) < Infinity &&
    abs(dividend) < Infinity;
  const a = under * exp(-dividend * years);
  const b = strike * exp(-rate * years);
  if (!isOption || !(volatility * rootYears <= LEAST_DEVIATION) || !(a + b < Infinity)) {
    for (let i = PRICE; i <= COLOR; i++) set(i, NaN);
    return;
  }
  const carry = rate - dividend;
  const x = logRatio(under, strike) + carry * years;
  const atTheMoney = x == 0;
  const held: f64 = atTheMoney ? 0.5 * sign : sign * x > 0 ? sign : 0;
  const termA = held * a;
  const termB = held * b;
  const density = atTheMoney ? a * DENSITY_AT_ZERO : 0;
  const unit = inverse ? 1 / under : 1;
  // at the money and at expiry the decay has no bound; before it, it falls with the volatility
  const decay: f64 = atTheMoney && years == 0 ? NaN : 0;
  // so has the drift of d1 and d2, but where the carry is 0
  const drift: f64 = atTheMoney && (years == 0 || carry != 0) ? NaN : 0;
  const price = atTheMoney || held == 0 ? 0 : held * (a - b);
  const delta = ((inverse ? termB : termA) * unit) / under;
  const spike: f64 = atTheMoney ? NaN : 0;
  const gamma = inverse ? (spike - 2 * delta) / under : spike;
  const vanna = ((inverse ? -0.5 : 0.5) * density * rootYears * unit) / under;
  const charm = (((inverse ? rate * termB : dividend * termA) + drift) * unit) / under;
  set(PRICE, price * unit);
  set(DELTA, delta);
  set(GAMMA, gamma);
  set(VEGA, density * rootYears * unit);
  set(THETA, (decay + dividend * termA - rate * termB) * unit);
  set(RHO, years * (forward ? 0 - price : termB) * unit);
  set(VANNA, vanna);
  set(VOLGA, 0);
  set(CHARM, charm);
  set(SPEED, inverse ? (spike - 3 * gamma) / under : spike);
  set(ZOMMA, inverse ? (spike - 2 * vanna) / under : spike);
  set(COLOR, inverse ? (spike - 2 * charm) / under : spike);
}
