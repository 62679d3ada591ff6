/** Runs before measuring, so that the compiler has settled. */
const WARM_UP = 30;
/** Most runs measured, and the time after which no further one starts. */
const RUNS = 201;
const BUDGET_MS = 300;

/** Median time of one call in microseconds, warmed up; the clock is the host's `performance.now`. */
export function medianMicroseconds(call: () => void): number {
  const start = performance.now();
  for (let run = 0; run < WARM_UP && performance.now() - start < BUDGET_MS; run += 1) call();
  const times: number[] = [];
  const measured = performance.now();
  while (times.length < RUNS && (times.length === 0 || performance.now() - measured < BUDGET_MS)) {
    const before = performance.now();
    call();
    times.push(performance.now() - before);
  }
  times.sort((a, b) => a - b);
  return times[times.length >> 1] * 1000;
}
