import { TRADE_STATUS, type TradeStatus } from 'greekfire/deribit';
import type { RecognisedEvent, TapeVolumes } from 'greekfire/strategy';
import { printable } from '../failure.js';
import type { TapeReplayReport } from '../tape-replay.js';
import { sizeOf, type TapeFile } from '../tape.js';
import { columnFormat, fixed, wrap } from './format.js';
import type { Paint } from './paint.js';
import { table } from './table.js';

/** Columns of a text in a table. */
const NAME_WIDTH = 34;
/** Of a line without its indent. */
const WIDTH = 96;
/** Expiries that are shown. */
const EXPIRIES = 24;

/** A tape for people: at most 100 columns wide. */
export function tapeText(tape: TapeFile, paint: Paint): string {
  const parts = [headText(tape, paint), expiriesTable(tape, paint)];
  if (tape.report.structures.length > 0) parts.push(structuresTable(tape, paint));
  if (tape.largest.length > 0) parts.push(largestTable(tape, paint));
  return parts.map((part) => part.replace(/^(?=\S)/gm, '  ')).join('\n\n');
}

const whole = fixed(0);
const percent = (part: number, all: number): string => (all > 0 ? `${fixed(1)((100 * part) / all)} %` : '-');

/** To the minute, UTC: `2025-05-26 07:41`. */
function minute(instant: number): string {
  return new Date(instant).toISOString().slice(0, 16).replace('T', ' ');
}

function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 120) return `${fixed(1)(seconds)} s`;
  return seconds < 7200 ? `${fixed(0)(seconds / 60)} minutes` : `${fixed(1)(seconds / 3600)} hours`;
}

function headText({ file, counts, report }: TapeFile, paint: Paint): string {
  const { amount, notional, premium } = report;
  const statuses = (Object.entries(counts.status) as [TradeStatus, number][])
    .filter(([status, count]) => status !== 'ok' && count > 0)
    .map(([status, count]) => `${whole(count)} ${TRADE_STATUS[status]}`);
  const hostile = [
    ...statuses,
    ...(counts.duplicate > 0 ? [`${whole(counts.duplicate)} duplicate`] : []),
    ...(counts.outOfOrder > 0
      ? [`${whole(counts.outOfOrder)} out of order by up to ${duration(counts.disorder)}`]
      : []),
    ...(counts.incomplete > 0 ? [`${whole(counts.incomplete)} structures without all legs`] : []),
  ];
  const lost =
    counts.late > 0 ? [paint.bad(`${whole(counts.late)} trades came too late and are left out`)] : [];
  return [
    `${paint.bold('Tape')}  ${printable(file)}`,
    `${minute(report.from)} to ${minute(report.to)} UTC · ${whole(counts.rows)} rows · ` +
      `${whole(counts.trades)} trades in ${whole(report.events)} events`,
    ...wrap(hostile, WIDTH).map(paint.dim),
    ...lost,
    `volume ${fixed(1)(amount)} units, ${millions(notional)} notional, ${millions(premium)} premium`,
    `blocks ${percent(report.blocks.amount, amount)} · combos ${percent(report.combos.amount, amount)} · ` +
      `calls ${percent(report.calls.amount, amount)} · taken by buying ${percent(report.bought.amount, amount)}`,
  ].join('\n');
}

function millions(value: number): string {
  return value >= 1e6 ? `${fixed(1)(value / 1e6)}M` : fixed(0)(value);
}

function expiriesTable({ report }: TapeFile, paint: Paint): string {
  const { expiries } = report;
  const amounts = columnFormat(expiries.map(({ amount }) => amount));
  const cells = ({ trades, amount, notional, premium, calls, blocks, combos }: TapeVolumes): string[] => [
    whole(trades),
    amounts(amount),
    millions(notional),
    millions(premium),
    percent(calls.amount, amount),
    percent(blocks.amount, amount),
    percent(combos.amount, amount),
  ];
  const rows = expiries
    .slice(0, EXPIRIES)
    .map((expiry) => [
      `${expiry.underlying}-${expiry.label}`,
      String(expiry.strikes.length),
      ...cells(expiry),
    ]);
  const more = expiries.length > EXPIRIES ? [`${expiries.length - EXPIRIES} more expiries, see --json`] : [];
  return [
    paint.bold('By expiry'),
    table(
      [
        { title: 'expiry', align: 'left' },
        { title: 'strikes' },
        { title: 'trades' },
        { title: 'volume', unit: 'units' },
        { title: 'notional', unit: 'quote' },
        { title: 'premium', unit: 'quote' },
        { title: 'calls' },
        { title: 'blocks' },
        { title: 'combos' },
      ],
      [...rows, 'rule', ['all', '', ...cells(report)]],
      paint,
    ),
    ...more,
  ].join('\n');
}

function structuresTable({ report: { structures } }: TapeFile, paint: Paint): string {
  const amounts = columnFormat(structures.flatMap(({ bought, sold }) => [bought, sold]));
  return [
    paint.bold('Structures in combos and blocks'),
    table(
      [
        { title: 'structure', align: 'left' },
        { title: 'events' },
        { title: 'blocks' },
        { title: 'bought', unit: 'units' },
        { title: 'sold', unit: 'units' },
      ],
      structures.map(({ name, count, blocks, bought, sold }) => [
        name,
        whole(count),
        whole(blocks),
        amounts(bought),
        amounts(sold),
      ]),
      paint,
    ),
  ].join('\n');
}

function largestTable({ largest }: TapeFile, paint: Paint): string {
  const amounts = columnFormat(largest.map(sizeOf));
  return [
    paint.bold('Largest'),
    table(
      [
        { title: 'when', unit: 'UTC', align: 'left' },
        { title: 'kind', align: 'left' },
        { title: 'of', align: 'left' },
        { title: 'legs', unit: 'units' },
        { title: 'makes', align: 'left' },
      ],
      largest.map((recognised) => [
        minute(recognised.event.instant),
        recognised.event.isComplete ? recognised.event.kind : `${recognised.event.kind}, part`,
        printable(recognised.event.combo || recognised.event.id).slice(0, NAME_WIDTH),
        amounts(sizeOf(recognised)),
        makes(recognised).slice(0, NAME_WIDTH),
      ]),
      paint,
    ),
  ].join('\n');
}

function makes({ structures }: RecognisedEvent): string {
  const format = (quantity: number): string => columnFormat([quantity], 2)(Math.abs(quantity));
  const parts = structures.map(
    ({ name, quantity }) => `${quantity > 0 ? '+' : '−'}${format(quantity)} ${name}`,
  );
  return parts.length > 1 ? `${parts[0]} and ${parts.length - 1} more` : (parts[0] ?? 'nothing');
}

/** Policies over a tape, for people. */
export function tapeReplayText(report: TapeReplayReport, paint: Paint): string {
  const { file, from, to, ticks, positions, market, policies } = report;
  const left = [
    ...(market.unlisted > 0 ? [`${whole(market.unlisted)} trades of options not listed`] : []),
    ...(market.noVolatility > 0 ? [`${whole(market.noVolatility)} trades without a volatility`] : []),
    ...(market.badForward > 0 ? [`${whole(market.badForward)} with a forward that is none`] : []),
  ];
  const money = columnFormat(policies.flatMap(({ profit, cost, deviation }) => [profit, cost, deviation]));
  const rows = policies.map(({ policy, profit, deviation, cost, trades, delta }) => [
    policy,
    money(profit),
    money(deviation),
    money(cost),
    whole(trades),
    fixed(2)(delta),
  ]);
  const lines = [
    `${paint.bold('Replay')}  ${printable(file)}`,
    `${minute(from)} to ${minute(to)} UTC · ${whole(ticks)} ticks · ${whole(market.trades)} trades`,
    ...wrap(left, WIDTH).map(paint.dim),
    ...wrap(positions.map(printable), WIDTH),
    '',
    table(
      [
        { title: 'policy', align: 'left' },
        { title: 'profit', unit: 'quote' },
        { title: 'deviation', unit: 'quote' },
        { title: 'cost', unit: 'quote' },
        { title: 'trades' },
        { title: 'delta', unit: 'at the end' },
      ],
      rows,
      paint,
    ),
    paint.dim(
      'one path: it ranks nothing; deviation is of the profits from tick to tick, over the whole tape',
    ),
  ];
  return lines.join('\n').replace(/^(?=\S)/gm, '  ');
}
