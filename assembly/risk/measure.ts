/**
 * Figures of the tail: the worst case, value at risk and expected shortfall of scenarios with weights, and how much
 * each scenario counts in the figure (its share). A figure is the sum of shares x losses, so that what positions
 * contribute, the sum of shares x what each loses, adds up to it (Euler's allocation: Tasche, "Risk contributions and
 * performance measurement", 1999).
 *
 * Definitions for distributions with jumps: with W the sum of the weights, VaR at level a is the smallest loss x such
 * that P(L <= x) >= a, and ES = (E[L; L > VaR] + VaR (1 - a - P(L > VaR)))/(1 - a), the mean of the worst 1 - a with
 * the scenario at its edge counted in part: Acerbi and Tasche, "On the coherence of expected shortfall" (2002),
 * definition 2.6 and proposition 3.2; Rockafellar and Uryasev, "Conditional value-at-risk for general loss
 * distributions" (2002), proposition 8. Where scenarios tie at the VaR they share by their weights.
 */
import { PROFIT, RANK, Scan, scenarioColumn, SHARE, WEIGHT } from './scan';

/** Rounding of sums of weights, as a part of their sum: a level reached to this is reached. */
const SLACK: f64 = 1e-12;

// @ts-ignore: decorator
@inline
function element(scan: Scan, column: usize, s: i32): f64 {
  return load<f64>(scenarioColumn(scan, column) + ((<usize>s) << 3));
}

// @ts-ignore: decorator
@inline
function ranked(scan: Scan, place: i32): i32 {
  return load<i32>(scenarioColumn(scan, RANK) + ((<usize>place) << 2));
}

// @ts-ignore: decorator
@inline
function setRanked(scan: Scan, place: i32, s: i32): void {
  store<i32>(scenarioColumn(scan, RANK) + ((<usize>place) << 2), s);
}

/** Whether `a` comes after `b`: it makes more, or it is given later. */
function isBetter(scan: Scan, a: i32, b: i32): bool {
  const x = element(scan, PROFIT, a);
  const y = element(scan, PROFIT, b);
  return x > y || (x == y && a > b);
}

/** Lets a scenario sink to its place in a heap with the best on top. */
function sink(scan: Scan, from: i32, size: i32): void {
  const s = ranked(scan, from);
  let place = from;
  for (;;) {
    let child = 2 * place + 1;
    if (child >= size) break;
    if (child + 1 < size && isBetter(scan, ranked(scan, child + 1), ranked(scan, child))) child++;
    if (!isBetter(scan, ranked(scan, child), s)) break;
    setRanked(scan, place, ranked(scan, child));
    place = child;
  }
  setRanked(scan, place, s);
}

/** Ranks the scenarios from the worst on, ties in the order given. Heapsort (Knuth, TAOCP 3, 5.2.3). */
function rank(scan: Scan): void {
  const size = scan.scenarios;
  for (let s = 0; s < size; s++) setRanked(scan, s, s);
  for (let from = (size >> 1) - 1; from >= 0; from--) sink(scan, from, size);
  for (let end = size - 1; end > 0; end--) {
    const best = ranked(scan, 0);
    setRanked(scan, 0, ranked(scan, end));
    setRanked(scan, end, best);
    sink(scan, 0, end);
  }
}

/** The scenario that makes least, the first of several, whose share is then 1. */
export function scanWorst(at: usize): i32 {
  const scan = changetype<Scan>(at);
  let worst = 0;
  for (let s = 1; s < scan.scenarios; s++) {
    if (element(scan, PROFIT, s) < element(scan, PROFIT, worst)) worst = s;
  }
  memory.fill(scenarioColumn(scan, SHARE), 0, (<usize>scan.scenarios) << 3);
  store<f64>(scenarioColumn(scan, SHARE) + ((<usize>worst) << 3), 1);
  return worst;
}

/**
 * Value at risk or, where `shortfall`, expected shortfall at a level in (0, 1): a loss, positive. Sets the shares.
 */
export function scanTail(at: usize, level: f64, shortfall: i32): f64 {
  const scan = changetype<Scan>(at);
  const size = scan.scenarios;
  rank(scan);
  let total: f64 = 0;
  for (let s = 0; s < size; s++) total += element(scan, WEIGHT, s);
  // P(L <= x) >= a says that what is worse than x weighs no more than the rest of the level
  const tail = total - level * total;
  const most = tail + SLACK * total;
  // a group of equal losses at a time, until what is up to it weighs more than the tail
  let worse: f64 = 0;
  let first = 0;
  let end = 0;
  let equal: f64 = 0;
  while (end < size) {
    const profit = element(scan, PROFIT, ranked(scan, end));
    worse += equal;
    first = end;
    equal = 0;
    while (end < size && element(scan, PROFIT, ranked(scan, end)) == profit) {
      equal += element(scan, WEIGHT, ranked(scan, end++));
    }
    if (worse + equal > most) break;
  }
  const edge = shortfall ? Math.max(0, tail - worse) / tail : 1;
  let loss: f64 = 0;
  memory.fill(scenarioColumn(scan, SHARE), 0, (<usize>size) << 3);
  for (let place = shortfall ? 0 : first; place < end; place++) {
    const s = ranked(scan, place);
    const weight = element(scan, WEIGHT, s);
    const share = place < first ? weight / tail : equal > 0 ? (edge * weight) / equal : 0;
    store<f64>(scenarioColumn(scan, SHARE) + ((<usize>s) << 3), share);
    loss -= share * element(scan, PROFIT, s);
  }
  return loss;
}
