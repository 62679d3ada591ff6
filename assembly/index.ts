/** The door: what the host may call. Numbers and addresses only. */
export { take, give, reserve, bytesInUse } from './memory/arena';
export { batchCreate, batchInput, batchResult, batchEvaluate } from './book/batch';
