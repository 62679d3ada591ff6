import { shown } from '../checks.js';
import { DAYS_PER_YEAR } from '../time.js';
import type { MarginModel, ScenarioParameters } from './model.js';

const quarters = [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1] as const;

const deribitPortfolio = {
  prices: quarters,
  volatilities: ['up', 'same', 'down'],
  volatilityDown: 0.25,
  referenceDays: 30,
  dayFloor: 1,
  shortPower: 0.3,
  longPower: 0.13,
  volatilityFloor: 0.5,
  shockThreshold: 20_000_000,
  shockMost: 0.1,
} as const satisfies Partial<ScenarioParameters>;

const extendedMoves = [-0.66, -0.33, 0.5, 1, 2, 3, 4, 5] as const;

/**
 * Deribit's portfolio margin: parameters of BTC as of 2024-06-17, from the example of `private/pme/simulate` in the API
 * reference (docs.deribit.com), and of ETH as of 2026-02-15, as an answer of that call had them. Nine price moves times
 * volatility up, same and down, and the extended table.
 *
 * Reproduced from the BTC example: the risk vectors of a perpetual and a future and the roll shock at its least, to all
 * digits; the margins to the nine decimals that the worst case is rounded to. Our reading, the printed figures not
 * telling: the dampener beyond the losses that it forgives whole, the slope of the delta shock, and the roll shock of
 * distant expiries. Ours: at least 1 day in the
 * term weight, without which a move down would leave no volatility in the last hours. Left out: offsets between
 * currencies, fees, open orders.
 */
const portfolio: MarginModel = {
  rule: 'scenario',
  name: 'deribit-portfolio',
  source: 'Deribit portfolio margin, docs.deribit.com private/pme/simulate, BTC 2024-06-17, ETH 2026-02-15',
  initialFactor: 1,
  maintenanceFactor: 0.8,
  parameters: {
    BTC: {
      ...deribitPortfolio,
      priceRange: 0.16,
      volatilityUp: 0.5,
      rollLeast: 0.01,
      rollYearly: 0.075,
      shockSlope: 0.00005,
      tail: { moves: extendedMoves, volatility: 'up', fraction: 1, isScaled: true, dampening: 100_000 },
    },
    ETH: {
      ...deribitPortfolio,
      priceRange: 0.18,
      volatilityUp: 0.4,
      rollLeast: 0.005,
      rollYearly: 0.05,
      shockSlope: 0.000004,
      tail: { moves: extendedMoves, volatility: 'up', fraction: 1, isScaled: true, dampening: 200_000 },
    },
  },
};

/**
 * Deribit's standard margin: every position by itself, as read in November 2026. Reproduced to the printed digits: the
 * examples of linear perpetuals of BTC and SOL (support.deribit.com, "Linear Perpetual"). The formulas for options are
 * those that Deribit's documentation is quoted with; of its own we found no example, so the check is one that BIT
 * prints for the same put formula and coefficients (USDT-margined options, ETH-USDT-17NOV23-1850-P).
 */
const standard: MarginModel = {
  rule: 'position',
  name: 'deribit-standard',
  source: 'Deribit standard margin, support.deribit.com (Linear Perpetual), read in November 2026',
  parameters: {
    BTC: {
      optionInitial: 0.15,
      optionLeast: 0.1,
      optionMaintenance: 0.075,
      futureInitial: 0.02,
      futureMaintenance: 0.01,
      futureSlope: 0.00005,
    },
    SOL: {
      optionInitial: 0.15,
      optionLeast: 0.1,
      optionMaintenance: 0.075,
      futureInitial: 0.04,
      futureMaintenance: 0.02,
      futureSlope: 0.000005,
    },
  },
};

/**
 * The sixteen scenarios of SPAN (CME, 1988): the price unchanged and by thirds of its range, volatility up and down,
 * and twice the range at 35 % of the loss. Ranges are the exchange's and differ by product: those here, of BTC's size,
 * are placeholders to be replaced. Reproduced to the printed digits: the risk array of the S&P 500 future and its
 * requirement in McMillan, "Options as a Strategic Investment", chapter 34. Left out: charges between months and
 * products, and the short option minimum.
 */
const span: MarginModel = {
  rule: 'scenario',
  name: 'span-16',
  source: 'CME SPAN, sixteen scenarios (1988), as in McMillan, Options as a Strategic Investment, ch. 34',
  inCoin: false,
  parameters: {
    '*': {
      priceRange: 0.16,
      prices: [0, 1 / 3, -1 / 3, 2 / 3, -2 / 3, 1, -1],
      volatilities: ['up', 'down'],
      volatilityUp: 0.25,
      volatilityDown: 0.25,
      horizon: 1 / DAYS_PER_YEAR,
      tail: { moves: [2, -2], inRanges: true, volatility: 'same', fraction: 0.35 },
    },
  },
};

/**
 * Margin of strategies as under Regulation T, at the rates for equity options and stock (Cboe margin manual, April
 * 2000; Cboe rule 10.3): 20 % less what is out of the money, at least 10 %; stock 50 %, to be kept at 25 % long and
 * 30 % short. Broad index options take `optionInitial: 0.15`. What a deposit must be beside the value of the positions.
 * Reproduced to the printed dollar: Cboe's "Margin Requirement Examples for Sample Options-based Positions" (undated,
 * of the first years of portfolio margin) and the short straddle of its manual.
 */
const regT: MarginModel = {
  rule: 'strategy',
  name: 'reg-t',
  source: 'Regulation T and the Cboe margin manual, April 2000',
  parameters: {
    '*': { optionInitial: 0.2, optionLeast: 0.1, spotInitial: 0.5, spotLong: 0.25, spotShort: 0.3 },
  },
};

/** Names of {@link marginPresets}, after what they follow. */
export type MarginPreset = 'deribit-portfolio' | 'deribit-standard' | 'span-16' | 'reg-t';

/**
 * Margin models by name: models of public rules at their dates, not the venues' own figures. Their parameters are data:
 * spread one and replace what differs.
 */
export const marginPresets: Readonly<Record<MarginPreset, MarginModel>> = Object.freeze({
  'deribit-portfolio': portfolio,
  'deribit-standard': standard,
  'span-16': span,
  'reg-t': regT,
});

/** @throws RangeError where there is no such preset @internal */
export function presetOf(name: string): MarginModel {
  if (Object.hasOwn(marginPresets, name)) return marginPresets[name as MarginPreset];
  throw new RangeError(
    `model must be one of ${Object.keys(marginPresets).map(shown).join(', ')}, got ${shown(name)}`,
  );
}
