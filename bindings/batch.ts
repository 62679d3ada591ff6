import type { Abi } from './abi.js';
import {
  type Column,
  fillColumn,
  requireFields,
  requireInteger,
  requireRows,
  requireWord,
} from './checks.js';
import { Owner, taken, View } from './memory.js';
import { fillTypes, readUnderlier, requireTypes, type TypeColumn, type Underlier } from './option.js';
import { type Columns, columnsOf, type Order, sensitivitiesOf } from './sensitivity.js';

/** Input columns in the module's order. */
const input = { type: 0, under: 1, strike: 2, years: 3, volatility: 4, rate: 5, dividend: 6 } as const;

/** More rows would not fit a 32-bit memory. */
const mostRows = 2 ** 26;

/** What an option settles in: quote currency, or the underlying coin (value / underlying). */
export type Settlement = 'linear' | 'inverse';

/** How the underlying is distributed at expiry. */
export type Model = 'lognormal' | 'normal';

/** What the option pays at expiry. */
export type Payoff = 'vanilla' | 'digital';

/** Options to evaluate, column by column; every array has one element per row. */
export type OptionColumns = Underlier & {
  /** Call or put. */
  type: TypeColumn;
  /** Strike in quote currency. */
  strike: Column;
  /** Time to expiry in years of 365 days. */
  years: Column;
  /** Volatility per 1.00 and root year: 0.6 is 60 %. */
  volatility: Column;
  /** Continuous rate per 1.00 and year; 0 where absent. */
  rate?: Column;
  /** 'inverse' gives value and every sensitivity in coin; 'linear', the default, in quote currency. */
  settlement?: Settlement;
  /**
   * 'lognormal' (Black-Scholes-Merton, Black-76), the default; or 'normal' (Bachelier): underlying and strike may be
   * negative, volatility is in quote currency per root year.
   */
  model?: Model;
  /** 'vanilla', the default; or 'digital', which pays one unit of quote currency in the money. */
  payoff?: Payoff;
};

const columnNames: ReadonlySet<string> = new Set([
  'type',
  'spot',
  'forward',
  'dividend',
  'strike',
  'years',
  'volatility',
  'rate',
  'settlement',
  'model',
  'payoff',
]);

/** Choices of a batch. */
export interface BatchOptions<O extends Order> {
  /** Highest order of sensitivities to compute; 1 where absent. A lower order costs less. */
  order?: O;
  /** What the options are on; 'spot' where absent. */
  underlier?: 'spot' | 'forward';
  /** 'inverse' for results in coin; 'linear' where absent. */
  settlement?: Settlement;
  /** 'lognormal' where absent. */
  model?: Model;
  /** 'vanilla' where absent. */
  payoff?: Payoff;
}

const optionNames: ReadonlySet<string> = new Set<keyof BatchOptions<Order>>([
  'order',
  'underlier',
  'settlement',
  'model',
  'payoff',
]);

/**
 * Independent options in columns of module memory: fill them, call {@link Batch.evaluate}, read the results, without a
 * copy or an allocation. Every array has `capacity` elements and is a live view owned by the batch.
 *
 * Black and Scholes (1973), Merton (1973), Black (1976), Garman and Kohlhagen (1983).
 */
export class Batch<O extends Order = 1> extends Owner {
  readonly #abi: Abi;
  readonly #at: number;
  readonly #capacity: number;
  readonly #underlier: 'spot' | 'forward';
  readonly #type: View<'i8'>;
  readonly #inputs: readonly View<'f64'>[];
  /** Results by sensitivity, in the units of {@link Sensitivity}, of the last {@link Batch.evaluate}. */
  readonly result: Columns<O>;

  /** @internal */
  constructor(abi: Abi, capacity: number, options: BatchOptions<O>) {
    super('batch');
    requireInteger('capacity', capacity, 1, mostRows);
    requireFields('options', options, optionNames);
    const order = requireWord('options.order', options.order ?? 1, [1, 2, 3]) as O;
    this.#underlier = requireWord('options.underlier', options.underlier ?? 'spot', ['spot', 'forward']);
    const settlement = requireWord('options.settlement', options.settlement ?? 'linear', [
      'linear',
      'inverse',
    ]);
    this.#abi = abi;
    this.#capacity = capacity;
    const forward = this.#underlier === 'forward' ? 1 : 0;
    const inverse = settlement === 'inverse' ? 1 : 0;
    const isNormal =
      requireWord('options.model', options.model ?? 'lognormal', ['lognormal', 'normal']) === 'normal';
    const isDigital =
      requireWord('options.payoff', options.payoff ?? 'vanilla', ['vanilla', 'digital']) === 'digital';
    const model = (isNormal ? 2 : 0) + (isDigital ? 1 : 0);
    const at = taken(abi.batchCreate(capacity, order, forward, inverse, model), 'batch');
    this.#at = at;
    this.#type = new View(abi, 'i8', abi.batchInput(at, input.type), capacity);
    this.#inputs = Object.values(input).map((i) => new View(abi, 'f64', abi.batchInput(at, i), capacity));
    const results = sensitivitiesOf(order).map(
      (_, s) => new View(abi, 'f64', abi.batchResult(at, s), capacity),
    );
    this.result = columnsOf(order, (s) => {
      this.guard();
      return results[s].array;
    });
  }

  /** 1 call, -1 put; any other value makes a row of NaN. */
  get type(): Int8Array {
    this.guard();
    return this.#type.array;
  }

  /** Spot prices in quote currency. @throws TypeError where the batch is on forwards */
  get spot(): Float64Array {
    return this.#under('spot');
  }

  /** Forward prices in quote currency. @throws TypeError where the batch is on spot */
  get forward(): Float64Array {
    return this.#under('forward');
  }

  /** Continuous dividend yields per 1.00 and year. @throws TypeError where the batch is on forwards */
  get dividend(): Float64Array {
    if (this.#underlier === 'forward') throw new TypeError('a batch on forwards has no dividend column');
    return this.#input(input.dividend);
  }

  /** Strikes in quote currency. */
  get strike(): Float64Array {
    return this.#input(input.strike);
  }

  /** Times to expiry in years of 365 days. */
  get years(): Float64Array {
    return this.#input(input.years);
  }

  /** Volatilities per 1.00 and root year. */
  get volatility(): Float64Array {
    return this.#input(input.volatility);
  }

  /** Continuous rates per 1.00 and year. */
  get rate(): Float64Array {
    return this.#input(input.rate);
  }

  /**
   * Evaluates the first `rows` rows, all where absent. A row with bad input (unknown type, a value that is not finite,
   * an underlying or strike that is not positive, negative years or volatility) is NaN alone. With years = 0 or
   * volatility = 0 the results are the limits, NaN for a sensitivity that has none.
   * @throws RangeError where `rows` is not an integer in [0, capacity]
   */
  evaluate(rows: number = this.#capacity): void {
    this.guard();
    requireInteger('rows', rows, 0, this.#capacity);
    this.#abi.batchEvaluate(this.#at, rows);
  }

  #input(column: number): Float64Array {
    this.guard();
    return this.#inputs[column].array;
  }

  #under(underlier: 'spot' | 'forward'): Float64Array {
    if (this.#underlier === underlier) return this.#input(input.under);
    throw new TypeError(`the batch is on ${this.#underlier}, not on ${underlier}`);
  }

  protected override release(): void {
    this.#abi.give(this.#at);
  }

  /** @internal Lays columns in. */
  fill(columns: OptionColumns): void {
    const { under, dividend } = readUnderlier('options', columns, columnNames);
    fillTypes(this.#type.array, columns.type);
    fillColumn(this.#inputs[input.under].array, under);
    fillColumn(this.strike, columns.strike);
    fillColumn(this.years, columns.years);
    fillColumn(this.volatility, columns.volatility);
    fillColumn(this.rate, columns.rate ?? 0);
    if (this.#underlier === 'spot') fillColumn(this.dividend, dividend);
  }
}

/** The work of `core.evaluate`: a batch filled, evaluated, copied out and given back. */
export function evaluateColumns<O extends Order>(abi: Abi, options: OptionColumns, order: O): Columns<O> {
  const { forward, under, dividend } = readUnderlier('options', options, columnNames);
  const { type, strike, years, volatility, rate = 0 } = options;
  requireTypes('options.type', type);
  const columns = { [forward ? 'forward' : 'spot']: under, dividend, strike, years, volatility, rate };
  const rows = requireRows(typeof type === 'string' ? columns : { type, ...columns }, 'options.');
  const results = {} as Record<string, Float64Array>;
  if (rows === 0) {
    for (const name of sensitivitiesOf(order)) results[name] = new Float64Array(0);
    return results as Columns<O>;
  }
  const underlier = forward ? 'forward' : 'spot';
  const { settlement = 'linear', model = 'lognormal', payoff = 'vanilla' } = options;
  const batch = new Batch(abi, rows, { order, underlier, settlement, model, payoff });
  try {
    batch.fill(options);
    batch.evaluate();
    for (const [name, column] of Object.entries<Float64Array>(batch.result)) results[name] = column.slice();
  } finally {
    batch.dispose();
  }
  return results as Columns<O>;
}
