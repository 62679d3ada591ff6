import type { Position } from '../book.js';
import type { ExpirySpec } from '../chain.js';
import { requireFinite, requireFullCore, requireInteger, requireObject } from '../checks.js';
import type { FullCore } from '../full/core.js';
import type { MarginModel } from '../margin/model.js';
import type { MarginPreset } from '../margin/presets.js';
import { type MarketPath, type PolicyComparison, policyComparison } from './comparison.js';
import type { Tradable } from './desk.js';
import { type ForecastModel, forecaster } from './forecast-model.js';
import { simulatedMarket, type SimulatedMarketState, type SmileDynamics } from './market.js';
import type { Policy } from './policy.js';
import type { Liquidation } from './rebalancer.js';
import { type PriceModel, simulator } from './simulator.js';
import { requireLike } from './state.js';
import type { Transfer, Venue } from './steering.js';

/** A simulated path for a comparison. */
export interface SimulatedPathOptions {
  /** Whose memory it lives in. */
  core: FullCore;
  /** Expiries of one underlying; the path makes their forwards and volatilities. */
  expiries: readonly ExpirySpec[];
  /** What is held at the start. */
  positions: readonly Position[];
  /** What may be traded, the delta instrument first. */
  instruments: readonly Tradable[];
  /** Price at the start, above 0. */
  spot: number;
  /** How it moves. */
  model: PriceModel;
  /** The smile and how it moves; a flat one where absent. */
  smile?: SmileDynamics;
  /** A whole number from 0 to 2^53 - 1. */
  seed: number;
  /** Which path of the seed, likewise; 0 where absent. */
  stream?: number;
  /** The time at the start, in milliseconds since 1970; the expiries' years count from here. */
  instant: number;
  /** From tick to tick, in milliseconds, a whole number. */
  step: number;
  /** How many ticks, at least 1. */
  steps: number;
  /** Levels of the order books; 1 where absent. */
  levels?: number;
  /** Cash at the start, in quote currency; 0 where absent. */
  cash?: number;
  /** Funding that longs of perpetuals pay, per year and relative to the price; 0 where absent. */
  fundingRate?: number;
  /** What learns from the path and steers 'solve' policies, each with its own; none where absent. */
  forecast?: ForecastModel;
  /** Where instruments trade, for 'solve' policies; none where absent. */
  venues?: readonly Venue[];
  /** Ways to move equity between venues; none where absent. */
  transfers?: readonly Transfer[];
}

/**
 * A path of a simulated market that a {@link PolicyComparison} can run, save and resume.
 * @throws TypeError or RangeError that names the option and the value
 */
export function simulatedPath(options: SimulatedPathOptions): MarketPath {
  requireObject('options', options);
  const { core, expiries, positions, instruments, spot, model, smile, seed, stream = 0 } = options;
  const {
    instant,
    step,
    steps,
    levels = 1,
    cash = 0,
    forecast,
    venues,
    transfers,
    fundingRate = 0,
  } = options;
  requireFullCore('options.core', core);
  requireFinite('options.fundingRate', fundingRate);
  requireInteger('options.step', step, 1, Number.MAX_SAFE_INTEGER);
  requireInteger('options.steps', steps, 1, Number.MAX_SAFE_INTEGER);
  const chain = core.chain(expiries, 2);
  let done = 0;
  try {
    const path = simulator(core, { spot, model, seed, stream });
    try {
      const market = simulatedMarket(core, { simulator: path, chain, instant, ...(smile && { smile }) });
      return {
        chain,
        instruments,
        levels,
        instant,
        cash,
        ...(venues && { venues }),
        ...(transfers && { transfers }),
        ...(forecast && { forecaster: () => forecaster(core, forecast, chain) }),
        book: () => core.book(chain, positions),
        next: () => {
          if (done === steps) return undefined;
          done++;
          market.next(step);
          return { instant: market.instant, fundingRate };
        },
        save: () => ({ done, market: market.state }),
        restore: (state) => {
          const given = requireLike('state', state, { done: 0, market: {} });
          requireInteger('state.done', given.done, 0, steps);
          market.restore(given.market as SimulatedMarketState);
          done = given.done;
        },
        dispose: () => {
          market.dispose();
          path.dispose();
          chain.dispose();
        },
      };
    } catch (error) {
      path.dispose();
      throw error;
    }
  } catch (error) {
    chain.dispose();
    throw error;
  }
}

/** Policies side by side over simulated paths: plain data, which crosses to workers. */
export interface SimulatedComparisonOptions {
  /** At least one; their names tell them apart. */
  policies: readonly Policy[];
  /** How many paths, at least 2. */
  paths: number;
  /** The market, as of its first path: the stream counts on from path to path. */
  market: Omit<SimulatedPathOptions, 'core'>;
  /** Of the margin ratio, a preset by name or a model; none is required where absent. */
  margin?: MarginPreset | MarginModel;
  /** What a venue does where equity falls below the maintenance margin; nothing, but for counting, where absent. */
  liquidation?: Liquidation;
}

/**
 * A comparison over simulated paths, to be run step by step.
 * @throws TypeError or RangeError that names the option and the value
 */
export function simulatedComparison(core: FullCore, options: SimulatedComparisonOptions): PolicyComparison {
  requireObject('options', options);
  const { market, ...rest } = options;
  requireObject('options.market', market);
  const { stream = 0 } = market;
  requireInteger('options.market.stream', stream, 0, Number.MAX_SAFE_INTEGER);
  const path = (index: number): MarketPath => simulatedPath({ ...market, core, stream: stream + index });
  return policyComparison({ ...rest, core, path });
}
