/** Exit code of a run that was interrupted: 128 and the signal's number, as shells have it. */
export const INTERRUPTED = 130;

/** Runs what Ctrl-C, or the signal by which others ask a process to end, breaks off. */
export async function untilStopped<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (): void => {
    controller.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    return await run(controller.signal);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
