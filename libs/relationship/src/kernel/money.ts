import { refuse } from './refusals.js';

/** Integer minor units (cents) and an ISO 4217 code. */
export interface Money {
  readonly minor: number;
  readonly currency: string;
}

/** The price of `quantity` units. A quantity may be a fraction (1.5 hours), the result may not. */
export const times = (unitPrice: Money, quantity: number): Money => {
  const exact = unitPrice.minor * quantity;
  const nearest = Math.round(exact);
  // 0.1 × 30 is 3.0000000000000004 in binary: an error of representation, not a third of a cent.
  return { minor: Math.abs(exact - nearest) < 1e-6 ? whole(nearest) : notWhole(exact), currency: unitPrice.currency };
};

/** What a command says must be an amount in a currency, and not below zero. */
export const amountOf = (money: Money | undefined, what: string): Money => {
  if (money === undefined || money === null || typeof money.minor !== 'number') return refuse('amount-missing', `${what} needs an amount.`);
  if (!/^[A-Z]{3}$/.test(money.currency ?? '')) return refuse('currency-missing', `${what} needs an ISO 4217 currency, such as EUR.`);
  if (money.minor < 0)
    return refuse('amount-negative', `${what} is ${money.minor}; it must be 0 or more minor units.`, { minor: money.minor });
  return { minor: whole(money.minor), currency: money.currency };
};

export const optionalAmountOf = (money: Money | undefined, what: string): Money | undefined =>
  money === undefined || money === null ? undefined : amountOf(money, what);

/** Nothing was valued before, or in the same currency. */
export const inCurrency = (currency: string | undefined, money: Money | undefined, what: string): void => {
  if (currency !== undefined && money !== undefined && money.currency !== currency)
    refuse('currency-mixed', `${what} is in ${money.currency}, what was said before is in ${currency}; one currency is kept throughout.`, {
      expected: currency,
      given: money.currency,
    });
};

const whole = (minor: number): number => (Number.isSafeInteger(minor) ? minor : notWhole(minor));

const notWhole = (minor: number): never =>
  refuse('amount-not-whole', `${minor} is not a whole number of minor units that can be kept exactly; give the amount itself.`, { minor });
