import { create, type SmileSlice } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { drawFrom } from '../oracle/regimes.js';
import { durrlemanOf, quotesOf, varianceOf, volatilityOf } from './svi.js';

const core = await create();

/** Moneyness near the money and far out, on either side. */
const PLACES = Array.from({ length: 801 }, (_, i) => Math.sinh((i - 400) / 40));

/** No slice dips under the one before, nor has a negative density, on a grid that the fit does not know. */
function expectApart(slices: readonly SmileSlice[]): void {
  const fitted = slices.filter(({ status }) => status === 'ok');
  fitted.forEach((slice, i) => {
    expect(slice.isCalendarFree).toBe(true);
    expect(Math.min(...PLACES.map((k) => durrlemanOf(slice, k)))).toBeGreaterThanOrEqual(-1e-12);
    if (i === 0) return;
    const gains = PLACES.map((k) => varianceOf(slice, k) / varianceOf(fitted[i - 1], k) - 1);
    expect(Math.min(...gains)).toBeGreaterThanOrEqual(Math.max(-1e-12, slice.leastGain - 1e-9));
  });
}

/** Slices that cross in the left wing, within the strikes quoted and beyond. */
const NEAR = { a: 0.01, b: 0.12, rho: -0.6, m: 0, sigma: 0.15 };
const FAR = { a: 0.025, b: 0.09, rho: -0.1, m: 0, sigma: 0.2 };

describe('slices that cross', () => {
  const expiries = [
    quotesOf(core, volatilityOf(NEAR, 0.25), { years: 0.25, half: 0.02 }),
    quotesOf(core, volatilityOf(FAR, 0.5), { years: 0.5, half: 0.02 }),
  ];

  it('are found and placed where they are left alone', () => {
    using smile = core.smile(expiries, { calendar: 'reported' });
    const [first, second] = smile.slices;
    expect(first.leastGain).toBeNaN();
    expect(second.isCalendarFree).toBe(false);
    // far out the slopes of the wings decide: b (1 - rho) to the left
    expect(second.leastGain).toBeCloseTo((second.b * (1 - second.rho)) / (first.b * (1 - first.rho)) - 1, 3);
    expect(second.leastGain).toBeLessThan(-0.4);
    expect(second.leastGainAt).toBeLessThan(-1);
  });

  it('are parted where they are not, both giving way', () => {
    using alone = core.smile(expiries, { calendar: 'reported' });
    using smile = core.smile(expiries);
    expectApart(smile.slices);
    const moved = smile.slices.map((slice, e) =>
      Math.abs(varianceOf(slice, -0.6) - varianceOf(alone.slices[e], -0.6)),
    );
    expect(moved[0]).toBeGreaterThan(1e-4);
    expect(moved[1]).toBeGreaterThan(1e-4);
    expect(smile.slices[1].inside).toBeGreaterThan(smile.slices[1].twoSided / 2);
  });

  it('are the same slices where nothing crosses', () => {
    const apart = [
      expiries[0],
      quotesOf(core, volatilityOf({ ...NEAR, a: 0.03, b: 0.2 }, 0.5), { years: 0.5, half: 0.002 }),
    ];
    using alone = core.smile(apart, { calendar: 'reported' });
    using smile = core.smile(apart);
    expect(smile.slices).toEqual(alone.slices);
  });

  it('are parted over one that has no quotes', () => {
    const blank = { ...quotesOf(core, volatilityOf(NEAR, 0.3), { years: 0.3 }), bid: 0, ask: 0 };
    using smile = core.smile([expiries[0], blank, expiries[1]]);
    expect(smile.slices.map(({ status }) => status)).toEqual(['ok', 'few-quotes', 'ok']);
    expectApart(smile.slices);
  });

  it('are parted where a steep wing comes before a flat one', () => {
    const steep = { a: 0.001, b: 0.9, rho: 0.9, m: 0, sigma: 0.02 };
    using smile = core.smile([
      quotesOf(core, volatilityOf(steep, 0.4), { years: 0.4, half: 0.001, reach: 1 }),
      quotesOf(core, () => 0.3, { years: 0.45, half: 0.001 }),
    ]);
    expectApart(smile.slices);
  });

  it('are parted also where their quotes contradict each other everywhere', () => {
    using smile = core.smile([
      quotesOf(core, () => 0.8, { years: 0.4, half: 0.002 }),
      quotesOf(core, () => 0.5, { years: 0.5, half: 0.002 }),
    ]);
    expectApart(smile.slices);
  });
});

it('no seeded surface of rough quotes has arbitrage of either kind', () => {
  const draw = drawFrom(7);
  for (let i = 0; i < 40; i += 1) {
    const expiries = Array.from({ length: 5 }, (_, e) => {
      const years = 0.01 * 3 ** e;
      const level = draw.between(0.3, 0.9);
      const skew = draw.between(-0.8, 0.8);
      const bend = draw.between(0.8, 1.2);
      const smile = (k: number): number => {
        const z = k / Math.sqrt(years);
        return level * Math.sqrt(1 + skew * z + bend * (z * z + 0.2));
      };
      return quotesOf(core, smile, {
        years,
        half: 0.03,
        reach: draw.between(1, 4),
        noise: 1,
        seed: 5 * i + e,
      });
    });
    using smile = core.smile(expiries);
    expectApart(smile.slices);
    expectApart(smile.surface.slices);
  }
});

it('refuses another word', () => {
  const expiry = quotesOf(core, volatilityOf(NEAR, 0.25), { years: 0.25 });
  expect(() => core.smile([expiry], { calendar: 'none' as 'free' })).toThrow(
    "options.calendar must be 'free' or 'reported', got 'none'",
  );
});
