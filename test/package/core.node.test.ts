import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { createSync } from 'greekfire';
import { create, createSync as createFull } from 'greekfire/full';
import { describe, expect, test } from 'vitest';
import { decode } from '../../bindings/inline.js';
import { encode } from '../../scripts/encode.js';
import { drawFrom } from '../oracle/regimes.js';

const MODULES = [
  { name: 'core', bytes: 'dist/bytes.js', limit: 40_000 },
  { name: 'full', bytes: 'dist/full/bytes.js', limit: 58_000 },
];

describe.each(MODULES)('the shipped $name.wasm', ({ name, bytes, limit }) => {
  test('imports nothing and is small', async () => {
    const shipped = await readFile(`dist/${name}.wasm`);
    expect(WebAssembly.Module.imports(await WebAssembly.compile(shipped))).toEqual([]);
    expect(gzipSync(shipped, { level: 9 }).length).toBeLessThan(limit);
  });

  test('is the module the library carries', async () => {
    const { text } = (await import(pathToFileURL(bytes).href)) as { text: string };
    expect(Buffer.from(decode(text)).equals(await readFile(`dist/${name}.wasm`))).toBe(true);
  });
});

test('the full module finds the same bits as the core, and its entry takes no other', async () => {
  const [plain, full] = [createSync(), createFull()];
  const draw = drawFrom(7);
  const column = (low: number, high: number) =>
    Float64Array.from({ length: 999 }, () => draw.between(low, high));
  const options = {
    type: 'call' as const,
    spot: column(50, 150),
    strike: column(40, 200),
    years: column(0, 3),
    volatility: column(0.05, 2),
    rate: column(-0.05, 0.1),
  };
  expect(full.evaluate(options, 3)).toEqual(plain.evaluate(options, 3));
  await expect(create({ module: await readFile('dist/core.wasm') })).rejects.toThrow(
    /must be a module of this entry/,
  );
});

describe('the text that carries bytes', () => {
  const shipped = readFileSync('dist/core.wasm');
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
