import { createSync } from 'greekfire/full';
import {
  comparePolicies,
  deltaBand,
  fixedInterval,
  greekByGreek,
  policyComparison,
  rebalancer,
  solverPolicy,
  unhedged,
  whalleyWilmott,
  type ComparisonOptions,
  type ComparisonState,
  type FrontierResult,
  type MarketPath,
  type Policy,
} from 'greekfire/rebalance';
import { describe, expect, test } from 'vitest';
import { REPLAY_MODELS, replayPath, replayRisk } from '../../example/replay.js';

const core = createSync();
const DAY = 86_400_000;
const risk = { volatility: 0.5, volatilityOfVolatility: 0.8 };
const solver = (riskAversion: number): Policy => ({
  ...solverPolicy({ riskAversion, horizon: 3 * DAY, risk }),
  name: `solver ${riskAversion}`,
});
const policies: Policy[] = [unhedged(), deltaBand(2), whalleyWilmott(1e-6), solver(1e-6), solver(1e-5)];

/** A path that ends early. */
function shortPath(index: number, ticks: number): MarketPath {
  const path = replayPath(core, 'heston', 'sticky-delta', 9, index);
  let left = ticks;
  return { ...path, next: () => (left-- > 0 ? path.next() : undefined) };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const meanOf = (values: readonly number[]): number => sum(values) / values.length;
const deviationOf = (values: readonly number[]): number =>
  Math.sqrt(sum(values.map((value) => (value - meanOf(values)) ** 2)) / (values.length - 1));

/** Profit and cost of every path under one policy, each by a loop of its own. */
function outcomesOf(policy: Policy, paths: number, ticks: number): { profit: number[]; cost: number[] } {
  const all = Array.from({ length: paths }, (_, index) => {
    const path = shortPath(index, ticks);
    const book = path.book();
    const { chain, instruments, instant } = path;
    const loop = rebalancer({ core, chain, book, policy, instruments, levels: 3, instant, cash: 1e6 });
    for (let tick = path.next(); tick !== undefined; tick = path.next()) loop.step(tick);
    const { profit, cost } = loop.totals;
    loop.dispose();
    book.dispose();
    path.dispose();
    return { profit, cost };
  });
  return { profit: all.map(({ profit }) => profit), cost: all.map(({ cost }) => cost) };
}

describe('figures', () => {
  const paths = 37;
  const ticks = 12;
  const tail = 0.1;
  const comparison = policyComparison({ core, policies, paths, path: (index) => shortPath(index, ticks) });
  while (comparison.step());
  const frontier = ['unhedged', 'solver 0.000001', 'solver 0.00001'];
  const report = comparison.report({ tail, frontier });
  const outcomes = policies.map((policy) => outcomesOf(policy, paths, ticks));

  test('are those of the outcomes', () => {
    expect(report.paths).toBe(paths);
    report.policies.forEach((figures, p) => {
      const { profit, cost } = outcomes[p];
      expect(figures.policy).toBe(policies[p].name);
      expect(figures.profit.value).toBeCloseTo(meanOf(profit), 6);
      expect(figures.cost.value).toBeCloseTo(meanOf(cost), 6);
      expect(figures.deviation.value).toBeCloseTo(deviationOf(profit), 6);
      // 3.7 of 37 paths: three, and the fourth in part
      const worst = [...profit].sort((a, b) => a - b);
      expect(figures.shortfall.value).toBeCloseTo(-(sum(worst.slice(0, 3)) + 0.7 * worst[3]) / 3.7, 6);
      for (const name of ['profit', 'cost', 'deviation', 'shortfall'] as const) {
        expect(figures[name].lower).toBeLessThanOrEqual(figures[name].value);
        expect(figures[name].upper).toBeGreaterThanOrEqual(figures[name].value);
      }
    });
  });

  test('a frontier is the least of its settings, and of following one of two by lot', () => {
    const [idle, , , low, high] = report.policies;
    const members = [idle, low, high];
    for (const result of report.frontier) {
      const rule = report.policies.find(({ policy }) => policy === result.policy)!;
      const bound = rule.cost.value;
      const within = members.filter(({ cost }) => cost.value <= bound);
      const beyond = members.filter(({ cost }) => cost.value > bound);
      // by its definition: the deviation of outcomes of two policies, weighed
      const byLot = within.flatMap((one) =>
        beyond.map((other) => {
          const w = (bound - one.cost.value) / (other.cost.value - one.cost.value);
          const mean = (1 - w) * one.profit.value + w * other.profit.value;
          const square = ({ deviation, profit }: typeof one): number =>
            deviation.value ** 2 + (profit.value - mean) ** 2;
          return Math.sqrt((1 - w) * square(one) + w * square(other));
        }),
      );
      const deviation = Math.min(...within.map((one) => one.deviation.value), ...byLot);
      expect(result.deviation.value).toBeCloseTo(deviation - rule.deviation.value, 6);
      const shortfall = Math.min(...within.map((one) => one.shortfall.value));
      expect(result.shortfall.value).toBeCloseTo(shortfall - rule.shortfall.value, 6);
      const costs = members
        .filter((member) => member.deviation.value <= rule.deviation.value)
        .map(({ cost }) => cost.value);
      if (costs.length > 0) expect(result.cost.value).toBeCloseTo(Math.min(...costs) - bound, 6);
      else expect(result.cost.value).toBeNaN();
    }
    expect(report.frontier.map(({ policy }) => policy)).toEqual(['delta band', 'Whalley-Wilmott']);
  });

  test('a setting that a frontier names twice is refused', () => {
    expect(() => comparison.report({ frontier: ['unhedged', 'unhedged'] })).toThrow(
      "options.frontier[1] is named before: 'unhedged'",
    );
  });

  test('differences are paired by path', () => {
    const difference = comparison.difference('solver 0.000001', 'solver 0.00001', 'profit');
    const gaps = outcomes[3].profit.map((profit, i) => profit - outcomes[4].profit[i]);
    expect(difference.value).toBeCloseTo(meanOf(gaps), 6);
    // the interval is that of the gaps, not of two samples
    const width = difference.upper - difference.lower;
    expect(width / ((2 * 1.96 * deviationOf(gaps)) / Math.sqrt(paths))).toBeGreaterThan(0.8);
    expect(width / ((2 * 1.96 * deviationOf(gaps)) / Math.sqrt(paths))).toBeLessThan(1.2);
    expect(comparison.difference('unhedged', 'unhedged', 'deviation')).toEqual({
      value: 0,
      lower: 0,
      upper: 0,
    });
  });

  test('the seed of the resamples is an argument, and more confidence is wider', () => {
    const deviation = (seed: number, confidence: number) =>
      comparison.report({ seed, confidence }).policies[0].deviation;
    expect(deviation(3, 0.9)).toEqual(deviation(3, 0.9));
    expect(deviation(4, 0.9)).not.toEqual(deviation(3, 0.9));
    expect(deviation(3, 0.99).upper).toBeGreaterThan(deviation(3, 0.9).upper);
    expect(deviation(3, 0.99).lower).toBeLessThan(deviation(3, 0.9).lower);
  });
});

describe('a frontier that is not in the order of its costs', () => {
  // gains of every policy, as often as losses: its deviation; and what it costs
  const made = { rule: [20, 40], cheap: [10, 38], poor: [30, 39], dear: [5, 50], edge: [20, 30] } as const;
  const names = Object.keys(made) as (keyof typeof made)[];
  const paths = 40;
  const comparison = policyComparison({
    core,
    policies: names.map((name) => ({ ...unhedged(), name })),
    paths,
    path: (index) => shortPath(index, 1),
  });
  const outcomes = Array.from({ length: paths }, (_, path) =>
    names.flatMap((name, p) => {
      const [size, cost] = made[name];
      // periods differ, so that resamples are not balanced alike
      const sign = Math.floor(path / (p + 1)) % 2 === 0 ? 1 : -1;
      return [sign * size, cost, 0, 0, 2];
    }),
  ).flat();
  comparison.restore({ ...comparison.save(), done: paths, outcomes });
  const against = (frontier: readonly string[]): FrontierResult =>
    comparison.report({ frontier }).frontier.find(({ policy }) => policy === 'rule')!;

  test('is followed from the best of its settings, not the nearest', () => {
    const [cheap, rule, best] = ['cheap', 'rule', 'dear'].map((name) =>
      comparison.report().policies.find(({ policy }) => policy === name)!,
    );
    const w = (40 - 38) / (50 - 38);
    const gap = cheap.profit.value - best.profit.value;
    const byLot = Math.sqrt(
      (1 - w) * cheap.deviation.value ** 2 + w * best.deviation.value ** 2 + w * (1 - w) * gap ** 2,
    );
    const { deviation, cost, verdict } = against(['poor', 'cheap', 'dear']);
    expect(deviation.value).toBeCloseTo(byLot - rule.deviation.value, 9);
    expect(cost.value).toBe(38 - 40);
    expect(verdict).toBe('better');
    // a worse setting changes nothing, resamples included
    expect(against(['cheap', 'dear'])).toEqual(against(['poor', 'cheap', 'dear']));
  });

  test('is surely cheaper only where resamples agree that its deviation is no more', () => {
    const { cost, verdict } = against(['edge']);
    expect(cost.value).toBe(30 - 40);
    expect(cost.upper).toBeNaN();
    expect(verdict).not.toBe('better');
  });
});

test('intervals of the mean cover as often as they say', () => {
  // many samples of few paths, whose mean is known from all of them together
  const paths = 1500;
  const share = 25;
  const options = { core, policies: [unhedged()], path: (index: number) => shortPath(index, 1) };
  const states = Array.from({ length: paths / share }, (_, k) => {
    const part = policyComparison({ ...options, paths: share, path: (i) => options.path(k * share + i) });
    while (part.step());
    return part;
  });
  const all = policyComparison({ ...options, paths });
  for (const part of states) all.append(part.save());
  const truth = all.report().policies[0].profit.value;
  const covered = states.filter((part) => {
    const { lower, upper } = part.report({ confidence: 0.9 }).policies[0].profit;
    return lower <= truth && truth <= upper;
  }).length;
  // 60 samples at 90 %: mean 54, deviation 2.3; the percentile interval is known to be a little narrow
  expect(covered).toBeGreaterThan(45);
  expect(covered).toBeLessThan(60);
});

describe('checkpoints', () => {
  const make = (paths = 3) =>
    policyComparison({
      core,
      policies,
      paths,
      margin: 'deribit-portfolio',
      path: (index) => replayPath(core, 'regimes', 'sticky-strike', 4, index),
    });

  test('a crash anywhere and a resume lose nothing, to the bit', () => {
    const whole = make();
    let steps = 0;
    do steps++;
    while (whole.step());
    expect(steps).toBe(3 * 85);
    const report = whole.report();
    for (const at of [0, 40, 85, 200, 3 * 85]) {
      const broken = make();
      for (let s = 0; s < at; s++) broken.step();
      const text = JSON.stringify(broken.save());
      broken.dispose();
      const resumed = make();
      resumed.restore(JSON.parse(text) as ComparisonState);
      expect(JSON.stringify(resumed.save())).toBe(text);
      let left = at;
      while (resumed.step()) left++;
      expect(left + (at === 3 * 85 ? 0 : 1)).toBe(steps);
      expect(resumed.save()).toEqual(whole.save());
      expect(resumed.report()).toEqual(report);
      resumed.dispose();
    }
  });

  test('paths that others have done are appended in their order', () => {
    const whole = make();
    while (whole.step());
    const parts = [0, 1, 2].map((first) => {
      const part = policyComparison({
        core,
        policies,
        paths: 2,
        margin: 'deribit-portfolio',
        path: (index) => replayPath(core, 'regimes', 'sticky-strike', 4, first + index),
      });
      part.runPath();
      return part.save();
    });
    const joined = make();
    for (const part of parts) joined.append(part);
    expect(joined.report()).toEqual(whole.report());
    expect(() => {
      joined.append(parts[0]);
    }).toThrow(/state\.done must be an integer in \[0, 0\], got 1/);
  });

  test('a state that is damaged, or of another, is named, and changes nothing', () => {
    const comparison = make();
    for (let s = 0; s < 100; s++) comparison.step();
    const state = comparison.save();
    const refuse = (change: object, message: RegExp): void => {
      expect(() => {
        comparison.restore({ ...structuredClone(state), ...change });
      }).toThrow(message);
      expect(comparison.save()).toEqual(state);
    };
    const { market, loops } = state.current!;
    refuse({ version: 7 }, /state\.version/);
    refuse({ policies: policies.slice(1) }, /state\.policies is another's/);
    refuse({ paths: 4 }, /state\.paths is another's/);
    refuse({ done: 9 }, /state\.done must be an integer in \[0, 3\], got 9/);
    refuse({ outcomes: [] }, /state\.outcomes must have 25 elements, got 0/);
    refuse({ counts: {} }, /state\.counts\.ticks must be a number/);
    refuse({ current: { market, loops: loops.slice(1) } }, /state\.current\.loops must have 5 elements/);
    refuse({ current: { market, loops: [...loops].reverse() } }, /state\.policy is another's/);
    expect(core.bytesInUse).toBeGreaterThan(0);
  });

  test('memory is bounded, and given back', () => {
    const before = core.bytesInUse;
    const comparison = make(6);
    comparison.runPath();
    const sizes = new Set<number>();
    for (let path = 0; path < 4; path++) {
      comparison.runPath();
      sizes.add(core.bytesInUse);
    }
    expect([...sizes]).toEqual([before]);
    comparison.step();
    comparison.report();
    expect(core.bytesInUse).toBeGreaterThan(before);
    comparison.dispose();
    expect(core.bytesInUse).toBe(before);
    expect(() => comparison.step()).toThrow(/the policy comparison is disposed/);
  });
});

test('bad options are named', () => {
  const path = (index: number): MarketPath => shortPath(index, 1);
  const make = (change: Partial<ComparisonOptions>) => (): unknown =>
    policyComparison({ core, policies, paths: 2, path, ...change });
  expect(make({ policies: [] })).toThrow(/options\.policies\.length .* 0/);
  expect(make({ policies: [unhedged(), unhedged()] })).toThrow(/options\.policies\[1\]\.name .* 'unhedged'/);
  expect(make({ paths: 1 })).toThrow(/options\.paths .* 1/);
  const comparison = policyComparison({ core, policies, paths: 3, path });
  comparison.runPath();
  expect(() => comparison.report()).toThrow(/figures need 2 paths, done are 1/);
  comparison.runPath();
  expect(() => comparison.report({ frontier: ['x'] })).toThrow(/options\.frontier\[0\] must be .* got 'x'/);
  expect(() => comparison.report({ resamples: 0 })).toThrow(/options\.resamples .* 0/);
  expect(() => comparison.report({ confidence: 1 })).toThrow(
    /options\.confidence must be in \(0, 1\), got 1/,
  );
  expect(() => comparison.report({ tail: 0 })).toThrow(/options\.tail must be in \(0, 1\], got 0/);
  expect(() => comparison.report({ seed: -1 })).toThrow(/options\.seed .* -1/);
  expect(() => comparison.difference('unhedged', 'y', 'cost')).toThrow(/other must be .* got 'y'/);
});

// on seeds that nothing was tuned on
test.each([
  ['heston', 'sticky-delta', 21],
  ['jumps', 'sticky-strike', 103],
] as const)(
  'the solver earns its place: less risk at equal cost than simple rules (%s)',
  (kind, smile, seed) => {
    const horizon = 3 * DAY;
    const assumed = replayRisk(REPLAY_MODELS[kind]);
    const settings = [1e-8, 1e-7, 3e-7, 1e-6, 3e-6, 1e-5, 1e-4].map((riskAversion) => ({
      ...solverPolicy({ riskAversion, horizon, risk: assumed }),
      name: `solver ${riskAversion}`,
    }));
    const rules: Policy[] = [
      { ...fixedInterval(DAY / 3), name: 'every 8 hours' },
      { ...fixedInterval(DAY), name: 'every day' },
      { ...deltaBand(2), name: 'band 2' },
      { ...whalleyWilmott(1e-5), name: 'Whalley-Wilmott 1e-5' },
      { ...whalleyWilmott(1e-4), name: 'Whalley-Wilmott 1e-4' },
      greekByGreek(7 * DAY, [
        { sensitivity: 'vega', instrument: 5 },
        { sensitivity: 'gamma', instrument: 2 },
        { sensitivity: 'delta', instrument: 0 },
      ]),
    ];
    const { frontier } = comparePolicies({
      core,
      policies: [unhedged(), ...rules, ...settings],
      paths: 60,
      path: (index) => replayPath(core, kind, smile, seed, index),
      frontier: ['unhedged', ...settings.map(({ name }) => name)],
    });
    expect(frontier.map(({ policy, verdict }) => [policy, verdict])).toEqual(
      rules.map(({ name }) => [name, 'better']),
    );
  },
);
