import { create, ImpliedStatus } from 'greekfire';
import { isPriced, readChain } from 'greekfire/deribit';
import { describe, expect, it } from 'vitest';
import { dataText, hasData, needsData } from '../deribit/data.js';

const core = await create();

/** Chains, and the distance of their marks from the model's price of mark_iv, in coin: median and worst. */
const FILES = [
  ['chains/deribit_btc_order_books_20200912.json', 2.4e-6, 9.1e-5],
  ['chains/deribit_btc_ticker_20260120.csv', 2.5e-5, 2e-4],
  ['chains/deribit_btc_booksummary_20260313.json', 5.7e-5, 1.2e-3],
] as const;

describe.skipIf(!hasData)(`Deribit's marks, inverted, against mark_iv${needsData}`, () => {
  it.each(FILES)('%s', (file, median, worst) => {
    const market = readChain(dataText(file));
    const rows = market.quotes.filter((quote) => isPriced(quote) && quote.forwardGiven && quote.mark > 0);
    const terms = {
      type: rows.map((row) => row.type),
      forward: rows.map((row) => row.forward),
      strike: rows.map((row) => row.strike),
      years: rows.map((row) => row.years),
      settlement: 'inverse' as const,
    };
    const volatility = rows.map((row) => row.volatility);
    const implied = core.impliedVolatility({ ...terms, price: rows.map((row) => row.mark) });
    const vega = core.evaluate({ ...terms, volatility }).vega;
    const impliedVega = core.evaluate({ ...terms, volatility: implied.volatility }).vega;
    const solved = rows.map((_, row) => row).filter((row) => implied.status[row] === ImpliedStatus.ok);
    const points = solved.map((row) => 100 * Math.abs(implied.volatility[row] - volatility[row]));
    const inCoin = solved.map((row, at) => (points[at] / 100) * Math.min(vega[row], impliedVega[row]));
    for (const list of [points, inCoin]) list.sort((a, b) => a - b);
    const middle = solved.length >> 1;
    console.log(
      `${file}: ${solved.length} of ${rows.length} marks have a volatility; from mark_iv ` +
        `median ${points[middle].toFixed(4)} points, in coin median ${inCoin[middle].toExponential(1)}, ` +
        `worst ${inCoin[inCoin.length - 1].toExponential(1)}`,
    );
    expect(solved.length).toBeGreaterThan(0.9 * rows.length);
    expect(inCoin[middle]).toBeLessThanOrEqual(1.05 * median);
    expect(inCoin[inCoin.length - 1]).toBeLessThanOrEqual(1.05 * worst);
    // a mark below its intrinsic value is a status, not a crash
    rows.forEach((_, row) => {
      const isOk = implied.status[row] === ImpliedStatus.ok;
      expect(Number.isNaN(implied.volatility[row])).toBe(!isOk);
    });
  });
});
