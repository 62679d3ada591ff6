import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The command as it is installed. */
export const COMMAND = fileURLToPath(new URL('../../dist/cli/greekfire.js', import.meta.url));

/** What one run of the command left. */
export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** Runs the command with its output in a pipe. */
export function greekfire(...flags: readonly string[]): Run {
  const run = spawnSync(process.execPath, [COMMAND, ...flags], { encoding: 'utf8', maxBuffer: 1 << 26 });
  return { code: run.status, out: run.stdout, error: run.stderr };
}

const folder = mkdtempSync(join(tmpdir(), 'greekfire-'));

/** Writes a file for the command to read; its path. */
export function inputFile(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}
