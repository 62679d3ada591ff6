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
import {
  certify,
  INFEASIBLE,
  isProved,
  ITERATION_LIMIT,
  OPTIMAL,
  provesInfeasible,
  setExposure,
} from './certificate';
import { descend } from './gradient';
import { setDirection, setResidual, takeStep, worth } from './face';
import {
  BUY_LIMIT,
  EXPOSURE,
  field,
  get,
  getInt,
  Hedger,
  LOWER,
  NEWTON,
  prepare,
  put,
  putInt,
  SELL_LIMIT,
  UPPER,
} from './problem';
import { enter, keepOnPiece, kinksOf, locate, slopesOf } from './project';

/** No multipliers, no trades, and every exposure's slack as near to it as its band allows. */
function startCold(h: Hedger): void {
  memory.fill(h.multiplierAt, 0, (<usize>h.exposures) << 3);
  memory.fill(h.valueAt, 0, (<usize>h.columns) << 3);
  memory.fill(h.centreAt, 0, (<usize>h.columns) << 3);
  memory.fill(h.pieceAt, 0, (<usize>h.columns) << 2);
  for (let k = 0; k < h.exposures; k++) {
    const e = get(field(h, EXPOSURE), k);
    put(h.centreAt, h.firstRow + k, min(max(e, get(field(h, LOWER), k)), get(field(h, UPPER), k)));
  }
  memory.fill(h.multiplierCentreAt, 0, (<usize>h.exposures) << 3);
  for (let i = 0; i < h.columns; i++) locate(h, i);
  setExposure(h);
}

/**
 * The answer that stands, put right for changed costs, sensitivities or bands: the old face is kept and its Newton system
 * solved for the new data, so that the free trades stay free (at the old multipliers they would all fall on kinks: a free
 * piece of a nearly linear cost is a very narrow interval of values). What does not hold there is then located anew.
 */
function predict(h: Hedger): void {
  memory.copy(h.multiplierCentreAt, h.multiplierAt, (<usize>h.exposures) << 3);
  worth(h, h.multiplierAt, h.valueAt);
  for (let i = 0; i < h.columns; i++) {
    const piece = min(getInt(h.pieceAt, i), 2 * (getInt(h.kinkCountAt, i) - 1));
    const start = get(kinksOf(h, i), piece >> 1);
    const x = piece & 1 ? keepOnPiece(h, i, piece, get(h.tradeAt, i)) : start;
    put(h.centreAt, i, x);
    enter(h, i, piece);
    const marginal = get(slopesOf(h, i), (piece >> 1) + 1) + get(h.linearAt, i) + get(h.curvatureAt, i) * x;
    put(h.tradeAt, i, piece & 1 ? x + (get(h.valueAt, i) - marginal) * get(h.responseAt, i) : x);
  }
  setExposure(h);
  setResidual(h);
  setDirection(h);
  h.newtonSteps++;
  for (let k = 0; k < h.exposures; k++)
    put(h.multiplierAt, k, get(h.multiplierAt, k) + get(h.directionAt, k));
  for (let i = 0; i < h.columns; i++) {
    const change = get(h.changeAt, i);
    const value = get(h.valueAt, i) + change;
    const x = get(h.tradeAt, i) + change * get(h.responseAt, i);
    const piece = getInt(h.pieceAt, i);
    put(h.valueAt, i, value);
    put(h.tradeAt, i, x);
    const holds =
      piece & 1 ? keepOnPiece(h, i, piece, x) == x : value >= get(h.fromAt, i) && value <= get(h.toAt, i);
    if (!holds) locate(h, i);
  }
}

/** The answer that stands; changed exposures alone leave every column where it is. */
function startWarm(h: Hedger): void {
  if (h.sensitivityChanged || h.costChanged || h.rowChanged) predict(h);
  setExposure(h);
}

/** The proximal centre moves to where the solver stands; the free trades move on as they did. */
function moveCentre(h: Hedger): void {
  memory.copy(h.multiplierCentreAt, h.multiplierAt, (<usize>h.exposures) << 3);
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
  memory.copy(h.answerExposureAt, h.currentAt, (<usize>h.exposures) << 3);
}

function climb(h: Hedger, tolerance: f64, maxIterations: i32): i32 {
  while (true) {
    let isWhole = false;
    while (!isWhole && h.newtonSteps < maxIterations) {
      setResidual(h);
      setDirection(h);
      isWhole = takeStep(h);
      h.newtonSteps++;
    }
    certify(h);
    if (isProved(h, tolerance)) return OPTIMAL;
    if (provesInfeasible(h, tolerance)) return INFEASIBLE;
    if (h.newtonSteps >= maxIterations) return ITERATION_LIMIT;
    moveCentre(h);
    h.centreSteps++;
  }
}

/**
 * Solves from the answer that stands, if it may; `method` is 0 for Newton on the face, 1 for the projected gradient.
 * @returns 0 optimal, 1 infeasible, 2 iteration limit
 */
export function hedgerSolve(at: usize, tolerance: f64, maxIterations: i32, warmStart: i32, method: i32): i32 {
  const h = changetype<Hedger>(at);
  prepare(h);
  h.newtonSteps = h.gradientSteps = h.centreSteps = 0;
  if (warmStart && h.solved && h.method == method) startWarm(h);
  else startCold(h);
  h.method = method;
  h.sensitivityChanged = h.costChanged = h.rowChanged = h.exposureChanged = false;
  const status = method == NEWTON ? climb(h, tolerance, maxIterations) : descend(h, tolerance, maxIterations);
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
