import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { createSync } from 'greekfire';
import { structureNames } from 'greekfire/strategy';
import { describe, expect, it } from 'vitest';
import { exampleMarket } from '../../example/index.js';
import { dataPath, hasData, needsData } from '../deribit/data.js';
import { greekfire, inputFile } from './command.js';

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

  it('bounds what covered calls, covered puts and collars can lose', () => {
    const book = inputFile(
      'covered.csv',
      [
        'instrument,quantity',
        ...['BTC-26JUN26-117500-C,-5', 'BTC-26JUN26,491143'],
        ...['BTC-27MAR26-86000-P,-3', 'BTC-PERPETUAL,-288390'],
        ...['BTC-27FEB26-86000-P,2', 'BTC-27FEB26-110000-C,-2', 'BTC-27FEB26,193120'],
      ].join('\n'),
    );
    const { out } = greekfire('strategy', '--book', book, '--json');
    const { structures } = JSON.parse(out) as {
      structures: { name: string; maximumGain: number | string; maximumLoss: number | string }[];
    };
    const bounds = new Map(
      structures.map(({ name, maximumGain, maximumLoss }) => [name, [maximumGain, maximumLoss]]),
    );
    expect([...bounds.keys()].sort()).toEqual(['collar', 'covered-call', 'covered-put']);
    for (const name of ['covered-call', 'collar']) {
      for (const bound of bounds.get(name)!) expect(bound, name).toBeTypeOf('number');
    }
    expect(bounds.get('covered-put')).toEqual([expect.any(Number), 'unbounded']);
    // a covered call loses the future less what the call brought
    const lost = Number(bounds.get('covered-call')![1]);
    expect(lost / 5).toBeGreaterThan(80_000);
    expect(lost / 5).toBeLessThan(98_228.6);
    const text = greekfire('strategy', '--book', book).out;
    expect(text).toMatch(/covered-put .* no limit/);
    expect(text).not.toMatch(/covered-call .* no limit/);
  });

  it('ends perpetual and spot at the price of the horizon: what covers a call covers it all the way', () => {
    for (const leg of ['future', 'perpetual', 'spot']) {
      const flags = ['covered-call', '--expiry', '26JUN26', '--leg', leg, '--in', 'quote'];
      const { figures } = strategyJson(...flags);
      expect(figures.maximumLoss, leg).toBeTypeOf('number');
      expect(figures.breakEvens, leg).toHaveLength(1);
    }
    const { figures } = strategyJson('conversion', '--leg', 'perpetual', '--in', 'quote');
    expect(figures.maximumGain).toBeCloseTo(-Number(figures.maximumLoss), 6);
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
  readonly proof: {
    readonly status: string;
    readonly gap: number;
    readonly isKept: boolean;
    readonly objective: number;
  };
}

/** What has no bound, as a number again. */
function unbounded(_: string, value: unknown): unknown {
  if (value === 'unbounded') return Infinity;
  return value === '-unbounded' ? -Infinity : value;
}

const DARK = 'BTC-27MAR26-110000-C';

/** The synthetic chain with few strikes; `dark` without a volatility of one of them. */
function smallChain(dark = ''): string {
  const { chain, futures } = exampleMarket({ seed: 1, strikes: 9, core: createSync() });
  const strike = dark.slice(0, -1);
  const rows = chain.map((row) =>
    strike !== '' && row.instrument_name.startsWith(strike)
      ? {
          ...row,
          mark_price: null,
          mark_iv: null,
          bids: [],
          asks: [],
          best_bid_price: null,
          best_ask_price: null,
        }
      : row,
  );
  return inputFile(`small${dark}.json`, [...rows, ...futures]);
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

  const small = smallChain();
  const tiny = inputFile(
    'tiny.csv',
    'instrument,quantity\nBTC-27MAR26-80000-P,-0.3\nBTC-27MAR26-110000-C,-0.2\nBTC-27MAR26-130000-C,0.4',
  );
  const tinyHarvest = (...flags: string[]) =>
    greekfire('harvest', '--chain', small, '--book', tiny, ...flags);

  it('keeps a tiny book inside its limits in whole lots, or trades nothing', () => {
    for (const flags of [[], ['--gamma', 'none'], ['--delta', 'none', '--vega', 'none']]) {
      const { code, out } = tinyHarvest(...flags, '--json');
      const { limits, proof, worstLossLimit, marginLimit, result } = JSON.parse(
        out,
        unbounded,
      ) as HarvestJson;
      expect([code, proof.isKept], flags.join(' ')).toEqual([0, true]);
      expect(proof.objective).toBeLessThanOrEqual(0);
      for (const { lower, upper, after } of limits) {
        expect(after).toBeGreaterThanOrEqual(lower - 1e-5);
        expect(after).toBeLessThanOrEqual(upper + 1e-5);
      }
      expect(result.worstLoss.after).toBeLessThanOrEqual(worstLossLimit * (1 + 1e-6));
      expect(result.margin.initial.after).toBeLessThanOrEqual(marginLimit * (1 + 1e-6));
    }
  });

  it('says what nothing is traded for, and what trades without that restriction might gain', () => {
    const { code, out } = tinyHarvest('--max-instruments', '1');
    expect(code).toBe(0);
    expect(out).toContain(
      'no trades of at most 1 instrument in whole lots were found that gain inside the limits',
    );
    expect(out).toMatch(/trades of any size and number may gain up to [\d,]+ \$ in 7 days/);
    expect(widest(out)).toBeLessThanOrEqual(100);
  });

  it('ends with 3 and writes no trades where the limits are not kept', () => {
    const flags = ['--delta', '5:6', '--gamma', '0', '--vega', '0', '--margin', '1'];
    const { code, out } = tinyHarvest(...flags);
    expect(code).toBe(3);
    expect(out).toMatch(/the limits cannot be kept together/);
    expect(widest(out)).toBeLessThanOrEqual(100);
    const csv = tinyHarvest(...flags, '--csv');
    expect([csv.code, csv.out]).toEqual([3, 'instrument,side,quantity,mid,theta_per_day\n']);
    expect(csv.error).toMatch(/^greekfire: the limits cannot be kept together: no trades written\n$/);
  });

  it('names positions without a price', () => {
    const book = inputFile('dark.csv', `instrument,quantity\nBTC-27MAR26-80000-P,-10\n${DARK},2`);
    const chain = smallChain(DARK);
    for (const command of ['harvest', 'strategy']) {
      const flags = [
        command,
        '--chain',
        chain,
        '--book',
        book,
        ...(command === 'harvest' ? ['--no-lots'] : []),
      ];
      expect(greekfire(...flags).out, command).toContain(
        `without a price, left out of every figure: ${DARK}`,
      );
      const { unpriced } = JSON.parse(greekfire(...flags, '--json').out) as { unpriced: string[] };
      expect(unpriced, command).toEqual([DARK]);
    }
  });

  const wrong: readonly [string[], RegExp][] = [
    [['--delta', '5:-5'], /The low end must not be above/],
    [['--vega', 'x'], /It must be a number, low:high or none/],
    [['--days', '0'], /at least 0.01/],
    [['--margin', '-1'], /at least 0/],
    [['--margin', '0'], /above 0: what holds options has a margin/],
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
