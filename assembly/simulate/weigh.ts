/** What a policy makes of a desk's Greeks: its no-trade band, and the rows of its hedge problem with their weights. */
import * as desk from './desk';
import { cubeRoot } from './root';
import { get, set } from '../memory/column';
import { partAt } from '../memory/parts';

// What is assumed of the market, in the order of the binding: volatility of the price, relative volatility of
// volatility, correlation of the two, jumps per year and their root mean square; then the desk's `REVERSION`.
const VOLATILITY: usize = 0;
const VOLATILITY_OF_VOLATILITY: usize = 1;
const CORRELATION: usize = 2;
const JUMP_RATE: usize = 3;
const JUMP_SIZE: usize = 4;

// Rows of the problem.
const DELTA_ROW: usize = 0;
const GAMMA_ROW: usize = 1;
const VEGA_ROW: usize = 2;

/** Below this part of the largest gamma so far a band is no narrower: its weight would grow without bound. */
const LEAST_GAMMA = 0.1;

/**
 * Half-width of the no-trade band in delta: (3 cost gamma^2 spot / (2 aversion))^(1/3) (Whalley and Wilmott 1997, An
 * asymptotic analysis of an optimal hedging model for option pricing with transaction costs, section 3).
 * @param cost of a trade, part of its value
 * @param aversion to risk, per unit of quote currency
 */
function noTradeBand(cost: f64, gamma: f64, spot: f64, aversion: f64): f64 {
  return cubeRoot((1.5 * cost * gamma * gamma * spot) / aversion);
}

/** Cost of a unit of the first instrument, which carries delta: at its best ask, or bid where it has none. */
function costOf(at: usize): f64 {
  const isAsked = get(partAt(at, desk.ASK_SIZE), 0) > 0;
  return get(partAt(at, isAsked ? desk.ASK_TOTAL : desk.BID_TOTAL), 0);
}

/** The band where a trade of the first instrument costs so much. */
function bandAt(at: usize, gamma: f64, aversion: f64): f64 {
  const spot = desk.deskSpot(at);
  return noTradeBand(costOf(at) / spot, gamma, spot, aversion);
}

/** The book's no-trade band. */
export function deskBand(at: usize, aversion: f64): f64 {
  return bandAt(at, get(partAt(at, desk.EXPOSURE), desk.OWN_GAMMA), aversion);
}

/**
 * Rows and weights of the problem cost + aversion/2 x variance of what the book makes until the horizon:
 *
 * - delta, with rho xi/(sigma S) of vega added, its part in volatility that moves with the price: the variance of the
 *   smile-adjusted ("minimum variance") delta (Hull and White 2017, Optimal delta hedging for options, section 2). Its
 *   weight is cost / band, under which the half-spread alone makes the band of Whalley and Wilmott;
 * - gamma: what delta-hedging it inside that band costs a year, certainty equivalent, aversion sigma^2 S^2 H^2/2
 *   (Whalley and Wilmott 1997). It grows with gamma^(4/3): the weight is that of the parabola in gamma of the same
 *   slope, 2/3 of the one of the same height. And the variance of what moves between two ticks and jumps make of it;
 * - vega, in short volatility (see the desk's `combine`): the variance of its own part, xi^2 (1 - rho^2).
 *
 * @param hold years to the horizon
 * @param years from one look at the book to the next
 * @param fundingRate that longs of perpetuals pay, per year: until the horizon, a cost of buying one
 */
export function deskWeigh(at: usize, aversion: f64, hold: f64, years: f64, fundingRate: f64): void {
  const risk = partAt(at, desk.RISK);
  const volatility = get(risk, VOLATILITY);
  const correlation = get(risk, CORRELATION);
  const spot = desk.deskSpot(at);
  const xi = volatility * get(risk, VOLATILITY_OF_VOLATILITY);
  const move = volatility * spot;
  const jumpRate = get(risk, JUMP_RATE);
  const jump = get(risk, JUMP_SIZE) * spot;
  const variance = move * move + jumpRate * jump * jump;
  const figures = partAt(at, desk.FIGURES);
  const own = Math.abs(get(partAt(at, desk.EXPOSURE), desk.OWN_GAMMA));
  const largest = Math.max(get(figures, desk.LARGEST_GAMMA), own);
  set(figures, desk.LARGEST_GAMMA, largest);
  const gamma = Math.max(own, LEAST_GAMMA * largest);
  const band = bandAt(at, gamma, aversion);
  const cost = costOf(at);
  const weights = partAt(at, desk.WEIGHT);
  set(weights, DELTA_ROW, band > 0 ? cost / band : aversion * variance * hold);
  const followed = gamma > 0 ? ((2.0 / 3.0) * aversion * variance * band * band) / (gamma * gamma) : 0;
  // a jump is reckoned normal: E[J^4] = 3 E[J^2]^2
  const missed = 0.5 * move * move * move * move * years + 0.75 * jumpRate * jump * jump * jump * jump;
  set(weights, GAMMA_ROW, hold * (followed + aversion * missed));
  set(weights, VEGA_ROW, aversion * xi * xi * (1 - correlation * correlation) * hold);
  const rows = partAt(at, desk.COMBINATION);
  const wide = <usize>desk.SENSITIVITIES;
  set(rows, DELTA_ROW * wide + desk.OWN_DELTA, 1);
  set(rows, DELTA_ROW * wide + desk.OWN_VEGA, (correlation * xi) / move);
  set(rows, GAMMA_ROW * wide + desk.OWN_GAMMA, 1);
  set(rows, VEGA_ROW * wide + desk.OWN_VEGA, 1);
  desk.combine(at, hold, fundingRate);
}
