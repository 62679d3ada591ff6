/**
 * Marks a chain: the kernels of a tick. All strikes of an expiry share its forward, discount factor and sqrt(years); a
 * call and a put of one strike share d1, d2, the density and both tails. When the forward moves only ln F is new.
 *
 * Rows are taken in pairs within an expiry. The odd last strike spills into the first row of the next expiry, which is
 * written after it (the last expiry into the row that `strideOf` leaves free).
 */
import {
  add,
  and,
  any,
  both,
  div,
  equal,
  least,
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
import { LEAST_DEVIATION, limit, limitAt, MOST_DEVIATION, MOST_PRICE } from '../pricing/limit';
import * as sensitivity from '../pricing/sensitivity';
import {
  BASE,
  BELL,
  BLOCK,
  FAR_TAIL,
  FINE,
  HALF,
  NEAR_TAIL,
  OUT_PRICE,
  PER_DEVIATION,
  priceBlock,
  refineBlock,
  scratchAt,
  Z,
} from './block';
import {
  CALL_CHARM,
  CALL_DELTA,
  CALL_PRICE,
  CALL_RHO,
  CALL_THETA,
  Chain,
  chainRevert,
  coinColumn,
  COLOR,
  DISCOUNT,
  expiryColumn,
  firstRow,
  FORWARD,
  GAMMA,
  GIVEN,
  GIVEN_FORWARD,
  GIVEN_VOLATILITY,
  LOG_FORWARD,
  LOG_FORWARD_LOW,
  LOG_STRIKE,
  LOG_STRIKE_LOW,
  PACE,
  PUT_CHARM,
  PUT_DELTA,
  PUT_PRICE,
  PUT_RHO,
  PUT_THETA,
  RATE,
  resultColumn,
  RESULTS,
  ROOT_YEARS,
  rowColumn,
  SPEED,
  STRIKE,
  VANNA,
  VARIANCE_YEARS,
  VEGA,
  VOLATILITY,
  VOLGA,
  YEARS,
  ZOMMA,
} from './chain';

/** What the first pass finds in a block: rows that the lanes cannot do, and rows whose prices cancel. */
const RARE: i32 = 1;
const CANCELS: i32 = 2;

/**
 * Half deviations below which a chain takes the series for prices out of the money. The batch takes it below 0.16; here
 * that would cost a third more time, and this spends a few per cent on the last days before an expiry.
 */
export const SMALL: f64 = 0.02;

/** First pass of a block: the arguments of the tails. @returns RARE and CANCELS, as found */
function prepare(chain: Chain, expiry: i32, first: i32, rows: i32): i32 {
  const index = (<usize>expiry) << 3;
  const root = load<f64>(expiryColumn(chain, ROOT_YEARS) + index);
  const rootYears = both(root);
  const logForward = both(load<f64>(expiryColumn(chain, LOG_FORWARD) + index));
  const logForwardLow = both(load<f64>(expiryColumn(chain, LOG_FORWARD_LOW) + index));
  const discount = load<f64>(expiryColumn(chain, DISCOUNT) + index);
  const discounts = both(discount);
  const value = discount * load<f64>(expiryColumn(chain, FORWARD) + index);
  const a = both(value);
  // bounds of the deviation that are bounds of the volatility as well; none can do where the discount leaves the range
  const inRange = value < MOST_PRICE && discount < MOST_DEVIATION;
  const lowest = both(inRange ? Math.max(LEAST_DEVIATION, LEAST_DEVIATION * root) : Infinity);
  const highest = both(Math.min(MOST_DEVIATION, MOST_DEVIATION * root));
  const stride = chain.stride;
  let at = rowColumn(chain, STRIKE) + ((<usize>first) << 3);
  let fine = equal(both(0), both(0));
  let smallest = both(1);
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
    // comparisons with NaN are false, so that NaN fails as well
    const isFine = and(lessThan(lowest, deviation), lessThan(deviation, highest));
    write(scratch, isFine, FINE);
    fine = and(fine, isFine);
    smallest = least(smallest, deviation);
    at += 16;
  }
  return (any(not(fine)) ? RARE : 0) | (any(lessThan(smallest, both(2 * SMALL))) ? CANCELS : 0);
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
  const pace = expiryValue(chain, PACE, expiry);
  // d/dt acts on the years of variance, which pass at the pace
  const halfPerYears = div(mul(both(0.5), pace), expiryValue(chain, VARIANCE_YEARS, expiry));
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
    const decay = mul(decayX2(density, volatility, perDeviation), pace);
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
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 8) {
    if (load<u64>(scratchAt + FINE + i)) continue;
    const place = ((<usize>first) << 3) + i;
    const volatility = load<f64>(rowColumn(chain, VOLATILITY) + place);
    limit(
      put ? -1 : 1,
      load<f64>(expiryColumn(chain, FORWARD) + index),
      load<f64>(rowColumn(chain, STRIKE) + place),
      load<f64>(expiryColumn(chain, YEARS) + index),
      rootYears,
      volatility,
      rate,
      rate,
      true,
      coin,
    );
    for (let s: usize = 0; s < sensitivity.sensitivitiesOf(chain.order); s++) {
      const column = coin ? coinColumn(chain, s, put) : resultColumn(chain, s, put);
      store<f64>(column + place, load<f64>(limitAt + (s << 3)));
    }
  }
}

/**
 * Takes up what the host has given, forwards at `chainForward` first, and re-marks every row.
 * @returns the first expiry whose forward is not positive and finite, and then nothing has changed; -1 if none
 */
export function chainTick(at: usize): i32 {
  const chain = changetype<Chain>(at);
  const expiries = (<usize>chain.expiries) << 3;
  const given = expiryColumn(chain, GIVEN_FORWARD);
  for (let i: usize = 0; i < expiries; i += 8) {
    const forward = load<f64>(given + i);
    if (!(forward > 0 && forward < Infinity)) {
      chainRevert(at);
      return <i32>(i >> 3);
    }
  }
  memory.copy(expiryColumn(chain, GIVEN), given, GIVEN * chain.expiryStride);
  memory.copy(rowColumn(chain, VOLATILITY), rowColumn(chain, GIVEN_VOLATILITY), (<usize>chain.rows) << 3);
  for (let i: usize = 0; i < expiries; i += 16) {
    const forward = read(expiryColumn(chain, FORWARD) + i);
    logInto(expiryColumn(chain, LOG_FORWARD) + i, expiryColumn(chain, LOG_FORWARD_LOW) + i, forward);
    if (chain.stale) {
      const years = read(expiryColumn(chain, YEARS) + i);
      write(expiryColumn(chain, ROOT_YEARS) + i, sqrt(read(expiryColumn(chain, VARIANCE_YEARS) + i)));
      write(expiryColumn(chain, DISCOUNT) + i, expX2(neg(mul(read(expiryColumn(chain, RATE) + i), years))));
    }
  }
  chain.stale = 0;
  chain.mended = 0;
  for (let expiry = 0; expiry < chain.expiries; expiry++) {
    const end = firstRow(chain, expiry + 1);
    for (let first = firstRow(chain, expiry); first < end; first += BLOCK) {
      const rows = min(BLOCK, end - first);
      const found = prepare(chain, expiry, first, rows);
      priceBlock(rows);
      if (found & CANCELS) refineBlock(rows, SMALL);
      if (chain.order == 1) finish(chain, expiry, first, rows, 1);
      else if (chain.order == 2) finish(chain, expiry, first, rows, 2);
      else finish(chain, expiry, first, rows, 3);
      if (found & RARE) {
        chain.mended = 1;
        mend(chain, expiry, first, rows, false, false);
        mend(chain, expiry, first, rows, true, false);
      }
    }
  }
  return -1;
}

/** Last pass of a block in coin, of calls or of puts. What is the same for both is not worth a second kernel. */
// @ts-ignore: decorator
@inline
function finishCoin(chain: Chain, expiry: i32, first: i32, rows: i32, put: bool): void {
  const order = chain.order;
  const rate = expiryValue(chain, RATE, expiry);
  const years = expiryValue(chain, YEARS, expiry);
  const pace = expiryValue(chain, PACE, expiry);
  // d/dt acts on the years of variance, which pass at the pace
  const halfPerYears = div(mul(both(0.5), pace), expiryValue(chain, VARIANCE_YEARS, expiry));
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
    const theta = mul(madd(rate, value, mul(decayX2(density, volatility, perDeviation), pace)), perForward);
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

/** Brings the coin columns up to the last tick. */
export function chainCoin(at: usize): void {
  const chain = changetype<Chain>(at);
  for (let expiry = 0; expiry < chain.expiries; expiry++) {
    const end = firstRow(chain, expiry + 1);
    for (let first = firstRow(chain, expiry); first < end; first += BLOCK) {
      const rows = min(BLOCK, end - first);
      const found = prepare(chain, expiry, first, rows);
      priceBlock(rows);
      if (found & CANCELS) refineBlock(rows, SMALL);
      finishCoin(chain, expiry, first, rows, false);
      if (found & RARE) mend(chain, expiry, first, rows, false, true);
      finishCoin(chain, expiry, first, rows, true);
      if (found & RARE) mend(chain, expiry, first, rows, true, true);
    }
  }
}
