import { requireFields, requireFinite, requireList, requireNotNegative, requireObject } from './checks.js';
import { MILLISECONDS_PER_YEAR } from './time.js';

const DAY = 86_400_000;
/** 1970-01-01 was a Thursday; days of the week count from Monday. */
const FIRST_WEEKDAY = 3;

/** How variance passes. */
export interface VarianceCalendarOptions {
  /** Variance of a Saturday or Sunday relative to a weekday, at least 0; 1 where absent. */
  weekend?: number;
  /** Days with a weight of their own, relative to a weekday, by date in UTC ('2026-12-25'). */
  days?: Readonly<Record<string, number>>;
  /** Named moments (a rate decision, a halving) that add variance all at once. */
  events?: readonly {
    /** For people. */
    name?: string;
    /** Milliseconds since 1970-01-01 UTC. */
    instant: number;
    /** Variance added, in weekdays' worth, at least 0. */
    weekdays: number;
  }[];
}

const optionNames: ReadonlySet<string> = new Set<keyof VarianceCalendarOptions>([
  'weekend',
  'days',
  'events',
]);
const eventNames: ReadonlySet<string> = new Set(['name', 'instant', 'weekdays']);

/**
 * Time as variance sees it: a weekend is not two weekdays, and a rate decision is more than a day. Turns instants into
 * years of variance for {@link ExpirySpec}. Days are those of UTC.
 *
 * A weekday's weight is such that an ordinary week holds 7/365 years of variance, like its time; special days and
 * events add to or take from that. (The hypotheses of French 1980, "Stock returns and the weekend effect".)
 */
export class VarianceCalendar {
  /** Weight of a weekday: years of variance per year of time. */
  readonly #weekday: number;
  readonly #weekend: number;
  readonly #days: ReadonlyMap<number, number>;
  readonly #events: readonly { instant: number; weekdays: number }[];

  /** @throws TypeError or RangeError that names what is wrong */
  constructor(options: VarianceCalendarOptions = {}) {
    requireFields('options', options, optionNames);
    const { weekend = 1, days = {}, events = [] } = options;
    requireNotNegative('weekend', weekend);
    requireObject('days', days);
    requireList('events', events);
    this.#weekday = 7 / (5 + 2 * weekend);
    this.#weekend = weekend * this.#weekday;
    this.#days = new Map(
      Object.entries(days).map(([date, weight]) => {
        const instant = Date.parse(`${date}T00:00:00Z`);
        if (Number.isNaN(instant))
          throw new RangeError(`days must be dates such as '2026-12-25', got '${date}'`);
        return [instant / DAY, requireNotNegative(`days['${date}']`, weight) * this.#weekday];
      }),
    );
    this.#events = events.map((event, i) => {
      requireFields(`events[${i}]`, event, eventNames);
      const { instant, weekdays } = event;
      return {
        instant: requireFinite(`events[${i}].instant`, instant),
        weekdays: requireNotNegative(`events[${i}].weekdays`, weekdays),
      };
    });
  }

  /**
   * Years of variance from one instant to a later one, 0 where it is not later.
   * @param from - milliseconds since 1970-01-01 UTC
   * @param to - the same
   * @throws RangeError where one is not finite
   */
  varianceYears(from: number, to: number): number {
    requireFinite('from', from);
    requireFinite('to', to);
    if (to <= from) return 0;
    const special = [...this.#days].reduce((sum, [day, weight]) => {
      const inside = Math.min(to, (day + 1) * DAY) - Math.max(from, day * DAY);
      return inside > 0 ? sum + inside * (weight - this.#ordinary(day)) : sum;
    }, 0);
    const events = this.#events
      .filter(({ instant }) => instant > from && instant <= to)
      .reduce((sum, { weekdays }) => sum + weekdays * this.#weekday * DAY, 0);
    return (this.#weeksUpTo(to) - this.#weeksUpTo(from) + special + events) / MILLISECONDS_PER_YEAR;
  }

  /**
   * Years of variance that pass in a year at an instant, events apart: the pace of {@link ExpirySpec}.
   * @param instant - milliseconds since 1970-01-01 UTC
   * @throws RangeError where it is not finite
   */
  pace(instant: number): number {
    const day = Math.floor(requireFinite('instant', instant) / DAY);
    return this.#days.get(day) ?? this.#ordinary(day);
  }

  /** Weight of a day as its place in the week has it. */
  #ordinary(day: number): number {
    return (((day + FIRST_WEEKDAY) % 7) + 7) % 7 < 5 ? this.#weekday : this.#weekend;
  }

  /** Weighted milliseconds of ordinary weeks since a Monday before 1970. */
  #weeksUpTo(instant: number): number {
    const time = instant + FIRST_WEEKDAY * DAY;
    const weeks = Math.floor(time / (7 * DAY));
    const rest = time - weeks * 7 * DAY;
    const weekdays = Math.min(rest, 5 * DAY);
    return weeks * 7 * DAY + weekdays * this.#weekday + (rest - weekdays) * this.#weekend;
  }
}
