import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import type { ComparisonReport, Estimate } from 'greekfire/rebalance';
import { describe, expect, it } from 'vitest';
import { COMMAND, greekfire, inputFile } from './command.js';

interface ReplayJson extends ComparisonReport {
  readonly schema: string;
  readonly synthetic: boolean;
  readonly settings: { readonly paths: number; readonly policies: readonly string[]; readonly cash: number };
}

const folder = mkdtempSync(join(tmpdir(), 'greekfire-replay-'));
const SMALL = ['--paths', '4', '--days', '2', '--policies', 'unhedged,delta-band,solver'];
const small = (...flags: string[]) => greekfire('replay', ...SMALL, ...flags);
const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

describe('greekfire replay', () => {
  it('shows policies, the frontier and a chart', () => {
    const { code, out, error } = greekfire('replay', '--paths', '5', '--days', '3');
    expect([code, error]).toEqual([0, '']);
    for (const word of [
      'BTC replay',
      'unhedged',
      'delta every 24 h',
      'Whalley-Wilmott',
      'greek by greek',
      '●',
    ]) {
      expect(out).toContain(word);
    }
    expect(out).toMatch(/the solver does better than \d+ of \d+ rules/);
    expect(widest(out)).toBeLessThanOrEqual(100);
  });

  it('gives figures to machines, the same in JSON and CSV, and the same again', () => {
    const file = join(folder, 'figures.csv');
    const { code, out } = small('--json', '--csv', file);
    expect(code).toBe(0);
    const report = JSON.parse(out) as ReplayJson;
    expect(report).toMatchObject({ schema: 'greekfire.replay/1', synthetic: true, paths: 4 });
    expect(report.settings.policies).toEqual(report.policies.map(({ policy }) => policy));
    const rows = parse<Record<string, string>>(readFileSync(file), { columns: true });
    const numbers = ({ value, lower, upper }: Estimate): number[] => [value, lower, upper];
    rows.forEach((row, p) => {
      const { policy, cost, deviation, worstMarginRatio } = report.policies[p];
      expect(row.policy).toBe(policy);
      expect([row.cost, row.cost_lower, row.cost_upper].map(Number)).toEqual(numbers(cost));
      expect([row.deviation, row.deviation_lower, row.deviation_upper].map(Number)).toEqual(
        numbers(deviation),
      );
      expect(Number(row.worst_margin_ratio)).toBe(worstMarginRatio);
    });
    expect(rows).toHaveLength(report.policies.length);
    expect(small('--json').out).toBe(out);
    expect(small('--csv', '-').out).toBe(readFileSync(file, 'utf8'));
    expect(small('--json', '--path-seed', '2').out).not.toBe(out);
  });

  it('starts with equity of twice the initial margin', () => {
    const { policies } = JSON.parse(small('--json').out) as ReplayJson;
    // maintenance is 0.8 of initial in this model: the ratio starts at 2.5
    expect(policies[0].worstMarginRatio).toBeGreaterThan(0);
    expect(policies[0].worstMarginRatio).toBeLessThanOrEqual(2.5 + 1e-9);
  });

  it.each(['brownian', 'jumps', 'regimes'])('replays %s with sticky strikes', (model) => {
    const { code, out } = small('--model', model, '--smile', 'sticky-strike', '--margin', 'none', '--json');
    expect(code).toBe(0);
    const { policies, frontier } = JSON.parse(out) as ReplayJson;
    expect(policies[1].trades.value).toBeGreaterThan(0);
    expect(frontier.length).toBeGreaterThan(0);
  });

  const wrong: readonly [string[], RegExp][] = [
    [['--model', 'walk'], /'walk' is invalid/],
    [['--paths', '1'], /It must be a whole number from 2 to 100000/],
    [['--policies', 'solver,magic'], /'magic' is none of unhedged/],
    [['--days', 'x'], /It must be a number/],
    [['--currency', 'XYZ'], /--currency XYZ: the chain has BTC/],
    [['--json', '--csv', '-'], /exclude each other/],
    [['--checkpoint', folder], /it is a folder/],
  ];
  it.each(wrong)('refuses %j in one line', (flags, message) => {
    const { code, out, error } = small(...flags);
    expect([code, out]).toEqual([2, '']);
    expect(error).toMatch(message);
    expect(error.trim().split('\n')).toHaveLength(1);
  });
});

/** Starts a long replay and, when it has a checkpoint that is not its first, ends it by a signal. */
async function interrupt(
  file: string,
  flags: string[],
  signal: NodeJS.Signals,
): Promise<[number | null, string]> {
  const child = spawn(process.execPath, [COMMAND, 'replay', ...flags, '--checkpoint', file]);
  let error = '';
  child.stderr.on('data', (part: Buffer) => (error += part.toString()));
  const end = new Promise<number | null>((resolve) => child.on('close', resolve));
  for (let wait = 0; wait < 300 && !existsSync(file); wait++) await setTimeout(100);
  child.kill(signal);
  return [await end, error];
}

describe('a checkpoint', () => {
  const flags = ['--paths', '240', '--policies', 'unhedged,delta-band,solver', '--margin', 'none', '--json'];
  it.each(['SIGINT', 'SIGKILL'] as const)(
    'lets a run that %s ended go on to the same bits',
    async (signal) => {
      const file = join(folder, `${signal}.json`);
      const [code, error] = await interrupt(file, flags, signal);
      expect(code).toBe(signal === 'SIGINT' ? 130 : null);
      if (signal === 'SIGINT')
        expect(error).toMatch(/^greekfire: stopped after \d+ of 240 paths; the same command/);
      const { out } = greekfire('replay', ...flags, '--checkpoint', file);
      expect(out).toBe(greekfire('replay', ...flags).out);
      // and a run that is done says it at once
      expect(greekfire('replay', ...flags, '--checkpoint', file).out).toBe(out);
      const left = readdirSync(folder).filter((name) => name.startsWith(`${signal}.json.`));
      if (signal === 'SIGINT') expect(left).toEqual([]);
    },
    300_000,
  );

  it('that is wrong, damaged or foreign is one line', () => {
    const file = join(folder, 'small.json');
    expect(small('--checkpoint', file).code).toBe(0);
    const text = readFileSync(file, 'utf8');
    const refuse = (content: string, message: RegExp, ...more: string[]): void => {
      writeFileSync(file, content);
      const { code, out, error } = small('--checkpoint', file, ...more);
      expect([code, out]).toEqual([2, '']);
      expect(error).toMatch(message);
      expect(error.trim().split('\n')).toHaveLength(1);
      expect(readFileSync(file, 'utf8')).toBe(content);
    };
    refuse('', /is no checkpoint, or a damaged one/);
    refuse(text.slice(0, -9), /is no checkpoint, or a damaged one/);
    refuse('[1]', /is no checkpoint/);
    refuse('\u0000', /is no UTF-8 text/);
    refuse(text.replace('"done\\":4', '"done\\":3'), /its digest does not match/);
    refuse(text, /another run, its paths is another: 4, not 5/, '--paths', '5');
    refuse(text, /another run, its model is another: "heston", not "jumps"/, '--model', 'jumps');
    const book = inputFile('book.json', [{ instrument: 'BTC-PERPETUAL', quantity: 1, unit: 'coin' }]);
    refuse(text, /another run/, '--book', book);
  });
});
