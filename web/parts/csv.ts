import { stringify } from 'csv-stringify/browser/esm/sync';

/** A table as it is exported: numbers with every digit, so that they read back to the same bits. */
export interface Sheet {
  readonly name: string;
  /** Titles with their units. */
  readonly header: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** The text of a CSV file; a number that does not exist is an empty field. */
export function csvOf({ header, rows }: Sheet): string {
  const cells = rows.map((row) =>
    row.map((cell) => (typeof cell === 'string' ? cell : Number.isFinite(cell) ? String(cell) : '')),
  );
  return stringify([[...header], ...cells]);
}
