/** Measured times that are kept: the last minute or so of a replay. */
const CAPACITY = 4096;

/** The most recent measurements, in a ring. */
export class TickTimes {
  private readonly ring = new Float64Array(CAPACITY);
  private count = 0;

  /** Adds measurements in microseconds. */
  add(times: Float64Array): void {
    for (const time of times) {
      this.ring[this.count % CAPACITY] = time;
      this.count += 1;
    }
  }

  clear(): void {
    this.count = 0;
  }

  /** How many were measured since the start. */
  get total(): number {
    return this.count;
  }

  /** Those that are kept, ascending. */
  recent(): Float64Array {
    return this.ring.slice(0, Math.min(this.count, CAPACITY)).sort();
  }
}

/** The value that a share of ascending values does not exceed; NaN where there is none. */
export function quantile(ascending: Float64Array, share: number): number {
  return ascending.length === 0
    ? NaN
    : ascending[Math.min(ascending.length - 1, Math.floor(share * ascending.length))];
}
