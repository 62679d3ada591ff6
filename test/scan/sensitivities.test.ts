import { PRICE_GAPS, priceGaps, type Sensitivity } from 'greekfire';
import { create } from 'greekfire/full';
import { describe, expect, it } from 'vitest';
import { positionsOf, specsOf } from '../book/cases.js';

const core = await create();
const specs = specsOf(8);
const positions = positionsOf(specs, 40, 9);
const chain = core.chain(specs, 3);
const book = core.book(chain, positions);

describe('sensitivities in scenarios', () => {
  it.each(['quote', 'coin'] as const)('are those of the book after such a tick, in %s', (currency) => {
    const request = { spot: [-0.3, 0, 0.2], volatility: [-0.1, 0.2], time: [0, 0.1] };
    using scan = book.scan({ ...request, underlying: 'BTC', currency, sensitivities: true });
    const found = scan.sensitivities!;
    expect(Object.keys(found)).toHaveLength(12);
    for (let s = 0; s < scan.length; s++) {
      using other = core.chain(specs, 3);
      using moved = core.book(other, positions);
      other.advance(scan.time[s]);
      other.volatility.set(other.volatility.map((v) => Math.max(0, v + scan.volatility[s])));
      other.tick(other.forward.map((forward) => forward * (1 + scan.spot[s])));
      const wanted = moved.exposure({ underlying: 'BTC', currency });
      for (const [name, value] of Object.entries(wanted)) {
        const error = Math.abs(found[name as Sensitivity][s] - value);
        expect(error, `${name} in scenario ${s}`).toBeLessThanOrEqual(1e-10 * (Math.abs(value) + 1));
      }
    }
  });

  it('are the marks of the last tick, whatever was given since', () => {
    using other = core.chain(specs, 3);
    using held = core.book(other, positions);
    const wanted = held.exposure({ underlying: 'ETH' });
    other.volatility.fill(5);
    other.advance(0.01);
    using scan = held.scan({ spot: [0], underlying: 'ETH', sensitivities: true });
    for (const [name, value] of Object.entries(wanted)) {
      expect(scan.sensitivities![name as Sensitivity][0], name).toBe(value);
    }
    expect(scan.taylor![0]).toBe(0);
  });

  it('follow a book that has grown since, and leave what lies beside them alone', () => {
    using other = core.chain(specs, 3);
    using held = core.book(other, positions.slice(0, 5));
    const request = {
      spot: [-0.2, 0.1],
      volatility: [0, 0.1],
      underlying: 'BTC',
      sensitivities: true,
    } as const;
    using scan = held.scan(request);
    // takes the memory after the scan
    using neighbour = core.chain(specs, 3);
    const marks = Object.entries<Float64Array>(neighbour.call).map(([name, column]) => [name, [...column]]);
    for (let i = 0; i < 500; i++) held.add(positions[i % positions.length]);
    scan.run();
    using fresh = held.scan(request);
    expect(Object.entries(scan.sensitivities!).map(([name, column]) => [name, [...column]])).toEqual(
      Object.entries(fresh.sensitivities!).map(([name, column]) => [name, [...column]]),
    );
    expect([...scan.taylor!]).toEqual([...fresh.taylor!]);
    expect([...scan.profit]).toEqual([...fresh.profit]);
    expect(Object.entries<Float64Array>(neighbour.call).map(([name, column]) => [name, [...column]])).toEqual(
      marks,
    );
  });

  it('are not found unless asked for, and not added over underlyings', () => {
    using scan = book.scan({ spot: [0.1] });
    expect(scan.sensitivities).toBeUndefined();
    expect(scan.taylor).toBeUndefined();
    expect(() => book.scan({ spot: [0.1], sensitivities: true })).toThrow(/their deltas do not add/);
  });
});

describe("Taylor's profits", () => {
  it('come as near as their order says, and miss large moves', () => {
    const step = 1e-3;
    using scan = book.scan({ spot: [step, step / 2, -0.6], underlying: 'BTC', sensitivities: true });
    const errors = scan.profit.map((profit, s) => Math.abs(profit - scan.taylor![s]));
    // third order: half the step, an eighth of the error
    expect(errors[1] / errors[0]).toBeGreaterThan(0.11);
    expect(errors[1] / errors[0]).toBeLessThan(0.14);
    expect(errors[2]).toBeGreaterThan(0.01 * Math.abs(scan.profit[2]));
  });

  it('are what the book explains after such a tick', () => {
    using other = core.chain(specs, 3);
    using held = core.book(other, positions);
    using before = held.snapshot();
    using scan = held.scan({ spot: [0.05], volatility: [0.02], underlying: 'BTC', sensitivities: true });
    const btc = other.expiries.map(({ underlying }) => underlying === 'BTC');
    other.expiries.forEach((_, e) => {
      if (!btc[e]) return;
      const rows = other.volatility.subarray(other.offset[e], other.offset[e + 1]);
      rows.set(rows.map((volatility) => volatility + 0.02));
    });
    other.tick(other.forward.map((forward, e) => (btc[e] ? forward * 1.05 : forward)));
    const { total, rest } = held.explain(before);
    expect(scan.profit[0]).toBeCloseTo(total, 8);
    expect(scan.taylor![0]).toBeCloseTo(total - rest, 8);
  });
});

describe('price gaps', () => {
  it('are jumps with the volatility that comes with them', () => {
    const { spot, volatility } = priceGaps([-0.5, 0.5, 2], { fall: 1.2, rise: 0.4 });
    expect([...spot]).toEqual([-0.5, 0.5, 2]);
    expect([...volatility]).toEqual([0.6, 0.2, 0.8]);
    const gaps = priceGaps();
    expect([...gaps.spot]).toEqual(PRICE_GAPS);
    using scan = book.scan({ scenarios: gaps, volatilityMove: 'relative' });
    expect(scan.length).toBe(PRICE_GAPS.length);
    expect(() => priceGaps([0, NaN])).toThrow(/spot\[1\] must be finite, got NaN/);
    expect(() => priceGaps([0.1], { fall: Infinity })).toThrow(/reaction\.fall/);
  });
});
