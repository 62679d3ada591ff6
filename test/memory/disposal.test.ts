import {
  DisposedError,
  type Book,
  type Chain,
  type Scan,
  type Smile,
  type SmileFollower,
  type Snapshot,
} from 'greekfire';
import { create, type MarginAccount } from 'greekfire/full';
import {
  fixedInterval,
  rebalancer,
  simulatedMarket,
  simulator,
  type Rebalancer,
  type SimulatedMarket,
  type Simulator,
} from 'greekfire/rebalance';
import { describe, expect, it } from 'vitest';

const core = await create();

const spec = { underlying: 'A', years: 0.5, forward: 100, strike: [90, 100], volatility: [0.5, 0.6] };
const position = { expiry: 0, strike: 90, type: 'call', quantity: 1 } as const;
const problem = { sensitivity: [1], exposure: [1], sellLimit: [1], buyLimit: [1] };

const makeChain = (): Chain<3> => core.chain([spec], 3);
function makeBook(chain: Chain<3>): Book<3> {
  const book = core.book(chain, [position]);
  snapshots.set(book, book.snapshot());
  return book;
}

/** Calls of every method; a method that is missing here fails the test of its class. */
type Calls<T> = Record<string, (object: T) => unknown>;

/** Facts that no memory holds, and what the package keeps to itself. */
const FACTS = ['constructor', 'dispose', 'length', 'underlyings'];
const INTERNAL = [
  'guard',
  'isOf',
  'release',
  'fill',
  'requireExpiry',
  'requireAlive',
  'requireShape',
  'requireState',
  'requireOn',
  'locate',
  'locateExposure',
  'locateUnderlying',
  'roomFor',
];

/** A use of every public member of the object's class: its getters by themselves, its methods by `calls`. */
function usesOf<T extends object>(object: T, calls: Calls<T>): [string, () => unknown][] {
  const prototype = Object.getPrototypeOf(object) as object;
  const members = Object.entries(Object.getOwnPropertyDescriptors(prototype));
  return members
    .filter(([name]) => !FACTS.includes(name) && !INTERNAL.includes(name))
    .map(([name, member]) => {
      if (member.get) return [name, () => Reflect.get(prototype, name, object) as unknown];
      expect(calls, `a call of ${name}`).toHaveProperty(name);
      return [name, () => calls[name](object)];
    });
}

const chainCalls: Calls<Chain<3>> = {
  index: (chain) => chain.index(0, 90),
  tick: (chain) => {
    chain.tick(100);
  },
  setPrices: (chain) => chain.setPrices({ call: { bid: 10, ask: 11 } }),
  setVolatility: (chain) => {
    chain.setVolatility(0, [0.5, 0.5]);
  },
  setRate: (chain) => {
    chain.setRate(0, 0.01);
  },
  setYears: (chain) => {
    chain.setYears([1]);
  },
  advance: (chain) => {
    chain.advance(0.1);
  },
};
const quotes = { years: 0.5, forward: 100, type: 'call', strike: [80, 90, 100, 110, 120] } as const;
const makeSmile = (): Smile => core.smile([{ ...quotes, bid: [21, 14, 9, 5, 3], ask: [22, 15, 10, 6, 4] }]);
const makeFollower = (smile = makeSmile(), chain = makeChain()): SmileFollower<3> => smile.follow(chain);

const smileCalls: Calls<Smile> = {
  fit: (smile) => {
    smile.fit();
  },
  volatility: (smile) => smile.volatility(0, 100),
  density: (smile) => smile.density(0, 100),
  distribution: (smile) => smile.distribution(0, 100),
  follow: (smile) => smile.follow(makeChain()),
};

/** What a follower is asked, of a book on its chain. */
function followerUses(follower: SmileFollower<3>, chain: Chain<3>): [string, () => unknown][] {
  const book = makeBook(chain);
  const uses = usesOf(follower, {
    tick: () => {
      follower.tick(100);
    },
    skewDelta: () => follower.skewDelta(book),
  });
  return [...uses, ['exposure of a book', () => book.exposure({ smile: follower })]];
}

/** A snapshot of each book, taken while it lives. */
const snapshots = new WeakMap<Book<3>, Snapshot>();

const bookCalls: Calls<Book<3>> = {
  exposure: (book) => book.exposure(),
  exposureByExpiry: (book) => book.exposureByExpiry(),
  add: (book) => book.add(position),
  setQuantity: (book) => {
    book.setQuantity(0, 2);
  },
  snapshot: (book) => book.snapshot(),
  explain: (book) => book.explain(snapshots.get(book)!),
  scan: (book) => book.scan({ spot: [0] }),
  sensitivities: (book) => book.sensitivities([position], [{ sensitivity: 'delta' }]),
};

const makeScan = (book: Book<3>): Scan<3> =>
  book.scan({ spot: [0, 0.1], volatility: [0, 0.1], sensitivities: true });
const scanCalls: Calls<Scan<3>> = {
  run: (scan) => {
    scan.run();
  },
  index: (scan) => scan.index(1),
  profitByPosition: (scan) => scan.profitByPosition(),
  worst: (scan) => scan.worst(),
  valueAtRisk: (scan) => scan.valueAtRisk(0.9),
  expectedShortfall: (scan) => scan.expectedShortfall(0.9),
};

const makeMargin = (book: Book<3>): MarginAccount => core.margin(book, { model: 'span-16', cash: 1 });
const ladder = { bidSize: [1], bidCost: [1], askSize: [1], askCost: [1] };
const marginCalls: Calls<MarginAccount> = {
  setCollateral: (account) => {
    account.setCollateral({ cash: 2 });
  },
  scenarios: (account) => account.scenarios(),
  profits: (account) => account.profits(),
  figures: (account) => account.figures(),
  liquidation: (account) => account.liquidation({ down: -0.02, up: 0.02, shift: 0.02 }),
  efficiency: (account) => account.efficiency(),
  unwind: (account) => account.unwind({ depth: ladder }),
  hedge: (account) =>
    account.hedge({
      limit: { initial: 1e9 },
      instruments: [{ kind: 'perpetual', underlying: 'A', quantity: 1 }],
      problem: { sellLimit: [1], buyLimit: [1] },
    }),
};

const makePath = (): Simulator =>
  simulator(core, { spot: 100, model: { kind: 'brownian', volatility: 0.5 }, seed: 1 });
function pathUses(path: Simulator): [string, () => unknown][] {
  const { state } = path;
  return usesOf(path, {
    step: () => {
      path.step(0.1);
    },
    restore: () => {
      path.restore(state);
    },
  });
}

const makeMarket = (path: Simulator, chain: Chain<3>): SimulatedMarket =>
  simulatedMarket(core, { simulator: path, chain, instant: 0 });
function marketUses(market: SimulatedMarket): [string, () => unknown][] {
  const { state } = market;
  return usesOf(market, {
    next: () => {
      market.next(1);
    },
    restore: () => {
      market.restore(state);
    },
  });
}

function makeRebalancer(chain: Chain<3>, book: Book<3>): Rebalancer {
  const perpetual = { kind: 'perpetual', underlying: 'A', quantity: 1 } as const;
  const instruments = [{ name: 'perpetual', position: perpetual }];
  return rebalancer({
    core,
    chain,
    book,
    policy: fixedInterval(1),
    instruments,
    instant: 0,
    margin: 'span-16',
  });
}
function rebalancerUses(loop: Rebalancer): [string, () => unknown][] {
  const state = loop.save();
  return usesOf(loop, {
    step: () => loop.step({ instant: 1 }),
    save: () => loop.save(),
    restore: () => {
      loop.restore(state);
    },
  });
}

/** Reads of every column of a group of results. */
const readsOf = (name: string, columns: object): [string, () => unknown][] =>
  Object.keys(columns).map((column) => [`${name}.${column}`, () => columns[column as never]]);

function chainUses(chain: Chain<3>): [string, () => unknown][] {
  return [
    ...usesOf(chain, chainCalls),
    ...readsOf('call', chain.call),
    ...readsOf('put', chain.put),
    ...readsOf('coin.call', chain.coin.call),
    ...readsOf('coin.put', chain.coin.put),
    ...usesOf(chain.setPrices({}).call, {}),
    ['a book on it', () => makeBook(chain)],
  ];
}

/** Each kind of object: what is used after its end, and what ends it. */
const CASES: [string, () => { uses: [string, () => unknown][]; end: () => void; least: number }][] = [
  [
    'a batch',
    () => {
      const batch = core.batch(2, { order: 3 });
      const uses = usesOf(batch, {
        evaluate: () => {
          batch.evaluate();
        },
      }).filter(([name]) => name !== 'forward');
      return {
        uses: [...uses, ...readsOf('result', batch.result)],
        end: () => {
          batch.dispose();
        },
        least: 20,
      };
    },
  ],
  [
    'a batch on forwards',
    () => {
      const batch = core.batch(2, { underlier: 'forward' });
      return {
        uses: [['forward', () => batch.forward]],
        end: () => {
          batch.dispose();
        },
        least: 1,
      };
    },
  ],
  [
    'a chain',
    () => {
      const chain = makeChain();
      return {
        uses: chainUses(chain),
        end: () => {
          chain.dispose();
        },
        least: 60,
      };
    },
  ],
  [
    'a book',
    () => {
      const book = makeBook(makeChain());
      return {
        uses: usesOf(book, bookCalls),
        end: () => {
          book.dispose();
        },
        least: 5,
      };
    },
  ],
  [
    'a book on a disposed chain',
    () => {
      const chain = makeChain();
      return {
        uses: usesOf(makeBook(chain), bookCalls),
        end: () => {
          chain.dispose();
        },
        least: 5,
      };
    },
  ],
  [
    'a smile',
    () => {
      const smile = makeSmile();
      return {
        uses: usesOf(smile, smileCalls),
        end: () => {
          smile.dispose();
        },
        least: 10,
      };
    },
  ],
  ...(['follower', 'smile', 'chain'] as const).map((ended): (typeof CASES)[number] => [
    `a follower whose ${ended} ended`,
    () => {
      const chain = makeChain();
      const smile = makeSmile();
      const follower = makeFollower(smile, chain);
      return {
        uses: followerUses(follower, chain),
        end: () => {
          ({ follower, smile, chain })[ended].dispose();
        },
        least: 6,
      };
    },
  ]),
  [
    'a margin account',
    () => {
      const account = makeMargin(makeBook(makeChain()));
      return {
        uses: usesOf(account, marginCalls),
        end: () => {
          account.dispose();
        },
        least: 8,
      };
    },
  ],
  [
    'a scan',
    () => {
      const scan = makeScan(makeBook(makeChain()));
      return {
        uses: usesOf(scan, scanCalls),
        end: () => {
          scan.dispose();
        },
        least: 11,
      };
    },
  ],
  [
    'a margin account of a disposed book',
    () => {
      const book = makeBook(makeChain());
      return {
        uses: usesOf(makeMargin(book), marginCalls),
        end: () => {
          book.dispose();
        },
        least: 8,
      };
    },
  ],
  [
    'a scan of a disposed book',
    () => {
      const book = makeBook(makeChain());
      return {
        uses: usesOf(makeScan(book), scanCalls),
        end: () => {
          book.dispose();
        },
        least: 11,
      };
    },
  ],
  [
    'a path',
    () => {
      const path = makePath();
      return {
        uses: pathUses(path),
        end: () => {
          path.dispose();
        },
        least: 7,
      };
    },
  ],
  ...(['market', 'path', 'chain'] as const).map((ended): (typeof CASES)[number] => [
    `a simulated market whose ${ended} ended`,
    () => {
      const path = makePath();
      const chain = makeChain();
      const market = makeMarket(path, chain);
      return {
        uses: marketUses(market),
        end: () => {
          ({ market, path, chain })[ended].dispose();
        },
        least: 4,
      };
    },
  ]),
  ...(['rebalancer', 'book', 'chain'] as const).map((ended): (typeof CASES)[number] => [
    `a rebalancer whose ${ended} ended`,
    () => {
      const chain = makeChain();
      const book = makeBook(chain);
      const loop = makeRebalancer(chain, book);
      return {
        uses: rebalancerUses(loop),
        end: () => {
          ({ rebalancer: loop, book, chain })[ended].dispose();
        },
        least: 5,
      };
    },
  ]),
  [
    'a payoff',
    () => {
      const payoff = core.payoff(makeBook(makeChain()));
      return {
        uses: usesOf(payoff, {
          atExpiry: () => payoff.atExpiry(100),
          probability: () => payoff.probability(new Float64Array(0)),
          today: () => payoff.today([90, 110]),
        }),
        end: () => {
          payoff.dispose();
        },
        least: 3,
      };
    },
  ],
  [
    'a hedger, with its answers',
    () => {
      const hedger = core.hedger({ instruments: 1, exposures: 1 });
      hedger.update(problem);
      const many = hedger.solveMany({ count: 1 });
      const uses = usesOf(hedger, {
        update: () => {
          hedger.update(problem);
        },
        bind: () => {
          hedger.bind({
            book: makeBook(makeChain()),
            instruments: [position],
            rows: [{ sensitivity: 'delta' }],
          });
        },
        refresh: () => {
          hedger.refresh();
        },
        solve: () => hedger.solve(),
        solveMany: () => hedger.solveMany({ count: 1 }),
      });
      const hedge = usesOf(hedger.solve(), { read: () => undefined }).filter(([name]) => name !== 'read');
      return {
        uses: [...uses, ...hedge, ...usesOf(many, {})],
        end: () => {
          hedger.dispose();
        },
        least: 18,
      };
    },
  ],
];

describe.each(CASES)('%s', (_, make) => {
  it('answers every use before its end, and throws DisposedError after', () => {
    const { uses, end, least } = make();
    expect(uses.length).toBeGreaterThanOrEqual(least);
    for (const [name, use] of uses) expect(use, name).not.toThrow();
    end();
    for (const [name, use] of uses) expect(use, name).toThrow(DisposedError);
  });
});

describe('dispose', () => {
  const MAKERS: [string, () => Disposable & { dispose(): void }][] = [
    ['batch', () => core.batch(8)],
    ['chain', makeChain],
    ['book', () => makeBook(makeChain())],
    ['smile', makeSmile],
    ['smile follower', () => makeFollower()],
    ['margin account', () => makeMargin(makeBook(makeChain()))],
    ['scan', () => makeScan(makeBook(makeChain()))],
    ['hedger', () => core.hedger({ instruments: 1, exposures: 1 })],
  ];

  it.each(MAKERS)('of a %s gives its memory back once, however often it is called', (_, make) => {
    const object = make();
    const held = core.bytesInUse;
    object.dispose();
    const after = core.bytesInUse;
    expect(after).toBeLessThan(held);
    // its place is another's now, which a second giving back would free
    const other = make();
    const bytes = core.bytesInUse;
    object.dispose();
    object[Symbol.dispose]();
    expect(core.bytesInUse).toBe(bytes);
    other.dispose();
  });

  it.each(MAKERS)('of a %s is what Symbol.dispose does', (_, make) => {
    const object = make();
    const held = core.bytesInUse;
    object[Symbol.dispose]();
    expect(core.bytesInUse).toBeLessThan(held);
  });

  it('of a chain before its book leaves the book to be disposed of', () => {
    const before = core.bytesInUse;
    const chain = makeChain();
    const book = makeBook(chain);
    snapshots.get(book)!.dispose();
    chain.dispose();
    book.dispose();
    expect(core.bytesInUse).toBe(before);
  });

  it('of a snapshot ends its explanation, and that of its book leaves it to be disposed of', () => {
    const before = core.bytesInUse;
    const chain = makeChain();
    const book = makeBook(chain);
    const snapshot = snapshots.get(book)!;
    expect(book.explain(snapshot).total).toBe(0);
    snapshot.dispose();
    snapshot.dispose();
    expect(() => book.explain(snapshot)).toThrow(new DisposedError('the snapshot is disposed'));
    const second = book.snapshot();
    book.dispose();
    chain.dispose();
    second.dispose();
    expect(core.bytesInUse).toBe(before);
  });

  it('errors name the object', () => {
    const chain = makeChain();
    const book = makeBook(chain);
    chain.dispose();
    expect(() => book.exposure()).toThrow('the chain is disposed');
    book.dispose();
    expect(() => book.exposure()).toThrow('the book is disposed');
  });
});
