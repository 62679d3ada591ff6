import type { OptionType, Position } from 'greekfire';
import { create, type FullCore, type MarginModel, knowsUnderlying, marginPresets } from 'greekfire/full';
import { describe, expect, it } from 'vitest';

const core: FullCore = await create();

/** A preset with the parameters of one of its underlyings, some replaced, for every underlying. */
function modelWith(name: keyof typeof marginPresets, of: string, changes: object = {}): MarginModel {
  const preset = marginPresets[name];
  const parameters: Record<string, object> = preset.parameters;
  return { ...preset, parameters: { '*': { ...parameters[of], ...changes } } } as unknown as MarginModel;
}

/** A marked option: its volatility is the one that gives the mark. */
interface Marked {
  type: OptionType;
  strike: number;
  mark: number;
  quantity: number;
}

/** An account of options with given marks, each on an expiry of its own and all of one time, and of other holdings. */
function markedAccount(
  model: MarginModel,
  forward: number,
  options: readonly Marked[],
  others: Position[] = [],
) {
  const years = 0.1;
  const chain = core.chain(
    [{ type: 'call' as const, strike: forward, mark: forward / 50, quantity: 0 }, ...options].map(
      ({ type, strike, mark }) => {
        const { volatility } = core.impliedVolatility({ type, forward, strike, years, price: mark });
        return { underlying: 'X', years, forward, strike: [strike], volatility };
      },
    ),
  );
  const positions = options.map(({ type, strike, quantity }, i): Position => ({
    expiry: i + 1,
    type,
    strike,
    quantity,
  }));
  return core.margin(core.book(chain, [...positions, ...others]), { model });
}

describe('deribit-portfolio', () => {
  // docs.deribit.com, API reference, private/pme/simulate, example of 2024-06-17: a perpetual and a future of BTC
  const chain = core.chain([
    {
      underlying: 'BTC',
      years: 0.03,
      forward: 67_371.75,
      settlement: 'inverse',
      strike: [65_000],
      volatility: [0.5],
    },
  ]);
  const perpetual: Position = { kind: 'perpetual', underlying: 'BTC', quantity: 0.314538364 };
  const future: Position = { kind: 'future', expiry: 0, quantity: -0.001187534 };
  const coinProfits = (positions: Position[]): number[] => {
    const account = core.margin(core.book(chain, positions), { model: 'deribit-portfolio' });
    const scenarios = account.scenarios();
    const { price } = account.figures().underlyings[0];
    return Array.from(account.profits(), (profit, s) => profit / price / scenarios[s].edge);
  };
  const eachThreeTimes = (values: number[]): number[] => values.flatMap((value) => [value, value, value]);

  it('reproduces the printed risk vector of the perpetual', () => {
    const printed = eachThreeTimes([
      -0.05991206933333334, -0.04289159509090909, -0.027351162086956524, -0.013105765166666668, 0,
      0.012097629384615385, 0.023299138074074074, 0.033700538999999995, 0.043384601931034494,
    ]);
    const extended = [
      -0.05991206933333334,
      -0.05991206933333334,
      ...new Array<number>(6).fill(0.04338460193103449),
    ];
    const profits = coinProfits([perpetual]);
    expect(profits).toHaveLength(35);
    [...printed, ...extended].forEach((value, s) => {
      expect(profits[s], `scenario ${s}`).toBeCloseTo(value, 15);
    });
  });

  it('reproduces the printed risk vector of the future', () => {
    const printed = eachThreeTimes([
      0.0002261969523809524, 0.00016193645454545456, 0.00010326382608695652, 0.00004948058333333334, 0,
      -0.00004567438461538462, -0.00008796548148148148, -0.0001272357857142857, -0.00016379779310344832,
    ]);
    const profits = coinProfits([future]);
    printed.forEach((value, s) => {
      expect(profits[s], `scenario ${s}`).toBeCloseTo(value, 17);
    });
  });

  it('reproduces the printed worst case, roll shock and margins', () => {
    const { underlyings } = core
      .margin(core.book(chain, [perpetual, future]), { model: 'deribit-portfolio' })
      .figures();
    const [{ price, worstLoss, scenario, rollShock, deltaShock, coin }] = underlyings;
    expect(worstLoss / price).toBeCloseTo(0.05968587238095239, 15);
    expect(scenario).toBe(0); // printed: index 1, counted from 1
    expect(rollShock / price).toBeCloseTo(0.00315725898, 15);
    expect(deltaShock).toBe(0);
    // the exchange rounds the worst case to nine decimals before it adds
    expect(coin.initial).toBeCloseTo(0.06284313098, 9);
    expect(coin.maintenance).toBeCloseTo(0.050274504784, 9);
    expect(Number((worstLoss / price).toFixed(9)) + rollShock / price).toBeCloseTo(0.06284313098, 13);
  });

  it('forgives small losses in the extended table', () => {
    // printed for the two together: all eight are 0 after the dampener of 100,000 USD
    const account = core.margin(core.book(chain, [perpetual, future]), { model: 'deribit-portfolio' });
    const profits = account.profits();
    account
      .scenarios()
      .slice(27)
      .forEach(({ dampening }, s) => {
        expect(dampening).toBeGreaterThan(Math.abs(profits[27 + s]));
      });
    expect(account.figures().underlyings[0].scenario).toBeLessThan(27);
  });

  it('takes moves of volatility as the rule words them', () => {
    // deribit.com, "Portfolio Margin" of about 2020: 15 days to expiry, change of (30/15)^0.30 x 38 %
    const terms = {
      forward: 100,
      strike: 110,
      years: 15 / 365,
      settlement: 'inverse',
    } as const;
    const option = { type: 'call', ...terms } as const;
    const expiry = { underlying: 'X', ...terms, strike: [110], volatility: [0.6] };
    const book = core.book(core.chain([expiry]), [{ expiry: 0, strike: 110, type: 'call', quantity: 1 }]);
    const changes = { volatilityUp: 0.38, prices: [0], volatilities: ['up'], tail: undefined };
    const account = core.margin(book, { model: modelWith('deribit-portfolio', 'BTC', changes) });
    const before = core.evaluate({ ...option, volatility: 0.6 }).price[0];
    const after = core.evaluate({ ...option, volatility: 0.6 * (1 + 2 ** 0.3 * 0.38) }).price[0];
    expect(account.profits()[0] / 100).toBeCloseTo(after - before, 14);
  });

  it('adds contingencies as the rule words them', () => {
    // the same page: call +10 and put -20 of a strike are net -10, 10 x 0.01 BTC; 100 BTC long in one future and short
    // in another, 1 % x 100 BTC
    const expiries = [0.1, 0.2].map((years) => {
      return {
        underlying: 'X',
        years,
        forward: 9_000,
        settlement: 'inverse',
        strike: [9_000],
        volatility: [0.7],
      } as const;
    });
    const market = core.chain(expiries);
    const model = modelWith('deribit-portfolio', 'BTC', { shortContingency: 0.01, offsetContingency: 0.01 });
    const contingencyOf = (positions: Position[]): number => {
      const [{ contingency, price }] = core
        .margin(core.book(market, positions), { model })
        .figures().underlyings;
      return contingency / price;
    };
    const strike = 9_000;
    expect(
      contingencyOf([
        { expiry: 0, strike, type: 'call', quantity: 10 },
        { expiry: 0, strike, type: 'put', quantity: -20 },
      ]),
    ).toBeCloseTo(0.1, 14);
    expect(
      contingencyOf([
        { kind: 'future', expiry: 0, quantity: 100 },
        { kind: 'future', expiry: 1, quantity: -100 },
      ]),
    ).toBeCloseTo(1, 13);
  });

  it('never lets volatility fall below 0, nor after a rise below its floor', () => {
    const years = 0.01 / 365;
    const expiry = { underlying: 'BTC', years, forward: 100, strike: [100], volatility: [0.2] };
    const book = core.book(core.chain([expiry]), [{ expiry: 0, strike: 100, type: 'call', quantity: 1 }]);
    const account = core.margin(book, {
      model: modelWith('deribit-portfolio', 'BTC', { dayFloor: 0, prices: [0] }),
    });
    const price = (volatility: number): number =>
      core.evaluate({ type: 'call', forward: 100, strike: 100, years, volatility }).price[0];
    const [up, same, down] = account.profits();
    const risen = 0.2 * (1 + 0.5 * 3_000 ** 0.3);
    expect(up).toBeCloseTo(price(Math.max(0.5, risen)) - price(0.2), 12);
    expect(same).toBe(0);
    expect(down).toBeCloseTo(-price(0.2), 12);
  });

  it('charges the delta shock above its threshold, and no more than its most', () => {
    const changes = { prices: [0], tail: undefined, rollLeast: 0, rollYearly: 0 };
    const shockOf = (quantity: number): number => {
      const expiry = {
        underlying: 'X',
        years: 0.1,
        forward: 50_000,
        settlement: 'inverse',
        strike: [],
        volatility: [],
      } as const;
      const book = core.book(core.chain([expiry]), [{ kind: 'perpetual', underlying: 'X', quantity }]);
      return core.margin(book, { model: modelWith('deribit-portfolio', 'BTC', changes) }).figures()
        .underlyings[0].deltaShock;
    };
    expect(shockOf(400)).toBe(0);
    expect(shockOf(-500)).toBeCloseTo(500 * 50_000 * 0.00005 * 100, 6);
    expect(shockOf(10_000)).toBeCloseTo(10_000 * 50_000 * 0.1, 4);
  });
});

describe('deribit-standard', () => {
  // support.deribit.com, "Linear Perpetual", table of examples: BTC at 100,000, SOL at 200 USDC
  it.each([
    ['BTC', 100_000, 0, 0, 0],
    ['BTC', 100_000, 25, 53_125, 28_125],
    ['BTC', 100_000, 350, 1_312_500, undefined],
    ['SOL', 200, 25, 200.625, 100.625],
    ['SOL', 200, 6_000, 84_000, undefined],
  ])(
    'reproduces the printed %s perpetual at %d of %d',
    (underlying, forward, quantity, initial, maintenance) => {
      const chain = core.chain([{ underlying, years: 0.1, forward, strike: [forward], volatility: [0.5] }]);
      for (const side of [1, -1]) {
        const book = core.book(chain, [{ kind: 'perpetual', underlying, quantity: side * quantity }]);
        const figures = core.margin(book, { model: 'deribit-standard' }).figures();
        expect(figures.initial).toBeCloseTo(initial, 8);
        if (maintenance !== undefined) expect(figures.maintenance).toBeCloseTo(maintenance, 8);
      }
    },
  );

  it('reproduces the printed short put of the same formula', () => {
    // BIT, "Margin Rules for USDT-Margined Options": ETH-USDT-17NOV23-1850-P, underlying 2098, mark 2.4, 50 short
    const put: Marked = { type: 'put', strike: 1850, mark: 2.4, quantity: -50 };
    const figures = markedAccount(modelWith('deribit-standard', 'BTC'), 2098, [put]).figures();
    expect(figures.initial).toBeCloseTo(10_610, 6);
    expect(figures.maintenance).toBeCloseTo(7987.5, 6);
  });

  it('follows its formulas where the example does not go', () => {
    const model = modelWith('deribit-standard', 'BTC');
    const of = (option: Marked) => markedAccount(model, 100, [option]).figures();
    // call in the money: 15 % + mark; 7.5 % + mark
    const call = of({ type: 'call', strike: 90, mark: 12, quantity: -2 });
    expect(call.initial).toBeCloseTo(2 * (15 + 12), 9);
    expect(call.maintenance).toBeCloseTo(2 * (7.5 + 12), 9);
    // deep put: 7.5 % of the mark is more than of the underlying
    const put = of({ type: 'put', strike: 400, mark: 301, quantity: -1 });
    expect(put.initial).toBeCloseTo(0.075 * 301 + 301, 9);
    expect(put.maintenance).toBeCloseTo(0.075 * 301 + 301, 9);
    expect(of({ type: 'put', strike: 90, mark: 2, quantity: 3 })).toMatchObject({
      initial: 0,
      maintenance: 0,
    });
  });

  it('asks of inverse options in coin what it asks of linear ones in money', () => {
    const figuresOf = (settlement: 'linear' | 'inverse') => {
      const expiry = {
        underlying: 'BTC',
        years: 0.1,
        forward: 100,
        settlement,
        strike: [120],
        volatility: [0.6],
      };
      const book = core.book(core.chain([expiry]), [{ expiry: 0, strike: 120, type: 'call', quantity: -1 }]);
      return core.margin(book, { model: 'deribit-standard' }).figures();
    };
    expect(figuresOf('inverse').initial).toBeCloseTo(figuresOf('linear').initial, 10);
  });
});

describe('span-16', () => {
  // McMillan, "Options as a Strategic Investment", ch. 34: S&P 500 future, 500 a point, range of 20 points
  const model = modelWith('span-16', '*', { priceRange: 0.05 });
  const chain = core.chain([
    { underlying: 'SP', years: 0.2, forward: 400, strike: [410], volatility: [0.18] },
  ]);
  const book = core.book(chain, [{ kind: 'future', expiry: 0, quantity: 1, multiplier: 500 }]);

  it('reproduces the printed risk array of the future, rounded to 10 dollars as printed', () => {
    const printed = [
      0, 0, 3_330, 3_330, -3_330, -3_330, 6_670, 6_670, -6_670, -6_670, 10_000, 10_000, -10_000, -10_000,
      7_000, -7_000,
    ];
    const profits = core.margin(book, { model }).profits();
    expect(Array.from(profits, (profit) => Math.round(profit / 10) * 10 + 0)).toEqual(printed);
  });

  it('reproduces the printed requirement', () => {
    expect(core.margin(book, { model }).figures().maintenance).toBeCloseTo(10_000, 8);
  });

  it('has the long call gain least and lose most where the printed array has it', () => {
    const call = core.book(chain, [{ expiry: 0, strike: 410, type: 'call', quantity: 1, multiplier: 500 }]);
    const account = core.margin(call, { model });
    const profits = [...account.profits()];
    expect(profits.indexOf(Math.min(...profits))).toBe(13); // three thirds down, volatility down
    expect(profits.indexOf(Math.max(...profits))).toBe(10); // three thirds up, volatility up
    expect(account.figures().underlyings[0].scenario).toBe(13);
  });
});

describe('reg-t', () => {
  // Cboe, "Margin Requirement Examples for Sample Options-based Positions" (2007)
  const ibm = { underlying: 97.73, unit: 10_000, rate: 0.2 };
  const spx = { underlying: 1451.19, unit: 10_000, rate: 0.15 };
  const option = (type: OptionType, strike: number, mark: number, quantity: number): Marked => {
    return { type, strike, mark, quantity };
  };
  it.each([
    ['IBM short call', ibm, [option('call', 100, 1.68, -1)], 0, 172_760],
    ['IBM short put', ibm, [option('put', 100, 3.18, -1)], 0, 195_460],
    ['IBM covered call', ibm, [option('call', 100, 1.68, -1)], 1, 471_850],
    ['IBM protective put', ibm, [option('put', 95, 1.02, 1)], 1, 498_850],
    ['IBM synthetic long', ibm, [option('call', 100, 1.68, 1), option('put', 100, 3.18, -1)], 0, 212_260],
    ['IBM risk reversal', ibm, [option('put', 95, 1.02, 1), option('call', 105, 0.4, -1)], 0, 132_960],
    ['IBM collar', ibm, [option('put', 95, 1.02, 1), option('call', 105, 0.4, -1)], 1, 494_850],
    ['IBM long call spread', ibm, [option('call', 95, 4.53, 1), option('call', 105, 0.4, -1)], 0, 41_300],
    ['SPX short call', spx, [option('call', 1460, 21.66, -1)], 0, 2_088_685],
    ['SPX short put', spx, [option('put', 1460, 22.55, -1)], 0, 2_176_785],
    [
      'SPX synthetic long',
      spx,
      [option('call', 1460, 21.66, 1), option('put', 1460, 22.55, -1)],
      0,
      2_393_385,
    ],
    ['SPX risk reversal', spx, [option('put', 1450, 18.72, 1), option('call', 1500, 5.96, -1)], 0, 1_875_885],
    [
      'SPX long call spread',
      spx,
      [option('call', 1450, 27.57, 1), option('call', 1500, 5.96, -1)],
      0,
      216_100,
    ],
  ])('reproduces the printed %s', (_, { underlying, unit, rate }, options, spot, printed) => {
    const model = modelWith('reg-t', '*', { optionInitial: rate });
    const held: Position[] = [{ kind: 'spot', underlying: 'X', quantity: spot * unit }];
    const sized = options.map((each) => ({ ...each, quantity: each.quantity * unit }));
    expect(markedAccount(model, underlying, sized, held).figures().initial).toBeCloseTo(printed, 4);
  });

  it('reproduces the printed short straddle: the greater side, and the other’s mark', () => {
    // Cboe margin manual, p. 45: underlying 92.63, call 90 at 7.00, put 90 at 3.70: 25.5260, 19.5960, both 29.2260
    const model = marginPresets['reg-t'];
    const call = option('call', 90, 7, -1);
    const put = option('put', 90, 3.7, -1);
    const alone = (each: Marked): number => markedAccount(model, 92.63, [each]).figures().initial + each.mark;
    expect(alone(call)).toBeCloseTo(25.526, 10);
    expect(alone(put)).toBeCloseTo(19.596, 10);
    expect(markedAccount(model, 92.63, [call, put]).figures().initial + 7 + 3.7).toBeCloseTo(29.226, 10);
  });

  it('never asks more of positions together than alone, and at least the loss of a spread', () => {
    const legs = [
      option('put', 80, 0.8, 2),
      option('put', 90, 2.1, -2),
      option('call', 110, 2.2, -3),
      option('call', 120, 0.9, 2),
    ];
    const model = marginPresets['reg-t'];
    const together = markedAccount(model, 100, legs);
    const apart = legs.reduce((sum, leg) => sum + markedAccount(model, 100, [leg]).figures().initial, 0);
    const { initial } = together.figures();
    expect(initial).toBeLessThan(apart);
    // put spread 2 x 10, call spread 2 x 10, one call left by itself, less and plus marks
    const naked = Math.max(20 - 10, 10);
    expect(initial).toBeCloseTo(2 * 0.8 + 2 * (10 - 2.1) + 2 * 0.9 + 2 * (10 - 2.2) + naked, 10);
  });

  it('pairs a short with longs that live as long only', () => {
    const spec = { underlying: 'X', forward: 100, strike: [100, 110], volatility: [0.3, 0.3] };
    const chain = core.chain([
      { ...spec, years: 0.1 },
      { ...spec, years: 0.2 },
    ]);
    const initialOf = (short: number, long: number): number => {
      const book = core.book(chain, [
        { expiry: short, strike: 110, type: 'call', quantity: -1 },
        { expiry: long, strike: 100, type: 'call', quantity: 1 },
      ]);
      return core.margin(book, { model: 'reg-t' }).figures().initial;
    };
    const longMark = (expiry: number): number => chain.call.price[chain.index(expiry, 100)];
    expect(initialOf(0, 1)).toBeCloseTo(longMark(1) - chain.call.price[chain.index(0, 110)], 10);
    expect(initialOf(1, 0)).toBeCloseTo(longMark(0) + 10, 10);
  });

  it('says that it has no rule for futures', () => {
    const chain = core.chain([{ underlying: 'X', years: 0.1, forward: 100, strike: [], volatility: [] }]);
    const book = core.book(chain, [
      { kind: 'spot', underlying: 'X', quantity: 1 },
      { kind: 'future', expiry: 0, quantity: 1 },
    ]);
    expect(() => core.margin(book, { model: 'reg-t' })).toThrow(
      new RangeError("positions[1] is a future or perpetual: model 'reg-t' has no rule for it"),
    );
  });
});

describe('presets', () => {
  it('name the rule they follow and its date', () => {
    for (const [name, model] of Object.entries(marginPresets)) {
      expect(model.name).toBe(name);
      expect(model.source).toMatch(/\d{4}/);
    }
  });
});

it('knows an underlying by its name, by its coin, or by what holds for all', () => {
  const [own, all] = [marginPresets['deribit-portfolio'], marginPresets['span-16']];
  const known = ['BTC', 'BTC_USDC', 'DOGE'].map((name) => knowsUnderlying(own, name));
  expect(known).toEqual([true, true, false]);
  expect(knowsUnderlying(all, 'DOGE')).toBe(true);
});
