import { create } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { unitsAllowed, unitsOf } from '../oracle/errors.js';
import {
  SENSITIVITIES,
  valueInDecimal,
  valueInDoubleDouble,
  type Row,
  type Sensitivity,
} from '../oracle/greeks.js';
import { pathOf, readTable, WITHOUT_DATA } from './data.js';

type Field =
  'regime' | 'type' | 'spot' | 'strike' | 'years' | 'volatility' | 'rate' | 'dividend' | Sensitivity;

const path = pathOf('..', 'reference', 'european-greeks.csv');

/** An independent table of 50-digit values, printed as doubles. */
describe.skipIf(!path)(`reference table of European Greeks${path ? '' : ` (${WITHOUT_DATA})`}`, () => {
  const table = path ? readTable<Field>(path) : [];
  const rows = table.map((record) => ({
    record,
    row: {
      type: record.type as Row['type'],
      underlier: 'spot' as const,
      underlying: Number(record.spot),
      strike: Number(record.strike),
      years: Number(record.years),
      volatility: Number(record.volatility),
      rate: Number(record.rate),
      dividend: Number(record.dividend),
    },
  }));

  it('has its 280 rows', () => {
    expect(rows).toHaveLength(280);
  });

  it('the 100-digit oracle rounds to the very doubles of the table', () => {
    for (const { record, row } of rows) {
      const { sensitivity } = valueInDecimal(row);
      for (const name of SENSITIVITIES) {
        expect(sensitivity[name].value.toNumber(), `${name} of ${JSON.stringify(row)}`).toBe(
          Number(record[name]),
        );
      }
    }
  });

  it('so does the double-double oracle', () => {
    for (const { record, row } of rows) {
      const { sensitivity } = valueInDoubleDouble(row);
      for (const name of SENSITIVITIES) {
        expect(sensitivity[name].value.high, `${name} of ${JSON.stringify(row)}`).toBe(Number(record[name]));
      }
    }
  });

  it('evaluate stays within the bar on every value', async () => {
    const core = await create();
    const column = (read: (row: Row) => number): Float64Array =>
      Float64Array.from(rows, ({ row }) => read(row));
    const computed = core.evaluate(
      {
        type: rows.map(({ row }) => row.type),
        spot: column((row) => row.underlying),
        strike: column((row) => row.strike),
        years: column((row) => row.years),
        volatility: column((row) => row.volatility),
        rate: column((row) => row.rate),
        dividend: column((row) => row.dividend),
      },
      3,
    );
    rows.forEach(({ record, row }, index) => {
      const { sensitivity, D } = valueInDoubleDouble(row);
      for (const name of SENSITIVITIES) {
        const exact = { value: { high: Number(record[name]), low: 0 }, terms: sensitivity[name].terms };
        const units = unitsOf(computed[name][index], exact, D);
        expect(units, `${name} of ${JSON.stringify(row)}`).toBeLessThanOrEqual(unitsAllowed(name));
      }
    });
  });
});
