import { Flag, Id, Labels, ListOf, MoneyBody, Nested, Optional, Quantity, Text, Word } from '../kernel/body.js';
import { command, staff } from '../kernel/command.js';
import { amountRejections } from '../kernel/rejections.js';
import { MOST_LINES } from './events.js';

/** What may be below zero here, such as a discount, counts against the other lines. */
export class PurchaseLineBody {
  @Text(300) item!: string;
  @Optional() @Quantity() quantity?: number;
  @Optional() @Nested(() => MoneyBody) unitPrice?: MoneyBody;
  /** Unit price times quantity, or once the unit price, when left out. */
  @Optional() @Nested(() => MoneyBody) amount?: MoneyBody;
}

export class RecordPurchase {
  @Id() purchaseId!: string;
  @Text(300) item!: string;
  @Optional() @Word() category?: string;
  @Quantity() quantity!: number;
  @Optional() @Nested(() => MoneyBody) unitPrice?: MoneyBody;
  /** Unit price times quantity when left out, or the sum of the lines. */
  @Optional() @Nested(() => MoneyBody) amount?: MoneyBody;
  @Optional() @Word() purpose?: string;
  @Optional() @Word() payment?: string;
  @Optional() @Id() dealId?: string;
  @Optional() @Id() campaignId?: string;
  @Optional() @Word() invoice?: string;
  @Optional() @ListOf(() => PurchaseLineBody, MOST_LINES) lines?: PurchaseLineBody[];
  @Optional() @Labels(200) labels?: Record<string, string>;
}

/** Either `amount` or `whole: true`; both where all of it came back and only a part of the money was given. */
export class ReturnPurchase {
  @Id() purchaseId!: string;
  @Optional() @Nested(() => MoneyBody) amount?: MoneyBody;
  @Optional() @Quantity() quantity?: number;
  @Optional() @Flag() whole?: boolean;
  @Optional() @Text(500) reason?: string;
}

export const purchaseCommands = [
  command({
    name: 'record-purchase',
    body: RecordPurchase,
    path: '/customers/:customerId/purchases',
    generatedId: 'purchaseId',
    summary: 'Record a purchase',
    roles: staff,
    rejections: ['purchase-id-taken', ...amountRejections, 'amounts-too-large', 'currency-mixed', 'deal-unknown'],
  }),
  command({
    name: 'return-purchase',
    body: ReturnPurchase,
    path: '/customers/:customerId/purchases/:purchaseId/return',
    summary: 'Record a return or a refund, in part or whole',
    roles: staff,
    rejections: [
      'purchase-unknown',
      'purchase-already-returned',
      ...amountRejections,
      'currency-mixed',
      'refund-exceeds-purchase',
      'return-exceeds-quantity',
    ],
  }),
] as const;
