import { parse } from 'csv-parse/sync';
import { DAYS_PER_YEAR } from 'greekfire';
import { InputError, oneLine } from './failure.js';
import { readText } from './inputs.js';
import type { MovesFile } from './scan.js';

type Column = 'spot' | 'volatility' | 'days' | 'weight';

/** What stands where a column or a cell is absent. */
const ABSENT: Readonly<Record<Column, number>> = { spot: NaN, volatility: 0, days: 0, weight: 1 };

/**
 * Reads moves of the past, or any scenarios: a table with the column `spot`, relative moves per 1.00, and as wished
 * `volatility` (per 1.00), `days` and `weight`. Other columns, a date say, are not looked at.
 *
 * @throws InputError naming the file, the row and the value
 */
export function readMoves(path: string): MovesFile {
  return readText(path, (text) => {
    const records = recordsOf(path, text);
    if (records.length === 0) throw new InputError(`${path}: no rows (the first line is the header)`);
    if (!Object.hasOwn(records[0], 'spot')) {
      throw new InputError(`${path}: no column "spot"; it has ${Object.keys(records[0]).join(', ')}`);
    }
    const column = (name: Column): Float64Array =>
      Float64Array.from(records, (record, i) => numberOf(path, i + 1, name, record[name]));
    const moves = { spot: column('spot'), volatility: column('volatility'), weight: column('weight') };
    if (!moves.weight.some((weight) => weight > 0)) throw new InputError(`${path}: the weights are all 0`);
    return { name: path, ...moves, time: column('days').map((days) => days / DAYS_PER_YEAR) };
  });
}

function recordsOf(path: string, text: string): Partial<Record<string, string>>[] {
  try {
    return parse(text, { columns: true, skip_empty_lines: true, trim: true, bom: true });
  } catch (error) {
    throw new InputError(`${path}: ${oneLine(error instanceof Error ? error.message : String(error))}`);
  }
}

function numberOf(path: string, row: number, name: Column, text: string | undefined): number {
  if ((text === undefined || text === '') && name !== 'spot') return ABSENT[name];
  const value = text === undefined || text === '' ? NaN : Number(text);
  const problem = {
    spot: !(value > -1) && 'must be a move above -1, per 1.00',
    volatility: false as const,
    days: value < 0 && 'must not be negative',
    weight: value < 0 && 'must not be negative',
  }[name];
  const wrong = Number.isFinite(value) ? problem : 'must be a number';
  if (wrong !== false) {
    const got = text === undefined || text === '' ? 'is blank' : `is "${text.slice(0, 40)}"`;
    throw new InputError(oneLine(`${path}: row ${row}: ${name} ${got}: it ${wrong}`));
  }
  return value;
}
