/**
 * Statistics of policies over seeded paths. Every policy runs on the same paths, so that a resample of the paths is
 * one for all of them, and the differences between policies are paired: intervals are percentiles of the bootstrap
 * (Efron and Tibshirani 1993, An introduction to the bootstrap, chapters 6 and 13).
 */
import { Random, seed, uniform } from './random';
import { layFrom, partAt, takeParts } from '../memory/parts';


@unmanaged
class Comparison {
  policies: i32;
  paths: i32;
  resamples: i32;
}

// Parts, in the order of the binding.
/** What came of every path, [(path x policies + policy) x measures + measure]: the host fills it. */
const OUTCOME: usize = 0;
/** [(policy x figures + figure) x (1 + resamples) + resample]: of the paths as they are, then of their resamples. */
const FIGURE: usize = 1;
/** One number per resample, likewise: what an interval is of. */
const SERIES: usize = 2;
/** Value, lower end, upper end. */
const INTERVAL: usize = 3;
/** Policies of a frontier: integers, the host fills them. */
const MEMBER: usize = 4;
/** By policy the paths from the least profit on; how often a path is in a resample; ranks of a series: integers. */
const ORDER: usize = 5;
const COUNT: usize = 6;
const RANK: usize = 7;
const GENERATOR: usize = 8;
const PARTS: usize = 9;

// Measures of a path; the third is its trades.
const PROFIT: i32 = 0;
const COST: i32 = 1;
const LIQUIDATIONS: i32 = 3;
const WORST_RATIO: i32 = 4;
const MEASURES: i32 = 5;

// Figures: means of profit, cost, trades and liquidations, as the measures; then deviation and shortfall of profit.
const DEVIATION: i32 = 4;
const SHORTFALL: i32 = 5;
const FIGURES: i32 = 6;

/** Doubles that hold so many integers. */
function halves(integers: u64): u64 {
  return (integers + 1) >> 1;
}

/** @returns room for the outcomes of so many paths, 0 where memory is exhausted */
export function comparisonCreate(policies: i32, paths: i32, resamples: i32): usize {
  layFrom(OUTCOME, <u64>paths * policies * MEASURES);
  layFrom(FIGURE, <u64>policies * FIGURES * (1 + resamples));
  layFrom(SERIES, 1 + resamples);
  layFrom(INTERVAL, 3);
  layFrom(MEMBER, halves(policies));
  layFrom(ORDER, halves(<u64>policies * paths));
  layFrom(COUNT, halves(paths));
  layFrom(RANK, halves(1 + resamples));
  layFrom(GENERATOR, halves(offsetof<Random>() >> 2));
  const at = takeParts(PARTS);
  if (!at) return 0;
  const comparison = changetype<Comparison>(at);
  comparison.policies = policies;
  comparison.paths = paths;
  comparison.resamples = resamples;
  return at;
}

// @ts-ignore: decorator
@inline
function outcome(comparison: Comparison, path: i32, policy: i32, measure: i32): f64 {
  const place = (<usize>path * comparison.policies + policy) * MEASURES + measure;
  return load<f64>(partAt(changetype<usize>(comparison), OUTCOME) + (place << 3));
}

// @ts-ignore: decorator
@inline
function figureAt(comparison: Comparison, policy: i32, figure: i32, resample: i32): usize {
  const place = (<usize>policy * FIGURES + figure) * (1 + comparison.resamples) + resample;
  return partAt(changetype<usize>(comparison), FIGURE) + (place << 3);
}

// @ts-ignore: decorator
@inline
function series(comparison: Comparison, resample: i32): usize {
  return partAt(changetype<usize>(comparison), SERIES) + ((<usize>resample) << 3);
}

/** What is ranked: profits of a policy by path or, where there is none, the series by resample. */
// @ts-ignore: decorator
@inline
function key(comparison: Comparison, policy: i32, item: i32): f64 {
  return policy < 0 ? load<f64>(series(comparison, item)) : outcome(comparison, item, policy, PROFIT);
}

/** Whether `a` comes after `b`. */
function isAfter(comparison: Comparison, policy: i32, a: i32, b: i32): bool {
  const x = key(comparison, policy, a);
  const y = key(comparison, policy, b);
  return x > y || (x == y && a > b);
}

/** Lets an item sink to its place in a heap with the last on top. */
function sink(comparison: Comparison, policy: i32, order: usize, from: i32, size: i32): void {
  const item = load<i32>(order + ((<usize>from) << 2));
  let place = from;
  for (;;) {
    let child = 2 * place + 1;
    if (child >= size) break;
    let top = load<i32>(order + ((<usize>child) << 2));
    if (child + 1 < size) {
      const other = load<i32>(order + ((<usize>child) << 2), 4);
      if (isAfter(comparison, policy, other, top)) {
        child++;
        top = other;
      }
    }
    if (!isAfter(comparison, policy, top, item)) break;
    store<i32>(order + ((<usize>place) << 2), top);
    place = child;
  }
  store<i32>(order + ((<usize>place) << 2), item);
}

/** Sorts items by their keys. Heapsort (Knuth, TAOCP 3, 5.2.3). */
function sort(comparison: Comparison, policy: i32, order: usize, size: i32): void {
  for (let from = (size >> 1) - 1; from >= 0; from--) sink(comparison, policy, order, from, size);
  for (let end = size - 1; end > 0; end--) {
    const last = load<i32>(order);
    store<i32>(order, load<i32>(order + ((<usize>end) << 2)));
    store<i32>(order + ((<usize>end) << 2), last);
    sink(comparison, policy, order, 0, end);
  }
}

/** Figures of a policy, the paths counted as often as they are drawn. */
function measure(comparison: Comparison, policy: i32, paths: i32, tail: f64, resample: i32): void {
  const at = changetype<usize>(comparison);
  const counts = partAt(at, COUNT);
  for (let m = PROFIT; m <= LIQUIDATIONS; m++) {
    let sum: f64 = 0;
    for (let path = 0; path < paths; path++) {
      sum += <f64>load<i32>(counts + ((<usize>path) << 2)) * outcome(comparison, path, policy, m);
    }
    store<f64>(figureAt(comparison, policy, m, resample), sum / <f64>paths);
  }
  const mean = load<f64>(figureAt(comparison, policy, PROFIT, resample));
  let squares: f64 = 0;
  for (let path = 0; path < paths; path++) {
    const from = outcome(comparison, path, policy, PROFIT) - mean;
    squares += <f64>load<i32>(counts + ((<usize>path) << 2)) * from * from;
  }
  store<f64>(figureAt(comparison, policy, DEVIATION, resample), sqrt<f64>(squares / <f64>(paths - 1)));
  // the mean of the worst paths, the one at the edge counted in part (Acerbi and Tasche 2002, proposition 3.2)
  const order = partAt(at, ORDER) + ((<usize>policy * comparison.paths) << 2);
  const whole = tail * <f64>paths;
  let left = whole;
  let loss: f64 = 0;
  for (let place = 0; place < paths && left > 0; place++) {
    const path = load<i32>(order + ((<usize>place) << 2));
    const weight = Math.min(left, <f64>load<i32>(counts + ((<usize>path) << 2)));
    loss -= weight * outcome(comparison, path, policy, PROFIT);
    left -= weight;
  }
  store<f64>(figureAt(comparison, policy, SHORTFALL, resample), loss / whole);
}

/**
 * Works out the figures of all policies, on the first paths and on resamples of them.
 * @param tail part of the paths whose mean loss is the shortfall
 */
export function comparisonRun(at: usize, paths: i32, tail: f64, number: f64): void {
  const comparison = changetype<Comparison>(at);
  const counts = partAt(at, COUNT);
  const random = changetype<Random>(partAt(at, GENERATOR));
  seed(random, <u64>number, 0);
  for (let policy = 0; policy < comparison.policies; policy++) {
    const order = partAt(at, ORDER) + ((<usize>policy * comparison.paths) << 2);
    for (let path = 0; path < paths; path++) store<i32>(order + ((<usize>path) << 2), path);
    sort(comparison, policy, order, paths);
  }
  for (let resample = 0; resample <= comparison.resamples; resample++) {
    memory.fill(counts, 0, (<usize>paths) << 2);
    for (let path = 0; path < paths; path++) {
      const drawn = resample == 0 ? path : <i32>(uniform(random) * <f64>paths);
      const countAt = counts + ((<usize>drawn) << 2);
      store<i32>(countAt, load<i32>(countAt) + 1);
    }
    for (let policy = 0; policy < comparison.policies; policy++)
      measure(comparison, policy, paths, tail, resample);
  }
}

/** Least margin ratio of a policy on the first paths. */
export function comparisonWorst(at: usize, policy: i32, paths: i32): f64 {
  let worst: f64 = Infinity;
  for (let path = 0; path < paths; path++) {
    worst = Math.min(worst, outcome(changetype<Comparison>(at), path, policy, WORST_RATIO));
  }
  return worst;
}

/** Makes the series a policy's figure, or where `other` is not negative the policy's less the other's. */
export function comparisonSeries(at: usize, policy: i32, other: i32, figure: i32): void {
  const comparison = changetype<Comparison>(at);
  for (let resample = 0; resample <= comparison.resamples; resample++) {
    let value = load<f64>(figureAt(comparison, policy, figure, resample));
    if (other >= 0) value -= load<f64>(figureAt(comparison, other, figure, resample));
    store<f64>(series(comparison, resample), value);
  }
}

/** How a frontier is set against a policy. */
const DEVIATION_AT_COST: i32 = 0;
const SHORTFALL_AT_COST: i32 = 1;
const COST_AT_DEVIATION: i32 = 2;

/**
 * Makes the series what the policies of a frontier reach, less what a policy does: its least deviation or shortfall at
 * no more than the policy's cost, or its least cost at no more than the policy's deviation; NaN where it has none such.
 *
 * Deviation: of single members, and of following one of two by lot, with the odds that make the cost, whose variance is
 * w v1 + (1 - w) v2 + w (1 - w) (m1 - m2)^2, so that all of the frontier can be had. Members are chosen on the paths as
 * they are, and that choice is held in all resamples: chosen anew in each, the least of several noisy figures would lie
 * below each of them (Andrews, Kitagawa and McCloskey 2024, Inference on winners). Of the cost it is the bound that is
 * noisy, not what is made least: there they are chosen anew, so that the interval knows how sure it is that the bound
 * holds.
 */
export function comparisonFrontier(at: usize, policy: i32, members: i32, kind: i32): void {
  const comparison = changetype<Comparison>(at);
  const from = kind == COST_AT_DEVIATION ? DEVIATION : COST;
  const what = kind == DEVIATION_AT_COST ? DEVIATION : kind == SHORTFALL_AT_COST ? SHORTFALL : COST;
  let first = -1;
  let second = -1;
  for (let resample = 0; resample <= comparison.resamples; resample++) {
    const bound = load<f64>(figureAt(comparison, policy, from, resample));
    if (resample == 0 || kind == COST_AT_DEVIATION) {
      first = -1;
      let least: f64 = Infinity;
      for (let i = 0; i < members * members; i++) {
        const one = memberAt(at, i / members);
        const other = memberAt(at, i % members);
        const isPair = one != other;
        if (load<f64>(figureAt(comparison, one, from, resample)) > bound) continue;
        if (
          isPair &&
          (kind != DEVIATION_AT_COST || load<f64>(figureAt(comparison, other, from, resample)) <= bound)
        )
          continue;
        const value = mixed(comparison, one, other, what, bound, resample);
        if (value < least) {
          least = value;
          first = one;
          second = other;
        }
      }
    }
    const value = first < 0 ? NaN : mixed(comparison, first, second, what, bound, resample);
    store<f64>(series(comparison, resample), value - load<f64>(figureAt(comparison, policy, what, resample)));
  }
}

function memberAt(at: usize, i: i32): i32 {
  return load<i32>(partAt(at, MEMBER) + ((<usize>i) << 2));
}

/** A policy's figure, or where there is another the deviation of following one of the two by lot at a cost. */
function mixed(comparison: Comparison, cheap: i32, dear: i32, what: i32, cost: f64, resample: i32): f64 {
  const a = load<f64>(figureAt(comparison, cheap, what, resample));
  if (cheap == dear) return a;
  const low = load<f64>(figureAt(comparison, cheap, COST, resample));
  const high = load<f64>(figureAt(comparison, dear, COST, resample));
  // on a resample the cost may lie outside of the two
  const w = high > low ? Math.max(0, Math.min(1, (cost - low) / (high - low))) : 0;
  const gap =
    load<f64>(figureAt(comparison, cheap, PROFIT, resample)) -
    load<f64>(figureAt(comparison, dear, PROFIT, resample));
  const b = load<f64>(figureAt(comparison, dear, DEVIATION, resample));
  return sqrt<f64>((1 - w) * a * a + w * b * b + w * (1 - w) * gap * gap);
}

/** A point of the sorted series, between two of its elements by straight line; NaN beyond those that there are. */
function quantile(comparison: Comparison, ranks: usize, size: i32, level: f64): f64 {
  const last = comparison.resamples - 1;
  const place = level * <f64>last;
  const first = <i32>place;
  const second = min<i32>(first + 1, last);
  if (second >= size) return NaN;
  const a = load<f64>(series(comparison, load<i32>(ranks + ((<usize>first) << 2))));
  const b = load<f64>(series(comparison, load<i32>(ranks + ((<usize>second) << 2))));
  return a + (b - a) * (place - <f64>first);
}

/** The interval of the series: its value, and the percentiles of its resamples; those that are NaN are the largest. */
export function comparisonInterval(at: usize, confidence: f64): void {
  const comparison = changetype<Comparison>(at);
  const ranks = partAt(at, RANK);
  let size = 0;
  for (let resample = 1; resample <= comparison.resamples; resample++) {
    const value = load<f64>(series(comparison, resample));
    if (value != value) continue;
    store<i32>(ranks + ((<usize>size) << 2), resample);
    size++;
  }
  sort(comparison, -1, ranks, size);
  const interval = partAt(at, INTERVAL);
  const tail = 0.5 * (1 - confidence);
  store<f64>(interval, load<f64>(series(comparison, 0)));
  store<f64>(interval, quantile(comparison, ranks, size, tail), 8);
  store<f64>(interval, quantile(comparison, ranks, size, 1 - tail), 16);
}
