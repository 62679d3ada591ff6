import type { Chain, ExpirySpec, Position } from 'greekfire';

/** Prices of a payoff's columns, and how many standard deviations they reach to either side. */
const PRICES = 161;
const REACH = 2.5;

/** The strike nearest to the forward of those that have a volatility, and that; undefined where none has. */
export function atTheMoney({
  strike,
  volatility,
  forward,
}: ExpirySpec): { readonly strike: number; readonly volatility: number } | undefined {
  let nearest = -1;
  for (let row = 0; row < strike.length; row++) {
    const isNearer = nearest < 0 || Math.abs(strike[row] - forward) < Math.abs(strike[nearest] - forward);
    if (volatility[row] > 0 && isNearer) nearest = row;
  }
  return nearest < 0 ? undefined : { strike: strike[nearest], volatility: volatility[nearest] };
}

/** The exchange's name of a position. */
export function instrumentName(chain: Chain<2>, position: Position): string {
  if (position.kind === 'perpetual' || position.kind === 'spot') {
    return `${position.underlying}-${position.kind.toUpperCase()}`;
  }
  const { underlying, label } = chain.expiries[position.expiry];
  if (position.kind === 'future') return `${underlying}-${label}`;
  return `${underlying}-${label}-${position.strike}-${position.type === 'call' ? 'C' : 'P'}`;
}

/** Even prices about the forward, as wide as the strikes and some standard deviations ask. */
export function pricesOf(chain: Chain<2>, expiry: number, strikes: readonly number[]): Float64Array {
  const forward = chain.forward[expiry];
  const [from, to] = [chain.offset[expiry], chain.offset[expiry + 1]];
  const known = chain.volatility.slice(from, to).filter((value) => value > 0);
  const volatility = known.length > 0 ? known.reduce((sum, value) => sum + value, 0) / known.length : 0.5;
  const furthest = Math.max(0, ...strikes.map((strike) => Math.abs(strike / forward - 1)));
  const wide = Math.max(REACH * volatility * Math.sqrt(chain.years[expiry]), 1.3 * furthest, 0.02);
  const low = forward * (1 - Math.min(wide, 0.95));
  const high = forward * (1 + wide);
  return Float64Array.from({ length: PRICES }, (_, i) => low + ((high - low) * i) / (PRICES - 1));
}
