import { type Command, InvalidArgumentError, Option } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { DAYS_PER_YEAR } from 'greekfire';
import { createSync } from 'greekfire/full';
import { InputError } from '../failure.js';
import { readInputs, type Inputs } from '../inputs.js';
import { readMoves } from '../moves.js';
import { paintFor, wantsColour } from '../report/paint.js';
import { surfaceText } from '../report/surface-text.js';
import { Scanned, type ScanReport, SURFACE_GREEKS, type SurfaceGreek } from '../scan.js';
import { sweepScenarios } from '../sweep.js';
import {
  addCommand,
  addInputs,
  currenciesOf,
  inputPaths,
  readNumber,
  readWorkers,
  writeCsv,
  type InputFlags,
  withDefault,
} from './command.js';

interface ScanFlags extends InputFlags {
  readonly spot: number[];
  readonly volatility: number[];
  readonly days: number[];
  readonly volatilityMove: 'absolute' | 'relative';
  readonly termPower: number;
  readonly gaps?: number[];
  readonly gapVolatility: readonly [number, number];
  readonly moves?: string;
  readonly level: number;
  readonly beta: Readonly<Record<string, number>>;
  readonly in: 'quote' | 'coin';
  readonly greeks?: true | readonly SurfaceGreek[];
  readonly taylor?: true;
  readonly workers?: number;
  readonly json?: true;
  readonly csv?: true | string;
}

/** Most points of an axis. */
const MOST_POINTS = 10_001;

/** `low:high:count`, or numbers with commas between them. */
function readAxis(text: string): number[] {
  const parts = text.split(':');
  if (parts.length === 1) return text.split(',').map(readNumber);
  const [low, high, count] = [parts[0], parts[1], parts[2] ?? ''].map((part) => Number(part));
  if (parts.length !== 3 || parts.some((part) => part.trim() === '') || ![low, high].every(Number.isFinite))
    throw new InvalidArgumentError('It must be low:high:count, or numbers with commas between them.');
  if (!Number.isInteger(count) || count < 2 || count > MOST_POINTS)
    throw new InvalidArgumentError(
      `The count in low:high:count must be a whole number from 2 to ${MOST_POINTS}.`,
    );
  return Array.from({ length: count }, (_, i) =>
    Number((low + ((high - low) * i) / (count - 1)).toPrecision(12)),
  );
}

function readPercents(text: string): number[] {
  return readAxis(text).map((value) => Number((value / 100).toPrecision(14)));
}

/** Percents of a fall that is less than the whole. */
function readMovesOf(text: string): number[] {
  return readPercents(text).map((move) => {
    if (move > -1) return move;
    throw new InvalidArgumentError(
      `${Number((100 * move).toPrecision(12))} % leaves no price: a fall must be of less than 100 %.`,
    );
  });
}

function readDays(text: string): number[] {
  return readAxis(text).map((days) => {
    if (days >= 0) return days;
    throw new InvalidArgumentError('Days must not be negative.');
  });
}

function readLevel(text: string): number {
  const level = readNumber(text) / 100;
  if (level > 0 && level < 1) return level;
  throw new InvalidArgumentError('It must be above 0 and below 100.');
}

function readReaction(text: string): [number, number] {
  const parts = text.split(':');
  if (parts.length !== 2) throw new InvalidArgumentError('It must be fall:rise, as in 1:0.5.');
  return [readNumber(parts[0]), readNumber(parts[1])];
}

/** Adds `NAME=BETA` to the betas named so far. */
function readBeta(text: string, betas: Readonly<Record<string, number>>): Record<string, number> {
  const match = /^([A-Za-z_]+)=(.+)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('It must be NAME=BETA, as in ETH=1.3.');
  return { ...betas, [match[1].toUpperCase()]: readNumber(match[2]) };
}

function readGreek(text: string, greeks: readonly SurfaceGreek[] | undefined): SurfaceGreek[] {
  const greek = SURFACE_GREEKS.find((name) => name === text);
  if (greek === undefined) throw new InvalidArgumentError(`It must be among ${SURFACE_GREEKS.join(', ')}.`);
  return [...(greeks ?? []), greek];
}

const COLUMNS = ['block', 'spot', 'volatility', 'days', 'weight', 'profit'] as const;

/** One row per scenario: the grid's, the gaps', the moves'. */
function renderCsv(
  { surface, gaps, tail }: ScanReport,
  moves: ReturnType<typeof readMoves> | undefined,
): string {
  const { spot, volatility, days, profit, greeks, taylor } = surface;
  const names = Object.keys(greeks) as SurfaceGreek[];
  const grid = Array.from(profit, (made, s) => [
    'grid',
    spot[s % spot.length],
    volatility[Math.floor(s / spot.length) % volatility.length],
    days[Math.floor(s / spot.length / volatility.length)],
    '',
    made,
    ...(taylor ? [taylor[s]] : []),
    ...names.map((name) => greeks[name]![s]),
  ]);
  const jumps = gaps.map((gap) => ['gap', gap.spot, gap.volatility, gap.days, '', gap.profit]);
  const given = Array.from(tail?.profit ?? [], (made, s) => {
    const { time, weight } = moves!;
    return ['moves', moves!.spot[s], moves!.volatility[s], time[s] * DAYS_PER_YEAR, weight[s], made];
  });
  const columns = [...COLUMNS, ...(taylor ? ['taylor'] : []), ...names];
  const padded = [...jumps, ...given].map((row) => [...row, ...columns.slice(COLUMNS.length).map(() => '')]);
  return stringify([...grid, ...padded], { header: true, columns });
}

function renderJson(report: ScanReport, { chainSource, bookSource, market }: Inputs): string {
  return JSON.stringify(
    {
      schema: 'greekfire.scan/1',
      synthetic: chainSource.synthetic || bookSource.synthetic,
      instant: new Date(market.instant).toISOString(),
      units: {
        profit: report.unit,
        spot: 'relative, per 1.00',
        volatility: 'per 1.00: points, or relative where volatilityMove.kind says so; gaps always relative',
        greeks: 'raw, as in greekfire.report/1',
        order: 'the spot runs fastest, then volatility, then days',
      },
      ...report,
    },
    (_, value: unknown) =>
      value === undefined ? null : ArrayBuffer.isView(value) ? [...(value as Float64Array)] : value,
    2,
  );
}

async function scan(flags: ScanFlags, command: Command): Promise<void> {
  if (command.args.length > 0) {
    throw new InputError(`'${command.args[0]}' is no flag of scan: files are given by --chain and --book`);
  }
  const controller = new AbortController();
  process.once('SIGINT', () => {
    controller.abort();
  });
  const core = createSync();
  const inputs = readInputs(core, inputPaths(flags));
  const moves = flags.moves === undefined ? undefined : readMoves(flags.moves);
  const scanned = new Scanned(core, inputs, currenciesOf(flags), {
    axes: { spot: flags.spot, volatility: flags.volatility, days: flags.days },
    volatilityMove: { kind: flags.volatilityMove, exponent: flags.termPower },
    gaps: { moves: flags.gaps, fall: flags.gapVolatility[0], rise: flags.gapVolatility[1] },
    moves,
    level: flags.level,
    beta: flags.beta,
    measure: flags.in,
    greeks: flags.greeks === true ? ['delta', 'gamma', 'vega', 'theta'] : (flags.greeks ?? []),
    taylor: flags.taylor === true,
  });
  const swept = await sweepScenarios(scanned, flags.workers, controller.signal);
  const report = scanned.report(swept.grid, swept.moves);
  scanned.dispose();
  if (flags.json === true) process.stdout.write(`${renderJson(report, inputs)}\n`);
  else if (flags.csv !== undefined) writeCsv(flags.csv, renderCsv(report, moves));
  else process.stdout.write(`${surfaceText(report, paintFor(wantsColour(process.stdout, process.env)))}\n`);
}

/** `greekfire scan`. */
export function addScan(program: Command): Command {
  return addInputs(
    addCommand(program, 'scan').description(
      'profit and loss of a book over moves of spot, volatility and time, its worst case and who makes it',
    ),
  )
    .addOption(
      withDefault(
        '--spot <moves>',
        'moves of the spot in %, low:high:count or a,b,c',
        readMovesOf,
        '-30:30:13',
      ),
    )
    .addOption(
      withDefault(
        '--volatility <moves>',
        'moves of volatility in points or %, likewise',
        readPercents,
        '-20:30:6',
      ),
    )
    .addOption(withDefault('--days <numbers>', 'days that pass, likewise', readDays, '0'))
    .addOption(
      new Option('--volatility-move <kind>', 'whether volatility moves by points or in % of itself')
        .choices(['absolute', 'relative'])
        .default('absolute'),
    )
    .option('--term-power <p>', 'weighs moves of volatility by (30 / days left)^p', readNumber, 0)
    .option(
      '--gaps <moves>',
      'single jumps of the price in %, likewise; -60 to +300 if left out',
      readMovesOf,
    )
    .addOption(
      withDefault(
        '--gap-volatility <fall:rise>',
        'rise of volatility in % of itself per % of a fall and of a rise',
        readReaction,
        '1:0.5',
      ),
    )
    .option(
      '--moves <file>',
      'moves of the past or any scenarios: CSV of spot, volatility, days, weight, per 1.00',
    )
    .addOption(
      withDefault(
        '--level <percent>',
        'of value at risk and expected shortfall over the moves',
        readLevel,
        '99',
      ),
    )
    .addOption(
      new Option('--beta <name=beta...>', 'by how much an underlying moves when the spot moves by 1')
        .argParser(readBeta)
        .default({}, '1 each'),
    )
    .addOption(
      new Option('--in <currency>', 'measure profits in the quote currency or in coin')
        .choices(['quote', 'coin'])
        .default('quote'),
    )
    .option(
      '--greeks [names...]',
      `on every node: ${SURFACE_GREEKS.join(', ')}; the first four if none is named`,
      readGreek,
    )
    .option('--taylor', 'what Taylor’s series by the Greeks misses on every node')
    .option(
      '--workers <count>',
      'workers to sweep with; one per core for long sweeps if left out',
      readWorkers,
    )
    .addOption(new Option('--json', 'the figures for machines, raw units').conflicts('csv'))
    .option('--csv [file]', 'one row per scenario, raw units, to a file or the output')
    .allowExcessArguments()
    .action(scan);
}
