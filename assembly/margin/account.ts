/**
 * An account: the positions of a book, the instruments that may be traded beside them, and what a margin model knows of
 * their underlyings. It marks its own chain, which has only the strikes that are held or may be traded, so that the
 * book can be looked at in any state of the market without the caller's chain noticing.
 *
 * A leg is a position or an instrument: a size on a cell. Cells are numbered as a book's are, over the own chain: calls
 * by row, puts by row, futures by expiry, perpetuals by underlying, spot by underlying. A place is an expiry or, after
 * the expiries, an underlying.
 *
 * A state of the market is a ratio per underlying, by which all its forwards have moved, and a shift of all
 * volatilities. What has expired is settled: it moves no more.
 *
 * Money is in quote currency. Where an underlying is kept in coin, money is an amount of coin at the price of the state:
 * the profit of an inverse contract is that of its value in coin.
 */
import { give, takeLarge } from '../memory/arena';
import { headerOf } from '../memory/layout';
import { both, low } from '../lanes/f64x2';
import { DELTA, PRICE } from '../pricing/sensitivity';
import { expX2 } from '../math/exp';
import { logRatioX2 } from '../math/log';
import {
  Chain,
  chainCreate,
  chainGive,
  chainOffset,
  chainPrepare,
  chainStrike,
  chainVolatility,
  expiryColumn,
  firstRow,
  FORWARD,
  GIVEN,
  GIVEN_FORWARD,
  resultColumn,
  rowColumn,
  STRIKE,
  VARIANCE_YEARS,
  VOLATILITY,
  YEARS,
} from '../book/chain';
import { Book, PLACE_UNDERLYING, placeColumn, positionCell, positionSize, reference } from '../book/exposure';
import { chainTick } from '../book/mark';


@unmanaged
export class Account {
  book: Book;
  /** The own chain, 0 until it is built. */
  chain: usize;
  rule: i32;
  /** Positions of the book, the first legs. */
  positions: i32;
  legs: i32;
  scenarios: i32;
  rows: i32;
  cells: i32;
  places: i32;
  underlyings: i32;
  /** Shift of volatilities. */
  shift: f64;
  /** Money in quote currency. */
  cash: f64;
  /** Columns, by leg: cells of the caller's book, own cells, sizes, and sizes on trial. */
  legFrom: usize;
  legCell: usize;
  sizes: usize;
  trial: usize;
  /** By underlying: parameters, scenarios, coins, ratios of the state, figures. */
  parameters: usize;
  table: usize;
  coins: usize;
  ratios: usize;
  figures: usize;
  /** The block of what the own chain decides. */
  body: usize;
  /** By row: the caller's row. */
  parentRow: usize;
  /** By cell: place, what a unit is worth, its delta, the net size, and what of it is not yet paired. */
  cellPlace: usize;
  worth: usize;
  deltas: usize;
  weights: usize;
  free: usize;
  /** By place: the net delta, and the weight of a move of volatility in time. */
  placeDelta: usize;
  terms: usize;
  /** [scenario x cell]: what a unit makes. */
  units: usize;
  /** [scenario x underlying]: what the book makes. */
  profits: usize;
}

export const SCENARIO: i32 = 0;
export const STANDARD: i32 = 1;
export const STRATEGY: i32 = 2;

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
export const PARAMETERS: i32 = 17;

// Columns of a scenario of an underlying.
export const MOVE: i32 = 0;
/** Move of volatility: of its level, or per 1.00 of it. */
const VOLATILITY_MOVE: i32 = 1;
export const FRACTION: i32 = 2;
/** Loss that is forgiven. */
export const DAMPENING: i32 = 3;
/** What a loss is divided by. */
export const EDGE: i32 = 4;
export const SCENARIO_COLUMNS: i32 = 5;

// Figures of an underlying.
export const VALUE: i32 = 0;
export const INITIAL: i32 = 1;
export const MAINTENANCE: i32 = 2;
export const WORST: i32 = 3;
export const WORST_SCENARIO: i32 = 4;
export const ROLL: i32 = 5;
export const SHOCK: i32 = 6;
export const CONTINGENCY: i32 = 7;
/** The price of a coin. */
export const COIN_PRICE: i32 = 8;
export const FIGURES: i32 = 9;

export function get(column: usize, i: i32): f64 {
  return load<f64>(column + ((<usize>i) << 3));
}

export function set(column: usize, i: i32, value: f64): void {
  store<f64>(column + ((<usize>i) << 3), value);
}

export function parameter(account: Account, underlying: i32, i: i32): f64 {
  return get(account.parameters, underlying * PARAMETERS + i);
}

export function scenarioOf(account: Account, underlying: i32, scenario: i32, column: i32): f64 {
  return get(account.table, (underlying * account.scenarios + scenario) * SCENARIO_COLUMNS + column);
}

/** The underlying of a place. */
export function underlyingOf(account: Account, place: i32): i32 {
  return load<i32>(placeColumn(account.book, PLACE_UNDERLYING) + ((<usize>place) << 2));
}

/** The place of a cell; -1 where it has no price. */
export function placeOf(account: Account, cell: i32): i32 {
  return load<i32>(account.cellPlace + ((<usize>cell) << 2));
}

/** Whether an expiry is over. */
export function isOver(account: Account, place: i32): bool {
  const parent = account.book.chain;
  return place < parent.expiries && get(expiryColumn(parent, YEARS), place) == 0;
}

/** The price of the underlying in the state. */
export function priceOf(account: Account, underlying: i32): f64 {
  const parent = account.book.chain;
  const forward = get(expiryColumn(parent, FORWARD), reference(account.book, parent, underlying));
  return forward * get(account.ratios, underlying);
}

/** The forward of an expiry in the state; of one that is over, its last. */
export function forwardOf(account: Account, expiry: i32): f64 {
  const forward = get(expiryColumn(account.book.chain, FORWARD), expiry);
  return isOver(account, expiry) ? forward : forward * get(account.ratios, underlyingOf(account, expiry));
}

/** A power of a positive number. */
function power(base: f64, exponent: f64): f64 {
  return low(expX2(both(exponent * low(logRatioX2(both(base), both(1))))));
}

/** e^x - 1, x >= 0 and not large. */
export function growth(x: f64): f64 {
  return low(expX2(both(x))) - 1;
}

/** @returns an account, 0 where memory is exhausted; instruments, parameters and scenarios are to be set, then built */
export function accountCreate(bookAt: usize, instruments: i32, scenarios: i32, rule: i32): usize {
  const book = changetype<Book>(bookAt);
  const underlyings = book.underlyings;
  const legs = book.positions + instruments;
  const perUnderlying = <u64>(PARAMETERS + SCENARIO_COLUMNS * scenarios + 2 + FIGURES) * underlyings;
  const at = takeLarge(headerOf<Account>() + 8 * (3 * <u64>legs + perUnderlying));
  if (!at) return 0;
  const account = changetype<Account>(at);
  account.book = book;
  account.rule = rule;
  account.positions = book.positions;
  account.legs = legs;
  account.scenarios = scenarios;
  account.underlyings = underlyings;
  account.sizes = at + headerOf<Account>();
  account.trial = account.sizes + ((<usize>legs) << 3);
  account.legFrom = account.trial + ((<usize>legs) << 3);
  account.legCell = account.legFrom + ((<usize>legs) << 2);
  account.parameters = account.legFrom + ((<usize>legs) << 3);
  account.table = account.parameters + ((<usize>(PARAMETERS * underlyings)) << 3);
  account.coins = account.table + ((<usize>(SCENARIO_COLUMNS * scenarios * underlyings)) << 3);
  account.ratios = account.coins + ((<usize>underlyings) << 3);
  account.figures = account.ratios + ((<usize>underlyings) << 3);
  for (let leg = 0; leg < book.positions; leg++) {
    store<i32>(account.legFrom + ((<usize>leg) << 2), positionCell(book, leg));
  }
  return at;
}

/** Gives the account's memory back. */
export function accountGive(at: usize): void {
  const account = changetype<Account>(at);
  if (account.chain) chainGive(account.chain);
  give(account.body);
  give(at);
}

/** Sets the cell of the caller's book that an instrument is on. */
export function accountInstrument(at: usize, i: i32, cell: i32): void {
  const account = changetype<Account>(at);
  store<i32>(account.legFrom + ((<usize>(account.positions + i)) << 2), cell);
}

/** The first leg that the rule has nothing to say of, -1 where there is none. */
export function accountUnruled(at: usize): i32 {
  const account = changetype<Account>(at);
  for (let leg = 0; leg < account.legs && account.rule == STRATEGY; leg++) {
    const cell = load<i32>(account.legCell + ((<usize>leg) << 2));
    if (cell >= 2 * account.rows && cell < account.cells - account.underlyings) return leg;
  }
  return -1;
}

/** Address of the parameters, by underlying. */
export function accountParameters(at: usize): usize {
  return changetype<Account>(at).parameters;
}

/** Address of the scenarios, [underlying x scenario x column]. */
export function accountScenarios(at: usize): usize {
  return changetype<Account>(at).table;
}

/** Address of the coins held, by underlying. */
export function accountCoins(at: usize): usize {
  return changetype<Account>(at).coins;
}

/** Address of the figures, by underlying. */
export function accountFigures(at: usize): usize {
  return changetype<Account>(at).figures;
}

/** Address of what the book makes, [scenario x underlying]. */
export function accountProfits(at: usize): usize {
  return changetype<Account>(at).profits;
}

/** Address of the sizes on trial, by leg. */
export function accountTrial(at: usize): usize {
  return changetype<Account>(at).trial;
}

/** Sets the money in quote currency. */
export function accountCash(at: usize, cash: f64): void {
  changetype<Account>(at).cash = cash;
}

/** Builds the own chain and what depends on its size. @returns 0 where memory is exhausted */
export function accountBuild(at: usize): bool {
  const account = changetype<Account>(at);
  const book = account.book;
  const parent = book.chain;
  const parentRows = parent.rows;
  const expiries = parent.expiries;
  // own rows in the caller's order, so that strikes ascend: 1 + the own row, 0 where it is not wanted
  const rowMap = takeLarge(<u64>parentRows * 4 + 4);
  if (!rowMap) return false;
  let rows = 0;
  for (let leg = 0; leg < account.legs; leg++) {
    const from = load<i32>(account.legFrom + ((<usize>leg) << 2));
    if (from >= 2 * parentRows) continue;
    const row = <usize>(from < parentRows ? from : from - parentRows);
    if (load<i32>(rowMap + (row << 2))) continue;
    store<i32>(rowMap + (row << 2), 1);
    rows++;
  }
  const cells = 2 * rows + expiries + 2 * book.underlyings;
  const places = expiries + book.underlyings;
  account.rows = rows;
  account.cells = cells;
  account.places = places;
  const doubles =
    <u64>rows + 5 * <u64>cells + 2 * places + <u64>account.scenarios * (<u64>cells + account.underlyings);
  account.body = takeLarge(8 * doubles);
  account.chain = chainCreate(expiries, rows, 1);
  if (!account.body || !account.chain) {
    give(rowMap);
    return false;
  }
  account.worth = account.body;
  account.deltas = account.worth + ((<usize>cells) << 3);
  account.weights = account.deltas + ((<usize>cells) << 3);
  account.free = account.weights + ((<usize>cells) << 3);
  account.placeDelta = account.free + ((<usize>cells) << 3);
  account.terms = account.placeDelta + ((<usize>places) << 3);
  account.profits = account.terms + ((<usize>places) << 3);
  account.units = account.profits + ((<usize>(account.scenarios * account.underlyings)) << 3);
  account.cellPlace = account.units + ((<usize>account.scenarios * <usize>cells) << 3);
  account.parentRow = account.cellPlace + ((<usize>cells) << 3);
  const own = changetype<Chain>(account.chain);
  let row = 0;
  for (let expiry = 0; expiry < expiries; expiry++) {
    store<i32>(chainOffset(account.chain) + ((<usize>expiry) << 2), row);
    for (let from = firstRow(parent, expiry); from < firstRow(parent, expiry + 1); from++) {
      if (!load<i32>(rowMap + ((<usize>from) << 2))) continue;
      store<i32>(account.parentRow + ((<usize>row) << 2), from);
      set(chainStrike(account.chain), row, get(rowColumn(parent, STRIKE), from));
      store<i32>(rowMap + ((<usize>from) << 2), ++row);
    }
  }
  store<i32>(chainOffset(account.chain) + ((<usize>expiries) << 2), row);
  chainPrepare(account.chain);
  // spreads the given columns of expiries: rates and pace are read from here by every tick
  memory.copy(expiryColumn(own, GIVEN_FORWARD), expiryColumn(parent, FORWARD), GIVEN * own.expiryStride);
  for (let leg = 0; leg < account.legs; leg++) {
    const from = load<i32>(account.legFrom + ((<usize>leg) << 2));
    let cell = from - 2 * parentRows + 2 * rows;
    if (from < parentRows) cell = load<i32>(rowMap + ((<usize>from) << 2)) - 1;
    else if (from < 2 * parentRows) cell = rows + load<i32>(rowMap + ((<usize>(from - parentRows)) << 2)) - 1;
    store<i32>(account.legCell + ((<usize>leg) << 2), cell);
  }
  give(rowMap);
  return true;
}

/** A volatility after a scenario's move k: never below 0, and after a rise not below the floor. */
function shocked(account: Account, underlying: i32, expiry: i32, volatility: f64, k: f64): f64 {
  if (k == 0) return volatility;
  const scale = parameter(account, underlying, ABSOLUTE) != 0 ? 1 : volatility;
  const moved = volatility + scale * k * get(account.terms, expiry);
  const least = k > 0 ? parameter(account, underlying, VOLATILITY_FLOOR) : 0;
  return moved < least ? least : moved;
}

/** Marks the own chain in the state, and in a scenario of it, -1 for none. */
export function markAccount(account: Account, scenario: i32): void {
  const parent = account.book.chain;
  const own = changetype<Chain>(account.chain);
  const yearsShift = (YEARS - FORWARD) * own.expiryStride;
  const varianceShift = (VARIANCE_YEARS - FORWARD) * own.expiryStride;
  for (let expiry = 0; expiry < parent.expiries; expiry++) {
    const underlying = underlyingOf(account, expiry);
    const years = get(expiryColumn(parent, YEARS), expiry);
    let forward = forwardOf(account, expiry);
    let horizon: f64 = 0;
    let k: f64 = 0;
    if (years > 0 && scenario >= 0) {
      forward *= 1 + scenarioOf(account, underlying, scenario, MOVE);
      k = scenarioOf(account, underlying, scenario, VOLATILITY_MOVE);
      horizon = Math.min(years, parameter(account, underlying, HORIZON));
    }
    const given = expiryColumn(own, GIVEN_FORWARD);
    set(given, expiry, forward);
    set(given + yearsShift, expiry, years - horizon);
    const variance = get(expiryColumn(parent, VARIANCE_YEARS), expiry);
    set(given + varianceShift, expiry, horizon == 0 ? variance : variance * (1 - horizon / years));
    for (let row = firstRow(own, expiry); row < firstRow(own, expiry + 1); row++) {
      const from = load<i32>(account.parentRow + ((<usize>row) << 2));
      let volatility = get(rowColumn(parent, VOLATILITY), from) + account.shift;
      if (volatility < 0) volatility = 0;
      set(chainVolatility(account.chain), row, shocked(account, underlying, expiry, volatility, k));
    }
  }
  own.stale = 1;
  chainTick(account.chain);
}

/** What a unit of coin-settled value at a forward counts in money: the price of coin over that forward. */
function rateOf(account: Account, underlying: i32, price: f64, forward: f64): f64 {
  return parameter(account, underlying, COIN) != 0 ? price / forward : 1;
}

function optionValue(own: Chain, sensitivity: usize, cell: i32): f64 {
  const put = cell >= own.rows;
  return get(resultColumn(own, sensitivity, put), put ? cell - own.rows : cell);
}

/** Looks at every cell in the state: its worth, its delta, and what a unit makes in every scenario. */
export function evaluate(account: Account): void {
  const parent = account.book.chain;
  const own = changetype<Chain>(account.chain);
  const rows = account.rows;
  const futures = 2 * rows;
  const perpetuals = futures + parent.expiries;
  const spots = perpetuals + account.underlyings;
  for (let expiry = 0; expiry < parent.expiries; expiry++) {
    const underlying = underlyingOf(account, expiry);
    const days = get(expiryColumn(parent, YEARS), expiry) * 365;
    const mid = parameter(account, underlying, REFERENCE_DAYS);
    const exponent = parameter(account, underlying, days < mid ? SHORT_POWER : LONG_POWER);
    const floored = Math.max(days, parameter(account, underlying, DAY_FLOOR));
    set(account.terms, expiry, exponent == 0 || floored == 0 ? 1 : power(mid / floored, exponent));
  }
  markAccount(account, -1);
  for (let expiry = 0; expiry < parent.expiries; expiry++) {
    const underlying = underlyingOf(account, expiry);
    const over = isOver(account, expiry);
    const price = priceOf(account, underlying);
    const forward = forwardOf(account, expiry);
    const rate = rateOf(account, underlying, price, forward);
    for (let row = firstRow(own, expiry); row < firstRow(own, expiry + 1); row++) {
      for (let cell = row; cell < futures; cell += rows) {
        const value = optionValue(own, PRICE, cell);
        const isPriced = value == value;
        store<i32>(account.cellPlace + ((<usize>cell) << 2), isPriced ? expiry : -1);
        set(account.worth, cell, isPriced ? value * rate : 0);
        const delta = optionValue(own, DELTA, cell);
        set(account.deltas, cell, over || delta != delta ? 0 : delta);
      }
    }
    const future = futures + expiry;
    store<i32>(account.cellPlace + ((<usize>future) << 2), expiry);
    set(account.worth, future, (forward - get(expiryColumn(parent, FORWARD), expiry)) * rate);
    set(account.deltas, future, over ? 0 : 1);
  }
  for (let underlying = 0; underlying < account.underlyings; underlying++) {
    const price = priceOf(account, underlying);
    const perpetual = perpetuals + underlying;
    const spot = spots + underlying;
    store<i32>(account.cellPlace + ((<usize>perpetual) << 2), parent.expiries + underlying);
    store<i32>(account.cellPlace + ((<usize>spot) << 2), parent.expiries + underlying);
    set(account.worth, perpetual, price - price / get(account.ratios, underlying));
    set(account.deltas, perpetual, 1);
    set(account.worth, spot, price);
    set(account.deltas, spot, 0);
  }
  if (account.rule != SCENARIO) return;
  for (let scenario = 0; scenario < account.scenarios; scenario++) {
    markAccount(account, scenario);
    const units = account.units + ((<usize>scenario * <usize>account.cells) << 3);
    for (let cell = 0; cell < account.cells; cell++) {
      const place = placeOf(account, cell);
      let made: f64 = 0;
      if (place >= 0 && !isOver(account, place)) {
        const underlying = underlyingOf(account, place);
        const move = scenarioOf(account, underlying, scenario, MOVE);
        const inCoin = parameter(account, underlying, COIN) != 0;
        const price = priceOf(account, underlying);
        if (cell < perpetuals) {
          const forward = forwardOf(account, place);
          const rate = rateOf(account, underlying, price, forward);
          if (cell < futures) {
            const held = get(account.worth, cell);
            made = optionValue(own, PRICE, cell) * rate - (inCoin ? held * (1 + move) : held);
          } else made = forward * move * rate;
        } else if (cell < spots || !inCoin) made = price * move;
        made *= scenarioOf(account, underlying, scenario, FRACTION);
      }
      set(units, cell, made);
    }
  }
}

/** Takes up the positions of the book and puts the state back to the market as it is. */
export function refresh(account: Account): void {
  account.shift = 0;
  for (let underlying = 0; underlying < account.underlyings; underlying++) set(account.ratios, underlying, 1);
  for (let leg = 0; leg < account.positions; leg++) {
    set(account.sizes, leg, positionSize(account.book, leg));
  }
  memory.copy(
    expiryColumn(changetype<Chain>(account.chain), GIVEN_FORWARD),
    expiryColumn(account.book.chain, FORWARD),
    GIVEN * account.book.chain.expiryStride,
  );
}
