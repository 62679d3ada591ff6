import { InvalidArgumentError, Option, type Command } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { createSync, type MarginPreset } from 'greekfire/full';
import { buildHarvest, type Band, type HarvestReport } from '../harvest.js';
import { readInputs, type Inputs } from '../inputs.js';
import { PRESETS } from '../margin.js';
import { type Target, writeText } from '../output.js';
import { notKept, renderHarvest } from '../report/harvest-text.js';
import { paintFor, wantsColour } from '../report/paint.js';
import { addCommand, addInputs, inputPaths, type InputFlags, NO_ANSWER, withDefault } from './command.js';
import { underlyingOf } from './strategy.js';

interface HarvestFlags extends InputFlags {
  readonly delta?: Band;
  readonly gamma?: Band;
  readonly vega?: Band;
  readonly worstLoss?: number;
  readonly model?: MarginPreset;
  readonly margin?: number;
  readonly spot: number;
  readonly volatility: number;
  readonly days: number;
  readonly lots: boolean;
  readonly maxInstruments?: number;
  readonly json?: true;
  readonly csv?: Target;
}

/** `-5:5`, `5` (to either side), or `none`. */
function readBand(text: string): [number, number] {
  if (text === 'none') return [-Infinity, Infinity];
  const parts = text.split(':');
  const numbers = parts.map(Number);
  const isNumber =
    parts.length <= 2 && parts.every((part, i) => part.trim() !== '' && Number.isFinite(numbers[i]));
  if (!isNumber) throw new InvalidArgumentError('It must be a number, low:high or none.');
  const [low, high] = numbers.length === 1 ? [-Math.abs(numbers[0]), Math.abs(numbers[0])] : numbers;
  if (low > high) throw new InvalidArgumentError('The low end must not be above the high one.');
  return [low, high];
}

function readLoss(text: string): number {
  if (text === 'none') return Infinity;
  return readAtLeast(0)(text);
}

function readMargin(text: string): number {
  const margin = readLoss(text);
  if (margin > 0) return margin;
  throw new InvalidArgumentError('It must be above 0: what holds options has a margin.');
}

function readAtLeast(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isFinite(value) && value >= least) return value;
    throw new InvalidArgumentError(`It must be a number of at least ${least}.`);
  };
}

function readCount(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of at least 1.');
}

function readPercent(most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= 0 && value <= most) return value / 100;
    throw new InvalidArgumentError(`It must be a number from 0 to ${most}.`);
  };
}

function harvest(flags: HarvestFlags): void {
  const core = createSync();
  const inputs = readInputs(core, inputPaths(flags));
  const report = buildHarvest(core, inputs, {
    underlying: underlyingOf(inputs.market, flags),
    bands: { delta: flags.delta, gamma: flags.gamma, vega: flags.vega },
    worstLoss: flags.worstLoss,
    model: flags.model,
    margin: flags.margin,
    spotRange: flags.spot,
    volatilityRange: flags.volatility,
    days: flags.days,
    lots: flags.lots,
    maxInstruments: flags.maxInstruments,
  });
  const paint = paintFor(wantsColour(process.stdout, process.env));
  if (flags.csv !== undefined) writeText('--csv', flags.csv, harvestCsv(report));
  else process.stdout.write(flags.json ? `${harvestJson(report, inputs)}\n` : renderHarvest(report, paint));
  if (report.harvest.isKept) return;
  process.exitCode = NO_ANSWER;
  if (flags.csv !== undefined) process.stderr.write(`greekfire: ${notKept(report)}: no trades written\n`);
}

/** Of trades that are not within the limits there is no order to send. */
function harvestCsv({ trades, harvest: { isKept } }: HarvestReport): string {
  return stringify(
    (isKept ? trades : []).map(({ instrument, side, quantity, mid, theta }) => [
      instrument,
      side,
      quantity,
      mid,
      theta,
    ]),
    { header: true, columns: ['instrument', 'side', 'quantity', 'mid', 'theta_per_day'] },
  );
}

/** Exposures in the desk's units, which each limit names; what has no bound is 'unbounded', what is not known null. */
function harvestJson(report: HarvestReport, { chainSource, bookSource, market }: Inputs): string {
  const { harvest: found, ...rest } = report;
  const { theta, collected, cost, paybackDays, worstLoss, margin, thetaPerWorstLoss, thetaPerMargin } = found;
  const { scenarioProfit, status, isKept, objective, bound, gap, violation, iterations, rounds, conflict } =
    found;
  return JSON.stringify(
    {
      schema: 'greekfire.harvest/1',
      synthetic: chainSource.synthetic || bookSource.synthetic,
      instant: new Date(market.instant).toISOString(),
      ...rest,
      result: {
        theta,
        collected,
        cost,
        paybackDays,
        worstLoss,
        margin: margin ?? null,
        thetaPerWorstLoss,
        thetaPerMargin,
        scenarioProfit,
      },
      proof: {
        status,
        isKept,
        objective,
        bound,
        gap,
        violation,
        iterations,
        rounds,
        conflict: conflict ?? null,
      },
    },
    (_, value: unknown) => {
      if (value === Infinity) return 'unbounded';
      if (value === -Infinity) return '-unbounded';
      return value instanceof Float64Array ? Array.from(value) : value;
    },
    2,
  );
}

/** `greekfire harvest`. */
export function addHarvest(program: Command): Command {
  return addInputs(
    addCommand(program, 'harvest').description(
      'the trades that collect most theta at no more risk than the book has, or than is allowed',
    ),
  )
    .option(
      '--delta <band>',
      "in units: low:high, a number to either side, or none; the book's own if left out",
      readBand,
    )
    .option('--gamma <band>', 'in units per 1 %, likewise', readBand)
    .option('--vega <band>', 'in quote currency per volatility point, likewise', readBand)
    .option('--worst-loss <amount>', "in quote currency, or none; the book's own if left out", readLoss)
    .addOption(
      new Option(
        '--model <name>',
        'margin model, of a public rule; deribit-portfolio where it knows the underlying, if left out',
      ).choices(PRESETS),
    )
    .option(
      '--margin <amount>',
      "most initial margin in quote currency, or none; the book's own if left out",
      readMargin,
    )
    .addOption(
      withDefault('--spot <percent>', 'the scenarios move the spot by up to so much', readPercent(99), '20'),
    )
    .addOption(
      withDefault('--volatility <points>', 'and volatility by so many points', readPercent(500), '10'),
    )
    .option(
      '--days <number>',
      'for how long theta is collected: what costs are weighed against',
      readAtLeast(0.01),
      7,
    )
    .option('--max-instruments <number>', 'trade at most so many', readCount)
    .option('--no-lots', 'trade any size, not the whole lots of the exchange')
    .addOption(new Option('--json', 'for machines').conflicts('csv'))
    .option('--csv [file]', 'the trades, to a file or the output')
    .action(harvest);
}
