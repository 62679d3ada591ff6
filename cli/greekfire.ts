#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { throwMisuse } from './commands/command.js';
import { addHarvest } from './commands/harvest.js';
import { addMargin } from './commands/margin.js';
import { addReplay } from './commands/replay.js';
import { addReport } from './commands/report.js';
import { addScan } from './commands/scan.js';
import { addStrategy } from './commands/strategy.js';
import { addTape } from './commands/tape.js';
import { InputError, oneLine, WriteError } from './failure.js';
import { Cancelled } from './sweep.js';

/** Exit code for wrong flags and wrong files. */
const MISUSE = 2;
/** Exit code for an output that cannot be written. */
const UNWRITABLE = 1;
/** Exit code where the user interrupts: 128 and the signal's number. */
const INTERRUPTED = 130;

function commandLine(): Command {
  const program = throwMisuse(
    new Command('greekfire').description(manifest.description).version(manifest.version).helpCommand(false),
  );
  const report = addReport(program);
  addStrategy(program);
  addHarvest(program);
  addMargin(program);
  addScan(program);
  addTape(program);
  addReplay(program);
  return program.addHelpText('after', () => `\n${report.helpInformation()}`);
}

/** One line on the error stream and the exit code of misuse; anything else is a defect and keeps its stack. */
function fail(error: unknown): void {
  if (error instanceof CommanderError && error.exitCode === 0) return;
  if (error instanceof Cancelled) {
    process.stderr.write(`greekfire: ${error.message}\n`);
    process.exitCode = INTERRUPTED;
    return;
  }
  if (!(error instanceof CommanderError || error instanceof InputError || error instanceof WriteError))
    throw error;
  process.stderr.write(`greekfire: ${oneLine(error.message).replace(/^error: /, '')}\n`);
  process.exitCode = error instanceof WriteError ? UNWRITABLE : MISUSE;
}

// A reader that goes away (`greekfire | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`greekfire: cannot write the report: ${oneLine(error.message)}\n`);
  process.exit(UNWRITABLE);
});

try {
  await commandLine().parseAsync();
} catch (error) {
  fail(error);
}
