import type { FullAbi } from '../abi.js';
import type { Chain } from '../chain.js';
import { requireFinite, requireNotNegative, requireObject, requireWord } from '../checks.js';
import type { FullCore } from '../full/core.js';
import { Owner, taken, View } from '../memory.js';
import { MILLISECONDS_PER_YEAR } from '../time.js';
import type { Simulator } from './simulator.js';
import { requireLike, requireSame } from './state.js';

/** The smile of a simulated market and how it moves. */
export interface SmileDynamics {
  /**
   * 'sticky-strike': an option's volatility over that at the money stays with its strike; 'sticky-delta': with its
   * standardised distance from the forward, and so with its delta. 'sticky-delta' where absent.
   */
  dynamics?: 'sticky-strike' | 'sticky-delta';
  /** Correlation of the SSVI smile, in (-1, 1); 0 where absent. */
  skew?: number;
  /** Its curvature, at least 0; 0, a flat smile, where absent. Free of butterfly arbitrage up to 2 / (1 + |skew|). */
  curvature?: number;
  /** Implied volatility at the money over what the model expects; 1 where absent. */
  premium?: number;
}

/** A simulated market. */
export interface SimulatedMarketOptions {
  /** The path. */
  simulator: Simulator;
  /** The chain to mark: of one underlying. */
  chain: Chain | Chain<2> | Chain<3>;
  /** The time now, in milliseconds since 1970; the chain's years count from here. */
  instant: number;
  /** A flat smile where absent. */
  smile?: SmileDynamics;
  /** Rate per year by which forwards lie above spot; 0 where absent. */
  carry?: number;
}

/** What a market's future depends on besides its chain's strikes. */
export interface SimulatedMarketState {
  /** Of this layout. */
  readonly version: 1;
  /** The time, in milliseconds since 1970. */
  readonly instant: number;
  /** The path's. */
  readonly simulator: Simulator['state'];
  /** How the marks are made, and the anchors of sticky strikes. */
  readonly marks: readonly number[];
}

/** Bytes of the marks' header in the module. */
const HEADER = 64;
/** Of how marks are made: doubles before the anchors. */
const PARAMETERS = 5;

/** Marks a chain along a simulated path, tick by tick. */
export class SimulatedMarket extends Owner {
  readonly #abi: FullAbi;
  readonly #at: number;
  readonly #simulator: Simulator;
  readonly #chain: SimulatedMarketOptions['chain'];
  readonly #expiries: readonly number[];
  readonly #marks: View<'f64'>;
  #instant: number;

  /** @internal */
  constructor(core: FullCore, options: SimulatedMarketOptions) {
    super('simulated market');
    requireObject('options', options);
    const { simulator, chain, instant, smile = {}, carry = 0 } = options;
    simulator.guard();
    chain.guard();
    if (chain.hasOwnVariance)
      throw new RangeError('options.chain must have no years of variance of its own: a path has none');
    requireObject('options.smile', smile);
    const { dynamics = 'sticky-delta', skew = 0, curvature = 0, premium = 1 } = smile;
    requireWord('options.smile.dynamics', dynamics, ['sticky-strike', 'sticky-delta']);
    if (!(Math.abs(requireFinite('options.smile.skew', skew)) < 1)) {
      throw new RangeError(`options.smile.skew must be in (-1, 1), got ${skew}`);
    }
    this.#instant = requireFinite('options.instant', instant);
    const parameters = [
      dynamics === 'sticky-strike' ? 1 : 0,
      skew,
      requireNotNegative('options.smile.curvature', curvature),
      requireNotNegative('options.smile.premium', premium),
      requireFinite('options.carry', carry),
      0,
    ];
    this.#abi = core.abi;
    this.#simulator = simulator;
    this.#chain = chain;
    this.#expiries = expiryInstants(chain, instant);
    this.#at = taken(core.abi.marksCreate(chain.length), 'simulated market');
    this.#marks = new View(core.abi, 'f64', this.#at, HEADER / 8 + chain.length);
    this.#marks.array.set(parameters);
    this.#mark();
  }

  /** The time, in milliseconds since 1970. */
  get instant(): number {
    this.#guard();
    return this.#instant;
  }

  /**
   * Lets time pass and marks the chain.
   * @param milliseconds - at least 0
   * @throws RangeError where it is negative or not finite
   */
  next(milliseconds: number): void {
    this.#guard();
    this.#simulator.step(requireNotNegative('milliseconds', milliseconds) / MILLISECONDS_PER_YEAR);
    this.#instant += milliseconds;
    this.#mark();
  }

  /** What the market's future depends on, to be restored on one made alike. */
  get state(): SimulatedMarketState {
    this.#guard();
    return {
      version: 1,
      instant: this.#instant,
      simulator: this.#simulator.state,
      marks: [...this.#marks.array],
    };
  }

  /**
   * Takes up a state of a market made alike, and marks the chain: the continuation is the same to the bit.
   * @throws TypeError or RangeError that names the field that is damaged or of another market; nothing has changed then
   */
  restore(state: SimulatedMarketState): void {
    this.#guard();
    requireObject('state', state);
    const { version, marks } = this.state;
    requireSame('state.version', state.version, version);
    requireLike('state', state, { instant: 0, marks });
    requireSame('state.marks[0..4]', state.marks.slice(0, PARAMETERS), marks.slice(0, PARAMETERS));
    this.#simulator.requireState('state.simulator', state.simulator);
    const before = this.state;
    try {
      this.#take(state);
    } catch (error) {
      // forwards beyond the range of doubles, which only marking shows
      this.#take(before);
      throw new RangeError(`state.instant ${state.instant} and state.simulator make no market`, {
        cause: error,
      });
    }
  }

  #take(state: SimulatedMarketState): void {
    this.#instant = state.instant;
    this.#simulator.restore(state.simulator);
    this.#marks.array.set(state.marks);
    this.#mark();
  }

  #mark(): void {
    this.#chain.setYears(yearsLeft(this.#expiries, this.#instant));
    this.#abi.simulatorMark(this.#simulator.at, this.#at, this.#chain.at);
    this.#chain.tick();
  }

  #guard(): void {
    this.guard();
    this.#simulator.guard();
    this.#chain.guard();
  }

  protected override release(): void {
    this.#abi.give(this.#at);
  }
}

/**
 * Marks a chain along a path; at once, and with every `next`.
 * @param core - of the path and the chain
 * @throws TypeError or RangeError that names the field and the value
 */
export function simulatedMarket(core: FullCore, options: SimulatedMarketOptions): SimulatedMarket {
  return new SimulatedMarket(core, options);
}

/** When a chain's expiries are, in milliseconds since 1970: whole ones, so that an expiry is met exactly. */
export function expiryInstants(chain: { readonly years: Float64Array }, instant: number): number[] {
  return Array.from(chain.years, (years) => Math.round(instant + years * MILLISECONDS_PER_YEAR));
}

/** Years of 365 days to each expiry, 0 where it is over. */
export function yearsLeft(expiries: readonly number[], instant: number): number[] {
  return expiries.map((expiry) => Math.max(0, expiry - instant) / MILLISECONDS_PER_YEAR);
}
