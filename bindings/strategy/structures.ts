import type { OptionType } from '../option.js';

/** A leg of a structure, for one unit of it. */
interface StructureLeg {
  /** What is held; 'underlying' is a future, a perpetual or spot, as is asked for. */
  readonly type: OptionType | 'underlying';
  /** Units, negative where sold; 'ratio' is the number of options sold per option bought. */
  readonly size: number | '-ratio';
  /** Which of the structure's strikes. */
  readonly strike: number;
  /** Which of its expiries: 0 the near one, 1 the far one. */
  readonly expiry: 0 | 1;
}

/** What a structure is made of. @internal */
export interface StructureTemplate {
  readonly legs: readonly StructureLeg[];
  /** How many strikes it has; they ascend, but for those of a diagonal, which only differ. */
  readonly strikes: number;
  /** How many expiries it has; they ascend. */
  readonly expiries: 1 | 2;
  /** Strikes where none are asked for: |delta|, or the strike nearest to the forward. */
  readonly choice: readonly (number | 'forward')[];
  /** The structure that is this one sold, where it has a name of its own. */
  readonly opposite?: StructureName;
}

const call = (size: StructureLeg['size'], strike: number, expiry: 0 | 1 = 0): StructureLeg => ({
  type: 'call',
  size,
  strike,
  expiry,
});
const put = (size: StructureLeg['size'], strike: number, expiry: 0 | 1 = 0): StructureLeg => ({
  type: 'put',
  size,
  strike,
  expiry,
});
const underlying = (size: number): StructureLeg => ({ type: 'underlying', size, strike: 0, expiry: 0 });

/** A structure by name. */
export type StructureName =
  | 'box'
  | 'iron-butterfly'
  | 'iron-condor'
  | 'conversion'
  | 'reversal'
  | 'collar'
  | 'call-butterfly'
  | 'put-butterfly'
  | 'straddle'
  | 'synthetic-future'
  | 'covered-call'
  | 'protective-put'
  | 'covered-put'
  | 'protective-call'
  | 'call-calendar'
  | 'put-calendar'
  | 'strangle'
  | 'risk-reversal'
  | 'bull-call-spread'
  | 'bear-call-spread'
  | 'bull-put-spread'
  | 'bear-put-spread'
  | 'call-ratio-spread'
  | 'put-ratio-spread'
  | 'call-diagonal'
  | 'put-diagonal';

/**
 * The structures, the most specific first: by legs, then by fewer strikes, which is the order they are recognised in.
 * Hull, Options, Futures, and Other Derivatives, chapter 12; McMillan, Options as a Strategic Investment.
 */
const templates: Readonly<Record<StructureName, StructureTemplate>> = {
  box: {
    legs: [call(1, 0), put(-1, 0), call(-1, 1), put(1, 1)],
    strikes: 2,
    expiries: 1,
    choice: [0.75, 0.25],
  },
  'iron-butterfly': {
    legs: [put(1, 0), put(-1, 1), call(-1, 1), call(1, 2)],
    strikes: 3,
    expiries: 1,
    choice: [0.1, 'forward', 0.1],
  },
  'iron-condor': {
    legs: [put(1, 0), put(-1, 1), call(-1, 2), call(1, 3)],
    strikes: 4,
    expiries: 1,
    choice: [0.1, 0.25, 0.25, 0.1],
  },
  conversion: {
    legs: [underlying(1), call(-1, 0), put(1, 0)],
    strikes: 1,
    expiries: 1,
    choice: ['forward'],
    opposite: 'reversal',
  },
  reversal: {
    legs: [underlying(-1), call(1, 0), put(-1, 0)],
    strikes: 1,
    expiries: 1,
    choice: ['forward'],
    opposite: 'conversion',
  },
  collar: {
    legs: [underlying(1), put(1, 0), call(-1, 1)],
    strikes: 2,
    expiries: 1,
    choice: [0.25, 0.25],
  },
  'call-butterfly': {
    legs: [call(1, 0), call(-2, 1), call(1, 2)],
    strikes: 3,
    expiries: 1,
    choice: [0.75, 'forward', 0.25],
  },
  'put-butterfly': {
    legs: [put(1, 0), put(-2, 1), put(1, 2)],
    strikes: 3,
    expiries: 1,
    choice: [0.25, 'forward', 0.75],
  },
  straddle: { legs: [call(1, 0), put(1, 0)], strikes: 1, expiries: 1, choice: ['forward'] },
  'synthetic-future': { legs: [call(1, 0), put(-1, 0)], strikes: 1, expiries: 1, choice: ['forward'] },
  'covered-call': {
    legs: [underlying(1), call(-1, 0)],
    strikes: 1,
    expiries: 1,
    choice: [0.25],
    opposite: 'protective-call',
  },
  'protective-put': {
    legs: [underlying(1), put(1, 0)],
    strikes: 1,
    expiries: 1,
    choice: [0.25],
    opposite: 'covered-put',
  },
  'covered-put': {
    legs: [underlying(-1), put(-1, 0)],
    strikes: 1,
    expiries: 1,
    choice: [0.25],
    opposite: 'protective-put',
  },
  'protective-call': {
    legs: [underlying(-1), call(1, 0)],
    strikes: 1,
    expiries: 1,
    choice: [0.25],
    opposite: 'covered-call',
  },
  'call-calendar': { legs: [call(-1, 0), call(1, 0, 1)], strikes: 1, expiries: 2, choice: ['forward'] },
  'put-calendar': { legs: [put(-1, 0), put(1, 0, 1)], strikes: 1, expiries: 2, choice: ['forward'] },
  strangle: { legs: [put(1, 0), call(1, 1)], strikes: 2, expiries: 1, choice: [0.25, 0.25] },
  'risk-reversal': { legs: [put(-1, 0), call(1, 1)], strikes: 2, expiries: 1, choice: [0.25, 0.25] },
  'bull-call-spread': {
    legs: [call(1, 0), call(-1, 1)],
    strikes: 2,
    expiries: 1,
    choice: [0.5, 0.25],
    opposite: 'bear-call-spread',
  },
  'bear-call-spread': {
    legs: [call(-1, 0), call(1, 1)],
    strikes: 2,
    expiries: 1,
    choice: [0.25, 0.1],
    opposite: 'bull-call-spread',
  },
  'bull-put-spread': {
    legs: [put(1, 0), put(-1, 1)],
    strikes: 2,
    expiries: 1,
    choice: [0.1, 0.25],
    opposite: 'bear-put-spread',
  },
  'bear-put-spread': {
    legs: [put(-1, 0), put(1, 1)],
    strikes: 2,
    expiries: 1,
    choice: [0.25, 0.5],
    opposite: 'bull-put-spread',
  },
  'call-ratio-spread': {
    legs: [call(1, 0), call('-ratio', 1)],
    strikes: 2,
    expiries: 1,
    choice: [0.5, 0.25],
  },
  'put-ratio-spread': {
    legs: [put('-ratio', 0), put(1, 1)],
    strikes: 2,
    expiries: 1,
    choice: [0.25, 0.5],
  },
  'call-diagonal': { legs: [call(-1, 0), call(1, 1, 1)], strikes: 2, expiries: 2, choice: [0.25, 0.5] },
  'put-diagonal': { legs: [put(-1, 0), put(1, 1, 1)], strikes: 2, expiries: 2, choice: [0.25, 0.5] },
};

/**
 * Names of the structures, in the order in which they are recognised. Sold, most are the same structure with a negative
 * quantity; those that have a name of their own for that (a bear call spread is a bull call spread sold) are listed
 * under both.
 */
export const structureNames = Object.keys(templates) as readonly StructureName[];

/** What a structure is made of. @internal */
export function templateOf(name: StructureName): StructureTemplate {
  return templates[name];
}

/** Options sold per option bought in a ratio spread, where nothing else is said. @internal */
export const DEFAULT_RATIO = 2;

/** Whether the strikes of a structure must ascend: all but those of a diagonal. @internal */
export function ascends({ expiries, strikes }: StructureTemplate): boolean {
  return !(expiries === 2 && strikes === 2);
}
