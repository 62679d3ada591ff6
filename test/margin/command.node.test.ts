import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { greekfire as run } from '../cli/command.js';

interface Printed {
  schema: string;
  figures: { equity: number; initial: number; maintenance: number; ratio: number | null; isSolvent: boolean };
  levels: Record<
    string,
    { move: number; figures: { equity: number; maintenance: number } } | undefined
  > | null;
  liquidation: { status: string; steps: unknown[] } | null;
  parts: { name: string; isolatedInitial: number }[];
}

describe('greekfire margin', () => {
  it('prints margins, parts and levels within 100 columns, and that it is a model', () => {
    const { out, code } = run('margin', '--coins', 'BTC=30');
    expect(code).toBe(0);
    expect(out).toContain('a model of deribit-portfolio, not the exchange’s own figures');
    expect(out).toContain('Capital efficiency');
    expect(out).toContain('Liquidation levels');
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
  });

  it('prints raw figures as JSON: levels where equity meets the margin', () => {
    const { out } = run('margin', '--json', '--coins', 'BTC=30');
    const printed = JSON.parse(out) as Printed;
    expect(printed.schema).toBe('greekfire.margin/1');
    expect(printed.figures.isSolvent).toBe(true);
    const { down } = printed.levels!;
    expect(down!.move).toBeLessThan(0);
    expect(down!.figures.equity / down!.figures.maintenance).toBeCloseTo(1, 9);
    expect(printed.liquidation).toBeNull();
  });

  it('shows a liquidation where the account is insolvent', () => {
    const printed = JSON.parse(run('margin', '--json', '--cash', '2000000').out) as Printed;
    expect(printed.figures.isSolvent).toBe(false);
    expect(['solvent', 'stuck']).toContain(printed.liquidation!.status);
    const { out } = run('margin', '--cash', '2000000');
    expect(out).toContain('insolvent');
    expect(out).toContain('Liquidation\n');
  });

  it('prints parts and the whole as CSV', () => {
    const rows: Record<string, string>[] = parse(run('margin', '--csv', '--model', 'span-16').out, {
      columns: true,
    });
    expect(rows.map(({ name }) => name)).toEqual([
      'short strangle',
      'iron condor',
      'calendar',
      'covered call',
      'risk reversal',
      'whole',
    ]);
    const printed = JSON.parse(run('margin', '--json', '--model', 'span-16').out) as Printed;
    expect(rows.map((row) => Number(row['isolatedInitial']))).toEqual([
      ...printed.parts.map(({ isolatedInitial }) => isolatedInitial),
      printed.figures.initial,
    ]);
  });

  it('stands in the report', () => {
    const { out } = run('--coins', 'BTC=40');
    expect(out).toContain('Liquidation levels');
    expect(run('report', '--model', 'span-16').out).toContain('no collateral is given');
  });

  it.each([
    [['--model', 'none'], 'Allowed choices are deribit-portfolio, deribit-standard, span-16, reg-t.'],
    [['--cash', 'much'], 'It must be a number.'],
    [['--coins', 'BTC'], 'It must be NAME=AMOUNT, as in BTC=2.5.'],
    [['--coins', 'SOL=1'], "coins has 'SOL', the book only 'BTC'"],
    [['--json', '--csv'], '--json and --csv exclude each other'],
    [['--currency', 'ETH'], '--currency ETH: the chain has BTC'],
    [['--model', 'reg-t'], "is a future or perpetual: model 'reg-t' has no rule for it"],
    [['stray'], "'stray' is no flag of margin"],
  ])('refuses %j in one line', (flags, message) => {
    const { code, out, error } = run('margin', ...flags);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(error).toContain(message);
    expect(error.trim().split('\n')).toHaveLength(1);
  });
});
