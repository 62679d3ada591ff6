/**
 * How columns lie in a block. An object is one block: a header (an unmanaged class), then columns of f64, each
 * `strideOf(rows)` bytes after the one before.
 */

const LINE: usize = 64;

/** Bytes that a header takes: rounded up to whole cache lines, so that columns start on one. */
// @ts-ignore: decorator
@inline
export function headerOf<T>(): usize {
  return (offsetof<T>() + LINE - 1) & ~(LINE - 1);
}

/**
 * Bytes from one column of `rows` doubles to the next.
 *
 * - Room for one row more than asked: a kernel takes rows in pairs, and the odd last one spills its neighbour.
 * - An odd number of cache lines, at least 3 from a multiple of 2 KiB: columns a power of two apart fall into the
 *   same sets of the first-level cache (18 output columns then took 13 ns a row where 2.3 is usual).
 */
export function strideOf(rows: i32): usize {
  let lines = ((<usize>rows + 1) * 8 + LINE - 1) / LINE;
  if ((lines & 31) < 3 && lines > 3) lines = (lines & ~31) + 3;
  return (lines | 1) * LINE;
}
