import type { Arithmetic, Normal } from './arithmetic.js';

/**
 * A value as the unevaluated sum of two doubles, |low| <= ulp(high) / 2: about 31 decimal digits.
 * Algorithms: Dekker 1971 (product, quotient), Knuth (sum), Hida, Li & Bailey 2001 (the QD library's papers).
 * Products of magnitude below 1e-290 lose their low part to underflow; the tested regimes stay above that.
 */
export interface DoubleDouble {
  readonly high: number;
  readonly low: number;
}

/** 2^27 + 1, Veltkamp's constant: splits a 53-bit significand into two halves whose products are exact. */
const SPLITTER = 134217729;

const ZERO: DoubleDouble = { high: 0, low: 0 };
const ONE: DoubleDouble = { high: 1, low: 0 };
const TWO: DoubleDouble = { high: 2, low: 0 };
/** ln 2 in three parts (the third carries the reduction of arguments near -700). */
const LN2 = [0.6931471805599453, 2.3190468138462996e-17, 5.707708438416212e-34] as const;
const INVERSE_ROOT_TWO_PI: DoubleDouble = { high: 0.3989422804014327, low: -2.49232720227773e-17 };

/** a + b where |a| >= |b| or a = 0. */
function renormalize(a: number, b: number): DoubleDouble {
  const high = a + b;
  return { high, low: b - (high - a) };
}

function sumOf(a: number, b: number): DoubleDouble {
  const high = a + b;
  const shadow = high - a;
  return { high, low: a - (high - shadow) + (b - shadow) };
}

function productError(a: number, b: number, product: number): number {
  const wideA = SPLITTER * a;
  const highA = wideA - (wideA - a);
  const lowA = a - highA;
  const wideB = SPLITTER * b;
  const highB = wideB - (wideB - b);
  const lowB = b - highB;
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB);
}

export function productOf(a: number, b: number): DoubleDouble {
  const high = a * b;
  return { high, low: productError(a, b, high) };
}

export function add(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const high = sumOf(a.high, b.high);
  const low = sumOf(a.low, b.low);
  const middle = renormalize(high.high, high.low + low.high);
  return renormalize(middle.high, middle.low + low.low);
}

export function negate(a: DoubleDouble): DoubleDouble {
  return { high: -a.high, low: -a.low };
}

export function subtract(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  return add(a, negate(b));
}

export function multiply(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const high = a.high * b.high;
  return renormalize(high, productError(a.high, b.high, high) + (a.high * b.low + a.low * b.high));
}

function multiplyByNumber(a: DoubleDouble, b: number): DoubleDouble {
  const high = a.high * b;
  return renormalize(high, productError(a.high, b, high) + a.low * b);
}

export function divide(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const first = a.high / b.high;
  let rest = subtract(a, multiplyByNumber(b, first));
  const second = rest.high / b.high;
  rest = subtract(rest, multiplyByNumber(b, second));
  const quotient = renormalize(first, second);
  return add(quotient, { high: rest.high / b.high, low: 0 });
}

export function sqrt(a: DoubleDouble): DoubleDouble {
  if (a.high === 0) return ZERO;
  // Two Newton corrections of the double root r: r + (a - r^2) / (2 r), the second from the corrected value.
  const first = Math.sqrt(a.high);
  const root = renormalize(first, subtract(a, productOf(first, first)).high / (2 * first));
  return add(root, { high: subtract(a, multiply(root, root)).high / (2 * first), low: 0 });
}

/** 1/2!, 1/3! ... 1/13!, the Taylor coefficients of exp after 1 + x. */
const INVERSE_FACTORIALS: readonly DoubleDouble[] = (() => {
  const list: DoubleDouble[] = [];
  let factorial = 1;
  for (let n = 2; n <= 13; n++) {
    factorial *= n;
    list.push(divide(ONE, { high: factorial, low: 0 }));
  }
  return list;
})();

/**
 * exp(a) = 2^k (1 + t)^(2^6): a - k ln 2, divided by 2^6, is at most 0.0055 in size, where 13 Taylor terms
 * leave less than 1e-40. The doublings are done on exp - 1, (1 + t)^2 - 1 = t (2 + t), which keeps them exact.
 */
export function exp(a: DoubleDouble): DoubleDouble {
  if (a.high < -745) return ZERO;
  const k = Math.round(a.high / LN2[0]);
  let x = subtract(a, productOf(k, LN2[0]));
  x = subtract(x, productOf(k, LN2[1]));
  x = subtract(x, { high: k * LN2[2], low: 0 });
  const reduced = { high: x.high / 64, low: x.low / 64 };
  let sum = INVERSE_FACTORIALS[INVERSE_FACTORIALS.length - 1];
  for (let n = INVERSE_FACTORIALS.length - 2; n >= 0; n--) {
    sum = add(multiply(sum, reduced), INVERSE_FACTORIALS[n]);
  }
  let t = add(reduced, multiply(multiply(reduced, reduced), sum));
  for (let doubling = 0; doubling < 6; doubling++) t = multiply(t, add(TWO, t));
  const result = add(ONE, t);
  // Two factors, since 2^k alone underflows before the result does.
  const half = Math.trunc(k / 2);
  const scale = 2 ** half;
  const rest = 2 ** (k - half);
  return { high: result.high * scale * rest, low: result.low * scale * rest };
}

/**
 * ln(a / b). Near 1: 2 artanh((a - b) / (a + b)), whose numerator is exact, so that the relative accuracy holds
 * as a / b -> 1. Elsewhere: one Newton step y + q exp(-y) - 1 from the double logarithm y.
 */
export function logRatio(a: number, b: number): DoubleDouble {
  const z = divide(sumOf(a, -b), sumOf(a, b));
  if (Math.abs(z.high) < 0.1) {
    const square = multiply(z, z);
    let sum = ZERO;
    for (let odd = 33; odd >= 3; odd -= 2) {
      sum = multiply(add(sum, divide(ONE, { high: odd, low: 0 })), square);
    }
    const half = add(z, multiply(z, sum));
    return { high: 2 * half.high, low: 2 * half.low };
  }
  const quotient = divide({ high: a, low: 0 }, { high: b, low: 0 });
  const guess = Math.log(quotient.high);
  const correction = subtract(multiply(quotient, exp({ high: -guess, low: 0 })), ONE);
  // ln(1 + c) with |c| ~ 1e-15: c - c^2/2 is complete to 1e-45.
  const logarithm = subtract(correction, multiplyByNumber(multiply(correction, correction), 0.5));
  return add({ high: guess, low: 0 }, logarithm);
}

/** Centres of the Taylor pieces of the Mills ratio: 0, 1/8, 2/8 ... 40. */
const PIECES_PER_UNIT = 8;
const LAST_CENTRE = 40;
/** Degree of a piece: at |h| <= 1/16 the first term left out is below 1e-33 of the value. */
const DEGREE = 21;
/** From here up the backward recurrence converges in few levels and all its terms are positive. */
const RECURRENCE_FROM = 4;

/**
 * Taylor coefficients of the Mills ratio at c >= 4. With L_n = integral of t^n/n! exp(-c t - t^2/2) over t > 0,
 * M(c + h) = sum (-h)^n L_n and L_{n-1} = c L_n + (n + 1) L_{n+1}: the L are the minimal solution, found by running
 * the recurrence downwards from far above (Miller's algorithm, Gautschi 1967) and scaling by c L_0 + L_1 = 1.
 */
function piecesByRecurrence(c: number): DoubleDouble[] {
  const levels = Math.ceil(40 + 2000 / (c * c));
  const list: DoubleDouble[] = [];
  let next = ZERO;
  let current: DoubleDouble = { high: 1e-150, low: 0 };
  for (let n = levels; n >= 1; n--) {
    if (n <= DEGREE) list[n] = current;
    const previous = add(multiplyByNumber(current, c), multiplyByNumber(next, n + 1));
    next = current;
    current = previous;
  }
  list[0] = current;
  const scale = divide(ONE, add(multiplyByNumber(current, c), next));
  return list.map((value, n) => (n % 2 === 0 ? multiply(value, scale) : negate(multiply(value, scale))));
}

/** The same coefficients from a known M(c) upwards: L_1 = 1 - c L_0, (n + 1) L_{n+1} = L_{n-1} - c L_n. */
function piecesFromValue(c: number, value: DoubleDouble): DoubleDouble[] {
  const list: DoubleDouble[] = [value, subtract(ONE, multiplyByNumber(value, c))];
  for (let n = 1; n < DEGREE; n++) {
    const rest = subtract(list[n - 1], multiplyByNumber(list[n], c));
    list.push(divide(rest, { high: n + 1, low: 0 }));
  }
  return list.map((coefficient, n) => (n % 2 === 0 ? coefficient : negate(coefficient)));
}

function valueOfPiece(piece: readonly DoubleDouble[], h: number | DoubleDouble): DoubleDouble {
  const step = typeof h === 'number' ? { high: h, low: 0 } : h;
  let sum = piece[DEGREE];
  for (let n = DEGREE - 1; n >= 0; n--) sum = add(multiply(sum, step), piece[n]);
  return sum;
}

let pieces: DoubleDouble[][] | undefined;

/**
 * All pieces. Below 4 they step down from one centre to the next: M' = x M - 1 has the homogeneous solution
 * exp(x^2/2), so an error of one centre shrinks on the way to the one below.
 */
function millsPieces(): DoubleDouble[][] {
  if (pieces) return pieces;
  const list: DoubleDouble[][] = [];
  for (let index = LAST_CENTRE * PIECES_PER_UNIT; index >= 0; index--) {
    const c = index / PIECES_PER_UNIT;
    if (c >= RECURRENCE_FROM) list[index] = piecesByRecurrence(c);
    else list[index] = piecesFromValue(c, valueOfPiece(list[index + 1], -1 / PIECES_PER_UNIT));
  }
  pieces = list;
  return list;
}

/** The Mills ratio N(-x) / phi(x) for x >= 0. */
export function millsRatio(x: DoubleDouble): DoubleDouble {
  const index = Math.round(x.high * PIECES_PER_UNIT);
  if (index <= LAST_CENTRE * PIECES_PER_UNIT) {
    return valueOfPiece(millsPieces()[index], subtract(x, { high: index / PIECES_PER_UNIT, low: 0 }));
  }
  // Beyond the pieces 40 levels of the continued fraction x + 1/(x + 2/(x + ...)) are complete to 1e-70.
  let fraction = x;
  for (let level = 40; level >= 1; level--) fraction = add(x, divide({ high: level, low: 0 }, fraction));
  return divide(ONE, fraction);
}

/** Density and both tails of the standard normal distribution. */
export function normal(x: DoubleDouble): Normal<DoubleDouble> {
  const size = x.high < 0 ? negate(x) : x;
  const square = multiply(size, size);
  const kernel = exp({ high: -square.high / 2, low: -square.low / 2 });
  const density = multiply(kernel, INVERSE_ROOT_TWO_PI);
  const tail = multiply(density, millsRatio(size));
  const whole = subtract(ONE, tail);
  return x.high < 0 ? { density, below: tail, above: whole } : { density, below: whole, above: tail };
}

/** Arithmetic on double-doubles: about 31 digits, tens of thousands of full valuations a second. */
export const doubleDoubleArithmetic: Arithmetic<DoubleDouble> = {
  from: (x) => ({ high: x, low: 0 }),
  toNumber: (x) => x.high,
  add,
  subtract,
  multiply,
  divide,
  sqrt,
  exp,
  logRatio,
  normal,
};
