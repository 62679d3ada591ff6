/**
 * Let's Be Rational in scalar JavaScript, written by us from the paper's formulas: P. Jaeckel, "Let's Be Rational",
 * Wilmott (January 2015; revised 2016-2024). A rival to time against, not part of the package.
 *
 * The method as published: the price normalised by sqrt(F K) and moved to the out-of-the-money call; four branches of
 * the price, separated at the point of inflection and at the feet of its tangent; a guess by rational cubic
 * interpolation (Delbourgo and Gregory 1985) in each; two Householder steps of fourth order on 1/ln b, b or
 * ln(b_max - b). What differs: of the four forms of the normalised price there are the two that carry the load, by the
 * scaled complementary error function (Cody 1969) and for small s/2 the expansion to the twelfth order, here by the
 * recurrence of its derivatives; the asymptotic form for far tails is left to the expansion.
 */

/** Columns of quotes on forwards. */
export interface QuoteList {
  /** 1 call, -1 put. */
  readonly type: Int8Array;
  readonly under: Float64Array;
  readonly strike: Float64Array;
  readonly years: Float64Array;
  readonly rate: Float64Array;
  readonly price: Float64Array;
}

const ROOT_TWO_PI = 2.5066282746310002;
const PER_ROOT_TWO_PI = 0.3989422804014327;
const PER_ROOT_TWO = Math.SQRT1_2;
const PER_ROOT_THREE = 0.5773502691896257;
const TWO_PI = 6.283185307179586;
/** 2 pi / (3 sqrt(3)). */
const LOWER_SCALE = 1.2091995761561452;

/** exp(x^2) erfc(x) by Cody's rational approximations (Mathematics of Computation 23, 1969). */
function erfcx(x: number): number {
  const y = Math.abs(x);
  let value: number;
  if (y <= 0.46875) {
    const t = y * y;
    const over =
      (((0.18577770618460315 * t + 3.1611237438705655) * t + 113.86415415105016) * t + 377.485237685302) * t +
      3209.3775891384694;
    const under =
      (((t + 23.601290952344122) * t + 244.02463793444417) * t + 1282.6165260773723) * t + 2844.236833439171;
    return Math.exp(t) * (1 - (x * over) / under);
  }
  if (y <= 4) {
    const over =
      (((((((2.1531153547440383e-8 * y + 0.5641884969886701) * y + 8.883149794388377) * y +
        66.11919063714163) *
        y +
        298.6351381974001) *
        y +
        881.952221241769) *
        y +
        1712.0476126340707) *
        y +
        2051.0783778260716) *
        y +
      1230.3393547979972;
    const under =
      (((((((y + 15.744926110709835) * y + 117.6939508913125) * y + 537.1811018620099) * y +
        1621.3895745666903) *
        y +
        3290.7992357334597) *
        y +
        4362.619090143247) *
        y +
        3439.3676741437216) *
        y +
      1230.3393548037493;
    value = over / under;
  } else {
    const t = 1 / (y * y);
    const over =
      ((((0.016315387137302097 * t + 0.30532663496123236) * t + 0.3603448999498044) * t +
        0.12578172611122926) *
        t +
        0.01608378514874228) *
        t +
      0.0006587491615298378;
    const under =
      ((((t + 2.568520192289822) * t + 1.8729528499234673) * t + 0.5279051029514285) * t +
        0.06051834131244132) *
        t +
      0.0023352049762686918;
    value = (0.5641895835477563 - (t * over) / under) / y;
  }
  return x < 0 ? 2 * Math.exp(x * x) - value : value;
}

function normal(x: number): number {
  return 0.5 * Math.exp(-0.5 * x * x) * erfcx(-x * PER_ROOT_TWO);
}

/** N^-1(p), Wichura's algorithm AS 241 (Applied Statistics 37, 1988). */
function quantile(p: number): number {
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    const over =
      ((((((2509.0809287301227 * r + 33430.57558358813) * r + 67265.7709270087) * r + 45921.95393154987) * r +
        13731.69376550946) *
        r +
        1971.5909503065513) *
        r +
        133.14166789178438) *
        r +
      3.3871328727963665;
    const under =
      ((((((5226.495278852854 * r + 28729.085735721943) * r + 39307.89580009271) * r + 21213.794301586597) *
        r +
        5394.196021424751) *
        r +
        687.1870074920579) *
        r +
        42.31333070160091) *
        r +
      1;
    return (q * over) / under;
  }
  let r = Math.sqrt(-Math.log(q < 0 ? p : 1 - p));
  let value: number;
  if (r <= 5) {
    r -= 1.6;
    const over =
      ((((((0.0007745450142783414 * r + 0.022723844989269184) * r + 0.2417807251774506) * r +
        1.2704582524523684) *
        r +
        3.6478483247632045) *
        r +
        5.769497221460691) *
        r +
        4.630337846156546) *
        r +
      1.4234371107496837;
    const under =
      ((((((1.0507500716444169e-9 * r + 0.0005475938084995344) * r + 0.015198666563616457) * r +
        0.14810397642748008) *
        r +
        0.6897673349851) *
        r +
        1.6763848301838038) *
        r +
        2.053191626637759) *
        r +
      1;
    value = over / under;
  } else {
    r -= 5;
    const over =
      ((((((2.0103343992922881e-7 * r + 2.7115555687434876e-5) * r + 0.0012426609473880784) * r +
        0.026532189526576124) *
        r +
        0.29656057182850487) *
        r +
        1.7848265399172913) *
        r +
        5.463784911164114) *
        r +
      6.657904643501104;
    const under =
      ((((((2.0442631033899397e-15 * r + 1.421511758316446e-7) * r + 1.8463183175100548e-5) * r +
        0.0007868691311456133) *
        r +
        0.014875361290850615) *
        r +
        0.1369298809227358) *
        r +
        0.599832206555888) *
        r +
      1;
    value = over / under;
  }
  return q < 0 ? -value : value;
}

/** The normalised price of the out-of-the-money call, x = ln(F/K) <= 0. */
function priceOf(x: number, s: number): number {
  const h = x / s;
  const t = s / 2;
  if (t < 0.21) return smallPrice(h, t);
  const common = Math.exp(-0.5 * (h * h + t * t));
  return 0.5 * common * (erfcx(-PER_ROOT_TWO * (h + t)) - erfcx(-PER_ROOT_TWO * (h - t)));
}

/** Small t: density (Y(h + t) - Y(h - t)), Y = N/density, by its odd derivatives: Y' = 1 + h Y. */
function smallPrice(h: number, t: number): number {
  let before = 0.5 * ROOT_TWO_PI * erfcx(-PER_ROOT_TWO * h);
  let derivative = 1 + h * before;
  let term = 2 * t;
  let sum = derivative * term;
  for (let n = 1; n < 12; n += 2) {
    const even = h * derivative + n * before;
    const odd = h * even + (n + 1) * derivative;
    before = even;
    derivative = odd;
    term *= (t * t) / ((n + 1) * (n + 2));
    sum += odd * term;
  }
  return PER_ROOT_TWO_PI * Math.exp(-0.5 * (h * h + t * t)) * sum;
}

function vegaOf(x: number, s: number): number {
  const h = x / s;
  const t = s / 2;
  return PER_ROOT_TWO_PI * Math.exp(-0.5 * (h * h + t * t));
}

/** Rational cubic interpolation with control parameter r. */
function interpolate(
  x: number,
  left: number,
  right: number,
  yLeft: number,
  yRight: number,
  dLeft: number,
  dRight: number,
  r: number,
): number {
  const h = right - left;
  if (Math.abs(h) <= 0) return 0.5 * (yLeft + yRight);
  const t = (x - left) / h;
  const u = 1 - t;
  if (r > 1e15) return yRight * t + yLeft * u;
  const over =
    yRight * t * t * t +
    (r * yRight - h * dRight) * t * t * u +
    (r * yLeft + h * dLeft) * t * u * u +
    yLeft * u * u * u;
  return over / (1 + (r - 3) * t * u);
}

const LEAST_CONTROL = -(1 - 1.4901161193847656e-8);
const MOST_CONTROL = 2 / (2.220446049250313e-16 * 2.220446049250313e-16);

/** The least control parameter that keeps the shape. */
function leastControl(dLeft: number, dRight: number, slope: number, keepShape: boolean): number {
  const isMonotone = dLeft * slope >= 0 && dRight * slope >= 0;
  const isConvex = dLeft <= slope && slope <= dRight;
  const isConcave = dLeft >= slope && slope >= dRight;
  if (!isMonotone && !isConvex && !isConcave) return LEAST_CONTROL;
  let r1 = -Number.MAX_VALUE;
  let r2 = r1;
  if (isMonotone) {
    if (slope !== 0) r1 = (dRight + dLeft) / slope;
    else if (keepShape) r1 = MOST_CONTROL;
  }
  if (isConvex || isConcave) {
    if (slope - dLeft !== 0 && dRight - slope !== 0) {
      r2 = Math.max(
        Math.abs((dRight - dLeft) / (dRight - slope)),
        Math.abs((dRight - dLeft) / (slope - dLeft)),
      );
    } else if (keepShape) r2 = MOST_CONTROL;
  } else if (isMonotone && keepShape) r2 = MOST_CONTROL;
  return Math.max(LEAST_CONTROL, r1, r2);
}

/** The control parameter that gives the second derivative at an end, within the shape. */
function controlOf(
  left: number,
  right: number,
  yLeft: number,
  yRight: number,
  dLeft: number,
  dRight: number,
  second: number,
  keepShape: boolean,
  atRight: boolean,
): number {
  const h = right - left;
  const slope = (yRight - yLeft) / h;
  const over = 0.5 * h * second + (dRight - dLeft);
  const under = atRight ? dRight - slope : slope - dLeft;
  let r = 0;
  if (over !== 0) r = under === 0 ? (over > 0 ? MOST_CONTROL : LEAST_CONTROL) : over / under;
  return Math.max(r, leastControl(dLeft, dRight, slope, keepShape));
}

function householder(newton: number, halley: number, third: number): number {
  return (1 + 0.5 * halley * newton) / (1 + newton * (halley + third * newton * (1 / 6)));
}

/** Two steps on the price itself. */
function solveMiddle(beta: number, x: number, start: number): number {
  let s = start;
  for (let i = 0; i < 2; i += 1) {
    const newton = (beta - priceOf(x, s)) / vegaOf(x, s);
    const h = x / s;
    const halley = (h * h) / s - s / 4;
    const third = halley * halley - 3 * (h / s) * (h / s) - 0.25;
    s += newton * householder(newton, halley, third);
  }
  return s;
}

/** Two steps on 1/ln b. */
function solveLower(beta: number, x: number, start: number): number {
  const lnBeta = Math.log(beta);
  let s = start;
  for (let i = 0; i < 2; i += 1) {
    const b = priceOf(x, s);
    const lnB = Math.log(b);
    const ratio = vegaOf(x, s) / b;
    const h = x / s;
    const bHalley = (h * h) / s - s / 4;
    const newton = ((lnBeta - lnB) * lnB) / lnBeta / ratio;
    const halley = bHalley - ratio * (1 + 2 / lnB);
    const bThird = bHalley * bHalley - 3 * (h / s) * (h / s) - 0.25;
    const third =
      bThird + 2 * ratio * ratio * (1 + (3 / lnB) * (1 + 1 / lnB)) - 3 * bHalley * ratio * (1 + 2 / lnB);
    s += newton * householder(newton, halley, third);
  }
  return s;
}

/** Two steps on ln(b_max - b). */
function solveUpper(beta: number, most: number, x: number, start: number): number {
  let s = start;
  for (let i = 0; i < 2; i += 1) {
    const below = most - priceOf(x, s);
    const g = Math.log((most - beta) / below);
    const gPrime = vegaOf(x, s) / below;
    const h = x / s;
    const bHalley = (h * h) / s - s / 4;
    const bThird = bHalley * bHalley - 3 * (h / s) * (h / s) - 0.25;
    const newton = -g / gPrime;
    const halley = bHalley + gPrime;
    const third = bThird + gPrime * (2 * gPrime + 3 * bHalley);
    s += newton * householder(newton, halley, third);
  }
  return s;
}

/** s = volatility sqrt(T) from the normalised price of the out-of-the-money call. */
function deviationOf(beta: number, x: number): number {
  const most = Math.exp(0.5 * x);
  if (!(beta > 0) || beta >= most) return NaN;
  const sMiddle = Math.sqrt(Math.abs(2 * x));
  const bMiddle = priceOrHalf(x, sMiddle);
  const vMiddle = x === 0 ? PER_ROOT_TWO_PI : vegaOf(x, sMiddle);
  if (beta < bMiddle) {
    const sLow = sMiddle - bMiddle / vMiddle;
    const bLow = priceOf(x, sLow);
    if (beta < bLow) {
      const size = Math.abs(x);
      const z = (PER_ROOT_THREE * size) / sLow;
      const y = z * z;
      const square = sLow * sLow;
      const tail = normal(-z);
      const density = PER_ROOT_TWO_PI * Math.exp(-0.5 * y);
      const second =
        (Math.PI / 6) *
        (y / (square * sLow)) *
        tail *
        (8 * Math.sqrt(3) * sLow * size + (3 * square * (square - 8) - 8 * x * x) * (tail / density)) *
        Math.exp(2 * y + 0.25 * square);
      const first = TWO_PI * y * tail * tail * Math.exp(y + 0.125 * square);
      const f = LOWER_SCALE * size * tail * tail * tail;
      const r = controlOf(0, bLow, 0, f, 1, first, second, true, true);
      let value = interpolate(beta, 0, bLow, 0, f, 1, first, r);
      if (!(value > 0)) {
        const t = beta / bLow;
        value = (f * t + bLow * (1 - t)) * t;
      }
      const start = Math.abs((x * PER_ROOT_THREE) / quantile(Math.cbrt(value / (LOWER_SCALE * size))));
      return solveLower(beta, x, start);
    }
    const vLow = vegaOf(x, sLow);
    const r = controlOf(bLow, bMiddle, sLow, sMiddle, 1 / vLow, 1 / vMiddle, 0, false, true);
    return solveMiddle(beta, x, interpolate(beta, bLow, bMiddle, sLow, sMiddle, 1 / vLow, 1 / vMiddle, r));
  }
  const sHigh = sMiddle + (most - bMiddle) / vMiddle;
  const bHigh = priceOf(x, sHigh);
  if (beta <= bHigh) {
    const vHigh = vegaOf(x, sHigh);
    const r = controlOf(bMiddle, bHigh, sMiddle, sHigh, 1 / vMiddle, 1 / vHigh, 0, false, false);
    const start = interpolate(beta, bMiddle, bHigh, sMiddle, sHigh, 1 / vMiddle, 1 / vHigh, r);
    return solveMiddle(beta, x, start);
  }
  const w = (x / sHigh) * (x / sHigh);
  const f = normal(-0.5 * sHigh);
  const first = -0.5 * Math.exp(0.5 * w);
  const second = ((Math.sqrt(Math.PI / 2) * w) / sHigh) * Math.exp(w + 0.125 * sHigh * sHigh);
  const r = controlOf(bHigh, most, f, 0, first, -0.5, second, true, false);
  let value = interpolate(beta, bHigh, most, f, 0, first, -0.5, r);
  if (!(value > 0)) {
    const h = most - bHigh;
    const t = (beta - bHigh) / h;
    value = (f * (1 - t) + h * t * 0.5) * (1 - t);
  }
  const start = -2 * quantile(value);
  return beta > 0.5 * most ? solveUpper(beta, most, x, start) : solveMiddle(beta, x, start);
}

function priceOrHalf(x: number, s: number): number {
  return s > 0 ? priceOf(x, s) : 0;
}

/** Volatilities of the first `rows` quotes, NaN where there is none. */
export function solveByLetsBeRational(quotes: QuoteList, volatility: Float64Array, rows: number): void {
  const { type, under, strike, years, rate, price } = quotes;
  for (let i = 0; i < rows; i += 1) {
    const forward = under[i];
    const k = strike[i];
    const undiscounted = price[i] * Math.exp(rate[i] * years[i]);
    const x = Math.log(forward / k);
    const whole = type[i] * (forward - k);
    const time = whole > 0 ? undiscounted - whole : undiscounted;
    volatility[i] = deviationOf(time / Math.sqrt(forward * k), -Math.abs(x)) / Math.sqrt(years[i]);
  }
}
