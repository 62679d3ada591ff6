/**
 * What a reader found about a row, from harmless to grave; a row counts once, under its gravest status.
 * The values are the words a report shows.
 */
export const QUOTE_STATUS = {
  /** Both quotes, a mark and a forward of its own. */
  ok: 'ok',
  /** Nobody bids; marked all the same. */
  noBid: 'no bid',
  /** Nobody offers; marked all the same. */
  noAsk: 'no ask',
  /** Neither bid nor ask; marked all the same. */
  noQuote: 'no bid or ask',
  /** Bid above ask; marked all the same, left out of hedges. */
  crossed: 'crossed quotes',
  /** No forward of its own on the row; that of its expiry came from elsewhere (see `ForwardSource`). */
  forwardBlank: 'forward not given',
  /** No volatility on the row; implied from its mark price. */
  volatilityImplied: 'volatility implied',
  /** Mark price missing or zero; priced by its mark volatility. */
  noMark: 'no mark price',
  /** Mark price below intrinsic value, as rounded deep in-the-money marks are; priced by its mark volatility. */
  belowIntrinsic: 'mark below intrinsic',
  /** No volatility, and no mark price that implies one: the row has no price. */
  noVolatility: 'no volatility',
  /** No forward for the whole expiry from any source: the row has no price. */
  noForward: 'no forward',
  /**
   * Taken a week before the others, at a volatility above 5,000 %, or bid or marked above what the option could ever
   * pay: a slip of the source, unused.
   */
  implausible: 'implausible',
  /** Past its expiry at the row's own instant. */
  expired: 'expired',
  /** The same instrument stands in the input with a later instant, or earlier in the file: unused. */
  duplicate: 'duplicate',
  /** Neither an option nor a future by its name, a combo for one: unused. */
  unrecognised: 'name not recognised',
} as const;

/** The status of a row, a key of {@link QUOTE_STATUS}. */
export type QuoteStatus = keyof typeof QUOTE_STATUS;

/** How many rows have each status; sums to the rows that are not futures. */
export type StatusCounts = Readonly<Record<QuoteStatus, number>>;

/** The statuses in order of gravity. */
const STATUS_ORDER = Object.keys(QUOTE_STATUS) as readonly QuoteStatus[];

/** Counts statuses; every status has an entry. */
export function countStatuses(statuses: Iterable<QuoteStatus>): StatusCounts {
  const counts = Object.fromEntries(STATUS_ORDER.map((status) => [status, 0])) as Record<QuoteStatus, number>;
  for (const status of statuses) counts[status] += 1;
  return counts;
}
