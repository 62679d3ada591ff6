import type { FullAbi } from '../abi.js';
import { Book } from '../book.js';
import {
  requireArray,
  requireBounded,
  requireFinite,
  requireInteger,
  requireList,
  requireNotNegative,
  requireObject,
  requireOwn,
  requireWord,
  shown,
} from '../checks.js';
import type { HedgeDepth } from '../hedger.js';
import { Owner, taken, View } from '../memory.js';
import { limitedHedge, type MarginHedge, type MarginHedgeRequest, requireScenarios } from './limit.js';
import {
  type EncodedUnderlying,
  encodeUnderlying,
  type MarginModel,
  type MarginScenario,
  requireMove,
  rules,
} from './model.js';
import { type MarginPreset, presetOf } from './presets.js';
import { type AnyBook, figure, FIGURES, MarginRoom, requireRuled } from './room.js';

/** What an account holds beside its positions. */
export interface Collateral {
  /** Money in quote currency, negative where it is owed; 0 where absent. */
  cash?: number;
  /** Coins by underlying, at the price of its nearest forward; none where absent. */
  coins?: Readonly<Record<string, number>>;
}

/** How to margin a book. */
export interface MarginOptions extends Collateral {
  /** A preset by name, or a model. */
  model: MarginPreset | MarginModel;
}

/** A state of the market, relative to the chain's last tick. */
export interface MarketState {
  /** Relative move of the forwards, above -1; 0 where absent. */
  move?: number;
  /** Shift of all volatilities, per 1.00; 0 where absent. They stop at 0. */
  shift?: number;
  /** The underlying whose forwards move; all where absent. */
  underlying?: string;
}

/** What a model asks for an underlying, in quote currency. Parts that a rule does not have are 0. */
export interface UnderlyingMargin {
  /** Its name. */
  readonly underlying: string;
  /** Its price: that of its nearest forward, at which coins count. */
  readonly price: number;
  /** What its options and spot are worth and its futures have made since the chain's last tick. */
  readonly value: number;
  /** Value and coins. */
  readonly equity: number;
  /** Initial margin. */
  readonly initial: number;
  /** Maintenance margin. */
  readonly maintenance: number;
  /** Worst loss over the scenarios, as it counts; 0 where none loses. */
  readonly worstLoss: number;
  /** Index of the scenario that makes it in {@link MarginAccount.scenarios}; -1 where none loses. */
  readonly scenario: number;
  /** Roll shock. */
  readonly rollShock: number;
  /** Delta shock. */
  readonly deltaShock: number;
  /** Contingencies for short options and offsetting futures. */
  readonly contingency: number;
  /** Net delta in units of the underlying, each against its own forward. */
  readonly delta: number;
  /** The same in coin, at `price`. */
  readonly coin: {
    /** Value and coins. */
    readonly equity: number;
    /** Initial margin. */
    readonly initial: number;
    /** Maintenance margin. */
    readonly maintenance: number;
  };
}

/** What an account is worth and must hold, in quote currency. */
export interface MarginFigures {
  /** Cash, coins and positions. */
  readonly equity: number;
  /** Initial margin: what it takes to add to the positions. */
  readonly initial: number;
  /** Maintenance margin: what it takes to keep them. */
  readonly maintenance: number;
  /** maintenance / equity; 0 where nothing is asked, Infinity where something is and there is no equity. */
  readonly ratio: number;
  /** Free collateral, equity - initial; negative where it is short. */
  readonly free: number;
  /** Whether equity covers the maintenance margin. */
  readonly isSolvent: boolean;
  /** By underlying, in the order of `Book.underlyings`. */
  readonly underlyings: readonly UnderlyingMargin[];
}

/** A state in which an account is liquidated, and what it is worth there. */
export interface LiquidationLevel {
  /** Relative move of the forwards that brings it about; 0 where volatility moved. */
  readonly move: number;
  /** Shift of all volatilities that brings it about; 0 where the forwards moved. */
  readonly shift: number;
  /** Price of the underlying, or of the first, there. */
  readonly price: number;
  /** Equity and margins there. */
  readonly figures: MarginFigures;
}

/** Where an account is liquidated: the nearest state each way, `undefined` where there is none within the range. */
export interface LiquidationLevels {
  /** As forwards fall. */
  readonly down: LiquidationLevel | undefined;
  /** As forwards rise. */
  readonly up: LiquidationLevel | undefined;
  /** As volatilities fall. */
  readonly volatilityDown: LiquidationLevel | undefined;
  /** As volatilities rise. */
  readonly volatilityUp: LiquidationLevel | undefined;
}

/** Where to look for liquidation. */
export interface LiquidationRange {
  /** The underlying whose forwards move; all together where absent. */
  underlying?: string;
  /** Lowest relative move, above -1; -0.95 where absent. */
  down?: number;
  /** Greatest relative move; 4 where absent. */
  up?: number;
  /** Greatest shift of volatilities either way, per 1.00; 3 where absent. */
  shift?: number;
}

/** A part of a book by itself and in the whole, in quote currency. */
export interface MarginShare {
  /** Initial margin of the part in an account of its own. */
  readonly isolatedInitial: number;
  /** Maintenance margin of the part in an account of its own. */
  readonly isolatedMaintenance: number;
  /** What the part adds to the book's initial margin: negative where it saves. */
  readonly marginalInitial: number;
  /** What the part adds to the book's maintenance margin. */
  readonly marginalMaintenance: number;
}

/** Capital efficiency: one margin for all against one for each. */
export interface MarginEfficiency {
  /** Of the whole book: isolated and marginal are the same. */
  readonly cross: MarginShare;
  /** Part by part. */
  readonly parts: readonly MarginShare[];
  /** Sum of the isolated initial margins. */
  readonly isolatedInitial: number;
  /** Sum of the isolated maintenance margins. */
  readonly isolatedMaintenance: number;
  /** 1 - cross / isolated initial margin: the part that netting saves; 0 where nothing is asked. */
  readonly saved: number;
}

/** How to liquidate. */
export interface UnwindOptions {
  /** Ladders of the positions, `[position * levels + l]`, as of a hedge: sizes in units of the underlying. */
  depth: HedgeDepth;
  /** Largest part of a position that a step closes, in (0, 1]; 0.1 where absent. */
  fraction?: number;
  /** Relative move of the forwards per unit of delta that is bought; 0 where absent. */
  impact?: number;
  /** Most steps; 1,000 where absent. */
  steps?: number;
}

/** A step of a liquidation. */
export interface UnwindStep {
  /** Index of the position. */
  readonly position: number;
  /** Units bought, negative where sold. */
  readonly trade: number;
  /** What they cost beyond the mark, in quote currency. */
  readonly cost: number;
  /** Relative move of the underlying's forwards so far. */
  readonly move: number;
  /** Equity after it. */
  readonly equity: number;
  /** Maintenance margin after it. */
  readonly maintenance: number;
}

/**
 * A liquidation in steps. It ends 'solvent', or 'stuck' where no trade that the ladders allow brings the account nearer
 * to its maintenance margin, or at its 'step-limit'.
 */
export interface Unwinding {
  /** How it ends. */
  readonly status: 'solvent' | 'stuck' | 'step-limit';
  /** What it does. */
  readonly steps: readonly UnwindStep[];
  /** Equity at its end: negative where the account is bankrupt. */
  readonly equity: number;
  /** Maintenance margin at its end. */
  readonly maintenance: number;
  /** All that it cost beyond the marks. */
  readonly cost: number;
}

const optionKeys: readonly string[] = ['model', 'cash', 'coins'] satisfies (keyof MarginOptions)[];
/** Grid of the search for liquidation: forwards by 1 %, volatilities by a point. */
const STEP = 0.01;
/** Doubles of a step of a liquidation. */
const STEP_COLUMNS = 6;

/**
 * A book under a margin model, with its collateral. Every look takes the book's positions and its chain's last tick as
 * they are then. The model follows a public rule; the venue's own figures are the venue's alone.
 *
 * Owns memory until disposed.
 */
export class MarginAccount extends Owner {
  readonly #abi: FullAbi;
  readonly #book: AnyBook;
  readonly #encoded: readonly EncodedUnderlying[];
  /** The model. */
  readonly model: MarginModel;
  #cash = 0;
  #coins: number[] = [];
  #room: MarginRoom | undefined;

  /** @internal */
  constructor(abi: FullAbi, book: AnyBook, options: MarginOptions) {
    super('margin account');
    requireObject('options', options);
    for (const key in options) {
      if (!optionKeys.includes(key)) throw new TypeError(`options has no field ${shown(key)}`);
    }
    requireOwn('book', book, Book, abi);
    this.#abi = abi;
    this.#book = book;
    const { model } = options;
    this.model = typeof model === 'string' ? presetOf(model) : model;
    requireObject('model', this.model);
    requireWord('model.rule', this.model.rule, rules);
    this.#encoded = book.underlyings.map((underlying) => {
      const expiries = book.chain.expiries.filter((expiry) => expiry.underlying === underlying);
      const settlesInCoin = expiries.every(({ settlement }) => settlement === 'inverse');
      return encodeUnderlying(this.model, underlying, settlesInCoin);
    });
    this.setCollateral(options);
    this.#sync();
  }

  /**
   * Replaces the collateral.
   * @throws TypeError or RangeError where an amount is not finite or above 1e30 in size, or an underlying is not the
   * book's; nothing has changed then
   */
  setCollateral(collateral: Collateral): void {
    this.guard();
    requireObject('collateral', collateral);
    const { cash = 0, coins = {} } = collateral;
    requireBounded('cash', cash);
    requireObject('coins', coins);
    const known = this.#book.underlyings;
    for (const [underlying, amount] of Object.entries(coins)) {
      requireBounded(`coins[${shown(underlying)}]`, amount);
      if (!known.includes(underlying)) {
        throw new RangeError(`coins has ${shown(underlying)}, the book only ${known.map(shown).join(', ')}`);
      }
    }
    this.#cash = cash;
    this.#coins = known.map((underlying) => (Object.hasOwn(coins, underlying) ? coins[underlying] : 0));
  }

  /**
   * Scenarios of an underlying, in the order of {@link MarginAccount.profits}; none where the rule has none.
   * @throws RangeError where the book has several underlyings and none is named
   */
  scenarios(underlying?: string): readonly MarginScenario[] {
    this.#sync();
    return this.#encoded[this.#index('options', underlying)].scenarios;
  }

  /**
   * What the positions of an underlying make in each scenario: the fraction of it that counts, before dampening, in
   * quote currency at the price that the scenario counts coins at. A fresh array, one element per scenario.
   * @throws RangeError where the book has several underlyings and none is named
   */
  profits(underlying?: string): Float64Array {
    const u = this.#index('options', underlying);
    const room = this.#sync();
    this.#abi.accountMeasure(room.at, 1, 0, -1);
    const all = room.profits.array;
    return Float64Array.from(this.#encoded[u].scenarios, (_, s) => all[s * this.#encoded.length + u]);
  }

  /**
   * What the account is worth and must hold, as the market is or in another state of it.
   * @throws RangeError where the state is none
   */
  figures(state: MarketState = {}): MarginFigures {
    requireObject('state', state);
    const { move = 0, shift = 0, underlying } = state;
    const room = this.#sync();
    requireMove('state.move', move);
    if (Math.abs(requireFinite('state.shift', shift)) > MOST_SHIFT) {
      throw new RangeError(`state.shift must be at most ${MOST_SHIFT} in size, got ${shift}`);
    }
    const u = underlying === undefined ? -1 : this.#index('state', underlying);
    return this.#read(room, this.#abi.accountMeasure(room.at, 1 + move, shift, u));
  }

  /**
   * The nearest states in which equity falls below the maintenance margin, each evaluated in full: looked for outward
   * on a grid of 1 % of the forward and of 1 point of volatility, so that an excursion narrower than that may be
   * missed, and then found to the last digits.
   * @throws RangeError where the range is none
   */
  liquidation(range: LiquidationRange = {}): LiquidationLevels {
    requireObject('range', range);
    const { underlying, down = -0.95, up = 4, shift = 3 } = range;
    const room = this.#sync();
    const u = underlying === undefined ? -1 : this.#index('range', underlying);
    if (!(requireFinite('range.down', down) > -1 && down <= 0)) {
      throw new RangeError(`range.down must be in (-1, 0], got ${down}`);
    }
    if (requireNotNegative('range.up', up) > MOST_UP) {
      throw new RangeError(`range.up must be at most ${MOST_UP}, got ${up}`);
    }
    if (requireNotNegative('range.shift', shift) > MOST_SHIFT) {
      throw new RangeError(`range.shift must be at most ${MOST_SHIFT}, got ${shift}`);
    }
    const find = (isShift: boolean, step: number, end: number): LiquidationLevel | undefined => {
      const found = this.#abi.accountLevel(room.at, isShift ? 1 : 0, u, step, end);
      if (Number.isNaN(found)) return undefined;
      const level = isShift ? { move: 0, shift: found } : { move: found - 1, shift: 0 };
      const equity = this.#abi.accountMeasure(room.at, isShift ? 1 : found, level.shift, u);
      const figures = this.#read(room, equity);
      return { ...level, price: figures.underlyings[Math.max(0, u)].price, figures };
    };
    return {
      down: find(false, 1 / (1 + STEP), 1 + down),
      up: find(false, 1 + STEP, 1 + up),
      volatilityDown: find(true, -STEP, -shift),
      volatilityUp: find(true, STEP, shift),
    };
  }

  /**
   * One margin for all positions against one for each part: what netting saves, and what every part uses or saves.
   * @param parts indexes of the positions of each part; every position by itself where absent
   * @throws TypeError or RangeError where an index is not a position's, or stands in the parts twice
   */
  efficiency(parts?: readonly (readonly number[])[]): MarginEfficiency {
    const room = this.#sync();
    const most = room.positions - 1;
    if (parts !== undefined) requireList('parts', parts);
    const all = parts ?? Array.from({ length: room.positions }, (_, i) => [i]);
    const seen = new Map<number, string>();
    all.forEach((part, p) => {
      requireList(`parts[${p}]`, part);
      for (let k = 0; k < part.length; k++) {
        const name = `parts[${p}][${k}]`;
        const position = requireInteger(name, part[k], 0, most);
        const other = seen.get(position);
        if (other !== undefined) throw new RangeError(`${name} is position ${position}, as ${other} is`);
        seen.set(position, name);
      }
    });
    this.#abi.accountMeasure(room.at, 1, 0, -1);
    const [initial, maintenance] = this.#totals(room);
    const shares = all.map((part): MarginShare => {
      const trial = room.trial.array;
      trial.fill(0);
      for (const i of part) trial[i] = room.sizes.array[i];
      this.#abi.accountTry(room.at);
      const [isolatedInitial, isolatedMaintenance] = this.#totals(room);
      trial.set(room.sizes.array);
      for (const i of part) trial[i] = 0;
      this.#abi.accountTry(room.at);
      const [withoutInitial, withoutMaintenance] = this.#totals(room);
      return {
        isolatedInitial,
        isolatedMaintenance,
        marginalInitial: initial - withoutInitial,
        marginalMaintenance: maintenance - withoutMaintenance,
      };
    });
    const isolatedInitial = shares.reduce((sum, share) => sum + share.isolatedInitial, 0);
    return {
      cross: {
        isolatedInitial: initial,
        isolatedMaintenance: maintenance,
        marginalInitial: initial,
        marginalMaintenance: maintenance,
      },
      parts: shares,
      isolatedInitial,
      isolatedMaintenance: shares.reduce((sum, share) => sum + share.isolatedMaintenance, 0),
      saved: isolatedInitial > 0 ? 1 - initial / isolatedInitial : 0,
    };
  }

  /**
   * What a liquidation in steps would do: it closes, step by step, the part of a position that brings the account
   * nearest to its maintenance margin, at the prices of its ladder, until the account is solvent. With `impact` its own
   * trades move the forwards, so that a cascade can be seen. The account itself is not changed.
   * @throws TypeError or RangeError that names the option, the index and the value
   */
  unwind(options: UnwindOptions): Unwinding {
    requireObject('options', options);
    const { depth, fraction = 0.1, impact = 0, steps = 1_000 } = options;
    const room = this.#sync();
    requireObject('depth', depth);
    if (!(requireFinite('fraction', fraction) > 0 && fraction <= 1)) {
      throw new RangeError(`fraction must be in (0, 1], got ${fraction}`);
    }
    requireNotNegative('impact', impact);
    requireInteger('steps', steps, 1, 2 ** 20);
    const ladders = (['bidSize', 'bidCost', 'askSize', 'askCost'] as const).map((side) => {
      const values = requireArray(`depth.${side}`, depth[side], depth.bidSize.length);
      return Array.from(values, (value, i) => requireNotNegative(`depth.${side}[${i}]`, value));
    });
    const levels = room.positions === 0 ? 0 : ladders[0].length / room.positions;
    if (!Number.isInteger(levels)) {
      const rule = `one row for each of ${room.positions} positions`;
      throw new RangeError(`depth.bidSize must have ${rule}, got ${ladders[0].length} elements`);
    }
    const before = this.#abi.accountMeasure(room.at, 1, 0, -1);
    const [, required] = this.#totals(room);
    const at = taken(this.#abi.unwindingCreate(room.at, levels, steps), 'liquidation');
    try {
      const view = (column: number, length: number): Float64Array =>
        new View(this.#abi, 'f64', this.#abi.unwindingLadder(at, column), length).array;
      ladders.forEach((values, column) => {
        view(column, values.length).set(values);
      });
      const count = this.#abi.unwindingRun(at, fraction, impact);
      const numbers = view(4, count * STEP_COLUMNS);
      const taken = Array.from({ length: count }, (_, i): UnwindStep => {
        const [position, trade, cost, ratio, equity, maintenance] = numbers.subarray(i * STEP_COLUMNS);
        return { position, trade, cost, move: ratio - 1, equity, maintenance };
      });
      const { equity, maintenance } =
        taken.length > 0 ? taken[count - 1] : { equity: before, maintenance: required };
      const isSolvent = equity >= maintenance;
      return {
        status: isSolvent ? 'solvent' : count === steps ? 'step-limit' : 'stuck',
        steps: taken,
        equity,
        maintenance,
        cost: taken.reduce((sum, { cost }) => sum + cost, 0),
      };
    } finally {
      this.#abi.give(at);
    }
  }

  /**
   * The cheapest trades that keep a limit: a worst loss over the model's scenarios, or a margin, beside the bands and
   * targets of a hedge problem. The limit's cuts are rows of the problem; they are made anew where the answer is over
   * the limit by full valuation, until it is not.
   * @throws TypeError or RangeError that names the field, the index and the value; RangeError where the model has no
   * scenarios
   */
  hedge(request: MarginHedgeRequest): MarginHedge {
    this.guard();
    return limitedHedge(this.#abi, this.#book, this.model, this.#encoded, request);
  }

  /**
   * Room for the book's positions and instruments beside them, for limits of a hedge problem; the caller's to dispose.
   * @throws RangeError where the model has no scenarios
   * @internal
   */
  roomFor(cells: number[]): MarginRoom {
    this.guard();
    requireScenarios(this.model);
    return new MarginRoom(this.#abi, this.#book, this.model, this.#encoded, cells);
  }

  /** Index of an underlying. */
  #index(name: string, underlying: string | undefined): number {
    const of = underlying === undefined ? {} : { underlying };
    return this.#book.locateExposure(name, { sensitivity: 'price', ...of }).underlying;
  }

  #totals(room: MarginRoom): [number, number] {
    const numbers = room.figures.array;
    const total = (f: number): number =>
      this.#encoded.reduce((sum, _, u) => sum + numbers[u * FIGURES + f], 0);
    return [total(figure.initial), total(figure.maintenance)];
  }

  #read(room: MarginRoom, equity: number): MarginFigures {
    const numbers = room.figures.array;
    const underlyings = this.#book.underlyings.map((underlying, u): UnderlyingMargin => {
      const of = (name: keyof typeof figure): number => numbers[u * FIGURES + figure[name]];
      const own = of('value') + this.#coins[u] * of('price');
      return {
        underlying,
        price: of('price'),
        value: of('value'),
        equity: own,
        initial: of('initial'),
        maintenance: of('maintenance'),
        worstLoss: of('worstLoss'),
        scenario: this.model.rule === 'scenario' ? of('scenario') : -1,
        rollShock: of('rollShock'),
        deltaShock: of('deltaShock'),
        contingency: of('contingency'),
        delta: of('delta'),
        coin: {
          equity: own / of('price'),
          initial: of('initial') / of('price'),
          maintenance: of('maintenance') / of('price'),
        },
      };
    });
    const [initial, maintenance] = this.#totals(room);
    let ratio = maintenance / equity;
    if (maintenance <= 0) ratio = 0;
    else if (equity <= 0) ratio = Infinity;
    return {
      equity,
      initial,
      maintenance,
      ratio,
      free: equity - initial,
      isSolvent: equity >= maintenance,
      underlyings,
    };
  }

  /** The room, made anew where the book has positions that it does not know. */
  #sync(): MarginRoom {
    this.guard();
    if (this.#room?.positions !== this.#book.length) {
      requireRuled(this.model, this.#book, this.#book.cells, 'positions');
      this.#room?.dispose();
      this.#room = undefined;
      this.#room = new MarginRoom(this.#abi, this.#book, this.model, this.#encoded, []);
    }
    this.#room.fund(this.#cash, this.#coins);
    return this.#room;
  }

  protected override guard(): void {
    super.guard();
    this.#book.guard();
  }

  protected override release(): void {
    this.#room?.dispose();
  }
}

/** Largest relative rise that is looked at. */
const MOST_UP = 1e4;
/** Largest shift of volatilities that is looked at. */
const MOST_SHIFT = 100;
