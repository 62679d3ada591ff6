import { Decimal } from 'decimal.js';
import type { Arithmetic, Normal } from './arithmetic.js';

/** 100 working digits: the oracle's values keep more than 60 after every cancellation of the tested regimes. */
const Digits = Decimal.clone({ precision: 100, minE: -9e15, maxE: 9e15 });
/** Guard digits for the series below, which loses as many as the tail has leading zeros (75 at x = 18). */
const Guarded = Decimal.clone({ precision: 200, minE: -9e15, maxE: 9e15 });

const PI = Digits.acos(-1);
const ROOT_TWO_PI = PI.times(2).sqrt();
const ONE = new Digits(1);

/** Where the continued fraction takes over: it needs more levels the nearer x is to zero. */
const FRACTION_FROM = 12;
const FRACTION_LEVELS = 400;

/**
 * The exact value of a double. `new Decimal(x)` would read the shortest decimal that rounds to x instead, which is
 * up to half an ulp away; doubling it until it is an integer keeps every bit.
 */
export function exactly(x: number): Decimal {
  if (!Number.isFinite(x)) throw new RangeError(`not finite: ${x}`);
  let exponent = 0;
  let scaled = x;
  while (scaled !== 0 && Math.abs(scaled) < 2 ** 52) {
    scaled *= 2;
    exponent -= 1;
  }
  return new Digits(BigInt(scaled).toString()).times(new Digits(2).pow(exponent));
}

function densityAt(x: Decimal): Decimal {
  return x.times(x).div(-2).exp().div(ROOT_TWO_PI);
}

/**
 * N(-x) = phi(x) / (x + 1/(x + 2/(x + 3/(x + ...)))), evaluated backwards (Abramowitz & Stegun 26.2.14).
 * At x >= 12 the error of 400 levels is of the order exp(-2 x sqrt(2 * 400)), far below 1e-200.
 */
function tailByFraction(x: Decimal): Decimal {
  let fraction = x;
  for (let level = FRACTION_LEVELS; level >= 1; level--) fraction = x.plus(new Digits(level).div(fraction));
  return densityAt(x).div(fraction);
}

/** N(x) - 1/2 = phi(x) (x + x^3/3 + x^5/(3 5) + ...), all terms positive (Abramowitz & Stegun 26.2.11). */
function tailBySeries(x: Decimal): Decimal {
  const wide = new Guarded(x);
  const square = wide.times(wide);
  let term = wide;
  let sum = wide;
  for (let odd = 3; term.gt(sum.times('1e-199')); odd += 2) {
    term = term.times(square).div(odd);
    sum = sum.plus(term);
  }
  const density = square.div(-2).exp().div(Guarded.acos(-1).times(2).sqrt());
  return new Digits(new Guarded(0.5).minus(density.times(sum)));
}

function normalAt(x: Decimal): Normal<Decimal> {
  const size = x.abs();
  const tail = size.gte(FRACTION_FROM) ? tailByFraction(size) : tailBySeries(size);
  const whole = ONE.minus(tail);
  return {
    density: densityAt(x),
    below: x.isNegative() ? tail : whole,
    above: x.isNegative() ? whole : tail,
  };
}

/** Arithmetic on decimal.js with 100 significant digits. */
export const decimalArithmetic: Arithmetic<Decimal> = {
  from: exactly,
  toNumber: (x) => x.toNumber(),
  add: (a, b) => a.plus(b),
  subtract: (a, b) => a.minus(b),
  multiply: (a, b) => a.times(b),
  divide: (a, b) => a.div(b),
  sqrt: (a) => a.sqrt(),
  exp: (a) => a.exp(),
  logRatio: (a, b) => exactly(a).div(exactly(b)).ln(),
  normal: normalAt,
};

/** The Mills ratio N(-x) / phi(x) to 100 digits. */
export function millsRatio(x: number): Decimal {
  const at = normalAt(exactly(x));
  return at.above.div(at.density);
}
