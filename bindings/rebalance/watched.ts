import { requireWord } from '../checks.js';

/** A Greek that policies watch: of the whole book, in raw units, delta against the nearest forward. */
export type Watched = 'delta' | 'gamma' | 'vega' | 'theta';

const watched: readonly Watched[] = ['delta', 'gamma', 'vega', 'theta'];

/** @throws TypeError or RangeError where it is none of them */
export function requireWatched(name: string, value: Watched): void {
  requireWord(name, value, watched);
}
