import type { Position } from 'greekfire';
import { bestQuotes, chainInput, readChain, smileInput } from 'greekfire/deribit';
import { createSync } from 'greekfire/full';
import { analyse, buildStructure, recogniseStructures, structureNames } from 'greekfire/strategy';
import { describe, expect, it } from 'vitest';
import { dataText, hasData, needsData } from '../deribit/data.js';
import { isOfTwo, valueAtExpiry } from './market.js';

const files = ['chains/deribit_btc_order_books_20200912.json', 'chains/deribit_btc_ticker_20260120.csv'];

describe.skipIf(!hasData)(`structures on real chains${needsData}`, () => {
  it.each(files)('are what their legs are, by quotes that stand in the file: %s', (file) => {
    const core = createSync();
    const market = readChain(dataText(file));
    const input = chainInput(market);
    const chain = core.chain(input.expiries, 2);
    const quotes = bestQuotes(market, input);
    const smiles = smileInput(market, 'BTC');
    const smile = core.smile(smiles.expiries);
    const expiries = new Int32Array(input.expiries.length).fill(-1);
    input.expiryIndex.forEach((place, i) => {
      if (place >= 0) expiries[place] = smiles.expiryIndex[i];
    });
    // one and two months away
    const byDays = (days: number): number =>
      Array.from(chain.years, (years, e) => [Math.abs(365 * years - days), e]).sort(
        ([a], [b]) => a - b,
      )[0][1];
    const [near, far] = [byDays(30), byDays(75)];
    expect(chain.years[far]).toBeGreaterThan(chain.years[near]);
    let checked = 0;
    for (const name of structureNames) {
      for (const quantity of [5, -5]) {
        const expiry = isOfTwo(name) ? ([near, far] as const) : near;
        const { legs } = buildStructure(chain, { name, expiry, quantity });
        const options = { quotes, smile: { smile, expiries }, margin: 'deribit-portfolio' } as const;
        const figures = analyse(core, chain, legs, options);
        // the cost from the file's own quotes, by row of the market
        const priceOf = (leg: Position): number => {
          if (leg.kind !== 'option') return 0;
          const row = chain.index(leg.expiry, leg.strike);
          return quotes[leg.type][leg.quantity > 0 ? 'ask' : 'bid'][row] * leg.quantity;
        };
        const cost = legs.reduce((sum, leg) => sum + priceOf(leg), 0);
        // nobody bids or offers a leg: the figures at quotes are unknown
        if (Number.isNaN(cost)) {
          expect(figures.legs.some(({ status }) => status !== 'ok')).toBe(true);
          expect([figures.cost.quotes, figures.payoff]).toEqual([NaN, undefined]);
          continue;
        }
        checked += 1;
        using payoff = figures.payoff!;
        expect(figures.cost.quotes, name).toBeCloseTo(cost, 12);
        // crossing the spread never pays; on Deribit the mark may stand outside a quote, not outside by much
        expect(figures.cost.quotes).toBeGreaterThanOrEqual(figures.cost.mid - 1e-12);
        const forward = chain.forward[near];
        const prices = [0.3, 0.8, 0.95, 1, 1.1, 1.5, 4].map((ratio) => ratio * forward);
        payoff.atExpiry(prices).forEach((profit, i) => {
          const value = valueAtExpiry(core, chain, legs, prices[i], 0) / prices[i];
          expect(profit, name).toBeCloseTo(value - cost, 9);
          expect(profit).toBeLessThanOrEqual(figures.maximumGain + 1e-9);
          expect(profit).toBeGreaterThanOrEqual(-figures.maximumLoss - 1e-9);
        });
        for (const profit of payoff.atExpiry(figures.breakEvens)) expect(profit, name).toBeCloseTo(0, 8);
        expect(figures.probabilityOfProfit).toBeGreaterThanOrEqual(0);
        expect(figures.probabilityOfProfit).toBeLessThanOrEqual(1);
        const { initial, maintenance } = figures.margin!;
        expect(maintenance).toBeCloseTo(0.8 * initial, 6);
        expect(initial).toBeGreaterThanOrEqual(0);
        expect(initial).toBeLessThan(5 * forward);
        expect(recogniseStructures(chain, legs)).toHaveLength(1);
      }
    }
    expect(checked).toBeGreaterThan(40);
  });
});
