/**
 * Keeping a book inside its bands as the market moves: simulated markets, policies, and the loop that trades and
 * accounts.
 *
 * @packageDocumentation
 */
export {
  comparePolicies,
  type ComparisonFigure,
  type ComparisonOptions,
  type ComparisonReport,
  type ComparisonState,
  type Estimate,
  type EstimateOptions,
  type FrontierResult,
  type MarketPath,
  PolicyComparison,
  policyComparison,
  type PolicyFigures,
} from './comparison.js';
export { SOLVER_ROWS, type Tradable } from './desk.js';
export {
  type Forecast,
  type Forecaster,
  type ForecastTargets,
  forecastTargets,
  type ForecastTerms,
  forecastTerms,
} from './forecast.js';
export {
  forecaster,
  type ForecastModel,
  forecastModels,
  type PriceHistory,
  type RealisedModel,
} from './forecast-model.js';
export {
  type DriftEstimate,
  type EwmaForecaster,
  ewmaForecaster,
  type EwmaOptions,
  type HarFit,
  type HarForecaster,
  harForecaster,
  type HarOptions,
  type ImpliedRealisedForecaster,
  impliedRealisedForecaster,
  type ImpliedRealisedOptions,
  type ImpliedRealisedState,
  type JumpForecaster,
  jumpForecaster,
  type JumpOptions,
  type MomentumForecaster,
  momentumForecaster,
  type MomentumOptions,
  type MomentumState,
} from './forecasters.js';
export {
  SimulatedMarket,
  simulatedMarket,
  type SimulatedMarketOptions,
  type SimulatedMarketState,
  type SmileDynamics,
} from './market.js';
export {
  simulatedComparison,
  type SimulatedComparisonOptions,
  simulatedPath,
  type SimulatedPathOptions,
} from './path.js';
export {
  type Action,
  deltaBand,
  type Execution,
  fixedInterval,
  greekByGreek,
  type HedgeStep,
  type Policy,
  type RiskModel,
  solverPolicy,
  type Trigger,
  unhedged,
  whalleyWilmott,
} from './policy.js';
export {
  type Liquidation,
  Rebalancer,
  rebalancer,
  type RebalancerOptions,
  type RebalancerState,
  type RestingOrders,
} from './rebalancer.js';
export {
  type PriceModel,
  Simulator,
  simulator,
  type SimulatorOptions,
  type SimulatorState,
} from './simulator.js';
export {
  TapeMarket,
  tapeChain,
  type TapeChain,
  tapeMarket,
  type TapeMarketCounts,
  type TapeMarketOptions,
  type TapeMarketState,
  type TradeEvents,
} from './tape.js';
export { type MarketTick, type Step, type StreamCounts, type Totals } from './step.js';
export {
  type Intent,
  type SteeringState,
  type Transfer,
  type Venue,
  type VenueScenario,
} from './steering.js';
export { type Watched } from './watched.js';
