import { requireNotNegative, requireObject } from '../checks.js';

/** A simple model of maintenance margin, by the book's Greeks alone. */
export interface MarginModel {
  /** Move of the price against the book, relative; 0.15 where absent. */
  move?: number;
  /** Move of volatility against it, per 1.00; 0.1 where absent. */
  volatility?: number;
  /** Charged on delta whatever its sign, relative to the price; 0.01 where absent. */
  delta?: number;
}

/** @throws TypeError or RangeError that names the field and the value */
export function requireMargin(model: MarginModel): Required<MarginModel> {
  requireObject('options.margin', model);
  const { move = 0.15, volatility = 0.1, delta = 0.01 } = model;
  requireNotNegative('options.margin.move', move);
  requireNotNegative('options.margin.volatility', volatility);
  requireNotNegative('options.margin.delta', delta);
  return { move, volatility, delta };
}

/**
 * What a book must hold: its loss, to second order, at the worse of a move up and a move down, the loss of a move of
 * volatility against it, and a part of its delta. It takes no notice of what gamma does on the way, and so is right for
 * comparing policies, not for an exchange.
 * @returns in quote currency, at least 0
 */
export function marginRequirement(
  model: Required<MarginModel>,
  spot: number,
  delta: number,
  gamma: number,
  vega: number,
): number {
  const move = spot * model.move;
  const curve = 0.5 * gamma * move * move;
  const loss = Math.max(0, -(delta * move + curve), delta * move - curve);
  return loss + Math.abs(vega) * model.volatility + Math.abs(delta) * spot * model.delta;
}
