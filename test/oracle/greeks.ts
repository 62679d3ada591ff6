import type { Arithmetic, Normal } from './arithmetic.js';
import { decimalArithmetic } from './decimal.js';
import { doubleDoubleArithmetic } from './double-double.js';

/** Every sensitivity, in the order of the fixtures' columns. */
export const SENSITIVITIES = [
  'price',
  'delta',
  'gamma',
  'vega',
  'theta',
  'rho',
  'vanna',
  'volga',
  'charm',
  'speed',
  'zomma',
  'color',
] as const;
export type Sensitivity = (typeof SENSITIVITIES)[number];

/** How many of {@link SENSITIVITIES} an order holds: 1, 2, 3. */
export const COUNT_OF_ORDER = { 1: 6, 2: 9, 3: 12 } as const;

/** One option; every number is taken as the exact value of its double. */
export interface Row {
  readonly type: 'call' | 'put';
  /** What `underlying` is: a spot (Black-Scholes-Merton) or the forward (Black-76). */
  readonly underlier: 'spot' | 'forward';
  readonly underlying: number;
  readonly strike: number;
  readonly years: number;
  readonly volatility: number;
  readonly rate: number;
  /** Continuous yield of the spot; not read on forward rows. */
  readonly dividend: number;
}

/** The contract around a row; lognormal, vanilla and linear where not said. */
export interface Contract {
  readonly model?: 'lognormal' | 'normal';
  readonly payoff?: 'vanilla' | 'digital';
  readonly settlement?: 'linear' | 'inverse';
}

/**
 * A value with the sum of the absolute values of the terms of the formula that gives it. The rule is mechanical:
 * terms(a + b) = terms(a) + terms(b), terms(a b) = terms(a) terms(b), and a root, an exponential, a density or a tail
 * is one term of its own size. So d1 and d2, which are sums, carry D as their terms (below), and nothing is padded.
 */
export interface Exact<T> {
  readonly value: T;
  readonly terms: number;
}

export interface Valuation<T> {
  readonly sensitivity: Readonly<Record<Sensitivity, Exact<T>>>;
  /**
   * What the rounding of d1 and d2 scales with: (|ln(S/K)| + (|rate| + |dividend|) T)/s + s/2 with s = vol sqrt(T);
   * on forward rows the rates are not in d1 and not in D. Normal model: the terms of d = (F - K)/s, with F - K one
   * term on forward rows and F, K two terms on spot rows (there F is computed).
   */
  readonly D: number;
}

/** eps of the bars, 2^-52. */
export const EPSILON = 2 ** -52;

/** Sums and products of values that carry their terms. */
function algebraOf<T>(arithmetic: Arithmetic<T>) {
  const single = (value: T): Exact<T> => ({ value, terms: Math.abs(arithmetic.toNumber(value)) });
  const plus = (a: Exact<T>, b: Exact<T>): Exact<T> => ({
    value: arithmetic.add(a.value, b.value),
    terms: a.terms + b.terms,
  });
  const minus = (a: Exact<T>, b: Exact<T>): Exact<T> => ({
    value: arithmetic.subtract(a.value, b.value),
    terms: a.terms + b.terms,
  });
  const times = (a: Exact<T>, b: Exact<T>): Exact<T> => ({
    value: arithmetic.multiply(a.value, b.value),
    terms: a.terms * b.terms,
  });
  /** b is a single term: a quotient by a sum has no terms. */
  const over = (a: Exact<T>, b: Exact<T>): Exact<T> => ({
    value: arithmetic.divide(a.value, b.value),
    terms: a.terms / b.terms,
  });
  const number = (x: number): Exact<T> => single(arithmetic.from(x));
  const root = (a: Exact<T>): Exact<T> => single(arithmetic.sqrt(a.value));
  const exponential = (a: Exact<T>): Exact<T> => single(arithmetic.exp(a.value));
  const logRatio = (a: number, b: number): Exact<T> => single(arithmetic.logRatio(a, b));
  const normal = (x: Exact<T>): Normal<Exact<T>> => {
    const at = arithmetic.normal(x.value);
    return { density: single(at.density), below: single(at.below), above: single(at.above) };
  };
  const product = (first: Exact<T>, ...rest: Exact<T>[]): Exact<T> => rest.reduce(times, first);
  return { plus, minus, times, over, number, root, exponential, logRatio, normal, product };
}

type Values<T> = Record<Sensitivity, Exact<T>>;

/**
 * An oracle on one arithmetic. Conventions are those of the package: vega per 1.00, theta, charm and color per year
 * of calendar time (minus the derivative in years to expiry), rho with the spot held on spot rows and the forward
 * held on forward rows. Inverse contracts: V = price / underlying, and every sensitivity the derivative of V.
 *
 * Formulas: Haug, The Complete Guide to Option Pricing Formulas, 2nd ed., chapter 2 (Greeks) and 4.19 (digital);
 * Bachelier as in Haug 1.3.1 with a discount factor. Coin forms are their derivatives of price / underlying.
 */
export function oracleOn<T>(arithmetic: Arithmetic<T>) {
  const { plus, minus, times, over, number, root, exponential, logRatio, normal, product } =
    algebraOf(arithmetic);
  const zero = number(0);
  const one = number(1);
  const two = number(2);
  const three = number(3);

  function inputsOf(row: Row) {
    const years = number(row.years);
    const volatility = number(row.volatility);
    const rootYears = root(years);
    const rate = number(row.rate);
    const onSpot = row.underlier === 'spot';
    const sign = number(row.type === 'call' ? 1 : -1);
    return {
      years,
      volatility,
      rootYears,
      rate,
      onSpot,
      sign,
      isCall: row.type === 'call',
      s: times(volatility, rootYears),
      underlying: number(row.underlying),
      strike: number(row.strike),
      /** The yield that discounts the underlying: a forward behaves as a spot that yields the rate. */
      yieldRate: onSpot ? number(row.dividend) : rate,
      /** Drift of the underlying, rate - dividend; none on a forward. */
      carry: onSpot ? minus(rate, number(row.dividend)) : zero,
      discount: exponential(times(number(-row.rate), years)),
      twiceYears: times(two, years),
    };
  }
  type Inputs = ReturnType<typeof inputsOf>;

  /** d1 and d2 with their rates of change in years: dd1 = carry/s - d2/(2T), dd2 = carry/s - d1/(2T). */
  function distancesOf(row: Row, { s, carry, years, twiceYears }: Inputs) {
    const middle = over(plus(logRatio(row.underlying, row.strike), times(carry, years)), s);
    const half = over(s, two);
    const d1 = plus(middle, half);
    // The terms of d2 are those of d1: its value alone is a difference.
    const d2 = minus(middle, half);
    const drift = over(carry, s);
    return {
      d1,
      d2,
      d1PerYear: minus(drift, over(d2, twiceYears)),
      d2PerYear: minus(drift, over(d1, twiceYears)),
    };
  }

  /** Black-Scholes-Merton and Black-76, linear or in coin. */
  function lognormalVanilla(row: Row, inverse: boolean): Valuation<T> {
    const inputs = inputsOf(row);
    const { years, volatility, rootYears, rate, sign, isCall, s, underlying, strike } = inputs;
    const { yieldRate, carry, discount, twiceYears, onSpot } = inputs;
    const { d1, d2, d1PerYear, d2PerYear } = distancesOf(row, inputs);
    const at1 = normal(d1);
    const at2 = normal(d2);
    const growth = onSpot ? exponential(times(number(-row.dividend), years)) : discount;
    const share = times(growth, isCall ? at1.below : at1.above);
    const cash = product(strike, discount, isCall ? at2.below : at2.above);
    const density = times(growth, at1.density);

    const price = times(sign, minus(times(underlying, share), cash));
    const gamma = over(density, times(underlying, s));
    const vega = product(underlying, density, rootYears);
    const decay = over(product(underlying, density, volatility), times(two, rootYears));
    const carried = times(sign, minus(product(yieldRate, underlying, share), times(rate, cash)));
    const linear: Values<T> = {
      price,
      delta: times(sign, share),
      gamma,
      vega,
      theta: minus(carried, decay),
      rho: onSpot ? product(sign, years, cash) : minus(zero, times(years, price)),
      vanna: minus(zero, over(times(density, d2), volatility)),
      volga: over(product(vega, d1, d2), volatility),
      charm: minus(product(sign, yieldRate, share), times(density, d1PerYear)),
      speed: minus(zero, times(over(gamma, underlying), plus(one, over(d1, s)))),
      zomma: times(over(gamma, volatility), minus(times(d1, d2), one)),
      color: times(
        gamma,
        plus(plus(yieldRate, over(times(carry, d1), s)), over(minus(one, times(d1, d2)), twiceYears)),
      ),
    };
    if (!inverse) return { sensitivity: linear, D: d1.terms };

    // In coin the share term loses its slope: d/du of (growth N(d1) - cash/u) leaves cash / u^2 alone.
    const slope = over(times(sign, cash), times(underlying, underlying));
    return {
      sensitivity: inCoin(linear, underlying, {
        delta: slope,
        vanna: minus(zero, over(times(density, d1), times(volatility, underlying))),
        charm: minus(times(rate, slope), over(times(density, d2PerYear), underlying)),
      }),
      D: d1.terms,
    };
  }

  /** Pays one unit of cash when it ends in the money: V = discount N(+-d2). */
  function lognormalDigital(row: Row, inverse: boolean): Valuation<T> {
    const inputs = inputsOf(row);
    const { years, volatility, rate, sign, isCall, s, underlying, carry, discount, twiceYears, onSpot } =
      inputs;
    const { d1, d2, d1PerYear, d2PerYear } = distancesOf(row, inputs);
    const at2 = normal(d2);
    const price = times(discount, isCall ? at2.below : at2.above);
    const density = product(sign, discount, at2.density);
    const delta = over(density, times(underlying, s));
    const squared = times(times(underlying, s), times(underlying, s));
    const curvature = over(minus(zero, density), squared);
    const d12 = times(d1, d2);
    const held = minus(zero, times(years, price));
    const linear: Values<T> = {
      price,
      delta,
      gamma: times(curvature, d1),
      vega: minus(zero, over(times(density, d1), volatility)),
      theta: minus(times(rate, price), times(density, d2PerYear)),
      rho: onSpot ? plus(held, over(times(density, years), s)) : held,
      vanna: times(over(delta, volatility), minus(d12, one)),
      volga: times(
        over(minus(zero, density), times(volatility, volatility)),
        minus(minus(times(d12, d1), d1), d2),
      ),
      charm: times(delta, plus(plus(rate, over(times(carry, d2), s)), over(minus(one, d12), twiceYears))),
      speed: times(over(curvature, underlying), minus(over(minus(one, d12), s), times(two, d1))),
      zomma: times(over(curvature, volatility), minus(minus(times(d12, d1), d2), times(two, d1))),
      color: times(
        curvature,
        plus(plus(times(rate, d1), minus(times(d12, d2PerYear), d1PerYear)), over(d1, years)),
      ),
    };
    return { sensitivity: inverse ? inCoin(linear, underlying) : linear, D: d1.terms };
  }

  /** Bachelier: the forward is normal with an absolute volatility; spot rows take F = S exp((rate - dividend) T). */
  function normalModel(row: Row, digital: boolean, inverse: boolean): Valuation<T> {
    const inputs = inputsOf(row);
    const { years, volatility, rootYears, rate, sign, isCall, s, underlying, strike, discount, carry } =
      inputs;
    const { onSpot, twiceYears } = inputs;
    const growth = onSpot ? exponential(times(carry, years)) : one;
    const forward = times(underlying, growth);
    const difference = minus(forward, strike);
    const moneyness = onSpot
      ? difference
      : { value: difference.value, terms: Math.abs(arithmetic.toNumber(difference.value)) };
    const d = over(moneyness, s);
    const at = normal(d);
    const inside = times(discount, isCall ? at.below : at.above);
    const density = times(discount, at.density);
    const dd = times(d, d);
    const bell = over(density, s);
    let onForward: Values<T>;
    if (digital) {
      const delta = times(sign, bell);
      const gamma = minus(zero, over(times(delta, d), s));
      const cube = times(dd, d);
      const tilt = over(times(minus(zero, sign), density), volatility);
      onForward = {
        price: inside,
        delta,
        gamma,
        vega: times(tilt, d),
        theta: plus(times(rate, inside), over(product(sign, density, d), twiceYears)),
        rho: minus(zero, times(years, inside)),
        vanna: times(over(delta, volatility), minus(dd, one)),
        volga: times(over(tilt, volatility), minus(cube, times(two, d))),
        charm: times(delta, plus(rate, over(minus(one, dd), twiceYears))),
        speed: times(over(delta, times(s, s)), minus(dd, one)),
        zomma: times(over(tilt, times(s, s)), minus(cube, times(three, d))),
        color: times(gamma, plus(rate, over(minus(three, dd), twiceYears))),
      };
    } else {
      const price = plus(product(sign, moneyness, inside), times(s, density));
      const delta = times(sign, inside);
      const vega = times(density, rootYears);
      onForward = {
        price,
        delta,
        gamma: bell,
        vega,
        theta: minus(times(rate, price), over(times(volatility, density), times(two, rootYears))),
        rho: minus(zero, times(years, price)),
        vanna: minus(zero, over(times(density, d), volatility)),
        volga: over(times(vega, dd), volatility),
        charm: plus(times(rate, delta), over(times(density, d), twiceYears)),
        speed: minus(zero, over(times(bell, d), s)),
        zomma: times(over(bell, volatility), minus(dd, one)),
        color: times(bell, plus(rate, over(minus(one, dd), twiceYears))),
      };
    }
    const linear = onSpot ? fromForward(onForward, forward, growth, carry, years) : onForward;
    return { sensitivity: inverse ? inCoin(linear, underlying) : linear, D: d.terms };
  }

  /** Chain rule from the forward to the spot: F = a S, a = exp(carry T). */
  function fromForward(
    on: Values<T>,
    forward: Exact<T>,
    a: Exact<T>,
    carry: Exact<T>,
    years: Exact<T>,
  ): Values<T> {
    const drift = times(carry, forward);
    const aa = times(a, a);
    return {
      price: on.price,
      delta: times(a, on.delta),
      gamma: times(aa, on.gamma),
      vega: on.vega,
      theta: minus(on.theta, times(drift, on.delta)),
      rho: plus(on.rho, product(years, forward, on.delta)),
      vanna: times(a, on.vanna),
      volga: on.volga,
      charm: times(a, minus(minus(on.charm, times(carry, on.delta)), times(drift, on.gamma))),
      speed: product(a, aa, on.speed),
      zomma: times(aa, on.zomma),
      color: times(aa, minus(minus(on.color, product(two, carry, on.gamma)), times(drift, on.speed))),
    };
  }

  /**
   * Derivatives of V = price / u from those of price: V' = (price' - V)/u, V'' = (price'' - 2 V')/u and so on.
   * `closed` gives those whose closed form has fewer terms; the others stand on it.
   */
  function inCoin(
    linear: Values<T>,
    u: Exact<T>,
    closed?: Pick<Values<T>, 'delta' | 'vanna' | 'charm'>,
  ): Values<T> {
    const price = over(linear.price, u);
    const vega = over(linear.vega, u);
    const theta = over(linear.theta, u);
    const delta = closed?.delta ?? over(minus(linear.delta, price), u);
    const vanna = closed?.vanna ?? over(minus(linear.vanna, vega), u);
    const charm = closed?.charm ?? over(minus(linear.charm, theta), u);
    const gamma = over(minus(linear.gamma, times(two, delta)), u);
    return {
      price,
      delta,
      gamma,
      vega,
      theta,
      rho: over(linear.rho, u),
      vanna,
      volga: over(linear.volga, u),
      charm,
      speed: over(minus(linear.speed, times(three, gamma)), u),
      zomma: over(minus(linear.zomma, times(two, vanna)), u),
      color: over(minus(linear.color, times(two, charm)), u),
    };
  }

  return function value(row: Row, contract: Contract = {}): Valuation<T> {
    const inverse = contract.settlement === 'inverse';
    const digital = contract.payoff === 'digital';
    if (contract.model === 'normal') return normalModel(row, digital, inverse);
    return digital ? lognormalDigital(row, inverse) : lognormalVanilla(row, inverse);
  };
}

/** 100 digits, milliseconds a row. */
export const valueInDecimal = oracleOn(decimalArithmetic);
/** 31 digits, microseconds a row. */
export const valueInDoubleDouble = oracleOn(doubleDoubleArithmetic);
