/**
 * Our rivals in scans: prices alone, in JavaScript over typed arrays, the same two grades as in javascript.ts. The
 * `plain` loop is what a good engineer writes: a strike at a time, scalars of the expiry hoisted, the put by parity.
 * The `tuned` loop has all that the module's scan shares. A call and a put share
 * one price out of the money, what depends on volatility alone is worked out once for all spots, rows without a
 * position are left out before. Tails as in javascript.ts.
 */
import { hartOver, hartUnder, normal, SPLIT, tailOf, type GridColumns } from './javascript.js';

/** Sizes held of each row of a grid, every one of which is held. */
export interface Weights {
  readonly call: Float64Array;
  readonly put: Float64Array;
}

const BLOCK = 256;
const perDeviationOf = new Float64Array(BLOCK);
const halfOf = new Float64Array(BLOCK);
const zOf = new Float64Array(BLOCK);
const bellOf = new Float64Array(BLOCK);

/**
 * Adds to `value` what the positions are worth at every spot x volatility, the spot running fastest: relative moves of
 * the forwards, absolute moves of the volatilities.
 */
export function valueGrid(
  grid: GridColumns,
  forwards: Float64Array,
  weights: Weights,
  spots: readonly number[],
  moves: readonly number[],
  value: Float64Array,
): void {
  const { offset, years, rate, strike, logStrike, volatility } = grid;
  value.fill(0);
  for (let e = 0; e < years.length; e += 1) {
    const root = Math.sqrt(years[e]);
    const discount = Math.exp(-rate[e] * years[e]);
    for (let first = offset[e]; first < offset[e + 1]; first += BLOCK) {
      const count = Math.min(BLOCK, offset[e + 1] - first);
      for (let v = 0; v < moves.length; v += 1) {
        for (let j = 0; j < count; j += 1) {
          const deviation = Math.max(0, volatility[first + j] + moves[v]) * root;
          perDeviationOf[j] = 1 / deviation;
          halfOf[j] = 0.5 * deviation;
        }
        for (let s = 0; s < spots.length; s += 1) {
          const forward = forwards[e] * (1 + spots[s]);
          const logForward = Math.log(forward);
          for (let j = 0; j < count; j += 1) {
            const z = (logForward - logStrike[first + j]) * perDeviationOf[j];
            const near = Math.abs(z) - halfOf[j];
            zOf[j] = z;
            bellOf[j] = Math.exp(-0.5 * near * near);
          }
          let sum = 0;
          for (let j = 0; j < count; j += 1) {
            const i = first + j;
            const z = zOf[j];
            const half = halfOf[j];
            const above = Math.abs(z) - half;
            const near = Math.abs(above);
            const far = Math.abs(z) + half;
            const base = z < 0 ? forward : strike[i];
            const bell = bellOf[j];
            let nearTail: number;
            let farTail: number;
            if (far < SPLIT) {
              const under1 = hartUnder(near);
              const under2 = hartUnder(far);
              const inverse = bell / (under1 * under2);
              nearTail = hartOver(near) * under2 * inverse;
              farTail = hartOver(far) * under1 * inverse;
            } else {
              nearTail = tailOf(near, bell);
              farTail = tailOf(far, bell);
            }
            const out = base * (above < 0 ? 1 - nearTail - farTail : nearTail - farTail);
            const call = weights.call[i];
            const put = weights.put[i];
            sum += (call + put) * out + (forward - strike[i]) * (z < 0 ? -put : call);
          }
          value[v * spots.length + s] += discount * sum;
        }
      }
    }
  }
}

/** The same, the plain loop. */
export function valueGridPlainly(
  grid: GridColumns,
  forwards: Float64Array,
  weights: Weights,
  spots: readonly number[],
  moves: readonly number[],
  value: Float64Array,
): void {
  const { offset, years, rate, strike, volatility } = grid;
  for (let v = 0; v < moves.length; v += 1) {
    for (let s = 0; s < spots.length; s += 1) {
      let sum = 0;
      for (let e = 0; e < years.length; e += 1) {
        const forward = forwards[e] * (1 + spots[s]);
        const root = Math.sqrt(years[e]);
        const discount = Math.exp(-rate[e] * years[e]);
        for (let i = offset[e]; i < offset[e + 1]; i += 1) {
          const deviation = Math.max(0, volatility[i] + moves[v]) * root;
          const d1 = Math.log(forward / strike[i]) / deviation + 0.5 * deviation;
          const call = discount * (forward * normal(d1) - strike[i] * normal(d1 - deviation));
          const put = call - discount * (forward - strike[i]);
          sum += weights.call[i] * call + weights.put[i] * put;
        }
      }
      value[v * spots.length + s] = sum;
    }
  }
}
