/**
 * The hedge problem that a book states: the sensitivities A of instruments to exposures, and the exposures e0 of the
 * book, both from the chain's last tick. It writes where it is told, and so knows nothing of the solver.
 */
import { LARGEST } from '../math/scalar';
import { takeLarge } from '../memory/arena';
import { headerOf } from '../memory/layout';
import { CHARM, COLOR, DELTA, GAMMA, PRICE, SPEED, VANNA, ZOMMA } from '../pricing/sensitivity';
import { expiryColumn, resultColumn, YEARS } from './chain';
import {
  Book,
  bookExpose,
  EXPOSURES,
  PLACE_FORWARD,
  PLACE_UNDERLYING,
  placeColumn,
  totalAt,
} from './exposure';


@unmanaged
class Binding {
  instruments: i32;
  exposures: i32;
}

/** One instrument. */
@unmanaged
class Instrument {
  /** Its cell in the book. */
  cell: i32;
  /** Its place: the expiry, or after the expiries the underlying. */
  place: i32;
}

/** One exposure. */
@unmanaged
class Row {
  sensitivity: i32;
  /** The expiry, or -1 for the total of the underlying. */
  expiry: i32;
  underlying: i32;
  scale: f64;
}

// @ts-ignore: decorator
@inline
function rowOf(binding: Binding, k: i32): Row {
  return changetype<Row>(changetype<usize>(binding) + headerOf<Binding>() + <usize>k * offsetof<Row>());
}

// @ts-ignore: decorator
@inline
function instrumentOf(binding: Binding, i: i32): Instrument {
  const rows = changetype<usize>(rowOf(binding, binding.exposures));
  return changetype<Instrument>(rows + <usize>i * offsetof<Instrument>());
}

/** @returns the binding, 0 where memory is exhausted; its instruments and rows are to be set */
export function bindingCreate(instruments: i32, exposures: i32): usize {
  const rowBytes = <u64>exposures * offsetof<Row>();
  const at = takeLarge(headerOf<Binding>() + rowBytes + <u64>instruments * offsetof<Instrument>());
  if (!at) return 0;
  const binding = changetype<Binding>(at);
  binding.instruments = instruments;
  binding.exposures = exposures;
  return at;
}

export function bindingInstrument(at: usize, i: i32, cell: i32, place: i32): void {
  const instrument = instrumentOf(changetype<Binding>(at), i);
  instrument.cell = cell;
  instrument.place = place;
}

export function bindingRow(
  at: usize,
  k: i32,
  sensitivity: i32,
  expiry: i32,
  underlying: i32,
  scale: f64,
): void {
  const row = rowOf(changetype<Binding>(at), k);
  row.sensitivity = sensitivity;
  row.expiry = expiry;
  row.underlying = underlying;
  row.scale = scale;
}

/** Cell of an instrument in the book. */
export function instrumentCell(at: usize, i: i32): i32 {
  return instrumentOf(changetype<Binding>(at), i).cell;
}

/** What a sensitivity of an expiry counts in a total: the ratio of the forwards, once per derivative in them. */
// @ts-ignore: decorator
@inline
function factorOf(sensitivity: usize, ratio: f64): f64 {
  if (sensitivity == DELTA || sensitivity == VANNA || sensitivity == CHARM) return ratio;
  if (sensitivity == GAMMA || sensitivity == ZOMMA || sensitivity == COLOR) return ratio * ratio;
  return sensitivity == SPEED ? ratio * ratio * ratio : 1;
}

/** A sensitivity of one unit on a cell, in quote currency, against its own forward. */
function unitOf(book: Book, instrument: Instrument, sensitivity: usize): f64 {
  const chain = book.chain;
  const rows = chain.rows;
  const cell = instrument.cell;
  if (cell < 2 * rows) {
    const row = <usize>(cell < rows ? cell : cell - rows);
    const isOver = load<f64>(expiryColumn(chain, YEARS) + ((<usize>instrument.place) << 3)) == 0;
    if (isOver && sensitivity != PRICE) return 0;
    return load<f64>(resultColumn(chain, sensitivity, cell >= rows) + (row << 3));
  }
  if (sensitivity == DELTA) return 1;
  const isSpot = cell >= 2 * rows + chain.expiries + book.underlyings;
  return isSpot && sensitivity == PRICE
    ? load<f64>(placeColumn(book, PLACE_FORWARD) + ((<usize>instrument.place) << 3))
    : 0;
}

/** Writes e0. @returns -1 where a hedger takes them all, else the first that it does not */
export function readExposures(at: usize, bookAt: usize, exposureAt: usize): i32 {
  const binding = changetype<Binding>(at);
  const book = changetype<Book>(bookAt);
  bookExpose(bookAt, 0, 0);
  for (let k = 0; k < binding.exposures; k++) {
    const row = rowOf(binding, k);
    const value =
      row.expiry < 0
        ? load<f64>(totalAt(book, row.underlying) + ((<usize>row.sensitivity) << 3))
        : load<f64>(placeColumn(book, EXPOSURES + row.sensitivity) + ((<usize>row.expiry) << 3));
    const exposure = row.scale * value;
    if (!(abs(exposure) <= LARGEST)) return k;
    store<f64>(exposureAt + ((<usize>k) << 3), exposure);
  }
  return -1;
}

/** Writes A of one instrument. @returns whether a hedger takes all of it; else it is not whole */
export function readInstrument(at: usize, bookAt: usize, i: i32, out: usize): bool {
  const binding = changetype<Binding>(at);
  const book = changetype<Book>(bookAt);
  const forwards = placeColumn(book, PLACE_FORWARD);
  const instrument = instrumentOf(binding, i);
  const underlying = load<i32>(placeColumn(book, PLACE_UNDERLYING) + ((<usize>instrument.place) << 2));
  const forward = load<f64>(forwards + ((<usize>instrument.place) << 3));
  const ratio = forward / load<f64>(forwards + ((<usize>(book.chain.expiries + underlying)) << 3));
  for (let k = 0; k < binding.exposures; k++) {
    const row = rowOf(binding, k);
    const isTotal = row.expiry < 0;
    const counts = isTotal ? row.underlying == underlying : row.expiry == instrument.place;
    let value: f64 = 0;
    if (counts) {
      value = row.scale * unitOf(book, instrument, row.sensitivity);
      if (isTotal) value *= factorOf(row.sensitivity, ratio);
      if (!(abs(value) <= LARGEST)) return false;
    }
    store<f64>(out + ((<usize>k) << 3), value);
  }
  return true;
}

/**
 * Writes A, instrument by instrument, and e0.
 * @returns -1 where a hedger takes them all; else the first instrument of which it does not, or, after the instruments,
 * exposure
 */
export function bindingRead(at: usize, bookAt: usize, sensitivityAt: usize, exposureAt: usize): i32 {
  const binding = changetype<Binding>(at);
  const bad = readExposures(at, bookAt, exposureAt);
  if (bad >= 0) return binding.instruments + bad;
  const stride = (<usize>binding.exposures) << 3;
  for (let i = 0; i < binding.instruments; i++) {
    if (!readInstrument(at, bookAt, i, sensitivityAt + <usize>i * stride)) return i;
  }
  return -1;
}
