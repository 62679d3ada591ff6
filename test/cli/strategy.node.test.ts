import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { structureNames } from 'greekfire/strategy';
import { describe, expect, it } from 'vitest';
import { dataPath, hasData, needsData } from '../deribit/data.js';
import { greekfire } from './command.js';

const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

interface StrategyJson {
  readonly schema: string;
  readonly basis: string;
  readonly legs: readonly { readonly instrument: string; readonly quantity: number }[];
  readonly figures: {
    readonly cost: { readonly quotes: number | null; readonly mark: number };
    readonly maximumGain: number | string;
    readonly maximumLoss: number | string;
    readonly breakEvens: readonly number[];
    readonly probabilityOfProfit: number;
    readonly margin: {
      readonly model: string;
      readonly initial: number;
      readonly maintenance: number;
      readonly coin: { readonly initial: number; readonly maintenance: number };
    };
  };
  readonly columns: { readonly spot: readonly number[]; readonly atExpiry: readonly number[] };
}

const strategyJson = (...flags: string[]): StrategyJson =>
  JSON.parse(greekfire('strategy', ...flags, '--json').out) as StrategyJson;

describe('greekfire strategy', () => {
  it('lists its structures', () => {
    expect(greekfire('strategy', '--list').out.trim().split('\n')).toEqual(structureNames);
  });

  it('shows legs, figures and a chart of a structure', () => {
    const { code, out, error } = greekfire('strategy', 'iron-condor', '--strikes', '10d,25d,25d,10d');
    expect([code, error]).toEqual([0, '']);
    for (const word of ['maximum gain', 'break-even', 'probability of profit', 'today', '●']) {
      expect(out).toContain(word);
    }
    expect(widest(out)).toBeLessThanOrEqual(80);
    for (const name of ['call-diagonal', 'conversion', 'covered-put']) {
      expect(widest(greekfire('strategy', name, '--quantity', '-250').out), name).toBeLessThanOrEqual(80);
    }
  });

  it('gives the margin by the named model, in both currencies', () => {
    const { figures } = strategyJson('strangle', '--quantity', '-1', '--model', 'span-16');
    const { model, initial, maintenance, coin } = figures.margin;
    expect(model).toBe('span-16');
    expect(initial).toBeGreaterThan(0);
    expect(maintenance).toBeGreaterThan(0);
    expect(initial / coin.initial).toBeCloseTo(maintenance / coin.maintenance, 6);
    expect(greekfire('strategy', 'strangle').out).toMatch(
      /initial margin +[\d,.]+ USD · [\d.]+ BTC {2}\(deribit/,
    );
  });

  it('gives every structure to machines, with figures that its columns bear out', () => {
    for (const name of ['bull-call-spread', 'straddle', 'put-ratio-spread', 'conversion', 'call-diagonal']) {
      const { schema, figures, columns } = strategyJson(name, '--in', 'quote');
      expect(schema).toBe('greekfire.strategy/1');
      const { maximumGain, maximumLoss } = figures;
      for (const profit of columns.atExpiry) {
        if (typeof maximumGain === 'number') expect(profit).toBeLessThanOrEqual(maximumGain + 1e-6);
        if (typeof maximumLoss === 'number') expect(profit).toBeGreaterThanOrEqual(-maximumLoss - 1e-6);
      }
      expect(figures.probabilityOfProfit).toBeGreaterThanOrEqual(0);
      expect(figures.probabilityOfProfit).toBeLessThanOrEqual(1);
    }
  });

  it('writes the payoff columns as CSV', () => {
    const rows = parse<Record<string, string>>(greekfire('strategy', 'straddle', '--csv').out, {
      columns: true,
    });
    expect(rows.length).toBeGreaterThan(100);
    expect(Object.keys(rows[0])).toEqual(['spot', 'at_expiry', 'today']);
    expect(rows.every((row) => Object.values(row).every((text) => Number.isFinite(Number(text))))).toBe(true);
  });

  it('names the structures of the synthetic book', () => {
    const { out } = greekfire('strategy');
    for (const name of ['iron-condor', 'covered-call', 'strangle', 'risk-reversal', 'call-diagonal']) {
      expect(out).toContain(name);
    }
    const found = JSON.parse(greekfire('strategy', '--json').out) as { structures: { name: string }[] };
    expect(found.structures.map(({ name }) => name)).toHaveLength(5);
  });

  it('takes a book file apart, by underlying, and shows what is left over', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'greekfire-'));
    const file = join(folder, 'book.csv');
    const lines = ['BTC-27MAR26-86000-P,-3', 'BTC-27MAR26-112500-C,-3', 'BTC-26JUN26-117500-C,2'];
    await writeFile(file, ['instrument_name,quantity', ...lines].join('\n'));
    const { code, out, error } = greekfire('strategy', '--book', file);
    expect([code, error]).toEqual([0, '']);
    expect(out).toMatch(/strangle +-3.00 +27MAR26 +86000\/112500/);
    expect(out).toMatch(/part of no structure\s+call +2.00 +26JUN26 +117500/);
    expect(widest(out)).toBeLessThanOrEqual(100);
    const rows = parse<Record<string, string>>(greekfire('strategy', '--book', file, '--csv').out, {
      columns: true,
    });
    expect(rows.map(({ structure, left_over }) => [structure, left_over])).toEqual([
      ['strangle', '0'],
      ['call', '1'],
    ]);
    await rm(folder, { recursive: true });
  });

  const wrong: readonly [string[], RegExp][] = [
    [['ladder'], /'ladder' is invalid .* Allowed choices are box/],
    [['straddle', '--strikes', '1'], /--strikes\[0\] must be a strike of \w+, got 1/],
    [['straddle', '--strikes', 'x'], /It must be a number/],
    [['straddle', '--expiry', '1JAN27'], /--expiry 1JAN27: the chain has/],
    [['straddle', '--far', '26JUN26'], /--far: a straddle has one expiry/],
    [['straddle', '--quantity', '0'], /--quantity must not be 0/],
    [['call-ratio-spread', '--ratio', '1'], /--ratio must be above 1/],
    [['strangle', '--strikes', '45d,45d', '--currency', 'XYZ'], /--currency XYZ: the chain has BTC/],
    [['straddle', '--json', '--csv'], /cannot be used with/],
    [['straddle', '--quantity', '1e10'], /--quantity 10000000000: it must be at most/],
    [['straddle', '--ratio', '3'], /--ratio: a straddle has none/],
    [['straddle', '--leg', 'spot'], /--leg: a straddle holds no underlying/],
    [['straddle', '--model', 'mine'], /Allowed choices are deribit-portfolio/],
    [['covered-call', '--model', 'reg-t'], /future or perpetual: model 'reg-t' has no rule for it/],
  ];
  it.each(wrong)('refuses %j in one line', (flags, message) => {
    const { code, out, error } = greekfire('strategy', ...flags);
    expect([code, out]).toEqual([2, '']);
    expect(error).toMatch(message);
    expect(error.trim().split('\n')).toHaveLength(1);
  });
});

interface HarvestJson {
  readonly limits: readonly {
    readonly name: string;
    readonly lower: number;
    readonly upper: number;
    readonly after: number;
  }[];
  readonly trades: readonly { readonly theta: number }[];
  readonly worstLossLimit: number;
  readonly marginLimit: number;
  readonly result: {
    readonly margin: { readonly initial: { readonly before: number; readonly after: number } };
    readonly thetaPerMargin: { readonly before: number; readonly after: number };
    readonly theta: { readonly before: number; readonly after: number };
    readonly worstLoss: { readonly after: number };
    readonly collected: number;
  };
  readonly proof: { readonly status: string; readonly gap: number };
}

describe('greekfire harvest', () => {
  it('collects theta at no more risk than the book has', () => {
    const found = JSON.parse(greekfire('harvest', '--no-lots', '--json').out) as HarvestJson;
    expect(found.proof.status).toBe('optimal');
    expect(found.result.theta.after).toBeGreaterThan(found.result.theta.before);
    for (const { lower, upper, after } of found.limits) {
      const slack = 1e-6 * (1 + Math.abs(after));
      expect(after).toBeGreaterThanOrEqual(lower - slack);
      expect(after).toBeLessThanOrEqual(upper + slack);
    }
    expect(found.result.worstLoss.after).toBeLessThanOrEqual(found.worstLossLimit * (1 + 1e-6));
    const { initial } = found.result.margin;
    expect(initial.after).toBeLessThanOrEqual(found.marginLimit * (1 + 1e-6));
    expect(initial.before).toBeCloseTo(found.marginLimit, 4);
    expect(found.result.thetaPerMargin.after).toBeCloseTo(found.result.theta.after / initial.after, 9);
    const theta = found.trades.reduce((sum, trade) => sum + trade.theta, 0);
    expect(found.result.collected).toBeCloseTo(theta, 4);
  });

  it('shows trades, limits and proof within 100 columns', () => {
    const { code, out } = greekfire(
      'harvest',
      '--delta',
      '5',
      '--worst-loss',
      '1e6',
      '--max-instruments',
      '8',
    );
    expect(code).toBe(0);
    for (const word of ['worst loss', 'initial margin', 'gamma', 'proof', 'per worst loss', 'per margin'])
      expect(out).toContain(word);
    expect(widest(out)).toBeLessThanOrEqual(100);
  });

  it('writes its trades as CSV', () => {
    const rows = parse<Record<string, string>>(greekfire('harvest', '--no-lots', '--csv').out, {
      columns: true,
    });
    expect(rows.length).toBeGreaterThan(0);
    expect(Object.keys(rows[0])).toEqual(['instrument', 'side', 'quantity', 'mid', 'theta_per_day']);
  });

  const wrong: readonly [string[], RegExp][] = [
    [['--delta', '5:-5'], /The low end must not be above/],
    [['--vega', 'x'], /It must be a number, low:high or none/],
    [['--days', '0'], /at least 0.01/],
    [['--margin', '-1'], /at least 0/],
    [['--model', 'reg-t'], /--model reg-t: it has no scenarios/],
    [['--spot', '120'], /from 0 to 99/],
    [['--max-instruments', '0'], /whole number of at least 1/],
  ];
  it.each(wrong)('refuses %j in one line', (flags, message) => {
    const { code, error } = greekfire('harvest', ...flags);
    expect(code).toBe(2);
    expect(error).toMatch(message);
  });
});

describe.skipIf(!hasData)(`on a real chain${needsData}`, () => {
  const chain = hasData ? dataPath('chains/deribit_btc_order_books_20200912.json') : '';

  it('builds structures at real quotes and takes a book apart', () => {
    for (const name of ['strangle', 'iron-condor', 'call-calendar', 'covered-call']) {
      const { code, out, error } = greekfire('strategy', name, '--chain', chain);
      expect([code, error], name).toEqual([0, '']);
      expect(out).toContain('maximum loss');
    }
    expect(greekfire('strategy', '--chain', chain).out).toContain('strangle');
  });

  it('harvests theta', () => {
    const found = JSON.parse(
      greekfire('harvest', '--chain', chain, '--no-lots', '--json').out,
    ) as HarvestJson;
    expect(found.proof.status).toBe('optimal');
    expect(found.result.worstLoss.after).toBeLessThanOrEqual(found.worstLossLimit * (1 + 1e-6));
  });
});
