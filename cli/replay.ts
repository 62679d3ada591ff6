import type { ExpirySpec, OptionType, Position } from 'greekfire';
import { bookPositions, chainInput, DERIBIT_FEES, perpetualPrice } from 'greekfire/deribit';
import { knowsUnderlying, marginPresets, type FullCore, type MarginPreset } from 'greekfire/full';
import {
  type ForecastModel,
  type MarketPath,
  deltaBand,
  fixedInterval,
  greekByGreek,
  simulatedComparison,
  simulatedPath,
  simulator,
  solverPolicy,
  unhedged,
  whalleyWilmott,
  type ComparisonReport,
  type HedgeStep,
  type Policy,
  type PolicyComparison,
  type PriceModel,
  type SimulatedComparisonOptions,
  type Tradable,
} from 'greekfire/rebalance';
import { replayRisk } from '../example/replay.js';
import { digest } from './checkpoint.js';
import { InputError } from './failure.js';
import { inFile, type Inputs } from './inputs.js';

/** Families of policies. */
export const FAMILIES = [
  'unhedged',
  'fixed-interval',
  'delta-band',
  'whalley-wilmott',
  'greek-by-greek',
  'solver',
] as const;
export type Family = (typeof FAMILIES)[number];
/** Price models. */
export const MODELS: readonly PriceModel['kind'][] = ['brownian', 'heston', 'jumps', 'regimes'];

/** What is replayed, raw units. */
export interface ReplayRequest {
  readonly underlying: string;
  readonly model: PriceModel['kind'];
  /** Volatility per 1.00; at the money of the chain where undefined. */
  readonly volatility: number | undefined;
  readonly dynamics: 'sticky-strike' | 'sticky-delta';
  readonly seed: number;
  readonly paths: number;
  readonly days: number;
  /** Hours from tick to tick. */
  readonly hours: number;
  readonly families: readonly Family[];
  /** In quote currency; where undefined, what makes equity twice the initial margin. */
  readonly cash: number | undefined;
  readonly margin: MarginPreset | undefined;
  /** Cost of closing a unit in a liquidation, part of the price; where undefined liquidations are only counted. */
  readonly liquidation: number | undefined;
  /** Half-spread of options, volatility per 1.00. */
  readonly halfSpread: number;
  /** Units on every level. */
  readonly size: number;
  /** That longs of the perpetual pay, per 1.00 and year. */
  readonly funding: number;
  /** Hours for which orders rest before they are taken; where undefined they are taken at once. */
  readonly rest: number | undefined;
  /** What steers the solver. */
  readonly forecast: ForecastModel['kind'] | 'none';
  /** Days of simulated prices from which the forecast has learnt before every path. */
  readonly history: number;
}

/** What a replay stands on: the settings are all that its outcome depends on. */
export interface ReplaySettings extends Omit<ReplayRequest, 'volatility' | 'cash'> {
  readonly volatility: number;
  readonly cash: number;
  readonly policies: readonly string[];
  readonly instruments: readonly string[];
  readonly positions: number;
  readonly spot: number;
  readonly instant: number;
  /** Of chain, book, instruments, policies and model. */
  readonly digest: string;
}

/** A replay that is ready to run. */
export interface Replay {
  readonly settings: ReplaySettings;
  readonly comparison: PolicyComparison;
  /** The same, for workers. */
  readonly simulated: SimulatedComparisonOptions;
  /** Ticks of all paths, and one for the end of each. */
  readonly steps: number;
  /** The settings of ours, and doing nothing, which is its limit. */
  readonly frontier: readonly string[];
  /** Names of positions that have no price, and count nowhere. */
  readonly unpriced: readonly string[];
}

/** What a replay found. */
export interface ReplayReport extends ComparisonReport {
  readonly settings: ReplaySettings;
  /** Names of positions that have no price, and count nowhere. */
  readonly unpriced: readonly string[];
}

const DAY = 86_400_000;
const HOUR = DAY / 24;
const LEVELS = 3;
/** Most expiries that are hedged with: the nearest that outlive a day, of those whose options are held. */
const HEDGE_EXPIRIES = 5;
/** Strikes of hedges, in standard deviations from the forward. */
const HEDGE_STRIKES: readonly [OptionType, number][] = [
  ['put', -0.67],
  ['call', 0],
  ['call', 0.67],
];
const SMILE = { skew: -0.25, curvature: 0.9 };
/** Of volatility, relative and per root year: what the book's vega may make or lose, whatever the model. */
const VOLATILITY_OF_VOLATILITY = 1;
const HORIZON_DAYS = 3;
/** Risk aversions times the scale of the book's profits: from next to no hedge to next to no risk. */
const AVERSIONS = [1e-4, 1e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 10];
/** The solver's, closer: what lies between two settings is had only by lot, at more risk than the settings. */
const SOLVER_AVERSIONS = [5e-4, 1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];
const FIXED_DAYS = [1 / 3, 1, 2, 4];
/** Half-widths in daily moves of the book's delta. */
const BANDS = [0.25, 0.5, 1, 2];
const GREEK_DAYS = [1, 7];
/** Days that the regression on realised variance needs: its longest window, and a row for each of 20 days more. */
const HAR_DAYS = 42;
/** Stream of the simulated past: none of the paths'. */
const PAST = Number.MAX_SAFE_INTEGER;

interface Scene {
  readonly expiries: readonly ExpirySpec[];
  readonly positions: readonly Position[];
  readonly instruments: readonly Tradable[];
  readonly spot: number;
  readonly volatility: number;
  readonly unpriced: readonly string[];
}

/**
 * Makes a replay ready: the underlying's expiries and positions from the inputs, hedges at and about the money, the
 * policies at settings that suit the book.
 * @throws InputError where the inputs do not fit
 */
export function makeReplay(core: FullCore, inputs: Inputs, request: ReplayRequest): Replay {
  const { margin, paths, seed, days, hours, model: kind, dynamics, forecast, history } = request;
  if (margin !== undefined && !knowsUnderlying(marginPresets[margin], request.underlying)) {
    throw new InputError(
      `--margin ${margin} has no parameters for ${request.underlying}: name another, or none`,
    );
  }
  if (forecast === 'har' && history + days <= HAR_DAYS) {
    throw new InputError(
      `--forecast har is first fitted after ${HAR_DAYS} days: give more by --history, or by --days`,
    );
  }
  if (request.liquidation !== undefined && margin === undefined)
    throw new InputError('--liquidation needs a margin model: name one by --margin');
  const scene = sceneOf(inputs, request);
  const { volatility, expiries, positions, instruments, spot, unpriced } = scene;
  const { instant } = inputs.market;
  const model = modelOf(kind, volatility);
  const { rest } = request;
  const policies = policiesOf(core, scene, model, request).map((policy): Policy =>
    rest === undefined ? policy : { ...policy, execution: { kind: 'rest', patience: rest * HOUR } },
  );
  const ticks = Math.floor((24 * days) / hours + 1e-9);
  if (ticks < 1) throw new InputError(`--hours ${hours} is longer than a path of --days ${days}`);
  if (history > 0 && forecast === 'none')
    throw new InputError('--history is what a forecast learns from: name one by --forecast');
  const market: SimulatedComparisonOptions['market'] = {
    expiries,
    positions,
    instruments,
    spot,
    model,
    smile: { dynamics, ...SMILE },
    seed,
    instant,
    step: Math.round(hours * HOUR),
    steps: ticks,
    levels: LEVELS,
    fundingRate: request.funding,
  };
  const cash = request.cash ?? cashOf(core, simulatedPath({ ...market, core }), margin);
  const simulated: SimulatedComparisonOptions = {
    policies,
    paths,
    ...(margin && { margin }),
    ...(request.liquidation !== undefined && { liquidation: { fee: request.liquidation } }),
    market: {
      ...market,
      cash,
      ...(forecast !== 'none' && { forecast: forecastOf(core, market, forecast, history) }),
    },
  };
  const comparison = simulatedComparison(core, simulated);
  const names = policies.map(({ name }) => name);
  const ours = policies.filter(({ action }) => action.kind === 'solve' || action.kind === 'none');
  return {
    settings: {
      ...request,
      volatility,
      cash,
      policies: names,
      instruments: instruments.map(({ name }) => name),
      positions: positions.length,
      spot,
      instant,
      digest: digest(JSON.stringify([expiries, positions, instruments, policies, model, SMILE])),
    },
    comparison,
    simulated,
    unpriced,
    steps: paths * (ticks + 1),
    frontier: ours.some(({ action }) => action.kind === 'solve') ? ours.map(({ name }) => name) : [],
  };
}

/** A forecaster that has learnt from a past of the market, the same one for all paths. */
function forecastOf(
  core: FullCore,
  { spot, model, seed, step }: SimulatedComparisonOptions['market'],
  kind: ForecastModel['kind'],
  days: number,
): ForecastModel {
  const years = step / (365 * DAY);
  const past = simulator(core, { spot, model, seed, stream: PAST });
  const prices = Array.from({ length: Math.floor((days * DAY) / step) + 1 }, () => {
    past.step(years);
    return past.spot;
  });
  past.dispose();
  const history = { prices, years };
  return kind === 'implied-realised' ? { kind, realised: { kind: 'ewma', history } } : { kind, history };
}

/** Cash with which the book's equity is twice its initial margin as a path begins. */
function cashOf(core: FullCore, path: MarketPath, model: MarginPreset | undefined): number {
  try {
    if (model === undefined) return 0;
    const book = path.book();
    const account = core.margin(book, { model });
    const { equity, initial } = account.figures();
    account.dispose();
    book.dispose();
    return Math.ceil(2 * initial - equity);
  } finally {
    path.dispose();
  }
}

/** The market and the book cut down to what is held or hedged with. */
function sceneOf(inputs: Inputs, request: ReplayRequest): Scene {
  const { market, lines, bookSource, chainSource } = inputs;
  const { underlying } = request;
  const input = chainInput(market);
  const held = inFile(bookSource.name, () => bookPositions(lines, market, input));
  const alive = input.expiries.flatMap((spec, e) =>
    spec.underlying === underlying && spec.years > 0 ? [e] : [],
  );
  if (alive.length === 0)
    throw new InputError(`${chainSource.name}: no expiry of ${underlying} has a forward`);
  const isAlive = (position: Position): boolean => !('expiry' in position) || alive.includes(position.expiry);
  const ours = held.positions.flatMap((position, i) => {
    const { name, instrument } = held.lines[i];
    return instrument?.underlying === underlying ? [{ position, name }] : [];
  });
  const own = ours.flatMap(({ position }) => (isAlive(position) ? [position] : []));
  const unpriced = [
    ...held.unpriced.flatMap(({ line: { name, instrument } }) =>
      instrument?.underlying === underlying ? [name] : [],
    ),
    ...ours.flatMap(({ position, name }) => (isAlive(position) ? [] : [name])),
  ];
  if (own.length === 0)
    throw new InputError(`${bookSource.name} holds nothing of ${underlying} that is alive`);
  const lasting = alive.filter((e) => input.expiries[e].years > 1 / 365);
  const heldIn = lasting.filter((e) => own.some((one) => 'strike' in one && one.expiry === e));
  const near = (heldIn.length > 0 ? heldIn : lasting).slice(0, HEDGE_EXPIRIES);
  const volatility = request.volatility ?? atTheMoney(near.map((e) => input.expiries[e]));
  if (!(volatility > 0))
    throw new InputError(`${chainSource.name}: no strike at the money has a volatility; give --volatility`);
  const hedges = near.flatMap((e) => hedgesOf(input.expiries[e], e, volatility));
  const optionsOf = (e: number) =>
    [...own, ...hedges].filter((position) => 'strike' in position && position.expiry === e);
  const kept = alive.filter((e) => [...own, ...hedges].some((one) => 'expiry' in one && one.expiry === e));
  const expiries = kept.map((e): ExpirySpec => {
    const spec = input.expiries[e];
    const wanted = new Set(optionsOf(e).flatMap((one) => ('strike' in one ? [one.strike] : [])));
    const strike = Array.from(spec.strike).filter((value) => wanted.has(value) || wanted.size === 0);
    const { label = '', years, forward, settlement = 'linear' } = spec;
    return {
      underlying,
      label,
      years,
      forward,
      settlement,
      strike,
      volatility: strike.map(() => volatility),
    };
  });
  const moved = <T extends Position>(position: T): T =>
    'expiry' in position ? { ...position, expiry: kept.indexOf(position.expiry) } : position;
  return {
    expiries,
    positions: own.map(moved),
    instruments: instrumentsOf(underlying, expiries, hedges.map(moved), request),
    spot: perpetualPrice(market, underlying),
    volatility,
    unpriced,
  };
}

/** Mean of the volatilities nearest to the forwards. */
function atTheMoney(expiries: readonly ExpirySpec[]): number {
  const found = expiries.map(({ strike, volatility, forward }) => volatility[nearest(strike, forward)]);
  const good = found.filter((value) => value > 0);
  return good.reduce((sum, value) => sum + value, 0) / good.length;
}

function nearest(strikes: ArrayLike<number>, price: number): number {
  let best = 0;
  for (let i = 1; i < strikes.length; i++) {
    if (Math.abs(strikes[i] - price) < Math.abs(strikes[best] - price)) best = i;
  }
  return best;
}

type Option = Extract<Position, { strike: number }>;

function hedgesOf({ strike, forward, years }: ExpirySpec, expiry: number, volatility: number): Option[] {
  const deviation = volatility * Math.sqrt(years);
  const options = HEDGE_STRIKES.map(([type, deviations]): Option => {
    const price = forward * (1 + deviations * deviation);
    return { expiry, strike: strike[nearest(strike, price)], type, quantity: 1 };
  });
  const isNew = ({ strike, type }: Option, i: number): boolean =>
    options.findIndex((one) => one.strike === strike && one.type === type) === i;
  return options.filter(isNew);
}

function instrumentsOf(
  underlying: string,
  expiries: readonly ExpirySpec[],
  hedges: readonly Option[],
  { halfSpread, size }: ReplayRequest,
): Tradable[] {
  return [
    {
      name: `${underlying}-PERPETUAL`,
      position: { kind: 'perpetual', underlying, quantity: 1 },
      fee: { taker: DERIBIT_FEES.future, maker: DERIBIT_FEES.perpetualMaker },
      quote: { price: 0.00005, size: 5 * size },
    },
    ...hedges.map((position): Tradable => ({
      name: `${underlying}-${expiries[position.expiry].label}-${position.strike}-${position.type === 'call' ? 'C' : 'P'}`,
      position,
      fee: { taker: DERIBIT_FEES.option, cap: DERIBIT_FEES.optionCap },
      quote: { volatility: halfSpread, price: 0.00005, size },
    })),
  ];
}

/** Models whose variance over time is about that of the volatility. */
function modelOf(kind: PriceModel['kind'], volatility: number): PriceModel {
  if (kind === 'brownian') return { kind, volatility };
  if (kind === 'heston')
    return { kind, volatility, reversion: 4, volatilityOfVariance: 2.4 * volatility, correlation: -0.3 };
  if (kind === 'jumps') {
    const [rate, mean, deviation] = [12, -0.04 * volatility, 0.14 * volatility];
    const left = volatility * volatility - rate * (mean * mean + deviation * deviation);
    return { kind, volatility: Math.sqrt(left), rate, mean, deviation };
  }
  return { kind, volatility: [0.8 * volatility, 1.6 * volatility], leaving: 8, returning: 20 };
}

const rounded = (value: number): number => Number(value.toPrecision(2));

/** The families at settings that suit the book. */
function policiesOf(
  core: FullCore,
  scene: Scene,
  model: PriceModel,
  { families, days }: ReplayRequest,
): Policy[] {
  const { expiries, positions, spot, volatility } = scene;
  const chain = core.chain(expiries, 2);
  const book = core.book(chain, positions);
  const { delta, gamma, vega } = book.exposure();
  book.dispose();
  chain.dispose();
  const years = days / 365;
  const move = volatility * spot;
  // what the book may make or lose on the way: by gamma, by volatility, by delta
  const scale = Math.max(
    Math.abs(gamma) * move * move * years,
    Math.abs(vega) * volatility * VOLATILITY_OF_VOLATILITY * Math.sqrt(years),
    Math.abs(delta) * move * Math.sqrt(years),
    Number.MIN_VALUE,
  );
  const dailyDelta = Math.max(Math.abs(gamma) * move * Math.sqrt(1 / 365), 0.05 * Math.abs(delta));
  const risk = replayRisk(model);
  const aversionsOf = (list: readonly number[]): number[] => list.map((one) => rounded(one / scale));
  const steps = greekSteps(scene);
  const all: Record<Family, () => Policy[]> = {
    unhedged: () => [unhedged()],
    'fixed-interval': () =>
      FIXED_DAYS.map((d) => ({ ...fixedInterval(d * DAY), name: `delta every ${rounded(24 * d)} h` })),
    'delta-band': () =>
      [...new Set(BANDS.map((band) => rounded(band * dailyDelta)))].map((band) => ({
        ...deltaBand(band),
        name: `delta band ${band}`,
      })),
    'whalley-wilmott': () =>
      aversionsOf(AVERSIONS).map((aversion) => ({
        ...whalleyWilmott(aversion),
        name: `Whalley-Wilmott ${aversion.toExponential()}`,
      })),
    'greek-by-greek': () =>
      GREEK_DAYS.map((d) => ({ ...greekByGreek(d * DAY, steps), name: `greek by greek ${d} d` })),
    solver: () =>
      aversionsOf(SOLVER_AVERSIONS).map((riskAversion) => ({
        ...solverPolicy({ riskAversion, horizon: HORIZON_DAYS * DAY, risk }),
        name: `solver ${riskAversion.toExponential()}`,
      })),
  };
  return FAMILIES.filter((family) => families.includes(family)).flatMap((family) => all[family]());
}

/** Vega by the furthest option at the money, gamma by the nearest, delta by the perpetual. */
function greekSteps({ instruments, expiries }: Scene): HedgeStep[] {
  const options = instruments.flatMap(({ position }, instrument) =>
    'strike' in position ? [{ ...position, instrument }] : [],
  );
  const middle = (expiry: number): number => {
    const { forward } = expiries[expiry];
    const own = options.filter((option) => option.expiry === expiry);
    return own.reduce((best, option) =>
      Math.abs(option.strike - forward) < Math.abs(best.strike - forward) ? option : best,
    ).instrument;
  };
  const of = [...new Set(options.map(({ expiry }) => expiry))];
  const gamma: HedgeStep[] = of.length > 0 ? [{ sensitivity: 'gamma', instrument: middle(of[0]) }] : [];
  const vega: HedgeStep[] = of.length > 1 ? [{ sensitivity: 'vega', instrument: middle(of.at(-1)) }] : [];
  return [...vega, ...gamma, { sensitivity: 'delta', instrument: 0 }];
}
