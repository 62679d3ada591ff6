import type { Book, Chain, ExpirySpec, Position } from 'greekfire';
import type { FullCore } from 'greekfire/full';
import {
  simulatedMarket,
  simulatedPath,
  simulator,
  type MarketPath,
  type PriceModel,
  type RiskModel,
  type SimulatedMarket,
  type Tradable,
} from 'greekfire/rebalance';

const DAY = 86_400_000;
/** 16 January 2026, 08:00 UTC. */
const INSTANT = Date.UTC(2026, 0, 16, 8);
const SPOT = 100_000;
const EXPIRY_DAYS = [14, 35, 70];
const STRIKES = Array.from({ length: 13 }, (_, i) => 70_000 + 5_000 * i);

/** The markets that policies are compared on: a price model each, of about 50 % volatility. */
export const REPLAY_MODELS: Readonly<Record<PriceModel['kind'], PriceModel>> = {
  brownian: { kind: 'brownian', volatility: 0.5 },
  heston: {
    kind: 'heston',
    volatility: 0.5,
    reversion: 4,
    volatilityOfVariance: 1.2,
    correlation: -0.3,
  },
  jumps: { kind: 'jumps', volatility: 0.42, rate: 12, mean: -0.02, deviation: 0.07 },
  regimes: { kind: 'regimes', volatility: [0.4, 0.8], leaving: 8, returning: 20 },
};

/**
 * What a desk assumes that is calibrated to a price model, parameters and all, but does not see its state. Of Heston
 * the root of the variance moves by half the volatility of variance (to first order, about its mean); of two regimes by
 * the gap between them, as often as they change.
 */
export function replayRisk(model: PriceModel): RiskModel {
  if (model.kind === 'heston') {
    const { volatility, reversion, volatilityOfVariance, correlation } = model;
    const volatilityOfVolatility = (0.5 * volatilityOfVariance) / volatility;
    return { volatility, volatilityOfVolatility, reversion, correlation };
  }
  if (model.kind === 'jumps') {
    const { volatility, rate, mean, deviation } = model;
    return { volatility, jumpRate: rate, jumpSize: Math.hypot(mean, deviation) };
  }
  if (model.kind === 'regimes') {
    const { leaving, returning } = model;
    const [calm, wild] = model.volatility;
    const reversion = leaving + returning;
    const volatility = Math.sqrt((returning * calm * calm + leaving * wild * wild) / reversion);
    const changes = (2 * leaving * returning) / reversion;
    return {
      volatility,
      volatilityOfVolatility: (Math.sqrt(changes) * Math.abs(wild - calm)) / volatility,
      reversion,
    };
  }
  return { volatility: model.volatility };
}

/** A seeded market with a desk that is short options, and what it may hedge with. */
export interface ReplayDesk {
  readonly market: SimulatedMarket;
  readonly chain: Chain<2>;
  readonly positions: readonly Position[];
  /** The perpetual, then options. */
  readonly instruments: readonly Tradable[];
  /** A book of the positions, on the chain. */
  book(): Book<2>;
  dispose(): void;
}

const EXPIRIES = EXPIRY_DAYS.map((days): ExpirySpec => ({
  underlying: 'BTC',
  years: days / 365,
  forward: SPOT,
  strike: STRIKES,
  volatility: STRIKES.map(() => 0.5),
}));
const SMILE = { skew: -0.25, curvature: 0.9 };

const option = (expiry: number, strike: number, type: 'call' | 'put', quantity: number): Position => ({
  expiry,
  strike,
  type,
  quantity,
});
const POSITIONS = [
  option(0, 95_000, 'put', -10),
  option(0, 105_000, 'call', -10),
  option(1, 100_000, 'call', -10),
  option(1, 100_000, 'put', -10),
  option(2, 80_000, 'put', 5),
];
const HEDGES = EXPIRY_DAYS.flatMap((_, expiry) => [
  option(expiry, 95_000, 'put', 1),
  option(expiry, 100_000, 'call', 1),
  option(expiry, 105_000, 'call', 1),
]);
const INSTRUMENTS: Tradable[] = [
  {
    name: 'perpetual',
    position: { kind: 'perpetual', underlying: 'BTC', quantity: 1 },
    fee: { taker: 0.0005 },
    quote: { price: 0.00005, size: 50 },
  },
  ...HEDGES.map((position, i) => ({
    name: `option ${i}`,
    position,
    fee: { taker: 0.0003, cap: 0.125 },
    quote: { volatility: 0.005, price: 0.00005, size: 10 },
  })),
];

/**
 * Short strangles and a straddle over three expiries, to be hedged with the perpetual (half a basis point and 5 basis
 * points of fee) and options at and about the money (half a point of volatility and 3 basis points of fee).
 */
export function replayDesk(
  core: FullCore,
  kind: PriceModel['kind'],
  dynamics: 'sticky-strike' | 'sticky-delta',
  seed: number,
  stream: number,
): ReplayDesk {
  const chain = core.chain(EXPIRIES, 2);
  const path = simulator(core, { spot: SPOT, model: REPLAY_MODELS[kind], seed, stream });
  const smile = { dynamics, ...SMILE };
  const market = simulatedMarket(core, { simulator: path, chain, instant: INSTANT, smile });
  return {
    market,
    chain,
    positions: POSITIONS,
    instruments: INSTRUMENTS,
    book: () => core.book(chain, POSITIONS),
    dispose: () => {
      market.dispose();
      path.dispose();
      chain.dispose();
    },
  };
}

/** A path of the desk's market, of {@link REPLAY_STEPS} ticks. It has 1,000,000 in cash. */
export function replayPath(
  core: FullCore,
  kind: PriceModel['kind'],
  dynamics: 'sticky-strike' | 'sticky-delta',
  seed: number,
  stream: number,
): MarketPath {
  return simulatedPath({
    core,
    expiries: EXPIRIES,
    positions: POSITIONS,
    instruments: INSTRUMENTS,
    spot: SPOT,
    model: REPLAY_MODELS[kind],
    smile: { dynamics, ...SMILE },
    seed,
    stream,
    instant: INSTANT,
    step: REPLAY_STEP,
    steps: REPLAY_STEPS,
    levels: 3,
    cash: 1e6,
  });
}

/** Milliseconds from tick to tick, and ticks of a path: 14 days, the first expiry included. */
export const REPLAY_STEP = DAY / 6;
/** Ticks of a path. */
export const REPLAY_STEPS = 84;
