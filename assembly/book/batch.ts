/** Independent options: columns in, columns out. */
import { headerOf, strideOf } from '../memory/layout';
import { take } from '../memory/arena';
import {
  abs,
  add,
  and,
  any,
  both,
  div,
  equal,
  finite,
  least,
  lessThan,
  mul,
  neg,
  not,
  pair,
  read,
  select,
  sqrt,
  sub,
  write,
  xor,
} from '../lanes/f64x2';
import { expX2 } from '../math/exp';
import { logRatioX2 } from '../math/log';
import { DENSITY_AT_ZERO } from '../math/tail';
import {
  colorX2,
  decayX2,
  driftX2,
  gammaX2,
  speedX2,
  vannaX2,
  vegaX2,
  volgaX2,
  zommaX2,
} from '../pricing/black';
import {
  A,
  B,
  BASE,
  BELL,
  BLOCK,
  FAR_TERM,
  FINE,
  HALF,
  NEAR_TERM,
  OUT_PRICE,
  PER_DEVIATION,
  PER_UNDER,
  priceBlock,
  refineBlock,
  ROOT_YEARS,
  scratchAt,
  Z,
} from './block';
import { coinRows } from '../pricing/coin';
import { limit, limitAt } from '../pricing/limit';
import {
  CHARM,
  COLOR,
  DELTA,
  GAMMA,
  PRICE,
  RHO,
  sensitivitiesOf,
  SPEED,
  THETA,
  VANNA,
  VEGA,
  VOLGA,
  ZOMMA,
} from '../pricing/sensitivity';


@unmanaged
class Batch {
  capacity: i32;
  order: i32;
  /** 1 where the underlying is a forward, 0 where it is spot. */
  forward: i32;
  stride: usize;
}

// Input columns. `type` holds bytes, 1 call, -1 put. A forward batch has no dividend: its dividend is its rate.
const TYPE: usize = 0;
const UNDER: usize = 1;
const STRIKE: usize = 2;
const YEARS: usize = 3;
const VOLATILITY: usize = 4;
const RATE: usize = 5;
const DIVIDEND: usize = 6;
const INPUTS: usize = 7;

/** @returns the batch, 0 where memory is exhausted */
export function batchCreate(capacity: i32, order: i32, forward: i32): usize {
  const stride = strideOf(capacity);
  const at = take(headerOf<Batch>() + (INPUTS + sensitivitiesOf(order)) * stride);
  if (at) {
    const batch = changetype<Batch>(at);
    batch.capacity = capacity;
    batch.order = order;
    batch.forward = forward;
    batch.stride = stride;
  }
  return at;
}

/** Address of input column 0..6: type, underlying, strike, years, volatility, rate, dividend. */
export function batchInput(at: usize, column: i32): usize {
  const batch = changetype<Batch>(at);
  const stored = batch.forward && column == <i32>DIVIDEND ? RATE : <usize>column;
  return at + headerOf<Batch>() + stored * batch.stride;
}

/** Address of the result column of a sensitivity. */
export function batchResult(at: usize, sensitivity: i32): usize {
  return at + headerOf<Batch>() + (INPUTS + <usize>sensitivity) * changetype<Batch>(at).stride;
}

/** The types of two rows: 1 call, -1 put. */
// @ts-ignore: decorator
@inline
function readTypes(at: usize): v128 {
  return pair(<f64>load<i8>(at), <f64>load<i8>(at, 1));
}

/** First pass: the arguments of the tails. @returns whether some row is a limit or bad input */
// @ts-ignore: decorator
@inline
function prepare(inputAt: usize, stride: usize, typeAt: usize, rows: i32, forward: bool): bool {
  let fine = equal(both(0), both(0));
  let at = inputAt;
  let type = typeAt;
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const scratch = scratchAt + i;
    const under = read(at + UNDER * stride);
    const strike = read(at + STRIKE * stride);
    const years = read(at + YEARS * stride);
    const volatility = read(at + VOLATILITY * stride);
    const rate = read(at + RATE * stride);
    const rootYears = sqrt(years);
    const deviation = mul(volatility, rootYears);
    const inverse = div(both(1), mul(under, deviation));
    const perDeviation = mul(inverse, under);
    let x = logRatioX2(under, strike);
    let a: v128;
    let b: v128;
    let sound = mul(rate, years);
    if (forward) {
      const discount = expX2(neg(sound));
      a = mul(under, discount);
      b = mul(strike, discount);
    } else {
      const dividend = read(at + DIVIDEND * stride);
      const carried = mul(dividend, years);
      x = add(x, mul(sub(rate, dividend), years));
      a = mul(under, expX2(neg(carried)));
      b = mul(strike, expX2(neg(sound)));
      sound = add(sound, carried);
    }
    const signed = mul(x, perDeviation);
    write(scratch, signed, Z);
    write(scratch, mul(deviation, both(0.5)), HALF);
    write(scratch, select(lessThan(signed, both(0)), a, b), BASE);
    write(scratch, a, A);
    write(scratch, b, B);
    write(scratch, mul(inverse, deviation), PER_UNDER);
    write(scratch, perDeviation, PER_DEVIATION);
    write(scratch, rootYears, ROOT_YEARS);
    // comparisons with NaN are false, so that NaN fails as well
    const positive = and(
      lessThan(both(0), least(under, strike)),
      lessThan(both(0), least(deviation, volatility)),
    );
    const isOption = equal(abs(readTypes(type)), both(1));
    const bounded = finite(add(add(a, b), add(add(years, volatility), sound)));
    const isFine = and(isOption, and(positive, bounded));
    write(scratch, isFine, FINE);
    fine = and(fine, isFine);
    at += 16;
    type += 2;
  }
  return any(not(fine));
}

/** Last pass: the results. */
// @ts-ignore: decorator
@inline
function finish(
  inputAt: usize,
  resultAt: usize,
  stride: usize,
  typeAt: usize,
  rows: i32,
  forward: bool,
  order: i32,
): void {
  let at = inputAt;
  let out = resultAt;
  let type = typeAt;
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const scratch = scratchAt + i;
    const sign = readTypes(type);
    const years = read(at + YEARS * stride);
    const volatility = read(at + VOLATILITY * stride);
    const rate = read(at + RATE * stride);
    const dividend = forward ? rate : read(at + DIVIDEND * stride);
    const signed = read(scratch, Z);
    const h = read(scratch, HALF);
    const a = read(scratch, A);
    const b = read(scratch, B);
    const perUnder = read(scratch, PER_UNDER);
    const perDeviation = read(scratch, PER_DEVIATION);
    const rootYears = read(scratch, ROOT_YEARS);
    const nearTerm = read(scratch, NEAR_TERM);
    const farTerm = read(scratch, FAR_TERM);
    const outPrice = read(scratch, OUT_PRICE);
    const density = mul(read(scratch, BELL), both(DENSITY_AT_ZERO));
    const callIsOut = lessThan(signed, both(0));
    const isOut = xor(callIsOut, lessThan(sign, both(0)));
    // A N(d1) and B N(d2) of the side that is out of the money, then of the side asked for
    const outA = select(callIsOut, nearTerm, farTerm);
    const outB = select(callIsOut, farTerm, nearTerm);
    const termA = mul(sign, select(isOut, outA, sub(a, outA)));
    const termB = mul(sign, select(isOut, outB, sub(b, outB)));
    const price = select(isOut, outPrice, add(outPrice, mul(sign, sub(a, b))));
    const gamma = gammaX2(density, perUnder, perDeviation);
    const vega = vegaX2(density, rootYears);
    const decay = decayX2(density, volatility, perDeviation);
    write(out + PRICE * stride, price);
    write(out + DELTA * stride, mul(termA, perUnder));
    write(out + GAMMA * stride, gamma);
    write(out + VEGA * stride, vega);
    if (forward) {
      write(out + THETA * stride, add(decay, mul(rate, price)));
      write(out + RHO * stride, neg(mul(years, price)));
    } else {
      write(out + THETA * stride, add(decay, sub(mul(dividend, termA), mul(rate, termB))));
      write(out + RHO * stride, mul(years, termB));
    }
    if (order >= 2) {
      const d1 = add(signed, h);
      const d2 = sub(signed, h);
      const d1d2 = mul(d1, d2);
      const drift = driftX2(forward ? both(0) : sub(rate, dividend), d2, volatility, perDeviation);
      write(out + VANNA * stride, vannaX2(vega, perUnder, perDeviation, d2));
      write(out + VOLGA * stride, volgaX2(vega, rootYears, perDeviation, d1d2));
      write(out + CHARM * stride, mul(sub(mul(dividend, termA), mul(density, drift)), perUnder));
      if (order >= 3) {
        write(out + SPEED * stride, speedX2(gamma, perUnder, perDeviation, d1));
        write(out + ZOMMA * stride, zommaX2(gamma, rootYears, perDeviation, d1d2));
        write(out + COLOR * stride, colorX2(gamma, dividend, d1, drift, volatility, perDeviation));
      }
    }
    at += 16;
    out += 16;
    type += 2;
  }
}

/** Mends the rows of a block that the lanes cannot do. */
function mend(
  inputAt: usize,
  resultAt: usize,
  stride: usize,
  typeAt: usize,
  rows: i32,
  forward: bool,
  order: i32,
): void {
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 8) {
    if (load<u64>(scratchAt + FINE + i)) continue;
    const at = inputAt + i;
    limit(
      <f64>load<i8>(typeAt + (i >> 3)),
      load<f64>(at + UNDER * stride),
      load<f64>(at + STRIKE * stride),
      load<f64>(at + YEARS * stride),
      load<f64>(at + VOLATILITY * stride),
      load<f64>(at + RATE * stride),
      load<f64>(at + (forward ? RATE : DIVIDEND) * stride),
      forward,
    );
    for (let s: usize = 0; s < sensitivitiesOf(order); s++) {
      store<f64>(resultAt + i + s * stride, load<f64>(limitAt + (s << 3)));
    }
  }
}

/** Evaluates the first `rows` rows. */
export function batchEvaluate(at: usize, rows: i32): void {
  const batch = changetype<Batch>(at);
  const stride = batch.stride;
  const order = batch.order;
  const forward = batch.forward != 0;
  const inputAt = batchInput(at, 0);
  const resultAt = batchResult(at, 0);
  for (let first = 0; first < rows; first += BLOCK) {
    const n = min(BLOCK, rows - first);
    const input = inputAt + ((<usize>first) << 3);
    const result = resultAt + ((<usize>first) << 3);
    const type = inputAt + first;
    const rare = forward ? prepare(input, stride, type, n, true) : prepare(input, stride, type, n, false);
    priceBlock(n);
    refineBlock(n);
    if (forward) {
      if (order == 1) finish(input, result, stride, type, n, true, 1);
      else if (order == 2) finish(input, result, stride, type, n, true, 2);
      else finish(input, result, stride, type, n, true, 3);
    } else {
      if (order == 1) finish(input, result, stride, type, n, false, 1);
      else if (order == 2) finish(input, result, stride, type, n, false, 2);
      else finish(input, result, stride, type, n, false, 3);
    }
    if (rare) mend(input, result, stride, type, n, forward, order);
  }
}

const COIN: usize = memory.data(12 * 4, 16);

/** Turns the results of the first `rows` rows into coin, in place. */
export function batchCoin(at: usize, rows: i32): void {
  const batch = changetype<Batch>(at);
  for (let s: usize = 0; s < sensitivitiesOf(batch.order); s++)
    store<usize>(COIN + (s << 2), batchResult(at, <i32>s));
  const underAt = batchInput(at, <i32>UNDER);
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    coinRows(COIN, COIN, i, div(both(1), read(underAt + i)), batch.order);
  }
}
