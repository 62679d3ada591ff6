import type { Book, Chain, Core, ExpirySpec, Position } from 'greekfire';
import {
  perpetualPrice,
  spreadCost,
  type BookInput,
  type ChainInput,
  type Expiry,
  type Market,
  type Settlement,
} from 'greekfire/deribit';
import { dailyMove, dailyRisk, HEDGED, solveHedge, type DailyMove, type HedgeResult } from '../hedge.js';
import {
  SENSITIVITIES,
  type Exposure,
  type HedgeReport,
  type StructureLine,
  type TradeLine,
  type UnderlyingReport,
} from './model.js';
import { FittedSmile } from './smile-lines.js';
import { medianMicroseconds } from './timing.js';

/** Days to the expiry whose at-the-money volatility stands for the day's move. */
const REFERENCE_DAYS = 30;
const DAYS = 365;

/** The report of one underlying. */
export class Section {
  private readonly positions: readonly Position[];
  private readonly structures: ReadonlyMap<string, Position[]>;
  private readonly settlement: Settlement;
  private readonly coin: string;
  private readonly quote: string;
  private readonly expiries: { readonly expiry: Expiry; readonly index: number }[];

  constructor(
    private readonly core: Core,
    private readonly market: Market,
    private readonly input: ChainInput,
    private readonly chain: Chain<2>,
    private readonly held: BookInput,
    private readonly underlying: string,
    private readonly lots: boolean,
  ) {
    const structures = new Map<string, Position[]>();
    this.structures = structures;
    this.positions = held.positions.filter((position, index) => {
      const line = held.lines[index];
      if (line.instrument?.underlying !== underlying) return false;
      if (line.structure !== undefined) {
        structures.set(line.structure, [...(structures.get(line.structure) ?? []), position]);
      }
      return true;
    });
    this.expiries = market.expiries
      .map((expiry, position) => ({ expiry, index: input.expiryIndex[position] }))
      .filter(({ expiry, index }) => expiry.underlying === underlying && index >= 0);
    this.settlement = this.expiries[0]?.expiry.settlement ?? 'inverse';
    [this.coin = underlying, this.quote = 'USD'] = underlying.split('_');
  }

  report(): UnderlyingReport {
    const { core, chain, market, underlying } = this;
    const book = core.book(chain, this.positions);
    const total = exposureOf(book, underlying);
    const price = perpetualPrice(market, underlying);
    // What the book's totals are counted in: see Book.exposure.
    const reference = this.expiries.find(({ expiry }) => expiry.years > 0)?.expiry.forward ?? price;
    const move = this.dailyMove(reference);
    const hedge = move && solveHedge(core, book, market, this.input, underlying, move, this.lots);
    const { settlement, coin, quote } = this;
    const result: UnderlyingReport = {
      underlying,
      settlement,
      currency: quote,
      coin,
      price,
      reference,
      positions: this.positions.length,
      unpriced: this.unpriced(book),
      expiries: this.expiryLines(book),
      perpetual: this.exposure(this.positions.filter((position) => !('expiry' in position))),
      total,
      structures: this.structureLines(),
      smile: this.smileReport(book, total, hedge),
      hedge: hedge && this.hedgeReport(hedge, total),
      timings: {
        tick: medianMicroseconds(() => {
          chain.tick();
        }),
        exposures: medianMicroseconds(() => void book.exposure({ underlying })),
        solve: hedge && medianMicroseconds(hedge.solveAgain),
        lots: hedge?.roundAgain && medianMicroseconds(hedge.roundAgain),
        tickToHedge: hedge && this.tickToHedge(hedge),
      },
    };
    hedge?.dispose();
    book.dispose();
    return result;
  }

  /** From a move of all forwards by a thousandth, to and fro, to the hedge that answers it. */
  private tickToHedge(hedge: HedgeResult): number {
    const { chain } = this;
    const forwards = chain.forward.slice();
    const moved = forwards.map((forward) => forward * 1.001);
    let isMoved = false;
    const time = medianMicroseconds(() => {
      isMoved = !isMoved;
      chain.tick(isMoved ? moved : forwards);
      hedge.follow();
    });
    chain.tick(forwards);
    return time;
  }

  private exposure(positions: readonly Position[]): Exposure {
    const book = this.core.book(this.chain, positions);
    const exposure = exposureOf(book, this.underlying);
    book.dispose();
    return exposure;
  }

  private expiryLines(book: Book<2>): UnderlyingReport['expiries'] {
    const columns = book.exposureByExpiry();
    const used = new Set(
      this.positions.flatMap((position) => ('expiry' in position ? [position.expiry] : [])),
    );
    return this.expiries
      .filter(({ index }) => used.has(index))
      .map(({ expiry, index }) => ({
        label: expiry.label,
        years: expiry.years,
        forward: expiry.forward,
        forwardSource: expiry.forwardSource,
        exposure: Object.fromEntries(SENSITIVITIES.map((name) => [name, columns[name][index]])) as Exposure,
      }));
  }

  private smileReport(
    book: Book<2>,
    total: Exposure,
    hedge: HedgeResult | undefined,
  ): UnderlyingReport['smile'] {
    const smile = FittedSmile.of(this.core, this.market, this.input, this.underlying);
    if (smile === undefined) return undefined;
    const black = { total: total.delta, byExpiry: book.exposureByExpiry().delta };
    const after = hedge && this.hedgedPositions(hedge);
    const report = smile.report(
      this.positions,
      black,
      after && { positions: after, delta: this.exposure(after).delta },
    );
    smile.dispose();
    return report;
  }

  private structureLines(): StructureLine[] {
    return [...this.structures].map(([name, positions]) => ({
      name,
      legs: positions.length,
      exposure: this.exposure(positions),
    }));
  }

  private unpriced(book: Book<2>): UnderlyingReport['unpriced'] {
    const lines = this.held.lines.filter((line) => line.instrument?.underlying === this.underlying);
    const onNaN = book.unpriced.map((index) => ({ line: lines[index], status: 'noVolatility' as const }));
    return [
      ...this.held.unpriced.filter(({ line }) => line.instrument?.underlying === this.underlying),
      ...onNaN,
    ].map(({ line, status }) => ({ instrument: line.name, quantity: line.quantity, status }));
  }

  /**
   * The day's move at the at-the-money volatility of the expiry nearest to thirty days that has one; undefined where
   * none has.
   */
  private dailyMove(reference: number): DailyMove | undefined {
    const distance = (expiry: Expiry): number => Math.abs(expiry.years * DAYS - REFERENCE_DAYS);
    const nearest = [...this.expiries].sort((a, b) => distance(a.expiry) - distance(b.expiry));
    const volatility = nearest
      .map(({ index }) => atTheMoney(this.input.expiries[index]))
      .find((candidate) => candidate > 0);
    return volatility === undefined ? undefined : dailyMove(reference, volatility);
  }

  /** The book's positions and the trades of the hedge. */
  private hedgedPositions({ solution, instruments }: HedgeResult): Position[] {
    const trades = instruments.map(({ position }, index) => ({
      ...position,
      quantity: solution.trades[index],
    }));
    return [...this.positions, ...trades.filter(({ quantity }) => quantity !== 0)];
  }

  private hedgeReport(hedge: HedgeResult, before: Exposure): HedgeReport {
    const { settlement, coin, quote } = this;
    const { solution, instruments } = hedge;
    const trades: TradeLine[] = [];
    instruments.forEach((instrument, index) => {
      const trade = solution.trades[index];
      if (trade === 0) return;
      const quantity = Math.abs(trade);
      const spread = spreadCost(instrument, trade);
      trades.push({
        instrument: instrument.name,
        side: trade > 0 ? 'buy' : 'sell',
        quantity,
        // Whole lots, but for the last bits of lot and price.
        amount: Number((quantity * instrument.orderUnit).toPrecision(12)),
        amountCurrency: instrument.orderUnit === 1 ? coin : quote,
        price: (instrument.mid + spread / trade) / instrument.unit,
        priceCurrency: instrument.position.kind === 'option' && settlement === 'inverse' ? coin : quote,
        spread,
        fee: quantity * instrument.fee,
        assumed: instrument.assumed,
      });
    });
    const after = this.exposure(this.hedgedPositions(hedge));
    const sum = (part: 'spread' | 'fee'): number => trades.reduce((total, trade) => total + trade[part], 0);
    return {
      instruments: instruments.length,
      trades: trades.sort((a, b) => b.spread + b.fee - a.spread - a.fee),
      before,
      after,
      target: Object.fromEntries(HEDGED.map((name) => [name, 0])),
      riskBefore: dailyRisk(before, hedge.dailyMove),
      riskAfter: dailyRisk(after, hedge.dailyMove),
      cost: solution.cost,
      spread: sum('spread'),
      fee: sum('fee'),
      proof: hedge.proof,
      rounding: hedge.rounding,
    };
  }
}

function exposureOf(book: Book<2>, underlying: string): Exposure {
  const all = book.exposure({ underlying });
  return Object.fromEntries(SENSITIVITIES.map((name) => [name, all[name]])) as Exposure;
}

/** Volatility of the strike nearest to the forward; NaN where none has one. */
function atTheMoney({ strike, volatility, forward }: ExpirySpec): number {
  let nearest = NaN;
  let away = Infinity;
  for (let row = 0; row < strike.length; row += 1) {
    const gap = Math.abs(strike[row] - forward);
    if (gap < away && volatility[row] > 0) [nearest, away] = [volatility[row], gap];
  }
  return nearest;
}
