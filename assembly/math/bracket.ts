/**
 * A root between two points at which a function's signs differ: regula falsi in the Illinois form (Dowell and Jarratt
 * 1971, A modified regula falsi method for computing the root of an equation), with a bisection every third step. The
 * caller evaluates its function at each `trial` and tells the value to `narrow`; one root is looked for at a time.
 */

const MOST_TRIALS: i32 = 100;

let a: f64 = 0;
let atA: f64 = 0;
let b: f64 = 0;
let atB: f64 = 0;
let trials: i32 = 0;
let lastWasB: bool = false;

/** Starts between two points. */
export function bracket(from: f64, atFrom: f64, to: f64, atTo: f64): void {
  a = from;
  atA = atFrom;
  b = to;
  atB = atTo;
  trials = 0;
  lastWasB = true;
}

/** The end that has had the sign of the second point throughout. */
export function bracketEnd(): f64 {
  return b;
}

/** The next point to evaluate; NaN where the ends are as near to each other as `tolerance`, relative to the second. */
export function trial(tolerance: f64): f64 {
  trials++;
  if (!(trials < MOST_TRIALS && abs(b - a) > tolerance * abs(b))) return NaN;
  let middle = 0.5 * (a + b);
  if (trials % 3) {
    const cut = a + (b - a) * (atA / (atA - atB));
    if ((cut - a) * (cut - b) < 0) middle = cut;
  }
  return middle == a || middle == b ? NaN : middle;
}

/** Moves the end of the same sign to a point; where the other stays a second time, its value counts half. */
export function narrow(x: f64, value: f64): void {
  const isB = value < 0 == atB < 0;
  if (isB) {
    b = x;
    atB = value;
    if (lastWasB) atA *= 0.5;
  } else {
    a = x;
    atA = value;
    if (!lastWasB) atB *= 0.5;
  }
  lastWasB = isB;
}
