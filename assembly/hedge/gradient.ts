/**
 * Pure projected gradient, the method that the Newton solver is measured against.
 *
 *     x+ <- every column's best trade at value -A'y(z), pulled to z with curvature stiffness_i   (exact: project.ts)
 *     z  <- x+ + momentum (x+ - x); momentum restarts where it points uphill
 *
 * Accelerated proximal gradient (Nesterov 1983; Beck and Teboulle 2009) with adaptive restart (O'Donoghue and Candes
 * 2015) on the primal; hard bands by augmented Lagrangian. y(z) is the gradient of the exposures' penalty, so that
 * every step also has multipliers, and with them a bound.
 */
import {
  certify,
  INFEASIBLE,
  isProved,
  ITERATION_LIMIT,
  keepBest,
  OPTIMAL,
  provesInfeasible,
  setExposure,
} from './certificate';
import { dot, worth } from './face';
import { field, Hedger, LOWER, reach, SENSITIVITY, TARGET, UPPER, WEIGHT } from './problem';
import { locate } from './project';
import { get, set, setInt } from '../memory/column';

/**
 * Squarings of the scaled m x m matrix: trace(G^p)^(1/p), p = 2^5, is at most m^(1/p) (1.14 for m = 64) too large.
 */
const SQUARINGS: i32 = 5;

/** Weight of the augmented term of a band, in units of all costs per squared range. */
const BAND_WEIGHT: f64 = 10;

function bandWeight(h: Hedger, k: i32): f64 {
  const range = get(h.rangeAt, k);
  return (BAND_WEIGHT * h.money) / (range * range);
}

// @ts-ignore: decorator
@inline
function isBand(h: Hedger, k: i32): bool {
  return get(field(h, LOWER), k) > -Infinity || get(field(h, UPPER), k) < Infinity;
}

/** Largest curvature of the penalty on exposure k. */
// @ts-ignore: decorator
@inline
function rowCurvature(h: Hedger, k: i32): f64 {
  return isBand(h, k) ? max(bandWeight(h, k), get(field(h, WEIGHT), k)) : get(field(h, WEIGHT), k);
}

/** matrix <- (matrix / trace)^2; the trace it had. */
function squareScaled(h: Hedger): f64 {
  const m = h.exposures;
  const rowBytes = h.matrixStride;
  let trace = 0.0;
  for (let r = 0; r < m; r++) trace += get(h.matrixAt + <usize>r * rowBytes, r);
  if (!(trace > 0)) return 0;
  for (let r = 0; r < m; r++) {
    const rowAt = h.matrixAt + <usize>r * rowBytes;
    for (let c = 0; c < m; c++) set(rowAt, c, get(rowAt, c) / trace);
  }
  for (let r = 0; r < m; r++) {
    // symmetric: an entry of the square is the product of two rows
    const rowAt = h.matrixAt + <usize>r * rowBytes;
    for (let c = 0; c < m; c++)
      set(h.squareAt + <usize>r * rowBytes, c, dot(rowAt, h.matrixAt + <usize>c * rowBytes, m));
  }
  memory.copy(h.matrixAt, h.squareAt, <usize>m * rowBytes);
  return trace;
}

/**
 * At least the largest eigenvalue of the matrix: trace(G) sqrt(largest((G / trace(G))^2)), and the trace in the end.
 */
function largestEigenvalue(h: Hedger, squarings: i32): f64 {
  const trace = squareScaled(h);
  if (!(trace > 0) || !squarings) return trace;
  return trace * sqrt(largestEigenvalue(h, squarings - 1));
}

/** Pulls that majorise the penalty: L / reach^2, L the largest eigenvalue of W^1/2 A reach^2 A' W^1/2. */
function setStiffness(h: Hedger): void {
  const m = h.exposures;
  memory.fill(h.matrixAt, 0, <usize>m * h.matrixStride);
  for (let i = 0; i < h.instruments; i++) {
    const size = reach(h, i);
    const aAt = field(h, SENSITIVITY) + ((<usize>(i * m)) << 3);
    for (let r = 0; r < m; r++) {
      const rowAt = h.matrixAt + <usize>r * h.matrixStride;
      const scaled = size * size * get(aAt, r) * sqrt(rowCurvature(h, r));
      if (scaled != 0) {
        for (let c = 0; c < m; c++)
          set(rowAt, c, get(rowAt, c) + scaled * get(aAt, c) * sqrt(rowCurvature(h, c)));
      }
    }
  }
  const largest = largestEigenvalue(h, SQUARINGS);
  for (let i = 0; i < h.instruments; i++) {
    const size = reach(h, i);
    set(h.pullAt, i, size > 0 && largest > 0 ? largest / (size * size) : 1);
  }
}

/** Derivative of exposure k's penalty at e, which is its multiplier: soft target, and augmented term of a band. */
function rowGradient(h: Hedger, k: i32, e: f64): f64 {
  const weight = get(field(h, WEIGHT), k);
  const target = get(field(h, TARGET), k);
  if (!isBand(h, k)) return weight * (e - target);
  const stiffness = bandWeight(h, k);
  const centre = get(h.multiplierCentreAt, k);
  const free = (weight * target + stiffness * e + centre) / (weight + stiffness);
  const inBand = min(max(free, get(field(h, LOWER), k)), get(field(h, UPPER), k));
  return stiffness * (e - inBand) + centre;
}

/**
 * One step from z, the trades `momentum` beyond the last two. @returns whether the step turns back on the one before
 */
function stepFrom(h: Hedger, momentum: f64): bool {
  for (let k = 0; k < h.exposures; k++) {
    const e = get(h.currentAt, k);
    set(h.multiplierAt, k, rowGradient(h, k, e + momentum * (e - get(h.residualAt, k))));
    set(h.residualAt, k, e);
  }
  worth(h, h.multiplierAt, h.valueAt);
  let turn = 0.0;
  for (let i = 0; i < h.instruments; i++) {
    const x = get(h.tradeAt, i);
    const z = x + momentum * (x - get(h.firstAt, i));
    set(h.firstAt, i, x);
    set(h.centreAt, i, z);
    locate(h, i);
    const next = get(h.tradeAt, i);
    turn += get(h.pullAt, i) * (z - next) * (next - x);
  }
  setExposure(h, h.tradeAt);
  return turn > 0;
}

/** The proof at the trades that stand. */
function check(h: Hedger): void {
  for (let k = 0; k < h.exposures; k++) set(h.multiplierAt, k, rowGradient(h, k, get(h.currentAt, k)));
  certify(h);
}

/** Between two proofs. */
const PERIOD: i32 = 10;

/**
 * Descends from the trades and the multipliers that stand.
 * @returns 0 optimal, 1 infeasible, 2 iteration limit
 */
export function descend(h: Hedger, tolerance: f64, maxIterations: i32): i32 {
  setStiffness(h);
  for (let i = 0; i < h.columns; i++) set(h.centreAt, i, get(h.tradeAt, i));
  memory.copy(h.multiplierCentreAt, h.multiplierAt, (<usize>h.exposures) << 3);
  memory.copy(h.firstAt, h.tradeAt, (<usize>h.columns) << 3);
  // exposures have no face here: their multipliers are taken as they are
  for (let k = 0; k < h.exposures; k++) setInt(h.pieceAt, h.firstRow + k, 0);
  setExposure(h, h.tradeAt);
  memory.copy(h.residualAt, h.currentAt, (<usize>h.exposures) << 3);
  let age = 0;
  while (true) {
    if (h.gradientSteps % PERIOD == 0 || h.gradientSteps >= maxIterations) {
      check(h);
      if (isProved(h, tolerance)) return OPTIMAL;
      if (h.gradientSteps && provesInfeasible(h, tolerance)) return INFEASIBLE;
      if (h.gradientSteps >= maxIterations) return ITERATION_LIMIT;
      keepBest(h);
      // inner problem solved well enough for the present multipliers: the next augmented Lagrangian
      if (h.banded && h.columnLoss < 0.1 * abs(h.rowLoss)) {
        memory.copy(h.multiplierCentreAt, h.multiplierAt, (<usize>h.exposures) << 3);
        h.centreSteps++;
        age = 0;
      }
    }
    const momentum = age / (age + 3.0);
    age = stepFrom(h, momentum) ? 0 : age + 1;
    h.gradientSteps++;
  }
}
