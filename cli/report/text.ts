import { DAYS_PER_YEAR } from 'greekfire';
import { FORWARD_SOURCE, QUOTE_STATUS, type QuoteStatus } from 'greekfire/deribit';
import { printable } from '../failure.js';
import { columnFormat, fixed, priceFormat, wrap } from './format.js';
import { hedgeText } from './hedge-text.js';
import { marginText } from './margin-text.js';
import type { Exposure, Report, Shown, UnderlyingReport } from './model.js';
import type { Paint } from './paint.js';
import { desk, unitOf } from './shown.js';
import { smileText } from './smile-text.js';
import { compactSurfaceText } from './surface-text.js';
import { table, type TableColumn, type TableRow } from './table.js';

const SHOWN: readonly Shown[] = ['delta', 'gamma', 'vega', 'theta', 'rho', 'vanna', 'volga'];

/** Columns left beside the names in the header. */
const HEADER_WIDTH = 84;
/** Columns of the name of a structure. */
const NAME_WIDTH = 16;

/** The report for people: at most 100 columns wide. */
export function renderText(report: Report, paint: Paint): string {
  const parts = [header(report, paint)];
  for (const section of report.underlyings) parts.push(sectionText(section, paint));
  if (report.scan !== undefined) parts.push(compactSurfaceText(report.scan, paint));
  if (report.margin !== undefined) parts.push(marginText(report.margin, paint));
  if (report.withoutPositions.length > 0) {
    parts.push(`  ${paint.dim(`no positions in ${report.withoutPositions.join(', ')}`)}`);
  }
  return `${parts.join('\n\n')}\n`;
}

function header(report: Report, paint: Paint): string {
  const whole = fixed(0);
  const { chain, book, futures, counts } = report;
  const made = [chain.synthetic ? 'market' : '', book.synthetic ? 'book' : ''].filter((part) => part !== '');
  const banner = made.length > 0 ? `  ${paint.warn(`SYNTHETIC ${made.join(' AND ').toUpperCase()}`)}` : '';
  const rows = (Object.entries(counts) as [QuoteStatus, number][])
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${whole(count)} ${QUOTE_STATUS[status]}`);
  const lines: [string, string][] = [
    ['chain', `${shortenPath(chain.name)} (${report.format})`],
    [
      'instant',
      new Date(report.instant)
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, ' UTC'),
    ],
    ['rows', `${whole(report.rows)} options on ${whole(report.strikes)} strikes`],
    ...wrap(rows, HEADER_WIDTH).map((text): [string, string] => ['', text]),
    [
      'futures',
      futures === undefined
        ? 'none quoted'
        : `${shortenPath(futures.name)} (${whole(report.futuresQuoted)} quoted)`,
    ],
    ['book', shortenPath(book.name)],
  ];
  const body = lines.map(([name, text]) => `  ${paint.dim(name.padEnd(9))}${text}`);
  return [`  ${paint.accent('GREEKFIRE')}  desk report${banner}`, '', ...body].join('\n');
}

/** The end of a long path says more than its start. */
function shortenPath(path: string, width = HEADER_WIDTH - 14): string {
  const name = printable(path);
  return name.length <= width ? name : `…${name.slice(name.length - width + 1)}`;
}

/** The start of a structure's name says more than its end. */
function shortenName(text: string): string {
  const name = printable(text);
  return name.length <= NAME_WIDTH ? name : `${name.slice(0, NAME_WIDTH - 1)}…`;
}

function sectionText(section: UnderlyingReport, paint: Paint): string {
  const { underlying, settlement, price, currency, positions, coin, total } = section;
  const title =
    `  ${paint.accent(underlying)}  ${settlement} · ${priceFormat(price)} ${currency} · ` +
    `${fixed(0)(positions)} ${positions === 1 ? 'position' : 'positions'} worth ${columnFormat([total.price], 2)(total.price)} ${currency}` +
    (settlement === 'inverse' ? ' at the expiries’ own forwards' : '');
  const parts = [title, ...unpricedText(section, paint)];
  if (section.structures.length > 1) parts.push(structureTable(section, paint));
  parts.push(expiryTable(section, paint));
  if (section.smile !== undefined) parts.push(...smileText(section.smile, coin, paint));
  if (section.hedge === undefined) parts.push(`  ${paint.warn('nothing is quoted to hedge with')}`);
  else parts.push(...hedgeText(section.hedge, { coin, currency, reference: section.reference }, paint));
  parts.push(timingText(section, paint));
  return parts.join('\n\n');
}

function unpricedText({ unpriced }: UnderlyingReport, paint: Paint): string[] {
  if (unpriced.length === 0) return [];
  const named = unpriced.map(
    ({ instrument, quantity, status }) => `${instrument} (${fixed(2)(quantity)}): ${QUOTE_STATUS[status]}`,
  );
  return [
    [`  ${paint.warn('without a price, not in the totals')}`, ...named.map((text) => `    ${text}`)].join(
      '\n',
    ),
  ];
}

function sensitivityColumns({ coin, currency }: UnderlyingReport): TableColumn[] {
  return SHOWN.map((name) => ({ title: name, unit: unitOf(name, coin, currency) }));
}

/** Cells of several exposures, each with the forward it is measured against; one precision per sensitivity. */
function sensitivityCells(rows: readonly (readonly [Exposure, number])[]): string[][] {
  const formats = SHOWN.map((name) => {
    const values = rows.map(([exposure, forward]) => desk(name, exposure, forward));
    return columnFormat(values, 3);
  });
  return rows.map(([exposure, forward]) =>
    SHOWN.map((name, column) => formats[column](desk(name, exposure, forward))),
  );
}

function structureTable(section: UnderlyingReport, paint: Paint): string {
  const { structures, reference, total } = section;
  const exposures = [...structures.map(({ exposure }) => exposure), total];
  const cells = sensitivityCells(exposures.map((exposure) => [exposure, reference]));
  const rows: TableRow[] = structures.map(({ name, legs }, index) => [
    shortenName(name),
    fixed(0)(legs),
    ...cells[index],
  ]);
  return [
    `  ${paint.bold('Net Greeks by structure')}`,
    table(
      [{ title: 'structure', align: 'left' }, { title: 'legs' }, ...sensitivityColumns(section)],
      rows,
      paint,
    ),
  ].join('\n');
}

function expiryTable(section: UnderlyingReport, paint: Paint): string {
  const { expiries, perpetual, total, price, reference } = section;
  const hasPerpetual = SHOWN.some((name) => perpetual[name] !== 0);
  const cells = sensitivityCells([
    ...expiries.map((line): [Exposure, number] => [line.exposure, line.forward]),
    ...(hasPerpetual ? [[perpetual, reference] as const] : []),
    [total, reference],
  ]);
  const lowest = Math.min(...expiries.map((line) => line.forward));
  const forward = fixed(lowest < 100 ? 3 : lowest < 10_000 ? 2 : 0);
  const rows: TableRow[] = expiries.map((line, index) => [
    line.label,
    fixed(1)(line.years * DAYS_PER_YEAR),
    forward(line.forward),
    ...cells[index],
  ]);
  if (hasPerpetual) rows.push(['perpetual', '', forward(price), ...cells[expiries.length]]);
  rows.push('rule', ['total', '', '', ...cells[cells.length - 1]]);
  const columns: TableColumn[] = [
    { title: 'expiry', align: 'left' },
    { title: 'days' },
    { title: 'forward', unit: section.currency },
    ...sensitivityColumns(section),
  ];
  const notes = [...new Set(expiries.map(({ forwardSource }) => forwardSource))]
    .filter((source) => source !== 'given')
    .map((source) => {
      const labels = expiries.filter((line) => line.forwardSource === source).map(({ label }) => label);
      return `  ${paint.dim(`forward of ${labels.join(', ')}: ${FORWARD_SOURCE[source]}`)}`;
    });
  notes.push(
    `  ${paint.dim('expiries against their own forward, the total against the nearest, all moving by one ratio')}`,
  );
  return [`  ${paint.bold('Net Greeks by expiry')}`, table(columns, rows, paint), ...notes].join('\n');
}

function timingText({ timings }: UnderlyingReport, paint: Paint): string {
  const { tick, exposures, solve, lots, tickToHedge } = timings;
  const parts = [`tick ${duration(tick)}`, `exposures ${duration(exposures)}`];
  const notes: string[] = [];
  if (solve !== undefined) parts.push(`solve ${duration(solve)}`);
  if (lots !== undefined) notes.push(`whole lots take ${duration(lots)} more`);
  if (tickToHedge !== undefined) {
    parts.push(`tick to hedge ${duration(tickToHedge)}`);
    notes.push('tick to hedge: forwards move by 0.1 %, read and solved anew');
  }
  const lines = [`  ${paint.bold('Time')}  ${parts.join(' · ')}  ${paint.dim('warmed medians')}`];
  if (notes.length > 0) lines.push(`  ${paint.dim(notes.join(' · '))}`);
  return lines.join('\n');
}

function duration(microseconds: number): string {
  return `${fixed(microseconds < 100 ? 1 : 0)(microseconds)} µs`;
}
