import type { Abi } from './abi.js';
import { createBinding } from './binding.js';
import { Book, type ExposureRow, type ChainInstrument } from './book.js';
import {
  LARGEST,
  requireList,
  requireFields,
  requireInteger,
  requireNumbers,
  requireNotNegative,
  requireOwn,
  requireWord,
} from './checks.js';
import { Owner, taken, View } from './memory.js';

/** Size of a hedge problem. */
export interface HedgeShape {
  /** Instruments that may be traded, n: 1 to 65,536. */
  instruments: number;
  /** Exposures that are watched, m: 1 to 256. */
  exposures: number;
  /** Price levels per side of a depth ladder: 1 to 64, 1 where absent. */
  levels?: number;
}

/**
 * Order-book depth, `[i * levels + l]`: sizes of every level, at least 0, and costs per unit beyond mid, at least 0
 * and not decreasing from level to level of a side. Levels of size 0 are skipped. The total size of a side also
 * bounds the trade.
 */
export interface HedgeDepth {
  /** Units that can be sold at each level. */
  bidSize: ArrayLike<number>;
  /** Cost of selling one of them, beyond mid. */
  bidCost: ArrayLike<number>;
  /** Units that can be bought at each level. */
  askSize: ArrayLike<number>;
  /** Cost of buying one of them, beyond mid. */
  askCost: ArrayLike<number>;
}

/**
 * Over trades x (n) and exposures e = exposure + A x (m), minimise
 *
 *     1/2 sum_k weight_k (e_k - target_k)^2 + sum_i cost_i(x_i),   lower <= e <= upper,   -sellLimit <= x <= buyLimit
 *
 * where cost_i(x) = spread or depth + linear_i x + 1/2 impact_i x^2. All costs are in one currency; every array is
 * copied. No number is larger than 1e30 in size, but for bands that are none.
 */
export interface HedgeProblem {
  /** A, instrument by instrument, `[i * exposures + k]`: exposure k of one unit of instrument i. */
  sensitivity: ArrayLike<number>;
  /** Exposures before the trades, m. */
  exposure: ArrayLike<number>;
  /** Wanted exposures, m; 0 at first. */
  target?: ArrayLike<number>;
  /** Cost of missing the target, 1/2 weight (e - target)^2, m, at least 0; 0 at first: no target. */
  weight?: ArrayLike<number>;
  /** Least exposures, m, -Infinity for none; none at first. */
  lower?: ArrayLike<number>;
  /** Greatest exposures, m, Infinity for none; none at first. */
  upper?: ArrayLike<number>;
  /** Most units to sell, n, finite and at least 0. */
  sellLimit: ArrayLike<number>;
  /** Most units to buy, n, finite and at least 0. */
  buyLimit: ArrayLike<number>;
  /** Cost per unit traded, either side, n, at least 0; 0 at first. Replaces `depth`. */
  halfSpread?: ArrayLike<number>;
  /** Cost per unit bought, gain per unit sold (carry, -theta, -alpha), n; 0 at first. */
  linear?: ArrayLike<number>;
  /** Quadratic impact: cost 1/2 impact x^2, n, at least 0; 0 at first. */
  impact?: ArrayLike<number>;
  /** Ladders of the order books. Replaces `halfSpread`. */
  depth?: HedgeDepth;
  /** Lot sizes for `solve({ lots: true })`, n, 0 for any size; 0 at first. */
  lot?: ArrayLike<number>;
  /** Smallest sizes for `solve({ lots: true })` of instruments with a lot, n; 0 at first. */
  minimumSize?: ArrayLike<number>;
}

const shapeKeys: ReadonlySet<string> = new Set<keyof HedgeShape>(['instruments', 'exposures', 'levels']);

/** How to solve. */
export interface HedgeOptions {
  /** Largest relative duality gap and band violation of an optimal answer; 1e-9 where absent. */
  tolerance?: number;
  /** Most Newton steps, or steps of the projected gradient; 1,000 or 1,000,000 where absent. */
  maxIterations?: number;
  /** Whether to start from the answer that stands; true where absent. */
  warmStart?: boolean;
  /** 'newton' on the identified face, or the pure projected 'gradient' to compare with; 'newton' where absent. */
  method?: 'newton' | 'gradient';
  /** For an infeasible problem, find the trades of least band violation and, among them, of least cost. */
  closest?: boolean;
  /** Trade whole lots and minimum sizes only: rounding with an improvement search. */
  lots?: boolean;
  /** Trade at most so many instruments, chosen by search; any number where absent. */
  maxInstruments?: number;
}

/**
 * What a solve came to:
 * - 'optimal': |gap| and violation are within the tolerance;
 * - 'infeasible': the bands of the rows in `conflict` cannot be met together, proved by {@link Hedge.ray};
 * - 'iteration-limit': the best answer found, with its true gap; with `maxInstruments`, no hedge of so few was found;
 * - 'restricted': the relaxed problem is solved, and its optimum is the bound; the trades obey `lots` or
 *   `maxInstruments` and cost the gap more.
 */
export type HedgeStatus = 'optimal' | 'infeasible' | 'iteration-limit' | 'restricted';

/** In the order of the module's codes: what `HedgeBatch.status` counts. */
export const hedgeStatuses: readonly HedgeStatus[] = [
  'optimal',
  'infeasible',
  'iteration-limit',
  'restricted',
];

/** In the order of the module's fields. */
const fieldNames = [
  'sensitivity',
  'exposure',
  'target',
  'weight',
  'lower',
  'upper',
  'sellLimit',
  'buyLimit',
  'halfSpread',
  'linear',
  'impact',
  'depth.bidSize',
  'depth.bidCost',
  'depth.askSize',
  'depth.askCost',
  'lot',
  'minimumSize',
] as const;
type FieldName = (typeof fieldNames)[number];
const fieldLabels = fieldNames.map((name) => `problem.${name}`);
const depthNames = ['bidSize', 'bidCost', 'askSize', 'askCost'] as const;
const depthKeys: ReadonlySet<string> = new Set(depthNames);
const firstDepth = fieldNames.indexOf('depth.bidSize');

/** What a value of a field must be. */
const rules: Readonly<Record<FieldName, string>> = {
  sensitivity: 'finite',
  exposure: 'finite',
  target: 'finite',
  weight: 'finite and not negative',
  lower: 'below Infinity and at most the upper bound',
  upper: 'above -Infinity and at least the lower bound',
  sellLimit: 'finite and not negative',
  buyLimit: 'finite and not negative',
  halfSpread: 'finite and not negative',
  linear: 'finite',
  impact: 'finite and not negative',
  'depth.bidSize': 'finite and not negative',
  'depth.bidCost': 'finite, not negative and at least the cost of the level before',
  'depth.askSize': 'finite and not negative',
  'depth.askCost': 'finite, not negative and at least the cost of the level before',
  lot: 'finite and not negative',
  minimumSize: 'finite and not negative',
};

/** What a value that was refused should have been. */
function ruleOf(name: FieldName, value: number): string {
  return Number.isFinite(value) && Math.abs(value) > LARGEST ? `at most ${LARGEST} in size` : rules[name];
}

const required = ['sensitivity', 'exposure', 'sellLimit', 'buyLimit'] as const;
const bitOf = (name: FieldName): number => 1 << fieldNames.indexOf(name);
const requiredMask = required.reduce((mask, name) => mask | bitOf(name), 0);
const problemKeys: ReadonlySet<string> = new Set([
  ...fieldNames.filter((name) => !name.includes('.')),
  'depth',
]);

/** In the order of the module's figures. */
const figure = {
  cost: 0,
  objective: 1,
  bound: 2,
  gap: 3,
  violation: 4,
  iterations: 5,
  newtonSteps: 6,
  gradientSteps: 7,
  centreSteps: 8,
  relaxedObjective: 9,
} as const;
const figures = Object.keys(figure).length;

const methods = ['newton', 'gradient'] as const;
const defaults: HedgeOptions = {};
const optionKeys: ReadonlySet<string> = new Set<keyof HedgeOptions>([
  'tolerance',
  'maxIterations',
  'warmStart',
  'method',
  'closest',
  'lots',
  'maxInstruments',
]);

/** Bits of the module's options. */
const option = { warmStart: 1, gradient: 2, closest: 4, lots: 8 } as const;

/**
 * Many problems that share the sensitivities and costs. Each field holds the values of one problem after the other,
 * laid out as in {@link HedgeProblem}; what is absent is the hedger's own for all.
 */
export interface HedgeProblems extends Partial<
  Pick<
    HedgeProblem,
    'exposure' | 'target' | 'weight' | 'lower' | 'upper' | 'sellLimit' | 'buyLimit' | 'linear'
  >
> {
  /** Number of problems, 1 to 1,048,576. */
  count: number;
}
const ownFields = [
  'exposure',
  'target',
  'weight',
  'lower',
  'upper',
  'sellLimit',
  'buyLimit',
  'linear',
] as const satisfies readonly Exclude<keyof HedgeProblems, 'count'>[];
const problemsKeys: ReadonlySet<string> = new Set(['count', ...ownFields]);

/**
 * An answer and its proof. It belongs to the hedger, and so do its arrays, which are live views of module memory:
 * the next solve overwrites them.
 */
export class Hedge {
  readonly #guard: () => void;
  readonly #views: Readonly<Record<'trades' | 'exposure' | 'multipliers' | 'ray', View<'f64'>>>;
  /** What the solve came to. */
  status: HedgeStatus = 'iteration-limit';
  /** Spread or depth, and impact, without `linear`. */
  cost = 0;
  /** Primal value: what is minimised, at the trades. */
  objective = 0;
  /** Dual value: no trades within limits and bands cost less. Infinity where the bands are infeasible. */
  bound = 0;
  /** (objective - bound) / max(1, |objective|); -Infinity where the bands are infeasible. */
  gap = 0;
  /** Largest excess over a band / (1 + |exposure|). */
  violation = 0;
  /** Steps of either kind. */
  iterations = 0;
  /** Newton steps on the face. */
  newtonSteps = 0;
  /** Steps of the projected gradient. */
  gradientSteps = 0;
  /** Moves of the proximal centre, or of the augmented Lagrangian. */
  centreSteps = 0;
  /** Objective before `lots` and `maxInstruments` were imposed. */
  relaxedObjective = 0;
  /** Rows whose bands cannot be met together, where the problem is infeasible: none can be left out of the proof. */
  conflict: number[] | undefined;

  /** @internal */
  constructor(guard: () => void, views: Record<'trades' | 'exposure' | 'multipliers' | 'ray', View<'f64'>>) {
    this.#guard = guard;
    this.#views = views;
  }

  #array(name: 'trades' | 'exposure' | 'multipliers' | 'ray'): Float64Array {
    this.#guard();
    return this.#views[name].array;
  }

  /** Units to buy, negative to sell, n; never outside the limits. */
  get trades(): Float64Array {
    return this.#array('trades');
  }

  /** Exposures after the trades, m. */
  get exposure(): Float64Array {
    return this.#array('exposure');
  }

  /**
   * The price of every exposure, m: derivative of the optimal objective with respect to `exposure` before the trades.
   */
  get multipliers(): Float64Array {
    return this.#array('multipliers');
  }

  /**
   * Where the problem is infeasible, multipliers v that prove it (Farkas), m: with a = A v, even the best trades
   * for it keep sum_i min(-a_i sellLimit_i, a_i buyLimit_i) above sum_k max(v_k, 0) (upper_k - exposure_k) +
   * min(v_k, 0) (lower_k - exposure_k), which would have to be the other way round.
   */
  get ray(): Float64Array {
    return this.#array('ray');
  }

  /** @internal */
  read(status: HedgeStatus, numbers: Float64Array): void {
    this.status = status;
    this.cost = numbers[figure.cost]!;
    this.objective = numbers[figure.objective]!;
    this.bound = numbers[figure.bound]!;
    this.gap = numbers[figure.gap]!;
    this.violation = numbers[figure.violation]!;
    this.iterations = numbers[figure.iterations]!;
    this.newtonSteps = numbers[figure.newtonSteps]!;
    this.gradientSteps = numbers[figure.gradientSteps]!;
    this.centreSteps = numbers[figure.centreSteps]!;
    this.relaxedObjective = numbers[figure.relaxedObjective]!;
    this.conflict = undefined;
    if (status === 'infeasible') this.conflict = [...this.ray.keys()].filter((k) => this.ray[k] !== 0);
  }
}

/**
 * Answers of {@link Hedger.solveMany}, problem by problem, in live views of module memory that belong to the
 * hedger: the next `solveMany` overwrites them.
 */
export class HedgeBatch {
  readonly #guard: () => void;
  readonly #trades: View<'f64'>;
  readonly #exposure: View<'f64'>;
  readonly #multipliers: View<'f64'>;
  readonly #status: View<'u8'>;
  readonly #figures: readonly View<'f64'>[];
  /** Number of problems. */
  readonly count: number;

  /** @internal */
  constructor(
    abi: Abi,
    many: number,
    count: number,
    instruments: number,
    exposures: number,
    guard: () => void,
  ) {
    const view = (column: number, length: number): View<'f64'> =>
      new View(abi, 'f64', abi.manyResult(many, column), length);
    this.#guard = guard;
    this.count = count;
    this.#trades = view(0, count * instruments);
    this.#exposure = view(1, count * exposures);
    this.#multipliers = view(2, count * exposures);
    const figuresAt = abi.manyResult(many, 3);
    this.#figures = Array.from(
      { length: figures },
      (_, f) => new View(abi, 'f64', figuresAt + 8 * f * count, count),
    );
    this.#status = new View(abi, 'u8', abi.manyResult(many, 4), count);
  }

  #figure(name: keyof typeof figure): Float64Array {
    this.#guard();
    return this.#figures[figure[name]].array;
  }

  /** Places in {@link hedgeStatuses}. */
  get status(): Uint8Array {
    this.#guard();
    return this.#status.array;
  }

  /** `[problem * instruments + i]`. */
  get trades(): Float64Array {
    this.#guard();
    return this.#trades.array;
  }

  /** Exposures after the trades, `[problem * exposures + k]`. */
  get exposure(): Float64Array {
    this.#guard();
    return this.#exposure.array;
  }

  /** `[problem * exposures + k]`. */
  get multipliers(): Float64Array {
    this.#guard();
    return this.#multipliers.array;
  }

  /** As {@link Hedge.cost}, per problem. */
  get cost(): Float64Array {
    return this.#figure('cost');
  }

  /** As {@link Hedge.objective}, per problem. */
  get objective(): Float64Array {
    return this.#figure('objective');
  }

  /** As {@link Hedge.bound}, per problem. */
  get bound(): Float64Array {
    return this.#figure('bound');
  }

  /** As {@link Hedge.gap}, per problem. */
  get gap(): Float64Array {
    return this.#figure('gap');
  }

  /** As {@link Hedge.violation}, per problem. */
  get violation(): Float64Array {
    return this.#figure('violation');
  }

  /** As {@link Hedge.iterations}, per problem. */
  get iterations(): Float64Array {
    return this.#figure('iterations');
  }
}

/** Where exposures and sensitivities come from when a hedger is bound to a book. */
export interface HedgeSource {
  /** Whose exposures are hedged. */
  book: Book<1> | Book<2> | Book<3>;
  /** What may be traded, one per instrument of the hedger, in the chain's units. */
  instruments: readonly ChainInstrument[];
  /** What is watched, one per exposure of the hedger. */
  rows: readonly ExposureRow[];
}

const sourceKeys: ReadonlySet<string> = new Set<keyof HedgeSource>(['book', 'instruments', 'rows']);

/** Room for many problems, and their answers. */
interface Many {
  readonly at: number;
  readonly count: number;
  readonly mask: number;
  readonly batch: HedgeBatch;
}

/**
 * Chooses trades: proximal point outside, Newton on the identified face inside, and a proof with every answer. What
 * an update leaves out keeps its value, and a solve starts from the answer that stands: after a move of the
 * exposures it is mostly one Newton step. A warm update and solve take no memory.
 */
export class Hedger extends Owner {
  readonly #abi: Abi;
  readonly #at: number;
  readonly #instruments: number;
  readonly #exposures: number;
  readonly #levels: number;
  /** Per field, the room to fill and the one in force: they change places when an update comes into force. */
  readonly #rooms: [View<'f64'>, View<'f64'>][];
  readonly #figures: View<'f64'>;
  readonly #hedge: Hedge;
  #given = 0;
  #tolerance = 0;
  #maxIterations = 0;
  #flags = 0;
  #most = 0;
  #binding: { at: number; book: HedgeSource['book'] } | undefined;
  #many: Many | undefined;

  /** @internal */
  constructor(abi: Abi, shape: HedgeShape) {
    super('hedger');
    requireFields('shape', shape, shapeKeys);
    this.#instruments = requireInteger('shape.instruments', shape.instruments, 1, 65_536);
    this.#exposures = requireInteger('shape.exposures', shape.exposures, 1, 256);
    this.#levels = requireInteger('shape.levels', shape.levels ?? 1, 1, 64);
    this.#abi = abi;
    const at = taken(abi.hedgerCreate(this.#instruments, this.#exposures, this.#levels), 'hedger');
    this.#at = at;
    const view = (address: number, length: number): View<'f64'> => new View(abi, 'f64', address, length);
    this.#rooms = fieldNames.map((name, f) => {
      const length = this.#lengthOf(name);
      return [view(abi.hedgerStage(at, f), length), view(abi.hedgerField(at, f), length)];
    });
    this.#figures = view(abi.hedgerFigures(at), figures);
    this.#hedge = new Hedge(
      () => {
        this.guard();
      },
      {
        trades: view(abi.hedgerTrades(at), this.#instruments),
        exposure: view(abi.hedgerExposure(at), this.#exposures),
        multipliers: view(abi.hedgerMultipliers(at), this.#exposures),
        ray: view(abi.hedgerRay(at), this.#exposures),
      },
    );
  }

  /**
   * Gives the problem, or the part of it that changed; nothing changes where it throws.
   * @throws TypeError where a field is missing, unknown or no array; RangeError that names field, index and value
   * where a length or a value is wrong
   */
  update(problem: Partial<HedgeProblem>): void {
    this.guard();
    requireFields('problem', problem, problemKeys);
    let mask = 0;
    for (const key in problem) {
      if (key === 'depth') {
        const { depth } = problem;
        if (depth === undefined) continue;
        requireFields('problem.depth', depth, depthKeys);
        if (problem.halfSpread !== undefined) {
          throw new TypeError('problem must have either halfSpread or depth, got both');
        }
        for (let side = 0; side < depthNames.length; side++) {
          mask |= this.#stage(firstDepth + side, depth[depthNames[side]]);
        }
      } else {
        const values = problem[key as Exclude<keyof HedgeProblem, 'depth'>];
        if (values !== undefined) mask |= this.#stage(fieldNames.indexOf(key as FieldName), values);
      }
    }
    for (let f = 0; f < fieldNames.length; f++) {
      if (((mask >> f) & 1) === 0) continue;
      const bad = this.#abi.hedgerCheck(this.#at, f, mask);
      if (bad >= 0) this.#refuse(f, bad, this.#rooms[f][0].array[bad]);
    }
    const given = this.#given | mask;
    if ((given & requiredMask) !== requiredMask) {
      const missing = required.filter((name) => (given & bitOf(name)) === 0);
      throw new TypeError(`the first update needs problem.${missing.join(', problem.')}`);
    }
    this.#commit(mask);
  }

  /** Brings into force the fields that were staged. */
  #commit(mask: number): void {
    this.#abi.hedgerCommit(this.#at, mask);
    for (let f = 0; f < fieldNames.length; f++) if (((mask >> f) & 1) === 1) this.#rooms[f].reverse();
    this.#given |= mask;
  }

  /**
   * Takes the sensitivities and the exposures from a book, as of its chain's last tick, and remembers the source for
   * {@link Hedger.refresh}. They never leave WebAssembly. Limits and costs come by {@link Hedger.update}, after it at
   * first.
   * @throws TypeError or RangeError that names the instrument or row, the field and the value; nothing has changed then
   */
  bind(source: HedgeSource): void {
    this.guard();
    requireFields('source', source, sourceKeys);
    const { book, instruments, rows } = source;
    requireOwn('source.book', book, Book, this.#abi);
    requireList('source.instruments', instruments, this.#instruments);
    requireList('source.rows', rows, this.#exposures);
    const places = instruments.map((position, i) => book.locate(`source.instruments[${i}]`, position));
    const exposures = rows.map((row, k) => book.locateExposure(`source.rows[${k}]`, row));
    const at = createBinding(this.#abi, "hedger's binding", places, exposures);
    const before = this.#binding;
    this.#binding = { at, book };
    try {
      this.refresh();
    } catch (error) {
      this.#binding = before;
      this.#abi.give(at);
      throw error;
    }
    if (before) this.#abi.give(before.at);
  }

  /**
   * Takes the sensitivities and exposures anew from the book that is bound, as of its chain's last tick: the hot path
   * from tick to hedge. Allocates nothing.
   * @throws Error where no book is bound, DisposedError where it is disposed, RangeError where an instrument's row or
   * an exposure is not finite; nothing has changed then
   */
  refresh(): void {
    this.guard();
    if (!this.#binding) throw new Error('the hedger is bound to no book yet: bind it first');
    const { at, book } = this.#binding;
    book.guard();
    const [sensitivity, exposure] = this.#rooms;
    const bad = this.#abi.bindingRead(at, book.at, sensitivity[0].at, exposure[0].at);
    if (bad >= this.#instruments) {
      throw new RangeError(
        `source.rows[${bad - this.#instruments}]: the book's exposure is not finite or above ${LARGEST}`,
      );
    }
    if (bad >= 0) {
      throw new RangeError(
        `source.instruments[${bad}] has no price: its row of the chain is not finite or above ${LARGEST}`,
      );
    }
    this.#commit(bitOf('sensitivity') | bitOf('exposure'));
  }

  /**
   * Solves the problem that stands. Every trade is inside its limits whatever the status, so that an early stop
   * leaves a usable hedge with its true gap.
   * @returns the answer, which belongs to the hedger: the next solve overwrites it
   * @throws Error before the first update, RangeError where an option is out of range
   */
  solve(options: HedgeOptions = defaults): Hedge {
    this.guard();
    this.#readOptions(options);
    const status = this.#abi.hedgerSolve(
      this.#at,
      this.#tolerance,
      this.#maxIterations,
      this.#flags,
      this.#most,
    );
    this.#hedge.read(hedgeStatuses[status], this.#figures.array);
    return this.#hedge;
  }

  /**
   * Solves many problems that share the sensitivities and costs without leaving WebAssembly: accounts, scenarios,
   * venues. Each starts from the answer of the one before; what a problem does not bring is the hedger's own.
   * @returns the answers, which belong to the hedger: the next `solveMany` overwrites them
   * @throws as {@link Hedger.update} and {@link Hedger.solve}; nothing changes then
   */
  solveMany(problems: HedgeProblems, options: HedgeOptions = defaults): HedgeBatch {
    this.guard();
    this.#readOptions(options);
    requireFields('problems', problems, problemsKeys);
    const count = requireInteger('problems.count', problems.count, 1, 2 ** 20);
    let mask = 0;
    for (const name of ownFields) {
      const values = problems[name];
      if (values === undefined) continue;
      requireNumbers(`problems.${name}`, values, count * this.#lengthOf(name));
      mask |= bitOf(name);
    }
    const many = this.#roomForMany(count, mask);
    try {
      for (const name of ownFields) {
        const values = problems[name];
        if (values === undefined) continue;
        const inputAt = this.#abi.manyInput(many.at, fieldNames.indexOf(name));
        new Float64Array(this.#abi.memory.buffer, inputAt >>> 0, values.length).set(values);
      }
      for (const name of ownFields) {
        if ((mask & bitOf(name)) === 0) continue;
        const bad = this.#abi.manyCheck(many.at, fieldNames.indexOf(name));
        if (bad < 0) continue;
        const value = problems[name]![bad];
        throw new RangeError(`problems.${name}[${bad}] must be ${ruleOf(name, value)}, got ${value}`);
      }
    } catch (error) {
      if (many !== this.#many) this.#abi.give(many.at);
      throw error;
    }
    this.#keepMany(many);
    this.#abi.manySolve(many.at, this.#tolerance, this.#maxIterations, this.#flags, this.#most);
    return many.batch;
  }

  protected override release(): void {
    if (this.#many) this.#abi.give(this.#many.at);
    if (this.#binding) this.#abi.give(this.#binding.at);
    this.#abi.give(this.#at);
  }

  #lengthOf(name: FieldName): number {
    const f = fieldNames.indexOf(name);
    if (f === 0) return this.#instruments * this.#exposures;
    if (f <= fieldNames.indexOf('upper')) return this.#exposures;
    return name.startsWith('depth.') ? this.#instruments * this.#levels : this.#instruments;
  }

  /** Copies values into the field's room; its bit. */
  #stage(f: number, values: unknown): number {
    const room = this.#rooms[f][0].array;
    room.set(requireNumbers(fieldLabels[f], values, room.length));
    return 1 << f;
  }

  #refuse(f: number, index: number, value: number): never {
    const name = fieldNames[f];
    let where = '';
    if (name === 'sensitivity') {
      where = ` (instrument ${Math.floor(index / this.#exposures)}, exposure ${index % this.#exposures})`;
    } else if (name.startsWith('depth.')) {
      where = ` (instrument ${Math.floor(index / this.#levels)}, level ${index % this.#levels})`;
    }
    throw new RangeError(`problem.${name}[${index}]${where} must be ${ruleOf(name, value)}, got ${value}`);
  }

  /** Checks the options and keeps them as the module takes them, in fields: a warm solve makes no object. */
  #readOptions(options: HedgeOptions): void {
    requireFields('options', options, optionKeys);
    if ((this.#given & requiredMask) !== requiredMask) {
      throw new Error('the hedger has no problem yet: update it first');
    }
    const isGradient = requireWord('options.method', options.method ?? 'newton', methods) === 'gradient';
    const steps = options.maxIterations ?? (isGradient ? 1_000_000 : 1_000);
    const most = options.maxInstruments;
    this.#tolerance = requireNotNegative('options.tolerance', options.tolerance ?? 1e-9);
    this.#maxIterations = requireInteger('options.maxIterations', steps, 0, 2 ** 31 - 1);
    this.#most = most === undefined ? 0 : requireInteger('options.maxInstruments', most, 1, 65_536);
    this.#flags =
      ((options.warmStart ?? true) ? option.warmStart : 0) |
      (isGradient ? option.gradient : 0) |
      (options.closest ? option.closest : 0) |
      (options.lots ? option.lots : 0);
  }

  /** @internal Whether it stands in a core's memory. */
  isOf(abi: Abi): boolean {
    return abi === this.#abi;
  }

  /** @internal For what borrows it. */
  override guard(): void {
    super.guard();
  }

  /** @internal For what borrows it: of these sizes. */
  requireShape(name: string, instruments: number, exposures: number, levels: number): void {
    const [wanted, own] = [
      [instruments, exposures, levels],
      [this.#instruments, this.#exposures, this.#levels],
    ].map(([n, m, l]) => `${n} instruments, ${m} exposures and ${l} levels`);
    if (wanted !== own) throw new RangeError(`${name} must have ${wanted}, has ${own}`);
  }

  /** The room of the last call where it fits, or another one, which is yet to be kept or given back. */
  #roomForMany(count: number, mask: number): Many {
    if (this.#many?.count === count && this.#many.mask === mask) return this.#many;
    const at = taken(this.#abi.manyCreate(this.#at, count, mask), 'problems');
    const batch = new HedgeBatch(this.#abi, at, count, this.#instruments, this.#exposures, () => {
      this.guard();
      if (this.#many?.batch !== batch) throw new Error('a later solveMany has replaced these answers');
    });
    return { at, count, mask, batch };
  }

  #keepMany(many: Many): void {
    if (this.#many === many) return;
    if (this.#many) this.#abi.give(this.#many.at);
    this.#many = many;
  }
}
