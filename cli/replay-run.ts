import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import { createParallel } from 'greekfire/parallel';
import type { ComparisonState } from 'greekfire/rebalance';
import { Checkpoint } from './checkpoint.js';
import { InputError, oneLine } from './failure.js';
import type { Replay, ReplaySettings } from './replay.js';

/** How a replay is run: nothing of it shows in what is found. */
export interface RunOptions {
  /** File of the checkpoint; none where undefined. */
  readonly checkpoint: string | undefined;
  /** How many workers; as many as the replay is worth where undefined. */
  readonly workers: number | undefined;
  /** Ends the run after the path or tick under way. */
  readonly signal: AbortSignal;
}

/** Ticks x policies from which on a replay is worth workers of its own: about two seconds on one core. */
const LARGE = 10_000;
/** Milliseconds between checkpoints. */
const EVERY = 2000;

/**
 * Runs a replay from where its checkpoint is to the end, or to the signal, on this core or on workers. What is found is
 * the same, to the last bit. A bar shows the progress where the error stream is a terminal.
 *
 * @throws InputError where the checkpoint is none, or of another run, or cannot be written
 */
export async function runReplay(
  replay: Replay,
  { checkpoint: file, workers, signal }: RunOptions,
): Promise<void> {
  const { comparison, settings, steps } = replay;
  const checkpoint =
    file === undefined ? undefined : new Checkpoint<ReplaySettings, ComparisonState>(file, settings);
  const isMidPath = checkpoint !== undefined && resume(replay, checkpoint, file!);
  const { paths, policies } = settings;
  const ticks = steps / paths;
  const left = (paths - comparison.done) * ticks * policies.length;
  const count = Math.min(
    workers ?? (left < LARGE ? 1 : availableParallelism()),
    Math.max(1, paths - comparison.done),
  );
  const bar = new SingleBar({
    format: '{bar} {percentage} % · path {path} of {paths} · {eta_formatted}',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
    // the signal is the caller's to answer
    gracefulExit: false,
  });
  const isTerminal = process.stderr.isTTY;
  let done = comparison.done * ticks;
  let last = Date.now();
  /** After a tick or a path. */
  const note = (): void => {
    done = Math.max(done + 1, comparison.done * ticks);
    if (isTerminal) bar.update(Math.min(done, steps), { path: Math.min(comparison.done + 1, paths) });
    if (checkpoint === undefined || Date.now() - last <= EVERY) return;
    checkpoint.write(comparison.save());
    last = Date.now();
  };
  /** Ticks on this core until so many paths are done. */
  const stepTo = async (wanted: number): Promise<void> => {
    while (comparison.done < wanted && !signal.aborted) {
      comparison.step();
      note();
      await setImmediate();
    }
  };
  if (isTerminal) bar.start(steps, done, { path: comparison.done + 1, paths });
  try {
    if (count === 1) await stepTo(paths);
    else {
      // a path that was under way on one core ends on one
      if (isMidPath) await stepTo(comparison.done + 1);
      await onWorkers(replay, count, signal, note);
    }
    checkpoint?.write(comparison.save());
  } finally {
    if (isTerminal) bar.stop();
  }
}

/** Takes up the checkpoint, if there is one. @returns whether it is in the middle of a path */
function resume(
  { comparison }: Replay,
  checkpoint: Checkpoint<ReplaySettings, ComparisonState>,
  file: string,
): boolean {
  const kept = checkpoint.read();
  if (kept === undefined) return false;
  try {
    comparison.restore(kept);
    return kept.current !== undefined;
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    throw new InputError(`${file} does not fit: ${oneLine(error.message)}`);
  }
}

/** Shares the paths that are left out over workers, and appends what they find in the paths' order. */
async function onWorkers(
  { comparison, simulated }: Replay,
  workers: number,
  signal: AbortSignal,
  note: () => void,
): Promise<void> {
  const parallel = await createParallel({
    workers,
    module: readFileSync(new URL(import.meta.resolve('greekfire/full.wasm'))),
  });
  try {
    for await (const outcomes of parallel.comparePaths(simulated, { first: comparison.done, signal })) {
      comparison.append(outcomes);
      note();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await parallel.close();
  }
}
