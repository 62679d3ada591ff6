import { type Abi, type FullAbi, requireFull } from './abi.js';
import {
  fillColumn,
  requireArray,
  requireFields,
  requireFinite,
  requireNotNegative,
  requireObject,
  requireInteger,
  requireNumbers,
  requireWord,
  shown,
} from './checks.js';
import { Owner, taken, View } from './memory.js';
import { type Columns, columnsOf, type Order, sensitivitiesOf } from './sensitivity.js';
import { DAYS_PER_YEAR } from './time.js';

/** How a scenario's move acts on an expiry's volatilities: scaled by (referenceDays / days left)^exponent. */
export interface VolatilityMove {
  /** 'absolute': added, per 1.00 (0.1 = ten points); 'relative': 0.1 makes 0.5 to 0.55. 'absolute' where absent. */
  kind?: 'absolute' | 'relative';
  /** The power of the term weight; 0, no weight, where absent. */
  exponent?: number;
  /** The power for expiries with more than `referenceDays` left; `exponent` where absent. */
  longExponent?: number;
  /** Days of 24 hours at which the weight is 1, above 0; 30 where absent. */
  referenceDays?: number;
  /** Days left count as no fewer, above 0: near expiry the weight has no bound; 1 where absent. */
  floorDays?: number;
  /** A move up leaves a volatility at no less than this, per 1.00; 0 where absent. */
  least?: number;
}

/** Scenarios one by one: columns of one length. What is absent does not move. */
export interface ScenarioColumns {
  /** Relative moves of the spot, per 1.00 and above -1: -0.1 is down by a tenth. */
  spot: ArrayLike<number>;
  /** Moves of volatility, by {@link VolatilityMove} in points per 1.00 or relative. No volatility falls below 0. */
  volatility?: ArrayLike<number>;
  /** Years of 365 days that pass, at least 0. */
  time?: ArrayLike<number>;
  /** Weights of the scenarios, at least 0 and not all 0; 1 each where absent. They need not add up to 1. */
  weight?: ArrayLike<number>;
}

/** What a scan measures, and in what. */
export interface ScanOptions {
  /**
   * 'quote' (default): what the holdings are worth in quote currency, a coin-settled option by its price in quote.
   * 'coin': what they are worth in coin, value / forward; a future makes (f' - f)/f', spot nothing. The two differ by
   * more than a rate: in quote currency the coin that premiums are paid in moves as well.
   */
  currency?: 'quote' | 'coin';
  /** Takes the positions of this underlying alone. */
  underlying?: string;
  /** By how much each underlying moves when the scenario's spot moves by 1; 1 for those not named. */
  beta?: Readonly<Record<string, number>>;
  /** What a move of volatility is; 'absolute' where absent. */
  volatilityMove?: 'absolute' | 'relative' | VolatilityMove;
  /**
   * Whether runs find sensitivities and Taylor's profits too: a tick of the whole chain per scenario. `greekfire/full`
   * only.
   */
  sensitivities?: boolean;
}

/** Every spot x volatility x time. */
export interface ScanGrid extends ScanOptions {
  /** As in {@link ScenarioColumns}; no move where absent, of all three. */
  spot: ArrayLike<number>;
  /** As in {@link ScenarioColumns}. */
  volatility?: ArrayLike<number>;
  /** As in {@link ScenarioColumns}. */
  time?: ArrayLike<number>;
  /** Weights of the scenarios in the order of {@link Scan.index}. */
  weight?: ArrayLike<number>;
  /** Tells it from a list. */
  scenarios?: undefined;
}

/** A list of scenarios. */
export interface ScanList extends ScanOptions {
  /** The scenarios, which may be moves of the past. */
  scenarios: ScenarioColumns;
}

/** What to scan. */
export type ScanRequest = ScanGrid | ScanList;

const columnNames: ReadonlySet<string> = new Set<keyof ScenarioColumns>([
  'spot',
  'volatility',
  'time',
  'weight',
]);
const listNames: ReadonlySet<string> = new Set<keyof ScanList>([
  'scenarios',
  'currency',
  'underlying',
  'beta',
  'volatilityMove',
  'sensitivities',
]);
const gridNames: ReadonlySet<string> = new Set([...columnNames, ...listNames]);
const moveNames: ReadonlySet<string> = new Set<keyof VolatilityMove>([
  'kind',
  'exponent',
  'longExponent',
  'referenceDays',
  'floorDays',
  'least',
]);

/** A loss, and who makes it. */
export interface TailLoss {
  /** In the scan's currency; negative where there is a gain even here. */
  readonly loss: number;
  /** What each position contributes, in the order of the book: a fresh array. They add up to `loss`. */
  readonly contribution: Float64Array;
}

/** The worst of the scenarios. */
export interface WorstCase extends TailLoss {
  /** Which it is, the first of several. */
  readonly scenario: number;
}

/** What a scan needs of its book. @internal */
export interface ScanSource {
  readonly at: number;
  readonly underlyings: readonly string[];
  guard(): void;
}

// Columns of the module's scans, and the names of the axes among them.
const AXES = ['spot', 'volatility', 'time', 'weight'] as const;
const WEIGHT = 3;
const SCENARIO = { spot: 4, volatility: 5, time: 6, profit: 7 } as const;

/** After the twelve sensitivities. */
const TAYLOR = 12;

/**
 * What a book makes in scenarios: every option that is held revalued in full in every scenario, by Black (1976) as the
 * chain does. The profit is against the marks of the chain's last tick at the last {@link Scan.run}, and 0 exactly
 * where nothing moves. It stands on its book and owns memory until disposed.
 *
 * The forwards of an underlying move by one ratio. As time passes, forwards stand; an option that expires on the way
 * is worth its intrinsic value, and what is over at the marks is settled and moves no more. Positions on rows without
 * a price (`Book.unpriced`) are left out.
 *
 * A profit depends on its own scenario alone, to the last bit: a scan of a part of the scenarios finds the same.
 */
export class Scan<O extends Order = Order> extends Owner {
  readonly #abi: Abi;
  readonly #book: ScanSource;
  readonly #at: number;
  readonly #columns: Readonly<Record<keyof typeof SCENARIO | 'weight', View<'f64'>>>;
  /** How many scenarios there are. */
  readonly length: number;
  /** Lengths of the axes of a grid; of a list, how many scenarios there are, by one and by one. */
  readonly shape: {
    /** Spot moves. */
    readonly spot: number;
    /** Volatility moves. */
    readonly volatility: number;
    /** Times. */
    readonly time: number;
  };
  /** Where sensitivities are asked for. */
  readonly #full: FullAbi | undefined;
  readonly #sensitivities: Columns<O> | undefined;
  readonly #taylor: View<'f64'> | undefined;
  #byPosition: View<'f64'> | undefined;

  /** @internal */
  constructor(abi: Abi, book: ScanSource, order: O, request: ScanRequest) {
    super('scan');
    book.guard();
    requireObject('request', request);
    const isList = request.scenarios !== undefined;
    requireFields('request', request, isList ? listNames : gridNames);
    if (isList) requireFields('request.scenarios', request.scenarios, columnNames);
    const prefix = isList ? 'request.scenarios.' : 'request.';
    const given: ScenarioColumns = isList ? request.scenarios : request;
    const axes = axesOf(prefix, given, isList);
    const [spots, volatilities, times] = axes.map(({ length }) => length);
    const length = isList ? spots : spots * volatilities * times;
    if (given.weight !== undefined) requireNumbers(`${prefix}weight`, given.weight, length);
    const underlying = underlyingOf(book, request);
    const betas = betasOf(book, request.beta ?? {});
    const move = moveOf(request.volatilityMove ?? 'absolute');

    this.#abi = abi;
    this.#book = book;
    this.length = length;
    this.shape = isList
      ? { spot: length, volatility: 1, time: 1 }
      : { spot: spots, volatility: volatilities, time: times };
    const at = taken(abi.scanCreate(book.at, spots, volatilities, times, isList ? 0 : 1), 'scan');
    this.#at = at;
    const column = (name: number, rows: number): View<'f64'> =>
      new View(abi, 'f64', abi.scanColumn(at, name), rows);
    this.#columns = {
      spot: column(SCENARIO.spot, length),
      volatility: column(SCENARIO.volatility, length),
      time: column(SCENARIO.time, length),
      profit: column(SCENARIO.profit, length),
      weight: column(WEIGHT, length),
    };
    try {
      [...axes, given.weight ?? 1].forEach((values, axis) => {
        const rows = axis === WEIGHT ? length : axes[axis].length;
        const target = column(axis, rows).array;
        fillColumn(target, values);
        const bad = abi.scanCheck(at, axis, rows);
        if (bad < 0) return;
        const name = `${prefix}${AXES[axis]}`;
        if (bad === rows) throw new RangeError(`${name} must have a sum above 0 and finite`);
        const wanted = axis >= 2 ? 'finite and not negative' : 'finite';
        throw new RangeError(`${name}[${bad}] must be ${wanted}, got ${target[bad]}`);
      });
      new View(abi, 'f64', abi.scanBeta(at), betas.length).array.set(betas);
      book.underlyings.forEach((name, u) => {
        const bad = abi.scanCheckSpot(at, u);
        if (bad < 0) return;
        const times = betas[u] === 1 ? '' : ` x ${betas[u]}, the beta of ${shown(name)},`;
        throw new RangeError(`${prefix}spot[${bad}]${times} must be above -1, got ${axes[0][bad]}`);
      });
      abi.scanPrepare(at);
      abi.scanMeasureIn(at, underlying, (request.currency ?? 'quote') === 'coin' ? 1 : 0);
      abi.scanMoveBy(at, ...move);
      if (request.sensitivities === true) {
        const full = requireFull(abi, "a scan's sensitivities");
        taken(full.scanTakeSensitivities(at), "scan's sensitivities");
        const find = (column: number): View<'f64'> =>
          new View(abi, 'f64', full.scanSensitivity(at, column), length);
        this.#full = full;
        const views = sensitivitiesOf(order).map((_, s) => find(s));
        this.#sensitivities = columnsOf(order, (s) => {
          this.guard();
          return views[s].array;
        });
        this.#taylor = find(TAYLOR);
      }
      this.run();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /**
   * Finds the profits anew, from the chain's last tick and the positions as they stand. Allocates nothing but where
   * the book has grown.
   * @throws RangeError where a scenario leads out of the range of numbers, and then the profits are of no use; or
   * memory is exhausted
   */
  run(): void {
    this.guard();
    const bad = this.#abi.scanRun(this.#at);
    this.#byPosition = undefined;
    if (bad === -2) taken(0, "scan's positions");
    if (bad < 0) {
      this.#full?.scanFindSensitivities(this.#at);
      return;
    }
    const { spot, volatility, time } = this.#columns;
    throw new RangeError(
      `scenario ${bad} leads out of the range of numbers: spot ${spot.array[bad]}, ` +
        `volatility ${volatility.array[bad]}, time ${time.array[bad]}`,
    );
  }

  /** Profit of each scenario in the scan's currency: a live view, to be read after the run that fills it. */
  get profit(): Float64Array {
    return this.#column('profit');
  }

  /** The scenarios' relative spot moves: a live view, not to be written. */
  get spot(): Float64Array {
    return this.#column('spot');
  }

  /** The scenarios' moves of volatility: a live view, not to be written. */
  get volatility(): Float64Array {
    return this.#column('volatility');
  }

  /** The scenarios' years that pass: a live view, not to be written. */
  get time(): Float64Array {
    return this.#column('time');
  }

  /** The scenarios' weights: a live view, not to be written. */
  get weight(): Float64Array {
    return this.#column('weight');
  }

  /** What options and spot are worth at the marks of the last run, in the scan's currency. */
  get value(): number {
    this.guard();
    return this.#abi.scanValue(this.#at);
  }

  /**
   * Totals of the underlying's sensitivities in each scenario, as `Book.exposure` has them after such a tick: of the
   * chain's order, in the scan's currency, one live view per sensitivity. Undefined where the request asks for none.
   */
  get sensitivities(): Columns<O> | undefined {
    this.guard();
    return this.#sensitivities;
  }

  /**
   * What Taylor's series makes of each scenario by the sensitivities of the marks, as `Book.explain` does, in quote
   * currency: only to show its error beside {@link Scan.profit}. A live view, undefined where no sensitivities are
   * asked for.
   */
  get taylor(): Float64Array | undefined {
    this.guard();
    return this.#taylor?.array;
  }

  /**
   * The scenario of a grid's node, the spot running fastest, then volatility.
   * @throws RangeError where the grid has no such node
   */
  index(spot: number, volatility = 0, time = 0): number {
    this.guard();
    const { shape } = this;
    requireInteger('spot', spot, 0, shape.spot - 1);
    requireInteger('volatility', volatility, 0, shape.volatility - 1);
    requireInteger('time', time, 0, shape.time - 1);
    return (time * shape.volatility + volatility) * shape.spot + spot;
  }

  /**
   * What each position makes in each scenario of the last run, at [scenario x positions + position]: a live view,
   * worked out on the first call after a run. Unpriced positions, and those of other underlyings than the scan's, have
   * 0. Needs 8 bytes per scenario and position, which the first call takes: memory may grow.
   * @throws RangeError where memory is exhausted
   */
  profitByPosition(): Float64Array {
    this.guard();
    if (!this.#byPosition) {
      const at = taken(this.#abi.scanByPosition(this.#at), "scan's profits by position");
      const length = this.length * this.#abi.scanPositions(this.#at);
      this.#byPosition = new View(this.#abi, 'f64', at, length);
    }
    return this.#byPosition.array;
  }

  /** The scenario of the last run that makes least, and what the positions make of it. */
  worst(): WorstCase {
    this.guard();
    const scenario = this.#abi.scanWorst(this.#at);
    return { scenario, loss: 0 - this.#columns.profit.array[scenario], contribution: this.#contribution() };
  }

  /**
   * Value at risk of the weighted scenarios of the last run: the smallest loss that is not exceeded with a probability
   * of at least `level`. Contributions are means over the scenarios that make just this loss.
   * @param level - in (0, 1), 0.99 say
   * @throws RangeError where it is not
   */
  valueAtRisk(level: number): TailLoss {
    return this.#tail(level, 0);
  }

  /**
   * Expected shortfall of the weighted scenarios of the last run: the mean loss of the worst 1 - `level` of
   * probability, the scenario at its edge counted in part (Acerbi and Tasche 2002; Rockafellar and Uryasev 2002).
   * @param level - in (0, 1), 0.975 say
   * @throws RangeError where it is not
   */
  expectedShortfall(level: number): TailLoss {
    return this.#tail(level, 1);
  }

  #tail(level: number, shortfall: number): TailLoss {
    this.guard();
    if (!(requireFinite('level', level) > 0 && level < 1)) {
      throw new RangeError(`level must be between 0 and 1, got ${level}`);
    }
    const loss = this.#abi.scanTail(this.#at, level, shortfall);
    return { loss, contribution: this.#contribution() };
  }

  /** By the shares of the figure asked for last. */
  #contribution(): Float64Array {
    const abi = this.#abi;
    const positions = abi.scanPositions(this.#at);
    const at = taken(abi.take(8 * positions), "positions' contributions");
    abi.scanContribute(this.#at, at);
    const contribution = new Float64Array(abi.memory.buffer, at >>> 0, positions).slice();
    abi.give(at);
    return contribution;
  }

  #column(name: keyof typeof SCENARIO | 'weight'): Float64Array {
    this.guard();
    return this.#columns[name].array;
  }

  protected override guard(): void {
    super.guard();
    this.#book.guard();
  }

  protected override release(): void {
    this.#abi.scanGive(this.#at);
  }
}

const STILL = [0];

/** The moves in the order of the axes; of a list all have one length. */
function axesOf(prefix: string, given: ScenarioColumns, isList: boolean): ArrayLike<number>[] {
  const { spot, volatility, time } = given;
  requireNumbers(`${prefix}spot`, spot);
  if (spot.length === 0) throw new RangeError(`${prefix}spot must not be empty`);
  return Object.entries({ spot, volatility, time }).map(([name, values]) => {
    if (values === undefined) return isList ? new Float64Array(spot.length) : STILL;
    requireNumbers(`${prefix}${name}`, values, isList ? spot.length : undefined);
    if (values.length === 0) throw new RangeError(`${prefix}${name} must not be empty`);
    return values;
  });
}

function underlyingOf({ underlyings }: ScanSource, request: ScanRequest): number {
  const { underlying, currency = 'quote' } = request;
  requireWord('request.currency', currency, ['quote', 'coin']);
  if (underlying !== undefined) {
    return underlyings.indexOf(requireWord('request.underlying', underlying, underlyings));
  }
  if (underlyings.length > 1 && (currency === 'coin' || request.sensitivities === true)) {
    const known = underlyings.map(shown).join(', ');
    const what = currency === 'coin' ? 'coins' : 'deltas';
    throw new RangeError(`request.underlying must name one of ${known}: their ${what} do not add`);
  }
  return -1;
}

function betasOf({ underlyings }: ScanSource, beta: Readonly<Record<string, number>>): number[] {
  requireObject('request.beta', beta);
  Object.entries(beta).forEach(([name, value]) => {
    requireFinite(`request.beta.${name}`, value);
    requireWord('request.beta: its names', name, underlyings);
  });
  return underlyings.map((name) => (Object.hasOwn(beta, name) ? beta[name] : 1));
}

/** The terms of a move of volatility as the module takes them. */
function moveOf(
  given: 'absolute' | 'relative' | VolatilityMove,
): Parameters<Abi['scanMoveBy']> extends [number, ...infer Terms] ? Terms : never {
  const name = 'request.volatilityMove';
  if (typeof given === 'string') requireWord(name, given, ['absolute', 'relative']);
  else requireFields(name, given, moveNames);
  const terms: VolatilityMove = typeof given === 'string' ? { kind: given } : given;
  const { kind = 'absolute', exponent = 0, referenceDays = 30, floorDays = 1, least = 0 } = terms;
  requireWord(`${name}.kind`, kind, ['absolute', 'relative']);
  requireFinite(`${name}.exponent`, exponent);
  const { longExponent = exponent } = terms;
  requireFinite(`${name}.longExponent`, longExponent);
  for (const [field, days] of Object.entries({ referenceDays, floorDays })) {
    if (!(requireFinite(`${name}.${field}`, days) > 0)) {
      throw new RangeError(`${name}.${field} must be positive, got ${days}`);
    }
  }
  requireNotNegative(`${name}.least`, least);
  return [
    kind === 'relative' ? 1 : 0,
    exponent,
    longExponent,
    referenceDays / DAYS_PER_YEAR,
    floorDays / DAYS_PER_YEAR,
    least,
  ];
}

/** Moves of the spot in one jump, per 1.00: what models of small moves miss. From a fall of 60 % to a rise of 300 %. */
export const PRICE_GAPS: readonly number[] = [
  -0.6, -0.5, -0.4, -0.3, -0.2, -0.1, 0.1, 0.2, 0.3, 0.5, 1, 2, 3,
];

/** How volatilities react to a gap. */
export interface GapReaction {
  /** Rise of volatility, relative, per 1.00 of fall: 1 makes 0.5 to 0.75 on a fall by half; 1 where absent. */
  fall?: number;
  /** The same per 1.00 of rise; 0.5 where absent. */
  rise?: number;
}

const reactionNames: ReadonlySet<string> = new Set<keyof GapReaction>(['fall', 'rise']);

/** Jumps as scenarios. */
export interface PriceGaps extends ScenarioColumns {
  /** The jumps, relative, per 1.00. */
  spot: Float64Array;
  /** Relative moves of volatility, per 1.00, one per jump. */
  volatility: Float64Array;
}

/**
 * Price gaps as scenarios for a scan with `volatilityMove: 'relative'`: single jumps, each with the volatility that
 * comes with it. The reactions are assumptions, in the order of what crypto options have shown; bring your own.
 * @param spot - the jumps, relative, per 1.00; {@link PRICE_GAPS} where absent
 * @returns fresh columns of one length
 * @throws TypeError or RangeError where a jump or a reaction is no finite number
 */
export function priceGaps(spot: ArrayLike<number> = PRICE_GAPS, reaction: GapReaction = {}): PriceGaps {
  requireFields('reaction', reaction, reactionNames);
  const { fall = 1, rise = 0.5 } = reaction;
  requireFinite('reaction.fall', fall);
  requireFinite('reaction.rise', rise);
  const moves = Float64Array.from(requireArray('spot', spot), (move, i) => requireFinite(`spot[${i}]`, move));
  return { spot: moves, volatility: moves.map((move) => (move < 0 ? -fall : rise) * move) };
}
