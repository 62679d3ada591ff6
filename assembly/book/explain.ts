/**
 * Profit and loss explained: what the positions held at a snapshot have made since, by the Greeks of that moment and
 * the moves of forward, volatility, time and rate (Taylor's series), and the rest that they leave unexplained.
 */
import { takeLarge } from '../memory/arena';
import { headerOf } from '../memory/layout';
import { DELTA, GAMMA, PRICE, RHO, THETA, VANNA, VEGA, VOLGA } from '../pricing/sensitivity';
import {
  Chain,
  chainBytes,
  expiryColumn,
  firstRow,
  FORWARD,
  RATE,
  resultColumn,
  rowColumn,
  VOLATILITY,
  YEARS,
} from './chain';
import { Book, reference, weigh, weightAt } from './exposure';


@unmanaged
class Snapshot {
  book: Book;
  /** A copy of the chain as it stood. */
  chain: Chain;
  /** A copy of the weights, by cell. */
  weights: usize;
}

/** Keeps the book's positions and its chain as they stand. @returns the snapshot, 0 where memory is exhausted */
export function snapshotCreate(bookAt: usize): usize {
  const book = changetype<Book>(bookAt);
  const chainSize = chainBytes(book.chain);
  const weightSize = (<usize>book.cells) << 3;
  const at = takeLarge(<u64>headerOf<Snapshot>() + chainSize + weightSize);
  if (!at) return 0;
  weigh(book);
  const snapshot = changetype<Snapshot>(at);
  snapshot.book = book;
  snapshot.chain = changetype<Chain>(at + headerOf<Snapshot>());
  snapshot.weights = at + headerOf<Snapshot>() + chainSize;
  memory.copy(changetype<usize>(snapshot.chain), changetype<usize>(book.chain), chainSize);
  memory.copy(snapshot.weights, weightAt(book, 0), weightSize);
  return at;
}

/** Puts the book's chain back as it stood; the positions stay. */
export function snapshotRevert(at: usize): void {
  const snapshot = changetype<Snapshot>(at);
  const chain = snapshot.book.chain;
  const coin = chain.coin;
  memory.copy(changetype<usize>(chain), changetype<usize>(snapshot.chain), chainBytes(chain));
  chain.coin = coin;
}

// The parts, in the order of the binding's names.
export const TOTAL: usize = 0;
const BY_DELTA: usize = 1;
const BY_GAMMA: usize = 2;
const BY_VEGA: usize = 3;
const BY_THETA: usize = 4;
const BY_RHO: usize = 5;
const BY_VANNA: usize = 6;
const BY_VOLGA: usize = 7;
export const REST: usize = 8;
const partsAt: usize = memory.data(9 * 8, 16);

// @ts-ignore: decorator
@inline
function addPart(part: usize, value: f64): void {
  store<f64>(partsAt + (part << 3), load<f64>(partsAt + (part << 3)) + value);
}

// @ts-ignore: decorator
@inline
function result(chain: Chain, sensitivity: usize, put: bool, row: usize): f64 {
  return load<f64>(resultColumn(chain, sensitivity, put) + (row << 3));
}

/** How an expiry's number has moved. */
// @ts-ignore: decorator
@inline
function move(before: Chain, now: Chain, column: usize, expiry: i32): f64 {
  const place = (<usize>expiry) << 3;
  return load<f64>(expiryColumn(now, column) + place) - load<f64>(expiryColumn(before, column) + place);
}

/** Explains one cell of options. One that was or is without a price is left out. */
// @ts-ignore: decorator
@inline
function explainOption(before: Chain, now: Chain, expiry: i32, row: usize, put: bool, weight: f64): void {
  const made = weight * (result(now, PRICE, put, row) - result(before, PRICE, put, row));
  const gamma = result(before, GAMMA, put, row);
  if (made != made || gamma != gamma) return;
  const forward = move(before, now, FORWARD, expiry);
  const volatility =
    load<f64>(rowColumn(now, VOLATILITY) + (row << 3)) -
    load<f64>(rowColumn(before, VOLATILITY) + (row << 3));
  addPart(TOTAL, made);
  addPart(BY_DELTA, weight * result(before, DELTA, put, row) * forward);
  addPart(BY_GAMMA, 0.5 * weight * gamma * forward * forward);
  addPart(BY_VEGA, weight * result(before, VEGA, put, row) * volatility);
  addPart(BY_THETA, -weight * result(before, THETA, put, row) * move(before, now, YEARS, expiry));
  addPart(BY_RHO, weight * result(before, RHO, put, row) * move(before, now, RATE, expiry));
  if (before.order == 1) return;
  addPart(BY_VANNA, weight * result(before, VANNA, put, row) * forward * volatility);
  addPart(BY_VOLGA, 0.5 * weight * result(before, VOLGA, put, row) * volatility * volatility);
}

/** Explains what moves with a forward alone: futures, perpetuals, spot. */
// @ts-ignore: decorator
@inline
function explainLinear(before: Chain, now: Chain, expiry: i32, weight: f64): void {
  const made = weight * move(before, now, FORWARD, expiry);
  addPart(TOTAL, made);
  addPart(BY_DELTA, made);
}

/** @returns the address of nine numbers: total, delta, gamma, vega, theta, rho, vanna, volga, rest */
export function snapshotExplain(at: usize): usize {
  const snapshot = changetype<Snapshot>(at);
  return explain(snapshot.book, snapshot.chain, snapshot.book.chain, snapshot.weights);
}

/** The same, of weights by cell between two states of the book's chain. */
export function explain(book: Book, before: Chain, now: Chain, weights: usize): usize {
  const rows = <usize>now.rows;
  memory.fill(partsAt, 0, 9 * 8);
  for (let expiry = 0; expiry < now.expiries; expiry++) {
    for (let row = <usize>firstRow(now, expiry); row < <usize>firstRow(now, expiry + 1); row++) {
      const call = load<f64>(weights + (row << 3));
      const put = load<f64>(weights + ((rows + row) << 3));
      if (call != 0) explainOption(before, now, expiry, row, false, call);
      if (put != 0) explainOption(before, now, expiry, row, true, put);
    }
    explainLinear(before, now, expiry, load<f64>(weights + ((rows * 2 + <usize>expiry) << 3)));
  }
  for (let u = 0; u < book.underlyings; u++) {
    const cell = rows * 2 + <usize>(now.expiries + u);
    const weight =
      load<f64>(weights + (cell << 3)) + load<f64>(weights + ((cell + <usize>book.underlyings) << 3));
    explainLinear(before, now, reference(book, before, u), weight);
  }
  let explained: f64 = 0;
  for (let part = BY_DELTA; part <= BY_VOLGA; part++) explained += load<f64>(partsAt + (part << 3));
  addPart(REST, load<f64>(partsAt) - explained);
  return partsAt;
}
