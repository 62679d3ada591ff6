import { existsSync } from 'node:fs';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';

const chromium = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
]
  .filter((path) => path !== undefined)
  .find((path) => existsSync(path));

if (chromium === undefined) {
  const missing = 'No Chromium at $CHROMIUM or /usr/bin/chromium (Debian: apt-get install chromium)';
  if (process.env.GREEKFIRE_REQUIRE_BROWSER === '1')
    throw new Error(`${missing}, and GREEKFIRE_REQUIRE_BROWSER=1.`);
  console.warn(`${missing}: the browser tests are skipped.`);
}

/** Everything, on the built package as a program meets it. */
const node: TestProjectConfiguration = {
  test: {
    name: 'node',
    environment: 'node',
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.browser.test.ts'],
    server: { deps: { external: [/\/dist\//] } },
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
};

/** The suites of the public API again, in a real Chromium; a `*.node.test.ts` needs files or processes. */
const browser: TestProjectConfiguration = {
  // Found only while the tests run, it would make Vite reload the page under them.
  optimizeDeps: { include: ['fast-check'] },
  test: {
    name: 'browser',
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.node.test.ts'],
    globalSetup: ['test/browser/node.ts'],
    testTimeout: 60_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      provider: playwright({
        launchOptions: {
          ...(chromium !== undefined && { executablePath: chromium }),
          args: [
            '--no-sandbox',
            '--disable-gpu',
            '--disable-quic',
            '--no-first-run',
            '--disable-background-networking',
            '--disable-component-update',
            '--disable-sync',
          ],
        },
      }),
      instances: [{ browser: 'chromium' }],
    },
  },
};

export default defineConfig({
  test: {
    projects: chromium === undefined ? [node] : [node, browser],
    reporters: ['default', ['json', { outputFile: 'build/test-report.json' }]],
  },
});
