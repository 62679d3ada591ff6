/** Compiles assembly/: one WebAssembly module per door, byte for byte the same every time. */
import { spawnSync } from 'node:child_process';
import asc from 'assemblyscript/asc';

/**
 * Binaryen's pipeline over what asc leaves as it is. Lane functions are inlined by asc whatever the level; for the rest
 * size counts: 3 % less than asc's own -O3 gzipped, at 1 to 4 % of a kernel's time.
 */
const optimizer = ['-Os', '-Oz', '--converge'];
/** What asc takes for granted, and what asconfig.json enables. */
const features = ['mutable-globals', 'sign-ext', 'nontrapping-float-to-int', 'bulk-memory', 'simd'];

/**
 * @param entry the door: a file of assembly/ whose exports are the module's
 * @param outFile where the module goes
 * @throws Error where the sources do not compile; why is on the terminal
 */
export async function compileModule(
  entry: string,
  target: 'release' | 'debug',
  outFile: string,
): Promise<void> {
  const { error } = await asc.main(
    [`assembly/${entry}.ts`, '--config', 'asconfig.json', '--target', target, '--outFile', outFile],
    { stdout: process.stdout, stderr: process.stderr },
  );
  if (error) throw error;
  if (target === 'debug') return;
  const enabled = features.map((feature) => `--enable-${feature}`);
  const command = ['node_modules/binaryen/bin/wasm-opt', outFile, ...enabled, ...optimizer, '-o', outFile];
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`wasm-opt failed on ${outFile}`);
}
