import type { HarvestLimit, HarvestRatio } from 'greekfire/strategy';
import type { HarvestReport } from '../harvest.js';
import { columnFormat, fixed, priceFormat, scientific, type Format } from './format.js';
import type { Paint } from './paint.js';
import { moneySign, unpricedLines } from './shown.js';
import { table } from './table.js';

/** Trades shown one by one; the others are counted. */
const MOST_TRADES = 20;

/** Why there are no trades to send, where they would leave the limits. */
export function notKept({ harvest, lots, maxInstruments }: HarvestReport): string {
  if (harvest.status === 'infeasible') return 'the limits cannot be kept together';
  const asked = [
    ...(maxInstruments === undefined ? [] : [`of at most ${instrumentsOf(maxInstruments)}`]),
    ...(lots ? ['in whole lots'] : []),
  ];
  return ['outside the limits; no trades', ...asked, 'are inside'].join(' ');
}

function instrumentsOf(count: number): string {
  return `${count} instrument${count === 1 ? '' : 's'}`;
}

/** Money that is none to speak of. */
const LEAST = 0.5;

/** Why nothing is traded. */
function nothingText({ harvest, lots, maxInstruments, days, currency }: HarvestReport): string {
  const missed = harvest.objective - harvest.bound;
  const kinds = [
    ...(maxInstruments === undefined ? [] : [`of at most ${instrumentsOf(maxInstruments)}`]),
    ...(lots ? ['in whole lots'] : []),
  ];
  if (!(missed > LEAST) || kinds.length === 0)
    return 'no trade collects more than it costs inside these limits';
  return (
    `no trades ${kinds.join(' ')} were found that gain inside the limits;\n  ` +
    `trades of any size and number may gain up to ${fixed(0)(missed)} ${moneySign(currency)} in ${fixed(0)(days)} days`
  );
}

/** A harvest for people: the trades, the limits, and what comes of them. */
export function renderHarvest(report: HarvestReport, paint: Paint): string {
  const { harvest, underlying, days, trades } = report;
  const money = fixed(0);
  const sign = moneySign(report.currency);
  const line = (name: string, text: string): string => `  ${name.padEnd(20)}${text}`;
  const tradeRows = trades
    .slice(0, MOST_TRADES)
    .map(({ instrument, side, quantity, mid, theta }) => [
      instrument,
      side,
      fixed(2)(quantity),
      priceFormat(mid),
      money(theta),
    ]);
  const rest = trades.length - tradeRows.length;
  const limits = report.limits.map(({ name, unit, lower, upper, before, after, price }) => {
    const format: Format = columnFormat([before, after, lower, upper]);
    const band = (value: number): string => (Number.isFinite(value) ? format(value) : 'none');
    return [
      name,
      unit,
      format(before),
      format(after),
      band(lower),
      band(upper),
      columnFormat([price])(price),
    ];
  });
  const { worstLoss, margin } = harvest;
  const addLimit = (name: string, found: HarvestLimit | undefined, most: number): void => {
    if (!found) return;
    const { before, after, price } = found;
    const limit = Number.isFinite(most) ? money(most) : 'none';
    limits.push([name, sign, money(before), money(after), '', limit, columnFormat([price])(price)]);
  };
  addLimit('worst loss', worstLoss, report.worstLossLimit);
  addLimit('initial margin', margin?.initial, report.marginLimit);
  addLimit('maintenance', margin?.maintenance, Infinity);
  const perDay = ({ before, after }: HarvestRatio, of: string): string => {
    const basis = (value: number): string => (Number.isFinite(value) ? fixed(2)(10_000 * value) : '-');
    return `${basis(before)} -> ${basis(after)} ${sign}/day per 10,000 ${sign} of ${of}`;
  };
  const status = harvest.status === 'optimal' ? paint.good(harvest.status) : paint.warn(harvest.status);
  return [
    `${paint.accent('theta harvest')}  ${underlying}, ${money(days)} days, among ${report.instruments} instruments`,
    ...(harvest.isKept
      ? []
      : [`  ${paint.warn(notKept(report))}${trades.length > 0 ? '; the nearest:' : ''}`]),
    ...unpricedLines(report.unpriced, paint),
    '',
    trades.length === 0
      ? `  ${harvest.isKept ? nothingText(report) : 'nothing is traded'}`
      : table(
          [
            { title: 'instrument', align: 'left' },
            { title: 'side', align: 'left' },
            { title: 'quantity' },
            { title: 'mid', unit: sign },
            { title: 'theta', unit: `${sign}/day` },
          ],
          tradeRows,
          paint,
        ),
    ...(rest > 0 ? [`  and ${rest} more`] : []),
    '',
    table(
      [
        { title: 'limit', align: 'left' },
        { title: 'unit', align: 'left' },
        { title: 'before' },
        { title: 'after' },
        { title: 'from' },
        { title: 'to' },
        { title: 'price', unit: `${sign}/unit` },
      ],
      limits,
      paint,
    ),
    '',
    line(
      'theta',
      `${money(harvest.theta.before)} -> ${money(harvest.theta.after)} ${sign}/day, ` +
        `${money(harvest.collected)} collected`,
    ),
    ...(margin
      ? [line('per margin', perDay(harvest.thetaPerMargin, `initial margin (${margin.model})`))]
      : []),
    line('per worst loss', perDay(harvest.thetaPerWorstLoss, 'worst loss')),
    line(
      'cost',
      `${money(harvest.cost)} ${sign}, ` +
        (harvest.paybackDays >= 0 ? `paid back in ${fixed(1)(harvest.paybackDays)} days` : 'not paid back'),
    ),
    line(
      'proof',
      `${status} in ${harvest.rounds} round${harvest.rounds === 1 ? '' : 's'} of cuts, ` +
        (harvest.status === 'restricted'
          ? `${money(-harvest.objective)} ${sign} net of cost in ${money(days)} days`
          : `relative duality gap ${scientific(harvest.gap)}`),
    ),
    ...(harvest.status === 'restricted'
      ? [line('', `at most ${money(-harvest.bound)} ${sign} with trades of any size and number`)]
      : []),
    ...(harvest.conflict ? [line('conflict', harvest.conflict.join(', '))] : []),
    '',
  ].join('\n');
}
