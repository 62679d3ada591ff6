import { columnFormat, fixed, priceFormat, scientific } from './format.js';
import type { HedgeReport, Shown, TradeLine } from './model.js';
import type { Paint } from './paint.js';
import { desk, moneySign, unitOf } from './shown.js';
import { table, type TableRow } from './table.js';

/** What a hedge is shown with. */
export interface HedgeContext {
  readonly coin: string;
  readonly currency: string;
  /** Forward that the exposures are counted in. */
  readonly reference: number;
}

/** Trades shown one by one; the rest is summed up. */
const MOST_TRADES = 20;
/** Trades of any size that are summed up too: under this many units. */
const SMALLEST_TRADE = 0.005;
/** Quantities from here on are told apart by two decimals. */
const SMALLEST_SHOWN_IN_TWO = 0.1;
/** Marks of what a trade stands on where the input does not say. */
const ASSUMED = {
  nothing: ['', ''],
  size: ['*', '* size assumed: the input has none at its best prices'],
  quote: ['†', '† quote assumed: the input has none of the perpetual'],
} as const;
const SHOWN: readonly Shown[] = ['delta', 'gamma', 'vega', 'theta', 'rho', 'vanna', 'volga', 'charm'];

/** The hedge, what it leaves, what it costs, and the proof that it is the best one. */
export function hedgeText(hedge: HedgeReport, context: HedgeContext, paint: Paint): string[] {
  return [
    tradeTable(hedge, context, paint),
    exposureTable(hedge, context, paint),
    proofText(hedge, context, paint),
  ];
}

function tradeTable(hedge: HedgeReport, { coin, currency }: HedgeContext, paint: Paint): string {
  const title = `  ${paint.bold('Hedge')}  ${paint.dim(`chosen among ${fixed(0)(hedge.instruments)} quoted instruments`)}`;
  const least = hedge.rounding === undefined ? SMALLEST_TRADE : 0;
  const shown = hedge.trades.filter(({ quantity }) => quantity >= least).slice(0, MOST_TRADES);
  if (shown.length === 0) return `${title}\n  no trade is worth its cost`;
  const quantities = shown.map((trade) => trade.quantity);
  const quantity = columnFormat(quantities, Math.min(...quantities) < SMALLEST_SHOWN_IN_TWO ? 4 : 2);
  const cost = columnFormat([hedge.cost], 2);
  const side = ({ side: name }: TradeLine): string => (name === 'buy' ? paint.good(name) : paint.bad(name));
  const rows: TableRow[] = shown.map((trade) => [
    trade.instrument,
    side(trade),
    quantity(trade.quantity),
    priceFormat(trade.price),
    trade.priceCurrency,
    cost(trade.spread),
    cost(trade.fee),
    cost(trade.spread + trade.fee),
    orderText(trade, coin),
  ]);
  const rest = hedge.trades.filter((trade) => !shown.includes(trade));
  if (rest.length > 0) {
    const sum = (part: (trade: TradeLine) => number): string =>
      cost(rest.reduce((all, trade) => all + part(trade), 0));
    rows.push([
      `${rest.length} smaller ${rest.length === 1 ? 'trade' : 'trades'}`,
      '',
      '',
      '',
      '',
      sum(({ spread }) => spread),
      sum(({ fee }) => fee),
      sum(({ spread, fee }) => spread + fee),
      '',
    ]);
  }
  rows.push('rule', ['total', '', '', '', '', cost(hedge.spread), cost(hedge.fee), cost(hedge.cost), '']);
  const money = moneySign(currency);
  const sizes =
    hedge.rounding === undefined ? 'quantities as solved, not whole lots' : 'quantities in whole lots';
  const notes = [
    `price: average over the levels taken · ${sizes}`,
    ...new Set(shown.map(({ assumed }) => ASSUMED[assumed][1])),
  ].filter((note) => note !== '');
  return [
    title,
    table(
      [
        { title: 'instrument', align: 'left' },
        { title: 'side', align: 'left' },
        { title: 'quantity', unit: coin },
        { title: 'price' },
        { title: '', align: 'left' },
        { title: 'spread', unit: money },
        { title: 'fee', unit: money },
        { title: 'cost', unit: money },
        { title: 'order' },
      ],
      rows,
      paint,
    ),
    ...notes.map((note) => `  ${paint.dim(note)}`),
  ].join('\n');
}

/** What an order says in place of the quantity, and the mark of an assumption. */
function orderText({ amount, amountCurrency, assumed }: TradeLine, coin: string): string {
  const order = amountCurrency === coin ? '' : `${fixed(0)(amount)} ${amountCurrency}`;
  return [order, ASSUMED[assumed][0]].filter((part) => part !== '').join(' ');
}

function exposureTable(hedge: HedgeReport, context: HedgeContext, paint: Paint): string {
  const { coin, currency, reference } = context;
  const rows: TableRow[] = SHOWN.map((name) => {
    const before = desk(name, hedge.before, reference);
    const after = desk(name, hedge.after, reference);
    const format = columnFormat([before, after], 4);
    const target = hedge.target[name];
    return [
      name,
      unitOf(name, coin, currency),
      format(before),
      format(after),
      target === undefined ? '' : fixed(0)(target),
    ];
  });
  const risk = columnFormat([hedge.riskBefore], 2);
  const money = moneySign(currency);
  rows.push('rule', ['day’s risk', money, risk(hedge.riskBefore), risk(hedge.riskAfter), '']);
  return [
    `  ${paint.bold('Exposures')}`,
    table(
      [
        { title: '', align: 'left' },
        { title: 'unit', align: 'left' },
        { title: 'before' },
        { title: 'after' },
        { title: 'target' },
      ],
      rows,
      paint,
    ),
    `  ${paint.dim('day’s risk: one standard deviation from delta, gamma and vega, taken as independent')}`,
  ].join('\n');
}

function proofText({ proof, rounding }: HedgeReport, { currency }: HedgeContext, paint: Paint): string {
  const money = columnFormat([proof.objective], 2);
  const lots =
    rounding === undefined ? '' : ` · whole lots add ${columnFormat([rounding], 2)(rounding)} ${currency}`;
  const status = proof.status === 'optimal' ? paint.good(proof.status) : paint.bad(proof.status);
  return [
    `  ${paint.bold('Proof')}  ${status} after ${fixed(0)(proof.iterations)} ${proof.iterations === 1 ? 'iteration' : 'iterations'} · ` +
      `relative duality gap ${scientific(proof.gap)}`,
    `  ${paint.dim(`objective ${money(proof.objective)} · dual bound ${money(proof.bound)}${lots}`)}`,
  ].join('\n');
}
