// Drives greekfire's module without its bindings, as a host in any language would; docs/abi.md says what the calls
// mean.
// node examples/raw-module.mjs [core.wasm]
import { readFile } from 'node:fs/promises';

const [path = new URL('../dist/core.wasm', import.meta.url)] = process.argv.slice(2);
const { instance } = await WebAssembly.instantiate(await readFile(path));
const core = instance.exports;

/** Doubles of the module's memory: made anew at each look, since memory may have grown. */
const doubles = (at, length) => new Float64Array(core.memory.buffer, at, length);

// A batch of two options on a forward: a call and a put, prices and first-order Greeks.
const [rows, order, onForward, inverse, lognormal] = [2, 1, 1, 0, 0];
const batch = core.batchCreate(rows, order, onForward, inverse, lognormal);
if (batch === 0) throw new RangeError('no memory');
const TYPE = 0;
new Int8Array(core.memory.buffer, core.batchInput(batch, TYPE), rows).set([1, -1]);
const columns = {
  forward: [100, 100],
  strike: [100, 90],
  years: [0.5, 0.5],
  volatility: [0.3, 0.35],
  rate: [0, 0],
};
Object.values(columns).forEach((values, i) => doubles(core.batchInput(batch, 1 + i), rows).set(values));
core.batchEvaluate(batch, rows);
['price', 'delta', 'gamma', 'vega', 'theta', 'rho'].forEach((name, sensitivity) => {
  console.log(name, ...doubles(core.batchResult(batch, sensitivity), rows));
});
core.give(batch);

// A chain of one expiry and three strikes, and a tick of its forward.
const [expiries, strikes] = [1, [90, 100, 110]];
const chain = core.chainCreate(expiries, strikes.length, order);
if (chain === 0) throw new RangeError('no memory');
doubles(core.chainForward(chain), 1)[0] = 100;
doubles(core.chainYears(chain), 1)[0] = 0.5;
doubles(core.chainVarianceYears(chain), 1)[0] = 0.5;
doubles(core.chainPace(chain), 1)[0] = 1;
doubles(core.chainRate(chain), 1)[0] = 0.02;
new Uint32Array(core.memory.buffer, core.chainOffset(chain), 2).set([0, strikes.length]);
doubles(core.chainStrike(chain), 3).set(strikes);
doubles(core.chainVolatility(chain), 3).set([0.32, 0.3, 0.31]);
const bad = core.chainPrepare(chain);
if (bad >= 0) throw new RangeError(`strike ${bad} must be above 0 and the strike before`);
core.chainTick(chain);
doubles(core.chainForward(chain), 1)[0] = 101;
const refused = core.chainTick(chain);
if (refused >= 0) throw new RangeError(`forward ${refused} must be positive and finite`);
const PRICE = 0;
console.log('calls', ...doubles(core.chainResult(chain, PRICE, 0), 3));
console.log('puts', ...doubles(core.chainResult(chain, PRICE, 1), 3));
core.chainGive(chain);
console.log('bytes in use', core.bytesInUse());
