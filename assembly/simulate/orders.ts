/**
 * Resting orders of a desk. An order joins the best quote of its own side, and is filled whole, at its price, at the
 * first later tick whose opposite quote is at that price or through it: all that stood at the price has then been
 * traded, whatever the order's place in the queue. A fill before that is not counted on, so that what is found is the
 * worse of what may be: a resting order is only filled where the market moved against it.
 */
import * as desk from './desk';
import { get, set } from '../memory/column';
import { partAt } from '../memory/parts';

/** Fills the orders that the order books as read have reached. */
export function deskMatch(at: usize): void {
  const orders = partAt(at, desk.ORDER);
  let isFilled = false;
  for (let i: usize = 0; i < <usize>desk.deskInstruments(at); i++) {
    const units = get(orders, i);
    if (units == 0) continue;
    if (desk.isOver(at, i)) {
      set(orders, i, 0);
      continue;
    }
    const level = i * <usize>desk.deskLevels(at);
    const mark = desk.markOf(at, i);
    const price = get(partAt(at, desk.ORDER_PRICE), i);
    const isBuy = units > 0;
    const halfSpread = get(partAt(at, isBuy ? desk.ASK_COST : desk.BID_COST), level);
    if (get(partAt(at, isBuy ? desk.ASK_SIZE : desk.BID_SIZE), level) == 0) continue;
    if (isBuy ? mark + halfSpread > price : mark - halfSpread < price) continue;
    desk.fillOrder(at, i, halfSpread);
    isFilled = true;
  }
  if (isFilled) desk.readBook(at);
}

/**
 * Rests the trades wanted at the best quotes instead of taking them: but for one whose side has been wanted for the
 * patience, or is without a quote of its own, which stays wanted.
 * @param instant in milliseconds since 1970
 * @param patience in milliseconds
 * @param isDecided whether trades are wanted anew; else the orders that rest stay as they are until it is over
 * @returns orders that rest
 */
export function deskRest(at: usize, instant: f64, patience: f64, isDecided: bool): i32 {
  const orders = partAt(at, desk.ORDER);
  const trades = partAt(at, desk.TRADE);
  const sinceAt = partAt(at, desk.ORDER_SINCE);
  let resting = 0;
  for (let i: usize = 0; i < <usize>desk.deskInstruments(at); i++) {
    const standing = get(orders, i);
    const wanted = isDecided ? get(trades, i) : standing;
    const since = wanted * standing > 0 ? get(sinceAt, i) : instant;
    const level = i * <usize>desk.deskLevels(at);
    const sizeAt = partAt(at, wanted > 0 ? desk.BID_SIZE : desk.ASK_SIZE);
    set(orders, i, 0);
    set(trades, i, 0);
    if (wanted == 0) continue;
    if (instant - since >= patience || (isDecided && get(sizeAt, level) == 0)) {
      set(trades, i, wanted);
      continue;
    }
    if (!isDecided) {
      set(orders, i, standing);
      resting++;
      continue;
    }
    const most = get(partAt(at, desk.LIMIT), i);
    const cost = get(partAt(at, wanted > 0 ? desk.BID_COST : desk.ASK_COST), level);
    const units = Math.max(-most, Math.min(wanted, most));
    if (units == 0) {
      // the limit lets none through: to be counted as not filled
      set(trades, i, wanted);
      continue;
    }
    resting++;
    set(orders, i, units);
    set(partAt(at, desk.ORDER_PRICE), i, desk.markOf(at, i) + (wanted > 0 ? -cost : cost));
    set(sinceAt, i, since);
  }
  return resting;
}
