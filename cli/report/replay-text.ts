import type { Estimate, FrontierResult } from 'greekfire/rebalance';
import plot from 'simple-ascii-chart';
import type { ReplayReport } from '../replay.js';
import { fixed, wrap, type Format } from './format.js';
import type { Paint } from './paint.js';
import { unpricedLines } from './shown.js';
import { table, type TableColumn, type TableRow } from './table.js';

const WIDTH = 76;
const HEIGHT = 16;
const RULE = '∘';
const OURS = '●';
const LINE = 96;
const money = fixed(0);
const thousands: Format = (value) => (Number.isFinite(value) ? `${money(value / 1000)}k` : '-');
const millions: Format = (value) => (Number.isFinite(value) ? `${money(value / 1e6)}M` : '-');

/** A replay for people: every policy's figures, the solver's frontier against the rules, and a chart of both. */
export function renderReplay(report: ReplayReport, paint: Paint): string {
  const { settings, paths, counts, frontier, unpriced } = report;
  const {
    underlying,
    model,
    volatility,
    dynamics,
    days,
    hours,
    seed,
    cash,
    margin,
    forecast,
    rest,
    funding,
  } = settings;
  const left = counts.malformed + counts.duplicate + counts.outOfOrder + counts.unpriced;
  return [
    `${paint.accent(`${underlying} replay`)}  ${model}, ${fixed(1)(100 * volatility)} % volatility, ${dynamics}` +
      (forecast === 'none' ? '' : `, forecast ${forecast}`) +
      (rest === undefined ? '' : `, orders rest for ${rest} h`) +
      (funding === 0 ? '' : `, funding ${fixed(1)(100 * funding)} % a year`),
    `  ${paths} paths of seed ${seed}, ${days} days, a tick every ${hours} h · ${settings.positions} positions, ` +
      `${settings.instruments.length} instruments`,
    `  cash ${money(cash)}, margin ${margin ?? 'none'} · ${left} ticks left out, ${counts.unproved} solves unproved`,
    ...unpricedLines(unpriced, paint),
    '',
    policyTable(report, paint),
    paint.dim('  per path, in quote currency; deviation and shortfall of profit (the worst 5 %);'),
    paint.dim('  in brackets the 95 % interval over the seeds; cover: equity over maintenance margin'),
    ...(frontier.length > 0 ? ['', frontierTable(frontier, paint), '', ...verdict(frontier, paint)] : []),
    ...(frontier.length > 0
      ? [paint.dim('  the solver assumes the parameters of the price model, not its state')]
      : []),
    '',
    chart(report),
    '',
  ].join('\n');
}

const between = ({ lower, upper }: Estimate, format: Format): string =>
  `[${format(lower)}, ${format(upper)}]`;

/** Money as wide as a table has room for. */
function formatOf(values: readonly number[]): Format {
  const largest = Math.max(0, ...values.filter(Number.isFinite).map(Math.abs));
  if (largest >= 1e8) return millions;
  return largest >= 1e5 ? thousands : money;
}

function policyTable({ policies }: ReplayReport, paint: Paint): string {
  const columns: TableColumn[] = [
    { title: 'policy', align: 'left' },
    { title: 'cost' },
    { title: 'deviation' },
    { title: '' },
    { title: 'shortfall' },
    { title: 'trades' },
    { title: 'least', unit: 'cover' },
    { title: 'liquidated', unit: 'per path' },
  ];
  const format = formatOf(policies.flatMap(({ deviation, shortfall }) => [deviation.upper, shortfall.value]));
  const cost = formatOf(policies.map((figures) => figures.cost.value));
  const rows = policies.map((figures): TableRow => {
    const { policy, deviation, shortfall, trades, liquidations, worstMarginRatio } = figures;
    return [
      policy,
      cost(figures.cost.value),
      format(deviation.value),
      between(deviation, format),
      format(shortfall.value),
      fixed(1)(trades.value),
      worstMarginRatio >= 1e6 ? '-' : fixed(2)(worstMarginRatio),
      fixed(2)(liquidations.value),
    ];
  });
  return table(columns, rows, paint);
}

function frontierTable(frontier: readonly FrontierResult[], paint: Paint): string {
  const columns: TableColumn[] = [
    { title: 'the solver against', align: 'left' },
    { title: 'deviation', unit: 'at equal cost' },
    { title: '' },
    { title: 'cost', unit: 'at no more deviation' },
    { title: '', align: 'left' },
  ];
  const format = formatOf(frontier.map(({ deviation }) => deviation.value));
  const money = formatOf(frontier.map(({ cost }) => cost.value));
  const rows = frontier.map(({ policy, deviation, cost, verdict }): TableRow => [
    policy,
    format(deviation.value),
    between(deviation, format),
    money(cost.value),
    verdict === 'better'
      ? paint.good(verdict)
      : verdict === 'worse'
        ? paint.bad(verdict)
        : paint.warn(verdict),
  ]);
  return table(columns, rows, paint);
}

/** In words, and by name where the solver does not earn its place. */
function verdict(frontier: readonly FrontierResult[], paint: Paint): string[] {
  const named = (which: FrontierResult['verdict']): string[] =>
    frontier.filter((one) => one.verdict === which).map(({ policy }) => policy);
  const better = named('better').length;
  const line = `  the solver does better than ${better} of ${frontier.length} rules`;
  const others = (['worse', 'undecided'] as const).flatMap((which) => {
    const rules = named(which);
    return wrap(rules, LINE).map((text, i) => (i === 0 ? `  ${which}: ${text}` : `    ${text}`));
  });
  return [better === frontier.length ? paint.good(line) : line, ...others];
}

function chart({ policies, frontier }: ReplayReport): string {
  const rules = new Set(frontier.map(({ policy }) => policy));
  const points = (isRule: boolean): [number, number][] =>
    policies
      .filter(({ policy }) => rules.has(policy) === isRule)
      .map(({ cost, deviation }): [number, number] => [cost.value, deviation.value])
      .sort(([a], [b]) => a - b);
  const ours = new Set(points(false).map(([cost]) => cost));
  const lines = [points(true), points(false)].filter((line) => line.length > 0);
  const legend = rules.size > 0 ? `${OURS} solver, from unhedged on, ${RULE} rules` : `${OURS} policies`;
  const dearest = Math.max(...policies.map(({ cost }) => cost.value));
  const drawn = plot(lines, {
    width: WIDTH,
    height: HEIGHT,
    title: `deviation by cost: ${legend}`,
    customXAxisTicks: [0, 0.25, 0.5, 0.75, 1].map((part) => part * dearest),
    formatter: (value) => money(value),
    // the formatter is not told which line it draws
    lineFormatter: ({ x, plotX, plotY }) => ({ x: plotX, y: plotY, symbol: ours.has(x) ? OURS : RULE }),
  });
  return drawn
    .split('\n')
    .map((text) => text.trimEnd())
    .filter((text) => text !== '')
    .map((text) => `  ${text}`)
    .join('\n');
}
