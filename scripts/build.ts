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
import { dirname, join, resolve } from 'node:path';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { compileModule } from './core.js';
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
/** The package's modules: the door of assembly/ that each is, and where its bytes travel. */
const modules = [
  { name: 'core', entry: 'index', bytes: 'bindings/bytes.ts' },
  { name: 'full', entry: 'full', bytes: 'bindings/full/bytes.ts' },
];
const workerSource = 'bindings/parallel/source.ts';
/** Written by the build. */
const written = [workerSource, ...modules.map(({ bytes }) => bytes)];

function newest(path: string): number {
  if (written.includes(path) || !existsSync(path)) return 0;
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  // A folder's own time moves when a file in it is added or deleted.
  const own = written.some((file) => dirname(file) === path) ? 0 : stat.mtimeMs;
  return Math.max(own, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function isStale(): boolean {
  if (!existsSync(last)) return true;
  const built = statSync(last).mtimeMs;
  return [...sources, ...settings].some((path) => newest(path) > built);
}

/** The release bytes travel inside a module: no fetch, no bundler setting, the same file in Node and browsers. */
function inlineModule(name: string, bytes: string): void {
  const doc = '/** A release build of assembly/ for `decode`, written by scripts/build.ts. */';
  const text = encode(readFileSync(`build/${name}.wasm`));
  writeFileSync(bytes, `${doc}\nexport const text: string =\n  '${text}';\n`);
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
    // A copy of the sources beside a link to the packages builds the same bytes.
    preserveSymlinks: true,
    ...options,
    metafile: true,
  });
  return Object.keys(metafile.inputs);
}

/** Leaves out the workers' script that comes with workerpool, since we bring our own. */
const ownWorker: Plugin = {
  name: 'own-worker',
  setup(build) {
    build.onLoad({ filter: /embeddedWorker\.js$/ }, () => ({ contents: 'module.exports = undefined;' }));
  },
};

/**
 * The workers' script, and the module that carries it: one classic script, so that it runs from a blob, as text in a
 * worker thread, or from a server. @returns the files in it
 */
async function inlineWorker(): Promise<string[]> {
  const outfile = 'build/worker.js';
  const files = await bundle({
    entryPoints: ['bindings/parallel/worker.ts'],
    outfile,
    format: 'iife',
    platform: 'browser',
    mainFields: ['main'],
    external: builtins,
    plugins: [ownWorker],
    minify: true,
  });
  const doc = '/** The script of the workers, written by scripts/build.ts. */';
  const text = JSON.stringify(readFileSync(outfile, 'utf8'));
  writeFileSync(workerSource, `${doc}\nexport const source: string =\n  ${text};\n`);
  return files;
}

/** Node's modules that a package in the library asks for in Node alone. */
const builtins = ['child_process', 'net', 'os', 'worker_threads'];

/** The library's own files stay files, shared with the other entries. */
const ownFiles: Plugin = {
  name: 'own-files',
  setup(build) {
    build.onResolve({ filter: /^\.\.?\// }, ({ importer, path }) =>
      importer.startsWith(resolve('dist')) ? { path, external: true } : undefined,
    );
  },
};

/** The library's files that stand on packages; each is bundled where it is. */
const standing: (BuildOptions & { file: string })[] = [
  { file: 'deribit/csv.js' },
  {
    file: 'parallel/parallel.js',
    mainFields: ['main'],
    external: builtins,
    plugins: [ownFiles, ownWorker],
    // There is no `require` in a module, and bundlers of pages would look for Node's modules.
    banner: { js: 'const require = (name) => process.getBuiltinModule(name);' },
  },
];

async function bundlePackages(): Promise<string[]> {
  const library = standing.map(({ file, ...options }) =>
    bundle({
      entryPoints: [`dist/${file}`],
      outfile: `dist/${file}`,
      allowOverwrite: true,
      platform: 'browser',
      minify: true,
      ...options,
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
  return files.flat();
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
  for (const { name, entry, bytes } of modules) {
    await compileModule(entry, 'release', `build/${name}.wasm`);
    inlineModule(name, bytes);
  }
  await compileModule('index', 'debug', 'build/debug.wasm');
  const worker = await inlineWorker();
  compileBindings();
  copyFileSync('build/worker.js', 'dist/parallel/worker.js');
  writeFileSync('dist/LICENSES.txt', licenses([...worker, ...(await bundlePackages())]));
  for (const { name } of [...modules].reverse()) copyFileSync(`build/${name}.wasm`, `dist/${name}.wasm`);
}
