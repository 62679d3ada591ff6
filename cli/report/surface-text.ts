import { printable } from '../failure.js';
import type { Gap, ScanLoss, ScanReport, ScenarioPoint, SurfaceGreek, Tail } from '../scan.js';
import { columnFormat, fixed, priceFormat } from './format.js';
import type { Exposure } from './model.js';
import type { Paint } from './paint.js';
import { desk, unitOf } from './shown.js';
import { table, type TableColumn } from './table.js';

/** Most columns of a table of nodes, its indent included. */
const WIDTH = 100;
/** Positions that are shown one by one. */
const POSITIONS = 8;
/** Columns of a name. */
const NAME_WIDTH = 24;

/** A risk surface for people: at most 100 columns wide. */
export function surfaceText(report: ScanReport, paint: Paint): string {
  const { surface, gaps, tail } = report;
  const parts = [head(report, paint), ...profitTables(report, paint)];
  if (surface.taylor !== undefined) parts.push(...taylorTables(report, surface.taylor, paint));
  for (const [name, values] of Object.entries(surface.greeks)) {
    parts.push(...greekTables(report, name as SurfaceGreek, values, paint));
  }
  parts.push(worstText(report, paint));
  if (gaps.length > 0) parts.push(gapsText(report, gaps, paint));
  if (tail !== undefined) parts.push(tailText(report, tail, paint));
  return parts.join('\n\n');
}

/** The block of a report: one table and what makes its worst case. */
export function compactSurfaceText(report: ScanReport, paint: Paint): string {
  return [head(report, paint), ...profitTables(report, paint), worstText(report, paint, 4)].join('\n\n');
}

function head(
  { underlyings, unit, value, positions, unpriced, price, beta }: ScanReport,
  paint: Paint,
): string {
  const count = `${fixed(0)(positions.length)} ${positions.length === 1 ? 'position' : 'positions'}`;
  const worth = `${columnFormat([value], 4)(value)} ${unit}`;
  const at = price === undefined ? '' : ` at ${levelFormat(price)}`;
  const betas = Object.entries(beta).map(
    ([name, ratio]) => `${name} moves by ${fixed(2)(ratio)} x the spot move`,
  );
  const left = [...new Set(unpriced)].map(printable);
  return [
    `  ${paint.bold('Risk surface')}  every option revalued in full · ${underlyings.join(', ')}${at} · ` +
      `${count} worth ${worth}`,
    ...(betas.length > 0 ? [`  ${betas.join(' · ')}`] : []),
    ...(left.length > 0
      ? [`  ${paint.warn('without a price, left out:')} ${shorten(left.join(', '), 70)}`]
      : []),
  ].join('\n');
}

function shorten(text: string, width = NAME_WIDTH): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

/** A price where cents do not matter. */
function levelFormat(price: number): string {
  return price >= 1000 && price < 1e9 ? fixed(0)(price) : priceFormat(price);
}

/** A relative move in percent, with no more decimals than it has. */
function percent(move: number): string {
  return signed(100 * move, ' %');
}

function signed(value: number, unit: string): string {
  const number = Number(value.toPrecision(6));
  const text = Math.abs(number) >= 1e6 ? Math.abs(number).toExponential(2) : String(Math.abs(number));
  if (number === 0) return `0${unit}`;
  return `${number < 0 ? '-' : '+'}${text}${unit}`;
}

/** A move of volatility as its kind has it. */
function volatilityMove({ volatilityMove: { kind } }: ScanReport, move: number): string {
  return signed(100 * move, kind === 'relative' ? ' %' : ' pt');
}

function days(count: number): string {
  const text = String(Number(count.toPrecision(6)));
  return count === 0 ? 'now' : `after ${text} ${count === 1 ? 'day' : 'days'}`;
}

function profitTables(report: ScanReport, paint: Paint): string[] {
  const { surface, unit, volatilityMove: move } = report;
  const term = move.exponent === 0 ? '' : ` · volatility moves x (30 / days left)^${String(move.exponent)}`;
  return nodeTables(report, surface.profit, {
    title: `Profit and loss, ${unit}`,
    note: paint.dim(`  * worst node · rows: spot move, columns: volatility move${term}`),
    mark: surface.worst.scenario.index,
    paint,
    isHot: true,
  });
}

function taylorTables(report: ScanReport, taylor: Float64Array, paint: Paint): string[] {
  const error = taylor.map((value, s) => value - report.surface.profit[s]);
  return nodeTables(report, error, {
    title: `What Taylor’s series misses, ${report.unit}`,
    note: paint.dim('  Taylor less exact profit: by the Greeks of the marks, for comparison only'),
    mark: -1,
    paint,
    isHot: false,
  });
}

function greekTables(report: ScanReport, name: SurfaceGreek, values: Float64Array, paint: Paint): string[] {
  const { underlyings, unit, surface, price = NaN } = report;
  const [coin] = underlyings[0].split('_');
  // per 1 % of the forward where the node is
  const shown = values.map((value, s) =>
    desk(name, { [name]: value } as Exposure, price * (1 + surface.spot[s % surface.spot.length])),
  );
  const per = coin === unit ? unitOf(name, coin, coin) : unitOf(name, coin, unit);
  return nodeTables(report, shown, {
    title: `${name}, ${per}`,
    note: undefined,
    mark: -1,
    paint,
    isHot: false,
  });
}

interface NodeTable {
  readonly title: string;
  readonly note: string | undefined;
  /** The node that is marked, -1 for none. */
  readonly mark: number;
  readonly paint: Paint;
  readonly isHot: boolean;
}

/** Tables of a number per node: one per day, cut where the columns do not fit. */
function nodeTables(report: ScanReport, values: Float64Array, look: NodeTable): string[] {
  const { surface, price } = report;
  const { title, note, paint, mark, isHot } = look;
  const format = columnFormat(Array.from(values), 4);
  const { spot, volatility } = surface;
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const cells = Array.from(values, (value, s) => {
    const text = format(value) + (s === mark ? '*' : mark >= 0 ? ' ' : '');
    return isHot ? paint.heat(largest > 0 ? value / largest : 0, text) : text;
  });
  const names = volatility.map((move) => volatilityMove(report, move) + (mark >= 0 ? ' ' : ''));
  const lead: TableColumn[] = [{ title: 'spot' }, ...(price === undefined ? [] : [{ title: 'price' }])];
  const prices = spot.map((move) => levelFormat((price ?? NaN) * (1 + betaOf(report) * move)));
  const widest = (texts: readonly string[]): number => Math.max(...texts.map(({ length }) => length));
  const moves = spot.map(percent);
  const wide = widest([...Array.from(values, (value) => format(value) + (mark >= 0 ? ' ' : '')), ...names]);
  const taken = 2 + widest(['spot', ...moves]) + (price === undefined ? 0 : 2 + widest(['price', ...prices]));
  const room = Math.max(1, Math.floor((WIDTH - taken) / (wide + 2)));
  const parts: string[] = [];
  surface.days.forEach((day, d) => {
    for (let first = 0; first < volatility.length; first += room) {
      const columns = names.slice(first, first + room);
      const rows = spot.map((_, i) => [
        moves[i],
        ...(price === undefined ? [] : [prices[i]]),
        ...columns.map((_, v) => cells[(d * volatility.length + first + v) * spot.length + i]),
      ]);
      parts.push(
        [
          `  ${paint.bold(title)}, ${days(day)}${first > 0 ? ', more volatilities' : ''}`,
          table([...lead, ...columns.map((name) => ({ title: name }))], rows, paint),
        ].join('\n'),
      );
    }
  });
  if (note !== undefined) parts[parts.length - 1] += `\n${note}`;
  return parts;
}

function betaOf({ beta, underlyings }: ScanReport): number {
  return beta[underlyings[0]] ?? 1;
}

function pointText(report: ScanReport, { spot, volatility, days: passed }: ScenarioPoint): string {
  return `spot ${percent(spot)}, volatility ${volatilityMove(report, volatility)}, ${days(passed)}`;
}

function lossText(report: ScanReport, loss: number): string {
  const size = `${columnFormat([loss], 4)(Math.abs(loss))} ${report.unit}`;
  return loss > 0 ? `a loss of ${size}` : loss < 0 ? `a gain of ${size}` : 'neither loss nor gain';
}

function worstText(report: ScanReport, paint: Paint, most = POSITIONS): string {
  const { worst } = report.surface;
  return [
    `  ${paint.bold('Worst node')}  ${pointText(report, worst.scenario)}: ${lossText(report, worst.loss)}`,
    ...contributions(report, [{ title: 'loss', of: worst }], paint, most),
  ].join('\n');
}

/** What the positions contribute to losses, the largest first; they add up. */
function contributions(
  report: ScanReport,
  losses: readonly { readonly title: string; readonly of: ScanLoss }[],
  paint: Paint,
  most: number,
): string[] {
  const { positions, unit } = report;
  if (positions.length === 0) return [];
  const [{ of: first }] = losses;
  const order = positions
    .map((_, i) => i)
    .sort((a, b) => Math.abs(first.contribution[b]) - Math.abs(first.contribution[a]) || a - b);
  const shown = order.slice(0, most);
  const rest = order.slice(most);
  const formats = losses.map(({ of }) => columnFormat([of.loss, ...of.contribution], 4));
  const share = (part: number): string =>
    first.loss === 0 ? '-' : `${fixed(1)((100 * part) / first.loss)} %`;
  const sumOf = (of: ScanLoss, parts: readonly number[]): number =>
    parts.reduce((sum, i) => sum + of.contribution[i], 0);
  const cells = (parts: readonly number[]): string[] => [
    ...losses.map(({ of }, k) => formats[k](sumOf(of, parts))),
    share(sumOf(first, parts)),
  ];
  const hasStructure = positions.some(({ structure }) => structure !== undefined);
  const name = (i: number): string[] => {
    const { instrument, structure = '', quantity } = positions[i];
    return [
      shorten(printable(instrument)),
      ...(hasStructure ? [shorten(printable(structure), 16)] : []),
      fixed(2)(quantity),
    ];
  };
  const blank = hasStructure ? ['', ''] : [''];
  return [
    table(
      [
        { title: 'position', align: 'left' },
        ...(hasStructure ? [{ title: 'structure', align: 'left' } as const] : []),
        { title: 'quantity' },
        ...losses.map(({ title }) => ({ title, unit })),
        { title: 'share', unit: `of ${losses[0].title}` },
      ],
      [
        ...shown.map((i) => [...name(i), ...cells([i])]),
        ...(rest.length > 0 ? [[`${fixed(0)(rest.length)} more`, ...blank, ...cells(rest)]] : []),
        'rule',
        ['total', ...blank, ...cells(order)],
      ],
      paint,
    ),
  ];
}

function gapsText(report: ScanReport, gaps: readonly Gap[], paint: Paint): string {
  const { unit, price, positions, gapsLeftOut } = report;
  const format = columnFormat(
    gaps.flatMap(({ profit, loserProfit }) => [profit, loserProfit]),
    4,
  );
  const largest = Math.max(...gaps.map(({ profit }) => Math.abs(profit)));
  const rows = gaps.map(({ spot, volatility, profit, loser, loserProfit }) => [
    percent(spot),
    ...(price === undefined ? [] : [levelFormat(price * (1 + betaOf(report) * spot))]),
    percent(volatility),
    paint.heat(largest > 0 ? profit / largest : 0, format(profit)),
    ...(loser < 0 ? ['none', ''] : [shorten(printable(positions[loser].instrument)), format(loserProfit)]),
  ]);
  const left =
    gapsLeftOut > 0 ? [paint.dim(`  ${gapsLeftOut} falls left out: a beta makes them 100 % or more`)] : [];
  return [
    `  ${paint.bold('Price gaps')}  in one jump, volatility rising by a part of itself: an assumption`,
    table(
      [
        { title: 'jump' },
        ...(price === undefined ? [] : [{ title: 'price' }]),
        { title: 'volatility' },
        { title: 'profit', unit },
        { title: 'worst position', align: 'left' },
        { title: 'its profit', unit },
      ],
      rows,
      paint,
    ),
    ...left,
  ].join('\n');
}

function tailText(report: ScanReport, tail: Tail, paint: Paint): string {
  const { worst, valueAtRisk, expectedShortfall, level, worstMoves } = tail;
  const { unit } = report;
  const percentage = `${String(Number((100 * level).toPrecision(6)))} %`;
  const format = columnFormat(
    worstMoves.map(({ profit }) => profit),
    4,
  );
  return [
    `  ${paint.bold('Moves given')}  ${fixed(0)(tail.scenarios)} of ${shorten(printable(tail.source), 60)}`,
    `  worst case: ${lossText(report, worst.loss)} in row ${worst.scenario.index + 1}, ` +
      pointText(report, worst.scenario),
    `  value at risk ${percentage}: ${lossText(report, valueAtRisk.loss)} · ` +
      `expected shortfall ${percentage}: ${lossText(report, expectedShortfall.loss)}`,
    '',
    table(
      [
        { title: 'row' },
        { title: 'spot' },
        { title: 'volatility' },
        { title: 'days' },
        { title: 'profit', unit },
      ],
      worstMoves.map((move) => [
        String(move.index + 1),
        percent(move.spot),
        volatilityMove(report, move.volatility),
        String(Number(move.days.toPrecision(6))),
        format(move.profit),
      ]),
      paint,
    ),
    '',
    ...contributions(
      report,
      [
        { title: 'shortfall', of: expectedShortfall },
        { title: 'at risk', of: valueAtRisk },
        { title: 'worst case', of: worst },
      ],
      paint,
      POSITIONS,
    ),
  ].join('\n');
}
