import { useRef } from 'preact/hooks';
import { Choice } from '../parts/panel.js';
import { fixed, instantText, money, priceFormat } from '../parts/format.js';
import {
  chooseUnderlying,
  desk,
  isBusy,
  isLive,
  openFiles,
  rewind,
  setLive,
  slowFrame,
  tick,
} from '../state.js';
import { cycleTheme, theme } from '../theme.js';

/** What the page stands on, and the controls of the whole page. */
export function Head() {
  const files = useRef<HTMLInputElement>(null);
  const view = desk.value;
  return (
    <header class="head">
      <div class="brand">
        <h1>
          greekfire <span>cockpit</span>
        </h1>
        {view !== undefined && (view.chain.synthetic || view.book.synthetic) && (
          <span class="made-up">{view.chain.synthetic ? 'synthetic market and book' : 'synthetic book'}</span>
        )}
      </div>
      <Figures />
      <div class="controls">
        {view !== undefined && view.underlyings.length > 1 && (
          <Choice
            label="Underlying"
            value={view.underlying}
            options={view.underlyings.map((name) => [name, name])}
            onChange={chooseUnderlying}
          />
        )}
        <button
          type="button"
          class="strong"
          disabled={view === undefined}
          onClick={() => {
            setLive(!isLive.value);
          }}
        >
          {isLive.value ? 'Pause' : 'Replay'}
        </button>
        <button type="button" disabled={view === undefined} onClick={rewind}>
          Rewind
        </button>
        <button
          type="button"
          title="A Deribit chain and its futures, a tape of trades, or a book: JSON or CSV. Or drop them on the page."
          onClick={() => files.current?.click()}
        >
          Open files
        </button>
        <input
          ref={files}
          type="file"
          multiple
          hidden
          accept=".json,.csv,.txt"
          aria-label="Chain, futures, tape or book"
          onChange={({ currentTarget }) => {
            const chosen = [...(currentTarget.files ?? [])];
            // The same file again is a change too.
            currentTarget.value = '';
            if (chosen.length > 0) void openFiles(chosen);
          }}
        />
        {view?.chain.synthetic === false && (
          <button type="button" onClick={() => void openFiles([])}>
            Embedded market
          </button>
        )}
        <button type="button" class="theme" onClick={cycleTheme}>
          Theme: {theme.value}
        </button>
      </div>
    </header>
  );
}

function Figures() {
  const view = desk.value;
  const slow = slowFrame.value;
  if (view === undefined || slow === undefined) return <dl class="figures" />;
  const { coin, currency } = view;
  return (
    <dl class="figures" aria-busy={isBusy.value}>
      <Price coin={coin} currency={currency} />
      <Figure name="book value" value={money(slow.value)} unit={currency} />
      <Figure
        name="P&L since start"
        value={money(slow.explained.total)}
        unit={currency}
        signed={slow.explained.total}
      />
      <Figure name="delta" value={fixed(2)(slow.total.delta)} unit={coin} />
      <Figure name="market time" value={instantText(slow.instant)} unit="" />
    </dl>
  );
}

/** The one figure that moves with every frame. */
function Price({ coin, currency }: { readonly coin: string; readonly currency: string }) {
  return <Figure name={coin} value={priceFormat(tick.value?.price ?? NaN)} unit={currency} />;
}

function Figure(props: {
  readonly name: string;
  readonly value: string;
  readonly unit: string;
  readonly signed?: number;
}) {
  const tone = props.signed === undefined || props.signed === 0 ? '' : props.signed > 0 ? 'gain' : 'loss';
  return (
    <div>
      <dt>{props.name}</dt>
      <dd class={tone}>
        {props.value} <small>{props.unit}</small>
      </dd>
    </div>
  );
}
