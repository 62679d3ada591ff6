import type {
  Batch,
  Book,
  Chain,
  ChainQuotes,
  ExpirySpec,
  Hedger,
  Position,
  Scan,
  Smile,
  SmileFollower,
  Snapshot,
} from 'greekfire';
import type { FullCore, MarginAccount, MarginFigures, PayoffProfile } from 'greekfire/full';
import {
  fixedInterval,
  harForecaster,
  jumpForecaster,
  policyComparison,
  rebalancer,
  simulatedMarket,
  simulatedPath,
  simulator,
  solverPolicy,
  tapeMarket,
  type Forecast,
  type HarForecaster,
  type JumpForecaster,
  type PolicyComparison,
  type Rebalancer,
  type RebalancerOptions,
  type TapeMarket,
} from 'greekfire/rebalance';
import { expect } from 'vitest';
import type { Draw } from '../oracle/regimes.js';

/** An object in module memory, with a copy in plain arrays of what it must hold. */
export interface Subject {
  /** Fails where the content is not the copy's. */
  check(): void;
  /** Changes the content, and the copy with it. */
  change(draw: Draw): void;
  dispose(): void;
}

type Arrays = Record<string, Float64Array | Int8Array | Uint32Array>;

const copyOf = (columns: object): Arrays =>
  Object.fromEntries(Object.entries(columns as Arrays).map(([name, array]) => [name, array.slice()]));

/** Fails at the first element that differs; `toEqual` would take seconds on columns of this size. */
function expectSame(content: Arrays, copy: Arrays): void {
  expect(Object.keys(content)).toEqual(Object.keys(copy));
  for (const [name, array] of Object.entries(content)) {
    const wanted = copy[name];
    expect(array.length, name).toBe(wanted.length);
    const row = array.findIndex((value, i) => !Object.is(value, wanted[i]));
    expect(row, `${name}: first row that differs`).toBe(-1);
  }
}

const columnOf = (rows: number, draw: () => number): Float64Array =>
  Float64Array.from({ length: rows }, draw);

class BatchSubject implements Subject {
  readonly #batch: Batch<2>;
  #copy: Arrays = {};

  constructor(core: FullCore, draw: Draw, rows: number) {
    this.#batch = core.batch(rows, { order: 2, underlier: 'forward' });
    this.change(draw);
  }

  #content(): Arrays {
    const { type, forward, strike, years, volatility, rate, result } = this.#batch;
    return { type, forward, strike, years, volatility, rate, ...result };
  }

  change(draw: Draw): void {
    const batch = this.#batch;
    const rows = batch.strike.length;
    const inputs = {
      type: Int8Array.from({ length: rows }, () => draw.either(1, -1)),
      forward: columnOf(rows, () => draw.between(50, 150)),
      strike: columnOf(rows, () => draw.between(50, 150)),
      years: columnOf(rows, () => draw.between(0.1, 2)),
      volatility: columnOf(rows, () => draw.between(0.1, 1)),
      rate: columnOf(rows, () => draw.between(-0.05, 0.1)),
    };
    for (const [name, column] of Object.entries(inputs)) batch[name as keyof typeof inputs].set(column);
    batch.evaluate();
    this.#copy = { ...inputs, ...copyOf(batch.result) };
  }

  check(): void {
    expectSame(this.#content(), this.#copy);
  }

  dispose(): void {
    this.#batch.dispose();
  }
}

function expiriesOf(draw: Draw, rows: number, settlement: 'linear' | 'inverse'): ExpirySpec[] {
  return Array.from({ length: 1 + Math.floor(draw.between(0, 5)) }, (_, e) => ({
    underlying: e % 2 === 0 ? 'A' : 'B',
    years: draw.between(0.05, 2),
    forward: draw.between(90, 110),
    rate: draw.between(0, 0.05),
    settlement,
    strike: columnOf(rows, () => draw.between(50, 150)).sort(),
    volatility: columnOf(rows, () => draw.between(0.2, 1)),
  }));
}

class ChainSubject implements Subject {
  readonly chain: Chain<2>;
  readonly #looksAtCoin: boolean;
  #copy: Arrays[] = [];

  constructor(
    core: FullCore,
    draw: Draw,
    rows: number,
    settlement: 'linear' | 'inverse',
    looksAtCoin: boolean,
  ) {
    this.chain = core.chain(expiriesOf(draw, rows, settlement), 2);
    this.#looksAtCoin = looksAtCoin;
    this.#copy = this.#content().map(copyOf);
  }

  #content(): Arrays[] {
    const { chain } = this;
    // A first look at coin columns may grow memory, and the views read before it would be gone.
    const coin = this.#looksAtCoin ? chain.coin : undefined;
    const coinColumns = coin ? [{ ...coin.call }, { ...coin.put }] : [];
    const { offset, strike, volatility, forward, years, call, put } = chain;
    return [{ offset, strike, volatility, forward, years }, call, put, ...coinColumns];
  }

  change(draw: Draw): void {
    const { chain } = this;
    const volatility = columnOf(chain.length, () => draw.between(0.2, 1));
    chain.volatility.set(volatility);
    const forward = columnOf(chain.expiries.length, () => draw.between(80, 120));
    chain.tick(forward);
    const [head, ...rest] = this.#content().map(copyOf);
    this.#copy = [{ ...head, ...this.#still(), volatility, forward }, ...rest];
  }

  /** What no tick changes. */
  #still(): Arrays {
    const [{ offset, strike, years }] = this.#copy;
    return { offset, strike, years };
  }

  check(): void {
    this.#content().forEach((columns, i) => {
      expectSame(columns, this.#copy[i]);
    });
  }

  dispose(): void {
    this.chain.dispose();
  }
}

/** A book and the chain it stands on. */
class BookSubject implements Subject {
  readonly #chain: Chain;
  readonly #book: Book<1>;
  readonly #sizes: { position: Extract<Position, { strike: number }>; quantity: number }[] = [];

  constructor(core: FullCore, draw: Draw, rows: number) {
    this.#chain = core.chain(expiriesOf(draw, rows, 'linear'));
    this.#book = core.book(this.#chain, []);
    this.change(draw);
  }

  /** Twenty fills: the table of positions grows at 16, 32, 64 ... */
  change(draw: Draw): void {
    const { expiries, offset, strike } = this.#chain;
    for (let fill = 0; fill < 20; fill++) {
      const expiry = Math.floor(draw.between(0, expiries.length));
      const row = Math.floor(draw.between(offset[expiry], offset[expiry + 1]));
      const type = draw.either('call' as const, 'put' as const);
      const quantity = draw.between(-10, 10);
      const position = { expiry, strike: strike[row], type, quantity };
      expect(this.#book.add(position)).toBe(this.#sizes.length);
      this.#sizes.push({ position, quantity });
    }
    const changed = Math.floor(draw.between(0, this.#sizes.length));
    this.#sizes[changed].quantity = draw.between(-10, 10);
    this.#book.setQuantity(changed, this.#sizes[changed].quantity);
  }

  check(): void {
    const { call, put } = this.#chain;
    const price = this.#book.exposureByExpiry().price;
    const sum = new Float64Array(price.length);
    const terms = new Float64Array(price.length);
    for (const { position, quantity } of this.#sizes) {
      const { expiry, strike, type } = position;
      const value = quantity * (type === 'call' ? call : put).price[this.#chain.index(expiry, strike)];
      sum[expiry] += value;
      terms[expiry] += Math.abs(value);
    }
    expect(this.#book.length).toBe(this.#sizes.length);
    sum.forEach((value, e) => {
      expect(Math.abs(price[e] - value)).toBeLessThanOrEqual(1e-13 * terms[e]);
    });
  }

  dispose(): void {
    this.#book.dispose();
    this.#chain.dispose();
  }
}

/** A scan of futures: what they make is known. */
class ScanSubject implements Subject {
  readonly #chain: Chain;
  readonly #book: Book<1>;
  readonly #scan: Scan;
  #profit: Float64Array = new Float64Array(0);
  #byPosition: number[] = [];

  constructor(core: FullCore, draw: Draw, rows: number) {
    this.#chain = core.chain(expiriesOf(draw, rows, 'linear'));
    this.#book = core.book(this.#chain, []);
    this.#scan = this.#book.scan({ spot: columnOf(1 + (rows % 9), () => draw.between(-0.9, 2)) });
    this.change(draw);
  }

  change(draw: Draw): void {
    const expiry = Math.floor(draw.between(0, this.#chain.expiries.length));
    this.#book.add({ kind: 'future', expiry, quantity: draw.between(-10, 10) });
    this.#scan.run();
    this.#byPosition = Array.from(this.#scan.profitByPosition());
    this.#profit = this.#scan.profit.slice();
  }

  check(): void {
    const positions = this.#book.length;
    expectSame({ profit: this.#scan.profit }, { profit: this.#profit });
    const found = this.#scan.profitByPosition();
    expect(Array.from(found)).toEqual(this.#byPosition);
    this.#profit.forEach((profit, s) => {
      const own = found.subarray(s * positions, (s + 1) * positions);
      const sizes = own.reduce((sum, x) => sum + Math.abs(x), 0);
      expect(Math.abs(own.reduce((sum, x) => sum + x, 0) - profit)).toBeLessThanOrEqual(1e-12 * sizes);
    });
  }

  dispose(): void {
    this.#scan.dispose();
    this.#book.dispose();
    this.#chain.dispose();
  }
}

/** Payoffs of calls: what they are worth at expiry is known. */
class PayoffSubject implements Subject {
  readonly #chain: Chain;
  readonly #book: Book<1>;
  readonly #strikes: Float64Array;
  #payoff: PayoffProfile;
  #sizes: Float64Array;

  constructor(core: FullCore, draw: Draw, rows: number) {
    this.#strikes = Float64Array.from({ length: 1 + (rows % 50) }, (_, i) => 50 + 2 * i);
    const volatility = columnOf(this.#strikes.length, () => draw.between(0.2, 1));
    this.#chain = core.chain([{ years: 0.5, forward: 100, strike: this.#strikes, volatility }]);
    this.#sizes = columnOf(this.#strikes.length, () => draw.between(-10, 10));
    this.#book = core.book(
      this.#chain,
      Array.from(this.#strikes, (strike, i) => ({
        expiry: 0,
        strike,
        type: 'call' as const,
        quantity: this.#sizes[i],
      })),
    );
    this.#make = () => core.payoff(this.#book, { premium: 0 });
    this.#payoff = this.#make();
  }

  readonly #make: () => PayoffProfile;

  change(draw: Draw): void {
    this.#sizes = columnOf(this.#strikes.length, () => draw.between(-10, 10));
    this.#sizes.forEach((size, i) => {
      this.#book.setQuantity(i, size);
    });
    this.#payoff.dispose();
    this.#payoff = this.#make();
  }

  check(): void {
    const spot = [40, 71, 100, 133, 160];
    this.#payoff.atExpiry(spot).forEach((profit, i) => {
      const worth = this.#strikes.map((strike, k) => this.#sizes[k] * Math.max(0, spot[i] - strike));
      expect(profit).toBeCloseTo(
        worth.reduce((sum, value) => sum + value, 0),
        8,
      );
    });
    for (const price of this.#payoff.breakEvens) expect(this.#payoff.atExpiry(price)[0]).toBeCloseTo(0, 8);
  }

  dispose(): void {
    this.#payoff.dispose();
    this.#book.dispose();
    this.#chain.dispose();
  }
}

/** A hedger whose every trade is known: one exposure per instrument, to be brought to its target. */
class HedgerSubject implements Subject {
  readonly #hedger: Hedger;
  readonly #size: number;
  #trades = new Float64Array(0);
  #many: Float64Array | undefined;

  constructor(core: FullCore, draw: Draw, size: number) {
    this.#size = size;
    this.#hedger = core.hedger({ instruments: size, exposures: size, levels: 2 });
    this.#hedger.update({
      sensitivity: columnOf(size * size, () => 0).map((_, i) => (i % (size + 1) === 0 ? 1 : 0)),
      exposure: new Float64Array(size),
      weight: new Float64Array(size).fill(1),
      sellLimit: new Float64Array(size).fill(100),
      buyLimit: new Float64Array(size).fill(100),
    });
    this.change(draw);
  }

  change(draw: Draw): void {
    const exposure = columnOf(this.#size, () => draw.between(-50, 50));
    this.#hedger.update({ exposure });
    expect(this.#hedger.solve().status).toBe('optimal');
    this.#trades = exposure.map((e) => -e);
    const count = 1 + Math.floor(draw.between(0, 4));
    const exposures = columnOf(count * this.#size, () => draw.between(-50, 50));
    const batch = this.#hedger.solveMany({ count, exposure: exposures });
    this.#many = exposures.map((e) => -e);
    this.#answers = () => batch.trades;
    this.#hedger.solve();
  }

  #answers = (): Float64Array => new Float64Array(0);

  check(): void {
    const { trades } = this.#hedger.solve({ maxIterations: 100 });
    this.#trades.forEach((trade, i) => {
      expect(trades[i]).toBeCloseTo(trade, 6);
    });
    this.#many?.forEach((trade, i) => {
      expect(this.#answers()[i]).toBeCloseTo(trade, 6);
    });
  }

  dispose(): void {
    this.#hedger.dispose();
  }
}

/** A chain marked from its quotes. */
class QuotesSubject implements Subject {
  readonly #chain: Chain;
  readonly #quotes: ChainQuotes;
  #copy: Arrays = {};

  constructor(core: FullCore, draw: Draw, rows: number) {
    this.#chain = core.chain(expiriesOf(draw, rows, 'inverse'));
    this.#quotes = this.#chain.setPrices({});
    this.change(draw);
  }

  #content(): Arrays {
    const { bid, ask, bidVolatility, midVolatility, askVolatility, spread } = this.#quotes.call;
    const { bid: putBid, spread: putSpread } = this.#quotes.put;
    const { volatility } = this.#chain;
    return { bid, ask, bidVolatility, midVolatility, askVolatility, spread, putBid, putSpread, volatility };
  }

  change(draw: Draw): void {
    const bid = columnOf(this.#chain.length, () => draw.between(0.01, 0.6));
    const ask = bid.map((price) => price * 1.05);
    this.#chain.setPrices({ call: { bid, ask }, put: { bid, ask } });
    this.#copy = { ...copyOf(this.#content()), bid, ask, putBid: bid };
  }

  check(): void {
    expectSame(this.#content(), this.#copy);
  }

  dispose(): void {
    this.#chain.dispose();
  }
}

/** A smile and a chain that follows it. */
class SmileSubject implements Subject {
  readonly #smile: Smile;
  readonly #chain: Chain;
  readonly #follower: SmileFollower<1>;
  readonly #strike = [70, 80, 90, 95, 100, 105, 110, 120, 135];
  #copy: Arrays = {};

  constructor(core: FullCore, draw: Draw, rows: number) {
    const { price } = core.evaluate({
      type: 'call',
      forward: 100,
      strike: this.#strike,
      years: 0.5,
      volatility: 0.5,
    });
    const bid = price.map((value) => 0.98 * value);
    const ask = price.map((value) => 1.02 * value);
    this.#smile = core.smile([
      { years: 0.5, forward: 100, type: 'call', strike: this.#strike, bid, ask },
      { years: 1, forward: 100, type: 'call', strike: this.#strike, bid: 0, ask: 0 },
    ]);
    this.#chain = core.chain([{ ...expiriesOf(draw, rows, 'linear')[0], forward: 100 }]);
    this.#follower = this.#smile.follow(this.#chain, { expiries: [0] });
    this.change(draw);
  }

  #content(): Arrays {
    const { bid, ask, bidVolatility, askVolatility } = this.#smile;
    const { slope, callDelta, putDelta } = this.#follower;
    const { volatility } = this.#chain;
    return { bid, ask, bidVolatility, askVolatility, slope, callDelta, putDelta, volatility };
  }

  change(draw: Draw): void {
    const factor = draw.between(0.97, 1.03);
    this.#smile.bid.forEach((price, i, bids) => (bids[i] = factor * price));
    this.#smile.ask.forEach((price, i, asks) => (asks[i] = factor * price));
    this.#smile.fit();
    this.#follower.tick(draw.between(95, 105));
    this.#copy = copyOf(this.#content());
  }

  check(): void {
    expectSame(this.#content(), this.#copy);
    expect(this.#smile.slices[0].status).toBe('ok');
  }

  dispose(): void {
    this.#follower.dispose();
    this.#chain.dispose();
    this.#smile.dispose();
  }
}

class TapeSubject implements Subject {
  readonly #chain: Chain;
  readonly #market: TapeMarket;
  #copy: TapeMarket['state'];

  constructor(core: FullCore, draw: Draw, rows: number) {
    this.#chain = core.chain(expiriesOf(draw, rows, 'inverse'));
    this.#market = tapeMarket(core, [], { chain: this.#chain, instant: 0 });
    this.#copy = this.#market.state;
    this.change(draw);
  }

  change(draw: Draw): void {
    const { state } = this.#market;
    // instants of expiries, settlement and underlying stay, and what is no number
    const expiries = this.#chain.expiries.length;
    const marks = state.marks.map((mark, i) =>
      mark === null || i < 3 * expiries ? mark : draw.between(0.1, 0.9),
    );
    this.#copy = { ...state, marks };
    this.#market.restore(this.#copy);
    // marking made the forwards, which are told from the copy of them
    this.#copy = this.#market.state;
  }

  check(): void {
    expect(this.#market.state).toEqual(this.#copy);
  }

  dispose(): void {
    this.#market.dispose();
    this.#chain.dispose();
  }
}

const DAY = 86_400_000;

/** What a rebalancer is made with beside its market. */
type Steered = (core: FullCore) => {
  readonly options: Pick<RebalancerOptions, 'policy'> & Partial<RebalancerOptions>;
  readonly end: () => void;
};

/** On a timetable, under a margin model. */
const plain: Steered = () => ({
  options: { policy: fixedInterval(DAY), margin: 'span-16' },
  end: () => undefined,
});

/** By the solver, with an intent, a venue of its own and a forecaster in the core's memory. */
const steered: Steered = (core) => {
  const forecaster = harForecaster(core, { days: 60 });
  return {
    options: {
      policy: solverPolicy({
        riskAversion: 1e-3,
        horizon: DAY,
        risk: { volatility: 0.5 },
        intents: [{ sensitivity: 'delta', target: 1, by: 1000 * DAY, urgency: 1 }],
      }),
      venues: [{ name: 'v', equity: 1e5, scenarios: [{ move: -0.1 }, { move: 0.1 }] }],
      forecaster,
    },
    end: () => {
      forecaster.dispose();
    },
  };
};

/** A chain that a path marks, and a rebalancer on it: in cash and marks it must hold what a fresh pair would. */
class RebalancerSubject implements Subject {
  readonly #core: FullCore;
  readonly #steered: Steered;
  readonly #rows: number;
  readonly #seed: number;
  readonly #own: ReturnType<RebalancerSubject['make']>;
  #steps = 0;
  #copy: ReturnType<Rebalancer['save']>;

  constructor(core: FullCore, draw: Draw, rows: number, how: Steered) {
    this.#core = core;
    this.#steered = how;
    this.#rows = 1 + (rows % 40);
    this.#seed = Math.floor(draw.between(0, 1000));
    this.#own = this.make();
    this.#copy = this.#own.loop.save();
  }

  make() {
    const core = this.#core;
    const strike = Float64Array.from({ length: this.#rows }, (_, i) => 80 + i);
    const chain = core.chain(
      [{ underlying: 'A', years: 0.3, forward: 100, strike, volatility: strike.map(() => 0.5) }],
      2,
    );
    const model = {
      kind: 'heston',
      volatility: 0.5,
      reversion: 3,
      volatilityOfVariance: 1,
      correlation: -0.5,
    } as const;
    const path = simulator(core, { spot: 100, model, seed: this.#seed });
    const market = simulatedMarket(core, {
      simulator: path,
      chain,
      instant: 0,
      smile: { dynamics: 'sticky-strike' },
    });
    const book = core.book(chain, [{ expiry: 0, strike: 80, type: 'put', quantity: -10 }]);
    const perpetual = { kind: 'perpetual', underlying: 'A', quantity: 1 } as const;
    const { options, end } = this.#steered(core);
    const venue = options.venues === undefined ? {} : { venue: 0 };
    const loop = rebalancer({
      core,
      chain,
      book,
      instruments: [{ name: 'A', position: perpetual, quote: { price: 0.001, size: 100 }, ...venue }],
      instant: 0,
      ...options,
    });
    return { chain, path, market, book, loop, end };
  }

  #end({ chain, path, market, book, loop, end }: ReturnType<RebalancerSubject['make']>): void {
    loop.dispose();
    end();
    market.dispose();
    path.dispose();
    book.dispose();
    chain.dispose();
  }

  change(): void {
    const { market, loop } = this.#own;
    market.next(DAY);
    loop.step({ instant: market.instant });
    this.#steps++;
    this.#copy = loop.save();
  }

  check(): void {
    expect(this.#own.loop.save()).toEqual(this.#copy);
    const { chain, market, path } = this.#own;
    expect(chain.forward[0]).toBe(path.spot);
    expect(market.instant).toBe(this.#steps * DAY);
  }

  dispose(): void {
    // the same steps on other memory make the same
    const other = this.make();
    for (let step = 0; step < this.#steps; step++) {
      other.market.next(DAY);
      other.loop.step({ instant: other.market.instant });
    }
    expect(other.loop.save()).toEqual(this.#copy);
    this.#end(other);
    this.#end(this.#own);
  }
}

/** Policies side by side: where the comparison stands, and its report. */
class ComparisonSubject implements Subject {
  readonly #comparison: PolicyComparison;
  #copy: ReturnType<PolicyComparison['save']>;
  #report: ReturnType<PolicyComparison['report']> | undefined;

  constructor(core: FullCore, draw: Draw, rows: number) {
    const seed = Math.floor(draw.between(0, 1000));
    const strike = Float64Array.from({ length: 1 + (rows % 40) }, (_, i) => 80 + i);
    this.#comparison = policyComparison({
      core,
      policies: [fixedInterval(DAY), { ...fixedInterval(3 * DAY), name: 'seldom' }],
      paths: 4,
      margin: 'span-16',
      path: (stream) =>
        simulatedPath({
          core,
          expiries: [
            { underlying: 'A', years: 0.3, forward: 100, strike, volatility: strike.map(() => 0.5) },
          ],
          positions: [{ expiry: 0, strike: 80, type: 'put', quantity: -10 }],
          instruments: [{ name: 'A', position: { kind: 'perpetual', underlying: 'A', quantity: 1 } }],
          spot: 100,
          model: { kind: 'brownian', volatility: 0.5 },
          seed,
          stream,
          instant: 0,
          step: DAY,
          steps: 3,
        }),
    });
    this.#copy = this.#comparison.save();
    this.change();
  }

  /** Some ticks: a path begins, goes on, or ends. */
  change(): void {
    for (let tick = 0; tick < 3; tick++) this.#comparison.step();
    this.#copy = this.#comparison.save();
    this.#report = this.#comparison.done < 2 ? undefined : this.#comparison.report({ resamples: 20 });
  }

  check(): void {
    expect(this.#comparison.save()).toEqual(this.#copy);
    if (this.#report) expect(this.#comparison.report({ resamples: 20 })).toEqual(this.#report);
  }

  dispose(): void {
    this.#comparison.dispose();
  }
}

/** A forecaster's days. */
class HarSubject implements Subject {
  readonly #forecaster: HarForecaster;
  #copy: number[] = [];
  #volatility = 0;

  constructor(core: FullCore, draw: Draw, rows: number) {
    this.#forecaster = harForecaster(core, { days: 42 + rows });
    this.change(draw);
  }

  change(draw: Draw): void {
    for (let day = 0; day < 60; day++) this.#forecaster.update(draw.between(-0.05, 0.05), 1 / 365);
    this.#copy = this.#forecaster.save();
    this.#volatility = this.#forecaster.forecast(0.1).volatility;
  }

  check(): void {
    expect(this.#forecaster.save()).toEqual(this.#copy);
    expect(this.#forecaster.forecast(0.1).volatility).toBe(this.#volatility);
  }

  dispose(): void {
    this.#forecaster.dispose();
  }
}

/** A forecaster's jumps. */
class JumpSubject implements Subject {
  readonly #forecaster: JumpForecaster;
  #copy: number[] = [];
  #forecast: Forecast | undefined;

  constructor(core: FullCore, draw: Draw) {
    this.#forecaster = jumpForecaster(core);
    this.change(draw);
  }

  change(draw: Draw): void {
    for (let day = 0; day < 60; day++) {
      this.#forecaster.update(draw.between(-0.05, 0.05) * (day === 50 ? 20 : 1), 1 / 365);
    }
    this.#copy = this.#forecaster.save();
    this.#forecast = this.#forecaster.forecast(1);
  }

  check(): void {
    expect(this.#forecaster.save()).toEqual(this.#copy);
    expect(this.#forecaster.forecast(1)).toEqual(this.#forecast);
  }

  dispose(): void {
    this.#forecaster.dispose();
  }
}

/** An account, and a snapshot of its book: figures, and profit since, from fresh ones of the same. */
class AccountSubject implements Subject {
  readonly #core: FullCore;
  readonly #chain: Chain<2>;
  readonly #book: Book<2>;
  readonly #account: MarginAccount;
  #snapshot: Snapshot;
  #figures: MarginFigures;
  #total = 0;

  constructor(core: FullCore, draw: Draw, rows: number) {
    this.#core = core;
    const strike = Float64Array.from({ length: 1 + (rows % 60) }, (_, i) => 80 + i);
    const spec = { underlying: 'A', years: 0.3, forward: 100, strike, volatility: strike.map(() => 0.5) };
    this.#chain = core.chain([spec], 2);
    this.#book = core.book(this.#chain, []);
    this.#account = core.margin(this.#book, { model: 'span-16', cash: 100 });
    this.#snapshot = this.#book.snapshot();
    this.#figures = this.#account.figures();
    this.change(draw);
  }

  change(draw: Draw): void {
    const { strike } = this.#chain;
    const k = strike[Math.floor(draw.between(0, strike.length))];
    this.#book.add({ expiry: 0, strike: k, type: 'put', quantity: draw.between(-9, 9) });
    this.#snapshot.dispose();
    this.#snapshot = this.#book.snapshot();
    this.#chain.tick(draw.between(90, 110));
    this.#figures = this.#account.figures();
    this.#total = this.#book.explain(this.#snapshot).total;
  }

  check(): void {
    expect(this.#account.figures()).toEqual(this.#figures);
    expect(this.#book.explain(this.#snapshot).total).toBe(this.#total);
    const fresh = this.#core.margin(this.#book, { model: 'span-16', cash: 100 });
    expect(fresh.figures()).toEqual(this.#figures);
    fresh.dispose();
  }

  dispose(): void {
    this.#snapshot.dispose();
    this.#account.dispose();
    this.#book.dispose();
    this.#chain.dispose();
  }
}

/** The kinds by which the classes that own memory are covered. */
export const COVERED: Readonly<Record<string, string>> = {
  Batch: 'batch',
  Chain: 'inverse chain',
  Book: 'book',
  Snapshot: 'margin account and a snapshot',
  Smile: 'smile with a follower',
  SmileFollower: 'smile with a follower',
  Scan: 'scan',
  Hedger: 'hedger',
  MarginAccount: 'margin account and a snapshot',
  PayoffProfile: 'payoff',
  TapeMarket: 'market of a tape',
  HarForecaster: 'forecaster by realised variance',
  JumpForecaster: 'forecaster of jumps',
  Steering: 'steered rebalancer with a forecaster',
  Desk: 'rebalancer on a simulated market',
  Rebalancer: 'rebalancer on a simulated market',
  SimulatedMarket: 'rebalancer on a simulated market',
  Simulator: 'rebalancer on a simulated market',
  PolicyComparison: 'policy comparison',
  Statistics: 'policy comparison',
};

/** What makes an object of each kind, with about `rows` rows. */
export const MAKERS: Readonly<Record<string, (core: FullCore, draw: Draw, rows: number) => Subject>> = {
  batch: (core, draw, rows) => new BatchSubject(core, draw, rows),
  'linear chain': (core, draw, rows) => new ChainSubject(core, draw, rows, 'linear', false),
  'linear chain looked at in coin': (core, draw, rows) => new ChainSubject(core, draw, rows, 'linear', true),
  'inverse chain': (core, draw, rows) => new ChainSubject(core, draw, rows, 'inverse', true),
  book: (core, draw, rows) => new BookSubject(core, draw, rows),
  'chain marked from quotes': (core, draw, rows) => new QuotesSubject(core, draw, rows),
  'smile with a follower': (core, draw, rows) => new SmileSubject(core, draw, rows),
  'market of a tape': (core, draw, rows) => new TapeSubject(core, draw, rows),
  scan: (core, draw, rows) => new ScanSubject(core, draw, rows),
  payoff: (core, draw, rows) => new PayoffSubject(core, draw, rows),
  'rebalancer on a simulated market': (core, draw, rows) => new RebalancerSubject(core, draw, rows, plain),
  'steered rebalancer with a forecaster': (core, draw, rows) =>
    new RebalancerSubject(core, draw, rows, steered),
  'policy comparison': (core, draw, rows) => new ComparisonSubject(core, draw, rows),
  'forecaster by realised variance': (core, draw, rows) => new HarSubject(core, draw, rows),
  'forecaster of jumps': (core, draw) => new JumpSubject(core, draw),
  'margin account and a snapshot': (core, draw, rows) => new AccountSubject(core, draw, rows),
  hedger: (core, draw, rows) => new HedgerSubject(core, draw, 1 + (rows % 8)),
};
