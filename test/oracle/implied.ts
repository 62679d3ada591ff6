import {
  add,
  divide,
  exp,
  logRatio,
  multiply,
  negate,
  normal,
  productOf,
  sqrt,
  subtract,
  type DoubleDouble,
} from './double-double.js';
import type { Contract, Row } from './greeks.js';

/** A price to be inverted; the price is the exact value of its double, in coin for inverse settlement. */
export interface Quote extends Omit<Row, 'volatility'> {
  readonly price: number;
  readonly model?: Contract['model'];
  readonly settlement?: Contract['settlement'];
}

export interface Implied {
  readonly volatility: DoubleDouble;
  /**
   * Relative change of the volatility per relative change of the quoted price, |b / (s b')|: the attainable error
   * is (1 + conditioning) eps.
   */
  readonly conditioning: number;
  /** The same per relative change of the time value (the price of the out-of-the-money option of that strike). */
  readonly timeValueConditioning: number;
}

const ZERO: DoubleDouble = { high: 0, low: 0 };
const from = (x: number): DoubleDouble => ({ high: x, low: 0 });

/**
 * The volatility that gives the quoted price, to about 28 digits; undefined where there is none (at or below
 * intrinsic, at or above the maximum). Newton on ln(price) inside a bracket, with bisection when it leaves it.
 */
export function impliedVolatility(quote: Quote): Implied | undefined {
  const years = from(quote.years);
  const rootYears = sqrt(years);
  const discount = exp(negate(productOf(quote.rate, quote.years)));
  const onSpot = quote.underlier === 'spot';
  const growth = onSpot ? exp(negate(productOf(quote.dividend, quote.years))) : discount;
  const share = multiply(from(quote.underlying), growth);
  const cash = multiply(from(quote.strike), discount);
  const price = quote.settlement === 'inverse' ? productOf(quote.price, quote.underlying) : from(quote.price);

  const whole = quote.type === 'call' ? subtract(share, cash) : subtract(cash, share);
  const timeValue = whole.high > 0 ? subtract(price, whole) : price;
  const isNormal = quote.model === 'normal';
  const smaller = share.high < cash.high ? share : cash;
  if (!(timeValue.high > 0) || (!isNormal && !(subtract(smaller, timeValue).high > 0))) return undefined;

  // ln(F/K) in full; F - K discounted for the normal model.
  const carry = onSpot
    ? subtract(productOf(quote.rate, quote.years), productOf(quote.dividend, quote.years))
    : ZERO;
  const logMoneyness = isNormal ? ZERO : add(logRatio(quote.underlying, quote.strike), carry);
  const isCall = share.high < cash.high;

  /** Price and vega of the out-of-the-money option. */
  const valueAt = (volatility: DoubleDouble): { price: DoubleDouble; vega: DoubleDouble } => {
    const s = multiply(volatility, rootYears);
    if (isNormal) {
      const scaled = multiply(s, discount);
      const size = whole.high > 0 ? whole : negate(whole);
      const at = normal(divide(size, scaled));
      const time = subtract(multiply(scaled, at.density), multiply(size, at.above));
      return { price: time, vega: multiply(multiply(discount, rootYears), at.density) };
    }
    const middle = divide(logMoneyness, s);
    const half = { high: s.high / 2, low: s.low / 2 };
    const at1 = normal(add(middle, half));
    const at2 = normal(subtract(middle, half));
    const value = isCall
      ? subtract(multiply(share, at1.below), multiply(cash, at2.below))
      : subtract(multiply(cash, at2.above), multiply(share, at1.above));
    return { price: value, vega: multiply(multiply(share, at1.density), rootYears) };
  };

  // The normal model's volatility is in units of the underlying.
  const unit = isNormal ? Math.abs(whole.high) + timeValue.high : 1;
  let low = (1e-9 * unit) / rootYears.high;
  let high = (100 * unit * (isNormal ? 1e6 : 1)) / rootYears.high;
  let volatility = from(Math.sqrt(low * high));
  for (let iteration = 0; iteration < 400; iteration++) {
    const at = valueAt(volatility);
    const difference = subtract(at.price, timeValue);
    if (difference.high > 0) high = volatility.high;
    else low = volatility.high;
    // Newton on ln(price): the step is -(price / vega) ln(price / target).
    const ratio = divide(difference, timeValue);
    const slope = divide(at.price, at.vega);
    const step = Math.abs(ratio.high) < 1e-8 ? firstOrders(ratio) : from(Math.log1p(ratio.high));
    const next = subtract(volatility, multiply(slope, step));
    const change = Math.abs((next.high - volatility.high) / volatility.high);
    if (change < 1e-13) {
      const last = valueAt(next);
      const remaining = divide(subtract(last.price, timeValue), last.vega);
      const solution = subtract(next, remaining);
      const sensitivity = solution.high * last.vega.high;
      return {
        volatility: solution,
        conditioning: Math.abs(price.high / sensitivity),
        timeValueConditioning: Math.abs(timeValue.high / sensitivity),
      };
    }
    const inside = next.high > low && next.high < high && at.price.high > 0;
    volatility = inside ? next : from(Math.sqrt(low * high));
  }
  throw new Error(`no convergence for ${JSON.stringify(quote)}`);
}

/** ln(1 + c) for small c: c - c^2/2 + c^3/3. */
function firstOrders(c: DoubleDouble): DoubleDouble {
  const square = multiply(c, c);
  const third = divide(multiply(square, c), from(3));
  return add(subtract(c, { high: square.high / 2, low: square.low / 2 }), third);
}
