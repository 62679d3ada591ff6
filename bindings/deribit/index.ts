/**
 * Readers of what the Deribit exchange gives: option chains, futures and books, from text to the inputs of the library.
 *
 * @packageDocumentation
 */
export { readBook, type BookLine } from './book.js';
export { bestQuotes } from './best-quotes.js';
export { ReadError } from './decode.js';
export { FORWARD_SOURCE, type ForwardSource } from './forward.js';
export { readFutures } from './futures.js';
export {
  DERIBIT_FEES,
  DERIBIT_LOTS,
  hedgeInstruments,
  spreadCost,
  type DeribitLot,
  type HedgeInstrument,
  type HedgeOptions,
} from './hedge.js';
export { implyVolatilities } from './implied.js';
export {
  expiryInstant,
  expiryLabel,
  parseInstrument,
  type FutureInstrument,
  type Instrument,
  type OptionInstrument,
  type PerpetualInstrument,
  type Settlement,
} from './instrument.js';
export {
  readChain,
  type ChainFormat,
  type ChainOptions,
  type Expiry,
  type Market,
  type UnrecognisedRow,
} from './market.js';
export {
  bookPositions,
  chainInput,
  isPriced,
  perpetualPrice,
  type BookInput,
  type ChainInput,
} from './positions.js';
export type { ExchangeGreeks, FutureQuote, Level, MarketData, OptionQuote } from './quote.js';
export { QUOTE_STATUS, type QuoteStatus, type StatusCounts } from './status.js';
export { smileInput, type SmileInput } from './smile.js';
export { type TextSource } from './chunks.js';
export {
  type TapeCounts,
  type TapeOptions,
  type TradeEvent,
  TradeSequence,
  TradeTape,
  tradeTape,
} from './tape.js';
export {
  isTrade,
  type OptionTrade,
  readTrades,
  type TapeRow,
  TRADE_STATUS,
  TradeReader,
  type TradeStatus,
  type UnusedRow,
} from './trades.js';
