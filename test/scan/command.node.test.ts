import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { createSync } from 'greekfire';
import { bookPositions, chainInput, implyVolatilities, readBook, readChain } from 'greekfire/deribit';
import { describe, expect, it } from 'vitest';
import { EXAMPLE_INSTANT, exampleBook, exampleMarket } from '../../example/index.js';
import { seededRandom } from '../../example/random.js';
import { COMMAND, greekfire as run, inputFile } from '../cli/command.js';

interface Loss {
  loss: number;
  contribution: number[];
}

interface Printed {
  schema: string;
  synthetic: boolean;
  unit: string;
  value: number;
  positions: { instrument: string; quantity: number }[];
  surface: {
    spot: number[];
    volatility: number[];
    days: number[];
    profit: number[];
    worst: Loss & { scenario: { index: number; spot: number; volatility: number } };
    greeks: Record<string, number[]>;
    taylor: number[] | null;
  };
  gaps: { spot: number; volatility: number; profit: number; loser: number; loserProfit: number }[];
  tail:
    | (Record<'worst' | 'valueAtRisk' | 'expectedShortfall', Loss> & {
        profit: number[];
        worstMoves: { index: number; profit: number }[];
      })
    | null;
}

const scan = (...flags: string[]): Printed => JSON.parse(run('scan', '--json', ...flags).out) as Printed;
const total = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + x, 0);
const size = (numbers: readonly number[]): number => numbers.reduce((sum, x) => sum + Math.abs(x), 0);

/** The command's own inputs, held by the library alone. */
const core = createSync();
const example = exampleMarket({ seed: 1, core });
const market = implyVolatilities(
  core,
  readChain(JSON.stringify([...example.chain, ...example.futures]), { instant: EXAMPLE_INSTANT }),
);
const input = chainInput(market);
const chain = core.chain(input.expiries, 2);
const lines = readBook(JSON.stringify(exampleBook(core, market, 'BTC')));
const { positions } = bookPositions(lines, market, input);
const book = core.book(chain, positions);

const random = seededRandom(11);
const moves = Array.from({ length: 600 }, (_, i) => {
  const spot = Number(random.uniform(-0.15, 0.15).toFixed(4));
  return { date: `day ${i}`, spot, volatility: Number((-0.4 * spot).toFixed(4)), weight: 1 + (i % 3) };
});
const movesCsv = (list: readonly (typeof moves)[number][]): string =>
  ['date,spot,volatility,weight', ...list.map((m) => `${m.date},${m.spot},${m.volatility},${m.weight}`)].join(
    '\n',
  );
const movesPath = inputFile('moves.csv', movesCsv(moves));

describe('greekfire scan', () => {
  it.each([
    [[]],
    [['--days', '0,7', '--greeks', '--taylor']],
    [['--in', 'coin', '--moves', movesPath]],
    [['--spot', '-99.9:400:31', '--volatility', '-60:600:23', '--gaps', '-99,5000']],
  ])('prints within 100 columns: %j', (flags) => {
    const { code, out, error } = run('scan', ...flags);
    expect(error).toBe('');
    expect(code).toBe(0);
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
    expect(out).toContain('Worst node');
    expect(out).toContain('Price gaps');
    expect(out).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('finds what the library finds, on every node', () => {
    const spot = [-0.3, -0.1, 0, 0.25];
    const volatility = [-0.2, 0, 0.3];
    const printed = scan(
      '--spot',
      '-30,-10,0,25',
      '--volatility',
      '-20,0,30',
      '--days',
      '0,7',
      '--greeks',
      'delta',
      'vega',
      '--taylor',
    );
    using whole = book.scan({ spot, volatility, time: [0, 7 / 365], sensitivities: false });
    expect(printed.schema).toBe('greekfire.scan/1');
    expect(printed.synthetic).toBe(true);
    expect(printed.surface).toMatchObject({ spot, volatility, days: [0, 7] });
    expect(printed.surface.profit).toEqual([...whole.profit]);
    expect(printed.value).toBe(whole.value);
    const { worst } = printed.surface;
    const wanted = whole.worst();
    expect(worst.scenario.index).toBe(wanted.scenario);
    expect(worst.loss).toBe(wanted.loss);
    expect(worst.contribution).toEqual([...wanted.contribution]);
    expect(Math.abs(total(worst.contribution) - worst.loss)).toBeLessThan(1e-12 * size(worst.contribution));
    expect(Object.keys(printed.surface.greeks)).toEqual(['delta', 'vega']);
    const still = spot.length + 2;
    const exposure = book.exposure();
    expect(printed.surface.greeks['delta'][still] / exposure.delta).toBeCloseTo(1, 12);
    expect(printed.surface.greeks['vega'][still] / exposure.vega).toBeCloseTo(1, 12);
    expect(Math.abs(printed.surface.taylor![still])).toBeLessThan(1e-6);
  });

  it('shows what single jumps do, and who loses most in each', () => {
    const { gaps } = scan('--gaps', '-60,-20,150', '--gap-volatility', '0.8:0.2');
    expect(gaps.map(({ spot }) => spot)).toEqual([-0.6, -0.2, 1.5]);
    gaps.forEach(({ volatility }, i) => {
      expect(volatility).toBeCloseTo([0.48, 0.16, 0.3][i], 12);
    });
    using jumps = book.scan({
      volatilityMove: 'relative',
      scenarios: { spot: gaps.map(({ spot }) => spot), volatility: gaps.map(({ volatility }) => volatility) },
    });
    const profits = jumps.profitByPosition();
    gaps.forEach(({ profit, loser, loserProfit }, s) => {
      expect(profit).toBe(jumps.profit[s]);
      const own = profits.subarray(s * positions.length, (s + 1) * positions.length);
      expect(loserProfit).toBe(Math.min(...own));
      expect(own[loser]).toBe(loserProfit);
    });
  });

  it('measures the tail of moves as the library does over all of them', () => {
    for (const level of [90, 95, 99.9]) {
      const { tail } = scan('--moves', movesPath, '--level', String(level));
      using all = book.scan({
        scenarios: {
          spot: moves.map(({ spot }) => spot),
          volatility: moves.map(({ volatility }) => volatility),
          weight: moves.map(({ weight }) => weight),
        },
      });
      expect(tail!.profit).toEqual([...all.profit]);
      for (const [name, wanted] of [
        ['worst', all.worst()],
        ['valueAtRisk', all.valueAtRisk(level / 100)],
        ['expectedShortfall', all.expectedShortfall(level / 100)],
      ] as const) {
        const found = tail![name];
        expect(found.loss / wanted.loss, name).toBeCloseTo(1, 12);
        const scale = size([...wanted.contribution]);
        found.contribution.forEach((part, p) => {
          expect(Math.abs(part - wanted.contribution[p]), `${name} ${p}`).toBeLessThan(1e-11 * scale);
        });
        expect(Math.abs(total(found.contribution) - found.loss)).toBeLessThan(1e-11 * scale);
      }
      const sorted = [...all.profit].sort((a, b) => a - b);
      expect(tail!.worstMoves.map(({ profit }) => profit)).toEqual(sorted.slice(0, 5));
    }
  });

  it('finds the same on workers as on one core, to the last bit', () => {
    const flags = ['--spot', '-50:100:41', '--volatility', '-20:60:9', '--moves', movesPath];
    const alone = run('scan', '--json', ...flags);
    const { out, error } = run('scan', '--json', '--workers', '2', ...flags);
    expect(out).toBe(alone.out);
    // no bar where the error stream is no terminal
    expect(error).toBe('');
  });

  it('prints every scenario as CSV, to the output and to a file', () => {
    const flags = ['--spot', '-10,0,10', '--volatility', '0,10', '--gaps', '-50', '--moves', movesPath];
    const text = run('scan', '--csv', '-', ...flags, '--greeks', 'gamma').out;
    const rows: Record<string, string>[] = parse(text, { columns: true });
    expect(rows.map(({ block }) => block)).toEqual([
      ...Array<string>(6).fill('grid'),
      'gap',
      ...Array<string>(moves.length).fill('moves'),
    ]);
    using grid = book.scan({ spot: [-0.1, 0, 0.1], volatility: [0, 0.1] });
    expect(rows.slice(0, 6).map(({ profit }) => Number(profit))).toEqual([...grid.profit]);
    expect(Number(rows[1]['gamma']) / book.exposure().gamma).toBeCloseTo(1, 12);
    expect(rows[7]).toMatchObject({ spot: String(moves[0].spot), weight: '1' });
    const path = inputFile('scan.csv', '');
    expect(run('scan', '--csv', path, ...flags, '--greeks', 'gamma').out).toBe('');
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it('moves underlyings by their betas', () => {
    const flags = ['--spot', '-20', '--volatility', '0'];
    const [still] = scan(...flags, '--beta', 'BTC=0').surface.profit;
    expect(still).toBe(0);
    const [half] = scan(...flags, '--beta', 'BTC=0.5').surface.profit;
    expect(half).toBe(scan('--spot', '-10', '--volatility', '0').surface.profit[0]);
  });

  it('scans a book of nothing that can be priced, and of what has expired', () => {
    const name = example.chain.find(({ instrument_name }) => instrument_name.endsWith('-C'))!.instrument_name;
    const nothing = inputFile('nothing.json', [{ instrument_name: name, quantity: 0 }]);
    const { surface, gaps } = scan('--book', nothing);
    expect(new Set(surface.profit)).toEqual(new Set([0]));
    expect(gaps.every(({ profit, loser }) => profit === 0 && loser === -1)).toBe(true);
    expect(run('scan', '--book', nothing).out).toContain('neither loss nor gain');
    // far beyond every expiry all is worth its intrinsic value: the same for every volatility
    const late = scan('--days', '4000', '--spot', '-20,20', '--volatility', '-10,50').surface.profit;
    expect(late.slice(0, 2)).toEqual(late.slice(2));
  });

  it('ends in one line where it is interrupted', async () => {
    const all = example.chain.map(({ instrument_name }) => ({ instrument_name, quantity: 1 }));
    const flags = [
      '--book',
      inputFile('all.json', all),
      '--spot',
      '-99:99:1000',
      '--volatility',
      '0:90:1000',
    ];
    const child = spawn(process.execPath, [COMMAND, 'scan', ...flags]);
    let [out, error] = ['', ''];
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (error += data.toString()));
    setTimeout(() => child.kill('SIGINT'), 3000);
    const code = await new Promise((resolve) => {
      child.on('close', (status, signal) => {
        resolve(status ?? signal);
      });
    });
    expect(code).toBe(130);
    expect(out).toBe('');
    expect(error).toMatch(/^greekfire: cancelled( after [\d,]+ of [\d,]+ scenarios of the (grid|moves))?\n$/);
  }, 60_000);

  let files = 0;
  const bad = (text: string): string => inputFile(`bad-${files++}.csv`, text);
  it.each([
    [['--spot', '-100'], '-100 % leaves no price: a fall must be of less than 100 %.'],
    [['--spot', '0,-250'], '-250 % leaves no price'],
    [['--gaps', '-100:100:3'], '-100 % leaves no price'],
    [['--spot', 'down'], 'It must be a number.'],
    [['--spot', ''], 'It must be a number'],
    [['--spot', '1:2'], 'It must be low:high:count'],
    [['--spot', '-10:10:1'], 'must be a whole number from 2 to 10001'],
    [['--volatility', 'NaN'], 'It must be a number.'],
    [['--days', '-1'], 'Days must not be negative.'],
    [['--level', '100'], 'It must be above 0 and below 100.'],
    [['--beta', 'BTC'], 'It must be NAME=BETA, as in ETH=1.3.'],
    [['--beta', 'SOL=2'], '--beta SOL: the book has BTC'],
    [['--beta', 'BTC=4'], '--spot: value 1, -30 % with --beta BTC=4: a fall must be of less than 100 %'],
    [['--greeks', 'omega'], 'It must be among delta, gamma'],
    [['--workers', '0'], 'It must be a whole number from 1 to 256.'],
    [['--in', 'coin', '--taylor'], '--taylor finds profits in the quote currency'],
    [['--volatility', '1e303'], 'scenario 0 leads out of the range of numbers'],
    [['--spot', '-99:99:10001', '--volatility', '0:1:1001'], 'the grid has 10011001 nodes'],
    [['--json', '--csv', '-'], "cannot be used with option '--csv"],
    [['--moves', '/no/such.csv'], 'cannot read /no/such.csv: no such file'],
    [['--moves', bad('')], 'no rows'],
    [['--moves', bad('spot\n')], 'no rows'],
    [['--moves', bad('price\n1')], 'no column "spot"; it has price'],
    [['--moves', bad('spot\n0.1\n-1')], 'row 2: spot is "-1": it must be a move above -1, per 1.00'],
    [['--moves', bad('spot\n0.1\n\n0.2\nx')], 'row 3: spot is "x": it must be a number'],
    [['--moves', bad('spot,volatility\n0.1,1\n,1')], 'row 2: spot is blank'],
    [['--moves', bad('spot,weight\n0.1,1\n0.2,-1')], 'row 2: weight is "-1": it must not be negative'],
    [['--moves', bad('spot,weight\n0.1,0\n0.2,0')], 'the weights are all 0'],
    [['--moves', bad('spot,days\n0.1,-3')], 'row 1: days is "-3": it must not be negative'],
    [['--moves', bad('spot\n0.1,0.2')], 'Invalid Record Length'],
    [['stray'], "'stray' is no flag of scan"],
  ])('refuses %j in one line', (flags, message) => {
    const { code, out, error } = run('scan', ...flags);
    expect(error).toContain(message);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(error.trim().split('\n')).toHaveLength(1);
  });
});
