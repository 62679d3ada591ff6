import { InvalidArgumentError, type Command } from 'commander';
import { DEFAULT_EFFORT } from './measure.js';

/** Adds the flags that say how long to measure. */
export function withEffort(command: Command): Command {
  return command
    .option('--rounds <number>', 'rounds of each comparison', wholeAboveZero, DEFAULT_EFFORT.rounds)
    .option('--slice <ms>', 'milliseconds of each case in a round', wholeAboveZero, DEFAULT_EFFORT.slice);
}

function wholeAboveZero(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a whole number above 0.');
}
