import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { createSync, hedgeStatuses } from 'greekfire';
import { expect, test } from 'vitest';
import { exportsOf, pageWith } from '../../scripts/abi.js';
import { SENSITIVITIES } from '../oracle/greeks.js';

const run = promisify(execFile);
const page = await readFile('docs/abi.md', 'utf8');
const module = await WebAssembly.compile(await readFile('dist/full.wasm'));
const exported = WebAssembly.Module.exports(module);

test('the page has every call of the module, as the sources have it (npx tsx scripts/abi.ts writes them)', async () => {
  expect(WebAssembly.Module.imports(module)).toEqual([]);
  const calls = exported.filter(({ kind }) => kind === 'function').map(({ name }) => name);
  const listed = Array.from(page.matchAll(/^- `(\w+)\(/gm), ([, name]) => name);
  expect(listed.sort()).toEqual(calls.sort());
  expect(exported.filter(({ kind }) => kind !== 'function')).toEqual([{ kind: 'memory', name: 'memory' }]);
  expect(page).toBe(pageWith(page, calls, await exportsOf('dist/core.wasm')));
});

test('the page names sensitivities and statuses by their numbers', () => {
  const row = (name: string): string =>
    new RegExp(`^\\| ${name} +\\|(.*)\\|$`, 'm').exec(page)?.[1].trim() ?? '';
  const numbered = (text: string): string[] =>
    Array.from(text.matchAll(/(\d+) ([a-z][a-z -]*)/g), ([, n, name]) => `${n} ${name}`);
  expect(numbered(row('sensitivity'))).toEqual(SENSITIVITIES.map((name, s) => `${s} ${name}`));
  expect(numbered(row('status of a hedge'))).toEqual(
    hedgeStatuses.map((name, s) => `${s} ${name.replace('-', ' ')}`),
  );
});

test('the example prints what the bindings find', async () => {
  const { stdout } = await run(process.execPath, ['examples/raw-module.mjs', 'dist/core.wasm']);
  const core = createSync();
  const options = { forward: 100, strike: [100, 90], years: 0.5, volatility: [0.3, 0.35] };
  const columns = core.evaluate({ type: Int8Array.of(1, -1), ...options });
  const chain = core.chain([
    { years: 0.5, forward: 100, rate: 0.02, strike: [90, 100, 110], volatility: [0.32, 0.3, 0.31] },
  ]);
  chain.tick(101);
  const wanted = [
    ...Object.entries<Float64Array>(columns).map(([name, column]) => [name, ...column].join(' ')),
    ['calls', ...chain.call.price].join(' '),
    ['puts', ...chain.put.price].join(' '),
    'bytes in use 0',
  ];
  expect(stdout.trim().split('\n')).toEqual(wanted);
});
