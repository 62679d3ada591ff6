/** Independent options: columns in, columns out. */
import { headerOf, strideOf } from '../memory/layout';
import { takeLarge } from '../memory/arena';
import {
  abs,
  add,
  and,
  any,
  both,
  div,
  equal,
  finite,
  greatest,
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
  SMALL_HALF_DEVIATION,
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
  FAR_TAIL,
  FINE,
  HALF,
  NEAR_TAIL,
  OUT_PRICE,
  PER_DEVIATION,
  PER_UNDER,
  priceBlock,
  refineBlock,
  ROOT_YEARS,
  scratchAt,
  Z,
} from './block';
import { coinX2 } from '../pricing/coin';
import { evaluateModel, LOGNORMAL } from './models';
import { LEAST_DEVIATION, LEAST_PRICE, limit, limitAt, MOST_DEVIATION, MOST_PRICE } from '../pricing/limit';
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
export class Batch {
  capacity: i32;
  order: i32;
  /** 1 where the underlying is a forward, 0 where it is spot. */
  forward: i32;
  /** 1 where the results are in coin, 0 where they are in quote currency. */
  inverse: i32;
  /** What the options are: LOGNORMAL, or a model of models.ts. */
  model: i32;
  stride: usize;
}

// Input columns. The first holds the types, bytes: 1 call, -1 put. A forward batch's dividend is its rate.
export const UNDER: usize = 1;
export const STRIKE: usize = 2;
export const YEARS: usize = 3;
export const VOLATILITY: usize = 4;
export const RATE: usize = 5;
export const DIVIDEND: usize = 6;
const INPUTS: usize = 7;

/** @returns the batch, 0 where memory is exhausted */
export function batchCreate(capacity: i32, order: i32, forward: i32, inverse: i32, model: i32): usize {
  const stride = strideOf(capacity);
  const at = takeLarge(headerOf<Batch>() + (INPUTS + sensitivitiesOf(order)) * <u64>stride);
  if (at) {
    const batch = changetype<Batch>(at);
    batch.capacity = capacity;
    batch.order = order;
    batch.forward = forward;
    batch.inverse = inverse;
    batch.model = model;
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
export function readTypes(at: usize): v128 {
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
    const perDeviation = div(both(1), deviation);
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
    write(scratch, div(both(1), under), PER_UNDER);
    write(scratch, perDeviation, PER_DEVIATION);
    write(scratch, rootYears, ROOT_YEARS);
    // comparisons with NaN are false, so that NaN fails as well
    const priced = and(
      lessThan(both(LEAST_PRICE), least(under, strike)),
      lessThan(greatest(under, strike), both(MOST_PRICE)),
    );
    const moves = and(
      lessThan(both(LEAST_DEVIATION), least(deviation, volatility)),
      lessThan(greatest(deviation, volatility), both(MOST_DEVIATION)),
    );
    const isOption = equal(abs(readTypes(type)), both(1));
    const isFine = and(and(isOption, finite(add(add(a, b), sound))), and(priced, moves));
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
  inverse: bool,
  order: i32,
): void {
  let at = inputAt;
  let out = resultAt;
  let type = typeAt;
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const scratch = scratchAt + i;
    const sign = readTypes(type);
    const under = read(at + UNDER * stride);
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
    const nearTail = read(scratch, NEAR_TAIL);
    const farTail = read(scratch, FAR_TAIL);
    const outPrice = read(scratch, OUT_PRICE);
    const density = mul(read(scratch, BELL), both(DENSITY_AT_ZERO));
    const isPut = lessThan(sign, both(0));
    const callIsOut = lessThan(signed, both(0));
    const isOut = xor(callIsOut, isPut);
    // A N(+-d1) and B N(+-d2), the type's sign in front: each is a tail, or the whole less the tail
    const d1 = add(signed, h);
    const d2 = sub(signed, h);
    const tailA = select(callIsOut, nearTail, farTail);
    const tailB = select(callIsOut, farTail, nearTail);
    const termA = mul(sign, select(xor(lessThan(d1, both(0)), isPut), tailA, sub(a, tailA)));
    const termB = mul(sign, select(xor(lessThan(d2, both(0)), isPut), tailB, sub(b, tailB)));
    const value = select(isOut, outPrice, add(outPrice, mul(sign, sub(a, b))));
    const unit = inverse ? perUnder : both(1);
    const price = inverse ? mul(value, unit) : value;
    const vega = inverse ? div(vegaX2(density, rootYears), under) : vegaX2(density, rootYears);
    const decay = decayX2(density, volatility, perDeviation);
    const plainGamma = gammaX2(density, perUnder, perDeviation);
    const delta = inverse ? mul(mul(termB, unit), perUnder) : mul(termA, perUnder);
    const gamma = inverse ? coinX2(plainGamma, 2, delta, under) : plainGamma;
    const theta = forward
      ? add(decay, mul(rate, value))
      : add(decay, sub(mul(dividend, termA), mul(rate, termB)));
    const rho = mul(years, forward ? neg(value) : termB);
    write(out + PRICE * stride, price);
    write(out + DELTA * stride, delta);
    write(out + GAMMA * stride, gamma);
    write(out + VEGA * stride, vega);
    write(out + THETA * stride, inverse ? mul(theta, unit) : theta);
    write(out + RHO * stride, inverse ? mul(rho, unit) : rho);
    if (order >= 2) {
      const d1d2 = mul(d1, d2);
      const halfPerYears = div(both(0.5), years);
      const carry = forward ? both(0) : sub(rate, dividend);
      const drift = driftX2(carry, d2, halfPerYears, perDeviation);
      const vanna = vannaX2(vega, perUnder, perDeviation, inverse ? d1 : d2);
      const charm = inverse
        ? mul(
            sub(mul(rate, termB), mul(density, driftX2(carry, d1, halfPerYears, perDeviation))),
            mul(unit, perUnder),
          )
        : mul(sub(mul(dividend, termA), mul(density, drift)), perUnder);
      write(out + VANNA * stride, vanna);
      write(out + VOLGA * stride, volgaX2(vega, volatility, d1d2));
      write(out + CHARM * stride, charm);
      if (order >= 3) {
        const speed = speedX2(plainGamma, perUnder, perDeviation, d1);
        const zomma = zommaX2(plainGamma, rootYears, perDeviation, d1d2);
        const color = colorX2(plainGamma, dividend, d1, drift, halfPerYears);
        write(out + SPEED * stride, inverse ? coinX2(speed, 3, gamma, under) : speed);
        write(out + ZOMMA * stride, inverse ? coinX2(zomma, 2, vanna, under) : zomma);
        write(out + COLOR * stride, inverse ? coinX2(color, 2, charm, under) : color);
      }
    }
    at += 16;
    out += 16;
    type += 2;
  }
}

/** The last pass of an order, in quote currency: a kernel of its own. */
// @ts-ignore: decorator
@inline
function finishOrder(batch: Batch, input: usize, result: usize, type: usize, rows: i32, order: i32): void {
  if (batch.forward) finish(input, result, batch.stride, type, rows, true, false, order);
  else finish(input, result, batch.stride, type, rows, false, false, order);
}

/** The last pass in coin: one kernel for all orders and both underliers, which it tells apart row by row. */
function finishCoin(batch: Batch, input: usize, result: usize, type: usize, rows: i32): void {
  finish(input, result, batch.stride, type, rows, batch.forward != 0, true, batch.order);
}

/** Mends the rows of a block that the lanes cannot do. */
function mend(batch: Batch, input: usize, result: usize, type: usize, rows: i32): void {
  const stride = batch.stride;
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 8) {
    if (load<u64>(scratchAt + FINE + i)) continue;
    const at = input + i;
    limit(
      <f64>load<i8>(type + (i >> 3)),
      load<f64>(at + UNDER * stride),
      load<f64>(at + STRIKE * stride),
      load<f64>(at + YEARS * stride),
      Math.sqrt(load<f64>(at + YEARS * stride)),
      load<f64>(at + VOLATILITY * stride),
      load<f64>(at + RATE * stride),
      load<f64>(at + (batch.forward ? RATE : DIVIDEND) * stride),
      batch.forward != 0,
      batch.inverse != 0,
    );
    for (let s: usize = 0; s < sensitivitiesOf(batch.order); s++) {
      store<f64>(result + i + s * stride, load<f64>(limitAt + (s << 3)));
    }
  }
}

/** Evaluates `rows` rows from the first of a block on. */
function evaluateBlock(batch: Batch, input: usize, result: usize, type: usize, rows: i32): void {
  if (batch.model != LOGNORMAL) return evaluateModel(batch, input, result, type, rows);
  const rare = batch.forward
    ? prepare(input, batch.stride, type, rows, true)
    : prepare(input, batch.stride, type, rows, false);
  priceBlock(rows);
  refineBlock(rows, SMALL_HALF_DEVIATION);
  if (batch.inverse) finishCoin(batch, input, result, type, rows);
  else if (batch.order == 1) finishOrder(batch, input, result, type, rows, 1);
  else if (batch.order == 2) finishOrder(batch, input, result, type, rows, 2);
  else finishOrder(batch, input, result, type, rows, 3);
  if (rare) mend(batch, input, result, type, rows);
}

/** Where the results of the row after the last are kept while the last one spills into it. */
const spillAt: usize = memory.data(12 * 8, 16);

/** Evaluates the first `rows` rows, and leaves those beyond as they are. */
export function batchEvaluate(at: usize, rows: i32): void {
  const batch = changetype<Batch>(at);
  const input = batchInput(at, 0);
  const result = batchResult(at, 0);
  const spill = result + ((<usize>rows) << 3);
  const kept = sensitivitiesOf(batch.order);
  for (let s: usize = 0; s < kept; s++) store<f64>(spillAt + (s << 3), load<f64>(spill + s * batch.stride));
  for (let first = 0; first < rows; first += BLOCK) {
    const place = (<usize>first) << 3;
    evaluateBlock(batch, input + place, result + place, input + first, min(BLOCK, rows - first));
  }
  for (let s: usize = 0; s < kept; s++) store<f64>(spill + s * batch.stride, load<f64>(spillAt + (s << 3)));
}
