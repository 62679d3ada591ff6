/** A mistake in what the user gave: shown as one line without a stack, exit code 2. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** A message on one line. */
export function oneLine(message: string): string {
  return message.replace(/\s*\n\s*/g, ' ').trim();
}
