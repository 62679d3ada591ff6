/**
 * A chain whose volatilities come from smiles, and how they move with the forward. With the smile as fitted at F0, T0
 * and sigma0(k) its volatility at k = ln(K/F0), an option on the chain at F, T has
 *
 *     sticky strike:     sigma0(ln(K/F0)): that of its strike
 *     sticky moneyness:  sigma0(ln(K/F)): that of its distance from the forward
 *     sticky delta:      sigma0(k0), k0 the moneyness that had its d1: that of its delta
 *
 * The last two differ as time passes: from d1 = -k/(sigma sqrt(T)) + sigma sqrt(T)/2 follows
 *
 *     k0 = k sqrt(T0/T) + sigma^2 (T0 - sqrt(T0 T))/2
 *
 * What the smile's motion adds to delta is vega d sigma/dF (Derman 1999, Regimes of volatility; the skew delta).
 */
import { logRatio } from '../math/scalar';
import {
  Chain,
  chainForward,
  chainVarianceYears,
  chainVolatility,
  firstRow,
  resultColumn,
  rowColumn,
  STRIKE,
} from '../book/chain';
import {
  Book,
  EXPOSURES,
  PLACE_FORWARD,
  PLACE_UNDERLYING,
  placeColumn,
  totalAt,
  weigh,
  weightAt,
} from '../book/exposure';
import { give, take } from '../memory/arena';
import { headerOf, strideOf } from '../memory/layout';
import { DELTA, VEGA } from '../pricing/sensitivity';
import { expiryColumn, FORWARD, OK, reportOf, Smile, YEARS } from './smile';
import { Slice, slope, variance } from './svi';

export const STICKY_STRIKE: i32 = 0;
export const STICKY_MONEYNESS: i32 = 1;
export const STICKY_DELTA: i32 = 2;

/** Rounds that settle k0: each cuts the error by c dsigma^2/dk, a few per cent. */
const SETTLINGS: i32 = 12;


@unmanaged
class Follower {
  smile: usize;
  chain: usize;
  rule: i32;
  surface: i32;
  stride: usize;
  expiryStride: usize;
}

// Columns of expiries: the smile's expiry of each of the chain's (integers, -1 for none), then sums.
const MAP: usize = 0;
const SUM: usize = 1;
const EXPIRY_COLUMNS: usize = 2;
// Columns of rows: d volatility / d forward, then deltas of calls and of puts.
const SLOPE: usize = 0;
const CALL_DELTA: usize = 1;
const PUT_DELTA: usize = 2;
const ROW_COLUMNS: usize = 3;

// @ts-ignore: decorator
@inline
function byExpiry(follower: Follower, column: usize): usize {
  return changetype<usize>(follower) + headerOf<Follower>() + column * follower.expiryStride;
}

// @ts-ignore: decorator
@inline
function byRow(follower: Follower, column: usize): usize {
  return byExpiry(follower, EXPIRY_COLUMNS) + column * follower.stride;
}

/** @returns the follower, 0 where memory is exhausted; its map is to be filled */
export function followerCreate(smile: usize, chainAt: usize, rule: i32, surface: i32): usize {
  const chain = changetype<Chain>(chainAt);
  const stride = strideOf(chain.rows);
  const expiryStride = strideOf(chain.expiries);
  const at = take(headerOf<Follower>() + EXPIRY_COLUMNS * expiryStride + ROW_COLUMNS * stride);
  if (at) {
    const follower = changetype<Follower>(at);
    follower.smile = smile;
    follower.chain = chainAt;
    follower.rule = rule;
    follower.surface = surface;
    follower.stride = stride;
    follower.expiryStride = expiryStride;
  }
  return at;
}

/** Gives the memory back. */
export function followerGive(at: usize): void {
  give(at);
}

/** Address of the smile's expiry of each of the chain's: integers of 32 bits, -1 for none. */
export function followerMap(at: usize): usize {
  return byExpiry(changetype<Follower>(at), MAP);
}

/** Address of a column of rows: d volatility / d forward, deltas of calls, of puts. */
export function followerColumn(at: usize, column: i32): usize {
  return byRow(changetype<Follower>(at), <usize>column);
}

/** Address of the sums of `followerSum`, one per expiry. */
export function followerSums(at: usize): usize {
  return byExpiry(changetype<Follower>(at), SUM);
}

function followExpiry(follower: Follower, expiry: i32, source: i32): void {
  const chain = changetype<Chain>(follower.chain);
  const smile = changetype<Smile>(follower.smile);
  const place = (<usize>expiry) << 3;
  const report = reportOf(smile, source, follower.surface);
  const years = load<f64>(chainVarianceYears(follower.chain) + place);
  const isFollowed = report.status == OK && years > 0;
  const slice = changetype<Slice>(changetype<usize>(report));
  const forward = load<f64>(chainForward(follower.chain) + place);
  const fitted = load<f64>(expiryColumn(smile, FORWARD) + ((<usize>source) << 3));
  const fittedYears = load<f64>(expiryColumn(smile, YEARS) + ((<usize>source) << 3));
  const isStrike = follower.rule == STICKY_STRIKE;
  const against = isStrike ? fitted : forward;
  const isDelta = follower.rule == STICKY_DELTA;
  const stretch = isDelta ? Math.sqrt(fittedYears / years) : 1;
  const bend = isDelta ? 0.5 * (fittedYears - Math.sqrt(fittedYears * years)) : 0;
  for (let row = firstRow(chain, expiry); row < firstRow(chain, expiry + 1); row++) {
    const i = (<usize>row) << 3;
    if (!isFollowed) {
      store<f64>(byRow(follower, SLOPE) + i, 0);
      continue;
    }
    const k = logRatio(load<f64>(rowColumn(chain, STRIKE) + i), against);
    let k0 = stretch * k;
    if (bend != 0) {
      for (let round = 0; round < SETTLINGS; round++)
        k0 = stretch * k + (bend * variance(slice, k0)) / fittedYears;
    }
    const w = variance(slice, k0);
    const volatility = Math.sqrt(w / fittedYears);
    const skew = (0.5 * slope(slice, k0) * volatility) / w;
    const byMoneyness = (stretch * skew) / (1 - 2 * bend * volatility * skew);
    store<f64>(chainVolatility(follower.chain) + i, volatility);
    store<f64>(byRow(follower, SLOPE) + i, isStrike ? 0 : -byMoneyness / forward);
  }
}

/**
 * Gives the chain the smile's volatilities at the forwards and years laid in; the next tick reads them. An expiry that
 * has no slice keeps its own.
 * @returns the first expiry whose forward is not positive and finite, nothing having changed; -1 if none
 */
export function followerMark(at: usize): i32 {
  const follower = changetype<Follower>(at);
  const chain = changetype<Chain>(follower.chain);
  for (let expiry = 0; expiry < chain.expiries; expiry++) {
    const forward = load<f64>(chainForward(follower.chain) + ((<usize>expiry) << 3));
    if (!(forward > 0 && forward < Infinity)) return expiry;
  }
  for (let expiry = 0; expiry < chain.expiries; expiry++) {
    const source = load<i32>(byExpiry(follower, MAP) + ((<usize>expiry) << 2));
    if (source >= 0) followExpiry(follower, expiry, source);
  }
  return -1;
}

/** Skew deltas of every row from the chain's last tick: delta + vega d volatility / d forward. */
export function followerDelta(at: usize): void {
  const follower = changetype<Follower>(at);
  const chain = changetype<Chain>(follower.chain);
  const call = resultColumn(chain, DELTA, false);
  const put = resultColumn(chain, DELTA, true);
  const vega = resultColumn(chain, VEGA, false);
  for (let i: usize = 0; i < (<usize>chain.rows) << 3; i += 8) {
    const slope = load<f64>(byRow(follower, SLOPE) + i);
    const shift = slope == 0 ? 0 : load<f64>(vega + i) * slope;
    store<f64>(byRow(follower, CALL_DELTA) + i, load<f64>(call + i) + shift);
    store<f64>(byRow(follower, PUT_DELTA) + i, load<f64>(put + i) + shift);
  }
}

/**
 * What the smile's motion adds to a book's delta, by expiry: the sum of size x vega x d volatility / d forward.
 * @returns 0 where it is on another chain
 */
export function followerSum(at: usize, bookAt: usize): bool {
  const follower = changetype<Follower>(at);
  const book = changetype<Book>(bookAt);
  const chain = book.chain;
  if (changetype<usize>(chain) != follower.chain) return false;
  weigh(book);
  for (let expiry = 0; expiry < chain.expiries; expiry++) {
    let sum: f64 = 0;
    for (let row = firstRow(chain, expiry); row < firstRow(chain, expiry + 1); row++) {
      const i = (<usize>row) << 3;
      const size = load<f64>(weightAt(book, row)) + load<f64>(weightAt(book, chain.rows + row));
      const shift = load<f64>(resultColumn(chain, VEGA, false) + i) * load<f64>(byRow(follower, SLOPE) + i);
      if (size != 0 && shift == shift) sum += size * shift;
    }
    store<f64>(byExpiry(follower, SUM) + ((<usize>expiry) << 3), sum);
  }
  return true;
}

/**
 * Adds what the smile's motion makes of delta to the exposures that `bookExpose` left: by expiry, and to the totals at
 * the ratio of the forwards there.
 * @param coin - as for `bookExpose`: a value in coin is one over the forward
 * @returns 0 where the book is on another chain
 */
export function followerExpose(at: usize, bookAt: usize, coin: i32): bool {
  if (!followerSum(at, bookAt)) return false;
  const book = changetype<Book>(bookAt);
  const forwards = placeColumn(book, PLACE_FORWARD);
  for (let expiry = 0; expiry < book.chain.expiries; expiry++) {
    const i = (<usize>expiry) << 3;
    const forward = load<f64>(forwards + i);
    const shift = load<f64>(byExpiry(changetype<Follower>(at), SUM) + i) / (coin ? forward : 1);
    const deltaAt = placeColumn(book, EXPOSURES + DELTA) + i;
    store<f64>(deltaAt, load<f64>(deltaAt) + shift);
    const underlying = <usize>load<u32>(placeColumn(book, PLACE_UNDERLYING) + (i >> 1));
    const against = load<f64>(forwards + ((<usize>book.chain.expiries + underlying) << 3));
    const totalDelta = totalAt(book, underlying) + (DELTA << 3);
    store<f64>(totalDelta, load<f64>(totalDelta) + (forward / against) * shift);
  }
  return true;
}
