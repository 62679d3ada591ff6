/**
 * What the page and its worker say to each other. The worker owns the core, the market and the book; the page shows
 * what it is told. Numbers are raw, as the library gives them; the page turns them into desk units.
 */
import type { Explained, HedgeStatus, Sensitivity, SmileSlice } from 'greekfire';
import type { LiquidationLevels, MarginFigures, MarginPreset, Unwinding } from 'greekfire/full';
import type { ChainFormat, ForwardSource, Settlement, StatusCounts } from 'greekfire/deribit';
import type { Hedged } from '../cli/hedge.js';
import type { TradeLine } from '../cli/report/model.js';

/** The sensitivities that the page shows: those of a chain of the second order but its price. */
export const WATCHED = [
  'delta',
  'gamma',
  'vega',
  'theta',
  'rho',
  'vanna',
  'volga',
  'charm',
] as const satisfies readonly Sensitivity[];

/** One of {@link WATCHED}. */
export type Watched = (typeof WATCHED)[number];

/** A file that was dropped or chosen. */
export interface TextFile {
  readonly name: string;
  readonly text: string;
}

/** What is wanted of one exposure, in desk units; NaN where there is no such bound. */
export interface ExposureWish {
  /** Where the exposure should be, and what missing it is worth; only of those that have a daily move. */
  readonly target: number;
  readonly lower: number;
  readonly upper: number;
}

/** What the hedge is asked for. */
export interface HedgeSettings {
  /** Exposures that are drawn to their targets. */
  readonly hedged: readonly Hedged[];
  readonly wishes: Readonly<Record<Watched, ExposureWish>>;
  /** Share of the quoted depth that may be taken, per 1.00. */
  readonly depthShare: number;
  /** Most units of one instrument; Infinity for no limit. */
  readonly largestTrade: number;
  /** Whether trades are whole lots, which takes longer: the replay trades any size. */
  readonly lots: boolean;
}

/** The rule that the account is looked at by, and its collateral beside the positions. */
export interface MarginSettings {
  readonly model: MarginPreset;
  /** In quote currency. */
  readonly cash: number;
  /** Units of the underlying. */
  readonly coins: number;
}

/** What the page asks. The worker first shows the embedded market; then every request has one response, in order. */
export type Request =
  /** Opens files, or the embedded market where there are none. */
  | { readonly kind: 'open'; readonly files: readonly TextFile[] }
  /** Looks at another underlying of the market. */
  | { readonly kind: 'choose'; readonly underlying: string }
  /** Hedges by other wishes. */
  | { readonly kind: 'hedge'; readonly settings: HedgeSettings }
  /** Looks at the account by another rule, or with other collateral. */
  | { readonly kind: 'margin'; readonly settings: MarginSettings }
  /** Replays so many ticks of the stream, each with a warm hedge. */
  | { readonly kind: 'advance'; readonly ticks: number }
  /** Back to the market as it was read. */
  | { readonly kind: 'rewind' };

/** What the worker answers. */
export type Response =
  | { readonly kind: 'desk'; readonly desk: DeskView; readonly frame: Frame; readonly remark: string }
  | { readonly kind: 'frame'; readonly frame: Frame }
  /** The files cannot be read: everything stays as it was. */
  | { readonly kind: 'refused'; readonly message: string };

/** One input: what to call it, and whether it was made up. */
export interface Source {
  readonly name: string;
  readonly synthetic: boolean;
}

/** One expiry of the chain. */
export interface ExpiryView {
  readonly label: string;
  readonly years: number;
  readonly forwardSource: ForwardSource;
  /** First row of the chain, and the row after its last. */
  readonly first: number;
  readonly end: number;
}

/** Quotes of one side of the chain, one element per row; prices in the settlement currency, NaN where there is none. */
export interface QuoteSide {
  readonly bid: Float64Array;
  readonly ask: Float64Array;
  /** Units held in the book. */
  readonly held: Float64Array;
}

/** The smile of one expiry. Volatilities are per 1.00. */
export interface SmileView {
  readonly label: string;
  readonly slice: SmileSlice;
  /** Strikes at which the fitted volatilities are given. */
  readonly strike: Float64Array;
  readonly svi: Float64Array;
  readonly ssvi: Float64Array;
  /** The quotes that bound the volatility; NaN where a side does not. */
  readonly quotes: {
    readonly strike: Float64Array;
    readonly bid: Float64Array;
    readonly ask: Float64Array;
  };
}

/** What does not change until another file is opened or another underlying chosen. */
export interface DeskView {
  readonly chain: Source;
  readonly book: Source;
  readonly format: ChainFormat;
  /** Rows of the chain's input by what the reader found. */
  readonly counts: StatusCounts;
  readonly underlyings: readonly string[];
  readonly underlying: string;
  readonly settlement: Settlement;
  /** One unit of the underlying, and what it is priced in. */
  readonly coin: string;
  readonly currency: string;
  readonly expiries: readonly ExpiryView[];
  readonly strike: Float64Array;
  readonly volatility: Float64Array;
  readonly call: QuoteSide;
  readonly put: QuoteSide;
  readonly smiles: readonly SmileView[];
  readonly structures: readonly string[];
  /** Positions that have no price, and why. */
  readonly unpriced: readonly string[];
  readonly positions: number;
  /** How many instruments the hedge chooses among. */
  readonly instruments: number;
  /** The settings that the hedge starts with. */
  readonly settings: HedgeSettings;
  /** Margin models that have parameters for the underlying, and the settings that the account starts with. */
  readonly marginModels: readonly MarginPreset[];
  readonly marginSettings: MarginSettings | undefined;
}

/** Sensitivities by name. */
export type Exposure = Readonly<Record<Watched, number>>;

/** Marks and sensitivities, one element per row of the chain. */
export interface Marks {
  /** In the settlement currency. */
  readonly callMark: Float64Array;
  readonly putMark: Float64Array;
  readonly callDelta: Float64Array;
  readonly putDelta: Float64Array;
  readonly gamma: Float64Array;
  readonly vega: Float64Array;
  readonly callTheta: Float64Array;
  readonly putTheta: Float64Array;
}

/** The hedge and its proof. */
export interface HedgeView {
  readonly status: HedgeStatus;
  /** Exposures whose bands cannot be met together. */
  readonly conflict: readonly Watched[];
  readonly after: Exposure;
  /** What one more unit of an exposure costs, in quote currency per raw unit. */
  readonly multipliers: Exposure;
  readonly trades: readonly TradeLine[];
  readonly cost: number;
  readonly objective: number;
  readonly bound: number;
  readonly gap: number;
  readonly iterations: number;
  /** One standard deviation of a day's profit and loss, in quote currency. */
  readonly riskBefore: number;
  readonly riskAfter: number;
}

/** Profit of the book over moves of spot and volatility, against the marks of the frame, in quote currency. */
export interface RiskView {
  /** Relative moves of the spot, per 1.00, ascending. */
  readonly spot: readonly number[];
  /** Moves of volatility, per 1.00, ascending. */
  readonly volatility: readonly number[];
  /** By volatility, then by spot. */
  readonly profit: readonly Float64Array[];
}

/** Profit of one structure over the spot, against the marks of the frame, in quote currency. */
export interface PayoffView {
  readonly name: string;
  /** Relative moves of the spot, per 1.00, ascending. */
  readonly spot: readonly number[];
  readonly today: Float64Array;
  /** When the first of its legs expires. */
  readonly atExpiry: Float64Array;
  readonly expiryLabel: string;
}

/** A part of the book, with the initial margin it takes alone and the one it adds to the whole. */
export interface MarginPartView {
  readonly name: string;
  readonly legs: number;
  readonly isolated: number;
  readonly adds: number;
}

/** The book as an account, in quote currency. */
export interface MarginView {
  /** The rule's source and date. */
  readonly source: string;
  readonly figures: MarginFigures;
  readonly levels: LiquidationLevels;
  readonly parts: readonly MarginPartView[];
  /** Sum of the isolated initial margins, and the part of it that netting saves, per 1.00. */
  readonly isolated: number;
  readonly saved: number;
  /** What a liquidation would do now, and the instrument of each step; undefined where the account is solvent. */
  readonly liquidation: (Unwinding & { readonly instruments: readonly string[] }) | undefined;
}

/** Everything that a tick changes. */
export interface Frame {
  /** Market time, milliseconds since 1970-01-01T00:00Z. */
  readonly instant: number;
  /** Ticks replayed since the market was read. */
  readonly ticks: number;
  /** Price of the perpetual, else the index, else the nearest forward. */
  readonly price: number;
  /** What totals are counted in: the forward of the nearest expiry. */
  readonly reference: number;
  /** By expiry. */
  readonly forward: Float64Array;
  readonly marks: Marks;
  readonly byExpiry: readonly Exposure[];
  readonly byStructure: readonly Exposure[];
  readonly total: Exposure;
  /** The book's value, in quote currency. */
  readonly value: number;
  /** Profit and loss since the market was read. */
  readonly explained: Explained;
  /** Undefined where nothing is quoted to hedge with. */
  readonly hedge: HedgeView | undefined;
  readonly risk: RiskView;
  /** By structure. */
  readonly payoffs: readonly PayoffView[];
  /** Of one of the last frames, while the stream is replayed; why there is none where no model fits the book. */
  readonly margin: MarginView | string;
  /** Microseconds from tick to hedge of every tick of this frame. */
  readonly times: Float64Array;
}
