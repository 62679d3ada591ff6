import { setImmediate } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { createSync, type MarginPreset } from 'greekfire/full';
import type { ComparisonState } from 'greekfire/rebalance';
import { Checkpoint } from '../checkpoint.js';
import { InputError, oneLine } from '../failure.js';
import { readInputs } from '../inputs.js';
import { PRESETS } from '../margin.js';
import { FAMILIES, makeReplay, MODELS, type Family, type Replay, type ReplayReport } from '../replay.js';
import { writeText } from '../output.js';
import { paintFor, wantsColour } from '../report/paint.js';
import { renderReplay } from '../report/replay-text.js';
import type { ReplayRequest } from '../replay.js';
import { addCommand, addInputs, inputPaths, type InputFlags, withDefault } from './command.js';
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
  readonly halfSpread: number;
  readonly size: number;
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
  ...['policies', 'cash', 'margin', 'halfSpread', 'size', 'checkpoint', 'csv'],
];
/** Exit code of a run that was interrupted: 128 and the signal's number, as shells have it. */
const INTERRUPTED = 130;
/** Milliseconds between checkpoints. */
const EVERY = 2000;
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
    halfSpread: flags.halfSpread,
    size: flags.size,
  });
  const { comparison, settings, frontier } = ready;
  if (!(await run(ready, flags.checkpoint))) return;
  const report: ReplayReport = { settings, ...comparison.report({ frontier }) };
  comparison.dispose();
  const csv = flags.csv === undefined ? '' : replayCsv(report);
  if (flags.csv !== undefined && flags.csv !== '-') writeText('--csv', flags.csv, csv);
  const { chainSource, bookSource } = inputs;
  const isSynthetic = chainSource.synthetic || bookSource.synthetic;
  if (flags.csv === '-') process.stdout.write(csv);
  else if (flags.json) process.stdout.write(`${replayJson(report, isSynthetic)}\n`);
  else process.stdout.write(renderReplay(report, paintFor(wantsColour(process.stdout, process.env))));
}

/** Runs to the end. @returns whether it got there: not where it was interrupted */
async function run({ comparison, settings, steps }: Replay, file: string | undefined): Promise<boolean> {
  const checkpoint =
    file === undefined ? undefined : new Checkpoint<typeof settings, ComparisonState>(file, settings);
  const kept = checkpoint?.read();
  if (kept !== undefined) {
    try {
      comparison.restore(kept);
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
      throw new InputError(`${file!} does not fit: ${oneLine(error.message)}`);
    }
  }
  const ticks = steps / settings.paths;
  const isTerminal = process.stderr.isTTY;
  const bar = new SingleBar({
    format: '{bar} {percentage} % · path {path} of {paths} · {eta_formatted}',
    stream: process.stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  const signal = new AbortController();
  const stop = (): void => {
    signal.abort();
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  let done = comparison.done * ticks;
  if (isTerminal) bar.start(steps, done, { path: comparison.done + 1, paths: settings.paths });
  try {
    let last = Date.now();
    while (!signal.signal.aborted && comparison.step()) {
      done = Math.max(done + 1, comparison.done * ticks);
      if (isTerminal) bar.update(Math.min(done, steps), { path: comparison.done + 1 });
      if (checkpoint && Date.now() - last > EVERY) {
        checkpoint.write(comparison.save());
        last = Date.now();
      }
      await setImmediate();
    }
    checkpoint?.write(comparison.save());
  } finally {
    if (isTerminal) bar.stop();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
  if (comparison.done === settings.paths) return true;
  const kind = file === undefined ? 'no --checkpoint was given' : `the same command goes on from ${file}`;
  process.stderr.write(`greekfire: stopped after ${comparison.done} of ${settings.paths} paths; ${kind}\n`);
  process.exitCode = INTERRUPTED;
  return false;
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
    .option('--policies <list>', `families of them: ${FAMILIES.join(',')}`, readFamilies, [...FAMILIES])
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
      readNumber(0, 1e9),
      10,
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
