import type { Book, Scan } from 'greekfire';
import type { RiskView } from '../protocol.js';

/** Moves of the spot, percent by percent. */
const SPOT = Array.from({ length: 61 }, (_, i) => (i - 30) / 100);
/** Moves of volatility in points. */
const VOLATILITY = [-10, -5, 0, 5, 10].map((points) => points / 100);

/** Profit of a book over moves of spot and volatility. */
export class RiskSurface {
  private readonly scan: Scan;

  constructor(book: Book<2>, underlying: string) {
    this.scan = book.scan({ spot: SPOT, volatility: VOLATILITY, underlying });
  }

  /** Against the marks of the last tick. */
  view(): RiskView {
    const { scan } = this;
    scan.run();
    const profit = VOLATILITY.map((_, v) => {
      return Float64Array.from(SPOT, (_, s) => scan.profit[scan.index(s, v, 0)]);
    });
    return { spot: SPOT, volatility: VOLATILITY, profit };
  }

  dispose(): void {
    this.scan.dispose();
  }
}
