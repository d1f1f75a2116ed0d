import { describe, expect, it } from '@jest/globals';
import { add, amountOf, minorUnits, subtract, times } from './money.js';

const eur = (minor: number) => ({ minor, currency: 'EUR' });
const usd = (minor: number) => ({ minor, currency: 'USD' });

describe('money', () => {
  it('is added and subtracted within a currency', () => {
    expect(add(eur(1), eur(2))).toEqual(eur(3));
    expect(subtract(eur(1), eur(2))).toEqual(eur(-1));
  });
  it('is never added or subtracted across currencies', () => {
    expect(() => add(eur(1), usd(1))).toThrow(expect.objectContaining({ code: 'currency-mixed' }));
    expect(() => subtract(eur(1), usd(1))).toThrow(expect.objectContaining({ code: 'currency-mixed' }));
  });
  it('is never more than can be kept exactly', () => {
    expect(() => add(eur(Number.MAX_SAFE_INTEGER), eur(1))).toThrow(expect.objectContaining({ code: 'amount-not-whole' }));
  });
  it('is multiplied by fractions that come to whole minor units', () => {
    expect(times(eur(250), 1.5)).toEqual(eur(375));
    expect(times(eur(110), 1.1)).toEqual(eur(121));
    expect(() => times(eur(1), 1.5)).toThrow(expect.objectContaining({ code: 'amount-not-whole' }));
  });
  it('is refused where there is no number or no currency', () => {
    expect(() => amountOf(undefined, 'A win')).toThrow(expect.objectContaining({ code: 'amount-missing' }));
    expect(() => amountOf({ minor: 1, currency: 'euro' }, 'A win')).toThrow(expect.objectContaining({ code: 'currency-missing' }));
    expect(() => amountOf(eur(Number.NaN), 'A win')).toThrow(expect.objectContaining({ code: 'amount-not-whole' }));
  });
});

describe('minor units', () => {
  it.each([
    ['EUR', 2],
    ['HUF', 2],
    ['IDR', 2],
    ['JPY', 0],
    ['ISK', 0],
    ['IQD', 3],
    ['KWD', 3],
    ['CLF', 4],
  ])('of %s are %i places, as ISO 4217 has them', (currency, places) => {
    expect(minorUnits(currency as string)).toBe(places);
  });
});
