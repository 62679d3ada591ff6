import type { ExpirySpec, OptionType, Position } from 'greekfire';
import { create, marginPresets, type MarginModel } from 'greekfire/full';
import { describe, expect, it } from 'vitest';
import { drawFrom } from '../oracle/regimes.js';

const core = await create();

const specs: ExpirySpec[] = [
  {
    underlying: 'BTC',
    settlement: 'inverse',
    years: 3 / 365,
    forward: 60_100,
    strike: [52_000, 60_000, 66_000],
    volatility: [0.7, 0.55, 0.6],
  },
  {
    underlying: 'ETH',
    years: 40 / 365,
    forward: 3_010,
    rate: 0.03,
    strike: [2_500, 3_000, 3_600],
    volatility: [0.8, 0.7, 0.75],
  },
  {
    underlying: 'BTC',
    settlement: 'inverse',
    years: 0.4,
    forward: 61_700,
    strike: [40_000, 62_000, 90_000],
    volatility: [0.75, 0.6, 0.7],
  },
  {
    underlying: 'BTC',
    settlement: 'inverse',
    years: 0,
    forward: 60_000,
    strike: [55_000],
    volatility: [0.5],
  },
];
const positions: Position[] = [
  { expiry: 0, strike: 52_000, type: 'put', quantity: -30 },
  { expiry: 0, strike: 66_000, type: 'call', quantity: -20, multiplier: 1.5 },
  { expiry: 2, strike: 62_000, type: 'call', quantity: 12 },
  { expiry: 2, strike: 90_000, type: 'call', quantity: -40 },
  { expiry: 3, strike: 55_000, type: 'call', quantity: 2 },
  { kind: 'perpetual', underlying: 'BTC', quantity: -3 },
  { kind: 'future', expiry: 2, quantity: 2 },
  { expiry: 1, strike: 2_500, type: 'put', quantity: -200 },
  { expiry: 1, strike: 3_600, type: 'call', quantity: 100 },
  { kind: 'spot', underlying: 'ETH', quantity: 25 },
  { kind: 'perpetual', underlying: 'ETH', quantity: -10 },
];
const chain = core.chain(specs);
const book = core.book(chain, positions);
const sizeOf = ({ quantity, multiplier = 1 }: Position): number => quantity * multiplier;
const placeOf = (position: Position): string =>
  'underlying' in position ? position.underlying : specs[position.expiry].underlying!;

/** Price of a unit in quote currency where forwards, volatilities and time have moved: independent of the account. */
function valueOf(
  position: Position,
  move: number,
  volatility: (v: number, years: number) => number,
  horizon = 0,
): number {
  if ('underlying' in position)
    return specs.find(({ underlying }) => underlying === position.underlying)!.forward * (1 + move);
  const spec = specs[position.expiry];
  const over = spec.years === 0;
  const forward = spec.forward * (over ? 1 : 1 + move);
  if (position.kind === 'future') return forward;
  const at = Array.prototype.indexOf.call(spec.strike, position.strike);
  return core.evaluate({
    type: position.type,
    forward,
    strike: position.strike,
    years: over ? 0 : spec.years - horizon,
    volatility: over ? 0 : volatility(spec.volatility[at], spec.years),
    rate: spec.rate ?? 0,
  }).price[0];
}

const forwardOf = (position: Position): number =>
  'underlying' in position
    ? specs.find(({ underlying }) => underlying === position.underlying)!.forward
    : specs[position.expiry].forward;

describe('scenarios', () => {
  it.each(['deribit-portfolio', 'span-16'] as const)('%s: profits are those of full revaluation', (name) => {
    const model = marginPresets[name];
    const account = core.margin(book, { model });
    for (const underlying of ['BTC', 'ETH']) {
      const parameters = (model.parameters as Record<string, object>)[underlying] ?? model.parameters['*'];
      const {
        volatilityUp,
        volatilityDown,
        horizon = 0,
        shortPower = 0,
        longPower = 0,
        volatilityFloor = 0,
      } = parameters as Record<string, number>;
      const inCoin = underlying === 'BTC' && name === 'deribit-portfolio';
      const price = specs.find((spec) => spec.underlying === underlying)!.forward;
      const profits = account.profits(underlying);
      account.scenarios(underlying).forEach((scenario, s) => {
        const shocked = (v: number, years: number): number => {
          const days = years * 365;
          const weight = (30 / Math.max(1, days)) ** (days < 30 ? shortPower : longPower);
          if (scenario.volatility === 'up') return Math.max(volatilityFloor, v * (1 + volatilityUp * weight));
          return scenario.volatility === 'down' ? Math.max(0, v * (1 - volatilityDown * weight)) : v;
        };
        let wanted = 0;
        for (const position of positions.filter((each) => placeOf(each) === underlying)) {
          if (!('underlying' in position) && specs[position.expiry].years === 0) continue;
          const before = valueOf(position, 0, (v) => v);
          const after = valueOf(position, scenario.move, shocked, horizon);
          const isMarked = position.kind === 'future' || position.kind === 'perpetual';
          // in coin: what its value in coin gains, at the scenario's price of coin
          const kept = inCoin && !isMarked ? before * (1 + scenario.move) : before;
          const rate = inCoin ? price / forwardOf(position) : 1;
          wanted += sizeOf(position) * (after - kept) * rate * scenario.fraction;
        }
        expect(Math.abs(profits[s] - wanted), `${underlying} ${s}`).toBeLessThan(
          1e-10 * (1 + Math.abs(wanted)) + 1e-7,
        );
      });
    }
  });

  it('make the worst loss, as dampened and counted, by brute force', () => {
    const account = core.margin(book, { model: 'deribit-portfolio' });
    for (const { underlying, worstLoss, scenario } of account.figures().underlyings) {
      const profits = account.profits(underlying);
      const losses = account
        .scenarios(underlying)
        .map(({ dampening, edge }, s) => Math.max(0, -profits[s] - dampening) / edge);
      expect(worstLoss).toBeCloseTo(Math.max(...losses), 7);
      expect(scenario).toBe(losses.indexOf(Math.max(...losses)));
    }
  });

  it('add up over positions', () => {
    const whole = core.margin(book, { model: 'deribit-portfolio' });
    for (const underlying of ['BTC', 'ETH']) {
      const sum = new Float64Array(whole.scenarios(underlying).length);
      for (const position of positions) {
        const part = core.book(chain, [position]);
        const account = core.margin(part, { model: 'deribit-portfolio' });
        account.profits(underlying).forEach((profit, s) => (sum[s] += profit));
        account.dispose();
        part.dispose();
      }
      whole.profits(underlying).forEach((profit, s) => {
        expect(Math.abs(profit - sum[s])).toBeLessThan(1e-6);
      });
    }
  });
});

describe('figures', () => {
  it('are equity, margins, ratio and free collateral, in quote and coin', () => {
    const account = core.margin(book, {
      model: 'deribit-portfolio',
      cash: 50_000,
      coins: { BTC: 20, ETH: 5 },
    });
    const figures = account.figures();
    const [btc, eth] = figures.underlyings;
    const coinValue = positions
      .filter((position) => placeOf(position) === 'BTC' && 'strike' in position)
      .reduce((sum, each) => sum + (sizeOf(each) * valueOf(each, 0, (v) => v)) / forwardOf(each), 0);
    expect(btc.coin.equity).toBeCloseTo(20 + coinValue, 10);
    expect(btc.equity).toBeCloseTo(btc.coin.equity * 60_100, 6);
    const linear = positions
      .filter((position) => placeOf(position) === 'ETH' && ('strike' in position || position.kind === 'spot'))
      .reduce((sum, each) => sum + sizeOf(each) * valueOf(each, 0, (v) => v), 0);
    expect(eth.value).toBeCloseTo(linear, 8);
    expect(figures.equity).toBeCloseTo(50_000 + btc.equity + eth.equity, 6);
    expect(figures.initial).toBeCloseTo(btc.initial + eth.initial, 8);
    expect(figures.ratio).toBeCloseTo(figures.maintenance / figures.equity, 14);
    expect(figures.free).toBeCloseTo(figures.equity - figures.initial, 8);
    expect(figures.maintenance).toBeCloseTo(0.8 * figures.initial, 8);
    expect(btc.initial).toBeCloseTo(btc.worstLoss + btc.rollShock + btc.deltaShock + btc.contingency, 7);
  });

  it('in a state are those of a chain that was moved there', () => {
    const model = 'deribit-portfolio';
    const open = positions.filter((position) => !('expiry' in position) || specs[position.expiry].years > 0);
    const options = { model, coins: { BTC: 9 } } as const;
    const here = core.margin(core.book(chain, open), options);
    const moved = specs.slice(0, 3).map((spec) => ({
      ...spec,
      forward: spec.forward * 0.9,
      volatility: Array.from(spec.volatility, (v) => v + 0.07),
    }));
    const there = core.margin(core.book(core.chain(moved), open), options).figures();
    const state = here.figures({ move: -0.1, shift: 0.07 });
    expect(state.initial / there.initial).toBeCloseTo(1, 12);
    // futures have made their moves since
    const made = (-0.1 / 0.9) * (2 - 3) * 60_100 * 0.9 + -0.1 * 3_010 * -10;
    expect(state.equity - there.equity).toBeCloseTo(made, 5);
  });

  it('move one underlying alone where asked', () => {
    const account = core.margin(book, { model: 'deribit-portfolio' });
    const [btc, eth] = account.figures({ move: -0.2, underlying: 'ETH' }).underlyings;
    const [btcBefore, ethBefore] = account.figures().underlyings;
    expect(btc).toEqual(btcBefore);
    expect(eth.price).toBeCloseTo(ethBefore.price * 0.8, 8);
  });

  it('follow the book and the chain', () => {
    const ownChain = core.chain(specs);
    const ownBook = core.book(ownChain, positions.slice(0, 2));
    const account = core.margin(ownBook, { model: 'deribit-portfolio' });
    const before = account.figures();
    ownBook.add(positions[3]);
    ownBook.setQuantity(0, -5);
    ownChain.tick(Float64Array.from(specs, ({ forward }) => forward * 1.02));
    const again = core.margin(ownBook, { model: 'deribit-portfolio' });
    expect(account.figures()).toEqual(again.figures());
    expect(account.figures().initial).not.toBe(before.initial);
  });

  it('leave the chain and its marks alone', () => {
    const copies = [chain.forward, chain.volatility, chain.call.price, chain.put.delta].map((view) =>
      view.slice(),
    );
    const account = core.margin(book, { model: 'deribit-portfolio', coins: { BTC: 5 } });
    account.liquidation();
    account.figures({ move: 0.3, shift: 0.2 });
    [chain.forward, chain.volatility, chain.call.price, chain.put.delta].forEach((view, i) => {
      expect(view).toEqual(copies[i]);
    });
  });

  it('leave out positions without a price, as the book does', () => {
    const bad = core.chain([{ ...specs[0], volatility: [NaN, 0.55, 0.6] }]);
    const account = core.margin(core.book(bad, positions.slice(0, 2)), { model: 'deribit-portfolio' });
    const good = core.margin(core.book(bad, [positions[1]]), { model: 'deribit-portfolio' });
    expect(account.figures()).toEqual(good.figures());
    expect(account.figures().initial).toBeGreaterThan(0);
  });
});

describe('efficiency', () => {
  const models: (keyof typeof marginPresets)[] = ['deribit-portfolio', 'span-16'];
  it.each(models)('%s: isolated is an account of its own, marginal what leaving out saves', (model) => {
    const account = core.margin(book, { model });
    const parts = [[0, 1], [2, 3, 6], [7, 8, 9, 10], [4], [5]];
    const { cross, parts: shares, isolatedInitial, saved } = account.efficiency(parts);
    expect(cross.isolatedInitial).toBeCloseTo(account.figures().initial, 6);
    parts.forEach((part, p) => {
      const own = core
        .margin(
          core.book(
            chain,
            part.map((i) => positions[i]),
          ),
          { model },
        )
        .figures();
      const rest = positions.filter((_, i) => !part.includes(i));
      const without = core.margin(core.book(chain, rest), { model }).figures();
      expect(shares[p].isolatedInitial).toBeCloseTo(own.initial, 6);
      expect(shares[p].isolatedMaintenance).toBeCloseTo(own.maintenance, 6);
      expect(shares[p].marginalInitial).toBeCloseTo(cross.isolatedInitial - without.initial, 6);
      expect(shares[p].marginalMaintenance).toBeCloseTo(cross.isolatedMaintenance - without.maintenance, 6);
    });
    expect(saved).toBeCloseTo(1 - cross.isolatedInitial / isolatedInitial, 12);
    expect(saved).toBeGreaterThan(-1e-12);
  });

  it('sees what a hedge saves', () => {
    const hedged = core.margin(
      core.book(chain, [positions[1], { kind: 'perpetual', underlying: 'BTC', quantity: 4 }]),
      {
        model: 'deribit-portfolio',
      },
    );
    const { saved, parts } = hedged.efficiency();
    expect(saved).toBeGreaterThan(0.1);
    expect(parts[1].marginalInitial).toBeLessThan(0);
  });

  it('saves nothing where every position is margined by itself', () => {
    const alone = marginPresets['deribit-standard'];
    const { BTC } = alone.parameters as Record<string, object>;
    const model = { ...alone, parameters: { BTC, ETH: BTC } } as MarginModel;
    const { saved, parts, cross } = core.margin(book, { model }).efficiency();
    expect(saved).toBeCloseTo(0, 12);
    const marginal = parts.reduce((sum, { marginalInitial }) => sum + marginalInitial, 0);
    expect(marginal).toBeCloseTo(cross.isolatedInitial, 6);
  });

  it('keeps a margin of scenarios convex: halves together never ask more than apart', () => {
    const draw = drawFrom(7);
    for (let trial = 0; trial < 20; trial++) {
      const some = positions.map((position) => ({ ...position, quantity: draw.between(-20, 20) }));
      const { saved } = core.margin(core.book(chain, some), { model: 'deribit-portfolio' }).efficiency();
      expect(saved).toBeGreaterThan(-1e-12);
    }
  });
});

describe('hostile input', () => {
  const model = 'deribit-portfolio';

  it('asks nothing of an empty book', () => {
    const account = core.margin(core.book(chain, []), { model });
    expect(account.figures()).toMatchObject({
      equity: 0,
      initial: 0,
      maintenance: 0,
      ratio: 0,
      free: 0,
      isSolvent: true,
    });
    expect(account.efficiency()).toMatchObject({ parts: [], saved: 0 });
    expect(account.liquidation()).toEqual({
      down: undefined,
      up: undefined,
      volatilityDown: undefined,
      volatilityUp: undefined,
    });
    const none = { bidSize: [], bidCost: [], askSize: [], askCost: [] };
    expect(account.unwind({ depth: none })).toMatchObject({ status: 'solvent', steps: [] });
  });

  it('asks nothing of what has expired, but counts what it is worth', () => {
    const account = core.margin(core.book(chain, [positions[4]]), { model });
    const figures = account.figures();
    expect(figures).toMatchObject({ initial: 0, maintenance: 0 });
    // 2 calls of 5,000 at 60,000, in coin, at the price of coin
    expect(figures.equity).toBeCloseTo(((2 * 5_000) / 60_000) * 60_100, 8);
    expect(account.figures({ move: -0.5 }).underlyings[0].coin.equity).toBeCloseTo((2 * 5_000) / 60_000, 12);
  });

  it('has an infinite ratio without equity, and is liquidated where it stands', () => {
    const account = core.margin(book, { model, cash: -1e7 });
    const figures = account.figures();
    expect(figures).toMatchObject({ ratio: Infinity, isSolvent: false });
    expect(figures.free).toBeLessThan(-1e7);
    const { down, up } = account.liquidation();
    expect(down).toMatchObject({ move: 0, shift: 0 });
    expect(up).toMatchObject({ move: 0 });
    account.setCollateral({ cash: 1e7 });
    expect(account.figures().isSolvent).toBe(true);
  });

  it('refuses collateral that is none', () => {
    const account = core.margin(book, { model });
    expect(() => {
      account.setCollateral({ cash: NaN });
    }).toThrow(new RangeError('cash must be finite, got NaN'));
    expect(() => {
      account.setCollateral({ coins: { SOL: 1 } });
    }).toThrow("coins has 'SOL', the book only 'BTC', 'ETH'");
    expect(() => core.margin(book, { model, coins: { BTC: '1' } } as never)).toThrow(TypeError);
    expect(() => core.margin(book, { model, csh: 1 } as never)).toThrow(
      new TypeError("options has no field 'csh'"),
    );
  });

  it('refuses states, ranges and parts that are none', () => {
    const account = core.margin(book, { model });
    expect(() => account.figures({ move: -1 })).toThrow(
      new RangeError('state.move must be above -1 and at most 1000000, got -1'),
    );
    expect(() => account.figures({ shift: Infinity })).toThrow(RangeError);
    expect(() => account.figures({ underlying: 'SOL' })).toThrow(RangeError);
    expect(() => account.liquidation({ down: -1 })).toThrow(
      new RangeError('range.down must be in (-1, 0], got -1'),
    );
    expect(() => account.liquidation({ up: -1 })).toThrow(RangeError);
    expect(() => account.efficiency([[0], [11]])).toThrow(
      new RangeError('parts[1][0] must be an integer in [0, 10], got 11'),
    );
    expect(() => account.efficiency([[0], [1, 0]])).toThrow(
      new RangeError('parts[1][1] is position 0, as parts[0][0] is'),
    );
    expect(() => account.efficiency([[2, 2]])).toThrow(RangeError);
    expect(() => account.efficiency([new Array<number>(1)])).toThrow(
      new TypeError('parts[0][0] must be a number, got undefined'),
    );
    const before = account.figures().equity;
    for (const amount of [1e308, -1e31, Infinity]) {
      expect(() => {
        account.setCollateral({ cash: amount });
      }).toThrow(RangeError);
      expect(() => {
        account.setCollateral({ coins: { BTC: amount } });
      }).toThrow(RangeError);
    }
    expect(() => core.margin(book, { model, cash: 1e308 })).toThrow(
      new RangeError('cash must be at most 1e+30 in size, got 1e+308'),
    );
    expect(account.figures().equity).toBe(before);
  });

  it.each<[object, string]>([
    [{ priceRange: NaN }, 'priceRange must be finite, got NaN'],
    [{ priceRange: 1 }, 'priceRange must be in (0, 1), got 1'],
    [
      { priceRange: 0.5, prices: [-2] },
      'prices[0] x priceRange must be above -1 and at most 1000000, got -1',
    ],
    [{ volatilityUp: -0.1 }, 'volatilityUp must not be negative, got -0.1'],
    [{ volatilities: ['sideways'] }, "volatilities[0] must be 'up' or 'same' or 'down', got 'sideways'"],
    [{ dayFloor: NaN }, 'dayFloor must be finite, got NaN'],
    [{ rollLeast: '1' }, "rollLeast must be a number, got '1'"],
    [{ tail: { moves: [-1], volatility: 'up', fraction: 1 } }, 'tail.moves[0] must be above -1'],
    [{ prices: [], tail: undefined }, 'must make 1 to 1024 scenarios, got 0'],
  ])('refuses parameters %o', (changes, message) => {
    const preset = marginPresets['deribit-portfolio'];
    const { BTC } = preset.parameters as Record<string, object>;
    const bad = { ...preset, parameters: { '*': { ...BTC, ...changes } } } as unknown as MarginModel;
    const before = core.bytesInUse;
    expect(() => core.margin(book, { model: bad })).toThrow(message);
    expect(core.bytesInUse).toBe(before);
  });

  it('refuses models that are none, and underlyings that a model does not know', () => {
    expect(() => core.margin(book, { model: 'deribit' } as never)).toThrow(
      "model must be one of 'deribit-portfolio', 'deribit-standard', 'span-16', 'reg-t', got 'deribit'",
    );
    expect(() => core.margin(book, { model: 'deribit-standard' })).toThrow(
      new RangeError("model 'deribit-standard' has no parameters for 'ETH': it knows 'BTC', 'SOL'"),
    );
    expect(() => core.margin(book, { model: { rule: 'none' } } as never)).toThrow(RangeError);
    expect(() => core.margin(book, { model: 3 } as never)).toThrow(TypeError);
  });

  it('gives its memory back, and says when it or what it stands on is gone', () => {
    const before = core.bytesInUse;
    const ownChain = core.chain(specs);
    const ownBook = core.book(ownChain, positions);
    const account = core.margin(ownBook, { model });
    account.liquidation({ up: 0.1, down: -0.1, shift: 0.05 });
    ownBook.add(positions[0]);
    account.efficiency();
    ownBook.dispose();
    expect(() => account.figures()).toThrow('the book is disposed');
    account.dispose();
    account.dispose();
    ownChain.dispose();
    expect(() => account.figures()).toThrow('the margin account is disposed');
    expect(core.bytesInUse).toBe(before);
  });

  it('has the same type of option either way', () => {
    for (const type of ['call', 'put'] satisfies OptionType[]) {
      const account = core.margin(core.book(chain, [{ expiry: 2, strike: 62_000, type, quantity: -1 }]), {
        model,
      });
      expect(account.figures().initial).toBeGreaterThan(0);
    }
  });
});
