import { describe, expect, it } from '@jest/globals';
import { amountOf, LARGEST_AMOUNT, optionalAmountOf, times } from './money.js';

const eur = (minor: number) => ({ minor, currency: 'EUR' });

describe('money', () => {
  it('is multiplied by fractions that come to whole minor units', () => {
    expect(times(eur(250), 1.5)).toEqual(eur(375));
    expect(times(eur(110), 1.1)).toEqual(eur(121));
    expect(() => times(eur(1), 1.5)).toThrow(expect.objectContaining({ code: 'amount-not-whole' }));
  });
  it('is never larger than one amount may be, and says how large that is', () => {
    expect(times(eur(LARGEST_AMOUNT), 1)).toEqual(eur(LARGEST_AMOUNT));
    expect(amountOf(eur(LARGEST_AMOUNT), 'A win')).toEqual(eur(LARGEST_AMOUNT));
    for (const tooLarge of [
      () => times(eur(LARGEST_AMOUNT), 1.01),
      () => times(eur(Number.MAX_SAFE_INTEGER), 2),
      () => amountOf(eur(LARGEST_AMOUNT + 1), 'A win'),
      () => amountOf(eur(Number.POSITIVE_INFINITY), 'A win'),
    ])
      expect(tooLarge).toThrow(
        expect.objectContaining({ code: 'amount-too-large', message: expect.stringContaining(`${LARGEST_AMOUNT} minor`) }),
      );
  });
  it('is multiplied exactly, however large, and a third is a third', () => {
    expect(times(eur(99_999_999_999_990), 0.7)).toEqual(eur(69_999_999_999_993));
    expect(() => times(eur(99_999_999_999_991), 0.7)).toThrow(expect.objectContaining({ code: 'amount-not-whole' }));
    expect(times(eur(300), 1 / 3)).toEqual(eur(100));
    expect(() => times(eur(5_000_000), 1e-7)).toThrow(expect.objectContaining({ code: 'amount-not-whole' }));
    expect(times(eur(50_000_000), 1e-7)).toEqual(eur(5));
    expect(times(eur(2), 1e13)).toEqual(eur(2e13));
    expect(times(eur(300_000_000_000), 1e-10)).toEqual(eur(30));
    expect(() => times(eur(3), 2.5)).toThrow(expect.objectContaining({ code: 'amount-not-whole', details: { minor: 7.5 } }));
  });
  it('is rejected where there is no number or no currency', () => {
    expect(() => amountOf(undefined, 'A win')).toThrow(expect.objectContaining({ code: 'amount-missing' }));
    for (const money of [null, {}, { minor: '1', currency: 'EUR' }])
      expect(() => amountOf(money as never, 'A win')).toThrow(expect.objectContaining({ code: 'amount-missing' }));
    for (const currency of ['euro', 'EURO', 'XEUR', 'eUR', undefined])
      expect(() => amountOf({ minor: 1, currency } as never, 'A win')).toThrow(expect.objectContaining({ code: 'currency-missing' }));
    for (const money of [undefined, null]) expect(optionalAmountOf(money as never, 'The cost')).toBeUndefined();
    expect(() => amountOf(eur(Number.NaN), 'A win')).toThrow(expect.objectContaining({ code: 'amount-not-whole' }));
  });
});
