import { Reassign } from '../curation/reassignment.js';
import { AcquisitionMethodBody, Id, Instant, Labels, ListOf, MoneyBody, Nested, Optional, Quantity, Text, Word } from '../kernel/body.js';
import { command, staff } from '../kernel/command.js';
import { amountRejections, curatorRejections } from '../kernel/rejections.js';

export class ProductBody {
  @Text(200) product!: string;
  @Optional() @Quantity() quantity?: number;
}

export class OpenDeal {
  @Id() dealId!: string;
  @Optional() @Text(300) title?: string;
  /** The first stage of the funnel when left out. */
  @Optional() @Word() stage?: string;
  @Optional() @Nested(() => AcquisitionMethodBody) acquisition?: AcquisitionMethodBody;
  @Optional() @Nested(() => MoneyBody) expectedValue?: MoneyBody;
  @Optional() @ListOf(() => ProductBody, 100) products?: ProductBody[];
  @Optional() @Id() curatorId?: string;
  @Optional() @Labels(200) labels?: Record<string, string>;
}

export class EnterStage {
  @Id() dealId!: string;
  @Word() stage!: string;
}

export class ChangeDealValue {
  @Id() dealId!: string;
  @Nested(() => MoneyBody) to!: MoneyBody;
  @Optional() @Text(500) reason?: string;
}

export class MakeProposal {
  @Id() dealId!: string;
  @Optional() @Nested(() => MoneyBody) amount?: MoneyBody;
  @Optional() @Text() note?: string;
}

export class SignContract {
  @Id() dealId!: string;
  @Id() contractId!: string;
  /** When the contract was signed when left out. */
  @Optional() @Instant() activeFrom?: string;
  @Optional() @Instant() activeUntil?: string;
  @Optional() @Nested(() => MoneyBody) amount?: MoneyBody;
}

export class ReassignDeal extends Reassign {
  @Id() dealId!: string;
}

export class WinDeal {
  @Id() dealId!: string;
  @Nested(() => MoneyBody) amount!: MoneyBody;
  @Optional() @Nested(() => MoneyBody) cost?: MoneyBody;
  @Optional() @Text() note?: string;
}

export class LoseDeal {
  @Id() dealId!: string;
  /** A code of the loss-reasons policy. */
  @Word() reason!: string;
  @Optional() @Text(200) competitor?: string;
  @Optional() @Text() note?: string;
}

export class ReopenDeal {
  @Id() dealId!: string;
  /** The stage that it was closed in when left out. */
  @Optional() @Word() stage?: string;
  @Optional() @Text(500) reason?: string;
}

export const dealCommands = [
  command({
    name: 'open-deal',
    body: OpenDeal,
    path: '/customers/:customerId/deals',
    generatedId: 'dealId',
    summary: 'Open a deal',
    roles: staff,
    rejections: ['deal-id-taken', ...curatorRejections, 'stage-not-allowed', ...amountRejections],
    givesWork: true,
  }),
  command({
    name: 'enter-stage',
    body: EnterStage,
    path: '/customers/:customerId/deals/:dealId/stage',
    summary: 'Move a deal to another stage of its funnel',
    roles: staff,
    rejections: ['deal-unknown', 'deal-closed', 'stage-not-allowed'],
  }),
  command({
    name: 'change-deal-value',
    body: ChangeDealValue,
    path: '/customers/:customerId/deals/:dealId/value',
    summary: 'Change the expected value of a deal',
    roles: staff,
    rejections: ['deal-unknown', 'deal-closed', ...amountRejections, 'currency-mixed'],
  }),
  command({
    name: 'make-proposal',
    body: MakeProposal,
    path: '/customers/:customerId/deals/:dealId/proposals',
    summary: 'Record a proposal for a deal',
    roles: staff,
    rejections: ['deal-unknown', 'deal-closed', ...amountRejections, 'currency-mixed'],
  }),
  command({
    name: 'sign-contract',
    body: SignContract,
    path: '/customers/:customerId/deals/:dealId/contracts',
    generatedId: 'contractId',
    summary: 'Record a signed contract',
    roles: staff,
    rejections: [
      'deal-unknown',
      'deal-closed',
      'contract-id-taken',
      'instant-impossible',
      'period-reversed',
      ...amountRejections,
      'currency-mixed',
    ],
  }),
  command({
    name: 'reassign-deal',
    body: ReassignDeal,
    path: '/customers/:customerId/deals/:dealId/reassign',
    summary: 'Reassign an open deal to another curator',
    roles: staff,
    rejections: ['deal-unknown', 'deal-closed', ...curatorRejections],
    setsState: true,
    givesWork: true,
    whileRestricted: true,
  }),
  command({
    name: 'win-deal',
    body: WinDeal,
    path: '/customers/:customerId/deals/:dealId/win',
    summary: 'Close a deal as won',
    roles: staff,
    rejections: ['deal-unknown', 'deal-closed', ...amountRejections, 'currency-mixed'],
  }),
  command({
    name: 'lose-deal',
    body: LoseDeal,
    path: '/customers/:customerId/deals/:dealId/lose',
    summary: 'Close a deal as lost, with the reason',
    roles: staff,
    rejections: ['deal-unknown', 'deal-closed', 'loss-reason-missing', 'loss-reason-unknown', 'loss-note-missing'],
  }),
  command({
    name: 'reopen-deal',
    body: ReopenDeal,
    path: '/customers/:customerId/deals/:dealId/reopen',
    summary: 'Reopen a closed deal',
    roles: staff,
    rejections: ['deal-unknown', 'deal-not-closed', 'stage-not-allowed'],
  }),
] as const;
