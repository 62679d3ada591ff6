import { requireArray, requireFinite, requireObject, shown } from '../checks.js';

/**
 * A state that came from outside, against an example of its shape: the same fields, arrays of the same length, and
 * finite numbers where the example has numbers.
 * @throws TypeError or RangeError that names the first field that is not so, and its value
 */
export function requireLike<T>(name: string, value: unknown, example: T): T {
  if (typeof example === 'number') return requireFinite(name, value) as T;
  if (Array.isArray(example)) {
    requireArray(name, value, example.length);
    example.forEach((element: unknown, i) => {
      requireLike(`${name}[${i}]`, (value as unknown[])[i], element);
    });
    return value as T;
  }
  if (typeof example === 'object' && example !== null) {
    requireObject(name, value);
    for (const [key, element] of Object.entries(example)) {
      requireLike(`${name}.${key}`, (value as Record<string, unknown>)[key], element);
    }
    return value as T;
  }
  if (typeof value === typeof example) return value as T;
  throw new TypeError(`${name} must be a ${typeof example}, got ${shown(value)}`);
}

/** What a state says of its owner must be so. @throws RangeError where it is another's */
export function requireSame(name: string, value: unknown, own: unknown): void {
  const [given, kept] = [textOf(value), textOf(own)];
  if (given !== kept) throw new RangeError(`${name} is another's: ${given}, not ${kept}`);
}

/** As JSON has it, or, of what JSON has not, as messages show it. */
function textOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return shown(value);
  }
}

/** Numbers as JSON carries them: null for one that is none. */
export function encodeMarks(marks: Float64Array): (number | null)[] {
  return Array.from(marks, (mark) => (Number.isFinite(mark) ? mark : null));
}

/** @throws TypeError or RangeError that names the element */
export function decodeMarks(name: string, marks: unknown, length: number): Float64Array {
  const given: ArrayLike<unknown> = requireArray(name, marks, length);
  return Float64Array.from({ length }, (_, i) =>
    given[i] === null ? NaN : requireFinite(`${name}[${i}]`, given[i]),
  );
}
