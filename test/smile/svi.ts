import type { Core, SmileExpiry, SviParameters } from 'greekfire';
import { drawFrom } from '../oracle/regimes.js';

/** Raw SVI, written down once more: total variance at k. */
export function varianceOf({ a, b, rho, m, sigma }: SviParameters, k: number): number {
  return a + b * (rho * (k - m) + Math.hypot(k - m, sigma));
}

/** Durrleman's g, written down once more. */
export function durrlemanOf(slice: SviParameters, k: number): number {
  const w = varianceOf(slice, k);
  const root = Math.hypot(k - slice.m, slice.sigma);
  const slope = slice.b * (slice.rho + (k - slice.m) / root);
  const bend = (slice.b * slice.sigma ** 2) / root ** 3;
  return (1 - (k * slope) / (2 * w)) ** 2 - (slope * slope * (1 / w + 0.25)) / 4 + bend / 2;
}

/** How an expiry's quotes are made. */
export interface Making {
  readonly years: number;
  readonly forward?: number;
  /** Half-spread in volatility; 0.01 where absent. */
  readonly half?: number;
  /** Moneyness of the outermost strikes, in total volatilities; 2.5 where absent. */
  readonly reach?: number;
  readonly strikes?: number;
  readonly settlement?: 'linear' | 'inverse';
  /** Moves the middles, in half-spreads at most; 0 where absent. */
  readonly noise?: number;
  readonly seed?: number;
}

/** Calls and puts of an expiry that are quoted about a smile, every strike twice. */
export function quotesOf(core: Core, volatilityOf: (k: number) => number, making: Making): SmileExpiry {
  const { years, forward = 100, half = 0.01, reach = 2.5, strikes = 25, settlement = 'linear' } = making;
  const draw = drawFrom(making.seed ?? 1);
  const scale = volatilityOf(0) * Math.sqrt(years);
  const ks = Array.from({ length: strikes }, (_, i) => scale * reach * ((2 * i) / (strikes - 1) - 1));
  const rows = ks.flatMap((k) => [
    { k, type: 'call' as const },
    { k, type: 'put' as const },
  ]);
  const middle = rows.map(({ k }) => volatilityOf(k) + half * (making.noise ?? 0) * draw.between(-1, 1));
  const type = rows.map((row) => row.type);
  const strike = rows.map(({ k }) => forward * Math.exp(k));
  const price = (shift: number): Float64Array =>
    core.evaluate({
      type,
      forward,
      strike,
      years,
      settlement,
      volatility: middle.map((volatility) => Math.max(1e-4, volatility + shift)),
    }).price;
  return { label: `${years}`, years, forward, settlement, type, strike, bid: price(-half), ask: price(half) };
}

/** A smile of a slice, per 1.00. */
export const volatilityOf =
  (slice: SviParameters, years: number) =>
  (k: number): number =>
    Math.sqrt(varianceOf(slice, k) / years);
