/**
 * The forward and the discount factor of an expiry from put-call parity: call - put is linear in the strike,
 *
 *     linear:   D F - D K
 *     in coin:  D - (D/F) K
 *
 * a straight line through the middles of call - put, weighted by their spreads and, again and again, by how far they
 * lie from it, so that one bad quote does not turn it.
 */
import { give, take } from '../memory/arena';

/** Columns: strike, call bid, call ask, put bid, put ask; then the answers: forward, discount, pairs, rms error. */
const INPUTS: usize = 5;
const ANSWERS: usize = 4;
const ROUNDS: i32 = 20;

/** @returns the address of columns of `rows` each, one after the other, 0 where memory is exhausted */
export function parityCreate(rows: i32): usize {
  return take((INPUTS * <usize>rows + ANSWERS) << 3);
}

/** Gives the memory back. */
export function parityGive(at: usize): void {
  give(at);
}

/**
 * Fits the line.
 * @param discount - the discount factor where it is known, NaN where it is to be found
 */
export function paritySolve(at: usize, rows: i32, coin: i32, discount: f64): void {
  const answerAt = at + ((INPUTS * <usize>rows) << 3);
  const column = (<usize>rows) << 3;
  const isKnown = discount == discount;
  let level: f64 = 0;
  let slope: f64 = 0;
  let pairs = 0;
  let error: f64 = 0;
  for (let round = 0; round < ROUNDS; round++) {
    let s: f64 = 0;
    let sk: f64 = 0;
    let sv: f64 = 0;
    let skk: f64 = 0;
    let skv: f64 = 0;
    let counted = 0;
    error = 0;
    for (let i = at; i < at + column; i += 8) {
      const strike = load<f64>(i);
      const callBid = load<f64>(i + column);
      const callAsk = load<f64>(i + 2 * column);
      const putBid = load<f64>(i + 3 * column);
      const putAsk = load<f64>(i + 4 * column);
      if (!(strike > 0 && callBid > 0 && callAsk >= callBid && putBid > 0 && putAsk >= putBid)) continue;
      if (!(strike < Infinity && callAsk < Infinity && putAsk < Infinity)) continue;
      const value = 0.5 * (callBid + callAsk - putBid - putAsk);
      const half = 0.5 * (callAsk - callBid + putAsk - putBid) + 1e-6 * (callAsk + putAsk);
      const off = round ? value - (level + slope * strike) : 0;
      const far = off / half;
      const weight = 1 / (half * half * Math.sqrt(1 + far * far));
      error += off * off;
      counted++;
      s += weight;
      sk += weight * strike;
      sv += weight * value;
      skk += weight * strike * strike;
      skv += weight * strike * value;
    }
    pairs = counted;
    error = Math.sqrt(error / <f64>counted);
    if (isKnown && coin) {
      level = discount;
      slope = (skv - level * sk) / skk;
    } else if (isKnown) {
      slope = -discount;
      level = (sv - slope * sk) / s;
    } else {
      const spread = skk - (sk * sk) / s;
      slope = (skv - (sk * sv) / s) / spread;
      level = (sv - slope * sk) / s;
    }
  }
  const isFound = pairs >= (isKnown ? 1 : 2) && slope < 0 && level > 0;
  store<f64>(answerAt, isFound ? -level / slope : NaN);
  store<f64>(answerAt + 8, isFound ? (isKnown ? discount : coin ? level : -slope) : NaN);
  store<f64>(answerAt + 16, <f64>pairs);
  store<f64>(answerAt + 24, isFound ? error : NaN);
}
