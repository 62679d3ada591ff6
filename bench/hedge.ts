/** Hedges per second: cold, warm and many at once, beside npm `quadprog` and HiGHS; and from a tick to its hedge. */
import { createSync, type Core, type Hedger, type Position } from 'greekfire';
import { seededRandom } from '../example/random.js';
import { type DeskChoices, type DeskProblem, deskProblem, fieldsOf, opened } from '../test/hedge/desk.js';
import { demandAgreement } from './harness/agreement.js';
import {
  digits,
  headline,
  timingTable,
  whole,
  type Findings,
  type Suite,
  type Table,
} from './harness/findings.js';
import { compare, ratio, type Case, type Effort, type Timing } from './harness/measure.js';
import { highsSolver, loadHighs, quadprogSolver } from './peers/hedge.js';
import { listResult, priceForwards } from './peers/javascript.js';
import { OPTIONS, seededGrid, seededTicks, shuffledList } from './workload.js';

/** The desk of the issue: nine exposures, half-spreads, depth, a little impact. */
function desk(instruments: number, choices: Omit<DeskChoices, 'instruments'> = {}): DeskProblem {
  const problem = deskProblem(1, { instruments, ...choices });
  // fewer may not reach every band
  return instruments < 100 ? opened(problem) : problem;
}

/** Exposures a step of `size` around the problem's, in turn. */
function movedExposures({ exposure }: DeskProblem, size: number): () => Float64Array {
  const random = seededRandom(2);
  const moves = Array.from({ length: 64 }, () => exposure.map((e) => e * (1 + random.uniform(-size, size))));
  let turn = 0;
  return () => moves[(turn = (turn + 1) % moves.length)];
}

function hedgerOf(core: Core, problem: DeskProblem): Hedger {
  const hedger = core.hedger(problem.shape);
  hedger.update(fieldsOf(problem));
  demandOptimal(hedger);
  return hedger;
}

function demandOptimal(hedger: Hedger): void {
  const { status, gap } = hedger.solve({ warmStart: false });
  if (status !== 'optimal') throw new Error(`a hedge ended ${status}, gap ${gap}`);
}

const MOVE = 0.001;
const MANY = 64;

/** Cold, warm and many at once, of one problem. */
function casesOf(core: Core, problem: DeskProblem, name: string): Case[] {
  const { exposures: m } = problem.shape;
  const cold = hedgerOf(core, problem);
  const warm = hedgerOf(core, problem);
  const many = hedgerOf(core, problem);
  const next = movedExposures(problem, MOVE);
  const problems = new Float64Array(MANY * m);
  for (let p = 0; p < MANY; p++) problems.set(next(), p * m);
  return [
    {
      name: `${name}, cold`,
      items: 1,
      run: () => {
        cold.solve({ warmStart: false });
      },
    },
    {
      name: `${name}, warm`,
      items: 1,
      run: () => {
        warm.update({ exposure: next() });
        warm.solve();
      },
    },
    {
      name: `${name}, many`,
      items: MANY,
      run: () => {
        many.solveMany({ count: MANY, exposure: problems });
      },
    },
  ];
}

const SIZES = [20, 50, 100, 200, 1000];

function throughput(core: Core, effort: Effort): { table: Table; timings: Timing[] } {
  const timings = compare(
    SIZES.flatMap((instruments) => casesOf(core, desk(instruments), `${instruments} instruments`)),
    effort,
  );
  return {
    timings,
    table: timingTable('Solves, 9 exposures, to a proved gap of 1e-9', timings, {
      unit: 'solve',
      note:
        `Seeded desk problems with soft targets. Warm: after exposures moved by up to ${100 * MOVE} %, the update ` +
        `included. Many: ${MANY} such problems in one call of solveMany.`,
    }),
  };
}

const KINDS: readonly [string, Omit<DeskChoices, 'instruments'>][] = [
  ['soft targets', {}],
  ['soft targets and bands', { bands: true }],
  ['five levels of depth', { levels: 5 }],
  ['bands, depth and carry', { bands: true, levels: 5, carry: 0.3 }],
  ['only bands, no impact (linear program)', { soft: false, bands: true, impact: 0 }],
  ['20 exposures, bands', { exposures: 20, bands: true }],
];

function kinds(core: Core, effort: Effort): { table: Table; timings: Timing[] } {
  const cases = KINDS.flatMap(([name, choices]) => casesOf(core, desk(100, choices), name).slice(0, 2));
  const pricing = shuffledList(seededGrid(16, OPTIONS / 32)).forwards;
  const result = listResult(OPTIONS);
  const timings = compare(
    [
      ...cases,
      {
        name: UNIT,
        items: 1,
        run: () => {
          priceForwards(pricing, result, OPTIONS);
        },
      },
    ],
    effort,
  );
  return {
    timings,
    table: timingTable('Kinds of problems, 100 instruments', timings, {
      unit: 'solve',
      base: UNIT,
      note: 'Beside one pass of hand-tuned JavaScript that prices 4,096 options with five Greeks.',
    }),
  };
}

const UNIT = 'JavaScript prices 4,096 options';

/** What each phase buys: steps and time of the pure projected gradient, and of Newton on the face. */
function phases(core: Core, effort: Effort): Table {
  const rows = [20, 100].flatMap((instruments) =>
    KINDS.slice(0, 5).map(([name, choices]) => {
      const hedger = hedgerOf(core, desk(instruments, choices));
      const { newtonSteps, centreSteps } = hedger.solve({ warmStart: false });
      const { gradientSteps, status } = hedger.solve({ warmStart: false, method: 'gradient' });
      const [fast, slow] = compare(
        [
          {
            name: 'newton',
            items: 1,
            run: () => {
              hedger.solve({ warmStart: false });
            },
          },
          {
            name: 'gradient',
            items: 1,
            run: () => {
              hedger.solve({ warmStart: false, method: 'gradient' });
            },
          },
        ],
        { ...effort, rounds: Math.min(effort.rounds, 3) },
      );
      return [
        `${instruments} instruments, ${name}`,
        `${newtonSteps} + ${centreSteps}`,
        digits(fast.median / 1000),
        `${whole(gradientSteps)}${status === 'optimal' ? '' : ` (${status})`}`,
        digits(slow.median / 1000),
        `${whole(ratio(slow, fast).median)} x`,
      ];
    }),
  );
  return {
    title: 'What Newton on the face buys',
    note: 'Both from scratch to a gap of 1e-9; the gradient is accelerated, restarted and preconditioned.',
    head: ['', 'Newton + centre steps', 'us', 'gradient steps', 'us', 'speed'],
    rows,
  };
}

/** Beyond these a peer takes too long for a round. */
const MOST_QUADPROG = 50;
const MOST_HIGHS = 200;
/** quadprog needs strictly convex problems; the same are given to all. */
const STRICT = { impact: 0.01 };

async function peers(
  core: Core,
  effort: Effort,
): Promise<{ tables: Table[]; timings: Map<number, Timing[]> }> {
  const highs = await loadHighs();
  const timings = new Map<number, Timing[]>();
  const tables = [20, 50, 100, 200].map((instruments) => {
    const problem = desk(instruments, STRICT);
    const hedger = hedgerOf(core, problem);
    const { objective } = hedger.solve();
    const cases: Case[] = [
      {
        name: OURS,
        items: 1,
        run: () => {
          hedger.update(fieldsOf(problem));
          hedger.solve({ warmStart: false });
        },
      },
    ];
    const add = (name: string, solve: () => { objective: number } | undefined, tolerance: number): void => {
      demandAgreement(name, [solve()?.objective ?? NaN], [objective], tolerance, Math.abs(objective));
      cases.push({
        name,
        items: 1,
        run: () => {
          solve();
        },
      });
    };
    if (instruments <= MOST_QUADPROG) add(QUADPROG, quadprogSolver(problem), 1e-6);
    if (instruments <= MOST_HIGHS) add(HIGHS, highsSolver(highs, problem), 1e-4);
    const compared = compare(cases, { ...effort, rounds: Math.min(effort.rounds, 5) });
    timings.set(instruments, compared);
    return timingTable(`Cold, the whole problem given anew, ${instruments} instruments`, compared, {
      unit: 'solve',
      base: OURS,
      as: 'cost',
    });
  });
  return { tables, timings };
}

const OURS = 'greekfire';
const QUADPROG = 'npm quadprog';
const HIGHS = 'HiGHS in WebAssembly';

const INSTRUMENTS = 100;
const ROWS = 9;

/** Forward moves, the chain is marked, sensitivities and exposures are read off the book, and a warm hedge is found. */
function tickToHedge(core: Core, effort: Effort): { table: Table; timings: Timing[] } {
  const grid = seededGrid(10, 50);
  const chain = core.chain(grid, 2);
  const random = seededRandom(5);
  const draw = (): Position => {
    const expiry = random.whole(0, grid.length - 1);
    const { strike } = grid[expiry];
    const type = random.whole(0, 1) === 0 ? 'call' : 'put';
    return { expiry, strike: strike[random.whole(0, strike.length - 1)], type, quantity: 1 };
  };
  const held = Array.from({ length: 200 }, (): Position => ({
    ...draw(),
    quantity: random.uniform(-20, 20),
  }));
  const instruments = [{ kind: 'future', expiry: 0, quantity: 1 } as Position].concat(
    Array.from({ length: INSTRUMENTS - 1 }, draw),
  );
  const ticks = seededTicks(grid);
  chain.tick(ticks[0]);
  const book = core.book(chain, held);
  const hedger = core.hedger({ instruments: INSTRUMENTS, exposures: ROWS });
  const size = new Float64Array(INSTRUMENTS);
  const buckets = [0, 3, 6, 9].map((expiry) => ({ sensitivity: 'vega' as const, expiry }));
  hedger.bind({
    book,
    instruments,
    rows: [
      { sensitivity: 'delta' },
      { sensitivity: 'gamma' },
      ...buckets,
      { sensitivity: 'vanna' },
      { sensitivity: 'volga' },
      { sensitivity: 'theta' },
    ],
  });
  hedger.update({
    sellLimit: size.map(() => random.uniform(5, 30)),
    buyLimit: size.map(() => random.uniform(5, 30)),
    halfSpread: size.map(() => random.uniform(10, 60)),
    weight: [300, 3e10, 3e-5, 3e-5, 3e-5, 3e-5, 1e-4, 1e-5, 1e-7],
  });
  demandOptimal(hedger);
  let turn = 0;
  const next = (): Float64Array => ticks[(turn = (turn + 1) % ticks.length)];
  const steps = (name: string, work: () => void): Case => ({ name, items: 1, run: work });
  const timings = compare(
    [
      steps('tick', () => {
        chain.tick(next());
      }),
      steps('tick, then sensitivities and exposures', () => {
        chain.tick(next());
        hedger.refresh();
      }),
      steps(TICK_TO_HEDGE, () => {
        chain.tick(next());
        hedger.refresh();
        hedger.solve();
      }),
    ],
    effort,
  );
  return {
    timings,
    table: timingTable('From a tick to its hedge', timings, {
      unit: 'tick',
      note: `1,000 options on 10 expiries, a book of ${held.length}, ${INSTRUMENTS} instruments, ${ROWS} exposures.`,
    }),
  };
}

const TICK_TO_HEDGE = 'tick, then a warm hedge';

async function run(effort: Effort): Promise<Findings> {
  const core = createSync();
  const solves = throughput(core, effort);
  const kind = kinds(core, effort);
  const rivals = await peers(core, effort);
  const tick = tickToHedge(core, effort);
  const perSecond = solves.timings.map(({ name, median }) => [name, whole(1e9 / median)]);
  const fifty = rivals.timings.get(50)!;
  const hundred = rivals.timings.get(100)!;
  return {
    tables: [
      solves.table,
      { title: 'Solves per second', head: ['', 'solves/s'], rows: perSecond },
      kind.table,
      phases(core, effort),
      ...rivals.tables,
      tick.table,
    ],
    headlines: [
      headline('cold hedge, 50 instruments, against npm quadprog', fifty, QUADPROG, OURS),
      headline('cold hedge, 100 instruments, against HiGHS in WebAssembly', hundred, HIGHS, OURS),
      headline(
        'one JavaScript pricing pass over 4,096 options against a cold hedge',
        kind.timings,
        UNIT,
        'soft targets, cold',
      ),
      headline(
        'one JavaScript pricing pass over 4,096 options against a warm hedge',
        kind.timings,
        UNIT,
        'soft targets, warm',
      ),
    ],
    skipped: [`npm quadprog beyond ${MOST_QUADPROG} instruments: it takes half a second for 100`],
  };
}

export const hedge: Suite = { name: 'hedge', title: 'Hedges', run };
