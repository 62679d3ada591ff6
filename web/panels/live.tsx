import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import { Chart, type ChartSeries } from '../parts/chart.js';
import { fixed, money, percent } from '../parts/format.js';
import { Choice, Fact, Panel } from '../parts/panel.js';
import { quantile } from '../parts/times.js';
import { desk, isLive, pace, slowFrame, step, ticksPerFrame, tickTimes, timesVersion } from '../state.js';

const whole = fixed(0);
const SERIES: readonly ChartSeries[] = [{ label: 'ticks', colour: '--line-1', style: 'bars', format: whole }];
/** Bins of the histogram: ten a decade, from 10 microseconds to a tenth of a second. */
const BINS_PER_DECADE = 10;
const BINS = Array.from({ length: 4 * BINS_PER_DECADE + 1 }, (_, bin) => bin);
const DECADES = BINS.filter((bin) => bin % BINS_PER_DECADE === 0);
const edge = (bin: number): number => 10 ** (1 + bin / BINS_PER_DECADE);

/** How many of the ascending times lie in each bin; those outside count in the first and last. */
function histogram(times: Float64Array): number[] {
  const counts = BINS.map(() => 0);
  let bin = 0;
  for (const time of times) {
    while (bin < BINS.length - 1 && time >= edge(bin + 1)) bin += 1;
    counts[bin] += 1;
  }
  return counts;
}

/** The replay: what a tick costs, measured, and what the moves made. */
export function LivePanel() {
  const version = timesVersion.value;
  const now = slowFrame.value!;
  const { chain, currency, isTape, step: stepTime, strike } = desk.value!;
  const times = useMemo(() => tickTimes.recent(), [version]);
  const data = useMemo((): uPlot.AlignedData => [BINS, histogram(times)], [times]);
  const time = (share: number): string => whole(quantile(times, share));
  const { explained } = now;
  return (
    <Panel
      id="live"
      title="Replay"
      controls={
        <>
          <Choice
            label="Ticks a frame"
            value={ticksPerFrame.value}
            options={[1, 4, 16].map((count) => [count, String(count)])}
            onChange={(value) => {
              ticksPerFrame.value = value;
            }}
          />
          <button type="button" class="quiet" disabled={isLive.value} onClick={step}>
            Step
          </button>
        </>
      }
    >
      <Chart
        name="tick to hedge"
        label={`Histogram of the time from tick to hedge: median ${time(0.5)} microseconds of ${tickTimes.total} ticks`}
        x={{ label: 'tick to hedge, µs', format: (bin) => whole(edge(bin)), splits: DECADES }}
        y={{ label: 'ticks', format: whole }}
        series={SERIES}
        data={data}
        height={150}
      />
      <dl class="facts">
        <Fact name="tick to hedge, median" value={time(0.5)} unit="µs" />
        <Fact name="95 % within" value={time(0.95)} unit="µs" />
        <Fact name="ticks" value={whole(tickTimes.total)} unit={`× ${whole(strike.length * 2)} options`} />
        <Fact name="frames" value={whole(pace.value?.framesPerSecond ?? NaN)} unit="/s" />
        <Fact name="main thread busy" value={percent(0)(pace.value?.busyShare ?? NaN)} unit="% of time" />
        <Fact name="P&L by delta" value={money(explained.delta)} unit={currency} />
        <Fact name="by gamma" value={money(explained.gamma)} unit={currency} />
        <Fact name="by theta" value={money(explained.theta)} unit={currency} />
        <Fact name="unexplained" value={money(explained.rest)} unit={currency} />
      </dl>
      <p class="note">
        {isTape ? `The trades of ${chain.name}` : 'A seeded random walk of the forwards'},{' '}
        {whole(stepTime / 1000)} s of market time a tick; each tick re-marks the whole chain and solves the
        hedge anew from where it stood, in a worker.{' '}
        {now.isOver && 'The tape is over: rewind to start anew. '}
        {crossOriginIsolated
          ? 'The clock resolves 5 µs.'
          : 'This host does not isolate the page, so the clock resolves only 100 µs.'}
      </p>
    </Panel>
  );
}
