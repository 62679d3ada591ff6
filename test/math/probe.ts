import asc from 'assemblyscript/asc';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

const ENTRY = 'test/math/lanes.ts';

/** Column loops over lane functions: the core exports none of them, since its kernels inline them all. */
const SOURCE = `
import { add, both, div, mul, read, write } from '../../assembly/lanes/f64x2';
import { expm1X2, expSumX2, expX2 } from '../../assembly/math/exp';
import { logInto, logRatioInto, logRatioX2 } from '../../assembly/math/log';
import { bellX2, tailOverX2, tailUnderX2 } from '../../assembly/math/tail';
export { take } from '../../assembly/memory/arena';

export function exp(end: usize, x: usize, y: usize, out: usize, low: usize): void {
  for (let i: usize = 0; i < end; i += 16) write(out + i, expX2(read(x + i)));
}
export function expSum(end: usize, x: usize, y: usize, out: usize, low: usize): void {
  for (let i: usize = 0; i < end; i += 16) write(out + i, expSumX2(read(x + i), read(y + i)));
}
export function expm1(end: usize, x: usize, y: usize, out: usize, low: usize): void {
  for (let i: usize = 0; i < end; i += 16) write(out + i, expm1X2(read(x + i)));
}
export function logRatio(end: usize, x: usize, y: usize, out: usize, low: usize): void {
  for (let i: usize = 0; i < end; i += 16) write(out + i, logRatioX2(read(x + i), read(y + i)));
}
export function log(end: usize, x: usize, y: usize, out: usize, low: usize): void {
  for (let i: usize = 0; i < end; i += 16) logInto(out + i, low + i, read(x + i));
}
export function logRatioFine(end: usize, x: usize, y: usize, out: usize, low: usize): void {
  for (let i: usize = 0; i < end; i += 16) logRatioInto(out + i, low + i, read(x + i), read(y + i));
}
export function bell(end: usize, x: usize, y: usize, out: usize, low: usize): void {
  for (let i: usize = 0; i < end; i += 16) write(out + i, bellX2(read(x + i)));
}
export function ratio(end: usize, x: usize, y: usize, out: usize, low: usize): void {
  for (let i: usize = 0; i < end; i += 16) write(out + i, div(tailOverX2(read(x + i)), tailUnderX2(read(x + i))));
}
export function tail(end: usize, x: usize, y: usize, out: usize, low: usize): void {
  for (let i: usize = 0; i < end; i += 16) {
    const at = read(x + i);
    write(out + i, mul(bellX2(at), div(tailOverX2(at), tailUnderX2(at))));
  }
}
`;

/** The flags of the release build, asconfig.json. */
const FLAGS = '-O3 --converge --noAssert --runtime stub --enable simd --use abort=';

type Loop = 'exp' | 'expSum' | 'expm1' | 'logRatio' | 'log' | 'logRatioFine' | 'bell' | 'ratio' | 'tail';

/** Runs a lane function over columns; `low` is filled by the functions that answer in two doubles. */
export type Probe = (
  loop: Loop,
  x: Float64Array,
  y?: Float64Array,
) => { out: Float64Array; low: Float64Array };

/** Compiles the loops in memory, over the sources as they are. */
export async function compileProbe(): Promise<Probe> {
  const stderr = asc.createMemoryStream();
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  const { error } = await asc.main([ENTRY, ...FLAGS.split(' '), '--outFile', 'probe.wasm'], {
    stderr,
    readFile: async (name, folder) => {
      if (name === ENTRY) return SOURCE;
      return readFile(join(folder, name), 'utf8').catch(() => null);
    },
    writeFile: (name, contents) => {
      if (name === 'probe.wasm') bytes = Uint8Array.from(contents as Uint8Array);
    },
  });
  if (error || !bytes) throw new Error(stderr.toString(), { cause: error });
  const { instance } = await WebAssembly.instantiate(bytes);
  const exports = instance.exports as unknown as { memory: WebAssembly.Memory } & Record<
    Loop,
    (end: number, x: number, y: number, out: number, low: number) => void
  > & { take(bytes: number): number };

  return (loop, x, y = x) => {
    const size = 8 * x.length + 16;
    const [xAt, yAt, outAt, lowAt] = [0, 0, 0, 0].map(() => exports.take(size));
    const column = (at: number): Float64Array => new Float64Array(exports.memory.buffer, at, x.length);
    column(xAt).set(x);
    column(yAt).set(y);
    exports[loop](8 * x.length, xAt, yAt, outAt, lowAt);
    return { out: column(outAt).slice(), low: column(lowAt).slice() };
  };
}
