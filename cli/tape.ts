import { createReadStream, fstatSync, openSync } from 'node:fs';
import { SingleBar } from 'cli-progress';
import { ReadError, type TapeCounts, type TapeOptions, type TradeEvent, tradeTape } from 'greekfire/deribit';
import type { FullCore } from 'greekfire/full';
import { type RecognisedEvent, type TapeReport, TapeSummary } from 'greekfire/strategy';
import { InputError } from './failure.js';

/** Multi-leg events that are kept for the report, the largest. */
const KEPT = 12;

/** A tape that is open. */
export interface OpenTape {
  /** The trades, in order; errors name the file. */
  readonly events: AsyncGenerator<TradeEvent, void, void>;
  /** What the tape was like so far: live. */
  readonly counts: TapeCounts;
}

/**
 * Opens a tape in a file, `-` for the standard input, and shows how much is read where the error stream is a terminal.
 * @throws InputError where the file cannot be opened; reading throws one where it is no tape
 */
export function openTape(path: string, options: TapeOptions = {}): OpenTape {
  const isInput = path === '-';
  const name = isInput ? 'standard input' : path;
  let source: NodeJS.ReadableStream;
  let size = 0;
  try {
    if (isInput) source = process.stdin;
    else {
      const fd = openSync(path, 'r');
      size = fstatSync(fd).size;
      source = createReadStream('', { fd });
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  const bar = new SingleBar({
    format: `${name} |{bar}| {percentage}% of {megabytes} MB`,
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: true,
  });
  const isShown = !isInput && size > 0 && process.stderr.isTTY;
  async function* chunks(): AsyncGenerator<Uint8Array, void, void> {
    if (isShown) bar.start(size, 0, { megabytes: (size / 1e6).toFixed(1) });
    try {
      for await (const chunk of source) {
        const bytes = chunk as Buffer;
        yield bytes;
        if (isShown) bar.increment(bytes.length);
      }
    } finally {
      if (isShown) bar.stop();
    }
  }
  const tape = tradeTape(chunks(), { window: Infinity, ...options });
  async function* events(): AsyncGenerator<TradeEvent, void, void> {
    try {
      yield* tape;
    } catch (error) {
      if (error instanceof ReadError) throw new InputError(`${name}: ${error.message}`);
      if (error instanceof Error && 'code' in error) throw unreadable(path, error);
      throw error;
    }
  }
  return {
    events: events(),
    get counts() {
      return tape.counts;
    },
  };
}

function unreadable(path: string, error: unknown): InputError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const reasons: Record<string, string> = {
    ENOENT: 'no such file',
    EISDIR: 'it is a folder',
    EACCES: 'permission denied',
  };
  return new InputError(
    `cannot read ${path === '' ? 'a file without a name' : path}: ${reasons[code] ?? code}`,
  );
}

/** What `greekfire tape` shows. */
export interface TapeFile {
  readonly file: string;
  readonly counts: TapeCounts;
  readonly report: TapeReport;
  /** Units of the underlying that an event traded, and what it was: the largest, largest first. */
  readonly largest: readonly RecognisedEvent[];
}

/**
 * Adds up a tape.
 * @param onStructure - is told of every event of several legs, in order
 * @throws InputError where the file is no tape, or holds no trade
 */
export async function summariseFile(
  core: FullCore,
  path: string,
  options: TapeOptions,
  onStructure: (recognised: RecognisedEvent) => void = () => undefined,
): Promise<TapeFile> {
  const tape = openTape(path, options);
  const summary = new TapeSummary(core);
  let largest: RecognisedEvent[] = [];
  for await (const event of tape.events) {
    const recognised = summary.add(event);
    if (recognised === undefined) continue;
    onStructure(recognised);
    largest.push(recognised);
    if (largest.length >= 2 * KEPT) largest = leading(largest);
  }
  if (tape.counts.trades === 0) throw new InputError(`${path}: the tape has no trade of an option`);
  return { file: path, counts: tape.counts, report: summary.report, largest: leading(largest) };
}

/** Units of the underlying of all legs. */
export function sizeOf({ event }: RecognisedEvent): number {
  return event.trades.reduce((sum, { amount }) => sum + amount, 0);
}

function leading(events: readonly RecognisedEvent[]): RecognisedEvent[] {
  return [...events].sort((a, b) => sizeOf(b) - sizeOf(a)).slice(0, KEPT);
}
