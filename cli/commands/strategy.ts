import { Argument, Option, type Command } from 'commander';
import { stringify } from 'csv-stringify/sync';
import { createSync, type MarginPreset } from 'greekfire/full';
import type { Market } from 'greekfire/deribit';
import { structureNames, type PriceBasis, type StrikeChoice, type StructureName } from 'greekfire/strategy';
import { InputError } from '../failure.js';
import { readInputs, type Inputs } from '../inputs.js';
import { PRESETS } from '../margin.js';
import { type Target, writeText } from '../output.js';
import { paintFor, wantsColour } from '../report/paint.js';
import { renderStrategy, renderStructures } from '../report/strategy-text.js';
import {
  buildStrategy,
  takeApart,
  type BookStructure,
  type BookStructures,
  type StrategyReport,
} from '../strategy.js';
import { addCommand, addInputs, currenciesOf, inputPaths, type InputFlags, readNumber } from './command.js';

interface StrategyFlags extends InputFlags {
  readonly list?: true;
  readonly expiry?: string;
  readonly far?: string;
  readonly strikes?: StrikeChoice[];
  readonly quantity: number;
  readonly ratio?: number;
  readonly leg?: 'future' | 'perpetual' | 'spot';
  readonly in?: 'coin' | 'quote';
  readonly basis?: PriceBasis;
  readonly model?: MarginPreset;
  readonly json?: true;
  readonly csv?: Target;
}

/** `95000,25d,forward`: strikes, deltas in percent, or the strike nearest to the forward. */
function readStrikes(text: string): StrikeChoice[] {
  return text.split(',').map((part): StrikeChoice => {
    if (part === 'forward') return part;
    const delta = /^(\d+(?:\.\d+)?)d$/i.exec(part);
    return delta ? { delta: Number(delta[1]) / 100 } : readNumber(part);
  });
}

/** The one underlying that is meant: the one named, or the first. @throws InputError where it is not in the chain */
export function underlyingOf(market: Market, flags: InputFlags): string {
  const names = currenciesOf(flags);
  if (names.length > 1) throw new InputError(`--currency ${names.join(', ')}: this command takes one`);
  const name = names.length === 1 ? names[0] : market.underlyings[0];
  if (market.underlyings.includes(name)) return name;
  throw new InputError(`--currency ${name}: the chain has ${market.underlyings.join(', ')}`);
}

function strategy(name: StructureName | undefined, flags: StrategyFlags): void {
  if (flags.list) {
    process.stdout.write(`${structureNames.join('\n')}\n`);
    return;
  }
  const core = createSync();
  const inputs = readInputs(core, inputPaths(flags));
  const paint = paintFor(wantsColour(process.stdout, process.env));
  if (name === undefined) {
    const wanted = currenciesOf(flags).length > 0 ? [underlyingOf(inputs.market, flags)] : undefined;
    const found = takeApart(core, inputs, wanted, flags.model);
    if (flags.csv !== undefined) writeText('--csv', flags.csv, structuresCsv(found.structures));
    else
      process.stdout.write(
        flags.json ? `${structuresJson(found, inputs)}\n` : renderStructures(found, paint),
      );
    return;
  }
  const report = buildStrategy(core, inputs.market, {
    name,
    underlying: underlyingOf(inputs.market, flags),
    near: flags.expiry,
    far: flags.far,
    strikes: flags.strikes,
    quantity: flags.quantity,
    ratio: flags.ratio,
    leg: flags.leg,
    currency: flags.in,
    basis: flags.basis,
    model: flags.model,
  });
  if (flags.csv !== undefined) writeText('--csv', flags.csv, payoffCsv(report));
  else process.stdout.write(flags.json ? `${strategyJson(report, inputs)}\n` : renderStrategy(report, paint));
}

/** What has no bound is 'unbounded'. */
function boundOf(value: unknown): unknown {
  return value === Infinity ? 'unbounded' : value;
}

function structuresCsv(found: readonly BookStructure[]): string {
  return stringify(
    found.map((structure) => ({
      underlying: structure.underlying,
      structure: structure.name,
      quantity: structure.quantity,
      expiries: structure.expiries.join(' '),
      strikes: structure.strikes.join(' '),
      left_over: structure.isLeftOver ? 1 : 0,
      delta: structure.exposure.delta,
      vega: structure.exposure.vega,
      theta: structure.exposure.theta,
      maximum_gain: boundOf(structure.maximumGain),
      maximum_loss: boundOf(structure.maximumLoss),
      initial_margin: structure.margin?.initial,
      maintenance_margin: structure.margin?.maintenance,
    })),
    { header: true },
  );
}

/** Raw units, margins by themselves and in quote currency too; what has no bound is 'unbounded', not known null. */
function structuresJson(
  { structures, unpriced }: BookStructures,
  { chainSource, bookSource, market }: Inputs,
): string {
  return JSON.stringify(
    {
      schema: 'greekfire.structures/1',
      synthetic: chainSource.synthetic || bookSource.synthetic,
      instant: new Date(market.instant).toISOString(),
      unpriced,
      structures: structures.map(({ margin = null, ...rest }) => ({ ...rest, margin })),
    },
    (_, value: unknown) => boundOf(value),
    2,
  );
}

function payoffCsv({ columns: { spot, atExpiry, today } }: StrategyReport): string {
  return stringify(
    Array.from(spot, (price, i) => [price, atExpiry[i], today[i]]),
    { header: true, columns: ['spot', 'at_expiry', 'today'] },
  );
}

/** Raw units; what has no bound is 'unbounded', what is not known null. */
function strategyJson(
  { figures, columns, ...rest }: StrategyReport,
  { chainSource, market }: Inputs,
): string {
  const {
    cost,
    exposure,
    maximumGain,
    maximumLoss,
    breakEvens,
    probabilityOfProfit,
    margin = null,
  } = figures;
  return JSON.stringify(
    {
      schema: 'greekfire.strategy/1',
      synthetic: chainSource.synthetic,
      instant: new Date(market.instant).toISOString(),
      ...rest,
      figures: { cost, exposure, maximumGain, maximumLoss, breakEvens, probabilityOfProfit, margin },
      columns,
    },
    (_, value: unknown) => {
      return value instanceof Float64Array ? Array.from(value) : boundOf(value);
    },
    2,
  );
}

/** `greekfire strategy`. */
export function addStrategy(program: Command): Command {
  return addInputs(
    addCommand(program, 'strategy').description(
      'build a structure from the chain and show what it can gain and lose; or take the book apart into structures',
    ),
  )
    .addArgument(
      new Argument('[name]', 'the structure; the book is taken apart if left out').choices(structureNames),
    )
    .option('--list', 'the structures that there are')
    .option('--expiry <label>', 'such as 27MAR26; the nearest to 30 days if left out')
    .option('--far <label>', 'the far expiry of a calendar or diagonal; the nearest to 60 days if left out')
    .option(
      '--strikes <list>',
      "such as 10d,25d,25d,10d or 95000,forward: strikes, deltas in percent; the structure's usual if left out",
      readStrikes,
    )
    .option('--quantity <number>', 'how many, in units of the underlying; negative to sell', readNumber, 1)
    .option('--ratio <number>', 'options sold per option bought in a ratio spread, 2 if left out', readNumber)
    .addOption(
      new Option('--leg <kind>', 'what stands for the underlying').choices(['future', 'perpetual', 'spot']),
    )
    .addOption(new Option('--in <currency>', 'what profit is in').choices(['coin', 'quote']))
    .addOption(
      new Option('--basis <prices>', 'prices paid; quotes, or marks where a leg has none').choices([
        'quotes',
        'mid',
        'mark',
      ]),
    )
    .addOption(
      new Option(
        '--model <name>',
        'margin model, of a public rule; deribit-portfolio where it knows the underlying, if left out',
      ).choices(PRESETS),
    )
    .addOption(new Option('--json', 'for machines, raw units').conflicts('csv'))
    .option('--csv [file]', 'the payoff columns, or the structures of the book, to a file or the output')
    .action(strategy);
}
