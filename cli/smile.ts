import type { Core, Smile } from 'greekfire';
import { smileInput, type ChainInput, type Market, type SmileInput } from 'greekfire/deribit';

/** The smiles of an underlying, fitted to its quotes, and where they belong in its chain. */
export interface SmileFit {
  /** Owned by the caller. */
  readonly smile: Smile;
  readonly input: SmileInput;
  /** By expiry of the chain: index of its slice, -1 where it has none. */
  readonly expiries: Int32Array;
}

/** Fits the smiles of an underlying; undefined where no expiry has a forward and time left. */
export function fitSmile(
  core: Core,
  market: Market,
  chain: ChainInput,
  underlying: string,
): SmileFit | undefined {
  const input = smileInput(market, underlying);
  if (input.expiries.length === 0) return undefined;
  const expiries = new Int32Array(chain.expiries.length).fill(-1);
  chain.expiryIndex.forEach((place, index) => {
    if (place >= 0) expiries[place] = input.expiryIndex[index];
  });
  return { smile: core.smile(input.expiries), input, expiries };
}
