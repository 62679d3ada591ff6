/** The columns of results, in the order of every table of them. */

export const PRICE: usize = 0;
export const DELTA: usize = 1;
export const GAMMA: usize = 2;
export const VEGA: usize = 3;
export const THETA: usize = 4;
export const RHO: usize = 5;
export const VANNA: usize = 6;
export const VOLGA: usize = 7;
export const CHARM: usize = 8;
export const SPEED: usize = 9;
export const ZOMMA: usize = 10;
export const COLOR: usize = 11;

/** How many of them an order has: 6, 9 or 12. */
// @ts-ignore: decorator
@inline
export function sensitivitiesOf(order: i32): usize {
  return 3 + 3 * <usize>order;
}
