import { type Command, InvalidArgumentError, Option } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { createSync } from 'greekfire/full';
import { InputError } from '../failure.js';
import { writeText } from '../output.js';
import { readInputs } from '../inputs.js';
import { type AccountFlags, type LimitChoice, marginReport, type MarginReport, PRESETS } from '../margin.js';
import { marginText } from '../report/margin-text.js';
import { paintFor, wantsColour } from '../report/paint.js';
import {
  addCommand,
  addInputs,
  currenciesOf,
  inputPaths,
  NO_ANSWER,
  readNumber,
  type InputFlags,
} from './command.js';

interface MarginFlags extends InputFlags, AccountFlags {
  readonly stress: number;
  readonly impact: number;
  readonly limit?: LimitChoice;
  readonly json?: true;
  readonly csv?: true | string;
}

/** Adds `NAME=AMOUNT` to the coins named so far. */
function readCoins(text: string, coins: Readonly<Record<string, number>>): Record<string, number> {
  const match = /^([A-Za-z_]+)=(.+)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('It must be NAME=AMOUNT, as in BTC=2.5.');
  return { ...coins, [match[1].toUpperCase()]: readNumber(match[2]) };
}

function readStress(text: string): number {
  const move = readNumber(text) / 100;
  if (move > -1 && move <= 100) return move;
  throw new InvalidArgumentError('It must be above -100 and at most 10000.');
}

function readImpact(text: string): number {
  const move = readNumber(text) / 100;
  if (move >= 0) return move;
  throw new InvalidArgumentError('It must not be negative.');
}

const LIMITS = { 'worst-loss': 'worstLoss', initial: 'initial', maintenance: 'maintenance' } as const;

/** `what=amount` or `what=percent%`. */
function readLimit(text: string): LimitChoice {
  const match = /^(worst-loss|initial|maintenance)=([^%]+)(%?)$/.exec(text);
  if (match === null)
    throw new InvalidArgumentError(
      'It must be worst-loss, initial or maintenance, and =AMOUNT or =PERCENT%, as in initial=50%.',
    );
  const amount = readNumber(match[2]);
  if (amount < 0) throw new InvalidArgumentError('It must not be negative.');
  const isFraction = match[3] === '%';
  return {
    what: LIMITS[match[1] as keyof typeof LIMITS],
    amount: isFraction ? amount / 100 : amount,
    isFraction,
  };
}

/** The flags of an account. */
export function addAccount(command: Command): Command {
  return command
    .addOption(
      new Option('--model <name>', 'margin model, of a public rule')
        .choices(PRESETS)
        .default('deribit-portfolio'),
    )
    .option('--cash <amount>', 'collateral in quote currency', readNumber, 0)
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
  if (flags.json === true && flags.csv !== undefined)
    throw new InputError('--json and --csv exclude each other');
  const core = createSync();
  const inputs = readInputs(core, inputPaths(flags));
  const { market, chainSource, bookSource } = inputs;
  const report = marginReport(core, inputs, currenciesOf(flags), flags, {
    stress: flags.stress,
    impact: flags.impact,
    limit: flags.limit,
  });
  const synthetic = chainSource.synthetic || bookSource.synthetic;
  if (flags.json === true) process.stdout.write(`${renderJson(report, synthetic, market.instant)}\n`);
  else if (flags.csv !== undefined) writeText('--csv', flags.csv, renderCsv(report));
  else process.stdout.write(`${marginText(report, paintFor(wantsColour(process.stdout, process.env)))}\n`);
  if (report.limit?.isKept === false) process.exitCode = NO_ANSWER;
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
    .option(
      '--stress <percent>',
      'looks at the account after all forwards have moved by so much',
      readStress,
      0,
    )
    .option(
      '--impact <percent>',
      'how far a liquidation moves the forwards per unit of delta it trades',
      readImpact,
      0,
    )
    .option(
      '--limit <what=amount>',
      'cheapest trades that keep worst-loss, initial or maintenance at an amount or a % of what it is',
      readLimit,
    )
    .option('--json', 'the figures for machines, raw units')
    .option('--csv [file]', 'cross and isolated margin of each part, raw units, to a file or the output')
    .allowExcessArguments()
    .action(margin);
}
