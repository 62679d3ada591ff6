import { create, type Columns, type OptionColumns } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { unitsAllowed, unitsOf } from '../oracle/errors.js';
import { EPSILON, SENSITIVITIES, valueInDoubleDouble, type Row, type Sensitivity } from '../oracle/greeks.js';

const core = await create();

function inputsOf({ underlier, underlying, dividend, ...shared }: Row): OptionColumns {
  return underlier === 'spot'
    ? { ...shared, spot: underlying, dividend }
    : { ...shared, forward: underlying };
}

/** The first row of every column. */
function valuesOf(columns: Columns<3>, index = 0): Record<Sensitivity, number> {
  const entries = SENSITIVITIES.map((name) => [name, columns[name][index]] as const);
  return Object.fromEntries(entries) as Record<Sensitivity, number>;
}

const evaluate = (row: Row): Record<Sensitivity, number> => valuesOf(core.evaluate(inputsOf(row), 3));

const TYPES = ['call', 'put'] as const;
const UNDERLIERS = ['spot', 'forward'] as const;
const NOTHING = Object.fromEntries(SENSITIVITIES.map((name) => [name, 0])) as Record<Sensitivity, number>;

describe.each(UNDERLIERS)('%s rows without uncertainty', (underlier) => {
  const base = { underlier, underlying: 100, years: 0.5, volatility: 0.5, rate: 0.0625, dividend: 0.03125 };
  const yieldRate = underlier === 'spot' ? base.dividend : base.rate;

  describe.each([
    ['years = 0', { years: 0 }],
    ['volatility = 0', { volatility: 0 }],
    ['years = 0 and volatility = 0', { years: 0, volatility: 0 }],
  ])('%s', (_, still) => {
    const certain = { ...base, ...still };
    const growth = Math.exp(-yieldRate * certain.years);
    const discount = Math.exp(-base.rate * certain.years);

    it.each(TYPES)('in the money: the %s is its intrinsic value and carries', (type) => {
      const sign = type === 'call' ? 1 : -1;
      const strike = type === 'call' ? 80 : 125;
      const share = base.underlying * growth;
      const cash = strike * discount;
      const price = sign * (share - cash);
      const rho = underlier === 'spot' ? sign * certain.years * cash : -certain.years * price;
      const expected: Record<Sensitivity, number> = {
        ...NOTHING,
        price,
        delta: sign * growth,
        theta: sign * (yieldRate * share - base.rate * cash),
        rho,
        charm: sign * yieldRate * growth,
      };
      const found = evaluate({ ...certain, type, strike });
      for (const name of SENSITIVITIES) {
        const size = Math.max(Math.abs(expected[name]), name === 'theta' ? base.rate * (share + cash) : 0);
        expect(Math.abs(found[name] - expected[name]), name).toBeLessThanOrEqual(size * 1e-14);
      }
    });

    it.each(TYPES)('out of the money: the %s is nothing at all', (type) => {
      const found = evaluate({ ...certain, type, strike: type === 'call' ? 125 : 80 });
      for (const name of SENSITIVITIES) expect(Math.abs(found[name]), name).toBe(0);
    });

    it.each(TYPES)('at the money: half of the delta of the %s, and no gamma', (type) => {
      // No rates, so that the forward is the strike exactly.
      const found = evaluate({ ...certain, type, strike: 100, rate: 0, dividend: 0 });
      expect(Math.abs(found.price)).toBe(0);
      expect(found.delta).toBe(type === 'call' ? 0.5 : -0.5);
      expect(found.gamma).toBeNaN();
      expect(Math.abs(found.rho)).toBe(underlier === 'spot' ? 50 * certain.years : 0);
    });
  });

  it.each(TYPES)('years -> 0 at the money: %s theta has no limit, vega vanishes', (type) => {
    const found = evaluate({ ...base, years: 0, type, strike: 100, rate: 0, dividend: 0 });
    expect(found.theta).toBeNaN();
    expect(Math.abs(found.vega)).toBe(0);
  });

  it.each(TYPES)('volatility -> 0 at the money: %s vega keeps its limit', (type) => {
    const found = evaluate({ ...base, volatility: 0, type, strike: 100, rate: 0, dividend: 0 });
    const limit = (100 * Math.sqrt(base.years)) / Math.sqrt(2 * Math.PI);
    expect(Math.abs(found.vega - limit)).toBeLessThanOrEqual(1e-14 * limit);
    expect(Math.abs(found.theta)).toBe(0);
  });

  it('a chain of expired and of certain strikes gives the same limits', () => {
    const strike = [80, 100, 125];
    const chain = core.chain(
      [
        { years: 0, forward: 100, strike, volatility: [0.5, 0.5, 0.5] },
        { years: 0.5, forward: 100, strike, volatility: [0, 0, 0] },
      ],
      1,
    );
    // Adding 0 makes one zero of -0 and 0.
    const rows = (column: Float64Array, offset: number): number[] =>
      Array.from(column.subarray(offset, offset + 3), (value) => value + 0);
    for (const offset of [0, 3]) {
      expect(rows(chain.call.price, offset)).toEqual([20, 0, 0]);
      expect(rows(chain.put.price, offset)).toEqual([0, 0, 25]);
      expect(rows(chain.call.delta, offset)).toEqual([1, 0.5, 0]);
      expect(rows(chain.put.delta, offset)).toEqual([0, -0.5, -1]);
    }
    chain.dispose();
  });
});

describe('tails', () => {
  it.each(TYPES)('%s prices and Greeks fall to zero, never to NaN', (type) => {
    const steps = Array.from({ length: 600 }, (_, step) => step);
    // From 0 to 60 deviations out of the money; the density leaves the doubles at 38.6.
    const strike = Float64Array.from(
      steps,
      (step) => 100 * Math.exp((type === 'call' ? 0.02 : -0.02) * step),
    );
    const columns = core.evaluate({ type, forward: 100, strike, years: 1, volatility: 0.2 }, 3);
    for (const name of SENSITIVITIES) expect(columns[name].every(Number.isFinite), name).toBe(true);
    const { price } = columns;
    // A put's strike falls on the way, so its price does; each price is positive until all that follow are zero.
    for (let step = 1; step < price.length; step++) {
      if (price[step - 1] === 0) expect(price[step]).toBe(0);
      else expect(price[step]).toBeLessThan(price[step - 1]);
    }
    expect(price.findIndex((value) => value === 0)).toBeGreaterThan(360);
    expect(price.at(-1)).toBe(0);
    for (const name of SENSITIVITIES) expect(Math.abs(columns[name].at(-1)!), name).toBe(0);
  });

  it.each(TYPES)('%s deep in the money: whole minus nothing', (type) => {
    const strike = type === 'call' ? 1e-12 : 1e12;
    const found = evaluate({
      type,
      underlier: 'forward',
      underlying: 100,
      strike,
      years: 1,
      volatility: 0.2,
      rate: 0,
      dividend: 0,
    });
    expect(found.price).toBe(Math.abs(100 - strike));
    expect(Math.abs(found.delta - (type === 'call' ? 1 : -1))).toBeLessThanOrEqual(4 * EPSILON);
    for (const name of ['gamma', 'vega', 'vanna', 'volga', 'speed', 'zomma'] as const) {
      expect(Math.abs(found[name]), name).toBe(0);
    }
  });
});

describe('the whole range of inputs', () => {
  const SIZES = [1e-12, 1e-9, 1e-6, 1e-3, 1, 1e3, 1e6, 1e9, 1e12];

  it.each(SIZES)('underlying of %d, strikes around it: within the bar', (underlying) => {
    for (const underlier of UNDERLIERS) {
      for (const type of TYPES) {
        for (const ratio of [0.5, 0.999, 1, 1.001, 2]) {
          for (const [rate, dividend] of [
            [0, 0],
            [-0.03, 0.02],
            [0.02, -0.03],
            [-0.5, -0.4],
          ] as const) {
            const row: Row = {
              type,
              underlier,
              underlying,
              strike: underlying * ratio,
              years: 0.7,
              volatility: 0.6,
              rate,
              dividend,
            };
            const found = evaluate(row);
            const exact = valueInDoubleDouble(row);
            for (const name of SENSITIVITIES) {
              const units = unitsOf(found[name], exact.sensitivity[name], exact.D);
              expect(units, `${name} of ${JSON.stringify(row)}`).toBeLessThanOrEqual(unitsAllowed(name));
            }
          }
        }
      }
    }
  });

  it('every pair of underlying and strike gives finite numbers within the no-arbitrage bounds', () => {
    const forward = Float64Array.from(SIZES.flatMap((size) => SIZES.map(() => size)));
    const strike = Float64Array.from(SIZES.flatMap(() => SIZES));
    for (const type of TYPES) {
      const columns = core.evaluate({ type, forward, strike, years: 1, volatility: 0.8 }, 3);
      for (const name of SENSITIVITIES) expect(columns[name].every(Number.isFinite), name).toBe(true);
      columns.price.forEach((price, index) => {
        const [F, K] = [forward[index], strike[index]];
        expect(price).toBeGreaterThanOrEqual(Math.max(type === 'call' ? F - K : K - F, 0) * (1 - 1e-15));
        expect(price).toBeLessThanOrEqual(type === 'call' ? F : K);
      });
    }
  });
});

/** Each way a row can be bad, as changes of one cell of the columns. */
const BAD_CELLS: [column: string, value: number][] = [
  ...['underlying', 'strike', 'years', 'volatility', 'rate', 'dividend'].flatMap((column) =>
    [NaN, Infinity, -Infinity].map((value): [string, number] => [column, value]),
  ),
  ['underlying', 0],
  ['underlying', -1],
  ['strike', 0],
  ['strike', -1],
  ['years', -1e-9],
  ['volatility', -1e-9],
  ['type', 0],
  ['type', 2],
];

describe.each(UNDERLIERS)('bad input on %s rows', (underlier) => {
  const COUNT = 5;
  const good = () => ({
    type: Int8Array.of(1, -1, 1, -1, 1),
    underlying: Float64Array.of(100, 101, 102, 103, 104),
    strike: Float64Array.of(110, 95, 102, 90, 130),
    years: Float64Array.of(0.5, 0.25, 1, 2, 0.01),
    volatility: Float64Array.of(0.4, 0.5, 0.6, 0.7, 0.8),
    rate: Float64Array.of(0.01, 0.02, -0.01, 0, 0.05),
    dividend: Float64Array.of(0, 0.01, 0.02, 0.03, -0.01),
  });
  type Cells = ReturnType<typeof good>;
  const evaluateCells = ({ underlying, dividend, ...shared }: Cells): Columns<3> =>
    core.evaluate(
      underlier === 'spot' ? { ...shared, spot: underlying, dividend } : { ...shared, forward: underlying },
      3,
    );
  const clean = evaluateCells(good());
  const cells = BAD_CELLS.filter(([column]) => underlier === 'spot' || column !== 'dividend');

  function expectOneNaNRow(found: Columns<3>, bad: number): void {
    for (const name of SENSITIVITIES) {
      for (let row = 0; row < COUNT; row++) {
        if (row === bad) expect(found[name][row], `${name} of the bad row`).toBeNaN();
        else expect(found[name][row], `${name} of row ${row} beside row ${bad}`).toBe(clean[name][row]);
      }
    }
  }

  it.each(cells)('%s = %d makes its row NaN and leaves the others their bits', (column, value) => {
    const batch = core.batch(COUNT, { order: 3, underlier });
    for (let bad = 0; bad < COUNT; bad++) {
      const changed = good();
      changed[column as keyof Cells][bad] = value;
      expectOneNaNRow(evaluateCells(changed), bad);

      batch.type.set(changed.type);
      batch.strike.set(changed.strike);
      batch.years.set(changed.years);
      batch.volatility.set(changed.volatility);
      batch.rate.set(changed.rate);
      if (underlier === 'spot') {
        batch.spot.set(changed.underlying);
        batch.dividend.set(changed.dividend);
      } else {
        batch.forward.set(changed.underlying);
      }
      batch.evaluate();
      expectOneNaNRow(batch.result, bad);
    }
    batch.dispose();
  });

  it('an unknown name of a type is a NaN row', () => {
    const { type: codes, underlying, dividend, ...shared } = good();
    const names = Array.from(codes, (code) => (code === 1 ? 'call' : 'put'));
    const input = underlier === 'spot' ? { spot: underlying, dividend } : { forward: underlying };
    for (let bad = 0; bad < COUNT; bad++) {
      const type = [...names];
      type[bad] = 'straddle' as 'call';
      expectOneNaNRow(core.evaluate({ ...shared, ...input, type }, 3), bad);
    }
  });

  it('a bad row in inverse settlement is NaN too', () => {
    const { underlying, dividend, ...shared } = good();
    underlying[2] = 0;
    const input = underlier === 'spot' ? { spot: underlying, dividend } : { forward: underlying };
    const found = core.evaluate({ ...shared, ...input, settlement: 'inverse' }, 3);
    for (const name of SENSITIVITIES) {
      expect(Array.from(found[name], Number.isNaN)).toEqual([false, false, true, false, false]);
    }
  });
});

describe('a bad volatility in a chain', () => {
  it.each([NaN, -0.1, Infinity])('%d makes its strike NaN alone, and heals', (bad) => {
    const strike = [90, 95, 100, 105, 110];
    const volatility = [0.5, 0.45, 0.4, 0.42, 0.44];
    const chain = core.chain([{ years: 0.25, forward: 100, settlement: 'inverse', strike, volatility }], 3);
    const sides = (): Columns<3>[] => [chain.call, chain.put, chain.coin.call, chain.coin.put];
    const clean = sides().map((side) => SENSITIVITIES.map((name) => side[name].slice()));
    for (let row = 0; row < strike.length; row++) {
      chain.volatility[row] = bad;
      chain.tick();
      sides().forEach((side, index) => {
        SENSITIVITIES.forEach((name, column) => {
          const expected = clean[index][column].slice();
          expected[row] = NaN;
          expect(side[name], name).toEqual(expected);
        });
      });
      chain.volatility[row] = volatility[row]!;
    }
    chain.tick();
    sides().forEach((side, index) => {
      SENSITIVITIES.forEach((name, column) => {
        expect(side[name]).toEqual(clean[index][column]);
      });
    });
    chain.dispose();
  });
});
