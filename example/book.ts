import { DAYS_PER_YEAR, type Chain, type Core, type OptionType } from 'greekfire';
import { chainInput, type ChainInput, type Expiry, type Market } from 'greekfire/deribit';

/** One leg of a synthetic book: contracts of an option, or an amount of a future as the exchange counts it. */
export interface ExampleLeg {
  readonly instrument_name: string;
  /** > 0 bought, < 0 sold. */
  readonly quantity: number;
  readonly structure: string;
}

/** How many contracts a structure has before scaling. */
const SIZES = { strangle: 60, condor: 40, calendar: 30, coveredCall: 50, riskReversal: 25 } as const;

/**
 * Lays the structures of a volatility desk over any market: a short strangle, an iron condor, a calendar, a covered
 * call and a long-dated risk reversal. Expiries are chosen by their days, strikes by their delta. A synthetic book:
 * nobody holds it.
 *
 * @param core - computes the deltas
 * @param market - what `readChain` returned
 * @param underlying - which of its underlyings; default the first
 * @param scale - multiplies every quantity, default 1
 */
export function exampleBook(
  core: Core,
  market: Market,
  underlying = market.underlyings[0],
  scale = 1,
): ExampleLeg[] {
  const input = chainInput(market);
  const chain = core.chain(input.expiries);
  chain.tick();
  const desk = new Desk(market, input, chain, underlying, scale);
  const short = desk.expiryNear(10);
  const front = desk.expiryNear(40);
  const back = desk.expiryNear(70);
  const half = desk.expiryNear(160);
  const far = desk.expiryNear(340);
  const { strangle, condor, calendar, coveredCall, riskReversal } = SIZES;
  const legs = [
    desk.option('short strangle', front, 'call', 0.2, -strangle),
    desk.option('short strangle', front, 'put', 0.2, -strangle),
    desk.option('iron condor', back, 'call', 0.08, condor),
    desk.option('iron condor', back, 'call', 0.25, -condor),
    desk.option('iron condor', back, 'put', 0.25, -condor),
    desk.option('iron condor', back, 'put', 0.08, condor),
    desk.option('calendar', short, 'call', 0.5, -calendar),
    desk.option('calendar', back, 'call', 0.5, calendar),
    desk.future('covered call', half, coveredCall),
    desk.option('covered call', half, 'call', 0.3, -coveredCall),
    desk.option('risk reversal', far, 'call', 0.25, riskReversal),
    desk.option('risk reversal', far, 'put', 0.25, -riskReversal),
  ];
  chain.dispose();
  return legs;
}

class Desk {
  constructor(
    private readonly market: Market,
    private readonly input: ChainInput,
    private readonly chain: Chain,
    private readonly underlying: string,
    private readonly scale: number,
  ) {}

  /** Index of the unexpired expiry whose time is nearest to some days, in ratio. */
  expiryNear(days: number): number {
    const distance = (expiry: Expiry): number => Math.abs(Math.log((expiry.years * DAYS_PER_YEAR) / days));
    let best = -1;
    this.market.expiries.forEach((expiry, index) => {
      if (expiry.underlying !== this.underlying || this.input.expiryIndex[index] < 0 || expiry.years === 0)
        return;
      if (best < 0 || distance(expiry) < distance(this.market.expiries[best])) best = index;
    });
    if (best < 0) throw new RangeError(`the market has no expiry of ${this.underlying} to lay a book over`);
    return best;
  }

  /** The listed option whose |delta| is nearest. */
  option(structure: string, expiry: number, type: OptionType, delta: number, quantity: number): ExampleLeg {
    const index = this.input.expiryIndex[expiry];
    let name = '';
    let nearest = Infinity;
    for (const quote of this.market.quotes) {
      if (quote.expiry !== expiry || quote.type !== type) continue;
      const distance = Math.abs(
        Math.abs(this.chain[type].delta[this.chain.index(index, quote.strike)]) - delta,
      );
      if (distance < nearest) [name, nearest] = [quote.name, distance];
    }
    return { instrument_name: name, quantity: quantity * this.scale, structure };
  }

  /** A future of some coins: inverse ones are counted in tens of USD on the exchange. */
  future(structure: string, expiry: number, coins: number): ExampleLeg {
    const { label, forward, settlement } = this.market.expiries[expiry];
    const quantity = coins * this.scale;
    return {
      instrument_name: `${this.underlying}-${label}`,
      quantity: settlement === 'inverse' ? Math.round((quantity * forward) / 10) * 10 : quantity,
      structure,
    };
  }
}
