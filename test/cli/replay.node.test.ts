import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import type { ComparisonReport, Estimate } from 'greekfire/rebalance';
import { describe, expect, it } from 'vitest';
import { orderBook } from '../deribit/samples.js';
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

  it('rests orders before they take', () => {
    const { code, out } = small('--rest', '8', '--json');
    expect(code).toBe(0);
    const costOf = (text: string): number =>
      (JSON.parse(text) as ReplayJson).policies.find(({ policy }) => policy.startsWith('delta band'))!.cost
        .value;
    expect(costOf(out)).toBeLessThan(costOf(small('--json').out));
    expect(small('--rest', '8').out).toContain('orders rest for 8 h');
    expect(small('--rest', '-1').code).toBe(2);
  });

  it.each(['1', '2', '5'])('finds the same bits on %s workers', (workers) => {
    const out = small('--json', '--forecast', 'ewma').out;
    expect(small('--json', '--forecast', 'ewma', '--workers', workers)).toMatchObject({ code: 0, out });
  });

  it.each(['ewma', 'implied-realised', 'har'])('steers the solver alone by a forecast, %s', (forecast) => {
    const flags = ['--paths', '2', '--days', '3', '--policies', 'delta-band,solver'];
    const run = (...more: string[]): ReplayJson =>
      JSON.parse(greekfire('replay', ...flags, '--json', ...more).out) as ReplayJson;
    const [steered, plain] = [run('--forecast', forecast, '--history', '365'), run()];
    expect(steered).toMatchObject({ settings: { forecast } });
    const isOurs = ({ policy }: { policy: string }): boolean => policy.startsWith('solver');
    const rulesOf = ({ policies }: ReplayJson) => policies.filter((figures) => !isOurs(figures));
    expect(rulesOf(steered)).toEqual(rulesOf(plain));
    // by more than a rounding
    const costsOf = ({ policies }: ReplayJson) =>
      policies.filter(isOurs).map((figures) => figures.cost.value.toPrecision(6));
    expect(costsOf(steered)).not.toEqual(costsOf(plain));
  });

  it('names the forecast, and positions without a price', () => {
    const chain = inputFile('replay-chain.json', [
      ...[45_000, 50_000, 55_000].map((strike) =>
        orderBook({ instrument_name: `BTC-27MAR26-${strike}-C`, mark_iv: 60 }),
      ),
      orderBook({
        instrument_name: 'BTC-27MAR26-60000-C',
        mark_iv: null,
        mark_price: null,
        best_bid_price: null,
        bids: [],
      }),
    ]);
    const lines = ['BTC-27MAR26-50000-C,-2', 'BTC-27MAR26-60000-C,1', 'BTC-PERPETUAL,5000'];
    const book = inputFile('replay-book.csv', ['instrument,quantity', ...lines].join('\n'));
    const flags = ['--chain', chain, '--book', book, '--forecast', 'implied-realised'];
    const { code, out } = small(...flags);
    expect(code).toBe(0);
    expect(out).toMatch(/^BTC replay .*, forecast implied-realised$/m);
    expect(out).toMatch(/^ {2}without a price, left out of every figure: BTC-27MAR26-60000-C$/m);
    expect(widest(out)).toBeLessThanOrEqual(100);
    expect(JSON.parse(small(...flags, '--json').out)).toMatchObject({ unpriced: ['BTC-27MAR26-60000-C'] });
  });

  it('plays liquidations where it is asked to, on workers too', () => {
    const flags = ['--policies', 'unhedged', '--cash', '2500000', '--json'];
    const run = (...more: string[]) => JSON.parse(small(...flags, ...more).out) as ReplayJson;
    const [counted] = run().policies;
    expect(counted.liquidations.value).toBeGreaterThan(0);
    expect(counted.cost.value).toBe(0);
    const played = run('--liquidation', '1', '--workers', '2');
    expect(played).toMatchObject({ settings: { liquidation: 0.01 } });
    expect(played.policies[0].cost.value).toBeGreaterThan(0);
    expect(run('--liquidation', '1')).toEqual(played);
  });

  it('shows its defaults as they are typed', () => {
    const { out } = greekfire('replay', '--help');
    expect(out).toMatch(
      /default:\s+unhedged,fixed-interval,delta-band,whalley-wilmott,greek-by-greek,solver\)/,
    );
  });

  const wrong: readonly [string[], RegExp][] = [
    [['--model', 'walk'], /'walk' is invalid/],
    [['--paths', '1'], /It must be a whole number from 2 to 100000/],
    [['--policies', 'solver,magic'], /'magic' is none of unhedged/],
    [['--days', 'x'], /It must be a number/],
    [['--workers', '0'], /'--workers <count>' .*It must be a whole number from 1 to 256/],
    [['--liquidation', '1', '--margin', 'none'], /--liquidation needs a margin model/],
    [['--forecast', 'garch'], /'garch' is invalid/],
    [['--forecast', 'har'], /--forecast har is first fitted after 42 days/],
    [['--currency', 'XYZ'], /--currency XYZ: the chain has BTC/],
    [['--days', '1', '--hours', '100'], /--hours 100 is longer than a path of --days 1/],
    [['--history', '30'], /--history is what a forecast learns from: name one by --forecast/],
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
  const cases = [
    ['SIGINT', '2', '1'],
    ['SIGINT', '1', '2'],
    ['SIGKILL', '2', '1'],
  ] as const;
  it.each(cases)(
    'lets a run that %s ended on %s workers go on to the same bits on %s',
    async (signal, before, after) => {
      const file = join(folder, `${signal}-${before}.json`);
      const [code, error] = await interrupt(file, [...flags, '--workers', before], signal);
      expect(code).toBe(signal === 'SIGINT' ? 130 : null);
      if (signal === 'SIGINT')
        expect(error).toMatch(/^greekfire: stopped after \d+ of 240 paths; the same command/);
      const { out } = greekfire('replay', ...flags, '--checkpoint', file, '--workers', after);
      expect(out).toBe(greekfire('replay', ...flags).out);
      // and a run that is done says it at once
      expect(greekfire('replay', ...flags, '--checkpoint', file).out).toBe(out);
      const left = readdirSync(folder).filter((name) => name.startsWith(`${signal}-${before}.json.`));
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
