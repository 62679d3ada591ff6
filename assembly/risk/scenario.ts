/**
 * What a scenario makes of an expiry: its forward, and what time and a move of volatility leave of the rest.
 *
 * The forwards of an underlying move by one ratio, 1 + beta x the scenario's move. Time passes as the chain's does when
 * it advances: forwards stand, rates discount over what is left of time, volatilities act over what is left of
 * variance. What is over at the marks is settled and moves no more.
 */
import { add, both, mul, read, write } from '../lanes/f64x2';
import { logInto } from '../math/log';
import { exp, logRatio } from '../math/scalar';
import { PLACE_UNDERLYING, placeColumn } from '../book/exposure';
import {
  betaAt,
  expiryColumn,
  FORWARD,
  LOG_FORWARD,
  LOG_FORWARD_LOW,
  MOVED_FORWARD,
  PACE,
  RATE,
  Scan,
  scenarioColumn,
  SPOT,
  SPOT_AXIS,
  TIME,
  TIME_AXIS,
  VARIANCE_YEARS,
  VOLATILITY_AXIS,
  VOLATILITY_MOVE,
  WEIGHT,
  YEARS,
} from './scan';

/** The first bad element of an axis, -1 if none. Axes as columns are numbered; no weights are worse than bad. */
export function scanCheck(at: usize, axis: i32, length: i32): i32 {
  const column = scenarioColumn(changetype<Scan>(at), axis);
  let sum: f64 = 0;
  for (let i = 0; i < length; i++) {
    const x = load<f64>(column + ((<usize>i) << 3));
    if (!isFinite(x) || (axis >= <i32>TIME_AXIS && x < 0)) return i;
    sum += x;
  }
  return axis == <i32>WEIGHT && !(sum > 0 && sum < Infinity) ? length : -1;
}

/** The first spot move of the axis that leaves an underlying nothing, or no finite price; -1 if none. */
export function scanCheckSpot(at: usize, underlying: i32): i32 {
  const scan = changetype<Scan>(at);
  const beta = load<f64>(betaAt(scan, underlying));
  for (let i = 0; i < scan.spots; i++) {
    const move = beta * load<f64>(scenarioColumn(scan, SPOT_AXIS) + ((<usize>i) << 3));
    if (!(move > -1 && move < Infinity)) return i;
  }
  return -1;
}

/** Lays out the scenarios, the axes being set. The one after the last is the book unmoved. */
export function scanPrepare(at: usize): void {
  const scan = changetype<Scan>(at);
  for (let s = 0; s < scan.scenarios; s++) {
    const spot = scan.isGrid ? s % scan.spots : s;
    const volatility = scan.isGrid ? (s / scan.spots) % scan.volatilities : s;
    const time = scan.isGrid ? s / (scan.spots * scan.volatilities) : s;
    const place = (<usize>s) << 3;
    store<f64>(
      scenarioColumn(scan, SPOT) + place,
      load<f64>(scenarioColumn(scan, SPOT_AXIS) + ((<usize>spot) << 3)),
    );
    store<f64>(
      scenarioColumn(scan, VOLATILITY_MOVE) + place,
      load<f64>(scenarioColumn(scan, VOLATILITY_AXIS) + ((<usize>volatility) << 3)),
    );
    store<f64>(
      scenarioColumn(scan, TIME) + place,
      load<f64>(scenarioColumn(scan, TIME_AXIS) + ((<usize>time) << 3)),
    );
  }
}

// @ts-ignore: decorator
@inline
function expiryValue(scan: Scan, column: usize, expiry: i32): f64 {
  return load<f64>(expiryColumn(scan, column) + ((<usize>expiry) << 3));
}

/** The forwards of an expiry in scenarios from..to, and their logarithms. `from` is even. */
export function moveForward(scan: Scan, expiry: i32, from: i32, to: i32): void {
  const underlying = load<i32>(placeColumn(scan.book, PLACE_UNDERLYING) + ((<usize>expiry) << 2));
  const moves = expiryValue(scan, YEARS, expiry) > 0;
  const beta = both(moves ? load<f64>(betaAt(scan, underlying)) : 0);
  const forward = both(expiryValue(scan, FORWARD, expiry));
  for (let i = (<usize>from) << 3; i < (<usize>to) << 3; i += 16) {
    const move = mul(beta, read(scenarioColumn(scan, SPOT) + i));
    const moved = mul(forward, add(both(1), move));
    write(scenarioColumn(scan, MOVED_FORWARD) + i, moved);
    logInto(scenarioColumn(scan, LOG_FORWARD) + i, scenarioColumn(scan, LOG_FORWARD_LOW) + i, moved);
  }
}

/** What {@link passTime} and {@link moveVolatility} leave: of the expiry and scenario looked at last. */
export let rootYears: f64 = 0;
export let discount: f64 = 0;
/** Volatilities are a x factor + shift, and no less than `least`. */
export let factor: f64 = 0;
export let shift: f64 = 0;
export let least: f64 = 0;
let term: f64 = 0;

/** Lets the time of a scenario pass for an expiry. */
export function passTime(scan: Scan, expiry: i32, time: f64): void {
  const years = Math.max(0, expiryValue(scan, YEARS, expiry) - time);
  const variance = expiryValue(scan, VARIANCE_YEARS, expiry) - time * expiryValue(scan, PACE, expiry);
  rootYears = years == 0 ? 0 : Math.sqrt(Math.max(0, variance));
  discount = exp(-expiryValue(scan, RATE, expiry) * years);
  const until = Math.max(years, scan.floorYears);
  const exponent = until > scan.referenceYears ? scan.longExponent : scan.exponent;
  // x^p = exp(p ln x): the host's pow differs from host to host
  term = exponent == 0 ? 1 : exp(exponent * logRatio(scan.referenceYears, until));
}

/** Moves the volatilities of an expiry, time having passed. */
export function moveVolatility(scan: Scan, move: f64): void {
  const moved = move * term;
  factor = scan.isRelative ? 1 + moved : 1;
  shift = scan.isRelative ? 0 : moved;
  least = move > 0 ? scan.leastVolatility : 0;
}
