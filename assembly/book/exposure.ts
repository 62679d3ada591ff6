/**
 * A book: positions on the rows of a chain, on its futures, and on perpetuals and spot; and the exposures that follow
 * from the chain's last tick, the product of a row of weights with the columns of results.
 *
 * A position is a size (quantity x multiplier) on a cell. Cells are numbered: calls by row, puts by row, futures by
 * expiry, perpetuals by underlying, spot by underlying. A weight is the sum of the sizes on a cell. Futures and
 * perpetuals are marked to market: value 0, delta 1 a unit; a unit of spot is worth its underlying.
 *
 * Exposures stand by place: the expiries, then one place per underlying for its perpetual and spot.
 */
import { give, takeLarge } from '../memory/arena';
import { headerOf, strideOf } from '../memory/layout';
import { add, and, any, both, equal, high, keep, low, madd, mul, not, or, read } from '../lanes/f64x2';
import { coinRows } from '../pricing/coin';
import {
  CHARM,
  COLOR,
  DELTA,
  GAMMA,
  PRICE,
  RHO,
  SPEED,
  THETA,
  VANNA,
  VEGA,
  VOLGA,
  ZOMMA,
} from '../pricing/sensitivity';
import { Chain, expiryColumn, firstRow, FORWARD, resultColumn, YEARS } from './chain';


@unmanaged
export class Book {
  chain: Chain;
  underlyings: i32;
  cells: i32;
  positions: i32;
  /** Positions there is room for in `table`. */
  capacity: i32;
  /** Set where the weights lag behind the positions. */
  stale: i32;
  /** The block of positions: sizes, cells. */
  table: usize;
  /** Bytes between columns of places. */
  stride: usize;
}

/** Sensitivities of an order 3 table. */
const ALL: usize = 12;

// Columns of places, after the weights.
export const PLACE_FORWARD: usize = 0;
/** The underlying of each place: an integer. */
export const PLACE_UNDERLYING: usize = 1;
/** Sums in quote currency, then exposures as asked for last. */
const SUMS: usize = 2;
export const EXPOSURES: usize = SUMS + ALL;
const PLACE_COLUMNS: usize = EXPOSURES + ALL;

// @ts-ignore: decorator
@inline
export function weightAt(book: Book, cell: usize): usize {
  return changetype<usize>(book) + headerOf<Book>() + (cell << 3);
}

// @ts-ignore: decorator
@inline
export function placeColumn(book: Book, column: usize): usize {
  return weightAt(book, 0) + strideOf(book.cells) + column * book.stride;
}

/** Totals of an underlying. */
// @ts-ignore: decorator
@inline
export function totalAt(book: Book, underlying: usize): usize {
  return placeColumn(book, PLACE_COLUMNS) + underlying * ALL * 8;
}

// @ts-ignore: decorator
@inline
export function cellColumn(book: Book): usize {
  return book.table + ((<usize>book.capacity) << 3);
}

/** Cells of a chain's book. */
// @ts-ignore: decorator
@inline
function cellsOf(chain: Chain, underlyings: i32): i32 {
  return 2 * chain.rows + chain.expiries + 2 * underlyings;
}

/** @returns a book over a chain, 0 where memory is exhausted; `bookUnderlying` is to be filled for the expiries */
export function bookCreate(chainAt: usize, underlyings: i32): usize {
  const chain = changetype<Chain>(chainAt);
  const cells = cellsOf(chain, underlyings);
  const stride = strideOf(chain.expiries + underlyings);
  const totals = <u64>underlyings * ALL * 8;
  const at = takeLarge(headerOf<Book>() + strideOf(cells) + PLACE_COLUMNS * <u64>stride + totals);
  if (!at) return 0;
  const book = changetype<Book>(at);
  book.chain = chain;
  book.underlyings = underlyings;
  book.cells = cells;
  book.stride = stride;
  for (let u = 0; u < underlyings; u++) {
    store<i32>(placeColumn(book, PLACE_UNDERLYING) + ((<usize>(chain.expiries + u)) << 2), u);
  }
  return at;
}

/** Address of the underlying of each expiry: integers of 32 bits. */
export function bookUnderlying(at: usize): usize {
  return placeColumn(changetype<Book>(at), PLACE_UNDERLYING);
}

/** Gives the book's memory back. */
export function bookGive(at: usize): void {
  give(changetype<Book>(at).table);
  give(at);
}

/** Adds a position. @returns its index, -1 where memory is exhausted */
export function bookAdd(at: usize, cell: i32, size: f64): i32 {
  const book = changetype<Book>(at);
  if (book.positions == book.capacity) {
    const capacity = max(16, 2 * book.capacity);
    const table = takeLarge(<u64>capacity * 12);
    if (!table) return -1;
    memory.copy(table, book.table, (<usize>book.positions) << 3);
    memory.copy(table + ((<usize>capacity) << 3), cellColumn(book), (<usize>book.positions) << 2);
    give(book.table);
    book.table = table;
    book.capacity = capacity;
  }
  const position = book.positions++;
  store<f64>(book.table + ((<usize>position) << 3), size);
  store<i32>(cellColumn(book) + ((<usize>position) << 2), cell);
  book.stale = 1;
  return position;
}

/** Changes the size of a position. */
export function bookResize(at: usize, position: i32, size: f64): void {
  const book = changetype<Book>(at);
  store<f64>(book.table + ((<usize>position) << 3), size);
  book.stale = 1;
}

/** The sizes, summed by cell. */
export function weigh(book: Book): void {
  if (!book.stale) return;
  memory.fill(weightAt(book, 0), 0, (<usize>book.cells) << 3);
  for (let position: usize = 0; position < <usize>book.positions; position++) {
    const at = weightAt(book, load<u32>(cellColumn(book) + (position << 2)));
    store<f64>(at, load<f64>(at) + load<f64>(book.table + (position << 3)));
  }
  book.stale = 0;
}

/** Whether the expiry of a row is over. */
function isExpired(chain: Chain, row: i32): bool {
  let expiry = 0;
  while (firstRow(chain, expiry + 1) <= row) expiry++;
  return load<f64>(expiryColumn(chain, YEARS) + ((<usize>expiry) << 3)) == 0;
}

/**
 * Whether a position counts in the exposures: on no row, or on one whose price is a number and its gamma too, which is
 * the first to lose its limit. An option that is over has no gamma to ask for.
 */
export function bookIsPriced(at: usize, position: i32): bool {
  const book = changetype<Book>(at);
  const chain = book.chain;
  const cell = load<i32>(cellColumn(book) + ((<usize>position) << 2));
  if (cell >= 2 * chain.rows) return true;
  const row = cell < chain.rows ? cell : cell - chain.rows;
  const price = load<f64>(resultColumn(chain, PRICE, false) + ((<usize>row) << 3));
  const gamma = load<f64>(resultColumn(chain, GAMMA, false) + ((<usize>row) << 3));
  return price == price && (gamma == gamma || isExpired(chain, row));
}

// @ts-ignore: decorator
@inline
function sumUp(x: v128): f64 {
  return low(x) + high(x);
}

/** A product that counts: where the tick left no NaN (`clean`) all do, else those of rows that are priced and held. */
// @ts-ignore: decorator
@inline
function counted(clean: bool, counts: v128, product: v128): v128 {
  return clean ? product : keep(counts, product);
}

/** Sums the results of an expiry's rows by their weights. */
// @ts-ignore: decorator
@inline
function sumExpiry(book: Book, expiry: i32, order: i32, clean: bool): void {
  const chain = book.chain;
  const first = (<usize>firstRow(chain, expiry)) << 3;
  const end = (<usize>firstRow(chain, expiry + 1)) << 3;
  const calls = weightAt(book, 0);
  const puts = weightAt(book, chain.rows);
  const callPrices = resultColumn(chain, PRICE, false);
  const putPrices = resultColumn(chain, PRICE, true);
  const callDeltas = resultColumn(chain, DELTA, false);
  const putDeltas = resultColumn(chain, DELTA, true);
  const callThetas = resultColumn(chain, THETA, false);
  const putThetas = resultColumn(chain, THETA, true);
  const gammas = resultColumn(chain, GAMMA, false);
  const vegas = resultColumn(chain, VEGA, false);
  const vannas = order >= 2 ? resultColumn(chain, VANNA, false) : 0;
  const volgas = order >= 2 ? resultColumn(chain, VOLGA, false) : 0;
  const callCharms = order >= 2 ? resultColumn(chain, CHARM, false) : 0;
  const putCharms = order >= 2 ? resultColumn(chain, CHARM, true) : 0;
  const speeds = order >= 3 ? resultColumn(chain, SPEED, false) : 0;
  const zommas = order >= 3 ? resultColumn(chain, ZOMMA, false) : 0;
  const colors = order >= 3 ? resultColumn(chain, COLOR, false) : 0;
  let price = both(0);
  let delta = both(0);
  let gamma = both(0);
  let vega = both(0);
  let theta = both(0);
  let vanna = both(0);
  let volga = both(0);
  let charm = both(0);
  let speed = both(0);
  let zomma = both(0);
  let color = both(0);
  for (let i = first; i < end; i += 16) {
    // the odd last row stands alone
    const isLast = i + 8 == end;
    const call = isLast ? v128.load64_zero(calls + i) : read(calls + i);
    const put = isLast ? v128.load64_zero(puts + i) : read(puts + i);
    if (!any(or(call, put))) continue;
    const callPrice = read(callPrices + i);
    const rowGamma = read(gammas + i);
    const either = add(call, put);
    const counts = and(
      not(and(equal(call, both(0)), equal(put, both(0)))),
      and(equal(callPrice, callPrice), equal(rowGamma, rowGamma)),
    );
    price = add(price, counted(clean, counts, madd(call, callPrice, mul(put, read(putPrices + i)))));
    delta = add(
      delta,
      counted(clean, counts, madd(call, read(callDeltas + i), mul(put, read(putDeltas + i)))),
    );
    theta = add(
      theta,
      counted(clean, counts, madd(call, read(callThetas + i), mul(put, read(putThetas + i)))),
    );
    gamma = add(gamma, counted(clean, counts, mul(either, rowGamma)));
    vega = add(vega, counted(clean, counts, mul(either, read(vegas + i))));
    if (order >= 2) {
      const charms = madd(call, read(callCharms + i), mul(put, read(putCharms + i)));
      vanna = add(vanna, counted(clean, counts, mul(either, read(vannas + i))));
      volga = add(volga, counted(clean, counts, mul(either, read(volgas + i))));
      charm = add(charm, counted(clean, counts, charms));
      if (order >= 3) {
        speed = add(speed, counted(clean, counts, mul(either, read(speeds + i))));
        zomma = add(zomma, counted(clean, counts, mul(either, read(zommas + i))));
        color = add(color, counted(clean, counts, mul(either, read(colors + i))));
      }
    }
  }
  const value = sumUp(price);
  setSum(book, PRICE, expiry, value);
  setSum(book, DELTA, expiry, sumUp(delta));
  setSum(book, GAMMA, expiry, sumUp(gamma));
  setSum(book, VEGA, expiry, sumUp(vega));
  setSum(book, THETA, expiry, sumUp(theta));
  // the forward held, d price / d rate = -years x price
  setSum(book, RHO, expiry, -load<f64>(expiryColumn(chain, YEARS) + ((<usize>expiry) << 3)) * value);
  setSum(book, VANNA, expiry, sumUp(vanna));
  setSum(book, VOLGA, expiry, sumUp(volga));
  setSum(book, CHARM, expiry, sumUp(charm));
  setSum(book, SPEED, expiry, sumUp(speed));
  setSum(book, ZOMMA, expiry, sumUp(zomma));
  setSum(book, COLOR, expiry, sumUp(color));
}

/** The sums of an order: a kernel of its own for chains without NaN. */
// @ts-ignore: decorator
@inline
function sumOrder(book: Book, expiry: i32, order: i32): void {
  if (book.chain.mended) sumExpiry(book, expiry, order, false);
  else sumExpiry(book, expiry, order, true);
}

// @ts-ignore: decorator
@inline
function setSum(book: Book, sensitivity: usize, place: i32, value: f64): void {
  store<f64>(placeColumn(book, SUMS + sensitivity) + ((<usize>place) << 3), value);
}

// @ts-ignore: decorator
@inline
function addSum(book: Book, sensitivity: usize, place: i32, value: f64): void {
  const at = placeColumn(book, SUMS + sensitivity) + ((<usize>place) << 3);
  store<f64>(at, load<f64>(at) + value);
}

/** An expiry that is over: what its options are worth, and nothing else. */
function sumExpired(book: Book, expiry: i32): void {
  const chain = book.chain;
  let value: f64 = 0;
  for (let row = <usize>firstRow(chain, expiry); row < <usize>firstRow(chain, expiry + 1); row++) {
    const call = load<f64>(weightAt(book, row));
    const put = load<f64>(weightAt(book, <usize>chain.rows + row));
    const callPrice = load<f64>(resultColumn(chain, PRICE, false) + (row << 3));
    if (callPrice != callPrice) continue;
    value += call * callPrice + put * load<f64>(resultColumn(chain, PRICE, true) + (row << 3));
  }
  for (let s: usize = 0; s < ALL; s++) setSum(book, s, expiry, 0);
  setSum(book, PRICE, expiry, value);
}

/** The expiry whose forward stands for an underlying: the nearest not over, or the first. `chain` may be a copy. */
export function reference(book: Book, chain: Chain, underlying: i32): i32 {
  let found = -1;
  let nearest: f64 = Infinity;
  for (let expiry = 0; expiry < chain.expiries; expiry++) {
    if (load<i32>(placeColumn(book, PLACE_UNDERLYING) + ((<usize>expiry) << 2)) != underlying) continue;
    const years = load<f64>(expiryColumn(chain, YEARS) + ((<usize>expiry) << 3));
    if (found < 0 || (years > 0 && years < nearest)) {
      found = expiry;
      if (years > 0) nearest = years;
    }
  }
  return found;
}

/** Sums by place, from the last tick. */
function sum(book: Book): void {
  const chain = book.chain;
  weigh(book);
  const futures = 2 * chain.rows;
  for (let expiry = 0; expiry < chain.expiries; expiry++) {
    const place = (<usize>expiry) << 3;
    store<f64>(placeColumn(book, PLACE_FORWARD) + place, load<f64>(expiryColumn(chain, FORWARD) + place));
    if (load<f64>(expiryColumn(chain, YEARS) + place) == 0) {
      sumExpired(book, expiry);
      continue;
    }
    if (chain.order == 1) sumOrder(book, expiry, 1);
    else if (chain.order == 2) sumOrder(book, expiry, 2);
    else sumOrder(book, expiry, 3);
    addSum(book, DELTA, expiry, load<f64>(weightAt(book, futures + expiry)));
  }
  for (let u = 0; u < book.underlyings; u++) {
    const place = chain.expiries + u;
    const forward = load<f64>(expiryColumn(chain, FORWARD) + ((<usize>reference(book, chain, u)) << 3));
    const perpetual = load<f64>(weightAt(book, futures + place));
    const spot = load<f64>(weightAt(book, futures + place + book.underlyings));
    store<f64>(placeColumn(book, PLACE_FORWARD) + ((<usize>place) << 3), forward);
    for (let s: usize = 0; s < ALL; s++) setSum(book, s, place, 0);
    setSum(book, PRICE, place, spot * forward);
    setSum(book, DELTA, place, perpetual + spot);
  }
}

/** Whether the place at byte `i` is an expiry that is over. */
// @ts-ignore: decorator
@inline
function isOver(book: Book, i: usize): bool {
  const chain = book.chain;
  return i < (<usize>chain.expiries) << 3 && load<f64>(expiryColumn(chain, YEARS) + i) == 0;
}

/** Adds an exposure, scaled, to its total. */
// @ts-ignore: decorator
@inline
function addTotal(book: Book, total: usize, place: usize, sensitivity: usize, factor: f64): void {
  const at = total + (sensitivity << 3);
  store<f64>(at, load<f64>(at) + factor * load<f64>(placeColumn(book, EXPOSURES + sensitivity) + place));
}

/**
 * Brings the exposures up to the last tick: by place, and in total by underlying.
 *
 * A total is the sensitivity to the reference forward f of its underlying, the other forwards F moving by the same
 * ratio: d/df = F/f d/dF.
 * @param coin 1 for values in coin, 0 for quote currency
 * @param adjusted 1 for delta less the option's value in coin (the premium-adjusted, net transaction delta)
 */
export function bookExpose(at: usize, coin: i32, adjusted: i32): void {
  const book = changetype<Book>(at);
  sum(book);
  const places = (<usize>(book.chain.expiries + book.underlyings)) << 3;
  const forwards = placeColumn(book, PLACE_FORWARD);
  const sums = placeColumn(book, SUMS);
  const exposures = placeColumn(book, EXPOSURES);
  if (coin) {
    for (let i: usize = 0; i < places; i += 16)
      coinRows(sums + i, exposures + i, book.stride, read(forwards + i));
  } else {
    memory.copy(exposures, sums, ALL * book.stride);
  }
  memory.fill(totalAt(book, 0), 0, <usize>book.underlyings * ALL * 8);
  for (let i: usize = 0; i < places; i += 8) {
    const forward = load<f64>(forwards + i);
    if (isOver(book, i)) {
      // what is over is worth what it is: no derivative of that is asked for
      for (let s = PRICE + 1; s < ALL; s++) store<f64>(placeColumn(book, EXPOSURES + s) + i, 0);
    } else if (adjusted) {
      const net =
        load<f64>(placeColumn(book, SUMS + DELTA) + i) -
        load<f64>(placeColumn(book, SUMS + PRICE) + i) / forward;
      store<f64>(placeColumn(book, EXPOSURES + DELTA) + i, net);
    }
    const underlying = load<u32>(placeColumn(book, PLACE_UNDERLYING) + (i >> 1));
    const ratio = forward / load<f64>(forwards + ((<usize>book.chain.expiries + underlying) << 3));
    const ratio2 = ratio * ratio;
    const total = totalAt(book, underlying);
    addTotal(book, total, i, PRICE, 1);
    addTotal(book, total, i, DELTA, ratio);
    addTotal(book, total, i, GAMMA, ratio2);
    addTotal(book, total, i, VEGA, 1);
    addTotal(book, total, i, THETA, 1);
    addTotal(book, total, i, RHO, 1);
    addTotal(book, total, i, VANNA, ratio);
    addTotal(book, total, i, VOLGA, 1);
    addTotal(book, total, i, CHARM, ratio);
    addTotal(book, total, i, SPEED, ratio * ratio2);
    addTotal(book, total, i, ZOMMA, ratio2);
    addTotal(book, total, i, COLOR, ratio2);
  }
}

/** Address of the exposures by expiry of a sensitivity, as `bookExpose` left them. */
export function bookExposure(at: usize, sensitivity: i32): usize {
  return placeColumn(changetype<Book>(at), EXPOSURES + <usize>sensitivity);
}

/** Address of the twelve totals of an underlying, as `bookExpose` left them. */
export function bookTotal(at: usize, underlying: i32): usize {
  return totalAt(changetype<Book>(at), underlying);
}
