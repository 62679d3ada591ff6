import { readFile } from 'node:fs/promises';
import { createSync } from 'greekfire';
import { chromium } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumLaunch } from '../browser/chromium.js';
import { blocksOf } from './markdown.js';
import { serve } from './serve.js';
import { installStranger, type Stranger } from './stranger.js';

const readme = await readFile('README.md', 'utf8');

const blocks = (language: string): string[] => blocksOf(readme, language);

describe('the README', () => {
  let stranger: Stranger;
  beforeAll(async () => {
    stranger = await installStranger();
  });
  afterAll(() => stranger.remove());

  test('the report has the headings of a real one', async () => {
    // Figures move with the solver and times with the machine; what is said about them does not.
    const words = (text: string): string[] =>
      text
        .split('\n')
        .filter((line) => /[a-z]/i.test(line) && !/\d/.test(line))
        .map((line) => line.trim().replace(/\s+/g, ' '));
    expect(words(await stranger.greekfire())).toEqual(words(blocks('text')[0]));
  });

  test('a chain, a book and its hedge, in Node', async () => {
    const printed = await stranger.node(blocks('js')[0]);
    expect(printed).toMatch(/delta: -?\d/);
    expect(printed).toMatch(/\boptimal\b/);
    expect(printed).not.toContain('NaN');
  });

  test.skipIf(!chromiumLaunch)('a page, in Chromium', async () => {
    const site = await serve(stranger.folder, blocks('html')[0]);
    const browser = await chromium.launch(chromiumLaunch);
    try {
      const page = await browser.newPage();
      await page.goto(site.url);
      await page.waitForFunction(() => document.body.textContent !== '', undefined, { timeout: 10_000 });
      const option = {
        type: 'put',
        spot: 100,
        strike: 95,
        years: 0.25,
        volatility: 0.3,
        rate: 0.04,
      } as const;
      const { price, delta, vega } = createSync().evaluate(option);
      expect(await page.textContent('body')).toBe(`${price[0]} ${delta[0]} ${vega[0]}`);
    } finally {
      await browser.close();
      await site.close();
    }
  });
});
