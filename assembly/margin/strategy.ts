/**
 * Margin of strategies, as Regulation T and the rules of the options exchanges have it (Cboe rule 10.3; the margin
 * manual of April 2000): what must be deposited beside what the positions are worth, so that a sale's proceeds count.
 *
 * With S the underlying, V a mark, O what it is out of the money by:
 * - long option: its value, since it lends nothing;
 * - short option by itself: max(a S - O, b S), for puts max(a S - O, b strike);
 * - short option with a long one of its type that lives as long: what the strikes can lose, less V of the short;
 * - short call on spot held, short put on spot owed: nothing for the option, whose V counts; the spot lends on the
 *   lesser of S and the strike, and short spot owes what the put is in the money by;
 * - a short call and a short put that are left: the greater requirement, V included, alone;
 * - spot: a part of S.
 *
 * Pairs are made short by short, in the order of the chain, with the nearest long that can lose least, then with spot:
 * an allocation that the rules allow, if not always the least.
 */
import { expiryColumn, YEARS } from '../book/chain';
import {
  Account,
  INITIAL,
  isOver,
  MAINTENANCE,
  OPTION_INITIAL,
  OPTION_LEAST,
  parameter,
  placeOf,
  priceOf,
  setFigure,
  SPOT_INITIAL,
  SPOT_LONG,
  SPOT_SHORT,
  underlyingOf,
} from './account';
import { strikeOf } from './requirement';
import { get, set } from '../memory/column';

let initial: f64 = 0;
let maintenance: f64 = 0;

function need(amount: f64): void {
  initial += amount;
  maintenance += amount;
}

/** What a short option by itself needs beside its mark. */
function basicOf(account: Account, underlying: i32, cell: i32, price: f64): f64 {
  const strike = strikeOf(account, cell);
  const put = cell >= account.rows;
  const out = Math.max(0, put ? price - strike : strike - price);
  const least = parameter(account, underlying, OPTION_LEAST) * (put ? strike : price);
  return Math.max(parameter(account, underlying, OPTION_INITIAL) * price - out, least);
}

/** The long cell that a short one is best paired with, -1 where there is none; what the pair can lose in `pairLoss`. */
function partnerOf(account: Account, cell: i32): i32 {
  const years = expiryColumn(account.book.chain, YEARS);
  const put = cell >= account.rows;
  const strike = strikeOf(account, cell);
  const place = placeOf(account, cell);
  const end = put ? 2 * account.rows : account.rows;
  let best = -1;
  let distance: f64 = Infinity;
  pairLoss = Infinity;
  for (let long = end - account.rows; long < end; long++) {
    const other = placeOf(account, long);
    if (get(account.free, long) <= 0 || underlyingOf(account, other) != underlyingOf(account, place))
      continue;
    if (get(years, other) < get(years, place)) continue;
    const apart = put ? strike - strikeOf(account, long) : strikeOf(account, long) - strike;
    const loss = Math.max(0, apart);
    if (loss > pairLoss || (loss == pairLoss && Math.abs(apart) >= distance)) continue;
    pairLoss = loss;
    distance = Math.abs(apart);
    best = long;
  }
  return best;
}
let pairLoss: f64 = 0;

function takeFree(account: Account, cell: i32, units: f64): void {
  const free = get(account.free, cell);
  set(account.free, cell, free > 0 ? free - units : free + units);
}

/** Pairs the short units of a cell with longs and spot; what is left stays free. */
function pairShort(account: Account, underlying: i32, cell: i32, price: f64): void {
  const worth = get(account.worth, cell);
  const basic = basicOf(account, underlying, cell, price);
  while (get(account.free, cell) < 0) {
    const long = partnerOf(account, cell);
    if (long < 0 || pairLoss - worth >= basic) break;
    const units = Math.min(-get(account.free, cell), get(account.free, long));
    need(units * (pairLoss - worth));
    takeFree(account, cell, units);
    takeFree(account, long, units);
  }
  const put = cell >= account.rows;
  const spot = account.cells - account.underlyings + underlying;
  const held = get(account.free, spot);
  if (put ? held >= 0 : held <= 0) return;
  const units = Math.min(-get(account.free, cell), Math.abs(held));
  const strike = strikeOf(account, cell);
  takeFree(account, cell, units);
  takeFree(account, spot, units);
  need(-units * worth);
  if (put) {
    const inside = Math.max(0, strike - price);
    initial += units * (parameter(account, underlying, SPOT_INITIAL) * price + inside);
    maintenance += units * (parameter(account, underlying, SPOT_SHORT) * price + inside);
  } else {
    const lends = Math.min(price, strike);
    initial += units * (price - (1 - parameter(account, underlying, SPOT_INITIAL)) * lends);
    maintenance += units * (price - (1 - parameter(account, underlying, SPOT_LONG)) * lends);
  }
}

/** The first cell with short units of an underlying left, from `cell` on; `end` where there is none. */
function nextShort(account: Account, underlying: i32, cell: i32, end: i32): i32 {
  while (cell < end) {
    if (underlyingOf(account, placeOf(account, cell)) == underlying && get(account.free, cell) < 0) break;
    cell++;
  }
  return cell;
}

export function requireStrategies(account: Account): void {
  const rows = account.rows;
  const spots = account.cells - account.underlyings;
  for (let cell = 0; cell < account.cells; cell++) {
    set(account.free, cell, isOver(account, placeOf(account, cell)) ? 0 : get(account.weights, cell));
  }
  for (let underlying = 0; underlying < account.underlyings; underlying++) {
    const price = priceOf(account, underlying);
    initial = 0;
    maintenance = 0;
    for (let cell = 0; cell < 2 * rows; cell++) {
      const held = get(account.free, cell);
      if (held > 0 && underlyingOf(account, placeOf(account, cell)) == underlying)
        need(held * get(account.worth, cell));
    }
    let call = 0;
    while ((call = nextShort(account, underlying, call, 2 * rows)) < 2 * rows)
      pairShort(account, underlying, call++, price);
    // a cell of calls that stays 'none' pairs with every put, and the other way round
    call = nextShort(account, underlying, 0, rows);
    let put = nextShort(account, underlying, rows, 2 * rows);
    while (call < rows || put < 2 * rows) {
      let callUnits: f64 = Infinity;
      let putUnits: f64 = Infinity;
      let basic: f64 = 0;
      let needs: f64 = -1;
      if (call < rows) {
        callUnits = -get(account.free, call);
        basic = basicOf(account, underlying, call, price);
        needs = basic + get(account.worth, call);
      }
      if (put < 2 * rows) {
        putUnits = -get(account.free, put);
        const other = basicOf(account, underlying, put, price);
        if (other + get(account.worth, put) > needs) basic = other;
      }
      const units = Math.min(callUnits, putUnits);
      need(units * basic);
      if (call < rows) set(account.free, call, units - callUnits);
      if (put < 2 * rows) set(account.free, put, units - putUnits);
      call = nextShort(account, underlying, call, rows);
      put = nextShort(account, underlying, put, 2 * rows);
    }
    const spot = get(account.free, spots + underlying);
    const size = Math.abs(spot) * price;
    initial += size * parameter(account, underlying, SPOT_INITIAL);
    maintenance += size * parameter(account, underlying, spot > 0 ? SPOT_LONG : SPOT_SHORT);
    setFigure(account, underlying, INITIAL, initial);
    setFigure(account, underlying, MAINTENANCE, maintenance);
  }
}
