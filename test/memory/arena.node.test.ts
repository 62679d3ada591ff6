import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { drawFrom } from '../oracle/regimes.js';

const module = await WebAssembly.compile(await readFile('dist/core.wasm'));
const PAGE = 65536;

interface Arena {
  readonly memory: WebAssembly.Memory;
  take(bytes: number): number;
  give(at: number): void;
  reserve(bytes: number): number;
  bytesInUse(): number;
}

/** The arena of a fresh instance. */
const arenaOf = (): Arena => new WebAssembly.Instance(module).exports as unknown as Arena;

const bytesOf = ({ memory }: Arena, at: number, length: number): Uint8Array =>
  new Uint8Array(memory.buffer, at, length);

describe('take and give', () => {
  it('blocks taken and given in any order are aligned, zeroed, apart, and all come back', () => {
    const arena = arenaOf();
    const draw = drawFrom(1);
    const blocks: { at: number; size: number; mark: number }[] = [];
    for (let step = 0; step < 3000; step++) {
      if (blocks.length > 0 && draw.between(0, 1) < 0.5) {
        const [{ at, size, mark }] = blocks.splice(Math.floor(draw.between(0, blocks.length)), 1);
        // whole, so that a neighbour that wrote into it is found
        expect(bytesOf(arena, at, size).every((byte) => byte === mark)).toBe(true);
        arena.give(at);
      } else {
        const size = Math.floor(draw.scale(1, 20_000));
        const at = arena.take(size);
        expect(at % 16).toBe(0);
        expect(bytesOf(arena, at, size).every((byte) => byte === 0)).toBe(true);
        const mark = 1 + (step % 255);
        bytesOf(arena, at, size).fill(mark);
        blocks.push({ at, size, mark });
      }
    }
    for (const { at } of blocks) arena.give(at);
    expect(arena.bytesInUse()).toBe(0);
  });

  it.each([
    ['in the order they were taken', [0, 1, 2, 3]],
    ['in the reverse order', [3, 2, 1, 0]],
    ['every other one first', [0, 2, 1, 3]],
    ['from the middle', [1, 2, 0, 3]],
  ])('neighbours given %s are one block again', (_, order) => {
    const arena = arenaOf();
    const at = [100, 2000, 30, 4000].map((bytes) => arena.take(bytes));
    for (const i of order) arena.give(at[i]);
    // payloads and the three headers between them
    const whole = at[3] + 4000 - at[0];
    expect(arena.take(whole)).toBe(at[0]);
  });

  it('a freed block serves the next that fits, and its rest the one after', () => {
    const arena = arenaOf();
    const first = arena.take(1000);
    const wall = arena.take(16);
    arena.give(first);
    const small = arena.take(400);
    const next = arena.take(400);
    expect(small).toBe(first);
    expect(next).toBeGreaterThan(small);
    expect(next).toBeLessThan(wall);
  });

  it('giving 0 changes nothing', () => {
    const arena = arenaOf();
    arena.take(100);
    const bytes = arena.bytesInUse();
    arena.give(0);
    expect(arena.bytesInUse()).toBe(bytes);
  });

  it('memory does not grow over ten thousand lives of blocks of changing size', () => {
    const arena = arenaOf();
    const draw = drawFrom(2);
    const living: number[] = [];
    let size = 0;
    for (let cycle = 0; cycle < 10_000; cycle++) {
      living.push(arena.take(Math.floor(draw.scale(100, 10_000))));
      if (living.length > 20) arena.give(living.splice(Math.floor(draw.between(0, 21)), 1)[0]);
      if (cycle === 1000) size = arena.memory.buffer.byteLength;
    }
    expect(arena.memory.buffer.byteLength).toBeLessThanOrEqual(size + PAGE);
  });
});

describe('exhausted memory', () => {
  it.each([0xffff_ffff, 0xffff_0001, 0xfffe_0000])('take(%d) is 0 and takes nothing', (bytes) => {
    const arena = arenaOf();
    const wall = arena.take(PAGE * 4);
    const before = { bytes: arena.bytesInUse(), size: arena.memory.buffer.byteLength };
    expect(arena.take(bytes)).toBe(0);
    expect({ bytes: arena.bytesInUse(), size: arena.memory.buffer.byteLength }).toEqual(before);
    expect(arena.take(16)).toBeGreaterThan(wall);
  });

  it('reserve answers 0 and grows nothing', () => {
    const arena = arenaOf();
    const size = arena.memory.buffer.byteLength;
    expect(arena.reserve(0xffff_ffff)).toBe(0);
    expect(arena.memory.buffer.byteLength).toBe(size);
  });
});

describe('reserve', () => {
  it('grows so far that takes of as many bytes need no growth, and takes none itself', () => {
    const arena = arenaOf();
    expect(arena.reserve(PAGE * 10)).toBe(1);
    const { buffer } = arena.memory;
    expect(arena.bytesInUse()).toBe(0);
    // 16 bytes of each are its header
    for (let i = 0; i < 10; i++) expect(arena.take(PAGE - 16)).toBeGreaterThan(0);
    expect(arena.memory.buffer).toBe(buffer);
    arena.take(PAGE);
    expect(arena.memory.buffer).not.toBe(buffer);
  });
});
