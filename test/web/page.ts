import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright';
import { build, preview } from 'vite';
import { chromiumLaunch } from '../browser/chromium.js';

const configFile = fileURLToPath(new URL('../../web/vite.config.ts', import.meta.url));

/** The built page in a real Chromium. */
export interface Cockpit {
  readonly url: string;
  readonly browser: Browser;
  readonly close: () => Promise<void>;
}

/** Builds the page into a folder of its own, serves it, and starts Chromium. */
export async function openCockpit(): Promise<Cockpit> {
  const outDir = mkdtempSync(join(tmpdir(), 'greekfire-web-'));
  const quiet = { configFile, logLevel: 'warn' as const };
  await build({ ...quiet, build: { outDir } });
  const server = await preview({ ...quiet, build: { outDir }, preview: { port: 0 } });
  const browser = await chromium.launch(chromiumLaunch);
  return {
    url: server.resolvedUrls!.local[0],
    browser,
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}

/** A page that shows the embedded market, and what it said on its console. */
export async function visit(
  { browser, url }: Cockpit,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<{ readonly page: Page; readonly said: string[] }> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, ...options });
  const said: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') said.push(message.text());
  });
  page.on('pageerror', (error) => said.push(String(error)));
  await page.goto(url);
  await page.locator('#hedge').waitFor();
  return { page, said };
}

/** What a panel's CSV button downloads. */
export async function csvOf(page: Page, button: string): Promise<string> {
  const waiting = page.waitForEvent('download');
  await page.locator(button).first().click();
  const stream = await (await waiting).createReadStream();
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

/** Drops files anywhere on the page. */
export async function drop(
  page: Page,
  ...files: readonly { readonly name: string; readonly text: string }[]
): Promise<void> {
  const transfer = await page.evaluateHandle((dropped) => {
    const data = new DataTransfer();
    for (const { name, text } of dropped) data.items.add(new File([text], name));
    return data;
  }, files);
  await page.dispatchEvent('.page', 'drop', { dataTransfer: transfer });
  await page.locator('.notice').waitFor();
}
