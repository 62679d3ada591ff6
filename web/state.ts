/** Everything the page knows, in one place: panels read signals and call the actions below. */
import { batch, signal, type ReadonlySignal } from '@preact/signals';
import { Latest } from './parts/latest.js';
import { TickTimes } from './parts/times.js';
import { WorkClock } from './parts/work-clock.js';
import type {
  AccountRequest,
  AccountResponse,
  DeskView,
  Frame,
  HedgeSettings,
  MarginSettings,
  MarginView,
  PayoffChoice,
  PayoffView,
  Request,
  Response,
  StructureView,
  TextFile,
  Tick,
} from './protocol.js';

/** What the page says about the last file. */
export interface Notice {
  readonly tone: 'good' | 'bad';
  readonly text: string;
}

/** How the replay goes. */
export interface Pace {
  /** Frames of the last second, and the share of it that the page's thread was at work. */
  readonly framesPerSecond: number;
  readonly busyShare: number;
}

/** Frames of the replay between two that are shown whole: the price moves with every one, ten chains a second do. */
const SHOWN_FRAMES = 6;
/** Shown frames between two looks of the slower panels: a table of trades that always changes cannot be read. */
const SLOW_FRAMES = 2;

/** Relative move of the forwards per coin of a liquidation: a tenth of a basis point. */
const DEFAULT_IMPACT = 1e-5;

const deskSignal = signal<DeskView | undefined>(undefined);
const tickSignal = signal<Tick | undefined>(undefined);
const frameSignal = signal<Frame | undefined>(undefined);
const slowSignal = signal<Frame | undefined>(undefined);
const noticeSignal = signal<Notice | undefined>(undefined);
const busySignal = signal(true);
const liveSignal = signal(false);
const settingsSignal = signal<HedgeSettings | undefined>(undefined);
const paceSignal = signal<Pace | undefined>(undefined);
const timesSignal = signal(0);
const structuresSignal = signal<readonly StructureView[]>([]);
const marginSettingsSignal = signal<MarginSettings | undefined>(undefined);
const marginSignal = signal<MarginView | undefined>(undefined);
const payoffSignal = signal<PayoffView | undefined>(undefined);
const payoffChoiceSignal = signal<PayoffChoice>({ kind: 'held', index: 0 });
const payoffCurrencySignal = signal<'quote' | 'coin'>('quote');

/** The market, the book and what stays as it is between files. */
export const desk: ReadonlySignal<DeskView | undefined> = deskSignal;
/** Where the stream is, up to sixty times a second. */
export const tick: ReadonlySignal<Tick | undefined> = tickSignal;
/** The last frame that is shown, up to ten a second. */
export const frame: ReadonlySignal<Frame | undefined> = frameSignal;
/** A frame about five times a second, for what people read. */
export const slowFrame: ReadonlySignal<Frame | undefined> = slowSignal;
/** What there is to say of the last file. */
export const notice: ReadonlySignal<Notice | undefined> = noticeSignal;
/** Whether an answer that may take a moment is awaited. */
export const isBusy: ReadonlySignal<boolean> = busySignal;
/** Whether the stream is replayed. */
export const isLive: ReadonlySignal<boolean> = liveSignal;
/** What the hedge is asked for. */
export const settings: ReadonlySignal<HedgeSettings | undefined> = settingsSignal;
/** How the replay goes; undefined until it has run for a second. */
export const pace: ReadonlySignal<Pace | undefined> = paceSignal;
/** Changes with {@link tickTimes}. */
export const timesVersion: ReadonlySignal<number> = timesSignal;
/** Ticks to replay per frame. */
export const ticksPerFrame = signal(1);
/** The expiry that the chain shows, -1 for all. */
export const chainExpiry = signal(-1);
/** The side of the chain that a narrow screen shows. */
export const chainSide = signal<'call' | 'put'>('call');
/** The smile that is shown, by its place in `desk.smiles`. */
export const smileShown = signal(0);

/** Structures of the book that have a payoff. */
export const structures: ReadonlySignal<readonly StructureView[]> = structuresSignal;
/** How the account is margined. */
export const marginSettings: ReadonlySignal<MarginSettings | undefined> = marginSettingsSignal;
/** The account as last looked at: about once a second in a replay. */
export const margin: ReadonlySignal<MarginView | undefined> = marginSignal;
/** The payoff as last looked at. */
export const payoff: ReadonlySignal<PayoffView | undefined> = payoffSignal;
/** Whose payoff is shown. */
export const payoffChoice: ReadonlySignal<PayoffChoice> = payoffChoiceSignal;
/** What it is measured in. */
export const payoffCurrency: ReadonlySignal<'quote' | 'coin'> = payoffCurrencySignal;

/** Every measured time from tick to hedge, in microseconds. */
export const tickTimes = new TickTimes();

let worker: Worker | undefined;
let accountWorker: Worker | undefined;
let awaited = 0;
let frames = 0;
let advances = 0;
let second = { start: 0, frames: 0 };
const work = new WorkClock();

const marginLook = new Latest(() => {
  const [state, asked] = [frameSignal.value, marginSettingsSignal.value];
  if (state === undefined || asked === undefined) return false;
  const { forward, years, volatility } = state;
  askAccount({ kind: 'margin', state: { forward, years, volatility }, settings: asked });
  return true;
});
const payoffLook = new Latest(() => {
  const state = frameSignal.value;
  if (state === undefined) return false;
  const { forward, years, volatility } = state;
  const [choice, currency] = [payoffChoiceSignal.value, payoffCurrencySignal.value];
  askAccount({ kind: 'payoff', state: { forward, years, volatility }, choice, currency });
  return true;
});

/** Starts the workers; the first shows the embedded market by itself. */
export function start(): void {
  worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  awaited = 1;
  worker.onmessage = ({ data }: MessageEvent<Response>) => {
    work.begin();
    receive(data);
  };
  accountWorker = new Worker(new URL('./account-worker.ts', import.meta.url), { type: 'module' });
  accountWorker.onmessage = ({ data }: MessageEvent<AccountResponse>) => {
    work.begin();
    receiveAccount(data);
  };
  worker.onerror = accountWorker.onerror = ({ message }) => {
    showFailure(message);
  };
}

function ask(request: Request): void {
  awaited += 1;
  busySignal.value = request.kind !== 'advance';
  worker?.postMessage(request);
}

function askAccount(request: AccountRequest): void {
  accountWorker?.postMessage(request);
}

function receive(response: Response): void {
  awaited -= 1;
  batch(() => {
    if (awaited === 0) busySignal.value = false;
    if (response.kind === 'refused') {
      noticeSignal.value = { tone: 'bad', text: `${response.message}. Nothing has changed.` };
      return;
    }
    if (response.kind === 'failed') {
      setLive(false);
      showFailure(response.message);
      return;
    }
    if (response.kind === 'tick') {
      showTick(response.tick);
      return;
    }
    if (response.kind === 'desk') {
      showDesk(response.desk, response.remark);
      askAccount({ kind: 'hold', holding: response.holding });
    }
    showTick(response.frame);
    frameSignal.value = response.frame;
    frames += 1;
    if (liveSignal.value && frames % SLOW_FRAMES !== 0) return;
    slowSignal.value = response.frame;
    timesSignal.value += 1;
    if (!liveSignal.value && response.kind === 'frame') lookAtAccount();
  });
}

function showFailure(message: string): void {
  noticeSignal.value = { tone: 'bad', text: `The engine failed: ${message}` };
}

function showTick(tick: Tick): void {
  if (tick.times.length > 0) tickTimes.add(tick.times);
  tickSignal.value = tick;
  if (tick.isOver) setLive(false);
}

function receiveAccount(response: AccountResponse): void {
  batch(() => {
    switch (response.kind) {
      case 'held':
        structuresSignal.value = response.structures;
        marginSettingsSignal.value = {
          model: response.model,
          cash: NaN,
          coins: NaN,
          shock: NaN,
          impact: DEFAULT_IMPACT,
        };
        lookAtAccount();
        break;
      case 'margin':
        marginSignal.value = response.margin;
        marginLook.answered();
        break;
      case 'payoff':
        payoffSignal.value = response.payoff;
        payoffLook.answered();
        break;
      case 'failed':
        showFailure(response.message);
        if (response.request === 'margin') marginLook.answered();
        if (response.request === 'payoff') payoffLook.answered();
        break;
    }
  });
}

function lookAtAccount(): void {
  payoffLook.want();
  marginLook.want();
}

/** Changes how the account is margined. */
export function changeMargin(change: Partial<MarginSettings>): void {
  if (marginSettingsSignal.value === undefined) return;
  marginSettingsSignal.value = { ...marginSettingsSignal.value, ...change };
  marginLook.want();
}

/** Shows another payoff. */
export function choosePayoff(choice: PayoffChoice): void {
  payoffChoiceSignal.value = choice;
  payoffLook.want();
}

/** Measures payoffs in money or in coin. */
export function choosePayoffCurrency(currency: 'quote' | 'coin'): void {
  payoffCurrencySignal.value = currency;
  payoffLook.want();
}

function showDesk(view: DeskView, remark: string): void {
  const isFirst = deskSignal.value === undefined;
  const nearMonth = view.smiles.findIndex(({ slice }) => slice.years > 25 / 365);
  deskSignal.value = view;
  settingsSignal.value = view.settings;
  structuresSignal.value = [];
  payoffChoiceSignal.value = { kind: 'held', index: 0 };
  smileShown.value = Math.max(0, nearMonth);
  chainExpiry.value = Math.max(
    0,
    view.expiries.findIndex(({ years }) => years > 25 / 365),
  );
  liveSignal.value = false;
  tickTimes.clear();
  paceSignal.value = undefined;
  if (isFirst) return;
  const size = `${view.strike.length * 2} options, ${view.positions} positions`;
  const opened = `${view.chain.name}, book ${view.book.name}: ${size}.`;
  noticeSignal.value = { tone: 'good', text: remark === '' ? opened : `${opened} ${remark}` };
}

/** Opens files that were dropped or chosen; the embedded market where there are none. */
export async function openFiles(files: readonly File[]): Promise<void> {
  const texts = await Promise.all(
    files.map(async (file): Promise<TextFile> => ({ name: file.name, text: await file.text() })),
  );
  ask({ kind: 'open', files: texts });
}

/** Looks at another underlying. */
export function chooseUnderlying(underlying: string): void {
  ask({ kind: 'choose', underlying });
}

/** Hedges by other wishes. */
export function changeSettings(change: Partial<HedgeSettings>): void {
  if (settingsSignal.value === undefined) return;
  settingsSignal.value = { ...settingsSignal.value, ...change };
  ask({ kind: 'hedge', settings: settingsSignal.value });
}

/** Hides the notice. */
export function dismissNotice(): void {
  noticeSignal.value = undefined;
}

/** Starts or stops the replay. */
export function setLive(live: boolean): void {
  if (live === liveSignal.value || (live && tickSignal.value?.isOver === true)) return;
  liveSignal.value = live;
  second = { start: performance.now(), frames: 0 };
  work.read();
  if (live) requestAnimationFrame(onAnimationFrame);
  else ask({ kind: 'advance', ticks: 0, show: true });
}

/** One step of the replay by hand. */
export function step(): void {
  ask({ kind: 'advance', ticks: ticksPerFrame.value, show: true });
}

/** Stops the replay and goes back to its start. */
export function rewind(): void {
  setLive(false);
  tickTimes.clear();
  ask({ kind: 'rewind' });
}

/** Asks for the next frame unless one is under way: a slow worker loses frames, never keeps a queue. */
function onAnimationFrame(now: number): void {
  if (!liveSignal.value) return;
  work.begin();
  requestAnimationFrame(onAnimationFrame);
  if (awaited === 0) {
    second.frames += 1;
    advances += 1;
    ask({ kind: 'advance', ticks: ticksPerFrame.value, show: advances % SHOWN_FRAMES === 0 });
  }
  const elapsed = now - second.start;
  if (elapsed < 1000) return;
  paceSignal.value = {
    framesPerSecond: (second.frames * 1000) / elapsed,
    busyShare: work.read() / elapsed,
  };
  second = { start: now, frames: 0 };
  lookAtAccount();
}
