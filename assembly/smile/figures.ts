/** What a desk asks of a slice, and how well it fits. */
import { leastAt, leastDurrleman } from './butterfly';
import { BAD_INPUT, NO_VOLATILITY, STATES, TWO_SIDED } from '../pricing/quote';
import {
  ASK,
  ASK_VOLATILITY,
  BID,
  BID_VOLATILITY,
  expiryColumn,
  firstQuote,
  LOG_MONEYNESS,
  OK,
  quoteColumn,
  Report,
  Smile,
  STATE,
  YEARS,
} from './smile';
import { Slice, slope, variance } from './svi';

/** Quantile of the normal distribution at 0.75: |d1| of an option whose delta is 25 %. */
const QUARTER: f64 = 0.6744897501960817;
/** Beyond the interval by more half-widths than this, a quote counts as an outlier. */
const FAR: f64 = 5;

/**
 * The total volatility at which a forward delta is 25 %, of the call (side 1) or the put (side -1): where
 * k = s^2/2 + side q s. d1 falls with k on a slice without butterfly arbitrage (Fukasawa 2012), so there is one.
 */
function quarterDelta(slice: Slice, side: f64): f64 {
  let reach = Math.sqrt(variance(slice, 0));
  let inner: f64 = 0;
  let outer: f64 = side * reach;
  for (let i = 0; i < 60; i++) {
    const s = Math.sqrt(variance(slice, outer));
    if (side * (outer - 0.5 * s * s) > QUARTER * s) break;
    inner = outer;
    reach *= 2;
    outer = side * reach;
    if (i == 59) return NaN;
  }
  for (let i = 0; i < 60; i++) {
    const k = 0.5 * (inner + outer);
    const s = Math.sqrt(variance(slice, k));
    if (side * (k - 0.5 * s * s) > QUARTER * s) outer = k;
    else inner = k;
  }
  return Math.sqrt(variance(slice, 0.5 * (inner + outer)));
}

/** Fills the report of an expiry whose parameters and status stand. */
export function writeFigures(smile: Smile, expiry: i32, report: Report): void {
  const slice = changetype<Slice>(changetype<usize>(report));
  const isFitted = report.status == OK;
  const perRoot = 1 / Math.sqrt(load<f64>(expiryColumn(smile, YEARS) + ((<usize>expiry) << 3)));
  const statesAt = changetype<usize>(report) + offsetof<Report>('states0');
  for (let i: usize = 0; i < <usize>STATES; i++) store<f64>(statesAt + (i << 3), 0);
  let twoSided = 0;
  let measured = 0;
  let inside = 0;
  let outliers = 0;
  let error: f64 = 0;
  let outside: f64 = 0;
  for (let quote = firstQuote(smile, expiry); quote < firstQuote(smile, expiry + 1); quote++) {
    const i = (<usize>quote) << 3;
    const state = load<u8>(quoteColumn(smile, STATE) + quote);
    const stateAt = statesAt + ((<usize>state) << 3);
    store<f64>(stateAt, load<f64>(stateAt) + 1);
    const bidPrice = load<f64>(quoteColumn(smile, BID) + i);
    const askPrice = load<f64>(quoteColumn(smile, ASK) + i);
    if (state == BAD_INPUT || !(bidPrice > 0 && askPrice >= bidPrice && askPrice < Infinity)) continue;
    twoSided++;
    if (!isFitted || state == NO_VOLATILITY) continue;
    const volatility = perRoot * Math.sqrt(variance(slice, load<f64>(quoteColumn(smile, LOG_MONEYNESS) + i)));
    const bid = load<f64>(quoteColumn(smile, BID_VOLATILITY) + i);
    const ask = load<f64>(quoteColumn(smile, ASK_VOLATILITY) + i);
    const beyond = Math.max(0, Math.max(volatility - ask, bid - volatility));
    if (beyond == 0) inside++;
    outside += beyond * beyond;
    if (state != TWO_SIDED) continue;
    measured++;
    const off = volatility - 0.5 * (bid + ask);
    error += off * off;
    if (beyond > FAR * 0.5 * (ask - bid)) outliers++;
  }
  report.twoSided = <f64>twoSided;
  report.inside = isFitted ? <f64>inside : NaN;
  report.outliers = isFitted ? <f64>outliers : NaN;
  if (!isFitted) return;
  const centre = variance(slice, 0);
  report.rmsError = Math.sqrt(error / <f64>measured);
  report.rmsOutside = Math.sqrt(outside / <f64>twoSided);
  report.atmVolatility = perRoot * Math.sqrt(centre);
  report.skew = (0.5 * perRoot * slope(slice, 0)) / Math.sqrt(centre);
  const call = perRoot * quarterDelta(slice, 1);
  const put = perRoot * quarterDelta(slice, -1);
  report.riskReversal = call - put;
  report.butterfly = 0.5 * (call + put) - report.atmVolatility;
  report.leastDurrleman = leastDurrleman(slice);
  report.leastDurrlemanAt = leastAt;
}
