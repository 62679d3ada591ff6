import { create, type SmileSlice } from 'greekfire';
import { readChain, smileInput, type Market } from 'greekfire/deribit';
import { describe, expect, it } from 'vitest';
import { dataText, hasData, needsData } from '../deribit/data.js';

const core = await create();

const FILES = [
  'chains/deribit_btc_order_books_20200912.json',
  'chains/deribit_btc_booksummary_20260313.json',
  'chains/deribit_btc_ticker_20260120.csv',
  'chains/deribit_btc_eth_20260421T215503Z.csv',
  'chains/deribit_btc_eth_20260822T153351Z.csv',
] as const;

/** Two-sided quotes of an expiry, and those of them that a slice prices inside: by price, in coin. */
function priceInside(
  market: Market,
  expiry: number,
  volatilityOf: (strike: number[]) => Float64Array,
): number[] {
  const rows = market.quotes.filter(
    (quote) =>
      quote.expiry === expiry && quote.status !== 'duplicate' && quote.bid > 0 && quote.ask >= quote.bid,
  );
  const strike = rows.map((row) => row.strike);
  const { forward, years } = market.expiries[expiry];
  const { price } = core.evaluate({
    type: rows.map((row) => row.type),
    forward,
    strike,
    years,
    volatility: volatilityOf(strike),
    settlement: 'inverse',
  });
  return [rows.length, rows.filter((row, i) => price[i] >= row.bid && price[i] <= row.ask).length];
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;

function lineOf(label: string, slice: SmileSlice, quotes: number, inside: number, surface: number): string {
  const points = (value: number): string => (100 * value).toFixed(2).padStart(6);
  const leftOut = Object.entries(slice.quotes)
    .filter(([state, count]) => count > 0 && state !== 'twoSided')
    .map(([state, count]) => `${count} ${state}`);
  return [
    `  ${label.padEnd(12)}${String(quotes).padStart(4)}`,
    percent(inside, quotes).padStart(8),
    `SSVI ${percent(surface, quotes).padStart(7)}`,
    `ATM ${points(slice.atmVolatility)}`,
    `RR ${points(slice.riskReversal)}`,
    `BF ${points(slice.butterfly)}`,
    `rms ${points(slice.rmsError)}, outside ${points(slice.rmsOutside)}`,
    `g ${slice.leastDurrleman.toExponential(1)}`,
    `${slice.isCalendarFree ? '' : 'calendar! '}${leftOut.join(', ')}`,
  ].join('  ');
}

describe.skipIf(!hasData)(`slices of Deribit's chains lie inside the quotes${needsData}`, () => {
  it.each(FILES)('%s', (file) => {
    const market = readChain(dataText(file));
    const lines: string[] = [];
    let [quotes, inside, inSurface] = [0, 0, 0];
    for (const underlying of market.underlyings) {
      const { expiries, expiryIndex } = smileInput(market, underlying);
      using smile = core.smile(expiries);
      market.expiries.forEach((expiry, index) => {
        const at = expiryIndex[index];
        if (at < 0) return;
        const slice = smile.slices[at];
        const [count, own] = priceInside(market, index, (strike) => smile.volatility(at, strike));
        const [, surface] = priceInside(market, index, (strike) => smile.volatility(at, strike, 'ssvi'));
        quotes += count;
        inside += own;
        inSurface += surface;
        lines.push(lineOf(`${underlying} ${expiry.label}`, slice, count, own, surface));
        if (count === 0) return;
        expect(slice.twoSided).toBe(count);
        // a price on the edge of a quote may round either way
        expect(Math.abs(slice.inside - own)).toBeLessThanOrEqual(1);
        expect(slice.leastDurrleman).toBeGreaterThanOrEqual(0);
        expect(slice.b * (1 + Math.abs(slice.rho))).toBeLessThan(2);
        expect(slice.isCalendarFree).toBe(true);
        expect(smile.surface.slices[at].isCalendarFree).toBe(true);
        expect(smile.surface.slices[at].leastDurrleman).toBeGreaterThanOrEqual(0);
      });
    }
    const share = `inside ${percent(inside, quotes)} of ${quotes} two-sided quotes, SSVI ${percent(inSurface, quotes)}`;
    console.log(`${file}: ${share}\n${lines.join('\n')}`);
    expect(quotes).toBeGreaterThan(200);
    expect(inside / quotes).toBeGreaterThanOrEqual(0.95);
  });
});
