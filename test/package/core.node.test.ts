import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import asc from 'assemblyscript/asc';
import { describe, expect, test } from 'vitest';

const shipped = await readFile('dist/core.wasm');

/** The release build of the sources as they are, kept in memory. */
async function compile(): Promise<Uint8Array> {
  const stderr = asc.createMemoryStream();
  let output: Uint8Array | undefined;
  const { error } = await asc.main(['--config', 'asconfig.json', '--target', 'release'], {
    stderr,
    writeFile: (name, contents) => {
      if (name === 'build/core.wasm') output = contents as Uint8Array;
    },
  });
  if (error || !output) throw new Error(stderr.toString(), { cause: error });
  return output;
}

describe('the shipped core', () => {
  test('imports nothing', async () => {
    expect(WebAssembly.Module.imports(await WebAssembly.compile(shipped))).toEqual([]);
  });

  test('is smaller than 40 KB gzipped', () => {
    expect(gzipSync(shipped, { level: 9 }).length).toBeLessThan(40_000);
  });

  test('is the module the library carries', async () => {
    const text = await readFile('dist/bytes.js', 'utf8');
    const [base64] = /[A-Za-z0-9+/=]{64,}/.exec(text) ?? [''];
    expect(Buffer.from(base64, 'base64').equals(shipped)).toBe(true);
  });

  test('comes out of two builds of one source byte for byte', async () => {
    const [first, second] = [await compile(), await compile()];
    expect(Buffer.from(first).equals(second)).toBe(true);
    expect(Buffer.from(first).equals(shipped)).toBe(true);
  });
});
