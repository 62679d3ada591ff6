import { readFileSync } from 'node:fs';
import { create } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { pathOf, WITHOUT_DATA } from './data.js';

const path = pathOf('tables', 'py_vollib_test_data.json');

/** The table's columns of one side, in our names. */
const SIDES = {
  call: { price: 'bs_call', delta: 'CD', gamma: 'CG', vega: 'CV', theta: 'CT', rho: 'CR' },
  put: { price: 'bs_put', delta: 'PD', gamma: 'PG', vega: 'PV', theta: 'PT', rho: 'PR' },
} as const;

/** Values are printed to nine decimals, the large ones to nine significant digits or more. */
function printedTo(value: number): number {
  return Math.max(5.01e-10, 1e-9 * Math.abs(value));
}

const core = await create();

describe.skipIf(!path)(`py_vollib's rows${path ? '' : ` (${WITHOUT_DATA})`}`, () => {
  const table = path
    ? (JSON.parse(readFileSync(path, 'utf8')) as { columns: string[]; data: number[][] })
    : { columns: [], data: [] };
  const column = (name: string): number[] => table.data.map((row) => row[table.columns.indexOf(name)]);

  it('has its 101 rows', () => {
    expect(table.data).toHaveLength(101);
  });

  it.each(['call', 'put'] as const)('price and Greeks of the %ss, to the digits printed', (type) => {
    const computed = core.evaluate({
      type,
      spot: column('S'),
      strike: column('K'),
      years: column('t'),
      volatility: column('v'),
      rate: column('R'),
    });
    for (const [name, printed] of Object.entries(SIDES[type]) as [keyof (typeof SIDES)['call'], string][]) {
      column(printed).forEach((value, row) => {
        const error = Math.abs(computed[name][row] - value);
        expect(error, `${name} of row ${row}, printed ${value}`).toBeLessThanOrEqual(printedTo(value));
      });
    }
  });

  it('calls to ten decimals, and the farthest to its nine digits', () => {
    const { price } = core.evaluate({
      type: 'call',
      spot: column('S'),
      strike: column('K'),
      years: column('t'),
      volatility: column('v'),
      rate: column('R'),
    });
    const printed = column('call_vals');
    printed.forEach((value, row) => {
      expect(Math.abs(price[row] - value)).toBeLessThanOrEqual(5.01e-11 + 1e-15 * value);
    });
    // 2.066481452e-26
    expect(Math.abs(price[0] / printed[0] - 1)).toBeLessThan(1e-9);
  });
});
