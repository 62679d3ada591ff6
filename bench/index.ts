/**
 * `npm run bench -- [SUITE...] [--rounds N] [--slice MS]`: runs suites, all of them where none is named, and prints
 * what they found.
 */
import { Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { DEFAULT_EFFORT, type Effort } from './harness/measure.js';
import { terminalText } from './harness/print.js';
import { suites } from './suites.js';

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

function known(text: string, before: string[] = []): string[] {
  if (suites.some(({ name }) => name === text)) return [...before, text];
  throw new InvalidArgumentError(`There are: ${suites.map(({ name }) => name).join(', ')}.`);
}

const command = new Command('bench')
  .description('Times greekfire against its peers, in one process and one run.')
  .argument('[suite...]', `any of ${suites.map(({ name }) => name).join(', ')}`, known)
  .option('--rounds <number>', 'rounds of each comparison', positive, DEFAULT_EFFORT.rounds)
  .option('--slice <ms>', 'milliseconds of each case in a round', positive, DEFAULT_EFFORT.slice)
  .parse();

const names = command.processedArgs[0] as string[] | undefined;
for (const suite of suites) {
  if (names !== undefined && !names.includes(suite.name)) continue;
  console.log(pc.inverse(` ${suite.title} `));
  console.log(terminalText(await suite.run(command.opts<Effort>())));
}
