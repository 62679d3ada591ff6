import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import { chromiumLaunch } from './test/browser/chromium.js';

const timeouts = { testTimeout: 60_000, hookTimeout: 120_000 };

/** Everything, on the built package as a program meets it. */
const node: TestProjectConfiguration = {
  test: {
    name: 'node',
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.browser.test.ts'],
    server: { deps: { external: [/\/dist\//] } },
    ...timeouts,
  },
};

/** The suites of the public API again, in a real Chromium; a `*.node.test.ts` needs files or processes. */
const browser = (launchOptions: NonNullable<typeof chromiumLaunch>): TestProjectConfiguration => ({
  // A cache from other tests would miss packages, and Vite would reload the page under the tests.
  optimizeDeps: { force: true },
  test: {
    name: 'browser',
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.node.test.ts'],
    globalSetup: ['test/browser/node.ts'],
    ...timeouts,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({ launchOptions }),
      instances: [{ browser: 'chromium' }],
    },
  },
});

function projects(): TestProjectConfiguration[] {
  if (chromiumLaunch) return [node, browser(chromiumLaunch)];
  const missing = 'No Chromium at $CHROMIUM or /usr/bin/chromium (Debian: apt-get install chromium)';
  if (process.env.GREEKFIRE_REQUIRE_BROWSER === '1')
    throw new Error(`${missing}: the browser tests cannot run.`);
  console.warn(`${missing}: the browser tests are skipped.`);
  return [node];
}

export default defineConfig({
  test: {
    projects: projects(),
    reporters: ['default', ['json', { outputFile: 'build/test-report.json' }]],
  },
});
