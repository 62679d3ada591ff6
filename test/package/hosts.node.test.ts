/** The packed package, installed by a stranger, in every host it is for. */
import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import vm from 'node:vm';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import { build as esbuild } from 'esbuild';
import { createSync } from 'greekfire';
import { createSync as createFull, type FullCore } from 'greekfire/full';
import {
  deltaBand,
  simulatedComparison,
  type SimulatedComparisonOptions,
  simulator,
  unhedged,
} from 'greekfire/rebalance';
import { buildStructure } from 'greekfire/strategy';
import { chromium, type Browser } from 'playwright';
import { rollup } from 'rollup';
import { build as vite } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumLaunch } from '../browser/chromium.js';
import { serve, type Site } from './serve.js';
import { installStranger, type Stranger } from './stranger.js';

const run = promisify(execFile);

const option = { type: 'put', spot: 100, strike: 95, years: 0.25, volatility: 0.3, rate: 0.04 } as const;
/** What every host must say: price and delta, in all their digits. */
const { price, delta } = createSync().evaluate(option);
const expected = `${price[0]} ${delta[0]}`;
const told = `const option = ${JSON.stringify(option)};
const tell = (core) => { const { price, delta } = core.evaluate(option); return price[0] + ' ' + delta[0]; };`;

/** What the entries on the full module say, all in their digits: a structure, its margin and payoff, a path. */
function tellFull(core: FullCore, build: typeof buildStructure, start: typeof simulator): string {
  const chain = core.chain([{ years: 0.25, forward: 100, strike: [90, 100], volatility: [0.6, 0.5] }]);
  const { legs } = build(chain, { name: 'straddle', expiry: 0, strikes: ['forward'], quantity: -1 });
  const book = core.book(chain, legs);
  const { initial } = core.margin(book, { model: 'span-16', cash: 1e4 }).figures();
  const { maximumGain } = core.payoff(book);
  const path = start(core, { spot: 100, model: { kind: 'brownian', volatility: 0.5 }, seed: 7 });
  path.step(0.01);
  return [...book.scan({ spot: [0.1], sensitivities: true }).taylor!, initial, maximumGain, path.spot].join(
    ' ',
  );
}
const fullExpected = tellFull(createFull(), buildStructure, simulator);
const fullTold = `const tellFull = ${tellFull.toString()};`;
/** The statements that import them, from where a host finds them. */
const fullImports = (entry = (name: string): string => `greekfire/${name}`): string => `
import { create, createSync } from '${entry('full')}';
import { simulator } from '${entry('rebalance')}';
import { buildStructure } from '${entry('strategy')}';`;
const inPackage = (name: string): string => `./node_modules/greekfire/dist/${name}/index.js`;
const fullProgram = `${fullImports()}
${fullTold}
document.body.textContent = tellFull(await create(), buildStructure, simulator);`;

/** A page's program. */
const program = `
import { create } from 'greekfire';
${told}
document.body.textContent = tell(await create());`;

/** The same on a worker of `greekfire/parallel`. */
const parallelProgram = (options: string): string => `
import { createParallel } from 'greekfire/parallel';
const parallel = await createParallel(${options});
const book = parallel.book(
  [{ years: 0.25, forward: 100, strike: [95], volatility: [0.3] }],
  [{ expiry: 0, strike: 95, type: 'put', quantity: 1 }],
);
const { profit } = await book.scan({ spot: [-0.1, 0, 0.1] });
await parallel.close();`;
const parallelExpected = ((): string => {
  const core = createSync();
  const chain = core.chain([{ years: 0.25, forward: 100, strike: [95], volatility: [0.3] }]);
  const book = core.book(chain, [{ expiry: 0, strike: 95, type: 'put', quantity: 1 }]);
  return book.scan({ spot: [-0.1, 0, 0.1] }).profit.join(' ');
})();

let stranger: Stranger;
const inside = (path: string): string => join(stranger.folder, path);
async function write(path: string, content: string): Promise<string> {
  await mkdir(dirname(inside(path)), { recursive: true });
  await writeFile(inside(path), content);
  return inside(path);
}
beforeAll(async () => {
  stranger = await installStranger();
});
afterAll(() => stranger.remove());

describe('Node', () => {
  const print = async (path: string, content: string): Promise<string> => {
    const { stdout } = await run(process.execPath, ['--no-warnings', await write(path, content)]);
    return stdout.trim();
  };

  test('a module', async () => {
    const source = `import { create } from 'greekfire';\n${told}\nconsole.log(tell(await create()));`;
    expect(await print('module.mjs', source)).toBe(expected);
  });

  test('a module of the entries on the full module', async () => {
    const source = `${fullImports()}\n${fullTold}
      console.log(tellFull(await create(), buildStructure, simulator));`;
    expect(await print('full.mjs', source)).toBe(fullExpected);
  });

  test('a CommonJS script that requires the entries on the full module', async () => {
    const source = `const { createSync } = require('greekfire/full');
      const { simulator } = require('greekfire/rebalance');
      const { buildStructure } = require('greekfire/strategy');
      ${fullTold}
      console.log(tellFull(createSync(), buildStructure, simulator));`;
    expect(await print('full.cjs', source)).toBe(fullExpected);
  });

  test('a CommonJS script that requires it', async () => {
    const source = `const { createSync } = require('greekfire');\n${told}\nconsole.log(tell(createSync()));`;
    expect(await print('script.cjs', source)).toBe(expected);
  });

  test('a worker thread', async () => {
    await write(
      'thread.mjs',
      `import { parentPort } from 'node:worker_threads';
      import { createSync } from 'greekfire';
      ${fullImports().replace('create, createSync', 'create')}
      ${told}
      ${fullTold}
      parentPort.postMessage(tell(createSync()));
      parentPort.postMessage(tellFull(await create(), buildStructure, simulator));`,
    );
    const source = `import { Worker } from 'node:worker_threads';
      new Worker(new URL('thread.mjs', import.meta.url)).on('message', console.log);`;
    expect(await print('main.mjs', source)).toBe(`${expected}\n${fullExpected}`);
  });

  test('the workers of greekfire/parallel, and the process ends once they are closed', async () => {
    const source = `${parallelProgram('{ workers: 2 }')}\nconsole.log(profit.join(' '));`;
    expect(await print('parallel.mjs', source)).toBe(parallelExpected);
  });
});

test('a host at the edge: a compiled module, no bytes to compile, no fetch, no files', async () => {
  const entry = `export { create } from 'greekfire';
    export { create as createFull } from 'greekfire/full';
    export { simulator } from 'greekfire/rebalance';
    export { buildStructure } from 'greekfire/strategy';`;
  const { outputFiles } = await esbuild({
    stdin: { contents: entry, resolveDir: stranger.folder },
    bundle: true,
    platform: 'neutral',
    format: 'iife',
    globalName: 'greekfire',
    write: false,
  });
  const compiled = async (name: string): Promise<WebAssembly.Module> =>
    WebAssembly.compile(await readFile(inside(`node_modules/greekfire/dist/${name}.wasm`)));
  const [module, full] = [await compiled('core'), await compiled('full')];
  // A realm of its own with nothing of Node's or a browser's in it, where only what is compiled already may run.
  const context = vm.createContext({ module, full }, { codeGeneration: { strings: false, wasm: false } });
  vm.runInContext(`${outputFiles[0].text}\n${told}\n${fullTold}`, context);
  expect(vm.runInContext('[typeof fetch, typeof process, typeof TextEncoder].join()', context)).toBe(
    'undefined,undefined,undefined',
  );
  await expect(
    vm.runInContext('WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]))', context),
  ).rejects.toThrow('disallowed');
  expect(await vm.runInContext('greekfire.create({ module }).then(tell)', context)).toBe(expected);
  const onFull = `greekfire.createFull({ module: full })
    .then((core) => tellFull(core, greekfire.buildStructure, greekfire.simulator))`;
  expect(await vm.runInContext(onFull, context)).toBe(fullExpected);
  // A core runs on the full module too.
  expect(await vm.runInContext('greekfire.create({ module: full }).then(tell)', context)).toBe(expected);
});

describe.skipIf(!chromiumLaunch)('Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch(chromiumLaunch);
  });
  afterAll(() => browser.close());

  /** What a site's page says once it says something; fails on an error of the page. */
  async function textOf(site: Site): Promise<string> {
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(error.message));
    try {
      await page.goto(site.url);
      // the script that is in the body goes when the text is set
      await page.waitForFunction(
        () => document.body.childElementCount === 0 && document.body.textContent !== '',
        undefined,
        { timeout: 10_000 },
      );
      expect(errors).toEqual([]);
      return (await page.textContent('body')) ?? '';
    } catch (error) {
      throw errors.length > 0 ? new Error(errors.join('\n'), { cause: error }) : error;
    } finally {
      await page.close();
      await site.close();
    }
  }

  const page = (script: string): string =>
    `<!doctype html><meta charset="utf-8"><body></body><script type="module" src="/${script}"></script>`;
  const programs = [
    ['the core', program, expected],
    ['the full module', fullProgram, fullExpected],
    [
      'its workers',
      `${parallelProgram('{ workers: 2 }')}\ndocument.body.textContent = profit.join(' ');`,
      parallelExpected,
    ],
  ] as const;

  test.each(programs)('a bundle of esbuild: %s', async (_, source, wanted) => {
    const entry = await write('esbuild/main.js', source);
    await esbuild({
      entryPoints: [entry],
      bundle: true,
      minify: true,
      format: 'esm',
      outfile: inside('esbuild/out.js'),
    });
    expect(await textOf(await serve(inside('esbuild'), page('out.js')))).toBe(wanted);
  });

  test.each(programs)('a bundle of Rollup: %s', async (_, source, wanted) => {
    const input = await write('rollup/main.js', source);
    const built = await rollup({ input, plugins: [nodeResolve({ browser: true })] });
    await built.write({ file: inside('rollup/out.js'), format: 'es' });
    await built.close();
    expect(await textOf(await serve(inside('rollup'), page('out.js')))).toBe(wanted);
  });

  test.each(programs)('a site of Vite: %s', async (_, source, wanted) => {
    await write('vite/main.js', source);
    await write('vite/index.html', page('main.js'));
    await vite({
      root: inside('vite'),
      configFile: false,
      logLevel: 'warn',
      build: { outDir: 'out', emptyOutDir: true, target: 'es2022' },
    });
    const index = await readFile(inside('vite/out/index.html'), 'utf8');
    expect(await textOf(await serve(inside('vite/out'), index))).toBe(wanted);
  });

  /** How a page without a bundler finds the package. */
  const map = `<script type="importmap">${JSON.stringify({
    imports: {
      greekfire: '/node_modules/greekfire/dist/index.js',
      'greekfire/full': '/node_modules/greekfire/dist/full/index.js',
      'greekfire/parallel': '/node_modules/greekfire/dist/parallel/index.js',
      'greekfire/rebalance': '/node_modules/greekfire/dist/rebalance/index.js',
    },
  })}</script>`;

  test('a module worker', async () => {
    const source = `import { create as createCore } from './node_modules/greekfire/dist/index.js';
      ${fullImports(inPackage)}
      ${told}
      ${fullTold}
      postMessage(
        tell(await createCore()) + ', ' + tellFull(await create(), buildStructure, simulator));`;
    await write('worker.js', source);
    await write(
      'page.js',
      `const worker = new Worker('./worker.js', { type: 'module' });
      worker.onmessage = ({ data }) => { document.body.textContent = data; };`,
    );
    expect(await textOf(await serve(stranger.folder, page('page.js')))).toBe(`${expected}, ${fullExpected}`);
  });

  describe('a page under a content security policy', () => {
    const policy = (script: string): Record<string, string> => ({
      'content-security-policy': `default-src 'self'; script-src 'self' ${script}`,
    });
    const direct = program.replace(`'greekfire'`, `'./node_modules/greekfire/dist/index.js'`);

    test('with wasm-unsafe-eval: works', async () => {
      await write('policy.js', direct);
      const site = await serve(stranger.folder, page('policy.js'), policy("'wasm-unsafe-eval'"));
      expect(await textOf(site)).toBe(expected);
    });

    test('with wasm-unsafe-eval: works with the full module', async () => {
      const source = fullProgram.replace(fullImports(), fullImports(inPackage));
      await write('full-policy.js', source);
      const site = await serve(stranger.folder, page('full-policy.js'), policy("'wasm-unsafe-eval'"));
      expect(await textOf(site)).toBe(fullExpected);
    });

    test('without it: says so', async () => {
      const refused = `import { create } from './node_modules/greekfire/dist/index.js';
        document.body.textContent = await create().then(() => 'made', (error) => error.name);`;
      await write('refused.js', refused);
      expect(await textOf(await serve(stranger.folder, page('refused.js'), policy('')))).toBe('CompileError');
    });

    test('with wasm-unsafe-eval and no blob workers: works with the workers’ script from the site', async () => {
      const script = `{ workers: 1, script: '/node_modules/greekfire/dist/parallel/worker.js' }`;
      const source = parallelProgram(script).replace(
        `'greekfire/parallel'`,
        `'./node_modules/greekfire/dist/parallel/index.js'`,
      );
      await write('workers.js', `${source}\ndocument.body.textContent = profit.join(' ');`);
      const site = await serve(stranger.folder, page('workers.js'), policy("'wasm-unsafe-eval'"));
      expect(await textOf(site)).toBe(parallelExpected);
    });
  });

  test('workers on the full module, which the page fetches', async () => {
    const path = '/node_modules/greekfire/dist/full.wasm';
    const source = parallelProgram(
      `{ workers: 2, module: await (await fetch('${path}')).arrayBuffer() }`,
    ).replace('[-0.1, 0, 0.1] }', '[-0.1, 0, 0.1], sensitivities: true }');
    const told = source.replace('{ profit }', '{ profit, sensitivities }');
    const say = `document.body.textContent = [...profit, ...sensitivities.delta].join(' ');`;
    const core = createFull();
    const chain = core.chain([{ years: 0.25, forward: 100, strike: [95], volatility: [0.3] }]);
    const book = core.book(chain, [{ expiry: 0, strike: 95, type: 'put', quantity: 1 }]);
    const { profit, sensitivities } = book.scan({ spot: [-0.1, 0, 0.1], sensitivities: true });
    const html = `<body></body>${map}<script type="module">${told}\n${say}</script>`;
    const site = await serve(stranger.folder, html);
    expect(await textOf(site)).toBe([...profit, ...sensitivities!.delta].join(' '));
  });

  test('policies compared on workers, by the full module', async () => {
    const options: SimulatedComparisonOptions = {
      policies: [unhedged(), deltaBand(0.5)],
      paths: 6,
      market: {
        expiries: [{ underlying: 'X', years: 0.1, forward: 100, strike: [95], volatility: [0.3] }],
        positions: [{ expiry: 0, strike: 95, type: 'put', quantity: -10 }],
        instruments: [
          {
            name: 'future',
            position: { kind: 'future', expiry: 0, quantity: 1 },
            quote: { price: 0.001, size: 9 },
          },
        ],
        forecast: { kind: 'ewma' },
        spot: 100,
        model: { kind: 'brownian', volatility: 0.3 },
        seed: 1,
        instant: 1e12,
        step: 86_400_000,
        steps: 10,
      },
    };
    const own = simulatedComparison(createFull(), options);
    while (own.step());
    const source = `
      import { create } from 'greekfire/full';
      import { createParallel } from 'greekfire/parallel';
      import { simulatedComparison } from 'greekfire/rebalance';
      const options = ${JSON.stringify(options)};
      const module = await (await fetch('/node_modules/greekfire/dist/full.wasm')).arrayBuffer();
      const comparison = simulatedComparison(await create(), options);
      const parallel = await createParallel({ workers: 2, module });
      for await (const path of parallel.comparePaths(options)) comparison.append(path);
      await parallel.close();
      document.body.textContent = JSON.stringify(comparison.report());`;
    const site = await serve(stranger.folder, `<body></body>${map}<script type="module">${source}</script>`);
    expect(JSON.parse(await textOf(site))).toEqual(JSON.parse(JSON.stringify(own.report())));
  });

  test('an import map', async () => {
    const site = await serve(stranger.folder, `<body></body>${map}<script type="module">${program}</script>`);
    expect(await textOf(site)).toBe(expected);
  });
});
