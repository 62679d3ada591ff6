/**
 * Quotes to volatilities: columns in, columns out. A block of rows goes through short passes over scratch, as in
 * block.ts: prepare (time value, moneyness, status), guess, step. Rows that one step does not settle (a deviation or
 * moneyness beyond the guess) are gathered and take more steps; rows without a volatility get their status.
 */
import { take } from '../memory/arena';
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
  low,
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
import {
  ABOVE_MAXIMUM,
  BAD_INPUT,
  BELOW_INTRINSIC,
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
  skewX2,
  slopeX2,
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
  const at = take(headerOf<Quotes>() + COLUMNS * stride);
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
/** The size of the last relative step. */
const CHANGE: usize = 4 * BAND;
/** Columns that gathered rows do not have. */
const TIME: usize = 5 * BAND; // the time value
const WHOLE: usize = 6 * BAND; // |A - B|
const ROOT_YEARS: usize = 7 * BAND;
const FINE: usize = 8 * BAND; // a mask: there is a volatility

const scratchAt: usize = memory.data(9 * (128 * 8 + 64), 64);
/** Rows gathered from a block, and where each came from. */
const gatheredAt: usize = memory.data(5 * (128 * 8 + 64), 64);
const originAt: usize = memory.data(128 * 4, 16);

/** Prices this small are scaled, lest the quotients of the steps leave the normal numbers. */
const SMALL_SHARE: f64 = 3.054936363499605e-151; // 2^-500
const SCALE: f64 = 4.149515568880993e180; // 2^600
const LN_SCALE: f64 = 415.88830833596718;
/** Beyond this moneyness A and B have no common scale. */
const MOST_MONEYNESS: f64 = 690;

/** A time value below this share of the price is lost in the rounding of |A - B|. */
const BARE: f64 = 3.552713678800501e-15; // 2^-48

/** One step of relative size less than this settles a row: what it leaves out is below its fourth power. */
const SETTLED: f64 = 6.103515625e-5; // 2^-14
/** A guess whose first step is less than this needs one step more. */
const CLOSE: f64 = 0.03125;

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
function compare(inputAt: usize, stride: usize, rows: i32, forward: bool, normal: bool): bool {
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
      cancels = or(cancels, cancelsX2(at, stride, signed, carry, normal));
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

/** Set where ln(S/K) and the carry cancel, and the price (coin or not) says that s is no larger than the carry. */
// @ts-ignore: decorator
@inline
function cancelsX2(at: usize, stride: usize, signed: v128, carry: v128, normal: bool): v128 {
  const under = read(at + UNDER * stride);
  const size = abs(carry);
  const part = abs(normal ? mul(size, under) : size);
  const price = read(at + PRICE * stride);
  return and(lessThan(abs(signed), add(part, part)), lessThan(add(price, price), mul(size, abs(under))));
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
function compareFinely(inputAt: usize, stride: usize, rows: i32, normal: bool): void {
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const at = inputAt + i;
    const plain = read(scratchAt + i, K);
    const cancels = cancelsX2(at, stride, plain, carryX2(at, stride), normal);
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

/**
 * The time value of two rows in the money that have next to none, P - |A - B| with all but its last rounding exact, so
 * that the sign of what is left is right.
 */
function timeFinely(at: usize, stride: usize, sign: v128, forward: bool, inverse: v128): v128 {
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
  // the price and A - B agree in all but their last bits
  return add(sub(price, mul(sign, whole)), sub(priceLow, mul(sign, wholeLow)));
}

/** Second pass: time value and unit. @returns whether some row has no volatility */
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
): bool {
  const noRate = isZero(inputAt + RATE * stride, rows);
  const noDividend = forward || isZero(inputAt + DIVIDEND * stride, rows);
  let fine = equal(both(0), both(0));
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
    let most = both(Infinity); // what the price of the option in the money stays below
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
        most = mul(discount, select(isLess, strike, under));
      }
    } else {
      const carried = mul(read(at + DIVIDEND * stride), years);
      if (normal) {
        whole = mul(discount, k);
      } else {
        const a = mul(under, noDividend ? both(1) : expX2(neg(carried)));
        const b = mul(strike, discount);
        base = select(isLess, a, b);
        most = select(isLess, b, a);
        whole = select(lessThan(k, both(0.5)), mul(base, expm1X2(least(k, both(1)))), sub(most, base));
      }
      sum = add(sum, carried);
    }
    const isIn = lessThan(both(0), mul(sign, signed));
    let time = select(isIn, sub(sub(price, whole), lost), price);
    const isBare = and(isIn, lessThan(abs(time), mul(price, both(BARE))));
    if (any(isBare)) time = select(isBare, timeFinely(at, stride, sign, forward, inverse), time);
    const share = div(time, base);
    const isSmall = lessThan(share, both(SMALL_SHARE));
    write(scratch, k, K);
    write(scratch, select(isSmall, neg(div(mul(time, both(SCALE)), base)), share), SHARE);
    write(scratch, time, TIME);
    write(scratch, whole, WHOLE);
    write(scratch, sqrt(years), ROOT_YEARS);
    // comparisons with NaN are false, so that NaN fails as well
    let positive = and(lessThan(both(0), time), lessThan(both(0), years));
    if (!normal) {
      const rest = div(sub(select(isIn, most, base), price), base);
      write(scratch, rest, REST);
      positive = and(positive, lessThan(both(0), least(rest, least(under, strike))));
      positive = and(positive, lessThan(k, both(MOST_MONEYNESS)));
    }
    const isOption = equal(abs(sign), both(1));
    const isFine = and(isOption, and(positive, finite(add(add(sum, whole), add(base, sound)))));
    write(scratch, isFine, FINE);
    fine = and(fine, isFine);
    at += 16;
    type += 2;
  }
  return any(not(fine));
}

/** Third pass: the guess; the caller's own, or NaN, for the rows beyond it. */
// @ts-ignore: decorator
@inline
function guess(inputAt: usize, stride: usize, rows: i32, normal: bool, warm: bool): void {
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const scratch = scratchAt + i;
    const k = read(scratch, K);
    const time = read(scratch, TIME);
    const whole = read(scratch, WHOLE);
    const share = read(scratch, SHARE);
    const s0 = normalGuessX2(k, share, whole, logRatioX2(add(time, whole), time));
    if (normal) {
      write(scratch, s0, S);
    } else {
      let other = both(NaN);
      if (warm) other = mul(read(inputAt + GUESS * stride + i), read(scratch, ROOT_YEARS));
      write(scratch, select(isNearX2(k, s0), skewX2(k, s0), other), S);
    }
  }
}

/** One step for `rows` rows at `columnsAt`. @returns whether some row took a step larger than `SETTLED`, or none */
// @ts-ignore: decorator
@inline
function stepRows(columnsAt: usize, rows: i32, normal: bool): bool {
  let settled = equal(both(0), both(0));
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const at = columnsAt + i;
    const k = read(at, K);
    const s = head(read(at, S));
    const share = read(at, SHARE);
    // z in two parts, the first of 26 bits, as is s: their squares and their product are exact
    const perS = div(both(1), s);
    const zHigh = head(mul(k, perS));
    const zLow = mul(sub(k, mul(zHigh, s)), perS);
    const z = add(zHigh, zLow);
    // (z - h)^2 = z^2 + h^2 - k
    let rest = mul(add(zHigh, z), zLow);
    const isScaled = lessThan(share, both(0));
    let over: v128;
    let under: v128;
    let target = abs(share);
    let scale = keep(isScaled, both(LN_SCALE));
    let upper = both(0);
    let first = mul(z, z);
    let bend = mul(both(-3), first);
    if (normal) {
      const p = tailOverX2(z);
      under = tailUnderX2(z);
      over = neg(mul(s, slopeX2(z, p, under)));
    } else {
      const h = mul(s, both(0.5));
      const isSmall = isSmallX2(k, s);
      const distance = sub(z, h);
      upper = drop(isSmall, lessThan(z, h));
      const near = select(isSmall, z, abs(distance));
      const far = add(z, h);
      const p = tailOverX2(near);
      const q = tailUnderX2(near);
      const farP = tailOverX2(far);
      const farQ = tailUnderX2(far);
      const series = differenceX2(z, s, p, slopeX2(z, p, q));
      over = select(isSmall, series, sub(mul(p, farQ), negateX2(upper, mul(farP, q))));
      under = mul(q, select(isSmall, both(1), farQ));
      target = select(upper, read(at, REST), target);
      scale = drop(upper, scale);
      const square = mul(h, h);
      rest = add(rest, sub(square, k));
      first = sub(first, square);
      bend = sub(bend, square);
    }
    const log = add(logRatioX2(over, mul(under, target)), scale);
    const f = sub(sub(log, mul(mul(zHigh, zHigh), both(0.5))), mul(rest, both(0.5)));
    const w = mul(mul(s, both(DENSITY_AT_ZERO)), under);
    const inverse = negateX2(upper, div(both(1), mul(over, w)));
    const change = householderX2(f, mul(mul(w, w), inverse), mul(mul(over, over), inverse), first, bend);
    const isSettled = lessThan(abs(change), both(SETTLED));
    write(at, madd(s, change, s), S);
    write(at, abs(change), CHANGE);
    settled = and(settled, isSettled);
  }
  return any(not(settled));
}

/** A guess for any row with a volatility (lognormal model): relative error at most 0.13. */
function guessGathered(rows: i32): void {
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const at = gatheredAt + i;
    const k = read(at, K);
    const share = read(at, SHARE);
    // at z = h: c = 1/2 - R(sqrt(2 k))
    const x = sqrt(add(k, k));
    const p = tailOverX2(x);
    const q = tailUnderX2(x);
    const half = mul(both(0.5), q);
    // p/q over what R(z - h) -+ R(z + h) would be of it
    const lowerOver = sub(half, p);
    const upperOver = add(half, p);
    const upper = lessThan(lowerOver, mul(share, q));
    const target = select(upper, read(at, REST), abs(share));
    const log = logRatioX2(mul(select(upper, upperOver, lowerOver), both(2)), mul(target, q));
    const scale = drop(upper, keep(lessThan(share, both(0)), both(LN_SCALE)));
    // 1/2 of the target over its value at z = h is the tail N(-|z - h|), nearly
    const twice = mul(both(2), add(add(log, scale), both(Math.LN2)));
    write(at, deviationX2(k, quantileX2(twice), upper), S);
  }
}

/** Gathers the rows whose last step lies in [least, most), or is NaN. @returns how many */
function gather(rows: i32, close: bool): i32 {
  let n: i32 = 0;
  for (let i = 0; i < rows; i++) {
    const at = scratchAt + ((<usize>i) << 3);
    if (!load<u64>(at + FINE)) continue;
    const change = load<f64>(at + CHANGE);
    if (change < SETTLED || change < CLOSE != close) continue;
    const to = gatheredAt + ((<usize>n) << 3);
    store<f64>(to + K, load<f64>(at + K));
    store<f64>(to + SHARE, load<f64>(at + SHARE));
    store<f64>(to + REST, load<f64>(at + REST));
    store<f64>(to + S, load<f64>(at + S));
    store<i32>(originAt + ((<usize>n) << 2), i);
    n++;
  }
  // the odd lane repeats its neighbour
  if (n & 1) {
    const last = gatheredAt + ((<usize>n - 1) << 3);
    for (let column: usize = K; column <= S; column += BAND) {
      store<f64>(last + column + 8, load<f64>(last + column));
    }
  }
  return n;
}

/** Puts the gathered rows back. */
function scatter(rows: i32): void {
  for (let i = 0; i < rows; i++) {
    const row = <usize>load<i32>(originAt + ((<usize>i) << 2));
    store<f64>(scratchAt + (row << 3) + S, load<f64>(gatheredAt + ((<usize>i) << 3) + S));
  }
}

function stepBlock(rows: i32, normal: bool): bool {
  return normal ? stepRows(scratchAt, rows, true) : stepRows(scratchAt, rows, false);
}

function stepGathered(rows: i32, normal: bool): void {
  if (normal) stepRows(gatheredAt, rows, true);
  else stepRows(gatheredAt, rows, false);
}

/** More steps for the rows that one did not settle. */
function settle(rows: i32, normal: bool): void {
  const close = gather(rows, true);
  if (close) {
    stepGathered(close, normal);
    scatter(close);
  }
  const far = gather(rows, false);
  if (far) {
    if (!normal) guessGathered(far);
    stepGathered(far, normal);
    stepGathered(far, normal);
    stepGathered(far, normal);
    scatter(far);
  }
}

/** Last pass. */
function finish(volatilityAt: usize, statusAt: usize, rows: i32): void {
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    write(volatilityAt + i, div(read(scratchAt + i, S), read(scratchAt + i, ROOT_YEARS)));
  }
  memory.fill(statusAt, OK, rows);
}

/** Why a row has no volatility. */
function statusOf(row: usize, stride: usize, type: i8, forward: bool, normal: bool, inverse: bool): u8 {
  const under = load<f64>(row + UNDER * stride);
  const strike = load<f64>(row + STRIKE * stride);
  const years = load<f64>(row + YEARS * stride);
  const rate = load<f64>(row + RATE * stride);
  const dividend = forward ? rate : load<f64>(row + DIVIDEND * stride);
  const price = load<f64>(row + PRICE * stride) * (inverse ? under : 1);
  if (type != 1 && type != -1) return BAD_INPUT;
  if (!(normal || (under > 0 && strike > 0)) || !(years >= 0) || (inverse && under <= 0)) return BAD_INPUT;
  const a = under * low(expX2(both(-dividend * years)));
  const b = strike * low(expX2(both(-rate * years)));
  if (!isFinite(a + b + years + price)) return BAD_INPUT;
  const intrinsic = max(0, type == 1 ? a - b : b - a);
  const slack = 4 * f64.EPSILON * max(max(price, -price), max(max(a, -a), max(b, -b)));
  if (price < intrinsic - slack || price < 0) return BELOW_INTRINSIC;
  if (price <= intrinsic + slack) return NO_TIME_VALUE;
  return ABOVE_MAXIMUM;
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
    const type = columnsAt + first;
    let rare: bool;
    if (normal) {
      if (forward) {
        compare(input, stride, n, true, true);
        rare = prepare(input, stride, type, n, true, true, coin);
      } else {
        if (compare(input, stride, n, false, true)) compareFinely(input, stride, n, true);
        rare = prepare(input, stride, type, n, false, true, coin);
      }
      guess(input, stride, n, true, false);
    } else {
      if (forward) {
        compare(input, stride, n, true, false);
        rare = prepare(input, stride, type, n, true, false, coin);
      } else {
        if (compare(input, stride, n, false, false)) compareFinely(input, stride, n, false);
        rare = prepare(input, stride, type, n, false, false, coin);
      }
      if (warm) guess(input, stride, n, false, true);
      else guess(input, stride, n, false, false);
    }
    if (stepBlock(n, normal != 0)) settle(n, normal != 0);
    const volatility = input + VOLATILITY * stride;
    const status = columnsAt + STATUS * stride + first;
    finish(volatility, status, n);
    if (rare) refuse(input, stride, type, volatility, status, n, forward, normal != 0, inverse != 0);
  }
}
