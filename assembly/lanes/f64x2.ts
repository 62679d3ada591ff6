/**
 * The vocabulary of lanes: every v128 of the core is spoken through these words, so that a kernel reads like its
 * formula and another width would be another file. All are inlined; none rounds more than it says.
 */

/** Both lanes the same. */
// @ts-ignore: decorator
@inline
export function both(x: f64): v128 {
  return f64x2.splat(x);
}

/** Two lanes. */
// @ts-ignore: decorator
@inline
export function pair(low: f64, high: f64): v128 {
  return f64x2.replace_lane(f64x2.splat(low), 1, high);
}

// @ts-ignore: decorator
@inline
export function low(x: v128): f64 {
  return f64x2.extract_lane(x, 0);
}

// @ts-ignore: decorator
@inline
export function high(x: v128): f64 {
  return f64x2.extract_lane(x, 1);
}

// @ts-ignore: decorator
@inline
export function add(a: v128, b: v128): v128 {
  return f64x2.add(a, b);
}

// @ts-ignore: decorator
@inline
export function sub(a: v128, b: v128): v128 {
  return f64x2.sub(a, b);
}

// @ts-ignore: decorator
@inline
export function mul(a: v128, b: v128): v128 {
  return f64x2.mul(a, b);
}

// @ts-ignore: decorator
@inline
export function div(a: v128, b: v128): v128 {
  return f64x2.div(a, b);
}

// @ts-ignore: decorator
@inline
export function sqrt(x: v128): v128 {
  return f64x2.sqrt(x);
}

// @ts-ignore: decorator
@inline
export function abs(x: v128): v128 {
  return f64x2.abs(x);
}

// @ts-ignore: decorator
@inline
export function neg(x: v128): v128 {
  return f64x2.neg(x);
}

/** x * y + z, rounded twice. */
// @ts-ignore: decorator
@inline
export function madd(x: v128, y: v128, z: v128): v128 {
  return f64x2.add(f64x2.mul(x, y), z);
}

/**
 * Entry `i` of a table of doubles, in both lanes. A literal takes the hosts' compilers three instructions each time it
 * is used, a load one: tables made the kernels a tenth faster.
 */
// @ts-ignore: decorator
@inline
export function entry(table: usize, i: usize): v128 {
  return v128.load64_splat(table + (i << 3));
}

/** One step of Horner's rule with a table of coefficients, the highest degree first: p * x + c. */
// @ts-ignore: decorator
@inline
export function step(p: v128, x: v128, table: usize, i: usize): v128 {
  return f64x2.add(f64x2.mul(p, x), v128.load64_splat(table + (i << 3)));
}

/** The smaller of two numbers; the second where one is NaN. */
// @ts-ignore: decorator
@inline
export function least(a: v128, b: v128): v128 {
  return f64x2.pmin(b, a);
}

/** The greater of two numbers; the second where one is NaN. */
// @ts-ignore: decorator
@inline
export function greatest(a: v128, b: v128): v128 {
  return f64x2.pmax(b, a);
}

// @ts-ignore: decorator
@inline
export function lessThan(a: v128, b: v128): v128 {
  return f64x2.lt(a, b);
}

// @ts-ignore: decorator
@inline
export function equal(a: v128, b: v128): v128 {
  return f64x2.eq(a, b);
}

/** `a` where the mask is set, `b` elsewhere. */
// @ts-ignore: decorator
@inline
export function select(mask: v128, a: v128, b: v128): v128 {
  return v128.bitselect(a, b, mask);
}

/** `x` where the mask is set, +0 elsewhere. */
// @ts-ignore: decorator
@inline
export function keep(mask: v128, x: v128): v128 {
  return v128.and(mask, x);
}

/** +0 where the mask is set, `x` elsewhere. */
// @ts-ignore: decorator
@inline
export function drop(mask: v128, x: v128): v128 {
  return v128.andnot(x, mask);
}

// @ts-ignore: decorator
@inline
export function and(a: v128, b: v128): v128 {
  return v128.and(a, b);
}

// @ts-ignore: decorator
@inline
export function or(a: v128, b: v128): v128 {
  return v128.or(a, b);
}

// @ts-ignore: decorator
@inline
export function xor(a: v128, b: v128): v128 {
  return v128.xor(a, b);
}

// @ts-ignore: decorator
@inline
export function not(mask: v128): v128 {
  return v128.not(mask);
}

// @ts-ignore: decorator
@inline
export function any(mask: v128): bool {
  return v128.any_true(mask);
}

/** Set where x is a finite number. */
// @ts-ignore: decorator
@inline
export function finite(x: v128): v128 {
  return f64x2.lt(f64x2.abs(x), f64x2.splat(Infinity));
}

/** x with the upper 26 bits of its significand: its square, and its product with another such head, are exact. */
// @ts-ignore: decorator
@inline
export function head(x: v128): v128 {
  return v128.and(x, i64x2.splat(<i64>0xffff_ffff_f800_0000));
}

/** The sign bit of `s` put upon `x`. */
// @ts-ignore: decorator
@inline
export function flip(x: v128, s: v128): v128 {
  return v128.xor(x, v128.and(s, i64x2.splat(i64.MIN_VALUE)));
}

// @ts-ignore: decorator
@inline
export function read(at: usize, offset: usize = 0): v128 {
  return v128.load(at + offset);
}

// @ts-ignore: decorator
@inline
export function write(at: usize, x: v128, offset: usize = 0): void {
  v128.store(at + offset, x);
}

/** Two lanes from two places. */
// @ts-ignore: decorator
@inline
export function gather(first: usize, second: usize, offset: usize = 0): v128 {
  return v128.load64_lane(second + offset, v128.load64_zero(first + offset), 1);
}

/** Two lanes to two places; the second stays where both are one. */
// @ts-ignore: decorator
@inline
export function scatter(first: usize, second: usize, x: v128, offset: usize = 0): void {
  v128.store64_lane(first + offset, x, 0);
  v128.store64_lane(second + offset, x, 1);
}

/** The sign bits of the lanes: 1 for the low, 2 for the high. */
// @ts-ignore: decorator
@inline
export function bits(mask: v128): i32 {
  return i64x2.bitmask(mask);
}
