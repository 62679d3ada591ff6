import { csvOf, type Sheet } from './csv.js';

/** Hands a file to the browser's downloads. */
export function download(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Downloads a table as CSV. */
export function downloadSheet(sheet: Sheet): void {
  download(`${sheet.name}.csv`, new Blob([csvOf(sheet)], { type: 'text/csv' }));
}
