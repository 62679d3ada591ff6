import {
  requireFinite,
  requireInteger,
  requireList,
  requireNotNegative,
  requireObject,
  requirePositive,
  requireWord,
} from '../checks.js';
import { type Intent, requireIntents } from './steering.js';
import { requireWatched, type Watched } from './watched.js';

/** What makes a policy act at a tick. */
export type Trigger =
  | {
      /** Every tick. */
      kind: 'always';
    }
  | {
      /** A fixed time after the last trade, or after the start. */
      kind: 'time';
      /** In milliseconds, above 0. */
      every: number;
    }
  | {
      /** A Greek further than its half-width from 0. */
      kind: 'band';
      /** Which. */
      sensitivity: Watched;
      /** Half-width about 0, at least 0, in raw units. */
      halfWidth: number;
    }
  | {
      /** The price has moved since the last trade, or since the start. */
      kind: 'move';
      /** Least move, relative: 0.025 is 2.5 %. */
      relative: number;
    }
  | {
      /**
       * Delta outside the no-trade band of Whalley and Wilmott (1997), of half-width (3 cost gamma^2 S / (2
       * riskAversion))^(1/3): cost is what a trade of the delta instrument pays, relative to its value.
       */
      kind: 'no-trade-band';
      /** Per unit of quote currency, above 0. */
      riskAversion: number;
    };

/** What the solver may assume of the market: raw units. */
export interface RiskModel {
  /** Volatility of the price per 1.00; a forecast's goes before it. */
  volatility: number;
  /** Volatility of short volatility: relative change of it per root year, at least 0; 0 where absent. */
  volatilityOfVolatility?: number;
  /**
   * Speed at which short volatility reverts, per year, at least 0: the implied volatility of T years moves by
   * (1 - exp(-reversion T)) / (reversion T) of it (Heston 1993). 0, all expiries alike, where absent.
   */
  reversion?: number;
  /** Correlation of the price and volatility, in [-1, 1]; 0 where absent. */
  correlation?: number;
  /** Jumps of the price per year and their root mean square, relative; 0 where absent. */
  jumpRate?: number;
  /** Root mean square of a jump, relative; jumps are reckoned normal about 0. */
  jumpSize?: number;
}

/** A step of a greek-by-greek rule. */
export interface HedgeStep {
  /** The Greek that it brings to 0. */
  sensitivity: Watched;
  /** With which of the instruments: an index. */
  instrument: number;
}

/** What a policy does when it acts. */
export type Action =
  | {
      /** Nothing. */
      kind: 'none';
    }
  | {
      /** Brings delta to 0 with the delta instrument, or only to the edge of the band that it left. */
      kind: 'delta';
      /** 'target' where absent. */
      to?: 'target' | 'edge';
    }
  | {
      /** One Greek after the other to 0, each with an instrument of its own. */
      kind: 'greek-by-greek';
      /** In this order; an instrument is an index. */
      steps: readonly HedgeStep[];
    }
  | {
      /**
       * The hedge solver: the trades of least cost plus riskAversion / 2 x variance of what the book makes until
       * `horizon`. See {@link Rebalancer} for the weights. Where no trade pays for itself it trades nothing: the
       * half-spreads give a no-trade zone.
       */
      kind: 'solve';
      /** Per unit of quote currency, above 0. */
      riskAversion: number;
      /** How long trades in options are reckoned to stay, in milliseconds, above 0. */
      horizon: number;
      /** What is assumed of the market. */
      risk: RiskModel;
      /** Exposures to be reached by a time; none where absent. */
      intents?: readonly Intent[];
      /**
       * What becomes of the rebalancer's forecaster: 'terms' weighs every instrument by what its Greeks are expected to
       * make, 'targets' aims at the delta and vega that are best for the forecast, and weighs by its gamma and theta
       * only. Either way its volatility and jumps go before those of `risk`, as far as its confidence goes. 'terms'
       * where absent; nothing without a forecaster.
       */
      forecast?: 'terms' | 'targets';
    };

/** How trades are made. */
export type Execution =
  | {
      /** At once, through the order book. */
      kind: 'take';
    }
  | {
      /**
       * By an order that joins the best quote of its own side. It is filled whole, at its price and the maker's fee, at
       * the first later tick whose opposite quote is at that price or through it: whatever its place in the queue, all
       * that stood there has then been traded. Fills before that are not counted on. At a tick at which the policy
       * acts, orders give way to what it wants then; where a side has been wanted for the patience, or has no quote to
       * join, the trade is taken.
       */
      kind: 'rest';
      /** How long a side is wanted before it is taken, in milliseconds, at least 0. */
      patience: number;
    };

/** When to trade, what, and how: plain data. */
export interface Policy {
  /** For people; the key of a comparison. */
  readonly name: string;
  /** Any of them makes the policy act. */
  readonly triggers: readonly Trigger[];
  /** What it does then. */
  readonly action: Action;
  /** How it trades; 'take' where absent. */
  readonly execution?: Execution;
}

/** Instruments that a hedger takes. */
const MOST_INSTRUMENTS = 65_536;

function requireTriggers(name: string, triggers: readonly Trigger[]): void {
  requireList(name, triggers);
  // a copy: `forEach` would pass over what a sparse array lacks
  [...triggers].forEach((trigger, t) => {
    const label = `${name}[${t}]`;
    requireObject(label, trigger);
    requireWord(`${label}.kind`, trigger.kind, ['always', 'time', 'band', 'move', 'no-trade-band']);
    if (trigger.kind === 'time') requirePositive(`${label}.every`, trigger.every);
    if (trigger.kind === 'move') requireNotNegative(`${label}.relative`, trigger.relative);
    if (trigger.kind === 'no-trade-band') requirePositive(`${label}.riskAversion`, trigger.riskAversion);
    if (trigger.kind === 'band') {
      requireWatched(`${label}.sensitivity`, trigger.sensitivity);
      requireNotNegative(`${label}.halfWidth`, trigger.halfWidth);
    }
  });
}

function requireSteps(name: string, steps: readonly HedgeStep[], instruments: number): void {
  requireList(name, steps);
  [...steps].forEach((step, s) => {
    requireObject(`${name}[${s}]`, step);
    requireWatched(`${name}[${s}].sensitivity`, step.sensitivity);
    requireInteger(`${name}[${s}].instrument`, step.instrument, 0, instruments - 1);
  });
}

function requireSolve(name: string, action: Omit<Extract<Action, { kind: 'solve' }>, 'kind'>): void {
  requireObject(name, action);
  requirePositive(`${name}.riskAversion`, action.riskAversion);
  requirePositive(`${name}.horizon`, action.horizon);
  requireIntents(`${name}.intents`, action.intents ?? []);
  requireWord(`${name}.forecast`, action.forecast ?? 'terms', ['terms', 'targets']);
  requireObject(`${name}.risk`, action.risk);
  const { volatility, volatilityOfVolatility = 0, reversion = 0, correlation = 0 } = action.risk;
  const { jumpRate = 0, jumpSize = 0 } = action.risk;
  requirePositive(`${name}.risk.volatility`, volatility);
  requireNotNegative(`${name}.risk.volatilityOfVolatility`, volatilityOfVolatility);
  requireNotNegative(`${name}.risk.reversion`, reversion);
  requireNotNegative(`${name}.risk.jumpRate`, jumpRate);
  requireNotNegative(`${name}.risk.jumpSize`, jumpSize);
  if (!(Math.abs(requireFinite(`${name}.risk.correlation`, correlation)) <= 1)) {
    throw new RangeError(`${name}.risk.correlation must be in [-1, 1], got ${correlation}`);
  }
}

/** @throws TypeError or RangeError that names what is wrong in the policy */
export function requirePolicy(policy: Policy, instruments: number): Policy {
  requireObject('policy', policy);
  requireTriggers('policy.triggers', policy.triggers);
  const { action, execution = { kind: 'take' } } = policy;
  requireObject('policy.execution', execution);
  requireWord('policy.execution.kind', execution.kind, ['take', 'rest']);
  if (execution.kind === 'rest') requireNotNegative('policy.execution.patience', execution.patience);
  requireObject('policy.action', action);
  requireWord('policy.action.kind', action.kind, ['none', 'delta', 'greek-by-greek', 'solve']);
  if (action.kind === 'delta') requireWord('policy.action.to', action.to ?? 'target', ['target', 'edge']);
  if (action.kind === 'greek-by-greek') requireSteps('policy.action.steps', action.steps, instruments);
  if (action.kind === 'solve') requireSolve('policy.action', action);
  return policy;
}

/** Never trades. */
export function unhedged(): Policy {
  return { name: 'unhedged', triggers: [], action: { kind: 'none' } };
}

/**
 * Delta to zero at fixed times.
 * @param every - in milliseconds, above 0
 * @throws TypeError or RangeError where it is not
 */
export function fixedInterval(every: number): Policy {
  requirePositive('every', every);
  return { name: 'fixed interval', triggers: [{ kind: 'time', every }], action: { kind: 'delta' } };
}

/**
 * Delta to zero whenever it leaves a band.
 * @param halfWidth - in units of the underlying, at least 0
 * @throws TypeError or RangeError where it is not
 */
export function deltaBand(halfWidth: number): Policy {
  requireNotNegative('halfWidth', halfWidth);
  const trigger: Trigger = { kind: 'band', sensitivity: 'delta', halfWidth };
  return { name: 'delta band', triggers: [trigger], action: { kind: 'delta' } };
}

/**
 * Delta to the edge of Whalley's and Wilmott's band whenever it leaves it.
 * @param riskAversion - per unit of quote currency, above 0
 * @throws TypeError or RangeError where it is not
 */
export function whalleyWilmott(riskAversion: number): Policy {
  requirePositive('riskAversion', riskAversion);
  const trigger: Trigger = { kind: 'no-trade-band', riskAversion };
  return { name: 'Whalley-Wilmott', triggers: [trigger], action: { kind: 'delta', to: 'edge' } };
}

/**
 * Vega, gamma and delta to zero one after the other, at fixed times.
 * @param every - in milliseconds, above 0
 * @param steps - the Greeks in their order, each with the index of its instrument
 * @throws TypeError or RangeError that names the argument, the field and the value; whether there are such instruments
 * only the rebalancer knows
 */
export function greekByGreek(every: number, steps: readonly HedgeStep[]): Policy {
  requirePositive('every', every);
  requireSteps('steps', steps, MOST_INSTRUMENTS);
  return {
    name: 'greek by greek',
    triggers: [{ kind: 'time', every }],
    action: { kind: 'greek-by-greek', steps },
  };
}

/**
 * The hedge solver at every tick, or at other triggers.
 * @throws TypeError or RangeError that names the argument, the field and the value
 */
export function solverPolicy(
  action: Omit<Extract<Action, { kind: 'solve' }>, 'kind'>,
  triggers: readonly Trigger[] = [{ kind: 'always' }],
): Policy {
  requireSolve('action', action);
  requireTriggers('triggers', triggers);
  return { name: 'solver', triggers, action: { kind: 'solve', ...action } };
}
