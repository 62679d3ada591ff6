import type { FullAbi } from '../abi.js';
import type { Chain } from '../chain.js';
import { requireArray, requireObject, requirePositive, requireWord } from '../checks.js';
import type { FullCore } from '../full/core.js';
import type { Forecast, Forecaster } from './forecast.js';
import {
  ewmaForecaster,
  type EwmaOptions,
  harForecaster,
  type HarOptions,
  type ImpliedRealisedForecaster,
  impliedRealisedForecaster,
  type ImpliedRealisedOptions,
  type ImpliedRealisedState,
  PREMIUM_TERM,
} from './forecasters.js';

/** Prices of the past, that a forecaster has learnt from before its first tick: plain data. */
export interface PriceHistory {
  /** In quote currency, the oldest first, each above 0. */
  prices: readonly number[];
  /** Years from one to the next, above 0. */
  years: number;
}

/** A forecaster of realised volatility as plain data: which one, its options, and its past. */
export type RealisedModel =
  | (EwmaOptions & {
      /** {@link ewmaForecaster}. */
      kind: 'ewma';
      /** None where absent. */
      history?: PriceHistory;
    })
  | (HarOptions & {
      /** {@link harForecaster}. */
      kind: 'har';
      /** None where absent. */
      history?: PriceHistory;
    });

/** A forecaster as plain data, which crosses to workers: which one, and its options. */
export type ForecastModel =
  | RealisedModel
  | (Omit<ImpliedRealisedOptions, 'realised'> & {
      /** {@link impliedRealisedForecaster}, told the chain's volatility at the money over 30 days with every return. */
      kind: 'implied-realised';
      /** How realised volatility is forecast; exponentially weighted where absent. */
      realised?: RealisedModel;
    });

/** Names of the {@link ForecastModel | models}. */
export const forecastModels: readonly ForecastModel['kind'][] = ['ewma', 'har', 'implied-realised'];

/** Implied less realised, of a chain's marks. */
class MarkedForecaster implements Forecaster {
  readonly #abi: FullAbi;
  readonly #chain: Pick<Chain, 'at' | 'guard'>;
  readonly #realised: Forecaster;
  readonly #own: ImpliedRealisedForecaster;

  constructor(
    core: FullCore,
    chain: Pick<Chain, 'at' | 'guard'>,
    realised: Forecaster,
    options: Omit<ImpliedRealisedOptions, 'realised'>,
  ) {
    this.#abi = core.abi;
    this.#chain = chain;
    this.#realised = realised;
    this.#own = impliedRealisedForecaster(core, { ...options, realised });
  }

  update(change: number, years: number): void {
    this.#chain.guard();
    const implied = this.#abi.chainTermVolatility(this.#chain.at, PREMIUM_TERM);
    // without a mark at the money, what was told last stands
    if (implied > 0) this.#own.setImplied(implied);
    this.#own.update(change, years);
  }

  forecast(horizonYears: number): Forecast {
    return this.#own.forecast(horizonYears);
  }

  save(): ImpliedRealisedState {
    return this.#own.save();
  }

  restore(state: unknown): void {
    this.#own.restore(state);
  }

  dispose(): void {
    this.#realised.dispose?.();
  }
}

function realisedForecaster(core: FullCore, name: string, model: RealisedModel): Forecaster {
  const { history } = model;
  if (history !== undefined) {
    requireObject(`${name}.history`, history);
    requirePositive(`${name}.history.years`, history.years);
    requireArray(`${name}.history.prices`, history.prices);
    history.prices.forEach((price, i) => requirePositive(`${name}.history.prices[${i}]`, price));
  }
  const own = model.kind === 'ewma' ? ewmaForecaster(core, model) : harForecaster(core, model);
  history?.prices.forEach((price, i, all) => {
    if (i > 0) own.update(core.abi.forecastReturn(all[i - 1], price), history.years);
  });
  return own;
}

/**
 * A fresh forecaster of a model, to be disposed of.
 * @param chain - whose marks 'implied-realised' reads: of one underlying, and marked before every return
 * @throws TypeError or RangeError that names the field and the value
 */
export function forecaster(
  core: FullCore,
  model: ForecastModel,
  chain: Chain | Chain<2> | Chain<3>,
): Forecaster {
  requireObject('model', model);
  requireWord('model.kind', model.kind, forecastModels);
  if (model.kind !== 'implied-realised') return realisedForecaster(core, 'model', model);
  const { realised = { kind: 'ewma' } } = model;
  requireObject('model.realised', realised);
  requireWord('model.realised.kind', realised.kind, ['ewma', 'har']);
  const { reversion, lambda } = model;
  const source = realisedForecaster(core, 'model.realised', realised);
  try {
    return new MarkedForecaster(core, chain, source, {
      ...(reversion !== undefined && { reversion }),
      ...(lambda !== undefined && { lambda }),
    });
  } catch (error) {
    source.dispose?.();
    throw error;
  }
}
