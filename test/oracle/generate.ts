/**
 * Writes the fixtures: `npm run fixtures`. One CSV per regime, columns as in the reference tables of European Greeks,
 * inputs in their shortest exact form, values the doubles nearest to the 100-digit oracle's, printed to 17 digits (17
 * digits of the value itself would round twice when read).
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SENSITIVITIES, valueInDecimal } from './greeks.js';
import { REGIMES, rowsOf } from './regimes.js';

const SEED = 20260101;
const ROWS = 40;

const folder = join(process.cwd(), 'test', 'fixtures');
mkdirSync(folder, { recursive: true });
for (const regime of REGIMES) {
  const inputs = ['type', 'spot', 'strike', 'years', 'volatility', 'rate', 'dividend'];
  const lines = [['regime', ...inputs, ...SENSITIVITIES].join(',')];
  for (const row of rowsOf(regime, ROWS, SEED)) {
    const { sensitivity } = valueInDecimal(row);
    const values = SENSITIVITIES.map((name) => sensitivity[name].value.toNumber().toPrecision(17));
    const { type, underlying, strike, years, volatility, rate, dividend } = row;
    lines.push([regime, type, underlying, strike, years, volatility, rate, dividend, ...values].join(','));
  }
  const file = join(folder, `european-${regime}.csv`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  console.log(`${file}: ${lines.length - 1} rows`);
}
