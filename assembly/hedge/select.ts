/**
 * A hedge with few instruments: from the relaxed optimum, instruments are given up one by one, each time the one without
 * which the re-solved hedge is best. Solves on a face that hardly moves are cheap enough to try every candidate in earnest.
 */
import { give, take } from '../memory/arena';
import { OPTIMAL } from './certificate';
import { get, Hedger, restoreState, saveState, shapeInstrument, stateBytes } from './problem';
import { costOf, hold } from './project';
import { resume } from './solve';

/** Candidates tried in earnest each time, where there are more: those that pay least for their trade. */
const TRIED: i32 = 16;

function countTraded(h: Hedger): i32 {
  let count = 0;
  for (let i = 0; i < h.instruments; i++) count += get(h.tradeAt, i) != 0 ? 1 : 0;
  return count;
}

/** The next traded instrument to try after `i` in the order of what is paid for it; -1 where there is none. */
function nextCandidate(h: Hedger, paid: f64, after: i32): i32 {
  let next = -1;
  let least = Infinity;
  for (let i = 0; i < h.instruments; i++) {
    if (get(h.tradeAt, i) == 0) continue;
    const cost = costOf(h, i);
    if (cost < paid || (cost == paid && i <= after) || !(cost < least)) continue;
    next = i;
    least = cost;
  }
  return next;
}

/**
 * Gives up instruments until at most `most` are traded; those given up stay held at 0.
 * @returns whether any had to be given up
 */
export function select(h: Hedger, most: i32, tolerance: f64, maxIterations: i32): bool {
  if (countTraded(h) <= most) return false;
  const stateAt = take(stateBytes(h));
  if (!stateAt) return false;
  while (countTraded(h) > most) {
    let best = -1;
    let bestObjective = Infinity;
    let candidate = -1;
    let paid = -Infinity;
    saveState(h, stateAt);
    for (let tried = 0; tried < TRIED; tried++) {
      candidate = nextCandidate(h, paid, candidate);
      if (candidate < 0) break;
      paid = costOf(h, candidate);
      hold(h, candidate, 0);
      if (resume(h, tolerance, maxIterations) == OPTIMAL && h.objective < bestObjective) {
        best = candidate;
        bestObjective = h.objective;
      }
      shapeInstrument(h, candidate);
      restoreState(h, stateAt);
    }
    // without any one of them the bands are out of reach
    if (best < 0) break;
    hold(h, best, 0);
    resume(h, tolerance, maxIterations);
  }
  give(stateAt);
  return true;
}
