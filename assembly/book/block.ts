/**
 * A block of rows on its way through the passes that batch and chain share. One long loop would wait on its own
 * latency and spill its registers; in short ones over scratch that stays in the first-level cache, rows overlap.
 *
 * The first pass of each caller fills Z, HALF and BASE (and what it needs itself); `priceBlock` makes from them BELL,
 * NEAR_TERM, FAR_TERM and OUT_PRICE; the caller's last pass writes the results. Names as in pricing/black.ts.
 */
import { abs, add, both, div, least, mul, read, select, sub, write } from '../lanes/f64x2';
import { bellX2, tailOverX2, tailUnderX2 } from '../math/tail';
import { cancelsX2, nearTermX2, tailDifferenceX2 } from '../pricing/black';

/** Rows of a block. */
export const BLOCK: i32 = 128;

/** Bytes from a scratch column to the next: a block, and a cache line that keeps them apart in the cache. */
const BAND: usize = 128 * 8 + 64;

/** Scratch columns, as offsets from `scratchAt`. */
export const Z: usize = 0; // x/s, with its sign
export const HALF: usize = BAND; // s/2
export const BASE: usize = 2 * BAND;
export const PER_DEVIATION: usize = 3 * BAND; // 1/s
export const BELL: usize = 4 * BAND;
export const NEAR_TERM: usize = 5 * BAND;
export const FAR_TERM: usize = 6 * BAND;
export const OUT_PRICE: usize = 7 * BAND;
/** Columns that the batch needs besides. */
export const A: usize = 8 * BAND;
export const B: usize = 9 * BAND;
export const PER_UNDER: usize = 10 * BAND; // 1/u
export const ROOT_YEARS: usize = 11 * BAND;
export const FINE: usize = 12 * BAND; // a mask: the lanes can do the row

export const scratchAt: usize = memory.data(13 * (128 * 8 + 64), 64);

/** Beyond, the bell is 0 and R has only to stay finite. */
const FAR_OUT: f64 = 64;

/** Both tails, and the price of the side that is out of the money as their difference. */
export function priceBlock(rows: i32): void {
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const at = scratchAt + i;
    const z = abs(read(at, Z));
    const h = read(at, HALF);
    const base = read(at, BASE);
    const near = abs(sub(z, h));
    const bell = mul(base, bellX2(near));
    const nearBound = least(near, both(FAR_OUT));
    const farBound = least(add(z, h), both(FAR_OUT));
    const nearUnder = tailUnderX2(nearBound);
    const farUnder = tailUnderX2(farBound);
    const inverse = div(bell, mul(nearUnder, farUnder));
    const nearTerm = nearTermX2(z, h, base, mul(mul(tailOverX2(nearBound), farUnder), inverse));
    const farTerm = mul(mul(tailOverX2(farBound), nearUnder), inverse);
    write(at, bell, BELL);
    write(at, nearTerm, NEAR_TERM);
    write(at, farTerm, FAR_TERM);
    write(at, sub(nearTerm, farTerm), OUT_PRICE);
  }
}

/** Puts the series in the place of a difference that cancels. */
export function refineBlock(rows: i32): void {
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const at = scratchAt + i;
    const z = abs(read(at, Z));
    const h = read(at, HALF);
    const bound = least(z, both(FAR_OUT));
    const tail = div(tailOverX2(bound), tailUnderX2(bound));
    const price = mul(read(at, BELL), tailDifferenceX2(z, h, tail));
    write(at, select(cancelsX2(z, h), price, read(at, OUT_PRICE)), OUT_PRICE);
  }
}
