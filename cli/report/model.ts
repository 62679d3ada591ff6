import type { Sensitivity, SmileRule, SmileSlice, SviParameters } from 'greekfire';
import type { ChainFormat, ForwardSource, QuoteStatus, Settlement, StatusCounts } from 'greekfire/deribit';
import type { Proof } from '../hedge.js';
import type { Source } from '../inputs.js';
import type { MarginReport } from '../margin.js';
import type { ScanReport } from '../scan.js';

/** The Greeks of the second order, in the order that people are shown them. */
export const GREEKS = [
  'delta',
  'gamma',
  'vega',
  'theta',
  'rho',
  'vanna',
  'volga',
  'charm',
] as const satisfies readonly Sensitivity[];

/** The sensitivities of a report. */
export const SENSITIVITIES = ['price', ...GREEKS] as const satisfies readonly Sensitivity[];

/** One of {@link SENSITIVITIES}. */
export type Shown = (typeof SENSITIVITIES)[number];

/** The sensitivities of a set of positions, raw, in quote currency. */
export type Exposure = Readonly<Record<Shown, number>>;

/** Net exposure of the positions on one expiry. */
export interface ExpiryLine {
  readonly label: string;
  readonly years: number;
  readonly forward: number;
  readonly forwardSource: ForwardSource;
  readonly exposure: Exposure;
}

/** Net exposure of one named structure of the book. */
export interface StructureLine {
  readonly name: string;
  readonly legs: number;
  readonly exposure: Exposure;
}

/** One trade of the hedge. */
export interface TradeLine {
  readonly instrument: string;
  readonly side: 'buy' | 'sell';
  /** Units of the underlying, > 0. */
  readonly quantity: number;
  /** The order's amount as the exchange counts: USD of inverse futures, else units of the underlying. */
  readonly amount: number;
  readonly amountCurrency: string;
  /** Average over the levels taken, as the exchange quotes: in coin for an inverse option, else in quote currency. */
  readonly price: number;
  readonly priceCurrency: string;
  /** What of the cost is spread and what is fee, in quote currency. */
  readonly spread: number;
  readonly fee: number;
  readonly assumed: 'nothing' | 'size' | 'quote';
}

/** The hedge of one underlying and what it leaves. */
export interface HedgeReport {
  readonly instruments: number;
  readonly trades: readonly TradeLine[];
  readonly before: Exposure;
  readonly after: Exposure;
  /** Sensitivities that have a target. */
  readonly target: Readonly<Partial<Record<Shown, number>>>;
  /** One standard deviation of a day's profit and loss, in quote currency. */
  readonly riskBefore: number;
  readonly riskAfter: number;
  /** In quote currency. */
  readonly cost: number;
  readonly spread: number;
  readonly fee: number;
  /** Of the problem without lots. */
  readonly proof: Proof;
  /** What whole lots add to the proved objective, in quote currency; undefined where the trades are not rounded. */
  readonly rounding: number | undefined;
}

/** Median microseconds of one warmed-up call. */
export interface Timings {
  readonly tick: number;
  readonly exposures: number;
  /** Undefined where nothing was solved. */
  readonly solve: number | undefined;
  /** From the optimum to whole lots. Undefined where the trades are not rounded. */
  readonly lots: number | undefined;
  /** From a move of the forwards to the hedge that answers it, warm. Undefined where nothing was solved. */
  readonly tickToHedge: number | undefined;
}

/** The fitted smile of one expiry; what it says is that of {@link SmileSlice}. */
export interface SmileLine extends Pick<
  SmileSlice,
  | 'label'
  | 'years'
  | 'forward'
  | 'status'
  | 'atmVolatility'
  | 'skew'
  | 'riskReversal'
  | 'butterfly'
  | 'rmsError'
  | 'rmsOutside'
  | 'twoSided'
  | 'inside'
  | 'outliers'
  | 'quotes'
  | 'leastDurrleman'
  | 'leastGain'
> {
  /** Two-sided quotes that the surface prices inside. */
  readonly insideSurface: number;
  readonly hasButterflyArbitrage: boolean;
  readonly hasCalendarArbitrage: boolean;
  readonly svi: SviParameters;
}

/** What no smile is fitted to. */
export interface SmileLeftOut {
  readonly expiries: readonly { readonly label: string; readonly reason: 'no-forward' | 'expired' }[];
  /** Rows that repeat an instrument: the latest counts. */
  readonly repeated: number;
}

/** A delta where volatilities stand with their strikes (Black's), and where the smile moves with the forward. */
export interface Deltas {
  readonly black: number;
  readonly skew: number;
}

/** The deltas of an expiry, against its own forward. */
export interface DeltaLine extends Deltas {
  readonly label: string;
}

/** The smiles of one underlying, and the book's delta as they move. */
export interface SmileReport {
  readonly lines: readonly SmileLine[];
  readonly leftOut: SmileLeftOut;
  /** The surface through all expiries (SSVI). */
  readonly surface: { readonly rho: number; readonly eta: number; readonly gamma: number };
  readonly rule: SmileRule;
  /** Of expiries with positions. */
  readonly deltas: readonly DeltaLine[];
  readonly delta: Deltas;
  /** Undefined where there is no hedge. */
  readonly deltaAfter: Deltas | undefined;
}

/** A line of the book that has no price. */
export interface UnpricedLine {
  readonly instrument: string;
  readonly quantity: number;
  readonly status: QuoteStatus;
}

/** Everything about one underlying. */
export interface UnderlyingReport {
  readonly underlying: string;
  readonly settlement: Settlement;
  /** Quote currency, and the name of one unit of the underlying. */
  readonly currency: string;
  readonly coin: string;
  /** Price of the perpetual, else the index, else the nearest forward. */
  readonly price: number;
  /** Forward of the nearest expiry: totals are derivatives in it, all forwards moving by one ratio. */
  readonly reference: number;
  readonly positions: number;
  readonly unpriced: readonly UnpricedLine[];
  readonly expiries: readonly ExpiryLine[];
  /** What stands on no expiry: perpetuals and spot. */
  readonly perpetual: Exposure;
  readonly total: Exposure;
  readonly structures: readonly StructureLine[];
  /** Undefined where no expiry has a forward and time left. */
  readonly smile: SmileReport | undefined;
  readonly hedge: HedgeReport | undefined;
  readonly timings: Timings;
}

/** A desk report. */
export interface Report {
  readonly chain: Source;
  readonly book: Source;
  readonly futures: Source | undefined;
  readonly format: ChainFormat;
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly instant: number;
  readonly rows: number;
  readonly counts: StatusCounts;
  readonly futuresQuoted: number;
  /** Strikes and options that the core prices. */
  readonly strikes: number;
  readonly underlyings: readonly UnderlyingReport[];
  /** Undefined where nothing is held, or the model has no parameters for what is. */
  readonly margin: MarginReport | undefined;
  /** Undefined where nothing is held. */
  readonly scan: ScanReport | undefined;
  /** Underlyings of the chain without a position. */
  readonly withoutPositions: readonly string[];
}
