import picocolors from 'picocolors';

/** Colours of a report; plain text where colour is off. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly accent: (text: string) => string;
}

/** Whether a stream should be coloured: a terminal that can, and no wish against it (https://no-color.org). */
export function wantsColour(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
}

/** The colours, or none. */
export function paintFor(colour: boolean): Paint {
  const { bold, dim, green, red, yellow, cyan } = picocolors.createColors(colour);
  return { bold, dim, good: green, bad: red, warn: yellow, accent: (text) => bold(cyan(text)) };
}
