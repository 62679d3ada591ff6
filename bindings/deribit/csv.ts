import { parse } from 'csv-parse/browser/esm/sync';

/**
 * Records of a CSV text with a header line, as texts by column name. The parser is a maintained library that the build
 * bundles into this one file, so that the package depends on nothing.
 *
 * @throws Error where two columns have one name, lest one of them be dropped
 */
export function parseCsv(text: string): Record<string, unknown>[] {
  const columns = (names: string[]): string[] => {
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new Error(`two columns are named "${twice}"`);
    return names;
  };
  return parse(text, { columns, skip_empty_lines: true, trim: true, bom: true });
}

/** Cells of the lines of a CSV text, trimmed; blank lines are left out, and lines may differ in length. */
export function parseCells(text: string): string[][] {
  return parse(text, { relax_column_count: true, skip_empty_lines: true, trim: true });
}
