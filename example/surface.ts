/** A synthetic volatility surface and forward curve: smooth, free of static arbitrage, shaped like those of BTC. */
export interface Surface {
  /** Forward in quote currency for a time to expiry in years. */
  forward(years: number): number;
  /** Volatility per 1.00 at a strike. */
  volatility(strike: number, years: number): number;
  /** At-the-money standard deviation of the log price to expiry. */
  deviation(years: number): number;
}

/** What a surface is made of. */
export interface SurfaceParameters {
  /** Price of the index in quote currency. */
  readonly index: number;
  /** Annualised basis of the forwards, at the short and at the long end. */
  readonly basis: readonly [short: number, long: number];
  /** At-the-money volatility at the short and at the long end, and the speed at which one goes into the other. */
  readonly level: readonly [short: number, long: number];
  readonly reversion: number;
  /** Correlation (skew), level and decay of the smile's curvature. */
  readonly rho: number;
  readonly eta: number;
  readonly gamma: number;
}

/**
 * SSVI with power-law curvature: w(k) = theta/2 (1 + rho phi k + sqrt((phi k + rho)^2 + 1 - rho^2)), with
 * phi = eta theta^-gamma (1 + theta)^(gamma - 1). Free of static arbitrage for eta (1 + |rho|) <= 2 and theta rising
 * in time (Gatheral and Jacquier, "Arbitrage-free SVI volatility surfaces", Quantitative Finance 14, 2014, section 4).
 *
 * At-the-money total variance theta is that of a variance that reverts from its short to its long level.
 */
export function ssviSurface(parameters: SurfaceParameters): Surface {
  const { index, basis, level, reversion, rho, eta, gamma } = parameters;
  const [short, long] = level;
  const theta = (years: number): number =>
    long ** 2 * years + ((short ** 2 - long ** 2) * (1 - Math.exp(-reversion * years))) / reversion;
  const forward = (years: number): number =>
    index * Math.exp((basis[0] + (basis[1] - basis[0]) * (1 - Math.exp(-3 * years))) * years);
  return {
    forward,
    deviation: (years) => Math.sqrt(theta(years)),
    volatility(strike, years) {
      const total = theta(years);
      const phi = eta * total ** -gamma * (1 + total) ** (gamma - 1);
      const k = Math.log(strike / forward(years));
      const variance = (total / 2) * (1 + rho * phi * k + Math.sqrt((phi * k + rho) ** 2 + 1 - rho ** 2));
      return Math.sqrt(variance / years);
    },
  };
}
