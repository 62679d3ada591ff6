import { MILLISECONDS_PER_YEAR, parseInstant, yearsBetween } from 'greekfire';
import { describe, expect, it } from 'vitest';

describe('yearsBetween', () => {
  it('counts seconds over 365 days, leap years included', () => {
    expect(MILLISECONDS_PER_YEAR).toBe(365 * 86_400_000);
    expect(yearsBetween(Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1))).toBe(1);
    expect(yearsBetween(Date.UTC(2024, 0, 1), Date.UTC(2025, 0, 1))).toBe(366 / 365);
    expect(yearsBetween(0, 1000)).toBeCloseTo(1 / 31_536_000, 18);
  });

  it('is negative past the end', () => {
    expect(yearsBetween(1000, 0)).toBeLessThan(0);
  });
});

describe('parseInstant', () => {
  it.each([
    ['2026-04-21T21:55:03.289064+00:00', Date.UTC(2026, 3, 21, 21, 55, 3, 289)],
    ['2026-08-28 08:00:00+00:00', Date.UTC(2026, 7, 28, 8)],
    ['2026-08-28 08:00:00 UTC', Date.UTC(2026, 7, 28, 8)],
    ['2026-08-28T10:00+0200', Date.UTC(2026, 7, 28, 8)],
    ['2026-08-28', Date.UTC(2026, 7, 28)],
  ])('reads %s', (text, instant) => {
    expect(parseInstant(text)).toBe(instant);
  });

  it('takes UTC where no zone is given, whatever the host', () => {
    expect(parseInstant('2026-08-28T08:00:00')).toBe(Date.UTC(2026, 7, 28, 8));
  });

  it.each(['', 'yesterday', '28.08.2026', '2026-13-01'])('gives NaN for "%s"', (text) => {
    expect(parseInstant(text)).toBeNaN();
  });
});
