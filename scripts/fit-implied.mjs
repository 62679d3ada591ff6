/**
 * Fits the functions of `assembly/pricing/implied.ts` and prints their coefficients, highest degree first, with the
 * relative error that is left on a dense grid:
 *
 *     node scripts/fit-implied.mjs
 *
 * Method as in `fit.mjs`: weighted linear least squares (a rational function linearised by its last denominator),
 * weights driven towards the minimax solution.
 */
import { Decimal } from 'decimal.js';
import { tailRatio } from './fit.mjs';

Decimal.set({ precision: 60 });
const D = (x) => new Decimal(x);
const ONE = D(1);
const PI = Decimal.acos(-1);
const DENSITY = ONE.div(PI.times(2).sqrt());

/** Solves the normal equations of weighted rows by Cholesky's factorisation. */
function leastSquares(rows, rights, weights) {
  const n = rows[0].length;
  const A = Array.from({ length: n }, () => Array(n).fill(D(0)));
  const b = Array(n).fill(D(0));
  rows.forEach((row, r) => {
    for (let i = 0; i < n; i++) {
      const scaled = row[i].times(weights[r]);
      b[i] = b[i].plus(scaled.times(rights[r]));
      for (let j = 0; j <= i; j++) A[i][j] = A[i][j].plus(scaled.times(row[j]));
    }
  });
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      for (let k = 0; k < j; k++) A[i][j] = A[i][j].minus(A[i][k].times(A[j][k]));
      A[i][j] = i === j ? A[i][j].sqrt() : A[i][j].div(A[j][j]);
    }
  }
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) b[i] = b[i].minus(A[i][k].times(b[k]));
    b[i] = b[i].div(A[i][i]);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) b[i] = b[i].minus(A[k][i].times(b[k]));
    b[i] = b[i].div(A[i][i]);
  }
  return b;
}

const evaluate = (coefficients, x) => coefficients.reduceRight((sum, c) => sum.times(x).plus(c), D(0));
const evaluateDouble = (coefficients, x) => coefficients.reduceRight((sum, c) => sum * x + c, 0);
const powers = (x, from, to) => Array.from({ length: to - from + 1 }, (_, i) => x.pow(from + i));

/** Lawson's iteration: `solve(weights)` gives a solution with its relative errors; the best of the rounds. */
function minimax(count, rounds, solve) {
  let weights = Array(count).fill(ONE);
  let best;
  for (let round = 0; round < rounds; round++) {
    const solution = solve(weights);
    const worst = Decimal.max(...solution.errors);
    if (!best || worst.lt(best.worst)) best = { ...solution, worst };
    const mean = solution.errors.reduce((s, e) => s.plus(e)).div(count);
    weights = weights.map((w, i) => w.times(solution.errors[i].div(mean).plus('0.02')));
  }
  return best;
}

/** -R'(z) = density(0) - z R(z). */
const slope = (z) => DENSITY.minus(z.times(tailRatio(z)));

function print(name, coefficients, worst) {
  const text = coefficients.map((c) => `  ${Number(c)}`).reverse();
  console.log(`\n${name}${worst === undefined ? '' : `: relative error ${Number(worst).toExponential(2)}`}`);
  console.log(text.join('\n'));
}

/**
 * -R' = G/Q of degrees 9 and 11 with G(0) = density(0), and P = (density(0) Q - G)/z with P(0) = 1/2, so that R = P/Q.
 */
function fitSlope() {
  const scale = D(4);
  const points = Array.from({ length: 140 }, (_, i) => {
    const t = Decimal.cos(PI.times(2 * i + 1).div(280))
      .plus(1)
      .div(2);
    return t.times(t).times(40);
  });
  const values = points.map(slope);
  let under = points.map(() => ONE);
  const best = minimax(points.length, 25, (weights) => {
    const rows = points.map((x, i) => {
      const u = x.div(scale);
      const v = values[i];
      const q = powers(u, 2, 11).map((p) => p.times(v).neg());
      return [u.times(DENSITY.minus(v)), ...q, ...powers(u, 2, 9)];
    });
    const rights = points.map((x, i) => values[i].minus(DENSITY).plus(x.div(2)));
    const x = leastSquares(
      rows,
      rights,
      weights.map((w, i) => w.div(values[i].times(under[i]).pow(2))),
    );
    const Q = [ONE, ...x.slice(0, 11).map((c, i) => c.div(scale.pow(i + 1)))];
    const G = [
      DENSITY,
      DENSITY.times(Q[1]).minus('0.5'),
      ...x.slice(11).map((c, i) => c.div(scale.pow(i + 2))),
    ];
    under = points.map((p) => evaluate(Q, p));
    const errors = points.map((p, i) => evaluate(G, p).div(under[i].times(values[i])).minus(1).abs());
    return { G, Q, errors };
  });
  const { G, Q } = best;
  const P = Q.slice(1).map((c, i) => DENSITY.times(c).minus(G[i + 1] ?? 0));
  print("slope: G of -R' = G/Q on [0, 40]", G, best.worst);
  print('slope: P of R = P/Q', P);
  print('slope: Q', Q);
  return { G: G.map(Number), P: P.map(Number), Q: Q.map(Number) };
}

/** L/z = P/Q of degrees 6 and 5 in sqrt(L), L = ln(1 + 1/b), b = density(z)/z - N(-z) = exp(-z^2/2) (-R'(z))/z. */
function fitNormal(logPrice) {
  const points = [];
  for (let i = 0; i <= 400; i++) {
    const z = 1e-4 * (38.5 / 1e-4) ** (i / 400);
    const log = logPrice(z);
    const L = log < -30 ? -log : Math.log1p(Math.exp(-log));
    points.push({ u: D(Math.sqrt(L)).div(5), W: D(L / z) });
  }
  let under = points.map(() => ONE);
  const best = minimax(points.length, 120, (weights) => {
    const rows = points.map(({ u, W }) => [
      ...powers(u, 0, 6).map((p) => p.div(W)),
      ...powers(u, 1, 5).map((p) => p.neg()),
    ]);
    const x = leastSquares(
      rows,
      points.map(() => ONE),
      weights.map((w, i) => w.div(under[i].pow(2))),
    );
    const P = x.slice(0, 7);
    const Q = [ONE, ...x.slice(7)];
    under = points.map(({ u }) => evaluate(Q, u));
    const errors = points.map(({ u, W }, i) => evaluate(P, u).div(under[i].times(W)).minus(1).abs());
    return { P, Q, errors };
  });
  const unscaled = (list) => list.map((c, i) => c.div(D(5).pow(i)));
  print('normal: P of L/z', unscaled(best.P), best.worst);
  print('normal: Q', unscaled(best.Q));
}

/** Nodes and weights of Gauss and Legendre on [-1, 1]. */
function gauss(n) {
  return Array.from({ length: n }, (_, i) => {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let derivative = 1;
    for (let round = 0; round < 50; round++) {
      let [p, before] = [1, 0];
      for (let k = 1; k <= n; k++) [p, before] = [((2 * k - 1) * x * p - (k - 1) * before) / k, p];
      derivative = (n * (x * p - before)) / (x * x - 1);
      x -= p / derivative;
    }
    return { x, weight: 2 / ((1 - x * x) * derivative * derivative) };
  });
}

/** s/s0 - 1 = S (a0 + a1 S + a2 S^2 + K (b0 + b1 S) + c K^2), s0 the normal model's answer, S = s0^2, K = k^2. */
function fitSkew({ G, P, Q }, logPrice) {
  const density = Number(DENSITY);
  const ratio = (z) => evaluateDouble(P, z) / evaluateDouble(Q, z);
  const slopeOf = (z) =>
    z >= 0 ? evaluateDouble(G, z) / evaluateDouble(Q, z) : density - z * (Math.exp((z * z) / 2) - ratio(-z));
  const rule = gauss(24);
  /** ln c: R(z - h) - R(z + h) is the integral of -R'. */
  const logShare = (z, h) =>
    -((z - h) ** 2) / 2 +
    Math.log(rule.reduce((sum, { x, weight }) => sum + weight * h * slopeOf(z + h * x), 0));
  const zOf = (log) => {
    // Newton on ln b as a function of ln z, from below
    let z =
      Math.exp(-log) < 1 ? Math.min(38, Math.exp(-log) * density) : Math.max(0.1, Math.sqrt(-2 * log) - 2);
    for (let round = 0; round < 100; round++) {
      const rise = (logPrice(z * 1.0001) - logPrice(z / 1.0001)) / (2 * Math.log(1.0001));
      z *= Math.exp(Math.max(-1, Math.min(1, (log - logPrice(z)) / rise)));
    }
    return z;
  };
  const points = [];
  for (let i = 0; i < 40; i++) {
    const s = 0.02 + (1.18 * i) / 39;
    for (let j = 1; j <= 40; j++) {
      const k = s * Math.min(38, 2.5 / s) * (j / 40) ** 1.5;
      const s0 = k / zOf(logShare(k / s, s / 2) - Math.log(Math.expm1(k)));
      points.push({ S: s0 * s0, K: k * k, part: s / s0 });
    }
  }
  const rows = points.map(({ S, K }) => [S, S * S, S ** 3, K * S, K * S * S, K * K * S].map(D));
  const best = minimax(points.length, 40, (weights) => {
    const x = leastSquares(
      rows,
      points.map(({ part }) => D(part - 1)),
      weights.map((w, i) => w.div(points[i].part ** 2)),
    );
    const errors = points.map(({ part }, i) => {
      const fitted = rows[i].reduce((sum, term, j) => sum.plus(term.times(x[j])), D(0));
      return fitted
        .minus(part - 1)
        .abs()
        .div(part);
    });
    return { x, errors };
  });
  const [a0, a1, a2, b0, b1, c] = best.x;
  print('skew: a2, a1, a0, b1, b0, c', [c, b0, b1, a0, a1, a2], best.worst);
}

const fitted = fitSlope();
/** ln b(z), z > 0. */
const logPrice = (z) =>
  (-z * z) / 2 + Math.log(evaluateDouble(fitted.G, z) / evaluateDouble(fitted.Q, z) / z);
fitNormal(logPrice);
Decimal.set({ precision: 30 });
fitSkew(fitted, logPrice);
