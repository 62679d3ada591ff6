import type { Book, Chain, Snapshot } from 'greekfire';
import { bookPositions, chainInput, type BookInput, type ChainInput } from 'greekfire/deribit';
import {
  type FullCore,
  type MarginAccount,
  type MarginPreset,
  knowsUnderlying,
  marginPresets,
} from 'greekfire/full';
import { fitSmile, type SmileFit } from '../../cli/smile.js';
import { laddersOf, partsOf } from '../../cli/unwinding.js';
import type {
  AccountRequest,
  AccountResponse,
  Cascade,
  Holding,
  MarginSettings,
  MarginView,
  MarketState,
} from '../protocol.js';
import { Structures } from './structures.js';

/** Initial margins that the collateral is worth where the user gives none: an account at ease. */
const MADE_UP = 1.5;
/** How far beyond the nearest level of liquidation a liquidation is looked at, in moves of the forwards per 1.00. */
const BEYOND = 0.02;
/** Moves of the forwards of the curves: percent by percent. */
const MOVES = Float64Array.from({ length: 101 }, (_, i) => (i - 50) / 100);

/** Looks at an account under a margin model, and at payoffs: the work of the page's second worker. */
export class AccountDesk {
  private held: HeldAccount | undefined;

  constructor(private readonly core: FullCore) {}

  /** Answers one request. The first is 'hold'. */
  answer(request: AccountRequest): AccountResponse {
    if (request.kind === 'hold') {
      const held = new HeldAccount(this.core, request.holding);
      this.held?.dispose();
      this.held = held;
      return { kind: 'held', structures: held.structures.views, model: held.model };
    }
    const held = this.held!;
    held.move(request.state);
    return request.kind === 'margin'
      ? { kind: 'margin', margin: held.margin(request.state, request.settings) }
      : { kind: 'payoff', payoff: held.structures.payoff(request.choice, request.currency) };
  }
}

/** A book on a market of its own, which goes where the desk's goes. */
class HeldAccount {
  readonly structures: Structures;
  /** The model to begin with: the exchange's own where it knows the underlying. */
  readonly model: MarginPreset;
  private readonly input: ChainInput;
  private readonly held: BookInput;
  private readonly chain: Chain<2>;
  private readonly book: Book<2>;
  private readonly fit: SmileFit | undefined;
  /** The book as the market was read: futures are settled from there. */
  private readonly snapshot: Snapshot;
  private readonly valueAsRead: number;
  private readonly madeUp: { readonly cash: number; readonly coins: number };
  private account: { readonly model: MarginPreset; readonly of: MarginAccount } | undefined;

  constructor(
    private readonly core: FullCore,
    private readonly holding: Holding,
  ) {
    const { market, underlying, lines } = holding;
    this.input = chainInput(market);
    this.chain = core.chain(this.input.expiries, 2);
    this.held = bookPositions(lines, market, this.input);
    this.book = core.book(this.chain, this.held.positions);
    this.fit = fitSmile(core, market, this.input, underlying);
    this.snapshot = this.book.snapshot();
    this.valueAsRead = this.value();
    this.structures = new Structures(core, this.chain, this.held, holding, this.input, this.fit);
    const isKnown = knowsUnderlying(marginPresets['deribit-portfolio'], underlying);
    this.model = isKnown ? 'deribit-portfolio' : 'span-16';
    this.madeUp = this.collateralFor(this.model);
  }

  /** Brings the market to a state of the desk's. */
  move({ years, forward, volatility }: MarketState): void {
    const { chain } = this;
    chain.setYears(years);
    for (let e = 0; e < chain.expiries.length; e += 1) {
      chain.setVolatility(e, volatility.subarray(chain.offset[e], chain.offset[e + 1]));
    }
    chain.tick(forward);
  }

  /** The account as the market is. */
  margin(state: MarketState, settings: MarginSettings): MarginView {
    const { book, held } = this;
    const { model } = settings;
    const account = this.accountOf(model);
    if (typeof account === 'string') return { model, refusal: account };
    const isMadeUp = Number.isNaN(settings.cash) && Number.isNaN(settings.coins);
    const { cash, coins } = isMadeUp ? this.madeUp : { cash: settings.cash || 0, coins: settings.coins || 0 };
    const settled = book.explain(this.snapshot).total - (this.value() - this.valueAsRead);
    const fund = (more: number): void => {
      account.setCollateral({ cash: cash + settled + more, coins: { [this.holding.underlying]: coins } });
    };
    fund(0);
    const figures = account.figures();
    const levels = account.liquidation();
    const groups = partsOf(held);
    const { parts, cross, saved } = account.efficiency([...groups.values()]);
    const states = Array.from(MOVES, (move) => account.figures({ move }));
    const column = (name: 'equity' | 'initial' | 'maintenance'): Float64Array =>
      Float64Array.from(states, (at) => at[name]);
    const [nearest = NaN] = [levels.down, levels.up]
      .flatMap((level) => (level === undefined ? [] : [level.move]))
      .sort((a, b) => Math.abs(a) - Math.abs(b));
    const beyond = nearest + Math.sign(nearest) * BEYOND;
    const shock = Number.isNaN(settings.shock) ? beyond : settings.shock;
    return {
      model,
      refusal: undefined,
      account: {
        source: account.model.source,
        cash,
        coins,
        isMadeUp,
        figures,
        levels,
        parts: [...groups].map(([name, legs], i) => ({ name, legs: legs.length, ...parts[i] })),
        cross,
        saved,
        curve: {
          move: MOVES.slice(),
          equity: column('equity'),
          initial: column('initial'),
          maintenance: column('maintenance'),
        },
        cascade: shock > -1 ? this.cascade(account, state, shock, settings.impact, fund) : undefined,
      },
    };
  }

  dispose(): void {
    this.account?.of.dispose();
    this.fit?.smile.dispose();
    this.snapshot.dispose();
    this.book.dispose();
    this.chain.dispose();
  }

  /** What a liquidation would do after a move of the forwards. A tick settles futures: their profit becomes cash. */
  private cascade(
    account: MarginAccount,
    state: MarketState,
    shock: number,
    impact: number,
    fund: (more: number) => void,
  ): Cascade {
    const start = account.figures({ move: shock });
    this.chain.tick(state.forward.map((forward) => forward * (1 + shock)));
    fund(start.equity - account.figures().equity);
    const depth = laddersOf(this.holding.market, this.input, this.held);
    const unwinding = account.unwind({ depth, impact });
    this.chain.tick(state.forward);
    fund(0);
    return { ...unwinding, shock, start, instruments: this.held.lines.map(({ name }) => name) };
  }

  /** The account under a model, or why there is none. */
  private accountOf(model: MarginPreset): MarginAccount | string {
    if (this.account?.model === model) return this.account.of;
    try {
      const of = this.core.margin(this.book, { model });
      this.account?.of.dispose();
      this.account = { model, of };
      return of;
    } catch (error) {
      if (error instanceof RangeError) return error.message;
      throw error;
    }
  }

  private value(): number {
    return this.book.exposure({ underlying: this.holding.underlying }).price;
  }

  /** Two digits of what makes the account worth some initial margins: coins where contracts settle in them. */
  private collateralFor(model: MarginPreset): { cash: number; coins: number } {
    const account = this.accountOf(model);
    if (typeof account === 'string') return { cash: 0, coins: 0 };
    const { equity, initial, underlyings } = account.figures();
    const wanted = Math.max(0, MADE_UP * initial - equity);
    const inCoin = this.holding.market.expiries[0].settlement === 'inverse';
    const round = (amount: number): number => Number(amount.toPrecision(2));
    return inCoin
      ? { cash: 0, coins: round(wanted / underlyings[0].price) }
      : { cash: round(wanted), coins: 0 };
  }
}
