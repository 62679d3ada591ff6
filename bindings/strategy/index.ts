/**
 * Option structures: built from a chain, priced and analysed, and recognised in a book.
 *
 * @packageDocumentation
 */
export {
  analyse,
  type FigureOptions,
  type LegFigures,
  type StructureFigures,
  type StructureMargin,
} from './figures.js';
export {
  harvestTheta,
  type Harvest,
  type HarvestBand,
  type HarvestExposure,
  type HarvestLimit,
  type HarvestMargin,
  type HarvestOptions,
  type HarvestProblem,
  type HarvestRatio,
} from './harvest.js';
export type { BestQuotes, LegPrices, LegStatus, PriceBasis, Quote, QuoteSides } from './quotes.js';
export { recogniseStructures, type RecognisedStructure } from './recognition.js';
export {
  buildStructure,
  type AnyChain,
  type StrikeChoice,
  type Structure,
  type StructureSpec,
} from './structure.js';
export { type StructureName, structureNames } from './structures.js';
export {
  recogniseEvent,
  type RecognisedEvent,
  summariseTape,
  type TapeExpiry,
  type TapeReport,
  TapeSummary,
  type TapeVolumes,
  type TradedStructure,
  type TradedVolume,
} from './tape.js';
