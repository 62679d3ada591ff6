import type { SmileSlice } from 'greekfire';
import { columnFormat, fixed, scientific, wrap } from './format.js';
import type { SmileLine, SmileReport } from './model.js';
import type { Paint } from './paint.js';
import { table, type TableRow } from './table.js';

/** Columns of a note. */
const NOTE_WIDTH = 84;

/** Why a quote does not bound its slice from both sides, those that bound it from one side first. */
const ONE_SIDE = {
  askOnly: 'whose bid is missing or below intrinsic value',
  bidOnly: 'without an ask',
} as const satisfies Partial<Record<keyof SmileSlice['quotes'], string>>;
const LEFT_OUT = {
  noQuote: 'without bid and ask',
  crossed: 'crossed',
  noVolatility: 'at prices that no volatility gives',
  badInput: 'that are no option',
} as const satisfies Partial<Record<keyof SmileSlice['quotes'], string>>;
const NO_SLICE = {
  'few-quotes': 'too few quotes',
  'no-forward': 'no forward',
  expired: 'expired',
} as const;

/** The smiles of an underlying, what they leave out, and delta as they move. */
export function smileText(smile: SmileReport, coin: string, paint: Paint): string[] {
  const parts = [smileTable(smile, paint)];
  if (smile.deltas.length > 0) parts.push(deltaTable(smile, coin, paint));
  return parts;
}

function smileTable(smile: SmileReport, paint: Paint): string {
  const points = pointsFormat(smile.lines);
  const rows = smile.lines.map((line): TableRow => {
    const { label, atmVolatility, skew, riskReversal, butterfly, rmsError, rmsOutside } = line;
    return [
      label,
      points(atmVolatility),
      points(skew / 10),
      points(riskReversal),
      points(butterfly),
      points(rmsError),
      points(rmsOutside),
      fixed(0)(line.twoSided),
      fixed(0)(line.inside),
      fixed(0)(line.insideSurface),
      arbitrageText(line, paint),
    ];
  });
  const unit = 'vol pt';
  return [
    `  ${paint.bold('Smile')}  ${paint.dim('SVI by expiry, fitted to bid and ask')}`,
    table(
      [
        { title: 'expiry', align: 'left' },
        { title: 'ATM', unit },
        { title: 'skew', unit: 'pt/10 %' },
        { title: 'RR 25Δ', unit },
        { title: 'BF 25Δ', unit },
        { title: 'error', unit },
        { title: 'outside', unit },
        { title: 'two-sided', unit: 'quotes' },
        { title: 'inside', unit: 'SVI' },
        { title: 'inside', unit: 'SSVI' },
        { title: 'arbitrage' },
      ],
      rows,
      paint,
    ),
    ...notes(smile).map((note) => `  ${paint.dim(note)}`),
  ].join('\n');
}

/** One number of decimals for all volatilities, in points. */
function pointsFormat(lines: readonly SmileLine[]): (volatility: number) => string {
  const format = columnFormat(
    lines.map(({ atmVolatility }) => 100 * atmVolatility),
    2,
  );
  return (volatility) => format(100 * volatility);
}

function arbitrageText(
  { status, hasButterflyArbitrage, hasCalendarArbitrage }: SmileLine,
  paint: Paint,
): string {
  if (status !== 'ok') return '-';
  if (hasButterflyArbitrage) return paint.bad(hasCalendarArbitrage ? 'both' : 'butterfly');
  return hasCalendarArbitrage ? paint.bad('calendar') : 'none';
}

function notes({ lines, leftOut }: SmileReport): string[] {
  const fitted = lines.filter(({ status }) => status === 'ok');
  const count = (name: keyof SmileSlice['quotes']): number => sum(lines, ({ quotes }) => quotes[name]);
  const counted = (words: Partial<Record<keyof SmileSlice['quotes'], string>>): string[] =>
    (Object.entries(words) as [keyof SmileSlice['quotes'], string][])
      .filter(([name]) => count(name) > 0)
      .map(([name, why]) => `${fixed(0)(count(name))} ${why}`);
  const refused = counted(LEFT_OUT);
  if (leftOut.repeated > 0) refused.push(`${fixed(0)(leftOut.repeated)} repeated`);
  const without = [
    ...lines.filter(({ status }) => status !== 'ok').map(({ label, status }) => ({ label, reason: status })),
    ...leftOut.expiries,
  ].map(({ label, reason }) => `${label} (${NO_SLICE[reason as keyof typeof NO_SLICE]})`);
  return [
    ...shareNote(fitted),
    ...arbitrageNote(fitted),
    ...listed('bound from one side', counted(ONE_SIDE)),
    ...listed('left out', refused),
    ...listed('no slice', without),
    'skew: d vol / d ln(strike) · error: rms of slice less mid · outside: rms beyond bid or ask',
  ];
}

function shareNote(fitted: readonly SmileLine[]): string[] {
  const quotes = sum(fitted, ({ twoSided }) => twoSided);
  if (quotes === 0) return [];
  const share = (part: number): string => `${fixed(0)(part)} (${fixed(1)((100 * part) / quotes)} %)`;
  const inside = sum(fitted, (line) => line.inside);
  const surface = sum(fitted, (line) => line.insideSurface);
  return [
    `inside bid and ask: ${share(inside)} of ${fixed(0)(quotes)} two-sided quotes, the surface ${share(surface)}`,
  ];
}

function arbitrageNote(fitted: readonly SmileLine[]): string[] {
  const least = (value: (line: SmileLine) => number): SmileLine | undefined =>
    fitted.filter((line) => Number.isFinite(value(line))).sort((a, b) => value(a) - value(b))[0];
  const density = least(({ leastDurrleman }) => leastDurrleman);
  const gain = least(({ leastGain }) => leastGain);
  const parts: string[] = [];
  if (density !== undefined) {
    parts.push(`least Durrleman g ${margin(density.leastDurrleman)} (${density.label})`);
  }
  if (gain !== undefined) {
    parts.push(`least variance gained ${margin(100 * gain.leastGain)} % (${gain.label})`);
  }
  return parts.length === 0 ? [] : [parts.join(' · ')];
}

/** A number that is to be above 0, however little. */
function margin(value: number): string {
  return Math.abs(value) < 0.01 ? scientific(value) : fixed(2)(value);
}

/** A name and what it is of, in as many lines as that takes. */
function listed(name: string, parts: readonly string[]): string[] {
  return wrap(parts, NOTE_WIDTH - name.length).map((text, line) =>
    line === 0 ? `${name}: ${text}` : `${' '.repeat(name.length + 2)}${text}`,
  );
}

function sum(lines: readonly SmileLine[], part: (line: SmileLine) => number): number {
  return lines.reduce((all, line) => all + part(line), 0);
}

function deltaTable({ deltas, delta, deltaAfter }: SmileReport, coin: string, paint: Paint): string {
  const all = [...deltas, delta, ...(deltaAfter === undefined ? [] : [deltaAfter])];
  const format = columnFormat(
    all.flatMap(({ black, skew }) => [black, skew]),
    3,
  );
  const row = (name: string, { black, skew }: { black: number; skew: number }): TableRow => [
    name,
    format(black),
    format(skew - black),
    format(skew),
  ];
  return [
    `  ${paint.bold('Delta')}  ${paint.dim('as the smile moves with the forward')}`,
    table(
      [
        { title: 'expiry', align: 'left' },
        { title: 'Black', unit: coin },
        { title: 'smile', unit: coin },
        { title: 'skew', unit: coin },
      ],
      [
        ...deltas.map((line) => row(line.label, line)),
        'rule',
        row('total', delta),
        ...(deltaAfter === undefined ? [] : [row('after the hedge', deltaAfter)]),
      ],
      paint,
    ),
    `  ${paint.dim('Black: sticky strike; skew: the smile keeps its moneyness and, no time passing, its deltas')}`,
  ].join('\n');
}
