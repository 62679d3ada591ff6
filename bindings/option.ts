import { type Column, isArrayLike, requireFields, shown } from './checks.js';

/** A call or a put. */
export type OptionType = 'call' | 'put';

/** Types by row: words, or an `Int8Array` of 1 (call) and -1 (put), or one word for all. */
export type TypeColumn = OptionType | ArrayLike<OptionType> | Int8Array;

/** What the options are on: spot with a continuous dividend yield (or borrow, or foreign rate), or a forward. */
export type Underlier =
  | {
      /** Spot price in quote currency; delta and gamma are against it, rho holds it. */
      spot: Column;
      /** Continuous dividend yield per 1.00 and year; 0 where absent. */
      dividend?: Column;
      /** Not with spot. */
      forward?: never;
    }
  | {
      /** Forward price in quote currency; delta and gamma are against it, rho holds it. */
      forward: Column;
      /** Not with a forward. */
      spot?: never;
      /** Not with a forward. */
      dividend?: never;
    };

/** Where an underlier's columns stand in the module. */
export interface UnderlierColumns {
  readonly forward: boolean;
  readonly under: Column;
  readonly dividend: Column;
}

/**
 * @param known the fields that the options may have
 * @throws TypeError where the options have another field, neither or both of spot and forward, or a forward with a
 * dividend
 */
export function readUnderlier(
  name: string,
  options: Underlier,
  known: ReadonlySet<string>,
): UnderlierColumns {
  requireFields(name, options, known);
  const { spot, forward, dividend } = options as { spot?: Column; forward?: Column; dividend?: Column };
  if ((spot === undefined) === (forward === undefined)) {
    throw new TypeError(
      `${name} must have either spot or forward, got ${spot === undefined ? 'neither' : 'both'}`,
    );
  }
  if (forward !== undefined && dividend !== undefined) {
    throw new TypeError(`${name}.dividend goes with spot: a forward has it in its price`);
  }
  return { forward: forward !== undefined, under: (spot ?? forward)!, dividend: dividend ?? 0 };
}

/** The module's number of a type; 0, which prices to NaN, where it is none. */
function codeOf(type: unknown): number {
  return type === 'call' ? 1 : type === 'put' ? -1 : 0;
}

/** Lays the types into module memory; an unknown word becomes a row of NaN. @throws TypeError where it is no column */
export function fillTypes(target: Int8Array, type: TypeColumn): void {
  if (type instanceof Int8Array) target.set(type);
  else if (type === 'call' || type === 'put') target.fill(codeOf(type));
  else target.set(Array.from(type, codeOf));
}

/** @throws TypeError where `type` is neither a type nor an array of types */
export function requireTypes(name: string, type: unknown): void {
  if (type === 'call' || type === 'put' || isArrayLike(type)) return;
  throw new TypeError(`${name} must be 'call', 'put' or an array of them, got ${shown(type)}`);
}
