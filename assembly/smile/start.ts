/**
 * Where the descent starts: quasi-explicit calibration (De Marco and Martini, Zeliade Systems 2009). For given m and
 * sigma a slice is linear in what is left,
 *
 *     w = a + p (z - x)/2 + q (z + x)/2,   p = b (1 - rho), q = b (1 + rho), x = k - m, z = sqrt(x^2 + sigma^2)
 *
 * and the best p and q in [0, 2]^2 (no wing falls, Lee's bound) are those of a quadratic in two unknowns on a square:
 * its lowest point, or the lowest of its sides. m and sigma run over a grid in units of the volatility at the money.
 */
import {
  add,
  both,
  div,
  greatest,
  high,
  lessThan,
  low,
  madd,
  mul,
  read,
  select,
  sqrt,
  sub,
  write,
} from '../lanes/f64x2';
import { HIGH, LOW, MIDDLE, MONEYNESS, PER_HALF, PULL } from './descent';
import { LEAST_VARIANCE, Slice } from './svi';

/** Slopes of wings that a start may have. */
const MOST: f64 = 1.98;

/** Weights of the rows: a slice's quotes at the most. */
// @ts-ignore: decorator
@inline
function clamp(x: f64): f64 {
  return Math.min(MOST, Math.max(0, x));
}

// @ts-ignore: decorator
@inline
function sum(x: v128): f64 {
  return low(x) + high(x);
}

/**
 * The best a, b and rho for the slice's m and sigma by weighted least squares in w.
 * @param weightAt - a column of weights in w
 */
function solveLinear(slice: Slice, at: usize, stride: usize, rows: i32, weightAt: usize): void {
  let s = both(0);
  let sp = both(0);
  let sq = both(0);
  let sw = both(0);
  let spp = both(0);
  let spq = both(0);
  let sqq = both(0);
  let spw = both(0);
  let sqw = both(0);
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const weight = read(weightAt + i);
    const middle = read(at + i + MIDDLE * stride);
    const w = mul(middle, middle);
    const x = sub(read(at + i + MONEYNESS * stride), both(slice.m));
    const z = sqrt(madd(x, x, both(slice.sigma * slice.sigma)));
    const p = mul(both(0.5), sub(z, x));
    const q = mul(both(0.5), add(z, x));
    const wp = mul(weight, p);
    const wq = mul(weight, q);
    s = add(s, weight);
    sp = add(sp, wp);
    sq = add(sq, wq);
    sw = madd(weight, w, sw);
    spp = madd(wp, p, spp);
    spq = madd(wp, q, spq);
    sqq = madd(wq, q, sqq);
    spw = madd(wp, w, spw);
    sqw = madd(wq, w, sqw);
  }
  const per = 1 / Math.max(1e-300, sum(s));
  const meanP = sum(sp) * per;
  const meanQ = sum(sq) * per;
  const meanW = sum(sw) * per;
  const pp = Math.max(1e-300, sum(spp) * per - meanP * meanP);
  const pq = sum(spq) * per - meanP * meanQ;
  const qq = Math.max(1e-300, sum(sqq) * per - meanQ * meanQ);
  const pw = sum(spw) * per - meanP * meanW;
  const qw = sum(sqw) * per - meanQ * meanW;

  const determinant = pp * qq - pq * pq;
  let p = (pw * qq - qw * pq) / determinant;
  let q = (qw * pp - pw * pq) / determinant;
  if (!(determinant > 1e-12 * pp * qq && p >= 0 && p <= MOST && q >= 0 && q <= MOST)) {
    let best = Infinity;
    for (let side = 0; side < 4; side++) {
      const edge = side & 1 ? MOST : 0;
      const tryP = side < 2 ? edge : clamp((pw - pq * edge) / pp);
      const tryQ = side < 2 ? clamp((qw - pq * edge) / qq) : edge;
      const value = 0.5 * (pp * tryP * tryP + qq * tryQ * tryQ) + pq * tryP * tryQ - pw * tryP - qw * tryQ;
      if (value < best) {
        best = value;
        p = tryP;
        q = tryQ;
      }
    }
  }
  slice.b = 0.5 * (p + q);
  slice.rho = p + q > 0 ? (q - p) / (p + q) : 0;
  slice.a = Math.max(meanW - p * meanP - q * meanQ, -slice.sigma * Math.sqrt(p * q));
}

/** Weighs the rows anew by how far they lie from the slice, and sums what they cost: sum 2 (1 + e^2)^(1/4) - 2. */
function weigh(slice: Slice, at: usize, stride: usize, rows: i32, weightAt: usize, isFirst: bool): f64 {
  let cost = both(0);
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const x = sub(read(at + i + MONEYNESS * stride), both(slice.m));
    const z = sqrt(madd(x, x, both(slice.sigma * slice.sigma)));
    const w = madd(both(slice.b), madd(both(slice.rho), x, z), both(slice.a));
    const s = sqrt(greatest(w, both(LEAST_VARIANCE)));
    const perHalf = read(at + i + PER_HALF * stride);
    const isTwoSided = lessThan(both(0), read(at + i + PULL * stride));
    const e = mul(
      perHalf,
      greatest(greatest(both(0), sub(s, read(at + i + HIGH * stride))), sub(read(at + i + LOW * stride), s)),
    );
    const root = sqrt(madd(e, e, both(1)));
    const quarter = sqrt(root);
    cost = add(cost, mul(both(2), sub(quarter, both(1))));
    const perTwice = div(mul(perHalf, both(0.5)), greatest(both(1e-6), read(at + i + MIDDLE * stride)));
    const weight = isFirst ? both(1) : div(mul(perTwice, perTwice), mul(root, quarter));
    write(weightAt + i, select(isTwoSided, weight, both(0)));
  }
  return sum(cost);
}

/** Places of m and sizes of sigma, in units of the total volatility at the money. */
const PLACES: usize = memory.data<f64>([-1.6, -0.8, -0.3, 0, 0.3, 0.8, 1.6], 16);
const SIZES: usize = memory.data<f64>([0.05, 0.2, 0.6, 1.5, 3.5], 16);
const PLACE_COUNT: i32 = 7;
const SIZE_COUNT: i32 = 5;

/** Times that a start is weighed anew by how far its quotes lie from it. */
const ROUNDS: i32 = 5;

/** Starts that are kept. */
export const STARTS: i32 = 3;
const SLICE: usize = offsetof<Slice>();
const costsAt: usize = memory.data(3 * 8, 16);

/**
 * Fills the best starts of the grid, the best first.
 * @param startsAt - room for `STARTS` slices
 * @param trial - a slice to work in
 * @param scale - total volatility at the money
 */
export function findStarts(
  startsAt: usize,
  trial: Slice,
  at: usize,
  stride: usize,
  rows: i32,
  weightAt: usize,
  scale: f64,
): void {
  for (let i: usize = 0; i < <usize>STARTS; i++) store<f64>(costsAt + (i << 3), Infinity);
  for (let place = 0; place < PLACE_COUNT; place++) {
    for (let size = 0; size < SIZE_COUNT; size++) {
      trial.a = scale * scale;
      trial.b = 0;
      trial.rho = 0;
      trial.m = scale * load<f64>(PLACES + ((<usize>place) << 3));
      trial.sigma = scale * load<f64>(SIZES + ((<usize>size) << 3));
      for (let round = 0; round < ROUNDS; round++) {
        // alike at first: a bad quote may be a narrow one
        weigh(trial, at, stride, rows, weightAt, round == 0);
        solveLinear(trial, at, stride, rows, weightAt);
      }
      const cost = weigh(trial, at, stride, rows, weightAt, false);
      // insertion: a better start moves the worse down
      let rank: usize = <usize>STARTS;
      while (rank > 0 && cost < load<f64>(costsAt + ((rank - 1) << 3))) rank--;
      for (let i: usize = <usize>STARTS - 1; i > rank && i < <usize>STARTS; i--) {
        store<f64>(costsAt + (i << 3), load<f64>(costsAt + ((i - 1) << 3)));
        memory.copy(startsAt + i * SLICE, startsAt + (i - 1) * SLICE, SLICE);
      }
      if (rank < <usize>STARTS) {
        store<f64>(costsAt + (rank << 3), cost);
        memory.copy(startsAt + rank * SLICE, changetype<usize>(trial), SLICE);
      }
    }
  }
}
