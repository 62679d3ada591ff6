import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
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

  test.each([
    ['greekfire', 60_000],
    ['greekfire/full', 80_000],
    ['greekfire/parallel', 95_000],
  ])('%s is less than %i bytes gzipped, module and all, once bundled', async (entry, most) => {
    const { outputFiles } = await bundle(`export * from '${entry}';`);
    expect(gzipSync(outputFiles[0].contents, { level: 9 }).length).toBeLessThan(most);
  });

  /** What programs import, which modules' bytes they carry then, and how many bytes of JavaScript at the most. */
  test.each([
    [`export * from 'greekfire';`, ['core'], 190_000],
    [`export { yearsBetween } from 'greekfire';`, [], 1_000],
    [`export { parseInstrument } from 'greekfire/deribit';`, [], 20_000],
    [`export * from 'greekfire/full';`, ['full'], 250_000],
    [`export { marginPresets } from 'greekfire/full';`, [], 10_000],
    [`export { buildStructure } from 'greekfire/strategy';`, [], 20_000],
    [`export * from 'greekfire/strategy';`, [], 60_000],
    [`export { solverPolicy } from 'greekfire/rebalance';`, [], 20_000],
    [`export * from 'greekfire/rebalance';`, [], 100_000],
  ])('a bundle of %s carries the modules %j', async (source, modules, most) => {
    const { outputFiles, metafile } = await bundle(source);
    const [{ inputs }] = Object.values(metafile.outputs);
    const dist = 'node_modules/greekfire/dist/';
    const carried = Object.entries({ core: 'bytes.js', full: 'full/bytes.js' })
      .filter(([, path]) => (inputs[dist + path] as { bytesInOutput: number } | undefined)?.bytesInOutput)
      .map(([name]) => name);
    expect(carried).toEqual(modules);
    expect(outputFiles[0].contents.length).toBeLessThan(most);
  });

  test('runs the command', async () => {
    expect(await stranger.greekfire('--version')).toBe(manifest.version);
    expect(JSON.parse(await stranger.greekfire('--json'))).toBeTypeOf('object');
  });
});
