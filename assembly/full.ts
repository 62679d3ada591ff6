/** The wider door: the core's calls, and margin, strategies and the rebalancing loop. */
export * from './index';
export { partAt, partLength } from './memory/parts';
export { snapshotRevert } from './book/explain';
export { smileDistribution } from './smile/distribution';
export {
  legsCost,
  legsPrice,
  payoffCreate,
  payoffExpiry,
  payoffFigures,
  payoffProbability,
  payoffProfit,
  payoffRoots,
  payoffSolve,
} from './strategy/payoff';
export { accountCash, accountColumn, accountCreate } from './margin/account';
export {
  accountLevel,
  accountMeasure,
  accountTry,
  unwindingCreate,
  unwindingLadder,
  unwindingRun,
} from './margin/solvency';
export {
  limitCreate,
  limitCut,
  limitedCollect,
  limitedColumn,
  limitedCreate,
  limitedSpread,
  limitLosses,
  limitMeasure,
  limitScan,
} from './margin/cut';
export {
  marksCreate,
  simulatorCreate,
  simulatorMark,
  simulatorSeed,
  simulatorStep,
} from './simulate/simulator';
export {
  deskAim,
  deskCheck,
  deskCreate,
  deskFill,
  deskGive,
  deskLiquidate,
  deskQuote,
  deskRead,
  deskRemember,
  deskSettle,
  deskSizes,
  deskSpot,
  deskTakeVolatility,
} from './simulate/desk';
export { deskMatch, deskRest } from './simulate/orders';
export { deskBand, deskWeigh } from './simulate/weigh';
export { impliedForward, tapeCreate, tapeForwards, tapePart, tapeTrade } from './simulate/tape';
export { jumpsCreate, jumpsForecast, jumpsUpdate } from './forecast/jumps';
export { forecastDecay, forecastReturn, harCreate, harForecast, harUpdate } from './forecast/har';
export { chainTermVolatility } from './forecast/implied';
export {
  steeringBook,
  steeringCompose,
  steeringCreate,
  steeringGive,
  steeringRemember,
  steeringSettle,
  steeringTransfer,
} from './simulate/steering';
export { scanFindSensitivities, scanSensitivity, scanTakeSensitivities } from './risk/sensitivity';
export {
  comparisonCreate,
  comparisonFrontier,
  comparisonInterval,
  comparisonRun,
  comparisonSeries,
  comparisonWorst,
} from './simulate/comparison';
