/**
 * greekfire on all cores: chains, scans, replays, many hedges and comparisons of policies, shared out over a pool of
 * workers, in Node and in pages. Every result is what one core finds, to the last bit.
 *
 * It pays where a job takes tens of milliseconds: what is given and found crosses to the workers and back.
 * @packageDocumentation
 */
export { createParallel } from './parallel.js';
export type { JobOptions, Parallel, ParallelBook, ParallelOptions, PathsOptions } from './parallel.js';
export type { ChainMarks, HedgeAnswers, PathOutcomes, Replay, ReplayOptions, Sweep } from './tasks.js';
