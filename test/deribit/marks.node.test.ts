import { createSync, displayTheta, yearsBetween } from 'greekfire';
import { isPriced, readChain, type Market, type OptionQuote } from 'greekfire/deribit';
import { describe, expect, it } from 'vitest';
import { dataText, hasData, needsData } from './data.js';

const core = createSync();

interface Row extends OptionQuote {
  /** The forward the row was marked with. */
  readonly used: number;
}

function pricedRows(market: Market, keep: (quote: OptionQuote) => boolean = () => true): Row[] {
  return market.quotes
    .filter((quote) => isPriced(quote) && keep(quote))
    .map((quote) => ({
      ...quote,
      used: quote.forwardGiven ? quote.forward : market.expiries[quote.expiry].forward,
    }));
}

function columns(rows: readonly Row[]) {
  return {
    type: rows.map((row) => row.type),
    forward: rows.map((row) => row.used),
    strike: rows.map((row) => row.strike),
    years: rows.map((row) => row.years),
    volatility: rows.map((row) => row.volatility),
  };
}

/** |model price - mark| in coin, ascending. */
function markErrors(rows: readonly Row[]): number[] {
  const { price } = core.evaluate({ ...columns(rows), settlement: 'inverse' });
  // A mark of zero is a price below the last printed digit.
  return rows
    .map((row, index) => Math.abs(price[index] - (row.mark > 0 ? row.mark : 0)))
    .sort((a, b) => a - b);
}

type Keep = (quote: OptionQuote) => boolean;

const CASES: readonly [title: string, file: string, keep: Keep, median: number, worst: number][] = [
  ['order books', 'chains/deribit_btc_order_books_20200912.json', () => true, 2.4e-6, 9.1e-5],
  ['tickers', 'chains/deribit_btc_ticker_20260120.csv', () => true, 2.5e-5, 2.0e-4],
  ['summary', 'chains/deribit_btc_booksummary_20260313.json', () => true, 5.7e-5, 1.2e-3],
  [
    'April, forward given',
    'chains/deribit_btc_eth_20260421T215503Z.csv',
    (quote) => quote.forwardGiven,
    4e-6,
    8.4e-5,
  ],
  [
    'April, forward blank',
    'chains/deribit_btc_eth_20260421T215503Z.csv',
    (quote) => !quote.forwardGiven,
    1e-4,
    5e-4,
  ],
  ['August', 'chains/deribit_btc_eth_20260822T153351Z.csv', () => true, 7e-6, 1.2e-4],
];

describe.skipIf(!hasData)(`marks of real chains${needsData}`, () => {
  it.each(CASES)('%s reprice', (_, file, keep, median, worst) => {
    const errors = markErrors(pricedRows(readChain(dataText(file)), keep));
    expect(errors.length).toBeGreaterThan(250);
    // The tolerances are stated to two digits.
    expect(errors[errors.length >> 1]).toBeLessThanOrEqual(median * 1.05);
    expect(errors[errors.length - 1]).toBeLessThanOrEqual(worst * 1.05);
  });

  it('parity reprices blank forwards far better than the index in their place', () => {
    const blank = pricedRows(
      readChain(dataText('chains/deribit_btc_eth_20260421T215503Z.csv')),
      (quote) => !quote.forwardGiven,
    );
    const parity = markErrors(blank);
    const index = markErrors(blank.map((row) => ({ ...row, used: row.forward })));
    expect(parity[parity.length >> 1] * 5).toBeLessThan(index[index.length >> 1]);
  });
});

const MINUTE = 60_000;
/** Half of the last digit of `mark_iv`, 0.01 point. */
const HALF_POINT = 0.5e-4;
/** Half of the last digit of a printed Greek. */
const HALF_DIGIT = 0.5e-5;
/** Half of the last digit of an unrounded mark, in coin: what the exchange's theta is capped with. */
const HALF_MARK = 0.5e-8;
/** What the seconds between a row's Greeks and its other fields leave. */
const STALENESS = 4e-4;

/** Greeks as the exchange shows them, at the mark volatility plus `shift`. */
function shownGreeks(rows: readonly Row[], shift: number, priceOf: (row: Row, model: number) => number) {
  const { price, delta, gamma, vega, theta } = core.evaluate({
    ...columns(rows),
    volatility: rows.map((row) => row.volatility + shift),
  });
  return rows.map((row, index) => ({
    delta: delta[index],
    gamma: gamma[index],
    vega: vega[index] / 100,
    theta: displayTheta(theta[index], priceOf(row, price[index]), row.years),
    // The exchange holds the index when it moves the rate: years x (forward x delta - price), undiscounted.
    rho: (row.years * (row.used * delta[index] - price[index])) / 100,
  }));
}

describe.skipIf(!hasData)(`Greeks of real chains${needsData}`, () => {
  const ORDER_BOOKS = 'chains/deribit_btc_order_books_20200912.json';
  const TICKERS = 'chains/deribit_btc_ticker_20260120.csv';
  const NAMES = ['delta', 'gamma', 'vega', 'theta', 'rho'] as const;
  // Marks have eight decimals in the order books, so they are the unrounded price; in the tickers they have four.
  const unroundedMark = (row: Row, model: number): number => (row.mark > 0 ? row.mark * row.used : model);
  const modelPrice = (_: Row, model: number): number => model;

  it('order books, to the second, within the absolute tolerances of the data', () => {
    const rows = pricedRows(readChain(dataText(ORDER_BOOKS)));
    const ours = shownGreeks(rows, 0, unroundedMark);
    const worst = (name: (typeof NAMES)[number]): number =>
      Math.max(...rows.map((row, index) => Math.abs(ours[index][name] - row.greeks![name])));
    expect(rows).toHaveLength(358);
    expect(worst('delta')).toBeLessThanOrEqual(1.2e-4);
    expect(worst('gamma')).toBeLessThanOrEqual(6e-6);
    expect(worst('vega')).toBeLessThanOrEqual(2e-3);
    expect(worst('theta')).toBeLessThanOrEqual(0.03);
    expect(worst('rho')).toBeLessThanOrEqual(1e-3);
  });

  it.each([
    ['order books', ORDER_BOOKS, 358, unroundedMark],
    ['tickers', TICKERS, 648, modelPrice],
  ] as const)(
    '%s lie between ours at both ends of the rounded mark volatility',
    (_, file, count, priceOf) => {
      // The exchange's clock moves in minutes: with the nearest one the worst delta error falls from 1.2e-4 to 3e-5.
      const rows = pricedRows(readChain(dataText(file))).map((row) => ({
        ...row,
        years: yearsBetween(Math.round(row.instant / MINUTE) * MINUTE, row.instrument.expiry),
      }));
      expect(rows).toHaveLength(count);
      const curves = [-HALF_POINT, 0, HALF_POINT].map((shift) => shownGreeks(rows, shift, priceOf));
      const outside = rows.flatMap((row, index) =>
        NAMES.flatMap((name) => {
          const shown = row.greeks![name];
          const values = curves.map((curve) => curve[index][name]);
          const slack =
            HALF_DIGIT + STALENESS * Math.abs(shown) + (name === 'theta' ? HALF_MARK * row.used : 0);
          const fits = shown >= Math.min(...values) - slack && shown <= Math.max(...values) + slack;
          return fits ? [] : [`${row.name} ${name} ${shown}: ${values.join(' ')}`];
        }),
      );
      expect(outside).toEqual([]);
    },
  );
});
