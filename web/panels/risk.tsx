import { useMemo } from 'preact/hooks';
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

function HeatMap({ risk, currency }: { readonly risk: RiskView; readonly currency: string }) {
  const columns = risk.spot.flatMap((move, s) => (s % COLUMN_STEP === 0 ? [{ move, s }] : []));
  const largest = Math.max(...risk.profit.flatMap((row) => columns.map(({ s }) => Math.abs(row[s])))) || 1;
  const thousands = fixed(largest < 1e4 ? 1 : 0);
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label="Heat map of the risk surface">
      <table class="heat">
        <caption>
          profit in thousands of {currency}, by move of volatility (down) and of the spot (across)
        </caption>
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
        <tbody>
          {risk.volatility
            .map((move, v) => (
              <tr key={move}>
                <th scope="row">{signed(Math.round(move * 100))}</th>
                {columns.map(({ s }) => {
                  const profit = risk.profit[v][s];
                  const tint = (STRONGEST * Math.sqrt(Math.abs(profit) / largest)).toFixed(0);
                  const ground = profit < 0 ? '--heat-loss' : '--heat-gain';
                  return (
                    <td
                      key={s}
                      style={{ background: `color-mix(in srgb, var(${ground}) ${tint}%, var(--panel))` }}
                    >
                      {thousands(profit / 1000)}
                    </td>
                  );
                })}
              </tr>
            ))
            .reverse()}
        </tbody>
      </table>
    </div>
  );
}
