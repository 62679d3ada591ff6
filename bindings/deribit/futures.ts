import { decodeRows } from './decode.js';
import { parseInstrument } from './instrument.js';
import { readFuture, type FutureQuote } from './quote.js';

/**
 * Reads futures and perpetuals as Deribit gives them: the same shapes as {@link readChain}, for futures.
 * Amounts of inverse contracts, in USD on the exchange, become units of the underlying at the mark price.
 *
 * @param text - JSON or CSV
 * @param options - `instant`: that of rows which carry none, milliseconds since 1970-01-01T00:00Z
 * @throws ReadError where the text cannot be read, or a row is no future
 */
export function readFutures(text: string, options: { readonly instant?: number } = {}): FutureQuote[] {
  return decodeRows(text).map((row) => {
    const name = row.required('instrument_name');
    const instrument = parseInstrument(name);
    if (instrument === undefined || instrument.kind === 'option') {
      throw row.error('instrument_name', 'is neither a future nor a perpetual');
    }
    return readFuture(row, instrument, options.instant ?? NaN);
  });
}
