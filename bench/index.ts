/**
 * `npm run bench -- [SUITE...] [--rounds N] [--slice MS]`: runs suites, all of them where none is named, and prints
 * what they found.
 */
import { Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import type { Effort } from './harness/measure.js';
import { withEffort } from './harness/options.js';
import { terminalText } from './harness/print.js';
import { suites } from './suites.js';

function known(text: string, before: string[] = []): string[] {
  if (suites.some(({ name }) => name === text)) return [...before, text];
  throw new InvalidArgumentError(`There are: ${suites.map(({ name }) => name).join(', ')}.`);
}

const command = withEffort(
  new Command('bench')
    .description('Times greekfire against its peers, in one process and one run.')
    .argument('[suite...]', `any of ${suites.map(({ name }) => name).join(', ')}`, known),
).parse();

const names = command.processedArgs[0] as string[] | undefined;
for (const suite of suites) {
  if (names !== undefined && !names.includes(suite.name)) continue;
  console.log(pc.inverse(` ${suite.title} `));
  console.log(terminalText(await suite.run(command.opts<Effort>())));
}
