/** What it takes to load: bytes of the module, milliseconds to a core that prices. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { createSync } from 'greekfire';
import { digits, timingTable, whole, type Findings, type Suite, type Table } from './harness/findings.js';
import { compare, type Effort, type Timing } from './harness/measure.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const { resolve } = createRequire(import.meta.url);

function size(path: string): string[] {
  const bytes = readFileSync(path);
  const gzipped = gzipSync(bytes, { level: 9 });
  const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  return [
    path.replace(/^.*\/dist\//, 'dist/'),
    whole(bytes.length),
    whole(gzipped.length),
    whole(brotli.length),
  ];
}

/** A fresh process says how long its first core took, from import to price, in milliseconds. */
const COLD = `
  const start = performance.now();
  const { createSync } = await import('greekfire');
  const imported = performance.now();
  const core = createSync();
  const created = performance.now();
  core.evaluate({ type: 'call', forward: 100, strike: 100, years: 1, volatility: 0.2 });
  console.log(JSON.stringify([imported - start, created - imported, performance.now() - created]));
`;

function coldTable(processes: number): Table {
  const runs = Array.from({ length: processes }, () => {
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', COLD], {
      cwd: root,
      encoding: 'utf8',
    });
    return JSON.parse(said) as number[];
  });
  const row = (name: string, pick: (run: number[]) => number): string[] => {
    const sorted = runs.map(pick).sort((a, b) => a - b);
    return [name, digits(sorted[sorted.length >> 1]), digits(sorted[0]), digits(sorted[sorted.length - 1])];
  };
  return {
    title: 'The first core of a process',
    note: `Medians of ${processes} fresh processes; \`createSync\` decodes and compiles the bytes it travels with.`,
    head: ['', 'ms', 'min', 'max'],
    rows: [
      row("import 'greekfire'", ([imported]) => imported),
      row('createSync', ([, created]) => created),
      row('one price', ([, , priced]) => priced),
    ],
  };
}

function run(effort: Effort): Findings {
  const wasm = resolve('greekfire/core.wasm');
  const bytes = new Uint8Array(readFileSync(wasm));
  const module = new WebAssembly.Module(bytes);
  const first = { type: 'call', forward: 100, strike: 100, years: 1, volatility: 0.2 } as const;
  const timings: Timing[] = compare(
    [
      {
        name: 'createSync from bytes whose code V8 has cached, then one price',
        items: 1,
        run: () => {
          createSync({ module: bytes }).evaluate(first);
        },
      },
      {
        name: 'createSync from a compiled module, then one price',
        items: 1,
        run: () => {
          createSync({ module }).evaluate(first);
        },
      },
    ],
    effort,
  );
  return {
    tables: [
      coldTable(Math.min(9, effort.rounds)),
      timingTable('Further cores', timings, { unit: 'core' }),
      {
        title: 'Bytes',
        head: ['', 'raw', 'gzip -9', 'brotli'],
        rows: [wasm, fileURLToPath(import.meta.resolve('greekfire'))].map(size),
      },
    ],
  };
}

export const load: Suite = { name: 'load', title: 'Loading', run };
