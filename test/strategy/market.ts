import type { Chain, ExpirySpec, Position } from 'greekfire';
import type { FullCore } from 'greekfire/full';
import type { BestQuotes, StructureName } from 'greekfire/strategy';

/** Strikes of every expiry of the textbook market. */
export const STRIKES = [60, 70, 80, 90, 95, 100, 105, 110, 120, 130, 150];

/** Rate of the textbook market. */
const RATE = 0.03;

/** A skewed market around 100: two expiries, the far one with a forward and a volatility of its own. */
export function specsOf(settlement: 'linear' | 'inverse', rate = RATE): ExpirySpec[] {
  const expiry = (years: number, forward: number, level: number): ExpirySpec => ({
    underlying: 'X',
    years,
    forward,
    rate,
    settlement,
    strike: STRIKES,
    volatility: STRIKES.map(
      (strike) => level + 0.4 * Math.log(strike / forward) ** 2 - 0.05 * (strike / 100 - 1),
    ),
  });
  return [expiry(0.1, 100, 0.6), expiry(0.35, 101, 0.55)];
}

/** Quotes a little around the chain's marks, as its settlement quotes them. */
export function quotesOf(chain: Chain<2>, halfSpread = 0.01): BestQuotes {
  const sides = (type: 'call' | 'put'): BestQuotes['call'] => {
    const unit = (row: number): number => {
      const expiry = chain.offset.findIndex((first, e) => row >= first && row < chain.offset[e + 1]);
      return chain.expiries[expiry].settlement === 'inverse' ? chain.forward[expiry] : 1;
    };
    const price = Array.from(chain[type].price, (value, row) => value / unit(row));
    return {
      bid: price.map((value) => value * (1 - halfSpread)),
      ask: price.map((value) => value * (1 + halfSpread)),
    };
  };
  return { call: sides('call'), put: sides('put') };
}

/** A smile fitted to tight quotes of the chain's expiries. */
export function smileOf(core: FullCore, chain: Chain<2>): ReturnType<FullCore['smile']> {
  const quotes = quotesOf(chain, 0.002);
  return core.smile(
    chain.expiries.map(({ settlement }, e) => {
      const [from, to] = [chain.offset[e], chain.offset[e + 1]];
      const isCall = Array.from(chain.strike.slice(from, to), (strike) => strike >= chain.forward[e]);
      const pick = (side: 'bid' | 'ask'): number[] =>
        isCall.map((call, i) => quotes[call ? 'call' : 'put'][side][from + i]);
      return {
        years: chain.years[e],
        forward: chain.forward[e],
        rate: RATE,
        settlement,
        type: isCall.map((call) => (call ? ('call' as const) : ('put' as const))),
        strike: chain.strike.slice(from, to),
        bid: pick('bid'),
        ask: pick('ask'),
      };
    }),
  );
}

/** Whether a structure has two expiries. */
export function isOfTwo(name: StructureName): boolean {
  return name.endsWith('calendar') || name.endsWith('diagonal');
}

/**
 * What legs are worth, in quote currency, when their nearest expiry ends at a price: intrinsic values, futures against
 * their forwards, and later options by Black-76 at their volatilities; futures of inverse expiries make
 * (price - forward) as any others, which in coin is divided by the price.
 */
export function valueAtExpiry(
  core: FullCore,
  chain: Chain<2>,
  legs: readonly Position[],
  price: number,
  rate = RATE,
): number {
  const expiries = legs.flatMap((leg) => ('expiry' in leg ? [leg.expiry] : []));
  const near = expiries.reduce((a, b) => (chain.years[a] <= chain.years[b] ? a : b));
  return legs.reduce((sum, leg) => {
    if (leg.kind !== 'option' && leg.kind !== 'future') throw new Error('an option or a future');
    const forward = chain.forward[leg.expiry];
    const there = (price * forward) / chain.forward[near];
    const settledInCoin = chain.expiries[leg.expiry].settlement === 'inverse';
    // coin that is made elsewhere counts at the near price
    const unit = settledInCoin ? price / there : 1;
    if (leg.kind === 'future') return sum + leg.quantity * (there - forward) * unit;
    const left = chain.years[leg.expiry] - chain.years[near];
    const value =
      left === 0
        ? Math.max(0, (leg.type === 'call' ? 1 : -1) * (there - leg.strike))
        : core.evaluate({
            type: leg.type,
            forward: there,
            strike: leg.strike,
            years: left,
            rate,
            volatility: chain.volatility[chain.index(leg.expiry, leg.strike)],
          }).price[0];
    return sum + leg.quantity * value * unit;
  }, 0);
}
