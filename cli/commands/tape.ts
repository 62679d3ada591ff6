import { type Command, InvalidArgumentError, Option } from 'commander';
import { stringify } from 'csv-stringify/sync';
import type { TapeOptions } from 'greekfire/deribit';
import { createSync, type FullCore } from 'greekfire/full';
import type { RecognisedEvent } from 'greekfire/strategy';
import { InputError } from '../failure.js';
import { INTERRUPTED, untilStopped } from '../interrupt.js';
import { openWriter } from '../output.js';
import { paintFor, wantsColour } from '../report/paint.js';
import { tapeReplayText, tapeText } from '../report/tape-text.js';
import { replayTape } from '../tape-replay.js';
import { summariseFile, type TapeFile } from '../tape.js';
import { addCommand } from './command.js';

interface TapeFlags {
  readonly window?: number;
  readonly json?: true;
  readonly csv?: string;
  readonly replay?: true;
  readonly book?: string;
  readonly every?: number;
  readonly funding?: number;
  readonly checkpoint?: string;
}

const SECOND = 1000;
/** Milliseconds from tick to tick of a replay. */
const EVERY = 300 * SECOND;

/** Seconds, as milliseconds. */
function readSeconds(text: string): number {
  const seconds = Number(text);
  if (text.trim() === '' || !(seconds >= 0 && seconds < Infinity)) {
    throw new InvalidArgumentError('It must be a number of seconds, at least 0.');
  }
  return seconds * SECOND;
}

function readInterval(text: string): number {
  const milliseconds = readSeconds(text);
  if (milliseconds >= 1) return milliseconds;
  throw new InvalidArgumentError('It must be a number of seconds, at least 0.001.');
}

function readPercent(text: string): number {
  const percent = Number(text);
  if (text.trim() !== '' && Math.abs(percent) <= 1000) return percent / 100;
  throw new InvalidArgumentError('It must be a number from -1000 to 1000.');
}

const columns = ['instant', 'kind', 'id', 'combo', 'complete', 'structure', 'quantity', 'strikes', 'legs'];

/** One row per structure. */
function structureRows({ event, structures }: RecognisedEvent): string {
  const { instant, kind, id, combo, isComplete, trades } = event;
  const legs = trades
    .map(
      ({ name, direction, amount, price }) => `${direction === 'buy' ? '' : '-'}${amount} ${name} @ ${price}`,
    )
    .join('; ');
  return stringify(
    structures.map(({ name, quantity, strikes }) => [
      new Date(instant).toISOString(),
      kind,
      id,
      combo,
      String(isComplete),
      name,
      quantity,
      strikes.join(' '),
      legs,
    ]),
  );
}

function renderJson({ file, counts, report, largest }: TapeFile): string {
  const units = { amount: 'units of the underlying', notional: 'quote currency', premium: 'quote currency' };
  return JSON.stringify(
    {
      schema: 'greekfire.tape/1',
      file,
      units,
      counts,
      ...report,
      largest: largest.map(({ event: { instant, kind, id, combo, isComplete, trades }, structures }) => ({
        instant,
        kind,
        id,
        combo,
        isComplete,
        legs: trades.map(({ name, direction, amount, price, volatility, mark, index }) => {
          return { name, direction, amount, price, volatility, mark, index };
        }),
        structures: structures.map(({ name, quantity, strikes }) => ({ name, quantity, strikes })),
      })),
    },
    null,
    2,
  );
}

async function tape(file: string, flags: TapeFlags): Promise<void> {
  const core = createSync();
  const options = flags.window === undefined ? {} : { window: flags.window };
  if (flags.replay === true) return replay(core, file, flags, options);
  const stray = (['book', 'every', 'funding', 'checkpoint'] as const).find(
    (name) => flags[name] !== undefined,
  );
  if (stray !== undefined) throw new InputError(`--${stray} goes with --replay`);
  if (flags.csv !== undefined) {
    const target = await openWriter('--csv', flags.csv);
    target.write(stringify([columns]));
    await summariseFile(core, file, options, (recognised) => {
      target.write(structureRows(recognised));
    });
    await target.end();
    return;
  }
  const summary = await summariseFile(core, file, options);
  if (flags.json === true) process.stdout.write(`${renderJson(summary)}\n`);
  else process.stdout.write(`${tapeText(summary, paintFor(wantsColour(process.stdout, process.env)))}\n`);
}

/** Runs policies over a tape and shows what they came to. */
export async function replay(
  core: FullCore,
  file: string,
  flags: Pick<TapeFlags, 'book' | 'every' | 'funding' | 'checkpoint' | 'json'>,
  tape: TapeOptions = {},
): Promise<void> {
  const { book, every = EVERY, funding = 0, checkpoint } = flags;
  const report = await untilStopped((signal) =>
    replayTape(core, file, { book, every, funding, tape, checkpoint, signal }),
  );
  if (report === undefined) {
    const rest =
      checkpoint === undefined ? 'no --checkpoint was given' : `the same command goes on from ${checkpoint}`;
    process.stderr.write(`greekfire: stopped; ${rest}\n`);
    process.exitCode = INTERRUPTED;
    return;
  }
  if (flags.json === true) {
    const head = {
      schema: 'greekfire.tape-replay/1',
      units: { money: 'quote currency', every: 'milliseconds' },
    };
    process.stdout.write(`${JSON.stringify({ ...head, every, funding, ...report }, null, 2)}\n`);
  } else
    process.stdout.write(`${tapeReplayText(report, paintFor(wantsColour(process.stdout, process.env)))}\n`);
}

/** `greekfire tape`. */
export function addTape(program: Command): Command {
  return addCommand(program, 'tape')
    .description('what a tape of option trades holds: volume, blocks, and the structures that traded')
    .argument('<file>', "trades as Deribit's page or API gives them (CSV), - for the standard input")
    .option(
      '--window <seconds>',
      'put trades in order that come so much late; the whole tape, up to 250,000 trades, if left out',
      readSeconds,
    )
    .addOption(new Option('--replay', 'run rebalancing policies over the tape instead').conflicts('csv'))
    .option('--book <file>', 'of the replay: options that the tape trades; a short straddle if left out')
    .option('--every <seconds>', 'from tick to tick of the replay; 300 if left out', readInterval)
    .option(
      '--funding <percent>',
      'of the replay: that longs of the perpetual pay a year; 0 if left out',
      readPercent,
    )
    .option('--checkpoint <file>', 'of the replay: keep the state there, and go on from it where it is there')
    .addOption(new Option('--json', 'for machines, raw units').conflicts('csv'))
    .option('--csv <file>', 'every combo and block with its structures, - for the standard output')
    .action(tape);
}
