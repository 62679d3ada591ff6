/** What a chain's marks say of the volatility to come: what forecasts of implied less realised look at. */
import { Chain, chainForward, chainVolatility, chainYears, firstRow, rowColumn, STRIKE } from '../book/chain';

/** Volatility at the forward, linear in strike between its neighbours; beyond the strikes, that of the last one. */
function atTheForward(chainAt: usize, expiry: i32): f64 {
  const chain = changetype<Chain>(chainAt);
  const forward = load<f64>(chainForward(chainAt) + ((<usize>expiry) << 3));
  const end = firstRow(chain, expiry + 1);
  if (firstRow(chain, expiry) == end) return NaN;
  const last = (<usize>(end - 1)) << 3;
  const strikes = rowColumn(chain, STRIKE);
  const volatilities = chainVolatility(chainAt);
  let at = (<usize>firstRow(chain, expiry)) << 3;
  if (load<f64>(strikes + at) >= forward) return load<f64>(volatilities + at);
  while (at < last && load<f64>(strikes + at + 8) < forward) at += 8;
  const low = load<f64>(volatilities + at);
  if (at == last) return low;
  const strike = load<f64>(strikes + at);
  const part = (forward - strike) / (load<f64>(strikes + at + 8) - strike);
  return low + part * (load<f64>(volatilities + at + 8) - low);
}

/**
 * Volatility at the money over a term: total variance linear in time between the expiries on either side of it, as
 * Cboe's VIX takes 30 days from two expiries (Volatility Index Methodology, 2023); beyond the expiries, the volatility
 * of the last one. Expiries that are over, or without a volatility there, are left out.
 * @param term in years, above 0
 * @returns per 1.00; NaN where no expiry has one
 */
export function chainTermVolatility(chainAt: usize, term: f64): f64 {
  const expiries = changetype<Chain>(chainAt).expiries;
  let shorter: f64 = 0;
  let longer = Infinity;
  let low: f64 = NaN;
  let high: f64 = NaN;
  for (let expiry = 0; expiry < expiries; expiry++) {
    const years = load<f64>(chainYears(chainAt) + ((<usize>expiry) << 3));
    if (!(years > 0)) continue;
    const volatility = atTheForward(chainAt, expiry);
    if (!(volatility > 0)) continue;
    if (years <= term && years >= shorter) {
      shorter = years;
      low = volatility;
    }
    if (years >= term && years <= longer) {
      longer = years;
      high = volatility;
    }
  }
  if (!(low > 0)) return high;
  if (!(high > 0) || shorter == longer) return low;
  const before = low * low * shorter;
  const part = (term - shorter) / (longer - shorter);
  return sqrt<f64>((before + part * (high * high * longer - before)) / term);
}
