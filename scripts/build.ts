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
import asc from 'assemblyscript/asc';
import { build, type BuildOptions } from 'esbuild';

const sources = ['assembly', 'bindings', 'cli', 'example', 'scripts/build.ts'];
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

async function compileCore(target: 'release' | 'debug'): Promise<void> {
  const { error } = await asc.main(['--config', 'asconfig.json', '--target', target], {
    stdout: process.stdout,
    stderr: process.stderr,
  });
  if (error) throw error;
}

/** The release bytes travel inside a module: no fetch, no bundler setting, the same file in Node and browsers. */
function inlineCore(): void {
  const base64 = readFileSync('build/core.wasm').toString('base64');
  const doc = '/** The release build of assembly/, written by scripts/build.ts. */';
  writeFileSync(bytes, `${doc}\nexport const base64: string =\n  '${base64}';\n`);
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

async function bundlePackages(): Promise<void> {
  const csv = 'dist/deribit/csv.js';
  const files = [
    await bundle({
      entryPoints: [csv],
      outfile: csv,
      allowOverwrite: true,
      platform: 'browser',
      minify: true,
    }),
    await bundle({
      entryPoints: ['cli/greekfire.ts'],
      outfile: 'dist/cli/greekfire.js',
      platform: 'node',
      // CommonJS packages in the bundle call `require` for Node's own modules.
      banner: {
        js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);",
      },
    }),
  ];
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
  await compileCore('release');
  await compileCore('debug');
  inlineCore();
  compileBindings();
  await bundlePackages();
  copyFileSync('build/core.wasm', last);
}
