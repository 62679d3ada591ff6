import axe from 'axe-core';
import { createSync } from 'greekfire/full';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exampleMarket } from '../../example/index.js';
import { Engine } from '../../web/engine/engine.js';
import { chainSheet } from '../../web/panels/chain.js';
import { greeksSheet } from '../../web/panels/greeks.js';
import { exposureSheet, tradeSheet } from '../../web/panels/hedge.js';
import { marginSheet } from '../../web/panels/margin.js';
import { payoffSheet } from '../../web/panels/payoff.js';
import { riskSheet } from '../../web/panels/risk.js';
import { smileSheet } from '../../web/panels/smile.js';
import { csvOf as sheetText } from '../../web/parts/csv.js';
import type { DeskView, Frame, Request } from '../../web/protocol.js';
import { chromiumLaunch } from '../browser/chromium.js';
import { csvOf, drop, openCockpit, visit, type Cockpit } from './page.js';

const missing = chromiumLaunch === undefined ? ' (skipped: no Chromium)' : '';

/** What Node computes for the same requests: the last desk and frame. */
function inNode(...requests: readonly Request[]): { desk: DeskView; frame: Frame } {
  const engine = new Engine(createSync());
  const answers = [engine.greet(), ...requests.map((request) => engine.answer(request))];
  const desks = answers.flatMap((answer) => (answer.kind === 'desk' ? [answer.desk] : []));
  const frames = answers.flatMap((answer) => (answer.kind === 'refused' ? [] : [answer.frame]));
  return { desk: desks[desks.length - 1], frame: frames[frames.length - 1] };
}

describe.skipIf(chromiumLaunch === undefined)(`the cockpit in Chromium${missing}`, () => {
  let cockpit: Cockpit;
  beforeAll(async () => {
    cockpit = await openCockpit();
  });
  afterAll(async () => {
    await cockpit.close();
  });

  test('loads the embedded market without a word on the console', async () => {
    const { page, said } = await visit(cockpit);
    expect(await page.locator('#chain .note').textContent()).toContain('1500 options on 10 expiries');
    expect(await page.locator('#hedge .status').textContent()).toBe('optimal');
    // Rows out of sight are not in the document.
    expect(await page.locator('#chain tr.row').count()).toBeLessThan(40);
    expect(said).toEqual([]);
    await page.close();
  });

  test('every number is the one that Node computes, to the bit', async () => {
    const { page } = await visit(cockpit);
    const { desk, frame } = inNode();
    expect(await csvOf(page, '#chain [data-sheet]')).toBe(sheetText(chainSheet(desk, frame)));
    expect(await csvOf(page, '#greeks [data-sheet]')).toBe(sheetText(greeksSheet(desk, frame)));
    expect(await csvOf(page, '#hedge .sub-head [data-sheet]')).toBe(sheetText(tradeSheet(desk, frame)));
    expect(await csvOf(page, '#smile [data-sheet]')).toBe(sheetText(smileSheet(desk)));
    expect(await csvOf(page, '#risk [data-sheet]')).toBe(sheetText(riskSheet(desk, frame)));
    expect(await csvOf(page, '#payoff [data-sheet]')).toBe(sheetText(payoffSheet(desk, frame)));
    expect(await csvOf(page, '#margin [data-sheet]')).toBe(sheetText(marginSheet(desk, frame)));
    await page.close();
  });

  test('the replay goes as it goes in Node, tick by tick, and rewinds to where it was', async () => {
    const { page } = await visit(cockpit);
    const before = await csvOf(page, '#chain [data-sheet]');
    for (let ticks = 1; ticks <= 3; ticks += 1) {
      await page.getByRole('button', { name: 'Step' }).click();
      await expect.poll(() => page.locator('#live').textContent()).toContain(`ticks${ticks} `);
    }
    const step: Request = { kind: 'advance', ticks: 1 };
    const { desk, frame } = inNode(step, step, step);
    expect(await csvOf(page, '#chain [data-sheet]')).toBe(sheetText(chainSheet(desk, frame)));
    expect(await csvOf(page, '#hedge .sub-head [data-sheet]')).toBe(sheetText(tradeSheet(desk, frame)));
    await page.getByRole('button', { name: 'Rewind' }).click();
    await expect.poll(() => csvOf(page, '#chain [data-sheet]')).toBe(before);
    await page.close();
  });

  test('a band that changes changes the hedge as it does in Node', async () => {
    const { page } = await visit(cockpit);
    const { desk, frame } = inNode();
    await page.getByLabel('Lower band of theta').fill('9000');
    await page.getByLabel('Lower band of theta').press('Enter');
    const wishes = { ...desk.settings.wishes, theta: { target: 0, lower: 9000, upper: NaN } };
    const asked = inNode({ kind: 'hedge', settings: { ...desk.settings, wishes } });
    const expected = sheetText(tradeSheet(desk, asked.frame));
    expect(expected).not.toBe(sheetText(tradeSheet(desk, frame)));
    await expect.poll(() => csvOf(page, '#hedge .sub-head [data-sheet]')).toBe(expected);
    const theta = exposureSheet(desk, asked.frame).rows.find(([name]) => name === 'theta')!;
    expect(theta[3]).toBeGreaterThan(8999);
    await page.close();
  });

  test('bands that no trades meet are named', async () => {
    const { page } = await visit(cockpit);
    await page.getByLabel('Lower band of vega').fill('1e9');
    await page.getByLabel('Lower band of vega').press('Enter');
    await page.locator('#hedge [role=alert]').waitFor();
    expect(await page.locator('#hedge [role=alert]').textContent()).toContain('vega');
    await page.close();
  });

  test('less collateral brings liquidation nearer, and none ends in it', async () => {
    const { page } = await visit(cockpit);
    const { desk } = inNode();
    const fall = page.locator('#margin tr', { hasText: 'forwards fall' }).locator('td').nth(1);
    const before = Number((await fall.textContent())!.replaceAll(',', ''));
    const settings = { ...desk.marginSettings!, coins: desk.marginSettings!.coins - 2 };
    const coins = page.locator('#margin').getByLabel('Coins');
    await coins.fill(String(settings.coins));
    await coins.press('Enter');
    const { frame } = inNode({ kind: 'margin', settings });
    if (typeof frame.margin === 'string') throw new Error(frame.margin);
    const level = frame.margin.levels.down!.price;
    expect(level).toBeGreaterThan(before);
    await expect
      .poll(async () => Number((await fall.textContent())!.replaceAll(',', '')))
      .toBeCloseTo(level, 1);
    await coins.fill('0');
    await coins.press('Enter');
    await expect.poll(() => page.locator('#margin .status').textContent()).toBe('liquidated');
    expect(await page.locator('#margin .note.bad').textContent()).toMatch(/steps through the quoted depth/);
    await page.close();
  });

  test('files dropped on the page replace the market and the book', async () => {
    const { page, said } = await visit(cockpit);
    const { chain, futures } = exampleMarket({ seed: 7, strikes: 20 });
    await drop(page, { name: 'chain.json', text: JSON.stringify([...chain, ...futures]) });
    expect(await page.locator('#chain .note').textContent()).toContain(`${chain.length} options`);
    const option = chain[30].instrument_name;
    await page.getByLabel('Dismiss the message').click();
    await drop(page, {
      name: 'book.csv',
      text: `instrument_name,quantity\n${option},-5\nBTC-PERPETUAL,10000\n`,
    });
    expect(await page.locator('#greeks .note').textContent()).toContain('book.csv, 2 positions');
    expect(said).toEqual([]);
    await page.close();
  });

  test('a bad file says what is wrong and changes nothing', async () => {
    const { page, said } = await visit(cockpit);
    const before = await csvOf(page, '#chain [data-sheet]');
    const bad = [
      { name: 'broken.json', text: '[{"instrument_name": ', says: 'broken.json: not valid JSON' },
      { name: 'empty.csv', text: '', says: 'empty.csv: the input is empty' },
      {
        name: 'book.csv',
        text: 'instrument_name,quantity\nBTC-1JAN30-5-C,1\n',
        says: 'does not know BTC-1JAN30-5-C',
      },
      { name: 'letter.txt', text: 'Dear desk,\nhello\n', says: 'letter.txt: ' },
    ];
    for (const { says, ...file } of bad) {
      await drop(page, file);
      const text = await page.locator('.notice.bad').textContent();
      expect(text).toContain(says);
      expect(text).toContain('Nothing has changed.');
      await page.getByLabel('Dismiss the message').click();
    }
    expect(await csvOf(page, '#chain [data-sheet]')).toBe(before);
    expect(said).toEqual([]);
    await page.close();
  });

  const looks = [
    { width: 1440, height: 900, colorScheme: 'dark' },
    { width: 1440, height: 900, colorScheme: 'light' },
    { width: 390, height: 844, colorScheme: 'dark' },
    { width: 390, height: 844, colorScheme: 'light' },
  ] as const;
  test.each(looks)('is accessible and does not overflow: $width px, $colorScheme', async (look) => {
    const { width, height, colorScheme } = look;
    const { page } = await visit(cockpit, { viewport: { width, height }, colorScheme });
    await page.evaluate(axe.source);
    const violations = await page.evaluate(async () => {
      const found = await (globalThis as unknown as { axe: typeof axe }).axe.run();
      return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    });
    expect(violations).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    await page.close();
  });

  test('replays at the pace of the screen (measured, not asserted)', async () => {
    const { page, said } = await visit(cockpit);
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable');
    const busy = async (): Promise<number> => {
      const { metrics } = await session.send('Performance.getMetrics');
      return metrics.find(({ name }) => name === 'TaskDuration')!.value;
    };
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.waitForTimeout(1000);
    const [from, start] = [await busy(), performance.now()];
    await page.waitForTimeout(3000);
    const share = (await busy()) - from;
    const seconds = (performance.now() - start) / 1000;
    const facts = await page.locator('#live .facts').innerText();
    console.log(
      `main thread busy ${Math.round((100 * share) / seconds)} % of the time; ${facts.replace(/\n+/g, ' ')}`,
    );
    await page.getByRole('button', { name: 'Pause' }).click();
    expect(Number(/ticks ([\d,]+)/.exec(facts.replace(/\n+/g, ' '))?.[1].replace(',', ''))).toBeGreaterThan(
      1,
    );
    expect(said).toEqual([]);
    await page.close();
  });
});
