/** A fast wrong answer is not a result: what disagrees is not timed. */

/**
 * Demands that two columns agree.
 *
 * @param tolerance - of |a - b| against `scale` (one for all rows, or one per row)
 */
export function demandAgreement(
  name: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  scale: number | ArrayLike<number> = 1,
  rows: number = expected.length,
): void {
  for (let i = 0; i < rows; i += 1) {
    const size = typeof scale === 'number' ? scale : scale[i];
    const error = Math.abs(actual[i] - expected[i]) / size;
    // NaN fails as well
    if (!(error <= tolerance)) {
      throw new Error(
        `${name}, row ${i}: ${actual[i]} where ${expected[i]} was expected (off by ${error} of scale, ` +
          `${tolerance} allowed)`,
      );
    }
  }
}
