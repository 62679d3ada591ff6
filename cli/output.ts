import { createWriteStream, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { WriteError } from './failure.js';

/** What stands for the standard output where a file could be named. */
export type Target = true | string;

/** Whether a flag's value, where it is given, means the standard output. */
export function isOutput(target: Target | undefined): boolean {
  return target === true || target === '-';
}

/**
 * Writes a text to the file that a flag names: to the output where it names none, or `-`.
 * @param flag - in the message
 * @throws WriteError where it cannot
 */
export function writeText(flag: string, target: Target, text: string): void {
  if (target === true || target === '-') {
    process.stdout.write(text);
    return;
  }
  try {
    writeFileSync(target, text);
  } catch (error) {
    throw unwritable(flag, target, error);
  }
}

/** Texts that are written one after the other. */
export interface Writer {
  readonly write: (text: string) => void;
  /** Waits until all is written. @throws WriteError where it could not be */
  readonly end: () => Promise<void>;
}

/**
 * Opens the file that a flag names, as {@link writeText} does, for texts as they come.
 * @throws WriteError where it cannot
 */
export async function openWriter(flag: string, target: Target): Promise<Writer> {
  if (target === true || target === '-') {
    return { write: (text) => void process.stdout.write(text), end: () => Promise.resolve() };
  }
  let failure: unknown;
  const stream = createWriteStream(target);
  stream.on('error', (error) => (failure = error));
  try {
    await once(stream, 'open');
  } catch (error) {
    throw unwritable(flag, target, error);
  }
  return {
    write: (text) => void stream.write(text),
    end: async () => {
      if (failure === undefined) {
        stream.end();
        await once(stream, 'close').catch((error: unknown) => (failure = error));
      }
      if (failure !== undefined) throw unwritable(flag, target, failure);
    },
  };
}

/** A failure to write, in one line. */
export function unwritable(flag: string, path: string, error: unknown): WriteError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const reasons: Record<string, string> = {
    ENOENT: 'no such folder',
    EISDIR: 'it is a folder',
    EACCES: 'permission denied',
    ENOSPC: 'the disk is full',
  };
  const name = path === '' ? 'a file without a name' : path;
  return new WriteError(`${flag}: cannot write ${name}: ${reasons[code] ?? code}`);
}
