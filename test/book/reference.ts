import type { Core, ExpirySpec, ExposureOptions, Position, Sensitivity } from 'greekfire';
import { SENSITIVITIES } from '../oracle/greeks.js';

type Values = Record<Sensitivity, number>;

/** A value, and the sum of the absolute values of what it is made of: what rounding scales with. */
export interface Sum {
  value: number;
  terms: number;
}
export type Sums = Record<Sensitivity, Sum>;

const recordOf = <T>(read: (name: Sensitivity) => T): Record<Sensitivity, T> =>
  Object.fromEntries(SENSITIVITIES.map((name) => [name, read(name)])) as Record<Sensitivity, T>;

const nothing = (): Values => recordOf(() => 0);

/** One unit of an instrument, against its own forward, in quote currency and as the derivatives of value / forward. */
interface Unit {
  readonly quote: Values;
  readonly coin: Values;
}

/** A unit is 1 of the underlying, marked to market: its value is 0 at F, and (u - F)/u in coin at u near F. */
const futureOf = (forward: number): Unit => ({
  quote: { ...nothing(), delta: 1 },
  coin: { ...nothing(), delta: 1 / forward, gamma: -2 / forward ** 2, speed: 6 / forward ** 3 },
});

const spotOf = (forward: number): Unit => ({
  quote: { ...nothing(), price: forward, delta: 1 },
  coin: { ...nothing(), price: 1 },
});

/** What evaluate says of the row; nothing where it has no number, and the value alone once the expiry is over. */
function optionOf(
  core: Core,
  spec: ExpirySpec,
  { type, strike }: Extract<Position, { strike: number }>,
): Unit {
  const { years, forward, rate = 0 } = spec;
  const volatility = spec.volatility[Array.from(spec.strike).indexOf(strike)];
  const [quote, coin] = (['linear', 'inverse'] as const).map((settlement) => {
    const columns = core.evaluate({ type, forward, strike, years, volatility, rate, settlement }, 3);
    return recordOf((name) => (years > 0 || name === 'price' ? columns[name][0] : 0));
  });
  return { quote, coin };
}

/**
 * Rounding in coin: a book sums in quote currency and derives V = P/F by Leibniz' rule, V^(n) = (P^(n) - n V^(n-1))/F,
 * whose terms cancel.
 */
function coinTermsOf(quote: Values, forward: number): Values {
  const size = recordOf((name) => Math.abs(quote[name]) / forward);
  const delta = size.delta + size.price / forward;
  const gamma = size.gamma + (2 * delta) / forward;
  const vanna = size.vanna + size.vega / forward;
  const charm = size.charm + size.theta / forward;
  return {
    ...size,
    delta,
    gamma,
    vanna,
    charm,
    speed: size.speed + (3 * gamma) / forward,
    zomma: size.zomma + (2 * vanna) / forward,
    color: size.color + (2 * charm) / forward,
  };
}

function measure({ quote, coin }: Unit, forward: number, { currency, delta }: ExposureOptions): Sums {
  const values = { ...(currency === 'coin' ? coin : quote) };
  const terms = currency === 'coin' ? coinTermsOf(quote, forward) : recordOf((name) => Math.abs(quote[name]));
  if (delta === 'premium-adjusted') {
    values.delta = quote.delta - quote.price / forward;
    terms.delta = Math.abs(quote.delta) + Math.abs(quote.price) / forward;
  }
  return recordOf((name) => ({ value: values[name], terms: terms[name] }));
}

/** Forwards move by one ratio, so that d/df = F/f d/dF: a factor for every derivative in the forward. */
const DERIVATIVES_IN_FORWARD: Partial<Values> = {
  delta: 1,
  gamma: 2,
  vanna: 1,
  charm: 1,
  speed: 3,
  zomma: 2,
  color: 2,
};

function addTo(sums: Sums, other: Sums, size: number, ratio = 1): void {
  for (const name of SENSITIVITIES) {
    const factor = size * ratio ** (DERIVATIVES_IN_FORWARD[name] ?? 0);
    sums[name].value += factor * other[name].value;
    sums[name].terms += Math.abs(factor) * other[name].terms;
  }
}

/** The forward of an underlying's nearest expiry that is not over, of its first where all are. */
export function referenceOf(specs: readonly ExpirySpec[], underlying: string): number {
  const own = specs.filter((spec) => (spec.underlying ?? '') === underlying);
  const [nearest = own[0]] = own.filter(({ years }) => years > 0).sort((a, b) => a.years - b.years);
  return nearest.forward;
}

const emptySums = (): Sums => recordOf(() => ({ value: 0, terms: 0 }));

/** A book's exposures, position by position: the plain sum that the module's is held against. */
export function exposuresOf(
  core: Core,
  specs: readonly ExpirySpec[],
  positions: readonly Position[],
  asked: ExposureOptions = {},
): { byExpiry: Sums[]; byUnderlying: Map<string, Sums> } {
  const byExpiry = specs.map(emptySums);
  const byUnderlying = new Map(specs.map(({ underlying = '' }) => [underlying, emptySums()]));
  for (const position of positions) {
    const size = position.quantity * (position.multiplier ?? 1);
    if (position.kind === 'perpetual' || position.kind === 'spot') {
      const forward = referenceOf(specs, position.underlying);
      const unit = position.kind === 'spot' ? spotOf(forward) : futureOf(forward);
      addTo(byUnderlying.get(position.underlying)!, measure(unit, forward, asked), size);
      continue;
    }
    const spec = specs[position.expiry];
    const { forward, underlying = '' } = spec;
    const unit = position.kind === 'future' ? futureOf(forward) : optionOf(core, spec, position);
    const sums = measure(unit, forward, asked);
    addTo(byExpiry[position.expiry], sums, size);
    addTo(byUnderlying.get(underlying)!, sums, size, forward / referenceOf(specs, underlying));
  }
  return { byExpiry, byUnderlying };
}
