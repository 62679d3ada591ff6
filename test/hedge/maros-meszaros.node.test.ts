import { createSync } from 'greekfire';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pathOf, WITHOUT_DATA } from '../published/data.js';

interface Triplets {
  rows: number;
  cols: number;
  i: number[];
  j: number[];
  v: number[];
}

/** min 1/2 x'Px + q'x + r, l <= Ax <= u; null is infinite; the last rows of A are the variables' own bounds. */
interface Published {
  P: Triplets;
  q: number[];
  A: Triplets;
  l: (number | null)[];
  u: (number | null)[];
  r: number;
  optimal_objective: number;
}

const path = pathOf('tables', 'maros_meszaros_small.json');
const problems = (path === undefined ? {} : JSON.parse(readFileSync(path, 'utf8'))) as Record<
  string,
  Published
>;
/** All of the file, so that each is seen to be skipped without it. */
const names = [
  'GENHS28',
  'HS118',
  'HS21',
  'HS268',
  'HS35',
  'HS35MOD',
  'HS51',
  'HS52',
  'HS53',
  'HS76',
  'LOTSCHD',
  'QPTEST',
  'TAME',
  'ZECEVIC2',
];

function dense({ rows, cols, i, j, v }: Triplets): number[][] {
  const matrix = Array.from({ length: rows }, () => new Array<number>(cols).fill(0));
  for (const [at, value] of v.entries()) matrix[i[at]][j[at]] = value;
  return matrix;
}

/** P = sum of weight v v', by Cholesky with diagonal pivoting: each a soft target on the exposure v'x. */
function squaresOf(P: number[][]): { weight: number; vector: number[] }[] {
  const rest = P.map((row) => [...row]);
  const scale = Math.max(...rest.map((row, i) => row[i]));
  const squares: { weight: number; vector: number[] }[] = [];
  for (;;) {
    let pivot = 0;
    for (let i = 1; i < rest.length; i++) if (rest[i][i] > rest[pivot][pivot]) pivot = i;
    const weight = rest[pivot][pivot];
    if (!(weight > 1e-13 * scale)) return squares;
    const vector = rest[pivot].map((value) => value / weight);
    for (const [i, row] of rest.entries()) {
      for (const j of row.keys()) row[j] -= weight * vector[i] * vector[j];
    }
    squares.push({ weight, vector });
  }
}

/** Farther than any solution of these problems lies. */
const FAR = 1e4;

describe(path === undefined ? `Maros-Meszaros (${WITHOUT_DATA})` : 'small Maros-Meszaros problems', () => {
  it.skipIf(path === undefined).each(names)('%s', (name) => {
    const { P, q, A, l, u, r, ...published } = problems[name];
    const n = q.length;
    const rows = dense(A);
    const constraints = rows.length - n;
    const low = l.map((value) => value ?? -Infinity);
    const high = u.map((value) => value ?? Infinity);
    // trades start from a point inside the variables' bounds
    const least = low.slice(constraints).map((value) => Math.max(value, -FAR));
    const most = high.slice(constraints).map((value) => Math.min(value, FAR));
    const origin = least.map((value, i) => Math.min(Math.max(0, value), most[i]));
    const squares = squaresOf(dense(P));
    const exposures = [
      ...squares.map(({ weight, vector }) => ({ row: vector, weight, lower: -Infinity, upper: Infinity })),
      ...rows.slice(0, constraints).map((row, k) => ({ row, weight: 0, lower: low[k], upper: high[k] })),
    ];
    const along = (row: number[], x: ArrayLike<number>): number =>
      row.reduce((sum, a, i) => sum + a * x[i], 0);
    const core = createSync();
    const hedger = core.hedger({ instruments: n, exposures: exposures.length });
    hedger.update({
      sensitivity: origin.flatMap((__, i) => exposures.map(({ row }) => row[i])),
      exposure: exposures.map(({ row }) => along(row, origin)),
      weight: exposures.map(({ weight }) => weight),
      lower: exposures.map(({ lower }) => lower),
      upper: exposures.map(({ upper }) => upper),
      sellLimit: origin.map((x, i) => x - least[i]),
      buyLimit: origin.map((x, i) => most[i] - x),
      linear: q,
    });
    const hedge = hedger.solve();
    expect(hedge.status).toBe('optimal');
    for (const [i, trade] of hedge.trades.entries()) expect(Math.abs(origin[i] + trade)).toBeLessThan(FAR);
    const objective = hedge.objective + along(q, origin) + r;
    // eight digits are published, of terms as large as the constant
    const unit = Math.max(1, Math.abs(r), Math.abs(published.optimal_objective));
    expect(Math.abs(objective - published.optimal_objective)).toBeLessThanOrEqual(1e-8 * unit);
  });
});
