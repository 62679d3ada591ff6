import { createSync } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { highsSolver, loadHighs, quadprogSolver } from '../../bench/peers/hedge.js';
import { type DeskProblem, deskProblem, fieldsOf, opened } from './desk.js';

const core = createSync();
const highs = await loadHighs();

function solved(problem: DeskProblem) {
  const hedger = core.hedger(problem.shape);
  hedger.update(fieldsOf(problem));
  const { status, objective, trades } = hedger.solve();
  const answer = { status, objective, trades: trades.slice() };
  hedger.dispose();
  return answer;
}

describe('npm quadprog agrees', () => {
  it.each([false, true])('on strictly convex problems (bands: %s)', (bands) => {
    for (let seed = 1; seed <= 4; seed++) {
      const problem = opened(deskProblem(seed, { instruments: 20, bands, impact: 0.1, carry: 0.2 }));
      const peer = quadprogSolver(problem)();
      const ours = solved(problem);
      expect(ours.status).toBe('optimal');
      const unit = Math.abs(peer!.objective);
      expect(Math.abs(ours.objective - peer!.objective)).toBeLessThanOrEqual(1e-7 * unit);
      // both within their accuracy of the one optimum
      for (const [i, x] of ours.trades.entries())
        expect(Math.abs(x - peer!.trades[i])).toBeLessThanOrEqual(1e-3);
    }
  });
});

describe('HiGHS agrees', () => {
  it.each([1, 5])('on linear programs with %i levels', (levels) => {
    for (let seed = 1; seed <= 6; seed++) {
      const choices = { instruments: 60, levels, soft: false, bands: true, impact: 0 };
      const problem = deskProblem(seed, choices);
      const peer = highsSolver(highs, problem)();
      const ours = solved(problem);
      expect(ours.status).toBe(peer ? 'optimal' : 'infeasible');
      if (!peer) continue;
      expect(Math.abs(ours.objective - peer.objective)).toBeLessThanOrEqual(1e-7 * Math.abs(peer.objective));
    }
  });

  it('on which bands can be met', () => {
    const statuses = new Set<string>();
    for (let seed = 1; seed <= 30; seed++) {
      const problem = deskProblem(seed, { instruments: 18, soft: false, bands: true, impact: 0, book: 0.7 });
      const { status } = solved(problem);
      expect(status).toBe(highsSolver(highs, problem)() ? 'optimal' : 'infeasible');
      statuses.add(status);
    }
    expect(statuses.size).toBe(2);
  });

  it('on quadratic programs with soft targets', () => {
    for (let seed = 1; seed <= 4; seed++) {
      const problem = opened(
        deskProblem(seed, { instruments: 40, bands: true, levels: 3, impact: 0.1, carry: 0.3 }),
      );
      const peer = highsSolver(highs, problem)();
      const ours = solved(problem);
      expect(ours.status).toBe('optimal');
      // never above the peer but for its tolerance, and close to it
      expect(Math.abs(ours.objective - peer!.objective)).toBeLessThanOrEqual(
        1e-5 * Math.abs(peer!.objective),
      );
    }
  });
});
