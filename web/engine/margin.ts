import type { Book } from 'greekfire';
import { type FullCore, type MarginAccount, type MarginPreset } from 'greekfire/full';
import type { BookInput, ChainInput, Market } from 'greekfire/deribit';
import { knows, laddersOf, partsOf, PRESETS } from '../../cli/margin.js';
import type { MarginSettings, MarginView } from '../protocol.js';

/** The collateral to start with: so many times what it takes to open the positions. */
const COMFORT = 1.5;

/** The book as an account under a margin model. */
export class Margin {
  /** Models that have parameters for the underlying. */
  readonly models: readonly MarginPreset[];
  settings: MarginSettings | undefined;
  private account: MarginAccount | undefined;
  private shown: MarginView | string;

  constructor(
    private readonly core: FullCore,
    private readonly book: Book<2>,
    private readonly underlying: string,
    private readonly market: Market,
    private readonly input: ChainInput,
    private readonly held: BookInput,
  ) {
    this.models = PRESETS.filter((model) => knows(model, underlying));
    this.shown = `No margin model here has parameters for ${underlying}.`;
    if (this.models.length === 0) return;
    this.set({ model: this.models[0], cash: 0, coins: 0 });
    this.fund();
  }

  /** Looks by another rule, or with other collateral. */
  set(settings: MarginSettings): void {
    const { model, cash, coins } = settings;
    const collateral = { cash, coins: { [this.underlying]: coins } };
    if (model === this.settings?.model) {
      this.account?.setCollateral(collateral);
    } else {
      this.account?.dispose();
      this.account = undefined;
      try {
        this.account = this.core.margin(this.book, { model, ...collateral });
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        this.shown = `${model} has no rule for this book: ${error.message}.`;
      }
    }
    this.settings = settings;
    this.look();
  }

  /** Reads the account at the chain's last tick. */
  look(): void {
    const { account, held } = this;
    if (account === undefined) return;
    const figures = account.figures();
    const groups = [...partsOf(held)];
    const { parts, isolatedInitial, saved } = account.efficiency(groups.map(([, legs]) => legs));
    this.shown = {
      source: account.model.source,
      figures,
      levels: account.liquidation(),
      parts: groups.map(([name, legs], i) => ({
        name,
        legs: legs.length,
        isolated: parts[i].isolatedInitial,
        adds: parts[i].marginalInitial,
      })),
      isolated: isolatedInitial,
      saved,
      liquidation: figures.isSolvent
        ? undefined
        : {
            ...account.unwind({ depth: laddersOf(this.market, this.input, held) }),
            instruments: held.lines.map(({ name }) => name),
          },
    };
  }

  /** What was read last, or why there is nothing. */
  view(): MarginView | string {
    return this.shown;
  }

  dispose(): void {
    this.account?.dispose();
  }

  /** Enough collateral to hold the book in comfort: coins where it settles in them, else cash. */
  private fund(): void {
    if (typeof this.shown === 'string' || this.settings === undefined) return;
    const { figures } = this.shown;
    const wanted = Math.max(0, COMFORT * figures.initial - figures.equity);
    const [{ price }] = figures.underlyings;
    const settlesInCoin = this.input.expiries.every(({ settlement }) => settlement === 'inverse');
    const amount = settlesInCoin ? { coins: Math.ceil(wanted / price) } : { cash: Math.ceil(wanted) };
    this.set({ ...this.settings, ...amount });
  }
}
