import currencies from 'currency-codes';

/**
 * Digits of the minor unit in ISO 4217, e.g. 2 for USD and HUF, 0 for JPY, 3 for KWD; 2 for a code that the list of 2024-06-25 does not
 * have. Not those of `Intl`, which are CLDR's and 0 wherever coins are out of use.
 */
export const minorDigits = (currency: string): number => digits.get(currency) ?? 2;

const digits = new Map(currencies.data.map(({ code, digits }) => [code, digits]));
