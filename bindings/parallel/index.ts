/**
 * greekfire on all cores: chains, scans, replays and many hedges, shared out over a pool of workers, in Node and in
 * pages. Every result is what one core finds, to the last bit.
 *
 * It pays where a job takes tens of milliseconds: what is given and found crosses to the workers and back.
 * @packageDocumentation
 */
export { createParallel } from './parallel.js';
export type { JobOptions, Parallel, ParallelBook, ParallelOptions } from './parallel.js';
export type { ChainMarks, HedgeAnswers, Replay, ReplayOptions, Sweep } from './tasks.js';
