import { requireText } from '../checks.js';
import { decodeCsv, decodeJson, isRecord, NO_ROWS, ReadError, Row } from './decode.js';
import { parseInstrument, type Instrument } from './instrument.js';

/** One line of a book. */
export interface BookLine {
  /** 1 for the first record of the input. */
  readonly row: number;
  /** The exchange's name, as given. */
  readonly name: string;
  /** Undefined where the name stands for no instrument; {@link bookPositions} reports all such names at once. */
  readonly instrument: Instrument | undefined;
  /** Signed: > 0 bought, < 0 sold. */
  readonly quantity: number;
  /**
   * `coin`: contracts of one coin, or units of the underlying. `usd`: the exchange's amounts of inverse futures and
   * perpetuals, converted at their price when positions are made.
   */
  readonly unit: 'coin' | 'usd';
  /** The structure this leg belongs to, where the input names one. */
  readonly structure: string | undefined;
}

const NAME_FIELDS = ['instrument_name', 'instrument'] as const;
const QUANTITY_FIELDS = ['quantity', 'size', 'amount'] as const;

/**
 * Reads a book: instrument name and signed quantity, as CSV with a header or as JSON.
 *
 * - Fields `instrument_name` (or `instrument`) and `quantity` (or `size`, `amount`); optional `structure`, and
 *   `unit`, `coin` or `usd`.
 * - JSON: a list of such records, or an object with the list under `positions` or `result`.
 * - Quantities count as on the exchange: options in contracts of one coin, **inverse futures and perpetuals in USD**
 *   (`unit` overrides), linear ones in coin.
 * - A record of short puts with `contracts` and no signed quantity, beside a running `hedge` of `qty` coins in the
 *   perpetual, is read too: the options are sold, the hedge is signed as it stands.
 *
 * @param text - JSON or CSV
 * @throws TypeError where it is not a text, ReadError where the text cannot be read; one line that names row and field
 */
export function readBook(text: string): BookLine[] {
  if (requireText('text', text).trim() === '') throw new ReadError('the input is empty');
  const json = decodeJson(text);
  const records: unknown = json === undefined ? decodeCsv(text) : recordsOf(json);
  if (!Array.isArray(records))
    throw new ReadError('a book is a list of positions, or an object with "positions"');
  if (records.length === 0) throw new ReadError(NO_ROWS);
  const rows = records.map((record: unknown, index) => {
    if (!isRecord(record)) throw new ReadError(`row ${index + 1}: must be an object`);
    return new Row(record, index + 1);
  });
  const lines = rows.map(readLine);
  const hedge =
    isRecord(json) && isRecord(json['hedge']) ? new Row(json['hedge'], rows.length + 1) : undefined;
  return hedge === undefined ? lines : [...lines, ...readHedge(hedge, lines)];
}

/** More than there is of anything: a quantity beyond it is a slip, and its sums would leave the range of doubles. */
const LARGEST = 1e15;

function recordsOf(json: unknown): unknown {
  if (!isRecord(json)) return json;
  return json['positions'] ?? json['result'];
}

function readLine(row: Row): BookLine {
  const name = row.required(...NAME_FIELDS);
  const instrument = parseInstrument(name);
  const quantityField = row.find(...QUANTITY_FIELDS);
  // Records that count "contracts" are of options sold; a signed quantity goes by the other names.
  const quantity = quantityField === undefined ? -row.numeric('contracts') : row.numeric(quantityField);
  if (Number.isNaN(quantity)) throw row.error(quantityField ?? 'quantity', 'is missing');
  if (Math.abs(quantity) > LARGEST) {
    throw row.error(quantityField ?? 'quantity', `is beyond ${LARGEST}: ${quantity}`);
  }
  const inUsd =
    instrument !== undefined && instrument.kind !== 'option' && instrument.settlement === 'inverse';
  const unit = row.text('unit') ?? (inUsd ? 'usd' : 'coin');
  if (unit !== 'coin' && unit !== 'usd') throw row.error('unit', `must be coin or usd, not ${unit}`);
  if (unit === 'usd' && instrument?.kind === 'option') throw row.error('unit', 'must be coin for an option');
  return { row: row.number, name, instrument, quantity, unit, structure: row.text('structure') };
}

function readHedge(hedge: Row, lines: readonly BookLine[]): BookLine[] {
  const quantity = hedge.numeric('qty');
  const underlyings = [...new Set(lines.map((line) => line.instrument?.underlying))];
  const [underlying] = underlyings;
  if (Number.isNaN(quantity) || quantity === 0) return [];
  if (underlyings.length !== 1 || underlying === undefined) {
    throw new ReadError('hedge: qty stands for one perpetual, but the positions are not of one underlying');
  }
  const name = `${underlying}-PERPETUAL`;
  const instrument = parseInstrument(name);
  return [{ row: hedge.number, name, instrument, quantity, unit: 'coin', structure: 'hedge' }];
}
