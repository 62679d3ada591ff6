import axe from 'axe-core';
import { createSync } from 'greekfire/full';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exampleMarket } from '../../example/index.js';
import { AccountDesk } from '../../web/engine/account.js';
import { Engine } from '../../web/engine/engine.js';
import { chainSheet } from '../../web/panels/chain.js';
import { greeksSheet } from '../../web/panels/greeks.js';
import { exposureSheet, tradeSheet } from '../../web/panels/hedge.js';
import { cascadeSheet, levelSheet, marginSheet } from '../../web/panels/margin.js';
import { payoffSheet } from '../../web/panels/payoff.js';
import { riskSheet } from '../../web/panels/risk.js';
import { smileSheet } from '../../web/panels/smile.js';
import { csvOf as sheetText } from '../../web/parts/csv.js';
import { fixed } from '../../web/parts/format.js';
import type {
  DeskView,
  Frame,
  MarginSettings,
  MarginView,
  PayoffChoice,
  PayoffView,
  Request,
} from '../../web/protocol.js';
import { chromiumLaunch } from '../browser/chromium.js';
import { SAMPLE, tapeOf } from '../tape/samples.js';
import { csvOf, drop, openCockpit, visit, type Cockpit } from './page.js';

const missing = chromiumLaunch === undefined ? ' (skipped: no Chromium)' : '';

/** What Node computes for the same requests: the last desk and frame. */
async function inNode(...requests: readonly Request[]): Promise<{ desk: DeskView; frame: Frame }> {
  const engine = new Engine(createSync());
  const answers = [engine.greet()];
  for (const request of requests) answers.push(await engine.answer(request));
  const desks = answers.flatMap((answer) => (answer.kind === 'desk' ? [answer.desk] : []));
  const frames = answers.flatMap((answer) => ('frame' in answer ? [answer.frame] : []));
  return { desk: desks[desks.length - 1], frame: frames[frames.length - 1] };
}

/** The account as Node looks at it, in the market as it is read. */
function accountInNode() {
  const greeting = new Engine(createSync()).greet();
  if (greeting.kind !== 'desk') throw new Error(greeting.kind);
  const { desk, frame, holding } = greeting;
  const account = new AccountDesk(createSync());
  const held = account.answer({ kind: 'hold', holding });
  if (held.kind !== 'held') throw new Error(held.kind);
  return {
    desk,
    structures: held.structures,
    account: (change: Partial<MarginSettings>): MarginView => {
      const settings = { model: held.model, cash: NaN, coins: NaN, shock: NaN, impact: 1e-5, ...change };
      return (account.answer({ kind: 'margin', state: frame, settings }) as { margin: MarginView }).margin;
    },
    payoff: (choice: PayoffChoice): PayoffView =>
      (account.answer({ kind: 'payoff', state: frame, choice, currency: 'quote' }) as { payoff: PayoffView })
        .payoff,
  };
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
    const { desk, frame } = await inNode();
    expect(await csvOf(page, '#chain [data-sheet]')).toBe(sheetText(chainSheet(desk, frame)));
    expect(await csvOf(page, '#greeks [data-sheet]')).toBe(sheetText(greeksSheet(desk, frame)));
    expect(await csvOf(page, '#hedge .sub-head [data-sheet]')).toBe(sheetText(tradeSheet(desk, frame)));
    expect(await csvOf(page, '#smile [data-sheet]')).toBe(sheetText(smileSheet(desk)));
    expect(await csvOf(page, '#risk [data-sheet]')).toBe(sheetText(riskSheet(desk, frame)));
    await page.close();
  });

  test('margin, levels, cascade and payoff are those that Node computes, to the bit', async () => {
    const { page } = await visit(cockpit);
    const { desk, account, payoff } = accountInNode();
    const margin = account({}).account!;
    const cascade = margin.cascade!;
    expect(cascade.steps.length).toBeGreaterThan(3);
    await page.locator('#margin [data-sheet]').nth(2).waitFor();
    expect(await csvOf(page, '#margin .panel-head [data-sheet]')).toBe(sheetText(marginSheet(desk, margin)));
    const [levels, steps] = ['nth=0', 'nth=1'].map((nth) => `#margin .sub-head [data-sheet] >> ${nth}`);
    expect(await csvOf(page, levels)).toBe(sheetText(levelSheet(desk, margin)));
    expect(await csvOf(page, steps)).toBe(sheetText(cascadeSheet(desk, cascade)));
    const whole = payoff({ kind: 'held', index: 0 });
    expect(await csvOf(page, '#payoff [data-sheet]')).toBe(sheetText(payoffSheet(desk, whole)));
    await page.close();
  });

  test('collateral and model change the margin as they do in Node; a model that has no rule says so', async () => {
    const { page } = await visit(cockpit);
    const { desk, account } = accountInNode();
    await page.getByLabel('Coins').fill('30');
    await page.getByLabel('Coins').press('Enter');
    const asked = sheetText(marginSheet(desk, account({ coins: 30 }).account!));
    expect(asked).not.toBe(sheetText(marginSheet(desk, account({}).account!)));
    await expect.poll(() => csvOf(page, '#margin [data-sheet]'), { timeout: 5000 }).toBe(asked);
    await page.getByLabel('Model').selectOption('span-16');
    const span = sheetText(marginSheet(desk, account({ coins: 30, model: 'span-16' }).account!));
    await expect.poll(() => csvOf(page, '#margin [data-sheet]'), { timeout: 5000 }).toBe(span);
    await page.getByLabel('Model').selectOption('reg-t');
    await page.locator('#margin [role=alert]').waitFor();
    expect(await page.locator('#margin [role=alert]').textContent()).toContain(
      'reg-t cannot margin this book',
    );
    await page.close();
  });

  test('structures are recognised, and others built', async () => {
    const { page } = await visit(cockpit);
    const { desk, payoff, structures } = accountInNode();
    await page.locator('#payoff [data-sheet]').waitFor();
    const condor = structures.findIndex(
      ({ name, origin }) => origin === 'recognised' && name.includes('iron condor'),
    );
    expect(condor).toBeGreaterThan(0);
    const picker = page.locator('#payoff .picker select').first();
    await picker.selectOption(String(condor));
    const held = sheetText(payoffSheet(desk, payoff({ kind: 'held', index: condor })));
    await expect.poll(() => csvOf(page, '#payoff [data-sheet]')).toBe(held);
    expect(await page.locator('#payoff .facts').innerText()).toMatch(/probability of profit\s+\d/);
    await picker.selectOption('built');
    await page.getByLabel('Kind').selectOption('straddle');
    const expiry = desk.expiries.findIndex(({ years }) => years > 25 / 365);
    const straddle = payoff({ kind: 'built', name: 'straddle', expiry, quantity: 1 });
    expect(straddle.figures!.maximumGain).toBe(Infinity);
    await expect.poll(() => csvOf(page, '#payoff [data-sheet]')).toBe(sheetText(payoffSheet(desk, straddle)));
    await page.close();
  });

  test('arrow keys go over the heat map, and the cell in focus says what it is', async () => {
    const { page } = await visit(cockpit);
    const { desk, frame } = await inNode();
    await page.locator('#risk td[tabindex="0"]').focus();
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    // Whatever describes the cell that has the focus.
    const description = (): Promise<string | null> =>
      page.locator('#risk td:focus').evaluate((cell) => {
        const [text] = (cell as unknown as { ariaDescribedByElements: { textContent: string }[] })
          .ariaDescribedByElements;
        return text.textContent;
      });
    const { risk } = frame;
    const profit = risk.profit[risk.volatility.indexOf(0.05)][risk.spot.indexOf(0.1)];
    const said = `spot +10 %, volatility +5 pt: ${profit > 0 ? '+' : ''}${fixed(0)(profit)} ${desk.currency}`;
    expect(await description()).toBe(said);
    expect(await page.locator('#risk td[tabindex="0"]').count()).toBe(1);
    await page.keyboard.press('End');
    expect(await description()).toContain('spot +30 %, volatility +5 pt');
    await page.keyboard.press('ArrowRight');
    expect(await description()).toContain('spot +30 %');
    await page.close();
  });

  test('the replay goes as it goes in Node, tick by tick, and rewinds to where it was', async () => {
    const { page } = await visit(cockpit);
    const before = await csvOf(page, '#chain [data-sheet]');
    for (let ticks = 1; ticks <= 3; ticks += 1) {
      await page.getByRole('button', { name: 'Step' }).click();
      await expect.poll(() => page.locator('#live').textContent()).toContain(`ticks${ticks} `);
    }
    const step: Request = { kind: 'advance', ticks: 1, show: true };
    const { desk, frame } = await inNode(step, step, step);
    expect(await csvOf(page, '#chain [data-sheet]')).toBe(sheetText(chainSheet(desk, frame)));
    expect(await csvOf(page, '#hedge .sub-head [data-sheet]')).toBe(sheetText(tradeSheet(desk, frame)));
    await page.getByRole('button', { name: 'Rewind' }).click();
    await expect.poll(() => csvOf(page, '#chain [data-sheet]')).toBe(before);
    await page.close();
  });

  test('a band that changes changes the hedge as it does in Node', async () => {
    const { page } = await visit(cockpit);
    const { desk, frame } = await inNode();
    await page.getByLabel('Lower band of theta').fill('9000');
    await page.getByLabel('Lower band of theta').press('Enter');
    const wishes = { ...desk.settings.wishes, theta: { target: 0, lower: 9000, upper: NaN } };
    const asked = await inNode({ kind: 'hedge', settings: { ...desk.settings, wishes } });
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

  test('a tape of trades moves the market as it does in Node, to its end', async () => {
    const { page, said } = await visit(cockpit);
    const file = { name: 'tape.csv', text: tapeOf(SAMPLE) };
    await drop(page, file);
    expect(await page.locator('#chain .note').textContent()).toContain('as the tape’s trades say them');
    expect(await page.locator('#live .note').textContent()).toContain('trades of tape.csv, 10 s');
    const open: Request = { kind: 'open', files: [file] };
    const step: Request = { kind: 'advance', ticks: 16, show: true };
    const start = await inNode(open);
    expect(await csvOf(page, '#chain [data-sheet]')).toBe(sheetText(chainSheet(start.desk, start.frame)));
    await page.getByLabel('Ticks a frame').selectOption('16');
    await page.getByRole('button', { name: 'Step' }).click();
    await expect.poll(() => page.locator('#live').textContent()).toContain('ticks16 ');
    const { desk, frame } = await inNode(open, step);
    // The block after a minute brought the index and the forwards with it.
    expect(frame.forward[0]).not.toBe(start.frame.forward[0]);
    expect(await csvOf(page, '#chain [data-sheet]')).toBe(sheetText(chainSheet(desk, frame)));
    expect(await csvOf(page, '#greeks [data-sheet]')).toBe(sheetText(greeksSheet(desk, frame)));
    await page.getByRole('button', { name: 'Replay' }).click();
    await expect.poll(() => page.locator('#live .note').textContent()).toContain('The tape is over');
    expect(await page.getByRole('button', { name: 'Replay' }).count()).toBe(1);
    await page.getByRole('button', { name: 'Rewind' }).click();
    await expect
      .poll(() => csvOf(page, '#chain [data-sheet]'))
      .toBe(sheetText(chainSheet(start.desk, start.frame)));
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
      {
        name: 'tape.csv',
        text: 'timestamp,instrument_name,direction,price,amount\n',
        says: 'tape.csv: the tape has no trade with an index price',
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
    // By the clock, which counts waiting for a processor that others hold, and by the thread's own time.
    const clocks = await Promise.all(
      (['timeTicks', 'threadTicks'] as const).map(async (timeDomain) => {
        const session = await page.context().newCDPSession(page);
        await session.send('Performance.enable', { timeDomain });
        return async (): Promise<number> => {
          const { metrics } = await session.send('Performance.getMetrics');
          return metrics.find(({ name }) => name === 'TaskDuration')!.value;
        };
      }),
    );
    const busy = (): Promise<number[]> => Promise.all(clocks.map((read) => read()));
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.waitForTimeout(1000);
    const [from, start] = [await busy(), performance.now()];
    await page.waitForTimeout(3000);
    const until = await busy();
    const seconds = (performance.now() - start) / 1000;
    const [wall, thread] = until.map((value, c) => Math.round((100 * (value - from[c])) / seconds));
    const facts = await page.locator('#live .facts').innerText();
    console.log(
      `main thread busy ${wall} % by the clock, ${thread} % of a processor; ${facts.replace(/\n+/g, ' ')}`,
    );
    await page.getByRole('button', { name: 'Pause' }).click();
    expect(Number(/ticks ([\d,]+)/.exec(facts.replace(/\n+/g, ' '))?.[1].replace(',', ''))).toBeGreaterThan(
      1,
    );
    expect(said).toEqual([]);
    await page.close();
  });
});
