import { structureNames, type StructureName } from 'greekfire/strategy';
import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import { Chart, type ChartSeries } from '../parts/chart.js';
import type { Sheet } from '../parts/csv.js';
import { columnFormat, compact, fixed, percent, priceFormat, type Format } from '../parts/format.js';
import { Choice, CsvButton, Fact, NumberField, Panel } from '../parts/panel.js';
import type { DeskView, LegView, PayoffChoice, PayoffView, StructureView } from '../protocol.js';
import {
  choosePayoff,
  choosePayoffCurrency,
  desk,
  payoff,
  payoffChoice,
  payoffCurrency,
  structures,
} from '../state.js';

/** A break-even further off than this many forwards is that of a rounded lot, and no price. */
const FURTHEST = 20;

/** The payoff that is shown as a sheet. */
export function payoffSheet(view: DeskView, { name, figures }: PayoffView): Sheet {
  const unit = figures?.currency ?? view.currency;
  return {
    name: `payoff-${view.underlying}`,
    header: ['structure', `price [${view.currency}]`, `today [${unit}]`, `at expiry [${unit}]`],
    rows: Array.from(figures?.spot ?? [], (spot, s) => [name, spot, figures!.today[s], figures!.atExpiry[s]]),
  };
}

/** What a structure makes over the price, today and at its nearest expiry, and what it can gain and lose. */
export function PayoffPanel() {
  const view = desk.value!;
  const shown = payoff.value;
  const figures = shown?.figures;
  const data = useMemo(
    (): uPlot.AlignedData => (figures === undefined ? [[]] : [figures.spot, figures.today, figures.atExpiry]),
    [figures],
  );
  const format = columnFormat(figures === undefined ? [] : [...figures.today, ...figures.atExpiry], 4);
  const inCoin = figures !== undefined && figures.currency !== view.currency;
  const series = useMemo((): readonly ChartSeries[] => {
    const amount = amountFormat(inCoin);
    return [
      { label: 'today', colour: '--line-1', format: amount },
      { label: 'at expiry', colour: '--line-2', style: 'dash', format: amount },
    ];
  }, [inCoin]);
  return (
    <Panel
      id="payoff"
      title="Payoff"
      controls={
        <>
          <Choice
            label="in"
            value={payoffCurrency.value}
            options={[
              ['quote', view.currency],
              ['coin', view.coin],
            ]}
            onChange={choosePayoffCurrency}
          />
          {shown !== undefined && <CsvButton sheet={() => payoffSheet(desk.value!, payoff.value!)} />}
        </>
      }
    >
      <Picker view={view} />
      {shown?.refusal !== undefined && <p class="note bad">No payoff: {shown.refusal}.</p>}
      {shown !== undefined && figures !== undefined && (
        <>
          <Chart
            name={`payoff ${shown.name}`}
            label={`Profit of ${shown.name} by price, today and at the end of ${figures.expiryLabel}`}
            x={{
              label: `forward of ${figures.expiryLabel}, ${view.currency}`,
              format: fixed(figures.forward < 100 ? 2 : 0),
            }}
            y={{ label: `profit, ${figures.currency}`, format: inCoin ? format : compact }}
            series={series}
            data={data}
            height={260}
            marks={[
              { at: figures.forward, label: 'now' },
              ...breakEvensOf(figures).map((at) => ({ at, label: 'even' })),
            ]}
          />
          <Figures view={view} figures={figures} amount={amountFormat(inCoin)} />
          <Legs view={view} legs={figures.legs} />
        </>
      )}
    </Panel>
  );
}

type PayoffFigures = NonNullable<PayoffView['figures']>;

function amountFormat(inCoin: boolean): Format {
  return fixed(inCoin ? 4 : 0);
}

function breakEvensOf({ breakEvens, forward }: PayoffFigures): number[] {
  return [...breakEvens].filter((price) => price < FURTHEST * forward);
}

const ORIGINS: readonly (readonly [StructureView['origin'], string])[] = [
  ['whole', 'book'],
  ['book', 'as the book names them'],
  ['recognised', 'as recognised by their legs'],
];

/** Chooses a structure that is held, or builds one at its usual strikes. */
function Picker({ view }: { readonly view: DeskView }) {
  const choice = payoffChoice.value;
  const all = structures.value;
  return (
    <div class="controls picker">
      <label class="choice wide">
        <span>Structure</span>
        <select
          value={choice.kind === 'held' ? String(choice.index) : 'built'}
          onChange={({ currentTarget: { value } }) => {
            choosePayoff(value === 'built' ? firstBuilt(view) : { kind: 'held', index: Number(value) });
          }}
        >
          {ORIGINS.map(([origin, label]) => {
            const own = all.flatMap((structure, index) =>
              structure.origin === origin ? [{ ...structure, index }] : [],
            );
            return own.length === 0 ? null : (
              <optgroup key={origin} label={label}>
                {own.map(({ name, index }) => (
                  <option key={index} value={String(index)}>
                    {name}
                  </option>
                ))}
              </optgroup>
            );
          })}
          <optgroup label="not held">
            <option value="built">build one</option>
          </optgroup>
        </select>
      </label>
      {choice.kind === 'built' && <Builder view={view} choice={choice} />}
    </div>
  );
}

type Built = Extract<PayoffChoice, { kind: 'built' }>;

/** An iron condor at about a month. */
function firstBuilt(view: DeskView): Built {
  const month = view.expiries.findIndex(({ years }) => years > 25 / 365);
  return { kind: 'built', name: 'iron-condor', expiry: Math.max(0, month), quantity: 1 };
}

function Builder({ view, choice }: { readonly view: DeskView; readonly choice: Built }) {
  return (
    <>
      <Choice
        label="Kind"
        value={choice.name}
        options={structureNames.map((name): [StructureName, string] => [name, name.replaceAll('-', ' ')])}
        onChange={(name) => {
          choosePayoff({ ...choice, name });
        }}
      />
      <Choice
        label="Expiry of the structure"
        value={choice.expiry}
        options={view.expiries.map(({ label }, e) => [e, label])}
        onChange={(expiry) => {
          choosePayoff({ ...choice, expiry });
        }}
      />
      <NumberField
        label="Quantity"
        unit={view.coin}
        value={choice.quantity}
        onChange={(quantity) => {
          choosePayoff({ ...choice, quantity: Number.isNaN(quantity) || quantity === 0 ? 1 : quantity });
        }}
      />
    </>
  );
}

function Figures(props: {
  readonly view: DeskView;
  readonly figures: PayoffFigures;
  readonly amount: Format;
}) {
  const { view, figures, amount } = props;
  const { currency, cost } = figures;
  const bound = (value: number): string => (value === Infinity ? 'unbounded' : amount(value));
  const unitOf = (value: number): string => (Number.isFinite(value) ? currency : '');
  const evens = breakEvensOf(figures);
  return (
    <dl class="facts">
      <Fact name="most gained" value={bound(figures.maximumGain)} unit={unitOf(figures.maximumGain)} />
      <Fact name="most lost" value={bound(figures.maximumLoss)} unit={unitOf(figures.maximumLoss)} />
      <Fact name="probability of profit" value={percent(1)(figures.probabilityOfProfit)} unit="%" />
      <Fact name="value at mark" value={amount(cost.mark)} unit={currency} />
      <Fact name="at bid and ask" value={amount(cost.quotes)} unit={currency} />
      <div class="span-2">
        <dt>break-even</dt>
        <dd>
          {evens.length === 0 ? 'none' : evens.map(fixed(figures.forward < 100 ? 2 : 0)).join(' · ')}{' '}
          <small>{evens.length === 0 ? '' : view.currency}</small>
        </dd>
      </div>
    </dl>
  );
}

function Legs({ view, legs }: { readonly view: DeskView; readonly legs: readonly LegView[] }) {
  const size = columnFormat(
    legs.map((leg) => leg.size),
    2,
  );
  return (
    <details class="legs">
      <summary>
        {legs.length} {legs.length === 1 ? 'leg' : 'legs'}
      </summary>
      <div class="scroll" tabIndex={0} role="group" aria-label="Legs of the structure">
        <table>
          <thead>
            <tr>
              <th scope="col">leg</th>
              <th scope="col">
                size<small>{view.coin}</small>
              </th>
              <th scope="col">bid</th>
              <th scope="col">mark</th>
              <th scope="col">ask</th>
              <th scope="col">priced in</th>
            </tr>
          </thead>
          <tbody>
            {legs.map((leg, index) => (
              <tr key={index}>
                <th scope="row">{leg.instrument}</th>
                <td>{size(leg.size)}</td>
                {[leg.bid, leg.mark, leg.ask].map((price, side) => (
                  <td key={side}>{Number.isNaN(price) ? '-' : priceFormat(price)}</td>
                ))}
                <td>{leg.isCoin ? view.coin : view.currency}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
