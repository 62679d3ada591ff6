import type { Abi, FullAbi } from './abi.js';
import { Batch, type BatchOptions, evaluateColumns, type OptionColumns } from './batch.js';
import { Book, type Position } from './book.js';
import { Chain, type ExpirySpec } from './chain.js';
import { requireFields, requireInteger, requireWord, shown } from './checks.js';
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
  /** @internal For the package's other entries. */
  readonly abi: Abi;

  /** @internal */
  constructor({ exports }: WebAssembly.Instance, last: keyof FullAbi = 'scanRun') {
    if (!(last in exports))
      throw new TypeError(`options.module must be a module of this entry, has no ${last}`);
    this.abi = exports as unknown as Abi;
  }

  /**
   * Prices and sensitivities of independent options.
   * @param options columns; the common length of those that are arrays is the number of rows, 1 where none is
   * @param order highest order of sensitivities, 1 where absent
   * @returns fresh arrays, one per sensitivity, in the units of `Sensitivity`; a row with bad input is NaN alone
   * @throws TypeError where a column is of the wrong kind, RangeError where lengths differ or a word is unknown
   */
  evaluate<O extends Order = 1>(options: OptionColumns, order: O = 1 as O): Columns<O> {
    return evaluateColumns(this.abi, options, requireWord('order', order, [1, 2, 3] as Order[]) as O);
  }

  /**
   * Volatilities that give the quoted prices. A quote without one has a status other than `ImpliedStatus.ok` and a
   * volatility of NaN; its neighbours are right.
   * @param quotes columns; the common length of those that are arrays is the number of rows, 1 where none is
   * @returns fresh arrays
   * @throws TypeError where a column is of the wrong kind, RangeError where lengths differ or a word is unknown
   */
  impliedVolatility(quotes: QuoteColumns): ImpliedVolatility {
    return impliedColumns(this.abi, quotes);
  }

  /**
   * Columns of independent options in module memory, to fill and evaluate again and again.
   * @throws RangeError where `capacity` is no integer of at least 1, or memory is exhausted
   */
  batch<O extends Order = 1>(capacity: number, options: BatchOptions<O> = {}): Batch<O> {
    return new Batch(this.abi, capacity, options);
  }

  /**
   * A chain of strikes x expiries, marked at once.
   * @param expiries at least one; what they hold is copied
   * @param order highest order of sensitivities, 1 where absent
   * @throws TypeError or RangeError that names the expiry, the field, the index and the value
   */
  chain<O extends Order = 1>(expiries: readonly ExpirySpec[], order: O = 1 as O): Chain<O> {
    return new Chain(this.abi, expiries, order);
  }

  /**
   * A book of positions on a chain.
   * @throws TypeError or RangeError that names the position, the field and the value
   */
  book<O extends Order>(chain: Chain<O>, positions: readonly Position[]): Book<O> {
    return new Book<O>(this.abi, chain as unknown as Chain, positions);
  }

  /**
   * A hedge solver for problems of one size.
   * @throws TypeError or RangeError where the shape is wrong or memory is exhausted
   */
  hedger(shape: HedgeShape): Hedger {
    return new Hedger(this.abi, shape);
  }

  /**
   * The smiles of an underlying, fitted to its quotes.
   * @param expiries at least one, in the order of time; what they hold is copied
   * @param options whether slices are kept from crossing
   * @throws TypeError or RangeError that names the expiry, the field and the value
   */
  smile(expiries: readonly SmileExpiry[], options: SmileOptions = {}): Smile {
    return new Smile(this.abi, expiries, options);
  }

  /**
   * The forward and the discount factor of an expiry by put-call parity, where an exchange gives none.
   * @param quotes columns by strike; one bad quote does not turn the answer
   * @throws TypeError or RangeError that names the field and the value
   */
  impliedForward(quotes: ParityQuotes): ImpliedForward {
    return impliedForward(this.abi, quotes);
  }

  /**
   * Grows memory now, so that the next `bytes` of objects need no growth and views stay valid.
   * @throws RangeError where the host refuses
   */
  reserve(bytes: number): void {
    requireInteger('bytes', bytes, 0, 2 ** 32 - 1);
    if (this.abi.reserve(bytes) === 0) throw new RangeError(`no memory for ${bytes} bytes more`);
  }

  /** Bytes of module memory that objects hold. */
  get bytesInUse(): number {
    return this.abi.bytesInUse() >>> 0;
  }
}

/** By what they are, not by whose realm made them: a module may come from another one. */
const kindOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);
const isModule = (value: unknown): value is WebAssembly.Module => kindOf(value) === 'WebAssembly.Module';
const isBuffer = (value: unknown): value is ArrayBuffer => /^(Shared)?ArrayBuffer$/.test(kindOf(value));

const optionNames: ReadonlySet<string> = new Set<keyof CoreOptions>(['module']);

function moduleOf(options: CoreOptions): CoreOptions['module'] {
  requireFields('options', options, optionNames);
  const { module } = options;
  if (module === undefined || isModule(module) || ArrayBuffer.isView(module) || isBuffer(module))
    return module;
  throw new TypeError(`options.module must be a WebAssembly.Module or its bytes, got ${shown(module)}`);
}

/** The module that travels with an entry of the package: decoded and compiled once, when first asked for. @internal */
export class InlineModule {
  readonly #text: string;
  #compiled: WebAssembly.Module | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** The module an option names, this one where it names none. */
  async compile(options: CoreOptions): Promise<WebAssembly.Module> {
    const module = moduleOf(options);
    if (module === undefined) return (this.#compiled ??= await WebAssembly.compile(decode(this.#text)));
    return isModule(module) ? module : WebAssembly.compile(module);
  }

  /** The same without waiting. */
  compileSync(options: CoreOptions): WebAssembly.Module {
    const module = moduleOf(options);
    if (module === undefined) return (this.#compiled ??= new WebAssembly.Module(decode(this.#text)));
    return isModule(module) ? module : new WebAssembly.Module(module);
  }
}
