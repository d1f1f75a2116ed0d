import { describe, expect, it } from '@jest/globals';
import { amountOf, times } from './money.js';

const eur = (minor: number) => ({ minor, currency: 'EUR' });

describe('money', () => {
  it('is multiplied by fractions that come to whole minor units', () => {
    expect(times(eur(250), 1.5)).toEqual(eur(375));
    expect(times(eur(110), 1.1)).toEqual(eur(121));
    expect(() => times(eur(1), 1.5)).toThrow(expect.objectContaining({ code: 'amount-not-whole' }));
  });
  it('is never more than can be kept exactly', () => {
    expect(() => times(eur(Number.MAX_SAFE_INTEGER), 2)).toThrow(expect.objectContaining({ code: 'amount-not-whole' }));
    expect(times(eur(Number.MAX_SAFE_INTEGER), 1)).toEqual(eur(Number.MAX_SAFE_INTEGER));
    expect(() => times(eur((Number.MAX_SAFE_INTEGER + 1) / 2), 2)).toThrow(expect.objectContaining({ code: 'amount-not-whole' }));
  });
  it('is multiplied exactly, however large, and a third is a third', () => {
    expect(times(eur(9_007_199_254_740_990), 0.7)).toEqual(eur(6_305_039_478_318_693));
    expect(() => times(eur(9_007_199_254_740_981), 0.7)).toThrow(expect.objectContaining({ code: 'amount-not-whole' }));
    expect(times(eur(300), 1 / 3)).toEqual(eur(100));
    expect(() => times(eur(5_000_000), 1e-7)).toThrow(expect.objectContaining({ code: 'amount-not-whole' }));
    expect(times(eur(50_000_000), 1e-7)).toEqual(eur(5));
    expect(times(eur(2), 1e15)).toEqual(eur(2e15));
  });
  it('is refused where there is no number or no currency', () => {
    expect(() => amountOf(undefined, 'A win')).toThrow(expect.objectContaining({ code: 'amount-missing' }));
    expect(() => amountOf({ minor: 1, currency: 'euro' }, 'A win')).toThrow(expect.objectContaining({ code: 'currency-missing' }));
    expect(() => amountOf(eur(Number.NaN), 'A win')).toThrow(expect.objectContaining({ code: 'amount-not-whole' }));
  });
});
