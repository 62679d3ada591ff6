import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import { isZero } from './format.js';
import type { Paint } from './paint.js';

/** A column of a table. */
export interface TableColumn {
  readonly title: string;
  /** Unit under the title. */
  readonly unit?: string;
  readonly align?: 'left' | 'right';
}

/** A row, or a rule between rows. */
export type TableRow = readonly string[] | 'rule';

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};

/**
 * Lays out a table without borders: columns two spaces apart, numbers to the right, zeros dimmed, every line indented
 * by two.
 */
export function table(columns: readonly TableColumn[], rows: readonly TableRow[], paint: Paint): string {
  const aligns = columns.map(({ align = 'right' }) => align);
  const cells = (row: readonly string[]): string[] =>
    row.map((text) => (text !== '' && isZero(text) ? paint.dim(text) : text));
  const width = columns.map(({ title, unit = '' }, index) =>
    Math.max(
      title.length,
      unit.length,
      // Cells may be coloured already.
      ...rows.map((row) => (row === 'rule' ? 0 : stripVTControlCharacters(row[index]).length)),
    ),
  );
  const layout = new Table({
    chars: NO_LINES,
    colAligns: aligns,
    style: { head: [], border: [], 'padding-left': 2, 'padding-right': 0, compact: true },
  });
  layout.push(columns.map(({ title }) => paint.bold(title)));
  if (columns.some(({ unit }) => unit !== undefined))
    layout.push(columns.map(({ unit = '' }) => paint.dim(unit)));
  const rule = width.map((length) => paint.dim('─'.repeat(length)));
  layout.push(rule, ...rows.map((row) => (row === 'rule' ? rule : cells(row))));
  return layout
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
