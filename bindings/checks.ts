import type { Abi } from './abi.js';
/** Checks of arguments: the good case first, then what was expected and what came. */

/** One value for every row, or one per row. */
export type Column = number | ArrayLike<number>;

/** The value as a message shows it. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}

/** @throws TypeError where `value` is not an object */
export function requireObject(name: string, value: unknown): void {
  if (typeof value === 'object' && value !== null) return;
  throw new TypeError(`${name} must be an object, got ${shown(value)}`);
}

/** @throws TypeError or RangeError where `value` is not an integer in [least, most] */
export function requireInteger(name: string, value: unknown, least: number, most: number): number {
  const number = requireNumber(name, value);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new RangeError(`${name} must be an integer in [${least}, ${most}], got ${number}`);
}

/** @throws TypeError or RangeError where `value` is not a finite number */
export function requireFinite(name: string, value: unknown): number {
  const number = requireNumber(name, value);
  if (Number.isFinite(number)) return number;
  throw new RangeError(`${name} must be finite, got ${number}`);
}

/** No amount, size or price may be larger: sums of their products would leave the range of doubles. */
export const LARGEST = 1e30;

/** @throws TypeError or RangeError where `value` is not a finite number of at most {@link LARGEST} in size */
export function requireBounded(name: string, value: unknown): number {
  const number = requireFinite(name, value);
  if (Math.abs(number) <= LARGEST) return number;
  throw new RangeError(`${name} must be at most ${LARGEST} in size, got ${number}`);
}

/** @throws TypeError or RangeError where `value` is not a finite number of at least 0 */
export function requireNotNegative(name: string, value: unknown): number {
  if (requireFinite(name, value) >= 0) return value as number;
  throw new RangeError(`${name} must not be negative, got ${String(value)}`);
}

/** @throws TypeError or RangeError where `value` is not a finite number above 0 */
export function requirePositive(name: string, value: unknown): number {
  if (requireFinite(name, value) > 0) return value as number;
  throw new RangeError(`${name} must be positive, got ${String(value)}`);
}

/** @throws TypeError or RangeError where `value` is none of the words */
export function requireWord<T extends string | number>(name: string, value: unknown, words: readonly T[]): T {
  if (words.includes(value as T)) return value as T;
  const message = `${name} must be ${words.map(shown).join(' or ')}, got ${shown(value)}`;
  throw typeof value === typeof words[0] ? new RangeError(message) : new TypeError(message);
}

/** @throws TypeError where `value` is no object, or has a field that is none of the known: a slip would go unread */
export function requireFields(name: string, value: unknown, known: ReadonlySet<string>): void {
  requireObject(name, value);
  for (const field in value as object) {
    if (!known.has(field)) throw new TypeError(`${name} has no field ${shown(field)}`);
  }
}

/** Whether a value has a length: an array, a typed array; strings are not meant. */
export function isArrayLike(value: unknown): value is ArrayLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Number.isSafeInteger((value as { length?: unknown }).length) &&
    (value as { length: number }).length >= 0
  );
}

/** @throws TypeError where `value` is not a number; NaN is one */
export function requireNumber(name: string, value: unknown): number {
  if (typeof value === 'number') return value;
  throw new TypeError(`${name} must be a number, got ${shown(value)}`);
}

/** @throws TypeError where `value` is not a text */
export function requireText(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`${name} must be a text, got ${shown(value)}`);
}

/** @throws TypeError or RangeError where `value` is not an array of `length` objects, whatever they are */
export function requireList(name: string, value: unknown, length?: number): void {
  if (!Array.isArray(value)) throw new TypeError(`${name} must be an array, got ${shown(value)}`);
  requireArray(name, value, length);
}

/** @throws TypeError or RangeError where `value` is not an array of `length`; what is in it is not looked at */
export function requireArray(name: string, value: unknown, length?: number): ArrayLike<number> {
  if (!isArrayLike(value)) throw new TypeError(`${name} must be an array, got ${shown(value)}`);
  if (length !== undefined && value.length !== length) {
    throw new RangeError(`${name} must have ${length} elements, got ${value.length}`);
  }
  return value as ArrayLike<number>;
}

/** @throws TypeError or RangeError where `value` is not an array of `length` numbers, whatever they are */
export function requireNumbers(name: string, value: unknown, length?: number): ArrayLike<number> {
  if (!isArrayLike(value)) throw new TypeError(`${name} must be an array of numbers, got ${shown(value)}`);
  const values: ArrayLike<unknown> = requireArray(name, value, length);
  // a typed array has nothing but numbers, save those of bigints
  if (!ArrayBuffer.isView(values) || typeof values[0] === 'bigint') {
    for (let i = 0; i < values.length; i++) {
      if (typeof values[i] !== 'number') {
        throw new TypeError(`${name}[${i}] must be a number, got ${shown(values[i])}`);
      }
    }
  }
  return values as ArrayLike<number>;
}

/**
 * The common length of the columns that are arrays; 1 where none is.
 * @param prefix what stands before their names in messages
 * @throws TypeError where a column is neither a number nor an array, RangeError where two lengths differ
 */
export function requireRows(columns: Readonly<Record<string, unknown>>, prefix = ''): number {
  let rows: number | undefined;
  let first = '';
  for (const [name, column] of Object.entries(columns)) {
    if (typeof column === 'number') continue;
    if (!isArrayLike(column)) {
      throw new TypeError(`${prefix}${name} must be a number or an array of numbers, got ${shown(column)}`);
    }
    if (rows === undefined) {
      rows = column.length;
      first = name;
    } else if (rows !== column.length) {
      throw new RangeError(`${prefix}${name} has ${column.length} rows where ${first} has ${rows}`);
    }
    if (name !== 'type') requireNumbers(`${prefix}${name}`, column);
  }
  return rows ?? 1;
}

/** Lays a column into module memory. */
export function fillColumn(target: Float64Array, column: Column): void {
  if (typeof column === 'number') target.fill(column);
  else target.set(column);
}

/** An object of the library, alive, in the memory of one core. */
export function requireOwn(
  name: string,
  value: { isOf(abi: Abi): boolean; guard(): void },
  type: { readonly name: string; [Symbol.hasInstance](value: unknown): boolean },
  abi: Abi,
): void {
  if (!type[Symbol.hasInstance](value)) {
    throw new TypeError(`${name} must be a ${type.name.toLowerCase()}, got ${shown(value)}`);
  }
  if (!value.isOf(abi)) throw new TypeError(`${name} belongs to another core`);
  value.guard();
}
