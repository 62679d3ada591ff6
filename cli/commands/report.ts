import { Option, type Command } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { createSync } from 'greekfire/full';
import { InputError } from '../failure.js';
import { readInputs } from '../inputs.js';
import { buildReport } from '../report/build.js';
import { type Target, writeText } from '../output.js';
import { renderJson } from '../report/json.js';
import type { Report } from '../report/model.js';
import { paintFor, wantsColour } from '../report/paint.js';
import { renderText } from '../report/text.js';
import type { AccountFlags } from '../margin.js';
import { addAccount } from './margin.js';
import { addCommand, addInputs, currenciesOf, inputPaths, type InputFlags } from './command.js';

interface ReportFlags extends InputFlags, AccountFlags {
  readonly lots: boolean;
  readonly json?: true;
  readonly csv?: Target;
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
  if (flags.csv !== undefined) {
    writeText('--csv', flags.csv, ordersCsv(built));
    return;
  }
  const paint = paintFor(wantsColour(process.stdout, process.env));
  process.stdout.write(flags.json === true ? `${renderJson(built)}\n` : renderText(built, paint));
}

/** A row per order of the hedges: what an execution system takes. */
function ordersCsv({ underlyings }: Report): string {
  return stringify(
    underlyings.flatMap(({ underlying, currency, hedge }) =>
      (hedge?.trades ?? []).map((trade) => ({
        underlying,
        instrument: trade.instrument,
        side: trade.side,
        amount: trade.amount,
        amount_currency: trade.amountCurrency,
        quantity: trade.quantity,
        price: trade.price,
        price_currency: trade.priceCurrency,
        spread: trade.spread,
        fee: trade.fee,
        cost_currency: currency,
        assumed: trade.assumed,
      })),
    ),
    {
      header: true,
      columns: [
        ...['underlying', 'instrument', 'side', 'amount', 'amount_currency', 'quantity', 'price'],
        ...['price_currency', 'spread', 'fee', 'cost_currency', 'assumed'],
      ],
    },
  );
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
    .addOption(new Option('--json', 'the report for machines, raw units').conflicts('csv'))
    .option('--csv [file]', 'the orders of the hedges, to a file or the output')
    .allowExcessArguments()
    .action(report);
}
