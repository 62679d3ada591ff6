import type { Settlement } from './instrument.js';
import type { FutureQuote, OptionRow } from './quote.js';

/** Where the forward of an expiry comes from, best source first. */
export const FORWARD_SOURCE = {
  /** Median of the forwards its rows name. */
  given: 'given on the rows',
  /** Mark of the future of the same expiry. */
  future: 'mark of its future',
  /** Median over strikes of the forward that call and put marks imply by put-call parity. */
  parity: 'put-call parity of the marks',
  /** Median of the index the rows carry in place of a forward. */
  index: 'index price',
  /** From nowhere: the expiry cannot be priced. */
  none: 'none',
} as const;

/** A source of a forward, a key of {@link FORWARD_SOURCE}. */
export type ForwardSource = keyof typeof FORWARD_SOURCE;

/** A forward and where it came from. */
export interface ForwardEstimate {
  /** In quote currency; NaN where `source` is `none`. */
  readonly forward: number;
  readonly source: ForwardSource;
  /** Largest minus smallest of the values the median was taken over, relative to it; 0 for a single value. */
  readonly spread: number;
}

/** Fewer strikes than this with a call and a put mark are not trusted to imply a forward. */
const LEAST_PAIRS = 3;

/**
 * The forward of one expiry from its option rows.
 *
 * Rows that carry the index where a forward should stand are a few basis points off for an expiry without a future;
 * put-call parity of the marks recovers the forward the exchange marked with to about one basis point.
 *
 * @param rows - the option rows of the expiry
 * @param future - the future of the same expiry, if quoted
 */
export function estimateForward(
  rows: readonly OptionRow[],
  settlement: Settlement,
  future: FutureQuote | undefined,
): ForwardEstimate {
  const given = rows.filter((row) => row.forwardGiven).map((row) => row.forward);
  if (given.length > 0) return summarise(given, 'given');
  if (future !== undefined && future.mark > 0) return summarise([future.mark], 'future');
  const implied = parityForwards(rows, settlement);
  if (implied.length >= LEAST_PAIRS) return summarise(implied, 'parity');
  const index = rows.flatMap((row) => [row.forward, row.index].filter((value) => value > 0).slice(0, 1));
  if (index.length > 0) return summarise(index, 'index');
  return { forward: NaN, source: 'none', spread: NaN };
}

/** Undiscounted parity: call - put = forward - strike, divided by the forward where premiums are in coin. */
function parityForwards(rows: readonly OptionRow[], settlement: Settlement): number[] {
  const puts = new Map(rows.filter((row) => row.type === 'put').map((row) => [row.strike, row.mark]));
  const forwards = rows
    .filter((row) => row.type === 'call')
    .map(({ strike, mark }) => {
      const difference = mark - (puts.get(strike) ?? NaN);
      return settlement === 'inverse' ? strike / (1 - difference) : strike + difference;
    });
  return forwards.filter((forward) => forward > 0 && Number.isFinite(forward));
}

function summarise(values: readonly number[], source: ForwardSource): ForwardEstimate {
  const sorted = [...values].sort((a, b) => a - b);
  const forward = median(sorted);
  return { forward, source, spread: (sorted[sorted.length - 1] - sorted[0]) / forward };
}

/** Median of ascending values. */
function median(sorted: readonly number[]): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
