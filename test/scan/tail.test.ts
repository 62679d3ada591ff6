import fc from 'fast-check';
import { create, type Scan } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { positionsOf, specsOf } from '../book/cases.js';
import { drawFrom } from '../oracle/regimes.js';
import { tailByDefinition } from './reference.js';

const core = await create();
const specs = specsOf(3);
const chain = core.chain(specs);
const positions = positionsOf(specs, 40, 4);
const book = core.book(chain, positions);

/** A future of one unit at 100: the profits are the moves, and so known. */
const unit = core.book(core.chain([{ years: 1, forward: 100, strike: [], volatility: [] }]), [
  { kind: 'future', expiry: 0, quantity: 1 },
]);

const total = (numbers: Float64Array): number => numbers.reduce((sum, x) => sum + x, 0);
const size = (numbers: Float64Array): number => numbers.reduce((sum, x) => sum + Math.abs(x), 0);

/** The past of a market with jumps: seeded moves of spot and volatility. */
function history(seed: number, length: number): { spot: number[]; volatility: number[] } {
  const draw = drawFrom(seed);
  const spot = Array.from({ length }, (_, i) =>
    i % 50 === 0 ? draw.between(-0.5, 1) : draw.between(-0.06, 0.06),
  );
  return { spot, volatility: spot.map((move) => -0.3 * move + draw.between(-0.05, 0.05)) };
}

/** What the positions make in the worst case, or lose in the tail, by brute force over the matrix. */
function contributionBy(scan: Scan, shares: readonly number[]): Float64Array {
  const profits = scan.profitByPosition();
  const count = profits.length / scan.length;
  return Float64Array.from({ length: count }, (_, p) =>
    shares.reduce((sum, share, s) => sum - share * profits[s * count + p], 0),
  );
}

function expectNear(found: Float64Array, wanted: Float64Array): void {
  expect(found.length).toBe(wanted.length);
  wanted.forEach((value, p) => {
    expect(Math.abs(found[p] - value), `position ${p}`).toBeLessThanOrEqual(1e-12 * size(wanted));
  });
}

describe('the worst case', () => {
  it('is the least profit, and its contributions are what the positions make there', () => {
    using scan = book.scan({ spot: [-0.5, -0.2, 0, 0.3, 2], volatility: [-0.2, 0, 0.4], time: [0, 0.1] });
    const profits = Array.from(scan.profit);
    const worst = profits.indexOf(Math.min(...profits));
    const { scenario, loss, contribution } = scan.worst();
    expect(scenario).toBe(worst);
    expect(loss).toBe(-profits[worst]);
    expect(loss).toBeGreaterThan(0);
    expectNear(
      contribution,
      contributionBy(
        scan,
        profits.map((_, s) => (s === worst ? 1 : 0)),
      ),
    );
    expect(Math.abs(total(contribution) - loss)).toBeLessThanOrEqual(1e-12 * size(contribution));
  });

  it('is the first of several', () => {
    using scan = unit.scan({ scenarios: { spot: [0.1, -0.2, 0, -0.2] } });
    expect(scan.worst().scenario).toBe(1);
  });
});

describe('value at risk and expected shortfall', () => {
  it('of a textbook case: ten losses, one in part', () => {
    // losses 10, 9, ... 1; the worst 25 % are 10, 9 and half of 8
    using scan = unit.scan({ scenarios: { spot: Array.from({ length: 10 }, (_, i) => (i - 10) / 100) } });
    expect(scan.valueAtRisk(0.75).loss).toBeCloseTo(8, 10);
    expect(scan.expectedShortfall(0.75).loss).toBeCloseTo((10 + 9 + 8 / 2) / 2.5, 10);
    // a level that is reached: no loss above 8 but with 20 %
    expect(scan.valueAtRisk(0.8).loss).toBeCloseTo(8, 10);
    expect(scan.expectedShortfall(0.8).loss).toBeCloseTo(9.5, 10);
    // P(L <= 9) = 0.9 exactly, though 1 - 0.9 < 0.1 in doubles
    expect(scan.valueAtRisk(0.9).loss).toBeCloseTo(9, 10);
    expect(scan.expectedShortfall(0.9).loss).toBeCloseTo(10, 10);
    expect(scan.expectedShortfall(0.999).loss).toBeCloseTo(10, 10);
  });

  it('of ties and weights, shared by weight', () => {
    const spot = [-0.1, -0.05, -0.05, 0.02, 0.3];
    const weight = [1, 2, 1, 4, 0];
    using scan = unit.scan({ scenarios: { spot, weight } });
    expect(scan.valueAtRisk(0.75).loss).toBeCloseTo(5, 10);
    expect(scan.expectedShortfall(0.75).loss).toBeCloseTo((10 + 5) / 2, 10);
    expect(scan.expectedShortfall(0.5).loss).toBeCloseTo((10 + 3 * 5) / 4, 10);
    // half of the probability loses nothing: a gain is a negative loss
    expect(scan.valueAtRisk(0.4).loss).toBeCloseTo(-2, 10);
  });

  it('leaves scenarios of no weight out', () => {
    using scan = unit.scan({ scenarios: { spot: [-0.9, -0.1, 0.1], weight: [0, 1, 1] } });
    expect(scan.valueAtRisk(0.99).loss).toBeCloseTo(10, 10);
    expect(scan.expectedShortfall(0.99).loss).toBeCloseTo(10, 10);
    expect(scan.worst().loss).toBeCloseTo(90, 10);
  });

  it('of historical moves, are their definitions, and the contributions add up', () => {
    const scenarios = history(5, 500);
    using scan = book.scan({ scenarios });
    const profit = scan.profit.slice();
    for (const level of [0.5, 0.9, 0.95, 0.975, 0.99, 0.999]) {
      const wanted = tailByDefinition(profit, new Float64Array(500).fill(1), level);
      const atRisk = scan.valueAtRisk(level);
      const shortfall = scan.expectedShortfall(level);
      expect(atRisk.loss).toBeCloseTo(wanted.valueAtRisk, 8);
      expect(shortfall.loss).toBeCloseTo(wanted.expectedShortfall, 8);
      expect(shortfall.loss).toBeGreaterThanOrEqual(atRisk.loss);
      for (const { loss, contribution } of [atRisk, shortfall]) {
        expect(Math.abs(total(contribution) - loss)).toBeLessThanOrEqual(1e-12 * size(contribution));
      }
    }
    // the worst 1 % of 500 are five whole scenarios
    const worst = Array.from(profit.keys())
      .sort((a, b) => profit[a] - profit[b])
      .slice(0, 5);
    expectNear(
      scan.expectedShortfall(0.99).contribution,
      contributionBy(
        scan,
        Array.from(profit, (_, s) => (worst.includes(s) ? 1 / 5 : 0)),
      ),
    );
  });

  it('follow their definitions whatever the moves, weights and ties', () => {
    const scenario = fc.record({ move: fc.integer({ min: -20, max: 20 }), weight: fc.nat(5) });
    const property = fc.property(
      fc.array(scenario, { minLength: 1, maxLength: 40 }).filter((list) => list.some((s) => s.weight > 0)),
      fc.integer({ min: 1, max: 99 }),
      (list, percent) => {
        const spot = list.map(({ move }) => move / 32);
        const weight = list.map((s) => s.weight);
        using scan = unit.scan({ scenarios: { spot, weight } });
        const wanted = tailByDefinition(scan.profit, weight, percent / 100);
        expect(scan.valueAtRisk(percent / 100).loss).toBeCloseTo(wanted.valueAtRisk, 9);
        expect(scan.expectedShortfall(percent / 100).loss).toBeCloseTo(wanted.expectedShortfall, 9);
      },
    );
    fc.assert(property, { seed: 7, numRuns: 300 });
  });
});
