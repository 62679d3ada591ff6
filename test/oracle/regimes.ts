import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Row } from './greeks.js';

/** A seeded source of uniform numbers. */
export interface Draw {
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** Log-uniform in [low, high). */
  scale(low: number, high: number): number;
  /** A fair coin. */
  either<A, B>(a: A, b: B): A | B;
}

export function drawFrom(seed: number): Draw {
  const generator = xoroshiro128plus(seed);
  const unit = (): number => uniformFloat64(generator);
  return {
    between: (low, high) => low + (high - low) * unit(),
    scale: (low, high) => low * (high / low) ** unit(),
    either: (a, b) => (unit() < 0.5 ? a : b),
  };
}

type Range = readonly [low: number, high: number];

interface Ranges {
  readonly spot: Range;
  readonly years: Range;
  readonly volatility: Range;
  readonly rate: Range;
  readonly dividend: Range;
  /** |ln(K/F)| at most this many s = vol sqrt(T). */
  readonly deviations: number;
}

/** The seven regimes of the reference file, by its ranges; years and volatility are drawn log-uniformly. */
const RANGES = {
  desk: {
    spot: [40_000, 110_000],
    years: [0.005, 1],
    volatility: [0.25, 1.5],
    rate: [0, 0.08],
    dividend: [0, 0.03],
    deviations: 3.75,
  },
  short: {
    spot: [60_000, 60_000],
    years: [3e-8, 3e-3],
    volatility: [0.2, 2.5],
    rate: [0, 0],
    dividend: [0, 0],
    deviations: 6.5,
  },
  long: {
    spot: [100, 100],
    years: [1, 30],
    volatility: [0.05, 0.8],
    rate: [-0.02, 0.1],
    dividend: [-0.01, 0.08],
    deviations: 5,
  },
  wing: {
    spot: [2500, 2500],
    years: [0.03, 2],
    volatility: [0.2, 1.2],
    rate: [0, 0.05],
    dividend: [0, 0],
    deviations: 11.5,
  },
  lowvol: {
    spot: [1.1, 1.1],
    years: [0.02, 2],
    volatility: [3e-4, 0.1],
    rate: [-0.01, 0.05],
    dividend: [-0.01, 0.05],
    deviations: 6,
  },
  highvol: {
    spot: [0.5, 0.5],
    years: [0.1, 3],
    volatility: [2, 8],
    rate: [0, 0.1],
    dividend: [0, 0],
    deviations: 5,
  },
  atm: {
    spot: [4500, 4500],
    years: [0.05, 2],
    volatility: [0.04, 1],
    rate: [0, 0.05],
    dividend: [0, 0.02],
    deviations: 0.1,
  },
} as const satisfies Record<string, Ranges>;

export type Regime = keyof typeof RANGES;
export const REGIMES = Object.keys(RANGES) as readonly Regime[];

/** A seed of its own for each regime. */
function seedOf(regime: Regime, seed: number): number {
  return Math.imul(seed, 1_000_003) + REGIMES.indexOf(regime);
}

/** `count` seeded options of a regime; on forward rows the forward stands where the spot would. */
export function rowsOf(
  regime: Regime,
  count: number,
  seed: number,
  underlier: Row['underlier'] = 'spot',
): Row[] {
  const ranges: Ranges = RANGES[regime];
  const draw = drawFrom(seedOf(regime, seed));
  const rows: Row[] = [];
  for (let index = 0; index < count; index++) {
    const underlying = draw.between(...ranges.spot);
    const years = draw.scale(...ranges.years);
    const volatility = draw.scale(...ranges.volatility);
    const rate = draw.between(...ranges.rate);
    const dividend = draw.between(...ranges.dividend);
    const deviations = draw.between(-ranges.deviations, ranges.deviations);
    const carry = underlier === 'spot' ? (rate - dividend) * years : 0;
    const strike = underlying * Math.exp(carry + deviations * volatility * Math.sqrt(years));
    const type = draw.either('call' as const, 'put' as const);
    rows.push({ type, underlier, underlying, strike, years, volatility, rate, dividend });
  }
  return rows;
}

/** The same option for the normal model: volatility in units of the underlying, as many deviations from it. */
export function normalRowOf(row: Row): Row {
  const { underlying, strike, volatility } = row;
  return {
    ...row,
    volatility: volatility * underlying,
    strike: underlying * (1 + Math.log(strike / underlying)),
  };
}

/** One expiry of a chain; the fields of the package's `ExpirySpec`. */
export interface Expiry {
  readonly years: number;
  readonly forward: number;
  readonly rate: number;
  readonly strike: Float64Array;
  readonly volatility: Float64Array;
}

/** Seeded expiries of a regime with `strikes` ascending strikes each, their volatilities within the regime's range. */
export function expiriesOf(regime: Regime, expiries: number, strikes: number, seed: number): Expiry[] {
  const ranges: Ranges = RANGES[regime];
  const draw = drawFrom(seedOf(regime, seed));
  return Array.from({ length: expiries }, () => {
    const forward = draw.between(...ranges.spot);
    const years = draw.scale(...ranges.years);
    const rate = draw.between(...ranges.rate);
    const quotes = Array.from({ length: strikes }, () => {
      const volatility = draw.scale(...ranges.volatility);
      const deviations = draw.between(-ranges.deviations, ranges.deviations);
      return { volatility, strike: forward * Math.exp(deviations * volatility * Math.sqrt(years)) };
    }).sort((a, b) => a.strike - b.strike);
    return {
      years,
      forward,
      rate,
      strike: Float64Array.from(quotes, (quote) => quote.strike),
      volatility: Float64Array.from(quotes, (quote) => quote.volatility),
    };
  });
}
