#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { throwMisuse } from './commands/command.js';
import { addHarvest } from './commands/harvest.js';
import { addMargin } from './commands/margin.js';
import { addReplay } from './commands/replay.js';
import { addReport } from './commands/report.js';
import { addStrategy } from './commands/strategy.js';
import { addTape } from './commands/tape.js';
import { InputError, oneLine } from './failure.js';

/** Exit code for wrong flags and wrong files. */
const MISUSE = 2;

function commandLine(): Command {
  const program = throwMisuse(
    new Command('greekfire').description(manifest.description).version(manifest.version).helpCommand(false),
  );
  const report = addReport(program);
  addStrategy(program);
  addHarvest(program);
  addMargin(program);
  addReplay(program);
  addTape(program);
  return program.addHelpText('after', () => `\n${report.helpInformation()}`);
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
  await commandLine().parseAsync();
} catch (error) {
  fail(error);
}
