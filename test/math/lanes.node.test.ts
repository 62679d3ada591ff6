import { afterAll, describe, expect, it } from 'vitest';
import {
  add,
  exp,
  logRatio,
  millsRatio,
  multiply,
  normal,
  productOf,
  subtract,
  type DoubleDouble,
} from '../oracle/double-double.js';
import { errorOf } from '../oracle/errors.js';
import { drawFrom, type Draw } from '../oracle/regimes.js';
import { compileProbe } from './probe.js';
import { exponentOf, summaryOf, type Summary } from './ulp.js';

const probe = await compileProbe();
const POINTS = 20_000;
const table: string[] = [`${'function'.padEnd(34)}median  worst  at`];
afterAll(() => {
  console.log(table.join('\n'));
});

/** Puts a summary into the table that is printed. */
function listed(name: string, summary: Summary): Summary {
  const { median, worst, at } = summary;
  table.push(`${name.padEnd(34)}${median.toFixed(3)}   ${worst.toFixed(3)}  ${at}`);
  return summary;
}

function pointsOf(seed: number, draw: (random: Draw) => number): Float64Array {
  const random = drawFrom(seed);
  return Float64Array.from({ length: POINTS }, () => draw(random));
}

/** A case of a table: its name, its seed, and what draws its points. */
type Case = [name: string, seed: number, draw: (random: Draw) => number];

/** Log-uniform in [2^-1020, 2^1021): normal doubles whose sums, and halves of whose ratios, are normal too. */
const anyScale = (random: Draw): number =>
  random.between(1, 2) * 2 ** Math.floor(random.between(-1020, 1020.999));

const from = (x: number): DoubleDouble => ({ high: x, low: 0 });
const LN2 = logRatio(2, 1);
const ONE = from(1);

/** ln(u/v) of any normal numbers: powers of two are split off, lest quotient or sum leave the range. */
function exactLogRatio(u: number, v: number): DoubleDouble {
  const shift = exponentOf(v);
  const scaled = v * 2 ** -Math.trunc(shift / 2) * 2 ** -(shift - Math.trunc(shift / 2));
  const other = exponentOf(u);
  const k = Math.abs(other - shift) <= 1 ? shift : other;
  const mantissa = u * 2 ** -Math.trunc(k / 2) * 2 ** -(k - Math.trunc(k / 2));
  const powers = add(productOf(k - shift, LN2.high), productOf(k - shift, LN2.low));
  return add(logRatio(mantissa, scaled), powers);
}

/** exp(-x^2/2) 2^500: scaled, so that the oracle's low parts do not underflow where the values nearly do. */
const SCALE = 500;
function exactBell(x: number): DoubleDouble {
  const square = productOf(x, x);
  const powers = add(productOf(SCALE, LN2.high), productOf(SCALE, LN2.low));
  return exp(add({ high: -square.high / 2, low: -square.low / 2 }, powers));
}
const DENSITY_AT_ZERO = normal(from(0)).density;
const exactRatio = (x: number): DoubleDouble => multiply(DENSITY_AT_ZERO, millsRatio(from(x)));
const scaled = (column: Float64Array): Float64Array => column.map((y) => y * 2 ** SCALE);

/** Arguments (k + 1/2) ln 2, give or take a rounding: there the reduced argument is largest. */
function halfway(random: Draw): number {
  const k = Math.floor(random.between(-1021, 1023)) + 0.5;
  return k * Math.LN2 * (1 + random.between(-1, 1) * 2 ** -40);
}

describe('exp: at most 1 ulp at the median, 4 at the worst', () => {
  it.each([
    ['over all normal results', 1, (random) => random.between(-708.3964, 709.7827)],
    ['near 0', 2, (random) => random.scale(1e-18, 1) * random.either(1, -1)],
    ['next to odd halves of ln 2', 3, halfway],
  ] as Case[])('%s', (name, seed, draw) => {
    const x = pointsOf(seed, draw);
    const { median, worst } = listed(
      `exp ${name}`,
      summaryOf(x, probe('exp', x).out, (at) => exp(from(at))),
    );
    expect(median).toBeLessThanOrEqual(1);
    expect(worst).toBeLessThanOrEqual(4);
  });

  it('takes up a part of the argument below its last bit', () => {
    const x = pointsOf(4, (random) => random.between(-708, 709));
    const low = x.map((at) => at * 2 ** -53 * 0.99);
    const exact = (at: number, i: number): DoubleDouble => exp(add(from(at), from(low[i])));
    const { median, worst } = listed('expSum', summaryOf(x, probe('expSum', x, low).out, exact));
    expect(median).toBeLessThanOrEqual(1);
    expect(worst).toBeLessThanOrEqual(4);
  });

  it('is 0 where the result would be subnormal, Infinity above the largest double, 1 at 0', () => {
    const x = Float64Array.of(
      -Infinity,
      -1e308,
      -746,
      -708.3964185322643,
      709.7827128933841,
      1e308,
      Infinity,
      0,
      -0,
    );
    expect([...probe('exp', x).out]).toEqual([0, 0, 0, 0, Infinity, Infinity, Infinity, 1, 1]);
  });

  it('is the least normal double and nearly the largest at the ends', () => {
    const [least, most] = probe('exp', Float64Array.of(-708.3964185322641, 709.782712893384)).out;
    expect(least * 2 ** 1022).toBeCloseTo(1, 12);
    expect(most / Number.MAX_VALUE).toBeCloseTo(1, 12);
  });
});

describe('exp(x) - 1: at most 1 ulp at the median, 4 at the worst', () => {
  it.each([
    ['over its range', 5, (random) => random.between(0, 709)],
    ['near 0', 6, (random) => random.scale(1e-9, 1)],
  ] as Case[])('%s', (name, seed, draw) => {
    const x = pointsOf(seed, draw);
    const exact = (at: number): DoubleDouble => subtract(exp(from(at)), ONE);
    const { median, worst } = listed(`expm1 ${name}`, summaryOf(x, probe('expm1', x).out, exact));
    expect(median).toBeLessThanOrEqual(1);
    expect(worst).toBeLessThanOrEqual(4);
  });
});

describe('ln(u/v): at most 1 ulp at the median, 4 at the worst', () => {
  const random = drawFrom(11);
  const ones = new Float64Array(POINTS).fill(1);
  const cases: [string, Float64Array, Float64Array][] = [
    ['v = 1, u of any scale', pointsOf(7, anyScale), ones],
    ['u and v of any scale', pointsOf(8, anyScale), pointsOf(9, anyScale)],
    ['u/v in [1/4, 4]', pointsOf(10, (r) => r.scale(0.25, 4)), ones],
  ];
  const under = pointsOf(12, anyScale);
  const near = under.map((v) => v * (1 + random.scale(2 ** -52, 0.1) * random.either(1, -1)));
  cases.push(['u near v', near, under]);

  it.each(cases)('%s', (name, u, v) => {
    const exact = (at: number, i: number): DoubleDouble => exactLogRatio(at, v[i]);
    const { median, worst } = listed(`log ${name}`, summaryOf(u, probe('logRatio', u, v).out, exact));
    expect(median).toBeLessThanOrEqual(1);
    expect(worst).toBeLessThanOrEqual(4);
  });

  it('holds to the ends of its range', () => {
    const u = Float64Array.of(1e300, 9e299, 1, 0.8, 1e-300, 1e300);
    const v = Float64Array.of(1.2e299, 8.991e299, 1e300, 1e-300, 1.3e-300, 1e-300);
    const { worst } = summaryOf(u, probe('logRatio', u, v).out, (at, i) => exactLogRatio(at, v[i]));
    expect(worst).toBeLessThanOrEqual(4);
  });

  it('is +0 where u = v', () => {
    const u = pointsOf(13, anyScale);
    expect(probe('logRatio', u, u).out.every((y) => Object.is(y, 0))).toBe(true);
  });
});

describe('ln in two doubles', () => {
  /** |high + low - exact|. */
  const errorsOf = (
    x: Float64Array,
    { out, low }: ReturnType<typeof probe>,
    exact: typeof exactLogRatio,
    y: Float64Array,
  ) =>
    x.map((at, i) => {
      const truth = exact(at, y[i]);
      return errorOf(0, subtract(truth, add(from(out[i]), from(low[i]))));
    });

  it('errs by less than 2e-21 for numbers from 1e-12 to 1e12', () => {
    const x = pointsOf(14, (random) => random.scale(1e-12, 1e12));
    const ones = new Float64Array(POINTS).fill(1);
    const worst = errorsOf(x, probe('log', x), logRatio, ones).reduce((a, b) => Math.max(a, b), 0);
    table.push(`log in two doubles: worst ${worst.toExponential(2)}`);
    expect(worst).toBeLessThan(2e-21);
  });

  it('errs by less than 1e-25 of itself for a ratio next to 1', () => {
    const random = drawFrom(15);
    const y = pointsOf(16, (r) => r.scale(1e-6, 1e6));
    const x = y.map((v) => v * (1 + random.scale(2 ** -50, 1e-3) * random.either(1, -1)));
    const errors = errorsOf(x, probe('logRatioFine', x, y), logRatio, y);
    const worst = errors.reduce((a, e, i) => Math.max(a, e / Math.abs(logRatio(x[i], y[i]).high)), 0);
    table.push(`log ratio in two doubles, next to 1: worst ${worst.toExponential(2)} of itself`);
    expect(worst).toBeLessThan(1e-25);
  });

  it('keeps its low part below half an ulp of its high part', () => {
    const x = pointsOf(17, anyScale);
    const { out, low } = probe('log', x);
    expect(out.every((high, i) => high + low[i] === high)).toBe(true);
  });
});

describe('the normal tail', () => {
  const cases: Case[] = [
    ['[0, 37.5]', 18, (random) => random.between(0, 37.5)],
    ['[0, 8]', 19, (random) => random.between(0, 8)],
    ['near 0', 20, (random) => random.scale(1e-18, 1)],
  ];

  it.each(cases)('N(-x) is good to 1 ulp at the median, 8 at the worst on %s', (name, seed, draw) => {
    const x = pointsOf(seed, draw);
    const exact = (at: number): DoubleDouble => multiply(exactBell(at), exactRatio(at));
    const { median, worst } = listed(`tail ${name}`, summaryOf(x, scaled(probe('tail', x).out), exact));
    expect(median).toBeLessThanOrEqual(1);
    expect(worst).toBeLessThanOrEqual(8);
  });

  it.each(cases)('exp(-x^2/2) is good to 1 ulp at the median, 4 at the worst on %s', (name, seed, draw) => {
    const x = pointsOf(seed, draw);
    const { median, worst } = listed(`bell ${name}`, summaryOf(x, scaled(probe('bell', x).out), exactBell));
    expect(median).toBeLessThanOrEqual(1);
    expect(worst).toBeLessThanOrEqual(4);
  });

  it('R = P/Q is good to 1 ulp at the median, 8 at the worst on [0, 38.6]', () => {
    const x = pointsOf(21, (random) => random.between(0, 38.6));
    const { median, worst } = listed('ratio [0, 38.6]', summaryOf(x, probe('ratio', x).out, exactRatio));
    expect(median).toBeLessThanOrEqual(1);
    expect(worst).toBeLessThanOrEqual(8);
  });

  it('is a half at 0', () => {
    expect(probe('tail', Float64Array.of(0, -0)).out).toEqual(Float64Array.of(0.5, 0.5));
  });

  it('is 0 where the density underflows, while R still falls', () => {
    const x = Float64Array.from({ length: 256 }, (_, i) => 38.6 + i / 10);
    expect(probe('tail', x).out).toEqual(new Float64Array(256));
    const ratio = probe('ratio', x).out;
    expect(ratio.every((y, i) => y > 0 && (i === 0 || y < ratio[i - 1]))).toBe(true);
  });
});
