/**
 * Strikes x expiries: a grid, not a list. All strikes of an expiry share its forward, discount factor and sqrt(years);
 * a call and a put of one strike share d1, d2, the density and both tails. When the forward moves only ln F is new.
 *
 * Rows are taken in pairs within an expiry. The odd last strike spills into the first row of the next expiry, which is
 * written after it (the last expiry into the row that `strideOf` leaves free).
 */
import { give, take } from '../memory/arena';
import { headerOf, strideOf } from '../memory/layout';
import {
  abs,
  add,
  and,
  any,
  both,
  div,
  equal,
  finite,
  lessThan,
  madd,
  mul,
  neg,
  not,
  read,
  select,
  sqrt,
  sub,
  write,
} from '../lanes/f64x2';
import { expX2 } from '../math/exp';
import { logInto } from '../math/log';
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
import { coinX2 } from '../pricing/coin';
import { limit, limitAt } from '../pricing/limit';
import * as sensitivity from '../pricing/sensitivity';
import { sensitivitiesOf } from '../pricing/sensitivity';
import {
  BASE,
  BELL,
  BLOCK,
  FAR_TAIL,
  HALF,
  NEAR_TAIL,
  OUT_PRICE,
  PER_DEVIATION,
  priceBlock,
  scratchAt,
  Z,
} from './block';


@unmanaged
export class Chain {
  expiries: i32;
  rows: i32;
  order: i32;
  /** Set where rates or years have changed since the last tick. */
  stale: i32;
  /** The block of coin columns, 0 until they are first asked for. */
  coin: usize;
  /** Bytes between columns of expiries, and of rows. */
  expiryStride: usize;
  stride: usize;
}

// Columns of expiries.
export const FORWARD: usize = 0;
/** Where a tick's forwards are laid before they are looked at. */
const NEXT_FORWARD: usize = 1;
export const YEARS: usize = 2;
export const RATE: usize = 3;
const ROOT_YEARS: usize = 4;
const DISCOUNT: usize = 5;
const LOG_FORWARD: usize = 6;
const LOG_FORWARD_LOW: usize = 7;
/** First row of each expiry and, after the last, the number of rows: integers. */
const OFFSET: usize = 8;
const EXPIRY_COLUMNS: usize = 9;

// Columns of rows.
const STRIKE: usize = 0;
const VOLATILITY: usize = 1;
const LOG_STRIKE: usize = 2;
const LOG_STRIKE_LOW: usize = 3;
const RESULTS: usize = 4;

// Results. What call and put have in common stands once; an order's columns stand before the next order's.
const CALL_PRICE: usize = 0;
const PUT_PRICE: usize = 1;
const CALL_DELTA: usize = 2;
const PUT_DELTA: usize = 3;
const CALL_THETA: usize = 4;
const PUT_THETA: usize = 5;
const CALL_RHO: usize = 6;
const PUT_RHO: usize = 7;
const GAMMA: usize = 8;
const VEGA: usize = 9;
const VANNA: usize = 10;
const VOLGA: usize = 11;
const CALL_CHARM: usize = 12;
const PUT_CHARM: usize = 13;
const SPEED: usize = 14;
const ZOMMA: usize = 15;
const COLOR: usize = 16;

/** Result column of each sensitivity, of calls and then of puts. */
const CALL_COLUMNS: usize = memory.data<usize>([
  CALL_PRICE,
  CALL_DELTA,
  GAMMA,
  VEGA,
  CALL_THETA,
  CALL_RHO,
  VANNA,
  VOLGA,
  CALL_CHARM,
  SPEED,
  ZOMMA,
  COLOR,
]);
const PUT_COLUMNS: usize = memory.data<usize>([
  PUT_PRICE,
  PUT_DELTA,
  GAMMA,
  VEGA,
  PUT_THETA,
  PUT_RHO,
  VANNA,
  VOLGA,
  PUT_CHARM,
  SPEED,
  ZOMMA,
  COLOR,
]);

// @ts-ignore: decorator
@inline
function resultsOf(order: i32): usize {
  return order == 1 ? 10 : order == 2 ? 14 : 17;
}

// @ts-ignore: decorator
@inline
export function expiryColumn(chain: Chain, column: usize): usize {
  return changetype<usize>(chain) + headerOf<Chain>() + column * chain.expiryStride;
}

// @ts-ignore: decorator
@inline
function rowColumn(chain: Chain, column: usize): usize {
  return expiryColumn(chain, EXPIRY_COLUMNS) + column * chain.stride;
}

/** First row of an expiry; of the one after the last, the number of rows. */
// @ts-ignore: decorator
@inline
export function firstRow(chain: Chain, expiry: i32): i32 {
  return load<i32>(expiryColumn(chain, OFFSET) + ((<usize>expiry) << 2));
}

/** Address of the column of a sensitivity, of calls or of puts. */
export function resultColumn(chain: Chain, sensitivity: usize, put: bool): usize {
  return rowColumn(chain, RESULTS + load<usize>((put ? PUT_COLUMNS : CALL_COLUMNS) + (sensitivity << 2)));
}

/** @returns the chain, 0 where memory is exhausted; its columns are to be filled, then `chainPrepare` called */
export function chainCreate(expiries: i32, rows: i32, order: i32): usize {
  const expiryStride = strideOf(expiries + 1);
  const stride = strideOf(rows);
  const at = take(headerOf<Chain>() + EXPIRY_COLUMNS * expiryStride + (RESULTS + resultsOf(order)) * stride);
  if (at) {
    const chain = changetype<Chain>(at);
    chain.expiries = expiries;
    chain.rows = rows;
    chain.order = order;
    chain.expiryStride = expiryStride;
    chain.stride = stride;
  }
  return at;
}

/** Address of the forwards that the next tick takes up, one per expiry. */
export function chainForward(at: usize): usize {
  return expiryColumn(changetype<Chain>(at), NEXT_FORWARD);
}

/** Address of the years, one per expiry; `chainRetime` after a change. */
export function chainYears(at: usize): usize {
  return expiryColumn(changetype<Chain>(at), YEARS);
}

/** Address of the rates, one per expiry; `chainRetime` after a change. */
export function chainRate(at: usize): usize {
  return expiryColumn(changetype<Chain>(at), RATE);
}

/** Address of the offsets, unsigned integers of 32 bits, one more than expiries. */
export function chainOffset(at: usize): usize {
  return expiryColumn(changetype<Chain>(at), OFFSET);
}

/** Address of the strikes. */
export function chainStrike(at: usize): usize {
  return rowColumn(changetype<Chain>(at), STRIKE);
}

/** Address of the volatilities, which the next tick reads. */
export function chainVolatility(at: usize): usize {
  return rowColumn(changetype<Chain>(at), VOLATILITY);
}

/** Address of the results of a sensitivity, of calls (put = 0) or of puts. */
export function chainResult(at: usize, sensitivity: i32, put: i32): usize {
  return resultColumn(changetype<Chain>(at), sensitivity, put != 0);
}

/** The row of a strike of an expiry, -1 where it has none such. */
export function chainIndex(at: usize, expiry: i32, strike: f64): i32 {
  const chain = changetype<Chain>(at);
  let from = firstRow(chain, expiry);
  let to = firstRow(chain, expiry + 1);
  while (from < to) {
    const row = (from + to) >> 1;
    const here = load<f64>(rowColumn(chain, STRIKE) + ((<usize>row) << 3));
    if (here == strike) return row;
    if (here < strike) from = row + 1;
    else to = row;
  }
  return -1;
}

/** Takes up the strikes. @returns the first row whose strike is bad or not above the one before, -1 if none */
export function chainPrepare(at: usize): i32 {
  const chain = changetype<Chain>(at);
  for (let expiry = 0; expiry < chain.expiries; expiry++) {
    let before: f64 = 0;
    for (let row = firstRow(chain, expiry); row < firstRow(chain, expiry + 1); row++) {
      const strike = load<f64>(rowColumn(chain, STRIKE) + ((<usize>row) << 3));
      if (!(strike > before && strike < Infinity)) return row;
      before = strike;
    }
  }
  for (let i: usize = 0; i < (<usize>chain.rows) << 3; i += 16) {
    const strike = read(rowColumn(chain, STRIKE) + i);
    logInto(rowColumn(chain, LOG_STRIKE) + i, rowColumn(chain, LOG_STRIKE_LOW) + i, strike);
  }
  chain.stale = 1;
  return -1;
}

/** Says that years or rates have changed; the next tick takes them up. */
export function chainRetime(at: usize): void {
  changetype<Chain>(at).stale = 1;
}

/** Lets time pass; an expiry that is over stays at 0 years. */
export function chainAdvance(at: usize, years: f64): void {
  const chain = changetype<Chain>(at);
  for (let expiry: usize = 0; expiry < <usize>chain.expiries; expiry++) {
    const yearsAt = expiryColumn(chain, YEARS) + (expiry << 3);
    store<f64>(yearsAt, Math.max(0, load<f64>(yearsAt) - years));
  }
  chain.stale = 1;
}

/** First pass of a block: the arguments of the tails. @returns whether the lanes cannot do some row */
function prepare(chain: Chain, expiry: i32, first: i32, rows: i32): bool {
  const index = (<usize>expiry) << 3;
  const rootYears = both(load<f64>(expiryColumn(chain, ROOT_YEARS) + index));
  const logForward = both(load<f64>(expiryColumn(chain, LOG_FORWARD) + index));
  const logForwardLow = both(load<f64>(expiryColumn(chain, LOG_FORWARD_LOW) + index));
  const discount = load<f64>(expiryColumn(chain, DISCOUNT) + index);
  const discounts = both(discount);
  const a = both(discount * load<f64>(expiryColumn(chain, FORWARD) + index));
  const stride = chain.stride;
  let at = rowColumn(chain, STRIKE) + ((<usize>first) << 3);
  let fine = equal(both(0), both(0));
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const scratch = scratchAt + i;
    const deviation = mul(read(at + VOLATILITY * stride), rootYears);
    const perDeviation = div(both(1), deviation);
    const x = add(
      sub(logForward, read(at + LOG_STRIKE * stride)),
      sub(logForwardLow, read(at + LOG_STRIKE_LOW * stride)),
    );
    const signed = mul(x, perDeviation);
    write(scratch, signed, Z);
    write(scratch, mul(deviation, both(0.5)), HALF);
    write(scratch, select(lessThan(signed, both(0)), a, mul(discounts, read(at))), BASE);
    write(scratch, perDeviation, PER_DEVIATION);
    fine = and(fine, and(lessThan(both(0), deviation), finite(deviation)));
    at += 16;
  }
  return any(not(fine));
}

/** What the last passes take from an expiry, in both lanes. */
// @ts-ignore: decorator
@inline
function expiryValue(chain: Chain, column: usize, expiry: i32): v128 {
  return v128.load64_splat(expiryColumn(chain, column) + ((<usize>expiry) << 3));
}

/** Last pass of a block: the results in quote currency. */
// @ts-ignore: decorator
@inline
function finish(chain: Chain, expiry: i32, first: i32, rows: i32, order: i32): void {
  const rate = expiryValue(chain, RATE, expiry);
  const years = expiryValue(chain, YEARS, expiry);
  const minusYears = neg(years);
  const halfPerYears = div(both(0.5), years);
  const rootYears = expiryValue(chain, ROOT_YEARS, expiry);
  const discount = expiryValue(chain, DISCOUNT, expiry);
  const forward = expiryValue(chain, FORWARD, expiry);
  const a = mul(forward, discount);
  const perForward = div(both(1), forward);
  const stride = chain.stride;
  const place = (<usize>first) << 3;
  let at = rowColumn(chain, STRIKE) + place;
  let out = rowColumn(chain, RESULTS) + place;
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const scratch = scratchAt + i;
    const volatility = read(at + VOLATILITY * stride);
    const signed = read(scratch, Z);
    const h = read(scratch, HALF);
    const perDeviation = read(scratch, PER_DEVIATION);
    const nearTail = read(scratch, NEAR_TAIL);
    const farTail = read(scratch, FAR_TAIL);
    const outPrice = read(scratch, OUT_PRICE);
    const density = mul(read(scratch, BELL), both(DENSITY_AT_ZERO));
    const callIsOut = lessThan(signed, both(0));
    const parity = mul(discount, sub(forward, read(at)));
    const callPrice = select(callIsOut, outPrice, add(outPrice, parity));
    const putPrice = select(callIsOut, sub(outPrice, parity), outPrice);
    // A N(d1) and A N(-d1): one is a tail, the other the whole less the tail
    const d1 = add(signed, h);
    const d1IsBelow = lessThan(d1, both(0));
    const tailA = select(callIsOut, nearTail, farTail);
    const restA = sub(a, tailA);
    const callDelta = mul(select(d1IsBelow, tailA, restA), perForward);
    const putDelta = neg(mul(select(d1IsBelow, restA, tailA), perForward));
    const gamma = gammaX2(density, perForward, perDeviation);
    const vega = vegaX2(density, rootYears);
    const decay = decayX2(density, volatility, perDeviation);
    write(out + CALL_PRICE * stride, callPrice);
    write(out + PUT_PRICE * stride, putPrice);
    write(out + CALL_DELTA * stride, callDelta);
    write(out + PUT_DELTA * stride, putDelta);
    write(out + CALL_THETA * stride, madd(rate, callPrice, decay));
    write(out + PUT_THETA * stride, madd(rate, putPrice, decay));
    write(out + CALL_RHO * stride, mul(minusYears, callPrice));
    write(out + PUT_RHO * stride, mul(minusYears, putPrice));
    write(out + GAMMA * stride, gamma);
    write(out + VEGA * stride, vega);
    if (order >= 2) {
      const d2 = sub(signed, h);
      const d1d2 = mul(d1, d2);
      const drift = driftX2(both(0), d2, halfPerYears, perDeviation);
      const spread = mul(mul(density, drift), perForward);
      write(out + VANNA * stride, vannaX2(vega, perForward, perDeviation, d2));
      write(out + VOLGA * stride, volgaX2(vega, volatility, d1d2));
      write(out + CALL_CHARM * stride, sub(mul(rate, callDelta), spread));
      write(out + PUT_CHARM * stride, sub(mul(rate, putDelta), spread));
      if (order >= 3) {
        write(out + SPEED * stride, speedX2(gamma, perForward, perDeviation, d1));
        write(out + ZOMMA * stride, zommaX2(gamma, rootYears, perDeviation, d1d2));
        write(out + COLOR * stride, colorX2(gamma, rate, d1, drift, halfPerYears));
      }
    }
    at += 16;
    out += 16;
  }
}

/** Mends the rows of a block that the lanes cannot do: expired, without volatility, or bad. */
function mend(chain: Chain, expiry: i32, first: i32, rows: i32, put: bool, coin: bool): void {
  const index = (<usize>expiry) << 3;
  const rootYears = load<f64>(expiryColumn(chain, ROOT_YEARS) + index);
  const rate = load<f64>(expiryColumn(chain, RATE) + index);
  for (let row = <usize>first; row < <usize>(first + rows); row++) {
    const place = row << 3;
    const volatility = load<f64>(rowColumn(chain, VOLATILITY) + place);
    const deviation = volatility * rootYears;
    if (deviation > 0 && deviation < Infinity) continue;
    limit(
      put ? -1 : 1,
      load<f64>(expiryColumn(chain, FORWARD) + index),
      load<f64>(rowColumn(chain, STRIKE) + place),
      load<f64>(expiryColumn(chain, YEARS) + index),
      volatility,
      rate,
      rate,
      true,
      coin,
    );
    for (let s: usize = 0; s < sensitivitiesOf(chain.order); s++) {
      const column = coin ? coinColumn(chain, s, put) : resultColumn(chain, s, put);
      store<f64>(column + place, load<f64>(limitAt + (s << 3)));
    }
  }
}

/**
 * Takes up the forwards laid at `chainForward` and re-marks every row.
 * @returns the first expiry whose forward is not positive and finite, and then nothing has changed; -1 if none
 */
export function chainTick(at: usize): i32 {
  const chain = changetype<Chain>(at);
  const expiries = (<usize>chain.expiries) << 3;
  const next = expiryColumn(chain, NEXT_FORWARD);
  for (let i: usize = 0; i < expiries; i += 8) {
    const forward = load<f64>(next + i);
    if (!(forward > 0 && forward < Infinity)) {
      memory.copy(next, expiryColumn(chain, FORWARD), expiries);
      return <i32>(i >> 3);
    }
  }
  for (let i: usize = 0; i < expiries; i += 16) {
    const forward = read(next + i);
    write(expiryColumn(chain, FORWARD) + i, forward);
    logInto(expiryColumn(chain, LOG_FORWARD) + i, expiryColumn(chain, LOG_FORWARD_LOW) + i, forward);
    if (chain.stale) {
      const years = read(expiryColumn(chain, YEARS) + i);
      write(expiryColumn(chain, ROOT_YEARS) + i, sqrt(years));
      write(expiryColumn(chain, DISCOUNT) + i, expX2(neg(mul(read(expiryColumn(chain, RATE) + i), years))));
    }
  }
  chain.stale = 0;
  for (let expiry = 0; expiry < chain.expiries; expiry++) {
    const end = firstRow(chain, expiry + 1);
    for (let first = firstRow(chain, expiry); first < end; first += BLOCK) {
      const rows = min(BLOCK, end - first);
      const rare = prepare(chain, expiry, first, rows);
      priceBlock(rows);
      if (chain.order == 1) finish(chain, expiry, first, rows, 1);
      else if (chain.order == 2) finish(chain, expiry, first, rows, 2);
      else finish(chain, expiry, first, rows, 3);
      if (rare) {
        mend(chain, expiry, first, rows, false, false);
        mend(chain, expiry, first, rows, true, false);
      }
    }
  }
  return -1;
}

/** Address of a coin column: those of the calls, then those of the puts. */
// @ts-ignore: decorator
@inline
function coinColumn(chain: Chain, column: usize, put: bool): usize {
  return chain.coin + (put ? sensitivitiesOf(chain.order) + column : column) * chain.stride;
}

/** Address of the coin results of a sensitivity; `chainCoin` makes and fills them. */
export function chainCoinResult(at: usize, sensitivity: i32, put: i32): usize {
  return coinColumn(changetype<Chain>(at), sensitivity, put != 0);
}

/** Last pass of a block in coin, of calls or of puts. What is the same for both is not worth a second kernel. */
// @ts-ignore: decorator
@inline
function finishCoin(chain: Chain, expiry: i32, first: i32, rows: i32, put: bool): void {
  const order = chain.order;
  const rate = expiryValue(chain, RATE, expiry);
  const years = expiryValue(chain, YEARS, expiry);
  const halfPerYears = div(both(0.5), years);
  const rootYears = expiryValue(chain, ROOT_YEARS, expiry);
  const discount = expiryValue(chain, DISCOUNT, expiry);
  const forward = expiryValue(chain, FORWARD, expiry);
  const perForward = div(both(1), forward);
  const stride = chain.stride;
  const place = (<usize>first) << 3;
  const sign = both(put ? -1 : 1);
  let at = rowColumn(chain, STRIKE) + place;
  let out = coinColumn(chain, sensitivity.PRICE, put) + place;
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const scratch = scratchAt + i;
    const strike = read(at);
    const volatility = read(at + VOLATILITY * stride);
    const signed = read(scratch, Z);
    const h = read(scratch, HALF);
    const perDeviation = read(scratch, PER_DEVIATION);
    const outPrice = read(scratch, OUT_PRICE);
    const density = mul(read(scratch, BELL), both(DENSITY_AT_ZERO));
    const callIsOut = lessThan(signed, both(0));
    const parity = mul(discount, sub(forward, strike));
    const value = put
      ? select(callIsOut, sub(outPrice, parity), outPrice)
      : select(callIsOut, outPrice, add(outPrice, parity));
    const d1 = add(signed, h);
    const d2 = sub(signed, h);
    const d1d2 = mul(d1, d2);
    // B N(+-d2), the type's sign in front
    const tailB = select(callIsOut, read(scratch, FAR_TAIL), read(scratch, NEAR_TAIL));
    const restB = sub(mul(strike, discount), tailB);
    const d2IsBelow = lessThan(d2, both(0));
    const termB = mul(sign, put ? select(d2IsBelow, restB, tailB) : select(d2IsBelow, tailB, restB));
    const plainGamma = gammaX2(density, perForward, perDeviation);
    const vega = div(vegaX2(density, rootYears), forward);
    const theta = mul(madd(rate, value, decayX2(density, volatility, perDeviation)), perForward);
    const delta = mul(mul(termB, perForward), perForward);
    const gamma = coinX2(plainGamma, 2, delta, forward);
    const price = mul(value, perForward);
    write(out + sensitivity.PRICE * stride, price);
    write(out + sensitivity.DELTA * stride, delta);
    write(out + sensitivity.GAMMA * stride, gamma);
    write(out + sensitivity.VEGA * stride, vega);
    write(out + sensitivity.THETA * stride, theta);
    write(out + sensitivity.RHO * stride, neg(mul(years, price)));
    if (order >= 2) {
      const vanna = vannaX2(vega, perForward, perDeviation, d1);
      const drift = driftX2(both(0), d1, halfPerYears, perDeviation);
      const charm = mul(mul(sub(mul(rate, termB), mul(density, drift)), perForward), perForward);
      write(out + sensitivity.VANNA * stride, vanna);
      write(out + sensitivity.VOLGA * stride, volgaX2(vega, volatility, d1d2));
      write(out + sensitivity.CHARM * stride, charm);
      if (order >= 3) {
        const plainDrift = driftX2(both(0), d2, halfPerYears, perDeviation);
        const speed = speedX2(plainGamma, perForward, perDeviation, d1);
        const zomma = zommaX2(plainGamma, rootYears, perDeviation, d1d2);
        const color = colorX2(plainGamma, rate, d1, plainDrift, halfPerYears);
        write(out + sensitivity.SPEED * stride, coinX2(speed, 3, gamma, forward));
        write(out + sensitivity.ZOMMA * stride, coinX2(zomma, 2, vanna, forward));
        write(out + sensitivity.COLOR * stride, coinX2(color, 2, charm, forward));
      }
    }
    at += 16;
    out += 16;
  }
}

/** Takes a block for the coin columns where there is none yet. @returns 0 where memory is exhausted */
export function chainTakeCoin(at: usize): bool {
  const chain = changetype<Chain>(at);
  if (!chain.coin) chain.coin = take(2 * sensitivitiesOf(chain.order) * chain.stride);
  return chain.coin != 0;
}

/** Brings the coin columns up to the last tick. */
export function chainCoin(at: usize): void {
  const chain = changetype<Chain>(at);
  for (let expiry = 0; expiry < chain.expiries; expiry++) {
    const end = firstRow(chain, expiry + 1);
    for (let first = firstRow(chain, expiry); first < end; first += BLOCK) {
      const rows = min(BLOCK, end - first);
      const rare = prepare(chain, expiry, first, rows);
      priceBlock(rows);
      finishCoin(chain, expiry, first, rows, false);
      if (rare) mend(chain, expiry, first, rows, false, true);
      finishCoin(chain, expiry, first, rows, true);
      if (rare) mend(chain, expiry, first, rows, true, true);
    }
  }
}

/** Gives the chain's memory back. */
export function chainGive(at: usize): void {
  give(changetype<Chain>(at).coin);
  give(at);
}
