/** Implied volatility of 4,096 quotes, to all digits, beside what pricing them takes. */
import { createSync, ImpliedStatus, type Core, type QuoteColumns } from 'greekfire';
import { demandAgreement } from './harness/agreement.js';
import { allocationOf, allocationTable } from './harness/allocation.js';
import { headline, timingTable, type Findings, type Suite } from './harness/findings.js';
import { compare, type Case, type Effort } from './harness/measure.js';
import { listResult, priceForwards, priceForwardsPlainly, type ListColumns } from './peers/javascript.js';
import { solveByLetsBeRational, type QuoteList } from './peers/letsberational.js';
import { OPTIONS, seededGrid, seededTicks, shuffledList } from './workload.js';

const list = shuffledList(seededGrid(16, OPTIONS / 32));

/** Ten times the volatility: s = volatility sqrt(years) up to 7 and more. */
function wild(options: ListColumns): ListColumns {
  return { ...options, volatility: options.volatility.map((volatility) => 10 * volatility) };
}

/** The options by their prices. */
function quotesOf(core: Core, options: ListColumns, underlier: 'spot' | 'forward') {
  const { type, under, strike, years, volatility, rate, dividend } = options;
  const terms =
    underlier === 'spot'
      ? { type, strike, years, rate, spot: under, dividend }
      : { type, strike, years, rate, forward: under };
  return { ...terms, price: core.evaluate({ ...terms, volatility }).price };
}

/** Volatilities 1 % off, up and down by turns. */
function guessOf({ volatility }: ListColumns): Float64Array {
  return volatility.map((v, i) => v * (i % 2 === 0 ? 1.01 : 0.99));
}

/** What may be asked of a quote: 2^-52 times what a change of its price does to its volatility. */
function attainable(core: Core, options: ListColumns, price: Float64Array): Float64Array {
  const { type, under, strike, years, volatility, rate } = options;
  const { vega } = core.evaluate({ type, strike, years, rate, forward: under, volatility });
  return volatility.map((v, i) => v * (1 + price[i] / (v * vega[i])) * 2 ** -52);
}

/** Marks a chain from bids and asks a volatility point about its smile, at forwards that tick. */
function quoting(core: Core, options: number): () => void {
  const grid = seededGrid(16, options / 32);
  const priced = core.chain(grid);
  const pricesOf = (side: number): Record<'call' | 'put', Float64Array> => {
    priced.volatility.set(grid.flatMap(({ volatility }) => Array.from(volatility, (v) => v + 0.01 * side)));
    priced.tick();
    return { call: priced.call.price.slice(), put: priced.put.price.slice() };
  };
  const [bid, ask] = [pricesOf(-1), pricesOf(1)];
  const prices = {
    call: { bid: bid.call, ask: ask.call },
    put: { bid: bid.put, ask: ask.put },
  };
  const chain = core.chain(grid);
  chain.setPrices(prices);
  demandAgreement(
    'marks',
    chain.volatility,
    grid.flatMap(({ volatility }) => Array.from(volatility)),
    2e-3,
  );
  const ticks = seededTicks(grid);
  let turn = 0;
  return () => {
    chain.setPrices(prices, ticks[(turn = (turn + 1) % ticks.length)]);
  };
}

/** The name of the rival. */
const PEER = "Let's Be Rational, scalar JavaScript (ours)";

function run(effort: Effort): Findings {
  const core = createSync();
  const desk = list.forwards;
  const spots = list.spots;
  const far = wild(list.forwards);
  const quotes = {
    desk: quotesOf(core, desk, 'forward'),
    spots: quotesOf(core, spots, 'spot'),
    far: quotesOf(core, far, 'forward'),
  };
  const peer: QuoteList = { ...desk, price: quotes.desk.price };
  const farPeer: QuoteList = { ...far, price: quotes.far.price };
  const found = new Float64Array(OPTIONS);
  const plain = listResult(OPTIONS);

  for (const [name, options, quoted, list] of [
    ['desk', desk, quotes.desk, peer],
    ['far', far, quotes.far, farPeer],
  ] as const) {
    const { volatility, status } = core.impliedVolatility(quoted);
    if (status.some((code) => code !== ImpliedStatus.ok)) throw new Error(`${name}: a quote was not solved`);
    const scale = attainable(core, options, quoted.price);
    demandAgreement(`${name}: implied volatility`, volatility, options.volatility, 32, scale);
    solveByLetsBeRational(list, found, OPTIONS);
    demandAgreement(`${name}: Let's Be Rational`, found, options.volatility, 64, scale);
  }

  const solving = (name: string, quoted: QuoteColumns): Case => ({
    name,
    items: OPTIONS,
    run: () => {
      core.impliedVolatility(quoted);
    },
  });
  const solvingByPeer = (list: QuoteList): Case => ({
    name: PEER,
    items: OPTIONS,
    run: () => {
      solveByLetsBeRational(list, found, OPTIONS);
    },
  });
  const pricing = (name: string, price: typeof priceForwards): Case => ({
    name,
    items: OPTIONS,
    run: () => {
      price(desk, plain, OPTIONS);
    },
  });
  const timings = compare(
    [
      pricing('JavaScript pricing, plain: price and 5 Greeks', priceForwardsPlainly),
      pricing('JavaScript pricing, tuned: price and 5 Greeks', priceForwards),
      solvingByPeer(peer),
      solving('greekfire, forwards', quotes.desk),
      solving('greekfire, forwards, with a guess', { ...quotes.desk, guess: guessOf(desk) }),
      solving('greekfire, spot', quotes.spots),
      solving('greekfire, normal model', { ...quotes.desk, model: 'normal' }),
    ],
    effort,
  );
  const farTimings = compare(
    [
      solvingByPeer(farPeer),
      solving('greekfire, forwards', quotes.far),
      solving('greekfire, forwards, with a guess', { ...quotes.far, guess: guessOf(far) }),
    ],
    effort,
  );

  const quote = quoting(core, OPTIONS);
  const quoteTimings = compare(
    [
      solving('impliedVolatility, a price of each option', quotes.desk),
      { name: 'chain.setPrices, bid, mid and ask of each option', items: 3 * OPTIONS, run: quote },
    ],
    effort,
  );
  const allocations = allocationOf(core, quoting(core, 512), 5000);

  return {
    tables: [
      timingTable('Implied volatility, a desk’s list', timings, {
        unit: 'quote',
        base: PEER,
        note: 'From arrays to fresh arrays; the guess is 1 % off. Pricing is the yardstick of the same list.',
      }),
      timingTable('Implied volatility, ten times the volatility', farTimings, {
        unit: 'quote',
        base: PEER,
      }),
      timingTable('A chain marked from its quotes', quoteTimings, {
        unit: 'price',
        base: 'impliedVolatility, a price of each option',
        as: 'cost',
        note: 'With spreads, states and the tick that marks the chain; half the prices are in the money.',
      }),
      allocationTable('What 5,000 marks of 512 options from their quotes allocate', allocations),
    ],
    headlines: [
      headline(
        "implied volatility against Let's Be Rational in scalar JavaScript",
        timings,
        PEER,
        'greekfire, forwards',
      ),
    ],
  };
}

export const implied: Suite = { name: 'implied', title: 'Implied volatility', run };
