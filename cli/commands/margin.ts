import { type Command, InvalidArgumentError, Option } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { createSync } from 'greekfire/full';
import { InputError } from '../failure.js';
import { readInputs } from '../inputs.js';
import { type AccountFlags, marginReport, type MarginReport, PRESETS } from '../margin.js';
import { marginText } from '../report/margin-text.js';
import { paintFor, wantsColour } from '../report/paint.js';
import { addCommand, addInputs, currenciesOf, inputPaths, type InputFlags } from './command.js';

interface MarginFlags extends InputFlags, AccountFlags {
  readonly json?: true;
  readonly csv?: true;
}

function readAmount(text: string): number {
  const amount = Number(text);
  if (text.trim() === '' || !Number.isFinite(amount)) throw new InvalidArgumentError('It must be a number.');
  return amount;
}

/** Adds `NAME=AMOUNT` to the coins named so far. */
function readCoins(text: string, coins: Readonly<Record<string, number>>): Record<string, number> {
  const match = /^([A-Za-z_]+)=(.+)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('It must be NAME=AMOUNT, as in BTC=2.5.');
  return { ...coins, [match[1].toUpperCase()]: readAmount(match[2]) };
}

/** The flags of an account. */
export function addAccount(command: Command): Command {
  return command
    .addOption(
      new Option('--model <name>', 'margin model, of a public rule')
        .choices(PRESETS)
        .default('deribit-portfolio'),
    )
    .option('--cash <amount>', 'collateral in quote currency', readAmount, 0)
    .option('--coins <name=amount...>', 'collateral in coin', readCoins, {});
}

/** One row per part of the book, then one for the whole. */
function renderCsv({ parts, efficiency, figures }: MarginReport): string {
  const { cross } = efficiency;
  const whole = { name: 'whole', legs: parts.reduce((sum, { legs }) => sum + legs, 0), ...cross };
  const { equity, free, ratio } = figures;
  return stringify([...parts, { ...whole, equity, free, ratio }], {
    header: true,
    columns: [
      'name',
      'legs',
      'isolatedInitial',
      'isolatedMaintenance',
      'marginalInitial',
      'marginalMaintenance',
      'equity',
      'free',
      'ratio',
    ],
  });
}

function renderJson(report: MarginReport, synthetic: boolean, instant: number): string {
  const head = { schema: 'greekfire.margin/1', synthetic, instant: new Date(instant).toISOString() };
  const units = { money: 'quote currency', move: 'relative, per 1.00', shift: 'volatility per 1.00' };
  const unlessFinite = (_: string, value: unknown): unknown => value ?? null;
  return JSON.stringify({ ...head, units, ...report }, unlessFinite, 2);
}

function margin(flags: MarginFlags, command: Command): void {
  if (command.args.length > 0) {
    throw new InputError(`'${command.args[0]}' is no flag of margin: files are given by --chain and --book`);
  }
  if (flags.json === true && flags.csv === true) throw new InputError('--json and --csv exclude each other');
  const core = createSync();
  const inputs = readInputs(core, inputPaths(flags));
  const { market, chainSource, bookSource } = inputs;
  const report = marginReport(core, inputs, currenciesOf(flags), flags);
  const synthetic = chainSource.synthetic || bookSource.synthetic;
  if (flags.json === true) process.stdout.write(`${renderJson(report, synthetic, market.instant)}\n`);
  else if (flags.csv === true) process.stdout.write(renderCsv(report));
  else process.stdout.write(`${marginText(report, paintFor(wantsColour(process.stdout, process.env)))}\n`);
}

/** `greekfire margin`. */
export function addMargin(program: Command): Command {
  return addAccount(
    addInputs(
      addCommand(program, 'margin').description(
        'margin, free collateral and liquidation levels of a book, by a model',
      ),
    ),
  )
    .option('--json', 'the figures for machines, raw units')
    .option('--csv', 'cross and isolated margin of each part of the book, raw units')
    .allowExcessArguments()
    .action(margin);
}
