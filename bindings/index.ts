/**
 * greekfire: pricing, Greeks, implied volatility, option books and a hedge solver in WebAssembly SIMD.
 *
 * All quantities are raw: volatility per 1.00, time in years of 365 days, rates continuous per 1.00.
 * @packageDocumentation
 */
export type { Core, CoreOptions } from './core.js';
export { create, createSync } from './create.js';
export type { Batch, BatchOptions, Model, OptionColumns, Payoff, Settlement } from './batch.js';
export type {
  Book,
  Explained,
  ExposureOptions,
  ExposureRow,
  FuturePosition,
  Holding,
  OptionPosition,
  PerpetualPosition,
  Position,
  SensitivityMap,
  Snapshot,
  SpotPosition,
  ChainInstrument,
} from './book.js';
export { VarianceCalendar, type VarianceCalendarOptions } from './calendar.js';
export type { Chain, ChainExpiry, ExpirySpec } from './chain.js';
export type { Column } from './checks.js';
export { ImpliedStatus, type ImpliedVolatility, type QuoteColumns } from './implied.js';
export {
  hedgeStatuses,
  type Hedge,
  type HedgeBatch,
  type HedgeDepth,
  type HedgeOptions,
  type HedgeProblem,
  type HedgeProblems,
  type Hedger,
  type HedgeShape,
  type HedgeSource,
  type HedgeStatus,
} from './hedger.js';
export { DisposedError } from './memory.js';
export type { OptionType, TypeColumn, Underlier } from './option.js';
export type { Columns, Order, Sensitivity, SensitivityOf } from './sensitivity.js';
export {
  type FollowOptions,
  type ImpliedForward,
  type ParityQuotes,
  type Smile,
  type SmileExpiry,
  type SmileFamily,
  type SmileFollower,
  type SmileOptions,
  type SmileRule,
  type SmileSlice,
  type SmileStatus,
  type SmileSurface,
  type SviParameters,
} from './smile.js';
export {
  type ChainPrices,
  type ChainQuotes,
  type QuotedOptions,
  QuoteState,
  type SidePrices,
} from './quotes.js';
export { DAYS_PER_YEAR, MILLISECONDS_PER_YEAR, parseInstant, yearsBetween } from './time.js';
export { DESK_UNITS, type DeskUnit, displayTheta, toDesk } from './units.js';
export {
  type GapReaction,
  PRICE_GAPS,
  priceGaps,
  type PriceGaps,
  type Scan,
  type ScanGrid,
  type ScanList,
  type ScanOptions,
  type ScanRequest,
  type ScenarioColumns,
  type TailLoss,
  type VolatilityMove,
  type WorstCase,
} from './scan.js';
