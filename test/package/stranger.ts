import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A stranger's project: nothing in it but the packed package, installed without a network. */
export interface Stranger {
  /** The project's folder. */
  readonly folder: string;
  /** The paths in the tarball. */
  readonly packed: readonly string[];
  /** Runs a module of the project; what it prints. */
  node(source: string): Promise<string>;
  /** Runs the `greekfire` command; what it prints. */
  greekfire(...flags: string[]): Promise<string>;
  remove(): Promise<void>;
}

/** Packs the package as it is built, and installs it. */
export async function installStranger(): Promise<Stranger> {
  const folder = await mkdtemp(join(tmpdir(), 'greekfire-package-'));
  const pack = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]);
  const [tarball] = JSON.parse(pack.stdout) as [{ filename: string; files: { path: string }[] }];
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${tarball.filename}`], {
    cwd: folder,
  });

  const output = async (file: string, flags: string[]): Promise<string> =>
    (await run(file, flags, { cwd: folder, maxBuffer: 1 << 26 })).stdout.trim();
  return {
    folder,
    packed: tarball.files.map((file) => file.path),
    node: async (source) => {
      await writeFile(join(folder, 'main.mjs'), source);
      return output(process.execPath, ['main.mjs']);
    },
    greekfire: (...flags) => output(join(folder, 'node_modules/.bin/greekfire'), flags),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
