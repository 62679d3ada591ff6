/**
 * A hedge with few instruments. From the relaxed optimum, instruments are given up one by one, each time the one
 * without which the re-solved hedge is best; then one that is not traded is tried in the place of each that is, as
 * long as that helps. A solve on a face that hardly moves takes microseconds, so that every candidate is tried in
 * earnest.
 */
import { give, take } from '../memory/arena';
import { certify, OPTIMAL } from './certificate';
import { Hedger, restoreState, saveState, shapeInstrument, stateBytes } from './problem';
import { costOf, hold, pieceOf, regret } from './project';
import { resume } from './solve';
import { get, getInt, set } from '../memory/column';

/**
 * Candidates tried each time, where there are more: to give up those that pay least, to take up those that gain most.
 */
const TRIED: i32 = 16;

/** Exchanges of one instrument for another; the search mostly ends by itself. */
const EXCHANGES: i32 = 32;

export function countTraded(h: Hedger): i32 {
  let count = 0;
  for (let i = 0; i < h.instruments; i++) count += get(h.tradeAt, i) != 0 ? 1 : 0;
  return count;
}

/** The traded instrument after `last` in ascending order of what is paid for the trade; -1 where there is none. */
function nextToGiveUp(h: Hedger, last: i32): i32 {
  const paid = last < 0 ? -Infinity : costOf(h, last);
  let next = -1;
  let least = Infinity;
  for (let i = 0; i < h.instruments; i++) {
    if (get(h.tradeAt, i) == 0) continue;
    const cost = costOf(h, i);
    if (cost < paid || (cost == paid && i <= last) || !(cost < least)) continue;
    next = i;
    least = cost;
  }
  return next;
}

/** Gives up the instrument that is missed least. @returns whether the bands can do without one */
function giveUpOne(h: Hedger, stateAt: usize, tolerance: f64, maxIterations: i32): bool {
  let best = -1;
  let bestObjective = Infinity;
  let candidate = -1;
  saveState(h, stateAt);
  for (let tried = 0; tried < TRIED; tried++) {
    candidate = nextToGiveUp(h, candidate);
    if (candidate < 0) break;
    hold(h, candidate, 0);
    if (resume(h, tolerance, maxIterations) == OPTIMAL && h.objective < bestObjective) {
      best = candidate;
      bestObjective = h.objective;
    }
    shapeInstrument(h, candidate);
    restoreState(h, stateAt);
  }
  if (best < 0) return false;
  hold(h, best, 0);
  return resume(h, tolerance, maxIterations) == OPTIMAL;
}

/** What every instrument that is held would gain at the present multipliers, and 0 for the others. */
function setGains(h: Hedger, gainsAt: usize): void {
  certify(h);
  for (let i = 0; i < h.instruments; i++) {
    set(gainsAt, i, 0);
    if (getInt(h.kinkCountAt, i) > 1) continue;
    shapeInstrument(h, i);
    set(gainsAt, i, regret(h, i, 0, pieceOf(h, i, 0), get(h.changeAt, i)));
    hold(h, i, 0);
  }
}

/** The largest gain, which is then cleared; -1 where none is left. */
function takeLargest(h: Hedger, gainsAt: usize): i32 {
  let largest = -1;
  for (let i = 0; i < h.instruments; i++) {
    if (get(gainsAt, i) > (largest < 0 ? 0 : get(gainsAt, largest))) largest = i;
  }
  if (largest >= 0) set(gainsAt, largest, 0);
  return largest;
}

/** Exchanges one instrument for another that is held, where that helps. */
function exchangeOne(h: Hedger, stateAt: usize, most: i32, tolerance: f64, maxIterations: i32): bool {
  const gainsAt = h.answerAt;
  const before = h.objective;
  const innerAt = stateAt + stateBytes(h);
  setGains(h, gainsAt);
  saveState(h, stateAt);
  for (let tried = 0; tried < TRIED; tried++) {
    const candidate = takeLargest(h, gainsAt);
    if (candidate < 0) break;
    shapeInstrument(h, candidate);
    let fits: bool = resume(h, tolerance, maxIterations) == OPTIMAL;
    // the one that goes stays held, and is let go again where the exchange does not help
    const traded = countTraded(h);
    fits =
      fits && (traded <= most || giveUpOne(h, innerAt, tolerance, maxIterations)) && countTraded(h) <= most;
    if (fits && h.objective < before - tolerance * max(1, abs(before))) {
      holdOthers(h);
      return true;
    }
    restoreState(h, stateAt);
    for (let i = 0; i < h.instruments; i++) {
      if (get(h.tradeAt, i) != 0) shapeInstrument(h, i);
    }
    hold(h, candidate, 0);
  }
  resume(h, tolerance, maxIterations);
  return false;
}

function holdOthers(h: Hedger): void {
  for (let i = 0; i < h.instruments; i++) {
    if (get(h.tradeAt, i) == 0 && getInt(h.kinkCountAt, i) > 1) hold(h, i, 0);
  }
}

/**
 * Trades at most `most` instruments; all others are held at 0 afterwards.
 * @returns whether such a hedge was found
 */
export function select(h: Hedger, most: i32, tolerance: f64, maxIterations: i32): bool {
  const stateAt = take(2 * stateBytes(h));
  if (!stateAt) return false;
  holdOthers(h);
  let isFound: bool = true;
  while (isFound && countTraded(h) > most) isFound = giveUpOne(h, stateAt, tolerance, maxIterations);
  for (let count = 0; isFound && count < EXCHANGES; count++) {
    if (!exchangeOne(h, stateAt, most, tolerance, maxIterations)) break;
  }
  give(stateAt);
  return isFound;
}
