import { DESK_UNITS } from 'greekfire';
import type { RecognisedStructure } from 'greekfire/strategy';
import plot from 'simple-ascii-chart';
import type { StrategyReport } from '../strategy.js';
import { columnFormat, fixed, priceFormat } from './format.js';
import type { Paint } from './paint.js';
import { desk, unitOf } from './shown.js';
import { table, type TableRow } from './table.js';

const WIDTH = 76;
const HEIGHT = 15;
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
    leg.status === 'ok' ? '' : leg.status,
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
  const bound = (value: number): string => (value === Infinity ? 'unbounded' : `${money(value)} ${currency}`);
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
    line('maximum gain', bound(figures.maximumGain)),
    line('maximum loss', bound(figures.maximumLoss)),
    line('break-even', breakEvens === '' ? 'none' : `${breakEvens} ${quote}`),
    line('probability of profit', Number.isNaN(probability) ? '-' : `${fixed(1)(100 * probability)} %`),
    line(
      '',
      paint.dim(
        `at the end of ${report.horizon}, at ${basisText(report)}` +
          (report.expiries.length > 1 ? '; the later leg revalued, its volatility held' : ''),
      ),
    ),
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

function basisText({ basis, legs }: StrategyReport): string {
  if (basis !== 'mark') return basis === 'quotes' ? 'bid and ask' : 'mid';
  return legs.some(({ status }) => status !== 'ok') ? 'marks: not every leg is quoted' : 'marks';
}

function moneyFormat(currency: string): (value: number) => string {
  return currency.startsWith('USD') ? fixed(2) : fixed(4);
}

function chart({ columns, currency, horizon }: StrategyReport): string {
  const { spot, atExpiry, today } = columns;
  const line = (values: Float64Array): [number, number][] => Array.from(spot, (x, i) => [x, values[i]]);
  const format = columnFormat([...atExpiry, ...today]);
  const ticks = [0, 40, 80, 120, 160].map((i) => spot[i]);
  const drawn = plot([line(today), line(atExpiry)], {
    width: WIDTH,
    height: HEIGHT,
    title: `profit in ${currency} by price: ${THEN} at the end of ${horizon}, ${NOW} today`,
    thresholds: [{ y: 0 }],
    customXAxisTicks: ticks,
    formatter: (value, { axis }) => (axis === 'x' ? fixed(0)(value) : format(value)),
    lineFormatter: ({ y, index, plotX, plotY }) => ({
      x: plotX,
      y: plotY,
      // the formatter is not told which line it draws
      symbol: y === atExpiry[index] ? THEN : NOW,
    }),
    symbols: { thresholds: { x: '·', y: '·' } },
  });
  return drawn
    .split('\n')
    .map((text) => text.trimEnd())
    .filter((text) => text !== '')
    .map((text) => `  ${text}`)
    .join('\n');
}

/** The structures of a book. */
export function renderStructures(
  structures: readonly (RecognisedStructure & { readonly expiryLabels: readonly string[] })[],
  paint: Paint,
): string {
  const columns = [
    { title: 'structure', align: 'left' as const },
    { title: 'quantity', unit: DESK_UNITS.delta.unit },
    { title: 'expiry', align: 'left' as const },
    { title: 'strikes', align: 'left' as const },
  ];
  const rows = structures.map((structure) => [
    structure.name,
    fixed(2)(structure.quantity),
    structure.expiryLabels.join(' / '),
    structure.strikes.map((strike) => strike.toLocaleString('en-US')).join(' · '),
  ]);
  return `${table(columns, rows, paint)}\n`;
}
