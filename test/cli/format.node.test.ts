import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { columnFormat, fixed, isZero, priceFormat } from '../../cli/report/format.js';
import { oneLine } from '../../cli/failure.js';
import { paintFor, wantsColour, type Paint } from '../../cli/report/paint.js';
import { table } from '../../cli/report/table.js';

describe('numbers for people', () => {
  it('have thousands separators, and zero has no sign', () => {
    expect(fixed(2)(-1234567.891)).toBe('-1,234,567.89');
    expect(fixed(1)(-0.04)).toBe('0.0');
    expect(fixed(0)(NaN)).toBe('-');
  });

  it('share one precision in a column', () => {
    const format = columnFormat([12.3456, -0.01]);
    expect([12.3456, -0.01].map(format)).toEqual(['12.35', '-0.01']);
    expect(columnFormat([123_456])(123_456)).toBe('123,456');
    expect(columnFormat([0.00012])(0.00012)).toBe('0.0001');
    expect(columnFormat([25e6])(-25e6)).toBe('-25.00M');
    expect(columnFormat([2.5e10])(-25e6)).toBe('-0.03B');
    expect([0, -25e6, 2.5e13].map(columnFormat([2.5e13]))).toEqual(['0.0e+0', '-2.5e+7', '2.5e+13']);
    expect(columnFormat([])(0)).toBe('0');
  });

  it('show coin prices to four decimals and currency to two', () => {
    expect(priceFormat(0.0345)).toBe('0.0345');
    expect(priceFormat(97_999.5)).toBe('97,999.50');
  });

  it('are recognised as zero, or none, when written', () => {
    expect(['0', '0.000', '', '0.00M', '0.00B', '-'].map(isZero)).toEqual([
      true,
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(['0.01', '-5', 'calls'].map(isZero)).toEqual([false, false, false]);
  });
});

describe('colour', () => {
  it('is for terminals that want it', () => {
    expect(wantsColour({ isTTY: true }, {})).toBe(true);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
    expect(wantsColour({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
    expect(wantsColour({}, {})).toBe(false);
  });

  it('does not move columns', () => {
    const columns = [
      { title: 'name', align: 'left' as const },
      { title: 'value', unit: '$' },
    ];
    const lay = (paint: Paint): string =>
      table(columns, [['a', '0.00'], 'rule', [paint.good('bb'), '1,234.50']], paint);
    const plain = lay(paintFor(false));
    const coloured = lay(paintFor(true));
    expect(coloured).not.toBe(plain);
    const bare = stripVTControlCharacters(coloured);
    expect(bare.split('\n').map((line) => line.trimEnd())).toEqual(plain.split('\n'));
  });
});

describe('oneLine', () => {
  it('joins lines', () => {
    expect(oneLine('a\n  b\n')).toBe('a b');
  });

  it('does not steer the terminal', () => {
    expect(oneLine('\u001b[31mred\u0007')).toBe('\\x1b[31mred\\x07');
  });
});
