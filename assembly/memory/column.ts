/** Elements of a column by their index: of doubles, and of 32-bit integers. */

// @ts-ignore: decorator
@inline
export function get(at: usize, i: usize): f64 {
  return load<f64>(at + (i << 3));
}

// @ts-ignore: decorator
@inline
export function set(at: usize, i: usize, value: f64): void {
  store<f64>(at + (i << 3), value);
}

// @ts-ignore: decorator
@inline
export function getInt(at: usize, i: usize): i32 {
  return load<i32>(at + (i << 2));
}

// @ts-ignore: decorator
@inline
export function setInt(at: usize, i: usize, value: i32): void {
  store<i32>(at + (i << 2), value);
}
