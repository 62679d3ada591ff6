import { DisposedError } from 'greekfire';
import { create } from 'greekfire/full';
import {
  analyse,
  buildStructure,
  type StrikeChoice,
  type StructureName,
  structureNames,
  type StructureSpec,
} from 'greekfire/strategy';
import { describe, expect, it } from 'vitest';
import { isOfTwo, quotesOf, smileOf, specsOf, STRIKES, valueAtExpiry } from './market.js';

const core = await create();
const linear = core.chain(specsOf('linear'), 2);
const inverse = core.chain(specsOf('inverse'), 2);

/** Premium of legs at the marks, from the chain's own prices. */
function premiumOf(spec: StructureSpec): number {
  return buildStructure(linear, spec).legs.reduce((sum, leg) => {
    if (leg.kind !== 'option') return sum;
    return sum + leg.quantity * linear[leg.type].price[linear.index(leg.expiry, leg.strike)];
  }, 0);
}

interface Textbook {
  readonly name: StructureName;
  readonly strikes: readonly number[];
  readonly quantity?: number;
  /** Gain, loss and break-evens by the formulas of the books, from the premium paid. */
  readonly of: (premium: number) => { gain: number; loss: number; breakEvens: number[] };
}

const TEXTBOOK: readonly Textbook[] = [
  {
    name: 'bull-call-spread',
    strikes: [95, 110],
    of: (d) => ({ gain: 15 - d, loss: d, breakEvens: [95 + d] }),
  },
  {
    name: 'bear-call-spread',
    strikes: [95, 110],
    of: (d) => ({ gain: -d, loss: 15 + d, breakEvens: [95 - d] }),
  },
  {
    name: 'bull-put-spread',
    strikes: [90, 100],
    of: (d) => ({ gain: -d, loss: 10 + d, breakEvens: [100 + d] }),
  },
  {
    name: 'bear-put-spread',
    strikes: [90, 100],
    of: (d) => ({ gain: 10 - d, loss: d, breakEvens: [100 - d] }),
  },
  {
    name: 'straddle',
    strikes: [100],
    of: (d) => ({ gain: Infinity, loss: d, breakEvens: [100 - d, 100 + d] }),
  },
  {
    name: 'straddle',
    strikes: [100],
    quantity: -1,
    of: (d) => ({ gain: -d, loss: Infinity, breakEvens: [100 + d, 100 - d] }),
  },
  {
    name: 'strangle',
    strikes: [90, 110],
    of: (d) => ({ gain: Infinity, loss: d, breakEvens: [90 - d, 110 + d] }),
  },
  {
    name: 'call-butterfly',
    strikes: [90, 100, 110],
    of: (d) => ({ gain: 10 - d, loss: d, breakEvens: [90 + d, 110 - d] }),
  },
  {
    name: 'put-butterfly',
    strikes: [90, 100, 110],
    of: (d) => ({ gain: 10 - d, loss: d, breakEvens: [90 + d, 110 - d] }),
  },
  {
    name: 'iron-condor',
    strikes: [80, 90, 110, 120],
    of: (d) => ({ gain: -d, loss: 10 + d, breakEvens: [90 + d, 110 - d] }),
  },
  {
    name: 'iron-butterfly',
    strikes: [90, 100, 110],
    of: (d) => ({ gain: -d, loss: 10 + d, breakEvens: [100 + d, 100 - d] }),
  },
  {
    name: 'risk-reversal',
    strikes: [90, 110],
    of: (d) => ({ gain: Infinity, loss: 90 + d, breakEvens: [d > 0 ? 110 + d : 90 + d] }),
  },
  {
    name: 'synthetic-future',
    strikes: [105],
    of: (d) => ({ gain: Infinity, loss: 105 + d, breakEvens: [105 + d] }),
  },
  {
    name: 'covered-call',
    strikes: [110],
    of: (d) => ({ gain: 10 - d, loss: 100 + d, breakEvens: [100 + d] }),
  },
  {
    name: 'protective-put',
    strikes: [90],
    of: (d) => ({ gain: Infinity, loss: 10 + d, breakEvens: [100 + d] }),
  },
  {
    name: 'covered-put',
    strikes: [90],
    of: (d) => ({ gain: 10 - d, loss: Infinity, breakEvens: [100 - d] }),
  },
  {
    name: 'protective-call',
    strikes: [110],
    of: (d) => ({ gain: 100 - d, loss: 10 + d, breakEvens: [100 - d] }),
  },
  {
    name: 'collar',
    strikes: [90, 110],
    of: (d) => ({ gain: 10 - d, loss: 10 + d, breakEvens: [100 + d] }),
  },
  {
    name: 'call-ratio-spread',
    strikes: [100, 110],
    of: (d) => ({
      gain: 10 - d,
      loss: Infinity,
      breakEvens: d > 0 ? [100 + d, 120 - d] : [120 - d],
    }),
  },
  {
    name: 'put-ratio-spread',
    strikes: [90, 100],
    of: (d) => ({ gain: 10 - d, loss: 80 + d, breakEvens: d > 0 ? [80 + d, 100 - d] : [80 + d] }),
  },
  { name: 'box', strikes: [90, 110], of: (d) => ({ gain: 20 - d, loss: d - 20, breakEvens: [] }) },
  { name: 'conversion', strikes: [105], of: (d) => ({ gain: 5 - d, loss: d - 5, breakEvens: [] }) },
  { name: 'reversal', strikes: [105], of: (d) => ({ gain: -5 - d, loss: 5 + d, breakEvens: [] }) },
];

describe('structures by the textbook, linear', () => {
  it.each(TEXTBOOK)('$name at $strikes, quantity $quantity', ({ name, strikes, quantity = 1, of }) => {
    const spec = { name, strikes, quantity, expiry: 0 };
    const structure = buildStructure(linear, spec);
    const premium = premiumOf(spec);
    const figures = analyse(core, linear, structure.legs);
    const wanted = of(premium);
    expect(figures.cost.mark).toBeCloseTo(premium, 11);
    expect(figures.maximumGain).toBeCloseTo(wanted.gain, 10);
    expect(figures.maximumLoss).toBeCloseTo(wanted.loss, 10);
    expect(figures.breakEvens.length).toBe(wanted.breakEvens.length);
    wanted.breakEvens
      .sort((a, b) => a - b)
      .forEach((price, i) => {
        expect(figures.breakEvens[i]).toBeCloseTo(price, 10);
      });
    figures.payoff?.dispose();
  });

  it('a calendar pays most near its strike and costs no more than its premium beside it', () => {
    const { legs } = buildStructure(linear, { name: 'put-calendar', expiry: [0, 1], strikes: [100] });
    const figures = analyse(core, linear, legs);
    using payoff = figures.payoff!;
    const [at] = payoff.atExpiry([100]);
    // what is left of the far put when the near one expires at the money
    const left = core.evaluate({
      type: 'put',
      forward: 101,
      strike: 100,
      years: 0.25,
      rate: 0.03,
      volatility: linear.volatility[linear.index(1, 100)],
    }).price[0];
    expect(at).toBeCloseTo(left - figures.cost.mark, 10);
    expect(figures.breakEvens.length).toBeGreaterThanOrEqual(2);
    for (const profit of payoff.atExpiry(figures.breakEvens)) expect(profit).toBeCloseTo(0, 9);
  });
});

describe('inverse structures', () => {
  it('are a + b/price in coin: exact extremes and break-evens', () => {
    const { legs } = buildStructure(inverse, { name: 'bull-call-spread', expiry: 0, strikes: [100, 120] });
    const figures = analyse(core, inverse, legs);
    using payoff = figures.payoff!;
    const d = figures.cost.mark;
    expect(payoff.currency).toBe('coin');
    expect(figures.maximumGain).toBeCloseTo(1 - 100 / 120 - d, 12);
    // far above both strikes the spread is worth ever less coin
    expect(figures.maximumLoss).toBeCloseTo(d, 12);
    expect([...figures.breakEvens]).toHaveLength(2);
    expect(figures.breakEvens[0]).toBeCloseTo(100 / (1 - d), 9);
    expect(figures.breakEvens[1]).toBeCloseTo(20 / d, 9);
  });

  it('lose coin without bound where they owe quote currency as the price falls', () => {
    const { legs } = buildStructure(inverse, { name: 'strangle', expiry: 0, quantity: -1 });
    const figures = analyse(core, inverse, legs);
    using payoff = figures.payoff!;
    expect(payoff.maximumLoss).toBe(Infinity);
    expect(payoff.maximumLossAt).toBe(0);
    const inQuote = analyse(core, inverse, legs, { currency: 'quote' });
    expect(inQuote.payoff!.maximumLossAt).toBe(Infinity);
    inQuote.payoff!.dispose();
  });

  it('have in coin what they have in quote currency over the price, but for the coin paid', () => {
    const { legs } = buildStructure(inverse, { name: 'iron-condor', expiry: 0 });
    using book = core.book(inverse, legs);
    using coin = core.payoff(book, { premium: 0 });
    using quote = core.payoff(book, { premium: 0, currency: 'quote' });
    const spot = [40, 85, 100, 117, 300];
    const inQuote = quote.atExpiry(spot);
    coin.atExpiry(spot).forEach((value, i) => {
      expect(value).toBeCloseTo(inQuote[i] / spot[i], 14);
    });
  });
});

describe.each(['linear', 'inverse'] as const)('every structure by its usual strikes, %s', (settlement) => {
  const chain = settlement === 'linear' ? linear : inverse;

  it.each(structureNames)(
    '%s is its legs at expiry, within its extremes, and 0 at its break-evens',
    (name) => {
      for (const quantity of [1, -2]) {
        const { legs } = buildStructure(chain, { name, expiry: isOfTwo(name) ? [0, 1] : 0, quantity });
        const figures = analyse(core, chain, legs);
        using payoff = figures.payoff!;
        const prices = [1, 40, 70, 89, 95.5, 100, 104, 118, 160, 900];
        const profits = payoff.atExpiry(prices);
        prices.forEach((price, i) => {
          const scale = payoff.currency === 'coin' ? 1 / price : 1;
          const wanted = valueAtExpiry(core, chain, legs, price) * scale - figures.cost.mark;
          expect(profits[i]).toBeCloseTo(wanted, 9);
        });
        const fine = Float64Array.from({ length: 4000 }, (_, i) => 0.5 + i / 10);
        const slack = 1e-6;
        for (const profit of payoff.atExpiry(fine)) {
          if (profit > figures.maximumGain + slack || profit < -figures.maximumLoss - slack) {
            expect.fail(`${profit} is not within ${-figures.maximumLoss} and ${figures.maximumGain}`);
          }
        }
        for (const profit of payoff.atExpiry(figures.breakEvens)) expect(profit).toBeCloseTo(0, 8);
      }
    },
  );
});

describe('payoff columns', () => {
  it('say today what the chain says when it is ticked there', () => {
    const chain = core.chain(specsOf('linear'), 2);
    const { legs } = buildStructure(chain, { name: 'call-diagonal', expiry: [0, 1], strikes: [105, 110] });
    using book = core.book(chain, legs);
    using payoff = core.payoff(book);
    const before = book.exposure().price;
    const spot = [70, 90, 100, 104, 140];
    const today = payoff.today(spot);
    spot.forEach((price, i) => {
      chain.tick([price, price * 1.01]);
      expect(today[i]).toBeCloseTo(book.exposure().price - before, 10);
    });
    chain.dispose();
  });

  it.each(['linear', 'inverse'] as const)('leave what is over as it was settled, %s', (settlement) => {
    const chain = core.chain([{ ...specsOf(settlement)[0], years: 0 }, specsOf(settlement)[1]], 2);
    const later = { expiry: 1, strike: 110, type: 'call', quantity: -2 } as const;
    using alone = core.book(chain, [later]);
    using both = core.book(chain, [{ expiry: 0, strike: 80, type: 'call', quantity: 3 }, later]);
    using wanted = core.payoff(alone);
    using payoff = core.payoff(both);
    const spot = [50, 95, 101, 150];
    payoff.atExpiry(spot).forEach((profit, i) => {
      expect(profit).toBeCloseTo(wanted.atExpiry(spot)[i], 10);
    });
    expect(payoff.expiry).toBe(1);
    chain.dispose();
  });

  it('refuse what is no price of the underlying, and name it', () => {
    using book = core.book(linear, [{ expiry: 0, strike: 100, type: 'call', quantity: 1 }]);
    using payoff = core.payoff(book);
    const inUse = core.bytesInUse;
    for (const price of [0, -0, -1, NaN, Infinity, 1e308, 1.01e30]) {
      const message = `must be above 0 and at most 1e+30, got ${price}`;
      expect(() => payoff.atExpiry([100, price])).toThrow(new RangeError(`spot[1] ${message}`));
      expect(() => payoff.today(price)).toThrow(new RangeError(`spot ${message}`));
    }
    expect(core.bytesInUse).toBe(inUse);
    expect(payoff.atExpiry(1e30)[0]).toBeCloseTo(1e30, -20);
    expect(() => core.payoff(book, { premium: 1e308 })).toThrow(
      new RangeError('options.premium must be at most 1e+30 in size, got 1e+308'),
    );
    expect(() => core.payoff(book, { slippage: -1e31 })).toThrow(RangeError);
    expect(payoff.atExpiry(100)).toHaveLength(1);
    expect(payoff.atExpiry([])).toHaveLength(0);
  });

  it('go with the payoff', () => {
    const book = core.book(linear, []);
    const payoff = core.payoff(book);
    expect([payoff.maximumGain, payoff.maximumLoss]).toEqual([0, 0]);
    payoff.dispose();
    payoff.dispose();
    expect(() => payoff.atExpiry([1])).toThrow(DisposedError);
    book.dispose();
    expect(() => core.payoff(book)).toThrow(DisposedError);
  });
});

describe('put-call parity', () => {
  const forwardOf = (strike: number): number => (100 - strike) * Math.exp(-0.03 * 0.1);

  it('makes a box a bond, a synthetic a future, and a conversion nothing', () => {
    const box = buildStructure(linear, { name: 'box', expiry: 0, strikes: [90, 120] });
    const boxed = analyse(core, linear, box.legs);
    expect(boxed.cost.mark).toBeCloseTo(30 * Math.exp(-0.03 * 0.1), 11);
    for (const name of ['delta', 'gamma', 'vega'] as const) expect(boxed.exposure[name]).toBeCloseTo(0, 12);
    const synthetic = analyse(
      core,
      linear,
      buildStructure(linear, { name: 'synthetic-future', expiry: 0, strikes: [110] }).legs,
    );
    expect(synthetic.cost.mark).toBeCloseTo(forwardOf(110), 11);
    const conversion = analyse(core, linear, buildStructure(linear, { name: 'conversion', expiry: 0 }).legs);
    expect(conversion.cost.mark).toBeCloseTo(0, 11);
    expect(conversion.breakEvens).toHaveLength(0);
    for (const { payoff } of [boxed, synthetic, conversion]) payoff?.dispose();
  });
});

describe('probability of profit', () => {
  const smile = smileOf(core, linear);

  it('has a distribution that the density sums to', () => {
    // Simpson's rule on even steps
    const [from, to, steps] = [30, 120, 4000];
    const step = (to - from) / steps;
    const density = smile.density(
      0,
      Float64Array.from({ length: steps + 1 }, (_, i) => from + i * step),
    );
    const sum = density.reduce((total, p, i) => total + p * (i === 0 || i === steps ? 1 : i % 2 ? 4 : 2), 0);
    const [low, high] = smile.distribution(0, [from, to]);
    expect(high - low).toBeCloseTo((sum * step) / 3, 8);
    const [none, all] = smile.distribution(0, [1e-6, 1e9]);
    expect(none).toBeCloseTo(0, 6);
    expect(all).toBeCloseTo(1, 6);
  });

  it.each(['iron-condor', 'straddle', 'call-ratio-spread', 'call-calendar', 'collar'] as const)(
    'of a %s is the density summed where it profits',
    (name) => {
      const expiry = name === 'call-calendar' ? ([0, 1] as const) : 0;
      const { legs } = buildStructure(linear, { name, expiry });
      const figures = analyse(core, linear, legs, { smile: { smile } });
      using payoff = figures.payoff!;
      const step = 0.01;
      const spot = Float64Array.from({ length: 60_000 }, (_, i) => (i + 0.5) * step);
      const density = smile.density(0, spot);
      const profit = payoff.atExpiry(spot);
      const sum = density.reduce((total, p, i) => total + (profit[i] > 0 ? p * step : 0), 0);
      expect(figures.probabilityOfProfit).toBeGreaterThan(0.05);
      expect(figures.probabilityOfProfit).toBeCloseTo(sum, 3);
    },
  );

  it('is 1 for what cannot lose, 0 for what cannot gain, NaN without a smile', () => {
    const { legs } = buildStructure(linear, { name: 'box', expiry: 0 });
    const options = { smile: { smile } };
    expect(analyse(core, linear, legs, options).probabilityOfProfit).toBe(1);
    const short = buildStructure(linear, { name: 'box', expiry: 0, quantity: -1 });
    expect(analyse(core, linear, short.legs, options).probabilityOfProfit).toBe(0);
    expect(analyse(core, linear, legs).probabilityOfProfit).toBeNaN();
    const none = { smile: { smile, expiries: [-1, 0] } };
    expect(analyse(core, linear, legs, none).probabilityOfProfit).toBeNaN();
  });
});

describe('quotes', () => {
  const quotes = quotesOf(linear);

  it('cost what their sides cost: bought at the ask, sold at the bid', () => {
    const { legs } = buildStructure(linear, { name: 'iron-condor', expiry: 0, quantity: 3 });
    const figures = analyse(core, linear, legs, { quotes });
    let atQuotes = 0;
    let atMid = 0;
    for (const { size, bid, ask } of figures.legs) {
      atQuotes += size * (size > 0 ? ask : bid);
      atMid += size * 0.5 * (bid + ask);
    }
    expect(figures.basis).toBe('quotes');
    expect(figures.cost.quotes).toBeCloseTo(atQuotes, 12);
    expect(figures.cost.mid).toBeCloseTo(atMid, 12);
    expect(figures.cost.mid).toBeCloseTo(figures.cost.mark, 12);
    expect(figures.maximumGain).toBeCloseTo(-atQuotes, 10);
  });

  it('leave a leg without them with a status, and the figures unknown', () => {
    const { legs } = buildStructure(linear, { name: 'strangle', expiry: 0, strikes: [90, 110] });
    const row = linear.index(0, 110);
    const without = { ...quotes, call: { ...quotes.call, ask: Array.from(quotes.call.ask) } };
    without.call.ask[row] = NaN;
    const figures = analyse(core, linear, legs, { quotes: without });
    expect(figures.legs.map(({ status }) => status)).toEqual(['ok', 'no-ask']);
    expect(figures.cost.quotes).toBeNaN();
    expect(figures.maximumGain).toBeNaN();
    expect(figures.payoff).toBeUndefined();
    expect(figures.cost.mark).toBeGreaterThan(0);
    expect(figures.exposure.vega).toBeGreaterThan(0);
    // sold it needs the bid alone
    const sold = buildStructure(linear, { name: 'strangle', expiry: 0, strikes: [90, 110], quantity: -1 });
    expect(analyse(core, linear, sold.legs, { quotes: without }).cost.quotes).toBeLessThan(0);
  });

  it('of a future shift the payoff by what it costs beyond its mark', () => {
    const { legs } = buildStructure(linear, { name: 'covered-call', expiry: 0, strikes: [110] });
    const future = { bid: [99.9, 100.9], ask: [100.25, 101.25] };
    const figures = analyse(core, linear, legs, { quotes: { ...quotes, future } });
    const call = figures.legs.find(({ position }) => position.kind === 'option')!;
    expect(figures.maximumGain).toBeCloseTo(110 - 100.25 + call.bid, 10);
  });
});

describe('building', () => {
  it('builds every structure of the list by its usual strikes', () => {
    for (const name of structureNames) {
      const isTwo = name.endsWith('calendar') || name.endsWith('diagonal');
      const structure = buildStructure(linear, { name, expiry: isTwo ? [0, 1] : 0 });
      expect(structure.legs.length).toBeGreaterThan(1);
    }
  });

  it('takes the strike whose |delta| is nearest', () => {
    const { strikes } = buildStructure(linear, {
      name: 'strangle',
      expiry: 1,
      strikes: [{ delta: 0.25 }, { delta: 0.15 }],
    });
    const distance = (type: 'call' | 'put', strike: number, delta: number): number =>
      Math.abs(Math.abs(linear[type].delta[linear.index(1, strike)]) - delta);
    for (const strike of STRIKES) {
      expect(distance('put', strikes[0], 0.25)).toBeLessThanOrEqual(distance('put', strike, 0.25));
      expect(distance('call', strikes[1], 0.15)).toBeLessThanOrEqual(distance('call', strike, 0.15));
    }
  });

  it('takes for a calendar a strike that both expiries list', () => {
    const [near, far] = specsOf('linear');
    const coarse = STRIKES.map((strike, i) => [strike, i]).filter(
      ([strike]) => strike !== 100 && strike !== 95,
    );
    const chain = core.chain(
      [near, { ...far, strike: coarse.map(([k]) => k), volatility: coarse.map(() => 0.5) }],
      2,
    );
    const built = buildStructure(chain, { name: 'call-calendar', expiry: [0, 1] });
    expect(built.strikes).toEqual([105]);
    const other = core.chain([near, { ...far, strike: [101], volatility: [0.5] }], 2);
    expect(() => buildStructure(other, { name: 'call-calendar', expiry: [0, 1] })).toThrow(
      /expiry 0 and 1 has no strikes in common/,
    );
    chain.dispose();
    other.dispose();
  });

  it('takes of two equally near prices the lower strike', () => {
    const choice: StrikeChoice[] = [{ nearest: 97.5 }];
    expect(buildStructure(linear, { name: 'straddle', expiry: 0, strikes: choice }).strikes).toEqual([95]);
  });

  const wrong: readonly [string, object, RegExp][] = [
    ['no object', 7 as unknown as object, /spec must be an object, got 7/],
    ['unknown name', { name: 'ladder', expiry: 0 }, /spec.name must be 'box' or .* got 'ladder'/],
    ['no expiry', { name: 'straddle' }, /spec.expiry must be a number, got undefined/],
    [
      'expiry out of range',
      { name: 'straddle', expiry: 2 },
      /spec.expiry must be an integer in \[0, 1\], got 2/,
    ],
    ['one expiry too few', { name: 'call-calendar', expiry: 0 }, /near and a far expiry .* got 1/],
    ['expiries reversed', { name: 'call-calendar', expiry: [1, 0] }, /spec.expiry\[1\] must be later/],
    [
      'strike not listed',
      { name: 'straddle', expiry: 0, strikes: [101] },
      /spec.strikes\[0\] .* expiry 0, got 101/,
    ],
    [
      'NaN strike',
      { name: 'straddle', expiry: 0, strikes: [NaN] },
      /spec.strikes\[0\] must be finite, got NaN/,
    ],
    ['too many strikes', { name: 'straddle', expiry: 0, strikes: [90, 100] }, /must have 1 elements, got 2/],
    [
      'descending',
      { name: 'strangle', expiry: 0, strikes: [110, 90] },
      /spec.strikes\[1\] must be above .*110, got 90/,
    ],
    [
      'delta of 25',
      { name: 'covered-call', expiry: 0, strikes: [{ delta: 25 }] },
      /strikes\[0\].delta .* got 25/,
    ],
    [
      'empty choice',
      { name: 'covered-call', expiry: 0, strikes: [{}] },
      /strikes\[0\].delta must be a number/,
    ],
    ['ratio of 1', { name: 'call-ratio-spread', expiry: 0, ratio: 1 }, /spec.ratio must be above 1, got 1/],
    ['none of it', { name: 'straddle', expiry: 0, quantity: 0 }, /spec.quantity must not be 0/],
    ['unknown underlying', { name: 'collar', expiry: 0, underlying: 'gold' }, /spec.underlying must be/],
  ];
  it.each(wrong)('refuses %s', (_, spec, message) => {
    expect(() => buildStructure(linear, spec as StructureSpec)).toThrow(message);
  });

  it('refuses an expiry without a delta', () => {
    const dead = core.chain([{ ...specsOf('linear')[0], volatility: STRIKES.map(() => NaN) }], 2);
    expect(() => buildStructure(dead, { name: 'strangle', expiry: 0 })).toThrow(
      /no put of expiry 0 has a delta/,
    );
    const { legs } = buildStructure(dead, { name: 'straddle', expiry: 0, strikes: [100] });
    const figures = analyse(core, dead, legs);
    expect(figures.legs[0].status).toBe('no-mark');
    expect(figures.maximumGain).toBeNaN();
    dead.dispose();
  });

  it('refuses wrong quotes and options before anything is made', () => {
    const { legs } = buildStructure(linear, { name: 'straddle', expiry: 0 });
    const before = core.bytesInUse;
    const short = { call: { bid: [1], ask: [1] }, put: { bid: [1], ask: [1] } };
    expect(() => analyse(core, linear, legs, { quotes: short })).toThrow(
      /quotes.call.bid must have 22 elements/,
    );
    expect(() => analyse(core, linear, legs, { basis: 'mid' })).toThrow(/options.quotes must be given/);
    expect(() => analyse(core, linear, legs, { underlying: 'Y' })).toThrow(/must be one of 'X', got 'Y'/);
    using book = core.book(linear, legs);
    expect(() => core.payoff(book, { premium: NaN })).toThrow(/options.premium must be finite, got NaN/);
    expect(core.bytesInUse).toBeGreaterThanOrEqual(before);
  });
});

describe('margin', () => {
  it.each(['linear', 'inverse'] as const)(
    'is that of an account of its own, in both currencies, %s',
    (kind) => {
      const chain = kind === 'linear' ? linear : inverse;
      for (const name of structureNames) {
        const isTwo = name.endsWith('calendar') || name.endsWith('diagonal');
        const { legs } = buildStructure(chain, { name, expiry: isTwo ? [0, 1] : 0, quantity: 3 });
        const figures = analyse(core, chain, legs, { margin: 'span-16' });
        figures.payoff?.dispose();
        using book = core.book(chain, legs);
        using account = core.margin(book, { model: 'span-16' });
        const { initial, maintenance } = account.figures();
        const { coin, ...quote } = figures.margin!;
        expect(quote).toEqual({ model: 'span-16', initial, maintenance });
        expect(coin.initial).toBeCloseTo(initial / 100, 12);
        expect(coin.maintenance).toBeCloseTo(maintenance / 100, 12);
        // what gains and loses nothing needs none, what can lose does
        expect(initial).toBeGreaterThanOrEqual(0);
        if (name === 'straddle' || name === 'covered-call') expect(initial).toBeGreaterThan(0);
      }
    },
  );

  it('of a spread is its width under Regulation T, and of a naked option the rule', () => {
    const spread = buildStructure(linear, {
      name: 'bear-call-spread',
      expiry: 0,
      strikes: [105, 120],
      quantity: 2,
    });
    const { margin, cost } = analyse(core, linear, spread.legs, { margin: 'reg-t' });
    // what equity must be: the width less what the position is worth, which equity has in it already
    expect(margin!.initial).toBeCloseTo(2 * 15 + cost.mark, 9);
    const call = { expiry: 0, strike: 110, type: 'call', quantity: -1 } as const;
    const naked = analyse(core, linear, [call], { margin: 'reg-t' });
    expect(naked.margin!.initial).toBeCloseTo(Math.max(0.2 * 100 - 10, 0.1 * 100), 9);
  });

  it('is absent without a model, and refuses one that does not know the underlying', () => {
    const { legs } = buildStructure(linear, { name: 'collar', expiry: 0 });
    expect(analyse(core, linear, legs).margin).toBeUndefined();
    const before = core.bytesInUse;
    expect(() => analyse(core, linear, legs, { margin: 'deribit-portfolio' })).toThrow(
      /'deribit-portfolio' has no parameters for 'X'/,
    );
    expect(() => analyse(core, linear, legs, { margin: 'reg-t' })).toThrow(
      /model 'reg-t' has no rule for it/,
    );
    expect(core.bytesInUse).toBe(before);
  });
});
