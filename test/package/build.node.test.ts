import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

/** What the build reads; what it writes among the sources is left behind. */
const sources = ['assembly', 'bindings', 'cli', 'example', 'scripts'];
const settings = ['asconfig.json', 'package.json', 'tsconfig.json', 'tsconfig.build.json'];
const written = ['bytes.ts', 'source.ts'];

/** A digest of every file of a folder, by path. */
async function digestsOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const digests = await Promise.all(
    paths.sort().map(async (path) => {
      const digest = createHash('sha256')
        .update(await readFile(path))
        .digest('hex');
      return [path.slice(folder.length + 1), digest] as const;
    }),
  );
  return Object.fromEntries(digests);
}

test(
  'two builds of one source, in two places, are the same byte for byte, every file of them',
  {
    timeout: 300_000,
  },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'greekfire-build-'));
    try {
      for (const path of [...sources, ...settings]) {
        await cp(path, join(folder, path), {
          recursive: true,
          filter: (source) => !written.includes(basename(source)),
        });
      }
      await symlink(resolve('node_modules'), join(folder, 'node_modules'));
      await mkdir(join(folder, 'build'));
      await run(process.execPath, ['--import', 'tsx', 'scripts/build.ts'], { cwd: folder });
      const [first, second] = [await digestsOf('dist'), await digestsOf(join(folder, 'dist'))];
      expect(Object.keys(first).length).toBeGreaterThan(100);
      expect(second).toEqual(first);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
