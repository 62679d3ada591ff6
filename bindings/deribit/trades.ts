import { readChunks, type TextSource } from './chunks.js';
import { parseCells } from './csv.js';
import { clip, ReadError, Row } from './decode.js';
import { parseInstrument, type OptionInstrument } from './instrument.js';

/**
 * What a reader found about a row of a tape, from harmless to grave; a row counts once, under its gravest status.
 * The values are the words a report shows.
 */
export const TRADE_STATUS = {
  /** Everything there. */
  ok: 'ok',
  /** No mark price; a trade all the same. */
  noMark: 'no mark price',
  /** No price of the underlying's index; a trade all the same, whose forward comes from the trades before. */
  noIndex: 'no index price',
  /** No volatility, as of a price below intrinsic value; a trade all the same. */
  noVolatility: 'no volatility',
  /** After its option's expiry: unused. */
  expired: 'expired',
  /** Its name is not an option's, a future or a combo for one: unused. */
  unrecognised: 'no option by its name',
  /** Without an instant, a price, an amount or a direction, or with a field that cannot be read: unused. */
  malformed: 'malformed',
} as const;

/** The status of a row of a tape, a key of {@link TRADE_STATUS}. */
export type TradeStatus = keyof typeof TRADE_STATUS;

/** A trade of one option. */
export interface OptionTrade {
  /** 1 for the first row after the header, blank lines not counted. */
  readonly row: number;
  /** The exchange's name of the option. */
  readonly name: string;
  /** What the name stands for. */
  readonly instrument: OptionInstrument;
  /** When, milliseconds since 1970-01-01T00:00Z. */
  readonly instant: number;
  /** What the side did that took. */
  readonly direction: 'buy' | 'sell';
  /** Per unit of the underlying, in the settlement currency: in coin for an inverse option. */
  readonly price: number;
  /** In units of the underlying, above 0. */
  readonly amount: number;
  /** Volatility of the price by the exchange, per 1.00; NaN where missing. */
  readonly volatility: number;
  /** The exchange's mark price at the trade, as `price`; NaN where missing. */
  readonly mark: number;
  /** Price of the underlying's index at the trade, in quote currency; NaN where missing. */
  readonly index: number;
  /** The exchange's number of the trade; '' where missing. */
  readonly id: string;
  /** Block that the trade is a leg of; '' for none. */
  readonly block: string;
  /** Legs the block has, by the exchange, futures and other tapes' legs with them; NaN where missing. */
  readonly blockLegs: number;
  /** Combo that it is a leg of, `BTC-STRD-27MAY25-110000`; '' for none. */
  readonly combo: string;
  /** The combo's own trade; '' where missing. */
  readonly comboTrade: string;
  /** How far the row can be used. */
  readonly status: Exclude<TradeStatus, UnusedRow['status']>;
}

/** A row of a tape that is no trade of an option. */
export interface UnusedRow {
  /** 1 for the first row after the header. */
  readonly row: number;
  /** Its instrument's name as given, cut to 40 characters; '' where it cannot be read. */
  readonly name: string;
  /** Why it is unused. */
  readonly status: 'expired' | 'unrecognised' | 'malformed';
  /** What is wrong, in one line. */
  readonly problem: string;
}

/** A row of a tape. */
export type TapeRow = OptionTrade | UnusedRow;

/** Whether a row of a tape is a trade. */
export function isTrade(row: TapeRow): row is OptionTrade {
  return 'instrument' in row;
}

const PERCENT = 0.01;
/** Longest line: beyond it stands no row of a tape, and reading it would take memory without end. */
const LONGEST_LINE = 65_536;

/**
 * Columns by what is left of their names without case, spaces, hyphens, underscores and a unit in brackets but USD's:
 * those of the exchange's API (`public/get_last_trades_by_currency`) and those of its page's export. The first that a
 * tape has counts.
 */
const COLUMNS: readonly (readonly [field: string, ...names: string[]])[] = [
  ['instrument_name', 'instrumentname', 'instrument'],
  ['timestamp', 'timestamp', 'entrydate', 'time', 'date'],
  ['direction', 'direction', 'side'],
  ['price', 'price'],
  ['amount', 'amount', 'size', 'quantity'],
  ['iv', 'iv'],
  ['mark_price', 'markprice'],
  ['index_price', 'indexprice', 'underlyingprice'],
  ['trade_id', 'tradeid'],
  ['block_trade_id', 'blocktradeid', 'blocktradeids'],
  ['block_legs', 'blocktradelegcount', 'blocktradecount'],
  ['combo_id', 'comboid'],
  ['combo_trade_id', 'combotradeid', 'combotradeids'],
];
const REQUIRED = ['instrument_name', 'timestamp', 'direction', 'price', 'amount'];

/**
 * Reads a tape of option trades, CSV, from pieces cut anywhere. Columns are found by name, in any order; others are
 * ignored. A line break always ends a row, since no field of a tape holds one: a stray quote spoils its own row alone.
 * Keeps one unfinished line.
 */
export class TradeReader {
  #rest = '';
  /** Whether a line longer than any row is being passed over. */
  #isPassing = false;
  #fields: readonly (readonly [field: string, index: number])[] | undefined;
  #row = 0;

  /**
   * Reads on.
   * @param text - the next piece
   * @returns the rows that end in it
   * @throws ReadError where the header lacks a column that a trade cannot do without, or names one twice
   */
  read(text: string): TapeRow[] {
    const end = text.lastIndexOf('\n') + 1;
    const whole = end === 0 ? '' : this.#rest + text.slice(0, end);
    this.#rest = end === 0 ? this.#rest + text : text.slice(end);
    const rows = this.#readLines(whole);
    if (this.#rest.length > LONGEST_LINE) {
      this.#rest = '';
      if (!this.#isPassing) rows.push(this.#unreadable('is longer than any row'));
      this.#isPassing = true;
    }
    return rows;
  }

  /**
   * Reads what is left when the last piece has been read.
   * @throws ReadError likewise, and where the tape is empty
   */
  end(): TapeRow[] {
    const rows = this.#readLines(this.#rest);
    this.#rest = '';
    if (this.#fields === undefined) throw new ReadError('the tape is empty');
    return rows;
  }

  #readLines(text: string): TapeRow[] {
    const rows: TapeRow[] = [];
    let plain: string[] = [];
    const take = (): void => {
      for (const cells of parseCells(plain.join('\n'))) rows.push(this.#readRow(cells));
      plain = [];
    };
    for (const line of text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/)) {
      if (this.#isPassing) {
        this.#isPassing = false;
        continue;
      }
      // Lines without quotes cannot disturb each other: they are read together.
      if (line.length <= LONGEST_LINE && !line.includes('"') && this.#fields !== undefined) {
        plain.push(line);
        continue;
      }
      take();
      if (this.#fields === undefined) this.#readHeader(line);
      else rows.push(...this.#readAlone(line));
    }
    take();
    return rows;
  }

  #readHeader(line: string): void {
    const text = line.replace(/^\uFEFF/, '');
    if (text.trim() === '') return;
    let cells: string[];
    try {
      cells = parseCells(text)[0];
    } catch {
      throw new ReadError('the header is not valid CSV');
    }
    const names = cells.map((cell) => cell.toLowerCase().replace(/[\s_-]|\((?!usd\))[^)]*\)/g, ''));
    const fields = COLUMNS.flatMap(([field, ...aliases]): [string, number][] => {
      const name = aliases.find((alias) => names.includes(alias));
      if (name === undefined) return [];
      const [first, last] = [names.indexOf(name), names.lastIndexOf(name)];
      if (first === last) return [[field, first]];
      throw new ReadError(
        `columns "${clip(cells[first])}" and "${clip(cells[last])}" both give the ${field}`,
      );
    });
    const missing = REQUIRED.find((field) => !fields.some(([name]) => name === field));
    if (missing !== undefined) {
      throw new ReadError(`the tape has no column ${missing}; it has ${clip(cells.join(', '), 60)}`);
    }
    this.#fields = fields;
  }

  /** A line with a quote in it. */
  #readAlone(line: string): TapeRow[] {
    if (line.length > LONGEST_LINE) return [this.#unreadable('is longer than any row')];
    try {
      return parseCells(line).map((cells) => this.#readRow(cells));
    } catch {
      return [this.#unreadable('is not valid CSV')];
    }
  }

  #unreadable(problem: string): UnusedRow {
    return { row: ++this.#row, name: '', status: 'malformed', problem: `row ${this.#row}: ${problem}` };
  }

  #readRow(cells: readonly string[]): TapeRow {
    const fields = Object.fromEntries(this.#fields!.map(([field, index]) => [field, cells[index]]));
    const row = new Row(fields, ++this.#row);
    try {
      return readTrade(row);
    } catch (error) {
      if (!(error instanceof ReadError)) throw error;
      return unused(row, 'malformed', error.message);
    }
  }
}

function unused(row: Row, status: UnusedRow['status'], problem: string): UnusedRow {
  return {
    row: row.number,
    name: clip(row.text('instrument_name') ?? ''),
    status,
    problem: clip(problem, 160),
  };
}

/** @throws ReadError where a field is missing or cannot be read */
function readTrade(row: Row): TapeRow {
  const name = row.required('instrument_name');
  const instrument = parseInstrument(name);
  if (instrument?.kind !== 'option') {
    return unused(row, 'unrecognised', `row ${row.number}: ${clip(name)} is no option`);
  }
  const instant = required(row, 'timestamp', row.instant('timestamp'));
  const direction = row.required('direction').toLowerCase();
  if (direction !== 'buy' && direction !== 'sell') throw row.error('direction', 'must be buy or sell');
  const price = required(row, 'price', row.positive('price'));
  const amount = required(row, 'amount', row.positive('amount'));
  const [volatility, mark] = [row.positive('iv') * PERCENT, row.positive('mark_price')];
  const index = row.positive('index_price');
  if (instant >= instrument.expiry) {
    return unused(
      row,
      'expired',
      `row ${row.number}: ${name} was over at ${new Date(instant).toISOString()}`,
    );
  }
  const status = Number.isNaN(volatility)
    ? 'noVolatility'
    : Number.isNaN(index)
      ? 'noIndex'
      : Number.isNaN(mark)
        ? 'noMark'
        : 'ok';
  return {
    row: row.number,
    name,
    instrument,
    instant,
    direction,
    price,
    amount,
    volatility,
    mark,
    index,
    id: row.text('trade_id') ?? '',
    block: row.text('block_trade_id') ?? '',
    blockLegs: row.positive('block_legs'),
    combo: row.text('combo_id') ?? '',
    comboTrade: row.text('combo_trade_id') ?? '',
    status,
  };
}

function required(row: Row, field: string, value: number): number {
  if (Number.isNaN(value)) throw row.error(field, 'is missing or not above 0');
  return value;
}

/**
 * The rows of a tape of option trades, in the tape's order: {@link TradeReader} over a source. Holds one piece of the
 * source at a time.
 *
 * @param source - CSV with a header line, in pieces cut anywhere
 * @throws ReadError from the first `next` on, where the header lacks a column; what a row lacks is its status
 */
export async function* readTrades(source: TextSource): AsyncGenerator<TapeRow, void, void> {
  const reader = new TradeReader();
  for await (const chunk of readChunks(source)) yield* reader.read(chunk);
  yield* reader.end();
}
