import type { Core } from 'greekfire';
import type { ChainInput, Market } from 'greekfire/deribit';
import { fitSmile, type SmileFit } from '../../cli/smile.js';
import type { SmileView } from '../protocol.js';

/** Points of a fitted curve. */
const POINTS = 121;

/** The smiles of an underlying, fitted to its quotes. */
export class Smiles {
  private readonly fit: SmileFit | undefined;

  constructor(core: Core, market: Market, chain: ChainInput, underlying: string) {
    this.fit = fitSmile(core, market, chain, underlying);
  }

  /** One view per expiry that has quotes. */
  views(): SmileView[] {
    if (this.fit === undefined) return [];
    const { smile, input } = this.fit;
    return input.expiries.flatMap((expiry, e) => {
      const [first, end] = [smile.offset[e], smile.offset[e + 1]];
      const strikes = Float64Array.from(expiry.strike as ArrayLike<number>);
      if (strikes.length === 0) return [];
      const [lowest, highest] = [Math.min(...strikes), Math.max(...strikes)];
      const strike = Float64Array.from(
        { length: POINTS },
        (_, i) => lowest + ((highest - lowest) * i) / (POINTS - 1),
      );
      // The library writes 0 and Infinity for sides that do not bind: neither is a place on a chart.
      const binding = (values: Float64Array): Float64Array =>
        values.slice(first, end).map((value) => (value > 0 && value < Infinity ? value : NaN));
      const [bid, ask] = [binding(smile.bidVolatility), binding(smile.askVolatility)];
      // A tape quotes nothing: there is no smile to show.
      if ([...bid, ...ask].every(Number.isNaN)) return [];
      return [
        {
          label: expiry.label ?? '',
          slice: smile.slices[e],
          strike,
          svi: smile.volatility(e, strike, 'svi'),
          ssvi: smile.volatility(e, strike, 'ssvi'),
          quotes: {
            strike: strikes,
            bid,
            ask,
          },
        },
      ];
    });
  }

  dispose(): void {
    this.fit?.smile.dispose();
  }
}
