import { DAYS_PER_YEAR, type ExpirySpec, type Position } from 'greekfire';
import { DERIBIT_FEES, readBook, type TapeOptions } from 'greekfire/deribit';
import type { FullCore } from 'greekfire/full';
import {
  deltaBand,
  fixedInterval,
  type Policy,
  rebalancer,
  type RebalancerState,
  solverPolicy,
  tapeChain,
  type TapeChain,
  tapeMarket,
  type TapeMarketCounts,
  type TapeMarketState,
  type Tradable,
  unhedged,
  whalleyWilmott,
} from 'greekfire/rebalance';
import { Checkpoint, digest } from './checkpoint.js';
import { InputError, oneLine } from './failure.js';
import { readText } from './inputs.js';
import { atTheMoney } from './instruments.js';
import { openTape } from './tape.js';

/** What is replayed on a tape. */
export interface TapeReplayRequest {
  /** Book of options and perpetuals in coin; a short straddle where undefined. */
  readonly book: string | undefined;
  /** From tick to tick, in milliseconds. */
  readonly every: number;
  /** That longs of the perpetual pay, per 1.00 and year. */
  readonly funding: number;
  readonly tape: TapeOptions;
  /** File of the checkpoint; none where undefined. */
  readonly checkpoint: string | undefined;
  /** Ends the run after the tick under way. */
  readonly signal: AbortSignal;
}

/** What a replay stands on, and what it keeps of itself. */
interface Kept {
  readonly ticks: number;
  readonly market: TapeMarketState;
  readonly runs: readonly { readonly loop: RebalancerState; readonly squares: number }[];
}

/** What a policy came to, over one day of real trades: one path, of which no interval can be given. */
export interface TapeReplayFigures {
  readonly policy: string;
  /** Equity gained, in quote currency. */
  readonly profit: number;
  readonly cost: number;
  /** Root of the sum of the squared profits from tick to tick, in quote currency. */
  readonly deviation: number;
  readonly trades: number;
  /** Delta at the end, in units. */
  readonly delta: number;
}

/** A replay of policies over a tape. */
export interface TapeReplayReport {
  readonly file: string;
  readonly underlying: string;
  readonly from: number;
  readonly to: number;
  readonly ticks: number;
  readonly positions: readonly string[];
  readonly market: TapeMarketCounts;
  readonly policies: readonly TapeReplayFigures[];
}

/** Milliseconds between checkpoints. */
const CHECKPOINT = 2000;
const HOUR = 3_600_000;
const DAYS_AHEAD = 3 / DAYS_PER_YEAR;
/** Units of the straddle that is sold where no book is given. */
const STRADDLE = 10;
/** Expiries whose options may be traded, and the half-spread of those, volatility per 1.00. */
const HEDGE_EXPIRIES = 3;
const HALF_SPREAD = 0.005;

/**
 * Runs policies side by side over a tape, read twice: for the options that it trades, then tick by tick. Memory does
 * not grow with the tape. With a checkpoint it goes on from there; what is found is the same, to the last bit.
 * @returns undefined where the signal ended it
 * @throws InputError naming the file and what is wrong in it
 */
export async function replayTape(
  core: FullCore,
  file: string,
  { book, every, funding, tape: options, checkpoint: kept, signal }: TapeReplayRequest,
): Promise<TapeReplayReport | undefined> {
  if (file === '-') throw new InputError('--replay reads the tape twice: give it a file');
  const listed = await inTape(file, () => tapeChain(core, openTape(file, options).events));
  const [{ underlying = '' }] = listed.expiries;
  const own = listed.expiries.flatMap((spec, e) => (spec.underlying === underlying ? [e] : []));
  const traded: TapeChain = {
    instant: listed.instant,
    expiries: own.map((e) => listed.expiries[e]),
    carry: own.map((e) => listed.carry[e]),
  };
  const { positions, names } = book === undefined ? straddle(traded) : bookOf(traded, underlying, book);
  const { expiries, instant, carry } = traded;
  const instruments = hedgesOf(traded, underlying);
  const owners: { dispose(): void }[] = [];
  const owned = <T extends { dispose(): void }>(owner: T): T => {
    owners.push(owner);
    return owner;
  };
  try {
    const policies = policiesFor(core, traded, positions);
    const runs = policies.map((policy) => {
      const chain = owned(core.chain(expiries, 2));
      const held = owned(core.book(chain, positions));
      const loop = owned(rebalancer({ core, chain, book: held, policy, instruments, instant }));
      return { policy, loop, squares: 0 };
    });
    const market = tapeMarket(core, openTape(file, options).events, {
      chain: owned(core.chain(expiries)),
      instant,
      carry,
    });
    let ticks = 0;
    const stands = JSON.stringify([listed, positions, instruments, policies, options]);
    const checkpoint =
      kept === undefined
        ? undefined
        : new Checkpoint<object, Kept>(kept, { tape: file, every, funding, digest: digest(stands) });
    const state = checkpoint?.read();
    if (state !== undefined) {
      try {
        market.restore(state.market);
        runs.forEach((run, i) => {
          run.loop.restore(state.runs[i].loop);
          run.squares = state.runs[i].squares;
        });
        ({ ticks } = state);
      } catch (error) {
        if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
        throw new InputError(`${kept!} does not fit: ${oneLine(error.message)}`);
      }
    }
    const save = (): void =>
      checkpoint?.write({
        ticks,
        market: market.state,
        runs: runs.map(({ loop, squares }) => ({ loop: loop.save(), squares })),
      });
    let last = Date.now();
    for await (const tick of market.ticks(every)) {
      ticks++;
      for (const run of runs) {
        const step = run.loop.step({ ...tick, fundingRate: funding });
        if (step !== undefined) run.squares += step.profit * step.profit;
      }
      if (signal.aborted) break;
      if (Date.now() - last < CHECKPOINT) continue;
      save();
      last = Date.now();
    }
    save();
    if (signal.aborted) return undefined;
    return {
      file,
      underlying,
      from: instant,
      to: market.instant,
      ticks,
      positions: names,
      market: market.counts,
      policies: runs.map(({ policy, loop, squares }) => ({
        policy: policy.name,
        profit: loop.totals.profit,
        cost: loop.totals.cost,
        deviation: Math.sqrt(squares),
        trades: loop.totals.trades,
        delta: loop.last.exposure.delta,
      })),
    };
  } finally {
    for (const owner of owners.reverse()) owner.dispose();
  }
}

async function inTape<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RangeError) throw new InputError(`${file}: ${error.message}`);
    throw error;
  }
}

interface Held {
  readonly positions: Position[];
  /** Of the positions, with their sizes. */
  readonly names: string[];
}

/** @throws InputError where no strike has a volatility */
function middleOf(spec: ExpirySpec): { readonly strike: number; readonly volatility: number } {
  const found = atTheMoney(spec);
  if (found !== undefined) return found;
  throw new InputError(`the tape gives no volatility of ${spec.underlying}-${spec.label}`);
}

/** The perpetual, and options at the money of the first expiries more than three days ahead. */
function hedgesOf({ expiries }: TapeChain, underlying: string): Tradable[] {
  const ahead = expiries.flatMap(({ years, volatility }, e) =>
    years > DAYS_AHEAD && Array.from(volatility).some((each) => each > 0) ? [e] : [],
  );
  const options = ahead.slice(0, HEDGE_EXPIRIES).map((expiry): Tradable => {
    const { label } = expiries[expiry];
    const { strike } = middleOf(expiries[expiry]);
    return {
      name: `${underlying}-${label}-${strike}-C`,
      position: { expiry, strike, type: 'call', quantity: 0 },
      fee: { taker: DERIBIT_FEES.option, cap: DERIBIT_FEES.optionCap },
      quote: { volatility: HALF_SPREAD, price: 5e-5, size: 10 },
    };
  });
  return [
    {
      name: `${underlying}-PERPETUAL`,
      position: { kind: 'perpetual', underlying, quantity: 0 },
      fee: { taker: DERIBIT_FEES.future },
      quote: { price: 5e-5, size: 100 },
    },
    ...options,
  ];
}

/** A straddle sold at the strike nearest to the forward, in the first expiry more than three days ahead. */
function straddle({ expiries }: TapeChain): Held {
  const ahead = expiries.findIndex(({ years }) => years > DAYS_AHEAD);
  const expiry = ahead < 0 ? expiries.length - 1 : ahead;
  const { underlying, label } = expiries[expiry];
  const { strike: nearest } = middleOf(expiries[expiry]);
  const legs = (['call', 'put'] as const).map((type): Position => {
    return { expiry, strike: nearest, type, quantity: -STRADDLE };
  });
  return {
    positions: legs,
    names: ['C', 'P'].map((side) => `${-STRADDLE} ${underlying}-${label}-${nearest}-${side}`),
  };
}

/** A book's lines on the options that the tape trades. */
function bookOf({ expiries }: TapeChain, underlying: string, path: string): Held {
  const lines = readText(path, readBook);
  const positions = lines.map(({ row, name, instrument, quantity, unit }): Position => {
    if (instrument?.underlying === underlying) {
      if (instrument.kind === 'perpetual' && unit === 'coin')
        return { kind: 'perpetual', underlying, quantity };
      if (instrument.kind === 'option') {
        const { label, strike, type } = instrument;
        const expiry = expiries.findIndex((spec) => spec.label === label);
        const place = expiry < 0 ? -1 : Array.from(expiries[expiry].strike).indexOf(strike);
        if (place >= 0 && expiries[expiry].volatility[place] > 0) return { expiry, strike, type, quantity };
      }
    }
    throw new InputError(
      `${path}: row ${row}: ${name} is no option that the tape trades, nor a perpetual in coin`,
    );
  });
  if (positions.length === 0) throw new InputError(`${path}: the book is empty`);
  return { positions, names: lines.map(({ name, quantity }) => `${quantity} ${name}`) };
}

/** Policies whose settings suit the book: by what its gamma may make in a day. */
function policiesFor(core: FullCore, { expiries }: TapeChain, positions: readonly Position[]): Policy[] {
  const chain = core.chain(expiries, 2);
  const book = core.book(chain, positions);
  const { gamma } = book.exposure();
  book.dispose();
  chain.dispose();
  const [{ forward }] = expiries;
  const { volatility } = middleOf(expiries.find(({ years }) => years > DAYS_AHEAD) ?? expiries[0]);
  const daily = (volatility * forward) / Math.sqrt(DAYS_PER_YEAR);
  const scale = Math.max(Math.abs(gamma) * daily * daily, 1);
  const band = Math.max(0.25 * Math.abs(gamma) * daily, 1e-3);
  const aversion = 0.3 / scale;
  const rounded = (value: number): number => Number(value.toPrecision(2));
  const risk = { volatility, volatilityOfVolatility: 0.8 };
  return [
    unhedged(),
    { ...fixedInterval(HOUR), name: 'delta every hour' },
    { ...deltaBand(rounded(band)), name: `delta band ${rounded(band)}` },
    { ...whalleyWilmott(rounded(aversion)), name: `Whalley-Wilmott ${rounded(aversion)}` },
    {
      ...solverPolicy({ riskAversion: rounded(aversion), horizon: 24 * HOUR, risk }),
      name: `solver ${rounded(aversion)}`,
    },
  ];
}
