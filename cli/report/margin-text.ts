import type { LiquidationLevel, LiquidationLevels } from 'greekfire/full';
import { printable } from '../failure.js';
import type { MarginReport } from '../margin.js';
import { columnFormat, fixed, priceFormat, scientific } from './format.js';
import type { Paint } from './paint.js';
import { table, type TableColumn } from './table.js';

/** Columns of a part's name. */
const NAME_WIDTH = 24;
/** Parts of the book that are shown. */
const PARTS = 16;
/** Steps of a liquidation that are shown. */
const STEPS = 8;

/** Margin and solvency for people: at most 100 columns wide. */
export function marginText(report: MarginReport, paint: Paint): string {
  const parts = [
    `${paint.bold('Margin')}  a model of ${report.model}, not the exchange’s own figures`,
    figuresText(report, paint),
    partsTable(report, paint),
  ];
  if (report.levels !== undefined) parts.push(levelsTable(report.levels, report, paint));
  if (report.liquidation !== undefined) parts.push(liquidationText(report, paint));
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

function figuresText({ figures, cash, coins, levels, source }: MarginReport, paint: Paint): string {
  const { equity, initial, maintenance, ratio, free, isSolvent, underlyings } = figures;
  const margins = `initial ${money(initial)} · maintenance ${money(maintenance)}`;
  const held = [
    `${money(cash)} cash`,
    ...Object.entries(coins).map(([name, amount]) => `${columnFormat([amount], 2)(amount)} ${name}`),
  ];
  const state = isSolvent ? paint.good('solvent') : paint.bad('insolvent: liquidated as it stands');
  const account =
    levels === undefined
      ? [
          `${margins} · positions worth ${money(equity)}`,
          `no collateral given (--cash, --coins): it takes ${money(Math.max(0, -free))} to open, ` +
            `${money(Math.max(0, maintenance - equity))} to keep`,
        ]
      : [
          `collateral ${held.join(', ')}`,
          `equity ${money(equity)} · ${margins} · free ${money(free)}`,
          `margin ratio ${percent(ratio)} of equity · ${state}`,
        ];
  const columns: TableColumn[] = [
    { title: 'underlying', align: 'left' },
    ...['equity', 'initial', 'maintenance', 'worst loss', 'roll', 'shock', 'short'].map((title) => ({
      title,
    })),
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

function liquidationText({ liquidation }: MarginReport, paint: Paint): string {
  const { status, steps, equity, maintenance, cost, instruments } = liquidation!;
  const rows = steps
    .slice(0, STEPS)
    .map((step) => [
      printable(instruments[step.position]).slice(0, NAME_WIDTH),
      columnFormat([step.trade], 2)(step.trade),
      money(step.cost),
      money(step.equity),
      money(step.maintenance),
    ]);
  const columns: TableColumn[] = [
    { title: 'closes', align: 'left' },
    ...['units', 'cost', 'equity', 'maintenance'].map((title) => ({ title })),
  ];
  const more = steps.length > STEPS ? ` · ${steps.length - STEPS} more` : '';
  return [
    paint.bold('Liquidation'),
    ...(rows.length > 0 ? [table(columns, rows, paint)] : []),
    `${status} after ${steps.length} steps${more} · cost ${money(cost)} · equity ${money(equity)}` +
      ` · maintenance ${money(maintenance)}`,
  ].join('\n');
}
