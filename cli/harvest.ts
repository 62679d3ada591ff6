import { type Book, DAYS_PER_YEAR, DESK_UNITS } from 'greekfire';
import { type FullCore, marginPresets, type MarginPreset } from 'greekfire/full';
import { bookPositions, hedgeInstruments } from 'greekfire/deribit';
import { harvestTheta, type Harvest } from 'greekfire/strategy';
import { InputError } from './failure.js';
import { LEAST_DAYS, tradeTerms } from './hedge.js';
import { inFile, type Inputs } from './inputs.js';
import { modelFor, ownInput } from './strategy.js';

/** The exposures that are limited, in this order. */
export const LIMITED = ['delta', 'gamma', 'vega'] as const;
/** A sensitivity with a limit. */
export type Limited = (typeof LIMITED)[number];

/** A band in the desk's unit; what is not said is the level of the book: no more than it has now. */
export type Band = readonly [lower: number, upper: number] | undefined;

/** What is asked for; exposures in the units of the report. */
export interface HarvestRequest {
  readonly underlying: string;
  readonly bands: Readonly<Record<Limited, Band>>;
  /** In quote currency; that of the book where absent. */
  readonly worstLoss: number | undefined;
  /** The margin model; none where absent and the default one does not know the underlying. */
  readonly model: MarginPreset | undefined;
  /** Most initial margin in quote currency; that of the book where absent. */
  readonly margin: number | undefined;
  /** The scenarios: spot to either side per 1.00, volatility points to either side per 1.00. */
  readonly spotRange: number;
  readonly volatilityRange: number;
  readonly days: number;
  readonly lots: boolean;
  readonly maxInstruments: number | undefined;
}

/** One trade. */
export interface HarvestTrade {
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  /** Units of the underlying, above 0. */
  readonly quantity: number;
  readonly mid: number;
  /** What the trade adds to theta, in quote currency per day. */
  readonly theta: number;
}

/** A limit and what became of it, in the desk's unit. */
export interface HarvestLimit {
  readonly name: Limited;
  readonly unit: string;
  readonly lower: number;
  readonly upper: number;
  readonly before: number;
  readonly after: number;
  /** What one unit more of room earns over the days, in quote currency. */
  readonly price: number;
}

/** A harvest, ready to show. */
export interface HarvestReport {
  readonly underlying: string;
  readonly currency: string;
  readonly days: number;
  readonly scenarios: number;
  readonly instruments: number;
  readonly trades: readonly HarvestTrade[];
  readonly limits: readonly HarvestLimit[];
  readonly worstLossLimit: number;
  /** In quote currency; Infinity for none. */
  readonly marginLimit: number;
  readonly harvest: Harvest;
}

/** Steps of the spot to either side. */
const STEPS = 4;

/** The initial margin that a book has by a model. */
function initialOf(core: FullCore, book: Book<2>, model: MarginPreset): number {
  const account = core.margin(book, { model });
  try {
    return account.figures().initial;
  } finally {
    account.dispose();
  }
}

/** Finds the trades that collect most theta. @throws InputError where nothing can be traded */
export function buildHarvest(core: FullCore, inputs: Inputs, request: HarvestRequest): HarvestReport {
  const { market, lines, bookSource } = inputs;
  const { underlying, days, spotRange, volatilityRange } = request;
  const input = ownInput(market, underlying);
  const model = modelFor(request.model, underlying);
  if (model !== undefined && marginPresets[model].rule !== 'scenario') {
    throw new InputError(`--model ${model}: it has no scenarios, so that no harvest can keep within it`);
  }
  if (request.margin !== undefined && model === undefined) {
    throw new InputError(`--margin: no model is known for ${underlying}; --model names one`);
  }
  const chain = core.chain(input.expiries, 2);
  const own = lines.filter(({ instrument }) => instrument?.underlying === underlying);
  const { positions } = inFile(bookSource.name, () => bookPositions(own, market, input));
  const book = core.book(chain, positions);
  try {
    const instruments = hedgeInstruments(
      market,
      { underlying, leastYears: LEAST_DAYS / DAYS_PER_YEAR },
      input,
    );
    if (instruments.length === 0) throw new InputError(`nothing of ${underlying} is quoted on both sides`);
    const scenarios = {
      underlying,
      spot: Array.from({ length: 2 * STEPS + 1 }, (_, i) => (spotRange * (i - STEPS)) / STEPS),
      volatility: volatilityRange > 0 ? [-volatilityRange, 0, volatilityRange] : [0],
    };
    const exposure = book.exposure({ underlying });
    const reference = chain.expiries.flatMap((expiry, e) =>
      expiry.underlying === underlying && chain.years[e] > 0 ? [e] : [],
    );
    const nearest = reference.reduce((best, e) => (chain.years[e] < chain.years[best] ? e : best));
    const forward = chain.forward[nearest];
    const bands = LIMITED.map((sensitivity) => {
      const { scale, moves } = DESK_UNITS[sensitivity];
      const factor = scale * forward ** moves;
      const now = Math.abs(exposure[sensitivity] * factor);
      const [lower, upper] = request.bands[sensitivity] ?? [-now, now];
      return { sensitivity, underlying, scale: factor, lower, upper };
    });
    const scan = book.scan(scenarios);
    const worstLoss = request.worstLoss ?? Math.max(0, scan.worst().loss);
    const count = scan.length;
    scan.dispose();
    const marginLimit = model === undefined ? Infinity : (request.margin ?? initialOf(core, book, model));
    const harvest = harvestTheta(
      core,
      chain,
      book,
      {
        instruments: instruments.map(({ position }) => position),
        underlying,
        ...tradeTerms(instruments),
        bands,
        scenarios,
        worstLoss,
        ...(model && { margin: { model, initial: marginLimit } }),
        days,
      },
      {
        lots: request.lots,
        ...(request.maxInstruments !== undefined && { maxInstruments: request.maxInstruments }),
      },
    );
    const { sensitivity: theta } = book.sensitivities(
      instruments.map(({ position }) => position),
      [{ sensitivity: 'theta', underlying, scale: 1 / DAYS_PER_YEAR }],
    );
    const trades = instruments.flatMap(({ name, mid }, i): HarvestTrade[] => {
      const trade = harvest.trades[i];
      if (trade === 0) return [];
      const side = trade > 0 ? 'buy' : 'sell';
      return [{ instrument: name, side, quantity: Math.abs(trade), mid, theta: trade * theta[i] }];
    });
    const [coin = underlying, currency = 'USD'] = underlying.split('_');
    return {
      underlying,
      currency,
      days,
      scenarios: count,
      instruments: instruments.length,
      trades: trades.sort((a, b) => b.theta - a.theta),
      limits: bands.map(({ sensitivity, lower, upper }, k) => ({
        name: sensitivity,
        unit: DESK_UNITS[sensitivity].unit.replace('coin', coin),
        lower,
        upper,
        ...harvest.exposures[k],
      })),
      worstLossLimit: worstLoss,
      marginLimit,
      harvest,
    };
  } finally {
    book.dispose();
    chain.dispose();
  }
}
