import type { Chain, Core, Position, SmileSlice } from 'greekfire';
import type { ChainInput, Market } from 'greekfire/deribit';
import { fitSmile, type SmileFit } from '../smile.js';
import type { DeltaLine, SmileLine, SmileReport, SmileLeftOut } from './model.js';

/** How the report takes the smile to move with the forward; no time passes, so that it is sticky delta too. */
const RULE = 'sticky-moneyness';

/** The smiles of an underlying's expiries, and a chain that follows them. */
export class FittedSmile {
  private readonly chain: Chain<2>;

  private constructor(
    private readonly core: Core,
    private readonly market: Market,
    input: ChainInput,
    private readonly fit: SmileFit,
    private readonly underlying: string,
  ) {
    this.chain = core.chain(input.expiries, 2);
  }

  /** Undefined where no expiry has a forward and time left. */
  static of(core: Core, market: Market, chainInput: ChainInput, underlying: string): FittedSmile | undefined {
    const fit = fitSmile(core, market, chainInput, underlying);
    return fit && new FittedSmile(core, market, chainInput, fit, underlying);
  }

  /**
   * What the smiles are, and what their motion does to delta.
   * @param positions of the book
   * @param black its delta in total, and by expiry of the chain
   * @param hedged positions after the hedge and their delta, if there is one
   */
  report(
    positions: readonly Position[],
    black: { readonly total: number; readonly byExpiry: Float64Array },
    hedged?: { readonly positions: readonly Position[]; readonly delta: number },
  ): SmileReport {
    const { slices, surface } = this.fit.smile;
    const lines = slices.map((slice, index) => smileLine(slice, surface.slices[index]));
    const own = this.shift(positions);
    const used = new Set(positions.flatMap((position) => ('expiry' in position ? [position.expiry] : [])));
    const deltas = [...used]
      .sort((a, b) => a - b)
      .map((index): DeltaLine => {
        const delta = black.byExpiry[index];
        return { label: this.chain.expiries[index].label, black: delta, skew: delta + own.byExpiry[index] };
      });
    return {
      lines,
      leftOut: this.leftOut(),
      surface: { rho: surface.rho, eta: surface.eta, gamma: surface.gamma },
      rule: RULE,
      deltas,
      delta: { black: black.total, skew: black.total + own.total },
      deltaAfter: hedged && {
        black: hedged.delta,
        skew: hedged.delta + this.shift(hedged.positions).total,
      },
    };
  }

  dispose(): void {
    this.chain.dispose();
    this.fit.smile.dispose();
  }

  /** What the smile's motion adds to delta. */
  private shift(positions: readonly Position[]): { total: number; byExpiry: Float64Array } {
    const { core, chain, fit, underlying } = this;
    using follower = fit.smile.follow(chain, { rule: RULE, expiries: fit.expiries });
    using book = core.book(chain, positions);
    const total = book.exposure({ underlying, smile: follower }).delta - book.exposure({ underlying }).delta;
    return { total, byExpiry: follower.skewDelta(book) };
  }

  /** Expiries that no smile is fitted to, and rows that repeat an instrument. */
  private leftOut(): SmileLeftOut {
    const { market, underlying } = this;
    const { input } = this.fit;
    const expiries = market.expiries
      .map((expiry, index) => ({ ...expiry, at: input.expiryIndex[index] }))
      .filter((expiry) => expiry.underlying === underlying && expiry.at < 0)
      .map(({ label, forward }) => ({
        label,
        reason: forward > 0 ? ('expired' as const) : ('no-forward' as const),
      }));
    const repeated = market.quotes.filter(
      ({ instrument, status }) => instrument.underlying === underlying && status === 'duplicate',
    );
    return { expiries, repeated: repeated.length };
  }
}

function smileLine(slice: SmileSlice, surface: SmileSlice): SmileLine {
  const { label, years, forward, status, atmVolatility, skew, riskReversal, butterfly, quotes } = slice;
  const { a, b, rho, m, sigma, rmsError, rmsOutside, twoSided, inside, outliers } = slice;
  const { leastDurrleman, leastGain, isCalendarFree } = slice;
  const isFitted = status === 'ok';
  return {
    label,
    years,
    forward,
    status,
    atmVolatility,
    skew,
    riskReversal,
    butterfly,
    rmsError,
    rmsOutside,
    twoSided,
    inside,
    insideSurface: surface.inside,
    outliers,
    quotes,
    leastDurrleman,
    leastGain,
    hasButterflyArbitrage: isFitted && !(leastDurrleman >= 0),
    hasCalendarArbitrage: isFitted && !isCalendarFree,
    svi: { a, b, rho, m, sigma },
  };
}
