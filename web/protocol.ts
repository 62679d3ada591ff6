/**
 * What the page and its workers say to each other. The desk's worker owns the market and the book, and replays; the
 * account's worker looks at one state of them for longer than a tick may take. The page shows what it is told. Numbers
 * are raw, as the library gives them; the page turns them into desk units.
 */
import type { Explained, HedgeStatus, SmileSlice } from 'greekfire';
import type {
  BookLine,
  ChainFormat,
  ForwardSource,
  Market,
  Settlement,
  StatusCounts,
} from 'greekfire/deribit';
import type { LiquidationLevels, MarginFigures, MarginPreset, MarginShare, Unwinding } from 'greekfire/full';
import type { LegFigures, PriceBasis, StructureName } from 'greekfire/strategy';
import type { Hedged } from '../cli/hedge.js';
import { GREEKS, type TradeLine } from '../cli/report/model.js';

/** The sensitivities that the page shows. */
export const WATCHED = GREEKS;

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

/** What the page asks of the desk. It first shows the embedded market; then every request has one answer, in order. */
export type Request =
  /** Opens files, or the embedded market where there are none. */
  | { readonly kind: 'open'; readonly files: readonly TextFile[] }
  /** Looks at another underlying of the market. */
  | { readonly kind: 'choose'; readonly underlying: string }
  /** Hedges by other wishes. */
  | { readonly kind: 'hedge'; readonly settings: HedgeSettings }
  /** Replays so many ticks of the stream, each with a warm hedge; then shows where that led, or only says so. */
  | { readonly kind: 'advance'; readonly ticks: number; readonly show: boolean }
  /** Back to the market as it was read. */
  | { readonly kind: 'rewind' };

/** What the worker answers. */
export type Response =
  | {
      readonly kind: 'desk';
      readonly desk: DeskView;
      readonly frame: Frame;
      readonly remark: string;
      /** What the account is to hold. */
      readonly holding: Holding;
    }
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'tick'; readonly tick: Tick }
  /** The files cannot be read: everything stays as it was. */
  | { readonly kind: 'refused'; readonly message: string }
  /** An error of the engine itself; the next request is answered as any. */
  | { readonly kind: 'failed'; readonly message: string };

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
  /** Whether a tape of trades moves the market; else a seeded walk does. */
  readonly isTape: boolean;
  /** Market time of one tick, in milliseconds. */
  readonly step: number;
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

/** What every tick says. */
export interface Tick {
  /** Market time, milliseconds since 1970-01-01T00:00Z. */
  readonly instant: number;
  /** Ticks replayed since the market was read. */
  readonly ticks: number;
  /** Price of the perpetual, else the index, else the nearest forward. */
  readonly price: number;
  /** Microseconds from tick to hedge of every tick since the last answer. */
  readonly times: Float64Array;
  /** Whether the stream has no tick left. */
  readonly isOver: boolean;
}

/** Everything that a tick changes. */
export interface Frame extends Tick {
  /** What totals are counted in: the forward of the nearest expiry. */
  readonly reference: number;
  /** By expiry. */
  readonly forward: Float64Array;
  readonly years: Float64Array;
  /** Per 1.00, by row of the chain. */
  readonly volatility: Float64Array;
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
}

/** A state of the market: forwards and times by expiry of the chain, volatilities by its rows. */
export type MarketState = Pick<Frame, 'forward' | 'years' | 'volatility'>;

/** What an account holds: the market of one underlying, and the lines of the book on it. */
export interface Holding {
  readonly market: Market;
  readonly underlying: string;
  readonly lines: readonly BookLine[];
}

/** How the account is margined and stressed. */
export interface MarginSettings {
  readonly model: MarginPreset;
  /** Collateral in quote currency and in coin, NaN where none is given; one is made up where neither is. */
  readonly cash: number;
  readonly coins: number;
  /** Relative move of the forwards that the liquidation starts from; NaN for one just beyond the nearest level. */
  readonly shock: number;
  /** Relative move of the forwards per coin that the liquidation trades. */
  readonly impact: number;
}

/** Whose payoff: a structure that is held, or one to be built at its usual strikes. */
export type PayoffChoice =
  | { readonly kind: 'held'; readonly index: number }
  | {
      readonly kind: 'built';
      readonly name: StructureName;
      /** Of the chain. */
      readonly expiry: number;
      /** Units of the underlying, negative where sold. */
      readonly quantity: number;
    };

/** What the page asks of the account; every request has one response, in order. */
export type AccountRequest =
  | { readonly kind: 'hold'; readonly holding: Holding }
  | { readonly kind: 'margin'; readonly state: MarketState; readonly settings: MarginSettings }
  | {
      readonly kind: 'payoff';
      readonly state: MarketState;
      readonly choice: PayoffChoice;
      readonly currency: 'quote' | 'coin';
    };

/** What it answers. */
export type AccountResponse =
  | { readonly kind: 'held'; readonly structures: readonly StructureView[]; readonly model: MarginPreset }
  | { readonly kind: 'margin'; readonly margin: MarginView }
  | { readonly kind: 'payoff'; readonly payoff: PayoffView }
  /** An error of the engine itself, and at what; the next request is answered as any. */
  | { readonly kind: 'failed'; readonly request: AccountRequest['kind']; readonly message: string };

/** A set of positions of the book that has a payoff. */
export interface StructureView {
  readonly name: string;
  /** Who calls it so: all of the book, a name that the book gives, or one that its legs are recognised by. */
  readonly origin: 'whole' | 'book' | 'recognised';
}

/** A part of the book in an account of its own, and in the whole. */
export interface MarginPart extends MarginShare {
  readonly name: string;
  readonly legs: number;
}

/** A liquidation that starts where the forwards have moved by a shock. */
export interface Cascade extends Unwinding {
  readonly shock: number;
  /** The account there. */
  readonly start: MarginFigures;
  /** Names of the instruments, by position of the book. */
  readonly instruments: readonly string[];
}

/** The account under its model; in quote currency. */
export interface MarginView {
  readonly model: MarginPreset;
  /** Why the model cannot margin the book; undefined where it can, and the figures are there. */
  readonly refusal: string | undefined;
  readonly account?: {
    readonly source: string;
    readonly cash: number;
    readonly coins: number;
    readonly isMadeUp: boolean;
    readonly figures: MarginFigures;
    readonly levels: LiquidationLevels;
    readonly parts: readonly MarginPart[];
    readonly cross: MarginShare;
    /** Share of the isolated margins that one margin for all saves, per 1.00. */
    readonly saved: number;
    /** Equity and margins by relative move of the forwards, ascending. */
    readonly curve: Readonly<Record<'move' | 'equity' | 'initial' | 'maintenance', Float64Array>>;
    /** Undefined where no move liquidates the account. */
    readonly cascade: Cascade | undefined;
  };
}

/** A leg of a structure. */
export interface LegView extends Pick<LegFigures, 'size' | 'bid' | 'ask' | 'mark' | 'isCoin'> {
  readonly instrument: string;
}

/** Profit of a structure against the marks of the state, in `currency`. */
export interface PayoffView {
  readonly name: string;
  /** Why it cannot be had; undefined where it can, and the figures are there. */
  readonly refusal: string | undefined;
  readonly figures?: {
    readonly currency: string;
    readonly legs: readonly LegView[];
    readonly cost: Readonly<Record<PriceBasis, number>>;
    /** Infinity where there is no bound. */
    readonly maximumGain: number;
    readonly maximumLoss: number;
    readonly breakEvens: Float64Array;
    /** Per 1.00; NaN where the expiry has no smile. */
    readonly probabilityOfProfit: number;
    /** Of which the prices are forwards, and at whose end the payoff is. */
    readonly expiryLabel: string;
    readonly forward: number;
    readonly spot: Float64Array;
    readonly today: Float64Array;
    readonly atExpiry: Float64Array;
  };
}
