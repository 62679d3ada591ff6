import { InvalidArgumentError, Option, type Command } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { createSync, type MarginPreset } from 'greekfire/full';
import { forecastModels } from 'greekfire/rebalance';
import { InputError } from '../failure.js';
import { INTERRUPTED, untilStopped } from '../interrupt.js';
import { readInputs } from '../inputs.js';
import { PRESETS } from '../margin.js';
import { FAMILIES, makeReplay, MODELS, type Family, type ReplayReport } from '../replay.js';
import { runReplay } from '../replay-run.js';
import { writeText } from '../output.js';
import { paintFor, wantsColour } from '../report/paint.js';
import { renderReplay } from '../report/replay-text.js';
import type { ReplayRequest } from '../replay.js';
import { addCommand, addInputs, inputPaths, readWorkers, type InputFlags, withDefault } from './command.js';
import { underlyingOf } from './strategy.js';
import { replay as replayTape } from './tape.js';

interface ReplayFlags extends InputFlags {
  readonly tape?: string;
  readonly model: ReplayRequest['model'];
  readonly volatility?: number;
  readonly smile: ReplayRequest['dynamics'];
  readonly pathSeed: number;
  readonly paths: number;
  readonly days: number;
  readonly hours: number;
  readonly policies: readonly Family[];
  readonly cash?: number;
  readonly margin: MarginPreset | 'none';
  readonly liquidation?: number;
  readonly halfSpread: number;
  readonly size: number;
  readonly rest?: number;
  readonly funding: number;
  readonly forecast: ReplayRequest['forecast'];
  readonly history: number;
  readonly workers?: number;
  readonly checkpoint?: string;
  readonly json?: true;
  readonly csv?: string;
}

/** Flags that say how paths are simulated. */
const NOT_OF_TAPES = [
  ...[
    'chain',
    'futures',
    'currency',
    'seed',
    'model',
    'volatility',
    'smile',
    'pathSeed',
    'paths',
    'days',
    'hours',
  ],
  ...[
    'policies',
    'cash',
    'margin',
    'liquidation',
    'halfSpread',
    'size',
    'rest',
    'forecast',
    'history',
    'workers',
    'csv',
  ],
];
const MOST_SEED = 2 ** 31 - 1;

function readNumber(least: number, most: number, unit = 1): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= most) return value * unit;
    throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`);
  };
}

function readWhole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

function readFamilies(text: string): Family[] {
  const names = text.split(',');
  const bad = names.find((name) => !(FAMILIES as readonly string[]).includes(name));
  if (bad !== undefined) throw new InvalidArgumentError(`'${bad}' is none of ${FAMILIES.join(', ')}.`);
  return names as Family[];
}

async function replay(flags: ReplayFlags): Promise<void> {
  if (flags.json && flags.csv === '-') throw new InputError('--json and --csv - exclude each other');
  const core = createSync();
  if (flags.tape !== undefined) {
    await replayTape(core, flags.tape, flags);
    return;
  }
  const inputs = readInputs(core, inputPaths(flags));
  const ready = makeReplay(core, inputs, {
    underlying: underlyingOf(inputs.market, flags),
    model: flags.model,
    volatility: flags.volatility,
    dynamics: flags.smile,
    seed: flags.pathSeed,
    paths: flags.paths,
    days: flags.days,
    hours: flags.hours,
    families: flags.policies,
    cash: flags.cash,
    margin: flags.margin === 'none' ? undefined : flags.margin,
    liquidation: flags.liquidation,
    halfSpread: flags.halfSpread,
    size: flags.size,
    rest: flags.rest,
    funding: flags.funding,
    forecast: flags.forecast,
    history: flags.history,
  });
  const { comparison, settings, frontier, unpriced } = ready;
  await untilStopped((signal) =>
    runReplay(ready, { checkpoint: flags.checkpoint, workers: flags.workers, signal }),
  );
  if (comparison.done < settings.paths) {
    const { checkpoint } = flags;
    const kind =
      checkpoint === undefined ? 'no --checkpoint was given' : `the same command goes on from ${checkpoint}`;
    process.stderr.write(`greekfire: stopped after ${comparison.done} of ${settings.paths} paths; ${kind}\n`);
    process.exitCode = INTERRUPTED;
    return;
  }
  const report: ReplayReport = { settings, unpriced, ...comparison.report({ frontier }) };
  comparison.dispose();
  const csv = flags.csv === undefined ? '' : replayCsv(report);
  if (flags.csv !== undefined && flags.csv !== '-') writeText('--csv', flags.csv, csv);
  const { chainSource, bookSource } = inputs;
  const isSynthetic = chainSource.synthetic || bookSource.synthetic;
  if (flags.csv === '-') process.stdout.write(csv);
  else if (flags.json) process.stdout.write(`${replayJson(report, isSynthetic)}\n`);
  else process.stdout.write(renderReplay(report, paintFor(wantsColour(process.stdout, process.env))));
}

const CSV_FIGURES = ['cost', 'deviation', 'shortfall', 'profit', 'trades', 'liquidations'] as const;

/** A row per policy: every figure with the ends of its interval. */
function replayCsv({ policies, frontier }: ReplayReport): string {
  const verdicts = new Map(frontier.map(({ policy, verdict }) => [policy, verdict]));
  return stringify(
    policies.map((figures) => [
      figures.policy,
      ...CSV_FIGURES.flatMap((name) => [figures[name].value, figures[name].lower, figures[name].upper]),
      figures.worstMarginRatio,
      verdicts.get(figures.policy) ?? '',
    ]),
    {
      header: true,
      columns: [
        'policy',
        ...CSV_FIGURES.flatMap((name) => [name, `${name}_lower`, `${name}_upper`]),
        'worst_margin_ratio',
        'solver_is',
      ],
    },
  );
}

/** Raw units, money in quote currency; a figure that there is not is null. */
function replayJson({ settings, ...report }: ReplayReport, synthetic: boolean): string {
  const head = { schema: 'greekfire.replay/1', synthetic, instant: new Date(settings.instant).toISOString() };
  return JSON.stringify({ ...head, settings, ...report }, null, 2);
}

/** `greekfire replay`. */
export function addReplay(program: Command): Command {
  return addInputs(
    addCommand(program, 'replay').description(
      'policies of rebalancing side by side over many simulated paths of a book, with intervals over the seeds',
    ),
  )
    .addOption(new Option('--model <name>', 'of the price').choices(MODELS).default('heston'))
    .option(
      '--volatility <percent>',
      'of the price; at the money of the chain if left out',
      readNumber(1, 1000, 0.01),
    )
    .addOption(
      new Option('--smile <dynamics>', 'what stands as the price moves')
        .choices(['sticky-delta', 'sticky-strike'])
        .default('sticky-delta'),
    )
    .option('--path-seed <number>', 'of the paths', readWhole(0, MOST_SEED), 1)
    .option('--paths <number>', 'how many', readWhole(2, 100_000), 100)
    .option('--days <number>', 'of every path', readNumber(0.01, 3650), 14)
    .option('--hours <number>', 'from tick to tick', readNumber(0.001, 8760), 4)
    .addOption(withDefault('--policies <list>', 'families of them', readFamilies, FAMILIES.join(',')))
    .option(
      '--cash <amount>',
      'in quote currency, at the start; with the book twice its initial margin if left out',
      readNumber(-1e15, 1e15),
    )
    .addOption(
      new Option('--margin <name>', 'margin model, of a public rule')
        .choices([...PRESETS, 'none'])
        .default('deribit-portfolio'),
    )
    .option(
      '--liquidation <percent>',
      'play liquidations: closing a unit costs that much of the price; they are only counted if left out',
      readNumber(0, 100, 0.01),
    )
    .addOption(
      withDefault(
        '--half-spread <points>',
        'of options, in volatility points',
        readNumber(0, 100, 0.01),
        '0.5',
      ),
    )
    .option(
      '--size <units>',
      'on every level of an option; five times as much of the perpetual',
      readNumber(1e-9, 1e9),
      10,
    )
    .option('--funding <percent>', 'that longs of the perpetual pay a year', readNumber(-1000, 1000, 0.01), 0)
    .option(
      '--rest <hours>',
      'rest orders at the best quotes so long before they take (the perpetual without a fee); at once if left out',
      readNumber(0.001, 8760),
    )
    .addOption(
      new Option('--forecast <name>', 'of volatility, learnt along the path: it steers the solver')
        .choices([...forecastModels, 'none'])
        .default('none'),
    )
    .option(
      '--history <days>',
      'of prices, simulated likewise, that the forecast has learnt from before every path',
      readNumber(0, 3650),
      0,
    )
    .option(
      '--workers <count>',
      'workers that share the paths; one per core for long replays if left out',
      readWorkers,
    )
    .addOption(
      new Option(
        '--tape <file>',
        'of option trades: run over that instead, as greekfire tape --replay',
      ).conflicts(NOT_OF_TAPES),
    )
    .option('--checkpoint <file>', 'keep the state there, and go on from it where it is there')
    .addOption(new Option('--json', 'for machines, raw units'))
    .option('--csv <file>', 'a row per policy; - for the output')
    .action(replay);
}
