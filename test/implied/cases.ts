import { impliedVolatility, type Implied, type Quote } from '../oracle/implied.js';
import { normalRowOf, drawFrom, type Draw } from '../oracle/regimes.js';
import { valueInDoubleDouble, type Row } from '../oracle/greeks.js';

type Range = readonly [low: number, high: number];

interface Ranges {
  readonly underlying: Range;
  readonly years: Range;
  readonly volatility: Range;
  readonly rate: Range;
  readonly dividend: Range;
  /** ln(K/F) in units of s = vol sqrt(T). */
  readonly deviations: Range;
}

const YEAR_OF_SECONDS = 31_536_000;

/** The regimes of the bar: years and volatility are drawn log-uniformly. */
const RANGES = {
  desk: {
    underlying: [40_000, 110_000],
    years: [0.005, 1],
    volatility: [0.25, 1.5],
    rate: [0, 0.08],
    dividend: [0, 0.03],
    deviations: [-3.75, 3.75],
  },
  short: {
    underlying: [60_000, 60_000],
    years: [1 / YEAR_OF_SECONDS, 3e-3],
    volatility: [0.2, 2.5],
    rate: [0, 0.05],
    dividend: [0, 0.02],
    deviations: [-6.5, 6.5],
  },
  wing: {
    underlying: [2500, 2500],
    years: [0.003, 2],
    volatility: [0.05, 1.2],
    rate: [0, 0.05],
    dividend: [0, 0.02],
    deviations: [-30, 30],
  },
  lowvol: {
    underlying: [1.1, 1.1],
    years: [0.02, 2],
    volatility: [1e-4, 1e-2],
    rate: [-0.01, 0.05],
    dividend: [-0.01, 0.05],
    deviations: [-6, 6],
  },
  highvol: {
    underlying: [0.5, 0.5],
    years: [0.02, 3],
    volatility: [1.5, 9],
    rate: [0, 0.1],
    dividend: [0, 0],
    deviations: [-5, 5],
  },
  atm: {
    underlying: [4500, 4500],
    years: [0.002, 2],
    volatility: [0.04, 1],
    rate: [0, 0.05],
    dividend: [0, 0.02],
    deviations: [-0.1, 0.1],
  },
  itm: {
    underlying: [100, 100],
    years: [0.01, 3],
    volatility: [0.1, 1],
    rate: [0, 0.06],
    dividend: [0, 0.04],
    deviations: [0.05, 5],
  },
} as const satisfies Record<string, Ranges>;

export type ImpliedRegime = keyof typeof RANGES;
export const IMPLIED_REGIMES = Object.keys(RANGES) as readonly ImpliedRegime[];

/** A quote with the exact answer. */
export interface Case {
  readonly quote: Quote;
  readonly exact: Implied;
}

export interface Choice {
  readonly underlier: Row['underlier'];
  readonly settlement?: 'linear' | 'inverse';
  readonly model?: 'lognormal' | 'normal';
}

function rowOf(draw: Draw, regime: ImpliedRegime, underlier: Row['underlier']): Row {
  const ranges: Ranges = RANGES[regime];
  const underlying = draw.between(...ranges.underlying);
  const years = draw.scale(...ranges.years);
  const volatility = draw.scale(...ranges.volatility);
  const rate = draw.between(...ranges.rate);
  const dividend = draw.between(...ranges.dividend);
  const drawn = draw.between(...ranges.deviations);
  const type = draw.either('call' as const, 'put' as const);
  const deviations = regime === 'itm' && type === 'call' ? -drawn : drawn;
  const carry = underlier === 'spot' ? (rate - dividend) * years : 0;
  const strike = underlying * Math.exp(carry + deviations * volatility * Math.sqrt(years));
  return { type, underlier, underlying, strike, years, volatility, rate, dividend };
}

/**
 * Seeded quotes of a regime that have a volatility, with the exact one of the very double that is the price. A price
 * whose time value is lost in the rounding of the price has none to find and is drawn again.
 */
export function casesOf(regime: ImpliedRegime, count: number, seed: number, choice: Choice): Case[] {
  const draw = drawFrom(Math.imul(seed, 1_000_003) + IMPLIED_REGIMES.indexOf(regime));
  const cases: Case[] = [];
  for (let tries = 0; cases.length < count && tries < 20 * count; tries++) {
    const drawn = rowOf(draw, regime, choice.underlier);
    const row = choice.model === 'normal' ? normalRowOf(drawn) : drawn;
    const { sensitivity } = valueInDoubleDouble(row, choice);
    const quote: Quote = { ...row, ...choice, price: sensitivity.price.value.high };
    if (!(quote.price > 1e-290)) continue;
    const exact = impliedVolatility(quote);
    // Beyond, not one bit of the volatility is in the price.
    if (exact && exact.conditioning < 2 ** 50) cases.push({ quote, exact });
  }
  return cases;
}

/** Quotes as columns for `impliedVolatility`; at least one, all of one kind. */
export function columnsOf(quotes: readonly Quote[]) {
  const column = (read: (quote: Quote) => number): Float64Array => Float64Array.from(quotes, read);
  const first = quotes[0];
  const underlying = column((quote) => quote.underlying);
  return {
    ...(first.underlier === 'forward'
      ? { forward: underlying }
      : { spot: underlying, dividend: column((quote) => quote.dividend) }),
    type: Int8Array.from(quotes, (quote) => (quote.type === 'call' ? 1 : -1)),
    strike: column((quote) => quote.strike),
    years: column((quote) => quote.years),
    price: column((quote) => quote.price),
    rate: column((quote) => quote.rate),
    settlement: first.settlement ?? ('linear' as const),
    model: first.model ?? ('lognormal' as const),
  };
}
