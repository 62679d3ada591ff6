import { toDesk } from 'greekfire';
import type { Sheet } from '../parts/csv.js';
import { columnFormat, fixed, unit } from '../parts/format.js';
import { CsvButton, Panel } from '../parts/panel.js';
import { WATCHED, type DeskView, type Exposure, type Frame } from '../protocol.js';
import { desk, slowFrame } from '../state.js';

/** One line: what it is of, the forward it is measured against, and the exposure. */
type Line = readonly [name: string, forward: number, exposure: Exposure];

function linesByExpiry(view: DeskView, now: Frame): Line[] {
  return view.expiries.map(({ label }, e) => [label, now.forward[e], now.byExpiry[e]]);
}

function linesByStructure(view: DeskView, now: Frame): Line[] {
  return view.structures.map((name, s) => [name, now.reference, now.byStructure[s]]);
}

/** Net Greeks as a sheet: by structure, by expiry and in total. */
export function greeksSheet(view: DeskView, now: Frame): Sheet {
  const lines = [...linesByStructure(view, now), ...linesByExpiry(view, now), totalLine(now)];
  return {
    name: `greeks-${view.underlying}`,
    header: ['', `forward [${view.currency}]`, ...WATCHED.map((name) => `${name} [${unit(name, view)}]`)],
    rows: lines.map(([name, forward, exposure]) => [
      name,
      forward,
      ...WATCHED.map((watched) => toDesk(watched, exposure[watched], forward)),
    ]),
  };
}

const totalLine = (now: Frame): Line => ['total', now.reference, now.total];

/** Net Greeks of the book, by structure and by expiry. */
export function GreeksPanel() {
  const view = desk.value!;
  const now = slowFrame.value!;
  const used = linesByExpiry(view, now).filter(([, , exposure]) =>
    WATCHED.some((name) => exposure[name] !== 0),
  );
  const structures = linesByStructure(view, now);
  const total = totalLine(now);
  const all = [...structures, ...used, total];
  const formats = WATCHED.map((name) =>
    columnFormat(
      all.map(([, forward, exposure]) => toDesk(name, exposure[name], forward)),
      3,
    ),
  );
  const row = ([name, forward, exposure]: Line, kind = '') => (
    <tr key={kind + name} class={kind}>
      <th scope="row">{name}</th>
      <td>{kind === '' ? fixed(0)(forward) : ''}</td>
      {WATCHED.map((watched, w) => (
        <td key={watched}>{formats[w](toDesk(watched, exposure[watched], forward))}</td>
      ))}
    </tr>
  );
  return (
    <Panel
      id="greeks"
      title="Net Greeks"
      controls={<CsvButton sheet={() => greeksSheet(desk.value!, slowFrame.value!)} />}
    >
      <div class="scroll" tabIndex={0} role="group" aria-label="Net Greeks by expiry and structure">
        <table class="greeks">
          <thead>
            <tr>
              <th scope="col">expiry</th>
              <th scope="col">
                forward<small>{view.currency}</small>
              </th>
              {WATCHED.map((name) => (
                <th key={name} scope="col">
                  {name}
                  <small>{unit(name, view)}</small>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {used.map((line) => row(line))}
            {row(total, 'total')}
            {structures.length > 1 && (
              <tr class="group">
                <th scope="rowgroup" colSpan={WATCHED.length + 2}>
                  structures
                </th>
              </tr>
            )}
            {structures.length > 1 && structures.map((line) => row(line, 'structure'))}
          </tbody>
        </table>
      </div>
      <p class="note">
        Book: {view.book.name}, {view.positions} positions. Expiries against their own forward; totals and
        structures against the nearest, all moving by one ratio.
        {view.unpriced.length > 0 && ` Without a price, not in the totals: ${view.unpriced.join(', ')}.`}
      </p>
    </Panel>
  );
}
