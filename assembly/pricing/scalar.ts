/** The option formula for one option, for what is not worth lanes. */
import { logRatio, normal } from '../math/scalar';

// What `black` found last: d1, and the probabilities N(sign d1) and N(sign d2), the parts of forward and strike.
export let d1: f64 = 0;
export let own: f64 = 0;
export let paid: f64 = 0;

/**
 * Black (1976) without discount.
 * @param sign 1 call, -1 put
 * @param deviation volatility sqrt(years), above 0
 */
export function black(sign: f64, forward: f64, strike: f64, deviation: f64): f64 {
  d1 = logRatio(forward, strike) / deviation + 0.5 * deviation;
  own = normal(sign * d1);
  paid = normal(sign * (d1 - deviation));
  return sign * (forward * own - strike * paid);
}
