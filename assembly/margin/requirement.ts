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
import { expiryColumn, rowColumn, STRIKE, YEARS } from '../book/chain';
import { exp } from '../math/scalar';
import {
  Account,
  addFigure,
  cellOf,
  COIN_PRICE,
  CONTINGENCY,
  DAMPENING,
  EDGE,
  figureOf,
  FIGURES,
  forwardOf,
  FUTURE_INITIAL,
  FUTURE_MAINTENANCE,
  FUTURE_SLOPE,
  INITIAL,
  INITIAL_FACTOR,
  isOver,
  LONG_FUTURES,
  MAINTENANCE,
  MAINTENANCE_FACTOR,
  NET_DELTA,
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
  setFigure,
  SHOCK,
  SHOCK_MOST,
  SHOCK_SLOPE,
  SHOCK_THRESHOLD,
  SHORT_CONTINGENCY,
  SHORT_FUTURES,
  STANDARD,
  underlyingOf,
  VALUE,
  WORST,
  WORST_SCENARIO,
} from './account';
import { requireStrategies } from './strategy';
import { get, set } from '../memory/column';

/** The move of a place that its delta is charged for. */
export function rollOf(account: Account, place: i32): f64 {
  const underlying = underlyingOf(account, place);
  const parent = account.book.chain;
  const years = place < parent.expiries ? get(expiryColumn(parent, YEARS), place) : 0;
  const yearly = exp(parameter(account, underlying, ROLL_YEARLY) * years) - 1;
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
    const cell = cellOf(account, leg);
    const worth = get(account.worth, cell);
    if (worth == worth) set(account.weights, cell, get(account.weights, cell) + get(sizes, leg));
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
  for (let cell = 0; cell < account.cells; cell++) {
    const weight = get(account.weights, cell);
    if (weight == 0) continue;
    let unit = account.units + ((<usize>cell) << 3);
    let profit = account.profits + ((<usize>underlyingOf(account, placeOf(account, cell))) << 3);
    for (let scenario = 0; scenario < account.scenarios; scenario++) {
      store<f64>(profit, load<f64>(profit) + weight * load<f64>(unit));
      unit += (<usize>account.cells) << 3;
      profit += (<usize>underlyings) << 3;
    }
  }
}

/** What is added to the worst loss, as figures. */
function addShocks(account: Account): void {
  const rows = account.rows;
  for (let place = 0; place < account.places; place++) {
    const underlying = underlyingOf(account, place);
    const price = priceOf(account, underlying);
    const delta = get(account.placeDelta, place);
    addFigure(account, underlying, ROLL, Math.abs(delta) * rollOf(account, place) * price);
    addFigure(account, underlying, NET_DELTA, delta);
    if (isOver(account, place)) continue;
    const future = get(account.weights, 2 * rows + place);
    addFigure(account, underlying, future > 0 ? LONG_FUTURES : SHORT_FUTURES, Math.abs(future) * price);
  }
  for (let row = 0; row < rows; row++) {
    const place = placeOf(account, row);
    const net = get(account.weights, row) + get(account.weights, rows + row);
    if (net >= 0 || isOver(account, place)) continue;
    const underlying = underlyingOf(account, place);
    const unit = forwardOf(account, place) * get(account.rates, place);
    addFigure(
      account,
      underlying,
      CONTINGENCY,
      -net * unit * parameter(account, underlying, SHORT_CONTINGENCY),
    );
  }
}

function requireScenarios(account: Account): void {
  sumScenarios(account);
  addShocks(account);
  for (let underlying = 0; underlying < account.underlyings; underlying++) {
    let worst: f64 = 0;
    let at = -1;
    for (let scenario = 0; scenario < account.scenarios; scenario++) {
      const loss = lossOf(account, underlying, scenario);
      if (loss > worst) {
        worst = loss;
        at = scenario;
      }
    }
    const long = figureOf(account, underlying, LONG_FUTURES);
    const short = figureOf(account, underlying, SHORT_FUTURES);
    const offset = parameter(account, underlying, OFFSET_CONTINGENCY) * Math.min(long, short);
    const delta = Math.abs(figureOf(account, underlying, NET_DELTA));
    addFigure(account, underlying, CONTINGENCY, offset);
    setFigure(account, underlying, SHOCK, shockOf(account, underlying, delta) * priceOf(account, underlying));
    setFigure(account, underlying, WORST, worst);
    setFigure(account, underlying, WORST_SCENARIO, at);
    addMargin(account, underlying, worst + addedTo(account, underlying));
  }
}

/** What the account must hold beside the worst loss. */
export function addedTo(account: Account, underlying: i32): f64 {
  const shocks = figureOf(account, underlying, ROLL) + figureOf(account, underlying, SHOCK);
  return shocks + figureOf(account, underlying, CONTINGENCY);
}

/** Adds to both margins, each by its factor. */
function addMargin(account: Account, underlying: i32, initial: f64, maintenance: f64 = initial): void {
  addFigure(account, underlying, INITIAL, initial * parameter(account, underlying, INITIAL_FACTOR));
  addFigure(
    account,
    underlying,
    MAINTENANCE,
    maintenance * parameter(account, underlying, MAINTENANCE_FACTOR),
  );
}

function requirePositions(account: Account): void {
  const rows = account.rows;
  for (let cell = 0; cell < account.cells - account.underlyings; cell++) {
    const place = placeOf(account, cell);
    const weight = get(account.weights, cell);
    if (weight == 0 || isOver(account, place)) continue;
    const underlying = underlyingOf(account, place);
    const forward = forwardOf(account, place);
    const size = Math.abs(weight) * get(account.rates, place);
    if (cell >= 2 * rows) {
      const more = parameter(account, underlying, FUTURE_SLOPE) * Math.abs(weight);
      const initial = parameter(account, underlying, FUTURE_INITIAL) + more;
      const maintenance = parameter(account, underlying, FUTURE_MAINTENANCE) + more;
      addMargin(account, underlying, size * forward * initial, size * forward * maintenance);
    } else if (weight < 0) {
      const put = cell >= rows;
      const strike = strikeOf(account, cell);
      const out = Math.max(0, put ? forward - strike : strike - forward);
      const mark = get(account.marks, cell);
      const maintenance =
        parameter(account, underlying, OPTION_MAINTENANCE) * (put ? Math.max(forward, mark) : forward);
      const initial = Math.max(
        parameter(account, underlying, OPTION_INITIAL) * forward - out,
        parameter(account, underlying, OPTION_LEAST) * forward,
      );
      const least = put ? maintenance : 0;
      addMargin(account, underlying, size * (Math.max(initial, least) + mark), size * (maintenance + mark));
    }
  }
}

/** The strike of an option's cell. */
export function strikeOf(account: Account, cell: i32): f64 {
  const rows = account.rows;
  return get(rowColumn(account.chain, STRIKE), cell < rows ? cell : cell - rows);
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
