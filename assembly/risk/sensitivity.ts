/**
 * Sensitivities of the book in every scenario: a copy of its chain is marked there by the chain's own kernels, and
 * netted as the book nets. And what Taylor's series makes of the scenario by the sensitivities of the marks, only to
 * show its error beside the full revaluation.
 */
import { takeLarge } from '../memory/arena';
import { Book, bookBytes, bookExpose, totalAt, weightAt } from '../book/exposure';
import * as marks from '../book/chain';
import { explain, REST, TOTAL } from '../book/explain';
import { chainTick } from '../book/mark';
import { MOVED_FORWARD, Scan, scenarioColumn, TIME, VOLATILITY_MOVE } from './scan';
import {
  counts,
  factor,
  least,
  moveForward,
  moveVolatility,
  passTime,
  shift,
  varianceYears,
  years,
} from './scenario';

/** Sensitivities of an order 3 chain; the column after them is Taylor's. */
const ALL: usize = 12;

/** Address of the column of a sensitivity, or of Taylor's profits (12): one number per scenario. */
export function scanSensitivity(at: usize, sensitivity: i32): usize {
  const scan = changetype<Scan>(at);
  return scan.greeks + <usize>sensitivity * scan.scenarioStride;
}

/** Takes memory for the columns that `scanFindSensitivities` fills. @returns 0 where it is exhausted */
export function scanTakeSensitivities(at: usize): usize {
  const scan = changetype<Scan>(at);
  const copies = <u64>marks.chainBytes(scan.book.chain) + bookBytes(scan.book);
  scan.greeks = takeLarge((<u64>ALL + 1) * scan.scenarioStride + copies);
  return scan.greeks;
}

// @ts-ignore: decorator
@inline
function setGiven(chain: marks.Chain, column: usize, expiry: i32, value: f64): void {
  store<f64>(marks.expiryColumn(chain, column) + ((<usize>expiry) << 3), value);
}

/** Gives an expiry of the copy what a scenario makes of it. */
function moveExpiry(scan: Scan, chain: marks.Chain, expiry: i32, s: i32): void {
  const place = (<usize>s) << 3;
  moveForward(scan, expiry, s & ~1, s + 1);
  passTime(scan, expiry, load<f64>(scenarioColumn(scan, TIME) + place));
  moveVolatility(scan, load<f64>(scenarioColumn(scan, VOLATILITY_MOVE) + place));
  setGiven(chain, marks.GIVEN_FORWARD, expiry, load<f64>(scenarioColumn(scan, MOVED_FORWARD) + place));
  setGiven(chain, marks.GIVEN_YEARS, expiry, years);
  setGiven(chain, marks.GIVEN_VARIANCE_YEARS, expiry, varianceYears);
  const from = marks.rowColumn(scan.book.chain, marks.VOLATILITY);
  const to = marks.rowColumn(chain, marks.GIVEN_VOLATILITY);
  for (
    let row = <usize>marks.firstRow(chain, expiry);
    row < <usize>marks.firstRow(chain, expiry + 1);
    row++
  ) {
    const volatility = load<f64>(from + (row << 3));
    const moved = Math.max(least, volatility * factor + shift);
    // what has no price at the marks has none here
    store<f64>(to + (row << 3), volatility >= 0 ? moved : NaN);
  }
}

/** Fills the columns of sensitivities, the profits being found. */
export function scanFindSensitivities(at: usize): void {
  const scan = changetype<Scan>(at);
  const book = scan.book;
  const chainSize = marks.chainBytes(book.chain);
  const copyAt = scanSensitivity(at, <i32>ALL + 1);
  const chain = changetype<marks.Chain>(copyAt);
  const netted = changetype<Book>(copyAt + chainSize);
  memory.copy(copyAt, changetype<usize>(book.chain), chainSize);
  memory.copy(changetype<usize>(netted), changetype<usize>(book), <usize>bookBytes(book));
  netted.chain = chain;
  // forwards and the like given but not in force are not of these marks
  memory.copy(
    marks.expiryColumn(chain, marks.GIVEN_FORWARD),
    marks.expiryColumn(chain, marks.FORWARD),
    marks.GIVEN * chain.expiryStride,
  );
  memory.copy(
    marks.rowColumn(chain, marks.GIVEN_VOLATILITY),
    marks.rowColumn(chain, marks.VOLATILITY),
    (<usize>chain.rows) << 3,
  );
  for (let s = 0; s < scan.scenarios; s++) {
    for (let expiry = 0; expiry < chain.expiries; expiry++) {
      if (counts(scan, expiry)) moveExpiry(scan, chain, expiry, s);
    }
    chain.stale = 1;
    const refused = chainTick(copyAt) >= 0;
    const place = (<usize>s) << 3;
    bookExpose(changetype<usize>(netted), scan.isCoin, 0);
    const totals = totalAt(netted, max(0, scan.underlying));
    for (let k: usize = 0; k < ALL; k++) {
      store<f64>(scan.greeks + k * scan.scenarioStride + place, refused ? NaN : load<f64>(totals + (k << 3)));
    }
    const parts = explain(book, book.chain, chain, weightAt(book, 0));
    const exact = load<f64>(parts + (TOTAL << 3));
    const taylor = refused ? NaN : exact - load<f64>(parts + (REST << 3));
    store<f64>(scan.greeks + ALL * scan.scenarioStride + place, taylor);
  }
}
