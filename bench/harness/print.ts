/** Findings as text: for a terminal, and as Markdown. */
import CliTable from 'cli-table3';
import pc from 'picocolors';
import { times, type Findings, type Headline } from './findings.js';

/** For a terminal. */
export function terminalText(findings: Findings): string {
  const tables = findings.tables.map((table) => {
    const drawn = new CliTable({
      head: [...table.head],
      colAligns: table.head.map((_, column) => (column === 0 ? 'left' : 'right')),
      style: { head: [], border: [], compact: true },
    });
    drawn.push(...table.rows.map((row) => [...row]));
    const note = table.note === undefined ? '' : `${pc.dim(table.note)}\n`;
    return `${pc.bold(table.title)}\n${note}${drawn.toString()}\n`;
  });
  const headlines = (findings.headlines ?? []).map((line) => `${headlineText(line)}\n`);
  const skipped = (findings.skipped ?? []).map((line) => pc.yellow(`skipped: ${line}\n`));
  return [...tables, ...headlines, ...skipped].join('\n');
}

/** As Markdown, under headings of the third level. */
export function markdownText(findings: Findings): string {
  const tables = findings.tables.map((table) => {
    const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
    const rule = line(table.head.map((_, column) => (column === 0 ? '---' : '---:')));
    const note = table.note === undefined ? '' : `${table.note}\n\n`;
    return `### ${table.title}\n\n${note}${[line(table.head), rule, ...table.rows.map(line)].join('\n')}\n`;
  });
  const skipped = (findings.skipped ?? []).map((line) => `Skipped: ${line}\n`);
  return [...tables, ...skipped].join('\n');
}

/** "claim: 3.1 x (3.0 x to 3.2 x)". */
export function headlineText({ claim, ratio }: Headline): string {
  return `${claim}: ${times(ratio.median)} (${times(ratio.low)} to ${times(ratio.high)})`;
}
