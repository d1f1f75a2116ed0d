import { Type } from 'typebox';
import { amountAt, code, type EventOf, event, id, money, optional, personal, plain, retractable, strict, text } from '../kernel/event.js';

export const MOST_LINES = 1_000;
const item = () => plain(text(300), 'an item of the catalogue');

export const purchaseRecorded = event(
  'purchase-recorded',
  'The customer bought something.',
  strict({
    purchaseId: id(),
    item: item(),
    category: optional(code('purchases are counted by it')),
    quantity: Type.Number({ exclusiveMinimum: 0 }),
    unitPrice: optional(money()),
    /** What the whole purchase came to; zero is a gift, not an error. */
    amount: money(),
    purpose: optional(code('a purpose of purchases')),
    payment: optional(code('a kind of payment')),
    dealId: optional(id()),
    campaignId: optional(id()),
    /** Number of the invoice, in the system that made it out. */
    invoice: optional(code('a number of a document of the company')),
    /** Of an invoice that is one purchase. A discount is a line below zero. */
    lines: optional(
      Type.Array(
        strict({
          item: item(),
          quantity: optional(Type.Number({ exclusiveMinimum: 0 })),
          unitPrice: optional(money()),
          amount: optional(money()),
        }),
        { maxItems: MOST_LINES },
      ),
    ),
    labels: optional(personal(Type.Record(Type.String({ pattern: '^[A-Za-z0-9_.-]{1,60}$' }), text(200)))),
  }),
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
    provided: ['/purchaseId', '/item', '/quantity', '/unitPrice', '/amount', '/purpose', '/payment', '/invoice', '/lines'],
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
    reason: optional(personal(text(500))),
  }),
  { shows: ['/purchaseId', ...amountAt('/amount'), '/quantity', '/whole'], provided: ['/purchaseId', '/amount', '/quantity', '/whole'] },
);

export const purchaseEvents = [
  retractable(purchaseRecorded, { command: 'record-purchase', creates: { purchase: '/purchaseId' }, refersTo: { deal: '/dealId' } }),
  retractable(purchaseReturned, { command: 'return-purchase', refersTo: { purchase: '/purchaseId' }, derives: ['whole'] }),
] as const;
export type PurchaseEvent = EventOf<(typeof purchaseEvents)[number]>;
