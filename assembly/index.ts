/** The door: what the host may call. Numbers and addresses only. */
export { take, give, reserve, bytesInUse } from './memory/arena';
export { batchCreate, batchInput, batchResult, batchEvaluate } from './book/batch';
export {
  chainAdvance, chainCreate, chainForward, chainOffset, chainPrepare, chainRate, chainResult, chainRetime, chainStrike,
  chainTick, chainVolatility, chainYears,
} from './book/chain';
