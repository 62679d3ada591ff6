import { create } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { certificateOf } from './certificate.js';
import { type DeskChoices, type DeskProblem, deskProblem, fieldsOf, opened, randomOf } from './desk.js';

const core = await create();

/** A solved problem, checked from trades and multipliers alone. */
function expectSolved(problem: DeskProblem, label = ''): void {
  const hedger = core.hedger(problem.shape);
  hedger.update(fieldsOf(problem));
  const hedge = hedger.solve();
  expect({ label, status: hedge.status }).toEqual({ label, status: 'optimal' });
  const proof = certificateOf(problem, hedge.trades, hedge.multipliers);
  const unit = Math.max(1, Math.abs(proof.objective));
  expect(Math.abs(proof.gap)).toBeLessThanOrEqual(1.001e-9);
  expect(proof.violation).toBeLessThanOrEqual(1e-9);
  expect(proof.excess).toBe(0);
  expect(Math.abs(hedge.objective - proof.objective)).toBeLessThanOrEqual(1e-11 * unit);
  expect(Math.abs(hedge.bound - proof.bound)).toBeLessThanOrEqual(1e-10 * unit);
  expect(Math.abs(hedge.cost - proof.cost)).toBeLessThanOrEqual(1e-11 * Math.max(1, proof.cost));
  expect(hedge.gap).toBeCloseTo((hedge.objective - hedge.bound) / unit, 12);
  for (let k = 0; k < problem.shape.exposures; k++) {
    const scale = 1 + Math.abs(problem.exposure[k]) + Math.abs(proof.exposure[k]);
    expect(Math.abs(hedge.exposure[k] - proof.exposure[k])).toBeLessThanOrEqual(1e-11 * scale);
  }
  hedger.dispose();
}

const kinds: Record<string, Omit<DeskChoices, 'instruments'>> = {
  'soft targets': {},
  'soft targets without impact': { impact: 0 },
  'soft targets with depth': { levels: 5 },
  'soft targets and bands': { bands: true },
  'soft targets, bands, depth and carry': { bands: true, levels: 5, carry: 0.3 },
  'strong impact': { impact: 10 },
  'thin spreads': { spread: 0.01 },
  'no spread at all': { spread: 0 },
  'a book ten times the market': { book: 10 },
};

describe('seeded desk problems are solved with a proof', () => {
  for (const [name, choices] of Object.entries(kinds)) {
    it.each([20, 100, 300])(`${name}, %i instruments`, (instruments) => {
      for (let seed = 1; seed <= 8; seed++) {
        const problem = deskProblem(seed, { instruments, ...choices });
        // few instruments may not reach every band
        expectSolved(instruments < 100 ? opened(problem) : problem, `seed ${seed}`);
      }
    });
  }

  it.each([100, 300, 1000])('only bands, %i instruments', (instruments) => {
    for (let seed = 1; seed <= 4; seed++) {
      expectSolved(deskProblem(seed, { instruments, soft: false, bands: true }), `seed ${seed}`);
      expectSolved(
        deskProblem(seed, { instruments, soft: false, bands: true, impact: 0, levels: 5 }),
        `seed ${seed}`,
      );
    }
  });

  it('1,000 instruments, and 20 or 64 exposures', () => {
    expectSolved(deskProblem(1, { instruments: 1000, bands: true, levels: 5 }));
    expectSolved(deskProblem(2, { instruments: 300, exposures: 20, bands: true, levels: 3 }));
    expectSolved(deskProblem(3, { instruments: 300, exposures: 64, bands: true }));
  });
});

describe('warm starts', () => {
  const choices = { instruments: 100, bands: true, levels: 5, carry: 0.3 };

  it('solving again costs no step and changes nothing', () => {
    const problem = deskProblem(5, choices);
    const hedger = core.hedger(problem.shape);
    hedger.update(fieldsOf(problem));
    const { objective, trades } = hedger.solve();
    const before = trades.slice();
    hedger.update({ exposure: problem.exposure });
    const again = hedger.solve();
    expect(again.iterations).toBe(0);
    expect(again.objective).toBe(objective);
    expect(again.trades).toEqual(before);
    hedger.dispose();
  });

  it('moved exposures, sensitivities, spreads, limits and bands give the answer of a cold start', () => {
    const problem = deskProblem(6, choices);
    const random = randomOf(60);
    const hedger = core.hedger(problem.shape);
    hedger.update(fieldsOf(problem));
    hedger.solve();
    const moved = (values: Float64Array, by: number): Float64Array =>
      values.map((value) => value * (1 + by * (2 * random() - 1)));
    let warmSteps = 0;
    let coldSteps = 0;
    for (let round = 0; round < 40; round++) {
      const kind = round % 5;
      if (kind === 0) problem.exposure = moved(problem.exposure, 0.01);
      if (kind === 1) problem.sensitivity = moved(problem.sensitivity, 0.001);
      if (kind === 2) problem.linear = moved(problem.linear, 0.05);
      if (kind === 3) problem.buyLimit = moved(problem.buyLimit, 0.1);
      if (kind === 4) problem.upper = moved(problem.upper, 0.01);
      const { exposure, sensitivity, linear, buyLimit, upper } = problem;
      hedger.update([{ exposure }, { sensitivity }, { linear }, { buyLimit }, { upper }][kind]);
      const hedge = hedger.solve();
      expect(hedge.status).toBe('optimal');
      const proof = certificateOf(problem, hedge.trades, hedge.multipliers);
      expect(Math.abs(proof.gap)).toBeLessThanOrEqual(1.001e-9);
      expect(proof.violation).toBeLessThanOrEqual(1e-9);
      warmSteps += hedge.iterations;
      const cold = hedger.solve({ warmStart: false });
      expect(Math.abs(cold.objective - proof.objective)).toBeLessThanOrEqual(
        2e-9 * Math.abs(proof.objective),
      );
      coldSteps += cold.iterations;
    }
    expect(warmSteps).toBeLessThan(coldSteps / 2);
    hedger.dispose();
  });
});

describe('an early stop', () => {
  it('is inside the limits and tells its true gap', () => {
    const problem = deskProblem(7, { instruments: 100, levels: 5, bands: true });
    const hedger = core.hedger(problem.shape);
    hedger.update(fieldsOf(problem));
    for (let maxIterations = 0; maxIterations < 6; maxIterations++) {
      const hedge = hedger.solve({ maxIterations, warmStart: false });
      expect(hedge.status).toBe('iteration-limit');
      expect(hedge.iterations).toBe(maxIterations);
      const proof = certificateOf(problem, hedge.trades, hedge.multipliers);
      const unit = Math.max(1, Math.abs(proof.objective), Math.abs(proof.bound));
      expect(proof.excess).toBe(0);
      expect(Math.abs(hedge.objective - proof.objective)).toBeLessThanOrEqual(1e-10 * unit);
      expect(Math.abs(hedge.bound - proof.bound)).toBeLessThanOrEqual(1e-10 * unit);
    }
    hedger.dispose();
  });
});

describe('the pure projected gradient', () => {
  it('stopped early, gives the best that it has proved: more steps are never worse', () => {
    const problem = opened(deskProblem(9, { instruments: 60, levels: 3, bands: true }));
    const hedger = core.hedger(problem.shape);
    hedger.update(fieldsOf(problem));
    let before = Infinity;
    for (let maxIterations = 10; maxIterations <= 400; maxIterations += 10) {
      const hedge = hedger.solve({ method: 'gradient', maxIterations, warmStart: false });
      if (hedge.status === 'optimal') break;
      expect(hedge.status).toBe('iteration-limit');
      const merit = Math.max(Math.abs(hedge.gap), hedge.violation);
      expect(merit).toBeLessThanOrEqual(before);
      before = merit;
      const proof = certificateOf(problem, hedge.trades, hedge.multipliers);
      const unit = Math.max(1, Math.abs(proof.objective), Math.abs(proof.bound));
      expect(Math.abs(hedge.objective - proof.objective)).toBeLessThanOrEqual(1e-10 * unit);
      expect(Math.abs(hedge.bound - proof.bound)).toBeLessThanOrEqual(1e-10 * unit);
      expect(Math.abs(hedge.violation - proof.violation)).toBeLessThanOrEqual(1e-9);
    }
    expect(before).toBeLessThan(Infinity);
    hedger.dispose();
  });

  it.each(['soft', 'bands'])('comes to the same answer in many more steps (%s)', (kind) => {
    const choices = { instruments: 20, bands: kind === 'bands', impact: 0.1, levels: 3 };
    const problem = opened(deskProblem(8, choices));
    const hedger = core.hedger(problem.shape);
    hedger.update(fieldsOf(problem));
    const newton = hedger.solve();
    const { objective, newtonSteps } = newton;
    const gradient = hedger.solve({ method: 'gradient' });
    expect(gradient.status).toBe('optimal');
    const proof = certificateOf(problem, gradient.trades, gradient.multipliers);
    expect(Math.abs(proof.gap)).toBeLessThanOrEqual(1.001e-9);
    expect(proof.violation).toBeLessThanOrEqual(1e-9);
    expect(Math.abs(gradient.objective - objective)).toBeLessThanOrEqual(2e-9 * Math.abs(objective));
    expect(gradient.gradientSteps).toBeGreaterThan(10 * newtonSteps);
    // and Newton goes on from scratch afterwards
    expect(hedger.solve().status).toBe('optimal');
    hedger.dispose();
  });
});
