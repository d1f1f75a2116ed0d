import { describe, expect, it } from '@jest/globals';
import { RowProblem } from '../records/import-record.js';
import { type Arithmetic, toMinor, toPlainDecimal } from './money.js';

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

  it.each(['1.505', '1.500', '1.200', '15.000'])('rejects digits that the currency does not have, zeros too: %s', (text) => {
    expect(() => usd(text)).toThrow(/more than the 2 decimal digits of USD; a mapping may allow that with "round"/);
  });

  it.each<[Arithmetic['round'], ...number[]]>([
    // 2.345, -2.345, 2.355, 2.3451, 2.341
    ['half-up', 235, -235, 236, 235, 234],
    ['half-even', 234, -234, 236, 235, 234],
    ['up', 235, -235, 236, 235, 235],
    ['down', 234, -234, 235, 234, 234],
  ])('is rounded by the rule that the mapping names: %s', (round, ...minor) => {
    const texts = ['2.345', '-2.345', '2.355', '2.3451', '2.341'];
    expect(texts.map((text) => toMinor(text, 'USD', 2, plain, { round }).minor)).toEqual(minor);
  });

  it('drops zeros alone where the rule is to be exact', () => {
    expect(toMinor('1.500', 'USD', 2, plain, { round: 'exact' }).minor).toBe(150);
    expect(() => toMinor('1.505', 'USD', 2, plain, { round: 'exact' })).toThrow(/not exact with 2 decimal digits/);
  });

  it('changes its sign, and is multiplied before it is rounded', () => {
    const of = (how: Arithmetic, times?: string) => toMinor('-1.05', 'USD', 2, plain, how, times).minor;
    expect([of({ sign: 'negate' }), of({ sign: 'absolute' }), of({}), of({}, '3'), of({}, '3.000')]).toEqual([105, 105, -105, -315, -315]);
    expect([of({ round: 'half-up' }, '0.5'), of({ round: 'down' }, '0.5')]).toEqual([-53, -52]);
    expect(() => of({}, '0.5')).toThrow(/not exact/);
  });

  it('rejects what no integer can hold', () => {
    expect(() => usd('99999999999999999999')).toThrow(/too large/);
  });

  it('turns a written decimal into a plain one', () => {
    expect(toPlainDecimal('+1,234.50', { decimal: '.', group: ',' })).toBe('1234.50');
  });
});
