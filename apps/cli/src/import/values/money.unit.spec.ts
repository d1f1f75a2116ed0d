import { describe, expect, it } from '@jest/globals';
import { RowProblem } from '../records/import-record.js';
import { toMinor, toPlainDecimal } from './money.js';

const plain = { decimal: '.', group: undefined };
const usd = (text: string, format: { decimal: string; group: string | undefined } = plain) => toMinor(text, 'USD', 2, format).minor;

describe('money in a file', () => {
  it('becomes minor units without a float in between', () => {
    // 1.15 * 100 and 4.35 * 100 are not whole as floats
    expect([usd('1.15'), usd('4.35'), usd('29.33'), usd('0.07'), usd('100'), usd('1054'), usd('-3.5'), usd('0.00')]).toEqual([
      115, 435, 2933, 7, 10000, 105400, -350, 0,
    ]);
  });

  it('has no decimals where the currency has none', () => {
    expect(toMinor('1500', 'JPY', 0, plain)).toEqual({ minor: 1500, currency: 'JPY' });
  });

  it('reads decimal commas and groups as the mapping says', () => {
    expect(usd('1.234.567,89', { decimal: ',', group: '.' })).toBe(123456789);
    for (const blank of [' ', '\u00a0', '\u202f']) expect(usd(`1${blank}234,5`, { decimal: ',', group: ' ' })).toBe(123450);
  });

  it.each(['1.50', '12,34', '1,2345', '', 'abc', '1.2.3', '--1', '1e3', '٣', 'NaN'])(
    'rejects %p where groups are commas of three digits, or takes it for what it is',
    (text) => {
      const format = { decimal: '.', group: ',' };
      if (text === '1.50') expect(usd(text, format)).toBe(150);
      else expect(() => usd(text, format)).toThrow(RowProblem);
    },
  );

  it('rejects digits that the currency does not have, unless they are zeros', () => {
    expect(usd('1.500')).toBe(150);
    expect(() => usd('1.505')).toThrow(/more than the 2 decimal digits of USD/);
  });

  it('rejects what no integer can hold', () => {
    expect(() => usd('99999999999999999999')).toThrow(/too large/);
  });

  it('turns a written decimal into a plain one', () => {
    expect(toPlainDecimal('+1,234.50', { decimal: '.', group: ',' })).toBe('1234.50');
  });
});
