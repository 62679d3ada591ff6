import {
  type Book,
  DAYS_PER_YEAR,
  priceGaps,
  PRICE_GAPS,
  type Scan,
  type ScanOptions,
  type ScanRequest,
  type ScenarioColumns,
  type VolatilityMove,
} from 'greekfire';
import type { BookInput } from 'greekfire/deribit';
import type { FullCore } from 'greekfire/full';
import { InputError, oneLine, printable } from './failure.js';
import { holdBook, type HeldBook } from './held.js';
import type { Inputs } from './inputs.js';

/** Sensitivities that a surface may show. */
export const SURFACE_GREEKS = ['delta', 'gamma', 'vega', 'theta', 'rho', 'vanna', 'volga', 'charm'] as const;

/** One of {@link SURFACE_GREEKS}. */
export type SurfaceGreek = (typeof SURFACE_GREEKS)[number];

/** The nodes of a grid, raw. */
export interface GridAxes {
  /** Relative moves of the spot, per 1.00. */
  readonly spot: readonly number[];
  /** Moves of volatility, in points per 1.00 or relative. */
  readonly volatility: readonly number[];
  /** Days that pass. */
  readonly days: readonly number[];
}

/** Single jumps, and by how much volatilities rise on them. */
export interface GapChoice {
  /** Relative, per 1.00; those of the library where undefined. */
  readonly moves: readonly number[] | undefined;
  /** Relative rise of volatility per 1.00 of fall and of rise. */
  readonly fall: number;
  readonly rise: number;
}

/** Moves given as data. */
export interface MovesFile extends Required<ScenarioColumns> {
  readonly name: string;
  readonly spot: Float64Array;
  readonly volatility: Float64Array;
  /** In years. */
  readonly time: Float64Array;
  readonly weight: Float64Array;
}

/** What to scan and how. */
export interface ScanChoice {
  readonly axes: GridAxes;
  readonly volatilityMove: Required<Pick<VolatilityMove, 'kind' | 'exponent'>>;
  readonly gaps: GapChoice;
  readonly moves: MovesFile | undefined;
  /** Of value at risk and expected shortfall, in (0, 1). */
  readonly level: number;
  readonly beta: Readonly<Record<string, number>>;
  readonly measure: 'quote' | 'coin';
  /** Sensitivities wanted on the grid; none where empty. */
  readonly greeks: readonly SurfaceGreek[];
  /** Whether Taylor's series is wanted beside the exact profits. */
  readonly taylor: boolean;
}

/** A position as a scan names it. */
export interface ScanPosition {
  readonly instrument: string;
  readonly quantity: number;
  readonly structure: string | undefined;
}

/** A scenario, raw. */
export interface ScenarioPoint {
  readonly index: number;
  readonly spot: number;
  readonly volatility: number;
  readonly days: number;
  readonly profit: number;
}

/** A loss, and what each position contributes to it. */
export interface ScanLoss {
  readonly loss: number;
  readonly contribution: Float64Array;
}

/** The worst scenario. */
export interface ScanWorst extends ScanLoss {
  readonly scenario: ScenarioPoint;
}

/** Profits on a grid: the spot runs fastest, then volatility. */
export interface Surface extends GridAxes {
  readonly profit: Float64Array;
  readonly worst: ScanWorst;
  readonly greeks: Readonly<Partial<Record<SurfaceGreek, Float64Array>>>;
  /** What Taylor's series makes of each node; undefined where it is not wanted. */
  readonly taylor: Float64Array | undefined;
}

/** One jump and its worst position. */
export interface Gap extends ScenarioPoint {
  /** Index of the position that loses most in it; -1 where none loses. */
  readonly loser: number;
  readonly loserProfit: number;
}

/** Losses over moves given as data. */
export interface Tail {
  readonly source: string;
  readonly scenarios: number;
  readonly level: number;
  readonly profit: Float64Array;
  readonly worst: ScanWorst;
  readonly valueAtRisk: ScanLoss;
  readonly expectedShortfall: ScanLoss;
  /** The scenarios that lose most, worst first. */
  readonly worstMoves: readonly ScenarioPoint[];
}

/** A book's risk surface, raw. */
export interface ScanReport {
  readonly underlyings: readonly string[];
  /** What profits are in: a quote currency, or a coin. */
  readonly unit: string;
  /** Price of the only underlying, that of its nearest forward; undefined where there are several. */
  readonly price: number | undefined;
  readonly beta: Readonly<Record<string, number>>;
  readonly volatilityMove: ScanChoice['volatilityMove'];
  /** What options and spot are worth at the marks. */
  readonly value: number;
  readonly strikes: number;
  readonly positions: readonly ScanPosition[];
  /** Positions that have no price, left out of all profits. */
  readonly unpriced: readonly string[];
  readonly surface: Surface;
  readonly gaps: readonly Gap[];
  /** Jumps that were left out since a beta makes them a fall of 100 % or more. */
  readonly gapsLeftOut: number;
  readonly tail: Tail | undefined;
}

/** The worst moves that are listed. */
const WORST_MOVES = 5;
/** Most nodes and moves. */
const MOST_SCENARIOS = 1_000_000;
/** The scan of a report: a compact grid. */
export const REPORT_CHOICE: ScanChoice = {
  axes: {
    spot: [-0.3, -0.2, -0.1, -0.05, 0, 0.05, 0.1, 0.2, 0.3],
    volatility: [-0.2, -0.1, 0, 0.1, 0.2, 0.3],
    days: [0],
  },
  volatilityMove: { kind: 'absolute', exponent: 0 },
  gaps: { moves: [], fall: 1, rise: 0.5 },
  moves: undefined,
  level: 0.99,
  beta: {},
  measure: 'quote',
  greeks: [],
  taylor: false,
};

/** A book to scan, with the terms that all its scans share. */
export class Scanned {
  readonly #holding: HeldBook;
  readonly #choice: ScanChoice;
  readonly #options: ScanOptions;
  readonly underlyings: readonly string[];
  readonly #beta: readonly number[];

  /** @throws InputError as `holdBook`, or where the choice does not fit the book */
  constructor(core: FullCore, inputs: Inputs, currencies: readonly string[], choice: ScanChoice) {
    this.#holding = holdBook(core, inputs, currencies);
    this.#choice = choice;
    const { underlyings } = this.#holding.book;
    this.underlyings = underlyings;
    const stray = Object.keys(choice.beta).find((name) => !underlyings.includes(name));
    if (stray !== undefined) throw new InputError(`--beta ${stray}: the book has ${underlyings.join(', ')}`);
    this.#beta = underlyings.map((name) => choice.beta[name] ?? 1);
    const apart = [
      ...(choice.measure === 'coin' ? ['--in coin'] : []),
      ...(choice.greeks.length > 0 ? ['--greeks'] : []),
      ...(choice.taylor ? ['--taylor'] : []),
    ].join(', ');
    if (choice.taylor && choice.measure === 'coin')
      throw new InputError('--taylor finds profits in the quote currency: leave out --in coin');
    if (underlyings.length > 1 && apart !== '')
      throw new InputError(`${apart} needs one underlying: choose by --currency ${underlyings.join(' or ')}`);
    const { axes } = choice;
    const nodes = axes.spot.length * axes.volatility.length * axes.days.length;
    if (nodes > MOST_SCENARIOS)
      throw new InputError(`the grid has ${nodes} nodes, at most ${MOST_SCENARIOS} can be scanned`);
    this.#options = {
      volatilityMove: choice.volatilityMove,
      currency: choice.measure,
      beta: choice.beta,
    };
    this.#requireAbove('--spot', axes.spot);
    if (choice.gaps.moves !== undefined) this.#requireAbove('--gaps', choice.gaps.moves);
    if (choice.moves !== undefined) this.#requireAbove(choice.moves.name, choice.moves.spot);
  }

  /** What the workers need of the book. */
  get source() {
    const { input, held } = this.#holding;
    return { expiries: input.expiries, positions: held.positions };
  }

  /** The request of the grid. */
  get gridRequest(): ScanRequest {
    const { spot, volatility, days } = this.#choice.axes;
    return { ...this.#options, spot, volatility, time: days.map((day) => day / DAYS_PER_YEAR) };
  }

  /** The request of the moves given as data. */
  get movesRequest(): ScanRequest | undefined {
    const { moves } = this.#choice;
    if (moves === undefined) return undefined;
    const { spot, volatility, time, weight } = moves;
    return { ...this.#options, scenarios: { spot, volatility, time, weight } };
  }

  /** Scenarios and strikes of both requests: how long they take. */
  get size(): number {
    const { axes, moves } = this.#choice;
    const nodes = axes.spot.length * axes.volatility.length * axes.days.length + (moves?.spot.length ?? 0);
    return nodes * this.#holding.book.length;
  }

  /** Profits of a request, on this core. @throws InputError where they leave the range of numbers */
  profits(request: ScanRequest): Float64Array {
    const scan = this.#scan(request);
    const profit = scan.profit.slice();
    scan.dispose();
    return profit;
  }

  /** The report, its sweeps' profits being found. */
  report(grid: Float64Array, moved: Float64Array | undefined): ScanReport {
    const { chain, held, input } = this.#holding;
    const { choice, underlyings } = { choice: this.#choice, underlyings: this.underlyings };
    const still = this.#scan({ ...this.#options, spot: [0] });
    const value = still.value;
    still.dispose();
    const nearest = input.expiries.reduce((a, b) => (b.years < a.years && b.years > 0 ? b : a));
    const [coin, quote = 'USD'] = underlyings[0].split('_');
    const gapMoves = choice.gaps.moves ?? PRICE_GAPS;
    const taken = gapMoves.filter((move) => this.#beta.every((beta) => beta * move > -1));
    return {
      underlyings,
      unit: choice.measure === 'coin' ? coin : quote,
      price: underlyings.length === 1 ? nearest.forward : undefined,
      beta: choice.beta,
      volatilityMove: choice.volatilityMove,
      value,
      strikes: chain.length,
      positions: positionsOf(held),
      unpriced: this.#holding.unpriced,
      surface: this.#surface(grid),
      gaps: this.#gaps(taken),
      gapsLeftOut: gapMoves.length - taken.length,
      tail: moved === undefined ? undefined : this.#tail(moved),
    };
  }

  /** Frees what it stands on. */
  dispose(): void {
    this.#holding.dispose();
  }

  #surface(profit: Float64Array): Surface {
    const { axes, greeks, taylor } = this.#choice;
    const { spot, volatility, days } = axes;
    const pointAt = (index: number): ScenarioPoint => ({
      index,
      spot: spot[index % spot.length],
      volatility: volatility[Math.floor(index / spot.length) % volatility.length],
      days: days[Math.floor(index / spot.length / volatility.length)],
      profit: profit[index],
    });
    const surface = { ...axes, profit, worst: this.#worst(pointAt(leastOf(profit))) };
    if (greeks.length === 0 && !taylor) return { ...surface, greeks: {}, taylor: undefined };
    const scan = this.#scan({ ...this.gridRequest, sensitivities: true });
    const columns = greeks.map((name) => [name, scan.sensitivities![name].slice()] as const);
    const series = taylor ? scan.taylor!.slice() : undefined;
    scan.dispose();
    return { ...surface, greeks: Object.fromEntries(columns), taylor: series };
  }

  #gaps(moves: readonly number[]): Gap[] {
    if (moves.length === 0) return [];
    const { fall, rise } = this.#choice.gaps;
    const scenarios = priceGaps(moves, { fall, rise });
    const scan = this.#scan({ ...this.#options, volatilityMove: 'relative', scenarios });
    const byPosition = scan.profitByPosition();
    const count = this.#holding.book.length;
    const gaps = Array.from(scan.profit, (profit, index): Gap => {
      const own = byPosition.subarray(index * count, (index + 1) * count);
      const loser = own.length === 0 ? -1 : leastOf(own);
      const isLoss = loser >= 0 && own[loser] < 0;
      return {
        index,
        spot: scenarios.spot[index],
        volatility: scenarios.volatility[index],
        days: 0,
        profit,
        loser: isLoss ? loser : -1,
        loserProfit: isLoss ? own[loser] : 0,
      };
    });
    scan.dispose();
    return gaps;
  }

  /** What makes a scenario: it is scanned alone, which finds the same bits. */
  #worst(scenario: ScenarioPoint): ScanWorst {
    const scan = this.#scan({ ...this.#options, scenarios: columnsOf([scenario]) });
    const { loss, contribution } = scan.worst();
    scan.dispose();
    return { loss, contribution, scenario };
  }

  /**
   * The measures of a tail. It is scanned alone, all that loses less standing as one scenario of their weights: at the
   * level asked for, that is the same distribution.
   */
  #tail(profit: Float64Array): Tail {
    const { level, moves } = this.#choice;
    const { name, spot, volatility, time, weight } = moves!;
    const order = Array.from(profit.keys())
      .filter((s) => weight[s] > 0)
      .sort((a, b) => profit[a] - profit[b] || a - b);
    const total = weight.reduce((sum, w) => sum + w, 0);
    let inTail = 0;
    let count = 0;
    // a little beyond, so that rounding does not cut the tail short
    const enough = (1 - level) * total * (1 + 1e-9);
    while (count < order.length && (inTail <= enough || profit[order[count]] === profit[order[count - 1]])) {
      inTail += weight[order[count]];
      count += 1;
    }
    const taken = order.slice(0, count + 1);
    const rest = order.slice(count).reduce((sum, s) => sum + weight[s], 0);
    const pointAt = (index: number): ScenarioPoint => ({
      index,
      spot: spot[index],
      volatility: volatility[index],
      days: time[index] * DAYS_PER_YEAR,
      profit: profit[index],
    });
    const part = (column: Float64Array): Float64Array => Float64Array.from(taken, (s) => column[s]);
    const weights = part(weight);
    if (count < order.length) weights[count] = rest;
    const scenarios = { spot: part(spot), volatility: part(volatility), time: part(time), weight: weights };
    const scan = this.#scan({ ...this.#options, scenarios });
    const valueAtRisk = scan.valueAtRisk(level);
    const expectedShortfall = scan.expectedShortfall(level);
    scan.dispose();
    const all = Array.from(profit.keys()).sort((a, b) => profit[a] - profit[b] || a - b);
    return {
      source: name,
      scenarios: profit.length,
      level,
      profit,
      worst: this.#worst(pointAt(all[0])),
      valueAtRisk,
      expectedShortfall,
      worstMoves: all.slice(0, WORST_MOVES).map(pointAt),
    };
  }

  #scan(request: ScanRequest): Scan<2> {
    const book: Book<2> = this.#holding.book;
    try {
      return book.scan(request);
    } catch (error) {
      if (error instanceof RangeError) throw new InputError(oneLine(error.message.replace(/^request\./, '')));
      throw error;
    }
  }

  /** No underlying falls by all that it is worth, or more. */
  #requireAbove(name: string, moves: ArrayLike<number>): void {
    this.underlyings.forEach((underlying, u) => {
      const beta = this.#beta[u];
      const bad = Array.from(moves).findIndex((move) => !(beta * move > -1));
      if (bad < 0) return;
      const by = beta === 1 ? '' : ` with --beta ${underlying}=${beta}`;
      const move = `${Number((100 * moves[bad]).toPrecision(12))} %`;
      throw new InputError(
        `${printable(name)}: value ${bad + 1}, ${move}${by}: a fall must be of less than 100 %`,
      );
    });
  }
}

function columnsOf(points: readonly ScenarioPoint[]): ScenarioColumns {
  return {
    spot: points.map(({ spot }) => spot),
    volatility: points.map(({ volatility }) => volatility),
    time: points.map(({ days }) => days / DAYS_PER_YEAR),
  };
}

function positionsOf(held: BookInput): ScanPosition[] {
  return held.lines.map(({ name, structure }, i) => {
    return { instrument: name, quantity: held.positions[i].quantity, structure };
  });
}

/** Index of the least, the first of several. */
function leastOf(values: Float64Array): number {
  return values.reduce((best, value, i) => (value < values[best] ? i : best), 0);
}
