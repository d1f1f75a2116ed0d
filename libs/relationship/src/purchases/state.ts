import type { Dated } from '../kernel/event.js';
import type { Money } from '../kernel/money.js';
import { emptyMap, get, type PersistentMap, put } from '../kernel/persistent-map.js';
import type { PurchaseFact } from './events.js';

export interface PurchaseState {
  /** What was paid and has not been given back. */
  readonly remaining: Money;
  readonly quantityRemaining: number;
  /** False once all of it came back. */
  readonly stands: boolean;
}

export type Purchases = PersistentMap<PurchaseState>;

export const noPurchases: Purchases = emptyMap();

export const evolvePurchases = (purchases: Purchases, fact: Dated<PurchaseFact>): Purchases => {
  switch (fact.type) {
    case 'purchase-recorded': {
      const { purchaseId, amount, quantity } = fact.data;
      return put(purchases, purchaseId, { remaining: amount, quantityRemaining: quantity, stands: true });
    }
    case 'purchase-returned': {
      const { purchaseId, amount, quantity, whole } = fact.data;
      const purchase = get(purchases, purchaseId);
      if (purchase === undefined) return purchases;
      return put(purchases, purchaseId, {
        remaining: { ...purchase.remaining, minor: purchase.remaining.minor - amount.minor },
        quantityRemaining: purchase.quantityRemaining - (quantity ?? 0),
        stands: !whole,
      });
    }
  }
};
