import type { FullAbi } from '../abi.js';
import {
  requireArray,
  requireFinite,
  requireInteger,
  requireNotNegative,
  requireObject,
  requirePositive,
} from '../checks.js';
import type { FullCore } from '../full/core.js';
import { Owner, taken, View } from '../memory.js';
import { DAYS_PER_YEAR } from '../time.js';
import type { Forecast, Forecaster } from './forecast.js';

/** Years beyond which no plain model says anything: an iterated forecast runs day by day. */
const LONGEST_HORIZON = 100;

function requireReturn(change: unknown, years: unknown): void {
  requireFinite('change', change);
  if (!(requireFinite('years', years) > 0)) {
    throw new RangeError(`years must be positive, got ${String(years)}`);
  }
}

function requireHorizon(years: unknown): number {
  const horizon = requireFinite('horizonYears', years);
  if (horizon > 0 && horizon <= LONGEST_HORIZON) return horizon;
  throw new RangeError(`horizonYears must be in (0, ${LONGEST_HORIZON}], got ${horizon}`);
}

function requireDecay(name: string, value: unknown): void {
  const lambda = requireFinite(name, value);
  if (!(lambda > 0 && lambda < 1)) throw new RangeError(`${name} must be in (0, 1), got ${lambda}`);
}

/** Numbers that came from outside. */
function requireNumbers(name: string, state: unknown, length: number): number[] {
  const numbers = Array.from(requireArray(name, state, length));
  numbers.forEach((value, i) => requireFinite(`${name}[${i}]`, value));
  return numbers;
}

/** How an exponentially weighted variance forgets. */
export interface EwmaOptions {
  /** What a day leaves of the weight of the days before it, in (0, 1); 0.94 where absent. */
  lambda?: number;
  /** Volatility before the first return, per 1.00; what was seen alone counts where absent. */
  volatility?: number;
}

/**
 * Exponentially weighted variance with a mean of zero (J.P. Morgan and Reuters 1996, RiskMetrics - Technical Document,
 * 4th edition, section 5.2.1): one day's squared return weighs 1 - lambda, and lambda of that a day later. Returns over
 * other times weigh by their time. The forecast is the same for every horizon; its confidence is the weight of what was
 * seen, from 0 at the start to 1.
 */
export class EwmaForecaster implements Forecaster {
  readonly #abi: FullAbi;
  readonly #lambda: number;
  readonly #start: number | undefined;
  /** Weighted sum of squared returns per year, and the weight that no return has yet. */
  #sum = 0;
  #left = 1;

  /** @internal */
  constructor(core: FullCore, options: EwmaOptions) {
    requireObject('options', options);
    const { lambda = 0.94, volatility } = options;
    requireDecay('options.lambda', lambda);
    if (volatility !== undefined) requireNotNegative('options.volatility', volatility);
    this.#abi = core.abi;
    this.#lambda = lambda;
    this.#start = volatility === undefined ? undefined : volatility * volatility;
  }

  /**
   * Takes the next return.
   * @param change - of the logarithm of the price
   * @param years - in which it was made, above 0
   * @throws TypeError or RangeError that names the argument and the value
   */
  update(change: number, years: number): void {
    requireReturn(change, years);
    const decay = this.#abi.forecastDecay(this.#lambda, years * DAYS_PER_YEAR);
    this.#sum = decay * this.#sum + ((1 - decay) * change * change) / years;
    this.#left *= decay;
  }

  /**
   * Volatility and its confidence; no drift. Volatility 0 with a confidence of 0 before the first return, where the
   * options have none.
   * @throws TypeError or RangeError where the horizon is not in (0, 100] years
   */
  forecast(horizonYears: number): Forecast {
    requireHorizon(horizonYears);
    const seen = 1 - this.#left;
    const own = seen > 0 ? this.#sum / seen : 0;
    const variance = this.#start === undefined ? own : this.#sum + this.#left * this.#start;
    return { drift: 0, volatility: Math.sqrt(variance), confidence: seen };
  }

  /** What the future depends on: fresh. */
  save(): number[] {
    return [this.#sum, this.#left];
  }

  /** Takes up what `save` returned. @throws TypeError or RangeError that names the element and the value */
  restore(state: unknown): void {
    const [sum, left] = requireNumbers('state', state, 2);
    requireNotNegative('state[0]', sum);
    if (!(left >= 0 && left <= 1)) throw new RangeError(`state[1] must be in [0, 1], got ${left}`);
    this.#sum = sum;
    this.#left = left;
  }
}

/** What a regression on realised variance looks at. */
export interface HarOptions {
  /** Days of the three means, each longer than the one before; 1, 5 and 22 where absent. */
  windows?: readonly [number, number, number];
  /** Days kept, that the regression is fitted on: at least the longest window and 20 more, at most 10,000; 1,000. */
  days?: number;
}

/** The fit in force. */
export interface HarFit {
  /** Constant, in variance per year, and the coefficients of the three means; zeros where there is no fit. */
  readonly coefficients: readonly [number, number, number, number];
  /** Part of the variance of a day's realised variance that they explain, adjusted for their number, at least 0. */
  readonly explained: number;
  /** Days that were over when it was made. */
  readonly days: number;
}

/** In the order of the module. */
const harPlace = { days: 2, coefficients: 3, fittedDays: 7, explained: 8, least: 9 } as const;
/** Doubles before the ring of days: 12 figures, and four windows of 32 bits. */
const HAR_HEADER = 14;
const LEAST_ROWS = 20;

/**
 * The heterogeneous autoregression of realised variance (Corsi 2009): tomorrow's realised variance on its means over a
 * day, a week and a month, by least squares over the days kept, fitted anew after every day and run forward for longer
 * horizons. Days are 24 hours from the first return; realised variance is the sum of a day's squared returns: the finer
 * they are the better. The confidence is the adjusted share of variance that the fit explains; without enough
 * days the forecast is their mean, at a confidence of 0.
 */
export class HarForecaster extends Owner implements Forecaster {
  readonly #abi: FullAbi;
  readonly #at: number;
  readonly #numbers: View<'f64'>;
  readonly #kept: number;

  /** @internal */
  constructor(core: FullCore, options: HarOptions) {
    super('forecaster');
    requireObject('options', options);
    const { windows = [1, 5, 22], days = 1000 } = options;
    requireArray('options.windows', windows, 3);
    const [short, middle, long] = windows;
    requireInteger('options.windows[0]', short, 1, 1000);
    requireInteger('options.windows[1]', middle, short + 1, 1000);
    requireInteger('options.windows[2]', long, middle + 1, 1000);
    requireInteger('options.days', days, long + LEAST_ROWS, 10_000);
    this.#abi = core.abi;
    this.#at = taken(core.abi.harCreate(short, middle, long, days), 'forecaster');
    this.#kept = days;
    this.#numbers = new View(core.abi, 'f64', this.#at, HAR_HEADER + days);
  }

  /**
   * Takes the next return; one over several days is spread evenly over them.
   * @param change - of the logarithm of the price
   * @param years - in which it was made, above 0
   * @throws TypeError or RangeError that names the argument and the value
   */
  update(change: number, years: number): void {
    this.guard();
    requireReturn(change, years);
    this.#abi.harUpdate(this.#at, change, years);
  }

  /**
   * Volatility over the horizon and its confidence; no drift. Volatility and confidence are 0 before the first return.
   * @throws TypeError or RangeError where the horizon is not in (0, 100] years
   */
  forecast(horizonYears: number): Forecast {
    this.guard();
    const variance = this.#abi.harForecast(this.#at, requireHorizon(horizonYears));
    return { drift: 0, volatility: Math.sqrt(variance), confidence: this.#numbers.array[harPlace.explained] };
  }

  /** The fit of the last forecast: fresh. */
  get fit(): HarFit {
    this.guard();
    const numbers = this.#numbers.array;
    const [b0, b1, b2, b3] = numbers.subarray(harPlace.coefficients);
    return {
      coefficients: [b0, b1, b2, b3],
      explained: numbers[harPlace.explained],
      days: numbers[harPlace.fittedDays],
    };
  }

  /** Realised variance per year of the days kept that are over, the oldest first: fresh. */
  get realised(): Float64Array {
    this.guard();
    const numbers = this.#numbers.array;
    const days = numbers[harPlace.days];
    const ring = numbers.subarray(HAR_HEADER);
    const kept = Math.min(days, this.#kept);
    return Float64Array.from({ length: kept }, (_, d) => ring[(days - kept + d) % this.#kept]);
  }

  /** What the future depends on: fresh. */
  save(): number[] {
    this.guard();
    const numbers = this.#numbers.array;
    return [...numbers.subarray(0, harPlace.coefficients), ...numbers.subarray(HAR_HEADER)];
  }

  /**
   * Takes up what `save` of a forecaster made alike returned.
   * @throws TypeError or RangeError that names the element and the value; nothing has changed then
   */
  restore(state: unknown): void {
    this.guard();
    const given = requireNumbers('state', state, harPlace.coefficients + this.#kept);
    given.forEach((value, i) => requireNotNegative(`state[${i}]`, value));
    if (!(given[0] < 1 / DAYS_PER_YEAR)) {
      throw new RangeError(`state[0] must be less than a day in years, got ${given[0]}`);
    }
    requireInteger('state[2]', given[harPlace.days], 0, 2 ** 31 - 1);
    const numbers = this.#numbers.array;
    numbers.fill(0, harPlace.coefficients, harPlace.least);
    numbers.set(given.slice(0, harPlace.coefficients));
    numbers.set(given.slice(harPlace.coefficients), HAR_HEADER);
  }

  protected override release(): void {
    this.#abi.give(this.#at);
  }
}

/** How jumps are told, and forgotten. */
export interface JumpOptions {
  /** What a day leaves of the weight of the days before it, in (0, 1); 0.98 where absent. */
  lambda?: number;
  /** A return is a jump beyond so many standard deviations of bipower variation, above 0; 5 where absent. */
  threshold?: number;
}

/** In the order of the module. */
const jumpPlace = { left: 3, pairsLeft: 4, returns: 6, variance: 9, rate: 10, square: 11 } as const;
/** Numbers that its future depends on, and all. */
const JUMP_STATE = 7;
const JUMP_NUMBERS = 12;

/**
 * Volatility and jumps apart, by bipower variation (Barndorff-Nielsen and Shephard 2004): what realised variance has
 * beyond it is jumps; how many, by the returns beyond a threshold (Mancini 2009); their root mean square is that under
 * which volatility and jumps make up the realised variance. Returns weigh as in {@link EwmaForecaster}, and the
 * confidence is likewise the weight of what was seen. The finer the returns, the smaller the jumps that stand out.
 */
export class JumpForecaster extends Owner implements Forecaster {
  readonly #abi: FullAbi;
  readonly #at: number;
  readonly #numbers: View<'f64'>;

  /** @internal */
  constructor(core: FullCore, options: JumpOptions) {
    super('forecaster');
    requireObject('options', options);
    const { lambda = 0.98, threshold = 5 } = options;
    requireDecay('options.lambda', lambda);
    requirePositive('options.threshold', threshold);
    this.#abi = core.abi;
    this.#at = taken(core.abi.jumpsCreate(lambda, threshold), 'forecaster');
    this.#numbers = new View(core.abi, 'f64', this.#at, JUMP_NUMBERS);
  }

  /**
   * Takes the next return.
   * @param change - of the logarithm of the price
   * @param years - in which it was made, above 0
   * @throws TypeError or RangeError that names the argument and the value
   */
  update(change: number, years: number): void {
    this.guard();
    requireReturn(change, years);
    this.#abi.jumpsUpdate(this.#at, change, years);
  }

  /**
   * Volatility without jumps, jumps where any were seen, and the confidence; no drift. All 0 before the first return.
   * @throws TypeError or RangeError where the horizon is not in (0, 100] years
   */
  forecast(horizonYears: number): Forecast {
    this.guard();
    requireHorizon(horizonYears);
    this.#abi.jumpsForecast(this.#at);
    const numbers = this.#numbers.array;
    const rate = numbers[jumpPlace.rate];
    return {
      drift: 0,
      volatility: Math.sqrt(numbers[jumpPlace.variance]),
      ...(rate > 0 && { jump: { rate, size: Math.sqrt(numbers[jumpPlace.square]) } }),
      confidence: 1 - numbers[jumpPlace.left],
    };
  }

  /** What the future depends on: fresh. */
  save(): number[] {
    this.guard();
    return [...this.#numbers.array.subarray(0, JUMP_STATE)];
  }

  /**
   * Takes up what `save` of a forecaster made alike returned.
   * @throws TypeError or RangeError that names the element and the value; nothing has changed then
   */
  restore(state: unknown): void {
    this.guard();
    const given = requireNumbers('state', state, JUMP_STATE);
    given.forEach((value, i) => requireNotNegative(`state[${i}]`, value));
    for (const i of [jumpPlace.left, jumpPlace.pairsLeft]) {
      if (!(given[i] <= 1)) throw new RangeError(`state[${i}] must be in [0, 1], got ${given[i]}`);
    }
    requireInteger(`state[${jumpPlace.returns}]`, given[jumpPlace.returns], 0, Number.MAX_SAFE_INTEGER);
    this.#numbers.array.set(given);
  }

  protected override release(): void {
    this.#abi.give(this.#at);
  }
}

/** Whose drift is forecast, and by how much of the past. */
export interface MomentumOptions {
  /** Forecasts volatility and jumps; it is updated with the returns, and stays its maker's. */
  base: Forecaster;
  /** What a day leaves of the weight of the days before it in the drift, in (0, 1); 0.97 where absent. */
  lambda?: number;
}

/** What the future of a momentum depends on: plain data. */
export interface MomentumState {
  /** Weighted sums of returns, of their squares, of years, and of years by the weight's square. */
  readonly numbers: readonly number[];
  /** What the base saved; null where it does not save. */
  readonly base: unknown;
}

/** A drift and what it rests on. */
export interface DriftEstimate {
  /** Weighted mean return of the logarithm of the price, per year; 0 before the first. */
  readonly mean: number;
  /** Its standard error, were the drift constant and returns independent; Infinity before the first. */
  readonly standardError: number;
  /** max(0, 1 - (standardError / mean)^2): by how much of it the drift is taken up. */
  readonly confidence: number;
}

/**
 * Time series momentum (Moskowitz, Ooi and Pedersen 2012): the exponentially weighted mean return goes on. A mean is
 * known ill from so few days: it is shrunk by 1 - 1/t^2, t the mean over its standard error, and is nothing where |t|
 * is at most 1, after the positive part of James and Stein (1961). Volatility, jumps and confidence are another
 * forecaster's; the drift is that of the price, half the variance above that of its logarithm.
 */
export class MomentumForecaster implements Forecaster {
  readonly #abi: FullAbi;
  readonly #base: Forecaster;
  readonly #lambda: number;
  #sum = 0;
  #squares = 0;
  #years = 0;
  #yearsOfSquares = 0;

  /** @internal */
  constructor(core: FullCore, options: MomentumOptions) {
    requireObject('options', options);
    const { base, lambda = 0.97 } = options;
    requireObject('options.base', base);
    requireDecay('options.lambda', lambda);
    this.#abi = core.abi;
    this.#base = base;
    this.#lambda = lambda;
  }

  /**
   * Takes the next return.
   * @param change - of the logarithm of the price
   * @param years - in which it was made, above 0
   * @throws TypeError or RangeError that names the argument and the value
   */
  update(change: number, years: number): void {
    requireReturn(change, years);
    this.#base.update(change, years);
    const decay = this.#abi.forecastDecay(this.#lambda, years * DAYS_PER_YEAR);
    this.#sum = decay * this.#sum + change;
    this.#squares = decay * this.#squares + change * change;
    this.#years = decay * this.#years + years;
    this.#yearsOfSquares = decay * decay * this.#yearsOfSquares + years;
  }

  /** The drift of the logarithm, and its standard error. */
  get drift(): DriftEstimate {
    if (!(this.#years > 0)) return { mean: 0, standardError: Infinity, confidence: 0 };
    const mean = this.#sum / this.#years;
    const variance = this.#squares / this.#years;
    const standardError = Math.sqrt(variance * this.#yearsOfSquares) / this.#years;
    const share = mean === 0 ? Infinity : standardError / mean;
    return { mean, standardError, confidence: Math.max(0, 1 - share * share) };
  }

  /**
   * What the base forecasts, with the shrunk drift of the price.
   * @throws TypeError or RangeError where the horizon is not in (0, 100] years
   */
  forecast(horizonYears: number): Forecast {
    const base = this.#base.forecast(requireHorizon(horizonYears));
    const { mean, confidence } = this.drift;
    const half = confidence > 0 ? this.#squares / (2 * this.#years) : 0;
    return { ...base, drift: confidence * (mean + half) };
  }

  /** What the future depends on, the base's included: fresh. */
  save(): MomentumState {
    return {
      numbers: [this.#sum, this.#squares, this.#years, this.#yearsOfSquares],
      base: this.#base.save?.() ?? null,
    };
  }

  /** Takes up what `save` returned. @throws TypeError or RangeError that names the field and the value */
  restore(state: unknown): void {
    requireObject('state', state);
    const { numbers, base } = state as Record<string, unknown>;
    const [sum, squares, years, yearsOfSquares] = requireNumbers('state.numbers', numbers, 4);
    [squares, years, yearsOfSquares].forEach((value, i) => {
      requireNotNegative(`state.numbers[${i + 1}]`, value);
    });
    this.#base.restore?.(base);
    this.#sum = sum;
    this.#squares = squares;
    this.#years = years;
    this.#yearsOfSquares = yearsOfSquares;
  }
}

/** What the spread of implied and realised volatility is measured by. */
export interface ImpliedRealisedOptions {
  /** Forecasts realised volatility; it is updated with the returns, and stays its maker's. */
  realised: Forecaster;
  /** Speed per year at which implied variance goes back to its usual premium, at least 0; 12 where absent. */
  reversion?: number;
  /** What a day leaves of the weight of the days before it in the usual premium, in (0, 1); 0.98 where absent. */
  lambda?: number;
}

/** What the future of implied less realised depends on: plain data. */
export interface ImpliedRealisedState {
  /** Weighted sum of the premiums, and the weight that none has yet. */
  readonly numbers: readonly number[];
  /** Implied volatility as last told, per 1.00; null before. */
  readonly implied: number | null;
  /** What the forecaster of realised volatility saved; null where it does not save. */
  readonly realised: unknown;
}

/**
 * Implied less realised variance: the variance risk premium (Carr and Wu 2009, Variance risk premiums; Bollerslev,
 * Tauchen and Zhou 2009). The forecast of realised volatility is another forecaster's; to that comes how implied
 * volatility is expected to move: to realised variance and the usual premium, an exponentially weighted mean of
 * the premium so far, by 1 - exp(-reversion x horizon) of the way.
 */
export class ImpliedRealisedForecaster implements Forecaster {
  readonly #abi: FullAbi;
  readonly #realised: Forecaster;
  readonly #reversion: number;
  readonly #lambda: number;
  #implied: number | undefined;
  #sum = 0;
  #left = 1;

  /** @internal */
  constructor(core: FullCore, options: ImpliedRealisedOptions) {
    requireObject('options', options);
    const { realised, reversion = 12, lambda = 0.98 } = options;
    requireObject('options.realised', realised);
    requireNotNegative('options.reversion', reversion);
    requireDecay('options.lambda', lambda);
    this.#abi = core.abi;
    this.#realised = realised;
    this.#reversion = reversion;
    this.#lambda = lambda;
  }

  /** Implied volatility now, per 1.00: as last told; undefined before. */
  get implied(): number | undefined {
    return this.#implied;
  }

  /** Tells it the implied volatility, per 1.00. @throws TypeError or RangeError where it is negative or not finite */
  setImplied(volatility: number): void {
    this.#implied = requireNotNegative('volatility', volatility);
  }

  /**
   * Takes the next return, and the premium of the implied volatility that stands.
   * @param change - of the logarithm of the price
   * @param years - in which it was made, above 0
   * @throws TypeError or RangeError that names the argument and the value
   */
  update(change: number, years: number): void {
    requireReturn(change, years);
    this.#realised.update(change, years);
    if (this.#implied === undefined) return;
    const { volatility } = this.#realised.forecast(PREMIUM_TERM);
    const decay = this.#abi.forecastDecay(this.#lambda, years * DAYS_PER_YEAR);
    this.#sum = decay * this.#sum + (1 - decay) * (this.#implied * this.#implied - volatility * volatility);
    this.#left *= decay;
  }

  /**
   * Implied less forecast realised variance, per year; undefined without an implied volatility.
   * @throws TypeError or RangeError where the horizon is not in (0, 100] years
   */
  spread(horizonYears: number): number | undefined {
    const { volatility } = this.#realised.forecast(requireHorizon(horizonYears));
    return this.#implied === undefined ? undefined : this.#implied * this.#implied - volatility * volatility;
  }

  /** The usual spread, per year; 0 where nothing was seen. */
  get premium(): number {
    return this.#left < 1 ? this.#sum / (1 - this.#left) : 0;
  }

  /**
   * What the other forecasts, with the expected move of implied volatility.
   * @throws TypeError or RangeError where the horizon is not in (0, 100] years
   */
  forecast(horizonYears: number): Forecast {
    const realised = this.#realised.forecast(requireHorizon(horizonYears));
    if (this.#implied === undefined) return realised;
    const { volatility } = realised;
    const usual = Math.sqrt(Math.max(0, volatility * volatility + this.premium));
    // exp(-x) is the module's: the same bits on every host
    const way = 1 - this.#abi.forecastDecay(INVERSE_E, this.#reversion * horizonYears);
    return { ...realised, volatilityMove: (usual - this.#implied) * way };
  }

  /** What the future depends on, the other forecaster's included: fresh. */
  save(): ImpliedRealisedState {
    return {
      numbers: [this.#sum, this.#left],
      implied: this.#implied ?? null,
      realised: this.#realised.save?.() ?? null,
    };
  }

  /** Takes up what `save` returned. @throws TypeError or RangeError that names the field and the value */
  restore(state: unknown): void {
    requireObject('state', state);
    const { numbers, implied, realised } = state as Record<string, unknown>;
    const [sum, left] = requireNumbers('state.numbers', numbers, 2);
    if (!(left >= 0 && left <= 1)) throw new RangeError(`state.numbers[1] must be in [0, 1], got ${left}`);
    if (implied !== null) requireNotNegative('state.implied', implied);
    this.#realised.restore?.(realised);
    this.#implied = implied === null ? undefined : (implied as number);
    this.#sum = sum;
    this.#left = left;
  }
}

/** Years over which the premium is measured: a month. */
export const PREMIUM_TERM = 30 / DAYS_PER_YEAR;
/** The double nearest to 1/e. */
const INVERSE_E = 0.36787944117144233;

/** An exponentially weighted variance. @throws TypeError or RangeError that names the option and the value */
export function ewmaForecaster(core: FullCore, options: EwmaOptions = {}): EwmaForecaster {
  return new EwmaForecaster(core, options);
}

/**
 * A regression on realised variance; it lives in the core's memory.
 * @throws TypeError or RangeError that names the option and the value
 */
export function harForecaster(core: FullCore, options: HarOptions = {}): HarForecaster {
  return new HarForecaster(core, options);
}

/**
 * Volatility and jumps apart; it lives in the core's memory.
 * @throws TypeError or RangeError that names the option and the value
 */
export function jumpForecaster(core: FullCore, options: JumpOptions = {}): JumpForecaster {
  return new JumpForecaster(core, options);
}

/** A drift on another forecast. @throws TypeError or RangeError that names the option and the value */
export function momentumForecaster(core: FullCore, options: MomentumOptions): MomentumForecaster {
  return new MomentumForecaster(core, options);
}

/** Implied less realised variance. @throws TypeError or RangeError that names the option and the value */
export function impliedRealisedForecaster(
  core: FullCore,
  options: ImpliedRealisedOptions,
): ImpliedRealisedForecaster {
  return new ImpliedRealisedForecaster(core, options);
}
