import { useMemo, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { Chart, type ChartSeries } from '../parts/chart.js';
import type { Sheet } from '../parts/csv.js';
import { compact, fixed, money } from '../parts/format.js';
import { CsvButton, Panel } from '../parts/panel.js';
import type { DeskView, Frame, RiskView } from '../protocol.js';
import { desk, slowFrame } from '../state.js';

/** Every so many moves of the spot is a column of the heat map. */
const COLUMN_STEP = 5;
/** Strongest tint of a cell, percent: the text on it must stay legible. */
const STRONGEST = 55;

const signed = (value: number, decimals = 0): string => `${value > 0 ? '+' : ''}${fixed(decimals)(value)}`;
const spotText = (move: number): string => `${signed(Math.round(move * 100))} %`;

const SERIES: readonly ChartSeries[] = [
  { label: '−10 vol pt', colour: '--line-2', style: 'dash', format: money },
  { label: 'as marked', colour: '--line-1', format: money },
  { label: '+10 vol pt', colour: '--line-3', style: 'dash', format: money },
];

/** The risk surface as a sheet. */
export function riskSheet(view: DeskView, { risk }: Frame): Sheet {
  return {
    name: `risk-${view.underlying}`,
    header: [
      'spot move [%]',
      ...risk.volatility.map((move) => `profit at ${signed(move * 100)} vol pt [${view.currency}]`),
    ],
    rows: risk.spot.map((move, s) => [move * 100, ...risk.profit.map((row) => row[s])]),
  };
}

/** What the book makes if spot and volatility move: as a heat map and as curves. */
export function RiskPanel() {
  const view = desk.value!;
  const { risk } = slowFrame.value!;
  const data = useMemo(
    (): uPlot.AlignedData => [
      risk.spot.map((move) => move * 100),
      risk.profit[0],
      risk.profit[risk.volatility.indexOf(0)],
      risk.profit[risk.profit.length - 1],
    ],
    [risk],
  );
  return (
    <Panel
      id="risk"
      title="Risk surface"
      controls={<CsvButton sheet={() => riskSheet(desk.value!, slowFrame.value!)} />}
    >
      <HeatMap risk={risk} currency={view.currency} />
      <Chart
        name={`risk ${view.underlying}`}
        label="Profit of the book by move of the spot, for three moves of volatility"
        x={{ label: 'spot move, %', format: (move) => signed(Math.round(move)) }}
        y={{ label: `profit, ${view.currency}`, format: compact }}
        series={SERIES}
        data={data}
        height={190}
        marks={[{ at: 0, label: 'now' }]}
      />
      <p class="note">
        Every option revalued in full, against the marks of now; all forwards move by one ratio.
      </p>
    </Panel>
  );
}

/** A place on the heat map: row from the top, and column. */
interface Cell {
  readonly row: number;
  readonly column: number;
}

/** How far each key goes; Infinity stops at the edge. */
const KEYS: Readonly<Record<string, readonly [down: number, right: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  PageUp: [-Infinity, 0],
  PageDown: [Infinity, 0],
  Home: [0, -Infinity],
  End: [0, Infinity],
};

/** One stop of the Tab key; arrows go from cell to cell, and what a cell says in full stands below and describes it. */
function HeatMap({ risk, currency }: { readonly risk: RiskView; readonly currency: string }) {
  const body = useRef<HTMLTableSectionElement>(null);
  const columns = risk.spot.flatMap((move, s) => (s % COLUMN_STEP === 0 ? [{ move, s }] : []));
  const rows = risk.volatility.map((move, v) => ({ move, v })).reverse();
  const [at, setAt] = useState<Cell>({
    row: rows.findIndex(({ move }) => move === 0),
    column: columns.findIndex(({ move }) => move === 0),
  });
  const largest = Math.max(...risk.profit.flatMap((row) => columns.map(({ s }) => Math.abs(row[s])))) || 1;
  const thousands = fixed(largest < 1e4 ? 1 : 0);
  const say = ({ row, column }: Cell): string => {
    const [shift, spot] = [rows[row], columns[column]];
    const profit = signed(risk.profit[shift.v][spot.s]);
    return `spot ${spotText(spot.move)}, volatility ${signed(Math.round(shift.move * 100))} pt: ${profit} ${currency}`;
  };
  const go = (event: KeyboardEvent): void => {
    const step = KEYS[event.key] as readonly [number, number] | undefined;
    if (step === undefined) return;
    event.preventDefault();
    const clamp = (value: number, count: number): number => Math.min(count - 1, Math.max(0, value));
    const next = {
      row: clamp(at.row + step[0], rows.length),
      column: clamp(at.column + step[1], columns.length),
    };
    setAt(next);
    body.current?.rows[next.row].querySelectorAll('td')[next.column].focus();
  };
  return (
    <>
      <div class="scroll">
        <table class="heat" role="grid" aria-readonly="true" onKeyDown={go}>
          <caption>profit, thousands of {currency}: volatility down, spot across</caption>
          <thead>
            <tr>
              <th scope="col">vol pt</th>
              {columns.map(({ move, s }) => (
                <th key={s} scope="col">
                  {spotText(move)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody ref={body}>
            {rows.map(({ move, v }, row) => (
              <tr key={move}>
                <th scope="row">{signed(Math.round(move * 100))}</th>
                {columns.map(({ s }, column) => {
                  const profit = risk.profit[v][s];
                  const tint = (STRONGEST * Math.sqrt(Math.abs(profit) / largest)).toFixed(0);
                  const ground = profit < 0 ? '--heat-loss' : '--heat-gain';
                  const isAt = at.row === row && at.column === column;
                  return (
                    <td
                      key={s}
                      role="gridcell"
                      tabIndex={isAt ? 0 : -1}
                      aria-describedby={isAt ? 'heat-says' : undefined}
                      class={isAt ? 'at' : ''}
                      style={{ background: `color-mix(in srgb, var(${ground}) ${tint}%, var(--panel))` }}
                      onClick={() => {
                        setAt({ row, column });
                      }}
                    >
                      {thousands(profit / 1000)}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <span class="heat-readout" id="heat-says">
        {say(at)}
      </span>
    </>
  );
}
