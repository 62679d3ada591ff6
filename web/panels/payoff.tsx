import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import { Chart, type ChartSeries } from '../parts/chart.js';
import type { Sheet } from '../parts/csv.js';
import { compact, fixed, money } from '../parts/format.js';
import { Choice, CsvButton, Panel } from '../parts/panel.js';
import type { DeskView, Frame, PayoffView } from '../protocol.js';
import { desk, slowFrame, structureShown } from '../state.js';

const SERIES: readonly ChartSeries[] = [
  { label: 'today', colour: '--line-1', format: money },
  { label: 'at expiry', colour: '--line-2', style: 'dash', format: money },
];

/** Payoffs of all structures as a sheet. */
export function payoffSheet(view: DeskView, { payoffs, price }: Frame): Sheet {
  return {
    name: `payoffs-${view.underlying}`,
    header: [
      'structure',
      'spot move [%]',
      `spot [${view.currency}]`,
      `today [${view.currency}]`,
      `at expiry [${view.currency}]`,
    ],
    rows: payoffs.flatMap(({ name, spot, today, atExpiry }) =>
      spot.map((move, s) => [name, move * 100, price * (1 + move), today[s], atExpiry[s]]),
    ),
  };
}

/** What a structure makes over the spot, today and when the first of its legs expires. */
export function PayoffPanel() {
  const view = desk.value!;
  const { payoffs, price } = slowFrame.value!;
  const shown = payoffs[structureShown.value] as PayoffView | undefined;
  const data = useMemo(
    (): uPlot.AlignedData =>
      shown === undefined
        ? [[]]
        : [shown.spot.map((move) => price * (1 + move)), shown.today, shown.atExpiry],
    [shown],
  );
  if (shown === undefined) {
    return (
      <Panel id="payoff" title="Payoff">
        <p class="note">The book has no positions in {view.underlying}.</p>
      </Panel>
    );
  }
  return (
    <Panel
      id="payoff"
      title="Payoff"
      controls={
        <>
          <Choice
            label="Structure"
            value={structureShown.value}
            options={view.structures.map((name, index) => [index, name])}
            onChange={(value) => {
              structureShown.value = value;
            }}
          />
          <CsvButton sheet={() => payoffSheet(desk.value!, slowFrame.value!)} />
        </>
      }
    >
      <Chart
        name={`payoff ${shown.name}`}
        label={`Profit of the ${shown.name} by spot, today and at ${shown.expiryLabel}`}
        x={{ label: `spot, ${view.currency}`, format: fixed(price < 100 ? 2 : 0) }}
        y={{ label: `profit, ${view.currency}`, format: compact }}
        series={SERIES}
        data={data}
        height={300}
        marks={[{ at: price, label: 'now' }]}
      />
      <p class="note">
        Profit against the marks of now; “at expiry” is {shown.expiryLabel}, when the first of its legs
        expires, with volatilities as marked.
      </p>
    </Panel>
  );
}
