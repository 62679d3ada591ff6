import { create, type OptionColumns } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { ErrorTable, unitsAllowed } from '../oracle/errors.js';
import { valueInDoubleDouble, type Contract, type Row, type Sensitivity } from '../oracle/greeks.js';
import { normalRowOf, REGIMES, rowsOf, type Regime } from '../oracle/regimes.js';

const ROWS = 1000;

const core = await create();

type Other = Required<Contract> & { readonly underlier: Row['underlier'] };

const CASES: Other[] = (['linear', 'inverse'] as const).flatMap((settlement): Other[] => [
  { model: 'normal', payoff: 'vanilla', underlier: 'forward', settlement },
  { model: 'lognormal', payoff: 'digital', underlier: 'forward', settlement },
  { model: 'lognormal', payoff: 'digital', underlier: 'spot', settlement },
]);

function columnsOf(rows: readonly Row[], { underlier, ...contract }: Other): OptionColumns {
  const column = (read: (row: Row) => number): Float64Array => Float64Array.from(rows, read);
  const underlying = column((row) => row.underlying);
  const shared = {
    ...contract,
    type: rows.map((row) => row.type),
    strike: column((row) => row.strike),
    years: column((row) => row.years),
    volatility: column((row) => row.volatility),
    rate: column((row) => row.rate),
  };
  if (underlier === 'forward') return { ...shared, forward: underlying };
  return { ...shared, spot: underlying, dividend: column((row) => row.dividend) };
}

/** Why the library will not value such a contract; undefined where it does. */
function refusalOf(other: Other): string | undefined {
  try {
    core.evaluate(columnsOf(rowsOf('desk', 1, 1, other.underlier), other));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function rowsFor(regime: Regime, { model, underlier, settlement }: Other): Row[] {
  const rows = rowsOf(regime, ROWS, 31, underlier);
  if (model === 'lognormal') return rows;
  const normal = rows.map(normalRowOf);
  // Spreads and negative rates are what the model is for; a coin value needs a positive underlying.
  if (settlement === 'inverse') return normal;
  return normal.map((row, index) => {
    const shift = index % 2 === 0 ? 0 : 1.5 * row.underlying;
    return { ...row, underlying: row.underlying - shift, strike: row.strike - shift };
  });
}

describe.each(CASES)('$model $payoff on $underlier, $settlement', (other) => {
  const refusal = refusalOf(other);

  it.runIf(refusal !== undefined)('is refused in so many words: not supported yet', () => {
    expect(refusal).toMatch(/not supported yet/);
  });

  it.skipIf(refusal !== undefined).each(REGIMES)('%s: every sensitivity within the bar', (regime) => {
    const table = new ErrorTable(`${other.model} ${other.payoff}`);
    const rows = rowsFor(regime, other);
    const computed = core.evaluate(columnsOf(rows, other), 3);
    rows.forEach((row, index) => {
      table.addRow(regime, computed, index, valueInDoubleDouble(row, other));
    });
    expect(table.above(regime, (column) => unitsAllowed(column as Sensitivity))).toEqual([]);
  });
});
