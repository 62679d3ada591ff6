import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { mersenne } from 'pure-rand/generator/mersenne';

/** A seeded stream of random numbers: the same seed gives the same market on every machine. */
export interface Random {
  /** Uniform in [from, to). */
  uniform(from: number, to: number): number;
  /** Uniform over the whole numbers from..to, both included. */
  whole(from: number, to: number): number;
}

/** @param seed - a whole number */
export function seededRandom(seed: number): Random {
  // The shift generators of the same library start alike for small seeds: their first value is near 1 for all of them.
  const generator = mersenne(seed);
  return {
    uniform: (from, to) => from + (to - from) * uniformFloat64(generator),
    whole: (from, to) => uniformInt(generator, from, to),
  };
}
