import { readFileSync } from 'node:fs';
import { create, ImpliedStatus } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { pathOf, readTable, WITHOUT_DATA } from '../published/data.js';

const core = await create();

const values = pathOf('tables', 'haug_european_values.csv');
describe.skipIf(!values)(`Haug's option values, inverted${values ? '' : ` (${WITHOUT_DATA})`}`, () => {
  type Field = 'type' | 'strike' | 'spot' | 'q' | 'r' | 't' | 'vol' | 'value' | 'tol';
  const table = values ? readTable<Field>(values) : [];
  const read = (record: Record<Field, string>) => ({
    type: record.type as 'call' | 'put',
    spot: Number(record.spot),
    strike: Number(record.strike),
    years: Number(record.t),
    rate: Number(record.r),
    dividend: Number(record.q),
  });

  it.each(table)('$type $strike of $spot, $t years, $value: $vol', (record) => {
    const terms = read(record);
    const volatility = Number(record.vol);
    const printed = Number(record.value);
    const { vega, price } = core.evaluate({ ...terms, volatility });
    const implied = core.impliedVolatility({ ...terms, price: printed });
    // a price printed to `tol` says no more of the volatility than tol/vega
    const lowest = core.evaluate({ ...terms, volatility: 0 }).price[0];
    if (printed > lowest + Number(record.tol)) {
      expect(implied.status[0]).toBe(ImpliedStatus.ok);
      const reach =
        Number(record.tol) /
        Math.min(vega[0], core.evaluate({ ...terms, volatility: implied.volatility }).vega[0]);
      expect(Math.abs(implied.volatility[0] - volatility)).toBeLessThanOrEqual(1.01 * reach + 1e-12);
    }
    // and our own price says it all
    const own = core.impliedVolatility({ ...terms, price });
    if (price[0] > lowest) expect(own.volatility[0]).toBeCloseTo(volatility, 8);
  });
});

const rows = pathOf('tables', 'py_vollib_test_data.json');
describe.skipIf(!rows)(`py_vollib's rows, inverted${rows ? '' : ` (${WITHOUT_DATA})`}`, () => {
  const table = rows
    ? (JSON.parse(readFileSync(rows, 'utf8')) as { columns: string[]; data: number[][] })
    : { columns: [], data: [] };
  const column = (name: string): number[] => table.data.map((row) => row[table.columns.indexOf(name)]);

  it.each([
    ['call', 'bs_call'],
    ['put', 'bs_put'],
  ] as const)('the volatilities of the %ss, as far as the digits printed say', (type, name) => {
    const terms = { type, spot: column('S'), strike: column('K'), years: column('t'), rate: column('R') };
    const volatility = column('v');
    const printed = column(name);
    const { vega } = core.evaluate({ ...terms, volatility });
    const implied = core.impliedVolatility({ ...terms, price: printed });
    let compared = 0;
    volatility.forEach((exact, row) => {
      const reach = Math.max(5.01e-10, 1e-9 * printed[row]) / vega[row];
      if (!(reach < 1e-3)) return;
      compared += 1;
      expect(implied.status[row], `row ${row}`).toBe(ImpliedStatus.ok);
      expect(Math.abs(implied.volatility[row] - exact), `row ${row}`).toBeLessThanOrEqual(
        1.1 * reach + 1e-12,
      );
    });
    expect(compared).toBeGreaterThan(50);
  });
});
