/**
 * Option pricers of the npm registry: price, delta, gamma, vega, theta and rho on spot without a dividend, each called
 * the way its README says. Their results are brought to raw units here, outside the price's own arithmetic.
 */
import { BlackScholes } from '@uqee/black-scholes';
import pricer from 'black-scholes';
import greeks from 'greeks';
import type { ListColumns, ListResult } from './javascript.js';

/** `black-scholes` and `greeks`: one call a number. Vega comes per point, theta and rho per unit of `scale`. */
export function priceByBlackScholes(options: ListColumns, result: ListResult, rows: number): void {
  const { type, under, strike, years, volatility, rate } = options;
  for (let i = 0; i < rows; i += 1) {
    const word = type[i] > 0 ? 'call' : 'put';
    const s = under[i];
    const k = strike[i];
    const t = years[i];
    const v = volatility[i];
    const r = rate[i];
    result.price[i] = pricer.blackScholes(s, k, t, v, r, word);
    result.delta[i] = greeks.getDelta(s, k, t, v, r, word);
    result.gamma[i] = greeks.getGamma(s, k, t, v, r, word);
    result.vega[i] = 100 * greeks.getVega(s, k, t, v, r, word);
    result.theta[i] = greeks.getTheta(s, k, t, v, r, word, 1);
    result.rho[i] = greeks.getRho(s, k, t, v, r, word, 1);
  }
}

/** `@uqee/black-scholes` with its interpolated normal distribution of seven digits, its default. */
export const uqeeSingle = new BlackScholes();
/** ... and with West's in double precision. */
export const uqeeDouble = new BlackScholes({ sigmaToPricePrecision: 'double' });

/** `@uqee/black-scholes`: one object in, one out. Its theta is per year of time to expiry, which is minus ours. */
export function priceByUqee(
  model: BlackScholes,
  options: ListColumns,
  result: ListResult,
  rows: number,
): void {
  const { type, under, strike, years, volatility, rate } = options;
  for (let i = 0; i < rows; i += 1) {
    const option = model.option({
      type: type[i] > 0 ? 'call' : 'put',
      underlying: under[i],
      strike: strike[i],
      time: years[i],
      sigma: volatility[i],
      rate: rate[i],
    });
    result.price[i] = option.price;
    result.delta[i] = option.delta;
    result.gamma[i] = option.gamma;
    result.vega[i] = option.vega;
    result.theta[i] = -option.theta;
    result.rho[i] = option.rho;
  }
}
