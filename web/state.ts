/** Everything the page knows, in one place: panels read signals and call the actions below. */
import { batch, signal, type ReadonlySignal } from '@preact/signals';
import { TickTimes } from './parts/times.js';
import type {
  DeskView,
  Frame,
  HedgeSettings,
  MarginSettings,
  Request,
  Response,
  TextFile,
} from './protocol.js';

/** What the page says about the last file. */
export interface Notice {
  readonly tone: 'good' | 'bad';
  readonly text: string;
}

/** How the replay goes. */
export interface Pace {
  /** Frames of the last second, and the share of it that the page's own code took. */
  readonly framesPerSecond: number;
  readonly pageShare: number;
}

/** Frames between two looks of the slower panels: a table of trades that changes at every frame cannot be read. */
const SLOW_FRAMES = 12;

const deskSignal = signal<DeskView | undefined>(undefined);
const frameSignal = signal<Frame | undefined>(undefined);
const slowSignal = signal<Frame | undefined>(undefined);
const noticeSignal = signal<Notice | undefined>(undefined);
const busySignal = signal(true);
const liveSignal = signal(false);
const settingsSignal = signal<HedgeSettings | undefined>(undefined);
const marginSignal = signal<MarginSettings | undefined>(undefined);
const paceSignal = signal<Pace | undefined>(undefined);
const timesSignal = signal(0);

/** The market, the book and what stays as it is between files. */
export const desk: ReadonlySignal<DeskView | undefined> = deskSignal;
/** The last frame, up to sixty a second. */
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
/** The rule and the collateral of the account; undefined where no model knows the underlying. */
export const marginSettings: ReadonlySignal<MarginSettings | undefined> = marginSignal;
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

/** The structure whose payoff is shown, by its place in `desk.structures`. */
export const structureShown = signal(0);

/** Every measured time from tick to hedge, in microseconds. */
export const tickTimes = new TickTimes();

let worker: Worker | undefined;
let awaited = 0;
let frames = 0;
let second = { start: 0, frames: 0, work: 0 };

/** Starts the worker, which shows the embedded market by itself. */
export function start(): void {
  worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  awaited = 1;
  worker.onmessage = ({ data }: MessageEvent<Response>) => {
    const began = performance.now();
    receive(data);
    second.work += performance.now() - began;
  };
  worker.onerror = ({ message }) => {
    noticeSignal.value = { tone: 'bad', text: `The engine failed: ${message}` };
  };
}

function ask(request: Request): void {
  awaited += 1;
  busySignal.value = request.kind !== 'advance';
  worker?.postMessage(request);
}

function receive(response: Response): void {
  awaited -= 1;
  batch(() => {
    if (awaited === 0) busySignal.value = false;
    if (response.kind === 'refused') {
      noticeSignal.value = { tone: 'bad', text: `${response.message}. Nothing has changed.` };
      return;
    }
    if (response.kind === 'desk') showDesk(response.desk, response.remark);
    if (response.frame.times.length > 0) {
      tickTimes.add(response.frame.times);
    }
    frameSignal.value = response.frame;
    frames += 1;
    if (!liveSignal.value || frames % SLOW_FRAMES === 0) {
      slowSignal.value = response.frame;
      timesSignal.value += 1;
    }
  });
}

function showDesk(view: DeskView, remark: string): void {
  const isFirst = deskSignal.value === undefined;
  const nearMonth = view.smiles.findIndex(({ slice }) => slice.years > 25 / 365);
  deskSignal.value = view;
  settingsSignal.value = view.settings;
  marginSignal.value = view.marginSettings;
  structureShown.value = 0;
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

/** Looks at the account by another rule, or with other collateral. */
export function changeMargin(change: Partial<MarginSettings>): void {
  if (marginSignal.value === undefined) return;
  marginSignal.value = { ...marginSignal.value, ...change };
  ask({ kind: 'margin', settings: marginSignal.value });
}

/** Hides the notice. */
export function dismissNotice(): void {
  noticeSignal.value = undefined;
}

/** Starts or stops the replay. */
export function setLive(live: boolean): void {
  liveSignal.value = live;
  second = { start: performance.now(), frames: 0, work: 0 };
  if (live) requestAnimationFrame(onAnimationFrame);
  else slowSignal.value = frameSignal.value;
}

/** One step of the replay by hand. */
export function step(): void {
  ask({ kind: 'advance', ticks: ticksPerFrame.value });
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
  requestAnimationFrame(onAnimationFrame);
  const began = performance.now();
  if (awaited === 0) {
    second.frames += 1;
    ask({ kind: 'advance', ticks: ticksPerFrame.value });
  }
  second.work += performance.now() - began;
  const elapsed = now - second.start;
  if (elapsed < 1000) return;
  paceSignal.value = {
    framesPerSecond: (second.frames * 1000) / elapsed,
    pageShare: second.work / elapsed,
  };
  second = { start: now, frames: 0, work: 0 };
}
