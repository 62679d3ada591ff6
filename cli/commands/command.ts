import { writeFileSync } from 'node:fs';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { InputError } from '../failure.js';
import type { InputPaths } from '../inputs.js';

const DEFAULT_SEED = 1;
const LARGEST_SEED = 2 ** 31 - 1;

/** What the flags of {@link addInputs} become. */
export interface InputFlags {
  readonly chain?: string;
  readonly book?: string;
  readonly futures?: string;
  readonly currency?: readonly string[];
  readonly seed: number;
}

function readSeed(text: string): number {
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed > LARGEST_SEED)
    throw new InvalidArgumentError(`It must be a whole number from 0 to ${LARGEST_SEED}.`);
  return seed;
}

/** Misuse is thrown, for the command to end in one line. */
export function throwMisuse(command: Command): Command {
  return command
    .showSuggestionAfterError(false)
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
}

/** An option whose default is shown, and read, as a user types it. */
export function withDefault(
  flags: string,
  description: string,
  read: (text: string) => unknown,
  text: string,
): Option {
  return new Option(flags, description).argParser(read).default(read(text), text);
}

/** A subcommand that reads a market and a book. */
export function addCommand(program: Command, name: string, options?: { isDefault: boolean }): Command {
  return throwMisuse(program.command(name, options));
}

/** The flags that name a market and a book. */
export function addInputs(command: Command): Command {
  return command
    .option('--chain <file>', 'option chain as Deribit gives it (JSON or CSV); synthetic if left out')
    .option('--book <file>', 'book: instrument name and quantity (JSON or CSV); synthetic if left out')
    .option('--futures <file>', 'quotes of futures and perpetuals (JSON or CSV)')
    .option('--currency <names...>', 'underlyings to take, all by default')
    .addOption(
      new Option('--seed <number>', 'of the synthetic market')
        .argParser(readSeed)
        .default(DEFAULT_SEED)
        .conflicts('chain'),
    );
}

/** Where the flags say that the inputs are. */
export function inputPaths({ chain, book, futures, seed }: InputFlags): InputPaths {
  return { chain, book, futures, seed };
}

/** The underlyings that the flags name, as exchanges write them. */
export function currenciesOf({ currency = [] }: InputFlags): string[] {
  return currency.map((name) => name.toUpperCase());
}

/** A number as flags have it. @throws InvalidArgumentError where it is none */
export function readNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

/** How many workers. @throws InvalidArgumentError where it is no such number */
export function readWorkers(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= 256) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1 to 256.');
}

/**
 * Writes a table where `--csv` says: to the output where it names no file, or `-`.
 *
 * @throws InputError where it cannot
 */
export function writeCsv(target: true | string, text: string): void {
  if (target === true || target === '-') {
    process.stdout.write(text);
    return;
  }
  try {
    writeFileSync(target, text);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new InputError(`--csv: cannot write ${target === '' ? 'a file without a name' : target}: ${code}`);
  }
}
