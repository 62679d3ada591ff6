import type { Position } from '../book.js';
import { requireArray, requireFinite, requireInteger, requireObject, requireWord } from '../checks.js';
import type { OptionType } from '../option.js';
import { type AnyChain, isOption } from './structure.js';
import {
  ascends,
  type StructureName,
  structureNames,
  type StructureTemplate,
  templateOf,
} from './structures.js';

/** A structure found in a book, or a position that is part of none. */
export interface RecognisedStructure {
  /** Which; for what is part of none, what it is. */
  readonly name: StructureName | OptionType | 'future' | 'perpetual' | 'spot';
  /** How many, in units of the underlying; negative where sold. */
  readonly quantity: number;
  /** Its strikes in quote currency, in the structure's order. */
  readonly strikes: readonly number[];
  /** Indexes of its expiries in the chain, in the structure's order; none for a perpetual or spot. */
  readonly expiries: readonly number[];
  /** What is held of it, sizes in units of the underlying (multiplier 1). */
  readonly legs: Position[];
}

/** Sizes that differ by less, in parts, are of one structure: inverse futures come in lots of quote currency. */
const SAME = 1e-4;
/** Options sold per option bought that a ratio spread is recognised by. */
const RATIOS = [2, 3, 4, 5] as const;

type Leg = StructureTemplate['legs'][number];

/** What a book holds of one instrument. */
interface Holding {
  readonly position: Position;
  size: number;
}

/** A structure in hand: the holdings of its legs, in the template's order. */
interface Match {
  readonly strikes: number[];
  readonly expiries: readonly number[];
  readonly holdings: Holding[];
  readonly units: number[];
}

/**
 * Takes a book apart into named structures. Deterministic, and whatever the order of the positions: holdings of one
 * instrument are added up first, and the legs of all structures add up to the book.
 *
 * Greedy, the most specific structure first, in the order of {@link structureNames}: once for those whose legs' sizes
 * are in proportion, whole holdings at a time (within 0.01 %, for futures in lots of quote currency); then again for
 * what is left, as many of each structure as its scarcest leg allows. Among several of one kind, the nearest expiry
 * first, and of that the lowest strikes. Ratio spreads are recognised in the ratios 1:2 to 1:5. What is part of nothing
 * comes last, by itself. This is a search over names and sizes that computes no price, so that it needs no module.
 * @throws TypeError or RangeError that names the position, the field and the value
 */
export function recogniseStructures(chain: AnyChain, positions: readonly Position[]): RecognisedStructure[] {
  const holdings = holdingsOf(chain, positions);
  const found: RecognisedStructure[] = [];
  for (const isWhole of [true, false]) {
    for (const name of structureNames) {
      const template = templateOf(name);
      const signs = template.opposite === undefined ? [1, -1] : [1];
      for (const sign of signs) {
        for (let next; (next = find(chain, holdings, template, sign, isWhole));) {
          found.push(takeOut(holdings, name, sign, next, isWhole));
        }
      }
    }
  }
  const singles = [...holdings.values()].map(({ position, size }): RecognisedStructure => {
    const option = isOption(position);
    return {
      name: option ? position.type : position.kind,
      quantity: size,
      strikes: option ? [position.strike] : [],
      expiries: 'expiry' in position ? [position.expiry] : [],
      legs: [{ ...position, quantity: size }],
    };
  });
  return [...found, ...singles];
}

const optionKey = (type: OptionType, expiry: number, strike: number): string => `${type} ${expiry} ${strike}`;
const linearKey = (kind: string, place: number | string): string => `${kind} ${place}`;

function keyOf(position: Position): string {
  if (isOption(position)) return optionKey(position.type, position.expiry, position.strike);
  return linearKey(position.kind, position.kind === 'future' ? position.expiry : position.underlying);
}

/** Holdings by instrument, in the order of expiries, strikes, and calls before puts; then futures and the rest. */
function holdingsOf(chain: AnyChain, positions: readonly Position[]): Map<string, Holding> {
  requireArray('positions', positions);
  const all = new Map<string, Holding>();
  positions.forEach((position, i) => {
    requirePosition(chain, `positions[${i}]`, position);
    const size = position.quantity * (position.multiplier ?? 1);
    const held = all.get(keyOf(position));
    if (held) held.size += size;
    else all.set(keyOf(position), { position: unitOf(position), size });
  });
  const rank = ({ position }: Holding): (number | string)[] => {
    if (!('expiry' in position)) return [1, position.kind, position.underlying, 0];
    const place = isOption(position) ? position.strike : Infinity;
    return [0, chain.years[position.expiry], position.expiry, place, isOption(position) ? position.type : ''];
  };
  const entries = [...all].filter(([, { size }]) => size !== 0);
  return new Map(entries.sort(([, a], [, b]) => compare(rank(a), rank(b))));
}

/** A position of one instrument, without its size. */
function unitOf(position: Position): Position {
  if (isOption(position)) {
    const { expiry, strike, type } = position;
    return { kind: 'option', expiry, strike, type, quantity: 0 };
  }
  if (position.kind === 'future') return { kind: 'future', expiry: position.expiry, quantity: 0 };
  return { kind: position.kind, underlying: position.underlying, quantity: 0 };
}

function compare(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (let i = 0; i < a.length; i++) {
    if (a[i] < b[i]) return -1;
    if (a[i] > b[i]) return 1;
  }
  return 0;
}

function requirePosition(chain: AnyChain, name: string, position: Position): void {
  requireObject(name, position);
  requireFinite(`${name}.quantity`, position.quantity);
  requireFinite(`${name}.quantity x multiplier`, position.quantity * (position.multiplier ?? 1));
  requireWord(`${name}.kind`, position.kind ?? 'option', ['option', 'future', 'perpetual', 'spot']);
  if (position.kind === 'perpetual' || position.kind === 'spot') {
    const names = [...new Set(chain.expiries.map(({ underlying }) => underlying))];
    requireWord(`${name}.underlying`, position.underlying, names);
    return;
  }
  requireInteger(`${name}.expiry`, position.expiry, 0, chain.expiries.length - 1);
  if (position.kind === 'future') return;
  requireWord(`${name}.type`, position.type, ['call', 'put']);
  if (chain.index(position.expiry, requireFinite(`${name}.strike`, position.strike)) >= 0) return;
  throw new RangeError(`${name}.strike must be one of expiry ${position.expiry}, got ${position.strike}`);
}

/** The first of a structure's kind that the holdings contain; undefined where there is none. */
function find(
  chain: AnyChain,
  holdings: ReadonlyMap<string, Holding>,
  template: StructureTemplate,
  sign: number,
  isWhole: boolean,
): Match | undefined {
  if (!isWhole && template.legs.some(({ size }) => size === '-ratio')) return undefined;
  const strikesOf = new Map<number, number[]>();
  for (const { position } of holdings.values()) {
    if (!isOption(position)) continue;
    const strikes = strikesOf.get(position.expiry) ?? [];
    if (strikes.at(-1) !== position.strike) strikes.push(position.strike);
    strikesOf.set(position.expiry, strikes);
  }
  for (const near of strikesOf.keys()) {
    const later = [...strikesOf.keys()].filter(
      (far) =>
        chain.years[far] > chain.years[near] &&
        chain.expiries[far].underlying === chain.expiries[near].underlying,
    );
    const pairs = template.expiries === 1 ? [[near]] : later.map((far) => [near, far]);
    for (const expiries of pairs) {
      const listed = expiries.map((expiry) => strikesOf.get(expiry)!);
      const search = new Search(chain, holdings, template, sign, isWhole, expiries, listed);
      const match = search.run();
      if (match) return match;
    }
  }
  return undefined;
}

/** A search for one structure on given expiries. */
class Search {
  constructor(
    private readonly chain: AnyChain,
    private readonly holdings: ReadonlyMap<string, Holding>,
    private readonly template: StructureTemplate,
    private readonly sign: number,
    private readonly isWhole: boolean,
    private readonly expiries: readonly number[],
    private readonly listed: readonly (readonly number[])[],
  ) {}

  run(): Match | undefined {
    for (const strike of this.strikesOf(0)) {
      const match = this.from(strike);
      if (match) return match;
    }
    return undefined;
  }

  /** Strikes held at the expiry that a strike of the structure is first of. */
  private strikesOf(slot: number): readonly number[] {
    const leg = this.template.legs.find(({ type, strike }) => type !== 'underlying' && strike === slot)!;
    return this.listed[leg.expiry];
  }

  /**
   * The structure with this lowest strike. Each strike after it is the first that serves: where it leaves none for the
   * next, a higher one would not either.
   */
  private from(strike: number): Match | undefined {
    const { template, expiries } = this;
    const match: Match = { strikes: [], expiries, holdings: [], units: [] };
    for (let slot = 0; slot < template.strikes; slot++) {
      const before = match.strikes[slot - 1];
      const candidates = slot === 0 ? [strike] : this.strikesOf(slot);
      const follows = (candidate: number): boolean =>
        slot === 0 || (ascends(template) ? candidate > before : candidate !== before);
      const found = candidates.find((candidate) => follows(candidate) && this.take(match, slot, candidate));
      if (found === undefined) return undefined;
      match.strikes.push(found);
    }
    return match;
  }

  /** Puts the holdings of all legs at one strike into the match, if they serve. */
  private take(match: Match, slot: number, strike: number): boolean {
    const found: [number, Holding, number][] = [];
    for (const [i, leg] of this.template.legs.entries()) {
      if (leg.strike !== slot) continue;
      const holding = this.holdingOf(leg, strike);
      if (!holding) return false;
      const reference =
        match.units.find((units) => units > 0) ?? (found.length > 0 ? found[0][2] : undefined);
      const units = this.unitsOf(leg, holding.size, reference);
      if (units === undefined) return false;
      found.push([i, holding, units]);
    }
    for (const [i, holding, units] of found) {
      match.holdings[i] = holding;
      match.units[i] = units;
    }
    return true;
  }

  private holdingOf(leg: Leg, strike: number): Holding | undefined {
    const expiry = this.expiries[leg.expiry];
    if (leg.type !== 'underlying') return this.holdings.get(optionKey(leg.type, expiry, strike));
    const { underlying } = this.chain.expiries[expiry];
    const keys = [
      linearKey('future', expiry),
      linearKey('perpetual', underlying),
      linearKey('spot', underlying),
    ];
    const held = keys.flatMap((key) => this.holdings.get(key) ?? []);
    return held.find(({ size }) => size * this.sign * Math.sign(leg.size as number) > 0);
  }

  /** How many structures a holding makes; undefined where it makes none, or not as many as the legs before it. */
  private unitsOf(leg: Leg, size: number, reference: number | undefined): number | undefined {
    const { sign, isWhole } = this;
    if (leg.size === '-ratio') {
      if (size * sign >= 0) return undefined;
      // where the sold leg comes first its ratio is settled by the leg that is bought
      if (reference === undefined) return this.ratioUnits(size);
      return RATIOS.some((ratio) => isSame(-size * sign, ratio * reference)) ? reference : undefined;
    }
    const units = (size * sign) / leg.size;
    if (!(units > 0)) return undefined;
    return isWhole && reference !== undefined && !isSame(units, reference) ? undefined : units;
  }

  /** Structures that a holding sold in a ratio makes: by the first of the ratios for which the other leg is held. */
  private ratioUnits(size: number): number | undefined {
    const bought = this.template.legs.find((leg) => leg.size !== '-ratio')!;
    const sizes = this.strikesOf(bought.strike).flatMap(
      (strike) => this.holdingOf(bought, strike)?.size ?? [],
    );
    const sold = -size * this.sign;
    const ratio = RATIOS.find((each) => sizes.some((held) => isSame(each * held * this.sign, sold)));
    return ratio === undefined ? undefined : sold / ratio;
  }
}

function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) <= SAME * Math.max(Math.abs(a), Math.abs(b));
}

/** Moves a structure from the holdings: whole ones, or as much of each leg as the scarcest allows. */
function takeOut(
  holdings: Map<string, Holding>,
  name: StructureName,
  sign: number,
  match: Match,
  isWhole: boolean,
): RecognisedStructure {
  const { legs } = templateOf(name);
  const optionUnits = match.units.filter((_, i) => legs[i].type !== 'underlying');
  const units = isWhole ? optionUnits[0] : Math.min(...match.units);
  const taken = match.holdings.map((holding, i): Position => {
    const { position, size } = holding;
    // whole holdings, and the scarcest leg itself, go without a rest
    const isAll = isWhole || match.units[i] === units;
    const part = isAll ? size : sign * units * (legs[i].size as number);
    holding.size = size - part;
    if (isAll) holdings.delete(keyOf(position));
    return { ...position, quantity: part };
  });
  return { name, quantity: sign * units, strikes: match.strikes, expiries: match.expiries, legs: taken };
}
