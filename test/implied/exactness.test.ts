import { create, ImpliedStatus } from 'greekfire';
import { afterAll, describe, expect, it } from 'vitest';
import { errorOf, ErrorTable } from '../oracle/errors.js';
import { EPSILON } from '../oracle/greeks.js';
import { casesOf, columnsOf, IMPLIED_REGIMES, type Case, type Choice } from './cases.js';

/** 105,000 linear lognormal quotes over seven regimes, spot and forward; a tenth in a browser. */
const QUOTES = typeof window === 'undefined' ? 7_500 : 750;
/** Of each other kind. */
const FEWER = QUOTES / 7.5;

const core = await create();
const table = new ErrorTable("implied volatility, units of (1 + |b/(s b')|) eps relative");

afterAll(() => {
  console.log(table.toString());
});

/** Relative error of a volatility in units of (1 + attainable) eps, the bar being 4. */
function unitsOf(volatility: number, { exact }: Case): number {
  const relative = errorOf(volatility, exact.volatility) / exact.volatility.high;
  const units = relative / (EPSILON * (1 + exact.conditioning));
  return Number.isNaN(units) ? Infinity : units;
}

const KINDS: readonly (Choice & { readonly quotes: number })[] = [
  { model: 'lognormal', underlier: 'forward', settlement: 'linear', quotes: QUOTES },
  { model: 'lognormal', underlier: 'spot', settlement: 'linear', quotes: QUOTES },
  { model: 'lognormal', underlier: 'forward', settlement: 'inverse', quotes: FEWER },
  { model: 'lognormal', underlier: 'spot', settlement: 'inverse', quotes: FEWER },
  { model: 'normal', underlier: 'forward', settlement: 'linear', quotes: FEWER },
  { model: 'normal', underlier: 'spot', settlement: 'linear', quotes: FEWER },
];

describe.each(KINDS)('$model model, $underlier, $settlement', ({ quotes, ...kind }) => {
  const name = `${kind.model} ${kind.underlier}${kind.settlement === 'inverse' ? ' inverse' : ''}`;

  it.each(IMPLIED_REGIMES)('%s: every quote solved, within 4 (1 + attainable) eps', (regime) => {
    const cases = casesOf(regime, quotes, 1, kind);
    const columns = columnsOf(cases.map(({ quote }) => quote));
    const { volatility, status } = core.impliedVolatility(columns);
    const units = cases.map((each, row) => unitsOf(volatility[row], each));
    for (const unit of units) table.add(regime, name, unit);
    expect(cases).toHaveLength(quotes);
    const unsolved = cases.filter((_, row) => status[row] !== ImpliedStatus.ok);
    expect(unsolved.map(({ quote }) => quote)).toEqual([]);
    const worst = cases.filter((_, row) => !(units[row] <= 4));
    expect(worst.map(({ quote }) => quote)).toEqual([]);
  });

  it.each(IMPLIED_REGIMES)('%s: a guess changes no digit that counts', (regime) => {
    const cases = casesOf(regime, Math.ceil(quotes / 25), 2, kind);
    const columns = columnsOf(cases.map(({ quote }) => quote));
    const exact = cases.map(({ exact: { volatility } }) => volatility.high);
    const guesses: Record<string, Float64Array> = {
      'the answer': Float64Array.from(exact),
      '1 % off': Float64Array.from(exact, (v, row) => v * (row % 2 ? 1.01 : 0.99)),
      '30 % off': Float64Array.from(exact, (v, row) => v * (row % 2 ? 1.3 : 0.7)),
      'far too small': Float64Array.from(exact, (v) => v * 1e-6),
      'far too large': Float64Array.from(exact, (v) => v * 1e6),
      zero: new Float64Array(exact.length),
      negative: Float64Array.from(exact, (v) => -v),
      infinite: new Float64Array(exact.length).fill(Infinity),
      'no number': new Float64Array(exact.length).fill(NaN),
      'of all kinds': Float64Array.from(exact, (v, row) => [v, NaN, 1e300, v * 2, -1, 5e-324][row % 6]),
    };
    for (const [what, guess] of Object.entries(guesses)) {
      const { volatility, status } = core.impliedVolatility({ ...columns, guess });
      cases.forEach((each, row) => {
        expect(status[row], `${what}, row ${row}`).toBe(ImpliedStatus.ok);
        expect(unitsOf(volatility[row], each), `${what}, row ${row}`).toBeLessThanOrEqual(4);
      });
    }
  });
});
