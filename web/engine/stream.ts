import { type Chain, MILLISECONDS_PER_YEAR } from 'greekfire';
import type { TradeEvent } from 'greekfire/deribit';
import type { FullCore } from 'greekfire/full';
import { type TapeMarket, tapeMarket } from 'greekfire/rebalance';
import { Walk } from './walk.js';

/** What moves the market of a desk: every tick re-marks its chain. */
export interface Stream {
  /** Market time of one tick, in milliseconds. */
  readonly step: number;
  /** Price of the underlying relative to that at the start; NaN where the stream does not say. */
  readonly ratio: number;
  /** Whether nothing is left. */
  readonly isOver: boolean;
  /** Lets one tick pass; a promise where it has to be waited for. */
  next(): Promise<unknown> | undefined;
  dispose(): void;
}

/** Market time of a tick of the walk, and of a tape. */
const WALK_STEP = 1000;
const TAPE_STEP = 10_000;
const WALK_SEED = 1;

/** A seeded walk of the forwards, all by one ratio; volatilities stand. */
export class WalkStream implements Stream {
  readonly step = WALK_STEP;
  readonly isOver = false;
  ratio = 1;
  private readonly forward: Float64Array;
  private readonly walk: Walk;

  /** @param volatility - of a year, per 1.00; the market stands still where there is none */
  constructor(
    private readonly chain: Chain<2>,
    volatility: number,
  ) {
    this.forward = chain.forward.slice();
    const deviation = volatility > 0 ? volatility * Math.sqrt(WALK_STEP / MILLISECONDS_PER_YEAR) : 0;
    this.walk = new Walk(WALK_SEED, deviation);
  }

  next(): undefined {
    const ratio = this.walk.next();
    this.ratio *= ratio;
    for (let e = 0; e < this.forward.length; e += 1) this.forward[e] *= ratio;
    this.chain.advance(WALK_STEP / MILLISECONDS_PER_YEAR);
    this.chain.tick(this.forward);
  }

  dispose(): void {
    // Nothing outside the garbage collector's reach.
  }
}

/** A tape of trades: each says the index, its expiry's carry and its strike's volatility. */
export class TapeStream implements Stream {
  readonly step = TAPE_STEP;
  readonly ratio = NaN;
  private readonly market: TapeMarket;

  constructor(
    core: FullCore,
    chain: Chain<2>,
    instant: number,
    events: readonly TradeEvent[],
    carry: readonly number[],
  ) {
    this.market = tapeMarket(core, events, { chain, instant, carry });
  }

  get isOver(): boolean {
    return this.market.isOver;
  }

  next(): Promise<unknown> {
    return this.market.next(TAPE_STEP);
  }

  dispose(): void {
    this.market.dispose();
  }
}
