import { ALPHABET, PAIRS, SHIFT, SINGLES } from '../bindings/inline.js';

/** The text that `decode` in bindings/inline.ts makes the bytes of. */
export function encode(bytes: Uint8Array): string {
  const characters = Array.from({ length: 256 }, (_, rank) => {
    if (rank < SINGLES) return ALPHABET[PAIRS + rank];
    const beyond = rank - SINGLES;
    return ALPHABET[Math.floor(beyond / ALPHABET.length)] + ALPHABET[beyond % ALPHABET.length];
  });
  return Array.from(bytes, (byte) => characters[(byte + SHIFT) % 256]).join('');
}
