import { DAYS_PER_YEAR, toDesk } from 'greekfire';
import { useEffect, useRef } from 'preact/hooks';
import type { Sheet } from '../parts/csv.js';
import { fixed, moneySign } from '../parts/format.js';
import { Choice, CsvButton, Panel } from '../parts/panel.js';
import { useVirtualRows } from '../parts/virtual.js';
import type { DeskView, Frame } from '../protocol.js';
import { chainExpiry, chainSide, desk, frame, isLive } from '../state.js';
import { isNarrow } from '../theme.js';

const ROW_HEIGHT = 24;

/** One column of the chain. */
interface ChainColumn {
  readonly title: string;
  readonly unit: (view: DeskView) => string;
  /** Which side it belongs to: a narrow screen shows one. */
  readonly side: 'call' | 'put' | 'both';
  readonly kind?: 'quote' | 'held';
  readonly decimals: (view: DeskView) => number;
  /** The number in desk units; `forward` is that of the row's expiry. */
  readonly value: (view: DeskView, now: Frame, row: number, forward: number) => number;
}

const priceUnit = ({ settlement, coin, currency }: DeskView): string =>
  settlement === 'inverse' ? coin : moneySign(currency);
const priceDecimals = ({ settlement }: DeskView): number => (settlement === 'inverse' ? 4 : 2);

function sideColumns(side: 'call' | 'put'): ChainColumn[] {
  const [mark, delta, theta] = [`${side}Mark`, `${side}Delta`, `${side}Theta`] as const;
  const price = { unit: priceUnit, side, decimals: priceDecimals };
  return [
    {
      title: 'held',
      unit: ({ coin }) => coin,
      side,
      kind: 'held',
      decimals: () => 1,
      value: (view, _, row) => view[side].held[row],
    },
    {
      title: 'theta',
      unit: ({ currency }) => `${moneySign(currency)}/day`,
      side,
      decimals: () => 1,
      value: (_, { marks }, row, forward) => toDesk('theta', marks[theta][row], forward),
    },
    {
      title: 'delta',
      unit: ({ coin }) => coin,
      side,
      decimals: () => 3,
      value: (_, { marks }, row, forward) => toDesk('delta', marks[delta][row], forward),
    },
    { ...price, title: 'bid', kind: 'quote', value: (view, _, row) => view[side].bid[row] },
    { ...price, title: 'mark', value: (_, { marks }, row) => marks[mark][row] },
    { ...price, title: 'ask', kind: 'quote', value: (view, _, row) => view[side].ask[row] },
  ];
}

const middle: readonly ChainColumn[] = [
  {
    title: 'IV',
    unit: () => '%',
    side: 'both',
    decimals: () => 2,
    value: (_, { volatility }, row) => volatility[row] * 100,
  },
  {
    title: 'gamma',
    unit: ({ coin }) => `${coin}/1%`,
    side: 'both',
    decimals: () => 4,
    value: (_, { marks }, row, forward) => toDesk('gamma', marks.gamma[row], forward),
  },
  {
    title: 'vega',
    unit: ({ currency }) => `${moneySign(currency)}/pt`,
    side: 'both',
    decimals: () => 1,
    value: (_, { marks }, row, forward) => toDesk('vega', marks.vega[row], forward),
  },
];
const left = sideColumns('call');
const right = sideColumns('put').reverse();
/** Bid stands left of ask on either side. */
[right[0], right[2]] = [right[2], right[0]];
const COLUMNS: readonly ChainColumn[] = [...left, ...middle, ...right];
/** Before and after the strike: both sides of it, or on a narrow screen one, with the strike first. */
const WIDE = { before: left, after: [...middle, ...right] };
const NARROW = {
  call: {
    before: [],
    after: [...left.slice(3), ...middle.slice(0, 1), ...left.slice(0, 3).reverse(), ...middle.slice(1)],
  },
  put: {
    before: [],
    after: [...right.slice(0, 3), ...middle.slice(0, 1), ...right.slice(3), ...middle.slice(1)],
  },
};
type Layout = { readonly before: readonly ChainColumn[]; readonly after: readonly ChainColumn[] };
const FORMATS = [0, 1, 2, 3, 4].map(fixed);

/** The chain as a sheet: every row, every digit. */
export function chainSheet(view: DeskView, now: Frame): Sheet {
  return {
    name: `chain-${view.underlying}`,
    header: [
      'expiry',
      `strike [${view.currency}]`,
      ...COLUMNS.map(
        ({ title, side, unit }) => `${side === 'both' ? '' : `${side} `}${title} [${unit(view)}]`,
      ),
    ],
    rows: view.expiries.flatMap(({ label, first, end }, e) =>
      Array.from({ length: end - first }, (_, i) => [
        label,
        view.strike[first + i],
        ...COLUMNS.map(({ value }) => value(view, now, first + i, now.forward[e])),
      ]),
    ),
  };
}

/** Bid, ask, mark, volatility and Greeks of every strike; only the rows in sight are in the document. */
export function ChainPanel() {
  const view = desk.value!;
  const expiry = chainExpiry.value;
  const options = view.expiries.map(({ label, years }, e): [number, string] => [
    e,
    `${label} · ${fixed(0)(years * DAYS_PER_YEAR)}d`,
  ]);
  return (
    <Panel
      id="chain"
      title="Chain"
      controls={
        <>
          <Choice
            label="Expiry"
            value={expiry}
            options={[[-1, 'all'], ...options]}
            onChange={(value) => {
              chainExpiry.value = value;
            }}
          />
          {isNarrow.value && (
            <Choice
              label="Side"
              value={chainSide.value}
              options={[
                ['call', 'calls'],
                ['put', 'puts'],
              ]}
              onChange={(value) => {
                chainSide.value = value;
              }}
            />
          )}
          <CsvButton sheet={() => chainSheet(desk.value!, frame.value!)} />
        </>
      }
    >
      <ChainTable key={view.chain.name + view.underlying} view={view} expiry={expiry} />
      <p class="note">
        {view.strike.length * 2} options on {view.expiries.length} expiries, {view.settlement}.{' '}
        {view.isTape
          ? 'Marks, volatilities and forwards as the tape’s trades say them; a tape has no quotes.'
          : isLive.value || (frame.value?.ticks ?? 0) > 0
            ? 'Marks and Greeks follow the replay; bids and asks are those of the file.'
            : 'Bids and asks as quoted; marks by the volatility of the mark.'}
      </p>
    </Panel>
  );
}

function ChainTable({ view, expiry }: { readonly view: DeskView; readonly expiry: number }) {
  const scroller = useRef<HTMLDivElement>(null);
  const shown = expiry < 0 ? view.expiries : [view.expiries[expiry]];
  const first = shown[0].first;
  const count = shown[shown.length - 1].end - first;
  const rows = useVirtualRows(scroller, count, ROW_HEIGHT);
  const now = frame.value!;
  const layout: Layout = isNarrow.value ? NARROW[chainSide.value] : WIDE;
  useEffect(() => {
    rows.scrollTo(expiry < 0 ? 0 : atTheMoney(view, expiry, now.forward[expiry]) - first);
  }, [expiry]);
  const top = rows.items.length > 0 ? rows.items[0].start : 0;
  const bottom = rows.items.length > 0 ? rows.height - rows.items[rows.items.length - 1].end : 0;
  return (
    <div class="scroll chain-scroll" ref={scroller} tabIndex={0} role="group" aria-label="Rows of the chain">
      <table class="chain" aria-rowcount={count + 2}>
        <thead>
          {!isNarrow.value && (
            <tr class="sides">
              <th colSpan={left.length}>Calls</th>
              <th colSpan={middle.length + 1}>{expiry < 0 ? 'All expiries' : view.expiries[expiry].label}</th>
              <th colSpan={right.length}>Puts</th>
            </tr>
          )}
          <tr>
            {layout.before.map((column) => (
              <ColumnHead key={column.side + column.title} column={column} view={view} />
            ))}
            <th scope="col" class="strike">
              strike<small>{view.currency}</small>
            </th>
            {layout.after.map((column) => (
              <ColumnHead key={column.side + column.title} column={column} view={view} />
            ))}
          </tr>
        </thead>
        <tbody>
          {top > 0 && <tr aria-hidden="true" style={{ height: `${top}px` }} />}
          {rows.items.map(({ index }) => (
            <ChainRow
              key={first + index}
              view={view}
              now={now}
              layout={layout}
              row={first + index}
              position={index}
              named={expiry < 0}
            />
          ))}
          {bottom > 0 && <tr aria-hidden="true" style={{ height: `${bottom}px` }} />}
        </tbody>
      </table>
    </div>
  );
}

function ColumnHead({ column, view }: { readonly column: ChainColumn; readonly view: DeskView }) {
  return (
    <th scope="col" class={column.side}>
      {column.title}
      <small>{column.unit(view)}</small>
    </th>
  );
}

function ChainRow(props: {
  readonly view: DeskView;
  readonly now: Frame;
  readonly layout: Layout;
  readonly row: number;
  readonly position: number;
  readonly named: boolean;
}) {
  const { view, now, layout, row, position, named } = props;
  const expiry = view.expiries.findIndex(({ end }) => row < end);
  const forward = now.forward[expiry];
  const strike = view.strike[row];
  const nearest = atTheMoney(view, expiry, forward) === row ? ' nearest' : '';
  const cell = (column: ChainColumn) => {
    const value = column.value(view, now, row, forward);
    const inside = column.side === 'call' ? strike < forward : column.side === 'put' && strike > forward;
    const text = column.kind === 'held' && value === 0 ? '' : FORMATS[column.decimals(view)](value);
    return (
      <td
        key={column.side + column.title}
        class={`${column.side} ${column.kind ?? ''}${inside ? ' inside' : ''}`}
      >
        {text}
      </td>
    );
  };
  return (
    <tr class={`row${nearest}`} aria-rowindex={position + 3} style={{ height: `${ROW_HEIGHT}px` }}>
      {layout.before.map(cell)}
      <th scope="row" class="strike">
        {named && <small>{view.expiries[expiry].label} </small>}
        {FORMATS[strike < 100 ? 2 : 0](strike)}
      </th>
      {layout.after.map(cell)}
    </tr>
  );
}

/** The row whose strike is nearest to the forward. */
function atTheMoney(view: DeskView, expiry: number, forward: number): number {
  const { first, end } = view.expiries[expiry];
  let nearest = first;
  for (let row = first; row < end; row += 1) {
    if (Math.abs(view.strike[row] - forward) < Math.abs(view.strike[nearest] - forward)) nearest = row;
  }
  return nearest;
}
