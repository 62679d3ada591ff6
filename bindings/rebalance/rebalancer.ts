import type { FullAbi } from '../abi.js';
import { Book, type Snapshot } from '../book.js';
import type { VarianceCalendar } from '../calendar.js';
import { Chain } from '../chain.js';
import {
  requireArray,
  requireFinite,
  requireFullCore,
  requireInteger,
  requireList,
  requireNotNegative,
  requireObject,
  requireOwn,
  shown,
} from '../checks.js';
import type { FullCore } from '../full/core.js';
import { Hedger } from '../hedger.js';
import type { MarginAccount } from '../margin/account.js';
import type { MarginModel } from '../margin/model.js';
import type { MarginPreset } from '../margin/presets.js';
import { Owner } from '../memory.js';
import { MILLISECONDS_PER_YEAR } from '../time.js';
import { Desk, READ, READ_PLACE, requireTradable, SOLVER_ROWS, type Tradable } from './desk.js';
import { expiryInstants, yearsLeft } from './market.js';
import {
  blendRisk,
  type Forecast,
  type Forecaster,
  forecastTargets,
  forecastTerms,
  requireForecast,
} from './forecast.js';
import { type Action, type Policy, requirePolicy, type RiskModel, type Trigger } from './policy.js';
import {
  firstStep,
  type MarketTick,
  NO_RATIO,
  noCounts,
  noTotals,
  type Step,
  type StreamCounts,
  type Totals,
} from './step.js';
import { requireVenues, Steering, type SteeringState, type Transfer, type Venue } from './steering.js';
import type { Watched } from './watched.js';
import { decodeMarks, encodeMarks, requireLike, requireSame } from './state.js';

/** What a rebalancer stands on. */
export interface RebalancerOptions {
  /** The chain's core. */
  core: FullCore;
  /** The market: of order 2 or 3, so that profits are explained to second order. */
  chain: Chain<2> | Chain<3>;
  /** The positions. From now on only the rebalancer changes them. */
  book: Book<2> | Book<3>;
  /** Solves for 'solve' policies: of the instruments, {@link SOLVER_ROWS} and the levels. Its own where absent. */
  hedger?: Hedger;
  /** When to trade, and what. */
  policy: Policy;
  /** What may be traded, the delta instrument first. */
  instruments: readonly Tradable[];
  /** Levels of the order books; 1 where absent. */
  levels?: number;
  /** Whose Greeks are watched; the book's only one where absent. */
  underlying?: string;
  /** The time now, in milliseconds since 1970: the chain's years count from here. */
  instant: number;
  /** Cash at the start, in quote currency; 0 where absent. */
  cash?: number;
  /** Of the margin ratio, a preset by name or a model; none is required where absent. */
  margin?: MarginPreset | MarginModel;
  /** What a venue does where equity falls below the maintenance margin; nothing where absent. */
  liquidation?: Liquidation;
  /** By which the chain's variance passes, where it is not with time. */
  calendar?: VarianceCalendar;
  /** Learns from the returns of the underlying's forward, and steers 'solve' policies; none where absent. */
  forecaster?: Forecaster;
  /** Where instruments trade, and the margin there, for 'solve' policies; none where absent. */
  venues?: readonly Venue[];
  /** Ways to move equity between venues; none where absent. */
  transfers?: readonly Transfer[];
  /** A longer time between two ticks is counted as a gap, in milliseconds; none where absent. */
  longestGap?: number;
}

/**
 * Liquidation as a venue's engine does it: the same part of every position is closed at its mark, so that equity covers
 * the maintenance margin of what is left with a buffer; all of them where it does not cover the fees. Once equity is
 * used up, nothing is traded any more.
 */
export interface Liquidation {
  /** Of every unit closed, part of the underlying's price: its fee and what the market takes. */
  fee: number;
  /** Equity over maintenance margin that is aimed at, at least 1; 1.1 where absent. */
  buffer?: number;
}

/** Orders that rest, one per instrument. */
export interface RestingOrders {
  /** Units, positive to buy, 0 for none. */
  readonly quantity: Float64Array;
  /** In quote currency. */
  readonly price: Float64Array;
}

/** All that a rebalancer's future depends on, as plain data that JSON carries without loss. */
export interface RebalancerState {
  /** Of this layout. */
  readonly version: 2;
  /** The policy, which must be that of the rebalancer that takes the state up. */
  readonly policy: Policy;
  /** Names of the instruments, likewise. */
  readonly instruments: readonly string[];
  /** When the chain's expiries are, in milliseconds since 1970, likewise. */
  readonly expiries: readonly number[];
  /** Years to each expiry at the last step. */
  readonly years: readonly number[];
  /** Forwards at the last step, one per expiry. */
  readonly forward: readonly number[];
  /** Volatilities at the last step, one per row of the chain; null where a row had none. */
  readonly volatility: readonly (number | null)[];
  /** Sizes of the book's positions, the instruments' after the others. */
  readonly sizes: readonly number[];
  /** Orders that rest, one per instrument. */
  readonly orders: {
    /** Units, positive to buy, 0 for none. */
    readonly quantity: readonly number[];
    /** In quote currency. */
    readonly price: readonly number[];
    /** Since when the side has been wanted, in milliseconds since 1970. */
    readonly since: readonly number[];
  };
  /** When and where the last trade was. */
  readonly lastTrade: {
    /** In milliseconds since 1970. */
    readonly instant: number;
    /** Forward of the nearest expiry then. */
    readonly spot: number;
  };
  /** Largest gamma so far, regardless of sign. */
  readonly largestGamma: number;
  /** As {@link Rebalancer.last}. */
  readonly last: Readonly<Step>;
  /** As {@link Rebalancer.totals}. */
  readonly totals: Readonly<Totals>;
  /** As {@link Rebalancer.counts}. */
  readonly counts: Readonly<StreamCounts>;
  /** Equity of venues and progress of intents; null without. */
  readonly steering: SteeringState | null;
  /** What the forecaster saved; null without, or where it does not save. */
  readonly forecaster: unknown;
}

/**
 * Keeps a book inside its bands as the market moves, and accounts for it: after every step `equity = cash + value`, and
 * profit is what the positions made (explained by Greeks, and a rest), funding, and costs.
 *
 * A 'solve' policy minimises cost + riskAversion/2 x variance. Delta, with rho xi/(sigma S) of vega added (its part in
 * volatility that moves with the price; Hull and White 2017, Optimal delta hedging for options), gets the weight under
 * which a half-spread alone makes the band of Whalley and Wilmott (1997); gamma the certainty equivalent of
 * delta-hedging it inside that band, riskAversion sigma^2 S^2 H^2/2 a year, and that of moves too large to follow; vega
 * its variance, by expiry as far as that follows short volatility: over the policy's horizon, or until an expiry is
 * over if that is sooner. An option that ends within the horizon is not opened any more, only closed.
 */
export class Rebalancer extends Owner {
  readonly #chain: RebalancerOptions['chain'];
  readonly #book: RebalancerOptions['book'];
  readonly #policy: Policy;
  readonly #desk: Desk;
  readonly #hedger: Hedger;
  readonly #ownsHedger: boolean;
  readonly #abi: FullAbi;
  readonly #instruments: readonly string[];
  readonly #margin: MarginAccount | undefined;
  readonly #expiries: readonly number[];
  readonly #forecaster: Forecaster | undefined;
  readonly #steering: Steering | undefined;
  readonly #longestGap: number;
  readonly #liquidation: Required<Liquidation> | undefined;
  readonly #calendar: VarianceCalendar | undefined;
  readonly #target = new Float64Array(SOLVER_ROWS);
  #before: Snapshot;
  #lastTrade: { instant: number; spot: number };
  #fault = '';
  #isBroken = false;
  /** What the transfers of this step cost. */
  #transferred = 0;
  /** The last step. The rebalancer's: the next step overwrites it. */
  readonly last: Readonly<Step>;
  /** Sums so far. */
  readonly totals: Readonly<Totals>;
  /** What the stream was like so far. */
  readonly counts: Readonly<StreamCounts>;

  /** @internal */
  constructor(options: RebalancerOptions) {
    super('rebalancer');
    requireObject('options', options);
    const { core, chain, book, policy, instruments, levels = 1, instant, cash = 0 } = options;
    requireFullCore('options.core', core);
    requireOwn('options.chain', chain, Chain, core.abi);
    requireOwn('options.book', book, Book, core.abi);
    if (book.chain !== chain) throw new RangeError('options.book must be a book on options.chain');
    requireList('options.instruments', instruments);
    const { venues = [], transfers = [], forecaster } = options;
    [...instruments].forEach((instrument, i) => {
      requireObject(`options.instruments[${i}]`, instrument);
    });
    requireVenues(venues, transfers, instruments);
    instruments.forEach((instrument, i) => {
      requireTradable(`options.instruments[${i}]`, instrument, venues.length);
    });
    if (instruments.length === 0) throw new RangeError('options.instruments must not be empty');
    if (instruments[0].position.kind === 'option' || instruments[0].position.kind === undefined)
      throw new RangeError('options.instruments[0] must be a future, a perpetual or spot: it carries delta');
    if (book.underlyings.length > 1) {
      const known = book.underlyings.map(shown).join(', ');
      throw new RangeError(
        `options.book must have one underlying, has ${known}: its equity is accounted for in one`,
      );
    }
    const underlying = options.underlying ?? book.underlyings[0];
    if (forecaster !== undefined) requireObject('options.forecaster', forecaster);
    this.#policy = requirePolicy(policy, instruments.length);
    requireFinite('options.instant', instant);
    requireFinite('options.cash', cash);
    const { longestGap = Infinity } = options;
    if (longestGap !== Infinity) requireNotNegative('options.longestGap', longestGap);
    this.#longestGap = longestGap;
    this.#liquidation = requireLiquidation(options);
    this.#calendar = requireCalendar(options);
    this.#abi = core.abi;
    this.#chain = chain;
    this.#book = book;
    this.#instruments = instruments.map(({ name }) => name);
    this.#expiries = expiryInstants(chain, instant);
    requireInteger('options.levels', levels, 1, 64);
    const { length: n } = instruments;
    const { hedger, margin } = options;
    if (hedger !== undefined) {
      requireOwn('options.hedger', hedger, Hedger, core.abi);
      hedger.requireShape('options.hedger', n, SOLVER_ROWS, levels);
    }
    this.#ownsHedger = hedger === undefined;
    this.#forecaster = forecaster;
    const { action } = policy;
    const intents = action.kind === 'solve' ? (action.intents ?? []) : [];
    const made: Owner[] = [];
    const keep = <T extends Owner>(owner: T): T => {
      made.push(owner);
      return owner;
    };
    try {
      this.#margin = margin === undefined ? undefined : keep(core.margin(book, { model: margin, cash }));
      const desk = keep(new Desk(core.abi, book, instruments, underlying, levels));
      this.#desk = desk;
      this.#hedger = hedger ?? keep(core.hedger({ instruments: n, exposures: SOLVER_ROWS, levels }));
      if (intents.length + venues.length > 0) {
        const steers = { intents, venues, transfers };
        this.#steering = keep(
          new Steering(core.abi, book, desk, instruments, underlying, levels, SOLVER_ROWS, instant, steers),
        );
      }
      const unpriced = desk.check();
      if (unpriced >= 0) throw new RangeError(`options.book: ${this.#nameUnpriced(unpriced)}`);
      // last, since no position of a book is ever taken away
      desk.join(book, instruments);
      desk.read(undefined);
      this.#steering?.remember();
      this.#before = keep(book.snapshot());
    } catch (error) {
      for (const owner of made) owner.dispose();
      throw error;
    }
    const { spot } = this.#desk;
    this.#lastTrade = { instant, spot };
    const value = this.#desk.view('exposure')[READ_PLACE.price];
    this.last = firstStep(instant, spot, cash, value);
    this.totals = { ...noTotals };
    this.counts = { ...noCounts };
    this.#measure(this.last);
  }

  /**
   * Takes a tick: settles what it did, decides, trades.
   * @returns the step, which the next one overwrites; undefined where the tick was left out, see {@link counts}
   * @throws TypeError or RangeError where an array has the wrong length
   */
  step(tick: MarketTick): Readonly<Step> | undefined {
    this.guard();
    this.#requireLengths(tick);
    const step = this.last as Step;
    const counts = this.counts as StreamCounts;
    const { instant, fundingRate = 0 } = tick;
    if (this.#isBroken) throw new Error('an earlier step failed half way: restore a saved state');
    if (!this.#isSound(tick) || !this.#mark(tick)) return undefined;
    if (instant - step.instant > this.#longestGap) counts.gaps++;
    counts.ticks++;
    const years = (instant - step.instant) / MILLISECONDS_PER_YEAR;
    const desk = this.#desk;
    step.explained = this.#book.explain(this.#before);
    // until the step is whole: what a forecaster or the solver throws leaves it half booked
    this.#isBroken = true;
    desk.settle(fundingRate * years);
    desk.read(tick.depth);
    counts.unpricedInstruments += desk.figure('unpriced');
    counts.missingDepth += desk.figure('missing');
    counts.crossedBooks += desk.figure('crossed');
    this.#steering?.settle(fundingRate * years);
    const roll = desk.figure('roll');
    this.#lastTrade.spot += roll;
    this.#forecaster?.update(this.#abi.forecastReturn(step.spot, desk.spot - roll), years);
    step.instant = instant;
    step.spot = desk.spot;
    step.funding = desk.figure('funding');
    step.settled = desk.figure('settled');
    step.cash += desk.figure('variation') + step.funding + step.settled;
    const equity = step.cash + desk.view('exposure')[READ_PLACE.price];
    desk.match();
    const moved = desk.figure('moved');
    if (moved !== 0) {
      const { total, rest } = step.explained;
      step.explained = { ...step.explained, total: total + moved, rest: rest + moved };
    }
    const { triggers, action, execution } = this.#policy;
    const isSolvent = this.#liquidation === undefined || equity > 0;
    step.trigger = isSolvent ? triggers.findIndex((trigger) => this.#fires(trigger)) : -1;
    this.#transferred = 0;
    if (step.trigger >= 0) {
      const trigger = triggers[step.trigger];
      const interval = trigger.kind === 'time' ? trigger.every / MILLISECONDS_PER_YEAR : years;
      this.#decide(action, interval, fundingRate);
    }
    step.resting = execution?.kind === 'rest' ? desk.rest(instant, execution.patience, step.trigger >= 0) : 0;
    desk.fill();
    this.#steering?.book();
    step.spread = desk.figure('spread');
    step.fees = desk.figure('fees');
    step.gas = desk.figure('gas') + this.#transferred;
    step.cost = step.spread + step.fees + step.gas;
    step.trades = desk.figure('trades');
    step.passive = desk.figure('passive');
    step.unfilled = desk.figure('unfilled');
    step.cash += moved - desk.figure('premium') - step.cost;
    if (step.trades > 0) {
      this.#lastTrade = { instant, spot: step.spot };
      desk.reread();
    }
    this.#account(step);
    const after = this.#book.snapshot();
    this.#before.dispose();
    this.#before = after;
    this.#isBroken = false;
    return step;
  }

  /** Units held of each instrument: a copy. */
  get holding(): Float64Array {
    this.guard();
    return this.#desk.view('holding').slice();
  }

  /** Orders that rest: copies. */
  get orders(): RestingOrders {
    this.guard();
    return { quantity: this.#desk.view('order').slice(), price: this.#desk.view('orderPrice').slice() };
  }

  /** Equity of every venue, in quote currency: a copy. */
  get venueEquity(): Float64Array {
    this.guard();
    return this.#steering?.equity ?? new Float64Array(0);
  }

  /** What was wrong with the last tick that was left out: the field, its index and its value; empty where none was. */
  get fault(): string {
    this.guard();
    return this.#fault;
  }

  /** All that the future depends on, to be kept after any step: fresh, and plain. */
  save(): RebalancerState {
    this.guard();
    return {
      version: 2,
      policy: structuredClone(this.#policy),
      instruments: [...this.#instruments],
      expiries: [...this.#expiries],
      years: [...this.#chain.years],
      forward: [...this.#chain.forward],
      volatility: encodeMarks(this.#chain.volatility),
      sizes: [...this.#desk.sizes(this.#book.length)],
      orders: {
        quantity: [...this.#desk.view('order')],
        price: [...this.#desk.view('orderPrice')],
        since: [...this.#desk.view('orderSince')],
      },
      lastTrade: { ...this.#lastTrade },
      largestGamma: this.#desk.figure('largestGamma'),
      last: structuredClone(this.last),
      totals: { ...this.totals },
      counts: { ...this.counts },
      steering: this.#steering?.save() ?? null,
      forecaster: this.#forecaster?.save?.() ?? null,
    };
  }

  /**
   * Takes up a state of a rebalancer made alike, marks the chain and sizes the positions as they were: what follows is
   * the same to the bit.
   * @throws TypeError or RangeError that names the field that is damaged or of another rebalancer; nothing has changed
   * then
   */
  restore(state: RebalancerState): void {
    this.guard();
    requireObject('state', state);
    requireSame('state.version', state.version, 2);
    requireSame('state.policy', state.policy, this.#policy);
    requireSame('state.instruments', state.instruments, this.#instruments);
    requireSame('state.expiries', state.expiries, this.#expiries);
    const chain = this.#chain;
    const { length: instruments } = this.#instruments;
    const zeros = (length: number): number[] => new Array<number>(length).fill(0);
    const { sizes, orders, years, forward, largestGamma, lastTrade, last, totals, counts, steering } =
      requireLike('state', state, {
        sizes: zeros(this.#book.length),
        orders: { quantity: zeros(instruments), price: zeros(instruments), since: zeros(instruments) },
        years: zeros(this.#expiries.length),
        forward: zeros(this.#expiries.length),
        largestGamma: 0,
        lastTrade: this.#lastTrade,
        last: this.last,
        totals: this.totals,
        counts: this.counts,
        steering: this.#steering?.save() ?? null,
      });
    const volatility = decodeMarks('state.volatility', state.volatility, chain.length);
    volatility.forEach((value, i) => {
      if (value < 0) throw new RangeError(`state.volatility[${i}] must not be negative, got ${value}`);
    });
    years.forEach((value, e) => requireNotNegative(`state.years[${e}]`, value));
    requireNotNegative('state.largestGamma', largestGamma);
    for (const name of Object.keys(counts) as (keyof StreamCounts)[])
      requireInteger(`state.counts.${name}`, counts[name], 0, Number.MAX_SAFE_INTEGER);
    const bad = forward.findIndex((value) => !(value > 0));
    if (bad >= 0) throw new RangeError(`state.forward[${bad}] must be positive, got ${forward[bad]}`);
    const desk = this.#desk;
    const held = desk.sizes(sizes.length).slice();
    let after: Snapshot | undefined;
    try {
      chain.volatility.set(volatility);
      this.#retime(last.instant, years);
      chain.tick(forward);
      desk.sizes(sizes.length).set(sizes);
      const unpriced = desk.check();
      if (unpriced >= 0) throw new RangeError(`state: ${this.#nameUnpriced(unpriced)}`);
      after = this.#book.snapshot();
      // the last that may refuse
      this.#forecaster?.restore?.(state.forecaster);
    } catch (error) {
      after?.dispose();
      desk.sizes(held.length).set(held);
      this.#abi.snapshotRevert(this.#before.at);
      desk.reread();
      throw error;
    }
    desk.remember();
    desk.read(undefined);
    desk.largestGamma = largestGamma;
    desk.view('order').set(orders.quantity);
    desk.view('orderPrice').set(orders.price);
    desk.view('orderSince').set(orders.since);
    if (steering !== null) this.#steering?.restore(steering);
    this.#before.dispose();
    this.#before = after;
    this.#isBroken = false;
    this.#lastTrade = { instant: lastTrade.instant, spot: lastTrade.spot };
    this.#fault = '';
    Object.assign(this.last, structuredClone(last));
    Object.assign(this.totals, totals);
    Object.assign(this.counts, counts);
  }

  /** Counts a tick that is left out, and says why. */
  #leave(why: 'malformed' | 'duplicate' | 'outOfOrder' | 'unpriced', fault: string): false {
    (this.counts as StreamCounts)[why]++;
    this.#fault = fault;
    return false;
  }

  /** Whether a tick's numbers are some, and its instant is after the last. */
  #isSound({ instant, fundingRate = 0 }: MarketTick): boolean {
    const last = this.last.instant;
    if (!Number.isFinite(instant))
      return this.#leave('malformed', `tick.instant must be finite, got ${shown(instant)}`);
    if (!Number.isFinite(fundingRate))
      return this.#leave('malformed', `tick.fundingRate must be finite, got ${shown(fundingRate)}`);
    if (instant === last)
      return this.#leave('duplicate', `tick.instant is that of the tick before, ${instant}`);
    return instant > last || this.#leave('outOfOrder', `tick.instant must be after ${last}, got ${instant}`);
  }

  /** Before anything changes. */
  #requireLengths(tick: MarketTick): void {
    requireObject('tick', tick);
    const { forward, volatility, depth } = tick;
    const { expiries, length } = this.#chain;
    if (forward !== undefined && typeof forward !== 'number')
      requireArray('tick.forward', forward, expiries.length);
    if (volatility !== undefined) requireArray('tick.volatility', volatility, length);
    if (depth === undefined) return;
    requireObject('tick.depth', depth);
    const room = this.#desk.view('bidSize').length;
    for (const name of ['bidSize', 'bidCost', 'askSize', 'askCost'] as const)
      requireArray(`tick.depth.${name}`, depth[name], room);
  }

  /** Marks the chain, if it is not. @returns whether all that is held has a price; else the chain is as before */
  #mark({ instant, forward, volatility }: MarketTick): boolean {
    const chain = this.#chain;
    const isMarked = forward === undefined && volatility === undefined;
    let badVolatility = 0;
    if (!isMarked) {
      try {
        if (volatility !== undefined) badVolatility = this.#desk.takeVolatility(volatility);
        this.#retime(instant, yearsLeft(this.#expiries, instant));
        chain.tick(forward);
      } catch (error) {
        this.#abi.snapshotRevert(this.#before.at);
        if (!(error instanceof RangeError)) throw error;
        return this.#leave('malformed', `tick.${error.message}`);
      }
    }
    const unpriced = this.#desk.check();
    if (unpriced < 0) {
      (this.counts as StreamCounts).badVolatility += badVolatility;
      return true;
    }
    if (!isMarked) this.#abi.snapshotRevert(this.#before.at);
    return this.#leave('unpriced', `tick: ${this.#nameUnpriced(unpriced)}`);
  }

  /** Sets the chain's times to expiry. */
  #retime(instant: number, years: readonly number[]): void {
    const calendar = this.#calendar;
    const variance = calendar && {
      years: this.#expiries.map((expiry) => calendar.varianceYears(instant, expiry)),
      pace: this.#expiries.map(() => calendar.pace(instant)),
    };
    this.#chain.setYears(years, variance);
  }

  #nameUnpriced(index: number): string {
    if (index >= this.#book.length) return `the book's ${READ[index - this.#book.length]} is not finite`;
    return `position ${index} of the book has no price`;
  }

  #read(sensitivity: Watched): number {
    return this.#desk.view('exposure')[READ_PLACE[sensitivity]];
  }

  #fires(trigger: Trigger): boolean {
    const { instant, spot } = this.#lastTrade;
    if (trigger.kind === 'always') return true;
    if (trigger.kind === 'time') return this.last.instant - instant >= trigger.every;
    if (trigger.kind === 'move') return Math.abs(this.#desk.spot / spot - 1) >= trigger.relative;
    if (trigger.kind === 'band') return Math.abs(this.#read(trigger.sensitivity)) > trigger.halfWidth;
    return Math.abs(this.#read('delta')) > this.#desk.band(trigger.riskAversion);
  }

  #decide(action: Action, years: number, fundingRate: number): void {
    const desk = this.#desk;
    if (action.kind === 'delta') {
      const delta = this.#read('delta');
      const edge = action.to === 'edge' ? Math.min(this.#edge(), Math.abs(delta)) : 0;
      desk.aim(0, 'delta', Math.sign(delta) * edge);
    } else if (action.kind === 'greek-by-greek') {
      for (const { sensitivity, instrument } of action.steps) desk.aim(instrument, sensitivity, 0);
    } else if (action.kind === 'solve') {
      // a solve may take memory: the view is looked up after
      const wanted = this.#solve(action, years, fundingRate);
      desk.view('trade').set(wanted);
    }
  }

  /** Half-width of the band whose trigger fired. */
  #edge(): number {
    const trigger = this.#policy.triggers[this.last.trigger];
    if (trigger.kind === 'no-trade-band') return this.#desk.band(trigger.riskAversion);
    return trigger.kind === 'band' && trigger.sensitivity === 'delta' ? trigger.halfWidth : 0;
  }

  /** Takes a forecast into the problem: its terms, its targets, and the risk that it sees. */
  #foresee(action: Extract<Action, { kind: 'solve' }>, hold: number): Required<RiskModel> {
    const { riskAversion, forecast: use = 'terms' } = action;
    const { volatility, volatilityOfVolatility = 0, reversion = 0, correlation = 0 } = action.risk;
    const { jumpRate = 0, jumpSize = 0 } = action.risk;
    const risk = { volatility, volatilityOfVolatility, reversion, correlation, jumpRate, jumpSize };
    const forecaster = this.#forecaster;
    if (forecaster === undefined) return risk;
    const forecast: Forecast = requireForecast('forecast', forecaster.forecast(hold));
    const { spot } = this.#desk;
    const seen = blendRisk(risk, forecast);
    const { delta, gamma, vega, theta } = forecastTerms(forecast, spot, hold);
    const terms = this.#desk.view('forecast');
    terms[READ_PLACE.gamma] = gamma;
    terms[READ_PLACE.theta] = theta;
    if (use === 'terms') {
      terms[READ_PLACE.delta] = delta;
      terms[READ_PLACE.vega] = vega;
    } else {
      const xi = seen.volatility * risk.volatilityOfVolatility;
      const targets = forecastTargets(
        { ...forecast, volatility: seen.volatility, jump: { rate: seen.jumpRate, size: seen.jumpSize } },
        spot,
        hold,
        riskAversion,
        xi,
      );
      this.#target[0] = targets.delta;
      this.#target[2] = targets.vega;
    }
    return { ...risk, ...seen };
  }

  #solve(action: Extract<Action, { kind: 'solve' }>, years: number, fundingRate: number): Float64Array {
    const desk = this.#desk;
    const { riskAversion, horizon } = action;
    const hold = horizon / MILLISECONDS_PER_YEAR;
    desk.weigh(this.#foresee(action, hold), riskAversion, hold, years, fundingRate);
    if (this.#steering !== undefined) return this.#steer(this.#steering);
    this.#hedger.update({
      sensitivity: desk.view('combined'),
      exposure: desk.view('combinedExposure'),
      target: this.#target,
      weight: desk.view('weight'),
      sellLimit: desk.view('sellLimit'),
      buyLimit: desk.view('buyLimit'),
      linear: desk.view('linear'),
      depth: {
        bidSize: desk.view('bidSize'),
        bidCost: desk.view('bidTotal'),
        askSize: desk.view('askSize'),
        askCost: desk.view('askTotal'),
      },
    });
    // from a cold start: the answer then depends on this tick alone, and a resumed run makes the same bits
    const { status, trades } = this.#hedger.solve({ warmStart: false });
    if (status !== 'optimal') (this.counts as StreamCounts).unproved++;
    return trades;
  }

  #steer(steering: Steering): Float64Array {
    const { hedge, trades, cost } = steering.solve(
      this.last.instant,
      this.#desk.spot,
      this.#target,
      this.#desk.view('weight'),
    );
    this.#transferred = cost;
    const counts = this.counts as StreamCounts;
    if (hedge.status === 'infeasible') counts.conflicts++;
    else if (hedge.status !== 'optimal') counts.unproved++;
    return trades;
  }

  #measure(step: Step): void {
    for (const name of ['delta', 'gamma', 'vega', 'theta'] as const) step.exposure[name] = this.#read(name);
    if (this.#margin === undefined) return;
    this.#margin.setCollateral({ cash: step.cash });
    step.margin = this.#margin.figures().maintenance;
    const none = step.equity < 0 ? 0 : NO_RATIO;
    step.marginRatio = step.margin > 0 ? Math.min(step.equity / step.margin, NO_RATIO) : none;
  }

  #account(step: Step): void {
    const totals = this.totals as Totals;
    const { equity, marginRatio } = step;
    this.#value(step);
    const isBelow = step.marginRatio < 1;
    totals.worstMarginRatio = Math.min(totals.worstMarginRatio, step.marginRatio);
    step.liquidated = 0;
    if (isBelow && step.margin > 0 && this.#liquidation !== undefined)
      this.#liquidate(step, this.#liquidation);
    step.profit = step.equity - equity;
    totals.profit += step.profit;
    totals.cost += step.cost;
    totals.funding += step.funding;
    totals.trades += step.trades;
    totals.passive += step.passive;
    if (step.trades > 0) totals.rebalances++;
    if (isBelow && (step.liquidated > 0 || marginRatio >= 1)) totals.liquidations++;
  }

  #value(step: Step): void {
    step.value = this.#desk.view('exposure')[READ_PLACE.price];
    step.equity = step.cash + step.value;
    this.#measure(step);
  }

  #liquidate(step: Step, { fee, buffer }: Required<Liquidation>): void {
    const desk = this.#desk;
    step.liquidated = desk.liquidate(step.equity, buffer * step.margin, fee);
    this.#steering?.book();
    const fees = desk.figure('fees');
    step.cash -= desk.figure('premium') + fees;
    step.fees += fees;
    step.cost += fees;
    step.resting = 0;
    desk.reread();
    this.#value(step);
  }

  protected override guard(): void {
    super.guard();
    this.#book.guard();
  }

  protected override release(): void {
    this.#before.dispose();
    this.#margin?.dispose();
    this.#steering?.dispose();
    this.#desk.dispose();
    if (this.#ownsHedger) this.#hedger.dispose();
  }
}

function requireLiquidation({ liquidation, margin }: RebalancerOptions): Required<Liquidation> | undefined {
  if (liquidation === undefined) return undefined;
  requireObject('options.liquidation', liquidation);
  const { fee, buffer = 1.1 } = liquidation;
  requireNotNegative('options.liquidation.fee', fee);
  if (!(requireFinite('options.liquidation.buffer', buffer) >= 1))
    throw new RangeError(`options.liquidation.buffer must be at least 1, got ${buffer}`);
  if (margin === undefined) throw new TypeError('options.liquidation needs options.margin');
  return { fee, buffer };
}

function requireCalendar({ calendar, chain }: RebalancerOptions): VarianceCalendar | undefined {
  const { varianceYears } = (calendar ?? {}) as { varianceYears?: unknown };
  if (calendar !== undefined && typeof varianceYears !== 'function')
    throw new TypeError(`options.calendar must be a VarianceCalendar, got ${shown(calendar)}`);
  if (calendar === undefined && chain.hasOwnVariance)
    throw new TypeError("options.calendar is needed: the chain's years of variance are not those of time");
  return calendar;
}

/**
 * A rebalancer of a book.
 * @throws TypeError or RangeError that names the option, the field and the value
 */
export function rebalancer(options: RebalancerOptions): Rebalancer {
  return new Rebalancer(options);
}
