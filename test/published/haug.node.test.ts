import { create } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { pathOf, readTable, WITHOUT_DATA } from './data.js';

/** The printed digits of the table of Greeks: four decimals. */
const PRINTED = 1e-4;

type Terms = 'type' | 'strike' | 'spot' | 'q' | 'r' | 't' | 'vol' | 'value';

function inputsOf(record: Record<Terms, string>) {
  return {
    type: record.type as 'call' | 'put',
    spot: Number(record.spot),
    strike: Number(record.strike),
    years: Number(record.t),
    volatility: Number(record.vol),
    rate: Number(record.r),
    dividend: Number(record.q),
  };
}

const core = await create();

const values = pathOf('tables', 'haug_european_values.csv');
describe.skipIf(!values)(`Haug's option values${values ? '' : ` (${WITHOUT_DATA})`}`, () => {
  const table = values ? readTable<Terms | 'tol'>(values) : [];

  it('has its rows', () => {
    expect(table.length).toBeGreaterThan(40);
  });

  it.each(table)('$type $strike of $spot, $t years at $vol: $value', (record) => {
    const price = core.evaluate(inputsOf(record)).price[0];
    expect(Math.abs(price - Number(record.value))).toBeLessThanOrEqual(Number(record.tol));
  });
});

const greeks = pathOf('tables', 'haug_european_greeks.csv');
describe.skipIf(!greeks)(`Haug's Greeks${greeks ? '' : ` (${WITHOUT_DATA})`}`, () => {
  const table = greeks ? readTable<Terms | 'greek'>(greeks) : [];

  /** The table's names in terms of ours; the last two are products of columns we return. */
  function greekOf(name: string, record: Record<Terms, string>): number {
    const inputs = inputsOf(record);
    const { price, delta, gamma, vega, theta, rho } = core.evaluate(inputs);
    switch (name) {
      case 'delta':
        return delta[0];
      case 'gamma':
        return gamma[0];
      case 'vega':
        return vega[0];
      case 'theta':
        return theta[0];
      case 'thetaPerDay':
        return theta[0] / 365;
      case 'rho':
        return rho[0];
      case 'elasticity':
        return (delta[0] * inputs.spot) / price[0];
      case 'dividendRho':
        return -inputs.years * inputs.spot * delta[0];
      default:
        throw new RangeError(`unknown Greek in the table: ${name}`);
    }
  }

  it.each(table)('$greek of a $type: $value', (record) => {
    expect(Math.abs(greekOf(record.greek, record) - Number(record.value))).toBeLessThanOrEqual(PRINTED);
  });
});
