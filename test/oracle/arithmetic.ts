/**
 * The vocabulary the oracle's formulas are written in. Two implementations speak it: {@link decimalArithmetic}
 * (100 digits, slow) and {@link doubleDoubleArithmetic} (31 digits, fast). Formulas stand once, in `greeks.ts`.
 */
export interface Arithmetic<T> {
  /** The exact value of a double. */
  from(x: number): T;
  /** The nearest double (for a double-double: its leading part). */
  toNumber(x: T): number;
  add(a: T, b: T): T;
  subtract(a: T, b: T): T;
  multiply(a: T, b: T): T;
  divide(a: T, b: T): T;
  sqrt(a: T): T;
  exp(a: T): T;
  /** ln(a / b) of two positive doubles, without the rounding of their quotient. */
  logRatio(a: number, b: number): T;
  /** Density and both tails of the standard normal distribution at x. */
  normal(x: T): Normal<T>;
}

/** The standard normal distribution at one point: phi(x), N(x) and N(-x), each to its own relative accuracy. */
export interface Normal<T> {
  readonly density: T;
  readonly below: T;
  readonly above: T;
}
