/**
 * Paths of one underlying, a step at a time. The log price follows
 *
 *     d ln S = (drift - v/2 - jump compensator) dt + sqrt(v) dW + jumps
 *
 * with the variance v one of
 *
 *     constant                                     geometric Brownian motion
 *     dv = kappa (theta - v) dt + xi sqrt(v) dZ    Heston (1993), dW dZ = rho dt
 *     one of two, by a Markov chain                regime switching (Hamilton 1989)
 *
 * and jumps of ln S, normal, at the times of a Poisson process (Merton 1976), compensated so that the drift holds.
 * Brownian, Merton and regime steps are exact but for the regime being that of the step's start; Heston's are the
 * quadratic-exponential scheme (Andersen 2008, Simple and efficient simulation of the Heston model, sections 3.2 and
 * 4.2, central weights).
 */
import { Chain, chainForward, chainVolatility, chainYears, firstRow, rowColumn, STRIKE } from '../book/chain';
import { headerOf } from '../memory/layout';
import { takeLarge } from '../memory/arena';
import { normal, poisson, Random, seed, uniform } from './random';
import { exp, logRatio } from '../math/scalar';

/** Parameters, then the state: doubles all, in the order of the binding. */
@unmanaged
class Simulator {
  drift: f64;
  /** Variance at the start; that of the first regime. */
  variance: f64;
  /** Speed at which the expected variance goes to `longRun`: kappa, or both switching rates together; 0 for none. */
  reversion: f64;
  longRun: f64;
  /** xi: above 0 for Heston. */
  volatilityOfVariance: f64;
  correlation: f64;
  /** Jumps a year, mean and standard deviation of their ln. */
  jumpRate: f64;
  jumpMean: f64;
  jumpDeviation: f64;
  /** Variance of the second regime, and rates a year of going there and back. */
  otherVariance: f64;
  leaving: f64;
  returning: f64;
  spot: f64;
  /** Variance in force. */
  v: f64;
  regime: f64;
  /** Jumps of the last step. */
  jumps: f64;
  // the state of Random stands here
}

/** Bytes of a simulator: 16 doubles and the generator. */
const RANDOM_AT: usize = 128;
const BYTES: usize = RANDOM_AT + 48;

// @ts-ignore: decorator
@inline
function randomOf(at: usize): Random {
  return changetype<Random>(at + RANDOM_AT);
}

/** @returns the simulator, 0 where memory is exhausted; 16 doubles to fill, then `simulatorSeed` */
export function simulatorCreate(): usize {
  return takeLarge(BYTES);
}

/** Begins a path: one of the streams of a seed. */
export function simulatorSeed(at: usize, number: f64, stream: f64): void {
  seed(randomOf(at), <u64>number, <u64>stream);
}

/** Quadratic-exponential step of the variance. */
function nextVariance(simulator: Simulator, random: Random, years: f64): f64 {
  const kappa = simulator.reversion;
  const xi2 = simulator.volatilityOfVariance * simulator.volatilityOfVariance;
  const kept = exp(-kappa * years);
  const gone = 1 - kept;
  const mean = simulator.longRun + (simulator.v - simulator.longRun) * kept;
  const spread = (xi2 * gone * (simulator.v * kept + 0.5 * simulator.longRun * gone)) / kappa;
  // no time, or nothing that moves
  if (!(spread > 0)) return mean;
  const psi = spread / (mean * mean);
  if (psi <= 1.5) {
    const part = 2 / psi - 1;
    const b2 = part + sqrt<f64>((part + 1) * part);
    const b = sqrt<f64>(b2) + normal(random);
    return (mean / (1 + b2)) * b * b;
  }
  const left = 1 - uniform(random);
  // 1 - p
  const mass = 2 / (psi + 1);
  return left >= mass ? 0 : (logRatio(mass, left) * mean) / mass;
}

/** Lets time pass. */
export function simulatorStep(at: usize, years: f64): void {
  const simulator = changetype<Simulator>(at);
  const random = randomOf(at);
  let move = simulator.drift * years;
  if (simulator.volatilityOfVariance > 0) {
    const xi = simulator.volatilityOfVariance;
    const rho = simulator.correlation;
    const before = simulator.v;
    const after = nextVariance(simulator, random, years);
    const both = before + after;
    move -= (rho / xi) * simulator.reversion * simulator.longRun * years;
    move += 0.5 * years * ((simulator.reversion * rho) / xi - 0.5) * both + (rho / xi) * (after - before);
    move += sqrt<f64>(0.5 * years * (1 - rho * rho) * both) * normal(random);
    simulator.v = after;
  } else {
    if (simulator.leaving > 0) {
      // the chance of being elsewhere after a time, in and out counted
      const rate = simulator.regime == 0 ? simulator.leaving : simulator.returning;
      const chance = (rate / simulator.reversion) * (1 - exp(-simulator.reversion * years));
      if (uniform(random) < chance) simulator.regime = 1 - simulator.regime;
      simulator.v = simulator.regime == 0 ? simulator.variance : simulator.otherVariance;
    }
    move += sqrt<f64>(simulator.v * years) * normal(random) - 0.5 * simulator.v * years;
  }
  if (simulator.jumpRate > 0) {
    const deviation = simulator.jumpDeviation;
    const count = poisson(random, simulator.jumpRate * years);
    const compensator = exp(simulator.jumpMean + 0.5 * deviation * deviation) - 1;
    move -= simulator.jumpRate * compensator * years;
    if (count > 0) move += count * simulator.jumpMean + sqrt<f64>(count) * deviation * normal(random);
    simulator.jumps = count;
  }
  simulator.spot *= exp(move);
}

/** Mean over a time of what goes to 0 at a rate, from 1 on: (1 - exp(-rate years))/(rate years). */
export function meanDecay(rate: f64, years: f64): f64 {
  const reach = rate * years;
  return reach > 1e-8 ? (1 - exp(-reach)) / reach : 1;
}

/** Volatility that the model expects over a time, at the money: root of the mean expected variance, jumps included. */
function expectedVolatility(simulator: Simulator, years: f64): f64 {
  const share = meanDecay(simulator.reversion, years);
  const deviation = simulator.jumpDeviation;
  const jump = simulator.jumpRate * (simulator.jumpMean * simulator.jumpMean + deviation * deviation);
  const gap = simulator.reversion > 0 ? (simulator.v - simulator.longRun) * share : 0;
  return sqrt<f64>((simulator.reversion > 0 ? simulator.longRun : simulator.v) + gap + jump);
}

/** How a chain is marked from a path. */
@unmanaged
class Marks {
  /** 1 where a strike's standardised moneyness stays as it was at the start, 0 where it follows the spot. */
  sticky: f64;
  /** Of the SSVI smile. */
  skew: f64;
  curvature: f64;
  /** Implied over expected volatility. */
  premium: f64;
  /** Rate at which forwards lie above spot. */
  carry: f64;
  /** 0 until the anchors are set. */
  anchored: f64;
  // one anchor per row stands here
}

/** @returns a block for the marks of so many rows, 0 where memory is exhausted; five doubles to fill */
export function marksCreate(rows: i32): usize {
  return takeLarge(headerOf<Marks>() + ((<u64>rows) << 3));
}

/**
 * Gives a chain the forwards and volatilities that a path implies; its years stand. The smile is SSVI with phi =
 * curvature/sqrt(theta) (Gatheral and Jacquier 2014): with x = ln(K/F)/sqrt(theta), volatility/at the money =
 * sqrt((1 + skew curvature x + sqrt((curvature x + skew)^2 + 1 - skew^2))/2).
 */
export function simulatorMark(at: usize, marksAt: usize, chainAt: usize): void {
  const simulator = changetype<Simulator>(at);
  const marks = changetype<Marks>(marksAt);
  const chain = changetype<Chain>(chainAt);
  const rho = marks.skew;
  for (let expiry = 0; expiry < chain.expiries; expiry++) {
    const place = (<usize>expiry) << 3;
    const years = load<f64>(chainYears(chainAt) + place);
    const forward = simulator.spot * exp(marks.carry * years);
    const level = marks.premium * expectedVolatility(simulator, years);
    const deviation = level * sqrt<f64>(years);
    store<f64>(chainForward(chainAt) + place, forward);
    for (let row = <usize>firstRow(chain, expiry); row < <usize>firstRow(chain, expiry + 1); row++) {
      const anchorAt = marksAt + headerOf<Marks>() + (row << 3);
      let x: f64 = 0;
      if (marks.sticky != 0 && marks.anchored != 0) x = load<f64>(anchorAt);
      else if (deviation > 0)
        x = logRatio(load<f64>(rowColumn(chain, STRIKE) + (row << 3)), forward) / deviation;
      if (marks.anchored == 0) store<f64>(anchorAt, x);
      const bent = marks.curvature * x + rho;
      const half = 1 + rho * marks.curvature * x + sqrt<f64>(bent * bent + 1 - rho * rho);
      store<f64>(chainVolatility(chainAt) + (row << 3), level * sqrt<f64>(0.5 * half));
    }
  }
  marks.anchored = 1;
}
