import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { COMMAND, greekfire, inputFile } from '../cli/command.js';
import { SAMPLE, tapeOf } from './samples.js';

const widest = (text: string): number => Math.max(...text.split('\n').map((row) => row.length));
const file = inputFile('tape.csv', tapeOf(SAMPLE));

describe('greekfire tape', () => {
  it('shows what a tape holds', () => {
    const { code, out, error } = greekfire('tape', file);
    expect([code, error]).toEqual([0, '']);
    for (const word of [
      '9 rows',
      '9 trades in 7 events',
      'straddle',
      'bull-call-spread',
      'BTC-30JAN26',
      'BLOCK-1',
    ]) {
      expect(out).toContain(word);
    }
    expect(widest(out.replace(file, ''))).toBeLessThanOrEqual(100);
  });

  it('gives it to machines', () => {
    const json = JSON.parse(greekfire('tape', file, '--json').out) as Record<string, unknown>;
    expect(json).toMatchObject({
      schema: 'greekfire.tape/1',
      events: 7,
      amount: 56,
      blocks: { trades: 2, amount: 50, notional: 50 * 90_100, premium: 50 * 0.05 * 90_100 },
      combos: { trades: 2, amount: 1 },
      counts: { rows: 9, trades: 9, duplicate: 0, late: 0 },
      structures: [
        { name: 'bull-call-spread', count: 1, blocks: 0, bought: 0.5, sold: 0 },
        { name: 'straddle', count: 1, blocks: 1, bought: 25, sold: 0 },
      ],
    });
    expect(json['blockShare']).toBeCloseTo(50 / 56, 14);
  });

  it('writes the structures as CSV, to a file or the standard output', () => {
    const { out } = greekfire('tape', file, '--csv', '-');
    const rows = parse<Record<string, string>>(out, { columns: true });
    expect(
      rows.map(({ kind, id, structure, quantity, strikes }) => [kind, id, structure, quantity, strikes]),
    ).toEqual([
      ['block', 'BLOCK-1', 'straddle', '25', '90000'],
      ['combo', '99', 'bull-call-spread', '0.5', '90000 100000'],
    ]);
    const path = join(mkdtempSync(join(tmpdir(), 'greekfire-')), 'structures.csv');
    expect(greekfire('tape', file, '--csv', path)).toMatchObject({ code: 0, out: '' });
    expect(readFileSync(path, 'utf8')).toBe(out);
  });

  it('reads the standard input, and puts a shuffled tape in order', () => {
    const input = tapeOf([...SAMPLE].reverse());
    const run = spawnSync(process.execPath, [COMMAND, 'tape', '-', '--json'], { input, encoding: 'utf8' });
    const figures = JSON.parse(run.stdout) as Record<string, unknown>;
    const { amount, blocks, structures } = JSON.parse(
      greekfire('tape', file, '--json').out,
    ) as typeof figures;
    expect(figures).toMatchObject({ amount, blocks, structures, counts: { late: 0, disorder: 600_000 } });
  });

  it('runs policies over the tape, the same every time', () => {
    const { code, out, error } = greekfire('tape', file, '--replay', '--every', '60', '--json');
    expect([code, error]).toEqual([0, '']);
    const report = JSON.parse(out) as {
      ticks: number;
      market: { trades: number };
      policies: { policy: string; profit: number; cost: number; trades: number }[];
    };
    expect(report).toMatchObject({ schema: 'greekfire.tape-replay/1', ticks: 10, market: { trades: 9 } });
    expect(report.policies.map(({ policy }) => policy.split(' ')[0])).toEqual([
      'unhedged',
      'delta',
      'delta',
      'Whalley-Wilmott',
      'solver',
    ]);
    expect(report.policies[0]).toMatchObject({ cost: 0, trades: 0 });
    expect(report.policies.every(({ profit }) => Number.isFinite(profit))).toBe(true);
    expect(greekfire('tape', file, '--replay', '--every', '60', '--json').out).toBe(out);
    expect(greekfire('replay', '--tape', file).out).toBe(greekfire('tape', file, '--replay').out);
    const book = inputFile(
      'book.csv',
      'instrument_name,quantity,unit\nBTC-27MAR26-80000-P,-2,coin\nBTC-PERPETUAL,0.5,coin\n',
    );
    const text = greekfire('tape', file, '--replay', '--book', book);
    expect(text.out).toContain('-2 BTC-27MAR26-80000-P, 0.5 BTC-PERPETUAL');
    expect(widest(text.out.replace(file, ''))).toBeLessThanOrEqual(100);
  });

  it('goes on from a checkpoint, and finds the same', () => {
    const flags = ['tape', file, '--replay', '--every', '60', '--funding', '20', '--json'];
    const whole = greekfire(...flags).out;
    expect(whole).not.toBe(greekfire(...flags.filter((flag) => flag !== '--funding' && flag !== '20')).out);
    const checkpoint = join(mkdtempSync(join(tmpdir(), 'greekfire-tape-')), 'checkpoint.json');
    for (let run = 0; run < 2; run++) {
      const { code, out, error } = greekfire(...flags, '--checkpoint', checkpoint);
      expect([code, error]).toEqual([0, '']);
      expect(out).toBe(whole);
    }
    const other = greekfire(...flags.slice(0, -1), '--every', '30', '--checkpoint', checkpoint);
    expect(other.code).toBe(2);
    expect(other.error).toContain('is the checkpoint of another run, its every is another: 60000, not 30000');
    writeFileSync(checkpoint, '{}');
    expect(greekfire(...flags, '--checkpoint', checkpoint).error).toContain('is no checkpoint');
  });

  it('tells of trades that come too late', () => {
    const late = inputFile('late.csv', tapeOf([...SAMPLE].reverse()));
    expect(greekfire('tape', late, '--window', '60').out).toContain(
      '8 trades came too late and are left out',
    );
  });

  it.each([
    [['tape'], "missing required argument 'file'"],
    [['tape', 'no-such-file'], 'cannot read no-such-file: no such file'],
    [['tape', tmpdir()], `cannot read ${tmpdir()}: it is a folder`],
    [['tape', inputFile('empty.csv', '')], 'the tape is empty'],
    [['tape', inputFile('other.csv', 'a,b\n1,2\n')], 'the tape has no column instrument_name; it has a, b'],
    [['tape', inputFile('header.csv', tapeOf([]))], 'the tape has no trade of an option'],
    [['tape', file, '--window', 'x'], 'It must be a number of seconds, at least 0.'],
    [['tape', file, '--book', 'x'], '--book goes with --replay'],
    [['tape', file, '--checkpoint', 'x'], '--checkpoint goes with --replay'],
    [['tape', file, '--replay', '--funding', 'x'], 'It must be a number from -1000 to 1000.'],
    [['tape', '-', '--replay'], '--replay reads the tape twice: give it a file'],
    [['tape', file, '--replay', '--every', '0'], 'It must be a number of seconds, at least 0.001.'],
    [
      [
        'tape',
        file,
        '--replay',
        '--book',
        inputFile('strange.csv', 'instrument_name,quantity\nBTC-27MAR26-1-P,1\n'),
      ],
      'row 1: BTC-27MAR26-1-P is no option that the tape trades',
    ],
    [
      ['replay', '--tape', file, '--paths', '3'],
      "'--tape <file>' cannot be used with option '--paths <number>'",
    ],
    [['tape', file, '--json', '--csv', '-'], "'--json' cannot be used with option '--csv"],
  ])('refuses %j in one line', (flags, message) => {
    const { code, out, error } = greekfire(...flags);
    expect([code, out]).toEqual([2, '']);
    expect(error).toContain(message);
    expect(error.trimEnd().split('\n')).toHaveLength(1);
  });
});
