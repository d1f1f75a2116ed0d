import { Type } from 'typebox';
import { amountAt, type EventOf, event, id, money, optional, retractable, strict, text, word } from '../kernel/event.js';

export const purchaseRecorded = event(
  'purchase-recorded',
  'The customer bought something.',
  strict({
    purchaseId: id(),
    item: text(300),
    category: optional(word()),
    quantity: Type.Number({ exclusiveMinimum: 0 }),
    unitPrice: optional(money()),
    /** What the whole purchase came to; zero is a gift, not an error. */
    amount: money(),
    purpose: optional(word()),
    payment: optional(word()),
    dealId: optional(id()),
    campaignId: optional(id()),
  }),
  [],
  {
    shows: [
      '/purchaseId',
      '/item',
      '/category',
      '/quantity',
      ...amountAt('/unitPrice'),
      ...amountAt('/amount'),
      '/purpose',
      '/payment',
      '/dealId',
    ],
  },
);
export const purchaseReturned = event(
  'purchase-returned',
  'A purchase was returned or refunded, in part or whole.',
  strict({
    purchaseId: id(),
    amount: money(),
    quantity: optional(Type.Number({ exclusiveMinimum: 0 })),
    whole: Type.Boolean(),
    reason: optional(text(500)),
  }),
  ['/reason'],
  { shows: ['/purchaseId', ...amountAt('/amount'), '/quantity', '/whole'] },
);

export const purchaseEvents = [
  retractable(purchaseRecorded, { command: 'record-purchase', creates: { purchase: '/purchaseId' }, refersTo: { deal: '/dealId' } }),
  retractable(purchaseReturned, { command: 'return-purchase', refersTo: { purchase: '/purchaseId' } }),
] as const;
export type PurchaseEvent = EventOf<(typeof purchaseEvents)[number]>;
