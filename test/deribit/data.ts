import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env['GREEKFIRE_DATA'];

/** Whether the folder of real market data is there; tests on it skip visibly without it. */
export const hasData = folder !== undefined && existsSync(folder);

/** Why those tests skip, for their titles. */
export const needsData = hasData ? '' : ' (skipped: GREEKFIRE_DATA names no folder)';

/** Path of a data file. */
export function dataPath(name: string): string {
  return join(folder ?? '', name);
}

/** Text of a data file. */
export function dataText(name: string): string {
  return readFileSync(dataPath(name), 'utf8');
}
