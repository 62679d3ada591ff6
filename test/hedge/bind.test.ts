import { create, DisposedError, type ExposureRow, type ExpirySpec, type Position } from 'greekfire';
import { describe, expect, it } from 'vitest';

const core = await create();

const specs: ExpirySpec[] = [
  {
    underlying: 'BTC',
    years: 0.08,
    forward: 60_000,
    strike: [50_000, 60_000, 75_000],
    volatility: [0.7, 0.6, 0.65],
  },
  { underlying: 'ETH', years: 0.08, forward: 3_000, strike: [2_500, 3_500], volatility: [0.8, 0.9] },
  {
    underlying: 'BTC',
    years: 0.5,
    forward: 61_500,
    rate: 0.03,
    strike: [40_000, 65_000],
    volatility: [0.75, 0.62],
  },
];
const positions: Position[] = [
  { expiry: 0, strike: 60_000, type: 'call', quantity: -3 },
  { expiry: 1, strike: 3_500, type: 'put', quantity: 20 },
  { expiry: 2, strike: 65_000, type: 'put', quantity: 2 },
  { kind: 'perpetual', underlying: 'BTC', quantity: 0.4 },
];
const instruments: Position[] = [
  { kind: 'perpetual', underlying: 'BTC', quantity: 1 },
  { kind: 'future', expiry: 2, quantity: 1 },
  { kind: 'spot', underlying: 'ETH', quantity: 1 },
  { expiry: 0, strike: 75_000, type: 'call', quantity: 1 },
  { expiry: 2, strike: 40_000, type: 'put', quantity: 1 },
  { expiry: 1, strike: 2_500, type: 'call', quantity: 1 },
];
const rows: ExposureRow[] = [
  { sensitivity: 'delta', underlying: 'BTC' },
  { sensitivity: 'gamma', underlying: 'BTC', scale: 600 },
  { sensitivity: 'speed', underlying: 'BTC', scale: 1e6 },
  { sensitivity: 'vega', expiry: 2 },
  { sensitivity: 'delta', expiry: 1 },
  { sensitivity: 'price', underlying: 'ETH', scale: 1e-3 },
];

function bound() {
  const chain = core.chain(specs, 3);
  const book = core.book(chain, positions);
  const hedger = core.hedger({ instruments: instruments.length, exposures: rows.length });
  hedger.bind({ book, instruments, rows });
  return { chain, book, hedger };
}

/** What one row of exposures is of a book, by its public readings. */
function exposureOf(
  chain: ReturnType<typeof bound>['chain'],
  held: readonly Position[],
  row: ExposureRow,
): number {
  const book = core.book(chain, held);
  const { sensitivity, expiry, underlying, scale = 1 } = row;
  const value =
    expiry === undefined
      ? book.exposure(underlying === undefined ? {} : { underlying })[sensitivity]
      : book.exposureByExpiry()[sensitivity][expiry];
  book.dispose();
  return scale * value;
}

describe('a hedger bound to a book', () => {
  it('states the same problem as the public readings do, and solves it to the same trades', () => {
    const { chain, hedger } = bound();
    const costs = {
      sellLimit: [2, 2, 0, 5, 5, 30],
      buyLimit: [2, 2, 9, 5, 5, 30],
      halfSpread: [2, 3, 1, 40, 60, 5],
      weight: [3e3, 4e3, 10, 0.5, 100, 50],
    };
    hedger.update(costs);
    const other = core.hedger({ instruments: instruments.length, exposures: rows.length });
    const update = (): void => {
      other.update({
        ...costs,
        sensitivity: instruments.flatMap((one) => rows.map((row) => exposureOf(chain, [one], row))),
        exposure: rows.map((row) => exposureOf(chain, positions, row)),
      });
    };
    for (const forwards of [undefined, [60_300, 3_020, 61_800]]) {
      chain.tick(forwards);
      hedger.refresh();
      update();
      const mine = hedger.solve({ warmStart: false });
      const theirs = other.solve({ warmStart: false });
      expect(mine.status).toBe('optimal');
      expect(mine.objective).toBeCloseTo(theirs.objective, 6);
      mine.trades.forEach((trade, i) => {
        expect(trade).toBeCloseTo(theirs.trades[i], 6);
      });
    }
  });

  it('follows fills only at a refresh', () => {
    const { book, hedger } = bound();
    hedger.update({ sellLimit: Array(6).fill(0), buyLimit: Array(6).fill(0), weight: [1, 1, 1, 1, 1, 1] });
    const before = hedger.solve().exposure[0];
    book.add({ kind: 'perpetual', underlying: 'BTC', quantity: 2 });
    expect(hedger.solve().exposure[0]).toBe(before);
    hedger.refresh();
    expect(hedger.solve().exposure[0]).toBeCloseTo(before + 2, 12);
  });

  it('names the instrument or row that is wrong and keeps the binding that stood', () => {
    const { chain, book, hedger } = bound();
    const bad =
      (change: object): (() => void) =>
      () => {
        hedger.bind({ book, instruments, rows, ...change });
      };
    expect(bad({ instruments: instruments.slice(1) })).toThrow(
      /source.instruments must have 6 elements, got 5/,
    );
    expect(bad({ instruments: [...instruments.slice(1), { ...instruments[3], strike: 1 }] })).toThrow(
      /source.instruments\[5\].strike must be one of expiry 0, got 1/,
    );
    expect(bad({ rows: [{ sensitivity: 'delta' }, ...rows.slice(1)] })).toThrow(
      /source.rows\[0\].underlying must name/,
    );
    expect(bad({ rows: [{ sensitivity: 'joy', expiry: 0 }, ...rows.slice(1)] })).toThrow(
      /source.rows\[0\].sensitivity/,
    );
    const inUse = core.bytesInUse;
    chain.volatility[2] = NaN;
    chain.tick();
    expect(() => {
      hedger.refresh();
    }).toThrow(/source.instruments\[3\] has no price/);
    expect(bad({})).toThrow(/source.instruments\[3\] has no price/);
    expect(core.bytesInUse).toBe(inUse);
    chain.volatility[2] = 0.65;
    chain.tick();
    hedger.refresh();
    book.add({ kind: 'perpetual', underlying: 'BTC', quantity: 1e308 });
    book.add({ kind: 'perpetual', underlying: 'BTC', quantity: 1e308 });
    expect(() => {
      hedger.refresh();
    }).toThrow(/source.rows\[0\]: the book's exposure is not finite/);
  });

  it('needs a binding to refresh, limits to solve, and a living book', () => {
    const empty = core.hedger({ instruments: 6, exposures: 6 });
    expect(() => {
      empty.refresh();
    }).toThrow(/bind it first/);
    const { book, hedger } = bound();
    expect(() => hedger.solve()).toThrow(/update it first/);
    book.dispose();
    expect(() => {
      hedger.refresh();
    }).toThrow(DisposedError);
  });

  it('keeps its binding when solveMany takes new room, and gives every block back once', () => {
    const before = core.bytesInUse;
    const { chain, book, hedger } = bound();
    hedger.update({ sellLimit: Array(6).fill(1), buyLimit: Array(6).fill(1), weight: Array(6).fill(1) });
    const exposure = Array.from(hedger.solve().exposure);
    for (const count of [2, 5, 3]) {
      hedger.solveMany({ count });
      // a block that was given back too early would be taken by the next object
      const other = core.batch(4);
      other.strike.fill(7);
      hedger.refresh();
      expect(Array.from(hedger.solve({ warmStart: false }).exposure, (e) => e.toFixed(6))).toEqual(
        exposure.map((e) => e.toFixed(6)),
      );
      other.dispose();
    }
    hedger.dispose();
    book.dispose();
    chain.dispose();
    expect(core.bytesInUse).toBe(before);
  });
});
