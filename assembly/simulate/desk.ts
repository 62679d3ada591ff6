/**
 * A trading desk on a book: the instruments it may trade, their order books, and what its trades, its futures and its
 * expiries do to cash. The chain is marked by others; the desk reads it.
 */
import { instrumentCell, readExposures, readInstrument } from '../book/bind';
import { chainVolatility, expiryColumn, firstRow, FORWARD, resultColumn, YEARS } from '../book/chain';
import {
  Book,
  bookIsPriced,
  bookResize,
  EXPOSURES,
  PLACE_FORWARD,
  PLACE_UNDERLYING,
  placeColumn,
  reference,
  weigh,
  weightAt,
} from '../book/exposure';
import { give } from '../memory/arena';
import { GAMMA, PRICE, VEGA } from '../pricing/sensitivity';
import { get, set } from '../memory/column';
import { layFrom, partAt, takeParts } from '../memory/parts';
import { meanDecay } from './simulator';


@unmanaged
class Desk {
  book: usize;
  /** Reads `SENSITIVITIES` of one unit of every instrument, and of the book. */
  binding: usize;
  instruments: i32;
  levels: i32;
  /** Whose Greeks are watched. */
  underlying: i32;
}

// Parts, in the order of the binding: first columns of instruments, doubles, which the host fills.
/** The instrument's expiry, or after the expiries its underlying. */
export const PLACE: usize = 0;
/** Index of the book's position that holds what the desk has of it. */
const POSITION: usize = 1;
/** Fee of a trade, part of the underlying's price; its cap, part of the instrument's own price, 0 for none. */
const FEE_RATE: usize = 2;
const FEE_CAP: usize = 3;
/** Paid for every trade whatever its size. */
const PER_TRADE: usize = 4;
/** Half-spread of a synthetic order book, per unit of vega and as part of the underlying's price; units per level. */
const WIDTH_BY_VEGA: usize = 5;
const WIDTH_BY_PRICE: usize = 6;
const DEPTH: usize = 7;
/** Venue, -1 for none. */
export const VENUE: usize = 8;
/** Most units in one trade. */
export const LIMIT: usize = 9;
/** 0 for one with a price of its own, 1 for a future, 2 for a perpetual. */
const KIND: usize = 10;
/** Fee where a resting order is filled, as the fee of a trade; negative for a rebate. */
const MAKER_RATE: usize = 11;
// Then columns that the desk fills, but for the trades wanted: fee per unit, holding, trades wanted, and the
// cost per unit bought that a forecast and funding make.
const FEE: usize = 12;
export const HOLDING: usize = 13;
export const TRADE: usize = 14;
export const LINEAR: usize = 15;
/** Spread, fees and gas of what was done, less what filled orders have made. */
export const PAID: usize = 16;
/** Resting orders: units, positive to buy, 0 for none; their price, and since when the side has been wanted. */
export const ORDER: usize = 17;
export const ORDER_PRICE: usize = 18;
export const ORDER_SINCE: usize = 19;
/** Most units sold and bought by the hedge problem. */
export const SELL_LIMIT: usize = 20;
export const BUY_LIMIT: usize = 21;
// Order books, [i x levels + l]: sizes, costs per unit beyond the mark; and those with the fee, never negative.
export const BID_SIZE: usize = 22;
export const BID_COST: usize = 23;
export const ASK_SIZE: usize = 24;
export const ASK_COST: usize = 25;
export const BID_TOTAL: usize = 26;
export const ASK_TOTAL: usize = 27;
/** By instrument, then of the book, and of the book with the trades wanted. */
export const SENSITIVITY: usize = 28;
export const EXPOSURE: usize = 29;
const WANTED: usize = 30;
/** What the host assumes of the market, see `deskWeigh`. */
export const RISK: usize = 31;
/** The sensitivities that the rows combine. */
const LOADED: usize = 32;
/** Row by row, what each sensitivity counts in it, the row's weight; the hedge problem that follows. */
export const COMBINATION: usize = 33;
export const WEIGHT: usize = 34;
export const COMBINED: usize = 35;
export const COMBINED_EXPOSURE: usize = 36;
/** What a unit of each sensitivity is forecast to make. */
const FORECAST: usize = 37;
export const FIGURES: usize = 38;
/** Forwards at the last settlement, and the expiry that stood for each underlying. */
const LAST_FORWARD: usize = 39;
const LAST_REFERENCE: usize = 40;
/** Volatilities that a tick brings, one per row of the chain. */
const NEW_VOLATILITY: usize = 41;
const PARTS: usize = 42;

/** Rows of the hedge problem, combined of sensitivities. */
export const ROWS: i32 = 3;
/** Of what is assumed, the speed at which volatility reverts, per year. */
export const REVERSION: usize = 5;
/** Numbers that the host assumes of the market. */
export const RISKS: i32 = 6;

/** Sensitivities: price, delta, gamma, vega, theta. */
export const SENSITIVITIES: i32 = 5;
export const OWN_PRICE: usize = 0;
export const OWN_DELTA: usize = 1;
export const OWN_GAMMA: usize = 2;
export const OWN_VEGA: usize = 3;

// Figures: first those that trades add to, from when the desk is read.
const PREMIUM: usize = 0;
const SPREAD: usize = 1;
const FEES: usize = 2;
const GAS: usize = 3;
const TRADES: usize = 4;
/** Of the trades, those of resting orders. */
const PASSIVE: usize = 5;
const UNFILLED: usize = 6;
/** What filled orders have made since their fill. */
const MOVED: usize = 7;
const TRADE_FIGURES: usize = 8;
const VARIATION: usize = 8;
const FUNDING: usize = 9;
const SETTLED: usize = 10;
/** What the underlying's reference forward gained by passing from an expiry that is over to the next. */
export const ROLL: usize = 11;
const MISSING: usize = 12;
const CROSSED: usize = 13;
const UNPRICED: usize = 14;
/** Of the book's gamma so far, regardless of sign. */
export const LARGEST_GAMMA: usize = 15;
const FIGURE_COUNT: i32 = 16;

export function deskBook(at: usize): usize {
  return changetype<Desk>(at).book;
}

export function deskInstruments(at: usize): i32 {
  return changetype<Desk>(at).instruments;
}

export function deskLevels(at: usize): i32 {
  return changetype<Desk>(at).levels;
}

/**
 * @param binding of the instruments to price, delta, gamma, vega and theta; the desk's from now on
 * @param underlying whose Greeks are watched
 * @returns the desk, 0 where memory is exhausted; the first columns are to be filled
 */
export function deskCreate(
  book: usize,
  binding: usize,
  instruments: i32,
  levels: i32,
  underlying: i32,
): usize {
  const chain = changetype<Book>(book).chain;
  layFrom(PLACE, instruments);
  layFrom(BID_SIZE, <u64>instruments * levels);
  layFrom(SENSITIVITY, <u64>instruments * SENSITIVITIES);
  layFrom(EXPOSURE, SENSITIVITIES);
  layFrom(RISK, RISKS);
  layFrom(LOADED, SENSITIVITIES);
  layFrom(COMBINATION, ROWS * SENSITIVITIES);
  layFrom(WEIGHT, ROWS);
  layFrom(COMBINED, <u64>instruments * ROWS);
  layFrom(COMBINED_EXPOSURE, ROWS);
  layFrom(FORECAST, SENSITIVITIES);
  layFrom(FIGURES, FIGURE_COUNT);
  layFrom(LAST_FORWARD, chain.expiries);
  layFrom(LAST_REFERENCE, changetype<Book>(book).underlyings);
  layFrom(NEW_VOLATILITY, chain.rows);
  const at = takeParts(PARTS);
  if (!at) return 0;
  const desk = changetype<Desk>(at);
  desk.book = book;
  desk.binding = binding;
  desk.instruments = instruments;
  desk.levels = levels;
  desk.underlying = underlying;
  return at;
}

/** Gives the memory back, the binding's as well. */
export function deskGive(at: usize): void {
  give(changetype<Desk>(at).binding);
  give(at);
}

/** Reference forward of the underlying at the last settlement. */
export function deskSpot(at: usize): f64 {
  const reference = get(partAt(at, LAST_REFERENCE), <usize>changetype<Desk>(at).underlying);
  return get(partAt(at, LAST_FORWARD), <usize>reference);
}

/** Keeps the forwards by which futures are settled next. */
export function deskRemember(at: usize): void {
  const book = changetype<Book>(changetype<Desk>(at).book);
  const chain = book.chain;
  const lastForward = partAt(at, LAST_FORWARD);
  memory.copy(lastForward, expiryColumn(chain, FORWARD), (<usize>chain.expiries) << 3);
  for (let u = 0; u < book.underlyings; u++) {
    set(partAt(at, LAST_REFERENCE), u, reference(book, chain, u));
  }
}

/**
 * Gives the chain the volatilities that a tick brings, for its next tick: one that is no positive number leaves its row
 * as it was. @returns how many are none
 */
export function deskTakeVolatility(at: usize): i32 {
  const chain = changetype<Book>(changetype<Desk>(at).book).chain;
  const given = chainVolatility(changetype<usize>(chain));
  let bad = 0;
  for (let row: usize = 0; row < <usize>chain.rows; row++) {
    const value = get(partAt(at, NEW_VOLATILITY), row);
    if (value > 0 && value < Infinity) set(given, row, value);
    else bad++;
  }
  return bad;
}

/**
 * Whether the last tick prices all that is held.
 * @returns -1 where it does, else the first position without a price, or, after the positions, an exposure that is not
 * finite
 */
export function deskCheck(at: usize): i32 {
  const desk = changetype<Desk>(at);
  const book = changetype<Book>(desk.book);
  for (let position = 0; position < book.positions; position++) {
    if (get(book.table, position) != 0 && !bookIsPriced(desk.book, position)) return position;
  }
  const bad = readExposures(desk.binding, desk.book, partAt(at, EXPOSURE));
  return bad < 0 ? -1 : book.positions + bad;
}

/** Address of the sizes of the book's positions, which may be written: they are summed anew. */
export function deskSizes(at: usize): usize {
  const book = changetype<Book>(changetype<Desk>(at).book);
  book.stale = 1;
  return book.table;
}

/** Ends the positions of an expiry that is over. @returns what its options were worth */
function settleExpiry(book: Book, expiry: i32): f64 {
  const chain = book.chain;
  const rows = chain.rows;
  const first = firstRow(chain, expiry);
  const last = firstRow(chain, expiry + 1);
  let value: f64 = 0;
  for (let position = 0; position < book.positions; position++) {
    const sizeAt = book.table + ((<usize>position) << 3);
    const cell = load<i32>(book.table + ((<usize>book.capacity) << 3) + ((<usize>position) << 2));
    const row = cell < rows ? cell : cell - rows;
    const isOption = cell < 2 * rows && row >= first && row < last;
    if (load<f64>(sizeAt) == 0 || !(isOption || cell == 2 * rows + expiry)) continue;
    if (isOption) value += load<f64>(sizeAt) * get(resultColumn(chain, PRICE, cell >= rows), row);
    bookResize(changetype<usize>(book), position, 0);
  }
  return value;
}

/**
 * What a tick did to cash: the variation of futures and perpetuals since the last settlement, funding paid on
 * perpetuals (at the forward of then), and the value of options that are over, whose positions end.
 * @param funding rate x years
 */
export function deskSettle(at: usize, funding: f64): void {
  const book = changetype<Book>(changetype<Desk>(at).book);
  const chain = book.chain;
  const figures = partAt(at, FIGURES);
  const lastForward = partAt(at, LAST_FORWARD);
  const forward = expiryColumn(chain, FORWARD);
  const futures = <usize>(2 * chain.rows);
  weigh(book);
  let variation: f64 = 0;
  let paid: f64 = 0;
  for (let e: usize = 0; e < <usize>chain.expiries; e++) {
    variation += load<f64>(weightAt(book, futures + e)) * (get(forward, e) - get(lastForward, e));
  }
  for (let u: usize = 0; u < <usize>book.underlyings; u++) {
    const weight = load<f64>(weightAt(book, futures + <usize>chain.expiries + u));
    const e = <usize>get(partAt(at, LAST_REFERENCE), u);
    variation += weight * (get(forward, e) - get(lastForward, e));
    paid += weight * get(lastForward, e) * funding;
  }
  let settled: f64 = 0;
  for (let expiry = 0; expiry < chain.expiries; expiry++) {
    if (get(expiryColumn(chain, YEARS), expiry) == 0) settled += settleExpiry(book, expiry);
  }
  const underlying = changetype<Desk>(at).underlying;
  const before = <usize>get(partAt(at, LAST_REFERENCE), underlying);
  const roll = get(forward, <usize>reference(book, chain, underlying)) - get(forward, before);
  // what is quoted at the reference moves with it, without a gain
  for (let i: usize = 0; i < <usize>changetype<Desk>(at).instruments; i++) {
    if (<i32>get(partAt(at, PLACE), i) >= chain.expiries) add(partAt(at, ORDER_PRICE), i, roll);
  }
  set(figures, ROLL, roll);
  set(figures, VARIATION, variation);
  set(figures, FUNDING, 0 - paid);
  set(figures, SETTLED, settled);
}

/**
 * Levels of a side that can be traded: up to the first that is none.
 * @param most costs stay below it
 * @returns their total size
 */
function readSide(sizeAt: usize, costAt: usize, totalAt: usize, levels: usize, fee: f64, most: f64): f64 {
  let size: f64 = 0;
  let before = -Infinity;
  let l: usize = 0;
  for (; l < levels; l++) {
    const cost = get(costAt, l);
    if (!(get(sizeAt, l) >= 0 && get(sizeAt, l) < Infinity && cost >= before && cost < most)) break;
    size += get(sizeAt, l);
    before = cost;
    set(totalAt, l, Math.max(0, cost + fee));
  }
  for (; l < levels; l++) {
    set(sizeAt, l, 0);
    set(costAt, l, l > 0 ? get(costAt, l - 1) : 0);
    set(totalAt, l, l > 0 ? get(totalAt, l - 1) : 0);
  }
  return size;
}

/**
 * Reads prices and sensitivities from the last tick, works out fees, and goes through the order books as given: a side
 * ends at its first level that is none (a size or cost that is no number, a cost below the one before, a bid of no more
 * than 0); a book whose
 * best bid is above its best ask is not traded, and neither is an instrument that is over, or that has no price.
 */
export function deskRead(at: usize): void {
  const desk = changetype<Desk>(at);
  const book = changetype<Book>(desk.book);
  const levels = <usize>desk.levels;
  let missing: f64 = 0;
  let crossed: f64 = 0;
  let unpriced: f64 = 0;
  memory.fill(partAt(at, FIGURES), 0, TRADE_FIGURES << 3);
  const columns = (<usize>desk.instruments) << 3;
  memory.fill(partAt(at, TRADE), 0, columns);
  memory.fill(partAt(at, PAID), 0, columns);
  readBook(at);
  for (let i: usize = 0; i < <usize>desk.instruments; i++) {
    const isPriced = readUnit(desk, i);
    const fee = feeOf(at, i, get(partAt(at, FEE_RATE), i));
    set(partAt(at, FEE), i, fee);
    set(partAt(at, HOLDING), i, get(book.table, <usize>get(partAt(at, POSITION), i)));
    const first = (i * levels) << 3;
    const bidSize = partAt(at, BID_SIZE) + first;
    const bidCost = partAt(at, BID_COST) + first;
    const askSize = partAt(at, ASK_SIZE) + first;
    const askCost = partAt(at, ASK_COST) + first;
    const over = isOver(at, i);
    const isCrossed =
      load<f64>(bidSize) > 0 && load<f64>(askSize) > 0 && load<f64>(bidCost) + load<f64>(askCost) < 0;
    const isShut = over || isCrossed || !isPriced;
    if (isShut) {
      memory.fill(bidSize, 0, levels << 3);
      memory.fill(askSize, 0, levels << 3);
      if (!over && !isPriced) unpriced++;
      else if (!over) crossed++;
    }
    // nobody bids nothing, or less
    const mark = get(partAt(at, KIND), i) == 0 ? markOf(at, i) : Infinity;
    const bids = readSide(bidSize, bidCost, partAt(at, BID_TOTAL) + first, levels, fee, mark);
    const asks = readSide(askSize, askCost, partAt(at, ASK_TOTAL) + first, levels, fee, Infinity);
    if (!isShut && (bids == 0 || asks == 0)) missing++;
  }
  memory.copy(partAt(at, WANTED), partAt(at, EXPOSURE), (<usize>SENSITIVITIES) << 3);
  set(partAt(at, FIGURES), MISSING, missing);
  set(partAt(at, FIGURES), CROSSED, crossed);
  set(partAt(at, FIGURES), UNPRICED, unpriced);
}

/** Reads the book's exposures. */
export function readBook(at: usize): void {
  const desk = changetype<Desk>(at);
  readExposures(desk.binding, desk.book, partAt(at, EXPOSURE));
  memory.copy(partAt(at, WANTED), partAt(at, EXPOSURE), (<usize>SENSITIVITIES) << 3);
}

/** Whether an instrument's expiry is over. */
export function isOver(at: usize, i: usize): bool {
  const chain = changetype<Book>(deskBook(at)).chain;
  const place = <usize>get(partAt(at, PLACE), i);
  return place < <usize>chain.expiries && get(expiryColumn(chain, YEARS), place) == 0;
}

/** Forward of an instrument's place. */
function forwardOf(at: usize, i: usize): f64 {
  return get(placeColumn(changetype<Book>(deskBook(at)), PLACE_FORWARD), <usize>get(partAt(at, PLACE), i));
}

/** What a unit of an instrument is quoted at: of a future, its forward. */
export function markOf(at: usize, i: usize): f64 {
  if (get(partAt(at, KIND), i) != 0) return forwardOf(at, i);
  return get(partAt(at, SENSITIVITY), i * SENSITIVITIES + OWN_PRICE);
}

export function isPerpetual(at: usize, i: usize): bool {
  return get(partAt(at, KIND), i) == 2;
}

function isOption(at: usize, i: usize): bool {
  const chain = changetype<Book>(deskBook(at)).chain;
  return get(partAt(at, KIND), i) == 0 && <i32>get(partAt(at, PLACE), i) < chain.expiries;
}

/** Fee per unit at a rate of the underlying's price, below the cap. */
function feeOf(at: usize, i: usize, rate: f64): f64 {
  const cap = get(partAt(at, FEE_CAP), i);
  const fee = rate * forwardOf(at, i);
  return cap > 0 ? Math.min(fee, cap * get(partAt(at, SENSITIVITY), i * SENSITIVITIES + OWN_PRICE)) : fee;
}

/** Reads the sensitivities of one unit of an instrument: 0 where it has no price. @returns whether it has one */
function readUnit(desk: Desk, i: usize): bool {
  const at = changetype<usize>(desk);
  const unitAt = partAt(at, SENSITIVITY) + i * SENSITIVITIES * 8;
  if (readInstrument(desk.binding, desk.book, <i32>i, unitAt)) return true;
  memory.fill(unitAt, 0, SENSITIVITIES * 8);
  return false;
}

/** Writes synthetic order books: every level as deep as the first, each `slope` half-spreads further out. */
export function deskQuote(at: usize, slope: f64): void {
  const desk = changetype<Desk>(at);
  readBook(at);
  for (let i: usize = 0; i < <usize>desk.instruments; i++) {
    readUnit(desk, i);
    const vega = get(partAt(at, SENSITIVITY), i * SENSITIVITIES + OWN_VEGA);
    const half =
      get(partAt(at, WIDTH_BY_VEGA), i) * vega + get(partAt(at, WIDTH_BY_PRICE), i) * forwardOf(at, i);
    for (let l: usize = 0; l < <usize>desk.levels; l++) {
      const level = i * <usize>desk.levels + l;
      const cost = half * (1 + slope * <f64>l);
      set(partAt(at, BID_SIZE), level, get(partAt(at, DEPTH), i));
      set(partAt(at, ASK_SIZE), level, get(partAt(at, DEPTH), i));
      set(partAt(at, BID_COST), level, cost);
      set(partAt(at, ASK_COST), level, cost);
    }
  }
}

/** Wants the trade in one instrument that brings an exposure, with all trades wanted so far, to a value. */
export function deskAim(at: usize, instrument: usize, sensitivity: usize, value: f64): void {
  const unitAt = partAt(at, SENSITIVITY) + instrument * SENSITIVITIES * 8;
  const wanted = partAt(at, WANTED);
  const unit = get(unitAt, sensitivity);
  if (unit == 0) return;
  const size = (value - get(wanted, sensitivity)) / unit;
  const trade = partAt(at, TRADE);
  set(trade, instrument, get(trade, instrument) + size);
  for (let k: usize = 0; k < <usize>SENSITIVITIES; k++)
    set(wanted, k, get(wanted, k) + size * get(unitAt, k));
}

/**
 * States the hedge problem: rows that combine sensitivities, and what a unit bought costs by the forecast and, of a
 * perpetual, by its funding. In the rows gamma and vega count as far as they last, see `lasting`, and vega as far as it
 * follows short volatility, see `loading`. An option that ends before a
 * trade is to stay is only closed, and makes what is forecast until then.
 * @param hold years that a trade is to stay
 * @param fundingRate per year
 */
export function combine(at: usize, hold: f64, fundingRate: f64): void {
  const desk = changetype<Desk>(at);
  const rows = <usize>ROWS;
  const unit = partAt(at, LOADED);
  const book = changetype<Book>(desk.book);
  // the book's columns may show what was asked for since
  readBook(at);
  for (let i: usize = 0; i < <usize>desk.instruments; i++) {
    const from = partAt(at, SENSITIVITY) + i * SENSITIVITIES * 8;
    memory.copy(unit, from, SENSITIVITIES << 3);
    let linear = product(partAt(at, FORECAST), from);
    let most = get(partAt(at, LIMIT), i);
    let least = most;
    if (isOption(at, i)) {
      const place = <usize>get(partAt(at, PLACE), i);
      const part = Math.min(1, yearsTo(at, place) / hold);
      for (let k: usize = OWN_GAMMA; k < <usize>SENSITIVITIES; k++) set(unit, k, part * get(unit, k));
      if (part < 1) {
        const held = load<f64>(weightAt(book, instrumentCell(desk.binding, <i32>i)));
        least = Math.min(least, Math.max(0, held));
        most = Math.min(most, Math.max(0, -held));
      }
      linear = product(partAt(at, FORECAST), unit);
      const last = lasting(at, place, hold);
      set(unit, OWN_GAMMA, last * get(from, OWN_GAMMA));
      set(unit, OWN_VEGA, last * loading(at, place) * get(from, OWN_VEGA));
    }
    set(partAt(at, SELL_LIMIT), i, least);
    set(partAt(at, BUY_LIMIT), i, most);
    combineUnit(at, partAt(at, COMBINED) + ((i * rows) << 3));
    const paid = isPerpetual(at, i) ? fundingRate * hold * forwardOf(at, i) : 0;
    set(partAt(at, LINEAR), i, paid - linear);
  }
  memory.copy(unit, partAt(at, EXPOSURE), SENSITIVITIES << 3);
  const forwards = placeColumn(book, PLACE_FORWARD);
  const reference = get(forwards, <usize>(book.chain.expiries + desk.underlying));
  let gamma: f64 = 0;
  let vega: f64 = 0;
  for (let e: usize = 0; e < <usize>book.chain.expiries; e++) {
    if (load<i32>(placeColumn(book, PLACE_UNDERLYING) + (e << 2)) != desk.underlying) continue;
    const last = lasting(at, e, hold);
    const ratio = get(forwards, e) / reference;
    gamma += last * ratio * ratio * get(placeColumn(book, EXPOSURES + <usize>GAMMA), e);
    vega += last * loading(at, e) * get(placeColumn(book, EXPOSURES + <usize>VEGA), e);
  }
  set(unit, OWN_GAMMA, gamma);
  set(unit, OWN_VEGA, vega);
  combineUnit(at, partAt(at, COMBINED_EXPOSURE));
}

function combineUnit(at: usize, to: usize): void {
  const weights = partAt(at, COMBINATION);
  for (let r: usize = 0; r < <usize>ROWS; r++) {
    set(to, r, product(weights + r * SENSITIVITIES * 8, partAt(at, LOADED)));
  }
}

function yearsTo(at: usize, expiry: usize): f64 {
  return get(expiryColumn(changetype<Book>(deskBook(at)).chain, YEARS), expiry);
}

/**
 * Root of the part of the horizon that an expiry lasts: the variance of what a Greek of it makes is in proportion. Of
 * Greeks that last for different parts the sum is an approximation: their product counts by the roots, not by the
 * shorter part.
 */
function lasting(at: usize, expiry: usize, hold: f64): f64 {
  return sqrt<f64>(Math.min(1, yearsTo(at, expiry) / hold));
}

/**
 * How far the implied volatility of an expiry follows short volatility that reverts: (1 - exp(-kT)) / (kT), the part of
 * a move of variance that is left on average until T (Heston 1993; Gatheral 2006, The volatility surface, eq. 3.1).
 */
function loading(at: usize, expiry: usize): f64 {
  return meanDecay(get(partAt(at, RISK), REVERSION), yearsTo(at, expiry));
}

function product(weights: usize, values: usize): f64 {
  let sum: f64 = 0;
  for (let k: usize = 0; k < <usize>SENSITIVITIES; k++) sum += get(weights, k) * get(values, k);
  return sum;
}

// @ts-ignore: decorator
@inline
function add(at: usize, i: usize, value: f64): void {
  set(at, i, get(at, i) + value);
}

/**
 * Books a trade of an instrument: its premium at the mark, what it was beyond that, fees and gas.
 * @param units positive where bought, not 0
 * @param given beyond the mark, in quote currency
 */
function bookTrade(at: usize, i: usize, units: f64, given: f64, feePerUnit: f64): void {
  const fee = Math.abs(units) * feePerUnit;
  const perTrade = get(partAt(at, PER_TRADE), i);
  const figures = partAt(at, FIGURES);
  add(partAt(at, PAID), i, given + fee + perTrade);
  add(figures, PREMIUM, units * get(partAt(at, SENSITIVITY), i * SENSITIVITIES + OWN_PRICE));
  add(figures, SPREAD, given);
  add(figures, FEES, fee);
  add(figures, GAS, perTrade);
  add(figures, TRADES, 1);
  const holding = get(partAt(at, HOLDING), i) + units;
  set(partAt(at, HOLDING), i, holding);
  bookResize(deskBook(at), <i32>get(partAt(at, POSITION), i), holding);
}

/** Trades what is wanted through the order books, as far as they and the limits reach, and changes the positions. */
export function deskFill(at: usize): void {
  const desk = changetype<Desk>(at);
  for (let i: usize = 0; i < <usize>desk.instruments; i++) {
    const wanted = get(partAt(at, TRADE), i);
    const sizeAt = partAt(at, wanted > 0 ? ASK_SIZE : BID_SIZE);
    const costAt = partAt(at, wanted > 0 ? ASK_COST : BID_COST);
    let left = Math.abs(wanted);
    let given: f64 = 0;
    let room = get(partAt(at, LIMIT), i);
    for (let l: usize = 0; l < <usize>desk.levels && left > 0 && room > 0; l++) {
      const level = i * <usize>desk.levels + l;
      const taken = Math.min(Math.min(left, room), get(sizeAt, level));
      given += taken * get(costAt, level);
      left -= taken;
      room -= taken;
    }
    add(partAt(at, FIGURES), UNFILLED, left);
    const units = wanted > 0 ? wanted - left : wanted + left;
    if (units != 0) bookTrade(at, i, units, given, get(partAt(at, FEE), i));
  }
}

/**
 * Books that a resting order was filled at its price, when the opposite quote came to it: a half-spread beyond the mark
 * of that moment. What the mark has moved since is what the position made.
 * @param halfSpread of the opposite quote, per unit
 */
export function fillOrder(at: usize, i: usize, halfSpread: f64): void {
  const units = get(partAt(at, ORDER), i);
  const given = Math.abs(units) * halfSpread;
  const moved = units * (markOf(at, i) - get(partAt(at, ORDER_PRICE), i)) + given;
  bookTrade(at, i, units, given, feeOf(at, i, get(partAt(at, MAKER_RATE), i)));
  add(partAt(at, PAID), i, -moved);
  add(partAt(at, FIGURES), MOVED, moved);
  add(partAt(at, FIGURES), PASSIVE, 1);
  set(partAt(at, ORDER), i, 0);
}

/**
 * Closes the same part of every position at its mark, for a fee, so that equity covers the maintenance margin of what
 * is left with a buffer: margin and value are in proportion to the positions. Orders are withdrawn.
 * @param equity with it
 * @param required maintenance margin times the buffer
 * @param rate fee per unit closed, part of the underlying's price
 * @returns the part that is closed
 */
export function deskLiquidate(at: usize, equity: f64, required: f64, rate: f64): f64 {
  const desk = changetype<Desk>(at);
  const book = changetype<Book>(desk.book);
  const perUnit = rate * deskSpot(at);
  let gross: f64 = 0;
  for (let position = 0; position < book.positions; position++) gross += Math.abs(get(book.table, position));
  const all = gross * perUnit;
  // equity - (1 - part kept) all = part kept x required
  const kept = equity > all ? Math.min(1, (equity - all) / (required - all)) : 0;
  for (let position = 0; position < book.positions; position++) {
    bookResize(desk.book, position, kept * get(book.table, position));
  }
  const closed = 1 - kept;
  for (let i: usize = 0; i < <usize>desk.instruments; i++) {
    const holding = partAt(at, HOLDING);
    set(partAt(at, PAID), i, closed * Math.abs(get(holding, i)) * perUnit);
    set(holding, i, kept * get(holding, i));
    set(partAt(at, ORDER), i, 0);
  }
  const figures = partAt(at, FIGURES);
  set(figures, PREMIUM, -closed * get(partAt(at, EXPOSURE), OWN_PRICE));
  set(figures, FEES, closed * all);
  return closed;
}
