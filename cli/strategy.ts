import { type Chain, DAYS_PER_YEAR, type Position } from 'greekfire';
import { type FullCore, knowsUnderlying, marginPresets, type MarginPreset } from 'greekfire/full';
import { bookPositions, chainInput, bestQuotes, type ChainInput, type Market } from 'greekfire/deribit';
import {
  analyse,
  recogniseStructures,
  buildStructure,
  type PriceBasis,
  type StrikeChoice,
  type RecognisedStructure,
  type StructureFigures,
  type StructureName,
  structureNames,
  type StructureSpec,
} from 'greekfire/strategy';
import { InputError } from './failure.js';
import { inFile, type Inputs } from './inputs.js';
import { instrumentName, pricesOf } from './instruments.js';
import { fitSmile, type SmileFit } from './smile.js';

/** What is asked for. */
export interface StrategyRequest {
  readonly name: StructureName;
  readonly underlying: string;
  /** Labels of its expiries; nearest to 30 and 60 days where absent. */
  readonly near: string | undefined;
  readonly far: string | undefined;
  readonly strikes: StrikeChoice[] | undefined;
  readonly quantity: number;
  readonly ratio: number | undefined;
  readonly leg: StructureSpec['underlying'];
  readonly currency: 'quote' | 'coin' | undefined;
  readonly basis: PriceBasis | undefined;
  readonly model: MarginPreset | undefined;
}

/** A leg as it is shown. */
export interface StrategyLeg {
  readonly instrument: string;
  readonly quantity: number;
  readonly bid: number;
  readonly ask: number;
  readonly mark: number;
  readonly price: number;
  readonly priceCurrency: string;
  readonly status: string;
}

/** A structure, analysed. */
export interface StrategyReport {
  readonly name: StructureName;
  readonly quantity: number;
  readonly underlying: string;
  readonly expiries: readonly string[];
  /** Where gains, losses and break-evens are. */
  readonly horizon: string;
  readonly years: number;
  readonly forward: number;
  readonly currency: string;
  /** At which prices they are; 'mark' where a leg has no quote on its side. */
  readonly basis: PriceBasis;
  readonly legs: readonly StrategyLeg[];
  readonly figures: Pick<
    StructureFigures<2>,
    'cost' | 'exposure' | 'maximumGain' | 'maximumLoss' | 'breakEvens' | 'probabilityOfProfit' | 'margin'
  >;
  /** Prices of the greatest gain and loss; 0 and Infinity where they are the limit there. */
  readonly maximumGainAt: number;
  readonly maximumLossAt: number;

  /** Columns to plot, by price of the underlying. */
  readonly columns: {
    readonly spot: Float64Array;
    readonly atExpiry: Float64Array;
    readonly today: Float64Array;
  };
}

const NEAR_DAYS = 30;
const FAR_DAYS = 60;

/** The expiries of one underlying: a margin model need not know the others. @throws InputError where it has none */
export function ownInput(market: Market, underlying: string): ChainInput {
  const whole = chainInput(market);
  const expiries = whole.expiries.filter((expiry) => expiry.underlying === underlying);
  if (expiries.length === 0) throw new InputError(`no expiry of ${underlying} has a forward`);
  let next = 0;
  const expiryIndex = whole.expiryIndex.map((index, i) =>
    index >= 0 && market.expiries[i].underlying === underlying ? next++ : -1,
  );
  return { expiries, expiryIndex };
}

/** The margin model that is asked for, or the exchange's own where it knows the underlying. */
export function modelFor(model: MarginPreset | undefined, underlying: string): MarginPreset | undefined {
  const knows = (preset: MarginPreset): boolean => knowsUnderlying(marginPresets[preset], underlying);
  if (model === undefined) return knows(DEFAULT_MODEL) ? DEFAULT_MODEL : undefined;
  if (knows(model)) return model;
  throw new InputError(`--model ${model}: it has no parameters for ${underlying}`);
}
const DEFAULT_MODEL: MarginPreset = 'deribit-portfolio';

/** Builds and analyses a structure on a market. @throws InputError where the market has no such thing */
export function buildStrategy(core: FullCore, market: Market, request: StrategyRequest): StrategyReport {
  const { underlying } = request;
  requireTerms(request);
  const input = ownInput(market, underlying);
  const chain = core.chain(input.expiries, 2);
  const fit = fitSmile(core, market, input, underlying);
  try {
    const structure = asInput(chain, () =>
      buildStructure(chain, {
        name: request.name,
        expiry: expiriesOf(chain, request),
        quantity: request.quantity,
        ...(request.strikes && { strikes: request.strikes }),
        ...(request.ratio !== undefined && { ratio: request.ratio }),
        ...(request.leg && { underlying: request.leg }),
      }),
    );
    const figures = figuresOf(core, chain, market, input, structure.legs, request, fit);
    const { payoff, expiry } = figures;
    if (!payoff) throw new InputError(`a leg of this ${request.name} has no mark in the chain`);
    const forward = chain.forward[expiry];
    const years = chain.years[expiry];
    const spot = pricesOf(chain, expiry, structure.strikes);
    const columns = { spot, atExpiry: payoff.atExpiry(spot), today: payoff.today(spot) };
    const { maximumGainAt, maximumLossAt } = payoff;
    payoff.dispose();
    const [coin = underlying, quote = 'USD'] = underlying.split('_');
    return {
      name: structure.name,
      quantity: structure.quantity,
      underlying,
      expiries: structure.expiries.map((e) => chain.expiries[e].label),
      horizon: chain.expiries[expiry].label,
      years,
      forward,
      currency: figures.currency === 'coin' ? coin : quote,
      basis: figures.basis,
      legs: figures.legs.map((leg) => ({
        instrument: instrumentName(chain, leg.position),
        quantity: leg.size,
        bid: leg.bid,
        ask: leg.ask,
        mark: leg.mark,
        price: leg.price,
        priceCurrency: leg.isCoin ? coin : quote,
        status: leg.status,
      })),
      figures,
      maximumGainAt,
      maximumLossAt,
      columns,
    };
  } finally {
    fit?.smile.dispose();
    chain.dispose();
  }
}

/** More than was ever traded: beyond it figures lose their digits. */
const MOST_QUANTITY = 1e9;

/** What would be passed over in silence is refused. */
function requireTerms({ name, quantity, ratio, leg }: StrategyRequest): void {
  if (Math.abs(quantity) > MOST_QUANTITY) {
    throw new InputError(`--quantity ${quantity}: it must be at most ${MOST_QUANTITY} either way`);
  }
  if (ratio !== undefined && !name.endsWith('-ratio-spread')) {
    throw new InputError(`--ratio: a ${name} has none`);
  }
  if (ratio !== undefined && ratio > MOST_QUANTITY) {
    throw new InputError(`--ratio ${ratio}: it must be at most ${MOST_QUANTITY}`);
  }
  if (leg !== undefined && !WITH_UNDERLYING.some((each) => each === name)) {
    throw new InputError(`--leg: a ${name} holds no underlying`);
  }
}
const WITH_UNDERLYING: readonly StructureName[] = [
  'covered-call',
  'covered-put',
  'protective-call',
  'protective-put',
  'collar',
  'conversion',
  'reversal',
];

function figuresOf(
  core: FullCore,
  chain: Chain<2>,
  market: Market,
  input: ChainInput,
  legs: readonly Position[],
  request: StrategyRequest,
  smile: SmileFit | undefined,
): StructureFigures<2> {
  const { underlying, currency, basis } = request;
  const model = modelFor(request.model, underlying);
  const options = {
    underlying,
    ...(model && { margin: model }),
    quotes: bestQuotes(market, input),
    ...(currency && { currency }),
    ...(smile && { smile }),
  };
  const figures = asInput(chain, () => analyse(core, chain, legs, { ...options, basis: basis ?? 'quotes' }));
  if (figures.payoff || basis === 'mark') return figures;
  if (basis) throw new InputError(`--basis ${basis}: ${unquoted(chain, figures)}`);
  return analyse(core, chain, legs, { ...options, basis: 'mark' });
}

function unquoted(chain: Chain<2>, figures: StructureFigures<2>): string {
  return figures.legs
    .filter(({ price }) => Number.isNaN(price))
    .map(({ position, status }) => `${instrumentName(chain, position)}: ${status}`)
    .join(', ');
}

/** What the library refuses of a request is the user's mistake. */
function asInput<T>(chain: Chain<2>, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) {
      const message = error.message.replaceAll('spec.', '--');
      throw new InputError(
        message.replace(/expiry (\d+)(?: and (\d+))?/, (_, ...found: (string | undefined)[]) =>
          found
            .slice(0, 2)
            .flatMap((e) => (e === undefined ? [] : chain.expiries[Number(e)].label))
            .join(' and '),
        ),
      );
    }
    throw error;
  }
}

function expiriesOf(chain: Chain<2>, request: StrategyRequest): number | [number, number] {
  const isTwo = request.name.endsWith('-calendar') || request.name.endsWith('-diagonal');
  const near = expiryOf(chain, '--expiry', request.underlying, request.near, NEAR_DAYS, 0);
  if (!isTwo) {
    if (request.far !== undefined) throw new InputError(`--far: a ${request.name} has one expiry`);
    return near;
  }
  return [near, expiryOf(chain, '--far', request.underlying, request.far, FAR_DAYS, chain.years[near])];
}

function expiryOf(
  chain: Chain<2>,
  flag: string,
  underlying: string,
  label: string | undefined,
  days: number,
  after: number,
): number {
  const own = chain.expiries.flatMap((expiry, e) => (expiry.underlying === underlying ? [e] : []));
  if (label !== undefined) {
    const found = own.find((e) => chain.expiries[e].label === label.toUpperCase());
    if (found !== undefined) return found;
    throw new InputError(
      `${flag} ${label}: the chain has ${own.map((e) => chain.expiries[e].label).join(', ')}`,
    );
  }
  const distance = (e: number): number => Math.abs(chain.years[e] * DAYS_PER_YEAR - days);
  const later = own.filter((e) => chain.years[e] > after).sort((a, b) => distance(a) - distance(b));
  if (later.length > 0) return later[0];
  throw new InputError(`${flag}: the chain has no later expiry of ${underlying}`);
}

/** A structure of a book, or a position that is part of none, at the marks. */
export interface BookStructure
  extends
    Pick<RecognisedStructure, 'quantity' | 'strikes' | 'name'>,
    Pick<StructureFigures<2>, 'exposure' | 'margin'> {
  readonly underlying: string;
  readonly expiries: readonly string[];
  readonly legs: readonly { readonly instrument: string; readonly quantity: number }[];
  /** Whether it is part of no structure. */
  readonly isLeftOver: boolean;
}

/**
 * Takes a book apart into structures, underlying by underlying; what is part of none comes last of each.
 * @param wanted - underlyings to look at; all that are held where absent
 * @throws InputError where the book does not fit the chain
 */
export function takeApart(
  core: FullCore,
  { market, lines, bookSource }: Inputs,
  wanted: readonly string[] | undefined,
  preset: MarginPreset | undefined,
): BookStructure[] {
  const held = new Set(lines.map(({ instrument }) => instrument?.underlying));
  const underlyings = wanted ?? market.underlyings.filter((underlying) => held.has(underlying));
  return underlyings.flatMap((underlying) => {
    const model = modelFor(preset, underlying);
    const input = ownInput(market, underlying);
    const own = lines.filter(({ instrument }) => instrument?.underlying === underlying);
    const { positions } = inFile(bookSource.name, () => bookPositions(own, market, input));
    const chain = core.chain(input.expiries, 2);
    try {
      return recogniseStructures(chain, positions).map((structure): BookStructure => {
        const { name, quantity, strikes, expiries, legs } = structure;
        const figures = asInput(chain, () =>
          analyse(core, chain, legs, { underlying, basis: 'mark', ...(model && { margin: model }) }),
        );
        figures.payoff?.dispose();
        return {
          underlying,
          name,
          quantity,
          strikes,
          expiries: expiries.map((expiry) => chain.expiries[expiry].label),
          legs: legs.map((leg) => ({ instrument: instrumentName(chain, leg), quantity: leg.quantity })),
          isLeftOver: !structureNames.some((each) => each === name),
          exposure: figures.exposure,
          margin: figures.margin,
        };
      });
    } finally {
      chain.dispose();
    }
  });
}
