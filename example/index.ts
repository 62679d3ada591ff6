/** A synthetic market and book: seeded, lifelike, and quoted nowhere. */
export { exampleBook, type ExampleLeg } from './book.js';
export {
  EXAMPLE_INSTANT,
  exampleMarket,
  type ExampleMarket,
  type ExampleOptions,
  type OrderBook,
} from './market.js';
