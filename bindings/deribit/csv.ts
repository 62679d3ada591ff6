import { parse } from 'csv-parse/browser/esm/sync';

/**
 * Records of a CSV text with a header line, as texts by column name. The parser is a maintained library that the build
 * bundles into this one file, so that the package depends on nothing.
 */
export function parseCsv(text: string): Record<string, unknown>[] {
  return parse(text, { columns: true, skip_empty_lines: true, trim: true, bom: true });
}
