/**
 * Fits the polynomials and the rational function of `assembly/math` in 80 digits and prints their coefficients
 * as the nearest doubles, with the error that is left on a dense grid once they are rounded:
 *
 *     node scripts/fit.mjs
 *
 * Method: weighted linear least squares at Chebyshev nodes; the weights make the error relative
 * (Sanathanan-Koerner: a rational function is linearised by its last denominator) and are then driven towards the
 * minimax solution (Lawson: a node's weight grows with its error).
 */
import { Decimal } from 'decimal.js';

Decimal.set({ precision: 80, toExpNeg: -40, toExpPos: 40 });
const D = (x) => new Decimal(x);
const ONE = D(1);
const PI = Decimal.acos(-1);

/** Chebyshev nodes of [a, b], mapped by `map`. */
const nodes = (a, b, n, map = (t) => t) =>
  Array.from({ length: n }, (_, i) => {
    const c = Decimal.cos(PI.times(2 * i + 1).div(2 * n));
    return map(D(a).plus(D(b).minus(a).times(c.plus(1)).div(2)));
  });

/** Solves a symmetric positive definite system by Cholesky's factorisation. */
function solve(matrix, right) {
  const n = right.length;
  const L = matrix.map((row) => row.slice());
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = L[i][j];
      for (let k = 0; k < j; k++) sum = sum.minus(L[i][k].times(L[j][k]));
      L[i][j] = i === j ? sum.sqrt() : sum.div(L[j][j]);
    }
  }
  const x = right.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] = x[i].minus(L[i][k].times(x[k]));
    x[i] = x[i].div(L[i][i]);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] = x[i].minus(L[k][i].times(x[k]));
    x[i] = x[i].div(L[i][i]);
  }
  return x;
}

const evaluate = (coefficients, x) => coefficients.reduceRight((sum, c) => sum.times(x).plus(c), D(0));

/** min over P of degree p and Q of degree q, Q(0) = 1, P(0) given, of max |P/(Q f) - 1|. */
function fit({ f, points, p, q, first, rounds = 30 }) {
  const values = points.map(f);
  let weights = points.map(() => ONE);
  let Q = [ONE];
  let best;
  for (let round = 0; round < rounds; round++) {
    const unknowns = p + q;
    const A = Array.from({ length: unknowns }, () => Array(unknowns).fill(D(0)));
    const b = Array(unknowns).fill(D(0));
    points.forEach((x, i) => {
      const scale = weights[i].div(values[i].times(evaluate(Q, x)).pow(2));
      const row = [];
      for (let k = 1, power = x; k <= p; k++, power = power.times(x)) row.push(power);
      for (let k = 1, power = x; k <= q; k++, power = power.times(x)) row.push(power.times(values[i]).neg());
      const right = values[i].minus(first);
      for (let r = 0; r < unknowns; r++) {
        const scaled = row[r].times(scale);
        b[r] = b[r].plus(scaled.times(right));
        for (let c = 0; c <= r; c++) A[r][c] = A[r][c].plus(scaled.times(row[c]));
      }
    });
    for (let r = 0; r < unknowns; r++) for (let c = r + 1; c < unknowns; c++) A[r][c] = A[c][r];
    const solution = solve(A, b);
    const P = [D(first), ...solution.slice(0, p)];
    Q = [ONE, ...solution.slice(p)];
    const errors = points.map((x, i) => evaluate(P, x).div(evaluate(Q, x).times(values[i])).minus(1).abs());
    const worst = Decimal.max(...errors);
    if (!best || worst.lt(best.worst)) best = { P, Q, worst };
    const mean = errors.reduce((s, e) => s.plus(e)).div(errors.length);
    weights = weights.map((w, i) => w.times(errors[i].div(mean).plus('0.02')));
  }
  return best;
}

function report(name, { P, Q }, f, grid) {
  const P53 = P.map((c) => D(c.toNumber()));
  const Q53 = Q.map((c) => D(c.toNumber()));
  const worst = Decimal.max(
    ...grid.map((x) =>
      evaluate(P53, x)
        .div(evaluate(Q53, x).times(f(x)))
        .minus(1)
        .abs(),
    ),
  );
  console.log(`\n${name}: relative error ${worst.toExponential(2)} after rounding`);
  console.log(P.map((c, i) => `  P${i} ${c.toNumber()}`).join('\n'));
  if (Q.length > 1) console.log(Q.map((c, i) => `  Q${i} ${c.toNumber()}`).join('\n'));
}

/** R(x) = M(x) / sqrt(2 pi), M the Mills ratio: N(-x) = exp(-x^2/2) R(x). */
export function tailRatio(x) {
  const x2 = x.times(x);
  if (x.lt(11)) {
    // exp(x^2/2)/2 - sum x^(2k+1)/(2k+1)!! / sqrt(2 pi); 80 digits less the 26 that cancel at x = 11.
    let term = x;
    let sum = x;
    for (let k = 1; term.gt(sum.times('1e-85')); k++) {
      term = term.times(x2).div(2 * k + 1);
      sum = sum.plus(term);
    }
    return x2
      .div(2)
      .exp()
      .div(2)
      .minus(sum.div(PI.times(2).sqrt()));
  }
  // Laplace's continued fraction 1/(x + 1/(x + 2/(x + 3/(x + ...
  let tail = x;
  for (let k = 400; k > 0; k--) tail = x.plus(D(k).div(tail));
  return ONE.div(tail.times(PI.times(2).sqrt()));
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  // exp(r) = 1 + r + r^2 q(r), |r| <= ln 2 / 2
  const expTail = (r) => (r.abs().lt('1e-20') ? D('0.5') : r.exp().minus(1).minus(r).div(r.times(r)));
  const half = Decimal.ln(2).div(2).times('1.0001');
  const expFit = fit({ f: expTail, points: nodes(half.neg(), half, 120), p: 9, q: 0, first: D('0.5') });
  report('exp: (exp(r) - 1 - r) / r^2, |r| <= ln(2)/2', expFit, expTail, nodes(half.neg(), half, 500));

  // 2 atanh(s) = 2 s + s^3 (2/3 + 2/5 t + t^2 r(t)), t = s^2
  const atanhTail = (t) => {
    if (t.lt('1e-12')) return D(2).div(7).plus(t.times(2).div(9));
    const s = t.sqrt();
    const whole = ONE.plus(s).div(ONE.minus(s)).ln().minus(s.times(2)).div(s.times(t));
    return whole.minus(D(2).div(3)).minus(t.times(2).div(5)).div(t.times(t));
  };
  const bound = D('0.0408');
  for (const p of [5, 8]) {
    const logFit = fit({ f: atanhTail, points: nodes(0, bound, 120), p, q: 0, first: D(2).div(7) });
    report('log: r(t), t <= 0.0408', logFit, atanhTail, nodes(0, bound, 500));
  }

  // the tail: nodes crowd at the origin, where the function bends
  const squared = (t) => t.times(t).times(38.6);
  const tail = fit({
    f: tailRatio,
    points: nodes(0, 1, 240, squared),
    p: 9,
    q: 10,
    first: D('0.5'),
    rounds: 60,
  });
  report('tail: R(x) on [0, 38.6]', tail, tailRatio, nodes(0, 1, 1500, squared));
}
