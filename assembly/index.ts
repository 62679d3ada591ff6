/** The door: what the host may call. Numbers and addresses only. */
export { take, give, reserve, bytesInUse } from './memory/arena';
export { batchCreate, batchEvaluate, batchInput, batchResult } from './book/batch';
export {
  chainAdvance,
  chainCoinResult,
  chainCreate,
  chainForward,
  chainGive,
  chainIndex,
  chainOffset,
  chainPace,
  chainPrepare,
  chainRate,
  chainResult,
  chainRetime,
  chainRevert,
  chainStrike,
  chainTakeCoin,
  chainVarianceYears,
  chainVolatility,
  chainYears,
} from './book/chain';
export { chainCoin, chainTick } from './book/mark';
export {
  bookAdd,
  bookCreate,
  bookExpose,
  bookExposure,
  bookGive,
  bookIsPriced,
  bookResize,
  bookTotal,
  bookUnderlying,
} from './book/exposure';
export { bindingCreate, bindingInstrument, bindingRead, bindingRow } from './book/bind';
export { snapshotCreate, snapshotExplain } from './book/explain';
export { impliedColumn, impliedCreate, impliedSolve } from './book/implied';
export {
  hedgerCheck,
  hedgerCommit,
  hedgerCreate,
  hedgerExposure,
  hedgerField,
  hedgerFigures,
  hedgerMultipliers,
  hedgerRay,
  hedgerStage,
  hedgerTrades,
} from './hedge/problem';
export { hedgerSolve } from './hedge/solve';
export { manyCheck, manyCreate, manyInput, manyResult, manySolve } from './hedge/many';
export { quotesColumn, quotesCreate, quotesGive, quotesMark, quotesVolatility } from './book/quotes';
export { smileCreate, smileExpiry, smileGive, smileQuote, smileReport, smileSurface } from './smile/smile';
export { smileFit } from './smile/fit';
export { smileDensity, smileVolatility } from './smile/evaluate';
export {
  followerColumn,
  followerCreate,
  followerDelta,
  followerExpose,
  followerGive,
  followerMap,
  followerMark,
  followerSum,
  followerSums,
} from './smile/follow';
export { parityCreate, parityGive, paritySolve } from './smile/parity';
export {
  scanBeta,
  scanColumn,
  scanCreate,
  scanGive,
  scanMeasureIn,
  scanMoveBy,
  scanValue,
} from './risk/scan';
export { scanCheck, scanCheckSpot, scanPrepare } from './risk/scenario';
export { scanByPosition, scanContribute, scanPositions, scanRun } from './risk/run';
export { scanTail, scanWorst } from './risk/measure';
