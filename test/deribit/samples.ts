/** Small inputs in the exchange's shapes; every number is made up. */

/** 2026-03-01T12:00Z. */
export const NOW = Date.UTC(2026, 2, 1, 12);

/** One `public/get_order_book` result. */
export function orderBook(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    instrument_name: 'BTC-27MAR26-60000-C',
    timestamp: NOW,
    underlying_price: 50_000,
    underlying_index: 'BTC-27MAR26',
    index_price: 49_900,
    mark_price: 0.02,
    mark_iv: 60,
    bid_iv: 59,
    ask_iv: 61,
    best_bid_price: 0.0195,
    best_bid_amount: 4,
    best_ask_price: 0.0205,
    best_ask_amount: 6,
    bids: [
      [0.0195, 4],
      [0.019, 10],
    ],
    asks: [
      [0.0205, 6],
      [0.0215, 12],
      [0.03, 1],
    ],
    greeks: { delta: 0.2, gamma: 0.00002, vega: 40, theta: -30, rho: 5 },
    ...fields,
  };
}

/** One row of `public/get_book_summary_by_currency`. */
export function summaryRow(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    instrument_name: 'BTC-27MAR26-60000-C',
    creation_timestamp: NOW,
    underlying_price: 50_000,
    underlying_index: 'SYN.BTC-27MAR26',
    estimated_delivery_price: 49_900,
    mark_price: 0.02,
    mark_iv: 60,
    bid_price: 0.0195,
    ask_price: null,
    ...fields,
  };
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : '';
}

/** A CSV text from records; blank where a record lacks a column. */
export function csv(records: readonly Record<string, unknown>[]): string {
  const columns = [...new Set(records.flatMap((record) => Object.keys(record)))];
  const lines = records.map((record) => columns.map((column) => text(record[column])).join(','));
  return [columns.join(','), ...lines].join('\n');
}
