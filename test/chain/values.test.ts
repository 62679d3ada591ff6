import { create, type ExpirySpec } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { EPSILON, SENSITIVITIES, valueInDoubleDouble, type Row } from '../oracle/greeks.js';
import { drawFrom } from '../oracle/regimes.js';
import { copyOf, evaluateExpiry, namesOf } from './reference.js';

const core = await create();
const TYPES = ['call', 'put'] as const;
const SETTLEMENTS = ['linear', 'inverse'] as const;

function expiriesOf(counts: readonly number[], seed = 1): ExpirySpec[] {
  const draw = drawFrom(seed);
  return counts.map((count, e) => ({
    underlying: e % 2 === 0 ? 'A' : 'B',
    years: draw.between(0.02, 2),
    forward: draw.between(90, 110),
    rate: draw.between(-0.05, 0.1),
    settlement: SETTLEMENTS[e % 2],
    strike: Float64Array.from({ length: count }, () => draw.between(60, 160)).sort(),
    volatility: Float64Array.from({ length: count }, () => draw.between(0.2, 1.5)),
  }));
}

/**
 * How far chain and evaluate are apart, at most, in units of eps (1 + D^2) terms. Each may be 4 from the truth, 5 at
 * third order: they round differently, since a chain shares what it can.
 */
function worstOf(specs: ExpirySpec[]): { units: number; cells: number } {
  let units = 0;
  let cells = 0;
  const chain = core.chain(specs, 3);
  for (const settlement of SETTLEMENTS) {
    for (const type of TYPES) {
      const columns = settlement === 'linear' ? chain[type] : chain.coin[type];
      specs.forEach((spec, e) => {
        const evaluated = evaluateExpiry(core, spec, type, settlement);
        Array.from(spec.strike).forEach((strike, k) => {
          const { years, forward, rate = 0 } = spec;
          const row: Row = {
            type,
            underlier: 'forward',
            underlying: forward,
            strike,
            years,
            volatility: spec.volatility[k],
            rate,
            dividend: 0,
          };
          const { sensitivity, D } = valueInDoubleDouble(row, { settlement });
          for (const name of SENSITIVITIES) {
            const apart = Math.abs(columns[name][chain.offset[e] + k] - evaluated[name][k]);
            const unit = EPSILON * (1 + D * D) * sensitivity[name].terms;
            const here = apart === 0 ? 0 : apart / unit;
            units = Math.max(units, Number.isNaN(here) ? Infinity : here);
            cells++;
          }
        });
      });
    }
  }
  chain.dispose();
  return { units, cells };
}

describe('a chain, in quote currency and in coin, is what evaluate says of its rows', () => {
  it.each([
    ['one strike', [1]],
    ['one strike an expiry', [1, 1, 1, 1]],
    ['an odd count', [7]],
    ['odd counts side by side', [3, 5, 1, 7, 9]],
    ['even counts', [2, 4, 8]],
    ['an empty expiry first', [0, 3]],
    ['an empty expiry between', [3, 0, 0, 4]],
    ['an empty expiry last', [5, 0]],
    ['one block and a row', [129]],
    ['blocks that end within an expiry', [127, 128, 130, 257]],
    ['1,201 rows', [401, 1, 500, 299]],
  ])('%s', (_, counts) => {
    const { units, cells } = worstOf(expiriesOf(counts));
    expect(cells).toBe(counts.reduce((sum, count) => sum + count, 0) * 4 * SENSITIVITIES.length);
    expect(units).toBeLessThanOrEqual(8);
  });

  it('with no strikes at all there are no rows', () => {
    const chain = core.chain([{ years: 1, forward: 100, strike: [], volatility: [] }]);
    chain.tick(110);
    expect([chain.length, chain.call.price.length, chain.coin.put.price.length]).toEqual([0, 0, 0]);
    expect([...chain.offset]).toEqual([0, 0]);
    expect(chain.index(0, 100)).toBe(-1);
  });
});

describe('rows', () => {
  it('of an expiry are the same bits whatever its neighbours are', () => {
    const specs = expiriesOf([3, 130, 1, 6]);
    const together = core.chain(specs, 3);
    specs.forEach((spec, e) => {
      const alone = core.chain([spec], 3);
      const rows = [together.offset[e], together.offset[e + 1]] as const;
      for (const type of TYPES) {
        for (const name of SENSITIVITIES) {
          expect(together[type][name].slice(...rows), name).toEqual(alone[type][name].slice());
          expect(together.coin[type][name].slice(...rows), name).toEqual(alone.coin[type][name].slice());
        }
      }
    });
  });

  it.each([
    ['NaN', NaN],
    ['negative', -0.5],
    ['infinite', Infinity],
  ])('with a %s volatility are NaN, in quote currency and coin, and no other', (_, volatility) => {
    const [spec] = expiriesOf([9]);
    const good = core.chain([spec], 3);
    for (let bad = 0; bad < 9; bad++) {
      const chain = core.chain([spec], 3);
      chain.volatility[bad] = volatility;
      chain.tick();
      for (const group of ['call', 'put'] as const) {
        for (const [columns, wanted] of [
          [chain[group], good[group]],
          [chain.coin[group], good.coin[group]],
        ]) {
          for (const name of SENSITIVITIES) {
            const expected = wanted[name].slice();
            expected[bad] = NaN;
            expect(columns[name].slice(), name).toEqual(expected);
          }
        }
      }
      chain.dispose();
    }
  });

  it.each([
    ['expired', { years: 0 }],
    ['without volatility', { volatility: [0, 0, 0, 0] }],
  ])('%s are the limits that evaluate gives', (_, still) => {
    const spec = {
      years: 0.5,
      forward: 100,
      rate: 0.05,
      strike: [80, 100, 110, 120],
      volatility: [0.5, 0.5, 0.5, 0.5],
    };
    const chain = core.chain([{ ...spec, ...still }], 3);
    for (const type of TYPES) {
      const quote = evaluateExpiry(core, { ...spec, ...still }, type, 'linear');
      const coin = evaluateExpiry(core, { ...spec, ...still }, type, 'inverse');
      expect(copyOf(chain[type])).toEqual(copyOf(quote));
      expect(copyOf(chain.coin[type])).toEqual(copyOf(coin));
      expect(Number.isNaN(chain[type].gamma[1])).toBe(true);
    }
  });
});

describe.each([1, 2, 3] as const)('order %d', (order) => {
  const specs = expiriesOf([5, 4]);

  it('has its sensitivities and no others, with the bits of order 3', () => {
    const chain = core.chain(specs, order);
    const full = core.chain(specs, 3);
    // looked at first, so that no look grows memory under the others
    for (const { coin } of [chain, full]) expect(coin.call.price).toHaveLength(9);
    expect(chain.order).toBe(order);
    for (const type of TYPES) {
      for (const [columns, wanted] of [
        [chain[type], full[type]],
        [chain.coin[type], full.coin[type]],
      ]) {
        expect(Object.keys(columns)).toEqual(namesOf(order));
        for (const [name, column] of Object.entries(copyOf(columns))) {
          expect(column, name).toEqual(copyOf(wanted)[name]);
        }
      }
    }
  });

  it('gives calls and puts one array of what they have in common, two of what they have not', () => {
    const { call, put } = core.chain(specs, order);
    const common = ['gamma', 'vega', 'vanna', 'volga', 'speed', 'zomma', 'color'];
    const calls = call as Record<string, Float64Array>;
    const puts = put as Record<string, Float64Array>;
    for (const name of namesOf(order)) {
      expect(calls[name] === puts[name], name).toBe(common.includes(name));
    }
  });
});
