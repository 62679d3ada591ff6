import { marginPresets, type LiquidationLevel, type MarginPreset } from 'greekfire/full';
import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import { Chart, type ChartSeries } from '../parts/chart.js';
import type { Sheet } from '../parts/csv.js';
import { columnFormat, compact, fixed, money, percent, priceFormat } from '../parts/format.js';
import { Choice, CsvButton, Fact, NumberField, Panel } from '../parts/panel.js';
import type { Cascade, DeskView, MarginView } from '../protocol.js';
import { changeMargin, desk, margin, marginSettings } from '../state.js';

type Account = NonNullable<MarginView['account']>;

const PRESETS = Object.keys(marginPresets) as MarginPreset[];
const coinFormat = fixed(2);
const signed = (value: number, decimals: number): string =>
  `${value > 0 ? '+' : ''}${fixed(decimals)(value)}`;

/** Isolated and cross margin of each part, and of the whole, as a sheet. */
export function marginSheet(view: DeskView, { parts, cross, figures }: Account): Sheet {
  const columns = ['isolated initial', 'isolated maintenance', 'adds to initial', 'adds to maintenance'];
  return {
    name: `margin-${view.underlying}`,
    header: [
      'part',
      'legs',
      ...columns.map((name) => `${name} [${view.currency}]`),
      `equity [${view.currency}]`,
      `free [${view.currency}]`,
    ],
    rows: [
      ...parts.map((part) => [part.name, part.legs, ...shares(part), NaN, NaN]),
      [
        'whole',
        parts.reduce((sum, { legs }) => sum + legs, 0),
        ...shares(cross),
        figures.equity,
        figures.free,
      ],
    ],
  };
}

function shares(share: Account['cross']): number[] {
  return [share.isolatedInitial, share.isolatedMaintenance, share.marginalInitial, share.marginalMaintenance];
}

/** Where the account is liquidated, as a sheet. */
export function levelSheet(view: DeskView, account: Account): Sheet {
  const { currency } = view;
  return {
    name: `liquidation-levels-${view.underlying}`,
    header: [
      'when',
      'move of the forwards [%]',
      'shift of volatility [vol pt]',
      `price [${currency}]`,
      `equity [${currency}]`,
      `maintenance [${currency}]`,
    ],
    rows: levelsOf(account).map(([when, level]) => [
      when,
      (level?.move ?? NaN) * 100,
      (level?.shift ?? NaN) * 100,
      level?.price ?? NaN,
      level?.figures.equity ?? NaN,
      level?.figures.maintenance ?? NaN,
    ]),
  };
}

/** The steps of a liquidation as a sheet. */
export function cascadeSheet(view: DeskView, { steps, instruments, shock }: Cascade): Sheet {
  const { currency, coin } = view;
  return {
    name: `liquidation-${view.underlying}`,
    header: [
      'instrument',
      `trade [${coin}]`,
      `cost [${currency}]`,
      'move of the forwards [%]',
      `equity [${currency}]`,
      `maintenance [${currency}]`,
    ],
    rows: steps.map(({ position, trade, cost, move, equity, maintenance }) => [
      instruments[position],
      trade,
      cost,
      ((1 + shock) * (1 + move) - 1) * 100,
      equity,
      maintenance,
    ]),
  };
}

/** The account under a margin model: what it must hold, where it is liquidated, and how that would go. */
export function MarginPanel() {
  const view = desk.value!;
  const asked = marginSettings.value;
  const shown = margin.value;
  if (asked === undefined || shown === undefined) {
    return (
      <Panel id="margin" title="Margin">
        <p class="wait">Margining the book…</p>
      </Panel>
    );
  }
  const { account } = shown;
  return (
    <Panel
      id="margin"
      title="Margin and liquidation"
      controls={
        <>
          <Choice
            label="Model"
            value={asked.model}
            options={PRESETS.map((name) => [name, name])}
            onChange={(model) => {
              changeMargin({ model });
            }}
          />
          <NumberField
            label="Cash"
            unit={view.currency}
            value={asked.cash}
            placeholder={account?.isMadeUp === true ? money(account.cash) : '0'}
            onChange={(cash) => {
              changeMargin({ cash });
            }}
          />
          <NumberField
            label="Coins"
            unit={view.coin}
            value={asked.coins}
            placeholder={account?.isMadeUp === true ? columnFormat([account.coins])(account.coins) : '0'}
            onChange={(coins) => {
              changeMargin({ coins });
            }}
          />
          {account !== undefined && (
            <CsvButton sheet={() => marginSheet(desk.value!, margin.value!.account!)} />
          )}
        </>
      }
    >
      {account === undefined ? (
        <p class="note bad" role="alert">
          {shown.model} cannot margin this book: {shown.refusal}.
        </p>
      ) : (
        <>
          <Standing view={view} account={account} />
          <div class="halves">
            <div>
              <Curve view={view} account={account} />
              <Levels view={view} account={account} />
            </div>
            <div>
              <Parts view={view} account={account} />
              <Liquidation view={view} account={account} />
            </div>
          </div>
          <p class="note">
            {account.isMadeUp &&
              'Collateral made up, about 1.5 times the initial margin as the market was read, until cash or coins are given. '}
            Levels are looked for from −95 % to +400 % of the forwards and within 300 vol pt. A model of the
            public rule, not the venue’s own figures: {account.source}.
          </p>
        </>
      )}
    </Panel>
  );
}

function Standing({ view, account }: { readonly view: DeskView; readonly account: Account }) {
  const { figures } = account;
  const { equity, initial, maintenance, ratio, free, isSolvent, underlyings } = figures;
  const { price, worstLoss } = underlyings[0];
  const { coin, currency } = view;
  const state = isSolvent ? (free >= 0 ? 'solvent' : 'no new risk') : 'liquidated';
  const inCoin = (value: number): string => `${currency} · ${coinFormat(value / price)} ${coin}`;
  return (
    <dl class="facts standing">
      <div>
        <dt>account</dt>
        <dd class={`status ${isSolvent && free >= 0 ? 'good' : 'bad'}`}>{state}</dd>
      </div>
      <Fact name="equity" value={money(equity)} unit={inCoin(equity)} />
      <Fact name="initial margin" value={money(initial)} unit={inCoin(initial)} />
      <Fact name="maintenance margin" value={money(maintenance)} unit={inCoin(maintenance)} />
      <Fact name="free collateral" value={money(free)} unit={inCoin(free)} />
      <div>
        <dt>maintenance of equity</dt>
        <dd>
          {ratio === Infinity ? 'no equity' : percent(1)(ratio)}{' '}
          <small>{ratio === Infinity ? '' : '%'}</small>
          <meter
            class="ratio"
            aria-label="Maintenance margin as a share of equity"
            min={0}
            max={1}
            low={0.7}
            high={0.9}
            optimum={0}
            value={Math.min(1, ratio)}
          />
        </dd>
      </div>
      {worstLoss > 0 && <Fact name="worst scenario" value={money(-worstLoss)} unit={currency} />}
    </dl>
  );
}

const CURVES: readonly ChartSeries[] = [
  { label: 'equity', colour: '--line-1', format: money },
  { label: 'initial', colour: '--line-3', style: 'dash', format: money },
  { label: 'maintenance', colour: '--line-2', format: money },
];

function Curve({ view, account }: { readonly view: DeskView; readonly account: Account }) {
  const { curve, levels } = account;
  const data = useMemo(
    (): uPlot.AlignedData => [
      curve.move.map((move) => move * 100),
      curve.equity,
      curve.initial,
      curve.maintenance,
    ],
    [curve],
  );
  const marks = [levels.down, levels.up].flatMap((level) =>
    level === undefined ? [] : [{ at: level.move * 100, label: 'liquidated' }],
  );
  return (
    <Chart
      name={`margin ${view.underlying}`}
      label="Equity, initial and maintenance margin by move of the forwards"
      x={{ label: 'move of the forwards, %', format: (move) => signed(Math.round(move), 0) }}
      y={{ label: view.currency, format: compact }}
      series={CURVES}
      data={data}
      height={200}
      marks={[{ at: 0, label: 'now' }, ...marks]}
    />
  );
}

function levelsOf({ levels }: Account): [when: string, level: LiquidationLevel | undefined][] {
  return [
    ['forwards fall', levels.down],
    ['forwards rise', levels.up],
    ['volatility falls', levels.volatilityDown],
    ['volatility rises', levels.volatilityUp],
  ];
}

function Levels({ view, account }: { readonly view: DeskView; readonly account: Account }) {
  return (
    <>
      <div class="sub-head">
        <h3>Liquidation levels</h3>
        <CsvButton sheet={() => levelSheet(desk.value!, margin.value!.account!)} />
      </div>
      <div class="scroll" tabIndex={0} role="group" aria-label="Liquidation levels">
        <table>
          <thead>
            <tr>
              <th scope="col">when</th>
              <th scope="col">by</th>
              <th scope="col">
                at<small>{view.currency}</small>
              </th>
              <th scope="col">
                equity<small>{view.currency}</small>
              </th>
              <th scope="col">
                maintenance<small>{view.currency}</small>
              </th>
            </tr>
          </thead>
          <tbody>
            {levelsOf(account).map(([when, level]) => (
              <tr key={when}>
                <th scope="row">{when}</th>
                {level === undefined ? (
                  <>
                    <td class="gain">none</td>
                    <td colSpan={3} />
                  </>
                ) : (
                  <>
                    <td>
                      {level.shift === 0
                        ? `${signed(level.move * 100, 2)} %`
                        : `${signed(level.shift * 100, 1)} vol pt`}
                    </td>
                    <td>{priceFormat(level.price)}</td>
                    <td>{money(level.figures.equity)}</td>
                    <td>{money(level.figures.maintenance)}</td>
                  </>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Parts({ view, account }: { readonly view: DeskView; readonly account: Account }) {
  const { parts, cross, saved } = account;
  const isolated = parts.reduce((sum, { isolatedInitial }) => sum + isolatedInitial, 0);
  const largest = Math.max(
    ...parts.flatMap((part) => [part.isolatedInitial, Math.abs(part.marginalInitial)]),
    1,
  );
  return (
    <>
      <h3 class="table-head">Isolated against cross margin</h3>
      <div class="scroll" tabIndex={0} role="group" aria-label="Isolated and cross margin by structure">
        <table class="parts">
          <thead>
            <tr>
              <th scope="col">structure</th>
              <th scope="col" class="spare">
                legs
              </th>
              <th scope="col">
                isolated<small>initial, {view.currency}</small>
              </th>
              <th scope="col">
                adds to the whole<small>initial, {view.currency}</small>
              </th>
              <th scope="col" class="bars" aria-hidden="true" />
            </tr>
          </thead>
          <tbody>
            {parts.map(({ name, legs, isolatedInitial, marginalInitial }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="spare">{legs}</td>
                <td>{money(isolatedInitial)}</td>
                <td class={marginalInitial < 0 ? 'gain' : ''}>{money(marginalInitial)}</td>
                <td class="bars" aria-hidden="true">
                  <span class="bar before" style={{ width: `${(100 * isolatedInitial) / largest}%` }} />
                  <span
                    class={`bar ${marginalInitial < 0 ? 'saving' : 'after'}`}
                    style={{ width: `${(100 * Math.abs(marginalInitial)) / largest}%` }}
                  />
                </td>
              </tr>
            ))}
            <tr class="total">
              <th scope="row">one margin for all</th>
              <td class="spare">{parts.reduce((sum, { legs }) => sum + legs, 0)}</td>
              <td>{money(isolated)}</td>
              <td>{money(cross.isolatedInitial)}</td>
              <td class="bars">
                <small>saves {percent(0)(saved)} %</small>
              </td>
            </tr>
          </tbody>
        </table>
      </div>
    </>
  );
}

const STEPS: readonly ChartSeries[] = [
  { label: 'equity', colour: '--line-1', format: money },
  { label: 'maintenance', colour: '--line-2', format: money },
];

const ENDS: Readonly<Record<Cascade['status'], string>> = {
  solvent: 'solvent again',
  stuck: 'stuck: no trade helps',
  'step-limit': 'not over after its steps',
};

function titleOf({ steps, shock, status }: Cascade): string {
  const what = `Equity and maintenance margin over ${steps.length} steps of a liquidation`;
  return `${what} after ${signed(shock * 100, 1)} %: ${ENDS[status]}`;
}

/** How a liquidation goes, step by step. */
function Liquidation({ view, account }: { readonly view: DeskView; readonly account: Account }) {
  const { cascade } = account;
  const { shock, impact } = marginSettings.value!;
  const data = useMemo((): uPlot.AlignedData => {
    const states = cascade === undefined ? [] : [cascade.start, ...cascade.steps];
    return [
      states.map((_, s) => s),
      states.map(({ equity }) => equity),
      states.map(({ maintenance }) => maintenance),
    ];
  }, [cascade]);
  const fields = (
    <div class="controls">
      <NumberField
        label="Forwards move"
        unit="%"
        value={Number.isNaN(shock) ? NaN : shock * 100}
        placeholder={cascade === undefined ? 'none' : signed(cascade.shock * 100, 1)}
        onChange={(value) => {
          changeMargin({ shock: Number.isNaN(value) ? NaN : Math.max(-99, value) / 100 });
        }}
      />
      <NumberField
        label="Impact"
        unit={`bp/${view.coin}`}
        value={Number((impact * 1e4).toPrecision(6))}
        onChange={(value) => {
          changeMargin({ impact: Number.isNaN(value) ? 0 : Math.max(0, value) / 1e4 });
        }}
      />
      {cascade !== undefined && cascade.steps.length > 0 && (
        <CsvButton sheet={() => cascadeSheet(desk.value!, margin.value!.account!.cascade!)} />
      )}
    </div>
  );
  return (
    <>
      <div class="sub-head">
        <h3>Liquidation cascade</h3>
        {fields}
      </div>
      {cascade === undefined ? (
        <p class="note">
          No move of the forwards within −95 % to +400 % liquidates the account: enter one to see.
        </p>
      ) : cascade.steps.length === 0 ? (
        <p class="note">
          After {signed(cascade.shock * 100, 1)} % the account is{' '}
          {cascade.status === 'solvent'
            ? 'still solvent: nothing is liquidated'
            : 'insolvent, and no trade within the quoted depth helps'}
          : equity {money(cascade.equity)} {view.currency}, maintenance {money(cascade.maintenance)}{' '}
          {view.currency}.
        </p>
      ) : (
        <>
          <Chart
            name={`liquidation ${view.underlying}`}
            label={titleOf(cascade)}
            x={{ label: 'step', format: fixed(0), isWhole: true }}
            y={{ label: view.currency, format: compact }}
            series={STEPS}
            data={data}
            height={150}
          />
          <dl class="facts">
            <div>
              <dt>ends</dt>
              <dd class={`status ${cascade.status === 'solvent' ? 'good' : 'bad'}`}>
                {ENDS[cascade.status]}
              </dd>
            </div>
            <Fact name="steps" value={fixed(0)(cascade.steps.length)} unit="≤ 10 % a leg" />
            <Fact name="cost" value={money(cascade.cost)} unit={view.currency} />
            <Fact name="equity left" value={money(cascade.equity)} unit={view.currency} />
            <Fact
              name="its own trades move"
              value={signed(cascade.steps[cascade.steps.length - 1].move * 100, 2)}
              unit="%"
            />
          </dl>
        </>
      )}
    </>
  );
}
