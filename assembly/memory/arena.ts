/**
 * The one owner of linear memory: blocks are taken and given back in any order.
 *
 * Method: first fit on a list of free blocks kept in the order of their addresses, neighbours merged when a block
 * comes back (Knuth, TAOCP 1, section 2.5, algorithms A and B). Objects are few and large, so a walk is short, and
 * nothing on a hot path takes memory.
 *
 * A block is [header, 16 bytes: its size | the next free block] [payload]. Sizes are multiples of 16.
 */

@unmanaged
class Block {
  /** Bytes with the header. */
  size: usize;
  /** The next free block by address, null where the block is in use. */
  next: Block | null;
}

const HEADER: usize = 16;
const PAGE: usize = 65536;

let firstFree: Block | null = null;
/** End of the part of memory that was ever taken; what lies above is untouched. */
let top: usize = (__heap_base + 15) & ~15;
let used: usize = 0;

/** Makes room for `bytes` above `top`; false where the host refuses. */
function grow(bytes: usize): bool {
  const end = <u64>top + bytes;
  const have = <u64>memory.size() * PAGE;
  if (end <= have) return true;
  return memory.grow(<i32>((end - have + PAGE - 1) / PAGE)) >= 0;
}

/**
 * A block of at least `bytes`, zero-filled, aligned to 16 bytes.
 * @returns its address, 0 where memory is exhausted
 */
export function take(bytes: usize): usize {
  if (bytes > 0xffff_0000) return 0;
  const size = (bytes + HEADER + 15) & ~15;
  let before: Block | null = null;
  let block = firstFree;
  while (block && block.size < size) {
    before = block;
    block = block.next;
  }
  if (!block) {
    if (!grow(size)) return 0;
    block = changetype<Block>(top);
    block.size = size;
    top += size;
  } else {
    let next = block.next;
    if (block.size - size >= 2 * HEADER) {
      const rest = changetype<Block>(changetype<usize>(block) + size);
      rest.size = block.size - size;
      rest.next = next;
      next = rest;
      block.size = size;
    }
    if (before) before.next = next;
    else firstFree = next;
  }
  block.next = null;
  used += block.size;
  const at = changetype<usize>(block) + HEADER;
  memory.fill(at, 0, block.size - HEADER);
  return at;
}

/** A block of so many bytes, counted in 64 bits: columns of rows that the host asks for may pass a 32-bit memory. */
export function takeLarge(bytes: u64): usize {
  return bytes > 0xffff_0000 ? 0 : take(<usize>bytes);
}

/** Gives a block back; `at` must come from `take` and be given once. 0 is ignored. */
export function give(at: usize): void {
  if (!at) return;
  const block = changetype<Block>(at - HEADER);
  used -= block.size;
  let before: Block | null = null;
  let after = firstFree;
  while (after && changetype<usize>(after) < at) {
    before = after;
    after = after.next;
  }
  block.next = after;
  if (after && changetype<usize>(block) + block.size == changetype<usize>(after)) {
    block.size += after.size;
    block.next = after.next;
  }
  if (!before) {
    firstFree = block;
  } else if (changetype<usize>(before) + before.size == changetype<usize>(block)) {
    before.size += block.size;
    before.next = block.next;
  } else {
    before.next = block;
  }
}

/** Grows memory now, so that the next `bytes` taken need no growth. @returns 0 where the host refuses */
export function reserve(bytes: usize): bool {
  return grow(bytes);
}

/** Bytes of the blocks in use, headers included. */
export function bytesInUse(): usize {
  return used;
}
