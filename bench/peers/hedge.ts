/**
 * The hedge problem as other solvers take it. Neither knows a kink: each side of an instrument, and each level of a
 * ladder, becomes a variable of its own.
 */
import highsModule, { type Highs, type ModelData } from 'highs';
import quadprog from 'quadprog';
import type { DeskProblem } from '../../test/hedge/desk.js';

/** Loads HiGHS. Its types are written for CommonJS, its module is ESM: the default export is the loader itself. */
export const loadHighs = highsModule as unknown as typeof highsModule.default;

/** A stretch of one instrument's ladder at one price. */
interface Piece {
  instrument: number;
  sign: 1 | -1;
  size: number;
  cost: number;
}

function piecesOf(problem: DeskProblem): Piece[] {
  const { instruments, levels } = problem.shape;
  const { depth } = problem;
  const pieces: Piece[] = [];
  for (let instrument = 0; instrument < instruments; instrument++) {
    for (const sign of [1, -1] as const) {
      const limit = (sign > 0 ? problem.buyLimit : problem.sellLimit)[instrument];
      const sizes = depth && (sign > 0 ? depth.askSize : depth.bidSize);
      const costs = depth && (sign > 0 ? depth.askCost : depth.bidCost);
      let taken = 0;
      for (let l = 0; l < (depth ? levels : 1); l++) {
        const offered = sizes ? sizes[instrument * levels + l] : Infinity;
        const size = Math.min(offered, limit - taken);
        if (size <= 0) continue;
        taken += size;
        const cost = costs ? costs[instrument * levels + l] : problem.halfSpread[instrument];
        pieces.push({ instrument, sign, size, cost });
      }
    }
  }
  return pieces;
}

/** What a peer found. */
export interface PeerAnswer {
  objective: number;
  trades: Float64Array;
}

function tradesOf(problem: DeskProblem, pieces: readonly Piece[], amounts: ArrayLike<number>): Float64Array {
  const trades = new Float64Array(problem.shape.instruments);
  for (const [j, { instrument, sign }] of pieces.entries()) trades[instrument] += sign * amounts[j];
  return trades;
}

/**
 * npm `quadprog`: dense, and strictly convex only, so every instrument needs impact.
 * @returns undefined where it finds no answer
 */
export function quadprogSolver(problem: DeskProblem): () => PeerAnswer | undefined {
  const { exposures: m } = problem.shape;
  const pieces = piecesOf(problem);
  const at = (j: number, k: number): number =>
    pieces[j].sign * problem.sensitivity[pieces[j].instrument * m + k];
  const linear = pieces.map(({ instrument, sign, cost }, j) => {
    let slope = cost + sign * problem.linear[instrument];
    for (let k = 0; k < m; k++) {
      slope += problem.weight[k] * at(j, k) * (problem.exposure[k] - problem.target[k]);
    }
    return slope;
  });
  let constant = 0;
  for (let k = 0; k < m; k++) {
    constant += (problem.weight[k] / 2) * (problem.exposure[k] - problem.target[k]) ** 2;
  }
  const curvature = pieces.map((one, j) =>
    pieces.map((other, i) => {
      let sum =
        one.instrument === other.instrument && one.sign === other.sign ? problem.impact[one.instrument] : 0;
      for (let k = 0; k < m; k++) sum += problem.weight[k] * at(j, k) * at(i, k);
      return sum;
    }),
  );
  const bands = Array.from({ length: m }, (_, k) => k).flatMap((k) => [
    ...(problem.lower[k] > -Infinity ? [{ k, sign: 1, edge: problem.lower[k] - problem.exposure[k] }] : []),
    ...(problem.upper[k] < Infinity ? [{ k, sign: -1, edge: problem.exposure[k] - problem.upper[k] }] : []),
  ]);
  const unit = (j: number, value: number): number[] => pieces.map((_, i) => (i === j ? value : 0));
  const constraints = [
    ...pieces.map((_, j) => unit(j, 1)),
    ...pieces.map((_, j) => unit(j, -1)),
    ...bands.map(({ k, sign }) => pieces.map((_, j) => sign * at(j, k))),
  ];
  const edges = [
    ...pieces.map(() => 0),
    ...pieces.map(({ size }) => -size),
    ...bands.map(({ edge }) => edge),
  ];
  const shifted = (values: number[]): number[] => [0, ...values];
  return () => {
    const D = [[], ...curvature.map(shifted)];
    // indexed [variable][constraint]
    const A = [[], ...pieces.map((_, j) => shifted(constraints.map((row) => row[j])))];
    const { solution, value, message } = quadprog.solveQP(
      D,
      shifted(linear.map((x) => -x)),
      A,
      shifted(edges),
    );
    if (message) return undefined;
    return { objective: value[1] + constant, trades: tradesOf(problem, pieces, solution.slice(1)) };
  };
}

/**
 * HiGHS in WebAssembly, by its arrays: exposures are variables, so that only they have curvature.
 * @returns undefined where it finds no answer
 */
export function highsSolver(highs: Highs, problem: DeskProblem): () => PeerAnswer | undefined {
  const { exposures: m } = problem.shape;
  const pieces = piecesOf(problem);
  const numCols = pieces.length + m;
  const starts = [0];
  const indices: number[] = [];
  const values: number[] = [];
  for (const { instrument, sign } of pieces) {
    for (let k = 0; k < m; k++) {
      indices.push(k);
      values.push(sign * problem.sensitivity[instrument * m + k]);
    }
    starts.push(indices.length);
  }
  for (let k = 0; k < m; k++) {
    indices.push(k);
    values.push(-1);
    starts.push(indices.length);
  }
  const hessianStarts = [0];
  const hessianIndices: number[] = [];
  const hessianValues: number[] = [];
  for (const [j, { instrument, sign }] of pieces.entries()) {
    const impact = problem.impact[instrument];
    for (let i = j; impact > 0 && i < pieces.length; i++) {
      if (pieces[i].instrument !== instrument || pieces[i].sign !== sign) break;
      hessianIndices.push(i);
      hessianValues.push(impact);
    }
    hessianStarts.push(hessianIndices.length);
  }
  let offset = 0;
  for (let k = 0; k < m; k++) {
    offset += (problem.weight[k] / 2) * problem.target[k] ** 2;
    if (problem.weight[k] > 0) {
      hessianIndices.push(pieces.length + k);
      hessianValues.push(problem.weight[k]);
    }
    hessianStarts.push(hessianIndices.length);
  }
  const start = Array.from(problem.exposure, (e) => -e);
  const data: ModelData = {
    numCols,
    numRows: m,
    offset,
    colCost: [
      ...pieces.map(({ instrument, sign, cost }) => cost + sign * problem.linear[instrument]),
      ...Array.from(problem.weight, (weight, k) => -weight * problem.target[k]),
    ],
    colLower: [...pieces.map(() => 0), ...problem.lower],
    colUpper: [...pieces.map(({ size }) => size), ...problem.upper],
    rowLower: start,
    rowUpper: start,
    matrix: { format: 'csc', numRows: m, numCols, starts, indices, values },
    ...(hessianIndices.length > 0 && {
      hessian: {
        format: 'triangular',
        dimension: numCols,
        starts: hessianStarts,
        indices: hessianIndices,
        values: hessianValues,
      },
    }),
  };
  return () =>
    highs.withModel(data, (model) => {
      model.options.set({ output_flag: false });
      model.run();
      const { colValue } = model.getSolution();
      if (model.getModelStatus() !== highs.constants.modelStatus.optimal) return undefined;
      return { objective: model.getObjectiveValue(), trades: tradesOf(problem, pieces, colValue) };
    });
}
