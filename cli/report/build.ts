import type { FullCore } from 'greekfire/full';
import { bookPositions, chainInput } from 'greekfire/deribit';
import { InputError } from '../failure.js';
import { inFile, type Inputs } from '../inputs.js';
import { type AccountFlags, isKnown, marginReport } from '../margin.js';
import { REPORT_CHOICE, Scanned, type ScanReport } from '../scan.js';
import type { Report } from './model.js';
import { Section } from './section.js';

/**
 * Marks the chain, nets the book, chooses the hedge and times the three: everything a report shows, as data.
 *
 * @param currencies - underlyings to report; all with positions where empty
 * @param lots - whether the hedge trades whole lots
 * @param account - what the book is margined by and with
 * @throws InputError for a book that does not fit the chain, or a currency that is not in it
 */
export function buildReport(
  core: FullCore,
  inputs: Inputs,
  currencies: readonly string[],
  lots: boolean,
  account: AccountFlags,
): Report {
  const { market } = inputs;
  const missing = currencies.filter((currency) => !market.underlyings.includes(currency));
  if (missing.length > 0) {
    throw new InputError(`--currency ${missing.join(', ')}: the chain has ${market.underlyings.join(', ')}`);
  }
  const input = chainInput(market);
  if (input.expiries.length === 0)
    throw new InputError(`${inputs.chainSource.name}: no expiry has a forward`);
  const chain = core.chain(input.expiries, 2);
  chain.tick();
  const held = inFile(inputs.bookSource.name, () => bookPositions(inputs.lines, market, input));
  const wanted = market.underlyings.filter((name) => currencies.length === 0 || currencies.includes(name));
  const withPositions = new Set(inputs.lines.map((line) => line.instrument?.underlying));
  const underlyings = wanted
    .filter((name) => withPositions.has(name))
    .map((underlying) => new Section(core, market, input, chain, held, underlying, lots).report());
  const report: Report = {
    chain: inputs.chainSource,
    book: inputs.bookSource,
    futures: inputs.futuresSource,
    format: market.format,
    instant: market.instant,
    rows: market.quotes.length + market.unrecognised.length,
    counts: market.counts,
    futuresQuoted: market.futures.length,
    strikes: chain.length,
    underlyings,
    margin:
      underlyings.length > 0 && isKnown(account.model, inputs)
        ? marginReport(core, inputs, currencies, account)
        : undefined,
    scan: underlyings.length > 0 ? scanReport(core, inputs, currencies) : undefined,
    withoutPositions: wanted.filter((name) => !withPositions.has(name)),
  };
  chain.dispose();
  return report;
}

/** The risk surface of the positions, on the grid of a report. */
function scanReport(core: FullCore, inputs: Inputs, currencies: readonly string[]): ScanReport {
  const scanned = new Scanned(core, inputs, currencies, REPORT_CHOICE);
  const report = scanned.report(scanned.profits(scanned.gridRequest), undefined);
  scanned.dispose();
  return report;
}
