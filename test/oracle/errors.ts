import { EPSILON, SENSITIVITIES, type Exact, type Sensitivity, type Valuation } from './greeks.js';
import type { DoubleDouble } from './double-double.js';

/** Columns as the package returns them; a lower order lacks the later ones. */
export type Computed = Readonly<Partial<Record<Sensitivity, Float64Array>>>;

/** |computed - exact| of a double against a double-double, without rounding the exact value first. */
export function errorOf(computed: number, exact: DoubleDouble): number {
  return Math.abs(computed - exact.high - exact.low);
}

/** Third-order sensitivities may use 5 units of the bar, all others 4. */
export function unitsAllowed(name: Sensitivity): number {
  return SENSITIVITIES.indexOf(name) < 9 ? 4 : 5;
}

/** Error in units of the bar eps (1 + D^2) terms; anything not a number counts as infinitely wrong. */
export function unitsOf(computed: number, { value, terms }: Exact<DoubleDouble>, D: number): number {
  const error = errorOf(computed, value);
  if (error === 0) return 0;
  const units = error / (EPSILON * (1 + D * D) * terms);
  return Number.isNaN(units) ? Infinity : units;
}

/** Relative error of an out-of-the-money price in units of (8 + 4 D^2) eps. */
export function relativeUnitsOf(computed: number, { value }: Exact<DoubleDouble>, D: number): number {
  const units = errorOf(computed, value) / (Math.abs(value.high) * EPSILON * (8 + 4 * D * D));
  return Number.isNaN(units) ? Infinity : units;
}

/** Gathers errors by row label (a regime) and column (a sensitivity); answers with a table of worst and median. */
export class ErrorTable {
  readonly #cells = new Map<string, Map<string, number[]>>();

  constructor(readonly title: string) {}

  add(label: string, column: string, units: number): void {
    let row = this.#cells.get(label);
    if (!row) this.#cells.set(label, (row = new Map<string, number[]>()));
    const cell = row.get(column);
    if (cell) cell.push(units);
    else row.set(column, [units]);
  }

  /** All sensitivities of row `index` of the computed columns. */
  addRow(label: string, computed: Computed, index: number, exact: Valuation<DoubleDouble>): void {
    for (const name of SENSITIVITIES) {
      const column = computed[name];
      if (column) this.add(label, name, unitsOf(column[index], exact.sensitivity[name], exact.D));
    }
  }

  /** Cells of a label whose worst error is above what is allowed, readable in a failed assertion. */
  above(label: string, allowed: (column: string) => number): string[] {
    return [...(this.#cells.get(label) ?? [])].flatMap(([column, units]) => {
      const worst = worstOf(units);
      if (worst <= allowed(column)) return [];
      const beyond = units.filter((unit) => !(unit <= allowed(column))).length;
      return [
        `${column}: worst ${worst.toPrecision(3)}, ${beyond} of ${units.length} above ${allowed(column)}`,
      ];
    });
  }

  count(label: string, column: string): number {
    return this.#cells.get(label)?.get(column)?.length ?? 0;
  }

  toString(): string {
    const columns = [...new Set([...this.#cells.values()].flatMap((row) => [...row.keys()]))];
    const lines = [['worst / median', ...columns]];
    for (const [label, row] of this.#cells) {
      lines.push([label, ...columns.map((column) => cellText(row.get(column) ?? []))]);
    }
    const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
    const text = lines.map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    );
    return [this.title, ...text].join('\n');
  }
}

function worstOf(units: readonly number[]): number {
  return units.reduce((worst, unit) => (unit > worst ? unit : worst), 0);
}

function cellText(units: readonly number[]): string {
  if (units.length === 0) return '-';
  const sorted = Float64Array.from(units).sort();
  return `${short(worstOf(units))} / ${short(sorted[sorted.length >> 1])}`;
}

function short(units: number): string {
  return units < 100 ? units.toFixed(2) : units.toExponential(1);
}
