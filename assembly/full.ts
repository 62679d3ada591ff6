/** The wider door: the core's calls, and margin, strategies and the rebalancing loop. */
export * from './index';
export { snapshotRevert } from './book/explain';
export { smileDistribution } from './smile/distribution';
export {
  payoffCreate,
  payoffExpiry,
  payoffFigures,
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
export { limitColumn, limitCreate, limitCut, limitMeasure, limitSpread } from './margin/cut';
export {
  marksCreate,
  simulatorCreate,
  simulatorMark,
  simulatorSeed,
  simulatorStep,
} from './simulate/simulator';
export {
  deskCheck,
  deskCombine,
  deskCreate,
  deskFill,
  deskGive,
  deskPart,
  deskQuote,
  deskRead,
  deskRemember,
  deskSettle,
  deskSizes,
  deskTakeVolatility,
  noTradeBand,
} from './simulate/desk';
export { forecastDecay, forecastReturn, harCreate, harForecast, harUpdate } from './forecast/har';
export { intentRemaining } from './forecast/schedule';
export {
  steeringBook,
  steeringCompose,
  steeringCreate,
  steeringGive,
  steeringPart,
  steeringRemember,
  steeringSettle,
  steeringTransfer,
} from './simulate/steering';
export { scanFindSensitivities, scanSensitivity, scanTakeSensitivities } from './risk/sensitivity';
export {
  comparisonCreate,
  comparisonFrontier,
  comparisonInterval,
  comparisonPart,
  comparisonRun,
  comparisonSeries,
  comparisonWorst,
} from './simulate/comparison';
