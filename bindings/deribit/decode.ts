import { requireText } from '../checks.js';
import { parseInstant } from '../time.js';
import { parseCsv } from './csv.js';

/** Text that cannot be read: the message is one line that names the row and the field. */
export class ReadError extends Error {
  /** Tells it from other errors. */
  override readonly name = 'ReadError';
}

/** Of a list without records and of a table whose one line is taken as its header. */
export const NO_ROWS = 'the input has no rows (the first line of a table is its header)';

/** A number as tables write it: no hexadecimal, no thousands. */
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * No price, size or volatility is larger, or smaller without being none: beyond it stands a slip, whose products
 * would leave the range of doubles.
 */
const LARGEST = 1e12;

/** One record of an input: fields by name, as JSON or CSV gives them. */
export class Row {
  /**
   * @param fields - values by field name
   * @param number - 1 for the first record (the header of a CSV is not counted)
   */
  constructor(
    private readonly fields: Readonly<Record<string, unknown>>,
    readonly number: number,
  ) {}

  /** An error about one field of this row. */
  error(field: string, problem: string): ReadError {
    const name = this.fields['instrument_name'];
    return new ReadError(
      `row ${this.number}${typeof name === 'string' ? ` (${name})` : ''}: ${field} ${problem}`,
    );
  }

  /** The first of these names that the row has, whatever its value. */
  find(...names: readonly string[]): string | undefined {
    return names.find((name) => Object.hasOwn(this.fields, name));
  }

  /** A field as given. */
  value(name: string): unknown {
    return this.fields[name];
  }

  /** A text; undefined where it is missing, blank or null. */
  text(...names: readonly string[]): string | undefined {
    const name = this.find(...names);
    const value = name === undefined ? undefined : this.fields[name];
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value !== 'string') throw this.error(name!, `must be a text, not ${show(value)}`);
    return value.trim();
  }

  /** A text that must be there, under the first of these names that the row has. */
  required(...names: readonly string[]): string {
    const text = this.text(...names);
    if (text !== undefined) return text;
    const found = this.find(...names);
    if (found !== undefined) throw this.error(found, 'is blank');
    throw this.error(names[0], `is missing; the row has ${clip(Object.keys(this.fields).join(', '), 60)}`);
  }

  /** A finite number under the first of these names that the row has; NaN where it is missing, blank or null. */
  numeric(...names: readonly string[]): number {
    const name = this.find(...names);
    return name === undefined ? NaN : this.finite(name, this.fields[name]);
  }

  /**
   * A number > 0; NaN where it is missing, blank, null, zero or negative, the ways in which "none" is written.
   *
   * @throws ReadError where it is beyond what a price, a size or a volatility can be
   */
  positive(...names: readonly string[]): number {
    const name = this.find(...names);
    return name === undefined ? NaN : this.plausible(name, this.fields[name]);
  }

  /** An instant in milliseconds since 1970 (a number, or ISO 8601); NaN where it is missing. */
  instant(...names: readonly string[]): number {
    const name = this.find(...names);
    const value = name === undefined ? undefined : this.fields[name];
    if (value === undefined || value === null || value === '') return NaN;
    const instant =
      typeof value === 'string' && !/^[\d.eE+]+$/.test(value)
        ? parseInstant(value)
        : this.finite(name!, value);
    // ECMAScript's dates end 100,000,000 days from 1970.
    if (!(Math.abs(instant) <= 8.64e15)) throw this.error(name!, `is not an instant: ${show(value)}`);
    return instant;
  }

  /** A nested record, as a row of its own with the same number; undefined where it is missing. */
  nested(name: string): Row | undefined {
    const value = this.fields[name];
    if (value === undefined || value === null) return undefined;
    if (!isRecord(value)) throw this.error(name, `must be an object, not ${show(value)}`);
    return new Row(value, this.number);
  }

  /** Price levels `[[price, size], ...]` as given, NaN for none; empty where the field is missing. */
  levels(name: string): readonly (readonly [price: number, size: number])[] {
    const value = this.fields[name];
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw this.error(name, `must be a list of [price, size], not ${show(value)}`);
    return value.map((level: unknown, index) => {
      if (!Array.isArray(level) || level.length < 2)
        throw this.error(`${name}[${index}]`, 'must be [price, size]');
      return [this.plausible(`${name}[${index}]`, level[0]), this.plausible(`${name}[${index}]`, level[1])];
    });
  }

  private plausible(name: string, value: unknown): number {
    const number = this.finite(name, value);
    if (!(number > 0)) return NaN;
    if (number > LARGEST || number < 1 / LARGEST) {
      throw this.error(name, `must be 0, or between ${1 / LARGEST} and ${LARGEST}: ${show(value)}`);
    }
    return number;
  }

  private finite(name: string, value: unknown): number {
    if (value === undefined || value === null || value === '') return NaN;
    const text = typeof value === 'string' ? value.trim() : undefined;
    if (text === '') return NaN;
    const number = text === undefined ? value : DECIMAL.test(text) ? Number(text) : NaN;
    if (typeof number !== 'number' || !Number.isFinite(number)) {
      throw this.error(name, `is not a finite number: ${show(value)}`);
    }
    return number;
  }
}

/** The value of a JSON text, or undefined where the text is not JSON but a table. */
export function decodeJson(text: string): unknown {
  // A table may start with a bracket too: some vendors write their column names as [NAME].
  if (!/^\s*(?:\{|\[\s*(?:[[{\]"\d-]|true|false|null))/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ReadError(
      `not valid JSON: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
    );
  }
}

/** The records of a CSV text with a header line. */
export function decodeCsv(text: string): Record<string, unknown>[] {
  try {
    return parseCsv(text);
  } catch (error) {
    throw new ReadError(
      `not valid CSV: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
    );
  }
}

/**
 * The records of an exchange's answer: a list of results, one result, either of them still in its JSON-RPC envelope,
 * or a CSV with a header.
 *
 * @param text - JSON or CSV
 * @throws TypeError where it is not a text, ReadError where the text is neither, is empty, or is the exchange's error
 * answer
 */
export function decodeRows(text: string): Row[] {
  if (requireText('text', text).trim() === '') throw new ReadError('the input is empty');
  const json = decodeJson(text);
  const answer = json === undefined ? decodeCsv(text) : unwrap(json);
  const records = (Array.isArray(answer) ? answer : [answer]).map(unwrap);
  if (records.length === 0) throw new ReadError(NO_ROWS);
  return records.map((record, index) => {
    if (!isRecord(record)) throw new ReadError(`row ${index + 1}: must be an object, not ${show(record)}`);
    return new Row(record, index + 1);
  });
}

function unwrap(answer: unknown): unknown {
  if (!isRecord(answer)) return answer;
  const error = answer['error'];
  if (isRecord(error))
    throw new ReadError(`the exchange answered with an error: ${String(error['message'])}`);
  return Object.hasOwn(answer, 'result') ? answer['result'] : answer;
}

/** Whether a decoded value is an object with named fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return clip(JSON.stringify(value));
}

/** A text of the input in a message: the start of a long one. */
export function clip(text: string, length = 40): string {
  return text.length > length ? `${text.slice(0, length - 3)}...` : text;
}
