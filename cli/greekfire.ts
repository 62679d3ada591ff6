#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { createSync } from 'greekfire';
import manifest from '../package.json' with { type: 'json' };
import { InputError, oneLine } from './failure.js';
import { readInputs } from './inputs.js';
import { buildReport } from './report/build.js';
import { renderJson } from './report/json.js';
import { paintFor, wantsColour } from './report/paint.js';
import { renderText } from './report/text.js';

/** Exit code for wrong flags and wrong files. */
const MISUSE = 2;
const DEFAULT_SEED = 1;
const LARGEST_SEED = 2 ** 31 - 1;

interface ReportFlags {
  readonly chain?: string;
  readonly book?: string;
  readonly futures?: string;
  readonly currency?: readonly string[];
  readonly seed: number;
  readonly lots: boolean;
  readonly json?: true;
}

function readSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed > LARGEST_SEED)
    throw new InvalidArgumentError(`It must be a whole number from 0 to ${LARGEST_SEED}.`);
  return seed;
}

function report(flags: ReportFlags, command: Command): void {
  if (command.args.length > 0) {
    throw new InputError(`'${command.args[0]}' is no command, and files are given by --chain and --book`);
  }
  const core = createSync();
  const { chain, book, futures, seed } = flags;
  const inputs = readInputs(core, { chain, book, futures, seed });
  const built = buildReport(
    core,
    inputs,
    (flags.currency ?? []).map((name) => name.toUpperCase()),
    flags.lots,
  );
  const paint = paintFor(wantsColour(process.stdout, process.env));
  process.stdout.write(flags.json === true ? `${renderJson(built)}\n` : renderText(built, paint));
}

function commandLine(): Command {
  const program = new Command('greekfire')
    .description(manifest.description)
    .version(manifest.version)
    .showSuggestionAfterError(false)
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  const command = program
    .command('report', { isDefault: true })
    .description('mark a chain, net the Greeks of a book, choose a hedge and prove it')
    .option('--chain <file>', 'option chain as Deribit gives it (JSON or CSV); synthetic if left out')
    .option('--book <file>', 'book: instrument name and quantity (JSON or CSV); synthetic if left out')
    .option('--futures <file>', 'quotes of futures and perpetuals (JSON or CSV)')
    .option('--currency <names...>', 'underlyings to report, all by default')
    .option('--seed <number>', 'of the synthetic market', readSeed, DEFAULT_SEED)
    .option('--no-lots', 'trade any size, not the whole lots of the exchange')
    .option('--json', 'the report for machines, raw units')
    .allowExcessArguments()
    .showSuggestionAfterError(false)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .action(report);
  return program.addHelpText('after', () => `\n${command.helpInformation()}`);
}

/** One line on the error stream and the exit code of misuse; anything else is a defect and keeps its stack. */
function fail(error: unknown): void {
  if (error instanceof CommanderError && error.exitCode === 0) return;
  if (!(error instanceof CommanderError || error instanceof InputError)) throw error;
  process.stderr.write(`greekfire: ${oneLine(error.message).replace(/^error: /, '')}\n`);
  process.exitCode = MISUSE;
}

// A reader that goes away (`greekfire | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`greekfire: cannot write the report: ${oneLine(error.message)}\n`);
  process.exit(1);
});

try {
  commandLine().parse();
} catch (error) {
  fail(error);
}
