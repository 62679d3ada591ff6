import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decode } from '../../bindings/inline.js';
import { compileCore } from '../../scripts/core.js';
import { encode } from '../../scripts/encode.js';

const shipped = await readFile('dist/core.wasm');

/** The release build of the sources as they are. */
async function compile(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'greekfire-core-'));
  try {
    const path = join(folder, 'core.wasm');
    await compileCore('release', path);
    return await readFile(path);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('the shipped core', () => {
  test('imports nothing', async () => {
    expect(WebAssembly.Module.imports(await WebAssembly.compile(shipped))).toEqual([]);
  });

  test('is smaller than 40 KB gzipped', () => {
    expect(gzipSync(shipped, { level: 9 }).length).toBeLessThan(40_000);
  });

  test('is the module the library carries', async () => {
    const { text } = (await import(pathToFileURL('dist/bytes.js').href)) as { text: string };
    expect(Buffer.from(decode(text)).equals(shipped)).toBe(true);
  });

  test('comes out of two builds of one source byte for byte', async () => {
    const [first, second] = [await compile(), await compile()];
    expect(first.equals(second)).toBe(true);
    expect(first.equals(shipped)).toBe(true);
  });
});

describe('the text that carries bytes', () => {
  const all = Uint8Array.from({ length: 256 * 256 * 2 }, (_, i) => (i % 2 === 0 ? i >> 9 : i >> 1));

  test('gives back every byte after every other', () => {
    expect(Buffer.from(decode(encode(all))).equals(all)).toBe(true);
    expect(decode(encode(new Uint8Array(0)))).toHaveLength(0);
  });

  test('holds nothing that a string literal must escape', () => {
    expect(encode(all)).not.toMatch(/[^!-~]|["'\\]/);
  });

  test('costs a few per cent more than the bytes, gzipped', () => {
    const sizeOf = (content: string | Uint8Array): number => gzipSync(content, { level: 9 }).length;
    expect(sizeOf(encode(shipped))).toBeLessThan(1.04 * sizeOf(shipped));
  });
});
