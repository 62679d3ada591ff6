import { create, type ExpirySpec, type Position } from 'greekfire';
import { describe, expect, it } from 'vitest';
import { positionsOf, specsOf } from '../book/cases.js';
import { profitOf, type Scenario } from './reference.js';

const core = await create();
const specs = specsOf(1);
const chain = core.chain(specs);
const positions = positionsOf(specs, 60, 2);
const book = core.book(chain, positions);
const single = specs.map((spec): ExpirySpec => ({ ...spec, underlying: 'BTC' }));
const singlePositions = positions.map((position): Position =>
  'underlying' in position ? { ...position, underlying: 'BTC' } : position,
);

const SPOT = [-0.95, -0.4, -0.1, -0.01, 0, 0.01, 0.1, 0.5, 3];
const VOLATILITY = [-0.4, -0.05, 0, 0.05, 0.6];
// 0.4 years are past some of the expiries, 1e-9 years within a second
const TIME = [0, 1e-9, 7 / 365, 0.4];

function expectProfits(
  scan: ReturnType<typeof book.scan>,
  held: readonly Position[],
  on: readonly ExpirySpec[],
  rest: Omit<Scenario, 'spot'> = {},
  currency: 'quote' | 'coin' = 'quote',
): void {
  const profitByPosition = scan.profitByPosition().slice();
  // copies: `evaluate` may grow memory
  const [profit, spot, volatility, time] = [scan.profit, scan.spot, scan.volatility, scan.time].map((c) =>
    c.slice(),
  );
  expect(profitByPosition.length).toBe(scan.length * held.length);
  let sizes = 0;
  profit.forEach((found, s) => {
    let sum = 0;
    let bars = 0;
    held.forEach((position, p) => {
      const scenario = { ...rest, spot: spot[s], volatility: volatility[s], time: time[s] };
      const { value, bar } = profitOf(core, on, position, scenario, currency);
      const off = Math.abs(profitByPosition[s * held.length + p] - value);
      expect(off, `scenario ${s}, position ${p}: ${value}`).toBeLessThanOrEqual(bar);
      sum += value;
      bars += bar;
      sizes += Math.abs(value);
    });
    expect(Math.abs(found - sum), `scenario ${s}`).toBeLessThanOrEqual(held.length * bars);
  });
  expect(sizes).toBeGreaterThan(0);
}

describe('a scan against evaluate, on every node', () => {
  it('of a grid of spot, volatility and time', () => {
    using scan = book.scan({ spot: SPOT, volatility: VOLATILITY, time: TIME });
    expect(scan.length).toBe(SPOT.length * VOLATILITY.length * TIME.length);
    expect(scan.shape).toEqual({ spot: SPOT.length, volatility: VOLATILITY.length, time: TIME.length });
    const s = scan.index(2, 3, 1);
    expect([scan.spot[s], scan.volatility[s], scan.time[s]]).toEqual([SPOT[2], VOLATILITY[3], TIME[1]]);
    expectProfits(scan, positions, specs);
  });

  it('of a list', () => {
    const scenarios = {
      spot: [0.1, -0.2, -0.2, 0.3],
      volatility: [0, 0.1, 0.1, -2],
      time: [0, 0, 0.01, 0.01],
    };
    using scan = book.scan({ scenarios });
    expect([...scan.time]).toEqual(scenarios.time);
    expectProfits(scan, positions, specs);
  });

  it('with relative moves', () => {
    using scan = book.scan({ spot: [-0.2, 0.1], volatility: [-1.5, -0.3, 0.5], volatilityMove: 'relative' });
    expectProfits(scan, positions, specs, { moved: (volatility, move) => volatility * (1 + move) });
  });

  it('with betas', () => {
    const beta = { ETH: 1.5 };
    using scan = book.scan({ spot: [-0.6, 0.1, 1], volatility: [0, 0.1], beta });
    expectProfits(scan, positions, specs, { beta });
  });

  it('in coin', () => {
    using other = core.chain(single);
    using singleBook = core.book(other, singlePositions);
    using scan = singleBook.scan({ spot: SPOT, volatility: VOLATILITY, time: TIME, currency: 'coin' });
    expectProfits(scan, singlePositions, single, {}, 'coin');
  });

  it('of one underlying', () => {
    const request = { spot: SPOT, volatility: VOLATILITY };
    const isBtc = (p: Position): boolean =>
      p.kind === 'perpetual' || p.kind === 'spot'
        ? p.underlying === 'BTC'
        : specs[p.expiry].underlying === 'BTC';
    using bitcoins = core.book(chain, positions.filter(isBtc));
    using alone = bitcoins.scan(request);
    using among = book.scan({ ...request, underlying: 'BTC' });
    expect([...among.profit]).toEqual([...alone.profit]);
    const profits = among.profitByPosition();
    positions.forEach((position, p) => {
      expect(profits[p] === 0).toBe(!isBtc(position));
    });
  });
});
