import type { Abi } from './abi.js';

/** Thrown by an object that was disposed, or that stands on one that was. */
export class DisposedError extends Error {
  /** Tells it from other errors. */
  override readonly name = 'DisposedError';
}

/** The largest memory a 32-bit module can have. */
const LIMIT = 2 ** 32;

/** The typed arrays that views are of. */
interface Arrays {
  f64: Float64Array;
  i8: Int8Array;
  u8: Uint8Array;
  u32: Uint32Array;
}
const constructors = { f64: Float64Array, i8: Int8Array, u8: Uint8Array, u32: Uint32Array } as const;

/**
 * A view of module memory that outlives its growth: when memory grows the host detaches its old buffer, and the view is
 * made anew on the next look.
 */
export class View<K extends keyof Arrays> {
  readonly #memory: WebAssembly.Memory;
  readonly #kind: K;
  /** Address of the first element. */
  readonly at: number;
  readonly #length: number;
  #array: Arrays[K] | undefined;

  constructor(abi: Abi, kind: K, at: number, length: number) {
    this.#memory = abi.memory;
    this.#kind = kind;
    // the module gives addresses as signed integers
    this.at = at >>> 0;
    this.#length = length;
  }

  get array(): Arrays[K] {
    if (this.#array?.buffer !== this.#memory.buffer) {
      this.#array = new constructors[this.#kind](this.#memory.buffer, this.at, this.#length) as Arrays[K];
    }
    return this.#array;
  }
}

/** An object that owns blocks of module memory until it is disposed. */
export abstract class Owner {
  readonly #name: string;
  #disposed = false;

  protected constructor(name: string) {
    this.#name = name;
  }

  /** Gives the memory back. */
  protected abstract release(): void;

  /** @throws DisposedError where this object, or one it stands on, is disposed */
  protected guard(): void {
    if (this.#disposed) throw new DisposedError(`the ${this.#name} is disposed`);
  }

  /** Gives the object's memory back; again is no error. Its views are then of other objects' memory. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.release();
  }

  /** The same as {@link Owner.dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** The address that a creating export returned. @throws RangeError where memory is exhausted */
export function taken(at: number, name: string): number {
  if (at === 0)
    throw new RangeError(`no memory left for the ${name}: the host allows at most ${LIMIT} bytes`);
  return at >>> 0;
}
