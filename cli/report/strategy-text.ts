import { DAYS_PER_YEAR } from 'greekfire';
import type { PriceBasis } from 'greekfire/strategy';
import plot from 'simple-ascii-chart';
import type { BookStructure, BookStructures, StrategyLeg, StrategyReport } from '../strategy.js';
import { columnFormat, fixed, priceFormat } from './format.js';
import type { Paint } from './paint.js';
import { desk, moneySign, unitOf, unpricedLines } from './shown.js';
import { table, type TableRow } from './table.js';

/** Of the plot with its axis. */
const CHART_WIDTH = 80;
const HEIGHT = 15;
/** Most values on an axis. */
const TICKS = 6;
const THEN = '●';
const NOW = '∘';
const SHOWN = ['delta', 'gamma', 'vega', 'theta', 'rho', 'vanna', 'volga'] as const;

/** A structure for people: its legs, what it costs and can do, and its payoff. */
export function renderStrategy(report: StrategyReport, paint: Paint): string {
  const { currency, figures, legs, underlying } = report;
  const [coin = underlying, quote = 'USD'] = underlying.split('_');
  const money = moneyFormat(currency);
  const title = `${paint.accent(report.name)}  ${fixed(2)(report.quantity)} x ${underlying} ${report.expiries.join(' / ')}`;
  const rows = legs.map((leg): TableRow => [
    leg.instrument,
    leg.quantity > 0 ? 'buy' : 'sell',
    fixed(2)(Math.abs(leg.quantity)),
    ...[leg.bid, leg.ask, leg.mark].map((price) => (Number.isNaN(price) ? '-' : priceFormat(price))),
    leg.priceCurrency,
    statusText(leg, report.basis),
  ]);
  const columns = [
    { title: 'leg', align: 'left' as const },
    { title: 'side', align: 'left' as const },
    { title: 'quantity' },
    { title: 'bid' },
    { title: 'ask' },
    { title: 'mark' },
    { title: '', align: 'left' as const },
    { title: '', align: 'left' as const },
  ];
  const line = (name: string, text: string): string => `  ${name.padEnd(22)}${text}`;
  const bound = (value: number, at: number): string => {
    if (value === Infinity) return `unbounded as ${coin} ${at === 0 ? 'falls towards 0' : 'rises'}`;
    if (figures.maximumGain === -figures.maximumLoss) return `${money(value)} ${currency} at any price`;
    const where = at === 0 ? 'at 0' : at === Infinity ? `as ${coin} rises` : `at ${priceFormat(at)}`;
    return `${money(value)} ${currency} ${where}`;
  };
  const cost = (value: number): string =>
    Number.isNaN(value) ? '-' : `${money(Math.abs(value))} ${value < 0 ? 'received' : 'paid'}`;
  const breakEvens = [...figures.breakEvens].map(priceFormat).join(', ');
  const probability = figures.probabilityOfProfit;
  return [
    title,
    '',
    table(columns, rows, paint),
    '',
    line('cost', `at quotes ${cost(figures.cost.quotes)} · at mid ${cost(figures.cost.mid)}`),
    line('', `at mark ${cost(figures.cost.mark)}  ${currency}`),
    line('maximum gain', bound(figures.maximumGain, report.maximumGainAt)),
    line('maximum loss', bound(figures.maximumLoss, report.maximumLossAt)),
    line('break-even', breakEvens === '' ? 'none' : `${breakEvens} ${quote}`),
    line('probability of profit', Number.isNaN(probability) ? '-' : `${fixed(1)(100 * probability)} %`),
    line('', paint.dim(`at the end of ${report.horizon}, at ${basisText(report)}`)),
    ...(report.expiries.length > 1
      ? [line('', paint.dim('the later leg revalued, its volatility held'))]
      : []),
    ...marginLines(report, coin, quote, line),
    '',
    table(
      SHOWN.map((name) => ({ title: name, unit: unitOf(name, coin, quote) })),
      [
        SHOWN.map((name) => {
          const value = desk(name, figures.exposure, report.forward);
          return columnFormat([value])(value);
        }),
      ],
      paint,
    ),
    '',
    chart(report),
    '',
  ].join('\n');
}

/** What the model asks, in both currencies, and what theta earns on it. */
function marginLines(
  { figures: { margin, exposure } }: StrategyReport,
  coin: string,
  quote: string,
  line: (name: string, text: string) => string,
): string[] {
  if (!margin) return [];
  const { initial, maintenance, model } = margin;
  const both = (inQuote: number, inCoin: number): string =>
    `${fixed(2)(inQuote)} ${quote} · ${fixed(4)(inCoin)} ${coin}`;
  const theta = exposure.theta / DAYS_PER_YEAR / initial;
  return [
    line('initial margin', `${both(initial, margin.coin.initial)}  (${model})`),
    line('maintenance margin', both(maintenance, margin.coin.maintenance)),
    ...(initial > 0 ? [line('theta', `${fixed(3)(100 * theta)} % of initial margin per day`)] : []),
  ];
}

/** A future that is not quoted costs its mark. */
function statusText({ status, price, mark }: StrategyLeg, basis: PriceBasis): string {
  if (status === 'ok') return '';
  return status === 'no-quote' && basis !== 'mark' && price === mark ? 'at mark' : status;
}

function basisText({ basis, legs }: StrategyReport): string {
  if (basis !== 'mark') return basis === 'quotes' ? 'bid and ask' : 'mid';
  return legs.some(({ status }) => status !== 'ok') ? 'marks: not every leg is quoted' : 'marks';
}

function moneyFormat(currency: string): (value: number) => string {
  return currency.startsWith('USD') ? fixed(2) : fixed(4);
}

/** Round values in a range, 0 among them where it is in it: steps of 1, 2 or 5 times a power of ten. */
function roundTicks(low: number, high: number, most: number): number[] {
  const least = (high - low) / most;
  if (!(least > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * ([1, 2, 5, 10].find((each) => each * power >= least) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step);
}

function chart({ columns, currency, horizon }: StrategyReport): string {
  const { spot, atExpiry, today } = columns;
  const line = (values: Float64Array): [number, number][] => Array.from(spot, (x, i) => [x, values[i]]);
  const values = [...atExpiry, ...today].filter(Number.isFinite);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const flat = high - low <= 1e-9 * Math.max(1, Math.abs(high));
  const yTicks = roundTicks(low, high, TICKS);
  const format = columnFormat(yTicks);
  const draw = (width: number): string[] =>
    plot([line(today), line(atExpiry)], {
      width,
      height: HEIGHT,
      ...(flat ? { yRange: [low - 1, high + 1] } : { customYAxisTicks: yTicks }),
      thresholds: [{ y: 0 }],
      customXAxisTicks: roundTicks(spot[0], spot[spot.length - 1], TICKS),
      formatter: (value, { axis }) => (axis === 'x' ? priceTick(value) : format(value)),
      lineFormatter: ({ y, index, plotX, plotY }) => ({
        x: plotX,
        y: plotY,
        // the formatter is not told which line it draws
        symbol: y === atExpiry[index] ? THEN : NOW,
      }),
      symbols: { thresholds: { x: '·', y: '·' } },
    })
      .split('\n')
      .map((text) => `  ${text}`.trimEnd())
      .filter((text) => text !== '');
  const widest = (lines: readonly string[]): number => Math.max(...lines.map(({ length }) => length));
  const wide = draw(CHART_WIDTH);
  // the axis and its labels come on top of the width that is asked for
  const drawn = draw(2 * CHART_WIDTH - widest(wide));
  const title = `  profit in ${currency} by price: ${THEN} at the end of ${horizon}, ${NOW} today`;
  return [title, ...drawn].join('\n');
}

/** A price on an axis. */
function priceTick(value: number): string {
  return value >= 100 ? fixed(0)(value) : priceFormat(value);
}

/** Money, in thousands where a column would be wide otherwise; what has no bound is written so. */
function thousands(structures: readonly BookStructure[]): (value: number) => string {
  const values = structures.flatMap(({ maximumGain, maximumLoss }) => [maximumGain, maximumLoss]);
  const isLarge = values.some((value) => Number.isFinite(value) && Math.abs(value) >= 1e5);
  const format = (value: number): string =>
    isLarge ? `${columnFormat([value / 1000], 1)(value / 1000)}k` : fixed(0)(value);
  return (value) => (value === Infinity ? 'no limit' : Number.isFinite(value) ? format(value) : '-');
}

/** The structures of a book, underlying by underlying, and what is left over. */
export function renderStructures({ structures, unpriced }: BookStructures, paint: Paint): string {
  const left = unpricedLines(unpriced, paint).map((text) => `${text}\n`);
  if (structures.length === 0)
    return [...left, unpriced.length > 0 ? '' : '  the book holds nothing\n'].join('');
  const underlyings = [...new Set(structures.map(({ underlying }) => underlying))];
  const parts = underlyings
    .map((underlying) => {
      const own = structures.filter((structure) => structure.underlying === underlying);
      const [coin = underlying, quote = 'USD'] = underlying.split('_');
      const model = own[0].margin?.model;
      const columns = [
        { title: 'structure', align: 'left' as const },
        { title: 'quantity', unit: coin },
        { title: 'expiry', align: 'left' as const },
        { title: 'strikes', align: 'left' as const },
        { title: 'theta', unit: unitOf('theta', coin, quote) },
        { title: 'gain', unit: 'at most' },
        { title: 'loss', unit: 'at most' },
        ...(model ? [{ title: 'margin', unit: moneySign(quote) }] : []),
      ];
      const format = thousands(own);
      const row = ({
        name,
        quantity,
        expiries,
        strikes,
        exposure,
        maximumGain,
        maximumLoss,
        margin,
      }: BookStructure): string[] => [
        name,
        fixed(2)(quantity),
        expiries.join(' / '),
        strikes.join('/'),
        fixed(0)(exposure.theta / DAYS_PER_YEAR),
        format(maximumGain),
        format(maximumLoss),
        ...(model ? [fixed(0)(margin?.initial ?? NaN)] : []),
      ];
      const left = own.filter(({ isLeftOver }) => isLeftOver).map(row);
      const whole = own.filter(({ isLeftOver }) => !isLeftOver).map(row);
      const heading = ['part of no structure', ...columns.slice(1).map(() => '')];
      const rows: TableRow[] = [...whole, ...(left.length > 0 ? ([heading, ...left] as const) : [])];
      const asked = model ? `; initial margin by ${model}, each by itself` : '';
      const note = paint.dim(`gain and loss at the end of the first expiry, from the marks, in ${quote}`);
      const title = `${paint.accent(`structures of the ${underlying} book`)}${asked}`;
      return `${title}\n\n${table(columns, rows, paint)}\n  ${note}\n`;
    })
    .join('\n');
  return [...left, left.length > 0 ? '\n' : '', parts].join('');
}
