import { Id, Instant, Optional, Text } from '../kernel/body.js';
import { command, staff } from '../kernel/command.js';

export class AgreePartnership {
  @Id() agreementId!: string;
  /** When it was agreed when left out. */
  @Optional() @Instant() activeFrom?: string;
  @Optional() @Instant() activeUntil?: string;
  @Optional() @Text() terms?: string;
}

export class EndPartnership {
  @Id() agreementId!: string;
  @Optional() @Text(500) reason?: string;
}

export const partnershipCommands = [
  command({
    name: 'agree-partnership',
    body: AgreePartnership,
    path: '/customers/:customerId/agreements',
    generatedId: 'agreementId',
    summary: 'Record a partnership agreement',
    roles: staff,
    rejections: ['agreement-id-taken', 'instant-impossible', 'period-reversed'],
  }),
  command({
    name: 'end-partnership',
    body: EndPartnership,
    path: '/customers/:customerId/agreements/:agreementId/end',
    summary: 'End a partnership agreement',
    roles: staff,
    rejections: ['agreement-unknown', 'agreement-not-in-force'],
  }),
] as const;
