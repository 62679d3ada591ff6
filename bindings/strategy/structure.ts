import type { OptionPosition, Position } from '../book.js';
import type { Chain } from '../chain.js';
import {
  isArrayLike,
  requireArray,
  requireFinite,
  requireInteger,
  requireObject,
  requireWord,
  shown,
} from '../checks.js';
import type { OptionType } from '../option.js';
import type { Order } from '../sensitivity.js';
import {
  ascends,
  DEFAULT_RATIO,
  type StructureName,
  structureNames,
  type StructureTemplate,
  templateOf,
} from './structures.js';

/**
 * A strike of an expiry:
 * - a number: that strike, which must be listed;
 * - 'forward': the listed strike nearest to the forward;
 * - `{ nearest }`: the listed strike nearest to a price;
 * - `{ delta }`: the listed strike whose |delta| is nearest to it, by the chain's own delta (discounted, against the
 *   forward) of the call or put that the structure holds there, or of `type`; the call's where it holds both.
 *
 * A calendar's is chosen on the near expiry, among the strikes that both list. Of two equally near, a price takes the
 * lower strike and a delta the one further out of the money.
 */
export type StrikeChoice =
  | number
  | 'forward'
  | {
      /** A price of the underlying in quote currency. */
      nearest: number;
    }
  | {
      /** |delta|, in (0, 1). */
      delta: number;
      /** Whose delta; that of what the structure holds there where absent. */
      type?: OptionType;
    };

/** What to build. */
export interface StructureSpec {
  /** Which structure. */
  name: StructureName;
  /** Index of the expiry in the chain; of the near and the far one for a calendar or diagonal. */
  expiry: number | readonly [near: number, far: number];
  /** Its strikes, ascending (those of a diagonal: near, far); by the structure's usual deltas where absent. */
  strikes?: readonly StrikeChoice[];
  /** How many of it, negative where sold, not 0; 1 where absent. */
  quantity?: number;
  /** Options sold per option bought in a ratio spread, above 1; 2 where absent. */
  ratio?: number;
  /** What stands for the underlying in a covered call, collar, conversion and their like; 'future' where absent. */
  underlying?: 'future' | 'perpetual' | 'spot';
}

/** A structure on a chain. */
export interface Structure {
  /** Which. */
  readonly name: StructureName;
  /** How many of it. */
  readonly quantity: number;
  /** Strikes in quote currency, as chosen. */
  readonly strikes: readonly number[];
  /** Indexes of its expiries in the chain. */
  readonly expiries: readonly number[];
  /** What is held, for `core.book`. */
  readonly legs: Position[];
}

/** A chain, whatever the order of its sensitivities. */
export type AnyChain = Chain<Order> | Chain | Chain<2> | Chain<3>;

/**
 * Builds a structure from a chain, as of its last tick.
 * @throws TypeError or RangeError that names the field, the index and the value: an unknown structure, a strike that is
 * not listed, strikes that do not ascend (two deltas may choose one strike), an expiry without any delta
 */
export function buildStructure(chain: AnyChain, spec: StructureSpec): Structure {
  requireObject('spec', spec);
  const name = requireWord('spec.name', spec.name, structureNames);
  const template = templateOf(name);
  const quantity = requireNotZero('spec.quantity', spec.quantity ?? 1);
  const ratio = requireFinite('spec.ratio', spec.ratio ?? DEFAULT_RATIO);
  if (!(ratio > 1)) throw new RangeError(`spec.ratio must be above 1, got ${ratio}`);
  const kind = requireWord('spec.underlying', spec.underlying ?? 'future', ['future', 'perpetual', 'spot']);
  const expiries = requireExpiries(chain, name, template, spec.expiry);
  const strikes = chooseStrikes(chain, template, expiries, spec.strikes);
  const legs = template.legs.map((leg): Position => {
    const size = quantity * (leg.size === '-ratio' ? -ratio : leg.size);
    const expiry = expiries[leg.expiry];
    if (leg.type !== 'underlying') {
      return { kind: 'option', expiry, strike: strikes[leg.strike], type: leg.type, quantity: size };
    }
    if (kind === 'future') return { kind, expiry, quantity: size };
    return { kind, underlying: chain.expiries[expiry].underlying, quantity: size };
  });
  return { name, quantity, strikes, expiries, legs };
}

function requireNotZero(name: string, value: unknown): number {
  const number = requireFinite(name, value);
  if (number !== 0) return number;
  throw new RangeError(`${name} must not be 0`);
}

function requireExpiries(
  chain: AnyChain,
  name: StructureName,
  template: StructureTemplate,
  expiry: StructureSpec['expiry'],
): number[] {
  const given: readonly unknown[] = isArrayLike(expiry) ? Array.from(expiry) : [expiry];
  if (given.length !== template.expiries) {
    const wanted = template.expiries === 1 ? 'one expiry' : 'a near and a far expiry';
    throw new RangeError(`spec.expiry must be ${wanted} for a ${name}, got ${given.length}`);
  }
  const label = (i: number): string => (template.expiries === 1 ? 'spec.expiry' : `spec.expiry[${i}]`);
  const expiries = given.map((value, i) => requireInteger(label(i), value, 0, chain.expiries.length - 1));
  const [near, far = near] = expiries;
  if (near !== far && !(chain.years[far] > chain.years[near])) {
    throw new RangeError(`spec.expiry[1] must be later than spec.expiry[0], got ${far} after ${near}`);
  }
  if (template.expiries === 2 && near === far) {
    throw new RangeError(`spec.expiry[1] must be later than spec.expiry[0], got ${far} twice`);
  }
  if (chain.expiries[near].underlying !== chain.expiries[far].underlying) {
    throw new RangeError(
      `spec.expiry[1] must be of ${shown(chain.expiries[near].underlying)}, ` +
        `got ${shown(chain.expiries[far].underlying)}`,
    );
  }
  return expiries;
}

function chooseStrikes(
  chain: AnyChain,
  template: StructureTemplate,
  expiries: readonly number[],
  given: StructureSpec['strikes'],
): number[] {
  if (given !== undefined) requireArray('spec.strikes', given, template.strikes);
  const choices: readonly StrikeChoice[] =
    given ?? template.choice.map((choice) => (choice === 'forward' ? choice : { delta: choice }));
  const strikes = choices.map((choice, slot) => {
    const legs = template.legs.filter((leg) => leg.type !== 'underlying' && leg.strike === slot);
    const type: OptionType = legs.every((leg) => leg.type === 'put') ? 'put' : 'call';
    // a strike of two expiries is chosen on the near one, among those that both list
    const places = [...new Set(legs.map((leg) => expiries[leg.expiry]))];
    const name = `spec.strikes[${slot}]`;
    const strike = chooseStrike(chain, name, places, type, choice);
    for (const place of places) requireListed(chain, name, place, strike);
    return strike;
  });
  strikes.forEach((strike, slot) => {
    if (slot === 0) return;
    const before = strikes[slot - 1];
    if (ascends(template) ? strike > before : strike !== before) return;
    const rule = ascends(template) ? 'above' : 'other than';
    throw new RangeError(
      `spec.strikes[${slot}] must be ${rule} spec.strikes[${slot - 1}] = ${before}, got ${strike}`,
    );
  });
  return strikes;
}

function requireListed(chain: AnyChain, name: string, expiry: number, strike: number): void {
  if (chain.index(expiry, strike) >= 0) return;
  throw new RangeError(`${name} must be a strike of expiry ${expiry}, got ${strike}`);
}

/** The strike that is chosen on the first of some expiries, among those that all of them list. */
function chooseStrike(
  chain: AnyChain,
  name: string,
  [expiry, ...others]: readonly number[],
  type: OptionType,
  choice: StrikeChoice,
): number {
  if (typeof choice === 'number') return requireFinite(name, choice);
  const first = chain.offset[expiry];
  const rows = Array.from({ length: chain.offset[expiry + 1] - first }, (_, i) => first + i).filter((row) =>
    others.every((other) => chain.index(other, chain.strike[row]) >= 0),
  );
  if (rows.length === 0) {
    const where = [expiry, ...others].join(' and ');
    throw new RangeError(`${name}: expiry ${where} has no strikes${others.length > 0 ? ' in common' : ''}`);
  }
  const strikes = Float64Array.from(rows, (row) => chain.strike[row]);
  if (choice === 'forward') return strikes[nearest(strikes, chain.forward[expiry])];
  requireObject(name, choice);
  if ('nearest' in choice) return strikes[nearest(strikes, requireFinite(`${name}.nearest`, choice.nearest))];
  const delta = requireFinite(`${name}.delta`, choice.delta);
  if (!(delta > 0 && delta < 1)) throw new RangeError(`${name}.delta must be between 0 and 1, got ${delta}`);
  const side = requireWord(`${name}.type`, choice.type ?? type, ['call', 'put']);
  // further out of the money: the last of calls, the first of puts
  const deltas = Float64Array.from(rows, (row) => Math.abs(chain[side].delta[row]));
  const row = nearest(deltas, delta, side === 'call');
  if (row < 0) throw new RangeError(`${name}: no ${side} of expiry ${expiry} has a delta`);
  return strikes[row];
}

/**
 * Where the value nearest to a target stands; -1 where all are NaN. A choice among listed strikes, that any chain must
 * allow, also one of a core without this entry's kernels: nothing is computed.
 */
function nearest(values: Float64Array, target: number, last = false): number {
  let found = -1;
  let least = Infinity;
  values.forEach((value, i) => {
    const distance = Math.abs(value - target);
    if (distance < least || (last && distance === least)) [found, least] = [i, distance];
  });
  return found;
}

/** A leg as an option. @internal */
export function isOption(position: Position): position is OptionPosition {
  return position.kind === undefined || position.kind === 'option';
}
