import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import { Chart, type ChartSeries } from '../parts/chart.js';
import type { Sheet } from '../parts/csv.js';
import { fixed, percent } from '../parts/format.js';
import { Choice, CsvButton, Fact, Panel } from '../parts/panel.js';
import type { DeskView, SmileView } from '../protocol.js';
import { desk, smileShown } from '../state.js';

const volatility = (value: number): string => `${percent(1)(value)} %`;

const SERIES: readonly ChartSeries[] = [
  { label: 'SVI', colour: '--line-1', format: volatility },
  { label: 'SSVI', colour: '--line-2', style: 'dash', format: volatility },
  { label: 'bid', colour: '--gain', style: 'points', format: volatility },
  { label: 'ask', colour: '--loss', style: 'points', format: volatility },
];

/** Fits of all expiries as a sheet. */
export function smileSheet(view: DeskView): Sheet {
  return {
    name: `smiles-${view.underlying}`,
    header: [
      'expiry',
      'years',
      `forward [${view.currency}]`,
      'at the money [%]',
      '25-delta risk reversal [vol pt]',
      '25-delta butterfly [vol pt]',
      'two-sided quotes',
      'inside bid and ask',
      'rms from mid [vol pt]',
      'a',
      'b',
      'rho',
      'm',
      'sigma',
    ],
    rows: view.smiles.map(({ label, slice }) => [
      label,
      slice.years,
      slice.forward,
      slice.atmVolatility * 100,
      slice.riskReversal * 100,
      slice.butterfly * 100,
      slice.twoSided,
      slice.inside,
      slice.rmsError * 100,
      slice.a,
      slice.b,
      slice.rho,
      slice.m,
      slice.sigma,
    ]),
  };
}

/** Curves and quotes over one axis: the strikes of both, ascending. */
function chartData({ strike, svi, ssvi, quotes }: SmileView): uPlot.AlignedData {
  const points = new Map<number, (number | null)[]>();
  const at = (x: number): (number | null)[] => {
    const known = points.get(x) ?? [null, null, null, null];
    points.set(x, known);
    return known;
  };
  const put = (x: number, series: number, value: number): void => {
    if (!Number.isNaN(value)) at(x)[series] = value;
  };
  strike.forEach((x, i) => {
    put(x, 0, svi[i]);
    put(x, 1, ssvi[i]);
  });
  quotes.strike.forEach((x, i) => {
    put(x, 2, quotes.bid[i]);
    put(x, 3, quotes.ask[i]);
  });
  const ascending = [...points].sort(([a], [b]) => a - b);
  return [
    ascending.map(([x]) => x),
    ...[0, 1, 2, 3].map((series) => ascending.map(([, values]) => values[series])),
  ] as uPlot.AlignedData;
}

/** The smile of an expiry, its quotes, and how well the fit keeps between them. */
export function SmilePanel() {
  const view = desk.value!;
  const shown = view.smiles[smileShown.value] as SmileView | undefined;
  const data = useMemo(() => (shown === undefined ? undefined : chartData(shown)), [shown]);
  if (shown === undefined || data === undefined) {
    return (
      <Panel id="smile" title="Smile">
        <p class="note">The file quotes no bids and asks to fit a smile to.</p>
      </Panel>
    );
  }
  const { slice } = shown;
  return (
    <Panel
      id="smile"
      title="Smile"
      controls={
        <>
          <Choice
            label="Expiry"
            value={smileShown.value}
            options={view.smiles.map(({ label }, index) => [index, label])}
            onChange={(value) => {
              smileShown.value = value;
            }}
          />
          <CsvButton sheet={() => smileSheet(desk.value!)} />
        </>
      }
    >
      <Chart
        name={`smile ${view.underlying} ${shown.label}`}
        label={`Implied volatility of ${shown.label} by strike: at the money ${volatility(slice.atmVolatility)}`}
        x={{ label: `strike, ${view.currency}`, format: fixed(slice.forward < 100 ? 2 : 0) }}
        y={{ label: 'implied volatility, %', format: percent(0) }}
        series={SERIES}
        data={data}
        height={260}
        marks={[{ at: slice.forward, label: 'forward' }]}
      />
      <dl class="facts">
        <Fact name="at the money" value={percent(2)(slice.atmVolatility)} unit="%" />
        <Fact name="25Δ risk reversal" value={percent(2)(slice.riskReversal)} unit="vol pt" />
        <Fact name="25Δ butterfly" value={percent(2)(slice.butterfly)} unit="vol pt" />
        <Fact name="inside bid and ask" value={`${slice.inside} of ${slice.twoSided}`} unit="quotes" />
        <Fact name="rms from mid" value={percent(2)(slice.rmsError)} unit="vol pt" />
        <Fact name="butterfly arbitrage" value={slice.leastDurrleman >= 0 ? 'none' : 'yes'} unit="" />
        <Fact name="calendar arbitrage" value={slice.isCalendarFree ? 'none' : 'yes'} unit="" />
      </dl>
    </Panel>
  );
}
