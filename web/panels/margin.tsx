import type { LiquidationLevel } from 'greekfire/full';
import type { Sheet } from '../parts/csv.js';
import { columnFormat, fixed, money, percent, priceFormat } from '../parts/format.js';
import { Choice, CsvButton, NumberField, Panel } from '../parts/panel.js';
import type { DeskView, Frame, MarginView } from '../protocol.js';
import { changeMargin, desk, marginSettings, slowFrame } from '../state.js';
import { Fact } from './smile.js';

const LEVELS = [
  ['down', 'forwards fall'],
  ['up', 'forwards rise'],
  ['volatilityDown', 'volatility falls'],
  ['volatilityUp', 'volatility rises'],
] as const;

const moveText = ({ move, shift }: LiquidationLevel): string =>
  move === 0 ? `${percent(1)(shift)} vol pt` : `${percent(1)(move)} %`;

/** Margins by part of the book as a sheet. */
export function marginSheet(view: DeskView, { margin }: Frame): Sheet {
  const rows =
    typeof margin === 'string'
      ? []
      : [
          ...margin.parts.map(({ name, legs, isolated, adds }) => [name, legs, isolated, adds]),
          ['whole book', view.positions, margin.isolated, margin.figures.initial],
        ];
  return {
    name: `margin-${view.underlying}`,
    header: [
      'part',
      'legs',
      `isolated initial margin [${view.currency}]`,
      `adds to the whole [${view.currency}]`,
    ],
    rows,
  };
}

/** The book as an account: what it must hold, where it is liquidated, and what netting saves. */
export function MarginPanel() {
  const view = desk.value!;
  const { margin } = slowFrame.value!;
  const asked = marginSettings.value;
  const amount = (value: number): number => (Number.isNaN(value) ? 0 : value);
  return (
    <Panel
      id="margin"
      title="Margin"
      controls={
        asked !== undefined && (
          <>
            <Choice
              label="Model"
              value={asked.model}
              options={view.marginModels.map((model) => [model, model])}
              onChange={(model) => {
                changeMargin({ model });
              }}
            />
            <NumberField
              label="Cash"
              unit={view.currency}
              value={asked.cash}
              onChange={(value) => {
                changeMargin({ cash: amount(value) });
              }}
            />
            <NumberField
              label="Coins"
              unit={view.coin}
              value={asked.coins}
              onChange={(value) => {
                changeMargin({ coins: amount(value) });
              }}
            />
            <CsvButton sheet={() => marginSheet(desk.value!, slowFrame.value!)} />
          </>
        )
      }
    >
      {typeof margin === 'string' ? <p class="note">{margin}</p> : <Account view={view} margin={margin} />}
    </Panel>
  );
}

function Account({ view, margin }: { readonly view: DeskView; readonly margin: MarginView }) {
  const { figures, source } = margin;
  const coin = figures.underlyings[0].coin;
  const coins = columnFormat([coin.initial, coin.equity], 3);
  return (
    <>
      <dl class="facts">
        <div>
          <dt>account</dt>
          <dd class={`status ${figures.isSolvent ? 'good' : 'bad'}`}>
            {figures.isSolvent ? 'solvent' : 'liquidated'}
          </dd>
        </div>
        <Fact name="equity" value={money(figures.equity)} unit={view.currency} />
        <Fact name="initial" value={money(figures.initial)} unit={view.currency} />
        <Fact name="maintenance" value={money(figures.maintenance)} unit={view.currency} />
        <Fact name="free" value={money(figures.free)} unit={view.currency} />
        <Fact
          name="margin ratio"
          value={Number.isFinite(figures.ratio) ? percent(1)(figures.ratio) : 'no equity'}
          unit={Number.isFinite(figures.ratio) ? '% of equity' : ''}
        />
        <Fact name="initial, in coin" value={coins(coin.initial)} unit={view.coin} />
        <Fact name="maintenance, in coin" value={coins(coin.maintenance)} unit={view.coin} />
      </dl>
      <div class="pair">
        {margin.liquidation === undefined ? (
          <LevelTable view={view} margin={margin} />
        ) : (
          <LiquidationTable view={view} liquidation={margin.liquidation} />
        )}
        <PartTable view={view} margin={margin} />
      </div>
      <p class="note">
        {source}. A model of a public rule, not the exchange’s own figures. Netting saves{' '}
        {percent(1)(margin.saved)} % of the isolated margins.
      </p>
    </>
  );
}

function LevelTable({ view, margin }: { readonly view: DeskView; readonly margin: MarginView }) {
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label="Liquidation levels">
      <table>
        <thead>
          <tr>
            <th scope="col">liquidated when</th>
            <th scope="col">by</th>
            <th scope="col">
              at<small>{view.currency}</small>
            </th>
            <th scope="col">
              equity there<small>{view.currency}</small>
            </th>
          </tr>
        </thead>
        <tbody>
          {LEVELS.map(([key, name]) => {
            const level = margin.levels[key];
            return (
              <tr key={key}>
                <th scope="row">{name}</th>
                <td class={level === undefined ? 'gain' : ''}>
                  {level === undefined ? 'never' : moveText(level)}
                </td>
                <td>{level === undefined ? '' : priceFormat(level.price)}</td>
                <td>{level === undefined ? '' : money(level.figures.equity)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function LiquidationTable(props: {
  readonly view: DeskView;
  readonly liquidation: NonNullable<MarginView['liquidation']>;
}) {
  const { view, liquidation } = props;
  const { steps, status, cost, equity, instruments } = liquidation;
  const units = columnFormat(
    steps.map(({ trade }) => trade),
    2,
  );
  return (
    <div>
      <div class="scroll" tabIndex={0} role="group" aria-label="Liquidation in steps">
        <table>
          <thead>
            <tr>
              <th scope="col">closes</th>
              <th scope="col">
                trade<small>{view.coin}</small>
              </th>
              {['cost', 'equity', 'maintenance'].map((name) => (
                <th key={name} scope="col">
                  {name}
                  <small>{view.currency}</small>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {steps.slice(0, 12).map((step, i) => (
              <tr key={i}>
                <th scope="row">{instruments[step.position]}</th>
                <td>{units(step.trade)}</td>
                <td>{money(step.cost)}</td>
                <td>{money(step.equity)}</td>
                <td>{money(step.maintenance)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="note bad">
        {steps.length === 0
          ? 'No step brings it nearer'
          : `${fixed(0)(steps.length)} steps through the quoted depth`}
        : ends {status}, equity {money(equity)} {view.currency}, cost {money(cost)} {view.currency}.
      </p>
    </div>
  );
}

function PartTable({ view, margin }: { readonly view: DeskView; readonly margin: MarginView }) {
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label="Isolated and cross margin by part of the book">
      <table>
        <thead>
          <tr>
            <th scope="col">initial margin of</th>
            <th scope="col">legs</th>
            <th scope="col">
              isolated<small>{view.currency}</small>
            </th>
            <th scope="col">
              adds<small>to the whole, {view.currency}</small>
            </th>
          </tr>
        </thead>
        <tbody>
          {margin.parts.map(({ name, legs, isolated, adds }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{fixed(0)(legs)}</td>
              <td>{money(isolated)}</td>
              <td class={adds < 0 ? 'gain' : ''}>{money(adds)}</td>
            </tr>
          ))}
          <tr class="total">
            <th scope="row">one margin for all</th>
            <td>{fixed(0)(view.positions)}</td>
            <td>{money(margin.isolated)}</td>
            <td>{money(margin.figures.initial)}</td>
          </tr>
        </tbody>
      </table>
    </div>
  );
}
