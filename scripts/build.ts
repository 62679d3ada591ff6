/**
 * Builds the package: assembly/ -> build/*.wasm, bindings/ -> dist/, cli/ -> dist/cli/greekfire.js.
 * With `--if-stale` it returns at once when dist/ is newer than everything it is made of.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { compileCore } from './core.js';
import { encode } from './encode.js';

const sources = ['assembly', 'bindings', 'cli', 'example', 'scripts'];
const settings = [
  'asconfig.json',
  'package-lock.json',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
];
/** Written last, so that its time is the time of a complete build. */
const last = 'dist/core.wasm';
const bytes = 'bindings/bytes.ts';

function newest(path: string): number {
  if (path === bytes || !existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  // A folder's own time moves when a file in it is added or deleted.
  const own = path === 'bindings' ? 0 : stat.mtimeMs;
  return Math.max(own, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function isStale(): boolean {
  if (!existsSync(last)) return true;
  const built = statSync(last).mtimeMs;
  return [...sources, ...settings].some((path) => newest(path) > built);
}

/** The release bytes travel inside a module: no fetch, no bundler setting, the same file in Node and browsers. */
function inlineCore(): void {
  const doc = '/** The release build of assembly/ for `decode`, written by scripts/build.ts. */';
  writeFileSync(
    bytes,
    `${doc}\nexport const text: string =\n  '${encode(readFileSync('build/core.wasm'))}';\n`,
  );
}

function compileBindings(): void {
  const tsc = ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'];
  const { status } = spawnSync(process.execPath, tsc, { stdio: 'inherit' });
  // The compiler has said why.
  if (status !== 0) process.exit(1);
}

/** Bundles what a file imports from other packages into it, so that the package depends on none. */
async function bundle(options: BuildOptions): Promise<string[]> {
  const { metafile } = await build({
    bundle: true,
    format: 'esm',
    target: 'es2022',
    // The command and the library are one `greekfire`.
    external: ['greekfire', 'greekfire/*'],
    logLevel: 'warning',
    ...options,
    metafile: true,
  });
  return Object.keys(metafile.inputs);
}

/** The library's files that stand on packages; each is bundled where it is. */
const standing = ['deribit/csv.js'];

async function bundlePackages(): Promise<void> {
  const library = standing.map((file) =>
    bundle({
      entryPoints: [`dist/${file}`],
      outfile: `dist/${file}`,
      allowOverwrite: true,
      platform: 'browser',
      minify: true,
    }),
  );
  const command = bundle({
    entryPoints: ['cli/greekfire.ts'],
    outfile: 'dist/cli/greekfire.js',
    platform: 'node',
    // CommonJS packages in the bundle call `require` for Node's own modules.
    banner: {
      js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
    },
  });
  const files = await Promise.all([...library, command]);
  writeFileSync('dist/LICENSES.txt', licenses(files.flat()));
}

/** The licence texts of the packages among the files, as their licences ask of a copy. */
function licenses(files: string[]): string {
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []);
  const texts = [...new Set(folders)].sort().map((folder) => {
    const text = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
    if (text === undefined) throw new Error(`${folder} is bundled and has no licence text`);
    return `${folder.replace(/^.*node_modules\//, '')}\n\n${readFileSync(join(folder, text), 'utf8').trim()}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

if (!process.argv.includes('--if-stale') || isStale()) {
  rmSync('dist', { recursive: true, force: true });
  await compileCore('release', 'build/core.wasm');
  await compileCore('debug', 'build/debug.wasm');
  inlineCore();
  compileBindings();
  await bundlePackages();
  copyFileSync('build/core.wasm', last);
}
