import {
  requireList,
  requireFinite,
  requireNotNegative,
  requireObject,
  requireWord,
  shown,
} from '../checks.js';

/** How a scenario moves volatility. */
export type MarginVolatilityMove = 'up' | 'same' | 'down';

/** Large single moves beside the grid of scenarios. */
export interface MarginTail {
  /** Moves of the price: relative (0.5 is +50 %), or in price ranges where `inRanges`. */
  readonly moves: readonly number[];
  /** Whether `moves` count price ranges; false where absent. */
  readonly inRanges?: boolean;
  /** How they move volatility. */
  readonly volatility: MarginVolatilityMove;
  /** Part of the loss that counts. */
  readonly fraction: number;
  /**
   * Whether the part shrinks with the move, to fraction x range / |move|, so that what is linear in the price loses no
   * more than at the range's edge, where its coins are then counted; false where absent.
   */
  readonly isScaled?: boolean;
  /**
   * Loss in quote currency that is forgiven per range beyond the first, (|move| / range - 1) x dampening; 0 where
   * absent.
   */
  readonly dampening?: number;
}

/** Parameters of a scenario model for an underlying. */
export interface ScenarioParameters {
  /** Greatest move of the price in the grid, relative: 0.16 is 16 %. */
  readonly priceRange: number;
  /** Moves of the grid, in parts of the range, each with every one of `volatilities`. */
  readonly prices: readonly number[];
  /** Moves of volatility in the grid. */
  readonly volatilities: readonly MarginVolatilityMove[];
  /** Size of a move up: relative to the volatility, or per 1.00 of it where `isAbsolute`. */
  readonly volatilityUp: number;
  /** Size of a move down, likewise; a volatility never falls below 0. */
  readonly volatilityDown: number;
  /** Whether moves of volatility are added, not multiplied; false where absent. */
  readonly isAbsolute?: boolean;
  /** Term weight of moves of volatility: (referenceDays / days)^power; 30 where absent. */
  readonly referenceDays?: number;
  /** Least days in the term weight; 1 where absent. */
  readonly dayFloor?: number;
  /** Power below the reference days; 0 where absent: no term weight. */
  readonly shortPower?: number;
  /** Power from the reference days on; 0 where absent. */
  readonly longPower?: number;
  /** Least volatility after a move up, per 1.00; 0 where absent. */
  readonly volatilityFloor?: number;
  /** Large moves; none where absent. */
  readonly tail?: MarginTail;
  /** Time that passes in every scenario, in years; 0 where absent. */
  readonly horizon?: number;
  /** Roll shock: |delta| of every expiry x price x max(rollLeast, e^(rollYearly x years) - 1); 0 where absent. */
  readonly rollLeast?: number;
  /** See `rollLeast`; per year; 0 where absent. */
  readonly rollYearly?: number;
  /**
   * Delta shock: with D the net delta in coin, |D| x price x min(shockMost, shockSlope x (|D| - shockThreshold /
   * price)) above the threshold, in quote currency; 0 where absent: none.
   */
  readonly shockThreshold?: number;
  /** See `shockThreshold`; per coin; 0 where absent. */
  readonly shockSlope?: number;
  /** See `shockThreshold`; relative move; 0 where absent. */
  readonly shockMost?: number;
  /** Contingency per unit that is net short in calls and puts of a strike, in units of the underlying; 0 if absent. */
  readonly shortContingency?: number;
  /** Contingency for futures that offset each other, relative to their value; 0 where absent. */
  readonly offsetContingency?: number;
}

/** Parameters of a model that margins every position by itself, for an underlying. */
export interface PositionParameters {
  /** Short options, initial: optionInitial x forward less what they are out of the money by, plus the mark. */
  readonly optionInitial: number;
  /** The least of that before the mark, relative to the forward. */
  readonly optionLeast: number;
  /** Short options, maintenance: relative to the forward (for puts at least to the mark), plus the mark. */
  readonly optionMaintenance: number;
  /** Futures and perpetuals, initial: relative to their value. */
  readonly futureInitial: number;
  /** Futures and perpetuals, maintenance. */
  readonly futureMaintenance: number;
  /** What each unit of the underlying adds to both. */
  readonly futureSlope: number;
}

/** Parameters of a model of strategies, for an underlying. */
export interface StrategyParameters {
  /** Short options: relative to the underlying, less what they are out of the money by. */
  readonly optionInitial: number;
  /** The least of that: relative to the underlying, for puts to the strike. */
  readonly optionLeast: number;
  /** Spot, initial: relative to its value, long or short. */
  readonly spotInitial: number;
  /** Spot held, maintenance. */
  readonly spotLong: number;
  /** Spot owed, maintenance. */
  readonly spotShort: number;
}

/** A margin model of one rule. */
export interface MarginModelOf<Rule extends string, Parameters> {
  /** What the model goes by. */
  readonly rule: Rule;
  /** Its name. */
  readonly name: string;
  /** The public rule that it follows, with its date. */
  readonly source: string;
  /** Initial margin per unit of what the rule asks; 1 where absent. */
  readonly initialFactor?: number;
  /** Maintenance margin per unit of what the rule asks; 1 where absent. */
  readonly maintenanceFactor?: number;
  /** Whether losses of underlyings whose options settle in coin are counted in coin; true where absent. */
  readonly inCoin?: boolean;
  /** By underlying ('BTC' is also for 'BTC_USDC'); '*' for those that are not named. */
  readonly parameters: Readonly<Record<string, Parameters>>;
}

/** A margin model, its parameters as data. A model of a public rule: the venue's own figures are the venue's alone. */
export type MarginModel =
  | MarginModelOf<'scenario', ScenarioParameters>
  | MarginModelOf<'position', PositionParameters>
  | MarginModelOf<'strategy', StrategyParameters>;

/** A scenario of an underlying. */
export interface MarginScenario {
  /** Relative move of the price. */
  readonly move: number;
  /** How volatility moves. */
  readonly volatility: MarginVolatilityMove;
  /** Part of the loss that counts. */
  readonly fraction: number;
  /** Loss in quote currency that is forgiven. */
  readonly dampening: number;
  /** Price at which coins are counted, relative to that of the state. */
  readonly edge: number;
}

/** Codes of the rules. */
export const rules = ['scenario', 'position', 'strategy'] as const;

/** Parameters in the module's order, after the common ones, and what they are where they are absent. */
const parameterNames = {
  scenario: {
    referenceDays: 30,
    dayFloor: 1,
    shortPower: 0,
    longPower: 0,
    volatilityFloor: 0,
    isAbsolute: 0,
    horizon: 0,
    rollLeast: 0,
    rollYearly: 0,
    shockThreshold: 0,
    shockSlope: 0,
    shockMost: 0,
    shortContingency: 0,
    offsetContingency: 0,
  },
  position: {
    optionInitial: undefined,
    optionLeast: undefined,
    optionMaintenance: undefined,
    futureInitial: undefined,
    futureMaintenance: undefined,
    futureSlope: undefined,
  },
  strategy: {
    optionInitial: undefined,
    optionLeast: undefined,
    spotInitial: undefined,
    spotLong: undefined,
    spotShort: undefined,
  },
} as const;

/** Doubles of an underlying's parameters, and of a scenario, in the module. */
export const PARAMETERS = 17;
/** See {@link PARAMETERS}. */
export const SCENARIO_COLUMNS = 5;

const moves = ['up', 'same', 'down'] as const;

/** Largest relative move: prices stay far from overflow. */
const LARGEST_MOVE = 1e6;

/** @throws RangeError where a price would not stay positive @internal */
export function requireMove(name: string, move: unknown): number {
  const value = requireFinite(name, move);
  if (value > -1 && value <= LARGEST_MOVE) return value;
  throw new RangeError(`${name} must be above -1 and at most ${LARGEST_MOVE}, got ${value}`);
}

/** @throws TypeError or RangeError that names the parameter and its value */
function scenariosOf(name: string, parameters: ScenarioParameters, inCoin: boolean): MarginScenario[] {
  const { priceRange, prices, volatilities, tail } = parameters;
  if (!(requireNotNegative(`${name}.priceRange`, priceRange) < 1 && priceRange > 0)) {
    throw new RangeError(`${name}.priceRange must be in (0, 1), got ${priceRange}`);
  }
  requireNotNegative(`${name}.volatilityUp`, parameters.volatilityUp);
  requireNotNegative(`${name}.volatilityDown`, parameters.volatilityDown);
  requireList(`${name}.prices`, prices);
  requireList(`${name}.volatilities`, volatilities);
  const scenarios = prices.flatMap((part, i) => {
    const move = requireMove(
      `${name}.prices[${i}] x priceRange`,
      requireFinite(`${name}.prices[${i}]`, part) * priceRange,
    );
    return volatilities.map((volatility, v) => ({
      move,
      volatility: requireWord(`${name}.volatilities[${v}]`, volatility, moves),
      fraction: 1,
      dampening: 0,
      edge: inCoin ? 1 + move : 1,
    }));
  });
  if (tail !== undefined) {
    requireObject(`${name}.tail`, tail);
    requireList(`${name}.tail.moves`, tail.moves);
    const volatility = requireWord(`${name}.tail.volatility`, tail.volatility, moves);
    const whole = requireNotNegative(`${name}.tail.fraction`, tail.fraction);
    const forgiven = requireNotNegative(`${name}.tail.dampening`, tail.dampening ?? 0);
    tail.moves.forEach((given, i) => {
      const scale = tail.inRanges === true ? priceRange : 1;
      const move = requireMove(
        `${name}.tail.moves[${i}]`,
        requireFinite(`${name}.tail.moves[${i}]`, given) * scale,
      );
      const ranges = Math.abs(move) / priceRange;
      const isScaled = tail.isScaled === true && ranges > 0;
      const counted = isScaled ? (move < 0 ? -priceRange : priceRange) : move;
      scenarios.push({
        move,
        volatility,
        fraction: isScaled ? whole / ranges : whole,
        dampening: Math.max(0, ranges - 1) * forgiven,
        edge: inCoin ? 1 + counted : 1,
      });
    });
  }
  if (scenarios.length === 0 || scenarios.length > MOST_SCENARIOS) {
    throw new RangeError(`${name} must make 1 to ${MOST_SCENARIOS} scenarios, got ${scenarios.length}`);
  }
  return scenarios;
}
const MOST_SCENARIOS = 1024;

/** What a model says of an underlying, as the module takes it. @internal */
export interface EncodedUnderlying {
  readonly parameters: Float64Array;
  readonly scenarios: readonly MarginScenario[];
  /** [scenario x column]. */
  readonly table: Float64Array;
}

/** The key of the parameters of an underlying: its name, its coin, or what holds for all; undefined where none is. */
function keyOf({ parameters }: MarginModel, underlying: string): string | undefined {
  return [underlying, underlying.split('_')[0], '*'].find((key) => Object.hasOwn(parameters, key));
}

/** Whether a margin model has parameters for an underlying. */
export function knowsUnderlying(model: MarginModel, underlying: string): boolean {
  return keyOf(model, underlying) !== undefined;
}

/**
 * Checks what a model says of an underlying and lays it out for the module.
 * @throws TypeError or RangeError that names the parameter and its value
 * @internal
 */
export function encodeUnderlying(
  model: MarginModel,
  underlying: string,
  settlesInCoin: boolean,
): EncodedUnderlying {
  requireObject('model.parameters', model.parameters);
  const key = keyOf(model, underlying) ?? '*';
  const given = model.parameters[key] as
    ScenarioParameters | PositionParameters | StrategyParameters | undefined;
  if (given === undefined) {
    const known = Object.keys(model.parameters).map(shown).join(', ');
    throw new RangeError(
      `model ${shown(model.name)} has no parameters for ${shown(underlying)}: it knows ${known}`,
    );
  }
  const name = `model.parameters[${shown(key)}]`;
  requireObject(name, given);
  const inCoin = settlesInCoin && (model.inCoin ?? true) && model.rule !== 'strategy';
  const parameters = new Float64Array(PARAMETERS);
  parameters[0] = inCoin ? 1 : 0;
  parameters[1] = requireNotNegative('model.initialFactor', model.initialFactor ?? 1);
  parameters[2] = requireNotNegative('model.maintenanceFactor', model.maintenanceFactor ?? 1);
  Object.entries(parameterNames[model.rule]).forEach(([field, absent], i) => {
    const value = (given as unknown as Record<string, unknown>)[field] ?? absent;
    parameters[3 + i] = requireNotNegative(
      `${name}.${field}`,
      typeof value === 'boolean' ? Number(value) : value,
    );
  });
  if (model.rule !== 'scenario') return { parameters, scenarios: [], table: new Float64Array(0) };
  const scenarioParameters = given as ScenarioParameters;
  const scenarios = scenariosOf(name, scenarioParameters, inCoin);
  const sizes = { up: scenarioParameters.volatilityUp, same: 0, down: -scenarioParameters.volatilityDown };
  const table = Float64Array.from(
    scenarios.flatMap(({ move, volatility, fraction, dampening, edge }) => {
      return [move, sizes[volatility], fraction, dampening, edge];
    }),
  );
  return { parameters, scenarios, table };
}
