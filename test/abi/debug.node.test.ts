import { instantiate } from '@assemblyscript/loader';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { Abi } from '../../bindings/abi.js';
import { drawFrom } from '../oracle/regimes.js';

const ROWS = 301;

async function debugBuild(): Promise<Abi> {
  const { exports } = await instantiate(await readFile('build/debug.wasm'));
  return exports as unknown as Abi;
}

async function releaseBuild(): Promise<Abi> {
  const { instance } = await WebAssembly.instantiate(await readFile('dist/core.wasm'));
  return instance.exports as unknown as Abi;
}

const column = (abi: Abi, at: number, rows = ROWS): Float64Array =>
  new Float64Array(abi.memory.buffer, at, rows);

/** Inputs in the module's order, the types apart: underlying, strike, years, volatility, rate, dividend. */
function inputs(): number[][] {
  const draw = drawFrom(1);
  const ranges = [
    [50, 150],
    [40, 200],
    [0, 3],
    [0.05, 2],
    [-0.05, 0.1],
    [-0.02, 0.05],
  ] satisfies [number, number][];
  const columns = ranges.map(([low, high]) => Array.from({ length: ROWS }, () => draw.between(low, high)));
  // limits and a bad row, which leave the lanes for the scalar path
  columns[2][7] = 0;
  columns[3][11] = 0;
  columns[3][13] = NaN;
  return columns;
}

/** All results of a batch of order 3, of spot or of forwards, linear or in coin. */
function runBatch(abi: Abi, forward: number, inverse: number): Float64Array[] {
  const batch = abi.batchCreate(ROWS, 3, forward, inverse, 0);
  new Int8Array(abi.memory.buffer, abi.batchInput(batch, 0), ROWS).forEach((_, i, types) => {
    types[i] = i % 3 === 0 ? -1 : 1;
  });
  inputs()
    .slice(0, forward ? 5 : 6)
    .forEach((values, i) => {
      column(abi, abi.batchInput(batch, i + 1)).set(values);
    });
  abi.batchEvaluate(batch, ROWS);
  const results = Array.from({ length: 12 }, (_, s) => column(abi, abi.batchResult(batch, s)).slice());
  abi.give(batch);
  return results;
}

/** All results of a ticked chain of one expiry, and of a book on it. */
function runChain(abi: Abi): Float64Array[] {
  const chain = abi.chainCreate(1, ROWS, 3);
  const [, strike, , volatility] = inputs();
  column(abi, abi.chainForward(chain), 1).fill(100);
  column(abi, abi.chainYears(chain), 1).fill(0.75);
  column(abi, abi.chainVarianceYears(chain), 1).fill(0.75);
  column(abi, abi.chainPace(chain), 1).fill(1);
  column(abi, abi.chainRate(chain), 1).fill(0.03);
  new Uint32Array(abi.memory.buffer, abi.chainOffset(chain), 2).set([0, ROWS]);
  column(abi, abi.chainStrike(chain)).set(strike.sort((a, b) => a - b));
  column(abi, abi.chainVolatility(chain)).set(volatility);
  expect(abi.chainPrepare(chain)).toBe(-1);
  expect(abi.chainTick(chain)).toBe(-1);
  expect(abi.chainTakeCoin(chain)).toBeTruthy();
  abi.chainCoin(chain);
  const sensitivities = Array.from({ length: 12 }, (_, s) => s);
  const results = sensitivities.flatMap((s) =>
    [0, 1].flatMap((put) => [
      column(abi, abi.chainResult(chain, s, put)).slice(),
      column(abi, abi.chainCoinResult(chain, s, put)).slice(),
    ]),
  );
  const book = abi.bookCreate(chain, 1);
  for (let cell = 0; cell < 2 * ROWS; cell += 5) abi.bookAdd(book, cell, cell - ROWS);
  abi.bookExpose(book, 1, 1);
  results.push(column(abi, abi.bookTotal(book, 0), 12).slice());
  abi.bookGive(book);
  abi.chainGive(chain);
  return results;
}

/** The bits of columns; a NaN is one whatever its bits are, since those are the host's to choose. */
const bitsOf = (columns: Float64Array[]): string[] =>
  columns.map((values) => [...values].map((value) => (Object.is(value, -0) ? '-0' : String(value))).join());

it('the debug build gives the same bits as the release, and frees what it takes', async () => {
  const [debug, release] = [await debugBuild(), await releaseBuild()];
  for (const [forward, inverse] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]) {
    const results = runBatch(release, forward, inverse);
    expect(results.filter((values) => values.filter(Number.isFinite).length > ROWS - 5)).toHaveLength(12);
    expect(bitsOf(runBatch(debug, forward, inverse))).toEqual(bitsOf(results));
  }
  const results = runChain(release);
  expect(results[results.length - 1].every((total) => Number.isFinite(total) && total !== 0)).toBe(true);
  expect(bitsOf(runChain(debug))).toEqual(bitsOf(results));
  expect([debug.bytesInUse(), release.bytesInUse()]).toEqual([0, 0]);
});
