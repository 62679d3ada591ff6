import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { InputError } from './failure.js';
import { readText } from './inputs.js';
import { unwritable } from './output.js';

const SCHEMA = 'greekfire.checkpoint/1';

/** Tells texts apart. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What a long run keeps of itself in a file. */
export class Checkpoint<Settings extends object, State> {
  readonly #path: string;
  readonly #settings: Settings;

  /** @param settings - of the run: a file of other settings is refused */
  constructor(path: string, settings: Settings) {
    this.#path = path;
    this.#settings = settings;
  }

  /** The state in the file; undefined where there is no file. @throws InputError where it is none, or of another run */
  read(): State | undefined {
    if (!existsSync(this.#path)) return undefined;
    return readText(this.#path, (text) => {
      const file = this.#parse(text);
      for (const [name, own] of Object.entries(this.#settings)) {
        const [given = 'none', wanted = 'none'] = [file.settings[name], own].map((value) =>
          JSON.stringify(value),
        );
        if (given === wanted) continue;
        const both = `: ${given}, not ${wanted}`;
        throw new InputError(
          `${this.#path} is the checkpoint of another run, its ${name} is another${both.length < 80 ? both : ''}`,
        );
      }
      return JSON.parse(file.state) as State;
    });
  }

  #parse(text: string): { settings: Record<string, unknown>; state: string } {
    let file: unknown;
    try {
      file = JSON.parse(text);
    } catch {
      file = undefined;
    }
    if (typeof file !== 'object' || file === null || !('schema' in file) || file.schema !== SCHEMA)
      throw new InputError(`${this.#path} is no checkpoint, or a damaged one`);
    const { settings, state, sha256 } = file as { settings?: unknown; state?: unknown; sha256?: unknown };
    const isWhole =
      typeof settings === 'object' &&
      settings !== null &&
      typeof state === 'string' &&
      digest(state) === sha256;
    if (!isWhole) throw new InputError(`${this.#path} is a damaged checkpoint: its digest does not match`);
    return { settings: settings as Record<string, unknown>, state };
  }

  /** Replaces the file, all at once: a crash leaves the old one or the new one. @throws WriteError where it cannot */
  write(state: State): void {
    const text = JSON.stringify(state);
    const file = { schema: SCHEMA, settings: this.#settings, sha256: digest(text), state: text };
    const beside = `${this.#path}.${process.pid}.tmp`;
    try {
      const handle = openSync(beside, 'w');
      try {
        writeFileSync(handle, JSON.stringify(file));
        fsyncSync(handle);
      } finally {
        closeSync(handle);
      }
      renameSync(beside, this.#path);
    } catch (error) {
      throw unwritable('--checkpoint', this.#path, error);
    }
  }
}
