import type { Dated } from '../kernel/event.js';
import { emptyIdMap, getId, type IdMap, setId } from '../kernel/id-map.js';
import type { Money } from '../kernel/money.js';
import type { PurchaseEvent } from './events.js';

export interface PurchaseState {
  /** What was paid and has not been given back. */
  readonly remaining: Money;
  readonly quantityRemaining: number;
  /** False once all of it came back. */
  readonly stands: boolean;
}

export interface Purchases {
  readonly byId: IdMap<PurchaseState>;
  /** All that was ever paid, minor units by currency. */
  readonly paid: Readonly<Record<string, number>>;
}

export const noPurchases: Purchases = { byId: emptyIdMap, paid: {} };

export const evolvePurchases = (purchases: Purchases, event: Dated<PurchaseEvent>): Purchases => {
  switch (event.type) {
    case 'purchase-recorded': {
      const { purchaseId, amount, quantity } = event.data;
      return {
        byId: setId(purchases.byId, purchaseId, { remaining: amount, quantityRemaining: quantity, stands: true }),
        paid: { ...purchases.paid, [amount.currency]: paidWith(purchases, amount) },
      };
    }
    case 'purchase-returned': {
      const { purchaseId, amount, quantity, whole } = event.data;
      const purchase = getId(purchases.byId, purchaseId);
      if (purchase === undefined) return purchases;
      const after = {
        remaining: { ...purchase.remaining, minor: purchase.remaining.minor - amount.minor },
        quantityRemaining: purchase.quantityRemaining - (quantity ?? 0),
        stands: !whole,
      };
      return { ...purchases, byId: setId(purchases.byId, purchaseId, after) };
    }
  }
};

/** What would be paid in all with this amount. */
export const paidWith = ({ paid }: Purchases, { minor, currency }: Money): number => (paid[currency] ?? 0) + minor;
