import { requireNumber, requireText } from './checks.js';

/** Milliseconds of one ACT/365 year: 365 days of 86,400 seconds, leap years included. */
export const MILLISECONDS_PER_YEAR = 31_536_000_000;

/** Days of one ACT/365 year. */
export const DAYS_PER_YEAR = 365;

/**
 * Years between two instants, ACT/365 as a real number: elapsed milliseconds over 31,536,000,000.
 *
 * Data vendors that divide by 365.25 days give a number 0.07 % smaller; do not mix the two.
 *
 * @param from - start, in milliseconds since 1970-01-01T00:00Z
 * @param to - end, on the same scale; before `from` gives a negative number
 * @throws TypeError where one is not a number
 */
export function yearsBetween(from: number, to: number): number {
  return (requireNumber('to', to) - requireNumber('from', from)) / MILLISECONDS_PER_YEAR;
}

const ISO_INSTANT =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s?(Z|UTC|[+-]\d{2}:?\d{2})?)?$/;

/**
 * The instant an ISO 8601 text names, in milliseconds since 1970-01-01T00:00Z (whole milliseconds).
 *
 * A text without a zone is read as UTC, never as local time. NaN where the text names no instant.
 *
 * @param text - `2026-04-21T21:55:03.289064+00:00`, `2026-08-28 08:00:00 UTC`, `2026-08-28`
 * @throws TypeError where it is not a text
 */
export function parseInstant(text: string): number {
  const parts = ISO_INSTANT.exec(requireText('text', text).trim());
  if (parts === null) return NaN;
  const [, date, time = '00:00', zone = 'Z'] = parts;
  // ECMAScript promises milliseconds only: longer fractions are cut, not left to the host.
  const milliseconds = time.replace(/(\.\d{3})\d+$/, '$1');
  return Date.parse(
    `${date}T${milliseconds}${zone === 'UTC' ? 'Z' : zone.replace(/^(.\d{2})(\d{2})$/, '$1:$2')}`,
  );
}
