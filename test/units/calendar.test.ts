import { create, VarianceCalendar, type ExpirySpec } from 'greekfire';
import { describe, expect, it } from 'vitest';

const core = await create();
const DAY = 86_400_000;
const WEEK = 7 / 365;
/** A Monday. */
const monday = Date.UTC(2026, 10, 23);

describe('variance calendar', () => {
  const half = new VarianceCalendar({ weekend: 0.5 });

  it('counts an ordinary week as a week of time, from any instant', () => {
    for (let hour = 0; hour < 7 * 24; hour += 5) {
      const from = monday + hour * 3_600_000;
      expect(half.varianceYears(from, from + 7 * DAY)).toBeCloseTo(WEEK, 14);
    }
  });

  it('gives a weekend its weight relative to a weekday', () => {
    const weekday = half.varianceYears(monday, monday + DAY);
    const saturday = half.varianceYears(monday + 5 * DAY, monday + 6 * DAY);
    expect(saturday / weekday).toBeCloseTo(0.5, 12);
    expect(half.pace(monday + 5.5 * DAY) / half.pace(monday)).toBeCloseTo(0.5, 12);
  });

  it('without weights is the time itself', () => {
    const plain = new VarianceCalendar();
    expect(plain.varianceYears(monday + 1000, monday + 123_456_789)).toBeCloseTo(
      123_455_789 / (365 * DAY),
      14,
    );
    expect(plain.pace(monday)).toBe(1);
  });

  it('adds events at their instant and weighs special days in the part that is inside', () => {
    const calendar = new VarianceCalendar({
      days: { '2026-11-26': 0 },
      events: [{ name: 'rate decision', instant: monday + 1.5 * DAY, weekdays: 2 }],
    });
    const day = 1 / 365;
    expect(calendar.varianceYears(monday, monday + DAY)).toBeCloseTo(day, 14);
    expect(calendar.varianceYears(monday + DAY, monday + 2 * DAY)).toBeCloseTo(3 * day, 14);
    expect(calendar.varianceYears(monday + 3 * DAY, monday + 4 * DAY)).toBeCloseTo(0, 14);
    expect(calendar.varianceYears(monday + 2.5 * DAY, monday + 3.5 * DAY)).toBeCloseTo(day / 2, 14);
    expect(calendar.pace(monday + 3.2 * DAY)).toBe(0);
  });

  it('works before 1970 and gives 0 for no time', () => {
    expect(half.varianceYears(-10 * DAY, -3 * DAY)).toBeCloseTo(WEEK, 14);
    expect(half.varianceYears(monday, monday)).toBe(0);
    expect(half.varianceYears(monday, monday - DAY)).toBe(0);
  });

  it('refuses what is no date or weight, by name', () => {
    expect(() => new VarianceCalendar({ weekend: -1 })).toThrow(/weekend must not be negative, got -1/);
    expect(() => new VarianceCalendar({ days: { soon: 1 } })).toThrow(/'soon'/);
    expect(() => new VarianceCalendar({ events: [{ instant: NaN, weekdays: 1 }] })).toThrow(
      /events\[0\].instant/,
    );
    expect(() => half.pace(Infinity)).toThrow(RangeError);
  });
});

describe('a chain on variance time', () => {
  const spec: ExpirySpec = {
    years: 0.1,
    forward: 100,
    rate: 0.05,
    strike: [90, 100, 120],
    volatility: [0.6, 0.5, 0.7],
  };
  const variance = { varianceYears: 0.07, variancePace: 0.4 };

  it('prices as an option whose volatility is spread over the years of variance', () => {
    const chain = core.chain([{ ...spec, ...variance }], 3);
    const volatility = Array.from(spec.volatility, (v) => v * Math.sqrt(0.7));
    const plain = core.chain([{ ...spec, volatility }], 3);
    for (let row = 0; row < 3; row++) {
      for (const name of ['price', 'delta', 'gamma', 'rho', 'speed'] as const) {
        expect(chain.put[name][row] / plain.put[name][row]).toBeCloseTo(1, 12);
      }
      expect(chain.call.vega[row] / plain.call.vega[row]).toBeCloseTo(Math.sqrt(0.7), 12);
    }
  });

  it('decays at the pace: theta, charm and color are the changes over a small step of time, coin included', () => {
    const chain = core.chain([{ ...spec, ...variance, settlement: 'inverse' }], 3);
    const step = 1e-6;
    const read = (sign: number, name: 'price' | 'delta' | 'gamma', row: number): [number, number] => {
      const moved = core.chain(
        [{ ...spec, years: 0.1 - sign * step, varianceYears: 0.07 - sign * step * 0.4, variancePace: 0.4 }],
        3,
      );
      const values: [number, number] = [moved.call[name][row], moved.coin.call[name][row]];
      moved.dispose();
      return values;
    };
    for (let row = 0; row < 3; row++) {
      for (const [name, of] of [
        ['theta', 'price'],
        ['charm', 'delta'],
        ['color', 'gamma'],
      ] as const) {
        const [later, laterCoin] = read(1, of, row);
        const [earlier, earlierCoin] = read(-1, of, row);
        const scale = Math.abs(chain.call[of][row]) / step;
        expect(Math.abs((later - earlier) / (2 * step) - chain.call[name][row])).toBeLessThan(1e-9 * scale);
        const coinScale = Math.abs(chain.coin.call[of][row]) / step;
        expect(Math.abs((laterCoin - earlierCoin) / (2 * step) - chain.coin.call[name][row])).toBeLessThan(
          1e-9 * coinScale,
        );
      }
    }
  });

  it('advances variance at its pace, and both end at expiry', () => {
    const chain = core.chain([{ ...spec, ...variance }], 1);
    chain.advance(0.05);
    chain.tick();
    const other = core.chain([{ ...spec, years: 0.05, varianceYears: 0.07 - 0.05 * 0.4 }], 1);
    expect(chain.call.price[1]).toBeCloseTo(other.call.price[1], 12);
    chain.advance(0.05);
    chain.tick(105);
    expect([...chain.call.price]).toEqual([15, 5, 0]);
    chain.setYears([0.1], { years: [0.07], pace: [0.4] });
    chain.tick(100);
    expect(chain.call.price[1]).toBeCloseTo(core.chain([{ ...spec, ...variance }]).call.price[1], 12);
    expect(() => {
      chain.setYears([0.1], { years: [-1] });
    }).toThrow(/variance.years\[0\] must not be negative, got -1/);
  });
});
