import type { FullAbi } from '../abi.js';
import type { Book } from '../book.js';
import { Chain } from '../chain.js';
import { shown } from '../checks.js';
import { taken, View } from '../memory.js';
import { type EncodedUnderlying, type MarginModel, PARAMETERS, rules, SCENARIO_COLUMNS } from './model.js';

/** Books of every order. @internal */
export type AnyBook = Book<1> | Book<2> | Book<3>;

/** Columns of the module's accounts, in its order. */
const column = {
  sizes: 0,
  trial: 1,
  legCell: 2,
  parameters: 3,
  table: 4,
  coins: 5,
  figures: 7,
  from: 8,
  cellPlace: 9,
  profits: 20,
} as const;

/** Figures of an underlying, in the module's order. @internal */
export const figure = {
  value: 0,
  initial: 1,
  maintenance: 2,
  worstLoss: 3,
  scenario: 4,
  rollShock: 5,
  deltaShock: 6,
  contingency: 7,
  price: 8,
  delta: 9,
} as const;
/** @internal */
export const FIGURES = 12;

/**
 * What an account stands on in the module: its own chain of the strikes that are held or may be traded, and the legs:
 * the book's positions, then the instruments.
 * @internal
 */
export class MarginRoom {
  readonly #abi: FullAbi;
  readonly #chain: Chain;
  readonly at: number;
  readonly scenarios: number;
  readonly positions: number;
  readonly legs: number;
  readonly #coins: View<'f64'>;
  readonly figures: View<'f64'>;
  readonly profits: View<'f64'>;
  readonly trial: View<'f64'>;
  readonly sizes: View<'f64'>;

  constructor(
    abi: FullAbi,
    book: AnyBook,
    model: MarginModel,
    encoded: readonly EncodedUnderlying[],
    instruments: number[],
  ) {
    const cells = [...book.cells, ...instruments];
    const { chain } = book;
    const rows = chain.length;
    const held = new Set(cells.filter((cell) => cell < 2 * rows).map((cell) => cell % rows));
    const from = [...held].sort((a, b) => a - b);
    const offset = chain.offset;
    const specs = chain.expiries.map((expiry, e) => {
      const own = from.filter((row) => row >= offset[e] && row < offset[e + 1]);
      return {
        ...expiry,
        years: chain.years[e],
        forward: chain.forward[e],
        strike: own.map((row) => chain.strike[row]),
        volatility: own.map((row) => chain.volatility[row]),
      };
    });
    const placeOfRow = specs.flatMap(({ strike }, e) => strike.map(() => e));
    const places = specs.map((_, e) => e);
    const coinPlaces = book.underlyings.map((_, u) => specs.length + u);
    this.#abi = abi;
    this.#chain = new Chain(abi, specs, 1);
    this.scenarios = Math.max(0, ...encoded.map(({ scenarios }) => scenarios.length));
    this.positions = book.length;
    this.legs = cells.length;
    try {
      const rule = rules.indexOf(model.rule);
      this.at = taken(
        abi.accountCreate(book.at, this.#chain.at, instruments.length, this.scenarios, rule),
        'margin account',
      );
    } catch (error) {
      this.#chain.dispose();
      throw error;
    }
    const integers = (c: number, values: number[]): void => {
      new View(abi, 'u32', abi.accountColumn(this.at, c), values.length).array.set(values);
    };
    const view = (c: number, length: number): View<'f64'> =>
      new View(abi, 'f64', abi.accountColumn(this.at, c), length);
    const index = new Map(from.map((row, i) => [row, i]));
    integers(
      column.legCell,
      cells.map((cell) => {
        if (cell >= 2 * rows) return cell - 2 * rows + 2 * from.length;
        return index.get(cell % rows)! + (cell < rows ? 0 : from.length);
      }),
    );
    integers(column.from, from);
    integers(column.cellPlace, [...placeOfRow, ...placeOfRow, ...places, ...coinPlaces, ...coinPlaces]);
    const underlyings = encoded.length;
    const parameters = view(column.parameters, underlyings * PARAMETERS).array;
    const table = view(column.table, underlyings * this.scenarios * SCENARIO_COLUMNS).array;
    // an underlying with fewer scenarios has some that do nothing
    table.forEach((_, i) => (table[i] = i % SCENARIO_COLUMNS === 4 ? 1 : 0));
    encoded.forEach((underlying, u) => {
      parameters.set(underlying.parameters, u * PARAMETERS);
      table.set(underlying.table, u * this.scenarios * SCENARIO_COLUMNS);
    });
    this.#coins = view(column.coins, underlyings);
    this.figures = view(column.figures, underlyings * FIGURES);
    this.profits = view(column.profits, this.scenarios * underlyings);
    this.trial = view(column.trial, this.legs);
    this.sizes = view(column.sizes, this.legs);
  }

  /** Sets what the account holds beside its positions. */
  fund(cash: number, coins: readonly number[]): void {
    this.#abi.accountCash(this.at, cash);
    this.#coins.array.set(coins);
  }

  dispose(): void {
    this.#abi.give(this.at);
    this.#chain.dispose();
  }
}

/** @throws RangeError where a strategy model meets a future or perpetual, of which its rule says nothing @internal */
export function requireRuled(
  model: MarginModel,
  book: AnyBook,
  cells: readonly number[],
  name: string,
): void {
  if (model.rule !== 'strategy') return;
  const futures = 2 * book.chain.length;
  const spots = futures + book.chain.expiries.length + book.underlyings.length;
  const bad = cells.findIndex((cell) => cell >= futures && cell < spots);
  if (bad < 0) return;
  throw new RangeError(
    `${name}[${bad}] is a future or perpetual: model ${shown(model.name)} has no rule for it`,
  );
}
