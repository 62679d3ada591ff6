import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { createSync } from 'greekfire';
import { implyVolatilities, readChain } from 'greekfire/deribit';
import { describe, expect, it } from 'vitest';
import { EXAMPLE_INSTANT, exampleBook, exampleMarket } from '../../example/index.js';
import { greekfire as run, inputFile } from '../cli/command.js';
import { dataPath, hasData, needsData } from '../deribit/data.js';

interface Printed {
  schema: string;
  figures: {
    equity: number;
    initial: number;
    maintenance: number;
    ratio: number | null;
    isSolvent: boolean;
    underlyings: { equity: number; worstLoss: number }[];
  };
  levels: Record<
    string,
    { move: number; figures: { equity: number; maintenance: number } } | undefined
  > | null;
  isFunded: boolean;
  liquidation: {
    status: string;
    steps: { move: number }[];
    equity: number;
    start: { equity: number; maintenance: number };
  } | null;
  limit:
    | (Record<'most' | 'before' | 'after' | 'difference' | 'cost', number> & {
        what: 'worstLoss' | 'initial' | 'maintenance';
        isKept: boolean;
        trades: { instrument: string; side: string; quantity: number; spread: number; fee: number }[];
      })
    | null;
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

  it('after a stress counts what futures lost where it is lost', () => {
    const book = inputFile(
      'future.csv',
      'instrument,quantity\nBTC-PERPETUAL,1000000\nBTC-27MAR26-86000-P,-1',
    );
    const read = (...flags: string[]) =>
      JSON.parse(run('margin', '--json', '--cash', '500000', '--book', book, ...flags).out) as Printed;
    const [before, after] = [read(), read('--stress', '-10')];
    for (const { figures } of [before, after]) {
      expect(figures.underlyings[0].equity + 500_000).toBeCloseTo(figures.equity, 4);
    }
    const lost = before.figures.underlyings[0].equity - after.figures.underlyings[0].equity;
    expect(lost).toBeGreaterThan(100_000);
  });

  it('names the ratio that liquidates', () => {
    const { out } = run('margin', '--coins', 'BTC=40', '--stress', '-10');
    expect(out).toMatch(/margin ratio \d\d\.\d % \(maintenance \/ equity, 100 % liquidates\) · solvent/);
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

  it('writes its table to a file too', () => {
    const path = inputFile('margin.csv', '');
    expect(run('margin', '--csv', path).out).toBe('');
    expect(readFileSync(path, 'utf8')).toBe(run('margin', '--csv').out);
  });

  it('says what is missing where no collateral is given, and no level', () => {
    const { out } = run('margin');
    expect(out).toContain('not known: no collateral is given. Say by --cash or --coins');
    expect(out).not.toContain('of equity');
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
    const printed = JSON.parse(run('margin', '--json').out) as Printed;
    expect(printed).toMatchObject({ isFunded: false, levels: null, liquidation: null, limit: null });
  });

  it('looks at the account after a move: equity and margins are those that the model finds there', () => {
    const { down } = (JSON.parse(run('margin', '--json', '--cash', '4000000').out) as Printed).levels!;
    const percent = String(100 * down!.move);
    const there = JSON.parse(
      run('margin', '--json', '--cash', '4000000', '--stress', percent).out,
    ) as Printed;
    expect(there.figures.equity / down!.figures.equity).toBeCloseTo(1, 9);
    expect(there.figures.maintenance / down!.figures.maintenance).toBeCloseTo(1, 9);
  });

  it('shows a liquidation step by step, and a cascade where its trades move the price', () => {
    const flags = ['margin', '--cash', '1500000', '--stress', '-3'];
    const still = (JSON.parse(run(...flags, '--json').out) as Printed).liquidation!;
    const pushed = (JSON.parse(run(...flags, '--json', '--impact', '0.05').out) as Printed).liquidation!;
    expect(still.start.maintenance).toBeGreaterThan(still.start.equity);
    expect(still.steps.every(({ move }) => move === 0)).toBe(true);
    // it sells, which presses the price on
    expect(pushed.steps.at(-1).move).toBeLessThan(-0.01);
    expect(pushed.steps.length).toBeGreaterThan(still.steps.length);
    expect(pushed.equity).toBeLessThan(still.equity);
    const { out } = run(...flags, '--impact', '0.05');
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
    expect(out).toContain('as it stands');
    expect(out).toContain('solvent again');
  });

  it.each(['worst-loss=50%', 'initial=50%', 'maintenance=40%', 'initial=900000'])(
    'finds the cheapest trades for %s, and the account after them keeps it',
    (limit) => {
      const { limit: found } = JSON.parse(run('margin', '--json', '--limit', limit).out) as Printed;
      const { what, most, before, after, difference, isKept, cost, trades } = found!;
      expect(isKept).toBe(true);
      expect(before).toBeGreaterThan(most);
      expect(after).toBeLessThanOrEqual(most * (1 + 1e-6));
      expect(Math.abs(difference)).toBeLessThan(1e-6 * most);
      const spent = trades.reduce((sum, { spread, fee }) => sum + spread + fee, 0);
      expect(spent / cost).toBeCloseTo(1, 6);
      // the same book with the trades in it, from its file, in an account of its own
      const core = createSync();
      const { chain, futures } = exampleMarket({ seed: 1, core });
      const market = implyVolatilities(
        core,
        readChain(JSON.stringify([...chain, ...futures]), { instant: EXAMPLE_INSTANT }),
      );
      const traded = trades.map(({ instrument, side, quantity }) => ({
        instrument_name: instrument,
        quantity: side === 'buy' ? quantity : -quantity,
        unit: 'coin',
      }));
      const path = inputFile('traded.json', [...exampleBook(core, market, 'BTC'), ...traded]);
      const { figures } = JSON.parse(run('margin', '--json', '--book', path).out) as Printed;
      const reached = { worstLoss: figures.underlyings[0].worstLoss, ...figures }[what];
      expect(reached / most).toBeCloseTo(1, 6);
    },
  );

  it('says so where a limit is out of reach', () => {
    const book = inputFile('huge.json', [{ instrument_name: 'BTC-27FEB26-86000-P', quantity: -1e6 }]);
    const { out, code } = run('margin', '--book', book, '--limit', 'initial=1%');
    expect(code).toBe(3);
    expect(out).toContain('not kept: the quoted depth does not reach it');
  });

  it.skipIf(!hasData)(`stands on a real chain and book${needsData}`, () => {
    const chain = dataPath('chains/deribit_btc_eth_20260822T153351Z.csv');
    const book = dataPath('books/deribit_short_puts_positions.json');
    const flags = ['margin', '--json', '--chain', chain, '--book', book, '--cash', '4000'];
    const { figures, levels, limit } = JSON.parse(run(...flags, '--limit', 'initial=60%').out) as Printed;
    expect(figures.isSolvent).toBe(true);
    expect(levels!['down']!.figures.equity / levels!['down']!.figures.maintenance).toBeCloseTo(1, 9);
    expect(limit!.isKept).toBe(true);
    expect(Math.abs(limit!.difference)).toBeLessThan(1e-6 * limit!.most);
    expect(limit!.most / limit!.before).toBeCloseTo(0.6, 9);
  });

  it('asks nothing for a book of nothing, and has no level then', () => {
    const book = inputFile('nothing.json', [{ instrument_name: 'BTC-27FEB26-86000-P', quantity: 0 }]);
    const printed = JSON.parse(run('margin', '--json', '--book', book, '--cash', '1000').out) as Printed;
    expect(printed.figures).toMatchObject({
      equity: 1000,
      initial: 0,
      maintenance: 0,
      ratio: 0,
      isSolvent: true,
    });
    expect(Object.values(printed.levels!).filter((level) => Boolean(level))).toEqual([]);
    expect(run('margin', '--book', book).out).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('stands in the report', () => {
    const { out } = run('--coins', 'BTC=40');
    expect(out).toContain('Liquidation levels');
    expect(out).toContain('Risk surface');
    expect(out).toContain('Worst node');
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
    [['--stress', '-100'], 'It must be above -100 and at most 10000.'],
    [['--impact', '-1'], 'It must not be negative.'],
    [['--limit', 'initial'], 'It must be worst-loss, initial or maintenance, and =AMOUNT or =PERCENT%'],
    [['--limit', 'equity=5'], 'It must be worst-loss, initial or maintenance'],
    [['--limit', 'initial=-5'], 'It must not be negative.'],
    [['--limit', 'initial=x'], 'It must be a number.'],
    [
      ['--limit', 'initial=5', '--model', 'deribit-standard'],
      'has no scenarios that a hedge could keep within',
    ],
    [['--cash', 'Infinity'], 'It must be a number.'],
    [['stray'], "'stray' is no flag of margin"],
  ])('refuses %j in one line', (flags, message) => {
    const { code, out, error } = run('margin', ...flags);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(error).toContain(message);
    expect(error.trim().split('\n')).toHaveLength(1);
  });
});
