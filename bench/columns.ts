/** The same options in the columns of ours and of the peers. */
import type { Batch, Chain, Core, ExpirySpec, Order } from 'greekfire';
import type { GridColumns, ListColumns } from './peers/javascript.js';

/** A batch filled with a list. */
export function filledBatch<O extends Order>(
  core: Core,
  options: ListColumns,
  underlier: 'spot' | 'forward',
  order: O,
): Batch<O> {
  const rows = options.strike.length;
  const batch = core.batch(rows, { order, underlier });
  batch.type.set(options.type);
  batch.strike.set(options.strike);
  batch.years.set(options.years);
  batch.volatility.set(options.volatility);
  batch.rate.set(options.rate);
  if (underlier === 'spot') {
    batch.spot.set(options.under);
    batch.dividend.set(options.dividend);
  } else batch.forward.set(options.under);
  return batch;
}

/** A grid in the columns of the JavaScript peer. */
export function gridColumns(grid: readonly ExpirySpec[], chain: Chain): GridColumns {
  return {
    offset: chain.offset.slice(),
    years: Float64Array.from(grid, ({ years }) => years),
    rate: Float64Array.from(grid, ({ rate = 0 }) => rate),
    strike: chain.strike.slice(),
    logStrike: chain.strike.map(Math.log),
    volatility: chain.volatility.slice(),
  };
}
