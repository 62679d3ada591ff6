/** Packages that carry no types of their own. */
declare module 'black-scholes' {
  const pricer: {
    blackScholes(
      spot: number,
      strike: number,
      years: number,
      volatility: number,
      rate: number,
      type: 'call' | 'put',
    ): number;
  };
  export default pricer;
}

declare module 'greeks' {
  /** `scale` divides theta and rho. */
  type Greek = (
    spot: number,
    strike: number,
    years: number,
    volatility: number,
    rate: number,
    type: 'call' | 'put',
    scale?: number,
  ) => number;
  const greeks: Readonly<Record<'getDelta' | 'getGamma' | 'getVega' | 'getTheta' | 'getRho', Greek>>;
  export default greeks;
}
