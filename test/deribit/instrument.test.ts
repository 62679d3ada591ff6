import { expiryInstant, expiryLabel, parseInstrument } from 'greekfire/deribit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('parseInstrument', () => {
  it('reads an inverse option', () => {
    expect(parseInstrument('BTC-27MAR26-60000-P')).toEqual({
      kind: 'option',
      name: 'BTC-27MAR26-60000-P',
      underlying: 'BTC',
      settlement: 'inverse',
      label: '27MAR26',
      expiry: Date.UTC(2026, 2, 27, 8),
      strike: 60000,
      type: 'put',
    });
  });

  it('reads linear options and decimal strikes', () => {
    expect(parseInstrument('BTC_USDC-5APR24-60000-C')).toMatchObject({
      underlying: 'BTC_USDC',
      settlement: 'linear',
    });
    expect(parseInstrument('XRP_USDC-30JUN23-0d65-C')).toMatchObject({ strike: 0.65, type: 'call' });
  });

  it('reads futures and perpetuals', () => {
    expect(parseInstrument('ETH-26JUN26')).toMatchObject({
      kind: 'future',
      underlying: 'ETH',
      label: '26JUN26',
    });
    expect(parseInstrument('BTC-PERPETUAL')).toMatchObject({ kind: 'perpetual', settlement: 'inverse' });
    expect(parseInstrument('SOL_USDC-PERPETUAL')).toMatchObject({ kind: 'perpetual', settlement: 'linear' });
  });

  it.each([
    '',
    'BTC',
    'BTC-31FEB26-60000-P',
    'BTC-27MRZ26-60000-P',
    'BTC-27MAR26-60000',
    'BTC-27MAR26-0-C',
    'BTC-27MAR26-60000-X',
    'BTC-27MAR26-60000-P ',
    'BTC-CS-28MAR25-90000_95000',
    'btc-27MAR26-60000-P',
  ])('does not recognise "%s"', (name) => {
    expect(parseInstrument(name)).toBeUndefined();
  });
});

describe('expiry labels', () => {
  it('mean 08:00 UTC of the day', () => {
    expect(expiryInstant('29FEB28')).toBe(Date.UTC(2028, 1, 29, 8));
    expect(expiryInstant('29FEB27')).toBeNaN();
    expect(expiryLabel(Date.UTC(2024, 3, 5, 8))).toBe('5APR24');
  });

  it('go to an instant and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 36_000 }), (day) => {
        const instant = Date.UTC(2000, 0, 1 + day, 8);
        expect(expiryInstant(expiryLabel(instant))).toBe(instant);
      }),
    );
  });
});
