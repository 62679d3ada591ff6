import type { HedgeProblem } from 'greekfire';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A problem with every field there, so that a test can take any of them. */
export type DeskProblem = Required<
  Omit<
    {
      [K in keyof HedgeProblem]: HedgeProblem[K] extends ArrayLike<number> | undefined ? Float64Array : never;
    },
    'depth'
  >
> & { depth?: Record<'bidSize' | 'bidCost' | 'askSize' | 'askCost', Float64Array> } & {
  readonly shape: { instruments: number; exposures: number; levels: number };
};

/** What a desk problem is made of. */
export interface DeskChoices {
  instruments: number;
  exposures?: number;
  /** Soft targets; true where absent. */
  soft?: boolean;
  /** Hard bands on every other exposure, on all where there are no soft targets. */
  bands?: boolean;
  levels?: number;
  /** Quadratic impact over the whole size, in units of the half-spread. */
  impact?: number;
  /** Factor on half-spreads. */
  spread?: number;
  /** Linear terms, in units of the half-spread. */
  carry?: number;
  /** Factor on the book's size. */
  book?: number;
}

/** Seeded numbers in [0, 1). */
export function randomOf(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}

const density = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);

/** Normal distribution, good to 1e-7 (Abramowitz and Stegun 26.2.17): enough to make an instance lifelike. */
function normal(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series = 0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429)));
  const tail = density(x) * t * series;
  return x > 0 ? 1 - tail : tail;
}

const forward = 60_000;
const years = [0.01, 0.03, 0.08, 0.2, 0.45, 0.9];

/** Delta, gamma, vega in four buckets, vanna, volga, theta: collinear in the way that Greeks of a chain are. */
function greeksOf(expiry: number, moneyness: number, isCall: boolean): { greeks: number[]; price: number } {
  const root = Math.sqrt(years[expiry]);
  const volatility = 0.5 + 2 * Math.sqrt(0.05 / years[expiry]) * moneyness ** 2 * 0.1;
  const deviation = volatility * root;
  const d1 = -moneyness / deviation + deviation / 2;
  const d2 = d1 - deviation;
  const vega = (forward * density(d1) * root) / 100;
  const greeks = new Array<number>(9).fill(0);
  greeks[0] = isCall ? normal(d1) : normal(d1) - 1;
  greeks[1] = (density(d1) / deviation) * 0.01;
  greeks[2 + Math.max(0, Math.min(3, expiry - 1))] = vega;
  greeks[6] = (-density(d1) * d2) / volatility / 100;
  greeks[7] = (vega * d1 * d2) / volatility / 100;
  greeks[8] = (-forward * density(d1) * volatility) / 2 / root / 365;
  const call = forward * (normal(d1) - Math.exp(moneyness) * normal(d2));
  return { greeks, price: Math.max(isCall ? call : call - forward * (1 - Math.exp(moneyness)), 0) };
}

/** A desk with a random book and random quotes on a chain, seeded: instrument 0 is the future. */
export function deskProblem(seed: number, choices: DeskChoices): DeskProblem {
  const { instruments: n, exposures: m = 9, soft = true, bands = false, levels = 1 } = choices;
  const { impact = 1e-4, spread = 1, carry = 0, book = 1 } = choices;
  const random = randomOf(seed);
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const draw = (): { greeks: number[]; price: number } => {
    const expiry = Math.floor(random() * years.length);
    const moneyness = 0.7 * Math.sqrt(years[expiry]) * gauss();
    return greeksOf(expiry, moneyness, random() < (moneyness > 0 ? 0.8 : 0.2));
  };
  const column = (length: number, value = 0): Float64Array => new Float64Array(length).fill(value);
  const problem: DeskProblem = {
    shape: { instruments: n, exposures: m, levels },
    sensitivity: column(n * m),
    exposure: column(m),
    target: column(m),
    weight: column(m),
    lower: column(m, -Infinity),
    upper: column(m, Infinity),
    sellLimit: column(n),
    buyLimit: column(n),
    halfSpread: column(n),
    linear: column(n),
    impact: column(n),
    lot: column(n),
    minimumSize: column(n),
  };
  for (let i = 0; i < n; i++) {
    const isFuture = i === 0;
    const { greeks, price } = isFuture ? { greeks: [1, 0, 0, 0, 0, 0, 0, 0, 0], price: forward } : draw();
    for (let k = 0; k < m; k++) problem.sensitivity[i * m + k] = greeks[k % 9] * (k < 9 ? 1 : gauss());
    const size = isFuture ? 200 : Math.max(1, Math.round(20 * Math.exp(gauss())));
    const vega = greeks[2] + greeks[3] + greeks[4] + greeks[5];
    problem.sellLimit[i] = size * (0.5 + random());
    problem.buyLimit[i] = size * (0.5 + random());
    problem.halfSpread[i] =
      spread * (isFuture ? 6 : Math.max(5, vega * (0.4 + random()) + Math.abs(price) * 0.003));
    problem.impact[i] = (impact * problem.halfSpread[i]) / size;
    problem.linear[i] = carry * gauss() * problem.halfSpread[i];
  }
  for (let position = 0; position < 60; position++) {
    const { greeks } = draw();
    const quantity = book * Math.round(15 * gauss());
    for (let k = 0; k < m; k++) {
      problem.exposure[k] += quantity * greeks[k % 9] * (k < 9 ? 1 : 0.7 + 0.3 * gauss());
    }
  }
  const limits = [1, 0.05, 300, 300, 300, 300, 30, 100, 3000];
  for (let k = 0; k < m; k++) {
    const limit = limits[k % 9];
    if (soft) problem.weight[k] = (300 / limit ** 2) * Math.exp(gauss() / 2);
    if (bands && (k % 2 === 0 || !soft)) {
      problem.lower[k] = -limit * (0.5 + random());
      problem.upper[k] = limit * (0.5 + random());
    }
  }
  if (levels > 1) {
    const side = (limit: Float64Array): [Float64Array, Float64Array] => {
      const sizes = column(n * levels);
      const costs = column(n * levels);
      for (let i = 0; i < n; i++) {
        let cost = problem.halfSpread[i];
        for (let l = 0; l < levels; l++) {
          sizes[i * levels + l] = (limit[i] / levels) * (0.6 + 0.8 * random());
          costs[i * levels + l] = cost;
          cost += problem.halfSpread[i] * (0.2 + 0.5 * random());
        }
      }
      return [sizes, costs];
    };
    const [bidSize, bidCost] = side(problem.sellLimit);
    const [askSize, askCost] = side(problem.buyLimit);
    problem.depth = { bidSize, bidCost, askSize, askCost };
  }
  return problem;
}

/** What `update` takes: the ladder where there is one, else the half-spread. */
export function fieldsOf(problem: DeskProblem): HedgeProblem {
  const { shape, depth, halfSpread, ...rest } = problem;
  return shape.levels > 1 && depth ? { ...rest, depth } : { ...rest, halfSpread };
}

/** The same with bands opened until the book meets them without trades: feasible whatever the market offers. */
export function opened(problem: DeskProblem): DeskProblem {
  const lower = problem.lower.map((limit, k) => Math.min(limit, problem.exposure[k]));
  const upper = problem.upper.map((limit, k) => Math.max(limit, problem.exposure[k]));
  return { ...problem, lower, upper };
}
