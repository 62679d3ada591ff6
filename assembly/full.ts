/** The wider door: the core's calls, and margin, strategies and the rebalancing loop. */
export * from './index';
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
  deskCombine,
  deskCreate,
  deskFill,
  deskGive,
  deskPart,
  deskQuote,
  deskRead,
  deskRemember,
  deskSettle,
  noTradeBand,
} from './simulate/desk';
export { impliedForward, tapeCreate, tapeForwards, tapePart, tapeTrade } from './simulate/tape';
export { scanFindSensitivities, scanSensitivity, scanTakeSensitivities } from './risk/sensitivity';
