/** A mistake in what the user gave: shown as one line without a stack, exit code 2. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** An output that could not be written: shown as one line, exit code 1. */
export class WriteError extends Error {
  override readonly name = 'WriteError';
}

/** A message on one line. */
export function oneLine(message: string): string {
  return printable(message.replace(/\s*\n\s*/g, ' ').trim());
}

/** What an input says must not steer the terminal: control characters become their escapes. */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
