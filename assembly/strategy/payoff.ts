/**
 * What a book makes at its horizon, its nearest expiry, and today, as a function of the underlying's price S there.
 *
 * Forwards F move by one ratio: F = ratio S. With what was paid, profit is N(S) in quote currency and N(S)/S in coin,
 *
 *     N(S) = constant + slope S + sum weight discount Black(ratio S, strike, deviation)
 *
 * An option that ends at the horizon has no deviation, and N is linear between strikes: what it says there is exact.
 * One that outlives it is revalued by Black-76, its volatility held, and N is searched on a grid.
 */
import { bracket, narrow, trial } from '../math/bracket';
import { exp, logRatio } from '../math/scalar';
import { takeLarge } from '../memory/arena';
import { headerOf, strideOf } from '../memory/layout';
import { black } from '../pricing/scalar';
import { PRICE } from '../pricing/sensitivity';
import {
  DISCOUNT,
  expiryColumn,
  firstRow,
  FORWARD,
  resultColumn,
  rowColumn,
  STRIKE,
  VARIANCE_YEARS,
  VOLATILITY,
  YEARS,
  RATE,
} from '../book/chain';
import { Book, PLACE_UNDERLYING, placeColumn, reference, weigh, weightAt } from '../book/exposure';


@unmanaged
export class Payoff {
  /** Greatest and least profit, and the prices they are at: what `payoffSolve` leaves. */
  gain: f64;
  gainAt: f64;
  loss: f64;
  lossAt: f64;
  constant: f64;
  slope: f64;
  /** The forward of the horizon now. */
  forward: f64;
  /** Widest deviation of a leg that outlives the horizon; 0 where none does. */
  widest: f64;
  coin: i32;
  legs: i32;
  nodes: i32;
  roots: i32;
  /** Expiry whose forward S is. */
  expiry: i32;
  /** Legs there is room for. */
  room: i32;
  nodeStride: usize;
}


@unmanaged
class Leg {
  /** 1 call, -1 put. */
  sign: f64;
  /** Units, in coin over the ratio. */
  weight: f64;
  strike: f64;
  /** Forward of the leg's expiry per price at the horizon. */
  ratio: f64;
  /** volatility sqrt(years of variance) left at the horizon, and the discount factor from there. */
  deviation: f64;
  discount: f64;
  /** The same today. */
  deviationNow: f64;
  discountNow: f64;
}

// Columns of nodes: prices, N there, and the roots.
const NODE: usize = 0;
const NODE_VALUE: usize = 1;
const ROOT: usize = 2;
const NODE_COLUMNS: usize = 4;

/** Nodes of the grid where N is curved, and how many deviations it reaches beyond the strikes. */
const GRID: i32 = 512;
const REACH: f64 = 8;
/** Rounding of a sum of legs, in parts of the sum of their absolute values. */
const ROUNDING: f64 = 4e-15;
/** A golden section ends where values no longer tell points apart: 0.618^40 = 4e-9. */
const SECTIONS: i32 = 40;
const GOLDEN: f64 = 0.6180339887498949;
/** A break-even is found to this, relative to it. */
const TOLERANCE: f64 = 4 * f64.EPSILON;

function legOf(payoff: Payoff, i: i32): Leg {
  return changetype<Leg>(changetype<usize>(payoff) + headerOf<Payoff>() + <usize>i * offsetof<Leg>());
}

function nodeColumn(payoff: Payoff, column: usize): usize {
  return changetype<usize>(legOf(payoff, payoff.room)) + column * payoff.nodeStride;
}

function node(payoff: Payoff, column: usize, i: i32): f64 {
  return load<f64>(nodeColumn(payoff, column) + ((<usize>i) << 3));
}

function ofExpiry(book: Book, column: usize, expiry: i32): f64 {
  return load<f64>(expiryColumn(book.chain, column) + ((<usize>expiry) << 3));
}

function isOf(book: Book, expiry: i32, underlying: i32): bool {
  return load<i32>(placeColumn(book, PLACE_UNDERLYING) + ((<usize>expiry) << 2)) == underlying;
}

function weight(book: Book, cell: i32): f64 {
  return load<f64>(weightAt(book, cell));
}

/** The nearest expiry to come that the book holds something of; the underlying's reference where it holds none. */
function horizonOf(book: Book, underlying: i32): i32 {
  const chain = book.chain;
  const rows = chain.rows;
  let found = -1;
  for (let e = 0; e < chain.expiries; e++) {
    const years = ofExpiry(book, YEARS, e);
    if (!isOf(book, e, underlying) || years == 0) continue;
    let isHeld = weight(book, 2 * rows + e) != 0;
    for (let row = firstRow(chain, e); row < firstRow(chain, e + 1) && !isHeld; row++) {
      isHeld = weight(book, row) != 0 || weight(book, rows + row) != 0;
    }
    if (isHeld && (found < 0 || years < ofExpiry(book, YEARS, found))) found = e;
  }
  return found < 0 ? reference(book, chain, underlying) : found;
}

/**
 * The profit of a book's positions of one underlying, as of its chain's last tick.
 * @param coin 1 for profit in coin, 0 for quote currency
 * @param premium what was paid for options and spot, in that currency; NaN for their marks
 * @param slippage what futures and perpetuals cost beyond their marks, in quote currency at the horizon's price
 * @returns the payoff, 0 where memory is exhausted
 */
export function payoffCreate(bookAt: usize, underlying: i32, coin: i32, premium: f64, slippage: f64): usize {
  const book = changetype<Book>(bookAt);
  const chain = book.chain;
  const rows = chain.rows;
  weigh(book);
  let legs = 0;
  for (let e = 0; e < chain.expiries; e++) {
    if (!isOf(book, e, underlying)) continue;
    for (let row = firstRow(chain, e); row < firstRow(chain, e + 1); row++) {
      legs += i32(weight(book, row) != 0) + i32(weight(book, rows + row) != 0);
    }
  }
  const nodeStride = strideOf(2 * (legs + GRID));
  const at = takeLarge(headerOf<Payoff>() + <u64>legs * offsetof<Leg>() + NODE_COLUMNS * <u64>nodeStride);
  if (!at) return 0;
  const payoff = changetype<Payoff>(at);
  const horizon = horizonOf(book, underlying);
  payoff.room = legs;
  payoff.nodeStride = nodeStride;
  payoff.coin = coin;
  payoff.expiry = horizon;
  payoff.forward = ofExpiry(book, FORWARD, horizon);
  let marks: f64 = 0;
  // what is over has been settled, and moves no more
  let settled: f64 = 0;
  for (let e = 0; e < chain.expiries; e++) {
    if (!isOf(book, e, underlying)) continue;
    const forward = ofExpiry(book, FORWARD, e);
    const ratio = forward / payoff.forward;
    const unit = coin ? 1 / ratio : 1;
    const isOver = ofExpiry(book, YEARS, e) == 0 && e != horizon;
    const future = isOver ? 0 : weight(book, 2 * rows + e) * unit;
    payoff.slope += future * ratio;
    payoff.constant -= future * forward;
    for (let row = firstRow(chain, e); row < firstRow(chain, e + 1); row++) {
      for (let put = 0; put < 2; put++) {
        const size = weight(book, row + put * rows);
        if (size == 0) continue;
        const price = load<f64>(resultColumn(chain, PRICE, put == 1) + ((<usize>row) << 3));
        const value = (size * price) / (coin ? forward : 1);
        marks += value;
        if (isOver) settled += value;
        else addLeg(payoff, book, e, row, put ? -1 : 1, size * unit, ratio);
      }
    }
  }
  const forward = ofExpiry(book, FORWARD, reference(book, chain, underlying));
  const place = 2 * rows + chain.expiries + underlying;
  const unit = coin ? payoff.forward / forward : 1;
  const perpetual = weight(book, place);
  const spot = weight(book, place + book.underlyings);
  payoff.slope += ((perpetual + spot) * unit * forward) / payoff.forward;
  payoff.constant -= perpetual * unit * forward + slippage;
  marks += spot * (coin ? 1 : forward);
  const paid = premium == premium ? premium : marks;
  if (coin) payoff.slope += settled - paid;
  else payoff.constant += settled - paid;
  return at;
}

function addLeg(payoff: Payoff, book: Book, expiry: i32, row: i32, sign: f64, size: f64, ratio: f64): void {
  const chain = book.chain;
  const horizon = payoff.expiry;
  const leg = legOf(payoff, payoff.legs);
  payoff.legs++;
  const rate = ofExpiry(book, RATE, expiry);
  const volatility = load<f64>(rowColumn(chain, VOLATILITY) + ((<usize>row) << 3));
  const left = ofExpiry(book, YEARS, expiry) - ofExpiry(book, YEARS, horizon);
  const variance = ofExpiry(book, VARIANCE_YEARS, expiry);
  const varianceLeft = Math.max(0, variance - ofExpiry(book, VARIANCE_YEARS, horizon));
  leg.sign = sign;
  leg.weight = size;
  leg.strike = load<f64>(rowColumn(chain, STRIKE) + ((<usize>row) << 3));
  leg.ratio = ratio;
  leg.deviation = left > 0 ? volatility * Math.sqrt(varianceLeft) : 0;
  leg.discount = left > 0 ? exp(-left * rate) : 1;
  leg.deviationNow = volatility * Math.sqrt(variance);
  leg.discountNow = ofExpiry(book, DISCOUNT, expiry);
  if (!(leg.deviation <= payoff.widest)) payoff.widest = leg.deviation;
}

/** A call (sign 1) or put (-1) of Black-76 without discount; its intrinsic value where there is no deviation. */
function option(sign: f64, forward: f64, strike: f64, deviation: f64): f64 {
  if (deviation == 0) return Math.max(0, sign * (forward - strike));
  return black(sign, forward, strike, deviation);
}

/** N(S), at the horizon or today. */
function numerator(payoff: Payoff, spot: f64, today: bool = false): f64 {
  let sum = payoff.slope * spot + payoff.constant;
  for (let i = 0; i < payoff.legs; i++) {
    const leg = legOf(payoff, i);
    const deviation = today ? leg.deviationNow : leg.deviation;
    const value = option(leg.sign, leg.ratio * spot, leg.strike, deviation);
    sum += leg.weight * (today ? leg.discountNow : leg.discount) * value;
  }
  return sum;
}

/** What rounding may make of N(S). */
function roundingAt(payoff: Payoff, spot: f64): f64 {
  let sum = abs(payoff.constant) + abs(payoff.slope) * spot;
  for (let i = 0; i < payoff.legs; i++) {
    const leg = legOf(payoff, i);
    sum += abs(leg.weight) * (leg.strike + leg.ratio * spot);
  }
  return ROUNDING * sum;
}

/** N(S) at the horizon, 0 where it is no more than rounding. */
function rounded(payoff: Payoff, spot: f64): f64 {
  const value = numerator(payoff, spot);
  return abs(value) <= roundingAt(payoff, spot) ? 0 : value;
}

function profit(payoff: Payoff, spot: f64, today: bool = false): f64 {
  const value = today ? numerator(payoff, spot, true) : rounded(payoff, spot);
  return payoff.coin ? value / spot : value;
}

/** Prices beyond it are none: what is made of them would leave the range of doubles. */
const LARGEST: f64 = 1e30;

/**
 * Profits at prices of the underlying, at the horizon or today.
 * @returns the first price that is not in (0, 1e30], where it stops; -1 for none
 */
export function payoffProfit(at: usize, today: i32, spotAt: usize, profitAt: usize, rows: i32): i32 {
  for (let i = 0; i < rows; i++) {
    const offset = (<usize>i) << 3;
    const spot = load<f64>(spotAt + offset);
    if (!(spot > 0 && spot <= LARGEST)) return i;
    store<f64>(profitAt + offset, profit(changetype<Payoff>(at), spot, today != 0));
  }
  return -1;
}

/** Keeps a candidate for the greatest and the least profit. */
function consider(payoff: Payoff, spot: f64, value: f64): void {
  if (value > payoff.gain) {
    payoff.gain = value;
    payoff.gainAt = spot;
  }
  if (value < payoff.loss) {
    payoff.loss = value;
    payoff.lossAt = spot;
  }
}

/** The greatest (sign 1) or least (-1) profit between two prices, by golden section. */
function section(payoff: Payoff, from: f64, to: f64, sign: f64): void {
  let a = to - GOLDEN * (to - from);
  let b = from + GOLDEN * (to - from);
  let atA = sign * profit(payoff, a);
  let atB = sign * profit(payoff, b);
  for (let i = 0; i < SECTIONS; i++) {
    if (atA > atB) {
      to = b;
      b = a;
      atB = atA;
      a = to - GOLDEN * (to - from);
      atA = sign * profit(payoff, a);
    } else {
      from = a;
      a = b;
      atA = atB;
      b = from + GOLDEN * (to - from);
      atB = sign * profit(payoff, b);
    }
  }
  consider(payoff, a, sign * atA);
}

/** The root of N between two prices at which its signs differ. */
function root(payoff: Payoff, a: f64, atA: f64, b: f64, atB: f64): f64 {
  bracket(a, atA, b, atB);
  let found = b;
  for (let spot = trial(TOLERANCE); spot == spot; spot = trial(TOLERANCE)) {
    found = spot;
    const value = rounded(payoff, spot);
    if (value == 0) break;
    narrow(spot, value);
  }
  return found;
}

function addRoot(payoff: Payoff, spot: f64): void {
  store<f64>(nodeColumn(payoff, ROOT) + ((<usize>payoff.roots) << 3), spot);
  payoff.roots++;
}

/** Inserts a price among the nodes, in order and once. */
function addNode(payoff: Payoff, spot: f64): void {
  let i = payoff.nodes;
  while (i > 0 && node(payoff, NODE, i - 1) > spot) i--;
  if (i > 0 && node(payoff, NODE, i - 1) == spot) return;
  const at = nodeColumn(payoff, NODE) + ((<usize>i) << 3);
  memory.copy(at + 8, at, (<usize>(payoff.nodes - i)) << 3);
  store<f64>(at, spot);
  payoff.nodes++;
}

/** The prices where N bends and, where it is curved, a grid that is even in the logarithm. */
function placeNodes(payoff: Payoff): void {
  let least = payoff.forward;
  let most = least;
  for (let i = 0; i < payoff.legs; i++) {
    const spot = legOf(payoff, i).strike / legOf(payoff, i).ratio;
    least = Math.min(least, spot);
    most = Math.max(most, spot);
  }
  payoff.nodes = 0;
  if (payoff.widest > 0) {
    least /= exp(REACH * payoff.widest);
    most *= exp(REACH * payoff.widest);
    const step = logRatio(most, least) / (GRID - 1);
    for (let i = 0; i < GRID; i++) addNode(payoff, least * exp(step * i));
  }
  addNode(payoff, payoff.forward);
  for (let i = 0; i < payoff.legs; i++) {
    const leg = legOf(payoff, i);
    if (leg.deviation == 0) addNode(payoff, leg.strike / leg.ratio);
  }
}

/**
 * Finds the greatest and least profit at the horizon over all prices, 0 and Infinity included, and the break-evens:
 * every price at which profit is 0 and, where it is 0 over a range, the ends of that.
 * @returns how many break-evens there are
 */
export function payoffSolve(at: usize): i32 {
  const payoff = changetype<Payoff>(at);
  payoff.roots = 0;
  payoff.gain = payoff.loss = payoff.gainAt = payoff.lossAt = NaN;
  const first = rounded(payoff, payoff.forward);
  if (first != first) return 0;
  // the ends: N is a line below every put's strike, and another above every call's
  let startValue = payoff.constant;
  let startSlope = payoff.slope;
  let endValue = payoff.constant;
  let endSlope = payoff.slope;
  let slopes = abs(payoff.slope);
  for (let i = 0; i < payoff.legs; i++) {
    const leg = legOf(payoff, i);
    const strike = leg.weight * leg.discount * leg.strike;
    const ratio = leg.weight * leg.discount * leg.ratio;
    slopes += abs(ratio);
    if (leg.sign < 0) {
      startValue += strike;
      startSlope -= ratio;
    } else {
      endValue -= strike;
      endSlope += ratio;
    }
  }
  const least = roundingAt(payoff, 0);
  if (abs(startValue) <= least) startValue = 0;
  if (abs(endValue) <= least) endValue = 0;
  if (abs(startSlope) <= ROUNDING * slopes) startSlope = 0;
  if (abs(endSlope) <= ROUNDING * slopes) endSlope = 0;

  placeNodes(payoff);
  payoff.gain = -Infinity;
  payoff.loss = Infinity;
  const start = payoff.coin ? (startValue == 0 ? startSlope : startValue * Infinity) : startValue;
  const end = payoff.coin ? endSlope : endSlope == 0 ? endValue : endSlope * Infinity;
  consider(payoff, 0, start);
  const last = payoff.nodes - 1;
  for (let i = 0; i <= last; i++) {
    const spot = node(payoff, NODE, i);
    store<f64>(nodeColumn(payoff, NODE_VALUE) + ((<usize>i) << 3), rounded(payoff, spot));
    consider(payoff, spot, profit(payoff, spot));
  }
  consider(payoff, Infinity, end);
  for (let i = 1; i < last && payoff.widest > 0; i++) {
    const before = node(payoff, NODE, i - 1);
    const after = node(payoff, NODE, i + 1);
    const here = profit(payoff, node(payoff, NODE, i));
    const rises = here - profit(payoff, before);
    const falls = here - profit(payoff, after);
    if (rises > 0 && falls > 0) section(payoff, before, after, 1);
    else if (rises < 0 && falls < 0) section(payoff, before, after, -1);
  }

  // the sign of N at Infinity; at 0 it is that of the start, 0 only where N starts from 0
  const beyond = endSlope == 0 ? endValue : endSlope;
  let before = startValue;
  for (let i = 0; i <= last; i++) {
    const spot = node(payoff, NODE, i);
    const here = node(payoff, NODE_VALUE, i);
    const after = i < last ? node(payoff, NODE_VALUE, i + 1) : beyond;
    if (here == 0) {
      if (before != 0 || after != 0) addRoot(payoff, spot);
    } else if (before != 0 && before > 0 != here > 0) {
      addRoot(payoff, root(payoff, i > 0 ? node(payoff, NODE, i - 1) : 0, before, spot, here));
    }
    before = here;
  }
  if (before != 0 && beyond != 0 && before > 0 != beyond > 0) {
    let from = node(payoff, NODE, last);
    let to = 2 * from;
    let here = rounded(payoff, to);
    while (to < Infinity && here != 0 && here > 0 == before > 0) {
      from = to;
      before = here;
      to *= 2;
      here = rounded(payoff, to);
    }
    if (to < Infinity) addRoot(payoff, here == 0 ? to : root(payoff, from, before, to, here));
  }
  return payoff.roots;
}

/** Address of the greatest profit, its price, the least profit and its price, as `payoffSolve` left them. */
export function payoffFigures(at: usize): usize {
  return at;
}

/** Address of the break-evens, ascending. */
export function payoffRoots(at: usize): usize {
  return nodeColumn(changetype<Payoff>(at), ROOT);
}

/** The expiry whose forward the prices are of. */
export function payoffExpiry(at: usize): i32 {
  return changetype<Payoff>(at).expiry;
}

// What is said of a leg, in this order.
const SIZE: i32 = 0;
const BID: i32 = 1;
const ASK: i32 = 2;
const MARK: i32 = 3;
const LEG_FORWARD: i32 = 4;
/** 1 where the prices are in coin. */
const IN_COIN: i32 = 5;
/** 1 where the price is paid (options and spot), 0 where only its distance from the mark is (futures). */
const IS_PAID: i32 = 6;
const LEG_COLUMNS: i32 = 7;

const AT_QUOTES: i32 = 0;
const AT_MID: i32 = 1;

/** What a leg would trade at: a future that is not quoted at its mark, an option that is not at none. */
function legPrice(at: usize, basis: i32): f64 {
  const mark = load<f64>(at, 8 * MARK);
  const size = load<f64>(at, 8 * SIZE);
  // nothing held costs nothing, whatever its quotes
  if (basis > AT_MID || size == 0) return mark;
  const bid = load<f64>(at, 8 * BID);
  const ask = load<f64>(at, 8 * ASK);
  const price = basis == AT_MID ? 0.5 * (bid + ask) : size < 0 ? bid : ask;
  return load<f64>(at, 8 * IS_PAID) == 0 && bid != bid && ask != ask ? mark : price;
}

/**
 * What legs cost at bid and ask, at mid and at the marks.
 * @param legsAt [leg x 7]: size, bid, ask, mark, forward, whether its prices are in coin, and whether it is paid for
 * @param coin 1 for costs in coin, 0 for quote currency
 * @param horizon the price of the underlying at which slippage is turned into coin
 * @param costAt [basis x 3], written: premium of options and spot, slippage of futures in quote currency, and both
 */
export function legsCost(legsAt: usize, legs: i32, coin: i32, horizon: f64, costAt: usize): void {
  for (let basis = AT_QUOTES; basis < 3; basis++) {
    let premium: f64 = 0;
    let slippage: f64 = 0;
    for (let i = 0; i < legs; i++) {
      const at = legsAt + <usize>(i * LEG_COLUMNS * 8);
      const size = load<f64>(at, 8 * SIZE);
      const price = legPrice(at, basis);
      const forward = load<f64>(at, 8 * LEG_FORWARD);
      const inCoin = load<f64>(at, 8 * IN_COIN) != 0;
      if (load<f64>(at, 8 * IS_PAID) != 0) {
        const unit = coin ? (inCoin ? price : price / forward) : inCoin ? price * forward : price;
        premium += size == 0 ? 0 : size * unit;
      } else {
        slippage += size * (price - load<f64>(at, 8 * MARK)) * (coin ? horizon / forward : 1);
      }
    }
    const to = costAt + <usize>(basis * 24);
    store<f64>(to, premium);
    store<f64>(to, slippage, 8);
    store<f64>(to, premium + slippage / (coin ? horizon : 1), 16);
  }
}

/** What a leg is taken to trade at: at its side of the quotes (0), at mid (1) or at its mark. */
export function legsPrice(legsAt: usize, leg: i32, basis: i32): f64 {
  return legPrice(legsAt + <usize>(leg * LEG_COLUMNS * 8), basis);
}

/**
 * The probability of a profit at the horizon.
 * @param belowAt the probabilities that the underlying ends below each of the break-evens
 */
export function payoffProbability(at: usize, belowAt: usize): f64 {
  const payoff = changetype<Payoff>(at);
  let below: f64 = 0;
  let from: f64 = 0;
  let sum: f64 = 0;
  for (let i = 0; i <= payoff.roots; i++) {
    const isLast = i == payoff.roots;
    const to = isLast ? 1 : load<f64>(belowAt + ((<usize>i) << 3));
    const edge = isLast ? (from > 0 ? 3 * from : 2 * payoff.forward) : node(payoff, ROOT, i);
    // between two break-evens the profit has one sign
    if (rounded(payoff, 0.5 * (from + edge)) > 0) sum += to - below;
    below = to;
    from = edge;
  }
  return sum;
}
