import type { Command } from 'commander';
import { createSync } from 'greekfire/full';
import { InputError } from '../failure.js';
import { readInputs } from '../inputs.js';
import { buildReport } from '../report/build.js';
import { renderJson } from '../report/json.js';
import { paintFor, wantsColour } from '../report/paint.js';
import { renderText } from '../report/text.js';
import type { AccountFlags } from '../margin.js';
import { addAccount } from './margin.js';
import { addCommand, addInputs, currenciesOf, inputPaths, type InputFlags } from './command.js';

interface ReportFlags extends InputFlags, AccountFlags {
  readonly lots: boolean;
  readonly json?: true;
}

function report(flags: ReportFlags, command: Command): void {
  if (command.args.length > 0) {
    throw new InputError(
      `'${command.args[0]}' is no command (see --help), and files are given by --chain and --book`,
    );
  }
  const core = createSync();
  const inputs = readInputs(core, inputPaths(flags));
  const built = buildReport(core, inputs, currenciesOf(flags), flags.lots, flags);
  const paint = paintFor(wantsColour(process.stdout, process.env));
  process.stdout.write(flags.json === true ? `${renderJson(built)}\n` : renderText(built, paint));
}

/** `greekfire report`, which is also `greekfire` alone. */
export function addReport(program: Command): Command {
  return addAccount(
    addInputs(
      addCommand(program, 'report', { isDefault: true }).description(
        'mark a chain, net the Greeks of a book, choose a hedge and prove it',
      ),
    ),
  )
    .option('--no-lots', 'trade any size, not the whole lots of the exchange')
    .option('--json', 'the report for machines, raw units')
    .allowExcessArguments()
    .action(report);
}
