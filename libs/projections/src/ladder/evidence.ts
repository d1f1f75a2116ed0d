import type { DomainEvent } from '#event-log';
import { extended, type History, noHistory } from '#relationship/read-side.js';
import { type Calendar, calendarOf } from '../calendar.js';
import type { Handlers, Reflected } from '../event-handlers.js';
import type { Summaries } from '../projection.js';
import { type Departing, departureHandlers, stillHere } from '../shared/departure.js';
import { noRole, type Roled, roleHandlers } from '../shared/roles.js';
import { buy, type PurchaseDays } from './purchases.js';

interface At {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly event: string;
}
/** What of an event counts for the ladder. */
export type Evidence =
  | (At & { readonly kind: 'registered' | 'act' })
  | (At & { readonly kind: 'purchase'; readonly id: string })
  /** After which nothing of the purchase is left. */
  | (At & { readonly kind: 'return'; readonly id: string })
  | (At & { readonly kind: 'csat' | 'nps'; readonly score: number })
  | (At & { readonly kind: 'complaint' | 'resolved' | 'ended'; readonly id: string })
  | (At & { readonly kind: 'contract' | 'agreement'; readonly id: string; readonly from: number; readonly until: number | null });

export interface LadderDocument extends Reflected, Departing, Roled {
  readonly customerId: string;
  readonly evidence: History<Evidence>;
}

export const emptyLadder = (customerId: string): LadderDocument => ({
  customerId,
  revision: -1,
  evidence: noHistory,
  ...stillHere,
  ...noRole,
});

export const ladderHandlers = {
  ...roleHandlers,
  'customer-registered': (document, data, event) =>
    noted(roleHandlers['customer-registered'](document, data, event), { ...at(event), kind: 'registered' }),
  'purchase-recorded': (document, { purchaseId }, event) => noted(document, { ...at(event), kind: 'purchase', id: purchaseId }),
  'purchase-returned': (document, { purchaseId, whole }, event) =>
    whole ? noted(document, { ...at(event), kind: 'return', id: purchaseId }) : document,
  'satisfaction-answered': (document, { metric, score }, event) =>
    metric === 'csat' || metric === 'nps' ? noted(document, { ...at(event), kind: metric, score }) : document,
  'complaint-raised': (document, { complaintId }, event) => noted(document, { ...at(event), kind: 'complaint', id: complaintId }),
  'complaint-resolved': (document, { complaintId }, event) => noted(document, { ...at(event), kind: 'resolved', id: complaintId }),
  'recommendation-made': (document, _, event) => noted(document, { ...at(event), kind: 'act' }),
  'referral-converted': (document, { referredCustomerId }, event) =>
    referredCustomerId === document.customerId ? document : noted(document, { ...at(event), kind: 'act' }),
  'review-published': (document, _, event) => noted(document, { ...at(event), kind: 'act' }),
  'contract-signed': (document, { contractId, activeFrom, activeUntil }, event) =>
    noted(document, { ...at(event), kind: 'contract', id: contractId, ...span(activeFrom, activeUntil) }),
  'partnership-agreed': (document, { agreementId, activeFrom, activeUntil }, event) =>
    noted(document, { ...at(event), kind: 'agreement', id: agreementId, ...span(activeFrom, activeUntil) }),
  'partnership-ended': (document, { agreementId }, event) => noted(document, { ...at(event), kind: 'ended', id: agreementId }),
  ...departureHandlers,
} satisfies Handlers<LadderDocument>;

function at({ occurredAt, id }: DomainEvent): At {
  return { at: Date.parse(occurredAt), event: id };
}

function span(from: string, until: string | undefined) {
  return { from: Date.parse(from), until: until === undefined ? null : Date.parse(until) };
}

function noted(document: LadderDocument, evidence: Evidence): LadderDocument {
  return { ...document, evidence: extended(document.evidence, evidence) };
}

/** What is asked of a block of evidence again and again. */
export interface BlockSummary {
  readonly registered: Evidence | undefined;
  readonly returns: boolean;
  /** Where there is nothing else in it: the first and the last of each day. */
  readonly purchases: PurchaseDays | undefined;
}

export const summaryOf = (block: readonly Evidence[], calendar: Calendar): BlockSummary => {
  const purchases = block.every(({ kind }) => kind === 'purchase') ? { days: [], events: [] } : undefined;
  if (purchases) for (const each of block) buy(purchases, each as Extract<Evidence, { kind: 'purchase' }>, undefined, calendar);
  return {
    registered: block.find(({ kind }) => kind === 'registered'),
    returns: block.some(({ kind }) => kind === 'return'),
    purchases: purchases && { ...purchases, events: purchases.events.map((events: string[]) => [events[0]!, events.at(-1)!]) },
  };
};

export const summarised: Summaries<LadderDocument, readonly Evidence[], BlockSummary> = {
  list: ({ evidence }) => evidence,
  of: (block, _, policies) => summaryOf(block, calendarOf(policies)),
};
