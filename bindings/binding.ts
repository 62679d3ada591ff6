import type { Abi } from './abi.js';
import { taken } from './memory.js';

/** Where an instrument stands in the module. @internal */
export interface InstrumentPlace {
  /** Its cell of the book. */
  readonly cell: number;
  /** Its expiry or, after the expiries, its underlying. */
  readonly place: number;
}

/** Where an exposure stands in the module. @internal */
export interface ExposurePlace {
  /** As an index of the order's sensitivities. */
  readonly sensitivity: number;
  /** -1 for the total of the underlying. */
  readonly expiry: number;
  readonly underlying: number;
  /** What the exposure is multiplied by. */
  readonly scale: number;
}

/**
 * Binds instruments and exposures of a book, for the module to read a hedge problem from it.
 * @param name - of what takes the memory, for the error
 * @returns the address of the binding, the caller's to give back
 * @throws RangeError where memory is exhausted
 * @internal
 */
export function createBinding(
  abi: Abi,
  name: string,
  instruments: readonly InstrumentPlace[],
  exposures: readonly ExposurePlace[],
): number {
  const at = taken(abi.bindingCreate(instruments.length, exposures.length), name);
  instruments.forEach(({ cell, place }, i) => {
    abi.bindingInstrument(at, i, cell, place);
  });
  exposures.forEach(({ sensitivity, expiry, underlying, scale }, k) => {
    abi.bindingRow(at, k, sensitivity, expiry, underlying, scale);
  });
  return at;
}
