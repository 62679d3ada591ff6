/**
 * `npm run bench:report -- [--date YYYY-MM-DD] [--rounds N] [--slice MS]`: runs all suites and writes BENCHMARKS.md.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import prettier from 'prettier';
import type { Headline } from './harness/findings.js';
import { machineFacts, packageVersions } from './harness/machine.js';
import type { Effort } from './harness/measure.js';
import { withEffort } from './harness/options.js';
import { headlineText, markdownText } from './harness/print.js';
import { suites } from './suites.js';

const path = fileURLToPath(new URL('../BENCHMARKS.md', import.meta.url));

/** Packages that a figure depends on. */
const PACKAGES = [
  'assemblyscript',
  'tinybench',
  'benchmark',
  'black-scholes',
  'greeks',
  '@uqee/black-scholes',
  'quadprog',
  'highs',
];

const { date, rounds, slice } = withEffort(new Command('bench:report'))
  .description('Runs all benchmarks and writes BENCHMARKS.md.')
  .option('--date <date>', 'the date to state', new Date().toISOString().slice(0, 10))
  .parse()
  .opts<Effort & { date: string }>();

const sections: string[] = [];
const headlines: Headline[] = [];
for (const suite of suites) {
  console.error(suite.title);
  const findings = await suite.run({ rounds, slice });
  headlines.push(...(findings.headlines ?? []));
  sections.push(`## ${suite.title} (\`npm run bench -- ${suite.name}\`)\n\n${markdownText(findings)}`);
}

const facts = [...machineFacts(), ...packageVersions(PACKAGES)].map(
  ([name, value]) => `| ${name} | ${value} |`,
);
const text = `# Benchmarks

Written by \`npm run bench:report\` on ${date}, from one run on one machine. Absolute times are this machine's; what
carries over is the ratio of two cases that ran in turn in one process.

Each comparison has ${rounds} rounds; a round gives each case ${slice} ms, beginning with another each time. A time is
the median of the rounds' medians, beside the least sample of all and the quartiles of the rounds. A ratio is formed
within each round; quoted are its median and quartiles. Inputs are seeded, and results are compared with ours before
anything is timed.

## The ratios

${headlines.map((line) => `- ${headlineText(line)}`).join('\n')}

## The machine

|   |   |
|---|---|
${facts.join('\n')}

${sections.join('\n')}`;

const options = await prettier.resolveConfig(path);
writeFileSync(path, await prettier.format(text, { ...options, parser: 'markdown' }));
