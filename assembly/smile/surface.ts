/**
 * SSVI over all expiries (Gatheral and Jacquier 2014): with theta the total variance at the money,
 *
 *     w(k) = theta/2 (1 + rho phi k + sqrt((phi k + rho)^2 + 1 - rho^2)),
 *     phi(theta) = eta / (theta^gamma (1 + theta)^(1 - gamma))
 *
 * which has no static arbitrage, butterfly or calendar, where theta does not fall with time, 0 < gamma <= 1/2 and
 * eta (1 + |rho|) <= 2 (their section 4). A slice of it is one of raw SVI,
 *
 *     a = theta (1 - rho^2)/2,  b = theta phi/2,  m = -rho/phi,  sigma = sqrt(1 - rho^2)/phi
 *
 * so that its cost and derivatives are those of descent.ts by the chain rule. The unknowns are rho, eta, gamma and
 * every
 * ln(theta): the curvature is an arrow, and what is left after the thetas are eliminated has three rows.
 */
import { exp, log } from '../math/scalar';
import { curvatureSum, slopeSum, sumSlice } from './descent';
import { writeFigures } from './figures';
import {
  clearReport,
  EXPIRED,
  expiryColumn,
  FEW_QUOTES,
  FIT_ROWS,
  fitColumns,
  OK,
  reportOf,
  SCALE,
  Smile,
} from './smile';
import { Slice } from './svi';
import { get, set } from '../memory/column';

const STEPS: i32 = 40;
/** rho, eta, gamma. */
const GLOBALS: usize = 3;
const LEAST_GAMMA: f64 = 0.01;
const MOST_RHO: f64 = 0.999;

const globalsAt: usize = memory.data(3 * 8, 16);
const trialAt: usize = memory.data(3 * 8, 16);
const freeAt: usize = memory.data(3 * 8, 16);
const gradientAt: usize = memory.data(3 * 8, 16);
const squareAt: usize = memory.data(9 * 8, 16);
const stepAt: usize = memory.data(3 * 8, 16);
const reducedAt: usize = memory.data(12 * 8, 16);
/** Derivatives of a slice's five parameters by ln(theta), rho, eta, gamma. */
const jacobianAt: usize = memory.data(20 * 8, 16);
const sliceAt: usize = memory.data(40, 16);

// An expiry's part of the arrow, kept where its report will stand: ln(theta) in force and tried, its gradient and
// curvature, and how it goes with rho, eta and gamma.
const THETA: usize = 0;
const TRIED: usize = 1;
const SLOPE: usize = 2;
const CURVATURE: usize = 3;
const MIXED: usize = 4;

// @ts-ignore: decorator
@inline
function partOf(smile: Smile, expiry: i32): usize {
  return changetype<usize>(reportOf(smile, expiry, 1));
}

/** The slice of a theta, and the derivatives of its parameters a, d = b rho, b, m, sigma. */
function unfold(slice: Slice, at: usize, logTheta: f64): void {
  const rho = get(at, 0);
  const eta = get(at, 1);
  const gamma = get(at, 2);
  const theta = exp(logTheta);
  const logMore = log(1 + theta);
  const phi = eta * exp(-gamma * logTheta - (1 - gamma) * logMore);
  const rest = Math.sqrt(1 - rho * rho);
  slice.a = 0.5 * theta * rest * rest;
  slice.b = 0.5 * theta * phi;
  slice.rho = rho;
  slice.m = -rho / phi;
  slice.sigma = rest / phi;
  const d = slice.b * rho;
  // by ln(phi): 0, d, b, -m, -sigma; then ln(phi) by ln(theta), eta, gamma
  const byTheta = -gamma - ((1 - gamma) * theta) / (1 + theta);
  for (let j: usize = 0; j < 4; j++) {
    const factor = j == 0 ? byTheta : j == 1 ? 0 : j == 2 ? 1 / eta : logMore - logTheta;
    set(jacobianAt, j, 0);
    set(jacobianAt, 4 + j, factor * d);
    set(jacobianAt, 8 + j, factor * slice.b);
    set(jacobianAt, 12 + j, -factor * slice.m);
    set(jacobianAt, 16 + j, -factor * slice.sigma);
  }
  set(jacobianAt, 0, slice.a);
  set(jacobianAt, 4, get(jacobianAt, 4) + d);
  set(jacobianAt, 8, get(jacobianAt, 8) + slice.b);
  set(jacobianAt, 1, -theta * rho);
  set(jacobianAt, 5, slice.b);
  set(jacobianAt, 13, -1 / phi);
  set(jacobianAt, 17, -rho / (rest * phi));
}

/** Cost of the surface at a point. @param full - whether the derivatives are wanted too */
function look(smile: Smile, at: usize, theta: usize, full: bool): f64 {
  const slice = changetype<Slice>(sliceAt);
  let cost: f64 = 0;
  if (full) {
    memory.fill(gradientAt, 0, GLOBALS << 3);
    memory.fill(squareAt, 0, (GLOBALS * GLOBALS) << 3);
  }
  for (let expiry = 0; expiry < smile.expiries; expiry++) {
    const rows = load<i32>(expiryColumn(smile, FIT_ROWS) + ((<usize>expiry) << 2));
    if (rows == 0) continue;
    const part = partOf(smile, expiry);
    unfold(slice, at, get(part, theta));
    cost += sumSlice(slice, fitColumns(smile, expiry), smile.fitStride, rows);
    if (!full) continue;
    for (let j: usize = 0; j < 4; j++) {
      let slope: f64 = 0;
      for (let i: usize = 0; i < 5; i++) slope += get(jacobianAt, 4 * i + j) * slopeSum(i);
      if (j == 0) set(part, SLOPE, slope);
      else set(gradientAt, j - 1, get(gradientAt, j - 1) + slope);
      for (let l = j; l < 4; l++) {
        let bend: f64 = 0;
        for (let i: usize = 0; i < 5; i++) {
          let row: f64 = 0;
          for (let n: usize = 0; n < 5; n++) row += curvatureSum(i, n) * get(jacobianAt, 4 * n + l);
          bend += get(jacobianAt, 4 * i + j) * row;
        }
        if (j == 0) set(part, l == 0 ? CURVATURE : MIXED + l - 1, bend);
        else {
          set(squareAt, (j - 1) * 3 + l - 1, get(squareAt, (j - 1) * 3 + l - 1) + bend);
          if (l != j) set(squareAt, (l - 1) * 3 + j - 1, get(squareAt, (l - 1) * 3 + j - 1) + bend);
        }
      }
    }
  }
  return cost;
}

/** The step of rho, eta and gamma after the thetas are eliminated; one that presses against its bound stays. */
function solveGlobals(smile: Smile, damping: f64): void {
  const rho = get(globalsAt, 0);
  const most = 2 / (1 + Math.abs(rho));
  for (let j: usize = 0; j < GLOBALS; j++) {
    const value = get(globalsAt, j);
    const slope = get(gradientAt, j);
    const highest = j == 0 ? MOST_RHO : j == 1 ? most : 0.5;
    const lowest = j == 0 ? -MOST_RHO : j == 1 ? 1e-3 : LEAST_GAMMA;
    const isHeld = (value >= highest * (1 - 1e-12) && slope < 0) || (value <= lowest && slope > 0);
    set(freeAt, j, isHeld ? 0 : 1);
  }
  for (let j: usize = 0; j < GLOBALS; j++) {
    for (let l: usize = 0; l < GLOBALS; l++) set(reducedAt, 4 * j + l, get(squareAt, 3 * j + l));
    set(reducedAt, 5 * j, get(reducedAt, 5 * j) * (1 + damping) + 1e-12);
    set(reducedAt, 4 * j + 3, -get(gradientAt, j));
  }
  for (let expiry = 0; expiry < smile.expiries; expiry++) {
    if (load<i32>(expiryColumn(smile, FIT_ROWS) + ((<usize>expiry) << 2)) == 0) continue;
    const part = partOf(smile, expiry);
    const per = 1 / (get(part, CURVATURE) * (1 + damping) + 1e-12);
    for (let j: usize = 0; j < GLOBALS; j++) {
      const share = get(part, MIXED + j) * per;
      for (let l: usize = 0; l < GLOBALS; l++) {
        set(reducedAt, 4 * j + l, get(reducedAt, 4 * j + l) - share * get(part, MIXED + l));
      }
      set(reducedAt, 4 * j + 3, get(reducedAt, 4 * j + 3) + share * get(part, SLOPE));
    }
  }
  for (let j: usize = 0; j < GLOBALS; j++) {
    if (get(freeAt, j) != 0) continue;
    for (let l: usize = 0; l < GLOBALS; l++) {
      set(reducedAt, 4 * j + l, 0);
      set(reducedAt, 4 * l + j, 0);
    }
    set(reducedAt, 5 * j, 1);
    set(reducedAt, 4 * j + 3, 0);
  }
  // elimination without exchange: the matrix is positive
  for (let j: usize = 0; j < GLOBALS; j++) {
    for (let l = j + 1; l < GLOBALS; l++) {
      const factor = get(reducedAt, 4 * l + j) / get(reducedAt, 5 * j);
      for (let n = j; n < 4; n++) {
        set(reducedAt, 4 * l + n, get(reducedAt, 4 * l + n) - factor * get(reducedAt, 4 * j + n));
      }
    }
  }
  for (let j: usize = GLOBALS; j-- > 0;) {
    let value = get(reducedAt, 4 * j + 3);
    for (let l = j + 1; l < GLOBALS; l++) value -= get(reducedAt, 4 * j + l) * get(stepAt, l);
    set(stepAt, j, value / get(reducedAt, 5 * j));
  }
}

// @ts-ignore: decorator
@inline
function clamp(x: f64, least: f64, most: f64): f64 {
  return Math.min(most, Math.max(least, x));
}

/** The point that the step leads to, thetas in the order of time. */
function takeStep(smile: Smile, damping: f64): void {
  const rho = clamp(get(globalsAt, 0) + get(stepAt, 0), -MOST_RHO, MOST_RHO);
  set(trialAt, 0, rho);
  set(trialAt, 1, clamp(get(globalsAt, 1) + get(stepAt, 1), 1e-3, 2 / (1 + Math.abs(rho))));
  set(trialAt, 2, clamp(get(globalsAt, 2) + get(stepAt, 2), LEAST_GAMMA, 0.5));
  let before = -Infinity;
  for (let expiry = 0; expiry < smile.expiries; expiry++) {
    if (load<i32>(expiryColumn(smile, FIT_ROWS) + ((<usize>expiry) << 2)) == 0) continue;
    const part = partOf(smile, expiry);
    let slope = -get(part, SLOPE);
    for (let j: usize = 0; j < GLOBALS; j++) slope -= get(part, MIXED + j) * get(stepAt, j);
    const step = clamp(slope / (get(part, CURVATURE) * (1 + damping) + 1e-12), -1, 1);
    before = Math.max(before, get(part, THETA) + step);
    set(part, TRIED, before);
  }
}

/** Where the thetas start: at the slices' own variance near the money, in the order of time. @returns how many */
function start(smile: Smile): i32 {
  let count = 0;
  let before = -Infinity;
  for (let expiry = 0; expiry < smile.expiries; expiry++) {
    clearReport(reportOf(smile, expiry, 1));
    if (load<i32>(expiryColumn(smile, FIT_ROWS) + ((<usize>expiry) << 2)) == 0) continue;
    const scale = load<f64>(expiryColumn(smile, SCALE) + ((<usize>expiry) << 3));
    before = Math.max(before, 2 * log(scale));
    set(partOf(smile, expiry), THETA, before);
    count++;
  }
  set(globalsAt, 0, -0.2);
  set(globalsAt, 1, 1);
  set(globalsAt, 2, 0.4);
  return count;
}

/** Fits the surface to the quotes laid in, and writes the reports of its slices. */
export function fitSurface(smile: Smile): void {
  smile.rho = NaN;
  smile.eta = NaN;
  smile.gamma = NaN;
  if (start(smile) > 0) {
    let cost = look(smile, globalsAt, THETA, true);
    let damping: f64 = 1e-2;
    let still = 0;
    for (let i = 0; i < STEPS && still < 2; i++) {
      solveGlobals(smile, damping);
      takeStep(smile, damping);
      const next = look(smile, trialAt, TRIED, false);
      if (next < cost) {
        still = cost - next < 1e-6 * cost ? still + 1 : 0;
        memory.copy(globalsAt, trialAt, GLOBALS << 3);
        for (let expiry = 0; expiry < smile.expiries; expiry++) {
          set(partOf(smile, expiry), THETA, get(partOf(smile, expiry), TRIED));
        }
        cost = look(smile, globalsAt, THETA, true);
        damping = Math.max(1e-9, damping * 0.2);
      } else {
        damping *= 8;
        if (damping > 1e8) break;
      }
    }
    smile.rho = get(globalsAt, 0);
    smile.eta = get(globalsAt, 1);
    smile.gamma = get(globalsAt, 2);
  }
  const slice = changetype<Slice>(sliceAt);
  for (let expiry = 0; expiry < smile.expiries; expiry++) {
    const report = reportOf(smile, expiry, 1);
    const theta = get(partOf(smile, expiry), THETA);
    const own = reportOf(smile, expiry);
    const isExpired = own.status == EXPIRED;
    clearReport(report);
    report.status = isExpired ? EXPIRED : FEW_QUOTES;
    report.leftmost = own.leftmost;
    report.rightmost = own.rightmost;
    if (load<i32>(expiryColumn(smile, FIT_ROWS) + ((<usize>expiry) << 2)) != 0) {
      unfold(slice, globalsAt, theta);
      memory.copy(changetype<usize>(report), sliceAt, offsetof<Slice>());
      report.status = OK;
    }
    writeFigures(smile, expiry, report);
  }
}
