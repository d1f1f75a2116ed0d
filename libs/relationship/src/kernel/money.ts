import { reject } from './rejections.js';

/** Integer minor units (cents) and an ISO 4217 code. */
export interface Money {
  readonly minor: number;
  readonly currency: string;
}

/**
 * Of one amount, in minor units: a trillion euros, or sixty million dollars in rupiah. Ninety such amounts still add up within the integers
 * that JSON numbers hold exactly, so that one typing error does not make the sums of a currency unavailable.
 */
export const LARGEST_AMOUNT = 100_000_000_000_000;

/** The price of `quantity` units. A quantity may be a fraction (1.5 hours), the result may not. */
export const times = ({ minor, currency }: Money, quantity: number): Money => {
  // In decimal digits, since a product in binary is off by whole units where it is large.
  const [, digits = '', fraction = '', exponent = '0'] = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(quantity)) ?? [];
  const places = fraction.length - Number(exponent);
  const product = BigInt(minor) * BigInt(digits + fraction) * 10n ** BigInt(Math.max(0, -places));
  const unit = 10n ** BigInt(Math.max(0, places));
  const nearest = (2n * product + unit) / (2n * unit);
  // A quantity of 0.3333333333333333 is a third, as near as its digits come.
  const isWhole = Number(product - nearest * unit) / Number(unit);
  return { minor: Math.abs(isWhole) < 1e-6 ? kept(Number(nearest)) : notWhole(minor * quantity), currency };
};

/** What a command says must be an amount in a currency, and not below zero. */
export const amountOf = (money: Money | undefined, what: string): Money => {
  if (money === undefined || money === null || typeof money.minor !== 'number')
    return reject('amount-missing', `${what} requires an amount.`);
  if (!/^[A-Z]{3}$/.test(money.currency ?? '')) return reject('currency-missing', `${what} requires an ISO 4217 currency, such as EUR.`);
  if (money.minor < 0)
    return reject('amount-negative', `${what} is ${money.minor}; it must be 0 or more minor units.`, { minor: money.minor });
  return { minor: kept(money.minor), currency: money.currency };
};

export const optionalAmountOf = (money: Money | undefined, what: string): Money | undefined =>
  money === undefined || money === null ? undefined : amountOf(money, what);

/** Nothing was valued before, or in the same currency. */
export const inCurrency = (currency: string | undefined, money: Money | undefined, what: string): void => {
  if (currency !== undefined && money !== undefined && money.currency !== currency)
    reject('currency-mixed', `${what} is in ${money.currency}; the amounts before it are in ${currency}. Use the same currency.`, {
      expected: currency,
      given: money.currency,
    });
};

const kept = (minor: number): number => {
  if (minor > LARGEST_AMOUNT)
    reject('amount-too-large', `${minor} is too large for an amount; the largest is ${LARGEST_AMOUNT} minor units.`, {
      minor,
      largest: LARGEST_AMOUNT,
    });
  return Number.isInteger(minor) ? minor : notWhole(minor);
};

const notWhole = (minor: number): never =>
  reject('amount-not-whole', `${minor} is not a whole number of minor units; send the amount explicitly.`, { minor });
