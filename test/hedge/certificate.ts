import type { DeskProblem } from './desk.js';

/** What an answer is worth, from trades and multipliers alone. */
export interface Certificate {
  objective: number;
  bound: number;
  gap: number;
  violation: number;
  /** Largest excess over a limit of a trade; 0 to the bit. */
  excess: number;
  cost: number;
  exposure: number[];
}

/** One piece of a side's ladder: from `start` away from zero for `size`, at a cost per unit. */
interface Piece {
  sign: 1 | -1;
  start: number;
  size: number;
  cost: number;
}

function piecesOf(problem: DeskProblem, i: number): Piece[] {
  const { levels } = problem.shape;
  const { depth } = problem;
  const pieces: Piece[] = [];
  for (const sign of [-1, 1] as const) {
    const limit = (sign < 0 ? problem.sellLimit : problem.buyLimit)[i];
    const sizes = depth && (sign < 0 ? depth.bidSize : depth.askSize);
    const costs = depth && (sign < 0 ? depth.bidCost : depth.askCost);
    let start = 0;
    for (let l = 0; l < (depth ? levels : 1); l++) {
      const offered = sizes ? sizes[i * levels + l] : Infinity;
      const size = Math.min(offered, limit - start);
      if (size <= 0) continue;
      pieces.push({ sign, start, size, cost: costs ? costs[i * levels + l] : problem.halfSpread[i] });
      start += size;
    }
  }
  return pieces;
}

/**
 * Objective and dual bound written from the problem's statement: nothing of the solver is used, and the conjugate of a
 * cost is the best of all its pieces' ends and stationary points.
 */
export function certificateOf(
  problem: DeskProblem,
  trades: ArrayLike<number>,
  multipliers: ArrayLike<number>,
): Certificate {
  const { instruments: n, exposures: m } = problem.shape;
  const exposure = Array.from(problem.exposure);
  let objective = 0;
  let bound = 0;
  let excess = 0;
  let cost = 0;
  for (let i = 0; i < n; i++) {
    const pieces = piecesOf(problem, i);
    const spreadAt = (x: number): number =>
      pieces.reduce((sum, { sign, start, size, cost: unit }) => {
        return sum + unit * Math.min(Math.max(sign * x - start, 0), size);
      }, 0);
    const impact = problem.impact[i];
    const linear = problem.linear[i];
    const costAt = (x: number): number => spreadAt(x) + (impact / 2) * x * x;
    let value = 0;
    for (let k = 0; k < m; k++) {
      value += problem.sensitivity[i * m + k] * multipliers[k];
      exposure[k] += problem.sensitivity[i * m + k] * trades[i];
    }
    let best = 0;
    for (const { sign, start, size, cost: unit } of pieces) {
      const inner = sign * start;
      const outer = sign * (start + size);
      const candidates = [outer];
      const stationary = -(value + linear + sign * unit) / impact;
      if (impact > 0 && (stationary - inner) * (stationary - outer) < 0) candidates.push(stationary);
      for (const x of candidates) best = Math.min(best, value * x + linear * x + costAt(x));
    }
    bound += best;
    cost += costAt(trades[i]);
    objective += costAt(trades[i]) + linear * trades[i];
    const depthOf = (sign: 1 | -1): number =>
      pieces.reduce((sum, piece) => (piece.sign === sign ? sum + piece.size : sum), 0);
    excess = Math.max(excess, trades[i] - problem.buyLimit[i], -trades[i] - problem.sellLimit[i]);
    // a ladder's total size is a sum, and rounds
    const beyond = Math.max(trades[i] - depthOf(1), -trades[i] - depthOf(-1));
    if (beyond > 1e-12 * Math.abs(trades[i])) excess = Math.max(excess, beyond);
  }
  let violation = 0;
  for (let k = 0; k < m; k++) {
    const e = exposure[k];
    const weight = problem.weight[k];
    const target = problem.target[k];
    const lower = problem.lower[k];
    const upper = problem.upper[k];
    const y = multipliers[k];
    objective += (weight / 2) * (e - target) ** 2;
    violation = Math.max(violation, (lower - e) / (1 + Math.abs(e)), (e - upper) / (1 + Math.abs(e)));
    bound += y * problem.exposure[k];
    if (weight > 0) {
      const answer = Math.min(Math.max(target + y / weight, lower), upper);
      bound -= y * answer - (weight / 2) * (answer - target) ** 2;
    } else if (y !== 0) {
      bound -= y * (y > 0 ? upper : lower);
    }
  }
  const gap = (objective - bound) / Math.max(1, Math.abs(objective));
  return { objective, bound, gap, violation, excess, cost, exposure };
}

/** How far a ray is from proving infeasibility: positive where it proves it, relative to the numbers compared. */
export function rayMargin(problem: DeskProblem, ray: ArrayLike<number>): number {
  const { instruments: n, exposures: m } = problem.shape;
  let least = 0;
  let asked = 0;
  let size = 0;
  for (let i = 0; i < n; i++) {
    const pieces = piecesOf(problem, i);
    let value = 0;
    for (let k = 0; k < m; k++) value += problem.sensitivity[i * m + k] * ray[k];
    const depthOf = (sign: 1 | -1): number =>
      pieces.reduce((sum, piece) => (piece.sign === sign ? sum + piece.size : sum), 0);
    const part = Math.min(-value * depthOf(-1), value * depthOf(1));
    least += part;
    size += Math.abs(part);
  }
  for (let k = 0; k < m; k++) {
    if (ray[k] === 0) continue;
    const edge = ray[k] > 0 ? problem.upper[k] : problem.lower[k];
    asked += ray[k] * (edge - problem.exposure[k]);
    size += Math.abs(ray[k]) * (Math.abs(edge) + Math.abs(problem.exposure[k]));
  }
  return (least - asked) / size;
}
