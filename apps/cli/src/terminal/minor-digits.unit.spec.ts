import { describe, expect, it } from '@jest/globals';
import { minorDigits } from './minor-digits.js';

describe('the digits of a currency', () => {
  it.each([
    ['USD', 2],
    ['JPY', 0],
    ['KWD', 3],
    ['CLF', 4],
    // CLDR, and so `Intl`, says 0 for these.
    ['HUF', 2],
    ['IDR', 2],
    ['IQD', 3],
    ['MGA', 2],
  ])('of %s are the %i of ISO 4217', (currency, digits) => {
    expect(minorDigits(currency)).toBe(digits);
  });
});
