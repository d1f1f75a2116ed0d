import { Type } from 'typebox';
import { amountAt, type EventOf, event, id, money, optional, retractable, strict, text, word } from '../kernel/event.js';

export const MOST_LINES = 1_000;

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
    /** Number of the invoice, in the system that made it out. */
    invoice: optional(word()),
    /** Of an invoice that is one purchase. A discount is a line below zero. */
    lines: optional(
      Type.Array(
        strict({
          item: text(300),
          quantity: optional(Type.Number({ exclusiveMinimum: 0 })),
          unitPrice: optional(money()),
          amount: optional(money()),
        }),
        { maxItems: MOST_LINES },
      ),
    ),
    labels: optional(Type.Record(Type.String({ pattern: '^[A-Za-z0-9_.-]{1,60}$' }), text(200))),
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
      '/invoice',
      '/lines/*/item',
      '/lines/*/quantity',
      ...amountAt('/lines/*/unitPrice'),
      ...amountAt('/lines/*/amount'),
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
  retractable(purchaseReturned, { command: 'return-purchase', refersTo: { purchase: '/purchaseId' }, derives: ['whole'] }),
] as const;
export type PurchaseEvent = EventOf<(typeof purchaseEvents)[number]>;
