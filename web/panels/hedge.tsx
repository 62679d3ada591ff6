import { toDesk } from 'greekfire';
import { HEDGED, type Hedged } from '../../cli/hedge.js';
import type { Sheet } from '../parts/csv.js';
import { columnFormat, fixed, moneySign, priceFormat, scientific, unit } from '../parts/format.js';
import { CsvButton, Fact, NumberField, Panel } from '../parts/panel.js';
import {
  WATCHED,
  type DeskView,
  type ExposureWish,
  type Frame,
  type HedgeSettings,
  type HedgeView,
  type Watched,
} from '../protocol.js';
import { changeSettings, desk, isLive, settings, slowFrame } from '../state.js';

const quantityFormat = fixed(2);

/** What one more desk unit of an exposure costs, in quote currency. */
function priceOf(name: Watched, hedge: HedgeView, forward: number): number {
  return hedge.multipliers[name] / toDesk(name, 1, forward);
}

/** Exposures before and after the hedge and their prices, as a sheet. */
export function exposureSheet(view: DeskView, now: Frame): Sheet {
  const { hedge, reference } = now;
  return {
    name: `exposures-${view.underlying}`,
    header: ['exposure', 'unit', 'before', 'after', `price of one more unit [${view.currency}]`],
    rows: WATCHED.map((name) => [
      name,
      unit(name, view),
      toDesk(name, now.total[name], reference),
      hedge === undefined ? NaN : toDesk(name, hedge.after[name], reference),
      hedge === undefined ? NaN : priceOf(name, hedge, reference),
    ]),
  };
}

/** The trades of the hedge as a sheet. */
export function tradeSheet(view: DeskView, now: Frame): Sheet {
  return {
    name: `hedge-${view.underlying}`,
    header: [
      'instrument',
      'side',
      `quantity [${view.coin}]`,
      'price',
      'currency of the price',
      `spread [${view.currency}]`,
      `fee [${view.currency}]`,
    ],
    rows: (now.hedge?.trades ?? []).map(
      ({ instrument, side, quantity, price, priceCurrency, spread, fee }) => [
        instrument,
        side,
        quantity,
        price,
        priceCurrency,
        spread,
        fee,
      ],
    ),
  };
}

/** What the hedge is asked for, what it does, and what it proves. */
export function HedgePanel() {
  const view = desk.value!;
  const now = slowFrame.value!;
  const { hedge } = now;
  return (
    <Panel id="hedge" title="Hedge" controls={<Limits />}>
      <ExposureTable view={view} now={now} />
      {hedge === undefined ? (
        <p class="note">Nothing is quoted to hedge with.</p>
      ) : (
        <>
          <Outcome view={view} hedge={hedge} />
          <TradeTable view={view} hedge={hedge} />
        </>
      )}
    </Panel>
  );
}

function Limits() {
  const { depthShare, largestTrade, lots } = settings.value!;
  const { coin } = desk.value!;
  return (
    <>
      <NumberField
        label="Depth taken at most"
        unit="%"
        value={depthShare * 100}
        onChange={(value) => {
          changeSettings({ depthShare: Number.isNaN(value) ? 1 : Math.max(0, value) / 100 });
        }}
      />
      <NumberField
        label="Largest trade"
        unit={coin}
        value={Number.isFinite(largestTrade) ? largestTrade : NaN}
        onChange={(value) => {
          changeSettings({ largestTrade: Number.isNaN(value) ? Infinity : Math.max(0, value) });
        }}
      />
      <label class="check">
        <input
          type="checkbox"
          checked={lots}
          disabled={isLive.value}
          onChange={({ currentTarget }) => {
            changeSettings({ lots: currentTarget.checked });
          }}
        />
        whole lots
      </label>
    </>
  );
}

function ExposureTable({ view, now }: { readonly view: DeskView; readonly now: Frame }) {
  const asked = settings.value!;
  const { hedge, reference, total } = now;
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label="Exposures, targets and bands">
      <table class="exposures">
        <thead>
          <tr>
            <th scope="col">exposure</th>
            <th scope="col">target</th>
            <th scope="col">at least</th>
            <th scope="col">at most</th>
            <th scope="col">before</th>
            <th scope="col">after</th>
            <th scope="col" class="bars">
              before / after
            </th>
            <th scope="col">
              price<small>{moneySign(view.currency)} per unit</small>
            </th>
          </tr>
        </thead>
        <tbody>
          {WATCHED.map((name) => {
            const before = toDesk(name, total[name], reference);
            const after = hedge === undefined ? NaN : toDesk(name, hedge.after[name], reference);
            const price = hedge === undefined ? NaN : priceOf(name, hedge, reference);
            const format = columnFormat([before, after], 3);
            const isHedged = (asked.hedged as readonly Watched[]).includes(name);
            return (
              <tr key={name} class={hedge?.conflict.includes(name) === true ? 'conflict' : ''}>
                <th scope="row">
                  {name}
                  <small>{unit(name, view)}</small>
                </th>
                <td class="field">
                  {isDrawn(name) && (
                    <span class="target">
                      <input
                        type="checkbox"
                        aria-label={`Draw ${name} to its target`}
                        checked={isHedged}
                        onChange={() => {
                          const hedged = isHedged
                            ? asked.hedged.filter((other) => other !== name)
                            : [...asked.hedged, name];
                          changeSettings({ hedged });
                        }}
                      />
                      <WishField name={name} bound="target" asked={asked} />
                    </span>
                  )}
                </td>
                <td class="field">
                  <WishField name={name} bound="lower" asked={asked} />
                </td>
                <td class="field">
                  <WishField name={name} bound="upper" asked={asked} />
                </td>
                <td>{format(before)}</td>
                <td>{format(after)}</td>
                <td class="bars">
                  <Bars before={before} after={after} />
                </td>
                <td>{columnFormat([price], 2)(price)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Whether an exposure has a daily move, and with it a worth of missing its target. */
function isDrawn(name: Watched): name is Hedged {
  return (HEDGED as readonly Watched[]).includes(name);
}

const BOUND_NAMES = { target: 'Target', lower: 'Lower band', upper: 'Upper band' } as const;

function WishField(props: {
  readonly name: Watched;
  readonly bound: keyof ExposureWish;
  readonly asked: HedgeSettings;
}) {
  const { name, bound, asked } = props;
  const wish = asked.wishes[name];
  return (
    <NumberField
      label={`${BOUND_NAMES[bound]} of ${name}`}
      hiddenLabel
      value={wish[bound]}
      onChange={(value) => {
        const entered = bound === 'target' && Number.isNaN(value) ? 0 : value;
        const changed = { ...wish, [bound]: entered };
        // Bounds that cross: the other one gives way.
        if (changed.lower > changed.upper) changed[bound === 'lower' ? 'upper' : 'lower'] = entered;
        changeSettings({ wishes: { ...asked.wishes, [name]: changed } });
      }}
    />
  );
}

/** Two bars about zero, on one scale. */
function Bars({ before, after }: { readonly before: number; readonly after: number }) {
  const largest = Math.max(Math.abs(before), Math.abs(after)) || 1;
  const bar = (value: number, top: number, kind: string) => {
    const length = (50 * Math.abs(Number.isNaN(value) ? 0 : value)) / largest;
    return <rect class={kind} x={value < 0 ? 50 - length : 50} y={top} width={length} height={5} />;
  };
  return (
    <svg class="bar-pair" viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">
      {bar(before, 1, 'before')}
      {bar(after, 8, 'after')}
      <line x1={50} x2={50} y1={0} y2={14} />
    </svg>
  );
}

const STATUS_TEXT: Readonly<Record<HedgeView['status'], string>> = {
  optimal: 'optimal',
  infeasible: 'bands cannot be met',
  'iteration-limit': 'stopped early',
  restricted: 'whole lots',
};

function Outcome({ view, hedge }: { readonly view: DeskView; readonly hedge: HedgeView }) {
  const money = columnFormat([hedge.cost, hedge.riskBefore], 2);
  const tone = hedge.status === 'infeasible' ? 'bad' : 'good';
  return (
    <>
      <dl class="facts outcome">
        <div>
          <dt>proof</dt>
          <dd class={`status ${tone}`}>{STATUS_TEXT[hedge.status]}</dd>
        </div>
        <Fact name="cost" value={money(hedge.cost)} unit={view.currency} />
        <Fact name="day’s risk before" value={money(hedge.riskBefore)} unit={view.currency} />
        <Fact name="after" value={money(hedge.riskAfter)} unit={view.currency} />
        <Fact name="relative gap" value={scientific(hedge.gap)} unit="" />
        <Fact name="chosen among" value={fixed(0)(view.instruments)} unit="instruments" />
      </dl>
      {hedge.conflict.length > 0 && (
        <p class="note bad" role="alert">
          No trades within the limits meet {hedge.conflict.length === 1 ? 'the band' : 'the bands'} of{' '}
          {hedge.conflict.join(', ')}: shown is what comes closest.
        </p>
      )}
    </>
  );
}

function TradeTable({ view, hedge }: { readonly view: DeskView; readonly hedge: HedgeView }) {
  const cost = columnFormat([hedge.cost], 2);
  return (
    <>
      <div class="sub-head">
        <h3>Trades</h3>
        <CsvButton sheet={() => tradeSheet(desk.value!, slowFrame.value!)} />
      </div>
      <div class="scroll trades-scroll" tabIndex={0} role="group" aria-label="Trades of the hedge">
        <table class="trades">
          <thead>
            <tr>
              <th scope="col">instrument</th>
              <th scope="col">side</th>
              <th scope="col">
                quantity<small>{view.coin}</small>
              </th>
              <th scope="col">price</th>
              <th scope="col">
                spread<small>{view.currency}</small>
              </th>
              <th scope="col">
                fee<small>{view.currency}</small>
              </th>
            </tr>
          </thead>
          <tbody>
            {hedge.trades.map((trade) => (
              <tr key={trade.instrument}>
                <th scope="row">{trade.instrument}</th>
                <td class={trade.side === 'buy' ? 'gain' : 'loss'}>{trade.side}</td>
                <td>{quantityFormat(trade.quantity)}</td>
                <td>
                  {priceFormat(trade.price)} <small>{trade.priceCurrency}</small>
                </td>
                <td>{cost(trade.spread)}</td>
                <td>{cost(trade.fee)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}
