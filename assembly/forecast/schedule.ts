/** How much of a trade is still to be done as its deadline nears. */
import { exp } from '../math/scalar';

/** sinh(x), |x| <= 1, by its series: the first term left out, x^19/19!, is below 2^-53 of it. */
function shortSinh(x: f64): f64 {
  const y = x * x;
  let sum: f64 = 1;
  for (let k = 16; k >= 2; k -= 2) sum = 1 + (y / <f64>(k * (k + 1))) * sum;
  return x * sum;
}

/**
 * The part that is left of an exposure when a part `left` of the time is: sinh(urgency left) / sinh(urgency), the
 * optimal trajectory of Almgren and Chriss (2000, Optimal execution of portfolio transactions, equation 17), whose
 * urgency is kappa T; `left` itself where the urgency is 0.
 * @param urgency in [0, 100]
 * @param left in [0, 1]
 */
export function intentRemaining(urgency: f64, left: f64): f64 {
  const x = urgency * left;
  if (urgency < 1) return urgency > 0 ? shortSinh(x) / shortSinh(urgency) : left;
  const twice = x < 1 ? 2 * shortSinh(x) : exp(x) - exp(-x);
  return (twice * exp(-urgency)) / (1 - exp(-2 * urgency));
}
