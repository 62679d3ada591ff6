import picocolors from 'picocolors';

/** Colours of a report; plain text where colour is off. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly accent: (text: string) => string;
  /** By how good a number is, -1 to 1: red below 0, green above, stronger to the ends. */
  readonly heat: (share: number, text: string) => string;
}

/** Whether a stream should be coloured: a terminal that can, and no wish against it (https://no-color.org). */
export function wantsColour(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !environment['NO_COLOR'] && environment['TERM'] !== 'dumb';
}

/** From which share of the largest number on a number is coloured, bold, and on a ground. */
const FAINT = 0.02;
const STRONG = 0.33;
const STRONGEST = 0.75;

/** The colours, or none. */
export function paintFor(colour: boolean): Paint {
  const colours = picocolors.createColors(colour);
  const { bold, dim, green, red, yellow, cyan, black, bgRed, bgGreen } = colours;
  const heat = (share: number, text: string): string => {
    const [plain, ground] = share < 0 ? [red, bgRed] : [green, bgGreen];
    const size = Math.abs(share);
    if (size >= STRONGEST) return ground(black(text));
    if (size >= STRONG) return bold(plain(text));
    return size >= FAINT ? plain(text) : text;
  };
  return { bold, dim, good: green, bad: red, warn: yellow, accent: (text) => bold(cyan(text)), heat };
}
