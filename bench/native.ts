/** Native code on the same list: a C kernel at three widths of lanes, and QuantLib. Skipped where they do not build. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSync, type Core } from 'greekfire';
import { filledBatch } from './columns.js';
import { demandAgreement } from './harness/agreement.js';
import {
  headline,
  timingTable,
  whole,
  type Findings,
  type Headline,
  type Suite,
} from './harness/findings.js';
import { compare, type Case, type Effort, type OutsideCase, type Timing } from './harness/measure.js';
import { listResult, priceForwards, type ListColumns, type ListResult } from './peers/javascript.js';
import { OPTIONS, seededGrid, seededTicks, shuffledList } from './workload.js';

const C_FLAGS = ['-O3', '-ffast-math', '-fopenmp-simd'];
const AVX512 = ['-mavx512f', '-mavx512dq', '-mavx512vl', '-mfma', '-mprefer-vector-width=512'];

/** A program to build and run. */
interface Program {
  readonly name: string;
  readonly source: string;
  readonly compiler: 'gcc' | 'g++';
  readonly flags: readonly string[];
  /** A flag of /proc/cpuinfo that it needs. */
  readonly needs?: string;
  /** Debian's package of what it stands on. */
  readonly from: string;
}

const programs: readonly Program[] = [
  {
    name: 'QuantLib BlackCalculator, C++',
    source: 'quantlib.cpp',
    compiler: 'g++',
    flags: ['-O3', '-march=native', '-lQuantLib'],
    from: 'libquantlib0-dev',
  },
  {
    name: 'C, 128-bit lanes',
    source: 'black.c',
    compiler: 'gcc',
    flags: [...C_FLAGS, '-msse4.1'],
    from: 'gcc',
  },
  {
    name: 'C, AVX2 and FMA',
    source: 'black.c',
    compiler: 'gcc',
    flags: [...C_FLAGS, '-mavx2', '-mfma'],
    needs: 'avx2',
    from: 'gcc',
  },
  {
    name: 'C, AVX-512',
    source: 'black.c',
    compiler: 'gcc',
    flags: [...C_FLAGS, ...AVX512],
    needs: 'avx512dq',
    from: 'gcc',
  },
];

const impliedProgram: Program = {
  name: 'QuantLib blackFormulaImpliedStdDev, C++',
  source: 'quantlib-implied.cpp',
  compiler: 'g++',
  flags: ['-O3', '-march=native', '-lQuantLib'],
  from: 'libquantlib0-dev',
};

/** The processor's features as Linux names them; none elsewhere. */
function features(): Set<string> {
  try {
    return new Set(/^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1].trim().split(' '));
  } catch {
    return new Set();
  }
}

/** Builds a program. @returns why not, where it cannot */
function built({ name, source, compiler, flags, needs, from }: Program, file: string): string | undefined {
  if (needs !== undefined && !features().has(needs)) {
    return `${name}: ${cpus()[0]?.model ?? 'this processor'} has no ${needs}`;
  }
  const path = fileURLToPath(new URL(`native/${source}`, import.meta.url));
  try {
    execFileSync(compiler, [path, '-o', file, ...flags, '-lm'], { stdio: 'pipe' });
    return undefined;
  } catch {
    return `${name}: ${compiler} did not build ${source} (it needs Debian's ${from})`;
  }
}

/** What the programs are built with, as far as it says. */
function tools(): string {
  const said = (command: string, options: string[], input = ''): string | undefined => {
    try {
      return execFileSync(command, options, { input, encoding: 'utf8', stdio: 'pipe' })
        .trim()
        .split('\n')
        .at(-1);
    } catch {
      return undefined;
    }
  };
  const gcc = said('gcc', ['-dumpfullversion']);
  const quantlib = said('g++', ['-E', '-x', 'c++', '-'], '#include <ql/version.hpp>\nQL_VERSION\n');
  return `gcc ${gcc ?? '(none)'}, QuantLib ${quantlib?.replaceAll('"', '') ?? '(none)'}`;
}

/** The input of the programs: rows, then columns, all doubles. */
function inputBytes({ type, under, strike, years, volatility, rate }: ListColumns): Float64Array {
  return Float64Array.from([strike.length, ...type, ...under, ...strike, ...years, ...volatility, ...rate]);
}

/** A program as a case, which `check` looks at the results of before it counts. */
function outsideCase(
  name: string,
  program: string,
  input: string,
  check: (results: Float64Array) => void,
): OutsideCase {
  const output = `${program}.out`;
  const measure = (slice: number): { median: number; min: number } => {
    const said = execFileSync(program, [input, output, String(slice)], { encoding: 'utf8' });
    const [median, min] = said.trim().split(' ').map(Number);
    return { median, min };
  };
  measure(1);
  const bytes = readFileSync(output);
  check(new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8));
  return { name, items: OPTIONS, measure };
}

/** Prices and Greeks are to be ours. */
function demandGreeks(name: string, values: Float64Array, expected: ListResult): void {
  const scale = { price: 6e4, delta: 1, gamma: 1e-4, vega: 6e4, theta: 6e5, rho: 6e4 };
  (['price', 'delta', 'gamma', 'vega', 'theta', 'rho'] as const).forEach((sensitivity, i) => {
    const actual = values.subarray(i * OPTIONS, (i + 1) * OPTIONS);
    demandAgreement(`${name}, ${sensitivity}`, actual, expected[sensitivity], 1e-12, scale[sensitivity]);
  });
}

/** Implied volatility beside ours, of the prices of the same list; nothing where the program does not build. */
function impliedTables(
  core: Core,
  options: ListColumns,
  input: string,
  folder: string,
  effort: Effort,
): Findings {
  const file = join(folder, 'implied');
  const reason = built(impliedProgram, file);
  if (reason !== undefined) return { tables: [], skipped: [reason] };
  const { type, under, strike, years, rate, volatility } = options;
  const terms = { type, forward: under, strike, years, rate };
  const quotes = { ...terms, price: core.evaluate({ ...terms, volatility }).price };
  const program = outsideCase(impliedProgram.name, file, input, (results) => {
    demandAgreement(impliedProgram.name, results, volatility, 1e-9);
  });
  const solved = core.impliedVolatility(quotes);
  demandAgreement(IMPLIED, solved.volatility, volatility, 1e-9);
  const timings = compare(
    [
      program,
      {
        name: IMPLIED,
        items: OPTIONS,
        run: () => {
          core.impliedVolatility(quotes);
        },
      },
    ],
    effort,
  );
  return {
    tables: [
      timingTable(`Implied volatility of the same ${whole(OPTIONS)} options`, timings, {
        unit: 'quote',
        base: impliedProgram.name,
        note: 'QuantLib to 1e-12 of the standard deviation, ours to all digits, from arrays to fresh arrays.',
      }),
    ],
    headlines: [headline(`${IMPLIED}, against QuantLib`, timings, impliedProgram.name, IMPLIED)],
  };
}

const IMPLIED = 'greekfire implied volatility';
const JAVASCRIPT = 'JavaScript, tuned';
const BATCH = 'batch on forward, order 1';
const TICK = 'chain tick, order 2';

/** The ratios that what was built allows. */
function headlines(timings: readonly Timing[]): Headline[] {
  const claims = [
    ['C, AVX-512', TICK],
    ['C, AVX2 and FMA', TICK],
    ['C, 128-bit lanes', BATCH],
    ['QuantLib BlackCalculator, C++', BATCH],
    ['QuantLib BlackCalculator, C++', TICK],
  ] as const;
  return claims
    .filter(([base]) => timings.some(({ name }) => name === base))
    .map(([base, of]) => headline(`${of}, against ${base}`, timings, base, of));
}

function run(effort: Effort): Findings {
  const core = createSync();
  const grid = seededGrid(16, OPTIONS / 32);
  const { forwards } = shuffledList(grid);
  const batch = filledBatch(core, forwards, 'forward', 1);
  batch.evaluate();
  const chain = core.chain(grid, 2);
  const ticks = seededTicks(grid);
  const javascript = listResult(OPTIONS);
  let turn = 0;

  const folder = mkdtempSync(join(tmpdir(), 'greekfire-bench-'));
  try {
    const input = join(folder, 'options');
    writeFileSync(input, inputBytes(forwards));
    const skipped: string[] = [];
    const cases: (Case | OutsideCase)[] = [];
    programs.forEach((program, i) => {
      const file = join(folder, `program${i}`);
      const reason = built(program, file);
      if (reason === undefined)
        cases.push(
          outsideCase(program.name, file, input, (values) => {
            demandGreeks(program.name, values, batch.result);
          }),
        );
      else skipped.push(reason);
    });
    const ofImplied = impliedTables(core, forwards, input, folder, effort);
    skipped.push(...(ofImplied.skipped ?? []));
    if (cases.length === 0) return { ...ofImplied, skipped };
    cases.push(
      {
        name: JAVASCRIPT,
        items: OPTIONS,
        run: () => {
          priceForwards(forwards, javascript, OPTIONS);
        },
      },
      {
        name: BATCH,
        items: OPTIONS,
        run: () => {
          batch.evaluate();
        },
      },
      {
        name: TICK,
        items: OPTIONS,
        run: () => {
          chain.tick(ticks[(turn = (turn + 1) % ticks.length)]);
        },
      },
    );
    const timings = compare(cases, effort);
    return {
      tables: [
        timingTable(`Native code on the same ${whole(OPTIONS)} options`, timings, {
          unit: 'option',
          base: JAVASCRIPT,
          note:
            'Price and 5 Greeks of options on forwards, in random order; the programs time themselves, in turn with ' +
            "ours. The C kernel is written for gcc's vectoriser, with glibc's libmvec and -ffast-math; unlike ours " +
            'it does not look for bad input or limits, and subtracts tails where they cancel. The tick gives vanna, ' +
            `volga and charm besides. ${tools()}.`,
        }),
        ...ofImplied.tables,
      ],
      headlines: [...headlines(timings), ...(ofImplied.headlines ?? [])],
      skipped,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const native: Suite = { name: 'native', title: 'Native code', run };
