/**
 * Objects of many columns whose lengths differ. One is a block: a header (an unmanaged class of at most 32 bytes), a
 * table of the addresses of its parts, where the last one ends, and the parts themselves, whole doubles each. How long
 * they are is said once, by `layFrom`, before the block is taken; whoever asks is told by the table.
 */
import { takeLarge } from './arena';

const TABLE: usize = 32;
const MOST_PARTS: i32 = 64;

/** Doubles of each part of the object that is being laid out. */
const lengths: usize = memory.data(MOST_PARTS * 8, 8);

/** Says how many doubles each part has from this one on, until the next call says otherwise. */
export function layFrom(first: usize, length: u64): void {
  for (let part = first; part < <usize>MOST_PARTS; part++) store<u64>(lengths + (part << 3), length);
}

/** @returns a block of so many parts, as they were laid out, zero-filled; 0 where memory is exhausted */
export function takeParts(parts: usize): usize {
  const first = (TABLE + ((parts + 1) << 2) + 7) & ~7;
  let doubles: u64 = 0;
  for (let part: usize = 0; part < parts; part++) doubles += load<u64>(lengths + (part << 3));
  const at = takeLarge(first + 8 * doubles);
  if (!at) return 0;
  let place = at + first;
  for (let part: usize = 0; part < parts; part++) {
    store<usize>(at + TABLE + (part << 2), place);
    place += (<usize>load<u64>(lengths + (part << 3))) << 3;
  }
  store<usize>(at + TABLE + (parts << 2), place);
  return at;
}

/** Address of a part of an object: of a desk, a steering or a comparison. */
export function partAt(at: usize, part: usize): usize {
  return load<usize>(at + TABLE + (part << 2));
}

/** How many doubles a part of such an object has. */
export function partLength(at: usize, part: usize): usize {
  return (partAt(at, part + 1) - partAt(at, part)) >> 3;
}
