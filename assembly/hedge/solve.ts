/**
 * The hedge solver.
 *
 *     y <- 0, or the multipliers that stand               prices of the m exposures
 *     x <- every column's best trade at y                 exact projection on its box and kinks   project.ts
 *     repeat
 *       repeat                                            Newton on the face                      face.ts
 *         F <- the columns on a free piece
 *         step <- (A_F D_F^-1 A_F' + R)^-1 (e0 + A x - s)       m x m Cholesky
 *         t <- zero of the dual's derivative along the step     exact: over the kinks that are met
 *         y <- y + t step; x <- every column's best trade at y
 *       until the step is taken whole on its own face
 *       gap, violation <- the proof of (x, y)             Fenchel-Young gaps                      certificate.ts
 *       stop if both are within the tolerance
 *       stop if the change of y proves the bands infeasible
 *       centre <- x, y                                    proximal point
 *
 * The proximal terms (problem.ts) give curvature to columns that have none, so that a linear program is solved by the
 * same steps; for piecewise quadratic costs finitely many centres suffice (Rockafellar 1976; Li, Sun, Toh 2020). Every
 * trade is inside its box at every moment, so the solver may be stopped at any step with a usable hedge and its true gap.
 */
import { certify, isRay, setExposure } from './certificate';
import { setDirection, setResidual, takeStep, worth } from './face';
import { BUY_LIMIT, EXPOSURE, field, get, getInt, Hedger, LOWER, prepare, put, putInt, SELL_LIMIT, UPPER } from './problem';
import { enter, keepOnPiece, locate } from './project';

const OPTIMAL: i32 = 0;
const INFEASIBLE: i32 = 1;
const ITERATION_LIMIT: i32 = 2;

/** No multipliers, no trades, and every exposure's slack as near to it as its band allows. */
function startCold(h: Hedger): void {
  memory.fill(h.multiplierAt, 0, <usize>h.exposures << 3);
  memory.fill(h.valueAt, 0, <usize>h.columns << 3);
  memory.fill(h.centreAt, 0, <usize>h.columns << 3);
  memory.fill(h.pieceAt, 0, <usize>h.columns << 2);
  for (let k = 0; k < h.exposures; k++) {
    const e = get(field(h, EXPOSURE), k);
    put(h.centreAt, h.firstRow + k, min(max(e, get(field(h, LOWER), k)), get(field(h, UPPER), k)));
  }
  memory.fill(h.multiplierCentreAt, 0, <usize>h.exposures << 3);
  for (let i = 0; i < h.columns; i++) locate(h, i);
  setExposure(h);
}

/** The answer that stands, put right for what has changed. */
function startWarm(h: Hedger): void {
  if (h.sensitivityChanged) worth(h, h.multiplierAt, h.valueAt);
  if (h.sensitivityChanged || h.costChanged || h.rowChanged) {
    for (let i = 0; i < h.columns; i++) locate(h, i);
  }
  setExposure(h);
}

/** The proximal centre moves to where the solver stands; the free trades move on as they did. */
function moveCentre(h: Hedger): void {
  memory.copy(h.multiplierCentreAt, h.multiplierAt, <usize>h.exposures << 3);
  for (let i = 0; i < h.columns; i++) {
    const x = get(h.tradeAt, i);
    const piece = getInt(h.pieceAt, i);
    const moved = x + get(h.pullAt, i) * (x - get(h.centreAt, i)) * get(h.responseAt, i);
    put(h.centreAt, i, x);
    const value = get(h.valueAt, i);
    enter(h, i, piece);
    if (piece & 1 && keepOnPiece(h, i, piece, moved) == moved) put(h.tradeAt, i, moved);
    else if (value > get(h.toAt, i) || value < get(h.fromAt, i)) locate(h, i);
  }
  setExposure(h);
}

/** Inside the box to the bit. */
function writeTrades(h: Hedger): void {
  for (let i = 0; i < h.instruments; i++) {
    const x = get(h.tradeAt, i);
    put(h.answerAt, i, min(max(x, -get(field(h, SELL_LIMIT), i)), get(field(h, BUY_LIMIT), i)) + 0);
  }
  memory.copy(h.answerExposureAt, h.currentAt, <usize>h.exposures << 3);
}

function run(h: Hedger, tolerance: f64, maxIterations: i32): i32 {
  while (true) {
    let isWhole = false;
    while (!isWhole && h.newtonSteps < maxIterations) {
      setResidual(h);
      setDirection(h);
      isWhole = takeStep(h);
      h.newtonSteps++;
    }
    certify(h);
    if (abs(h.gap) <= tolerance && h.violation <= tolerance) return OPTIMAL;
    if (h.banded && h.violation > tolerance) {
      for (let k = 0; k < h.exposures; k++) {
        put(h.directionAt, k, get(h.multiplierAt, k) - get(h.multiplierCentreAt, k));
      }
      if (isRay(h, h.directionAt, h.changeAt)) return INFEASIBLE;
    }
    if (h.newtonSteps >= maxIterations) return ITERATION_LIMIT;
    moveCentre(h);
    h.centreSteps++;
  }
}

/** @returns 0 optimal, 1 infeasible, 2 iteration limit */
export function hedgerSolve(at: usize, tolerance: f64, maxIterations: i32, warmStart: i32): i32 {
  const h = changetype<Hedger>(at);
  prepare(h);
  h.newtonSteps = h.gradientSteps = h.centreSteps = 0;
  if (warmStart && h.solved) startWarm(h);
  else startCold(h);
  h.sensitivityChanged = h.costChanged = h.rowChanged = h.exposureChanged = false;
  const status = run(h, tolerance, maxIterations);
  h.solved = status != INFEASIBLE;
  h.iterations = h.newtonSteps + h.gradientSteps;
  writeTrades(h);
  return status;
}

export function hedgerIterations(at: usize): i32 {
  return changetype<Hedger>(at).iterations;
}
export function hedgerCentres(at: usize): i32 {
  return changetype<Hedger>(at).centreSteps;
}
export function hedgerObjective(at: usize): f64 {
  return changetype<Hedger>(at).objective;
}
export function hedgerBound(at: usize): f64 {
  return changetype<Hedger>(at).bound;
}
export function hedgerGap(at: usize): f64 {
  return changetype<Hedger>(at).gap;
}
export function hedgerViolation(at: usize): f64 {
  return changetype<Hedger>(at).violation;
}
export function hedgerCost(at: usize): f64 {
  return changetype<Hedger>(at).cost;
}
