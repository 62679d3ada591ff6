import { type DeskProblem, randomOf } from './desk.js';

/**
 * Problems that are as degenerate as they come: small whole numbers (ties everywhere) or numbers of very different
 * size, duplicate and opposite instruments, zero columns, dependent rows, limits of zero, bands of width zero at
 * the very edge of what can be reached, no costs or no curvature.
 * @returns the problem, and whether its bands were made around exposures that some trades bring
 */
export function degenerateProblem(seed: number): { problem: DeskProblem; isFeasible: boolean } {
  const random = randomOf(seed * 7919 + 13);
  const pick = <T>(...choices: T[]): T => choices[Math.floor(random() * choices.length)];
  const chance = (probability: number): boolean => random() < probability;
  const n = pick(1, 2, 3, 5, 8, 13, 30, 60);
  const m = pick(1, 2, 3, 5, 9, 12);
  const levels = pick(1, 1, 2, 4);
  const isWhole = chance(0.5);
  const signed = (): number =>
    isWhole ? Math.floor(7 * random()) - 3 : (2 * random() - 1) * pick(1, 1, 1, 1e-2, 1e2);
  const positive = (): number => (isWhole ? Math.floor(5 * random()) : random() * pick(1, 1, 10, 1e-2));
  const column = (length: number, value: () => number): Float64Array => Float64Array.from({ length }, value);
  const rare = (probability: number, value: () => number) => (): number =>
    chance(probability) ? 0 : value();
  const problem: DeskProblem = {
    shape: { instruments: n, exposures: m, levels },
    sensitivity: column(n * m, signed),
    exposure: column(m, () => signed() * pick(1, 1, 5, 50)),
    target: column(m, rare(0.5, signed)),
    weight: column(
      m,
      rare(0.4, () => positive() * pick(1, 1, 1e3, 1e-4)),
    ),
    lower: column(m, () => -Infinity),
    upper: column(m, () => Infinity),
    sellLimit: column(n, rare(0.15, positive)),
    buyLimit: column(n, rare(0.15, positive)),
    halfSpread: column(n, rare(0.3, positive)),
    linear: column(n, rare(0.6, signed)),
    impact: column(
      n,
      rare(0.6, () => positive() * pick(1, 1e-3, 1e-8)),
    ),
    lot: new Float64Array(n),
    minimumSize: new Float64Array(n),
  };
  for (let i = 1; i < n; i++) {
    const row = problem.sensitivity.subarray(i * m, (i + 1) * m);
    if (chance(0.15)) {
      const other = Math.floor(i * random());
      const factor = pick(1, 1, -1, 2);
      for (let k = 0; k < m; k++) row[k] = factor * problem.sensitivity[other * m + k];
      const isTwin = chance(0.5);
      for (const name of ['halfSpread', 'linear', 'impact'] as const) {
        if (isTwin) problem[name][i] = problem[name][other];
      }
    }
    if (chance(0.05)) row.fill(0);
  }
  if (m > 1 && chance(0.2)) {
    for (let i = 0; i < n; i++) problem.sensitivity[i * m + 1] = problem.sensitivity[i * m];
  }
  const bands = pick('none', 'around', 'exact', 'anywhere');
  const reached = problem.exposure.slice();
  for (let i = 0; i < n; i++) {
    const sell = problem.sellLimit[i];
    const buy = problem.buyLimit[i];
    const x = pick(-sell, buy, random() * (sell + buy) - sell);
    for (let k = 0; k < m; k++) reached[k] += problem.sensitivity[i * m + k] * x;
  }
  for (let k = 0; k < m && bands !== 'none'; k++) {
    if (chance(0.3)) continue;
    const ends =
      bands === 'anywhere' ? [signed() * pick(1, 5), signed() * pick(1, 5)] : [reached[k], reached[k]];
    problem.lower[k] = Math.min(...ends) - (bands === 'around' ? positive() : 0);
    problem.upper[k] = Math.max(...ends) + (bands === 'around' ? positive() : 0);
    const side = random();
    if (side < 0.25) problem.lower[k] = -Infinity;
    else if (side < 0.45) problem.upper[k] = Infinity;
  }
  if (levels > 1) {
    const side = (): [Float64Array, Float64Array] => {
      const cost = new Float64Array(n * levels);
      for (let i = 0; i < n; i++) {
        let unit = problem.halfSpread[i];
        for (let l = 0; l < levels; l++) {
          cost[i * levels + l] = unit;
          unit += chance(0.3) ? 0 : positive();
        }
      }
      return [column(n * levels, rare(0.1, positive)), cost];
    };
    const [bidSize, bidCost] = side();
    const [askSize, askCost] = side();
    problem.depth = { bidSize, bidCost, askSize, askCost };
  }
  return { problem, isFeasible: bands === 'none' || (bands !== 'anywhere' && levels === 1) };
}
