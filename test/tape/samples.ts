import type { OptionTrade } from 'greekfire/deribit';

/** The columns of the exchange's API. */
export const HEADER =
  'trade_id,timestamp,instrument_name,direction,price,amount,iv,mark_price,index_price,' +
  'block_trade_id,block_trade_leg_count,combo_id,combo_trade_id';

/** 2026-01-20 12:00 UTC. */
export const START = Date.UTC(2026, 0, 20, 12);

/** A row of a small tape; what is left out is a plain trade of a call. */
export interface SampleTrade {
  readonly id: number | string;
  /** Seconds after the start. */
  readonly at: number;
  readonly name?: string;
  readonly direction?: 'buy' | 'sell';
  readonly price?: number;
  readonly amount?: number;
  /** Per cent. */
  readonly iv?: number | string;
  readonly mark?: number | string;
  readonly index?: number | string;
  readonly block?: string;
  readonly legs?: number;
  readonly combo?: string;
  readonly comboTrade?: string;
}

/** A line of a tape. */
export function line(trade: SampleTrade): string {
  const { id, at, name = 'BTC-27MAR26-90000-C', direction = 'buy', price = 0.05, amount = 1 } = trade;
  const { iv = 45, mark = price, index = 90_000, block = '', legs = '', combo = '', comboTrade = '' } = trade;
  const cells = [id, START + 1000 * at, name, direction, price, amount, iv, mark, index];
  return [...cells, block, legs, combo, comboTrade].join(',');
}

/** A tape. */
export function tapeOf(trades: readonly SampleTrade[]): string {
  return `${[HEADER, ...trades.map(line)].join('\n')}\n`;
}

/** A straddle in a block, a call spread in a combo, and single trades, over ten minutes. */
export const SAMPLE: readonly SampleTrade[] = [
  { id: 100, at: 0, name: 'BTC-27MAR26-90000-C', price: 0.075, iv: 45.1 },
  { id: 101, at: 5, name: 'BTC-27MAR26-80000-P', price: 0.021, iv: 49.2, direction: 'sell', index: 90_010 },
  { id: 102, at: 60, name: 'BTC-27MAR26-90000-C', amount: 25, block: 'BLOCK-1', legs: 2, index: 90_100 },
  { id: 103, at: 60, name: 'BTC-27MAR26-90000-P', amount: 25, block: 'BLOCK-1', legs: 2, index: 90_100 },
  { id: 104, at: 60, name: 'BTC-30JAN26-95000-C', price: 0.009, iv: 41, index: 90_100 },
  {
    id: 105,
    at: 200,
    name: 'BTC-30JAN26-90000-C',
    price: 0.03,
    amount: 0.5,
    combo: 'BTC-CS-30JAN26-90000_100000',
    comboTrade: '99',
    index: 89_900,
  },
  {
    id: 106,
    at: 200,
    name: 'BTC-30JAN26-100000-C',
    direction: 'sell',
    price: 0.002,
    amount: 0.5,
    combo: 'BTC-CS-30JAN26-90000_100000',
    comboTrade: '99',
    index: 89_900,
  },
  { id: 107, at: 400, name: 'BTC-30JAN26-95000-C', price: 0.0085, iv: 40.5, index: 89_950 },
  { id: 108, at: 600, name: 'BTC-27MAR26-80000-P', price: 0.0215, iv: 49.6, index: 89_800 },
];

/** A generator of numbers in [0, 1), seeded: Park and Miller's, exact in doubles. */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** What a trade says, without its place in the tape. */
export function said({ row, ...trade }: OptionTrade): Omit<OptionTrade, 'row'> {
  expectRow(row);
  return trade;
}

function expectRow(row: number): void {
  if (!(row >= 1)) throw new Error(`a row's number is ${row}`);
}
