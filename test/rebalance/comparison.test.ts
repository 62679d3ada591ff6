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
  type MarketPath,
  type Policy,
} from 'greekfire/rebalance';
import { describe, expect, test } from 'vitest';
import { replayPath } from '../../example/replay.js';

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

  test('a frontier is the best that its settings reach, or two of them by lot', () => {
    const [idle, , , low, high] = report.policies;
    for (const result of report.frontier) {
      const rule = report.policies.find(({ policy }) => policy === result.policy)!;
      const bound = rule.cost.value;
      const members = [idle, low, high];
      const affordable = members.filter(({ cost }) => cost.value <= bound);
      // by its definition: the deviation of outcomes of two policies, weighed
      const mixed = (cheap: typeof idle, dear: typeof idle): number => {
        const w = (bound - cheap.cost.value) / (dear.cost.value - cheap.cost.value);
        const mean = (1 - w) * cheap.profit.value + w * dear.profit.value;
        const square = ({ deviation, profit }: typeof idle): number =>
          deviation.value ** 2 + (profit.value - mean) ** 2;
        return Math.sqrt((1 - w) * square(cheap) + w * square(dear));
      };
      const deviations = affordable.flatMap((cheap) => [
        cheap.deviation.value,
        ...members.filter(({ cost }) => cost.value > bound).map((dear) => mixed(cheap, dear)),
      ]);
      const least = (values: number[]): number => values.reduce((a, b) => Math.min(a, b));
      expect(result.deviation.value).toBeCloseTo(least(deviations) - rule.deviation.value, 6);
      const shortfall = least(affordable.map((member) => member.shortfall.value));
      expect(result.shortfall.value).toBeCloseTo(shortfall - rule.shortfall.value, 6);
      const asSure = members
        .filter((member) => member.deviation.value <= rule.deviation.value)
        .sort((a, b) => a.cost.value - b.cost.value)
        .at(0) as typeof idle | undefined;
      if (asSure) expect(result.cost.value).toBeCloseTo(asSure.cost.value - rule.cost.value, 6);
      else expect(result.cost.value).toBeNaN();
    }
    expect(report.frontier.map(({ policy }) => policy)).toEqual(['delta band', 'Whalley-Wilmott']);
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

test('the solver earns its place: less risk at equal cost than the simple rules', () => {
  const settings = [1e-8, 1e-7, 3e-7, 1e-6, 3e-6, 1e-5, 1e-4].map(solver);
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
    path: (index) => replayPath(core, 'heston', 'sticky-delta', 21, index),
    frontier: ['unhedged', ...settings.map(({ name }) => name)],
  });
  expect(frontier.map(({ policy, verdict }) => [policy, verdict])).toEqual(
    rules.map(({ name }) => [name, 'better']),
  );
});
