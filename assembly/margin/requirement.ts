/**
 * What an account must hold, by the rule of its model, for any sizes of its legs in the state that was evaluated last.
 *
 * Scenarios (SPAN, CME 1988; Deribit portfolio margin): the worst loss of the net book over the scenarios of an
 * underlying, a loss l of quote currency counting max(0, fraction x l - dampening) / edge, and what is added to it:
 * - roll shock: sum over places |delta| x price x max(least, e^(yearly x years) - 1);
 * - delta shock: |delta| x price x min(most, slope x (|delta| - threshold / price)), from the threshold on;
 * - contingency: per unit that is short in calls and puts of a strike together, and for futures that offset each other.
 *
 * Positions by themselves (Deribit standard margin): with U the forward and V the mark of a short option, out of the
 * money by O, call: initial max(a U - O, b U) + V, maintenance c U + V; put: maintenance max(c U, c V) + V, initial
 * at least that. A future of q units: q U (d + e q).
 */
import { expiryColumn, rowColumn, STRIKE, YEARS, Chain } from '../book/chain';
import {
  Account,
  COIN,
  COIN_PRICE,
  CONTINGENCY,
  DAMPENING,
  EDGE,
  FIGURES,
  forwardOf,
  FUTURE_INITIAL,
  FUTURE_MAINTENANCE,
  FUTURE_SLOPE,
  get,
  growth,
  INITIAL,
  INITIAL_FACTOR,
  isOver,
  MAINTENANCE,
  MAINTENANCE_FACTOR,
  OFFSET_CONTINGENCY,
  OPTION_INITIAL,
  OPTION_LEAST,
  OPTION_MAINTENANCE,
  parameter,
  placeOf,
  priceOf,
  ROLL,
  ROLL_LEAST,
  ROLL_YEARLY,
  SCENARIO,
  scenarioOf,
  set,
  SHOCK,
  SHOCK_MOST,
  SHOCK_SLOPE,
  SHOCK_THRESHOLD,
  SHORT_CONTINGENCY,
  STANDARD,
  underlyingOf,
  VALUE,
  WORST,
  WORST_SCENARIO,
} from './account';
import { requireStrategies } from './strategy';

/** Where a figure of an underlying stands. */
export function setFigure(account: Account, underlying: i32, figure: i32, value: f64): void {
  set(account.figures, underlying * FIGURES + figure, value);
}

export function figureOf(account: Account, underlying: i32, figure: i32): f64 {
  return get(account.figures, underlying * FIGURES + figure);
}

function addFigure(account: Account, underlying: i32, figure: i32, value: f64): void {
  setFigure(account, underlying, figure, figureOf(account, underlying, figure) + value);
}

/** The move of a place that its delta is charged for. */
export function rollOf(account: Account, place: i32): f64 {
  const underlying = underlyingOf(account, place);
  const parent = account.book.chain;
  const years = place < parent.expiries ? get(expiryColumn(parent, YEARS), place) : 0;
  const yearly = growth(parameter(account, underlying, ROLL_YEARLY) * years);
  return Math.max(parameter(account, underlying, ROLL_LEAST), yearly);
}

/** What a delta is charged, in coin. */
function shockOf(account: Account, underlying: i32, delta: f64): f64 {
  return Math.min(parameter(account, underlying, SHOCK_MOST), excess(account, underlying, delta)) * delta;
}

/** The move that a delta is charged for, were there no most. */
function excess(account: Account, underlying: i32, delta: f64): f64 {
  const threshold = parameter(account, underlying, SHOCK_THRESHOLD) / priceOf(account, underlying);
  return parameter(account, underlying, SHOCK_SLOPE) * Math.max(0, delta - threshold);
}

/** What one more unit of it is charged. */
export function shockSlopeOf(account: Account, underlying: i32, delta: f64): f64 {
  const most = parameter(account, underlying, SHOCK_MOST);
  const charged = excess(account, underlying, delta);
  if (charged >= most) return most;
  return charged > 0 ? charged + parameter(account, underlying, SHOCK_SLOPE) * delta : 0;
}

/** A loss of a scenario, as it counts: in money. Negative where it is a profit. */
export function lossOf(account: Account, underlying: i32, scenario: i32): f64 {
  const made = get(account.profits, scenario * account.underlyings + underlying);
  const loss = -made - scenarioOf(account, underlying, scenario, DAMPENING);
  return loss / scenarioOf(account, underlying, scenario, EDGE);
}

/** Net sizes by cell, and the value and deltas that follow. */
function weighLegs(account: Account, sizes: usize): void {
  memory.fill(account.weights, 0, (<usize>account.cells) << 3);
  memory.fill(account.placeDelta, 0, (<usize>account.places) << 3);
  memory.fill(account.figures, 0, (<usize>(FIGURES * account.underlyings)) << 3);
  for (let leg = 0; leg < account.legs; leg++) {
    const cell = load<i32>(account.legCell + ((<usize>leg) << 2));
    if (placeOf(account, cell) >= 0) set(account.weights, cell, get(account.weights, cell) + get(sizes, leg));
  }
  for (let cell = 0; cell < account.cells; cell++) {
    const weight = get(account.weights, cell);
    if (weight == 0) continue;
    const place = placeOf(account, cell);
    addFigure(account, underlyingOf(account, place), VALUE, weight * get(account.worth, cell));
    set(account.placeDelta, place, get(account.placeDelta, place) + weight * get(account.deltas, cell));
  }
}

/** What the net book makes in every scenario. */
function sumScenarios(account: Account): void {
  const underlyings = account.underlyings;
  memory.fill(account.profits, 0, (<usize>(account.scenarios * underlyings)) << 3);
  for (let scenario = 0; scenario < account.scenarios; scenario++) {
    const units = account.units + ((<usize>scenario * <usize>account.cells) << 3);
    for (let cell = 0; cell < account.cells; cell++) {
      const weight = get(account.weights, cell);
      if (weight == 0) continue;
      const i = scenario * underlyings + underlyingOf(account, placeOf(account, cell));
      set(account.profits, i, get(account.profits, i) + weight * get(units, cell));
    }
  }
}

function requireScenarios(account: Account): void {
  const rows = account.rows;
  sumScenarios(account);
  for (let underlying = 0; underlying < account.underlyings; underlying++) {
    const price = priceOf(account, underlying);
    let worst: f64 = 0;
    let at = -1;
    for (let scenario = 0; scenario < account.scenarios; scenario++) {
      const loss = lossOf(account, underlying, scenario);
      if (loss > worst) {
        worst = loss;
        at = scenario;
      }
    }
    let roll: f64 = 0;
    let delta: f64 = 0;
    let contingency: f64 = 0;
    let long: f64 = 0;
    let short: f64 = 0;
    for (let place = 0; place < account.places; place++) {
      if (underlyingOf(account, place) != underlying) continue;
      const here = get(account.placeDelta, place);
      roll += Math.abs(here) * rollOf(account, place);
      delta += here;
      const future = isOver(account, place) ? 0 : get(account.weights, 2 * rows + place);
      long += Math.max(0, future);
      short += Math.max(0, -future);
    }
    for (let row = 0; row < rows; row++) {
      const place = placeOf(account, row);
      if (place < 0 || underlyingOf(account, place) != underlying || isOver(account, place)) continue;
      const net = get(account.weights, row) + get(account.weights, rows + row);
      const inCoin = parameter(account, underlying, COIN) != 0;
      contingency += Math.max(0, -net) * (inCoin ? price : forwardOf(account, place));
    }
    contingency *= parameter(account, underlying, SHORT_CONTINGENCY);
    contingency += parameter(account, underlying, OFFSET_CONTINGENCY) * Math.min(long, short) * price;
    roll *= price;
    const shock = shockOf(account, underlying, Math.abs(delta)) * price;
    const risk = worst + roll + shock + contingency;
    setFigure(account, underlying, WORST, worst);
    setFigure(account, underlying, WORST_SCENARIO, at);
    setFigure(account, underlying, ROLL, roll);
    setFigure(account, underlying, SHOCK, shock);
    setFigure(account, underlying, CONTINGENCY, contingency);
    setFigure(account, underlying, INITIAL, risk * parameter(account, underlying, INITIAL_FACTOR));
    setFigure(account, underlying, MAINTENANCE, risk * parameter(account, underlying, MAINTENANCE_FACTOR));
  }
}

function requirePositions(account: Account): void {
  const own = changetype<Chain>(account.chain);
  const rows = account.rows;
  const spots = account.cells - account.underlyings;
  for (let cell = 0; cell < spots; cell++) {
    const place = placeOf(account, cell);
    const weight = get(account.weights, cell);
    if (place < 0 || weight == 0 || isOver(account, place)) continue;
    const underlying = underlyingOf(account, place);
    const price = priceOf(account, underlying);
    let initial: f64 = 0;
    let maintenance: f64 = 0;
    if (cell >= 2 * rows) {
      const size = Math.abs(weight);
      const inCoin = parameter(account, underlying, COIN) != 0 || place >= own.expiries;
      const forward = inCoin ? price : forwardOf(account, place);
      const more = parameter(account, underlying, FUTURE_SLOPE) * size;
      initial = forward * size * (parameter(account, underlying, FUTURE_INITIAL) + more);
      maintenance = forward * size * (parameter(account, underlying, FUTURE_MAINTENANCE) + more);
    } else if (weight < 0) {
      const put = cell >= rows;
      const forward = forwardOf(account, place);
      const rate = parameter(account, underlying, COIN) != 0 ? price / forward : 1;
      const strike = get(rowColumn(own, STRIKE), put ? cell - rows : cell);
      const out = Math.max(0, put ? forward - strike : strike - forward);
      const mark = get(account.worth, cell) / rate;
      const c = parameter(account, underlying, OPTION_MAINTENANCE);
      maintenance = put ? c * Math.max(forward, mark) : c * forward;
      initial = Math.max(
        parameter(account, underlying, OPTION_INITIAL) * forward - out,
        parameter(account, underlying, OPTION_LEAST) * forward,
      );
      if (put) initial = Math.max(initial, maintenance);
      initial = -weight * rate * (initial + mark);
      maintenance = -weight * rate * (maintenance + mark);
    }
    addFigure(account, underlying, INITIAL, initial * parameter(account, underlying, INITIAL_FACTOR));
    addFigure(
      account,
      underlying,
      MAINTENANCE,
      maintenance * parameter(account, underlying, MAINTENANCE_FACTOR),
    );
  }
}

/** Figures of all underlyings, for sizes by leg. */
export function measure(account: Account, sizes: usize): void {
  weighLegs(account, sizes);
  if (account.rule == SCENARIO) requireScenarios(account);
  else if (account.rule == STANDARD) requirePositions(account);
  else requireStrategies(account);
  for (let underlying = 0; underlying < account.underlyings; underlying++) {
    setFigure(account, underlying, COIN_PRICE, priceOf(account, underlying));
  }
}

/** A figure summed over the underlyings. */
export function totalOf(account: Account, figure: i32): f64 {
  let total: f64 = 0;
  for (let underlying = 0; underlying < account.underlyings; underlying++) {
    total += figureOf(account, underlying, figure);
  }
  return total;
}

/** What the account is worth in the state: money, coins and positions. */
export function equityOf(account: Account): f64 {
  let equity = account.cash + totalOf(account, VALUE);
  for (let underlying = 0; underlying < account.underlyings; underlying++) {
    equity += get(account.coins, underlying) * priceOf(account, underlying);
  }
  return equity;
}
