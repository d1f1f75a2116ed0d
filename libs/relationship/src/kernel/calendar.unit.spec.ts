import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BIRTH_DATE, isBirthDate } from './calendar.js';

describe('a birth date', () => {
  it.each(['1985-05-15', '2000-02-29', '0001-01-01', '--02-29', '--12-31'])('may be %s', (value) => {
    expect(isBirthDate(value)).toBe(true);
    expect(value).toMatch(new RegExp(BIRTH_DATE));
  });

  it.each([
    '31182',
    '0000-00-00',
    '0000-05-15',
    '1985-5-15',
    '1985-02-29',
    '1900-02-29',
    '1985-04-31',
    '--02-30',
    '--13-01',
    '05-15',
    '19850515',
  ])('is not %s', (value) => expect(isBirthDate(value)).toBe(false));

  it('is not an instant, nor part of a longer text', () => {
    for (const value of ['1985-05-15T00:00:00.000Z', ' 1985-05-15', '1985-05-15\n', '']) expect(isBirthDate(value)).toBe(false);
  });

  it('is every day that the calendar of JavaScript has', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9999 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 31 }),
        (year, month, day) => {
          const text = [String(year).padStart(4, '0'), String(month).padStart(2, '0'), String(day).padStart(2, '0')].join('-');
          const at = new Date(0);
          at.setUTCFullYear(year, month - 1, day);
          expect(isBirthDate(text)).toBe(at.getUTCDate() === day);
        },
      ),
    );
  });
});
