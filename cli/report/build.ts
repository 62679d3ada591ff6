import type { Book, Chain, Core, Position, Sensitivity } from 'greekfire';
import {
  bookPositions,
  chainInput,
  perpetualPrice,
  spreadCost,
  type BookInput,
  type ChainInput,
  type Expiry,
  type Market,
} from 'greekfire/deribit';
import { InputError } from '../failure.js';
import { dailyMove, dailyRisk, HEDGED, solveHedge, type DailyMove, type HedgeResult } from '../hedge.js';
import { inFile, type Inputs } from '../inputs.js';
import type { Exposure, HedgeReport, Report, StructureLine, TradeLine, UnderlyingReport } from './model.js';
import { medianMicroseconds } from './timing.js';

/** The sensitivities of a report, in the order it shows them. */
export const SENSITIVITIES = [
  'price',
  'delta',
  'gamma',
  'vega',
  'theta',
  'rho',
  'vanna',
  'volga',
  'charm',
] as const satisfies readonly Sensitivity[];

/** Days to the expiry whose at-the-money volatility stands for the day's move. */
const REFERENCE_DAYS = 30;
const DAYS = 365;

/**
 * Marks the chain, nets the book, chooses the hedge and times the three: everything a report shows, as data.
 *
 * @param currencies - underlyings to report; all with positions where empty
 * @throws InputError for a book that does not fit the chain, or a currency that is not in it
 */
export function buildReport(core: Core, inputs: Inputs, currencies: readonly string[]): Report {
  const { market } = inputs;
  const missing = currencies.filter((currency) => !market.underlyings.includes(currency));
  if (missing.length > 0) {
    throw new InputError(`--currency ${missing.join(', ')}: the chain has ${market.underlyings.join(', ')}`);
  }
  const input = chainInput(market);
  if (input.expiries.length === 0)
    throw new InputError(`${inputs.chainSource.name}: no expiry has a forward`);
  const chain = core.chain(input.expiries, 2);
  chain.tick();
  const held = inFile(inputs.bookSource.name, () => bookPositions(inputs.lines, market, input));
  const wanted = market.underlyings.filter((name) => currencies.length === 0 || currencies.includes(name));
  const withPositions = new Set(inputs.lines.map((line) => line.instrument?.underlying));
  const underlyings = wanted
    .filter((name) => withPositions.has(name))
    .map((underlying) => new Section(core, market, input, chain, held, underlying).report());
  const report: Report = {
    chain: inputs.chainSource,
    book: inputs.bookSource,
    futures: inputs.futuresSource,
    format: market.format,
    instant: market.instant,
    rows: market.quotes.length + market.unrecognised.length,
    counts: market.counts,
    futuresQuoted: market.futures.length,
    strikes: chain.length,
    underlyings,
    withoutPositions: wanted.filter((name) => !withPositions.has(name)),
  };
  chain.dispose();
  return report;
}

/** The report of one underlying. */
class Section {
  private readonly positions: readonly Position[];
  private readonly structures: ReadonlyMap<string, Position[]>;
  private readonly expiries: { readonly expiry: Expiry; readonly index: number }[];

  constructor(
    private readonly core: Core,
    private readonly market: Market,
    private readonly input: ChainInput,
    private readonly chain: Chain,
    private readonly held: BookInput,
    private readonly underlying: string,
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
  }

  report(): UnderlyingReport {
    const { core, chain, market, underlying } = this;
    const book = core.book(chain, this.positions);
    const total = exposureOf(book, underlying);
    const price = perpetualPrice(market, underlying);
    const hedge = solveHedge(core, chain, book, market, this.input, underlying, this.dailyMove(price));
    const settlement = this.expiries[0]?.expiry.settlement ?? 'inverse';
    const [coin = underlying, quote = 'USD'] = underlying.split('_');
    const result: UnderlyingReport = {
      underlying,
      settlement,
      currency: quote,
      coin,
      price,
      positions: this.positions.length,
      unpriced: this.unpriced(book),
      expiries: this.expiryLines(book),
      perpetual: this.exposure(this.positions.filter((position) => !('expiry' in position))),
      total,
      structures: this.structureLines(),
      hedge: hedge && this.hedgeReport(hedge, total, settlement === 'inverse' ? coin : quote, quote),
      timings: {
        tick: medianMicroseconds(() => {
          chain.tick();
        }),
        exposures: medianMicroseconds(() => void book.exposure({ underlying })),
        solve: hedge && medianMicroseconds(hedge.solveAgain),
      },
    };
    hedge?.dispose();
    book.dispose();
    return result;
  }

  private exposure(positions: readonly Position[]): Exposure {
    const book = this.core.book(this.chain, positions);
    const exposure = exposureOf(book, this.underlying);
    book.dispose();
    return exposure;
  }

  private expiryLines(book: Book): UnderlyingReport['expiries'] {
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

  private structureLines(): StructureLine[] {
    return [...this.structures].map(([name, positions]) => ({
      name,
      legs: positions.length,
      exposure: this.exposure(positions),
    }));
  }

  private unpriced(book: Book): UnderlyingReport['unpriced'] {
    const lines = this.held.lines.filter((line) => line.instrument?.underlying === this.underlying);
    const onNaN = book.unpriced.map((index) => ({ line: lines[index], status: 'noVolatility' as const }));
    return [
      ...this.held.unpriced.filter(({ line }) => line.instrument?.underlying === this.underlying),
      ...onNaN,
    ].map(({ line, status }) => ({ instrument: line.name, quantity: line.quantity, status }));
  }

  /** The day's move at the at-the-money volatility of the expiry nearest to thirty days. */
  private dailyMove(price: number): DailyMove {
    const distance = (expiry: Expiry): number => Math.abs(expiry.years * DAYS - REFERENCE_DAYS);
    const reference = [...this.expiries].sort((a, b) => distance(a.expiry) - distance(b.expiry)).at(0);
    if (reference === undefined) throw new InputError(`no expiry of ${this.underlying} has a forward`);
    const { strike, volatility, forward } = this.input.expiries[reference.index];
    let nearest = NaN;
    let away = Infinity;
    for (let row = 0; row < strike.length; row += 1) {
      const gap = Math.abs(strike[row] - forward);
      if (gap < away && volatility[row] > 0) [nearest, away] = [volatility[row], gap];
    }
    if (Number.isNaN(nearest)) {
      throw new InputError(`no strike of ${this.underlying} ${reference.expiry.label} is priced`);
    }
    return dailyMove(price, nearest);
  }

  private hedgeReport(hedge: HedgeResult, before: Exposure, currency: string, quote: string): HedgeReport {
    const { solution, instruments } = hedge;
    const trades: TradeLine[] = [];
    const positions: Position[] = [...this.positions];
    instruments.forEach((instrument, index) => {
      const trade = solution.trades[index];
      if (trade === 0) return;
      positions.push({ ...instrument.position, quantity: trade });
      const quantity = Math.abs(trade);
      const spread = spreadCost(instrument, trade);
      trades.push({
        instrument: instrument.name,
        side: trade > 0 ? 'buy' : 'sell',
        quantity,
        price: (instrument.mid + spread / trade) / instrument.unit,
        priceCurrency: instrument.position.kind === 'option' ? currency : quote,
        spread,
        fee: quantity * instrument.fee,
        assumed: instrument.assumed,
      });
    });
    const after = this.exposure(positions);
    const { status, objective, bound, gap, violation, iterations } = solution;
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
      proof: { status, objective, bound, gap, violation, iterations },
    };
  }
}

function exposureOf(book: Book, underlying: string): Exposure {
  return { ...book.exposure({ underlying }) };
}
