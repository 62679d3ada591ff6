import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';

const folder = process.env['GREEKFIRE_DATA'];

/** A file of the test data, or of the reference folder beside it; undefined where the data are not at hand. */
export function pathOf(...parts: string[]): string | undefined {
  if (!folder) return undefined;
  const path = join(folder, ...parts);
  return existsSync(path) ? path : undefined;
}

/** Why a suite is skipped, for its name. */
export const WITHOUT_DATA = 'skipped: set GREEKFIRE_DATA to the folder of the test data';

/** Rows of a CSV with a header line, all fields as text. */
export function readTable<Name extends string>(path: string): Record<Name, string>[] {
  return parse(readFileSync(path), { columns: true, skip_empty_lines: true });
}
