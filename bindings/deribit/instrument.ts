import { requireText } from '../checks.js';
import type { OptionType } from '../index.js';

/** How a contract pays: `inverse` in the coin itself, `linear` in the quote currency. */
export type Settlement = 'linear' | 'inverse';

interface Named {
  /** The exchange's name, as given. */
  readonly name: string;
  /** What stands before the first hyphen: `BTC`, `ETH`, or the pair of a linear contract, `BTC_USDC`. */
  readonly underlying: string;
  /** What it settles in: coin (inverse) or quote currency (linear). */
  readonly settlement: Settlement;
}

interface Dated {
  /** The expiry as the exchange writes it, `27MAR26`. */
  readonly label: string;
  /** 08:00 UTC of the expiry day, milliseconds since 1970-01-01T00:00Z. */
  readonly expiry: number;
}

/** A European option, `BTC-27MAR26-60000-P`. */
export interface OptionInstrument extends Named, Dated {
  /** Tells options from the others. */
  readonly kind: 'option';
  /** In quote currency. */
  readonly strike: number;
  /** Call or put. */
  readonly type: OptionType;
}

/** A dated future, `BTC-27MAR26`. */
export interface FutureInstrument extends Named, Dated {
  /** Tells futures from the others. */
  readonly kind: 'future';
}

/** A perpetual future, `BTC-PERPETUAL`. */
export interface PerpetualInstrument extends Named {
  /** Tells perpetuals from the others. */
  readonly kind: 'perpetual';
}

/** What a Deribit instrument name stands for. */
export type Instrument = OptionInstrument | FutureInstrument | PerpetualInstrument;

const NAME = /^([A-Z0-9]+(?:_[A-Z0-9]+)?)-(?:(PERPETUAL)|(\d{1,2}[A-Z]{3}\d{2})(?:-(\d+(?:d\d+)?)-([CP]))?)$/;
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const EXPIRY_HOUR = 8;

/**
 * The instant an expiry label names: 08:00 UTC of that day, in milliseconds since 1970-01-01T00:00Z.
 *
 * @param label - day without a leading zero, month, two digits of the year: `27MAR26`, `5APR24`
 * @returns NaN where the label names no day of the calendar
 * @throws TypeError where it is not a text
 */
export function expiryInstant(label: string): number {
  const parts = /^(\d{1,2})([A-Z]{3})(\d{2})$/.exec(requireText('label', label));
  if (parts === null) return NaN;
  const day = Number(parts[1]);
  const month = MONTHS.indexOf(parts[2]);
  const instant = Date.UTC(2000 + Number(parts[3]), month, day, EXPIRY_HOUR);
  const date = new Date(instant);
  return date.getUTCMonth() === month && date.getUTCDate() === day ? instant : NaN;
}

/** The label of an expiry day as the exchange writes it, `27MAR26`; the inverse of {@link expiryInstant}. */
export function expiryLabel(instant: number): string {
  const date = new Date(instant);
  const year = String(date.getUTCFullYear() % 100).padStart(2, '0');
  return `${date.getUTCDate()}${MONTHS[date.getUTCMonth()]}${year}`;
}

/**
 * Reads an instrument name of the exchange: an option, a dated future or a perpetual, inverse or linear.
 *
 * A pair in front (`BTC_USDC-27MAR26-60000-C`) marks a linear contract; a decimal strike is written with `d`
 * (`XRP_USDC-30JUN23-0d65-C` has strike 0.65).
 *
 * @returns undefined for a name that is none of these (a combo, a spot pair, a typing error)
 * @throws TypeError where it is not a text
 */
export function parseInstrument(name: string): Instrument | undefined {
  const parts = NAME.exec(requireText('name', name));
  if (parts === null) return undefined;
  const underlying = parts[1];
  // Groups that did not take part are undefined, which the type of a match does not say.
  const groups: readonly (string | undefined)[] = parts.slice(2);
  const [perpetual, label, strikeText, typeText] = groups;
  const settlement: Settlement = underlying.includes('_') ? 'linear' : 'inverse';
  if (perpetual !== undefined) return { kind: 'perpetual', name, underlying, settlement };
  if (label === undefined) return undefined;
  const expiry = expiryInstant(label);
  if (Number.isNaN(expiry)) return undefined;
  const dated = { name, underlying, settlement, label, expiry };
  if (strikeText === undefined) return { kind: 'future', ...dated };
  const strike = Number(strikeText.replace('d', '.'));
  if (!(strike > 0)) return undefined;
  return { kind: 'option', ...dated, strike, type: typeText === 'C' ? 'call' : 'put' };
}
