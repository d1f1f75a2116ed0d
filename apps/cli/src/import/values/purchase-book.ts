import { QUANTITY_TOLERANCE } from '#relationship';
import { RowProblem } from '../records/import-record.js';

interface Amount {
  readonly minor: number;
  readonly currency: string;
}

/** As a body says it, before anybody checked it. */
interface Line {
  readonly item?: unknown;
  readonly quantity?: unknown;
  readonly unitPrice?: Amount;
  readonly amount?: Amount;
}

interface Bought {
  readonly purchaseId: string;
  /** What was not returned yet. */
  quantity: number;
  /** Undefined where the file does not say it. */
  amount: Amount | undefined;
}

export interface PurchaseBook {
  /** A purchase, or the lines of one. */
  add(customer: string, body: object): void;
  /** @throws RowProblem if there is no purchase that the return may be of */
  find(customer: string, item: string, body: object): { readonly purchaseId: string; take(): void };
}

/**
 * The purchases of a file, for returns that name the item and not the purchase. A return is of a purchase before it, of the same customer and
 * item, of which as much is left as is returned, in quantity and in money: the latest of which exactly that quantity is left, else the latest.
 */
export function createPurchaseBook(): PurchaseBook {
  const enough = (has: number, wanted: number) => has >= wanted - QUANTITY_TOLERANCE;
  const book = new Map<string, Bought[]>();
  const keyOf = (customer: string, item: unknown) => `${customer} ${item}`;
  return {
    add(customer, body) {
      const { purchaseId, lines, ...whole } = body as Line & { readonly purchaseId: string; readonly lines?: readonly Line[] };
      for (const { item, quantity, amount, unitPrice } of lines ?? [whole]) {
        const pieces = typeof quantity === 'number' ? quantity : 1;
        const price = amount ?? (unitPrice && { ...unitPrice, minor: Math.round(unitPrice.minor * pieces) });
        const key = keyOf(customer, item);
        const entry = { purchaseId, quantity: pieces, amount: price };
        const known = book.get(key);
        const last = known?.at(-1);
        if (last?.purchaseId === purchaseId) {
          last.quantity += pieces;
          last.amount = sum(last.amount, price);
        } else if (known) known.push(entry);
        else book.set(key, [entry]);
      }
    },
    find(customer, item, body) {
      const key = keyOf(customer, item);
      const { quantity, amount, whole } = body as { readonly quantity?: number; readonly amount?: Amount; readonly whole?: boolean };
      const left = (book.get(key) ?? []).filter(
        (bought) =>
          enough(bought.quantity, quantity ?? 0) &&
          (!amount || !bought.amount || (bought.amount.currency === amount.currency && bought.amount.minor >= amount.minor)),
      );
      const found = left.findLast((bought) => quantity !== undefined && enough(quantity, bought.quantity)) ?? left.at(-1);
      if (!found)
        throw new RowProblem(
          `no earlier purchase of ${JSON.stringify(item)} by this customer that was accepted from this file has ${quantity === undefined ? 'anything' : `${quantity}${amount ? ` for ${amount.minor} minor units` : ''}`} left to return`,
        );
      return {
        purchaseId: found.purchaseId,
        take() {
          found.quantity -= whole ? found.quantity : (quantity ?? 0);
          if (found.amount && amount) found.amount = { ...found.amount, minor: found.amount.minor - amount.minor };
          if (enough(0, found.quantity))
            book.set(
              key,
              book.get(key)!.filter((bought) => bought !== found),
            );
        },
      };
    },
  };
}

/** Of two lines of one item; unknown where they have no sum. */
const sum = (one: Amount | undefined, other: Amount | undefined): Amount | undefined =>
  one && other && one.currency === other.currency ? { ...one, minor: one.minor + other.minor } : undefined;
