/**
 * Batches of the rarer models: a pair of rows at a time, in one pass, with all sensitivities whatever the order asked.
 */
import {
  abs,
  add,
  and,
  both,
  equal,
  finite,
  lessThan,
  least,
  mul,
  not,
  or,
  read,
  sub,
  write,
} from '../lanes/f64x2';
import { bachelier } from '../pricing/bachelier';
import { coinRows } from '../pricing/coin';
import { digital } from '../pricing/digital';
import { getPair, pairAt } from '../pricing/pair';
import { sensitivitiesOf } from '../pricing/sensitivity';
import { Batch, DIVIDEND, RATE, readTypes, STRIKE, UNDER, VOLATILITY, YEARS } from './batch';

/** What a batch is of: the sum of a model (0 lognormal, 2 normal) and a payoff (0 vanilla, 1 digital). */
export const LOGNORMAL: i32 = 0;
const DIGITAL: i32 = 1;
const NORMAL: i32 = 2;

// @ts-ignore: decorator
@inline
function evaluateRows(
  batch: Batch,
  input: usize,
  result: usize,
  type: usize,
  rows: i32,
  isNormal: bool,
): void {
  const forward = batch.forward != 0;
  const stride = batch.stride;
  const count = sensitivitiesOf(batch.order);
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const at = input + i;
    const sign = readTypes(type + (i >> 3));
    const under = read(at + UNDER * stride);
    const strike = read(at + STRIKE * stride);
    const years = read(at + YEARS * stride);
    const volatility = read(at + VOLATILITY * stride);
    const rate = read(at + RATE * stride);
    const carry = forward ? both(0) : sub(rate, read(at + DIVIDEND * stride));
    if (isNormal)
      bachelier(sign, under, strike, years, volatility, rate, carry, forward, batch.model != NORMAL);
    else digital(sign, under, strike, years, volatility, rate, carry, forward);
    if (batch.inverse) coinRows(pairAt, pairAt, 16, under);
    // comparisons with NaN are false, so that NaN fails as well
    const bounded = finite(add(add(under, strike), add(mul(years, add(abs(rate), abs(carry))), volatility)));
    const notNegative = not(lessThan(least(years, volatility), both(0)));
    let isOption = and(and(equal(abs(sign), both(1)), finite(years)), and(bounded, notNegative));
    if (!isNormal) isOption = and(isOption, lessThan(both(0), least(under, strike)));
    for (let s: usize = 0; s < count; s++) write(result + i + s * stride, or(not(isOption), getPair(s)));
  }
}

/** Evaluates rows of a batch whose model is not LOGNORMAL. */
export function evaluateModel(batch: Batch, input: usize, result: usize, type: usize, rows: i32): void {
  if (batch.model == DIGITAL) evaluateRows(batch, input, result, type, rows, false);
  else evaluateRows(batch, input, result, type, rows, true);
}
