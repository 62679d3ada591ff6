import { requireFinite, requireNotNegative, requireObject, requirePositive } from '../checks.js';

/** What is expected of a price until a horizon: raw units, numbers only. */
export interface Forecast {
  /** Expected change of the price per year, relative. */
  readonly drift: number;
  /** Volatility of the price, without jumps, per 1.00 and root year: the root of the mean variance, at least 0. */
  readonly volatility: number;
  /** Expected change of implied volatility until the horizon, per 1.00; 0 where absent. */
  readonly volatilityMove?: number;
  /** Jumps; none where absent. */
  readonly jump?: {
    /** Per year, at least 0. */
    readonly rate: number;
    /** Root mean square of one, relative to the price, at least 0. */
    readonly size: number;
  };
  /** How far it is to be trusted: 0 not at all, 1 as if known. */
  readonly confidence: number;
}

/**
 * What learns from returns and forecasts: the interface by which a desk's own models plug in. What it keeps is its own;
 * a run that is to be resumed asks for it by `save`, and gives it back by `restore`.
 */
export interface Forecaster {
  /**
   * Takes the next return.
   * @param change - of the logarithm of the price
   * @param years - in which it was made, of 365 days, above 0
   */
  update(change: number, years: number): void;
  /**
   * What is expected now.
   * @param horizonYears - until when, above 0
   */
  forecast(horizonYears: number): Forecast;
  /** What the future depends on, as plain data that JSON carries; a forecaster that keeps nothing needs none. */
  save?(): unknown;
  /** Takes up what `save` returned. */
  restore?(state: unknown): void;
  /** Gives back what it holds of a core's memory; one that holds nothing needs none. */
  dispose?(): void;
}

/** What a unit of each Greek is expected to make until a horizon, in quote currency. */
export interface ForecastTerms {
  /** Of delta: the expected move. */
  readonly delta: number;
  /** Of gamma: half the expected variance. */
  readonly gamma: number;
  /** Of vega: the expected move of implied volatility. */
  readonly vega: number;
  /** Of theta: the time. */
  readonly theta: number;
}

/** Exposures that a forecast asks for. */
export interface ForecastTargets {
  /** In units of the underlying. */
  readonly delta: number;
  /** Per 1.00 of volatility, in quote currency. */
  readonly vega: number;
}

/** @throws TypeError or RangeError that names the field of the forecast and the value */
export function requireForecast(name: string, forecast: Forecast): Forecast {
  requireObject(name, forecast);
  requireFinite(`${name}.drift`, forecast.drift);
  requireNotNegative(`${name}.volatility`, forecast.volatility);
  requireFinite(`${name}.volatilityMove`, forecast.volatilityMove ?? 0);
  if (forecast.jump !== undefined) {
    requireObject(`${name}.jump`, forecast.jump);
    requireNotNegative(`${name}.jump.rate`, forecast.jump.rate);
    requireNotNegative(`${name}.jump.size`, forecast.jump.size);
  }
  const confidence = requireFinite(`${name}.confidence`, forecast.confidence);
  if (!(confidence >= 0 && confidence <= 1)) {
    throw new RangeError(`${name}.confidence must be in [0, 1], got ${confidence}`);
  }
  return forecast;
}

/** Variance per year with jumps. */
function varianceOf({ volatility, jump }: Forecast): number {
  return volatility * volatility + (jump === undefined ? 0 : jump.rate * jump.size * jump.size);
}

/**
 * A forecast as linear terms of a hedge problem: an instrument's `linear` is minus the sum of its Greeks times these.
 * To second order a unit makes delta dS + gamma dS^2 / 2 + vega dvol + theta dt; its expectation is taken, times the
 * confidence. With the option's own implied volatility for the forecast's, gamma and theta cancel (but for rates): what
 * remains is the trade of realised against implied variance (Carr and Madan 1998, Towards a theory of volatility
 * trading).
 * @param spot - price, above 0
 * @param horizonYears - above 0
 * @throws TypeError or RangeError that names the argument or field and the value
 */
export function forecastTerms(forecast: Forecast, spot: number, horizonYears: number): ForecastTerms {
  const { drift, volatilityMove = 0, confidence } = requireForecast('forecast', forecast);
  requirePositive('spot', spot);
  requirePositive('horizonYears', horizonYears);
  return {
    delta: confidence * drift * spot * horizonYears,
    gamma: confidence * 0.5 * varianceOf(forecast) * spot * spot * horizonYears,
    vega: confidence * volatilityMove,
    theta: confidence * horizonYears,
  };
}

/**
 * A forecast as targets: the exposures of best mean less riskAversion / 2 x variance (Markowitz 1952, Merton 1969),
 * costs apart, price and volatility taken as
 * uncorrelated: delta = drift / (riskAversion variance spot) and vega = move / (riskAversion xi^2 horizon), times the
 * confidence.
 * @param spot - price, above 0
 * @param horizonYears - above 0
 * @param riskAversion - per unit of quote currency, above 0
 * @param volatilityDeviation - standard deviation xi of implied volatility over a root year, per 1.00; with 0 the
 * target of vega is 0
 * @throws TypeError or RangeError that names the argument or field and the value, or a drift without any variance
 */
export function forecastTargets(
  forecast: Forecast,
  spot: number,
  horizonYears: number,
  riskAversion: number,
  volatilityDeviation = 0,
): ForecastTargets {
  const { drift, volatilityMove = 0, confidence } = requireForecast('forecast', forecast);
  requirePositive('spot', spot);
  requirePositive('horizonYears', horizonYears);
  requirePositive('riskAversion', riskAversion);
  requireNotNegative('volatilityDeviation', volatilityDeviation);
  const gain = confidence * drift;
  const move = confidence * volatilityMove;
  const variance = varianceOf(forecast);
  if (gain !== 0 && variance === 0) {
    throw new RangeError('forecast.volatility must be positive where there is a drift, got 0');
  }
  const spread = volatilityDeviation * volatilityDeviation * horizonYears;
  return {
    delta: gain === 0 ? 0 : gain / (riskAversion * variance * spot),
    vega: spread === 0 || move === 0 ? 0 : move / (riskAversion * spread),
  };
}

/** The volatility and jumps that a policy reckons with: variances between the forecast's and its own, by confidence. */
export interface BlendedRisk {
  /** Per 1.00 and root year. */
  readonly volatility: number;
  /** Jumps per year. */
  readonly jumpRate: number;
  /** Root mean square of one, relative. */
  readonly jumpSize: number;
}

/** @internal */
export function blendRisk(own: BlendedRisk, { volatility, jump, confidence }: Forecast): BlendedRisk {
  const rest = 1 - confidence;
  const jumpRate = rest * own.jumpRate + confidence * (jump?.rate ?? 0);
  const squares =
    rest * own.jumpRate * own.jumpSize * own.jumpSize +
    (jump === undefined ? 0 : confidence * jump.rate * jump.size * jump.size);
  return {
    volatility: Math.sqrt(rest * own.volatility * own.volatility + confidence * volatility * volatility),
    jumpRate,
    jumpSize: jumpRate > 0 ? Math.sqrt(squares / jumpRate) : 0,
  };
}
