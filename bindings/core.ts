import type { Abi } from './abi.js';
import { Batch, type BatchOptions, evaluateColumns, type OptionColumns } from './batch.js';
import { Book, type Position } from './book.js';
import { text } from './bytes.js';
import { Chain, type ExpirySpec } from './chain.js';
import { requireInteger, requireWord } from './checks.js';
import { impliedColumns, type ImpliedVolatility, type QuoteColumns } from './implied.js';
import { Hedger, type HedgeShape } from './hedger.js';
import { decode } from './inline.js';
import type { Columns, Order } from './sensitivity.js';
import {
  impliedForward,
  type ImpliedForward,
  type ParityQuotes,
  Smile,
  type SmileExpiry,
  type SmileOptions,
} from './smile.js';

/** Where the module comes from. */
export interface CoreOptions {
  /** The compiled module, or its bytes (`greekfire/core.wasm`); the bytes that travel with the package where absent. */
  module?: WebAssembly.Module | BufferSource;
}

/** A greekfire: one WebAssembly instance with its memory. Everything it makes lives in that memory. */
export class Core {
  readonly #abi: Abi;

  /** @internal */
  constructor(instance: WebAssembly.Instance) {
    this.#abi = instance.exports as unknown as Abi;
  }

  /** @internal For the package's other entries. */
  get abi(): Abi {
    return this.#abi;
  }

  /**
   * Prices and sensitivities of independent options.
   * @param options columns; the common length of those that are arrays is the number of rows, 1 where none is
   * @param order highest order of sensitivities, 1 where absent
   * @returns fresh arrays, one per sensitivity, in the units of {@link Sensitivity}; a row with bad input is NaN alone
   * @throws TypeError where a column is of the wrong kind, RangeError where lengths differ or a word is unknown
   */
  evaluate<O extends Order = 1>(options: OptionColumns, order: O = 1 as O): Columns<O> {
    return evaluateColumns(this.#abi, options, requireWord('order', order, [1, 2, 3] as Order[]) as O);
  }

  /**
   * Volatilities that give the quoted prices. A quote without one has a status other than `ImpliedStatus.ok` and a
   * volatility of NaN; its neighbours are right.
   * @param quotes columns; the common length of those that are arrays is the number of rows, 1 where none is
   * @returns fresh arrays
   * @throws TypeError where a column is of the wrong kind, RangeError where lengths differ or a word is unknown
   */
  impliedVolatility(quotes: QuoteColumns): ImpliedVolatility {
    return impliedColumns(this.#abi, quotes);
  }

  /**
   * Columns of independent options in module memory, to fill and evaluate again and again.
   * @throws RangeError where `capacity` is no integer of at least 1, or memory is exhausted
   */
  batch<O extends Order = 1>(capacity: number, options: BatchOptions<O> = {}): Batch<O> {
    return new Batch(this.#abi, capacity, options);
  }

  /**
   * A chain of strikes x expiries, marked at once.
   * @param expiries at least one; what they hold is copied
   * @param order highest order of sensitivities, 1 where absent
   * @throws TypeError or RangeError that names the expiry, the field, the index and the value
   */
  chain<O extends Order = 1>(expiries: readonly ExpirySpec[], order: O = 1 as O): Chain<O> {
    return new Chain(this.#abi, expiries, order);
  }

  /**
   * A book of positions on a chain.
   * @throws TypeError or RangeError that names the position, the field and the value
   */
  book<O extends Order>(chain: Chain<O>, positions: readonly Position[]): Book<O> {
    return new Book<O>(this.#abi, chain as unknown as Chain, positions);
  }

  /**
   * A hedge solver for problems of one size.
   * @throws TypeError or RangeError where the shape is wrong or memory is exhausted
   */
  hedger(shape: HedgeShape): Hedger {
    return new Hedger(this.#abi, shape);
  }

  /**
   * The smiles of an underlying, fitted to its quotes.
   * @param expiries at least one, in the order of time; what they hold is copied
   * @param options whether slices are kept from crossing
   * @throws TypeError or RangeError that names the expiry, the field and the value
   */
  smile(expiries: readonly SmileExpiry[], options: SmileOptions = {}): Smile {
    return new Smile(this.#abi, expiries, options);
  }

  /**
   * The forward and the discount factor of an expiry by put-call parity, where an exchange gives none.
   * @param quotes columns by strike; one bad quote does not turn the answer
   * @throws TypeError or RangeError that names the field and the value
   */
  impliedForward(quotes: ParityQuotes): ImpliedForward {
    return impliedForward(this.#abi, quotes);
  }

  /**
   * Grows memory now, so that the next `bytes` of objects need no growth and views stay valid.
   * @throws RangeError where the host refuses
   */
  reserve(bytes: number): void {
    requireInteger('bytes', bytes, 0, 2 ** 32 - 1);
    if (this.#abi.reserve(bytes) === 0) throw new RangeError(`no memory for ${bytes} bytes more`);
  }

  /** Bytes of module memory that objects hold. */
  get bytesInUse(): number {
    return this.#abi.bytesInUse() >>> 0;
  }
}

let compiled: WebAssembly.Module | undefined;

/**
 * Makes a core.
 * @throws WebAssembly.CompileError where the host has no SIMD, or a page's content security policy lacks
 * `wasm-unsafe-eval`
 */
export async function create({ module }: CoreOptions = {}): Promise<Core> {
  if (module === undefined) module = compiled ??= await WebAssembly.compile(decode(text));
  else if (!(module instanceof WebAssembly.Module)) module = await WebAssembly.compile(module);
  return new Core(await WebAssembly.instantiate(module));
}

/** Makes a core without waiting: for Node, workers, and hosts that allow it. @throws as {@link create} */
export function createSync({ module }: CoreOptions = {}): Core {
  if (module === undefined) module = compiled ??= new WebAssembly.Module(decode(text));
  else if (!(module instanceof WebAssembly.Module)) module = new WebAssembly.Module(module);
  return new Core(new WebAssembly.Instance(module));
}
