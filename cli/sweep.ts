import { availableParallelism } from 'node:os';
import { SingleBar } from 'cli-progress';
import { createParallel } from 'greekfire/parallel';
import { fixed } from './report/format.js';
import type { Scanned } from './scan.js';

/** A sweep that the user broke off: one line, and the exit code of an interrupt. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** Positions x scenarios from which on a sweep is worth workers of its own: about half a second on one core. */
const LARGE = 2e7;

/** Profits of the grid, and of the moves where there are some. */
export interface Swept {
  readonly grid: Float64Array;
  readonly moves: Float64Array | undefined;
}

/**
 * Sweeps a book's scenarios on several cores, or on this one where it is too small for that. What is found is the
 * same, to the last bit. A bar shows the progress where the error stream is a terminal; the signal ends the workers.
 *
 * @param workers - how many; as many as the size is worth where undefined
 * @param signal - breaks the sweep off
 * @throws Cancelled where it is broken off
 */
export async function sweepScenarios(
  scanned: Scanned,
  workers: number | undefined,
  signal: AbortSignal,
): Promise<Swept> {
  const { gridRequest, movesRequest } = scanned;
  const count = workers ?? (scanned.size < LARGE ? 1 : availableParallelism());
  if (count === 1 && workers === undefined) {
    return {
      grid: scanned.profits(gridRequest),
      moves: movesRequest && scanned.profits(movesRequest),
    };
  }
  const { expiries, positions } = scanned.source;
  let reached = '';
  const parallel = await createParallel({ workers: count });
  const bar = new SingleBar({
    stream: process.stderr,
    format: '  {name} [{bar}] {percentage} % · {value} of {total} scenarios · {eta_formatted} left',
    clearOnComplete: true,
    hideCursor: true,
    // the signal is ours to answer
    gracefulExit: false,
    barsize: 30,
  });
  try {
    const book = parallel.book(expiries, positions);
    const sweep = async (name: string, request: typeof gridRequest): Promise<Float64Array> => {
      let isStarted = false;
      const { profit } = await book.scan(request, {
        signal,
        progress: (done, total) => {
          if (!isStarted) bar.start(total, 0, { name });
          isStarted = true;
          bar.update(done);
          reached = ` after ${fixed(0)(done)} of ${fixed(0)(total)} scenarios of the ${name}`;
        },
      });
      bar.stop();
      return profit;
    };
    const grid = await sweep('grid', gridRequest);
    return { grid, moves: movesRequest && (await sweep('moves', movesRequest)) };
  } catch (error) {
    if (signal.aborted) throw new Cancelled(`cancelled${reached}`);
    throw error;
  } finally {
    bar.stop();
    await parallel.close();
  }
}
