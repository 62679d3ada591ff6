/**
 * A block of rows on its way through the passes that batch and chain share. One long loop would wait on its own
 * latency and spill its registers; in short ones over scratch that stays in the first-level cache, rows overlap.
 *
 * The first pass of each caller fills Z, HALF and BASE (and what it needs itself); `priceBlock` makes from them BELL,
 * NEAR_TAIL, FAR_TAIL and OUT_PRICE; the caller's last pass writes the results. Names as in pricing/black.ts.
 */
import {
  abs,
  add,
  bits,
  both,
  div,
  gather,
  least,
  lessThan,
  mul,
  read,
  scatter,
  select,
  sub,
  write,
} from '../lanes/f64x2';
import { bellX2, tailOverX2, tailUnderX2 } from '../math/tail';
import { cancelsX2, tailDifferenceX2 } from '../pricing/black';

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
export const NEAR_TAIL: usize = 5 * BAND;
export const FAR_TAIL: usize = 6 * BAND;
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
    const nearTail = mul(mul(tailOverX2(nearBound), farUnder), inverse);
    const farTail = mul(mul(tailOverX2(farBound), nearUnder), inverse);
    const nearTerm = select(lessThan(z, h), sub(base, nearTail), nearTail);
    write(at, bell, BELL);
    write(at, nearTail, NEAR_TAIL);
    write(at, farTail, FAR_TAIL);
    write(at, sub(nearTerm, farTail), OUT_PRICE);
  }
}

/** Places (in bytes) of the rows that `refineBlock` has to do. */
const placesAt: usize = memory.data((128 + 2) * 4, 16);

/** Puts the series in the place of a difference that cancels, for h below `small`. Its rows are gathered first. */
export function refineBlock(rows: i32, small: f64): void {
  let end = placesAt;
  for (let i: usize = 0; i < (<usize>rows) << 3; i += 16) {
    const cancels = bits(cancelsX2(abs(read(scratchAt + i, Z)), read(scratchAt + i, HALF), small));
    store<usize>(end, i);
    end += (cancels & 1) << 2;
    store<usize>(end, i + 8);
    end += (cancels & 2) << 1;
  }
  // an odd last row is its own neighbour
  if (end != placesAt) store<usize>(end, load<usize>(end - 4));
  for (let place = placesAt; place < end; place += 8) {
    const first = scratchAt + load<usize>(place);
    const second = scratchAt + load<usize>(place, 4);
    const z = abs(gather(first, second, Z));
    const bound = least(z, both(FAR_OUT));
    const tail = div(tailOverX2(bound), tailUnderX2(bound));
    const price = mul(gather(first, second, BELL), tailDifferenceX2(z, gather(first, second, HALF), tail));
    scatter(first, second, price, OUT_PRICE);
  }
}
