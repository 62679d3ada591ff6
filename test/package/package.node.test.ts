import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const run = promisify(execFile);
const windows = process.platform === 'win32';

/** A stranger's project: nothing in it but the packed package, installed without a network. */
let folder: string;
let packed: string[];

async function node(source: string, ...flags: string[]): Promise<string> {
  await writeFile(join(folder, 'main.mjs'), source);
  return (await run(process.execPath, [...flags, 'main.mjs'], { cwd: folder })).stdout.trim();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'greekfire-package-'));
  const options = { shell: windows };
  const { stdout } = await run(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', folder],
    options,
  );
  const [tarball] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  packed = tarball.files.map((file) => file.path);
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${tarball.filename}`], {
    ...options,
    cwd: folder,
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the installed package', () => {
  test('brings no other package', async () => {
    const installed = (await readdir(join(folder, 'node_modules'))).filter((name) => !name.startsWith('.'));
    expect(installed).toEqual(['greekfire']);
    expect(manifest).not.toHaveProperty('dependencies');
  });

  test('holds what is built, and neither sources nor the debug build', () => {
    expect(packed).toEqual(
      expect.arrayContaining(['README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts', 'dist/core.wasm']),
    );
    expect(packed.filter((path) => !/^(dist\/|package\.json$|[A-Z]+(\.md)?$)/.test(path))).toEqual([]);
    expect(packed.filter((path) => path.includes('debug'))).toEqual([]);
  });

  test('prices by its public name', async () => {
    const source = `
      import { createSync } from 'greekfire';
      const option = { type: 'call', spot: 100, strike: 100, years: 1, volatility: 0.2 };
      console.log(createSync().evaluate(option).price[0]);`;
    // 100 (2 N(0.1) - 1), from tables of the normal distribution.
    expect(Number(await node(source))).toBeCloseTo(7.965567455405804, 12);
  });

  test('gives the core as a file for hosts that compile it themselves', async () => {
    const source = `
      import { readFileSync } from 'node:fs';
      import { create } from 'greekfire';
      const bytes = readFileSync(new URL(import.meta.resolve('greekfire/core.wasm')));
      const core = await create({ module: await WebAssembly.compile(bytes) });
      console.log(core.bytesInUse >= 0);`;
    expect(await node(source)).toBe('true');
  });

  test.each(['index.js', 'deribit/index.js'])(
    '%s bundles for a browser, and without the command',
    async (entry) => {
      const library = join(folder, 'node_modules/greekfire/dist');
      const { metafile } = await build({
        absWorkingDir: library,
        entryPoints: [entry],
        bundle: true,
        platform: 'browser',
        format: 'esm',
        write: false,
        metafile: true,
      });
      const files = Object.keys(metafile.inputs);
      expect(files).toContain(entry);
      expect(files.filter((file) => file.startsWith('cli/') || file.startsWith('../'))).toEqual([]);
    },
  );

  test('runs the command', async () => {
    const command = join(folder, 'node_modules/.bin/greekfire');
    const { stdout } = await run(command, ['--version'], { shell: windows });
    expect(stdout.trim()).toBe(manifest.version);
    const report = await run(command, ['--json'], { shell: windows, maxBuffer: 1 << 26 });
    expect(JSON.parse(report.stdout)).toBeTypeOf('object');
  });
});
