import { seededRandom, type Random } from '../../example/random.js';

/** Uniform numbers whose sum is nearly normal: mean 6 and variance 1 (Irwin-Hall). */
const TERMS = 12;

/**
 * A seeded stream of relative moves of the forwards, normal to the eye and the same on every machine: it adds and
 * multiplies, and calls no function that engines round differently.
 */
export class Walk {
  private readonly random: Random;

  /**
   * @param seed - a whole number
   * @param deviation - standard deviation of a move, per 1.00
   */
  constructor(
    seed: number,
    private readonly deviation: number,
  ) {
    this.random = seededRandom(seed);
  }

  /** The next ratio of forwards after a tick to those before. */
  next(): number {
    let sum = -TERMS / 2;
    for (let term = 0; term < TERMS; term += 1) sum += this.random.uniform(0, 1);
    return 1 + this.deviation * sum;
  }
}
