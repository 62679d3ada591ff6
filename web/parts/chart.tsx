import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { colour, paletteVersion } from '../theme.js';
import { download } from './download.js';

/** One line, or one set of points, of a chart. */
export interface ChartSeries {
  readonly label: string;
  /** Property of the style sheet. */
  readonly colour: string;
  readonly style?: 'line' | 'dash' | 'points' | 'bars';
  readonly format: (value: number) => string;
}

/** What a chart shows; `data` has the x values first, then one array per series. */
export interface ChartProps {
  readonly name: string;
  /** What it shows, in a sentence, for those who do not see it. */
  readonly label: string;
  readonly x: {
    readonly label: string;
    readonly format: (value: number) => string;
    readonly splits?: number[];
    /** Whether only whole numbers have a place on the axis. */
    readonly isWhole?: boolean;
  };
  readonly y: { readonly label: string; readonly format: (value: number) => string };
  readonly series: readonly ChartSeries[];
  readonly data: uPlot.AlignedData;
  readonly height: number;
  /** Lines across, at x values. */
  readonly marks?: readonly { readonly at: number; readonly label: string }[];
}

/** Steps of an axis of whole numbers. */
const WHOLE = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
const FONT = '11px system-ui, sans-serif';

/** A chart of lines: pointer and arrow keys read values off it, and it can be kept as PNG. */
export function Chart(props: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const isSeen = useRef(true);
  const [index, setIndex] = useState<number | undefined>(undefined);
  const shape = `${props.series.map(({ label, style }) => `${label} ${style ?? ''}`).join()}${paletteVersion.value}`;

  useEffect(() => {
    const element = host.current!;
    const made = new uPlot(optionsOf(latest, element.clientWidth, setIndex), latest.current.data, element);
    plot.current = made;
    const observer = new ResizeObserver(() => {
      made.setSize({ width: element.clientWidth, height: latest.current.height });
    });
    observer.observe(element);
    // What is out of sight is drawn when it comes back.
    const sight = new IntersectionObserver(([{ isIntersecting }]) => {
      isSeen.current = isIntersecting;
      if (isIntersecting && made.data !== latest.current.data) made.setData(latest.current.data);
    });
    sight.observe(element);
    return () => {
      sight.disconnect();
      observer.disconnect();
      made.destroy();
    };
  }, [shape]);
  useEffect(() => {
    if (isSeen.current) plot.current?.setData(props.data);
  }, [props.data]);

  const move = (by: number): void => {
    const made = plot.current!;
    const last = made.data[0].length - 1;
    const next = Math.min(last, Math.max(0, (made.cursor.idx ?? Math.floor(last / 2) - by) + by));
    made.setCursor({
      left: made.valToPos(made.data[0][next], 'x'),
      top: made.bbox.height / 2 / devicePixelRatio,
    });
  };
  const { data, series, x, y } = props;
  return (
    <figure class="chart">
      <figcaption>
        <ul class="legend">
          {series.map((one) => (
            <li key={one.label}>
              <span class={`swatch ${one.style ?? 'line'}`} style={{ color: `var(${one.colour})` }} />
              {one.label}
            </li>
          ))}
        </ul>
        <span class="axis-name">{y.label}</span>
      </figcaption>
      <div
        class="plot"
        ref={host}
        role="img"
        tabIndex={0}
        aria-label={props.label}
        style={{ height: `${props.height}px` }}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
          event.preventDefault();
          move(event.key === 'ArrowLeft' ? -1 : 1);
        }}
      />
      <div class="chart-foot">
        <output class="readout">
          {index === undefined
            ? x.label
            : [
                `${x.label} ${x.format(data[0][index])}`,
                ...series.flatMap((one, s) => {
                  const value = data[s + 1][index];
                  return value === null || value === undefined || Number.isNaN(value)
                    ? []
                    : [`${one.label} ${one.format(value)}`];
                }),
              ].join(' · ')}
        </output>
        <button
          type="button"
          class="quiet"
          onClick={() => {
            downloadPicture(plot.current!, props);
          }}
        >
          PNG
        </button>
      </div>
    </figure>
  );
}

function optionsOf(
  latest: { readonly current: ChartProps },
  width: number,
  onCursor: (index: number | undefined) => void,
): uPlot.Options {
  const props = latest.current;
  const [text, grid] = [colour('--muted'), colour('--grid')];
  const axis = (side: 'x' | 'y'): uPlot.Axis => ({
    stroke: text,
    font: FONT,
    grid: { stroke: grid, width: 1 },
    ticks: { stroke: grid, width: 1, size: 4 },
    size: side === 'x' ? 28 : 58,
    ...(side === 'x' ? { space: 70 } : {}),
    values: (_, splits) => splits.map((value) => latest.current[side].format(value)),
    ...(side === 'x' && props.x.splits !== undefined ? { splits: props.x.splits } : {}),
    ...(side === 'x' && props.x.isWhole === true ? { incrs: WHOLE } : {}),
  });
  return {
    width,
    height: props.height,
    padding: [8, 26, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { x: { time: false } },
    // Lines between pixels: a gentle slope is no staircase.
    pxAlign: 0,
    axes: [axis('x'), axis('y')],
    series: [{}, ...props.series.map(seriesOf)],
    hooks: {
      setCursor: [
        ({ cursor }) => {
          onCursor(cursor.idx ?? undefined);
        },
      ],
      draw: [
        (made) => {
          drawMarks(made, latest.current.marks ?? []);
        },
      ],
    },
  };
}

function seriesOf({ style = 'line', label, colour: name }: ChartSeries): uPlot.Series {
  const stroke = colour(name);
  if (style === 'points') {
    return {
      label,
      stroke,
      width: 0,
      paths: () => null,
      points: { show: true, size: 5, width: 1.25, fill: colour('--panel') },
    };
  }
  if (style === 'bars') {
    const paths = uPlot.paths.bars!({ size: [0.9, 40], align: 1 });
    return { label, stroke, fill: stroke, width: 0, paths, points: { show: false } };
  }
  return {
    label,
    stroke,
    width: 1.75,
    points: { show: false },
    spanGaps: true,
    ...(style === 'dash' ? { dash: [3, 5] } : {}),
  };
}

function drawMarks(plot: uPlot, marks: NonNullable<ChartProps['marks']>): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour('--muted');
  ctx.fillStyle = colour('--muted');
  ctx.font = `${Math.round(10 * devicePixelRatio)}px system-ui, sans-serif`;
  ctx.textAlign = 'left';
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  // One label below the other where they would touch.
  const taken: { readonly from: number; readonly to: number; readonly line: number }[] = [];
  for (const { at, label } of marks) {
    const left = plot.valToPos(at, 'x', true);
    if (!(left >= bbox.left && left <= bbox.left + bbox.width)) continue;
    ctx.beginPath();
    ctx.moveTo(left, bbox.top);
    ctx.lineTo(left, bbox.top + bbox.height);
    ctx.stroke();
    const [gap, width] = [4 * devicePixelRatio, ctx.measureText(label).width];
    const from = left > bbox.left + bbox.width / 2 ? left - gap - width : left + gap;
    const room = { from: from - gap, to: from + width + gap };
    let line = 0;
    while (taken.some((other) => other.line === line && other.from < room.to && room.from < other.to))
      line += 1;
    taken.push({ ...room, line });
    ctx.fillText(label, from, bbox.top + (10 + 12 * line) * devicePixelRatio);
  }
  ctx.restore();
}

/** Keeps the chart with its title and legend, on the page's own ground. */
function downloadPicture(plot: uPlot, { name, series, y }: ChartProps): void {
  const source = plot.ctx.canvas;
  const scale = devicePixelRatio;
  const head = 44 * scale;
  const picture = document.createElement('canvas');
  picture.width = source.width;
  picture.height = source.height + head;
  const context = picture.getContext('2d')!;
  context.fillStyle = colour('--panel');
  context.fillRect(0, 0, picture.width, picture.height);
  context.font = `600 ${13 * scale}px system-ui, sans-serif`;
  context.fillStyle = colour('--text');
  context.fillText(`${name}, ${y.label}`, 8 * scale, 18 * scale);
  context.font = `${11 * scale}px system-ui, sans-serif`;
  let left = 8 * scale;
  for (const one of series) {
    context.fillStyle = colour(one.colour);
    context.fillText(one.label, left, 36 * scale);
    left += context.measureText(one.label).width + 16 * scale;
  }
  context.drawImage(source, 0, head);
  picture.toBlob((blob) => {
    if (blob !== null) download(`${name}.png`, blob);
  });
}
