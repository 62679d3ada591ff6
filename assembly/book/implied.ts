/**
 * Quotes to volatilities: columns in, columns out. A block of rows goes through short passes over scratch, as in
 * block.ts: compare (ln(F/K)), prepare (time value, whether there is a volatility), guess. Then rows are listed by what
 * their step needs, the series or both tails, so that each does its own arithmetic only; rows beyond the guess
 * (a large deviation or moneyness) are listed apart and take up to three steps. Rows without a volatility get a status.
 */
import { takeLarge } from '../memory/arena';
import { headerOf, strideOf } from '../memory/layout';
import {
  abs,
  add,
  and,
  any,
  both,
  div,
  drop,
  equal,
  finite,
  head,
  keep,
  least,
  lessThan,
  madd,
  mul,
  neg,
  not,
  or,
  pair,
  read,
  select,
  sqrt,
  sub,
  write,
} from '../lanes/f64x2';
import { expm1X2, expX2 } from '../math/exp';
import { logRatioInto, logRatioX2, lostX2 } from '../math/log';
import { DENSITY_AT_ZERO, tailOverX2, tailUnderX2 } from '../math/tail';
import { exp } from '../math/scalar';
import {
  ABOVE_MAXIMUM,
  BAD_INPUT,
  BELOW_INTRINSIC,
  commonUnderX2,
  deviationX2,
  differenceX2,
  householderX2,
  isNearX2,
  isSmallX2,
  negateX2,
  NO_TIME_VALUE,
  normalGuessX2,
  OK,
  quantileX2,
  ratioOverX2,
  skewX2,
  slopeOverX2,
} from '../pricing/implied';
import { BLOCK } from './block';


@unmanaged
class Quotes {
  capacity: i32;
  /** 1 where the underlying is a forward, 0 where it is spot. */
  forward: i32;
  stride: usize;
}

// Columns. `type` holds bytes, 1 call, -1 put, as does `status`. On forwards the dividend is not read.
const TYPE: usize = 0;
const UNDER: usize = 1;
const STRIKE: usize = 2;
const YEARS: usize = 3;
const PRICE: usize = 4;
const RATE: usize = 5;
const DIVIDEND: usize = 6;
const GUESS: usize = 7;
const VOLATILITY: usize = 8;
const STATUS: usize = 9;
const COLUMNS: usize = 10;

/** @returns the quotes, 0 where memory is exhausted */
export function impliedCreate(capacity: i32, forward: i32): usize {
  const stride = strideOf(capacity);
  const at = takeLarge(headerOf<Quotes>() + COLUMNS * <u64>stride);
  if (at) {
    const quotes = changetype<Quotes>(at);
    quotes.capacity = capacity;
    quotes.forward = forward;
    quotes.stride = stride;
  }
  return at;
}

/** Address of column 0..9: type, underlying, strike, years, price, rate, dividend, guess; volatility, status. */
export function impliedColumn(at: usize, column: i32): usize {
  return at + headerOf<Quotes>() + <usize>column * changetype<Quotes>(at).stride;
}

/** Bytes from a scratch column to the next, as in block.ts. */
const BAND: usize = 128 * 8 + 64;

// Scratch columns of a block.
/** k = |ln(A/B)|; normal model: |F - K|. */
const K: usize = 0;
/** c, or -2^600 c where c is less than 2^-500. */
const SHARE: usize = BAND;
/** 1 - c. */
const REST: usize = 2 * BAND;
/** s, the unknown. */
const S: usize = 3 * BAND;
/** ln(1 + |A - B|/time value). */
const LOG: usize = 4 * BAND;
const ROOT_YEARS: usize = 5 * BAND;
/** A mask: there is a volatility. */
const FINE: usize = 6 * BAND;

const scratchAt: usize = memory.data(7 * (128 * 8 + 64), 64);

/** Prices this small are scaled, lest the quotients of the steps leave the normal numbers. */
const SMALL_SHARE: f64 = 3.054936363499605e-151; // 2^-500
const SCALE: f64 = 4.149515568880993e180; // 2^600
const LN_SCALE: f64 = 415.88830833596717;
/** Beyond this moneyness A and B have no common scale. */
const MOST_MONEYNESS: f64 = 690;

/** A difference below this share of the price is lost in the rounding of A and B. */
const BARE: f64 = 3.552713678800501e-15; // 2^-48

/** One step of relative size less than this settles a row: what it leaves out is below its fourth power. */
const SETTLED: f64 = 6.103515625e-5; // 2^-14
/** Steps that settle any row from the guess of `guessFar`. */
const FAR_STEPS: i32 = 5;
/** Where Newton's relative step is larger the guess was none: it tends to 1/2 far below and above the answer. */
const CLOSE: f64 = 0.25;

// @ts-ignore: decorator
@inline
function readTypes(at: usize): v128 {
  return pair(<f64>load<i8>(at), <f64>load<i8>(at, 1));
}

/** Whether the first `rows` of a column are all zero: then its exponentials are 1. */
function isZero(columnAt: usize, rows: i32): bool {
  let bits = both(0);
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) bits = or(bits, read(columnAt + i));
  return !any(bits);
}

/**
 * First pass: ln(F/K), or F - K, with its sign. On spot its terms may cancel, and where the price is small too the
 * volatility would lose digits. @returns whether that happens
 */
// @ts-ignore: decorator
@inline
function compare(inputAt: usize, stride: usize, rows: i32, forward: bool, normal: bool, inverse: v128): bool {
  let cancels = both(0);
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const at = inputAt + i;
    const under = read(at + UNDER * stride);
    const strike = read(at + STRIKE * stride);
    let signed: v128;
    if (forward) {
      signed = normal ? sub(under, strike) : logRatioX2(under, strike);
    } else {
      const carry = carryX2(at, stride);
      signed = normal
        ? madd(under, signedExpm1X2(carry), sub(under, strike))
        : add(logRatioX2(under, strike), carry);
      cancels = or(cancels, cancelsX2(at, stride, signed, carry, normal, inverse));
    }
    write(scratchAt + i, signed, K);
  }
  return any(cancels);
}

/** (rate - dividend) years. */
// @ts-ignore: decorator
@inline
function carryX2(at: usize, stride: usize): v128 {
  const held = sub(read(at + RATE * stride), read(at + DIVIDEND * stride));
  return mul(held, read(at + YEARS * stride));
}

/** Set where ln(S/K) and the carry cancel, and the price says that s is not much larger than the carry. */
// @ts-ignore: decorator
@inline
function cancelsX2(at: usize, stride: usize, signed: v128, carry: v128, normal: bool, inverse: v128): v128 {
  const under = read(at + UNDER * stride);
  const moved = abs(mul(carry, under));
  const price = mul(read(at + PRICE * stride), select(inverse, under, both(1)));
  const part = mul(normal ? moved : abs(carry), both(4));
  const cancels = and(lessThan(abs(signed), part), lessThan(price, moved));
  return normal ? and(cancels, lessThan(both(0), mul(under, read(at + STRIKE * stride)))) : cancels;
}

/** exp(x) - 1 of either sign. */
// @ts-ignore: decorator
@inline
function signedExpm1X2(x: v128): v128 {
  const up = expm1X2(abs(x));
  return select(lessThan(x, both(0)), div(neg(up), add(up, both(1))), up);
}

const LOG_HIGH: usize = memory.data(16, 16);
const LOG_LOW: usize = memory.data(16, 16);

/** ln(S/K) + (r - q) T of the rows that `compare` found, each term in two doubles; for the normal model K (F/K - 1). */
function compareFinely(inputAt: usize, stride: usize, rows: i32, normal: bool, inverse: v128): void {
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const at = inputAt + i;
    const plain = read(scratchAt + i, K);
    const cancels = cancelsX2(at, stride, plain, carryX2(at, stride), normal, inverse);
    if (!any(cancels)) continue;
    const strike = read(at + STRIKE * stride);
    logRatioInto(LOG_HIGH, LOG_LOW, abs(read(at + UNDER * stride)), abs(strike));
    const rate = read(at + RATE * stride);
    const dividend = read(at + DIVIDEND * stride);
    const years = read(at + YEARS * stride);
    const held = sub(rate, dividend);
    const part = add(held, dividend);
    const heldLow = sub(sub(rate, part), sub(dividend, sub(part, held)));
    const carry = mul(held, years);
    const carryLow = madd(heldLow, years, lostX2(held, years, carry));
    const high = read(LOG_HIGH);
    const sum = add(high, carry);
    const from = sub(sum, high);
    const lost = add(sub(high, sub(sum, from)), sub(carry, from));
    const fine = add(sum, add(lost, add(read(LOG_LOW), carryLow)));
    write(scratchAt + i, select(cancels, normal ? mul(strike, signedExpm1X2(fine)) : fine, plain), K);
  }
}

/** exp(x + xLow) as the sum of two doubles at LOG_HIGH, LOG_LOW: one correction of exp(x) by its own logarithm. */
function expFinely(x: v128, xLow: v128): void {
  const y = expX2(x);
  logRatioInto(LOG_HIGH, LOG_LOW, y, both(1));
  const rest = add(sub(x, read(LOG_HIGH)), sub(xLow, read(LOG_LOW)));
  write(LOG_HIGH, y);
  write(LOG_LOW, mul(y, rest));
}

const TIME: usize = memory.data(16, 16);
const GAP: usize = memory.data(16, 16);

/**
 * What two rows have left above their intrinsic value (at TIME) and below their maximum (at GAP) where the one or the
 * other is next to nothing: all but the last rounding is exact, so that the sign is right.
 */
function measureFinely(at: usize, stride: usize, sign: v128, forward: bool, inverse: v128): void {
  const under = read(at + UNDER * stride);
  const strike = read(at + STRIKE * stride);
  const years = read(at + YEARS * stride);
  const quoted = read(at + PRICE * stride);
  const rate = neg(read(at + RATE * stride));
  const unit = select(inverse, under, both(1));
  const price = mul(quoted, unit);
  const priceLow = lostX2(quoted, unit, price);
  const discounted = mul(rate, years);
  expFinely(discounted, lostX2(rate, years, discounted));
  const b = mul(strike, read(LOG_HIGH));
  const bLow = madd(strike, read(LOG_LOW), lostX2(strike, read(LOG_HIGH), b));
  if (!forward) {
    const dividend = neg(read(at + DIVIDEND * stride));
    const carried = mul(dividend, years);
    expFinely(carried, lostX2(dividend, years, carried));
  }
  const a = mul(under, read(LOG_HIGH));
  const aLow = madd(under, read(LOG_LOW), lostX2(under, read(LOG_HIGH), a));
  const whole = sub(a, b);
  const part = add(whole, b);
  const wholeLow = add(sub(sub(a, part), sub(b, sub(part, whole))), sub(aLow, bLow));
  // what is subtracted from the price agrees with it in all but its last bits
  write(TIME, add(sub(price, mul(sign, whole)), sub(priceLow, mul(sign, wholeLow))));
  const isCall = lessThan(both(0), sign);
  write(GAP, add(sub(select(isCall, a, b), price), sub(select(isCall, aLow, bLow), priceLow)));
}

/** Second pass: time value and unit, and whether there is a volatility. */
// @ts-ignore: decorator
@inline
function prepare(
  inputAt: usize,
  stride: usize,
  typeAt: usize,
  rows: i32,
  forward: bool,
  normal: bool,
  inverse: v128,
): void {
  const noRate = isZero(inputAt + RATE * stride, rows);
  const noDividend = forward || isZero(inputAt + DIVIDEND * stride, rows);
  let at = inputAt;
  let type = typeAt;
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const scratch = scratchAt + i;
    const sign = readTypes(type);
    const under = read(at + UNDER * stride);
    const strike = read(at + STRIKE * stride);
    const years = read(at + YEARS * stride);
    const price = mul(read(at + PRICE * stride), select(inverse, under, both(1)));
    const signed = read(scratch, K);
    const k = abs(signed);
    const isLess = lessThan(signed, both(0));
    const sound = mul(read(at + RATE * stride), years);
    const discount = noRate ? both(1) : expX2(neg(sound));
    let base = discount; // the unit of prices
    let most = both(Infinity); // what the price stays below
    let whole: v128; // |A - B|
    let lost = both(0); // what rounding took from `whole`
    let sum = add(add(under, strike), add(years, price));
    if (forward) {
      const difference = sub(under, strike);
      const part = add(difference, strike);
      const low = sub(sub(under, part), sub(strike, sub(part, difference)));
      whole = mul(discount, abs(difference));
      lost = mul(discount, negateX2(isLess, low));
      if (!normal) {
        base = mul(discount, select(isLess, under, strike));
        most = mul(discount, select(lessThan(both(0), sign), under, strike));
      }
    } else {
      const carried = mul(read(at + DIVIDEND * stride), years);
      if (normal) {
        whole = mul(discount, k);
      } else {
        const a = mul(under, noDividend ? both(1) : expX2(neg(carried)));
        const b = mul(strike, discount);
        base = select(isLess, a, b);
        most = select(lessThan(both(0), sign), a, b);
        whole = select(lessThan(k, both(0.5)), mul(base, expm1X2(least(k, both(1)))), abs(sub(a, b)));
      }
      sum = add(sum, carried);
    }
    const isIn = lessThan(both(0), mul(sign, signed));
    let time = select(isIn, sub(sub(price, whole), lost), price);
    let gap = sub(most, price);
    const bare = mul(price, both(BARE));
    const hasNoTime = and(isIn, lessThan(abs(time), bare));
    const hasNoGap = lessThan(abs(gap), bare);
    if (any(or(hasNoTime, hasNoGap))) {
      measureFinely(at, stride, sign, forward, inverse);
      time = select(hasNoTime, read(TIME), time);
      gap = select(hasNoGap, read(GAP), gap);
    }
    const perBase = div(both(1), base);
    const share = mul(time, perBase);
    const isSmall = lessThan(share, both(SMALL_SHARE));
    write(scratch, k, K);
    write(scratch, select(isSmall, mul(mul(time, both(-SCALE)), perBase), share), SHARE);
    write(scratch, logRatioX2(add(time, whole), time), LOG);
    write(scratch, sqrt(years), ROOT_YEARS);
    // comparisons with NaN are false, so that NaN fails as well
    let positive = and(lessThan(both(0), time), lessThan(both(0), years));
    if (!normal) {
      const rest = mul(gap, perBase);
      write(scratch, rest, REST);
      positive = and(positive, lessThan(both(0), least(rest, least(under, strike))));
      positive = and(positive, lessThan(k, both(MOST_MONEYNESS)));
    }
    const isOption = equal(abs(sign), both(1));
    const isFine = and(isOption, and(positive, finite(add(add(sum, whole), add(base, sound)))));
    write(scratch, isFine, FINE);
    at += 16;
    type += 2;
  }
}

/** The guess serves a row alone, and the series of `differenceX2` its step. */
const SMALL: i32 = 0;
/** The guess serves a row alone, and both tails its step. */
const WIDE: i32 = 1;
/** The row needs a guess of its own. */
const FAR: i32 = 2;

/** Lists of rows, as offsets in a scratch column, by what they need; an entry more than rows, to make them even. */
const LIST: usize = 132 * 4;
const listsAt: usize = memory.data(3 * 132 * 4, 16);
/** Bytes from one column of the work on listed rows to the next. */
const LINE: usize = 132 * 8 + 64;
const countsAt: usize = memory.data(3 * 4, 16);

/** Third pass: the guess, and which step a row needs. Rows without a volatility are in no list. */
// @ts-ignore: decorator
@inline
function guess(rows: i32, normal: bool): void {
  let small = listsAt;
  let wide = listsAt + LIST;
  let far = listsAt + 2 * LIST;
  const end: usize = (<usize>rows) << 3;
  for (let i: usize = 0; i < end; i += 16) {
    const scratch = scratchAt + i;
    const k = read(scratch, K);
    const fine = read(scratch, FINE);
    const s0 = normalGuessX2(k, read(scratch, SHARE), read(scratch, LOG));
    const s = normal ? s0 : skewX2(k, s0);
    const isNear = normal ? fine : isNearX2(k, s0);
    const near = and(fine, isNear);
    const isSmall = normal ? fine : and(near, isSmallX2(s));
    write(scratch, normal ? s : select(isNear, s, both(NaN)), S);
    // stores go to all lists, and count where they belong
    const fines = i64x2.bitmask(fine);
    const nears = i64x2.bitmask(near);
    const smalls = i64x2.bitmask(isSmall);
    const wides = nears ^ smalls;
    const fars = fines ^ nears;
    store<u32>(small, <u32>i);
    small += (smalls & 1) << 2;
    store<u32>(wide, <u32>i);
    wide += (wides & 1) << 2;
    store<u32>(far, <u32>i);
    far += (fars & 1) << 2;
    if (i + 8 == end) break;
    store<u32>(small, <u32>i + 8);
    small += (smalls & 2) << 1;
    store<u32>(wide, <u32>i + 8);
    wide += (wides & 2) << 1;
    store<u32>(far, <u32>i + 8);
    far += (fars & 2) << 1;
  }
  close(SMALL, small);
  close(WIDE, wide);
  close(FAR, far);
}

/** Ends a list: an odd last row is repeated. */
function close(list: i32, end: usize): void {
  const start = listsAt + <usize>list * LIST;
  const count = (end - start) >> 2;
  store<i32>(countsAt + ((<usize>list) << 2), <i32>count);
  if (count & 1) store<u32>(end, load<u32>(end - 4));
}

// @ts-ignore: decorator
@inline
function count(list: i32): usize {
  return load<i32>(countsAt + ((<usize>list) << 2));
}

/** Two rows of a scratch column. */
// @ts-ignore: decorator
@inline
function readRows(column: usize, first: usize, second: usize): v128 {
  return v128.load64_lane(scratchAt + column + second, v128.load64_zero(scratchAt + column + first), 1);
}

// @ts-ignore: decorator
@inline
function writeRows(column: usize, first: usize, second: usize, x: v128): void {
  v128.store64_lane(scratchAt + column + first, x, 0);
  v128.store64_lane(scratchAt + column + second, x, 1);
}

// The work on listed rows, in the order of the lists, a column each.
/** s in 26 bits. */
const POINT: usize = 0;
const Z: usize = LINE;
/** z^2/2, exact up to what is in BELOW. */
const HALF_SQUARE: usize = 2 * LINE;
/** The rest of (z - h)^2/2. */
const BELOW: usize = 3 * LINE;
/** The R of c or 1 - c, as a quotient. */
const NUMERATOR: usize = 4 * LINE;
const DENOMINATOR: usize = 5 * LINE;
/** c or 1 - c. */
const TARGET: usize = 6 * LINE;
/** A mask: it is 1 - c. */
const UPPER: usize = 7 * LINE;
/** Q R(z) on its way to NUMERATOR. */
const RATIO: usize = 8 * LINE;

const workAt: usize = memory.data(9 * (132 * 8 + 64), 64);

/** The arguments of the tails, for both kinds of step. @returns z */
// @ts-ignore: decorator
@inline
function placeX2(work: usize, k: v128, s: v128, normal: bool): v128 {
  // s and z in 26 bits, and the rest of z: their squares and their product are exact
  const perS = div(both(1), s);
  const zHigh = head(mul(k, perS));
  const zLow = mul(sub(k, mul(zHigh, s)), perS);
  const z = add(zHigh, zLow);
  write(work, s, POINT);
  write(work, z, Z);
  write(work, mul(mul(zHigh, zHigh), both(0.5)), HALF_SQUARE);
  // (z - h)^2 = z^2 + h^2 - k
  let below = mul(add(zHigh, z), zLow);
  if (!normal) below = add(below, sub(mul(mul(s, s), both(0.25)), k));
  write(work, mul(below, both(0.5)), BELOW);
  return z;
}

/** First pass of a step by the series, at `work`: R and R' at z. The normal model needs R' alone. */
// @ts-ignore: decorator
@inline
function slopeList(normal: bool): void {
  const start = listsAt + <usize>SMALL * LIST;
  const end = start + (count(SMALL) << 2);
  let work = workAt;
  for (let at = start; at < end; at += 8) {
    const one = <usize>load<u32>(at);
    const other = <usize>load<u32>(at, 4);
    const s = head(readRows(S, one, other));
    const z = placeX2(work, readRows(K, one, other), s, normal);
    const slope = slopeOverX2(z);
    write(work, normal ? mul(s, slope) : slope, NUMERATOR);
    write(work, commonUnderX2(z), DENOMINATOR);
    write(work, readRows(SHARE, one, other), TARGET);
    write(work, both(0), UPPER);
    if (!normal) write(work, ratioOverX2(z), RATIO);
    work += 16;
  }
}

/** Second pass of a step by the series. */
function sumList(): void {
  const end = workAt + (count(SMALL) << 3);
  for (let work = workAt; work < end; work += 16) {
    const slope = neg(read(work, NUMERATOR));
    write(work, differenceX2(read(work, Z), read(work, POINT), read(work, RATIO), slope), NUMERATOR);
  }
}

/** First pass of a step by both tails, at `work`. */
function tailsList(list: i32): void {
  const start = listsAt + <usize>list * LIST;
  const end = start + (count(list) << 2);
  let work = workAt;
  for (let at = start; at < end; at += 8) {
    const one = <usize>load<u32>(at);
    const other = <usize>load<u32>(at, 4);
    const s = head(readRows(S, one, other));
    const z = placeX2(work, readRows(K, one, other), s, false);
    const h = mul(s, both(0.5));
    const upper = lessThan(z, h);
    const near = abs(sub(z, h));
    const far = add(z, h);
    const q = tailUnderX2(near);
    const farQ = tailUnderX2(far);
    write(work, sub(mul(tailOverX2(near), farQ), negateX2(upper, mul(tailOverX2(far), q))), NUMERATOR);
    write(work, mul(q, farQ), DENOMINATOR);
    write(work, select(upper, readRows(REST, one, other), readRows(SHARE, one, other)), TARGET);
    write(work, upper, UPPER);
    work += 16;
  }
}

/**
 * Last pass of a step for the rows of a list. Where Newton's relative step is `most` or more the row loses its s.
 * @returns whether some row took a step larger than `SETTLED`
 */
// @ts-ignore: decorator
@inline
function stepList(list: i32, most: f64, normal: bool): bool {
  const start = listsAt + <usize>list * LIST;
  const end = start + (count(list) << 2);
  let settled = equal(both(0), both(0));
  let work = workAt;
  for (let at = start; at < end; at += 8) {
    const s = read(work, POINT);
    const z = read(work, Z);
    const over = read(work, NUMERATOR);
    const under = read(work, DENOMINATOR);
    const target = read(work, TARGET);
    const upper = read(work, UPPER);
    // ln(over/under) - (z - h)^2/2 - ln(target)
    const scale = keep(lessThan(target, both(0)), both(LN_SCALE));
    const log = add(logRatioX2(over, mul(under, abs(target))), scale);
    const f = sub(sub(log, read(work, HALF_SQUARE)), read(work, BELOW));
    const w = mul(mul(s, both(DENSITY_AT_ZERO)), under);
    const inverse = negateX2(upper, div(both(1), mul(over, w)));
    const squareZ = mul(z, z);
    const squareH = normal ? both(0) : mul(mul(s, s), both(0.25));
    const newton = neg(mul(f, mul(mul(over, over), inverse)));
    const change = householderX2(
      newton,
      mul(mul(w, w), inverse),
      sub(squareZ, squareH),
      sub(mul(both(-3), squareZ), squareH),
    );
    const isClose = lessThan(abs(newton), both(most));
    const next = select(isClose, madd(s, change, s), both(NaN));
    writeRows(S, <usize>load<u32>(at), <usize>load<u32>(at, 4), next);
    settled = and(settled, and(isClose, lessThan(abs(change), both(SETTLED))));
    work += 16;
  }
  return any(not(settled));
}

function stepLognormal(list: i32, most: f64): bool {
  return stepList(list, most, false);
}

/** One step by the series. */
function stepSmall(most: f64): bool {
  slopeList(false);
  sumList();
  return stepLognormal(SMALL, most);
}

/** One step by both tails. */
function stepWide(list: i32, most: f64): bool {
  tailsList(list);
  return stepLognormal(list, most);
}

/** One step in the normal model. */
function stepNormal(most: f64): bool {
  slopeList(true);
  return stepList(SMALL, most, true);
}

/** Lays the caller's volatilities in as guesses for the rows far out, NaN where they are none. */
function takeGuesses(guessAt: usize): void {
  const start = listsAt + <usize>FAR * LIST;
  const end = start + (count(FAR) << 2);
  for (let at = start; at < end; at += 4) {
    const row = <usize>load<u32>(at);
    const s = load<f64>(guessAt + row) * load<f64>(scratchAt + ROOT_YEARS + row);
    store<f64>(scratchAt + S + row, s > 0 ? s : NaN);
  }
}

/** A guess for the rows far out that have none: relative error at most 0.13. */
function guessFar(): void {
  const start = listsAt + <usize>FAR * LIST;
  const end = start + (count(FAR) << 2);
  for (let at = start; at < end; at += 8) {
    const one = <usize>load<u32>(at);
    const other = <usize>load<u32>(at, 4);
    const known = readRows(S, one, other);
    const isKnown = equal(known, known);
    if (!any(not(isKnown))) continue;
    const k = readRows(K, one, other);
    const share = readRows(SHARE, one, other);
    // at z = h: c = 1/2 - R(sqrt(2 k))
    const x = sqrt(add(k, k));
    const p = tailOverX2(x);
    const q = tailUnderX2(x);
    const half = mul(both(0.5), q);
    const lowerOver = sub(half, p);
    const upperOver = add(half, p);
    const upper = lessThan(lowerOver, mul(share, q));
    const target = select(upper, readRows(REST, one, other), abs(share));
    const log = logRatioX2(mul(select(upper, upperOver, lowerOver), both(2)), mul(target, q));
    const scale = drop(upper, keep(lessThan(share, both(0)), both(LN_SCALE)));
    // half the target over its value at z = h is the tail N(-|z - h|), nearly: R(z + h)/R(|z - h|) varies little
    const s = deviationX2(k, quantileX2(mul(both(2), add(log, scale))), upper);
    writeRows(S, one, other, select(isKnown, known, s));
  }
}

/** Steps for the rows far out, until all are settled or the last is taken. @returns whether some row is not settled */
function solveFar(): bool {
  guessFar();
  for (let i = 1; i < FAR_STEPS; i++) {
    if (!stepWide(FAR, CLOSE)) return false;
  }
  return stepWide(FAR, SETTLED);
}

/** Forgets the guesses of the rows far out. */
function forgetGuesses(): void {
  const start = listsAt + <usize>FAR * LIST;
  const end = start + (count(FAR) << 2);
  for (let at = start; at < end; at += 4) store<f64>(scratchAt + S + <usize>load<u32>(at), NaN);
}

/**
 * Runs the steps of a block. One step settles a row whose guess is near; should it not, there is another, and a row
 * that is not settled then has no volatility. A guess of the caller's counts where its step is less than `CLOSE`.
 */
function solve(guessAt: usize, warm: bool): void {
  if (stepSmall(CLOSE)) stepSmall(SETTLED);
  if (stepWide(WIDE, CLOSE)) stepWide(WIDE, SETTLED);
  if (count(FAR) == 0) return;
  if (warm) {
    takeGuesses(guessAt);
    if (!stepWide(FAR, CLOSE) || !solveFar()) return;
    forgetGuesses();
  }
  solveFar();
}

/** Last pass. @returns whether some volatility is no number; its row is then not fine */
function finish(volatilityAt: usize, statusAt: usize, rows: i32): bool {
  let fine = equal(both(0), both(0));
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const volatility = div(read(scratchAt + i, S), read(scratchAt + i, ROOT_YEARS));
    const isFine = and(read(scratchAt + i, FINE), finite(volatility));
    write(volatilityAt + i, volatility);
    write(scratchAt + i, isFine, FINE);
    fine = and(fine, isFine);
  }
  memory.fill(statusAt, OK, rows);
  return any(not(fine));
}

/** Why a row has no volatility. What rounding may have done to |A - B| and the price is not held against it. */
function statusOf(row: usize, stride: usize, type: i8, forward: bool, normal: bool, inverse: bool): u8 {
  const under = load<f64>(row + UNDER * stride);
  const strike = load<f64>(row + STRIKE * stride);
  const years = load<f64>(row + YEARS * stride);
  const rate = load<f64>(row + RATE * stride);
  const dividend = forward ? rate : load<f64>(row + DIVIDEND * stride);
  const price = load<f64>(row + PRICE * stride) * (inverse ? under : 1);
  if (type != 1 && type != -1) return BAD_INPUT;
  if (!(years >= 0) || (inverse && under <= 0)) return BAD_INPUT;
  if (!normal && !(under > 0 && strike > 0)) return BAD_INPUT;
  const a = under * exp(-dividend * years);
  const b = strike * exp(-rate * years);
  if (!isFinite(a + b + years + price + rate + dividend)) return BAD_INPUT;
  const intrinsic = max(0, type == 1 ? a - b : b - a);
  const slack = 4 * f64.EPSILON * max(max(price, -price), max(max(a, -a), max(b, -b)));
  if (price < 0 || price < intrinsic - slack) return BELOW_INTRINSIC;
  if (price <= intrinsic + slack) return NO_TIME_VALUE;
  if (years == 0 || (!normal && price >= (type == 1 ? a : b) - slack)) return ABOVE_MAXIMUM;
  // numbers that leave the range of doubles on the way
  return BAD_INPUT;
}

/** Rows without a volatility: NaN and a status. */
function refuse(
  inputAt: usize,
  stride: usize,
  typeAt: usize,
  volatilityAt: usize,
  statusAt: usize,
  rows: i32,
  forward: bool,
  normal: bool,
  inverse: bool,
): void {
  for (let i: usize = 0; i < <usize>rows; i++) {
    if (load<u64>(scratchAt + (i << 3) + FINE)) continue;
    store<f64>(volatilityAt + (i << 3), NaN);
    const type = load<i8>(typeAt + i);
    store<u8>(statusAt + i, statusOf(inputAt + (i << 3), stride, type, forward, normal, inverse));
  }
}

/** Inverts the first `rows` quotes; `warm` reads the column of guesses. */
export function impliedSolve(at: usize, rows: i32, normal: i32, inverse: i32, warm: i32): void {
  const quotes = changetype<Quotes>(at);
  const stride = quotes.stride;
  const forward = quotes.forward != 0;
  const columnsAt = at + headerOf<Quotes>();
  const coin = equal(both(<f64>inverse), both(1));
  for (let first = 0; first < rows; first += BLOCK) {
    const n = min(BLOCK, rows - first);
    const input = columnsAt + ((<usize>first) << 3);
    const type = columnsAt + TYPE * stride + first;
    if (normal) {
      if (forward) {
        compare(input, stride, n, true, true, coin);
        prepare(input, stride, type, n, true, true, coin);
      } else {
        if (compare(input, stride, n, false, true, coin)) compareFinely(input, stride, n, true, coin);
        prepare(input, stride, type, n, false, true, coin);
      }
      guess(n, true);
      if (stepNormal(CLOSE)) stepNormal(SETTLED);
    } else {
      if (forward) {
        compare(input, stride, n, true, false, coin);
        prepare(input, stride, type, n, true, false, coin);
      } else {
        if (compare(input, stride, n, false, false, coin)) compareFinely(input, stride, n, false, coin);
        prepare(input, stride, type, n, false, false, coin);
      }
      guess(n, false);
      solve(input + GUESS * stride, warm != 0);
    }
    const volatility = input + VOLATILITY * stride;
    const status = columnsAt + STATUS * stride + first;
    if (finish(volatility, status, n))
      refuse(input, stride, type, volatility, status, n, forward, normal != 0, inverse != 0);
  }
}
