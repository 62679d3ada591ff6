import type { FullAbi } from '../abi.js';
import type { Book } from '../book.js';
import type { Chain } from '../chain.js';
import {
  requireArray,
  requireFinite,
  requireFullCore,
  requireInteger,
  requireList,
  requireNotNegative,
  requireObject,
  requireText,
  requireWord,
  shown,
} from '../checks.js';
import type { FullCore } from '../full/core.js';
import type { MarginModel } from '../margin/model.js';
import type { MarginPreset } from '../margin/presets.js';
import { Owner, taken, View } from '../memory.js';
import type { Tradable } from './desk.js';
import type { Forecaster } from './forecast.js';
import type { Policy } from './policy.js';
import { type Liquidation, type Rebalancer, rebalancer, type RebalancerState } from './rebalancer.js';
import { requireLike, requireSame } from './state.js';
import type { Transfer, Venue } from './steering.js';
import { type MarketTick, noCounts, type StreamCounts } from './step.js';

/** A market along one path, and the desk that trades in it. A {@link PolicyComparison} makes it, and disposes of it. */
export interface MarketPath {
  /** Marked by the path, or by its ticks. */
  readonly chain: Chain<2> | Chain<3>;
  /** What may be traded, the delta instrument first. */
  readonly instruments: readonly Tradable[];
  /** Levels of the order books; 1 where absent. */
  readonly levels?: number;
  /** Whose Greeks are watched; the books' only one where absent. */
  readonly underlying?: string;
  /** The time at its start, in milliseconds since 1970. */
  readonly instant: number;
  /** Cash at the start, in quote currency; 0 where absent. */
  readonly cash?: number;
  /** Where instruments trade, for 'solve' policies; every policy starts with their equity. None where absent. */
  readonly venues?: readonly Venue[];
  /** Ways to move equity between venues; none where absent. */
  readonly transfers?: readonly Transfer[];
  /** A fresh book of the positions at the start; one is asked for every policy, and disposed of with the path. */
  book(): Book<2> | Book<3>;
  /**
   * A fresh forecaster for a policy, since it learns from the ticks that the policy's rebalancer takes: disposed of
   * with the path. Undefined for none.
   */
  forecaster?(policy: Policy): Forecaster | undefined;
  /** The next tick; undefined where the path ends. */
  next(): MarketTick | undefined;
  /** What the ticks to come depend on, as plain data, where a path is to be resumed in its middle. */
  save?(): unknown;
  /** Takes up what {@link MarketPath.save} gave. */
  restore?(state: unknown): void;
  /** Gives back what the path has made, but for the books. */
  dispose(): void;
}

/** Which policies are compared, and on what. */
export interface ComparisonOptions {
  /** Of the paths' chains. */
  core: FullCore;
  /** At least one; their names tell them apart. */
  policies: readonly Policy[];
  /** How many paths, at least 2. */
  paths: number;
  /** Makes a path: the same index must make the same path. All policies run on it side by side. */
  path: (index: number) => MarketPath;
  /** Of the margin ratio, a preset by name or a model; none is required where absent. */
  margin?: MarginPreset | MarginModel;
  /** What a venue does where equity falls below the maintenance margin; nothing, but for counting, where absent. */
  liquidation?: Liquidation;
}

/** How figures are estimated. */
export interface EstimateOptions {
  /** Names of the policies that are one at several settings, and are set against the others; none where absent. */
  frontier?: readonly string[];
  /** Of the resamples: a whole number from 0 to 2^53 - 1; 1 where absent. */
  seed?: number;
  /** Bootstrap resamples of the paths, 1 to 100,000; 1,000 where absent. */
  resamples?: number;
  /** Of the intervals, in (0, 1); 0.95 where absent. */
  confidence?: number;
  /** Part of the paths whose mean loss is the expected shortfall, in (0, 1]; 0.05 where absent. */
  tail?: number;
}

/** A figure and its interval over the seeds: percentiles of the paired bootstrap. NaN where there is none. */
export interface Estimate {
  /** On the paths as they are. */
  readonly value: number;
  /** Lower end of the interval. */
  readonly lower: number;
  /** Upper end of the interval. */
  readonly upper: number;
}

/**
 * A figure of a policy over paths, per path and in quote currency: mean profit, cost (spread, fees and gas), trades,
 * liquidations; standard deviation of profit, which is the risk that is left; expected shortfall of profit, a loss.
 */
export type ComparisonFigure = 'profit' | 'cost' | 'trades' | 'liquidations' | 'deviation' | 'shortfall';

/** In the module's order. */
const figureNames: readonly ComparisonFigure[] = [
  'profit',
  'cost',
  'trades',
  'liquidations',
  'deviation',
  'shortfall',
];

/** What a policy does over the paths, per path and in quote currency; see {@link ComparisonFigure}. */
export interface PolicyFigures {
  /** Name of the policy. */
  readonly policy: string;
  /** Mean profit. */
  readonly profit: Estimate;
  /** Mean cost: spread, fees and gas. */
  readonly cost: Estimate;
  /** Mean number of trades. */
  readonly trades: Estimate;
  /** Mean number of liquidations; where none are played, of falls of the margin ratio below 1. */
  readonly liquidations: Estimate;
  /** Standard deviation of profit. */
  readonly deviation: Estimate;
  /** Expected shortfall of profit, a loss. */
  readonly shortfall: Estimate;
  /** Least margin ratio on any path. */
  readonly worstMarginRatio: number;
}

/** The frontier set against a policy: differences, the frontier's less the policy's, paired by path. */
export interface FrontierResult {
  /** Name of the policy. */
  readonly policy: string;
  /**
   * Of the standard deviations, at no more than the policy's mean cost: the least that a setting has, or following one
   * of two by lot at that cost. It is chosen on the paths as they are, and held in the resamples: its interval is that
   * of the choice made, and knows nothing of the choosing among settings on the same paths.
   */
  readonly deviation: Estimate;
  /** Of the expected shortfalls, the least of a setting of no more than the policy's mean cost, chosen likewise. */
  readonly shortfall: Estimate;
  /**
   * Of the mean costs, the least of a setting of no more than the policy's deviation, chosen anew in every resample;
   * NaN where none is as low, and an end of the interval NaN where none is in too many resamples to tell.
   */
  readonly cost: Estimate;
  /**
   * 'better' where, by their intervals, the frontier has less deviation at equal cost or less cost at no more
   * deviation; 'worse' where it has more deviation at equal cost and not less cost; else 'undecided'. The intervals
   * leave out that the settings were chosen on the same paths.
   */
  readonly verdict: 'better' | 'worse' | 'undecided';
}

/** Policies side by side. */
export interface ComparisonReport {
  /** Paths that are done, on which all of it stands. */
  readonly paths: number;
  /** In the order given. */
  readonly policies: readonly PolicyFigures[];
  /** The frontier against every policy that is not of it; empty where there is no frontier. */
  readonly frontier: readonly FrontierResult[];
  /** What the streams were like, summed over paths and policies. */
  readonly counts: Readonly<StreamCounts>;
}

/** All that a comparison's future depends on, as plain data that JSON carries without loss. */
export interface ComparisonState {
  /** Of this layout. */
  readonly version: 1;
  /** The policies, which must be those of the comparison that takes the state up. */
  readonly policies: readonly Policy[];
  /** How many paths there are to be, likewise. */
  readonly paths: number;
  /** Paths that are done. */
  readonly done: number;
  /** Profit, cost, trades, liquidations and least margin ratio by path and policy. */
  readonly outcomes: readonly number[];
  /** Summed over the paths that are done. */
  readonly counts: Readonly<StreamCounts>;
  /** The path under way, where it has begun and can be saved. */
  readonly current?: {
    /** What {@link MarketPath.save} gave. */
    readonly market: unknown;
    /** By policy. */
    readonly loops: readonly RebalancerState[];
  };
}

const MEASURES = 5;
const part = { outcome: 0, interval: 3, member: 4 } as const;
const MOST_PATHS = 1e6;
interface Current {
  readonly market: MarketPath;
  readonly books: readonly (Book<2> | Book<3>)[];
  readonly forecasters: readonly Forecaster[];
  readonly loops: readonly Rebalancer[];
}

/** Runs policies side by side over many paths, a tick at a time, and compares them. Memory is bounded: see `paths`. */
export class PolicyComparison extends Owner {
  readonly #options: ComparisonOptions;
  readonly #abi: FullAbi;
  #outcomes: Float64Array;
  #done = 0;
  #counts: StreamCounts = { ...noCounts };
  #current: Current | undefined;

  /** @internal */
  constructor(options: ComparisonOptions) {
    super('policy comparison');
    requireObject('options', options);
    const { core, policies, paths } = options;
    requireFullCore('options.core', core);
    requireList('options.policies', policies);
    requireInteger('options.policies.length', policies.length, 1, 1000);
    [...policies].forEach((given, i) => {
      requireObject(`options.policies[${i}]`, given);
      const name = requireText(`options.policies[${i}].name`, given.name);
      const first = policies.findIndex((policy) => policy.name === name);
      if (first < i) {
        throw new RangeError(`options.policies[${i}].name is that of policies[${first}] too: ${shown(name)}`);
      }
    });
    requireInteger('options.paths', paths, 2, MOST_PATHS);
    this.#options = { ...options, policies: [...policies] };
    this.#abi = core.abi;
    this.#outcomes = new Float64Array(paths * policies.length * MEASURES);
  }

  /** Paths that are done. */
  get done(): number {
    return this.#done;
  }

  /**
   * Takes the next tick of the path under way, under all policies.
   * @returns whether there is more to do
   * @throws as {@link rebalancer} and the paths
   */
  step(): boolean {
    this.guard();
    if (this.#done === this.#options.paths) return false;
    const current = (this.#current ??= this.#begin());
    const { market, loops } = current;
    try {
      const tick = market.next();
      if (tick === undefined) this.#finish(current);
      else for (const loop of loops) loop.step(tick);
    } catch (error) {
      // policies on different ticks are no pair: the path begins anew
      disposeOf(current);
      this.#current = undefined;
      throw error;
    }
    return this.#done < this.#options.paths;
  }

  /** Takes all ticks to the end of the path under way. @returns whether there is more to do */
  runPath(): boolean {
    this.guard();
    const { done } = this;
    while (this.step() && this.#done === done);
    return this.#done < this.#options.paths;
  }

  /**
   * All that the future depends on, to be kept after any step: fresh, and plain. Where paths cannot be saved, the one
   * under way begins anew.
   */
  save(): ComparisonState {
    this.guard();
    const { policies, paths } = this.#options;
    const current = this.#current;
    const market = current?.market.save?.();
    return {
      version: 1,
      policies: structuredClone(policies),
      paths,
      done: this.#done,
      outcomes: [...this.#outcomes.subarray(0, this.#done * policies.length * MEASURES)],
      counts: { ...this.#counts },
      ...(current !== undefined &&
        market !== undefined && { current: { market, loops: current.loops.map((loop) => loop.save()) } }),
    };
  }

  /**
   * Takes up a state of a comparison made alike: what follows is the same to the bit.
   * @throws TypeError or RangeError that names the field that is damaged or of another comparison; nothing has changed
   * then
   */
  restore(state: ComparisonState): void {
    this.guard();
    const { policies, paths } = this.#options;
    requireObject('state', state);
    requireSame('state.version', state.version, 1);
    requireSame('state.policies', state.policies, policies);
    requireSame('state.paths', state.paths, paths);
    requireInteger('state.done', state.done, 0, paths);
    const outcomes = new Array<number>(state.done * policies.length * MEASURES).fill(0);
    requireLike('state', state, { outcomes, counts: noCounts });
    const { current } = state;
    let begun: Current | undefined;
    if (current !== undefined) {
      requireObject('state.current', current);
      requireArray('state.current.loops', current.loops, policies.length);
      if (state.done === paths) throw new RangeError('state.current must be absent: all paths are done');
      begun = this.#begin(state.done);
      try {
        begun.market.restore?.(current.market);
        begun.loops.forEach((loop, i) => {
          loop.restore(current.loops[i]);
        });
      } catch (error) {
        disposeOf(begun);
        throw error;
      }
    }
    if (this.#current) disposeOf(this.#current);
    this.#current = begun;
    this.#done = state.done;
    this.#outcomes.set(state.outcomes);
    this.#counts = { ...state.counts };
  }

  /**
   * Takes over the paths that another comparison of the same policies has done, after the own: of a worker, say.
   * @throws TypeError or RangeError that names the field; RangeError where there are more paths than are left, or one
   * is under way
   */
  append(state: Pick<ComparisonState, 'version' | 'policies' | 'done' | 'outcomes' | 'counts'>): void {
    this.guard();
    const { policies, paths } = this.#options;
    requireObject('state', state);
    requireSame('state.version', state.version, 1);
    requireSame('state.policies', state.policies, policies);
    requireInteger('state.done', state.done, 0, paths - this.#done);
    if (this.#current) throw new RangeError('a path is under way: append before it or after it');
    const wide = policies.length * MEASURES;
    requireLike('state', state, {
      outcomes: new Array<number>(state.done * wide).fill(0),
      counts: noCounts,
    });
    this.#outcomes.set(state.outcomes, this.#done * wide);
    this.#done += state.done;
    this.#add(state.counts);
  }

  /**
   * The policies by their figures, on the paths that are done so far.
   * @throws TypeError or RangeError that names the option and the value; RangeError where fewer than 2 paths are done
   */
  report(options: EstimateOptions = {}): ComparisonReport {
    this.guard();
    requireObject('options', options);
    const { frontier = [] } = options;
    requireList('options.frontier', frontier);
    const names = this.#options.policies.map(({ name }) => name);
    const members = frontier.map((name, i) => {
      requireWord(`options.frontier[${i}]`, name, names);
      if (frontier.indexOf(name) < i)
        throw new RangeError(`options.frontier[${i}] is named before: ${shown(name)}`);
      return names.indexOf(name);
    });
    return this.#estimate(options, (statistics) => ({
      paths: this.#done,
      policies: names.map((policy, p) => statistics.policy(policy, p)),
      frontier:
        members.length === 0
          ? []
          : names.flatMap((policy, p) =>
              members.includes(p) ? [] : [statistics.frontier(policy, p, members)],
            ),
      counts: { ...this.#counts },
    }));
  }

  /**
   * A figure of one policy less that of another, paired by path.
   * @throws as {@link PolicyComparison.report}; RangeError where a name is none of the policies'
   */
  difference(
    policy: string,
    other: string,
    figure: ComparisonFigure,
    options: EstimateOptions = {},
  ): Estimate {
    this.guard();
    const names = this.#options.policies.map(({ name }) => name);
    requireWord('policy', policy, names);
    requireWord('other', other, names);
    requireWord('figure', figure, figureNames);
    requireObject('options', options);
    return this.#estimate(options, (statistics) =>
      statistics.estimate(names.indexOf(policy), names.indexOf(other), figure),
    );
  }

  #estimate<T>(
    { seed = 1, resamples = 1000, confidence = 0.95, tail = 0.05 }: EstimateOptions,
    work: (statistics: Statistics) => T,
  ): T {
    requireInteger('options.seed', seed, 0, Number.MAX_SAFE_INTEGER);
    requireInteger('options.resamples', resamples, 1, 100_000);
    if (!(requireFinite('options.confidence', confidence) > 0 && confidence < 1))
      throw new RangeError(`options.confidence must be in (0, 1), got ${confidence}`);
    if (!(requireNotNegative('options.tail', tail) > 0 && tail <= 1))
      throw new RangeError(`options.tail must be in (0, 1], got ${tail}`);
    if (this.#done < 2) throw new RangeError(`figures need 2 paths, done are ${this.#done}`);
    const policies = this.#options.policies.length;
    const statistics = new Statistics(this.#abi, policies, this.#done, resamples, confidence);
    try {
      statistics.run(this.#outcomes.subarray(0, this.#done * policies * MEASURES), tail, seed);
      return work(statistics);
    } finally {
      statistics.dispose();
    }
  }

  #begin(index = this.#done): Current {
    const { core, policies, path, margin, liquidation } = this.#options;
    const market = path(index);
    const books: (Book<2> | Book<3>)[] = [];
    const forecasters: Forecaster[] = [];
    const loops: Rebalancer[] = [];
    const current = { market, books, forecasters, loops };
    try {
      const { chain, instruments, instant, levels, underlying, cash, venues, transfers } = market;
      for (const policy of policies) {
        const book = market.book();
        books.push(book);
        const forecaster = market.forecaster?.(policy);
        if (forecaster !== undefined) forecasters.push(forecaster);
        loops.push(
          rebalancer({
            core,
            chain,
            book,
            policy,
            instruments,
            instant,
            ...(levels !== undefined && { levels }),
            ...(underlying !== undefined && { underlying }),
            ...(cash !== undefined && { cash }),
            ...(venues !== undefined && { venues }),
            ...(transfers !== undefined && { transfers }),
            ...(forecaster !== undefined && { forecaster }),
            ...(margin !== undefined && { margin }),
            ...(liquidation !== undefined && { liquidation }),
          }),
        );
      }
      return current;
    } catch (error) {
      disposeOf(current);
      throw error;
    }
  }

  #finish(current: Current): void {
    let place = this.#done * this.#options.policies.length * MEASURES;
    for (const { totals, counts } of current.loops) {
      const { profit, cost, trades, liquidations, worstMarginRatio } = totals;
      this.#outcomes.set([profit, cost, trades, liquidations, worstMarginRatio], place);
      place += MEASURES;
      this.#add(counts);
    }
    this.#done++;
    this.#current = undefined;
    disposeOf(current);
  }

  #add(counts: Readonly<StreamCounts>): void {
    for (const name of Object.keys(noCounts) as (keyof StreamCounts)[]) this.#counts[name] += counts[name];
  }

  protected override release(): void {
    if (this.#current) disposeOf(this.#current);
    this.#current = undefined;
    this.#outcomes = new Float64Array(0);
  }
}

function disposeOf({ market, books, forecasters, loops }: Current): void {
  for (const loop of loops) loop.dispose();
  for (const forecaster of forecasters) forecaster.dispose?.();
  for (const book of books) book.dispose();
  market.dispose();
}

/** The module's side of a report. */
class Statistics extends Owner {
  readonly #abi: FullAbi;
  readonly #at: number;
  readonly #policies: number;
  readonly #paths: number;
  readonly #confidence: number;

  constructor(abi: FullAbi, policies: number, paths: number, resamples: number, confidence: number) {
    super('statistics');
    this.#abi = abi;
    this.#policies = policies;
    this.#paths = paths;
    this.#confidence = confidence;
    this.#at = taken(abi.comparisonCreate(policies, paths, resamples), 'statistics');
  }

  run(outcomes: Float64Array, tail: number, seed: number): void {
    new View(this.#abi, 'f64', this.#abi.partAt(this.#at, part.outcome), outcomes.length).array.set(outcomes);
    this.#abi.comparisonRun(this.#at, this.#paths, tail, seed);
  }

  policy(policy: string, p: number): PolicyFigures {
    const [profit, cost, trades, liquidations, deviation, shortfall] = figureNames.map((figure) =>
      this.estimate(p, -1, figure),
    );
    const worstMarginRatio = this.#abi.comparisonWorst(this.#at, p, this.#paths);
    return { policy, profit, cost, trades, liquidations, deviation, shortfall, worstMarginRatio };
  }

  estimate(policy: number, other: number, figure: ComparisonFigure): Estimate {
    this.#abi.comparisonSeries(this.#at, policy, other, figureNames.indexOf(figure));
    return this.#interval();
  }

  frontier(policy: string, p: number, members: readonly number[]): FrontierResult {
    new View(this.#abi, 'u32', this.#abi.partAt(this.#at, part.member), this.#policies).array.set(members);
    const [deviation, shortfall, cost] = [0, 1, 2].map((kind) => {
      this.#abi.comparisonFrontier(this.#at, p, members.length, kind);
      return this.#interval();
    });
    const isBetter = deviation.upper < 0 || cost.upper < 0;
    const verdict = isBetter ? 'better' : deviation.lower > 0 ? 'worse' : 'undecided';
    return { policy, deviation, shortfall, cost, verdict };
  }

  #interval(): Estimate {
    this.#abi.comparisonInterval(this.#at, this.#confidence);
    const at = this.#abi.partAt(this.#at, part.interval);
    const [value, lower, upper] = new View(this.#abi, 'f64', at, 3).array;
    return Number.isNaN(value) ? { value: NaN, lower: NaN, upper: NaN } : { value, lower, upper };
  }

  protected override release(): void {
    this.#abi.give(this.#at);
  }
}

/**
 * A comparison to be run step by step: saved, resumed, told how far it is.
 * @throws TypeError or RangeError that names the option and the value
 */
export function policyComparison(options: ComparisonOptions): PolicyComparison {
  return new PolicyComparison(options);
}

/**
 * Runs policies side by side over all paths and compares them.
 * @throws as {@link policyComparison} and {@link PolicyComparison.report}
 */
export function comparePolicies(options: ComparisonOptions & EstimateOptions): ComparisonReport {
  const comparison = policyComparison(options);
  try {
    while (comparison.step());
    return comparison.report(options);
  } finally {
    comparison.dispose();
  }
}
