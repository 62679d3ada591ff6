import type { Chain, Core, ExpirySpec, Position } from 'greekfire';

/** A scenario, and how its move of volatility acts on one of an expiry with so many years left. */
export interface Scenario {
  readonly spot: number;
  readonly volatility?: number;
  readonly time?: number;
  readonly beta?: Readonly<Record<string, number>>;
  readonly moved?: (volatility: number, move: number, yearsLeft: number) => number;
}

/** A number, and how far from it a right one may be. */
export interface Value {
  readonly value: number;
  readonly bar: number;
}

const EPSILON = 2 ** -52;

/** Options' prices in a scenario by `core.evaluate`, call by call, with the pricing bar: 4 eps (1 + D^2) x terms. */
export function optionValue(
  core: Core,
  spec: ExpirySpec,
  position: Extract<Position, { strike: number }>,
  scenario: Scenario,
): Value {
  const { spot, volatility: move = 0, time = 0, beta = {} } = scenario;
  const moved = scenario.moved ?? ((volatility, by) => volatility + by);
  const ratio = beta[spec.underlying ?? ''] ?? 1;
  const { strike, type } = position;
  const row = Array.from(spec.strike).indexOf(strike);
  const forward = spec.forward * (1 + ratio * spot);
  const years = Math.max(0, spec.years - time);
  const volatility = Math.max(0, moved(spec.volatility[row], move, years));
  const { rate = 0 } = spec;
  const { price, delta } = core.evaluate({ type, forward, strike, years, volatility, rate });
  const deviation = volatility * Math.sqrt(years);
  // what is over has no deviation to scale with; its value is exact but for one rounding
  const d =
    deviation > 0
      ? (Math.abs(Math.log(forward / strike)) + Math.abs(rate) * years) / deviation + deviation / 2
      : 0;
  const terms = Math.abs(forward * delta[0]) + Math.abs(forward * delta[0] - price[0]);
  return { value: price[0], bar: 4 * EPSILON * (1 + d * d) * terms };
}

/** What a position makes in a scenario, in quote currency or coin; the bars of both prices count. */
export function profitOf(
  core: Core,
  specs: readonly ExpirySpec[],
  position: Position,
  scenario: Scenario,
  currency: 'quote' | 'coin' = 'quote',
): Value {
  const size = position.quantity * (position.multiplier ?? 1);
  const { spot, beta = {} } = scenario;
  const linear = position.kind === 'perpetual' || position.kind === 'spot';
  const spec = linear ? nearest(specs, position.underlying) : specs[position.expiry];
  const forward = spec.forward * (1 + (beta[spec.underlying ?? ''] ?? 1) * spot);
  if (linear || position.kind === 'future') {
    const move = forward - spec.forward;
    const coin = position.kind === 'spot' ? 0 : move / forward;
    return {
      value: size * (currency === 'coin' ? coin : move),
      bar: 4 * EPSILON * Math.abs(size) * (currency === 'coin' ? 1 : forward),
    };
  }
  const before = optionValue(core, spec, position, { ...scenario, spot: 0, volatility: 0, time: 0 });
  const after = optionValue(core, spec, position, scenario);
  const per = currency === 'coin' ? [forward, spec.forward] : [1, 1];
  const [now, then] = [after.value / per[0], before.value / per[1]];
  const roundings = 4 * EPSILON * (Math.abs(now) + Math.abs(then));
  // the reference is within the bar as well
  const bar = 2 * (after.bar / per[0] + before.bar / per[1]) + roundings;
  return { value: size * (now - then), bar: Math.abs(size) * bar };
}

/** The expiry whose forward stands for an underlying. */
function nearest(specs: readonly ExpirySpec[], underlying: string): ExpirySpec {
  const own = specs.filter((spec) => spec.underlying === underlying && spec.years > 0);
  return own.reduce((a, b) => (b.years < a.years ? b : a));
}

/** Value at risk and expected shortfall by the letter of their definitions, in the order of losses. */
export function tailByDefinition(
  profit: ArrayLike<number>,
  weight: ArrayLike<number>,
  level: number,
): { valueAtRisk: number; expectedShortfall: number } {
  const total = Array.from(weight).reduce((sum, w) => sum + w, 0);
  const losses = Array.from(profit, (p, s) => ({ loss: -p, p: weight[s] / total }));
  const candidates = losses.map(({ loss }) => loss).sort((a, b) => a - b);
  const probability = (test: (loss: number) => boolean): number =>
    losses.reduce((sum, { loss, p }) => (test(loss) ? sum + p : sum), 0);
  const valueAtRisk = candidates.find((x) => probability((loss) => loss <= x) >= level - 1e-12)!;
  const beyond = losses.reduce((sum, { loss, p }) => (loss > valueAtRisk ? sum + p * loss : sum), 0);
  const rest = 1 - level - probability((loss) => loss > valueAtRisk);
  return { valueAtRisk, expectedShortfall: (beyond + valueAtRisk * Math.max(0, rest)) / (1 - level) };
}

/** A chain's rows as specs again, to price by hand what a real chain holds. */
export function specsFrom(chain: Chain): ExpirySpec[] {
  return chain.expiries.map(({ underlying }, e) => ({
    underlying,
    years: chain.years[e],
    forward: chain.forward[e],
    strike: chain.strike.slice(chain.offset[e], chain.offset[e + 1]),
    volatility: chain.volatility.slice(chain.offset[e], chain.offset[e + 1]),
  }));
}
