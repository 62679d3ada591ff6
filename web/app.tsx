import { useState } from 'preact/hooks';
import { ChainPanel } from './panels/chain.js';
import { GreeksPanel } from './panels/greeks.js';
import { Head } from './panels/head.js';
import { HedgePanel } from './panels/hedge.js';
import { LivePanel } from './panels/live.js';
import { MarginPanel } from './panels/margin.js';
import { PayoffPanel } from './panels/payoff.js';
import { RiskPanel } from './panels/risk.js';
import { SmilePanel } from './panels/smile.js';
import { desk, dismissNotice, notice, openFiles } from './state.js';

/** The page. Files may be dropped anywhere on it. */
export function App() {
  const [isOver, setOver] = useState(false);
  return (
    <div
      class={isOver ? 'page over' : 'page'}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={({ relatedTarget }) => {
        if (relatedTarget === null) setOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const files = [...(event.dataTransfer?.files ?? [])];
        if (files.length > 0) void openFiles(files);
      }}
    >
      <a class="skip" href="#chain">
        Skip to the chain
      </a>
      <Head />
      <NoticeLine />
      <main>{desk.value === undefined ? <p class="wait">Marking the chain…</p> : <Panels />}</main>
    </div>
  );
}

function Panels() {
  return (
    <div class="grid">
      <ChainPanel />
      <GreeksPanel />
      <LivePanel />
      <HedgePanel />
      <SmilePanel />
      <RiskPanel />
      <PayoffPanel />
      <MarginPanel />
    </div>
  );
}

function NoticeLine() {
  const { value } = notice;
  return (
    <div role="status" class="notice-room">
      {value !== undefined && (
        <p class={`notice ${value.tone}`}>
          <span>{value.text}</span>
          <button type="button" class="quiet" aria-label="Dismiss the message" onClick={dismissNotice}>
            ×
          </button>
        </p>
      )}
    </div>
  );
}
