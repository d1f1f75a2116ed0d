import { dealOf } from '../deals/decisions.js';
import { mustBeNew, mustExist } from '../kernel/decision.js';
import { amountOf, inCurrency, type Money, optionalAmountOf, times } from '../kernel/money.js';
import { plain } from '../kernel/plain.js';
import { reject } from '../kernel/rejections.js';
import type { ActiveRelationship } from '../relationship-state.js';
import type { PurchaseLineBody, RecordPurchase, ReturnPurchase } from './commands.js';
import type { PurchaseEvent } from './events.js';
import { QUANTITY_TOLERANCE } from './quantity.js';
import { type PurchaseState, paidWith } from './state.js';

type Decided = readonly PurchaseEvent[];

export const recordPurchase = (state: ActiveRelationship, body: RecordPurchase): Decided => {
  const { purchaseId, item, category, quantity, purpose, payment, dealId, campaignId, invoice, lines, labels } = body;
  mustBeNew(state.purchases.byId, purchaseId, 'purchase-id-taken', 'Purchase');
  const unitPrice = optionalAmountOf(body.unitPrice, 'The unit price');
  const amount =
    optionalAmountOf(body.amount, 'The purchase') ??
    (!unitPrice && lines ? sumOf(lines) : times(amountOf(unitPrice, 'A purchase without a unit price'), quantity));
  inCurrency(unitPrice?.currency, amount, 'The amount');
  for (const line of lines ?? [])
    for (const price of [line.unitPrice, line.amount]) inCurrency(amount.currency, price, `The line ${line.item}`);
  mustSumUp(state, amount);
  if (dealId) inCurrency(dealOf(state, dealId).currency, amount, 'The purchase');
  const data = plain({
    purchaseId,
    item,
    category,
    quantity,
    unitPrice,
    amount,
    purpose,
    payment,
    dealId,
    campaignId,
    invoice,
    lines,
    labels,
  });
  return [{ type: 'purchase-recorded', data }];
};

const sumOf = (lines: readonly PurchaseLineBody[]): Money => {
  const amounts = lines.map(lineAmount);
  const [first] = amounts;
  for (const amount of amounts) inCurrency(first?.currency, amount, 'A line');
  const minor = amounts.reduce((sum, amount) => sum + amount.minor, 0);
  return amountOf(first && { minor, currency: first.currency }, 'A purchase without lines');
};

const lineAmount = ({ item, amount, unitPrice, quantity = 1 }: PurchaseLineBody): Money => {
  const below = (amount ?? unitPrice)?.minor ?? 0;
  const sign = below < 0 ? -1 : 1;
  const positive = (money: Money | undefined) => money && { ...money, minor: Math.abs(money.minor) };
  const given =
    optionalAmountOf(positive(amount), `The line ${item}`) ?? times(amountOf(positive(unitPrice), `The line ${item}`), quantity);
  return { ...given, minor: sign * given.minor };
};

export const returnPurchase = (state: ActiveRelationship, body: ReturnPurchase): Decided => {
  const { purchaseId, quantity, reason } = body;
  const purchase = mustExist(state.purchases.byId, purchaseId, 'purchase-unknown', 'purchase');
  if (!purchase.stands) reject('purchase-already-returned', `Purchase ${purchaseId} is already fully returned.`, { purchaseId });
  const amount = body.whole && !body.amount ? purchase.remaining : amountOf(body.amount, 'A partial return');
  mustNotExceed(purchase, amount, quantity);
  // Whoever got all the money back holds a purchase that no longer stands, whether or not the command said so.
  const moneyIsBack = purchase.remaining.minor > 0 && amount.minor === purchase.remaining.minor;
  return [{ type: 'purchase-returned', data: plain({ purchaseId, amount, quantity, whole: body.whole === true || moneyIsBack, reason }) }];
};

const mustSumUp = ({ purchases }: ActiveRelationship, amount: Money): void => {
  if (!Number.isSafeInteger(paidWith(purchases, amount)))
    reject(
      'amounts-too-large',
      `The purchases of the customer would exceed ${Number.MAX_SAFE_INTEGER} minor units of ${amount.currency}.`,
      {
        currency: amount.currency,
      },
    );
};

const mustNotExceed = ({ remaining, quantityRemaining }: PurchaseState, amount: Money, quantity: number | undefined): void => {
  inCurrency(remaining.currency, amount, 'The refund');
  if (amount.minor > remaining.minor)
    reject('refund-exceeds-purchase', `The refund of ${amount.minor} exceeds the refundable ${remaining.minor} minor units.`, {
      remaining: remaining.minor,
      currency: remaining.currency,
    });
  if (quantity && quantity > quantityRemaining + QUANTITY_TOLERANCE)
    reject('return-exceeds-quantity', `The quantity ${quantity} exceeds the remaining ${quantityRemaining}.`, {
      remaining: quantityRemaining,
    });
};
