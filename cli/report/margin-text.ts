import type { LiquidationLevel, LiquidationLevels } from 'greekfire/full';
import { printable } from '../failure.js';
import type { LimitReport, MarginReport } from '../margin.js';
import { columnFormat, fixed, priceFormat, scientific } from './format.js';
import type { Paint } from './paint.js';
import { unpricedLines } from './shown.js';
import { table, type TableColumn } from './table.js';

/** Columns of a part's name. */
const NAME_WIDTH = 24;
/** Parts of the book that are shown. */
const PARTS = 16;
/** Steps of a liquidation that are shown. */
const STEPS = 12;
/** Of them the last ones of a long one. */
const LAST_STEPS = 3;

/** Margin and solvency for people: at most 100 columns wide. */
export function marginText(report: MarginReport, paint: Paint): string {
  const { stress } = report;
  const state = stress === 0 ? '' : `, all forwards moved by ${percent(stress)}`;
  const parts = [
    `${paint.bold('Margin')}  a model of ${report.model}, not the exchange’s own figures${state}`,
    ...(report.unpriced.length === 0 ? [] : [unpricedLines(report.unpriced, paint).join('\n')]),
    figuresText(report, paint),
    partsTable(report, paint),
  ];
  if (report.levels !== undefined) parts.push(levelsTable(report.levels, report, paint));
  else if (!report.isFunded) parts.push(withoutCollateral(paint));
  if (report.liquidation !== undefined) parts.push(liquidationText(report, paint));
  if (report.limit !== undefined) parts.push(limitText(report.limit, paint));
  return parts.map((part) => part.replace(/^(?=\S)/gm, '  ')).join('\n\n');
}

/** An amount of quote currency, short enough for any column. */
function money(value: number): string {
  return Math.abs(value) < 1e7 ? fixed(0)(value) : columnFormat([value])(value);
}

function percent(value: number): string {
  if (!Number.isFinite(value)) return 'none';
  return `${Math.abs(value) < 1e4 ? fixed(1)(100 * value) : scientific(100 * value)} %`;
}

function figuresText({ figures, cash, coins, isFunded, source }: MarginReport, paint: Paint): string {
  const { equity, initial, maintenance, ratio, free, isSolvent, underlyings } = figures;
  const margins = `initial ${money(initial)} · maintenance ${money(maintenance)}`;
  const held = [
    `${money(cash)} cash`,
    ...Object.entries(coins).map(([name, amount]) => `${columnFormat([amount], 2)(amount)} ${name}`),
  ];
  const state = isSolvent ? paint.good('solvent') : paint.bad('insolvent: liquidated as it stands');
  const account = isFunded
    ? [
        `collateral ${held.join(', ')}`,
        `equity ${money(equity)} · ${margins} · free ${money(free)}`,
        `margin ratio ${percent(ratio)} (maintenance / equity, 100 % liquidates) · ${state}`,
      ]
    : [
        `${margins} · positions worth ${money(equity)} at the nearest forward`,
        `to open such a book takes collateral of ${money(Math.max(0, -free))}, to keep it ` +
          money(Math.max(0, maintenance - equity)),
      ];
  const columns: TableColumn[] = [
    { title: 'underlying', align: 'left' },
    // without collateral it is what the positions are worth
    ...[isFunded ? 'equity' : 'value', ...['initial', 'maintenance', 'worst loss']].map((title) => ({
      title,
    })),
    ...['roll', 'shock', 'short'].map((title) => ({ title })),
    { title: 'initial', unit: 'coin' },
  ];
  const rows = underlyings.map((each) => [
    each.underlying,
    ...[
      each.equity,
      each.initial,
      each.maintenance,
      each.worstLoss,
      each.rollShock,
      each.deltaShock,
      each.contingency,
    ].map(money),
    columnFormat([each.coin.initial], 3)(each.coin.initial),
  ]);
  return [paint.dim(source), ...account, '', table(columns, rows, paint)].join('\n');
}

function partsTable({ parts, efficiency }: MarginReport, paint: Paint): string {
  const figures = parts.flatMap(({ isolatedInitial, marginalInitial }) => [isolatedInitial, marginalInitial]);
  const format = columnFormat([...figures, efficiency.isolatedInitial], 2);
  const more = parts.length > PARTS ? ` · ${parts.length - PARTS} more parts, see --csv` : '';
  const rows = parts
    .slice(0, PARTS)
    .map(({ name, legs, isolatedInitial, marginalInitial }) => [
      printable(name).slice(0, NAME_WIDTH),
      String(legs),
      format(isolatedInitial),
      format(marginalInitial),
    ]);
  const total = [
    'one margin for all',
    '',
    format(efficiency.isolatedInitial),
    format(efficiency.cross.isolatedInitial),
  ];
  return [
    paint.bold('Capital efficiency'),
    table(
      [
        { title: 'part', align: 'left' },
        { title: 'legs' },
        { title: 'isolated', unit: 'initial' },
        { title: 'adds', unit: 'to the whole' },
      ],
      [...rows, 'rule', total],
      paint,
    ),
    `netting saves ${percent(efficiency.saved)} of the isolated margins${more}`,
  ].join('\n');
}

function withoutCollateral(paint: Paint): string {
  return [
    paint.bold('Liquidation levels'),
    'not known: no collateral is given. Say by --cash or --coins what the account holds: equity, margin',
    'ratio and the forwards and volatilities of liquidation follow from it',
  ].join('\n');
}

function levelsTable(levels: LiquidationLevels, { figures }: MarginReport, paint: Paint): string {
  const first = figures.underlyings.at(0);
  const rowOf = (
    name: string,
    level: LiquidationLevel | undefined,
    change: (level: LiquidationLevel) => string,
  ) => {
    if (level === undefined) return [name, paint.good('none'), '-', '-', '-'];
    const { equity, maintenance } = level.figures;
    return [name, change(level), priceFormat(level.price), money(equity), money(maintenance)];
  };
  const move = ({ move: by }: LiquidationLevel): string => percent(by);
  const shift = ({ shift: by }: LiquidationLevel): string => `${fixed(1)(100 * by)} points`;
  return [
    paint.bold('Liquidation levels'),
    table(
      [
        { title: 'when', align: 'left' },
        { title: 'moves by' },
        { title: first === undefined ? 'price' : first.underlying },
        { title: 'equity' },
        { title: 'maintenance' },
      ],
      [
        rowOf('forwards fall', levels.down, move),
        rowOf('forwards rise', levels.up, move),
        rowOf('volatility falls', levels.volatilityDown, shift),
        rowOf('volatility rises', levels.volatilityUp, shift),
      ],
      paint,
    ),
    paint.dim('all forwards by one ratio, from −95 % to +400 %; volatilities by up to 300 points'),
  ].join('\n');
}

/** Step by step, so that a cascade can be seen: each trade's cost and its push on the price move the account. */
function liquidationText({ liquidation, figures }: MarginReport, paint: Paint): string {
  const { status, steps, equity, maintenance, cost, instruments, impact, start } = liquidation!;
  const price = figures.underlyings.at(0)?.price ?? NaN;
  const missing = (at: { readonly equity: number; readonly maintenance: number }): string => {
    const amount = at.maintenance - at.equity;
    return amount > 0 ? paint.bad(money(amount)) : paint.good('none');
  };
  const row = (index: number): string[] => {
    const step = steps[index];
    return [
      String(index + 1),
      printable(instruments[step.position]).slice(0, NAME_WIDTH),
      columnFormat([step.trade], 2)(step.trade),
      money(step.cost),
      ...(impact > 0 ? [priceFormat(price * (1 + step.move))] : []),
      money(step.equity),
      money(step.maintenance),
      missing(step),
    ];
  };
  const isLong = steps.length > STEPS;
  const first = steps.slice(0, isLong ? STEPS - LAST_STEPS : STEPS).map((_, index) => row(index));
  const last = isLong ? steps.slice(-LAST_STEPS).map((_, i) => row(steps.length - LAST_STEPS + i)) : [];
  const columns: TableColumn[] = [
    { title: 'step' },
    { title: 'closes', align: 'left' },
    ...['units', 'cost'].map((title) => ({ title })),
    ...(impact > 0 ? [{ title: 'price' }] : []),
    ...['equity', 'maintenance', 'missing'].map((title) => ({ title })),
  ];
  const blank = columns.map(() => '');
  const begin = [...blank];
  begin[1] = 'as it stands';
  if (impact > 0) begin[4] = priceFormat(price);
  begin.splice(columns.length - 3, 3, money(start.equity), money(start.maintenance), missing(start));
  const between = [...blank];
  between[1] = `… ${fixed(0)(steps.length - STEPS)} more`;
  const ends = {
    solvent: paint.good('solvent again'),
    stuck: paint.bad('stuck: no trade that is quoted helps further'),
    'step-limit': paint.warn('not at its end'),
  }[status];
  const bankrupt = equity < 0 ? ` · ${paint.bad('bankrupt')}` : '';
  return [
    paint.bold('Liquidation'),
    table(columns, [begin, ...first, ...(isLong ? [between] : []), ...last], paint),
    `${ends}${bankrupt} after ${steps.length} ${steps.length === 1 ? 'step' : 'steps'} · cost ${money(cost)} · ` +
      `equity ${money(equity)} · maintenance ${money(maintenance)}`,
    paint.dim(
      impact > 0
        ? 'closes what brings most, at the quoted depth; its own trades move all forwards of the underlying'
        : 'closes what brings most, at the quoted depth; --impact lets its own trades move the price',
    ),
  ].join('\n');
}

const LIMIT_NAMES = {
  worstLoss: 'worst loss of the model’s scenarios',
  initial: 'initial margin',
  maintenance: 'maintenance margin',
} as const;

/** The cheapest trades within a limit, and what full revaluation says to them. */
function limitText(limit: LimitReport, paint: Paint): string {
  const { what, most, before, after, linearised, difference, isKept, status, trades, cost } = limit;
  const name = LIMIT_NAMES[what];
  const format = columnFormat(
    trades.map(({ quantity }) => quantity),
    2,
  );
  const rows = [...trades]
    .sort((a, b) => b.spread + b.fee - a.spread - a.fee)
    .slice(0, PARTS)
    .map(({ instrument, side, quantity, spread, fee }) => [
      printable(instrument).slice(0, NAME_WIDTH),
      side,
      format(quantity),
      money(spread),
      money(fee),
      money(spread + fee),
    ]);
  const more = trades.length > PARTS ? ` · ${trades.length - PARTS} smaller trades, see --json` : '';
  const kept = isKept
    ? paint.good('kept')
    : paint.bad(status === 'infeasible' ? 'not kept: the quoted depth does not reach it' : 'not kept');
  return [
    `${paint.bold('Limit')}  ${name} at most ${money(most)}, at the least cost`,
    ...(rows.length === 0
      ? ['nothing to trade']
      : [
          table(
            [
              { title: 'instrument', align: 'left' },
              { title: 'side', align: 'left' },
              ...['units', 'spread', 'fee', 'cost'].map((title) => ({ title })),
            ],
            rows,
            paint,
          ),
        ]),
    `${kept} · cost ${money(cost)} among ${fixed(0)(limit.instruments)} instruments${more}`,
    `before ${money(before)} · after, revalued in full ${money(after)} · by the rows of the problem ` +
      money(linearised),
    `difference ${Math.abs(difference) < 0.005 ? scientific(difference) : fixed(2)(difference)} · one less of the ` +
      `limit costs ${columnFormat([limit.priceOfLimit], 3)(limit.priceOfLimit)} · ${limit.rounds} ` +
      `${limit.rounds === 1 ? 'problem' : 'problems'} solved`,
  ].join('\n');
}
