/**
 * A slice to its quotes: damped Gauss-Newton steps (Levenberg 1944, Marquardt 1963) on all five parameters.
 *
 * The unknowns V, P, Q, m, t make every slice one that has no negative variance, without a bound among them:
 *
 *     sigma = exp(t),  b (1 - rho) = P^2,  b (1 + rho) = Q^2,  a = V^2 - sigma P Q
 *
 * (P^2 and Q^2 are the slopes of the wings, V^2 the least variance). Derivatives are summed in a, d = b rho, b, m,
 * sigma
 * and taken to the unknowns at the end.
 *
 * A quote is an interval of total volatility s = sqrt(w), [low, high] with centre mid; h is its half-width, or
 * the median of those around it where that is more. What it costs:
 *
 *     1/2 q^2 ((s - mid)/h)^2 + 2 R^2 ((1 + (e/R)^2)^(1/4) - 1),   e = how far s lies beyond the interval, over h
 *
 * next to nothing inside, and no more than the root of the distance far outside, so that a bad quote does not carry
 * the slice away. When a slice is sharpened the second term is e^2/(1 + (e/R)^2)/2 (Geman and McClure 1985), which lets
 * a quote go that cannot be met, for the sake of others. Butterfly arbitrage costs weight/2 (margin - g)^2 at nodes
 * along k where g is below the margin; calendar arbitrage weight/2 e^2, e being how far w lies beyond a neighbour's,
 * relative to that, at the nodes and for the slopes of the wings, which decide far out.
 */
import {
  add,
  any,
  both,
  div,
  greatest,
  high,
  keep,
  lessThan,
  low,
  madd,
  mul,
  neg,
  read,
  select,
  sqrt,
  sub,
} from '../lanes/f64x2';
import { exp, log } from '../math/scalar';
import { durrlemanX2, LEAST_VARIANCE, Slice, varianceX2 } from './svi';
import { get, set } from '../memory/column';

/**
 * Columns of the quotes that a slice is fitted to, `stride` bytes apart; an even number of rows, the last may be
 * none.
 */
export const MONEYNESS: usize = 0;
export const LOW: usize = 1;
export const HIGH: usize = 2;
export const MIDDLE: usize = 3;
/** 1/h; 0 for a row that is none. */
export const PER_HALF: usize = 4;
/** q/h; 0 where only one side binds. */
export const PULL: usize = 5;
export const FIT_COLUMNS: usize = 6;

/** In the place of a bound that is not there. */
export const UNBOUNDED: f64 = 1e6;

/** R: beyond this many half-spreads a quote's cost grows as the root of the distance, or hardly any more. */
const ROBUST: f64 = 0.2;
let perRobust: f64 = 1 / ROBUST;
let isBounded: bool = false;

/** Bounds the cost of a quote about `reach` half-spreads outside; 0 goes back to what it is in a fit. */
export function boundCost(reach: f64): void {
  isBounded = reach > 0;
  perRobust = 1 / (isBounded ? reach : ROBUST);
}

const UNKNOWNS: usize = 5;
/** Scratch of a point: gradient (5), upper triangle of the curvature (15), in a, d, b, m, sigma. */
const SUMS: usize = 20;

export const NODES: i32 = 96;
export const nodesAt: usize = memory.data(96 * 8, 16);
/** More of them, where neighbours cross. */
export const CROSSINGS: i32 = 8;
export const crossingsAt: usize = memory.data(8 * 8, 16);

const unknownAt: usize = memory.data(5 * 8, 16);
const trialAt: usize = memory.data(5 * 8, 16);
const sumsAt: usize = memory.data(20 * 8, 16);
const stepAt: usize = memory.data(5 * 8, 16);
const gradientAt: usize = memory.data(5 * 8, 16);
const curvatureAt: usize = memory.data(25 * 8, 16);
const factorAt: usize = memory.data(25 * 8, 16);
const changeAt: usize = memory.data(25 * 8, 16);
const productAt: usize = memory.data(25 * 8, 16);

// @ts-ignore: decorator
@inline
function sum(x: v128): f64 {
  return low(x) + high(x);
}

// What the unknowns of the point in hand stand for.
let a: f64 = 0;
let d: f64 = 0;
let b: f64 = 0;
let m: f64 = 0;
let sigma: f64 = 0;

function unfold(at: usize): void {
  const v = get(at, 0);
  const p = get(at, 1);
  const q = get(at, 2);
  m = get(at, 3);
  sigma = exp(get(at, 4));
  a = v * v - sigma * p * q;
  b = 0.5 * (p * p + q * q);
  d = 0.5 * (q * q - p * p);
}

// @ts-ignore: decorator
@inline
function spread(i: usize, x: v128): void {
  set(sumsAt, i, get(sumsAt, i) + sum(x));
}

/** Sums cost, gradient and curvature of the quotes. @returns the cost */
function sumQuotes(at: usize, stride: usize, rows: i32): f64 {
  let cost = both(0);
  let g0 = both(0);
  let g1 = both(0);
  let g2 = both(0);
  let g3 = both(0);
  let g4 = both(0);
  let h00 = both(0);
  let h01 = both(0);
  let h02 = both(0);
  let h03 = both(0);
  let h04 = both(0);
  let h11 = both(0);
  let h12 = both(0);
  let h13 = both(0);
  let h14 = both(0);
  let h22 = both(0);
  let h23 = both(0);
  let h24 = both(0);
  let h33 = both(0);
  let h34 = both(0);
  let h44 = both(0);
  for (let i = at, end = at + ((<usize>rows) << 3); i < end; i += 16) {
    const x = sub(read(i + MONEYNESS * stride), both(m));
    const z = sqrt(madd(x, x, both(sigma * sigma)));
    const w = greatest(both(LEAST_VARIANCE), madd(both(d), x, madd(both(b), z, both(a))));
    const s = sqrt(w);
    const perHalf = read(i + PER_HALF * stride);
    const over = mul(sub(s, read(i + HIGH * stride)), perHalf);
    const under = mul(sub(read(i + LOW * stride), s), perHalf);
    const isOver = lessThan(both(0), over);
    const isOut = lessThan(both(0), greatest(over, under));
    const e = keep(isOut, greatest(over, under));
    const far = mul(e, both(perRobust));
    const more = madd(far, far, both(1));
    const root = sqrt(more);
    const quarter = sqrt(root);
    const weight = div(both(1), isBounded ? mul(more, more) : mul(root, quarter));
    const lost = isBounded
      ? div(mul(both(0.5), mul(e, e)), more)
      : mul(sub(quarter, both(1)), both(2 / (perRobust * perRobust)));
    const pull = read(i + PULL * stride);
    const off = mul(pull, sub(s, read(i + MIDDLE * stride)));
    cost = add(cost, madd(mul(off, off), both(0.5), lost));
    const force = mul(mul(e, weight), perHalf);
    const gs = madd(pull, off, select(isOver, force, neg(force)));
    const hs = madd(pull, pull, keep(isOut, mul(mul(perHalf, perHalf), weight)));
    const perTwice = div(both(0.5), s);
    const g = mul(gs, perTwice);
    const h = mul(hs, mul(perTwice, perTwice));
    const dm = neg(madd(both(b), div(x, z), both(d)));
    const ds = div(both(b * sigma), z);
    g0 = add(g0, g);
    g1 = madd(g, x, g1);
    g2 = madd(g, z, g2);
    g3 = madd(g, dm, g3);
    g4 = madd(g, ds, g4);
    const hx = mul(h, x);
    const hz = mul(h, z);
    const hm = mul(h, dm);
    const hd = mul(h, ds);
    h00 = add(h00, h);
    h01 = add(h01, hx);
    h02 = add(h02, hz);
    h03 = add(h03, hm);
    h04 = add(h04, hd);
    h11 = madd(hx, x, h11);
    h12 = madd(hx, z, h12);
    h13 = madd(hx, dm, h13);
    h14 = madd(hx, ds, h14);
    h22 = madd(hz, z, h22);
    h23 = madd(hz, dm, h23);
    h24 = madd(hz, ds, h24);
    h33 = madd(hm, dm, h33);
    h34 = madd(hm, ds, h34);
    h44 = madd(hd, ds, h44);
  }
  spread(0, g0);
  spread(1, g1);
  spread(2, g2);
  spread(3, g3);
  spread(4, g4);
  spread(5, h00);
  spread(6, h01);
  spread(7, h02);
  spread(8, h03);
  spread(9, h04);
  spread(10, h11);
  spread(11, h12);
  spread(12, h13);
  spread(13, h14);
  spread(14, h22);
  spread(15, h23);
  spread(16, h24);
  spread(17, h33);
  spread(18, h34);
  spread(19, h44);
  return sum(cost);
}

/** Sums what butterfly arbitrage costs at the nodes. */
function sumArbitrage(weight: f64, margin: f64): f64 {
  let cost: f64 = 0;
  const square = both(sigma * sigma);
  for (let i: usize = 0; i < (<usize>NODES) << 3; i += 16) {
    const k = read(nodesAt + i);
    const x = sub(k, both(m));
    const z = sqrt(madd(x, x, square));
    const w = greatest(both(LEAST_VARIANCE), madd(both(d), x, madd(both(b), z, both(a))));
    const perZ = div(both(1), z);
    const perCube = mul(mul(perZ, perZ), perZ);
    const w1 = madd(both(b), mul(x, perZ), both(d));
    const w2 = mul(mul(both(b), square), perCube);
    const short = sub(both(margin), durrlemanX2(k, w, w1, w2));
    const isShort = lessThan(both(0), short);
    if (!any(isShort)) continue;
    // dg by w, w', w''
    const perW = div(both(1), w);
    const half = mul(mul(k, perW), both(0.5));
    const t = sub(both(1), mul(half, w1));
    const gw = mul(perW, madd(mul(add(t, t), half), w1, mul(mul(mul(w1, w1), perW), both(0.25))));
    const gw1 = neg(madd(mul(add(t, t), half), both(1), mul(w1, madd(perW, both(0.5), both(0.125)))));
    const dm = neg(w1);
    const ds = mul(both(b * sigma), perZ);
    const curl = mul(square, perCube);
    // by a, d, b, m, sigma: w, w' and w'' in turn
    const j0 = gw;
    const j1 = madd(gw, x, gw1);
    const j2 = madd(gw, z, madd(gw1, mul(x, perZ), mul(both(0.5), curl)));
    const j3 = madd(gw, dm, madd(gw1, neg(w2), mul(mul(both(1.5), w2), mul(x, mul(perZ, perZ)))));
    const bend = mul(
      both(0.5 * b * sigma),
      mul(perCube, sub(both(2), mul(both(3), mul(square, mul(perZ, perZ))))),
    );
    const j4 = madd(gw, ds, madd(gw1, neg(mul(mul(both(b * sigma), x), perCube)), bend));
    const e = keep(isShort, short);
    const c = keep(isShort, both(weight));
    cost += 0.5 * weight * sum(mul(e, e));
    const pull = neg(mul(c, e));
    spread(0, mul(pull, j0));
    spread(1, mul(pull, j1));
    spread(2, mul(pull, j2));
    spread(3, mul(pull, j3));
    spread(4, mul(pull, j4));
    spread(5, mul(c, mul(j0, j0)));
    spread(6, mul(c, mul(j0, j1)));
    spread(7, mul(c, mul(j0, j2)));
    spread(8, mul(c, mul(j0, j3)));
    spread(9, mul(c, mul(j0, j4)));
    spread(10, mul(c, mul(j1, j1)));
    spread(11, mul(c, mul(j1, j2)));
    spread(12, mul(c, mul(j1, j3)));
    spread(13, mul(c, mul(j1, j4)));
    spread(14, mul(c, mul(j2, j2)));
    spread(15, mul(c, mul(j2, j3)));
    spread(16, mul(c, mul(j2, j4)));
    spread(17, mul(c, mul(j3, j3)));
    spread(18, mul(c, mul(j3, j4)));
    spread(19, mul(c, mul(j4, j4)));
  }
  return cost;
}

// The slices before and after the one in hand that it must not cross, and what crossing them weighs.
let before: Slice | null = null;
let after: Slice | null = null;
let calendarWeight: f64 = 0;

/** Neighbours are kept apart by this, relatively: room for what happens between the nodes. */
const PARTING: f64 = 1e-4;

/** Says which slices the next descents must not cross, null for none. */
export function stayBetween(near: Slice | null, far: Slice | null, weight: f64): void {
  before = near;
  after = far;
  calendarWeight = weight;
}

/** Sums what crossing a neighbour costs at two nodes. @param side - 1 to stay above it, -1 to stay below */
// @ts-ignore: decorator
@inline
function sumCrossing(neighbour: Slice, k: v128, side: f64): f64 {
  const x = sub(k, both(m));
  const z = sqrt(madd(x, x, both(sigma * sigma)));
  const w = madd(both(d), x, madd(both(b), z, both(a)));
  const other = greatest(varianceX2(neighbour, k), both(LEAST_VARIANCE));
  const per = div(both(side), other);
  const e = greatest(both(0), sub(both(side + PARTING), mul(w, per)));
  if (!any(lessThan(both(0), e))) return 0;
  const isShort = lessThan(both(0), e);
  const pull = neg(mul(both(calendarWeight), mul(e, per)));
  const c = keep(isShort, mul(both(calendarWeight), mul(per, per)));
  const dm = neg(madd(both(b), div(x, z), both(d)));
  const ds = div(both(b * sigma), z);
  spread(0, pull);
  spread(1, mul(pull, x));
  spread(2, mul(pull, z));
  spread(3, mul(pull, dm));
  spread(4, mul(pull, ds));
  spread(5, c);
  spread(6, mul(c, x));
  spread(7, mul(c, z));
  spread(8, mul(c, dm));
  spread(9, mul(c, ds));
  spread(10, mul(c, mul(x, x)));
  spread(11, mul(c, mul(x, z)));
  spread(12, mul(c, mul(x, dm)));
  spread(13, mul(c, mul(x, ds)));
  spread(14, mul(c, mul(z, z)));
  spread(15, mul(c, mul(z, dm)));
  spread(16, mul(c, mul(z, ds)));
  spread(17, mul(c, mul(dm, dm)));
  spread(18, mul(c, mul(dm, ds)));
  spread(19, mul(c, mul(ds, ds)));
  return 0.5 * calendarWeight * sum(mul(e, e));
}

/** Sums what a wing costs that crosses a neighbour's far out: its slope is b + right d. */
function sumWing(neighbour: Slice, right: f64, side: f64): f64 {
  const per = side / Math.max(1e-8, neighbour.b * (1 + right * neighbour.rho));
  const e = side + PARTING - (b + right * d) * per;
  if (!(e > 0)) return 0;
  const pull = -calendarWeight * e * per;
  const c = calendarWeight * per * per;
  set(sumsAt, 1, get(sumsAt, 1) + right * pull);
  set(sumsAt, 2, get(sumsAt, 2) + pull);
  set(sumsAt, 10, get(sumsAt, 10) + c);
  set(sumsAt, 11, get(sumsAt, 11) + right * c);
  set(sumsAt, 14, get(sumsAt, 14) + c);
  return 0.5 * calendarWeight * e * e;
}

/** Sums what crossing a neighbour costs. */
function sumCalendar(neighbour: Slice, side: f64): f64 {
  let cost = sumWing(neighbour, -1, side) + sumWing(neighbour, 1, side);
  for (let i: usize = 0; i < (<usize>NODES) << 3; i += 16)
    cost += sumCrossing(neighbour, read(nodesAt + i), side);
  for (let i: usize = 0; i < (<usize>CROSSINGS) << 3; i += 16) {
    cost += sumCrossing(neighbour, read(crossingsAt + i), side);
  }
  return cost;
}

/** Cost at a point, and the sums of its derivatives. */
function look(at: usize, quotesAt: usize, stride: usize, rows: i32, weight: f64, margin: f64): f64 {
  unfold(at);
  memory.fill(sumsAt, 0, SUMS << 3);
  let cost = sumQuotes(quotesAt, stride, rows);
  if (weight > 0) cost += sumArbitrage(weight, margin);
  if (before) cost += sumCalendar(before!, 1);
  if (after) cost += sumCalendar(after!, -1);
  return cost;
}

/** Cost of a slice's quotes; its derivatives by a, d = b rho, b, m, sigma stand in the sums. */
export function sumSlice(slice: Slice, quotesAt: usize, stride: usize, rows: i32): f64 {
  a = slice.a;
  b = slice.b;
  d = slice.b * slice.rho;
  m = slice.m;
  sigma = slice.sigma;
  memory.fill(sumsAt, 0, SUMS << 3);
  return sumQuotes(quotesAt, stride, rows);
}

/** Derivative of the last sums by parameter i. */
// @ts-ignore: decorator
@inline
export function slopeSum(i: usize): f64 {
  return get(sumsAt, i);
}

/** Curvature of the last sums by parameters i and j. */
export function curvatureSum(i: usize, j: usize): f64 {
  const least = i < j ? i : j;
  const most = i < j ? j : i;
  return get(sumsAt, 5 + 4 * least - ((least * (least - 1)) >> 1) + most);
}

/** Takes the derivatives of the last `look` to the unknowns. */
function turn(at: usize): void {
  const p = get(at, 1);
  const q = get(at, 2);
  // rows a, d, b, m, sigma; columns V, P, Q, m, t
  memory.fill(changeAt, 0, 25 << 3);
  set(changeAt, 0, 2 * get(at, 0));
  set(changeAt, 1, -sigma * q);
  set(changeAt, 2, -sigma * p);
  set(changeAt, 4, -sigma * p * q);
  set(changeAt, 6, -p);
  set(changeAt, 7, q);
  set(changeAt, 11, p);
  set(changeAt, 12, q);
  set(changeAt, 18, 1);
  set(changeAt, 24, sigma);
  for (let i: usize = 0, place: usize = 5; i < 5; i++) {
    for (let j = i; j < 5; j++, place++) {
      set(factorAt, i * 5 + j, get(sumsAt, place));
      set(factorAt, j * 5 + i, get(sumsAt, place));
    }
  }
  for (let i: usize = 0; i < 5; i++) {
    for (let j: usize = 0; j < 5; j++) {
      let value: f64 = 0;
      for (let l: usize = 0; l < 5; l++) value += get(factorAt, i * 5 + l) * get(changeAt, l * 5 + j);
      set(productAt, i * 5 + j, value);
    }
  }
  for (let i: usize = 0; i < 5; i++) {
    let slope: f64 = 0;
    for (let l: usize = 0; l < 5; l++) slope += get(changeAt, l * 5 + i) * get(sumsAt, l);
    set(gradientAt, i, slope);
    for (let j: usize = 0; j < 5; j++) {
      let value: f64 = 0;
      for (let l: usize = 0; l < 5; l++) value += get(changeAt, l * 5 + i) * get(productAt, l * 5 + j);
      set(curvatureAt, i * 5 + j, value);
    }
  }
}

/** Solves (H + damping D) step = -gradient by Cholesky. @returns false where the matrix is not positive */
function solveStep(damping: f64): bool {
  let largest: f64 = 0;
  for (let i: usize = 0; i < 5; i++) largest = Math.max(largest, get(curvatureAt, i * 6));
  for (let i: usize = 0; i < 5; i++) {
    for (let j: usize = 0; j <= i; j++) {
      let value = get(curvatureAt, i * 5 + j);
      if (i == j) value += damping * (value + 1e-9 * largest + 1e-300);
      for (let l: usize = 0; l < j; l++) value -= get(factorAt, i * 5 + l) * get(factorAt, j * 5 + l);
      if (i == j) {
        if (!(value > 0)) return false;
        set(factorAt, i * 5 + i, Math.sqrt(value));
      } else {
        set(factorAt, i * 5 + j, value / get(factorAt, j * 5 + j));
      }
    }
  }
  for (let i: usize = 0; i < 5; i++) {
    let value = -get(gradientAt, i);
    for (let l: usize = 0; l < i; l++) value -= get(factorAt, i * 5 + l) * get(stepAt, l);
    set(stepAt, i, value / get(factorAt, i * 5 + i));
  }
  for (let i: usize = 5; i-- > 0;) {
    let value = get(stepAt, i);
    for (let l = i + 1; l < 5; l++) value -= get(factorAt, l * 5 + i) * get(stepAt, l);
    set(stepAt, i, value / get(factorAt, i * 5 + i));
  }
  return true;
}

// @ts-ignore: decorator
@inline
function clamp(x: f64, least: f64, most: f64): f64 {
  return Math.min(most, Math.max(least, x));
}

/** Steps that were taken since the caller last set it to 0. */
export let steps: i32 = 0;
export function restart(): void {
  steps = 0;
}

/** The root of 1.9999, Lee's bound with a margin: slopes of the wings are P^2 and Q^2. */
const STEEPEST_ROOT: f64 = 1.4141782065920827;

/**
 * Descends from a slice, in place.
 * @param scale - the total volatility that m and sigma are of the order of
 * @param weight - of butterfly arbitrage, at the nodes
 * @returns the cost
 */
export function descend(
  slice: Slice,
  quotesAt: usize,
  stride: usize,
  rows: i32,
  scale: f64,
  weight: f64,
  margin: f64,
  most: i32,
): f64 {
  const rise = slice.b * slice.sigma * Math.sqrt(Math.max(0, 1 - slice.rho * slice.rho));
  set(unknownAt, 0, Math.sqrt(Math.max(1e-6 * scale * scale, slice.a + rise)));
  set(unknownAt, 1, Math.min(STEEPEST_ROOT, Math.sqrt(Math.max(1e-10, slice.b * (1 - slice.rho)))));
  set(unknownAt, 2, Math.min(STEEPEST_ROOT, Math.sqrt(Math.max(1e-10, slice.b * (1 + slice.rho)))));
  set(unknownAt, 3, slice.m);
  set(unknownAt, 4, log(slice.sigma));
  const leastLog = log(scale) - 5.5;
  let cost = look(unknownAt, quotesAt, stride, rows, weight, margin);
  turn(unknownAt);
  let damping: f64 = 1e-3;
  let still = 0;
  for (let i = 0; i < most && still < 2; i++) {
    steps++;
    if (!solveStep(damping)) {
      damping = Math.max(1e-6, damping * 10);
      continue;
    }
    for (let j: usize = 0; j < UNKNOWNS; j++) set(trialAt, j, get(unknownAt, j) + get(stepAt, j));
    set(trialAt, 1, clamp(get(trialAt, 1), -STEEPEST_ROOT, STEEPEST_ROOT));
    set(trialAt, 2, clamp(get(trialAt, 2), -STEEPEST_ROOT, STEEPEST_ROOT));
    set(trialAt, 3, clamp(get(trialAt, 3), -8 * scale, 8 * scale));
    set(trialAt, 4, clamp(get(trialAt, 4), leastLog, leastLog + 8));
    const next = look(trialAt, quotesAt, stride, rows, weight, margin);
    if (next < cost) {
      still = cost - next < 1e-5 * cost + 1e-12 ? still + 1 : 0;
      cost = next;
      memory.copy(unknownAt, trialAt, UNKNOWNS << 3);
      turn(unknownAt);
      damping = Math.max(1e-9, damping * 0.2);
    } else {
      damping = damping * 8;
      if (damping > 1e8) break;
    }
  }
  unfold(unknownAt);
  slice.a = a;
  slice.b = b;
  slice.rho = b > 0 ? d / b : 0;
  slice.m = m;
  slice.sigma = sigma;
  return cost;
}
