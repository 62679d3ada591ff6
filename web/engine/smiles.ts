import type { Core, Smile } from 'greekfire';
import { smileInput, type Market } from 'greekfire/deribit';
import type { SmileView } from '../protocol.js';

/** Points of a fitted curve. */
const POINTS = 121;

/** The smiles of an underlying, fitted to its quotes. */
export class Smiles {
  private readonly smile: Smile | undefined;
  private readonly input: ReturnType<typeof smileInput>;

  constructor(core: Core, market: Market, underlying: string) {
    this.input = smileInput(market, underlying);
    this.smile = this.input.expiries.length === 0 ? undefined : core.smile(this.input.expiries);
  }

  /** Volatility at the forward of a time, per 1.00; NaN where no slice fits. */
  atTheMoney(years: number, forward: number): number {
    return this.smile?.volatility({ years, forward }, forward)[0] ?? NaN;
  }

  /** One view per expiry that has quotes. */
  views(): SmileView[] {
    const { smile } = this;
    if (smile === undefined) return [];
    return this.input.expiries.flatMap((expiry, e) => {
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
      return [
        {
          label: expiry.label ?? '',
          slice: smile.slices[e],
          strike,
          svi: smile.volatility(e, strike, 'svi'),
          ssvi: smile.volatility(e, strike, 'ssvi'),
          quotes: {
            strike: strikes,
            bid: binding(smile.bidVolatility),
            ask: binding(smile.askVolatility),
          },
        },
      ];
    });
  }

  dispose(): void {
    this.smile?.dispose();
  }
}
