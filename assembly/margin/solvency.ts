/**
 * Where an account is liquidated, and what a liquidation would do.
 *
 * Solvent is who has at least the maintenance margin. A level is looked for outward from the market as it is, on a grid
 * of states each evaluated in full, and then between the last solvent state and the first that is not.
 *
 * A liquidation closes, step by step, the part of a position that brings the account nearest to its maintenance margin,
 * at the prices of its ladder. What it trades may move the forward, by `impact` per unit of delta: then the rest of the
 * book is worth less, and a cascade can be seen.
 */
import { bracket, bracketEnd, narrow, trial } from '../math/bracket';
import { takeLarge } from '../memory/arena';
import { headerOf } from '../memory/layout';
import { rowColumn, VOLATILITY } from '../book/chain';
import {
  Account,
  cellOf,
  COIN,
  evaluate,
  MAINTENANCE,
  parameter,
  placeOf,
  priceOf,
  refresh,
  underlyingOf,
} from './account';
import { equityOf, measure, totalOf } from './requirement';
import { get, set } from '../memory/column';

/** A level is found to this, relative to it. */
const TOLERANCE: f64 = 1e-13;

/** Equity less the maintenance margin, for sizes by leg, in the state that was evaluated last. */
function excessOf(account: Account, sizes: usize): f64 {
  measure(account, sizes);
  return equityOf(account) - totalOf(account, MAINTENANCE);
}

/** Puts the state somewhere: the forwards of an underlying, or of all (-1), by a ratio; or, `isShift`, volatilities. */
function setState(account: Account, isShift: bool, underlying: i32, z: f64): void {
  if (isShift) account.shift = z;
  else {
    for (let u = 0; u < account.underlyings; u++) {
      if (underlying < 0 || underlying == u) set(account.ratios, u, z);
    }
  }
}

function excessAt(account: Account, isShift: bool, underlying: i32, z: f64): f64 {
  setState(account, isShift, underlying, z);
  evaluate(account);
  return excessOf(account, account.sizes);
}

/**
 * Evaluates the account in a state: the forwards of an underlying, or of all (-1), moved by a ratio, and volatilities
 * by a shift.
 * @returns its equity
 */
export function accountMeasure(at: usize, ratio: f64, shift: f64, underlying: i32): f64 {
  const account = changetype<Account>(at);
  refresh(account);
  account.shift = shift;
  excessAt(account, false, underlying, ratio);
  return equityOf(account);
}

/** Figures for the sizes on trial in the state evaluated last. @returns the equity */
export function accountTry(at: usize): f64 {
  const account = changetype<Account>(at);
  measure(account, account.trial);
  return equityOf(account);
}

/** Volatilities that fall by more than this are 0, all of them. */
function largestVolatility(account: Account): f64 {
  let largest: f64 = 0;
  const marked = rowColumn(account.book.chain, VOLATILITY);
  for (let row = 0; row < account.rows; row++) {
    const volatility = get(marked, load<u32>(account.from + ((<usize>row) << 2)));
    if (volatility > largest) largest = volatility;
  }
  return largest;
}

/**
 * The nearest state, in one direction, in which the account is insolvent.
 * @param isShift 1 for a shift of volatilities, 0 for a ratio of forwards
 * @param step of the grid: a factor for ratios, a term for shifts
 * @param end where the search ends
 * @returns the ratio or shift, NaN where there is none
 */
export function accountLevel(at: usize, isShift: i32, underlying: i32, step: f64, end: f64): f64 {
  const account = changetype<Account>(at);
  const shifts = isShift != 0;
  refresh(account);
  if (shifts && end < 0) end = Math.max(end, -largestVolatility(account));
  let good: f64 = shifts ? 0 : 1;
  let goodExcess = excessAt(account, shifts, underlying, good);
  if (goodExcess < 0) return good;
  const outward = end > good;
  let bad = good;
  let badExcess = goodExcess;
  while (badExcess >= 0) {
    if (bad == end) return NaN;
    good = bad;
    goodExcess = badExcess;
    bad = shifts ? bad + step : bad * step;
    bad = outward ? Math.min(bad, end) : Math.max(bad, end);
    badExcess = excessAt(account, shifts, underlying, bad);
  }
  bracket(good, goodExcess, bad, badExcess);
  for (let z = trial(TOLERANCE); z == z; z = trial(TOLERANCE)) {
    narrow(z, excessAt(account, shifts, underlying, z));
  }
  return bracketEnd();
}


@unmanaged
class Unwinding {
  account: Account;
  levels: i32;
  steps: i32;
}

// Columns of sizes in the ladders, [position x level]; after each the costs.
const BID_SIZE: i32 = 0;
const ASK_SIZE: i32 = 2;
// Columns of a step.
const POSITION: i32 = 0;
const TRADE: i32 = 1;
const COST: i32 = 2;
const RATIO: i32 = 3;
const EQUITY: i32 = 4;
const STEP_MAINTENANCE: i32 = 5;
const STEP_COLUMNS: i32 = 6;

/** @returns room for a liquidation, 0 where memory is exhausted; its ladders are to be filled */
export function unwindingCreate(accountAt: usize, levels: i32, steps: i32): usize {
  const account = changetype<Account>(accountAt);
  const ladder = <u64>4 * account.positions * levels;
  const at = takeLarge(headerOf<Unwinding>() + 8 * (ladder + <u64>STEP_COLUMNS * steps));
  if (!at) return 0;
  const unwinding = changetype<Unwinding>(at);
  unwinding.account = account;
  unwinding.levels = levels;
  unwinding.steps = steps;
  return at;
}

/** Address of a column of the ladders, [position x level]; 4 is the steps, [step x column]. */
export function unwindingLadder(at: usize, column: i32): usize {
  const unwinding = changetype<Unwinding>(at);
  const entries = unwinding.account.positions * unwinding.levels;
  return at + headerOf<Unwinding>() + ((<usize>(column * entries)) << 3);
}

/** After the ladders: the steps, [step x column]. */
const STEPS: i32 = 4;

/** The first level of a position's side with anything left, `levels` where there is none. */
function levelOf(unwinding: Unwinding, position: i32, sizes: i32): i32 {
  const column = unwindingLadder(changetype<usize>(unwinding), sizes);
  let level = 0;
  while (level < unwinding.levels && get(column, position * unwinding.levels + level) <= 0) level++;
  return level;
}

/** Moves the forwards of an underlying further, by a factor. @returns the ratio they stand at */
function push(account: Account, underlying: i32, factor: f64): f64 {
  const ratio = get(account.ratios, underlying) * Math.max(LEAST_FACTOR, factor);
  set(account.ratios, underlying, ratio);
  evaluate(account);
  return ratio;
}
/** No single trade moves a forward below this part of itself. */
const LEAST_FACTOR: f64 = 0.01;

/** Books what a trade at the mark and its cost bring: in coin where the underlying is kept in coin. */
function book(account: Account, underlying: i32, amount: f64): void {
  if (parameter(account, underlying, COIN) == 0) account.cash += amount;
  else {
    const coins = get(account.coins, underlying) + amount / priceOf(account, underlying);
    set(account.coins, underlying, coins);
  }
}

/**
 * Liquidates, from the market as it is, with at most `fraction` of a position in a step.
 * @param impact relative move of the forward per unit of delta bought
 * @returns the number of steps taken; the account is solvent after them, or nothing that can be traded helps. Money and
 * coins are then those of the last step.
 */
export function unwindingRun(at: usize, fraction: f64, impact: f64): i32 {
  const unwinding = changetype<Unwinding>(at);
  const account = unwinding.account;
  const sizes = account.trial;
  refresh(account);
  memory.copy(sizes, account.sizes, (<usize>account.legs) << 3);
  evaluate(account);
  let excess = excessOf(account, sizes);
  let step = 0;
  while (excess < 0 && step < unwinding.steps) {
    let best = -1;
    let bestGain: f64 = 0;
    let bestTrade: f64 = 0;
    let bestCost: f64 = 0;
    let bestEntry = 0;
    for (let position = 0; position < account.positions; position++) {
      const size = get(sizes, position);
      const side = size > 0 ? BID_SIZE : ASK_SIZE;
      const level = levelOf(unwinding, position, side);
      if (size == 0 || level == unwinding.levels) continue;
      const entry = position * unwinding.levels + level;
      const part = fraction * Math.abs(get(account.sizes, position));
      const units = Math.min(Math.min(part, Math.abs(size)), get(unwindingLadder(at, side), entry));
      const trade = size > 0 ? -units : units;
      const cost = units * get(unwindingLadder(at, side + 1), entry);
      const cell = cellOf(account, position);
      set(sizes, position, size + trade);
      const gain = excessOf(account, sizes) - trade * get(account.worth, cell) - cost - excess;
      set(sizes, position, size);
      // NaN where it has no price
      if (!(gain > bestGain)) continue;
      best = position;
      bestGain = gain;
      bestTrade = trade;
      bestCost = cost;
      bestEntry = entry;
    }
    if (best < 0) break;
    const sizeColumn = unwindingLadder(at, bestTrade < 0 ? BID_SIZE : ASK_SIZE);
    set(sizeColumn, bestEntry, get(sizeColumn, bestEntry) - Math.abs(bestTrade));
    const cell = cellOf(account, best);
    const underlying = underlyingOf(account, placeOf(account, cell));
    book(account, underlying, -bestTrade * get(account.worth, cell) - bestCost);
    set(sizes, best, get(sizes, best) + bestTrade);
    let ratio = get(account.ratios, underlying);
    if (impact != 0) ratio = push(account, underlying, 1 + impact * bestTrade * get(account.deltas, cell));
    excess = excessOf(account, sizes);
    const row = unwindingLadder(at, STEPS) + ((<usize>(step * STEP_COLUMNS)) << 3);
    set(row, POSITION, best);
    set(row, TRADE, bestTrade);
    set(row, COST, bestCost);
    set(row, RATIO, ratio);
    set(row, EQUITY, equityOf(account));
    set(row, STEP_MAINTENANCE, totalOf(account, MAINTENANCE));
    step++;
  }
  return step;
}
