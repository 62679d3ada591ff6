/**
 * A market built up from trades. Each trade says the index price, the forward of its expiry by the price and the
 * volatility that the exchange gives it, and the volatility of its strike:
 *
 *     forward = index (1 + carry years),  carry an average over an expiry's trades
 *     strike's volatility = the trade's, or that of the mark price at the trade
 *
 * Instants are milliseconds since 1970.
 */
import { takeLarge } from '../memory/arena';
import { bell } from '../math/scalar';
import { DENSITY_AT_ZERO } from '../math/tail';
import { black, d1, own, paid } from '../pricing/scalar';


@unmanaged
class Tape {
  expiries: i32;
  rows: i32;
  /** Trades that a carry averages over, once there are as many; 0 for a carry that is given and stays. */
  reach: f64;
  /** 1 where strikes are marked at the mark price, 0 at the trade's. */
  marked: f64;
}

// Parts, doubles, one per expiry: instant, 1 where options settle in coin, underlying, carry per year, trades it is
// of, index price, forward. Then one volatility per row of the chain.
const EXPIRY: usize = 0;
const COIN: usize = 1;
const UNDERLYING: usize = 2;
const CARRY: usize = 3;
const COUNT: usize = 4;
const INDEX: usize = 5;
const FORWARD: usize = 6;
const VOLATILITY: usize = 7;

const HEADER: usize = 32;
const MILLISECONDS_PER_YEAR: f64 = 31536000000;
/** About an hour: instants are rounded, to minutes on some tapes, and carry is per year. */
const LEAST_YEARS: f64 = 1e-4;
/** |delta| of options whose price says the forward: beyond it their volatility is rounded too coarsely. */
const LEAST_DELTA: f64 = 0.2;
const MOST_DELTA: f64 = 0.8;
/** A forward further from the index, relative to it, is a slip. */
const FARTHEST: f64 = 0.25;
/** Steps of Newton's that any price takes from the index. */
const STEPS: i32 = 24;
/** A volatility above is a slip. */
const LARGEST_VOLATILITY: f64 = 10;

// What a trade did, added up.
const TOOK_VOLATILITY: i32 = 1;
const TOOK_FORWARD: i32 = 2;
const BAD_FORWARD: i32 = 4;

/** @returns the market, 0 where memory is exhausted; its parts are to be filled */
export function tapeCreate(expiries: i32, rows: i32, reach: f64, marked: f64): usize {
  const at = takeLarge(HEADER + 8 * (<u64>VOLATILITY * expiries + rows));
  if (at) {
    const tape = changetype<Tape>(at);
    tape.expiries = expiries;
    tape.rows = rows;
    tape.reach = reach;
    tape.marked = marked;
  }
  return at;
}

/** Address of part 0..7: expiry, coin, underlying, carry, count, index, forward; volatility. */
export function tapePart(at: usize, part: usize): usize {
  return at + HEADER + ((part * <usize>changetype<Tape>(at).expiries) << 3);
}

/** Black (1976) undiscounted, in coin where it settles so; what its last call found stands in the globals below. */
function priceOf(sign: f64, forward: f64, strike: f64, deviation: f64, coin: bool): f64 {
  const value = black(sign, forward, strike, deviation);
  delta = sign * own;
  vega = forward * DENSITY_AT_ZERO * bell(d1);
  slope = delta;
  if (!coin) return value;
  slope = (sign * strike * paid) / (forward * forward);
  vega /= forward;
  return value / forward;
}

/** Derivative of the value in the forward, against the forward; of the price in the forward; in the deviation. */
let delta: f64 = 0;
let slope: f64 = 0;
let vega: f64 = 0;

/**
 * The forward at which an option has a price: Newton's method from a start, kept in a bracket that each step narrows.
 * @param type 1 call, -1 put
 * @param coin 1 where price is in coin
 * @returns NaN where there is none within a half of the start, or where the price says little of it (|delta| outside
 * 0.2 to 0.8)
 */
export function impliedForward(
  type: f64,
  strike: f64,
  years: f64,
  volatility: f64,
  price: f64,
  coin: i32,
  start: f64,
): f64 {
  const deviation = volatility * sqrt<f64>(years);
  let low = start * (1 - 2 * FARTHEST);
  let high = start * (1 + 2 * FARTHEST);
  let forward = start;
  for (let step = 0; step < STEPS; step++) {
    const excess = priceOf(type, forward, strike, deviation, coin != 0) - price;
    // calls rise with the forward, puts fall
    if (excess * type > 0) high = forward;
    else low = forward;
    const size = abs(delta);
    let next = forward - excess / slope;
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    const moved = abs(next - forward);
    forward = next;
    if (moved > 1e-12 * forward) continue;
    return size >= LEAST_DELTA && size <= MOST_DELTA ? forward : NaN;
  }
  return NaN;
}

/**
 * The volatility of a mark price: the trade's, moved by what the mark lies beside the price. What an error of the
 * forward does to both goes out in the difference. The trade's own where vega is too small for that.
 */
function markVolatility(
  type: f64,
  forward: f64,
  strike: f64,
  years: f64,
  own: f64,
  gap: f64,
  coin: bool,
): f64 {
  const root = sqrt<f64>(years);
  const target = priceOf(type, forward, strike, own * root, coin) + gap;
  let volatility = own;
  for (let step = 0; step < STEPS; step++) {
    const excess = priceOf(type, forward, strike, volatility * root, coin) - target;
    const next = volatility - excess / (vega * root);
    // beyond there is no answer, or none that the price would tell
    if (!(next > 0.5 * own && next < 2 * own)) return own;
    const moved = abs(next - volatility);
    volatility = next;
    if (moved <= 1e-12 * own) return volatility;
  }
  return own;
}

/**
 * Takes a trade. What it lacks is no positive number.
 * @param type 1 call, -1 put
 * @param row of the chain
 * @returns 1 where it gave its strike a volatility, 2 where it gave its expiry a forward, 4 where its forward was a
 * slip, added up
 */
export function tapeTrade(
  at: usize,
  expiry: i32,
  row: i32,
  type: f64,
  strike: f64,
  instant: f64,
  price: f64,
  volatility: f64,
  mark: f64,
  index: f64,
): i32 {
  const tape = changetype<Tape>(at);
  const place = (<usize>expiry) << 3;
  if (index > 0) {
    const underlying = load<f64>(tapePart(at, UNDERLYING) + place);
    for (let e: usize = 0; e < (<usize>tape.expiries) << 3; e += 8) {
      if (load<f64>(tapePart(at, UNDERLYING) + e) == underlying) store<f64>(tapePart(at, INDEX) + e, index);
    }
  }
  const years = (load<f64>(tapePart(at, EXPIRY) + place) - instant) / MILLISECONDS_PER_YEAR;
  if (!(volatility > 0 && volatility <= LARGEST_VOLATILITY && years > 0)) return 0;
  const coin = load<f64>(tapePart(at, COIN) + place) != 0;
  let did = TOOK_VOLATILITY;
  const carryAt = tapePart(at, CARRY) + place;
  if (tape.reach > 0 && index > 0 && years >= LEAST_YEARS) {
    const forward = impliedForward(type, strike, years, volatility, price, coin ? 1 : 0, index);
    if (abs(forward / index - 1) < FARTHEST) {
      const countAt = tapePart(at, COUNT) + place;
      const count = min(load<f64>(countAt) + 1, tape.reach);
      const carry = load<f64>(carryAt);
      store<f64>(countAt, count);
      store<f64>(carryAt, carry + ((forward / index - 1) / years - carry) / count);
      did |= TOOK_FORWARD;
    } else if (forward > 0) did |= BAD_FORWARD;
  }
  let own = volatility;
  const standing = load<f64>(tapePart(at, INDEX) + place);
  if (tape.marked != 0 && mark > 0 && standing > 0) {
    const forward = standing * (1 + load<f64>(carryAt) * years);
    if (forward > 0) own = markVolatility(type, forward, strike, years, volatility, mark - price, coin);
  }
  store<f64>(tapePart(at, VOLATILITY) + ((<usize>row) << 3), own);
  return did;
}

/** Fills in the forwards of an instant; an expiry without an index price keeps its own. */
export function tapeForwards(at: usize, instant: f64): void {
  const tape = changetype<Tape>(at);
  for (let e: usize = 0; e < (<usize>tape.expiries) << 3; e += 8) {
    const index = load<f64>(tapePart(at, INDEX) + e);
    const years = max(0, (load<f64>(tapePart(at, EXPIRY) + e) - instant) / MILLISECONDS_PER_YEAR);
    const forward = index * (1 + load<f64>(tapePart(at, CARRY) + e) * years);
    if (index > 0 && forward > 0) store<f64>(tapePart(at, FORWARD) + e, forward);
  }
}
