/**
 * Many problems that share the sensitivities: accounts, scenarios, venues. Each starts from the answer of the one
 * before.
 *
 * The block holds the fields that differ, problem by problem, and then the answers.
 */
import { headerOf, strideOf } from '../memory/layout';
import { takeLarge } from '../memory/arena';
import {
  FIELDS,
  field,
  FIGURES,
  Hedger,
  hedgerCheck,
  hedgerCommit,
  lengthOf,
  markChanged,
  staged,
} from './problem';
import { hedgerSolve } from './solve';
import { get, set } from '../memory/column';


@unmanaged
class Many {
  hedger: Hedger;
  count: i32;
  /** The bit of every field that the problems bring of their own. */
  mask: i32;
  tradesAt: usize;
  exposureAt: usize;
  multipliersAt: usize;
  figuresAt: usize;
  statusAt: usize;
}

/** @returns room for `count` problems of the hedger, 0 where memory is exhausted */
export function manyCreate(hedgerAt: usize, count: i32, mask: i32): usize {
  const h = changetype<Hedger>(hedgerAt);
  // a column of 2^27 numbers is a quarter of what memory can be, and its bytes still fit 32 bits
  if (<u64>count * max(h.instruments, max(h.exposures, FIGURES)) > 1 << 27) return 0;
  const exposures = strideOf(count * h.exposures);
  let inputs: u64 = 0;
  for (let name = 0; name < FIELDS; name++)
    if ((mask >> name) & 1) inputs += strideOf(count * lengthOf(h, name));
  const trades = strideOf(count * h.instruments);
  const start = headerOf<Many>() + inputs;
  const rest = <u64>trades + 2 * <u64>exposures + strideOf(count * FIGURES) + strideOf(count);
  const at = takeLarge(start + rest);
  if (!at) return 0;
  const many = changetype<Many>(at);
  many.hedger = h;
  many.count = count;
  many.mask = mask;
  many.tradesAt = at + <usize>start;
  many.exposureAt = many.tradesAt + trades;
  many.multipliersAt = many.exposureAt + exposures;
  many.figuresAt = many.multipliersAt + exposures;
  many.statusAt = many.figuresAt + strideOf(count * FIGURES);
  return at;
}

/** Where the caller writes a field of all problems, one after the other. */
export function manyInput(at: usize, name: i32): usize {
  const many = changetype<Many>(at);
  let inputAt = at + headerOf<Many>();
  for (let before = 0; before < name; before++) {
    if ((many.mask >> before) & 1) inputAt += strideOf(many.count * lengthOf(many.hedger, before));
  }
  return inputAt;
}

// @ts-ignore: decorator
@inline
function copyProblem(many: Many, name: i32, problem: i32, toAt: usize): void {
  const bytes = (<usize>lengthOf(many.hedger, name)) << 3;
  memory.copy(toAt, manyInput(changetype<usize>(many), name) + <usize>problem * bytes, bytes);
}

/** The first bad index of a field over all problems, -1 where all is fine. */
export function manyCheck(at: usize, name: i32): i32 {
  const many = changetype<Many>(at);
  const h = many.hedger;
  for (let problem = 0; problem < many.count; problem++) {
    for (let other = 0; other < FIELDS; other++) {
      if ((many.mask >> other) & 1) copyProblem(many, other, problem, staged(h, other));
    }
    const bad = hedgerCheck(changetype<usize>(h), name, many.mask);
    if (bad >= 0) return problem * lengthOf(h, name) + bad;
  }
  return -1;
}

/** Solves them all; the hedger's own problem is in force again afterwards. */
export function manySolve(at: usize, tolerance: f64, maxIterations: i32, options: i32, most: i32): void {
  const many = changetype<Many>(at);
  const h = many.hedger;
  const hedgerAt = changetype<usize>(h);
  const n = (<usize>h.instruments) << 3;
  const m = (<usize>h.exposures) << 3;
  hedgerCommit(hedgerAt, many.mask);
  for (let problem = 0; problem < many.count; problem++) {
    for (let name = 0; name < FIELDS; name++) {
      if (!((many.mask >> name) & 1)) continue;
      copyProblem(many, name, problem, field(h, name));
      markChanged(h, name);
    }
    const status = hedgerSolve(hedgerAt, tolerance, maxIterations, options, most);
    memory.copy(many.tradesAt + <usize>problem * n, h.answerAt, n);
    memory.copy(many.exposureAt + <usize>problem * m, h.answerExposureAt, m);
    memory.copy(many.multipliersAt + <usize>problem * m, h.answerMultiplierAt, m);
    for (let f = 0; f < FIGURES; f++) set(many.figuresAt, f * many.count + problem, get(h.figuresAt, f));
    store<u8>(many.statusAt + problem, <u8>status);
  }
  hedgerCommit(hedgerAt, many.mask);
}

/**
 * Address of the answers: 0 trades, 1 exposures, 2 multipliers, 3 figures (each of all problems), 4 statuses (bytes).
 */
export function manyResult(at: usize, column: i32): usize {
  const many = changetype<Many>(at);
  if (column == 0) return many.tradesAt;
  if (column == 1) return many.exposureAt;
  if (column == 2) return many.multipliersAt;
  return column == 3 ? many.figuresAt : many.statusAt;
}
