import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { create } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { unitsAllowed, unitsOf } from '../oracle/errors.js';
import { SENSITIVITIES, valueInDoubleDouble, type Row, type Sensitivity } from '../oracle/greeks.js';
import { REGIMES } from '../oracle/regimes.js';

type Field = 'type' | 'spot' | 'strike' | 'years' | 'volatility' | 'rate' | 'dividend' | Sensitivity;

const core = await create();

/** The committed doubles nearest to the 100-digit values: a guard on the oracles as much as on the kernels. */
describe.each(REGIMES)('fixtures of %s', (regime) => {
  const path = new URL(`../fixtures/european-${regime}.csv`, import.meta.url);
  const records = parse<Record<Field, string>>(readFileSync(path), { columns: true });
  const rows = records.map((record): Row => ({
    type: record.type as Row['type'],
    underlier: 'spot',
    underlying: Number(record.spot),
    strike: Number(record.strike),
    years: Number(record.years),
    volatility: Number(record.volatility),
    rate: Number(record.rate),
    dividend: Number(record.dividend),
  }));

  it('are what the double-double oracle gives', () => {
    expect(rows).toHaveLength(40);
    rows.forEach((row, index) => {
      const { sensitivity } = valueInDoubleDouble(row);
      for (const name of SENSITIVITIES) {
        expect(sensitivity[name].value.high, name).toBe(Number(records[index][name]));
      }
    });
  });

  it('are met by evaluate within the bar', () => {
    rows.forEach(({ underlier: _, underlying, ...shared }, index) => {
      const computed = core.evaluate({ ...shared, spot: underlying }, 3);
      const { sensitivity, D } = valueInDoubleDouble(rows[index]);
      for (const name of SENSITIVITIES) {
        const exact = {
          value: { high: Number(records[index][name]), low: 0 },
          terms: sensitivity[name].terms,
        };
        expect(unitsOf(computed[name][0], exact, D), name).toBeLessThanOrEqual(unitsAllowed(name));
      }
    });
  });
});
