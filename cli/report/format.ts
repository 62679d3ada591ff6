/** Writes a number for people. */
export type Format = (value: number) => string;

const INTEGER = 1000;

/** A fixed number of decimals, thousands separated; `-` where there is no number, and zero never has a sign. */
export function fixed(decimals: number): Format {
  const format = new Intl.NumberFormat('en-US', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
  return (value) => (Number.isFinite(value) ? format.format(value).replace(/^-(?=[0.,]*$)/, '') : '-');
}

/**
 * One precision for a whole column, so that its decimal points line up: the largest value gets about four digits.
 * Columns that reach ten million are shown in millions, then in billions, and beyond those in powers of ten.
 */
export function columnFormat(values: readonly number[], mostDecimals = 4): Format {
  const largest = Math.max(0, ...values.filter(Number.isFinite).map(Math.abs));
  if (largest >= 1e13) return scientific;
  if (largest >= 1e10) return scaled(1e9, 'B');
  if (largest >= 1e7) return scaled(1e6, 'M');
  if (largest >= INTEGER || largest === 0) return fixed(0);
  return fixed(Math.min(mostDecimals, 3 - Math.floor(Math.log10(largest))));
}

function scaled(unit: number, suffix: string): Format {
  const format = fixed(2);
  return (value) => (Number.isFinite(value) ? `${format(value / unit)}${suffix}` : '-');
}

/** A price with the decimals it was quoted with: cents for a currency, up to four decimals for coin. */
export function priceFormat(value: number): string {
  if (value >= 1e9) return scientific(value);
  return value >= 100 ? fixed(2)(value) : fixed(value >= 1 ? 3 : 4)(value);
}

/** A tiny or a huge number in powers of ten. */
export function scientific(value: number): string {
  return Number.isFinite(value) ? value.toExponential(1) : '-';
}

/** Whether a written number is zero to the digits shown, or none at all. */
export function isZero(text: string): boolean {
  return /^-?[0.,]*(?:[MB]|e\+0)?$/.test(text);
}

/** Joins parts with commas into lines of at most `width` characters. */
export function wrap(parts: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.length - 1;
    if (last >= 0 && lines[last].length + part.length + 2 <= width) lines[last] += `, ${part}`;
    else lines.push(part);
  }
  return lines;
}
