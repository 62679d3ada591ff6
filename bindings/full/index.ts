/**
 * The core on the full module, which carries margin, payoffs and the rebalancing loop besides: 20 KB more to load,
 * gzipped, than `greekfire`, the same bits from all that both do.
 *
 * @packageDocumentation
 */
export { VarianceCalendar, type VarianceCalendarOptions } from '../calendar.js';
export { create, createSync, type FullCore } from './core.js';
export type {
  Collateral,
  LiquidationLevel,
  LiquidationLevels,
  LiquidationRange,
  MarginAccount,
  MarginEfficiency,
  MarginFigures,
  MarginOptions,
  MarginShare,
  MarketState,
  UnderlyingMargin,
  Unwinding,
  UnwindOptions,
  UnwindStep,
} from '../margin/account.js';
export type { MarginHedge, MarginHedgeRequest, MarginLimit } from '../margin/limit.js';
export {
  knowsUnderlying,
  type MarginModel,
  type MarginModelOf,
  type MarginScenario,
  type MarginTail,
  type PositionParameters,
  type ScenarioParameters,
  type MarginVolatilityMove,
  type StrategyParameters,
} from '../margin/model.js';
export { type MarginPreset, marginPresets } from '../margin/presets.js';
export type { PayoffOptions, PayoffProfile } from '../strategy/payoff.js';
