import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { greekfire, inputFile } from './command.js';

const trade =
  'timestamp,trade_seq,trade_id,instrument_name,direction,amount,price,mark_price,iv,index_price,block_trade_id';
const tape = inputFile('trades.csv', trade);

const COMMANDS: readonly string[][] = [
  ['report', '--csv'],
  ['margin', '--csv'],
  ['scan', '--csv'],
  ['strategy', '--csv'],
  ['strategy', 'straddle', '--csv'],
  ['harvest', '--no-lots', '--csv'],
  ['replay', '--paths', '2', '--days', '1', '--policies', 'unhedged', '--csv'],
  ['replay', '--paths', '2', '--days', '1', '--policies', 'unhedged', '--checkpoint'],
  ['tape', tape, '--csv'],
];

describe('what a command writes', () => {
  it.each(COMMANDS)('ends with 1 and one line where it cannot: %s %s %s', (...flags) => {
    const { code, out, error } = greekfire(...flags, '/nowhere/file.csv');
    expect([code, out]).toEqual([1, '']);
    expect(error).toBe(`greekfire: ${flags.at(-1)}: cannot write /nowhere/file.csv: no such folder\n`);
  });

  it.each(COMMANDS.slice(0, 6))('is the same in a file as on the output: %s %s %s', (...flags) => {
    const file = join(mkdtempSync(join(tmpdir(), 'greekfire-')), 'out.csv');
    const { code, out, error } = greekfire(...flags, file);
    expect([code, out, error]).toEqual([0, '', '']);
    const text = readFileSync(file, 'utf8');
    expect(text.split('\n').length).toBeGreaterThan(2);
    expect(greekfire(...flags, '-').out).toBe(text);
  });

  it('is the orders of the hedge, of a report', () => {
    const rows = parse<Record<string, string>>(greekfire('report', '--csv').out, { columns: true });
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect(['buy', 'sell']).toContain(row.side);
      expect(Number(row.amount)).toBeGreaterThan(0);
      expect(Number(row.price)).toBeGreaterThan(0);
    }
    const { underlyings } = JSON.parse(greekfire('--json').out) as {
      underlyings: { hedge: { trades: { instrument: string; amount: number }[] } }[];
    };
    expect(rows.map(({ instrument, amount }) => [instrument, Number(amount)])).toEqual(
      underlyings.flatMap(({ hedge }) => hedge.trades.map(({ instrument, amount }) => [instrument, amount])),
    );
  });
});
