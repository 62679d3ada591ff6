import type { Book, Chain, Hedge, Hedger, Position, Snapshot } from 'greekfire';
import {
  bookPositions,
  chainInput,
  hedgeInstruments,
  perpetualPrice,
  type BookInput,
  type BookLine,
  type ChainInput,
  type HedgeInstrument,
  type Market,
} from 'greekfire/deribit';
import type { FullCore } from 'greekfire/full';
import {
  dailyMove,
  dailyRisk,
  HEDGED,
  hedgeProblem,
  referenceVolatility,
  tradeLine,
  type DailyMove,
} from '../../cli/hedge.js';
import { fromDesk } from '../parts/units.js';
import {
  WATCHED,
  type DeskView,
  type Exposure,
  type Frame,
  type HedgeSettings,
  type HedgeView,
  type Holding,
  type Marks,
  type QuoteSide,
  type Tick,
  type Watched,
} from '../protocol.js';
import { marketOf, type Inputs } from './inputs.js';
import { RiskSurface } from './risk.js';
import { Smiles } from './smiles.js';
import { type Stream, TapeStream, WalkStream } from './stream.js';

/** Levels of depth that the hedge problem of the command has. */
const LEVELS = 5;
/** Days that an option must outlive to be a hedge. */
const LEAST_YEARS = 2 / 365;

/** Delta, gamma and vega to zero, no bands: what the command's report does. */
const DEFAULT_SETTINGS: HedgeSettings = {
  hedged: HEDGED,
  wishes: Object.fromEntries(
    WATCHED.map((name) => [name, { target: 0, lower: NaN, upper: NaN }]),
  ) as HedgeSettings['wishes'],
  depthShare: 1,
  largestTrade: Infinity,
  lots: false,
};

/** One market, one book and one underlying: everything the cockpit shows is read from here. */
export class Desk {
  private readonly market: Market;
  private readonly input: ChainInput;
  private readonly chain: Chain<2>;
  private readonly held: BookInput;
  private readonly book: Book<2>;
  private readonly lines: readonly BookLine[];
  private readonly structures: readonly { readonly name: string; readonly book: Book<2> }[];
  private readonly surface: RiskSurface;
  private readonly instruments: readonly HedgeInstrument[];
  private readonly move: DailyMove | undefined;
  private readonly hedger: Hedger | undefined;
  private readonly money: { settlement: 'linear' | 'inverse'; coin: string; quote: string };
  private readonly smiles: Smiles;
  private readonly volatility: number;
  private settings = DEFAULT_SETTINGS;
  private answer: Hedge | undefined;
  private snapshot: Snapshot;
  private stream: Stream;
  private ticks = 0;

  constructor(
    private readonly core: FullCore,
    private readonly inputs: Inputs,
    private readonly underlying: string,
  ) {
    const market = marketOf(inputs.market, underlying);
    this.market = market;
    this.input = chainInput(market);
    this.chain = core.chain(this.input.expiries, 2);
    this.lines = inputs.lines.filter(({ instrument }) => instrument?.underlying === underlying);
    this.held = bookPositions(this.lines, market, this.input);
    this.book = core.book(this.chain, this.held.positions);
    this.structures = this.structureBooks();
    this.surface = new RiskSurface(this.book, underlying);
    const [coin, quote = 'USD'] = underlying.split('_');
    this.money = { settlement: market.expiries[0].settlement, coin, quote };
    this.volatility = referenceVolatility(this.input.expiries);
    this.move = this.volatility > 0 ? dailyMove(this.reference, this.volatility) : undefined;
    this.instruments = hedgeInstruments(market, { underlying, leastYears: LEAST_YEARS }, this.input);
    this.hedger = this.makeHedger();
    this.smiles = new Smiles(core, market, this.input, underlying);
    this.snapshot = this.book.snapshot();
    this.stream = this.newStream();
    this.setHedge(DEFAULT_SETTINGS);
  }

  /** What stays as it is while the market moves. */
  view(): DeskView {
    const { inputs, market, input, chain, money, held } = this;
    const expiries = market.expiries.filter((_, index) => input.expiryIndex[index] >= 0);
    return {
      chain: inputs.chain,
      book: inputs.book,
      format: market.format,
      counts: inputs.market.counts,
      underlyings: inputs.market.underlyings.filter((name) => isPriced(inputs.market, name)),
      underlying: this.underlying,
      settlement: money.settlement,
      coin: money.coin,
      currency: money.quote,
      expiries: expiries.map(({ label, years, forwardSource }, e) => ({
        label,
        years,
        forwardSource,
        first: chain.offset[e],
        end: chain.offset[e + 1],
      })),
      strike: chain.strike.slice(),
      call: this.quoteSide('call'),
      put: this.quoteSide('put'),
      smiles: this.smiles.views(),
      structures: this.structures.map(({ name }) => name),
      unpriced: held.unpriced.map(({ line, status }) => `${line.name} (${status})`),
      positions: held.positions.length,
      instruments: this.instruments.length,
      settings: this.settings,
      isTape: inputs.tape !== undefined,
      step: this.stream.step,
    };
  }

  /** What an account that looks at the same market and book holds. */
  holding(): Holding {
    const { market, underlying, lines } = this;
    return { market, underlying, lines };
  }

  /** Where the stream is. */
  tick(times: Float64Array): Tick {
    const { stream } = this;
    return {
      instant: this.market.instant + this.ticks * stream.step,
      ticks: this.ticks,
      price: Number.isNaN(stream.ratio)
        ? this.reference
        : perpetualPrice(this.market, this.underlying) * stream.ratio,
      times,
      isOver: stream.isOver,
    };
  }

  /** The state of the market and of everything that hangs on it; fresh arrays. */
  frame(times = new Float64Array(0)): Frame {
    const { book, chain, underlying } = this;
    const total = book.exposure({ underlying });
    const columns = book.exposureByExpiry();
    return {
      ...this.tick(times),
      reference: this.reference,
      forward: chain.forward.slice(),
      volatility: chain.volatility.slice(),
      years: chain.years.slice(),
      marks: this.marks(),
      byExpiry: Array.from(chain.forward, (_, e) => exposureFrom((name) => columns[name][e])),
      byStructure: this.structures.map(({ book: own }) => {
        const exposure = own.exposure({ underlying });
        return exposureFrom((name) => exposure[name]);
      }),
      total: exposureFrom((name) => total[name]),
      value: total.price,
      explained: book.explain(this.snapshot),
      hedge: this.hedgeView(),
      risk: this.surface.view(),
    };
  }

  /** Hedges by other wishes, from here on. */
  setHedge(settings: HedgeSettings): void {
    const { hedger, move, instruments, book, underlying } = this;
    this.settings = settings;
    if (hedger === undefined || move === undefined) return;
    const problem = hedgeProblem(instruments, book.exposure({ underlying }), move);
    const limit = (quoted: ArrayLike<number>): number[] =>
      Array.from(quoted, (size) => Math.min(size * settings.depthShare, settings.largestTrade));
    hedger.update({
      ...problem,
      target: new Float64Array(WATCHED.length),
      weight: WATCHED.map((name, k) =>
        (settings.hedged as readonly Watched[]).includes(name) ? (problem.weight?.[k] ?? 0) : 0,
      ),
      sellLimit: limit(problem.sellLimit),
      buyLimit: limit(problem.buyLimit),
    });
    this.applyWishes();
    this.answer = hedger.solve({ closest: true, warmStart: false });
    if (settings.lots && this.answer.status === 'optimal') this.answer = hedger.solve({ lots: true });
  }

  /**
   * Replays ticks of the stream: time passes, the chain is re-marked, and the hedge follows from where it stood.
   *
   * @returns microseconds from tick to hedge, one per tick, by the host's clock
   */
  async advance(count: number): Promise<Float64Array<ArrayBuffer>> {
    const { stream, hedger } = this;
    const times: number[] = [];
    if (count > 0) this.applyWishes();
    while (times.length < count && !stream.isOver) {
      const start = performance.now();
      // Only a tape is waited for: a promise costs a walk's tick more than its marks.
      const wait = stream.next();
      if (wait !== undefined) await wait;
      if (this.answer !== undefined) {
        hedger!.refresh();
        this.answer = hedger!.solve(FOLLOW);
      }
      times.push((performance.now() - start) * 1000);
      this.ticks += 1;
    }
    return Float64Array.from(times);
  }

  /** Back to the market as it was read, and to the start of the stream. */
  rewind(): void {
    const { chain, input } = this;
    chain.setYears(input.expiries.map(({ years }) => years));
    input.expiries.forEach(({ volatility }, e) => {
      chain.setVolatility(e, volatility);
    });
    chain.tick(input.expiries.map(({ forward }) => forward));
    this.hedger?.refresh();
    this.stream.dispose();
    this.stream = this.newStream();
    this.ticks = 0;
    this.setHedge(this.settings);
  }

  dispose(): void {
    this.stream.dispose();
    this.smiles.dispose();
    this.hedger?.dispose();
    this.snapshot.dispose();
    this.surface.dispose();
    for (const { book } of this.structures) book.dispose();
    this.book.dispose();
    this.chain.dispose();
  }

  /** The forward that totals are counted in: see `Book.exposure`. */
  private get reference(): number {
    const { chain } = this;
    return chain.forward[
      Math.max(
        0,
        chain.years.findIndex((years) => years > 0),
      )
    ];
  }

  private newStream(): Stream {
    const { core, chain, inputs, market } = this;
    const { tape } = inputs;
    if (tape === undefined) return new WalkStream(chain, this.volatility);
    const carry = chain.expiries.map(
      ({ underlying, label }) => tape.carry.get(`${underlying} ${label}`) ?? 0,
    );
    return new TapeStream(core, chain, market.instant, tape.events, carry);
  }

  private makeHedger(): Hedger | undefined {
    const { core, book, instruments, underlying } = this;
    if (instruments.length === 0 || this.move === undefined) return undefined;
    const hedger = core.hedger({
      instruments: instruments.length,
      exposures: WATCHED.length,
      levels: LEVELS,
    });
    hedger.bind({
      book,
      instruments: instruments.map(({ position }) => position),
      rows: WATCHED.map((sensitivity) => ({ sensitivity, underlying })),
    });
    return hedger;
  }

  private structureBooks(): { name: string; book: Book<2> }[] {
    const groups = new Map<string, Position[]>();
    this.held.positions.forEach((position, index) => {
      const name = this.held.lines[index].structure ?? 'other positions';
      groups.set(name, [...(groups.get(name) ?? []), position]);
    });
    return [...groups].map(([name, positions]) => ({ name, book: this.core.book(this.chain, positions) }));
  }

  private quoteSide(type: 'call' | 'put'): QuoteSide {
    const { chain, market, input, held } = this;
    const side = {
      bid: new Float64Array(chain.length).fill(NaN),
      ask: new Float64Array(chain.length).fill(NaN),
      held: new Float64Array(chain.length),
    };
    for (const quote of market.quotes) {
      const expiry = input.expiryIndex[quote.expiry];
      if (quote.type !== type || expiry < 0 || quote.status === 'duplicate') continue;
      const row = chain.index(expiry, quote.strike);
      side.bid[row] = quote.bid;
      side.ask[row] = quote.ask;
    }
    for (const position of held.positions) {
      if (!('type' in position) || position.type !== type) continue;
      side.held[chain.index(position.expiry, position.strike)] += position.quantity;
    }
    return side;
  }

  private marks(): Marks {
    const { call, put, coin } = this.chain;
    const price = this.money.settlement === 'inverse' ? coin : { call, put };
    return {
      callMark: price.call.price.slice(),
      putMark: price.put.price.slice(),
      callDelta: call.delta.slice(),
      putDelta: put.delta.slice(),
      gamma: call.gamma.slice(),
      vega: call.vega.slice(),
      callTheta: call.theta.slice(),
      putTheta: put.theta.slice(),
    };
  }

  /** Targets and bands in the units of the solver, at the forward of now. */
  private applyWishes(): void {
    const { wishes } = this.settings;
    const raw = (bound: 'target' | 'lower' | 'upper', none: number): number[] =>
      WATCHED.map((name) => {
        const value = wishes[name][bound];
        return Number.isNaN(value) ? none : fromDesk(name, value, this.reference);
      });
    this.hedger?.update({
      target: raw('target', 0),
      lower: raw('lower', -Infinity),
      upper: raw('upper', Infinity),
    });
  }

  private hedgeView(): HedgeView | undefined {
    const { answer, move, instruments, money, book, underlying } = this;
    if (answer === undefined || move === undefined) return undefined;
    const after = exposureFrom((_, k) => answer.exposure[k]);
    return {
      status: answer.status,
      conflict: (answer.conflict ?? []).map((row) => WATCHED[row]),
      after,
      multipliers: exposureFrom((_, k) => answer.multipliers[k]),
      trades: instruments
        .flatMap((instrument, i) => {
          const trade = answer.trades[i];
          return trade === 0 ? [] : [tradeLine(instrument, trade, money)];
        })
        .sort((a, b) => b.spread + b.fee - a.spread - a.fee),
      cost: answer.cost,
      objective: answer.objective,
      bound: answer.bound,
      gap: answer.gap,
      iterations: answer.iterations,
      riskBefore: dailyRisk(book.exposure({ underlying }), move),
      riskAfter: dailyRisk(after, move),
    };
  }
}

/** A warm solve, or the closest answer where bands conflict. One object: the replay allocates as little as it can. */
const FOLLOW = { closest: true };

function exposureFrom(read: (name: Watched, index: number) => number): Exposure {
  return Object.fromEntries(WATCHED.map((name, index) => [name, read(name, index)])) as Exposure;
}

/** Whether any expiry of the underlying has a forward. */
function isPriced(market: Market, underlying: string): boolean {
  return market.expiries.some((expiry) => expiry.underlying === underlying && expiry.forward > 0);
}
