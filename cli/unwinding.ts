import type { HedgeDepth } from 'greekfire';
import {
  hedgeInstruments,
  type BookInput,
  type ChainInput,
  type HedgeInstrument,
  type Market,
} from 'greekfire/deribit';

/** Levels of depth that a liquidation takes. */
const LEVELS = 5;

/** Indexes of the positions of each structure; what belongs to none is a part under its instrument's name. */
export function partsOf(held: BookInput): Map<string, number[]> {
  const parts = new Map<string, number[]>();
  held.lines.forEach((line, i) => {
    const name = line.structure ?? line.name;
    parts.set(name, [...(parts.get(name) ?? []), i]);
  });
  return parts;
}

/** The quoted depth of every position's instrument, fees included; none where it is not quoted. */
export function laddersOf(market: Market, input: ChainInput, held: BookInput): HedgeDepth {
  const quoted = new Map<string, HedgeInstrument>(
    market.underlyings
      .flatMap((underlying) => hedgeInstruments(market, { underlying, widestSpread: 2 }, input))
      .map((instrument) => [instrument.name, instrument]),
  );
  const column = (side: 'bids' | 'asks', part: 0 | 1): number[] =>
    held.lines.flatMap(({ name }) => {
      const instrument = quoted.get(name);
      const levels = instrument?.[side] ?? [];
      return Array.from({ length: LEVELS }, (_, l) => {
        if (part === 1) return levels[l]?.[1] ?? 0;
        return Math.max(0, (levels[l]?.[0] ?? 0) + (instrument?.fee ?? 0));
      });
    });
  return {
    bidSize: column('bids', 1),
    bidCost: column('bids', 0),
    askSize: column('asks', 1),
    askCost: column('asks', 0),
  };
}
