import type { Book, Chain, Position, Scan } from 'greekfire';
import type { PayoffView, RiskView } from '../protocol.js';

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

/** Profit of one structure over the spot, today and when the first of its legs expires. */
export class Payoff {
  private readonly scan: Scan;
  private readonly expiry: number;

  constructor(
    readonly name: string,
    book: Book<2>,
    positions: readonly Position[],
    private readonly chain: Chain<2>,
  ) {
    const expiries = positions.flatMap((position) => ('expiry' in position ? [position.expiry] : []));
    this.expiry = Math.min(...expiries);
    const years = expiries.length === 0 ? 0 : chain.years[this.expiry];
    this.scan = book.scan({ spot: SPOT, time: [0, years] });
  }

  /** Against the marks of the last tick. */
  view(): PayoffView {
    const { scan, name, chain, expiry } = this;
    scan.run();
    const at = (time: number): Float64Array =>
      Float64Array.from(SPOT, (_, s) => scan.profit[scan.index(s, 0, time)]);
    const expiryLabel = Number.isFinite(expiry) ? chain.expiries[expiry].label : 'today';
    return { name, spot: SPOT, today: at(0), atExpiry: at(1), expiryLabel };
  }

  dispose(): void {
    this.scan.dispose();
  }
}
