/**
 * An account: the positions of a book, the instruments that may be traded beside them, and what a margin model knows of
 * their underlyings. It marks a chain of its own, which has only the strikes that are held or may be traded, so that
 * the book can be looked at in any state of the market without the caller's chain noticing.
 *
 * A leg is a position or an instrument: a size on a cell. Cells are numbered as a book's are, over the own chain: calls
 * by row, puts by row, futures by expiry, perpetuals by underlying, spot by underlying. A place is an expiry or, after
 * the expiries, an underlying.
 *
 * A state of the market is a ratio per underlying, by which all its forwards have moved, and a shift of all
 * volatilities. What has expired is settled: it moves no more.
 *
 * Money is in quote currency. Where an underlying is kept in coin, money is an amount of coin at the price of the
 * state: the profit of an inverse contract is that of its value in coin.
 */
import { takeLarge } from '../memory/arena';
import { headerOf } from '../memory/layout';
import { exp, logRatio } from '../math/scalar';
import { DELTA, PRICE } from '../pricing/sensitivity';
import {
  Chain,
  chainVolatility,
  expiryColumn,
  firstRow,
  FORWARD,
  GIVEN,
  GIVEN_FORWARD,
  resultColumn,
  rowColumn,
  VARIANCE_YEARS,
  VOLATILITY,
  YEARS,
} from '../book/chain';
import { Book, PLACE_UNDERLYING, placeColumn, positionSize, reference } from '../book/exposure';
import { chainTick } from '../book/mark';
import { get, getInt, set } from '../memory/column';


@unmanaged
export class Account {
  book: Book;
  chain: Chain;
  rule: i32;
  /** Positions of the book, the first legs. */
  positions: i32;
  legs: i32;
  scenarios: i32;
  rows: i32;
  cells: i32;
  places: i32;
  underlyings: i32;
  /** Money in quote currency. */
  cash: f64;
  /** Shift of volatilities in the state. */
  shift: f64;
  /** By leg: sizes, sizes on trial, cells. */
  sizes: usize;
  trial: usize;
  legCell: usize;
  /** By underlying: parameters, scenarios, coins, ratios of the state, figures. */
  parameters: usize;
  table: usize;
  coins: usize;
  ratios: usize;
  figures: usize;
  /** By row: the caller's row. */
  from: usize;
  /** By cell: place, mark, what a unit is worth (NaN without a price), delta, net size, what of it is not paired. */
  cellPlace: usize;
  marks: usize;
  worth: usize;
  deltas: usize;
  weights: usize;
  free: usize;
  /** By place: forward last marked, money per unit of value, net delta, weight of a move of volatility. */
  forwards: usize;
  rates: usize;
  placeDelta: usize;
  terms: usize;
  /** [scenario x cell]: what a unit makes; [scenario x underlying]: what the book makes. */
  units: usize;
  profits: usize;
}

export const SCENARIO: i32 = 0;
export const STANDARD: i32 = 1;

// Parameters of an underlying: common,
export const COIN: i32 = 0;
export const INITIAL_FACTOR: i32 = 1;
export const MAINTENANCE_FACTOR: i32 = 2;
/** of scenarios, */
const REFERENCE_DAYS: i32 = 3;
const DAY_FLOOR: i32 = 4;
const SHORT_POWER: i32 = 5;
const LONG_POWER: i32 = 6;
const VOLATILITY_FLOOR: i32 = 7;
const ABSOLUTE: i32 = 8;
const HORIZON: i32 = 9;
export const ROLL_LEAST: i32 = 10;
export const ROLL_YEARLY: i32 = 11;
export const SHOCK_THRESHOLD: i32 = 12;
export const SHOCK_SLOPE: i32 = 13;
export const SHOCK_MOST: i32 = 14;
export const SHORT_CONTINGENCY: i32 = 15;
export const OFFSET_CONTINGENCY: i32 = 16;
/** of positions by themselves, */
export const OPTION_INITIAL: i32 = 3;
export const OPTION_LEAST: i32 = 4;
export const OPTION_MAINTENANCE: i32 = 5;
export const FUTURE_INITIAL: i32 = 6;
export const FUTURE_MAINTENANCE: i32 = 7;
export const FUTURE_SLOPE: i32 = 8;
/** and of strategies. */
export const SPOT_INITIAL: i32 = 5;
export const SPOT_LONG: i32 = 6;
export const SPOT_SHORT: i32 = 7;
const PARAMETERS: i32 = 17;

// Columns of a scenario of an underlying.
const MOVE: i32 = 0;
/** Move of volatility: of its level, or per 1.00 of it. */
const VOLATILITY_MOVE: i32 = 1;
const FRACTION: i32 = 2;
/** Loss that is forgiven. */
export const DAMPENING: i32 = 3;
/** What a loss is divided by. */
export const EDGE: i32 = 4;
const SCENARIO_COLUMNS: i32 = 5;

// Figures of an underlying.
export const VALUE: i32 = 0;
export const INITIAL: i32 = 1;
export const MAINTENANCE: i32 = 2;
export const WORST: i32 = 3;
export const WORST_SCENARIO: i32 = 4;
export const ROLL: i32 = 5;
export const SHOCK: i32 = 6;
export const CONTINGENCY: i32 = 7;
export const COIN_PRICE: i32 = 8;
export const NET_DELTA: i32 = 9;
export const LONG_FUTURES: i32 = 10;
export const SHORT_FUTURES: i32 = 11;
export const FIGURES: i32 = 12;

export function parameter(account: Account, underlying: i32, i: i32): f64 {
  return get(account.parameters, underlying * PARAMETERS + i);
}

export function scenarioOf(account: Account, underlying: i32, scenario: i32, column: i32): f64 {
  return get(account.table, (underlying * account.scenarios + scenario) * SCENARIO_COLUMNS + column);
}

export function setFigure(account: Account, underlying: i32, figure: i32, value: f64): void {
  set(account.figures, underlying * FIGURES + figure, value);
}

export function figureOf(account: Account, underlying: i32, figure: i32): f64 {
  return get(account.figures, underlying * FIGURES + figure);
}

export function addFigure(account: Account, underlying: i32, figure: i32, value: f64): void {
  setFigure(account, underlying, figure, figureOf(account, underlying, figure) + value);
}

export function underlyingOf(account: Account, place: i32): i32 {
  return getInt(placeColumn(account.book, PLACE_UNDERLYING), place);
}

export function placeOf(account: Account, cell: i32): i32 {
  return getInt(account.cellPlace, cell);
}

export function cellOf(account: Account, leg: i32): i32 {
  return getInt(account.legCell, leg);
}

/** Whether a place is an expiry that is over. */
export function isOver(account: Account, place: i32): bool {
  const parent = account.book.chain;
  return place < parent.expiries && get(expiryColumn(parent, YEARS), place) == 0;
}

/** The price of an underlying in the state. */
export function priceOf(account: Account, underlying: i32): f64 {
  const parent = account.book.chain;
  const forward = get(expiryColumn(parent, FORWARD), reference(account.book, parent, underlying));
  return forward * get(account.ratios, underlying);
}

/** The forward of a place in the state; of an expiry that is over, its last. */
export function forwardOf(account: Account, place: i32): f64 {
  const underlying = underlyingOf(account, place);
  const parent = account.book.chain;
  if (place >= parent.expiries) return priceOf(account, underlying);
  const forward = get(expiryColumn(parent, FORWARD), place);
  return isOver(account, place) ? forward : forward * get(account.ratios, underlying);
}

/** Whether a cell is a future or a perpetual. */
export function isFuture(account: Account, cell: i32): bool {
  return cell >= 2 * account.rows && cell < account.cells - account.underlyings;
}

/** What the columns are by, in the order of the fields: places in `lengthsAt`. */
const COLUMN_KINDS: usize = memory.data<u8>([0, 0, 0, 1, 2, 3, 3, 4, 5, 6, 6, 6, 6, 6, 6, 7, 7, 7, 7, 8, 9]);
const COLUMNS: i32 = 21;
const lengthsAt: usize = memory.data(10 * 8, 16);

/** Doubles of a column. */
function lengthOf(column: i32): f64 {
  return get(lengthsAt, load<u8>(COLUMN_KINDS + <usize>column));
}

/**
 * @param chainAt the own chain, of order 1, its expiries those of the book's chain
 * @returns an account, 0 where memory is exhausted; its columns are to be filled
 */
export function accountCreate(
  bookAt: usize,
  chainAt: usize,
  instruments: i32,
  scenarios: i32,
  rule: i32,
): usize {
  const book = changetype<Book>(bookAt);
  const chain = changetype<Chain>(chainAt);
  const underlyings = book.underlyings;
  const legs = book.positions + instruments;
  const places = chain.expiries + underlyings;
  const cells = 2 * chain.rows + places + underlyings;
  set(lengthsAt, 0, legs);
  set(lengthsAt, 1, PARAMETERS * underlyings);
  set(lengthsAt, 2, SCENARIO_COLUMNS * scenarios * underlyings);
  set(lengthsAt, 3, underlyings);
  set(lengthsAt, 4, FIGURES * underlyings);
  set(lengthsAt, 5, chain.rows);
  set(lengthsAt, 6, cells);
  set(lengthsAt, 7, places);
  set(lengthsAt, 8, <f64>scenarios * <f64>cells);
  set(lengthsAt, 9, scenarios * underlyings);
  let doubles: f64 = 0;
  for (let column = 0; column < COLUMNS; column++) doubles += lengthOf(column);
  const at = takeLarge(headerOf<Account>() + 8 * <u64>doubles);
  if (!at) return 0;
  const account = changetype<Account>(at);
  account.book = book;
  account.chain = chain;
  account.rule = rule;
  account.positions = book.positions;
  account.legs = legs;
  account.scenarios = scenarios;
  account.rows = chain.rows;
  account.cells = cells;
  account.places = places;
  account.underlyings = underlyings;
  let next = at + headerOf<Account>();
  for (let column = 0; column < COLUMNS; column++) {
    store<usize>(at + offsetof<Account>('sizes') + ((<usize>column) << 2), next);
    next += (<usize>lengthOf(column)) << 3;
  }
  return at;
}

/** Address of a column, counted from the sizes in the order of the fields. */
export function accountColumn(at: usize, column: i32): usize {
  return load<usize>(at + offsetof<Account>('sizes') + ((<usize>column) << 2));
}

/** Sets the money in quote currency. */
export function accountCash(at: usize, cash: f64): void {
  changetype<Account>(at).cash = cash;
}

/** Marks the own chain in the state, and in a scenario of it, -1 for none: what a unit of every cell is quoted at. */
function mark(account: Account, scenario: i32, out: usize): void {
  const parent = account.book.chain;
  const own = account.chain;
  const given = expiryColumn(own, GIVEN_FORWARD);
  const stride = own.expiryStride;
  memory.copy(given, expiryColumn(parent, FORWARD), GIVEN * stride);
  for (let place = 0; place < account.places; place++) {
    const underlying = underlyingOf(account, place);
    const isMoved = scenario >= 0 && !isOver(account, place);
    const move = isMoved ? scenarioOf(account, underlying, scenario, MOVE) : 0;
    const forward = forwardOf(account, place) * (1 + move);
    set(account.forwards, place, forward);
    if (place >= own.expiries) continue;
    set(given, place, forward);
    let k: f64 = 0;
    if (isMoved) {
      k = scenarioOf(account, underlying, scenario, VOLATILITY_MOVE) * get(account.terms, place);
      const years = given + (YEARS - FORWARD) * stride;
      const variance = given + (VARIANCE_YEARS - FORWARD) * stride;
      const before = get(years, place);
      const left = Math.max(0, before - parameter(account, underlying, HORIZON));
      set(years, place, left);
      set(variance, place, get(variance, place) * (left / before));
    }
    moveVolatility(account, place, k, parameter(account, underlying, ABSOLUTE) != 0);
  }
  own.stale = 1;
  chainTick(changetype<usize>(own));
  // cells of options are laid out as the columns of calls and puts are
  const bytes = (<usize>account.rows) << 3;
  memory.copy(out, resultColumn(own, PRICE, false), bytes);
  memory.copy(out + bytes, resultColumn(own, PRICE, true), bytes);
  for (let cell = 2 * account.rows; cell < account.cells; cell++) {
    set(out, cell, get(account.forwards, placeOf(account, cell)));
  }
}

/** Moves the volatilities of an expiry by the state's shift, and by k: of their level, or per 1.00 of it. */
function moveVolatility(account: Account, place: i32, k: f64, isAbsolute: bool): void {
  const own = account.chain;
  const shift = account.shift;
  const floor = k > 0 ? parameter(account, underlyingOf(account, place), VOLATILITY_FLOOR) : 0;
  const marked = rowColumn(account.book.chain, VOLATILITY);
  const moved = chainVolatility(changetype<usize>(own));
  const end = firstRow(own, place + 1);
  for (let row = firstRow(own, place); row < end; row++) {
    const at = (<usize>row) << 3;
    let volatility = load<f64>(marked + ((<usize>load<u32>(account.from + (at >> 1))) << 3)) + shift;
    if (volatility < 0) volatility = 0;
    volatility += k * (isAbsolute ? 1 : volatility);
    // so that NaN stays
    if (volatility < floor) volatility = floor;
    store<f64>(moved + at, volatility);
  }
}

function ofOption(account: Account, sensitivity: usize, cell: i32): f64 {
  const put = cell >= account.rows;
  return get(resultColumn(account.chain, sensitivity, put), put ? cell - account.rows : cell);
}

/** Looks at every cell in the state: its worth, its delta, and what a unit makes in every scenario. */
export function evaluate(account: Account): void {
  const parent = account.book.chain;
  for (let place = 0; place < account.places; place++) {
    const underlying = underlyingOf(account, place);
    const inCoin = parameter(account, underlying, COIN) != 0;
    set(account.rates, place, inCoin ? priceOf(account, underlying) / forwardOf(account, place) : 1);
    if (place >= parent.expiries) continue;
    const days = get(expiryColumn(parent, YEARS), place) * 365;
    const mid = parameter(account, underlying, REFERENCE_DAYS);
    const exponent = parameter(account, underlying, days < mid ? SHORT_POWER : LONG_POWER);
    const floored = Math.max(days, parameter(account, underlying, DAY_FLOOR));
    set(account.terms, place, exponent == 0 || floored == 0 ? 1 : exp(exponent * logRatio(mid, floored)));
  }
  mark(account, -1, account.marks);
  for (let cell = 0; cell < account.cells; cell++) {
    const place = placeOf(account, cell);
    const over = isOver(account, place);
    let worth = get(account.marks, cell) * get(account.rates, place);
    let delta: f64 = 0;
    if (isFuture(account, cell)) {
      // marked to market: what it has made since the market as it is
      worth = over ? 0 : worth - worth / get(account.ratios, underlyingOf(account, place));
      delta = 1;
    } else if (cell < 2 * account.rows) delta = ofOption(account, DELTA, cell);
    set(account.worth, cell, worth);
    set(account.deltas, cell, over || delta != delta ? 0 : delta);
  }
  const own = account.chain;
  for (let scenario = 0; scenario < account.scenarios; scenario++) {
    const units = account.units + ((<usize>scenario * <usize>account.cells) << 3);
    mark(account, scenario, units);
    for (let expiry = 0; expiry < own.expiries; expiry++) {
      const first = firstRow(own, expiry);
      const rows = firstRow(own, expiry + 1) - first;
      count(account, scenario, units, first, rows);
      count(account, scenario, units, account.rows + first, rows);
    }
    for (let cell = 2 * account.rows; cell < account.cells; cell++) count(account, scenario, units, cell, 1);
  }
}

/** Turns what units of cells at one place are quoted at in a scenario into what they make there, as it counts. */
function count(account: Account, scenario: i32, units: usize, first: i32, cells: i32): void {
  if (cells == 0) return;
  const place = placeOf(account, first);
  const underlying = underlyingOf(account, place);
  // what is worth coin keeps its coins when the price of coin moves: only what they gain counts
  const keeps = parameter(account, underlying, COIN) != 0 && !isFuture(account, first);
  const kept = keeps ? 1 + scenarioOf(account, underlying, scenario, MOVE) : 1;
  const rate = get(account.rates, place);
  const fraction = scenarioOf(account, underlying, scenario, FRACTION);
  const over = isOver(account, place);
  const end = (<usize>(first + cells)) << 3;
  for (let at = (<usize>first) << 3; at < end; at += 8) {
    const made = over ? 0 : (load<f64>(units + at) - load<f64>(account.marks + at) * kept) * rate;
    store<f64>(units + at, made * fraction);
  }
}

/** Takes up the positions of the book and puts the state back to the market as it is. */
export function refresh(account: Account): void {
  account.shift = 0;
  for (let underlying = 0; underlying < account.underlyings; underlying++) set(account.ratios, underlying, 1);
  for (let leg = 0; leg < account.positions; leg++) {
    set(account.sizes, leg, positionSize(account.book, leg));
  }
}
