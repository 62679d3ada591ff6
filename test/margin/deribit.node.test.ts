import type { Position } from 'greekfire';
import { create } from 'greekfire/full';
import { bookPositions, chainInput, hedgeInstruments, readBook, readChain } from 'greekfire/deribit';
import { describe, expect, it } from 'vitest';
import { exampleBook, exampleMarket } from '../../example/index.js';
import { dataText, hasData, needsData } from '../deribit/data.js';

const core = await create();

/** The desk's book over a market, as an account, and what may be traded with it. */
function deskOf(text: string) {
  const market = readChain(text);
  const input = chainInput(market);
  const chain = core.chain(input.expiries, 2);
  const lines = readBook(JSON.stringify(exampleBook(core, market, 'BTC')));
  const { positions } = bookPositions(lines, market, input);
  const quoted = hedgeInstruments(market, { underlying: 'BTC', leastYears: 2 / 365 }, input);
  return { chain, positions, quoted };
}

/** Hedges a desk to half its margins and to a worst loss, and values the book after the trades anew. */
function expectKept({ chain, positions, quoted }: ReturnType<typeof deskOf>): void {
  const model = 'deribit-portfolio';
  const book = core.book(chain, positions);
  const account = core.margin(book, { model });
  const before = account.figures();
  const instruments = quoted.map(({ position }) => position);
  const problem = {
    sellLimit: quoted.map(({ sellLimit }) => sellLimit),
    buyLimit: quoted.map(({ buyLimit }) => buyLimit),
    halfSpread: quoted.map(({ halfSpread, fee }) => halfSpread + fee),
  };
  expect(before.initial).toBeGreaterThan(0);
  for (const limit of [
    { initial: 0.5 * before.initial },
    { maintenance: 0.5 * before.maintenance },
    { worstLoss: 0.5 * before.underlyings[0].worstLoss },
  ]) {
    const hedge = account.hedge({ limit, instruments, problem });
    expect(hedge.status).toBe('optimal');
    expect(hedge.isKept).toBe(true);
    const traded = instruments.map((position, i): Position => ({ ...position, quantity: hedge.trades[i] }));
    const after = core.margin(core.book(chain, [...positions, ...traded]), { model }).figures();
    const reached = { worstLoss: after.underlyings[0].worstLoss, ...after } as unknown as Record<
      string,
      number
    >;
    for (const [name, most] of Object.entries<number>(limit)) {
      expect(reached[name]).toBeLessThanOrEqual(most * (1 + 1e-6));
      expect(Math.abs(reached[name] - hedge.after)).toBeLessThan(1e-6 * most);
      expect(Math.abs(hedge.difference)).toBeLessThan(1e-6 * most);
    }
    expect(hedge.cost).toBeGreaterThan(0);
    expect(hedge.cost).toBeLessThan(before.initial);
  }
}

describe('margin limits', () => {
  it('are kept by full revaluation on the synthetic market', () => {
    const example = exampleMarket({ seed: 3, core });
    expectKept(deskOf(JSON.stringify(example.chain)));
  });

  it.skipIf(!hasData)(`are kept by full revaluation on a real chain${needsData}`, () => {
    expectKept(deskOf(dataText('chains/deribit_btc_order_books_20200912.json')));
  });

  it.skipIf(!hasData)(
    `and liquidation levels are where equity meets margin on a real chain${needsData}`,
    () => {
      const { chain, positions } = deskOf(dataText('chains/deribit_btc_order_books_20200912.json'));
      const account = core.margin(core.book(chain, positions), { model: 'deribit-portfolio' });
      const { free } = account.figures();
      account.setCollateral({ cash: -1.2 * free });
      const { down, up, volatilityUp } = account.liquidation();
      const found = [down, up, volatilityUp].filter((level) => level !== undefined);
      expect(found.length).toBeGreaterThan(0);
      for (const { figures } of found) {
        expect(Math.abs(figures.equity / figures.maintenance - 1)).toBeLessThan(1e-9);
      }
    },
  );
});
