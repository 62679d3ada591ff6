import { DESK_UNITS, displayTheta, toDesk } from 'greekfire';
import { describe, expect, it } from 'vitest';

describe('desk units', () => {
  it('show volatility and rate per point, time per day, moves per 1 %', () => {
    expect(toDesk('vega', 12_000, 50_000)).toBeCloseTo(120, 12);
    expect(toDesk('theta', -36_500, 50_000)).toBeCloseTo(-100, 12);
    expect(toDesk('rho', 500, 50_000)).toBeCloseTo(5, 12);
    expect(toDesk('vanna', 2, 50_000)).toBeCloseTo(0.02, 12);
    expect(toDesk('volga', 30_000, 50_000)).toBeCloseTo(3, 12);
    expect(toDesk('gamma', 2e-5, 50_000)).toBeCloseTo(0.01, 12);
    expect(toDesk('speed', 4e-10, 50_000)).toBeCloseTo(1e-4, 12);
  });

  it('leave value and delta as they are, and need no forward for them', () => {
    expect(toDesk('price', 3, NaN)).toBe(3);
    expect(toDesk('delta', 0.5, NaN)).toBe(0.5);
  });

  it('name a unit for every sensitivity', () => {
    for (const { unit, scale } of Object.values(DESK_UNITS)) {
      expect(unit).not.toBe('');
      expect(scale).toBeGreaterThan(0);
    }
  });
});

describe('displayTheta', () => {
  it('is the decay of a day', () => {
    expect(displayTheta(-3650, 1000, 0.5)).toBeCloseTo(-10, 12);
  });

  it('counts only the time that is left', () => {
    expect(displayTheta(-3650, 1000, 0.25 / 365)).toBeCloseTo(-2.5, 12);
  });

  it('never exceeds the price', () => {
    expect(displayTheta(-3650, 4, 0.5)).toBe(-4);
  });

  it('is a loss whatever the sign of theta', () => {
    expect(displayTheta(3650, 1000, 0.5)).toBeCloseTo(-10, 12);
  });
});
