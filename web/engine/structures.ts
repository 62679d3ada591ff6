import type { Chain, Position } from 'greekfire';
import { bestQuotes, type BookInput, type ChainInput } from 'greekfire/deribit';
import type { FullCore } from 'greekfire/full';
import {
  analyse,
  type BestQuotes,
  buildStructure,
  type RecognisedStructure,
  recogniseStructures,
  type StructureName,
} from 'greekfire/strategy';
import { instrumentName, pricesOf } from '../../cli/instruments.js';
import type { SmileFit } from '../../cli/smile.js';
import { partsOf } from '../../cli/unwinding.js';
import { fixed } from '../parts/format.js';
import type { Holding, PayoffChoice, PayoffView, StructureView } from '../protocol.js';

/** Years between the expiries of a calendar or diagonal, or as near to that as the chain has. */
const CALENDAR_YEARS = 30 / 365;

/** Payoffs of a book: of all of it, by its own names, by those that its legs are recognised by; and of others. */
export class Structures {
  readonly views: readonly StructureView[];
  private readonly held: readonly (StructureView & { readonly legs: readonly Position[] })[];
  private readonly quotes: BestQuotes;
  private readonly coin: string;
  private readonly quote: string;

  constructor(
    private readonly core: FullCore,
    private readonly chain: Chain<2>,
    held: BookInput,
    { market, underlying }: Holding,
    input: ChainInput,
    private readonly fit: SmileFit | undefined,
  ) {
    const { positions } = held;
    [this.coin, this.quote = 'USD'] = underlying.split('_');
    this.quotes = bestQuotes(market, input);
    const named = held.lines.some(({ structure }) => structure !== undefined) ? [...partsOf(held)] : [];
    const recognised = recogniseStructures(chain, positions);
    this.held = [
      ...(positions.length > 0 ? [{ name: 'whole book', origin: 'whole' as const, legs: positions }] : []),
      ...named.map(([name, indexes]) => ({
        name,
        origin: 'book' as const,
        legs: indexes.map((index) => positions[index]),
      })),
      ...recognised.map((structure) => ({
        name: this.titleOf(structure),
        origin: 'recognised' as const,
        legs: structure.legs,
      })),
    ];
    this.views = this.held.map(({ name, origin }) => ({ name, origin }));
  }

  /** Against the marks of the chain's last tick. */
  payoff(choice: PayoffChoice, currency: 'quote' | 'coin'): PayoffView {
    const { chain, quotes } = this;
    try {
      const { name, legs } = this.find(choice);
      if (legs.length === 0) return { name, refusal: 'the book holds nothing here' };
      const figures = analyse(this.core, chain, legs, {
        currency,
        quotes,
        basis: 'mark',
        ...(this.fit && { smile: this.fit }),
      });
      const { payoff, expiry } = figures;
      if (payoff === undefined) return { name, refusal: 'a leg has no mark' };
      const strikes = legs.flatMap((leg) => ('strike' in leg ? [leg.strike] : []));
      const spot = pricesOf(chain, expiry, strikes);
      const [today, atExpiry] = [payoff.today(spot), payoff.atExpiry(spot)];
      payoff.dispose();
      return {
        name,
        refusal: undefined,
        figures: {
          currency: figures.currency === 'coin' ? this.coin : this.quote,
          legs: figures.legs.map(({ position, size, bid, ask, mark, isCoin }) => ({
            instrument: instrumentName(chain, position),
            size,
            bid,
            ask,
            mark,
            isCoin,
          })),
          cost: figures.cost,
          maximumGain: figures.maximumGain,
          maximumLoss: figures.maximumLoss,
          breakEvens: figures.breakEvens,
          probabilityOfProfit: figures.probabilityOfProfit,
          expiryLabel: chain.expiries[expiry].label,
          forward: chain.forward[expiry],
          spot,
          today,
          atExpiry,
        },
      };
    } catch (error) {
      if (error instanceof RangeError) return { name: '', refusal: error.message };
      throw error;
    }
  }

  private find(choice: PayoffChoice): { readonly name: string; readonly legs: readonly Position[] } {
    if (choice.kind === 'held') return this.held.at(choice.index) ?? { name: '', legs: [] };
    const built = this.build(choice);
    return { name: this.titleOf(built), legs: built.legs };
  }

  private build({ name, expiry, quantity }: Extract<PayoffChoice, { kind: 'built' }>): RecognisedStructure {
    const { chain } = this;
    if (!needsTwo(name)) return buildStructure(chain, { name, expiry, quantity });
    const wanted = chain.years[expiry] + CALENDAR_YEARS;
    const distance = (e: number): number => Math.abs(chain.years[e] - wanted);
    const later = Array.from(chain.years.keys()).filter((e) => chain.years[e] > chain.years[expiry]);
    const [far = -1] = later.sort((a, b) => distance(a) - distance(b));
    if (far < 0) throw new RangeError(`a ${name} needs a later expiry, and the chain has none`);
    return buildStructure(chain, { name, expiry: [expiry, far], quantity });
  }

  private titleOf({ name, quantity, strikes, expiries }: RecognisedStructure): string {
    const labels = expiries.map((e) => this.chain.expiries[e].label).join(' / ');
    const prices = strikes.map((strike) => fixed(strike < 100 ? 2 : 0)(strike)).join(' / ');
    const size = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 }).format(quantity);
    return `${size} × ${name.replaceAll('-', ' ')} ${labels} ${prices}`.trim();
  }
}

function needsTwo(name: StructureName): boolean {
  return name.endsWith('-calendar') || name.endsWith('-diagonal');
}
