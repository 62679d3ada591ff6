import { createSync } from 'greekfire/full';
import { describe, expect, it } from 'vitest';

const expiry = { years: 0.5, forward: 100, strike: [90, 100, 110], volatility: [0.5, 0.5, 0.5] };
const position = { expiry: 0, strike: 100, type: 'call', quantity: 1 } as const;

describe('two cores', () => {
  const one = createSync();
  const other = createSync();
  const chain = one.chain([expiry]);

  it('keep their objects apart', () => {
    const book = one.book(chain, [position]);
    const hedger = other.hedger({ instruments: 1, exposures: 1 });
    expect(() => other.book(chain, [position])).toThrow(new TypeError('chain belongs to another core'));
    expect(() => {
      hedger.bind({ book, instruments: [position], rows: [{ sensitivity: 'delta' }] });
    }).toThrow(new TypeError('source.book belongs to another core'));
    hedger.dispose();
    book.dispose();
  });

  it('say what is no chain, no book and no snapshot', () => {
    const book = one.book(chain, []);
    const hedger = one.hedger({ instruments: 1, exposures: 1 });
    expect(() => one.book({} as never, [])).toThrow(/^chain must be a chain, got /);
    expect(() => one.book(undefined as never, [])).toThrow(/^chain must be a chain, got undefined/);
    expect(() => book.explain(null as never)).toThrow(/^before must be a snapshot, got null/);
    expect(() => {
      hedger.bind({ book: {} as never, instruments: [position], rows: [{ sensitivity: 'delta' }] });
    }).toThrow(/^source.book must be a book, got /);
  });
});
