import type { FullAbi } from '../abi.js';
import {
  requireFinite,
  requireInteger,
  requireNotNegative,
  requireObject,
  requirePositive,
  requireWord,
} from '../checks.js';
import type { FullCore } from '../full/core.js';
import { Owner, taken, View } from '../memory.js';
import { requireLike, requireSame } from './state.js';

/** How a price moves; volatilities per 1.00 and root year, rates per year. */
export type PriceModel = {
  /** Drift of the price per year; 0 where absent. */
  drift?: number;
} & (
  | {
      /** Geometric Brownian motion. */
      kind: 'brownian';
      /** Volatility. */
      volatility: number;
    }
  | {
      /** Stochastic variance (Heston 1993): dv = reversion (long run - v) dt + volatilityOfVariance sqrt(v) dZ. */
      kind: 'heston';
      /** Volatility at the start. */
      volatility: number;
      /** Root of the variance that it reverts to; `volatility` where absent. */
      longRunVolatility?: number;
      /** Speed of reversion, above 0. */
      reversion: number;
      /** Volatility of variance, above 0. */
      volatilityOfVariance: number;
      /** Correlation of price and variance, in [-1, 1]. */
      correlation: number;
    }
  | {
      /** Brownian motion with normal jumps of the log price (Merton 1976), compensated: the drift holds. */
      kind: 'jumps';
      /** Volatility between jumps. */
      volatility: number;
      /** Jumps per year, at least 0. */
      rate: number;
      /** Mean of a jump of the log price. */
      mean: number;
      /** Standard deviation of a jump of the log price. */
      deviation: number;
    }
  | {
      /** Two volatilities, changed by a Markov chain (Hamilton 1989). */
      kind: 'regimes';
      /** Volatilities of the calm regime, in which a path starts, and of the other. */
      volatility: readonly [number, number];
      /** Rates per year of leaving the first regime and of returning to it, above 0. */
      leaving: number;
      /** Rate per year of returning to the first regime. */
      returning: number;
    }
);

/** What a path starts from. */
export interface SimulatorOptions {
  /** Price at the start, above 0. */
  spot: number;
  /** How it moves. */
  model: PriceModel;
  /** A whole number from 0 to 2^53 - 1: the same seed gives the same path on every host. */
  seed: number;
  /** Which of the seed's independent streams, likewise; 0 where absent. */
  stream?: number;
}

/** All that a path's future depends on, as plain data that JSON carries without loss. */
export interface SimulatorState {
  /** Of this layout. */
  readonly version: 1;
  /** What the model is made of, in the module's order; must be those of the path that takes the state up. */
  readonly parameters: readonly number[];
  /** Spot, variance, regime, jumps of the last step, and what the generator keeps: doubles. */
  readonly numbers: readonly number[];
  /** State of the generator: eight words of 32 bits. */
  readonly words: readonly number[];
}

const PARAMETERS = 12;
const place = { spot: 12, variance: 13, regime: 14, jumps: 15 } as const;
const NUMBERS = 16;
const LARGEST = Number.MAX_SAFE_INTEGER;

/**
 * A path of one underlying, a step at a time: seeded, and the same to the bit on every host, since the random numbers,
 * logarithms and exponentials are the module's own. Nothing of the past is kept.
 */
export class Simulator extends Owner {
  readonly #abi: FullAbi;
  readonly #numbers: View<'f64'>;
  readonly #words: View<'u32'>;
  readonly #spare: View<'f64'>;
  /** @internal */
  readonly at: number;

  /** @internal */
  constructor(core: FullCore, options: SimulatorOptions) {
    super('simulator');
    requireObject('options', options);
    const { spot, model, seed, stream = 0 } = options;
    requirePositive('options.spot', spot);
    requireInteger('options.seed', seed, 0, LARGEST);
    requireInteger('options.stream', stream, 0, LARGEST);
    const parameters = parametersOf(model);
    this.#abi = core.abi;
    this.at = taken(core.abi.simulatorCreate(), 'simulator');
    this.#numbers = new View(core.abi, 'f64', this.at, NUMBERS);
    this.#words = new View(core.abi, 'u32', this.at + 8 * NUMBERS, 8);
    this.#spare = new View(core.abi, 'f64', this.at + 8 * NUMBERS + 32, 2);
    this.#numbers.array.set([...parameters, spot, parameters[1], 0, 0]);
    core.abi.simulatorSeed(this.at, seed, stream);
  }

  /**
   * Lets time pass. Allocates nothing.
   * @param years - in years of 365 days, at least 0
   * @throws RangeError where it is negative or not finite
   */
  step(years: number): void {
    this.guard();
    this.#abi.simulatorStep(this.at, requireNotNegative('years', years));
  }

  /** Price in quote currency. */
  get spot(): number {
    return this.#number('spot');
  }

  /** Variance per year in force. */
  get variance(): number {
    return this.#number('variance');
  }

  /** 0 or 1, of the regimes. */
  get regime(): number {
    return this.#number('regime');
  }

  /** Jumps in the last step. */
  get jumps(): number {
    return this.#number('jumps');
  }

  /** What the path's future depends on, to be restored. */
  get state(): SimulatorState {
    this.guard();
    return {
      version: 1,
      parameters: [...this.#numbers.array.subarray(0, PARAMETERS)],
      numbers: [...this.#numbers.array.subarray(PARAMETERS), ...this.#spare.array],
      words: [...this.#words.array],
    };
  }

  /**
   * Takes up a state of a path of the same model: the continuation is the same to the bit.
   * @throws TypeError or RangeError that names the field that is damaged or of another model; nothing has changed then
   */
  restore(state: SimulatorState): void {
    const { numbers, words } = this.requireState('state', state);
    this.#numbers.array.set(numbers.slice(0, NUMBERS - PARAMETERS), PARAMETERS);
    this.#spare.array.set(numbers.slice(NUMBERS - PARAMETERS));
    this.#words.array.set(words);
  }

  /** @internal */
  requireState(name: string, state: SimulatorState): SimulatorState {
    requireObject(name, state);
    const { version, parameters, numbers, words } = this.state;
    requireSame(`${name}.version`, state.version, version);
    requireSame(`${name}.parameters`, state.parameters, parameters);
    requireLike(name, state, { numbers, words });
    words.forEach((_, i) => requireInteger(`${name}.words[${i}]`, state.words[i], 0, 2 ** 32 - 1));
    const [spot, variance, regime, jumps] = state.numbers;
    requirePositive(`${name}.numbers[0]`, spot);
    requireNotNegative(`${name}.numbers[1]`, variance);
    requireInteger(`${name}.numbers[2]`, regime, 0, 1);
    requireNotNegative(`${name}.numbers[3]`, jumps);
    return state;
  }

  #number(name: keyof typeof place): number {
    this.guard();
    return this.#numbers.array[place[name]];
  }

  /** @internal */
  override guard(): void {
    super.guard();
  }

  protected override release(): void {
    this.#abi.give(this.at);
  }
}

function square(value: number): number {
  return value * value;
}

/** In the order of the module. Only + and * are used: their bits are the same everywhere. */
function parametersOf(model: PriceModel): number[] {
  const name = 'options.model';
  requireObject(name, model);
  requireWord(`${name}.kind`, model.kind, ['brownian', 'heston', 'jumps', 'regimes']);
  const drift = requireFinite(`${name}.drift`, model.drift ?? 0);
  const squareOf = (field: string, value: unknown): number =>
    square(requireNotNegative(`${name}.${field}`, value));
  const parameters = new Array<number>(PARAMETERS).fill(0);
  const put = (first: number, ...values: number[]): void => {
    parameters.splice(first, values.length, ...values);
  };
  put(0, drift);
  if (model.kind === 'regimes') {
    const [calm, stressed] = model.volatility;
    const variance = squareOf('volatility[0]', calm);
    const other = squareOf('volatility[1]', stressed);
    const leaving = requirePositive(`${name}.leaving`, model.leaving);
    const returning = requirePositive(`${name}.returning`, model.returning);
    const reversion = leaving + returning;
    put(1, variance, reversion, (returning * variance + leaving * other) / reversion);
    put(9, other, leaving, returning);
    return parameters;
  }
  const variance = squareOf('volatility', model.volatility);
  put(1, variance);
  if (model.kind === 'heston') {
    const { longRunVolatility = model.volatility, correlation } = model;
    if (!(Math.abs(requireFinite(`${name}.correlation`, correlation)) <= 1)) {
      throw new RangeError(`${name}.correlation must be in [-1, 1], got ${correlation}`);
    }
    put(2, requirePositive(`${name}.reversion`, model.reversion));
    put(3, squareOf('longRunVolatility', longRunVolatility));
    put(4, requirePositive(`${name}.volatilityOfVariance`, model.volatilityOfVariance), correlation);
  } else if (model.kind === 'jumps') {
    put(6, requireNotNegative(`${name}.rate`, model.rate), requireFinite(`${name}.mean`, model.mean));
    put(8, requireNotNegative(`${name}.deviation`, model.deviation));
  }
  return parameters;
}

/**
 * Starts a path.
 * @param core - whose memory it lives in
 * @throws TypeError or RangeError that names the field and the value
 */
export function simulator(core: FullCore, options: SimulatorOptions): Simulator {
  return new Simulator(core, options);
}
