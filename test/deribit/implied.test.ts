import { createSync } from 'greekfire';
import { implyVolatilities, readChain } from 'greekfire/deribit';
import { describe, expect, it } from 'vitest';
import { orderBook } from './samples.js';

const core = createSync();

describe('implyVolatilities', () => {
  const full = readChain(
    JSON.stringify(
      ['BTC', 'BTC_USDC'].flatMap((underlying) =>
        [40_000, 50_000, 60_000].flatMap((strike) =>
          ['C', 'P'].map((type) => orderBook({ instrument_name: `${underlying}-27MAR26-${strike}-${type}` })),
        ),
      ),
    ),
  );

  /** The market above with marks at a volatility of 60 %, and no volatility on the rows. */
  function withoutVolatility() {
    const rows = full.quotes.map(({ name, type, strike, forward, years, instrument }) => {
      const { price } = core.evaluate({
        type,
        strike,
        forward,
        years,
        volatility: 0.6,
        settlement: instrument.settlement,
      });
      return orderBook({ instrument_name: name, mark_price: price[0], mark_iv: null });
    });
    return readChain(JSON.stringify(rows));
  }

  it('fills in what the marks imply, in coin and in quote currency, and says so', () => {
    const blank = withoutVolatility();
    expect(blank.counts.noVolatility).toBe(12);
    const market = implyVolatilities(core, blank);
    expect(market.counts).toMatchObject({ noVolatility: 0, volatilityImplied: 12 });
    for (const { volatility, name } of market.quotes) expect(volatility, name).toBeCloseTo(0.6, 9);
    expect(blank.counts.noVolatility).toBe(12);
  });

  it('leaves a row without a volatility where its mark implies none', () => {
    const below = orderBook({
      instrument_name: 'BTC-27MAR26-40000-C',
      mark_iv: null,
      mark_price: 0.19,
    });
    const market = implyVolatilities(core, readChain(JSON.stringify([below, orderBook()])));
    expect(market.quotes.map(({ status }) => status)).toEqual(['noVolatility', 'ok']);
  });

  it('returns a market with volatilities as it is', () => {
    expect(implyVolatilities(core, full)).toBe(full);
  });
});
