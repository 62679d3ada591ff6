import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type BuildResult } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { installStranger, type Stranger } from './stranger.js';

/** What a program can import: the entries of the exports map that are JavaScript. */
const entries = Object.entries(manifest.exports)
  .filter(([, target]) => typeof target === 'object')
  .map(([name]) => name.replace('.', 'greekfire'));

let stranger: Stranger;

/** The stranger's program, bundled for a browser by esbuild. */
function bundle(contents: string): Promise<BuildResult<{ write: false; metafile: true }>> {
  return build({
    absWorkingDir: stranger.folder,
    stdin: { contents, resolveDir: stranger.folder },
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    write: false,
    metafile: true,
  });
}

beforeAll(async () => {
  stranger = await installStranger();
});
afterAll(() => stranger.remove());

describe('the installed package', () => {
  test('brings no other package', async () => {
    const installed = await readdir(join(stranger.folder, 'node_modules'));
    expect(installed.filter((name) => !name.startsWith('.'))).toEqual(['greekfire']);
    expect(manifest).not.toHaveProperty('dependencies');
  });

  test('holds what is built, and neither sources nor the debug build', () => {
    const { packed } = stranger;
    expect(packed).toEqual(
      expect.arrayContaining(['README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts', 'dist/core.wasm']),
    );
    expect(packed.filter((path) => !/^(dist\/|package\.json$|[A-Z]+(\.md)?$)/.test(path))).toEqual([]);
    expect(packed.filter((path) => /debug|\.map$/.test(path))).toEqual([]);
  });

  test('prices by its public name', async () => {
    const source = `
      import { createSync } from 'greekfire';
      const option = { type: 'call', spot: 100, strike: 100, years: 1, volatility: 0.2 };
      console.log(createSync().evaluate(option).price[0]);`;
    // 100 (2 N(0.1) - 1)
    expect(Number(await stranger.node(source))).toBeCloseTo(7.965567455405804, 12);
  });

  test('gives the core as a file to hosts that compile it themselves', async () => {
    const source = `
      import { readFileSync } from 'node:fs';
      import { create } from 'greekfire';
      const bytes = readFileSync(new URL(import.meta.resolve('greekfire/core.wasm')));
      const core = await create({ module: await WebAssembly.compile(bytes) });
      const option = { type: 'put', forward: 100, strike: 100, years: 1, volatility: 0.2 };
      console.log(core.evaluate(option).price[0]);`;
    expect(Number(await stranger.node(source))).toBeCloseTo(7.965567455405804, 12);
  });

  test.each(entries)('bundles %s for a browser out of its own files alone', async (entry) => {
    const { metafile } = await bundle(`export * from '${entry}';`);
    const files = Object.keys(metafile.inputs).filter((file) => file !== '<stdin>');
    expect(files).not.toEqual([]);
    expect(files.filter((file) => !file.startsWith('node_modules/greekfire/dist/'))).toEqual([]);
    expect(files.filter((file) => file.includes('dist/cli/'))).toEqual([]);
  });

  test('is less than 60 KB gzipped, module and all, once bundled', async () => {
    const { outputFiles } = await bundle(`export * from 'greekfire';`);
    expect(gzipSync(outputFiles[0].contents, { level: 9 }).length).toBeLessThan(60_000);
    const { text } = (await import(pathToFileURL('dist/full/bytes.js').href)) as { text: string };
    expect(outputFiles[0].text).not.toContain(text.slice(-100));
  });

  test('leaves the module out of a bundle that only reads the exchange’s formats', async () => {
    const { outputFiles } = await bundle(`export { parseInstrument } from 'greekfire/deribit';`);
    expect(outputFiles[0].contents.length).toBeLessThan(20_000);
    const { text } = (await import(pathToFileURL('dist/bytes.js').href)) as { text: string };
    expect(outputFiles[0].text).not.toContain(text.slice(0, 100));
  });

  test('runs the command', async () => {
    expect(await stranger.greekfire('--version')).toBe(manifest.version);
    expect(JSON.parse(await stranger.greekfire('--json'))).toBeTypeOf('object');
  });
});
