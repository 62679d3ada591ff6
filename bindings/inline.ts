/**
 * How the module's bytes travel inside JavaScript: as printable ASCII, which no bundler escapes and no server's
 * character set harms, and one character for most bytes, so that gzip finds nearly what it finds in the file itself
 * (2 % more; hexadecimal takes 11 % more, base64 32 %).
 *
 * The rank of a byte is `(byte + SHIFT) % 256`, which puts the bytes that WebAssembly is mostly made of first. A rank
 * below `SINGLES` is one character of the alphabet. The others are a pair: the first character, one of the alphabet's
 * first two, says in which ninety of them the second counts.
 */

/** From `#` to `~` without the apostrophe and the backslash. */
export const ALPHABET =
  '#$%&()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~';
export const PAIRS = 2;
export const SINGLES = ALPHABET.length - PAIRS;
export const SHIFT = 16;

/** The bytes that a text stands for. */
export function decode(text: string): Uint8Array<ArrayBuffer> {
  // What a character stands for by itself, or after the first or the second that begins a pair: ~0 or ~1.
  const table = new Int16Array(128 * (1 + PAIRS));
  for (let place = 0; place < ALPHABET.length; place++) {
    const code = ALPHABET.charCodeAt(place);
    table[code] = place < PAIRS ? ~place : (place - PAIRS - SHIFT) & 255;
    for (let pair = 0; pair < PAIRS; pair++) {
      table[128 * (1 + pair) + code] = (SINGLES + pair * ALPHABET.length + place - SHIFT) & 255;
    }
  }
  // In place, since no character stands for more than a byte; a first run is a cold one, where a call per character
  // would take as long again.
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = table[bytes[i]];
    bytes[at++] = byte >= 0 ? byte : table[128 * -byte + bytes[++i]];
  }
  return bytes.subarray(0, at);
}
